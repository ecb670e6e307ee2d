//! Who writes and who reads on a connection that threads share, where none of them is there for that alone.
//!
//! ```text
//!   submit ──▶ turn ──┬─ Write ── written, put_back, jam ──┐
//!               ▲     ├─ Read ─── fill, stop_reading ──────┤
//!               │     ├─ Wait ─── woken, or time is over ──┤
//!               │     └─ Done: the outcome                 │
//!               └──────────────────────────────────────────┘
//!
//!   Down ── open ──▶ Open ── close ──▶ Closed ── finish, fail ──▶ Down
//!                      └──── jam ────▶ Jammed ── finish, fail ──▶ Down
//! ```
//!
//! Whoever has submitted asks what to do next until its outcome is there. There is one right to write and one
//! to read; each is somebody's for a while or nobody's. Nobody keeps a right for others' sake: who has its
//! outcome leaves, and a right that somebody needs and nobody has goes to the first who waits, its
//! [`heir`](Joint::heir), who is woken for it. Whoever was woken and leaves instead passes it on.
//!
//! This module decides who does what, whose reply is whose, and what of a command was written whose caller
//! leaves. It has no lock, thread or socket: the caller brings wakers (`W`) and replies (`P`), and carries
//! the bytes.

use super::reached;
use super::slots::{Bounds, SlotId, Slots, Unsolicited};
use crate::error::{Delivery, Error, ErrorKind};
use std::convert::Infallible;

/// What one who has submitted does next.
#[derive(Debug)]
#[must_use = "a right that was given must be used or given back"]
pub enum Turn<P> {
    /// Nothing more: this came of it.
    Done(Result<P, Error>),
    /// Write what [`take_outbox`](Joint::take_outbox) gives: nobody else does until it is
    /// [written](Joint::written) or [put back](Joint::put_back).
    Write,
    /// Read: nobody else does, until [`stop_reading`](Joint::stop_reading).
    Read,
    /// Wait to be woken.
    Wait,
}

/// What of a command was written whose caller has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Nothing, and nothing will be.
    Unsent,
    /// A part; the rest will follow, since others' commands stand behind it.
    InPart {
        /// How many bytes were not written.
        unwritten: usize,
    },
    /// The whole, as far as is known: a reply will come, and be dropped.
    Sent,
}

/// How a connection is when nobody is at it any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finished {
    /// How many replies are to come for which nobody waits.
    pub owed: usize,
    /// Whether the bytes that were written end with a command's end.
    pub whole: bool,
}

/// The rights on a connection that threads share; see the [module](self).
#[derive(Debug)]
pub struct Joint<W, P> {
    slots: Slots<W, P, Infallible>,
    /// Bytes that no writer has taken.
    outbox: Vec<u8>,
    standing: Standing,
    is_written: bool,
    reader: Option<SlotId>,
    /// Who was woken since a right was nobody's, and has not come yet.
    heir: Option<SlotId>,
    /// Counts connections, so that who wrote to one does not meddle with the next.
    epoch: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Down,
    Open,
    /// Lets nobody in any more.
    Closed,
    /// Lets nothing out any more: of what a writer had taken, so many bytes were not written.
    Jammed(usize),
}

