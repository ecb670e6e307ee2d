//! Whether a command waits on the server.

use std::time::Duration;

/// How long a command may keep the server from answering.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Block {
    /// It is answered at once.
    #[default]
    No,
    /// It is answered within this time, as the command itself asks.
    For(Duration),
    /// It is answered when there is something to answer.
    Forever,
}

impl Block {
    /// What a server's own timeout argument means: zero waits for ever.
    #[must_use]
    pub fn within(timeout: Duration) -> Self {
        if timeout.is_zero() { Self::Forever } else { Self::For(timeout) }
    }
}
