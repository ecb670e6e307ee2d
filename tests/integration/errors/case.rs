//! One row of the vocabulary: an error, and what brings it about.

use redis_core::{Delivery, ServerErrorKind};
use redis_tests::matrix::Row;

/// The words of a command; one that begins with `@` is a key of the stage's own,
/// and `$port` is the server's port.
pub(super) type Words = &'static [&'static str];

/// An error of the servers' and what brings it about on a [`Stage`](super::stage::Stage).
#[derive(Debug, Clone, Copy)]
pub(super) struct Case {
    pub(super) kind: ServerErrorKind,
    /// What the server's text begins with, its code included.
    pub(super) text: &'static str,
    pub(super) ask: Ask,
    pub(super) delivery: Delivery,
    pub(super) after: After,
    /// Why a server does not answer so, if it does not.
    pub(super) absent: fn(&Row) -> Option<&'static str>,
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ask {
    /// A command, of the shared client and on a connection of one's own.
    Anywhere(Words),
    /// Commands on a connection of one's own; the last one is the one that counts.
    OnConnection(&'static [Words]),
    /// Anything at all: the connection itself is refused.
    Greeting,
}

/// What the connection is good for afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// Another command is answered as it should be.
    Answers,
    /// The server refuses whatever comes, and says so in the same words again.
    SameAgain,
}

impl Case {
    /// The command, wherever it is asked, is refused, and the connection stays good.
    pub(super) const fn new(kind: ServerErrorKind, text: &'static str, words: Words) -> Self {
        Self {
            kind,
            text,
            ask: Ask::Anywhere(words),
            delivery: Delivery::Rejected,
            after: After::Answers,
            absent: |_| None,
        }
    }

    /// The last of the commands is refused, on a connection of one's own.
    pub(super) const fn on_connection(
        kind: ServerErrorKind,
        text: &'static str,
        words: &'static [Words],
    ) -> Self {
        Self { ask: Ask::OnConnection(words), ..Self::new(kind, text, &[]) }
    }

    /// The connection itself is refused.
    pub(super) const fn greeting(kind: ServerErrorKind, text: &'static str) -> Self {
        Self {
            ask: Ask::Greeting,
            delivery: Delivery::NotSent,
            after: After::SameAgain,
            ..Self::new(kind, text, &[])
        }
    }

    /// The command ran, wholly or in part, before the server answered so.
    pub(super) const fn executed(self) -> Self {
        Self { delivery: Delivery::Executed, ..self }
    }

    /// Nothing proves that the command did not run.
    pub(super) const fn in_doubt(self) -> Self {
        Self { delivery: Delivery::Unknown, ..self }
    }

    /// Everything else is refused in the same words.
    pub(super) const fn refuses_everything(self) -> Self {
        Self { after: After::SameAgain, ..self }
    }

    /// Not on these servers, and why.
    pub(super) const fn unless(self, absent: fn(&Row) -> Option<&'static str>) -> Self {
        Self { absent, ..self }
    }
}
