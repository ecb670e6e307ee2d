//! The messages alone, one after the other.

use super::PubSub;
use redis_core::Result;
use redis_core::pubsub::Message;

/// The messages of a subscriber, made by [`PubSub::messages`].
#[derive(Debug)]
#[must_use = "messages are fetched by iterating"]
pub struct Messages<'p> {
    pubsub: &'p mut PubSub,
}

impl<'p> Messages<'p> {
    #[inline]
    pub(super) fn new(pubsub: &'p mut PubSub) -> Self {
        Self { pubsub }
    }
}

impl Iterator for Messages<'_> {
    type Item = Result<Message>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.pubsub.next_message().transpose()
    }
}
