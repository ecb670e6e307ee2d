//! The messages alone, one after the other.

use super::PubSub;
use futures_core::Stream;
use redis_core::Result;
use redis_core::pubsub::Message;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The messages of a subscriber, made by [`PubSub::messages`].
#[derive(Debug)]
#[must_use = "messages are fetched by awaiting them"]
pub struct Messages<'p> {
    pubsub: &'p mut PubSub,
}

impl<'p> Messages<'p> {
    pub(super) fn new(pubsub: &'p mut PubSub) -> Self {
        Self { pubsub }
    }

    /// The next message; `None` once nothing is subscribed to any more.
    pub async fn next(&mut self) -> Option<Result<Message>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl Stream for Messages<'_> {
    type Item = Result<Message>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match ready!(self.pubsub.poll_event(cx)) {
                Ok(None) => return Poll::Ready(None),
                Ok(Some(event)) => {
                    if let Some(message) = event.into_message() {
                        return Poll::Ready(Some(Ok(message)));
                    }
                }
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }
}
