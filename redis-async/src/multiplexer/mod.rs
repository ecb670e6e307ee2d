//! One connection that many tasks share, without a channel and without a task for each command.
//!
//! ```text
//!   caller ── copies its command into the outbox, takes a slot ──▶ State ◀── I/O task ◀──▶ socket
//!      ▲                                                             │
//!      └──────────── woken with its reply in its slot ◀──────────────┘
//! ```
//!
//! The object is one and the same across reconnects, so that a future borrows it. Its I/O task is
//! started by whoever comes first, on the runtime that is found there, and again when it has ended:
//! by an error, or because its runtime was shut down. A caller that finds nothing under way writes to
//! the socket itself.
//!
//! This module decides who writes and who is woken. Whose reply is whose is decided by
//! [`slots`](redis_core::connection::slots); what follows from a failure by the caller.

pub(crate) mod batch;
mod clock;
mod health;
pub(crate) mod outbox;
mod overdue;
mod task;
mod ticks;

pub(crate) use clock::Moment;
pub(crate) use ticks::in_ticks;

use crate::background;
use crate::dialer::Opener;
use crate::transport::Direct;
use batch::Arrival;
use clock::{Clock, Moments};
use outbox::Outbox;
use redis_core::command::Command;
use redis_core::connection::slots::{Bounds, SlotId, Slots, Volleyed};
use redis_core::event::CloseReason;
use redis_core::pipeline::Batch;
use redis_core::pool::{PoolStatistics, closed};
use redis_core::resp::Frame;
use redis_core::{Delivery, Error, ErrorKind, Result, fork};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::Instant;

/// Commands under way on one connection; what comes then waits for room.
const MAX_COMMANDS: usize = 1 << 16;
/// Bytes that wait for the socket; what comes then waits for room.
const MAX_QUEUED_BYTES: usize = 64 << 20;
/// Commands and bytes that wait for room, or for the connection; what comes then is refused.
const MAX_WAITING: usize = 1 << 20;
const MAX_WAITING_BYTES: usize = 256 << 20;

/// A connection that many tasks share; see the [module](self).
pub(crate) struct Multiplexer {
    shared: Arc<Shared>,
    generation: u32,
    /// The response timeout where a call has none of its own.
    ticks: Option<u32>,
}

/// What the callers and the I/O task have in common.
struct Shared {
    state: Mutex<State>,
    opener: Arc<Opener>,
    /// Batches that somebody waits for; without any, nobody needs to look whose the next replies are.
    batches: AtomicUsize,
    /// What commands and replies are timed by, where somebody measures.
    clock: Option<Clock>,
}

struct State {
    slots: Slots<Waker, Frame, Queued, Arrival>,
    /// Bytes of the commands that wait for room.
    waiting_bytes: Arc<AtomicUsize>,
    outbox: Outbox,
    phase: Phase,
    /// Counts connections, so that who wrote to one does not meddle with the next.
    epoch: u64,
    /// The I/O task, while it sleeps.
    io: Option<Waker>,
    direct: Option<Direct>,
    /// Which server the connection leads to, or led last.
    peer: Option<SocketAddr>,
    writer: Writer,
    /// The clock stands still, since nothing has been under way for a while: the I/O task must hear of
    /// the next command.
    parked: bool,
    /// Nothing has been sent for a tick at least, and nothing is awaited: the server may have closed the
    /// connection meanwhile, which is looked into before anything is written.
    rested: bool,
    /// The commands sent when the clock last ticked.
    launched: u64,
    /// The I/O task must read before it writes.
    read_first: bool,
    /// Whether the last batch of replies held one reply. Only then is a caller that finds nothing
    /// under way alone; under load there is nothing under way at the end of every wave, and writing
    /// at once would cost a system call for a single command.
    lone: bool,
    /// A buffer for the next caller that writes itself.
    spare: Vec<u8>,
    moments: Moments,
    closing: Closing,
    /// Connections opened and closed.
    counts: PoolStatistics,
}

/// What waits for room; counted as long as it exists, however it ends.
struct Queued {
    waiting: Waiting,
    size: usize,
    waiting_bytes: Arc<AtomicUsize>,
}

