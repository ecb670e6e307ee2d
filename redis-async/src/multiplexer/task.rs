//! The I/O task: opens the connection, writes what callers submit, hands out what arrives.
//!
//! This module decides in which order a connection reads, writes and looks at the clock. The reader
//! never waits for the writer: each goes as far as it gets, and either wakes the task.

use super::batch::Arrival;
use super::health::{Health, Verdict};
use super::outbox::{Outbox, PARTS};
use super::overdue::{View, overdue};
use super::ticks::{TICK, Ticks, in_ticks};
use super::{Clock, Closing, Phase, Shared, State, Writer};
use crate::background;
use crate::link::{Link, lost, unsolicited};
use crate::transport::Transport;
use redis_core::command::{Command, table};
use redis_core::connection::slots::{Awaited, Due, Overdue};
use redis_core::error::Facts;
use redis_core::event::CloseReason;
use redis_core::pool::closed;
use redis_core::resp::{Frame, Kind, Values};
use redis_core::retry::wants_new_connection;
use redis_core::{Delivery, Error, ErrorKind, Result, fork};
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::io::{self, IoSlice};
use std::mem;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;
use tokio::runtime::Handle;

/// After so much silence on an idle connection the server is asked whether it is still there, unless
/// the pool's health check interval says otherwise.
const IDLE_PROBE: Duration = Duration::from_secs(30);

/// An idle connection's clock goes on for so long.
const RESTLESS_TICKS: u32 = 10;

/// Runs a connection from its opening to its end.
pub(super) async fn run(mut ending: Ending) {
    let end = match open(&ending.shared).await {
        Ok(link) => {
            ending.plain = link.stream.direct().is_some();
            let mut connection = Connection::new(Arc::clone(&ending.shared), link);
            let batch = &mut ending.batch;
            let end = poll_fn(|cx| connection.poll(cx, batch)).await;
            let fault = Some(&end.error).filter(|_| end.reason == CloseReason::Broken);
            connection.link.close_with(end.reason, fault);
            end
        }
        Err(error) => End::from(error),
    };
    ending.end = Some(end);
}

/// Opens a connection, and looks after the deadlines of those who wait for it.
async fn open(shared: &Arc<Shared>) -> Result<Link> {
    let mut ticks = Ticks::from(shared.lock().slots.tick());
    let mut wake = Vec::new();
    let mut opening = pin!(shared.opener.open());
    poll_fn(|cx| {
        {
            let mut state = shared.lock();
            if state.closing.is_final() {
                return Poll::Ready(Err(closed()));
            }
            state.io = Some(cx.waker().clone());
        }
        while let Poll::Ready(now) = ticks.poll_next(cx) {
            sweep(shared, now, None, &mut wake);
        }
        opening.as_mut().poll(cx)
    })
    .await
}

/// The guard that ends a connection however its task ends: by an error, by a panic, or because its
/// runtime was shut down under it. Nobody waits for a reply that will not come.
pub(super) struct Ending {
    shared: Arc<Shared>,
    /// What was taken from the outbox and is being written; kept here, since what of it was not
    /// written was not sent.
    batch: Outbox,
    /// What the stream took was written, and nothing else was: one that enciphers may have written what it
    /// has not owned up to.
    plain: bool,
    end: Option<End>,
    generation: u32,
}

/// How a connection ends: what those hear who still wait for it, and what is told of it.
struct End {
    error: Error,
    reason: CloseReason,
}

/// By a fault, unless its owner ended it.
impl From<Error> for End {
    fn from(error: Error) -> Self {
        Self { error, reason: CloseReason::Broken }
    }
}

