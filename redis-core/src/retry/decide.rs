//! The single place that decides whether a command is sent again.

use super::{RetryClass, RetryPolicy};
use crate::error::{Delivery, Error, ErrorKind, Fault, ServerErrorKind};
use std::time::Duration;

/// An attempt that failed, and what is known of its command.
#[derive(Clone, Copy, Debug)]
pub struct Failure<'a> {
    /// Why.
    pub error: &'a Error,
    /// Whether running the command twice does what running it once does.
    pub repeatable: bool,
    /// Whether the command only reads: for policies of your own.
    pub read_only: bool,
    /// Which attempt it was, from 1.
    pub attempt: u32,
    /// The pause before this attempt; zero before the first.
    pub previous_delay: Duration,
    /// How much of the time for the whole call is left; `None` where it has no end.
    pub left: Option<Duration>,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The command is sent again.
    Retry {
        /// After this pause.
        after: Duration,
    },
    /// The error is the caller's.
    GiveUp,
}

/// Decides what follows from a failure, and tells the policy's hook. `random` is 64 uniformly random
/// bits.
///
/// Sent again is what the [delivery](Delivery) permits, the policy wishes and the number of attempts
/// allows:
///
/// | delivery | permits |
/// |---|---|
/// | not sent, rejected | every command |
/// | unknown | commands that may be repeated |
/// | executed | none |
///
/// A pause that the call's own time does not outlast is not begun: nothing could follow it.
#[cold]
pub fn decide(policy: &RetryPolicy, failure: &Failure<'_>, random: u64) -> Decision {
    let class = RetryClass::of(failure.error.kind());
    let again = policy.has_another(failure.attempt)
        && delivery_permits(failure)
        && !is_final(failure.error.kind())
        && policy.wishes(failure, class);
    let pause = again.then(|| policy.pause(failure, class, random));
    let in_time = |after: &Duration| failure.left.is_none_or(|left| *after < left);
    let decision = match pause.filter(in_time) {
        Some(after) => Decision::Retry { after },
        None => Decision::GiveUp,
    };
    policy.tell(failure, decision);
    decision
}

/// Whether the next attempt must not use the connection that this error came over.
///
/// A lost connection cannot be used; one to a server that has become a replica leads to the wrong
/// server.
pub fn wants_new_connection(error: &Error) -> bool {
    error.is_connection_error() || error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly)
}

fn delivery_permits(failure: &Failure<'_>) -> bool {
    match failure.error.delivery() {
        Delivery::NotSent | Delivery::Rejected => true,
        Delivery::Unknown => failure.repeatable,
        Delivery::Executed => false,
    }
}

