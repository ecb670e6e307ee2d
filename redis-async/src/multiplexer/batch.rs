//! A batch on a shared connection, in one piece.

use super::{Multiplexer, in_doubt};
use redis_core::connection::slots::{SlotId, Volleyed};
use redis_core::pipeline::Batch;
use redis_core::resp::{Frame, Values};
use redis_core::{Error, Result};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// What comes for a batch: replies that are one short value each side by side, any other alone.
#[derive(Debug)]
pub(crate) enum Arrival {
    Reply(Frame),
    Values(Values),
}

impl From<Frame> for Arrival {
    fn from(frame: Frame) -> Self {
        Self::Reply(frame)
    }
}

/// One attempt of a batch: submitted when first polled.
///
/// Dropped, it gives its replies up; what was submitted runs all the same, as a whole.
pub(crate) struct InOnePiece<'m> {
    link: &'m Multiplexer,
    batch: &'m Batch,
    reply: Option<Duration>,
    slot: Option<SlotId>,
}

impl<'m> InOnePiece<'m> {
    /// `reply` is how long the replies may take.
    pub(crate) fn new(link: &'m Multiplexer, batch: &'m Batch, reply: Option<Duration>) -> Self {
        link.shared.batches.fetch_add(1, Ordering::Relaxed);
        Self { link, batch, reply, slot: None }
    }
}

impl Future for InOnePiece<'_> {
    /// The replies, or why it was not submitted.
    type Output = Result<Volleyed<Arrival>, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.slot {
            None => {
                self.slot = Some(self.link.submit_batch(self.batch, self.reply, cx)?);
                Poll::Pending
            }
            Some(_) if self.link.is_forked() => Poll::Ready(Err(in_doubt())),
            Some(id) => {
                let volleyed = ready!(self.link.poll_batch(id, cx));
                self.slot = None;
                Poll::Ready(Ok(volleyed))
            }
        }
    }
}

impl Drop for InOnePiece<'_> {
    fn drop(&mut self) {
        self.link.shared.batches.fetch_sub(1, Ordering::Relaxed);
        if let Some(id) = self.slot {
            self.link.abandon(id);
        }
    }
}
