//! A subscriber's queue: bounded in bytes and messages, with a policy at the bound.
//!
//! This decides what is kept, what is dropped and where the gap is told of. It does not wait for room: who
//! fills it is told that there is none.

use super::backlog::Item;
use super::{Backlog, Gap, Overflow, PubSubEvent, PubSubOptions, Run};
use crate::error::{Error, ErrorKind};

/// So many runs of messages may share what was read with those of others. What waits behind them is copied: it may be
/// little of each read, which it would keep whole.
const MOST_SHARED: usize = 256;

/// What is copied goes together into blocks of so many bytes; what is larger is about all that was read with it.
const BLOCK: usize = 16 * 1024;

/// What became of events that were to be queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Admission {
    /// All were dealt with.
    All,
    /// Some were left: come again when there is room.
    Full,
    /// The subscriber is cut off.
    Overflowed,
}

/// A subscriber's queue.
///
/// It is emptied in batches. What a consumer has in hand counts as queued until it comes for more, so that
/// the bounds hold for both together.
#[derive(Debug)]
pub struct Inbox {
    events: Backlog,
    /// How many runs of messages there are among them.
    runs: usize,
    options: PubSubOptions,
    queued: Load,
    in_hand: Load,
    dropped: u64,
    /// The bounds do not hold: whoever would make room waits for something else.
    lifted: bool,
    starved: bool,
    ended: Option<Error>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Load {
    messages: usize,
    bytes: usize,
}

impl Load {
    #[inline]
    fn add(&mut self, messages: usize, bytes: usize) {
        self.messages = self.messages.saturating_add(messages);
        self.bytes = self.bytes.saturating_add(bytes);
    }

