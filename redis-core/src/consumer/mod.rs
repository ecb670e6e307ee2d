//! A consumer of streams that are shared out by a group: what it asks next, what it acknowledges, and
//! what it does about failures.
//!
//! Decides all of that, for any kind of entry. Does not know how a command is written, and waits for
//! nothing: time and random numbers come in, actions go out, and what came of them is recorded.

mod consumption;
mod held;
mod plan;
mod stop;

pub use consumption::Consumption;
pub use held::Hold;
pub use plan::Plan;
pub use stop::{StopSignal, Wait};

use crate::error::Error;
use std::fmt;
use std::time::Duration;

/// An entry of a stream, as far as a consumer has to know it.
pub trait Entry: Clone {
    /// Orders the entries of a stream; the default is before them all.
    type Id: Copy + Ord + Default + fmt::Debug;

    /// Its id.
    fn id(&self) -> Self::Id;

    /// Whether it is pending and no longer in the stream.
    fn is_deleted(&self) -> bool;
}

/// Why a consumer has an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// No consumer had it before.
    New,
    /// It had been delivered to this consumer before, which did not acknowledge it: in a former life, or the
    /// reply was lost on its way.
    Resumed,
    /// Another consumer of the group did not acknowledge it in time.
    Claimed,
}

/// An entry for the user.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Given<E> {
    /// Which of the streams it stands in.
    pub stream: usize,
    /// The entry.
    pub entry: E,
    /// Why this consumer has it.
    pub origin: Origin,
    /// How often it was delivered by now, where that is known.
    pub deliveries: Option<u64>,
    /// As long as a clone of this exists, the user has the entry: it is not given a second time.
    pub hold: Hold,
}

/// What a consumer does next. Streams are meant by their position.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "whoever carries actions out must know them all")]
pub enum Action<E: Entry> {
    /// Make the group.
    Create {
        /// On this stream.
        stream: usize,
        /// It was there, and is gone.
        again: bool,
    },
    /// Read what is pending for this consumer, without waiting.
    ReadPending {
        /// The streams, and after which entry of each.
        after: Vec<(usize, E::Id)>,
    },
    /// Read what no consumer has yet, of all streams.
    ReadNew {
        /// How long to wait for it.
        wait: Duration,
    },
    /// Take over what others left lying.
    Claim {
        /// Of this stream.
        stream: usize,
        /// From this entry on.
        from: E::Id,
    },
    /// Ask how often what is pending for this consumer was delivered.
    Count {
        /// Of this stream.
        stream: usize,
        /// From this entry on, or right after it.
        from: E::Id,
        /// Right after it.
        exclusive: bool,
        /// Up to this entry.
        last: E::Id,
        /// At most so many.
        most: usize,
    },
    /// Acknowledge entries.
    Acknowledge {
        /// Of this stream.
        stream: usize,
        /// These.
        ids: Vec<E::Id>,
    },
    /// Put an entry that was delivered too often aside, and acknowledge it.
    Bury {
        /// Of this stream.
        stream: usize,
        /// The entry.
        entry: E,
        /// How often it was delivered.
        deliveries: u64,
    },
    /// Wait.
    Pause(Duration),
}

/// What came of an action.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Outcome<E: Entry> {
    /// It is done: for what has no other outcome.
    Done,
    /// What was read, of each stream that had some.
    Read(Vec<(usize, Vec<E>)>),
    /// What was taken over, and where to go on; the default id once all was looked at.
    Claimed {
        /// Where to go on.
        next: E::Id,
        /// The entries.
        entries: Vec<E>,
    },
    /// How often entries were delivered, in the order of their ids.
    Counted(Vec<(E::Id, u64)>),
    /// It failed.
    Failed(Error),
}

/// What comes next for whoever drives a consumer.
#[derive(Debug)]
pub enum Step<E: Entry> {
    /// An entry for the user.
    Give(Given<E>),
    /// An error for the user; the consumer goes on when asked again.
    Fail(Error),
    /// This is to be done, and what came of it recorded.
    Do(Action<E>),
    /// The consumer was stopped, and nothing is left to be done.
    Over,
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
