//! A connection that threads share: whoever waits for a reply reads, for the others too; whoever comes writes.
//!
//! What is decided is decided by [`redis_core::connection::joint`]; this module writes, reads, waits and wakes,
//! and does none of these while it holds the pool's lock, which guards the rights too. The connection is an
//! ordinary one of the pool, taken by the first who shares it and given back when nobody is at it.

mod turns;

use crate::connector::Sender;
use crate::life::{Life, State};
use crate::link::{Came, Link, Patience, overdue};
use crate::pool::Shared;
use redis_core::command::Command;
use redis_core::connection::joint::{Joint as Rights, Left, Turn};
use redis_core::connection::slots::{Bounds, SlotId};
use redis_core::pool::{Lease, Pass};
use redis_core::retry::wants_new_connection;
use redis_core::{Delivery, Error, ErrorKind, Result, TimeoutKind};
use std::cell::{Cell, RefCell};
use std::io;
use std::sync::{Arc, MutexGuard};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};
use turns::{Reading, Writing};

/// Commands under way on one connection, and bytes that wait to be written; who comes then takes another.
const MOST_COMMANDS: usize = 1024;
const MOST_BYTES: usize = 1024 * 1024;

/// So large a command is not copied for others' sake.
pub(crate) const MOST_SHARED: usize = 64 * 1024;

/// Buffers for replies, kept for the next ones: so many, and so large.
const KEPT: usize = 64;
const WORTH_KEEPING: usize = 4096;

thread_local! {
    /// Whether this thread reads for others, so that it must not wait for itself.
    static READS: Cell<bool> = const { Cell::new(false) };
    /// What this thread has had and gives back when it comes next.
    static SPARE: RefCell<Spare> = const { RefCell::new(Spare { bytes: Vec::new(), woken: Vec::new() }) };
}

/// Memory to be used again.
struct Spare {
    bytes: Vec<u8>,
    woken: Vec<Thread>,
}

/// What the lock guards of it.
pub(crate) struct Joint {
    rights: Rights<Thread, Came>,
    /// The connection, while nobody reads.
    seat: Option<Seat>,
    sender: Option<Arc<dyn Sender>>,
    pass: Option<Pass>,
    /// It leads to the wrong server.
    spoilt: bool,
    /// Bytes of a reply that had come when somebody last read.
    partial: usize,
    /// How many replies came at once when somebody last read: whoever was woken for one is likely to come again.
    crowd: usize,
    /// How often something came: who has waited for all of its time and heard nothing knows it by that.
    heard: u64,
    outgoing: Vec<u8>,
    came: Vec<Came>,
    /// Buffers for replies: those that whoever reads takes, and those that are brought back meanwhile, apart so
    /// that neither list is allocated again.
    spares: Vec<Vec<u8>>,
    brought: Vec<Vec<u8>>,
}

/// A connection and its place in the pool.
pub(crate) struct Seat {
    pub(crate) lease: Lease,
    pub(crate) link: Box<Link>,
}

impl Joint {
    pub(crate) fn new() -> Self {
        Self {
            rights: Rights::new(Bounds::new(MOST_COMMANDS, MOST_BYTES)),
            seat: None,
            sender: None,
            pass: None,
            spoilt: false,
            partial: 0,
            crowd: 0,
            heard: 0,
            outgoing: Vec::new(),
            came: Vec::new(),
            spares: Vec::new(),
            brought: Vec::new(),
        }
    }

    /// Whether there is no connection.
    pub(crate) fn is_down(&self) -> bool {
        self.rights.is_down()
    }

    /// What decides whether one more may join, where there is room.
    #[inline]
    pub(crate) fn pass(&self) -> Option<Pass> {
        self.pass.filter(|_| self.rights.has_room())
    }

    /// How many replies are to come.
    pub(crate) fn in_flight(&self) -> usize {
        self.rights.in_flight()
    }

    /// Shares this connection from now on.
    pub(crate) fn open(&mut self, seat: Seat, sender: Arc<dyn Sender>) {
        self.pass = Some(seat.lease.pass());
        self.seat = Some(seat);
        self.sender = Some(sender);
        self.spoilt = false;
        self.partial = 0;
        self.rights.open();
    }

    /// The connection that was read when `epoch` was the present leads to the wrong server: nobody joins it
    /// any more.
    fn spoil(&mut self, epoch: u64) {
        if self.rights.epoch() == epoch {
            self.spoilt = true;
            self.rights.close();
        }
    }

    fn forget(&mut self) {
        self.sender = None;
        self.pass = None;
    }

