//! A subscriber's queue: bounded in bytes and messages, with a policy at the bound.
//!
//! This decides what is kept, what is dropped and where the gap is told of. It does not wait for room: who
//! fills it is told that there is none.

use super::{Gap, Message, Overflow, PubSubEvent, PubSubOptions};
use crate::error::{Error, ErrorKind};
use crate::reply::BulkString;
use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;

/// So many messages may share what was read with those of others. What waits behind them is copied: it may be
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
    events: VecDeque<PubSubEvent>,
    options: PubSubOptions,
    queued: Load,
    in_hand: Load,
    dropped: u64,
    /// The bounds do not hold: whoever would make room waits for something else.
    lifted: bool,
    starved: bool,
    ended: Option<Error>,
    /// Where the next messages that are copied go.
    block: BytesMut,
}

#[derive(Clone, Copy, Debug, Default)]
struct Load {
    messages: usize,
    bytes: usize,
}

impl Load {
    fn add(&mut self, bytes: usize) {
        self.messages = self.messages.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
    }

    fn remove(&mut self, bytes: usize) {
        self.messages = self.messages.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

impl Inbox {
    /// An empty queue.
    pub fn new(options: PubSubOptions) -> Self {
        Self {
            events: VecDeque::new(),
            options,
            queued: Load::default(),
            in_hand: Load::default(),
            dropped: 0,
            lifted: false,
            starved: false,
            ended: None,
            block: BytesMut::new(),
        }
    }

    /// Queues events as far as the bounds and the policy allow.
    pub fn admit(&mut self, events: &mut VecDeque<PubSubEvent>) -> Admission {
        while let Some(mut event) = events.pop_front() {
            let PubSubEvent::Message(message) = &mut event else {
                self.note(event);
                continue;
            };
            let bytes = message.weight();
            while !self.has_room(bytes) {
                match self.options.overflow {
                    Overflow::DropOldest => {
                        if !self.drop_oldest() {
                            // all that counts is in the consumer's hands
                            break;
                        }
                    }
                    Overflow::DropNewest => break,
                    Overflow::Wait => {
                        events.push_front(event);
                        self.starved = true;
                        return Admission::Full;
                    }
                    Overflow::Disconnect => {
                        self.dropped = self.dropped.saturating_add(1);
                        events.clear();
                        self.end(overflowed());
                        return Admission::Overflowed;
                    }
                }
            }
            if self.has_room(bytes) {
                if self.queued.messages >= MOST_SHARED {
                    copy(message, &mut self.block);
                }
                self.queued.add(bytes);
                self.events.push_back(event);
            } else {
                self.drop_newest();
            }
        }
        Admission::All
    }

    /// Moves what is next, in order, to the consumer's hands, which must be empty; whether somebody who found
    /// no room may come again.
    pub fn take(&mut self, hand: &mut VecDeque<PubSubEvent>) -> bool {
        self.in_hand = Load::default();
        let most = Load {
            messages: self.options.messages.checked_div(4).unwrap_or(0).max(1),
            bytes: self.options.bytes.checked_div(4).unwrap_or(0),
        };
        if self.queued.messages <= most.messages && self.queued.bytes <= most.bytes {
            std::mem::swap(hand, &mut self.events);
            self.in_hand = std::mem::take(&mut self.queued);
        } else {
            while self.in_hand.messages < most.messages
                && (self.in_hand.messages == 0 || self.in_hand.bytes < most.bytes)
            {
                let Some(event) = self.events.pop_front() else { break };
                if let PubSubEvent::Message(message) = &event {
                    let bytes = message.weight();
                    self.queued.remove(bytes);
                    self.in_hand.add(bytes);
                }
                hand.push_back(event);
            }
        }
        // the first is consumed here and now
        let first = hand.iter().find_map(PubSubEvent::message);
        if let Some(first) = first {
            self.in_hand.remove(first.weight());
        }
        std::mem::take(&mut self.starved)
    }

    /// Lifts the bounds, or lets them hold again: whether somebody who found no room may come again.
    pub fn set_lifted(&mut self, lifted: bool) -> bool {
        self.lifted = lifted;
        lifted && std::mem::take(&mut self.starved)
    }

    /// Ends it: when what is queued was taken, the error is given.
    pub fn end(&mut self, error: Error) {
        if self.ended.is_none() {
            self.ended = Some(error);
        }
    }

    /// Why it ended, once it is empty. It may then be used anew.
    pub fn take_end(&mut self) -> Option<Error> {
        if self.events.is_empty() { self.ended.take() } else { None }
    }

    /// Whether there is nothing to take.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.ended.is_none()
    }

    /// Whether somebody found no room and was not told yet that there is some.
    pub fn is_full(&self) -> bool {
        self.starved
    }

    /// How many messages were dropped, in all its life.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// How many messages wait.
    pub fn len(&self) -> usize {
        self.queued.messages
    }

    fn has_room(&self, bytes: usize) -> bool {
        let messages = self.queued.messages.saturating_add(self.in_hand.messages);
        let held = self.queued.bytes.saturating_add(self.in_hand.bytes);
        let fits =
            messages < self.options.messages && held.saturating_add(bytes) <= self.options.bytes;
        // one that is larger than the bound is taken alone
        fits || messages == 0 || self.lifted
    }

    /// Queues what is no message. A connection that is lost again and again is one gap while nobody looks.
    fn note(&mut self, event: PubSubEvent) {
        if self.options.silent && event.is_confirmation() {
            return;
        }
        if matches!(event, PubSubEvent::Gap(Gap::Lost { .. }))
            && matches!(self.events.back(), Some(PubSubEvent::Gap(Gap::Restored)))
        {
            // the gap goes on, wherever it began: its beginning may have been read, or lie behind a message
            self.events.pop_back();
            if let Some(began @ PubSubEvent::Gap(Gap::Lost { .. })) = self.events.back_mut() {
                *began = event;
            }
            return;
        }
        self.events.push_back(event);
    }

    /// Drops the oldest message; whether there was one.
    fn drop_oldest(&mut self) -> bool {
        let Some(at) = self.events.iter().position(|event| event.message().is_some()) else {
            return false;
        };
        if let Some(PubSubEvent::Message(message)) = self.events.remove(at) {
            self.queued.remove(message.weight());
        }
        self.dropped = self.dropped.saturating_add(1);
        // two gaps that nothing stands between any more are one
        let before = at.checked_sub(1);
        if let Some(before) = before {
            let restored = matches!(self.events.get(before), Some(PubSubEvent::Gap(Gap::Restored)));
            let lost = matches!(self.events.get(at), Some(PubSubEvent::Gap(Gap::Lost { .. })));
            if restored && lost {
                self.events.remove(at);
                self.events.remove(before);
            }
        }
        self.count_gap(at.min(self.events.len()));
        true
    }

    fn drop_newest(&mut self) {
        self.dropped = self.dropped.saturating_add(1);
        self.count_gap(self.events.len());
    }

    /// Counts one message that is missing before `at`.
    fn count_gap(&mut self, at: usize) {
        let mut before = at;
        while let Some(earlier) = before.checked_sub(1) {
            before = earlier;
            match self.events.get_mut(before) {
                Some(PubSubEvent::Gap(Gap::Overflow { messages })) => {
                    *messages = messages.saturating_add(1);
                    return;
                }
                Some(PubSubEvent::Gap(_)) => {}
                _ => break,
            }
        }
        self.events.insert(at, PubSubEvent::Gap(Gap::Overflow { messages: 1 }));
    }
}

/// Lets a message share its text with its neighbours in the queue alone.
fn copy(message: &mut Message, block: &mut BytesMut) {
    let texts = [message.pattern.as_mut(), Some(&mut message.channel), Some(&mut message.payload)];
    for text in texts.into_iter().flatten() {
        *text = BulkString::from(copied(text.as_bytes(), block));
    }
}

fn copied(text: &[u8], block: &mut BytesMut) -> Bytes {
    if text.len() > BLOCK {
        return Bytes::copy_from_slice(text);
    }
    if block.capacity() < text.len() {
        *block = BytesMut::with_capacity(BLOCK);
    }
    block.extend_from_slice(text);
    block.split().freeze()
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
