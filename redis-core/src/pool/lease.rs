//! What is handed out for a connection's place in the pool, and how it comes back.

use crate::command::{Block, Command};
use crate::event::CloseReason;
use std::time::Instant;

/// What a connection is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// A command that is answered at once, or a caller who keeps it for as long as it pleases.
    #[default]
    Ordinary,
    /// A command that is answered at once, and may go over a connection that has others' on it.
    Shareable,
    /// A command that keeps it waiting on the server; of these there is a limit of their own.
    Blocking,
}

impl Purpose {
    /// What this command needs one for.
    #[inline]
    pub fn of(command: &Command<'_>) -> Self {
        if command.blocking() == Block::No { Self::Ordinary } else { Self::Blocking }
    }
}

/// The right to open one connection. It holds a place: hand it back by
/// [`opened`](super::Accounting::opened) or [`failed`](super::Accounting::failed).
#[derive(Debug, PartialEq, Eq)]
#[must_use = "it holds a place in the pool until it is handed back"]
pub struct Permit {
    pub(super) id: u64,
    pub(super) generation: u32,
    pub(super) purpose: Purpose,
}

impl Permit {
    /// The number of the connection to be opened; no other of this pool ever has it.
    pub fn id(&self) -> u64 {
        self.id
    }
}

/// What the pool knows of a connection in use. It holds a place: hand it back by
/// [`check_in`](super::Accounting::check_in), [`lost`](super::Accounting::lost) or
/// [`replace`](super::Accounting::replace).
#[derive(Debug, PartialEq, Eq)]
#[must_use = "it holds a place in the pool until it is handed back"]
pub struct Lease {
    pub(super) id: u64,
    pub(super) generation: u32,
    pub(super) purpose: Purpose,
    pub(super) opened: Instant,
    pub(super) expires: Option<Instant>,
    /// When it last served somebody.
    pub(super) used: Instant,
}

impl Lease {
    /// The connection's number.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// When the connection was opened.
    pub fn opened(&self) -> Instant {
        self.opened
    }

    /// What decides how long it may be shared.
    pub fn pass(&self) -> Pass {
        Pass { generation: self.generation, expires: self.expires }
    }
}

/// What decides how long a connection in use may go on taking commands of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pass {
    pub(super) generation: u32,
    pub(super) expires: Option<Instant>,
}

/// A place in the queue of those who wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub(super) u64);

/// The state in which a connection comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Condition {
    /// As it was given.
    Clean,
    /// A late reply was drained from it after a timeout.
    Recycled,
    /// Not to be used again.
    Unusable(CloseReason),
}

/// A connection that is no longer the pool's: to be closed once no lock is held.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Closing<C> {
    /// Its number.
    pub id: u64,
    /// Itself.
    pub connection: C,
    /// Why.
    pub reason: CloseReason,
}
