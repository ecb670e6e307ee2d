//! Which reply belongs to whom, on a connection that many callers share.
//!
//! ```text
//!        submit              fill_next            take
//!   Free ──────▶ Waiting ───────────────▶ Ready ──────────▶ Free
//!    │            ▲  │ │ expire
//!    │ enqueue    │  │ └──────▶ Expired ── take, abandon ──▶ Abandoned ── fill_next ──▶ Free
//!    ▼            │  └ abandon ─────────────────────────────▶ Abandoned
//!  Queued ─ admit ┘
//!    │ └ abandon ──▶ Abandoned ── admit ──▶ Free (never sent)
//!    └ expire ─────▶ Failed
//!
//!   Waiting ── withdraw, nothing of it written ──▶ Free
//!
//!   Queued, Waiting ── fail_all ──▶ Failed ── take ──▶ Free
//! ```
//!
//! The slots are a slab; the order of replies is a queue of slot numbers beside it. A reply that
//! nobody collects therefore holds one slot and delays nobody, which a ring of slots would not give.
//! The i-th reply goes to the i-th command's slot or to nobody, and every command that got a slot ends
//! exactly once: with its reply, with an error, or by its caller's leaving.
//!
//! This module decides who gets a reply, who may submit, who has waited too long, and what is known
//! of a command's delivery when the connection ends. It has no lock, clock or socket: the caller
//! brings wakers (`W`), time in ticks, replies (`P`), what many of them are collected as (`V`), and the
//! commands (`C`) that wait for room.

mod overdue;
mod volley;
mod withdrawal;

pub use overdue::{Awaited, Overdue};
pub use volley::{Due, Volleyed};

use super::reached;
use crate::error::{Delivery, Error};
use overdue::{Stall, Submission};
use std::collections::VecDeque;
use volley::Volley;

/// How much may be under way on one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bounds {
    /// Commands that have a slot: sent and not yet answered, or answered and not yet collected.
    pub commands: usize,
    /// Bytes that are submitted and not yet taken by a writer. One command may exceed it alone.
    pub queued_bytes: usize,
}

impl Bounds {
    /// These bounds; at least one command may always be under way.
    #[must_use]
    pub fn new(commands: usize, queued_bytes: usize) -> Self {
        Self { commands: commands.max(1), queued_bytes }
    }
}

/// The number of a slot: what a caller holds while its command is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SlotId(u32);

/// A reply arrived that no command asked for: the stream means nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsolicited;

/// The slots of one connection; see the [module](self).
#[derive(Debug)]
pub struct Slots<W, P, C, V = P> {
    slab: Vec<Slot<W, P, V>>,
    /// The first free slot; the others follow from it.
    free: u32,
    free_count: usize,
    in_flight: VecDeque<InFlight>,
    room: VecDeque<Queued<C>>,
    bounds: Bounds,
    open: bool,
    tick: u32,
    /// The ticks that nobody counted.
    stall: Stall,
    /// Bytes submitted since the beginning, and those of them that no writer has taken.
    submitted: u64,
    queued_bytes: usize,
    /// Commands that have left the queue, and where its end was at the last sweep, counted likewise.
    answered: u64,
    swept: u64,
    /// Replies to come of volleys, beyond one for each.
    further: usize,
}

#[derive(Debug)]
enum Slot<W, P, V> {
    Free {
        next: u32,
    },
    Queued(W),
    Waiting(W),
    Expired(Error),
    Abandoned,
    Ready(P),
    Failed(Error),
    /// Many replies in one slot.
    Volley(Box<Volley<W, V>>),
}

/// A command whose reply is to come, or several with one slot.
#[derive(Clone, Copy, Debug)]
struct InFlight {
    slot: u32,
    due: u32,
    /// Bytes submitted before it.
    start: u64,
    submission: Submission,
}

/// A command that waits for room.
#[derive(Debug)]
struct Queued<C> {
    slot: u32,
    due: u32,
    /// The tick in which it came, and how many were ahead of it.
    since: u32,
    ahead: usize,
    command: C,
}

