//! A connection that is written to and read from without taking turns.
//!
//! Whose a frame is, and when there is nothing more to come, is its owner's to know: here nothing is
//! expected, and what has come stays until it is asked for.

use super::{Exchange, Link, lost, unfinished};
use crate::multiplexer::outbox::Outbox;
use crate::transport::Transport;
use bytes::Bytes;
use redis_core::pool::Residue;
use redis_core::{Delivery, Error, ErrorKind, Result};
use std::task::{Context, Poll, ready};

impl Link {
    /// Ends the taking of turns: what comes from now on is no command's reply.
    ///
    /// # Errors
    ///
    /// That replies are owed, or that some came which nobody asked for.
    #[inline]
    pub(crate) fn begin_raw(&mut self) -> Result<()> {
        if !self.is_settled() {
            return Err(unfinished());
        }
        self.expect_silence()?;
        self.residue = Residue::LASTING;
        Ok(())
    }

    /// Takes what is to be written; returns how much that is.
    pub(crate) fn load(&mut self, fill: impl FnOnce(&mut Outbox)) -> usize {
        self.outbox.clear();
        fill(&mut self.outbox);
        self.outbox.remaining()
    }

    /// Looks what became of a write of `size` bytes that was not waited for: none of it goes out any more,
    /// or all of it did.
    ///
    /// # Errors
    ///
    /// That a part of it went out, or may yet: a stream that holds bytes back, as TLS does, has the beginning
    /// of what it did not take, and would take that of the next write for it.
    #[inline]
    pub(crate) fn settle_write(&mut self, size: usize) -> Result<()> {
        let unsent = self.outbox.remaining();
        if unsent == size && (size == 0 || !self.stream.holds_back()) {
            self.outbox.clear();
        } else if unsent > 0 {
            let message = "a `send` was dropped half-way, so what follows would end up within it";
            return Err(Error::new(ErrorKind::Closed, message).with_delivery(Delivery::NotSent));
        }
        Ok(())
    }

    /// How much of what was taken has not been written.
    #[inline]
    pub(crate) fn unwritten(&self) -> usize {
        self.outbox.remaining()
    }

    /// Writes what was taken, and reads meanwhile what the server wants to be rid of.
    #[inline]
    pub(crate) fn poll_write_raw(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.poll_write_out(cx).map_err(|error| lost(&error))
    }

    /// Takes from the front of what has come as much as `cut` says; waits for more where it says nothing.
    ///
    /// # Errors
    ///
    /// What `cut` fails with, which leaves the bytes where they are; the connection's end, once there is
    /// nothing more to cut.
    pub(crate) fn poll_cut<T>(
        &mut self,
        cx: &mut Context<'_>,
        mut cut: impl FnMut(&[u8]) -> Result<Option<(usize, T)>>,
    ) -> Poll<Result<(Bytes, T)>> {
        loop {
            if let Some((length, found)) = cut(&self.inbox)? {
                return Poll::Ready(Ok((self.inbox.split_to(length).freeze(), found)));
            }
            if self.exchange == Exchange::Broken {
                return Poll::Ready(Err(Error::new(ErrorKind::Closed, "the connection was lost")));
            }
            // a write that was not waited for may still be held back
            if let Poll::Ready(Err(error)) = self.stream.poll_flush(cx) {
                return Poll::Ready(Err(lost(&error)));
            }
            ready!(self.poll_fill(cx)).map_err(|error| lost(&error))?;
        }
    }
}