    fn keep(&mut self, mut spare: Vec<u8>) {
        let is_worth_it = (1..=WORTH_KEEPING).contains(&spare.capacity());
        if self.brought.len() < KEPT && is_worth_it {
            spare.clear();
            self.brought.push(spare);
        }
    }
}

/// Whether this thread reads for others: then it waits for nobody who might wait for it.
#[inline]
pub(crate) fn reads() -> bool {
    READS.get()
}

/// Gives a buffer back, when its thread comes next.
#[inline]
pub(crate) fn give_back(bytes: Vec<u8>) {
    SPARE.with_borrow_mut(|spare| spare.bytes = bytes);
}

/// One who has a command on the shared connection.
pub(crate) struct Caller<'p> {
    shared: &'p Shared,
    life: &'p Life,
    thread: Thread,
    id: SlotId,
    epoch: u64,
    start: Instant,
    patience: Patience,
    /// How many were in flight before it, and how often something had come by then.
    behind: usize,
    heard: u64,
    has_waited: bool,
    /// Those to be woken once the lock is released.
    woken: Vec<Thread>,
}

type Guard<'p> = MutexGuard<'p, State>;

impl<'p> Caller<'p> {
    /// Submits a command, where there is a connection with room for it; `joined` if it is another's.
    pub(crate) fn new(
        (shared, life): (&'p Shared, &'p Life),
        state: &mut State,
        command: &Command<'_>,
        (start, patience): (Instant, Patience),
        joined: bool,
    ) -> Self {
        let thread = thread::current();
        let (bytes, woken) = SPARE.with_borrow_mut(|spare| {
            (std::mem::take(&mut spare.bytes), std::mem::take(&mut spare.woken))
        });
        let State { joint, accounting, .. } = state;
        joint.keep(bytes);
        let behind = joint.rights.in_flight();
        let (id, size) = joint.rights.submit(thread.clone(), |out| command.write_to(out));
        accounting.count_shared(size, behind + 1, joined);
        let (epoch, heard) = (joint.rights.epoch(), joint.heard);
        let has_waited = false;
        Self { shared, life, thread, id, epoch, start, patience, behind, heard, has_waited, woken }
    }

    /// Those to be woken as soon as the lock is released.
    pub(crate) fn wake_later(&mut self, threads: impl Iterator<Item = Thread>) {
        self.woken.extend(threads);
    }

    /// Writes, reads and waits until the reply is there.
    pub(crate) fn finish(mut self, mut state: Guard<'p>) -> Result<Came> {
        loop {
            state = match state.joint.rights.turn(self.id) {
                Turn::Done(outcome) => {
                    let refusal = outcome.as_ref().ok().and_then(Came::error);
                    if refusal.is_some_and(|error| wants_new_connection(&error)) {
                        state.joint.spoil(self.epoch);
                    }
                    self.depart(state);
                    return outcome;
                }
                Turn::Write => self.write(state)?,
                Turn::Read => self.read(state)?,
                Turn::Wait => self.wait(state)?,
            };
        }
    }