impl Ending {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let generation = fork::generation();
        Self { shared, batch: Outbox::default(), plain: false, end: None, generation }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if self.generation != fork::generation() {
            // a child must not touch the parent's lock, nor let go of what the parent still uses
            mem::forget(Arc::clone(&self.shared));
            return;
        }
        let end = match (self.shared.lock().closing, self.end.take()) {
            (Closing::Now(reason), _) => End { error: closed(), reason },
            (_, Some(end)) => end,
            (_, None) => {
                let why = match std::thread::panicking() {
                    true => "the connection's task panicked, by a hook's fault",
                    false => "the runtime that carried the connection was shut down",
                };
                End::from(Error::new(ErrorKind::Closed, why))
            }
        };
        let fault = end.error.with_endpoint(self.shared.opener.dialer().config.endpoint());
        let mut wake = Vec::new();
        let runtime = Handle::try_current().ok();
        let (direct, next) = {
            let mut guard = self.shared.lock();
            let state = &mut *guard;
            if state.phase == Phase::Up {
                state.counts.count_closed(end.reason);
            }
            state.phase = Phase::Down;
            state.epoch = state.epoch.wrapping_add(1);
            state.writer = Writer::Nobody;
            state.lone = true;
            state.parked = false;
            state.rested = false;
            state.read_first = false;
            state.io = None;
            // what came after `disconnect` was kept for the next connection
            let next = runtime.filter(|_| {
                matches!(state.closing, Closing::WhenIdle(_))
                    && state.slots.in_flight() == 0
                    && state.slots.queued() > 0
            });
            if matches!(state.closing, Closing::WhenIdle(_)) {
                state.closing = Closing::No;
            }
            if next.is_some() {
                state.phase = Phase::Connecting;
            } else {
                let untaken = if self.plain { self.batch.remaining() } else { 0 };
                let unsent = state.outbox.remaining() + untaken;
                let error = |delivery: Delivery| fault.clone().with_delivery(delivery);
                state.slots.fail_all(unsent, error, &mut wake);
            }
            state.outbox.clear();
            (state.direct.take(), next)
        };
        drop(direct);
        wake.into_iter().for_each(Waker::wake);
        self.shared.opener.changed().notify_waiters();
        if let Some(runtime) = next {
            background::spawn(&runtime, run(Self::new(Arc::clone(&self.shared))));
        }
    }
}

/// A connection that stands.
pub(super) struct Connection {
    shared: Arc<Shared>,
    pub(super) link: Link,
    ticks: Ticks,
    pub(super) health: Health,
    flush: bool,
    /// Whatever the server said before the next command must be read before that is written.
    read_first: bool,
    /// The other tasks had their turn before this batch.
    yielded: bool,
    /// What the last read brought; kept for its memory.
    frames: Vec<Frame>,
    wake: Vec<Waker>,
}

impl Connection {
    fn new(shared: Arc<Shared>, link: Link) -> Self {
        let config = &shared.opener.dialer().config;
        let idle = config.pool().health_check_interval().unwrap_or(IDLE_PROBE);
        let health = Health::new(config.response_timeout().map(in_ticks), in_ticks(idle));
        let tick = {
            let mut guard = shared.lock();
            let state = &mut *guard;
            state.phase = Phase::Up;
            state.counts.created += 1;
            state.direct = link.stream.direct();
            state.peer = link.peer();
            if !state.closing.is_final() {
                state.slots.open();
                state.admit();
            }
            state.slots.tick()
        };
        let ticks = Ticks::from(tick);
        Self {
            shared,
            link,
            ticks,
            health,
            flush: false,
            read_first: false,
            yielded: false,
            frames: Vec::new(),
            wake: Vec::new(),
        }
    }

