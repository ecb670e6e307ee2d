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
pub struct Lease(pub(super) Box<Member>);

/// What the pool knows of a connection, in use or idle: made once, since it changes hands with every command.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) id: u64,
    pub(super) generation: u32,
    pub(super) purpose: Purpose,
    pub(super) opened: Instant,
    pub(super) expires: Option<Instant>,
    /// When it was last handed out.
    pub(super) began: Instant,
    /// Whether that was shortly after the time before.
    pub(super) brisk: bool,
    /// When it last served somebody.
    pub(super) used: Instant,
}

impl Lease {
    /// The connection's number.
    pub fn id(&self) -> u64 {
        self.0.id
    }

    /// What it was asked for.
    pub fn purpose(&self) -> Purpose {
        self.0.purpose
    }

    /// When the connection was opened.
    pub fn opened(&self) -> Instant {
        self.0.opened
    }

    /// What decides how long it may be shared.
    pub fn pass(&self) -> Pass {
        Pass { generation: self.0.generation, expires: self.0.expires }
    }

    /// When a single command was over that had it: the time by `now`, or that at which it was handed out, where one
    /// command follows upon the other within a fraction of [`Check::MOMENT`](super::Check::MOMENT). To read a clock
    /// twice for each of these costs nearly as much as all the rest of the pool; what is lost is that the connection
    /// seems to have been silent for as long as its last command took, so that it is looked at, or ends, too early.
    #[inline]
    pub fn over(&self, now: impl FnOnce() -> Instant) -> Instant {
        if self.0.brisk { self.0.began } else { now() }
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