/// What callers do.
impl<W: Clone, P> Joint<W, P> {
    /// No connection yet.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        Self {
            slots: Slots::new(bounds),
            outbox: Vec::new(),
            standing: Standing::Down,
            is_written: false,
            reader: None,
            heir: None,
            epoch: 0,
        }
    }

    /// Whether there is no connection.
    #[inline]
    pub fn is_down(&self) -> bool {
        self.standing == Standing::Down
    }

    /// Whether one may submit: the connection is open, and there is room.
    #[inline]
    pub fn has_room(&self) -> bool {
        self.standing == Standing::Open && self.slots.has_room()
    }

    /// Takes in the command that `encode` writes; only where [`has_room`](Self::has_room). Its number, and its
    /// size.
    #[inline]
    pub fn submit(&mut self, waker: W, encode: impl FnOnce(&mut Vec<u8>)) -> (SlotId, usize) {
        let before = self.outbox.len();
        encode(&mut self.outbox);
        let size = self.outbox.len().saturating_sub(before);
        (self.slots.submit(size, None, waker), size)
    }

    /// What one who has submitted does next.
    #[inline]
    pub fn turn(&mut self, id: SlotId) -> Turn<P> {
        if self.heir == Some(id) {
            self.heir = None;
        }
        if let Some(outcome) = self.slots.take(id) {
            return Turn::Done(outcome);
        }
        if self.lacks_writer() {
            self.is_written = true;
            return Turn::Write;
        }
        if self.claim_reading(id) {
            return Turn::Read;
        }
        Turn::Wait
    }

    /// Whether the outcome is there.
    pub fn is_done(&mut self, id: SlotId) -> bool {
        self.slots.waker_mut(id).is_none()
    }

    /// The caller goes away, with no right in its hands.
    pub fn leave(&mut self, id: SlotId) -> Left {
        if self.heir == Some(id) {
            self.heir = None;
        }
        let written = self.slots.written_of(id, self.unsent());
        if let Some(bytes) = self.slots.withdraw(id, self.outbox.len()) {
            self.outbox.drain(bytes);
            return Left::Unsent;
        }
        self.slots.abandon(id);
        match written {
            Some((written, size)) if self.is_jammed() && !reached(written, size) => Left::Unsent,
            Some((written, size)) if written < size => {
                Left::InPart { unwritten: size.saturating_sub(written) }
            }
            _ => Left::Sent,
        }
    }

    /// Who is to be woken, since there is something to do and nobody who does it. To be asked whenever
    /// somebody leaves.
    #[must_use = "nobody else will be woken for it"]
    pub fn heir(&mut self) -> Option<W> {
        let lacks_reader = self.reader.is_none() && self.slots.in_flight() > 0;
        if self.is_down() || self.heir.is_some() || !(lacks_reader || self.lacks_writer()) {
            return None;
        }
        let (id, waker) = self.candidate()?;
        let waker = waker.clone();
        self.heir = Some(id);
        Some(waker)
    }

    /// Whether there is something to write, and nobody for it but the reader, who looks into the other
    /// direction and will see no reply before it is written. To be asked where there is no
    /// [heir](Self::heir): the connection is to be [jammed](Self::jam) then, and ended.
    pub fn is_stuck(&self) -> bool {
        self.lacks_writer()
            && self.heir.is_none()
            && self.reader.is_some()
            && !self.slots.is_next_whole(self.unsent())
    }

    /// Whether there is something to write that nobody writes: the reader does, when it has read something.
    #[inline]
    pub fn lacks_writer(&self) -> bool {
        let may_write = matches!(self.standing, Standing::Open | Standing::Closed);
        may_write && !self.is_written && !self.outbox.is_empty()
    }

    /// Whether there is a connection that nobody writes to, reads from or waits for.
    pub fn is_over(&self) -> bool {
        !self.is_down()
            && !self.is_written
            && self.reader.is_none()
            && self.slots.callers().next().is_none()
    }

    /// Whether somebody writes.
    pub fn is_written(&self) -> bool {
        self.is_written
    }

    /// How many replies are to come.
    #[inline]
    pub fn in_flight(&self) -> usize {
        self.slots.in_flight()
    }

    /// How many slots are taken, for whatever reason.
    pub fn occupied(&self) -> usize {
        self.slots.occupied()
    }
}

/// What the connection's owner, and whoever has a right, does.
impl<W: Clone, P> Joint<W, P> {
    /// There is a connection now.
    pub fn open(&mut self) {
        self.standing = Standing::Open;
        self.slots.open();
    }

    /// Lets nobody in any more; what is under way goes on.
    pub fn close(&mut self) {
        if self.standing == Standing::Open {
            self.standing = Standing::Closed;
        }
    }

