//! Many commands over one connection, their replies read while they are written.
//!
//! Neither direction waits for the other: a peer that does not read before its replies are read, and a
//! client that does not read before its commands are written, would wait for each other for ever. Of a
//! batch no more than a chunk is copied at a time, and replies are handed over as they come.

use super::{Exchange, Link, lost, unfinished, within};
use crate::lending::now;
use crate::multiplexer::outbox::PARTS;
use crate::transport::Transport;
use redis_core::command::{Command, table};
use redis_core::config::Endpoint;
use redis_core::orphan::Owed;
use redis_core::pipeline::{Batch, Harvest, Outgoing, Replies};
use redis_core::resp::Kind;
use redis_core::retry::{Allowance, shorter};
use redis_core::{Error, ErrorKind, Result, TimeoutKind};
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::task::{Context, Poll};
use std::time::Duration;

/// So much of a batch is copied at a time.
const CHUNK: usize = 64 * 1024;

/// A batch under way.
struct Volley {
    outgoing: Outgoing,
    harvest: Harvest,
    flushed: bool,
    /// How long the whole may take.
    allowance: Allowance,
}

impl Link {
    /// Sends a batch and reads its replies. `reply` is how long either direction may stand still, `allowance`
    /// how long the whole may take.
    ///
    /// # Cancellation
    ///
    /// As [`exchange`](Self::exchange): dropped before all replies are there, the link is closed.
    #[inline]
    pub(crate) async fn carry_out(
        &mut self,
        batch: &Batch,
        endpoint: &Endpoint,
        reply: Option<Duration>,
        allowance: Allowance,
    ) -> Replies {
        if !self.is_settled() {
            return Replies::failed(batch, Some(endpoint), unfinished());
        }
        // what came behind the last reply must not become the first of these
        if let Err(error) = self.expect_silence() {
            return Replies::failed(batch, Some(endpoint), error);
        }
        if batch.is_atomic() {
            self.residue.observe(&Command::new(&table::EXEC));
        }
        let harvest = Harvest::new(batch, Some(endpoint));
        let mut volley = Volley { outgoing: batch.outgoing(), harvest, flushed: false, allowance };
        self.outbox.clear();
        self.exchange = Exchange::Busy;
        // no pipeline has a command that waits: what is late of it is not the last such command's
        self.owed = Owed::default();
        let outcome = self.exchange_volley(&mut volley, reply).await;
        let sent = volley.outgoing.taken() - self.outbox.remaining();
        self.traffic.sent(batch.answered_by(sent), sent);
        match outcome {
            Ok(()) => {
                // what nobody asked for would be taken for the next command's reply
                let foreign = self.arrived.iter().any(|frame| frame.reply().kind() != Kind::Push);
                self.exchange = if foreign { Exchange::Broken } else { Exchange::Settled };
                let replies = volley.harvest.finish();
                if replies.ended_transaction() {
                    self.residue.transaction_ended();
                }
                replies
            }
            Err(error) => {
                let unsent = self.outbox.remaining();
                let all_sent = unsent == 0 && volley.outgoing.is_empty();
                let late = error.is_timeout() && all_sent;
                self.exchange = if late { Exchange::Late } else { Exchange::Broken };
                self.traffic.failed(&error);
                let sent = self.sent_of(volley.outgoing.taken(), unsent);
                volley.harvest.lost(self.with_facts(self.judge(error)), sent)
            }
        }
    }

    #[inline]
    async fn exchange_volley(
        &mut self,
        volley: &mut Volley,
        limit: Option<Duration>,
    ) -> Result<()> {
        loop {
            let writing = !volley.flushed;
            let kind = if writing { TimeoutKind::Write } else { TimeoutKind::Reply };
            // each step is progress, and has the whole time again, as long as there is any
            let limit = shorter(limit, volley.allowance.left(now));
            let step = poll_fn(|cx| self.poll_volley(cx, volley));
            if within(limit, kind, step).await? {
                return Ok(());
            }
        }
    }