    /// Goes as far as it gets; ready when the connection has ended.
    fn poll(&mut self, cx: &mut Context<'_>, batch: &mut Outbox) -> Poll<End> {
        loop {
            let written = if self.read_first { Poll::Pending } else { self.poll_write(cx, batch) };
            // even if nothing can be written any more: what has arrived belongs to its callers
            if let Poll::Ready(end) = self.poll_read(cx) {
                return Poll::Ready(end);
            }
            if let Poll::Ready(Err(end)) = written {
                return Poll::Ready(end);
            }
            if self.read_first && !self.link.stream.is_readable() {
                // else the runtime has not heard of it yet, and wakes this task when it does
                self.read_first = false;
                continue;
            }
            // after the read: what has arrived is in time
            match self.ticks.poll_next(cx) {
                Poll::Ready(_) if self.ticks.resume() => {
                    self.shared.lock().parked = false;
                    self.probe();
                }
                Poll::Ready(now) => {
                    let mut wake = mem::take(&mut self.wake);
                    let view = View::of(self, batch);
                    let swept = sweep(&self.shared, now, Some(&view), &mut wake);
                    self.wake = wake;
                    // whoever closed the client may have found this task waiting for the socket alone
                    if let Some(end) = swept.closing.ends(swept.awaiting) {
                        return Poll::Ready(end);
                    }
                    match self.health.tick(swept.awaiting, swept.launched) {
                        Verdict::Fine => self.rest(),
                        Verdict::Probe => self.probe(),
                        Verdict::Dead { before } if !self.is_awaited(before) => {
                            return Poll::Ready(dead().into());
                        }
                        Verdict::Dead { .. } => {}
                    }
                }
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Writes until the outbox is empty or the socket full.
    fn poll_write(&mut self, cx: &mut Context<'_>, batch: &mut Outbox) -> Poll<Result<(), End>> {
        loop {
            if batch.is_empty() {
                if self.flush {
                    ready!(self.link.stream.poll_flush(cx))
                        .map_err(|error| End::from(lost(&error)))?;
                    self.flush = false;
                }
                ready!(self.take_batch(cx, batch))?;
            }
            while !batch.is_empty() {
                let mut parts = [IoSlice::new(&[]); PARTS];
                let count = batch.gather(&mut parts);
                let parts = parts.get(..count).unwrap_or_default();
                match ready!(self.link.stream.poll_write(cx, parts)) {
                    Ok(0) => {
                        return Poll::Ready(Err(lost(&io::ErrorKind::WriteZero.into()).into()));
                    }
                    Ok(written) => batch.advance(written),
                    Err(error) => return Poll::Ready(Err(lost(&error).into())),
                }
                self.flush = true;
            }
        }
    }

    /// Takes what callers have submitted since; pending, to be woken by the next one, if that is
    /// nothing.
    fn take_batch(&mut self, cx: &Context<'_>, batch: &mut Outbox) -> Poll<Result<(), End>> {
        let mut guard = self.shared.lock();
        let state = &mut *guard;
        if let Some(end) = state.is_to_end() {
            return Poll::Ready(Err(end));
        }
        if state.writer == Writer::Task {
            state.writer = Writer::Nobody;
        }
        // a caller that writes wakes this task when it has left something
        if state.outbox.is_empty() || state.writer == Writer::Caller {
            // whoever waits for room waits for the clock too
            if state.parked && state.slots.queued() > 0 {
                state.parked = false;
                self.ticks.resume();
            }
            match &mut state.io {
                Some(io) => io.clone_from(cx.waker()),
                io => *io = Some(cx.waker().clone()),
            }
            return Poll::Pending;
        }
        if mem::take(&mut state.read_first) {
            self.read_first = true;
            return Poll::Pending;
        }
        // under load the tasks that were just woken have more to add: one turn of theirs first
        if !state.lone && !state.outbox.is_a_batch() && !mem::replace(&mut self.yielded, true) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.yielded = false;
        state.parked = false;
        self.ticks.resume();
        mem::swap(batch, &mut state.outbox);
        state.writer = Writer::Task;
        state.slots.drained();
        Shared::let_in(guard);
        Poll::Ready(Ok(()))
    }

    /// Reads and hands out until nothing has arrived; ready when the connection has ended.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        loop {
            match ready!(self.link.poll_read(cx)) {
                Ok(0) => return Poll::Ready(lost(&io::ErrorKind::UnexpectedEof.into()).into()),
                Ok(read) => {
                    self.health.heard();
                    self.link.received(read);
                }
                Err(error) => return Poll::Ready(lost(&error).into()),
            }
            if let Err(end) = self.take_replies() {
                return Poll::Ready(end);
            }
        }
    }

    /// Takes what has arrived as those want it to whom it belongs, and hands it out.
    fn take_replies(&mut self) -> Result<(), End> {
        let mut first = true;
        loop {
            let due = match self.shared.batches.load(Ordering::Relaxed) {
                0 => Due::Singles(usize::MAX),
                _ => self.shared.lock().slots.next_due(),
            };
            let most = match due {
                Due::Singles(most) => most,
                Due::Volley(missing) => {
                    if let Some(values) = self.link.take_values(missing) {
                        self.hand_out_values(values, first)?;
                        first = false;
                        continue;
                    }
                    self.link.singly(missing)
                }
            };
            let broken = self.link.take_some_frames(&mut self.frames, most).err().map(End::from);
            let came = self.frames.len();
            // what came whole before the fault belongs to its callers
            let end = self.hand_out(first && came == 1).err();
            if let Some(end) = broken.or(end) {
                return Err(end);
            }
            if came < most {
                return Ok(());
            }
            first = false;
        }
    }

    /// Hands out the replies of a batch.
    fn hand_out_values(&mut self, values: Values, alone: bool) -> Result<(), End> {
        let now = self.shared.clock.map(Clock::now);
        let (filled, end) = {
            let mut guard = self.shared.lock();
            let state = &mut *guard;
            if let Some(now) = now {
                state.moments.arrive(now);
            }
            state.counts.traffic.absorb(&self.link.take_traffic());
            state.lone = alone && state.slots.in_flight() == 1;
            let count = values.len();
            let filled = state.slots.fill_volley(Arrival::Values(values), count);
            if state.slots.queued() > 0 {
                state.admit();
            }
            (filled, state.is_to_end())
        };
        let waker = filled.map_err(|_| unsolicited())?;
        waker.into_iter().for_each(Waker::wake);
        end.map_or(Ok(()), Err)
    }

    /// Hands out what has arrived, in its order: what a push tells of is known before the reply that
    /// came after it. `alone` is whether it is one reply, and all that has arrived.
    fn hand_out(&mut self, alone: bool) -> Result<(), End> {
        let mut frames = mem::take(&mut self.frames);
        if let Some(clock) = self.shared.clock.filter(|_| !frames.is_empty()) {
            let now = clock.now();
            self.shared.lock().moments.arrive(now);
        }
        let mut arrived = frames.drain(..);
        let outcome = loop {
            let push = self.fill(&mut arrived, alone);
            self.wake.drain(..).for_each(Waker::wake);
            match push {
                Ok(Some(push)) => self.link.dispatch(&push),
                Ok(None) => break Ok(()),
                Err(end) => break Err(end),
            }
        };
        drop(arrived);
        self.frames = frames;
        outcome
    }

    /// Fills the slots of those whose replies these are, up to the first push, which it returns.
    fn fill(
        &mut self,
        arrived: &mut impl Iterator<Item = Frame>,
        alone: bool,
    ) -> Result<Option<Frame>, End> {
        let mut guard = self.shared.lock();
        let state = &mut *guard;
        state.counts.traffic.absorb(&self.link.take_traffic());
        state.lone = alone && state.slots.in_flight() == 1;
        let mut push = None;
        let mut outcome = Ok(());
        for frame in arrived {
            if frame.reply().kind() == Kind::Push {
                push = Some(frame);
                break;
            }
            if frame.reply().error().is_some_and(|error| wants_new_connection(&error)) {
                // a replica now: what comes next goes where the name leads to by then
                state.leave(CloseReason::Broken);
            }
            match state.slots.fill_next(frame) {
                Ok(waker) => self.wake.extend(waker),
                Err(_) => {
                    outcome = Err(End::from(unsolicited()));
                    break;
                }
            }
        }
        if state.slots.queued() > 0 {
            state.admit();
        }
        outcome?;
        match push {
            None => state.is_to_end().map_or(Ok(None), Err),
            push => Ok(push),
        }
    }

    /// Stops the clock of a connection on which nothing has been under way for a while.
    fn rest(&mut self) {
        if self.health.idle_for() < RESTLESS_TICKS {
            return;
        }
        let mut state = self.shared.lock();
        // the next command must find the task's waker
        let asleep =
            state.io.is_some() && state.outbox.is_empty() && state.writer == Writer::Nobody;
        if asleep && state.slots.in_flight() == 0 && state.slots.queued() == 0 {
            state.parked = true;
            drop(state);
            self.ticks.park(TICK * self.health.until_probe());
        }
    }

    fn is_awaited(&self, launched: u64) -> bool {
        self.shared.lock().slots.is_awaited(launched)
    }

    /// Asks an idle server whether it is there. Nobody collects the answer; that it comes is enough.
    fn probe(&self) {
        let mut guard = self.shared.lock();
        let state = &mut *guard;
        if state.slots.has_room() {
            let size = state.outbox.push(&Command::new(&table::PING));
            let id = state.slots.submit(size, None, Waker::noop().clone());
            // its waker is no task's
            drop(state.slots.abandon(id));
        }
    }
}

impl State {
    /// Sees to it that the connection ends once nothing is under way; new commands wait for the next.
    pub(super) fn leave(&mut self, reason: CloseReason) {
        if self.closing == Closing::No {
            self.closing = Closing::WhenIdle(reason);
            self.slots.close();
        }
    }