/// The end of the list of free slots.
const NONE: u32 = u32::MAX;
/// The deadline of what may wait for ever.
const NEVER: u32 = u32::MAX;

/// Submitting, collecting, leaving: what callers do.
impl<W, P, C, V> Slots<W, P, C, V> {
    /// No slots yet, and closed: what comes waits until [`open`](Self::open).
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        Self {
            slab: Vec::new(),
            free: NONE,
            free_count: 0,
            in_flight: VecDeque::new(),
            room: VecDeque::new(),
            bounds,
            open: false,
            tick: 0,
            stall: Stall::default(),
            submitted: 0,
            queued_bytes: 0,
            answered: 0,
            swept: 0,
            further: 0,
        }
    }

    /// Whether a command may be submitted now: the connection is open, there is room, and nobody has
    /// waited longer.
    #[inline]
    pub fn has_room(&self) -> bool {
        self.room.is_empty() && self.may_admit()
    }

    /// Gives a command of `size` bytes a slot; to be called only where [`has_room`](Self::has_room).
    ///
    /// `ticks` is how long the reply may take. The deadline is never early and at most one tick late:
    /// the tick that is running counts for nothing.
    #[inline]
    pub fn submit(&mut self, size: usize, ticks: Option<u32>, waker: W) -> SlotId {
        let due = self.due(ticks);
        let id = self.insert(Slot::Waiting(waker));
        self.launch(id, size, due, 0);
        id
    }

    /// Keeps a command until there is room; it is sent by [`admit`](Self::admit). The deadline counts
    /// from here.
    pub fn enqueue(&mut self, command: C, ticks: Option<u32>, waker: W) -> SlotId {
        let id = self.insert(Slot::Queued(waker));
        self.queue(id, command, ticks);
        id
    }

    /// The outcome, if there is one; the slot is then the caller's no more.
    #[inline]
    pub fn take(&mut self, id: SlotId) -> Option<Result<P, Error>> {
        let next = self.free;
        let slot = self.slot(id.0)?;
        match slot {
            Slot::Ready(_) | Slot::Failed(_) => {
                let outcome = std::mem::replace(slot, Slot::Free { next });
                self.freed(id.0);
                match outcome {
                    Slot::Ready(payload) => Some(Ok(payload)),
                    Slot::Failed(error) => Some(Err(error)),
                    _ => None,
                }
            }
            // its reply is still to come, and must find a slot to be dropped into
            Slot::Expired(_) => match std::mem::replace(slot, Slot::Abandoned) {
                Slot::Expired(error) => Some(Err(error)),
                _ => None,
            },
            Slot::Free { .. }
            | Slot::Queued(_)
            | Slot::Waiting(_)
            | Slot::Abandoned
            | Slot::Volley(_) => None,
        }
    }

    /// The waker of a slot that waits, to be exchanged where another task polls now.
    #[inline]
    pub fn waker_mut(&mut self, id: SlotId) -> Option<&mut W> {
        match self.slot(id.0) {
            Some(Slot::Waiting(waker) | Slot::Queued(waker)) => Some(waker),
            Some(Slot::Volley(volley)) => volley.waker_mut(),
            _ => None,
        }
    }

    /// The caller goes away. A reply that is still to come will be dropped; a command that still waits
    /// for room is never sent. Returns its waker, to be dropped outside of every lock: with the last one
    /// a whole task may go, and other commands that it owns.
    pub fn abandon(&mut self, id: SlotId) -> Option<W> {
        match self.slot(id.0) {
            Some(slot @ (Slot::Waiting(_) | Slot::Queued(_) | Slot::Expired(_))) => {
                match std::mem::replace(slot, Slot::Abandoned) {
                    Slot::Waiting(waker) | Slot::Queued(waker) => return Some(waker),
                    _ => {}
                }
            }
            Some(Slot::Ready(_) | Slot::Failed(_)) => self.release(id.0),
            Some(slot @ Slot::Volley(_)) => {
                let Slot::Volley(volley) = slot else { return None };
                let waker = volley.take_waker();
                if volley.is_queued() {
                    *slot = Slot::Abandoned;
                } else if volley.leave() {
                    self.release(id.0);
                }
                return waker;
            }
            Some(Slot::Free { .. } | Slot::Abandoned) | None => {}
        }
        None
    }
}

