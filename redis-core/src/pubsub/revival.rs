//! Whether a connection that could not be opened, or was lost, is opened again, and after which pause.
//!
//! It is [`decide`] that decides. As long as nothing was ever subscribed to, somebody
//! waits for the first answer, and the client's policy ends the wait. A subscription that was in force is
//! restored however long it takes.

use super::{Handled, Intake, Registry};
use crate::error::{Error, Result};
use crate::resp::Frame;
use crate::retry::{Decision, Failure, RetryPolicy, decide};
use std::time::Duration;

/// Between attempts that may go on for ever there is at least so much, whatever the backoff says.
const LEAST_PAUSE: Duration = Duration::from_millis(10);

/// The attempts to open a connection.
#[derive(Debug)]
pub struct Revival {
    policy: RetryPolicy,
    attempt: u32,
    pause: Duration,
}

impl Revival {
    /// None yet.
    #[inline]
    pub fn new(policy: RetryPolicy) -> Self {
        Self { policy, attempt: 1, pause: Duration::ZERO }
    }

    /// A connection works: what fails from now on, fails for the first time.
    #[inline]
    pub fn succeeded(&mut self) {
        self.attempt = 1;
        self.pause = Duration::ZERO;
    }

    /// The pause before the next attempt, if there is one; `restoring` says that subscriptions were in force.
    /// `random` is 64 uniformly random bits.
    #[inline]
    pub fn failed(&mut self, error: &Error, restoring: bool, random: u64) -> Option<Duration> {
        // to subscribe twice is to subscribe once
        let failure = Failure {
            error,
            repeatable: true,
            read_only: true,
            attempt: self.attempt,
            previous_delay: self.pause,
            left: None,
        };
        let decision = if restoring {
            decide(&self.policy.clone().unlimited(), &failure, random)
        } else {
            decide(&self.policy, &failure, random)
        };
        match decision {
            Decision::GiveUp => None,
            Decision::Retry { after } => {
                // for ever and without a pause would be a thread that does nothing else
                let least =
                    if restoring && self.attempt > 1 { LEAST_PAUSE } else { Duration::ZERO };
                let after = after.max(least);
                self.attempt = self.attempt.saturating_add(1);
                self.pause = after;
                Some(after)
            }
        }
    }
}

/// Hands what came to the registry, up to the first push that is none of the subscriptions', which it returns.
pub fn take_until_push<S>(
    intake: &mut Intake,
    registry: &mut Registry<S>,
    revival: &mut Revival,
) -> Result<Option<Frame>> {
    while let Some(incoming) = intake.take_next()? {
        match registry.handle(incoming)? {
            Handled::Push(push) => return Ok(Some(push)),
            // a server that answers is one that the connection was worth opening to
            Handled::Answer => revival.succeeded(),
            Handled::Messages | Handled::Unasked(..) => {}
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::retry::NoBackoff;

    #[test]
    fn the_first_connection_is_given_up_and_one_to_restore_is_not() {
        let refused = Error::new(ErrorKind::Connect, "refused");
        let mut first = Revival::new(RetryPolicy::new(NoBackoff, 2));
        let again = (0..10).take_while(|_| first.failed(&refused, false, 0).is_some()).count();
        assert_eq!(again, 2);
        let mut later = Revival::new(RetryPolicy::new(NoBackoff, 2));
        assert!((0..1000).all(|_| later.failed(&refused, true, 0).is_some()));
    }

    #[test]
    fn a_wrong_password_is_not_tried_for_ever() {
        let mut revival = Revival::new(RetryPolicy::default());
        let wrong = Error::server(b"WRONGPASS invalid username-password pair or user is disabled.");
        assert!(revival.failed(&wrong, true, 0).is_none());
    }
}
