//! Ending the wait of a command that nobody waits for any more.
//!
//! Its connection can say nothing while the server waits on it, so another one does: `CLIENT UNBLOCK`. This
//! module decides what is sent, and when again. That the wait has ended is told by the fence behind it
//! ([`Fence`](super::Fence)), never by the answer to this.

use crate::command::{Command, table};
use std::time::Duration;

/// The first pause where the server answered that nobody waits: the command was not there yet, since it
/// came over another connection, or was answered already.
const FIRST: Duration = Duration::from_millis(1);

/// The pause after the server answered that it ended a wait.
const ENDED: Duration = Duration::from_millis(20);

/// A `CLIENT UNBLOCK` that is sent until the fence is answered.
#[derive(Debug)]
pub struct Unblock {
    id: i64,
    pause: Duration,
}

impl Unblock {
    /// For the connection that the server knows by this number.
    #[must_use]
    #[inline]
    pub fn new(id: i64) -> Self {
        Self { id, pause: FIRST }
    }

    /// What is sent, over another connection. It must be answered before the blocked one serves anybody
    /// else, or it would end a wait that is somebody's.
    ///
    /// It asks for an error and not for a timeout: where `CLIENT PAUSE` holds the command back, servers up to
    /// Redis 8.0 crash on being asked for a timeout.
    #[inline]
    pub fn command(&self) -> Command<'static> {
        Command::new(&table::CLIENT_UNBLOCK).arg(&self.id).arg("ERROR").into_owned()
    }

    /// How long to look for the answer to the fence before this is sent again.
    #[inline]
    pub fn pause(&mut self, ended: bool) -> Duration {
        // Redis 7.0 ends the pause of a command that was held back, and then lets it wait
        if ended {
            return ENDED;
        }
        let pause = self.pause;
        self.pause = pause.saturating_mul(2);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_ended_by_an_error_and_not_by_a_timeout() {
        let bytes = Unblock::new(42).command().to_bytes();
        let expected = b"*4\r\n$6\r\nCLIENT\r\n$7\r\nUNBLOCK\r\n$2\r\n42\r\n$5\r\nERROR\r\n";
        assert_eq!(bytes, expected);
    }

    #[test]
    fn a_command_that_was_not_there_yet_is_asked_after_ever_more_slowly() {
        let mut unblock = Unblock::new(1);
        let pauses: Vec<_> = (0..4).map(|_| unblock.pause(false).as_millis()).collect();
        assert_eq!(pauses, [1, 2, 4, 8]);
        assert_eq!(unblock.pause(true), ENDED);
        assert_eq!(unblock.pause(false).as_millis(), 16);
    }
}
