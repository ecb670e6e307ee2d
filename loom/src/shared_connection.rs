//! The connection that tasks share: `redis-async/src/multiplexer`, with a server that answers at once.

use loom::future::block_on;
use loom::sync::{Mutex, MutexGuard};
use loom::thread;
use redis_core::connection::slots::{Bounds, Overdue, SlotId, Slots};
use redis_core::{Error, ErrorKind};
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// `multiplexer::State`, as far as it decides who is woken.
struct State {
    slots: Slots<Waker, u32, u32>,
    /// The numbers of the commands that were submitted and not yet taken by the writer.
    outbox: Vec<u32>,
    io: Option<Waker>,
    phase: Phase,
    /// Callers who have not ended; the last closes the client.
    callers: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Connecting,
    Up,
    Down,
}

struct Shared(Mutex<State>);

pub(crate) fn two_submit_and_one_leaves() {
    let shared = Shared::new(8, Phase::Up, 3);
    let threads = [shared.caller(1), shared.caller(2), shared.leaver(3)];
    shared.serve(usize::MAX);
    shared.end(threads);
}

pub(crate) fn more_submit_than_there_is_room_for() {
    let shared = Shared::new(1, Phase::Up, 2);
    let threads = [shared.caller(1), shared.caller(2)];
    shared.serve(usize::MAX);
    shared.end(threads);
}

pub(crate) fn some_come_while_it_opens() {
    let shared = Shared::new(1, Phase::Connecting, 2);
    let threads = [shared.caller(1), shared.leaver(2)];
    shared.open();
    shared.serve(usize::MAX);
    shared.end(threads);
}

pub(crate) fn it_ends_while_they_submit() {
    let shared = Shared::new(1, Phase::Connecting, 2);
    let threads = [shared.caller(1), shared.caller(2)];
    shared.open();
    shared.serve(1);
    shared.lose();
    shared.end(threads);
}