    /// Goes one step; whether it was the last.
    #[inline]
    fn poll_volley(&mut self, cx: &mut Context<'_>, volley: &mut Volley) -> Poll<Result<bool>> {
        let written = match self.poll_write_volley(cx, volley) {
            Ok(written) => written,
            Err(error) => {
                // what has come before the end is somebody's reply
                while let Poll::Ready(Ok(())) = self.poll_fill(cx) {
                    self.take_replies(&mut volley.harvest)?;
                }
                return Poll::Ready(Err(error));
            }
        };
        if volley.harvest.missing() == 0 {
            return Poll::Ready(self.all_came(volley));
        }
        match self.poll_fill(cx) {
            Poll::Ready(filled) => {
                filled.map_err(|error| lost(&error))?;
                self.take_replies(&mut volley.harvest)?;
                let done = volley.harvest.missing() == 0;
                Poll::Ready(if done { self.all_came(volley) } else { Ok(false) })
            }
            Poll::Pending if written => Poll::Ready(Ok(false)),
            Poll::Pending => Poll::Pending,
        }
    }

    #[inline]
    fn all_came(&self, volley: &Volley) -> Result<bool> {
        if volley.outgoing.is_empty() && self.outbox.is_empty() {
            return Ok(true);
        }
        let message = "the last reply came before the last command was written";
        Err(Error::new(ErrorKind::Protocol, message))
    }

    /// Writes as much as goes; whether anything did.
    #[inline]
    fn poll_write_volley(&mut self, cx: &mut Context<'_>, volley: &mut Volley) -> Result<bool> {
        self.check_process().map_err(|error| lost(&error))?;
        let mut any = false;
        loop {
            if self.outbox.is_empty() {
                if volley.outgoing.is_empty() {
                    break;
                }
                if any {
                    // after each chunk, what has come meanwhile is read
                    return Ok(true);
                }
                self.outbox.refill(|buffer| volley.outgoing.fill(buffer, CHUNK));
            }
            let mut parts = [IoSlice::new(&[]); PARTS];
            let count = self.outbox.gather(&mut parts);
            let parts = parts.get(..count).unwrap_or_default();
            match self.stream.poll_write(cx, parts) {
                Poll::Ready(Ok(0)) => return Err(lost(&io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(written)) => {
                    self.outbox.advance(written);
                    any = true;
                }
                Poll::Ready(Err(error)) => return Err(lost(&error)),
                Poll::Pending => return Ok(any),
            }
        }
        if !volley.flushed {
            match self.stream.poll_flush(cx) {
                Poll::Ready(flushed) => {
                    flushed.map_err(|error| lost(&error))?;
                    volley.flushed = true;
                    any = true;
                }
                Poll::Pending => {}
            }
        }
        Ok(any)
    }

    /// Hands over the whole replies that have come, pushes aside. What came behind the last of them is left
    /// among what arrived.
    #[inline]
    fn take_replies(&mut self, harvest: &mut Harvest) -> Result<()> {
        loop {
            if self.arrived.is_empty() {
                let taken = harvest.take_values(&self.framer, &self.inbox);
                self.consume(taken);
            }
            let most = self.singly(usize::MAX);
            let mut frames = Vec::new();
            let outcome = self.take_some_frames(&mut frames, most);
            let came = frames.len();
            self.arrived.extend(frames);
            while harvest.missing() > 0 {
                let Some(frame) = self.arrived.pop_front() else { break };
                if frame.reply().kind() == Kind::Push {
                    self.dispatch(&frame);
                } else {
                    let (bytes, mut tape) = frame.into_parts();
                    harvest.take(&bytes, Some(&bytes), &mut tape);
                }
            }
            if came < most {
                return if harvest.missing() > 0 { outcome } else { Ok(()) };
            }
        }
    }
}