    /// Which connection it is: what is done to one, by who holds a right, says nothing of the next.
    #[inline]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// For the writer: all there is to be written; `spare` in its place.
    #[inline]
    pub fn take_outbox(&mut self, spare: Vec<u8>) -> Vec<u8> {
        self.slots.drained();
        std::mem::replace(&mut self.outbox, spare)
    }

    /// For the writer: what it took is written. Whether it goes on, since there is more; else the right is
    /// nobody's again. Who has its outcome goes on only where nobody else could.
    #[inline]
    pub fn written(&mut self, id: SlotId) -> bool {
        self.is_written = false;
        let more = self.lacks_writer() && !(self.is_done(id) && self.candidate().is_some());
        self.is_written = more;
        more
    }

    /// For the writer: this is not written yet, and it goes on no more.
    pub fn put_back(&mut self, rest: &[u8]) {
        self.outbox.splice(..0, rest.iter().copied());
        self.is_written = false;
    }

    /// For the writer: so many of the bytes that it took can't be written, and none after them.
    pub fn jam(&mut self, unwritten: usize) {
        self.standing = Standing::Jammed(unwritten);
        self.is_written = false;
    }

    /// Takes the right to read, if nobody has it.
    #[inline]
    pub fn claim_reading(&mut self, id: SlotId) -> bool {
        if self.is_down() || self.reader.is_some() {
            return false;
        }
        self.reader = Some(id);
        true
    }

    /// For the reader: it goes on no more.
    #[inline]
    pub fn stop_reading(&mut self) {
        self.reader = None;
    }

    /// For the reader: the next reply. Who is to be woken for it, unless its caller has left.
    ///
    /// # Errors
    ///
    /// [`Unsolicited`] where it can be nobody's: no command, or none that anybody has begun to write, waits
    /// for one.
    #[inline]
    pub fn fill(&mut self, payload: P) -> Result<Option<W>, Unsolicited> {
        if self.slots.is_next_unsent(self.unsent()) {
            return Err(Unsolicited);
        }
        self.slots.fill_next(payload)
    }

    /// The connection has ended: everybody in flight is told so, with what is known of its command, and woken.
    /// The rights are nobody's.
    pub fn fail(&mut self, error: impl Fn(Delivery) -> Error, wake: &mut Vec<W>) {
        let unsent = self.unsent();
        self.slots.fail_all(unsent, error, wake);
        self.outbox.clear();
        self.go_down();
    }

    fn go_down(&mut self) {
        self.standing = Standing::Down;
        self.is_written = false;
        self.reader = None;
        self.heir = None;
        self.epoch = self.epoch.wrapping_add(1);
    }

    /// Where it [is over](Self::is_over): the connection is its owner's again.
    pub fn finish(&mut self) -> Finished {
        let whole = self.unsent() == 0 && !self.is_jammed();
        let finished = Finished { owed: self.slots.in_flight(), whole };
        if whole && finished.owed == 0 {
            self.slots.close();
            self.go_down();
            return finished;
        }
        // nobody waits, so nobody is told
        let error = |delivery| Error::new(ErrorKind::Closed, "it is over").with_delivery(delivery);
        self.fail(error, &mut Vec::new());
        finished
    }

    /// The first who waits and does not read.
    fn candidate(&self) -> Option<(SlotId, &W)> {
        self.slots.callers().find(|(id, _)| self.reader != Some(*id))
    }

    fn is_jammed(&self) -> bool {
        matches!(self.standing, Standing::Jammed(_))
    }

    /// How many of the last bytes that were submitted are known not to be written.
    #[inline]
    fn unsent(&self) -> usize {
        let jammed = match self.standing {
            Standing::Jammed(unwritten) => unwritten,
            Standing::Down | Standing::Open | Standing::Closed => 0,
        };
        self.outbox.len().saturating_add(jammed)
    }
}

#[cfg(test)]
mod tests;