/// Replies, time, and the end of the connection: what the owner of the socket does.
impl<W, P, C, V> Slots<W, P, C, V> {
    /// The connection stands: commands may be submitted.
    pub fn open(&mut self) {
        self.open = true;
    }

    /// Nobody is let in any more; what is under way goes on.
    pub fn close(&mut self) {
        self.open = false;
    }

    /// Submits what waits for room, as far as there is room, in the order in which it came. `send`
    /// returns the size of the command that it was given.
    pub fn admit(&mut self, mut send: impl FnMut(C) -> usize) {
        while self.may_admit() {
            let Some(queued) = self.room.pop_front() else { return };
            let Queued { slot: id, due, since, command, .. } = queued;
            let waited = self.tick.saturating_sub(since);
            match self.slot(id) {
                Some(slot @ Slot::Queued(_)) => {
                    let queued = std::mem::replace(slot, Slot::Abandoned);
                    if let Slot::Queued(waker) = queued {
                        *slot = Slot::Waiting(waker);
                    }
                    let size = send(command);
                    self.launch(SlotId(id), size, due, waited);
                }
                Some(Slot::Volley(volley)) => {
                    volley.admitted();
                    self.further += volley.missing().saturating_sub(1);
                    let size = send(command);
                    self.launch(SlotId(id), size, due, waited);
                }
                _ => self.release(id),
            }
        }
    }

    /// How many commands wait for room, those of callers who left included until the next tick.
    #[inline]
    pub fn queued(&self) -> usize {
        self.room.len()
    }

    /// A writer has taken all that was submitted so far.
    #[inline]
    pub fn drained(&mut self) {
        self.queued_bytes = 0;
    }

    /// The next reply: returns the waker of the one it belongs to, unless that one has left.
    ///
    /// # Errors
    ///
    /// [`Unsolicited`] where no command waits for a reply.
    #[inline]
    pub fn fill_next(&mut self, payload: P) -> Result<Option<W>, Unsolicited>
    where
        V: From<P>,
    {
        let next = *self.in_flight.front().ok_or(Unsolicited)?;
        if let Some(Slot::Volley(_)) = self.slab.get(next.slot as usize) {
            return self.fill_volley(V::from(payload), 1);
        }
        self.in_flight.pop_front();
        self.answered = self.answered.wrapping_add(1);
        match self.slot(next.slot) {
            Some(slot @ Slot::Waiting(_)) => match std::mem::replace(slot, Slot::Ready(payload)) {
                Slot::Waiting(waker) => Ok(Some(waker)),
                _ => Ok(None),
            },
            Some(slot @ Slot::Expired(_)) => {
                // nobody has come for the error yet; it stands, although the reply is here now
                if let Slot::Expired(error) = std::mem::replace(slot, Slot::Abandoned) {
                    *slot = Slot::Failed(error);
                }
                Ok(None)
            }
            _ => {
                self.release(next.slot);
                Ok(None)
            }
        }
    }