/// Whether no policy may wish otherwise.
fn is_final(kind: ErrorKind) -> bool {
    match kind {
        ErrorKind::Shutdown | ErrorKind::Forked => true,
        ErrorKind::Config
        | ErrorKind::Argument
        | ErrorKind::Misuse
        | ErrorKind::Credentials
        | ErrorKind::Connect
        | ErrorKind::Tls
        | ErrorKind::Timeout(_)
        | ErrorKind::Closed
        | ErrorKind::Io
        | ErrorKind::Protocol
        | ErrorKind::Conversion
        | ErrorKind::PoolExhausted
        | ErrorKind::BlockingLimit
        | ErrorKind::Overloaded
        | ErrorKind::WatchFailed
        | ErrorKind::LockNotAcquired
        | ErrorKind::LockExpired
        | ErrorKind::LockNotOwned
        | ErrorKind::WouldDeadlock
        | ErrorKind::Server(_) => kind.fault() == Fault::Caller && RetryClass::of(kind).is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ConstantBackoff, NoBackoff};
    use super::*;
    use crate::error::TimeoutKind;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::{Arc, Mutex};

    const PAUSE: Duration = Duration::from_millis(70);

    const DELIVERIES: [Delivery; 4] =
        [Delivery::NotSent, Delivery::Rejected, Delivery::Unknown, Delivery::Executed];

    /// Every kind, and whether the default policy wishes to try it again.
    fn kinds() -> Vec<(ErrorKind, bool)> {
        use ErrorKind::*;
        let mut kinds = vec![
            (Config, false),
            (Argument, false),
            (Misuse, false),
            (Credentials, false),
            (Connect, true),
            (Tls, false),
            (Timeout(TimeoutKind::Acquire), false),
            (Timeout(TimeoutKind::Connect), true),
            (Timeout(TimeoutKind::Handshake), true),
            (Timeout(TimeoutKind::Write), true),
            (Timeout(TimeoutKind::Reply), true),
            (Closed, true),
            (Io, true),
            (Protocol, true),
            (Conversion, false),
            (PoolExhausted, false),
            (BlockingLimit, false),
            (Shutdown, false),
            (Overloaded, false),
            (WatchFailed, false),
            (LockNotAcquired, false),
            (LockExpired, false),
            (LockNotOwned, false),
            (WouldDeadlock, false),
            (Forked, false),
        ];
        kinds.extend(server_kinds().map(|(kind, again)| (Server(kind), again)));
        kinds
    }

    fn server_kinds() -> impl Iterator<Item = (ServerErrorKind, bool)> {
        use ServerErrorKind::*;
        let again = [Busy, ClusterDown, Loading, MasterDown, MaxClients, ReadOnly, TryAgain];
        let never = [
            Ask,
            Authentication,
            BusyGroup,
            BusyKey,
            CrossSlot,
            ExecAbort,
            ExternalAuthProvider,
            MisConf,
            Module,
            Moved,
            NoGroup,
            NoPermission,
            NoProto,
            NoReplicas,
            NoScript,
            NoSuchFieldset,
            NotBusy,
            OutOfMemory,
            Response,
            UnknownCommand,
            Unkillable,
            WrongType,
        ];
        let again = again.into_iter().map(|kind| (kind, true));
        again.chain(never.into_iter().map(|kind| (kind, false)))
    }

    fn failure(error: &Error, repeatable: bool, attempt: u32) -> Failure<'_> {
        Failure {
            error,
            repeatable,
            read_only: false,
            attempt,
            previous_delay: Duration::ZERO,
            left: None,
        }
    }

    fn retries(
        policy: &RetryPolicy,
        kind: ErrorKind,
        delivery: Delivery,
        repeatable: bool,
    ) -> bool {
        let error = Error::new(kind, "").with_delivery(delivery);
        match decide(policy, &failure(&error, repeatable, 1), 0) {
            Decision::Retry { after } => {
                assert_eq!(after, PAUSE);
                true
            }
            Decision::GiveUp => false,
        }
    }

    fn permitted(delivery: Delivery, repeatable: bool) -> bool {
        match delivery {
            Delivery::NotSent | Delivery::Rejected => true,
            Delivery::Unknown => repeatable,
            Delivery::Executed => false,
        }
    }

    #[test]
    fn the_default_tries_again_what_did_not_run_and_what_may_be_repeated() {
        let policy = RetryPolicy::default().with_backoff(ConstantBackoff::new(PAUSE));
        for (kind, wished) in kinds() {
            for delivery in DELIVERIES {
                for repeatable in [false, true] {
                    assert_eq!(
                        retries(&policy, kind, delivery, repeatable),
                        wished && permitted(delivery, repeatable),
                        "{kind:?} {delivery:?} repeatable: {repeatable}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_pause_that_the_call_does_not_outlast_is_not_begun() {
        let policy = RetryPolicy::new(ConstantBackoff::new(PAUSE), 3);
        let error = Error::new(ErrorKind::Closed, "").with_delivery(Delivery::NotSent);
        let decided = |left| decide(&policy, &Failure { left, ..failure(&error, true, 1) }, 0);
        let again = Decision::Retry { after: PAUSE };
        assert_eq!(decided(None), again);
        assert_eq!(decided(Some(2 * PAUSE)), again);
        // nothing would be left for the attempt that follows
        assert_eq!(decided(Some(PAUSE)), Decision::GiveUp);
        assert_eq!(decided(Some(Duration::ZERO)), Decision::GiveUp);
    }

    #[test]
    fn no_policy_lifts_the_rule_about_delivery_or_tries_a_wrong_call_again() {
        let mut policy = RetryPolicy::new(ConstantBackoff::new(PAUSE), 9).also_if(|_| true);
        for class in RetryClass::ALL {
            policy = policy.retry_on(class);
        }
        use ErrorKind::*;
        let never = [Config, Argument, Misuse, Conversion, Shutdown, Forked, WouldDeadlock];
        for (kind, _) in kinds() {
            for delivery in DELIVERIES {
                for repeatable in [false, true] {
                    assert_eq!(
                        retries(&policy, kind, delivery, repeatable),
                        !never.contains(&kind) && permitted(delivery, repeatable),
                        "{kind:?} {delivery:?} repeatable: {repeatable}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_class_that_is_off_is_not_tried_again() {
        for class in RetryClass::ALL {
            let policy = RetryPolicy::new(ConstantBackoff::new(PAUSE), 9);
            let (on, off) = (policy.clone().retry_on(class), policy.never_on(class));
            assert!(on.retries_on(class) && !off.retries_on(class));
            for (kind, _) in
                kinds().into_iter().filter(|(kind, _)| RetryClass::of(*kind) == Some(class))
            {
                assert!(retries(&on, kind, Delivery::NotSent, false), "{kind:?}");
                assert!(!retries(&off, kind, Delivery::NotSent, false), "{kind:?}");
            }
        }
    }

    #[test]
    fn there_is_one_attempt_more_than_there_are_retries() {
        let error = Error::new(ErrorKind::Connect, "");
        let again = |policy: &RetryPolicy, attempt| {
            decide(policy, &failure(&error, false, attempt), 0) != Decision::GiveUp
        };
        let twice = RetryPolicy::new(NoBackoff, 2);
        assert!(again(&twice, 1) && again(&twice, 2) && !again(&twice, 3));
        assert!(!again(&RetryPolicy::none(), 1));
        assert!(again(&RetryPolicy::default(), 10) && !again(&RetryPolicy::default(), 11));
        assert!(again(&RetryPolicy::none().unlimited(), u32::MAX));
    }

    #[test]
    fn a_class_may_have_a_backoff_of_its_own_which_sees_attempt_pause_and_random_number() {
        #[derive(Debug)]
        struct Sum;
        impl super::super::Backoff for Sum {
            fn delay(&self, failures: u32, previous: Duration, random: u64) -> Duration {
                previous + Duration::from_secs(u64::from(failures) + random)
            }
        }
        let policy = RetryPolicy::new(NoBackoff, 9).backoff_for(RetryClass::Unavailable, Sum);
        let loading = Error::server(b"LOADING Redis is loading the dataset in memory");
        let lost = Error::new(ErrorKind::Closed, "");
        let of = |error| Failure { previous_delay: PAUSE, ..failure(error, true, 3) };
        let after = PAUSE + Duration::from_secs(7);
        assert_eq!(decide(&policy, &of(&loading), 4), Decision::Retry { after });
        let after = Duration::ZERO;
        assert_eq!(decide(&policy, &of(&lost), 4), Decision::Retry { after });
    }

    #[test]
    fn the_hook_is_told_of_every_failure_the_last_one_too() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let policy = RetryPolicy::new(ConstantBackoff::new(PAUSE), 1).on_failure({
            let told = Arc::clone(&told);
            move |failure, decision| {
                told.lock().unwrap().push((failure.error.kind(), failure.attempt, decision));
            }
        });
        let error = Error::new(ErrorKind::Connect, "");
        for attempt in [1, 2] {
            decide(&policy, &failure(&error, false, attempt), 0);
        }
        assert_eq!(
            *told.lock().unwrap(),
            [
                (ErrorKind::Connect, 1, Decision::Retry { after: PAUSE }),
                (ErrorKind::Connect, 2, Decision::GiveUp)
            ]
        );
    }

    #[test]
    fn a_hook_or_a_wish_that_panics_changes_nothing() {
        let told = Arc::new(AtomicU32::new(0));
        let policy = RetryPolicy::new(NoBackoff, 9)
            .also_if(|_| panic!("the wish's own fault"))
            .on_failure({
                let told = Arc::clone(&told);
                move |_, _| {
                    told.fetch_add(1, Ordering::Relaxed);
                    panic!("the hook's own fault");
                }
            });
        let memory = Error::server(b"OOM command not allowed when used memory > 'maxmemory'.");
        let lost = Error::new(ErrorKind::Connect, "");
        assert_eq!(decide(&policy, &failure(&memory, true, 1), 0), Decision::GiveUp);
        assert_ne!(decide(&policy, &failure(&lost, true, 1), 0), Decision::GiveUp);
        assert_eq!(told.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_lost_connection_and_a_demoted_primary_want_a_new_connection() {
        let read_only = Error::server(b"READONLY You can't write against a read only replica.");
        assert!(wants_new_connection(&read_only));
        assert!(wants_new_connection(&Error::new(ErrorKind::Closed, "")));
        assert!(!wants_new_connection(&Error::server(b"LOADING Redis is loading")));
    }
}