enum Waiting {
    Command(Box<Command<'static>>),
    Batch(Batch),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Down,
    Connecting,
    Up,
}

/// Who has the right to write. That nothing is under way does not say that all is written: a server may
/// answer a command before it has read the whole of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Writer {
    Nobody,
    /// A caller, from its own task.
    Caller,
    /// The I/O task, until its batch is written.
    Task,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Closing {
    No,
    /// Once nothing is under way; the next command opens a new connection.
    WhenIdle(CloseReason),
    /// Once nothing is under way, and for ever.
    Finally,
    /// At once and for ever.
    Now(CloseReason),
}

impl Multiplexer {
    pub(crate) fn new(opener: Arc<Opener>) -> Self {
        let ticks = opener.dialer().config.response_timeout().map(in_ticks);
        let state = State {
            slots: Slots::new(Bounds::new(MAX_COMMANDS, MAX_QUEUED_BYTES)),
            waiting_bytes: Arc::default(),
            outbox: Outbox::default(),
            phase: Phase::Down,
            epoch: 0,
            io: None,
            direct: None,
            peer: None,
            writer: Writer::Nobody,
            parked: false,
            rested: false,
            launched: 0,
            read_first: false,
            lone: true,
            spare: Vec::new(),
            moments: Moments::default(),
            closing: Closing::No,
            counts: PoolStatistics::default(),
        };
        let clock = opener.dialer().recording.then(Clock::new);
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            opener,
            batches: AtomicUsize::new(0),
            clock,
        });
        Self { shared, generation: fork::watch(), ticks }
    }

    /// Submits a command, or keeps it until there is room for it or the connection stands. The waker
    /// is woken when there is something to poll. When it began is written down where somebody measures.
    ///
    /// # Errors
    ///
    /// Where no I/O task runs and none can be started, or the client was closed.
    #[inline]
    pub(crate) fn submit(
        &self,
        command: &Command<'_>,
        began: &mut Option<Moment>,
        cx: &mut Context<'_>,
    ) -> Result<SlotId> {
        self.submit_in(command, self.ticks_of(command), began, cx)
    }

    /// The same, with another time for the reply than the command and the client say.
    ///
    /// # Errors
    ///
    /// As [`submit`](Self::submit).
    pub(crate) fn submit_within(
        &self,
        command: &Command<'_>,
        limit: Option<Duration>,
        cx: &mut Context<'_>,
    ) -> Result<SlotId> {
        self.submit_in(command, limit.map(in_ticks), &mut None, cx)
    }

    #[inline]
    fn submit_in(
        &self,
        command: &Command<'_>,
        ticks: Option<u32>,
        began: &mut Option<Moment>,
        cx: &mut Context<'_>,
    ) -> Result<SlotId> {
        if self.is_forked() {
            return Err(forked());
        }
        let mut state = self.shared.lock();
        if !state.slots.has_room() {
            drop(state);
            *began = self.shared.clock.map(Clock::now);
            let waiting = Waiting::Command(Box::new(command.clone().into_owned()));
            return self.queue(waiting, ticks, cx);
        }
        if let Some(clock) = self.shared.clock {
            let first = state.outbox.is_empty();
            *began = Some(state.moments.begin(first, clock));
        }
        let alone = state.slots.in_flight() == 0;
        let size = state.outbox.push(command);
        state.counts.traffic.sent(1, size);
        let id = state.slots.submit(size, ticks, cx.waker().clone());
        self.send(state, alone);
        Ok(id)
    }

    /// Submits a whole batch in one piece, nobody's commands in between, or keeps it until there is room.
    /// `reply` is how long its replies may take.
    ///
    /// # Errors
    ///
    /// As [`submit`](Self::submit).
    pub(crate) fn submit_batch(
        &self,
        batch: &Batch,
        reply: Option<Duration>,
        cx: &mut Context<'_>,
    ) -> Result<SlotId> {
        if self.is_forked() {
            return Err(forked());
        }
        let ticks = reply.map(in_ticks);
        let mut state = self.shared.lock();
        if !state.slots.has_room() {
            drop(state);
            return self.queue(Waiting::Batch(batch.clone()), ticks, cx);
        }
        let alone = state.slots.in_flight() == 0;
        let size = state.outbox.push_batch(batch);
        state.counts.traffic.sent(batch.replies(), size);
        let id = state.slots.submit_volley(size, batch.replies(), ticks, cx.waker().clone());
        self.send(state, alone);
        Ok(id)
    }

    /// The replies of a batch, if they are there or will not come.
    pub(crate) fn poll_batch(&self, id: SlotId, cx: &mut Context<'_>) -> Poll<Volleyed<Arrival>> {
        let mut state = self.shared.lock();
        if let Some(volleyed) = state.slots.take_volley(id) {
            Shared::let_in(state);
            return Poll::Ready(volleyed);
        }
        Self::wake_here(state, id, cx);
        Poll::Pending
    }

    /// The reply, if it is there, and when it came, where somebody measures.
    #[inline]
    pub(crate) fn poll_reply(
        &self,
        id: SlotId,
        cx: &mut Context<'_>,
    ) -> Poll<(Result<Frame>, Option<Moment>)> {
        if self.is_forked() {
            return Poll::Ready((Err(in_doubt()), None));
        }
        let mut state = self.shared.lock();
        if let Some(outcome) = state.slots.take(id) {
            let arrived = state.moments.arrived();
            Shared::let_in(state);
            return Poll::Ready((outcome, arrived));
        }
        Self::wake_here(state, id, cx);
        Poll::Pending
    }

    /// Sees to it that whoever polls now is woken.
    #[inline]
    fn wake_here(mut state: MutexGuard<'_, State>, id: SlotId, cx: &Context<'_>) {
        if let Some(waker) = state.slots.waker_mut(id).filter(|it| !it.will_wake(cx.waker())) {
            let old = std::mem::replace(waker, cx.waker().clone());
            // with the last waker a whole task may go, and other commands that it owns
            drop(state);
            drop(old);
        }
    }

    /// The caller goes away.
    pub(crate) fn abandon(&self, id: SlotId) {
        // in a child the lock may be held by a thread that is not there
        if !self.is_forked() {
            let mut state = self.shared.lock();
            let waker = state.slots.abandon(id);
            Shared::let_in(state);
            drop(waker);
        }
    }

    /// Closes the connection: at once if nothing is under way, and else, if `busy_too`, as soon as
    /// nothing is. The next command opens another.
    pub(crate) fn disconnect(&self, busy_too: bool) {
        let mut state = self.shared.lock();
        let idle = state.slots.in_flight() == 0;
        if state.phase == Phase::Up && (idle || busy_too) {
            state.leave(CloseReason::Disconnected);
            state.wake_io();
        }
    }

    /// Lets nobody in any more; how many waited for room, and how many replies are to come. What is under way goes on, and then the connection ends.
    pub(crate) fn stop(&self) -> (u64, u64) {
        let mut wake = Vec::new();
        let (refused, under_way, io) = {
            let mut state = self.shared.lock();
            state.slots.close();
            let refused = state.slots.refuse_queued(closed, &mut wake);
            if !matches!(state.closing, Closing::Now(_)) {
                let opening = state.phase == Phase::Connecting;
                let now = Closing::Now(CloseReason::Shutdown);
                state.closing = if opening { now } else { Closing::Finally };
            }
            (refused as u64, state.slots.replies_due(), state.io.take())
        };
        wake.into_iter().chain(io).for_each(Waker::wake);
        (refused, under_way)
    }

    /// Ends the connection, whatever is under way.
    pub(crate) fn end(&self) {
        let io = {
            let mut state = self.shared.lock();
            state.closing = Closing::Now(CloseReason::Shutdown);
            state.io.take()
        };
        io.into_iter().for_each(Waker::wake);
    }

    /// How many replies are to come, and whether the I/O task is there.
    pub(crate) fn remains(&self) -> (u64, bool) {
        let state = self.shared.lock();
        (state.slots.replies_due(), state.phase != Phase::Down)
    }

    /// What its connections add to the statistics: the one that stands counts as in use.
    pub(crate) fn statistics(&self) -> PoolStatistics {
        let state = self.shared.lock();
        let mut counts = state.counts.clone();
        counts.in_use = u32::from(state.phase == Phase::Up);
        counts.opening = u32::from(state.phase == Phase::Connecting);
        counts.in_flight = state.slots.replies_due();
        counts.queued = state.slots.queued() as u64;
        let waiting = state.waiting_bytes.load(Ordering::Relaxed);
        counts.queued_bytes = waiting.saturating_add(state.outbox.remaining()) as u64;
        counts
    }

    /// Whether there is a connection, and which server it leads to, where that has an address.
    pub(crate) fn leads_to(&self) -> Option<Option<SocketAddr>> {
        let state = self.shared.lock();
        (state.phase == Phase::Up).then_some(state.peer)
    }

    /// A moment of this connection by the common clock.
    pub(crate) fn instant(&self, moment: Moment) -> Option<Instant> {
        self.shared.clock.map(|clock| clock.instant(moment))
    }

    #[inline]
    pub(crate) fn is_forked(&self) -> bool {
        self.generation != fork::generation()
    }

    #[inline]
    fn ticks_of(&self, command: &Command<'_>) -> Option<u32> {
        match command.options() {
            None => self.ticks,
            Some(_) => command.reply_timeout(self.usual()).map(in_ticks),
        }
    }

    /// How long an ordinary reply may take.
    pub(crate) fn usual(&self) -> Option<Duration> {
        self.shared.opener.dialer().config.response_timeout()
    }

    /// Gets what was put into the outbox on its way.
    #[inline]
    fn send(&self, mut state: MutexGuard<'_, State>, alone: bool) {
        let rested = std::mem::replace(&mut state.rested, false);
        if alone && state.lone && state.writer == Writer::Nobody && !state.parked {
            if let Some(direct) = state.direct.clone() {
                return self.write_here(state, &direct, rested);
            }
        }
        state.read_first |= rested;
        // taken: of a whole wave, the first wakes the I/O task, and the others add to its batch
        if let Some(io) = state.io.take() {
            drop(state);
            io.wake();
        }
    }

    /// Writes from the caller's own task, which saves a lone command a task switch each way.
    fn write_here(&self, mut guard: MutexGuard<'_, State>, direct: &Direct, rested: bool) {
        let state = &mut *guard;
        let Some(mut bytes) = state.outbox.take_plain(&mut state.spare) else {
            state.read_first |= rested;
            return state.wake_io();
        };
        state.slots.drained();
        state.writer = Writer::Caller;
        let epoch = state.epoch;
        drop(guard);
        // an error is left for the I/O task, which will meet it too
        let stale = rested && direct.is_readable();
        let written = if stale { 0 } else { direct.try_write(&bytes).unwrap_or(0) };
        let mut state = self.shared.lock();
        if state.epoch == epoch {
            state.writer = Writer::Nobody;
            state.read_first |= stale;
            if let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
                state.outbox.put_back(rest);
            }
            if !state.outbox.is_empty() {
                state.wake_io();
            }
            bytes.clear();
            state.spare = bytes;
        }
    }

    /// Queues for room, and starts the I/O task if there is none.
    #[cold]
    fn queue(&self, waiting: Waiting, ticks: Option<u32>, cx: &mut Context<'_>) -> Result<SlotId> {
        let runtime = Handle::try_current();
        let mut state = self.shared.lock();
        if state.closing.is_final() {
            return Err(closed());
        }
        let start = state.phase == Phase::Down;
        if start && runtime.is_err() {
            return Err(no_runtime());
        }
        let waiting_bytes = state.waiting_bytes.load(Ordering::Relaxed);
        if state.slots.queued() >= MAX_WAITING || waiting_bytes >= MAX_WAITING_BYTES {
            state.counts.refused += 1;
            state.counts.overloaded += 1;
            return Err(overloaded());
        }
        let queued = Queued::new(waiting, &state.waiting_bytes);
        let waker = cx.waker().clone();
        let id = match &queued.waiting {
            Waiting::Command(_) => state.slots.enqueue(queued, ticks, waker),
            Waiting::Batch(batch) => {
                let replies = batch.replies();
                state.slots.enqueue_volley(queued, replies, ticks, waker)
            }
        };
        if state.parked {
            state.wake_io();
        }
        // what took the room may have been answered since: with nothing under way nobody else would let it in
        state.admit();
        if start {
            state.phase = Phase::Connecting;
            state.epoch = state.epoch.wrapping_add(1);
            drop(state);
            // outside the lock: a runtime that is shutting down drops the task here and now, and with
            // it goes the guard that locks
            if let Ok(runtime) = runtime {
                let ending = task::Ending::new(Arc::clone(&self.shared));
                background::spawn(&runtime, task::run(ending));
            }
        }
        Ok(id)
    }
}