    #[inline]
    fn remove(&mut self, messages: usize, bytes: usize) {
        self.messages = self.messages.saturating_sub(messages);
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

impl Inbox {
    /// An empty queue.
    #[inline]
    pub fn new(options: PubSubOptions) -> Self {
        Self {
            events: Backlog::new(),
            runs: 0,
            options,
            queued: Load::default(),
            in_hand: Load::default(),
            dropped: 0,
            lifted: false,
            starved: false,
            ended: None,
        }
    }

    /// Queues events as far as the bounds and the policy allow.
    #[inline]
    pub fn admit(&mut self, events: &mut Backlog) -> Admission {
        while let Some(item) = events.items.pop_front() {
            let mut run = match item {
                Item::Run(run) => run,
                Item::Note(event) => {
                    self.note(event);
                    continue;
                }
            };
            let admission = self.admit_run(&mut run);
            match admission {
                Admission::All => {}
                Admission::Full => {
                    events.items.push_front(Item::Run(run));
                    self.starved = true;
                    return admission;
                }
                Admission::Overflowed => {
                    self.dropped = self.dropped.saturating_add(1);
                    events.items.clear();
                    self.end(overflowed());
                    return admission;
                }
            }
        }
        Admission::All
    }

    /// Queues messages: all at once if the bounds allow it, else each as far as the policy does. What is left in
    /// `run` found no room.
    #[inline]
    fn admit_run(&mut self, run: &mut Run) -> Admission {
        let count = run.len();
        if self.has_room(count, run.weight()) {
            self.push(run, count);
            return Admission::All;
        }
        while let Some(first) = run.places().first() {
            let bytes = first.weight();
            while !self.has_room(1, bytes) {
                match self.options.overflow {
                    Overflow::DropOldest => {
                        if !self.drop_oldest() {
                            // all that counts is in the consumer's hands
                            break;
                        }
                    }
                    Overflow::DropNewest => break,
                    Overflow::Wait => return Admission::Full,
                    Overflow::Disconnect => return Admission::Overflowed,
                }
            }
            if self.has_room(1, bytes) {
                self.push(run, 1);
            } else {
                run.skip(1);
                self.drop_newest();
            }
        }
        Admission::All
    }

    /// Queues the next messages of a run, for which there is room.
    #[inline]
    fn push(&mut self, run: &mut Run, count: usize) {
        let before = self.events.items.len();
        let bytes = if self.runs >= MOST_SHARED {
            self.events.add_copies(run, count, BLOCK)
        } else {
            self.events.add(run, count)
        };
        self.runs = self.runs.saturating_add(self.events.items.len().saturating_sub(before));
        self.queued.add(count, bytes);
    }

    /// Moves what is next, in order, to the consumer's hands, which must be empty; whether somebody who found
    /// no room may come again.
    #[inline]
    pub fn take(&mut self, hand: &mut Backlog) -> bool {
        self.in_hand = Load::default();
        let most = Load {
            messages: self.options.messages.checked_div(4).unwrap_or(0).max(1),
            bytes: self.options.bytes.checked_div(4).unwrap_or(0),
        };
        if self.queued.messages <= most.messages && self.queued.bytes <= most.bytes {
            std::mem::swap(hand, &mut self.events);
            self.runs = 0;
            self.in_hand = std::mem::take(&mut self.queued);
        } else {
            self.take_some(hand, most);
        }
        // the first is consumed here and now
        let first = hand.items.iter().find_map(Item::run).and_then(|run| run.places().first());
        if let Some(first) = first {
            self.in_hand.remove(1, first.weight());
        }
        std::mem::take(&mut self.starved)
    }

    /// Moves what is next, no more than `most` and one message.
    #[inline]
    fn take_some(&mut self, hand: &mut Backlog, most: Load) {
        loop {
            let goes_on = |in_hand: &Load| {
                in_hand.messages < most.messages
                    && (in_hand.messages == 0 || in_hand.bytes < most.bytes)
            };
            if !goes_on(&self.in_hand) {
                return;
            }
            match self.events.items.pop_front() {
                None => return,
                Some(Item::Note(event)) => hand.push(event),
                Some(Item::Run(mut run)) => {
                    let mut count: usize = 0;
                    for place in run.places() {
                        if !goes_on(&self.in_hand) {
                            break;
                        }
                        self.in_hand.add(1, place.weight());
                        count = count.saturating_add(1);
                    }
                    self.queued.remove(count, hand.add(&mut run, count));
                    if run.is_empty() {
                        self.runs = self.runs.saturating_sub(1);
                    } else {
                        self.events.items.push_front(Item::Run(run));
                    }
                }
            }
        }
    }

    /// Lifts the bounds, or lets them hold again: whether somebody who found no room may come again.
    #[inline]
    pub fn set_lifted(&mut self, lifted: bool) -> bool {
        self.lifted = lifted;
        lifted && std::mem::take(&mut self.starved)
    }

    /// Ends it: when what is queued was taken, the error is given.
    #[inline]
    pub fn end(&mut self, error: Error) {
        if self.ended.is_none() {
            self.ended = Some(error);
        }
    }

    /// Why it ended, once it is empty. It may then be used anew.
    #[inline]
    pub fn take_end(&mut self) -> Option<Error> {
        if self.events.is_empty() { self.ended.take() } else { None }
    }

    /// Whether there is nothing to take.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.ended.is_none()
    }

    /// Whether somebody found no room and was not told yet that there is some.
    #[inline]
    pub fn is_full(&self) -> bool {
        self.starved
    }

    /// How many messages were dropped, in all its life.
    #[inline]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// How many messages wait.
    #[inline]
    pub fn len(&self) -> usize {
        self.queued.messages
    }

    /// Whether so many more messages may be queued, which count for so many bytes.
    #[inline]
    fn has_room(&self, messages: usize, bytes: usize) -> bool {
        let held_messages = self.queued.messages.saturating_add(self.in_hand.messages);
        let held_bytes = self.queued.bytes.saturating_add(self.in_hand.bytes);
        let fits = held_messages.saturating_add(messages) <= self.options.messages
            && held_bytes.saturating_add(bytes) <= self.options.bytes;
        // one that is larger than the bound is taken alone
        fits || (held_messages == 0 && messages == 1) || self.lifted
    }

    /// Queues what is no message. A connection that is lost again and again is one gap while nobody looks.
    #[inline]
    fn note(&mut self, event: PubSubEvent) {
        if self.options.silent && event.is_confirmation() {
            return;
        }
        let events = &mut self.events.items;
        let goes_on = matches!(event, PubSubEvent::Gap(Gap::Lost { .. }))
            && matches!(events.back(), Some(Item::Note(PubSubEvent::Gap(Gap::Restored))));
        if goes_on {
            // wherever it began: its beginning may have been read, or lie behind a message
            events.pop_back();
            if let Some(Item::Note(began @ PubSubEvent::Gap(Gap::Lost { .. }))) = events.back_mut()
            {
                *began = event;
            }
            return;
        }
        self.events.push(event);
    }

    /// Drops the oldest message; whether there was one.
    #[inline]
    fn drop_oldest(&mut self) -> bool {
        let events = &mut self.events.items;
        let Some(mut at) = events.iter().position(|item| item.run().is_some()) else {
            return false;
        };
        if let Some(Item::Run(run)) = events.get_mut(at) {
            self.queued.remove(1, run.skip(1));
            if run.is_empty() {
                events.remove(at);
                self.runs = self.runs.saturating_sub(1);
            }
        }
        self.dropped = self.dropped.saturating_add(1);
        // two gaps that nothing stands between any more are one
        if let Some(before) = at.checked_sub(1) {
            let gap_at = |at: usize| match events.get(at).and_then(Item::note) {
                Some(PubSubEvent::Gap(gap)) => Some(gap),
                _ => None,
            };
            let restored = matches!(gap_at(before), Some(Gap::Restored));
            let lost = matches!(gap_at(at), Some(Gap::Lost { .. }));
            if restored && lost {
                events.remove(at);
                events.remove(before);
                at = before;
            }
        }
        self.count_gap(at);
        true
    }

    #[inline]
    fn drop_newest(&mut self) {
        self.dropped = self.dropped.saturating_add(1);
        self.count_gap(self.events.items.len());
    }

    /// Counts one message that is missing before `at`.
    #[inline]
    fn count_gap(&mut self, at: usize) {
        let events = &mut self.events.items;
        let mut before = at;
        while let Some(earlier) = before.checked_sub(1) {
            before = earlier;
            match events.get_mut(before) {
                Some(Item::Note(PubSubEvent::Gap(Gap::Overflow { messages }))) => {
                    *messages = messages.saturating_add(1);
                    return;
                }
                Some(Item::Note(PubSubEvent::Gap(_))) => {}
                _ => break,
            }
        }
        events.insert(at, Item::Note(PubSubEvent::Gap(Gap::Overflow { messages: 1 })));
    }
}

#[cold]
fn overflowed() -> Error {
    Error::new(
        ErrorKind::Overloaded,
        "the subscriber was too slow, and was cut off when its queue was full: its subscriptions have ended",
    )
}

#[cfg(test)]
mod tests;
