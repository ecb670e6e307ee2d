//! What was being attempted when an error arose, and what became of the command.

use std::borrow::Cow;
use std::fmt;

/// Whether a command that failed may have run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Delivery {
    /// It was not written, or not to its end, when the connection ended: it did not run. A server runs what is
    /// whole, and forgets the rest with the connection.
    NotSent,
    /// The server answered that it did not run it.
    Rejected,
    /// It was written to its end, or nobody knows how much of it was (TLS enciphers it into other bytes), and no
    /// answer came: it may have run.
    Unknown,
    /// The server ran it and answered; the failure came after (a reply of another type, say).
    Executed,
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSent => "not sent",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
            Self::Executed => "executed",
        })
    }
}

/// What was being attempted: never an argument's value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Context {
    /// The command's name, such as `CONFIG GET`.
    pub command: Option<Cow<'static, str>>,
    /// The server's address.
    pub endpoint: Option<String>,
    /// Which attempt it was, from 1.
    pub attempt: Option<u32>,
    /// The command's position in its pipeline, from 0.
    pub index: Option<usize>,
}

impl Context {
    pub(super) fn write_prefix(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.command, self.index) {
            (Some(command), Some(index)) => {
                write!(f, "{command} (command {index} of the pipeline): ")
            }
            (Some(command), None) => write!(f, "{command}: "),
            (None, Some(index)) => write!(f, "command {index} of the pipeline: "),
            (None, None) => Ok(()),
        }
    }

    pub(super) fn write_suffix(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // the first attempt is no news
        let attempt = self.attempt.filter(|&attempt| attempt > 1);
        match (&self.endpoint, attempt) {
            (Some(endpoint), Some(attempt)) => write!(f, " ({endpoint}, attempt {attempt})"),
            (Some(endpoint), None) => write!(f, " ({endpoint})"),
            (None, Some(attempt)) => write!(f, " (attempt {attempt})"),
            (None, None) => Ok(()),
        }
    }
}
