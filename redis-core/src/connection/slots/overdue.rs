//! What is known of a command whose time is over, in ticks.

use super::{InFlight, Queued, Slots};

/// What a deadline cut short, and how things stood. Times are in ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Overdue {
    /// What was waited for.
    pub awaited: Awaited,
    /// How long it waited for room.
    pub queued: u32,
    /// How long it was in flight since.
    pub in_flight: u32,
    /// How many commands were in flight when it was submitted, or ahead of it in the queue for room.
    pub ahead: usize,
    /// How many are in flight now.
    pub under_way: usize,
    /// How many of its ticks nobody counted, because the task that counts did not run.
    pub skipped: u32,
    /// Whether the connection stands and lets commands in.
    pub open: bool,
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Awaited {
    /// Room: the command was not sent.
    Room,
    /// The reply.
    Reply,
}

/// How things stood when a command was submitted. Half as large as it could be, since each command in flight
/// has one: what is more than fits is told as the most that does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Submission {
    tick: u32,
    waited: u16,
    ahead: u16,
}

impl Submission {
    #[inline]
    pub(super) fn new(tick: u32, waited: u32, ahead: usize) -> Self {
        let waited = u16::try_from(waited).unwrap_or(u16::MAX);
        Self { tick, waited, ahead: u16::try_from(ahead).unwrap_or(u16::MAX) }
    }
}

/// The last stall that is worth mentioning.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stall {
    /// The tick at which it was over.
    end: u32,
    ticks: u32,
}

impl Stall {
    /// Nobody has counted so many ticks before `end`. A short stall does not make one forget a long one
    /// that has just been.
    pub(super) fn note(&mut self, end: u32, ticks: u32) {
        if ticks >= self.ticks || self.end.saturating_add(self.ticks) < end {
            *self = Self { end, ticks };
        }
    }

    /// How many of the ticks since then fell into it.
    fn since(self, tick: u32) -> u32 {
        self.ticks.min(self.end.saturating_sub(tick))
    }
}

impl<W, P, C, V> Slots<W, P, C, V> {
    /// How things stand with a command in flight that `before` others are to be answered before.
    pub(super) fn overdue(&self, submission: Submission, before: usize) -> Overdue {
        let Submission { tick, waited, ahead } = submission;
        Overdue {
            awaited: Awaited::Reply,
            queued: waited.into(),
            in_flight: self.tick.saturating_sub(tick),
            // what is still before it was so then
            ahead: before.max(ahead.into()),
            under_way: self.in_flight.len(),
            skipped: self.stall.since(tick),
            open: self.open,
        }
    }

    /// How things stand with a command that was not let in.
    pub(super) fn kept_out(&self, queued: &Queued<C>) -> Overdue {
        Overdue {
            awaited: Awaited::Room,
            queued: self.tick.saturating_sub(queued.since),
            in_flight: 0,
            ahead: queued.ahead,
            under_way: self.in_flight.len(),
            skipped: self.stall.since(queued.since),
            open: self.open,
        }
    }
}

/// Sixteen bytes would do without diagnosis; a cache line still holds two and a half.
const _: () = assert!(size_of::<InFlight>() == 24);
