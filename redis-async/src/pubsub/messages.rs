//! The messages alone, one after the other.

use super::PubSub;
use futures_core::Stream;
use redis_core::Result;
use redis_core::pubsub::Message;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The messages of a subscriber, made by [`PubSub::messages`].
#[derive(Debug)]
#[must_use = "messages are fetched by awaiting them"]
pub struct Messages<'p> {
    pubsub: &'p mut PubSub,
}

impl<'p> Messages<'p> {
    #[inline]
    pub(super) fn new(pubsub: &'p mut PubSub) -> Self {
        Self { pubsub }
    }

    /// The next message; `None` once nothing is subscribed to any more.
    #[inline]
    pub async fn next(&mut self) -> Option<Result<Message>> {
        self.pubsub.next_message().await.transpose()
    }
}

impl Stream for Messages<'_> {
    type Item = Result<Message>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.pubsub.poll_message(cx).map(Result::transpose)
    }
}