    /// How the connection is to end now, if it is.
    fn is_to_end(&self) -> Option<End> {
        let awaiting = self.slots.in_flight() > 0;
        match self.closing {
            Closing::WhenIdle(reason) if !awaiting => Some(End { error: left(reason), reason }),
            closing => closing.ends(awaiting),
        }
    }
}

impl Closing {
    /// How the connection is to end for ever, if it is.
    fn ends(self, awaiting: bool) -> Option<End> {
        match self {
            Self::Now(reason) => Some(End { error: closed(), reason }),
            Self::Finally if !awaiting => {
                Some(End { error: closed(), reason: CloseReason::Shutdown })
            }
            Self::No | Self::WhenIdle(_) | Self::Finally => None,
        }
    }
}

/// What there was at a tick.
struct Swept {
    /// Replies are still to come.
    awaiting: bool,
    /// So many commands have been sent.
    launched: u64,
    closing: Closing,
}

/// Ends what is overdue; `view` is how the connection looks, where there is one.
fn sweep(shared: &Shared, now: u32, view: Option<&View<'_>>, wake: &mut Vec<Waker>) -> Swept {
    let mut state = shared.lock();
    let mut facts = Facts::default();
    if state.slots.is_overdue(now) {
        facts.unwritten = view.map(|view| view.unwritten + state.outbox.remaining());
        drop(state);
        // the socket is asked outside of the lock
        if let Some(view) = view {
            view.describe(&mut facts);
        }
        state = shared.lock();
    }
    let swept = {
        let awaiting = state.slots.in_flight() > 0;
        let count = Cell::new(0);
        let error = |late: Overdue| {
            count.set(count.get() + u64::from(late.awaited == Awaited::Reply));
            overdue(late, facts)
        };
        state.slots.expire(now, error, wake);
        state.counts.traffic.reply_timeouts += count.get();
        let launched = state.slots.launched();
        let before = mem::replace(&mut state.launched, launched);
        state.rested = !awaiting && launched == before;
        Swept { awaiting, launched, closing: state.closing }
    };
    drop(state);
    wake.drain(..).for_each(Waker::wake);
    swept
}

/// Not final: whoever waits for room tries again, and opens the next connection.
#[cold]
fn left(reason: CloseReason) -> Error {
    let why = match reason {
        CloseReason::Disconnected => "`disconnect` was called",
        _ => {
            "the server's answer says that another one is to be found: the connection was given up"
        }
    };
    Error::new(ErrorKind::Closed, why)
}

#[cold]
fn dead() -> Error {
    Error::new(
        ErrorKind::Closed,
        "nothing came from the server for three response timeouts: the connection was given up",
    )
}
