//! The replies of a batch as they come: whose each is, and what the whole came to.
//!
//! ```text
//!   pipeline:    reply 0 ─▶ reply 1 ─▶ … ─▶ done
//!   transaction: MULTI ─▶ queued 0 ─▶ … ─▶ EXEC ─▶ done     (EXEC's elements are the replies)
//! ```

use super::batch::Batch;
use super::replies::Replies;
use crate::config::Endpoint;
use crate::error::{Delivery, Error, ErrorKind, ServerErrorKind};
use crate::reply::{Reply, Shape};
use crate::resp::{Framer, Kind, Tape, Values};
use bytes::Bytes;

/// The replies of one execution, as far as they have come.
#[derive(Debug)]
pub struct Harvest {
    batch: Batch,
    replies: Replies,
    seen: usize,
    /// What MULTI was answered with, if it was refused: what follows is no transaction.
    refused: Option<Error>,
    /// Whether a command ran at once that should have been queued.
    ran_at_once: bool,
    /// The first queued command that was refused.
    fault: Option<Error>,
}

impl Harvest {
    /// No reply has come yet.
    #[inline]
    pub fn new(batch: &Batch, endpoint: Option<&Endpoint>) -> Self {
        Self {
            batch: batch.clone(),
            replies: Replies::new(batch.clone(), endpoint),
            seen: 0,
            refused: None,
            ran_at_once: false,
            fault: None,
        }
    }

    /// How many replies are to come.
    #[inline]
    pub fn missing(&self) -> usize {
        self.batch.replies().saturating_sub(self.seen)
    }

    /// Takes the replies at the beginning of `bytes` that are one short value each: most of what pipelines
    /// are answered with, at a fraction of what [`take`](Self::take) costs. Returns how many bytes
    /// they are; none where what comes next is anything else.
    #[inline]
    pub fn take_values(&mut self, framer: &Framer, bytes: &[u8]) -> usize {
        if self.batch.is_atomic() {
            return 0;
        }
        let most = self.missing();
        let taken = self.replies.store.push_found(framer, bytes, most);
        self.count_values();
        taken
    }

    /// The same of replies that were found before.
    #[inline]
    pub fn take_found(&mut self, values: Values) {
        let refused = match self.batch.is_atomic() {
            true => Some(values),
            false => self.replies.store.push_values(values).err(),
        };
        match refused {
            None => self.count_values(),
            Some(values) => {
                for (text, node) in values.iter() {
                    self.take(text, None, &mut Tape::One(node));
                }
            }
        }
    }

    /// Counts the values that the store was given, and gives them their shapes.
    #[inline]
    fn count_values(&mut self) {
        let before = std::mem::replace(&mut self.seen, self.replies.store.len());
        let contents = &self.batch.contents;
        if contents.facts.shaped {
            self.replies.store.shape_values(before, |index: usize| {
                contents.entries.get(index).map_or(Shape::AsIs, |entry| entry.shape)
            });
        }
    }

    /// Takes the next reply. `owner` is what `bytes` lies in, if it can be shared.
    #[inline]
    pub fn take(&mut self, bytes: &[u8], owner: Option<&Bytes>, tape: &mut Tape) {
        let number = self.seen;
        self.seen += 1;
        if !self.batch.is_atomic() {
            self.shape(number).apply(tape, bytes);
            return self.replies.store.push(bytes, owner, tape);
        }
        let reply = Reply::new(bytes, owner, tape.nodes());
        match number.checked_sub(1) {
            None => self.refused = reply.error(),
            Some(index) if index < self.batch.len() => self.queued(index, reply),
            Some(_) => self.executed(reply),
        }
    }

    /// All replies have come.
    #[inline]
    pub fn finish(self) -> Replies {
        self.replies
    }

    /// The connection was lost, or given up, when `sent` bytes of the batch had been handed to it.
    #[inline]
    pub fn lost(mut self, error: Error, sent: usize) -> Replies {
        if self.missing() == 0 {
            return self.replies;
        }
        // of a pipeline that was answered, if only by a refusal, nobody says that nothing of it was sent
        let untouched = self.batch.is_atomic() || self.seen == 0;
        let unsent = untouched && self.batch.cannot_have_run(sent);
        let delivery = if unsent { Delivery::NotSent } else { Delivery::Unknown };
        let whole = error.clone().with_delivery(delivery);
        if self.batch.is_atomic() || self.seen == 0 {
            // a transaction with a fault is not executed, whatever became of the rest
            let certain = self.fault.take().filter(|_| self.refused.is_none());
            self.replies.fail(certain.unwrap_or(whole));
            return self.replies;
        }
        for index in self.seen..self.batch.len() {
            let unsent = self.batch.is_unsent(index, sent);
            let delivery = if unsent { Delivery::NotSent } else { Delivery::Unknown };
            let lost = self.replies.name(index, error.clone().with_delivery(delivery));
            self.replies.store.push_error(lost);
        }
        let whole = self.replies.name(self.seen, whole);
        self.replies.interrupted = Some(whole);
        self.replies
    }

    #[inline]
    fn shape(&self, index: usize) -> Shape {
        self.batch.contents.entries.get(index).map_or(Shape::AsIs, |entry| entry.shape)
    }

    /// The acknowledgement of a command within a transaction.
    #[inline]
    fn queued(&mut self, index: usize, reply: Reply<'_>) {
        match reply.error() {
            Some(error) if self.fault.is_none() => {
                self.fault = Some(self.replies.name(index, error));
            }
            Some(_) => {}
            None => {
                self.ran_at_once |= reply.kind() != Kind::SimpleString || reply.raw() != b"QUEUED";
            }
        }
    }

    #[inline]
    fn executed(&mut self, reply: Reply<'_>) {
        if let Some(refusal) = self.refused.take() {
            let ran = if self.ran_at_once { Delivery::Executed } else { Delivery::Rejected };
            return self.replies.fail(refusal.with_delivery(ran).with_command("MULTI"));
        }
        if let Some(error) = reply.error() {
            self.replies.ended = error.kind() == ErrorKind::Server(ServerErrorKind::ExecAbort);
            let error = error.with_command("EXEC");
            return self.replies.fail(match self.fault.take() {
                Some(fault) => fault.with_delivery(Delivery::Rejected).with_source(error),
                None => error,
            });
        }
        self.replies.ended = reply.is_nil() || reply.kind() == Kind::Array;
        if reply.is_nil() {
            let message = "a watched key had changed, so the transaction did not run";
            let error = Error::new(ErrorKind::WatchFailed, message);
            return self.replies.fail(error.with_command("EXEC"));
        }
        let items = reply.items().ok().filter(|items| {
            reply.kind() == Kind::Array && items.len() == self.batch.len() && !self.ran_at_once
        });
        let Some(items) = items else {
            let wanted = format!("array of {} replies", self.batch.len());
            let error =
                Error::new(ErrorKind::Protocol, reply.mismatch(&wanted).message().to_owned());
            return self.replies.fail(error.with_command("EXEC"));
        };
        for (index, item) in items.enumerate() {
            let (bytes, owner, mut tape) = item.cut_out();
            self.shape(index).apply(&mut tape, bytes);
            self.replies.store.push(bytes, owner, &tape);
        }
    }
}