    /// Time has come to tick `now`: ends what is overdue, with the error that `error` makes.
    pub fn expire(&mut self, now: u32, error: impl Fn(Overdue) -> Error, wake: &mut Vec<W>) {
        let skipped = now.saturating_sub(self.tick).saturating_sub(1);
        self.tick = now;
        if skipped > 0 {
            self.stall.note(now, skipped);
            self.forgive(skipped);
        }
        for at in 0..self.in_flight.len() {
            let Some(&sent) = self.in_flight.get(at).filter(|sent| sent.due <= now) else {
                continue;
            };
            let overdue = self.overdue(sent.submission, at);
            match self.slot(sent.slot) {
                Some(slot @ Slot::Waiting(_)) => {
                    let overdue = std::mem::replace(slot, Slot::Expired(error(overdue)));
                    if let Slot::Waiting(waker) = overdue {
                        wake.push(waker);
                    }
                }
                Some(Slot::Volley(volley)) => wake.extend(volley.expire(&|| error(overdue))),
                _ => {}
            }
        }
        for _ in 0..self.room.len() {
            let Some(queued) = self.room.pop_front() else { break };
            let overdue = self.kept_out(&queued);
            match self.slot(queued.slot) {
                Some(slot @ Slot::Queued(_)) if queued.due <= now => {
                    let overdue = std::mem::replace(slot, Slot::Failed(error(overdue)));
                    if let Slot::Queued(waker) = overdue {
                        wake.push(waker);
                    }
                }
                Some(Slot::Volley(volley)) if queued.due <= now => {
                    wake.extend(volley.expire(&|| error(overdue)));
                }
                Some(Slot::Queued(_) | Slot::Volley(_)) => self.room.push_back(queued),
                _ => self.release(queued.slot),
            }
        }
        self.swept = self.answered.wrapping_add(self.in_flight.len() as u64);
    }

    /// Fails those who wait for room, since nobody is let in any more; how many that were. Their callers are
    /// woken.
    pub fn refuse_queued(&mut self, error: impl Fn() -> Error, wake: &mut Vec<W>) -> usize {
        let queued = std::mem::take(&mut self.room);
        let mut refused = 0;
        for Queued { slot, .. } in queued {
            refused += usize::from(!matches!(self.slot(slot), None | Some(Slot::Abandoned)));
            self.fail(slot, 0, &error, wake);
        }
        refused
    }

    /// The connection has ended, or could not be made. The last `unsent` bytes were not written: commands
    /// that were not written to their end cannot have run (see [`reached`]), nor can those of all who wait
    /// for room; of the others nobody knows. Closed until the next [`open`](Self::open).
    pub fn fail_all(
        &mut self,
        unsent: usize,
        error: impl Fn(Delivery) -> Error,
        wake: &mut Vec<W>,
    ) {
        self.open = false;
        self.queued_bytes = 0;
        self.further = 0;
        let sent = self.submitted.saturating_sub(unsent as u64);
        let mut in_flight = std::mem::take(&mut self.in_flight).into_iter().peekable();
        while let Some(InFlight { slot, start, .. }) = in_flight.next() {
            self.answered = self.answered.wrapping_add(1);
            let end = in_flight.peek().map_or(self.submitted, |next| next.start);
            let size = usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX);
            let sent = usize::try_from(sent.saturating_sub(start)).unwrap_or(usize::MAX);
            let delivery = if reached(sent, size) { Delivery::Unknown } else { Delivery::NotSent };
            self.fail(slot, sent.min(size), &|| error(delivery), wake);
        }
        for Queued { slot, .. } in std::mem::take(&mut self.room) {
            self.fail(slot, 0, &|| error(Delivery::NotSent), wake);
        }
        self.swept = self.answered;
    }

    /// Whether [`expire`](Self::expire) would end anything at tick `now`, but for ticks that were skipped.
    pub fn is_overdue(&self, now: u32) -> bool {
        self.in_flight.iter().any(|sent| sent.due <= now)
            || self.room.iter().any(|queued| queued.due <= now)
    }

    /// The tick that was last swept.
    pub fn tick(&self) -> u32 {
        self.tick
    }

    /// How many replies are to come, those of callers who left included.
    #[inline]
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// How many replies are to come, every one of a batch counted.
    pub fn replies_due(&self) -> u64 {
        self.in_flight.len().saturating_add(self.further) as u64
    }

    /// How many commands were ever submitted, to be asked about later.
    pub fn launched(&self) -> u64 {
        self.answered.wrapping_add(self.in_flight.len() as u64)
    }

    /// Whether somebody still waits for the reply of one of the first `launched` commands.
    pub fn is_awaited(&self, launched: u64) -> bool {
        let known = usize::try_from(launched.saturating_sub(self.answered)).unwrap_or(usize::MAX);
        self.in_flight
            .iter()
            .take(known)
            .any(|sent| matches!(self.slab.get(sent.slot as usize), Some(Slot::Waiting(_))))
    }

    /// How many slots are taken, for whatever reason.
    pub fn occupied(&self) -> usize {
        self.slab.len().saturating_sub(self.free_count)
    }
}

