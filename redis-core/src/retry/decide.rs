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
    /// Whether the command only reads, which makes it repeatable.
    pub read_only: bool,
    /// Which attempt it was, from 1.
    pub attempt: u32,
    /// The pause before this attempt; zero before the first.
    pub previous_delay: Duration,
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
#[cold]
pub fn decide(policy: &RetryPolicy, failure: &Failure<'_>, random: u64) -> Decision {
    let class = RetryClass::of(failure.error.kind());
    let again = policy.has_another(failure.attempt)
        && delivery_permits(failure)
        && !is_final(failure.error.kind())
        && policy.wishes(failure, class);
    let decision = if again {
        Decision::Retry { after: policy.pause(failure, class, random) }
    } else {
        Decision::GiveUp
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
        Delivery::Unknown => failure.repeatable || failure.read_only,
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
        | ErrorKind::Overloaded
        | ErrorKind::Server(_) => kind.fault() == Fault::Caller && RetryClass::of(kind).is_none(),
    }
}
