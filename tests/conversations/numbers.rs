//! A subscriber's view of numbers that were published one after the other.

use redis_core::pubsub::{Gap, PubSubEvent};

/// What a subscriber saw of numbers that were published one after the other: outside of gaps each once.
#[derive(Default)]
pub(crate) struct Numbers {
    pub(crate) last: u64,
    pub(crate) in_gap: bool,
    may_miss: bool,
    pub(crate) gaps: usize,
    pub(crate) seen: usize,
}

impl Numbers {
    /// Another event.
    ///
    /// # Panics
    /// If it must not come there.
    #[track_caller]
    pub(crate) fn see(&mut self, event: PubSubEvent) {
        match event {
            PubSubEvent::Message(message) => {
                let number: u64 = message.payload.parse().expect("a number");
                assert!(number > self.last, "{number} came after {}", self.last);
                let next = number == self.last + 1;
                assert!(
                    next || self.may_miss,
                    "between {} and {number} there is no gap",
                    self.last
                );
                self.last = number;
                self.may_miss = self.in_gap;
                self.seen += 1;
            }
            PubSubEvent::Gap(Gap::Lost { .. }) => {
                assert!(!std::mem::replace(&mut self.in_gap, true));
                self.may_miss = true;
            }
            PubSubEvent::Gap(Gap::Restored) => {
                assert!(std::mem::take(&mut self.in_gap));
                self.gaps += 1;
            }
            other => panic!("{other:?}"),
        }
    }
}