    fn wait(&mut self, state: Guard<'p>) -> Result<Guard<'p>> {
        let left = self.left(self.patience.reply);
        if left.is_some_and(|left| left.is_zero()) {
            return Err(self.leave(state, None));
        }
        drop(state);
        self.wake();
        match left {
            Some(left) => thread::park_timeout(left),
            None => thread::park(),
        }
        self.has_waited = true;
        Ok(self.life.lock())
    }

    fn write(&mut self, mut state: Guard<'p>) -> Result<Guard<'p>> {
        if state.joint.crowd > 1 {
            // those who were woken together are about to come: their commands go out in one piece, which halves
            // what each costs (`benches/README.md`, S12)
            drop(state);
            self.wake();
            thread::yield_now();
            state = self.life.lock();
        }
        let sender = state.joint.sender.clone();
        let (true, Some(sender)) = (self.is_current(&state), sender) else { return Ok(state) };
        let spare = std::mem::take(&mut state.joint.outgoing);
        let mut bytes = state.joint.rights.take_outbox(spare);
        drop(state);
        self.wake();
        let mut writing =
            Writing { life: self.life, epoch: self.epoch, sender: &sender, armed: true };
        let mut at = 0;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            let error = match sender.try_write(rest) {
                Ok(count) if count > 0 && count < rest.len() => {
                    at += count;
                    continue;
                }
                Ok(count) if count == rest.len() => {
                    let mut state = self.life.lock();
                    bytes.clear();
                    at = 0;
                    if self.is_current(&state) && state.joint.rights.written(self.id) {
                        bytes = state.joint.rights.take_outbox(bytes);
                        continue;
                    }
                    state.joint.outgoing = bytes;
                    writing.armed = false;
                    return Ok(state);
                }
                Ok(_) => io::ErrorKind::WriteZero.into(),
                Err(error) => error,
            };
            match error.kind() {
                io::ErrorKind::Interrupted => {}
                io::ErrorKind::WouldBlock => {
                    if let Some(outcome) = self.unclog(&*sender, rest) {
                        writing.armed = false;
                        return outcome;
                    }
                }
                _ => {
                    let mut state = self.life.lock();
                    if self.is_current(&state) {
                        state.joint.rights.jam(rest.len());
                    }
                    drop(state);
                    writing.armed = false;
                    // whoever reads finds what has come, and then the end
                    sender.shut();
                    return Ok(self.life.lock());
                }
            }
        }
    }

    /// The socket takes no more: sees to it that somebody reads, and waits until either goes on. `None` if it is
    /// worth another try; else the rest was put back for others to write.
    #[cold]
    fn unclog(&mut self, sender: &dyn Sender, rest: &[u8]) -> Option<Result<Guard<'p>>> {
        let mut state = self.life.lock();
        if !self.is_current(&state) {
            return Some(Ok(state));
        }
        let rights = &mut state.joint.rights;
        let is_done = rights.is_done(self.id);
        let may_wait = self.patience.reply.or(self.patience.write);
        self.has_waited = true;
        let left = self.left(may_wait);
        let is_late = left.is_some_and(|left| left.is_zero());
        if is_done || is_late {
            rights.put_back(rest);
            return Some(if is_done { Ok(state) } else { Err(self.leave(state, None)) });
        }
        if rights.claim_reading(self.id) {
            let mut reading = Reading::begin(self, &mut state);
            drop(state);
            self.wake();
            let came = reading.collect(|link, came, spares| link.collect_what_came(came, spares));
            let came = match came {
                Ok(came) => came,
                Err(error) => return Some(self.broke(reading, error)),
            };
            let mut state = match self.relock(&mut reading) {
                Ok(state) => state,
                Err(error) => return Some(Err(error)),
            };
            if !self.deliver(&mut state, &mut reading) {
                drop(state);
                return Some(self.broke(reading, unsolicited()));
            }
            reading.end(&mut state);
            drop(state);
            self.wake();
            if came {
                return None;
            }
        } else {
            // another reads what has come as soon as it runs
            drop(state);
            self.wake();
            thread::yield_now();
        }
        // an error is met by whoever writes or reads next
        let _ = sender.wait(left);
        None
    }