impl Shared {
    fn new(room: usize, phase: Phase, callers: usize) -> Arc<Self> {
        let mut slots = Slots::new(Bounds::new(room, 1 << 16));
        if phase == Phase::Up {
            slots.open();
        }
        let state = State { slots, outbox: Vec::new(), io: None, phase, callers };
        Arc::new(Self(Mutex::new(state)))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// A task that sends one command and waits for its own reply.
    fn caller(self: &Arc<Self>, number: u32) -> thread::JoinHandle<()> {
        let shared = Arc::clone(self);
        thread::spawn(move || {
            let mut slot = None;
            let outcome = block_on(poll_fn(|cx| {
                let id = match slot {
                    Some(id) => id,
                    None => match shared.submit(number, cx) {
                        Some(id) => *slot.insert(id),
                        None => return Poll::Ready(None),
                    },
                };
                shared.poll_reply(id, cx).map(Some)
            }));
            if let Some(Ok(reply)) = outcome {
                assert_eq!(reply, number, "somebody else's reply");
            }
            shared.leave();
        })
    }

    /// A task whose future is dropped after its first poll.
    fn leaver(self: &Arc<Self>, number: u32) -> thread::JoinHandle<()> {
        let shared = Arc::clone(self);
        thread::spawn(move || {
            block_on(poll_fn(|cx| {
                if let Some(id) = shared.submit(number, cx) {
                    if shared.poll_reply(id, cx).is_pending() {
                        shared.abandon(id);
                    }
                }
                Poll::Ready(())
            }));
            shared.leave();
        })
    }

    /// `Multiplexer::submit`. `None` where the connection has ended: there the client begins another.
    fn submit(&self, number: u32, cx: &mut Context<'_>) -> Option<SlotId> {
        let mut state = self.lock();
        if !state.slots.has_room() {
            drop(state);
            return self.queue(number, cx);
        }
        state.outbox.push(number);
        let id = state.slots.submit(1, None, cx.waker().clone());
        let io = state.io.take();
        drop(state);
        if let Some(io) = io {
            io.wake();
        }
        Some(id)
    }

    /// `Multiplexer::queue`
    fn queue(&self, number: u32, cx: &mut Context<'_>) -> Option<SlotId> {
        let mut state = self.lock();
        if state.phase == Phase::Down {
            return None;
        }
        let id = state.slots.enqueue(number, None, cx.waker().clone());
        state.admit();
        Some(id)
    }

    /// `Multiplexer::poll_reply`
    fn poll_reply(&self, id: SlotId, cx: &mut Context<'_>) -> Poll<Result<u32, Error>> {
        let mut state = self.lock();
        if let Some(outcome) = state.slots.take(id) {
            Self::let_in(state);
            return Poll::Ready(outcome);
        }
        if let Some(waker) = state.slots.waker_mut(id).filter(|it| !it.will_wake(cx.waker())) {
            let old = std::mem::replace(waker, cx.waker().clone());
            drop(state);
            drop(old);
        }
        Poll::Pending
    }

    /// `Multiplexer::abandon`
    fn abandon(&self, id: SlotId) {
        let mut state = self.lock();
        let waker = state.slots.abandon(id);
        Self::let_in(state);
        drop(waker);
    }

    /// `Shared::let_in`
    fn let_in(mut state: MutexGuard<'_, State>) {
        if state.slots.queued() > 0 {
            state.admit();
        }
    }

    /// A caller has ended; the last one drops the client (`Multiplexer::drop`).
    fn leave(&self) {
        let mut state = self.lock();
        state.callers -= 1;
        if state.callers == 0 {
            state.wake_io();
        }
    }

    /// `Connection::new`
    fn open(&self) {
        let mut state = self.lock();
        state.phase = Phase::Up;
        state.slots.open();
        state.admit();
    }

    /// `Connection::poll`, until so many were answered or the client is dropped.
    fn serve(&self, most: usize) {
        let mut answered = 0;
        block_on(poll_fn(|cx| {
            while answered < most {
                let Some(batch) = self.take_batch(cx) else { return Poll::Pending };
                if batch.is_empty() {
                    return Poll::Ready(());
                }
                for number in batch {
                    if answered < most {
                        answered += 1;
                        self.fill(number);
                    }
                }
            }
            Poll::Ready(())
        }));
    }

    /// `Connection::take_batch`; empty where the client was dropped.
    fn take_batch(&self, cx: &Context<'_>) -> Option<Vec<u32>> {
        let mut state = self.lock();
        if state.outbox.is_empty() {
            if state.callers == 0 {
                return Some(Vec::new());
            }
            state.io = Some(cx.waker().clone());
            return None;
        }
        let batch = std::mem::take(&mut state.outbox);
        state.slots.drained();
        Self::let_in(state);
        Some(batch)
    }

    /// `Connection::fill` and the waking after it
    fn fill(&self, reply: u32) {
        let mut state = self.lock();
        let waker = state.slots.fill_next(reply).expect("it was asked for");
        if state.slots.queued() > 0 {
            state.admit();
        }
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// `Ending::drop`
    fn lose(&self) {
        let mut wake = Vec::new();
        let mut state = self.lock();
        state.phase = Phase::Down;
        state.io = None;
        let unsent = state.outbox.len();
        let error = |delivery| Error::new(ErrorKind::Closed, "the end").with_delivery(delivery);
        state.slots.fail_all(unsent, error, &mut wake);
        state.outbox.clear();
        drop(state);
        wake.into_iter().for_each(Waker::wake);
    }

    /// Everybody has ended, and nothing is left over.
    fn end<const N: usize>(&self, threads: [thread::JoinHandle<()>; N]) {
        for thread in threads {
            thread.join().unwrap();
        }
        self.lose();
        let mut state = self.lock();
        let overdue = |_: Overdue| Error::new(ErrorKind::Closed, "never");
        let mut wake = Vec::new();
        state.slots.expire(1, overdue, &mut wake);
        assert!(wake.is_empty(), "somebody waits still");
        assert_eq!((state.slots.in_flight(), state.slots.queued()), (0, 0));
        assert_eq!(state.slots.occupied(), 0, "a slot was lost");
    }
}

impl State {
    /// `State::admit`
    fn admit(&mut self) {
        let Self { slots, outbox, .. } = self;
        slots.admit(|number| {
            outbox.push(number);
            1
        });
        if !self.outbox.is_empty() {
            self.wake_io();
        }
    }

    /// `State::wake_io`
    fn wake_io(&mut self) {
        if let Some(io) = self.io.take() {
            io.wake();
        }
    }
}
