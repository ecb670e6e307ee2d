//! What a pool has not got for a caller, and what that caller is told.

use crate::error::{Error, ErrorKind, TimeoutKind};
use std::time::Duration;

/// What a pool has not got for a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shortage {
    /// A connection: so many are all there may be, and all are in use.
    Connections(u32),
    /// A place for one more blocking command: so many may wait on the server at once.
    Blocking(u32),
    /// A place in the queue: so many may wait at once, and all of them do.
    Queue(u32),
}

impl Shortage {
    /// The error of a caller who was refused at once.
    #[cold]
    pub fn refused(self) -> Error {
        match self {
            Self::Connections(max) => Error::new(
                ErrorKind::PoolExhausted,
                format!(
                    "all {max} connections are in use, and the pool does not let its callers wait"
                ),
            ),
            Self::Blocking(max) => Error::new(
                ErrorKind::BlockingLimit,
                format!(
                    "{max} blocking commands wait on the server already, and the pool does not let its \
                     callers wait: raise `pool_max_blocking`, or let fewer wait"
                ),
            ),
            Self::Queue(max) => overcrowded(max),
        }
    }

    /// The error of a caller who waited for so long in vain.
    #[cold]
    pub fn lasted(self, time: Duration) -> Error {
        match self {
            Self::Connections(max) => {
                let message = format!("no connection within {time:?}: all {max} were in use");
                Error::timeout(TimeoutKind::Acquire, message).with_facts(|facts| {
                    facts.queued = Some(time);
                    facts.in_flight_now = usize::try_from(max).ok();
                })
            }
            Self::Blocking(max) => Error::new(
                ErrorKind::BlockingLimit,
                format!(
                    "{max} blocking commands waited on the server for {time:?}: raise \
                     `pool_max_blocking`, or let fewer wait"
                ),
            ),
            Self::Queue(max) => overcrowded(max),
        }
    }
}

#[cold]
fn overcrowded(max: u32) -> Error {
    Error::new(
        ErrorKind::Overloaded,
        format!(
            "{max} callers wait for a connection already: raise `pool_max_waiting`, or let fewer wait"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Delivery;

    #[test]
    fn the_limit_of_blocking_commands_is_told_apart_from_an_exhausted_pool() {
        let second = Duration::from_secs(1);
        let pool = Shortage::Connections(9);
        assert!(pool.refused().is_pool_exhausted() && pool.lasted(second).is_pool_exhausted());
        for error in [Shortage::Blocking(7).refused(), Shortage::Blocking(7).lasted(second)] {
            assert_eq!(error.kind(), ErrorKind::BlockingLimit);
            assert!(!error.is_pool_exhausted());
            assert_eq!(error.delivery(), Delivery::NotSent);
            let text = error.to_string();
            assert!(text.contains("7 blocking commands") && text.contains("`pool_max_blocking`"));
        }
    }

    #[test]
    fn too_long_a_queue_is_told_apart_from_an_exhausted_pool() {
        let error = Shortage::Queue(7).refused();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Overloaded, Delivery::NotSent));
        assert!(!error.is_pool_exhausted());
        let text = error.to_string();
        assert!(text.contains("7 callers") && text.contains("`pool_max_waiting`"), "{text}");
    }
}