impl Drop for Multiplexer {
    fn drop(&mut self) {
        if !self.is_forked() {
            let mut state = self.shared.lock();
            state.closing = match state.closing {
                Closing::Now(reason) => Closing::Now(reason),
                Closing::Finally => Closing::Now(CloseReason::Shutdown),
                Closing::No | Closing::WhenIdle(_) => Closing::Now(CloseReason::Disconnected),
            };
            state.slots.close();
            state.wake_io();
        }
    }
}

impl Closing {
    fn is_final(self) -> bool {
        matches!(self, Self::Finally | Self::Now(_))
    }
}

impl Shared {
    #[inline]
    fn lock(&self) -> MutexGuard<'_, State> {
        // nothing in here panics half-way; what a panic elsewhere poisoned is whole
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Submits what waits for room, if there is room now.
    #[inline]
    fn let_in(mut state: MutexGuard<'_, State>) {
        if state.slots.queued() > 0 {
            state.admit();
        }
    }
}

impl Queued {
    fn new(waiting: Waiting, waiting_bytes: &Arc<AtomicUsize>) -> Self {
        let size = waiting.size();
        waiting_bytes.fetch_add(size, Ordering::Relaxed);
        Self { waiting, size, waiting_bytes: Arc::clone(waiting_bytes) }
    }
}