impl<W, P, C, V> Slots<W, P, C, V> {
    #[inline]
    fn may_admit(&self) -> bool {
        self.open
            && self.occupied().saturating_sub(self.room.len()).saturating_add(self.further)
                < self.bounds.commands
            && self.queued_bytes < self.bounds.queued_bytes
    }

    #[inline]
    fn due(&self, ticks: Option<u32>) -> u32 {
        ticks.map_or(NEVER, |ticks| self.tick.saturating_add(ticks).saturating_add(1))
    }

    #[inline]
    fn slot(&mut self, id: u32) -> Option<&mut Slot<W, P, V>> {
        self.slab.get_mut(id as usize)
    }

    #[inline]
    fn launch(&mut self, id: SlotId, size: usize, due: u32, waited: u32) {
        let submission = Submission::new(self.tick, waited, self.in_flight.len());
        let start = self.submitted;
        self.in_flight.push_back(InFlight { slot: id.0, due, start, submission });
        self.submitted = self.submitted.wrapping_add(size as u64);
        self.queued_bytes = self.queued_bytes.saturating_add(size);
    }

    fn queue(&mut self, id: SlotId, command: C, ticks: Option<u32>) {
        let due = self.due(ticks);
        let (since, ahead) = (self.tick, self.room.len());
        self.room.push_back(Queued { slot: id.0, due, since, ahead, command });
    }

    #[inline]
    fn insert(&mut self, slot: Slot<W, P, V>) -> SlotId {
        let id = self.free;
        if let Some(free) = self.slab.get_mut(id as usize) {
            if let Slot::Free { next } = *free {
                self.free = next;
                self.free_count = self.free_count.saturating_sub(1);
                // what is free owns nothing, and the compiler does not know that it is
                std::mem::forget(std::mem::replace(free, slot));
                return SlotId(id);
            }
        }
        // no process holds 2^32 commands at once
        let id = self.slab.len() as u32;
        self.slab.push(slot);
        SlotId(id)
    }

    #[inline]
    fn release(&mut self, id: u32) {
        let next = self.free;
        if let Some(slot) = self.slab.get_mut(id as usize) {
            *slot = Slot::Free { next };
            self.freed(id);
        }
    }

    #[inline]
    fn freed(&mut self, id: u32) {
        self.free = id;
        self.free_count = self.free_count.saturating_add(1);
    }

    fn fail(&mut self, id: u32, sent: usize, error: &dyn Fn() -> Error, wake: &mut Vec<W>) {
        let Some(slot) = self.slot(id) else { return };
        if let Slot::Volley(volley) = slot {
            let (free, waker) = volley.end(sent, error);
            wake.extend(waker);
            if free {
                self.release(id);
            }
            return;
        }
        match std::mem::replace(slot, Slot::Abandoned) {
            Slot::Waiting(waker) | Slot::Queued(waker) => {
                *slot = Slot::Failed(error());
                wake.push(waker);
            }
            Slot::Expired(error) => *slot = Slot::Failed(error),
            _ => self.release(id),
        }
    }

    /// Ticks went by that nobody counted, because the task that counts did not run. What was submitted
    /// since the last sweep was perhaps submitted at their end, and a deadline is never early.
    fn forgive(&mut self, skipped: u32) {
        let known = self.swept.saturating_sub(self.answered);
        let known = usize::try_from(known).unwrap_or(usize::MAX);
        for late in self.in_flight.iter_mut().skip(known) {
            late.due = late.due.saturating_add(skipped);
        }
        for late in &mut self.room {
            late.due = late.due.saturating_add(skipped);
        }
    }
}

#[cfg(test)]
mod tests;