    fn read(&mut self, mut state: Guard<'p>) -> Result<Guard<'p>> {
        let (start, allowed, has_waited) = (self.start, self.patience.reply, self.has_waited);
        let mut reading = Reading::begin(self, &mut state);
        reading.link(|link| link.take_up(start, allowed, has_waited));
        loop {
            let owed = state.joint.rights.in_flight();
            drop(state);
            self.wake();
            let outcome = reading.collect(|link, came, spares| link.collect(came, spares, owed));
            state = self.relock(&mut reading)?;
            let all_expected = self.deliver(&mut state, &mut reading);
            let late = match outcome {
                Ok(()) => None,
                Err(error) if error.is_timeout() => Some(error),
                Err(error) => {
                    drop(state);
                    return self.broke(reading, error);
                }
            };
            if !all_expected {
                drop(state);
                return self.broke(reading, unsolicited());
            }
            if state.joint.rights.is_done(self.id) {
                reading.end(&mut state);
                return Ok(state);
            }
            if late.is_some() {
                reading.end(&mut state);
                return Err(self.leave(state, late));
            }
            if state.joint.rights.lacks_writer() {
                // who wrote has left, and nobody else waits who could
                reading.end(&mut state);
                self.has_waited = true;
                return Ok(state);
            }
        }
    }

    /// The lock again, after user code may have run.
    fn relock(&self, reading: &mut Reading<'p>) -> Result<Guard<'p>> {
        if self.life.is_current() {
            return Ok(self.life.lock());
        }
        // a handler has forked, and this is the child: the connection and its callers are the parent's
        reading.disarm();
        Err(Error::new(ErrorKind::Forked, "the connection is the parent process's")
            .with_delivery(Delivery::Unknown))
    }

    /// Hands over what has come; whether all of it was asked for.
    fn deliver(&mut self, state: &mut State, reading: &mut Reading<'p>) -> bool {
        let State { joint, .. } = state;
        if !reading.came.is_empty() {
            joint.crowd = reading.came.len();
            joint.heard = joint.heard.wrapping_add(1);
        }
        joint.partial = reading.link(|link| link.partial());
        // those who came meanwhile have brought theirs
        reading.spares.append(&mut joint.brought);
        for came in reading.came.drain(..) {
            match joint.rights.fill(came) {
                Ok(Some(thread)) if thread.id() != self.thread.id() => self.woken.push(thread),
                Ok(_) => {}
                Err(_) => return false,
            }
        }
        true
    }

    /// The connection has ended.
    #[cold]
    fn broke(&mut self, mut reading: Reading<'p>, error: Error) -> Result<Guard<'p>> {
        let mut state = self.relock(&mut reading)?;
        self.deliver(&mut state, &mut reading);
        reading.fail(&mut state, &error, &mut self.woken);
        drop(state);
        self.wake();
        drop(reading);
        Ok(self.life.lock())
    }

    /// Leaves without an outcome, since the time is over: `late` as whoever read was told.
    #[cold]
    fn leave(&mut self, mut state: Guard<'p>, late: Option<Error>) -> Error {
        let under_way = state.joint.rights.in_flight();
        let left = state.joint.rights.leave(self.id);
        if left == Left::Sent && state.joint.heard == self.heard && self.is_current(&state) {
            // perhaps nothing will ever come there: those who are in may wait for it, others need not
            state.joint.rights.close();
        }
        let (partial, sender) = (state.joint.partial, state.joint.sender.clone());
        self.depart(state);
        let (kind, delivery, unwritten) = match left {
            Left::Unsent => (TimeoutKind::Write, Delivery::NotSent, None),
            Left::InPart { unwritten } => (TimeoutKind::Write, Delivery::Unknown, Some(unwritten)),
            Left::Sent => (TimeoutKind::Reply, Delivery::Unknown, None),
        };
        let behind = Some(self.behind);
        if let (TimeoutKind::Reply, Some(late)) = (kind, late) {
            // counted by the connection
            return late.with_facts(|facts| facts.in_flight_then = behind);
        }
        let allowed = self.patience.reply.or(self.patience.write);
        let error = overdue(kind, allowed, |facts| {
            facts.waited(self.start.elapsed(), allowed.unwrap_or_default());
            facts.in_flight_then = behind;
            facts.in_flight_now = Some(under_way);
            facts.partial = Some(partial);
            facts.unwritten = unwritten;
            facts.unread = sender.and_then(|sender| sender.unread());
        });
        let error = error.with_delivery(delivery);
        if self.life.is_current() {
            self.life.lock().accounting.count_failure(&error);
        }
        error
    }

    /// Leaves: hands on what is to be done, and gives the connection back where nobody is at it any more.
    fn depart(&mut self, mut state: Guard<'p>) {
        let joint = &mut state.joint;
        let mut stuck = None;
        match joint.rights.heir() {
            Some(heir) => self.woken.push(heir),
            None if joint.rights.is_stuck() => {
                joint.rights.jam(0);
                stuck = joint.sender.clone();
            }
            None => {}
        }
        let seat = if joint.rights.is_over() { joint.seat.take() } else { None };
        let unclean = match seat {
            None => {
                drop(state);
                None
            }
            Some(mut seat) => {
                let finished = joint.rights.finish();
                joint.forget();
                seat.link.settle(finished.owed, finished.whole);
                let spoilt = joint.spoilt;
                self.shared.take_back(self.life, state, seat, spoilt)
            }
        };
        self.wake();
        if let Some(sender) = stuck {
            sender.shut();
        }
        drop(unclean);
        let woken = std::mem::take(&mut self.woken);
        SPARE.with_borrow_mut(|spare| spare.woken = woken);
    }

    #[inline]
    fn wake(&mut self) {
        for thread in self.woken.drain(..) {
            thread.unpark();
        }
    }

    /// Whether the connection is still the one that the command was submitted to.
    #[inline]
    fn is_current(&self, state: &State) -> bool {
        state.joint.rights.epoch() == self.epoch
    }

    /// What is left of this time.
    #[inline]
    fn left(&self, allowed: Option<Duration>) -> Option<Duration> {
        if self.has_waited {
            allowed.map(|allowed| allowed.saturating_sub(self.start.elapsed()))
        } else {
            allowed
        }
    }
}

/// A reply that is nobody's: whose the next one is cannot be known.
#[cold]
fn unsolicited() -> Error {
    Error::new(ErrorKind::Protocol, "a reply arrived that no command asked for")
}