impl Drop for Queued {
    fn drop(&mut self) {
        self.waiting_bytes.fetch_sub(self.size, Ordering::Relaxed);
    }
}

impl Waiting {
    fn size(&self) -> usize {
        match self {
            Self::Command(command) => command.size(),
            Self::Batch(batch) => batch.size(),
        }
    }
}

impl State {
    /// Submits what waits for room, as far as there is room.
    #[cold]
    fn admit(&mut self) {
        let Self { slots, outbox, counts, .. } = self;
        slots.admit(|queued| {
            let (commands, size) = match &queued.waiting {
                Waiting::Command(command) => (1, outbox.push(command)),
                Waiting::Batch(batch) => (batch.replies(), outbox.push_batch(batch)),
            };
            counts.traffic.sent(commands, size);
            size
        });
        if !self.outbox.is_empty() {
            self.wake_io();
        }
    }

    fn wake_io(&mut self) {
        // by reference: waking only puts the task into its runtime's queue
        if let Some(io) = self.io.take() {
            io.wake();
        }
    }
}

#[cold]
fn forked() -> Error {
    Error::new(ErrorKind::Forked, "the connection is the parent process's")
}

/// What a child is told of a command that was submitted before the fork: the parent goes on with it.
#[cold]
pub(crate) fn in_doubt() -> Error {
    Error::new(
        ErrorKind::Forked,
        "the command was submitted in the parent process, before the fork",
    )
    .with_delivery(Delivery::Unknown)
}

#[cold]
fn overloaded() -> Error {
    Error::new(ErrorKind::Overloaded, "too many commands wait for the connection already")
}

#[cold]
pub(crate) fn no_runtime() -> Error {
    Error::new(
        ErrorKind::Misuse,
        "no tokio runtime is running here: call from within one, such as `#[tokio::main]`",
    )
}
