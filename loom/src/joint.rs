//! Threads that share a connection: `redis-sync/src/joint.rs`, with a server that answers what it has been sent when
//! it is read, and without a clock.

use loom::sync::{Mutex, MutexGuard};
use loom::thread::{self, Thread};
use redis_core::connection::joint::{Joint, Turn};
use redis_core::connection::slots::{Bounds, SlotId};
use redis_core::{Error, ErrorKind};
use std::sync::Arc;

/// `joint::Joint`
struct State {
    rights: Joint<Thread, u8>,
    /// What was written, and how much of it was answered.
    wire: Vec<u8>,
    answered: usize,
    /// Those who sleep in a read, which ends when something is written or the connection is lost.
    reading: Option<Thread>,
    is_lost: bool,
}

struct Shared(Mutex<State>);

pub(crate) fn two_share_one() {
    let shared = Shared::new();
    let threads = [shared.caller(1), shared.caller(2)];
    shared.end(threads);
}

pub(crate) fn three_share_one() {
    let shared = Shared::new();
    let threads = [shared.caller(1), shared.caller(2), shared.caller(3)];
    shared.end(threads);
}

pub(crate) fn one_gives_up() {
    let shared = Shared::new();
    let threads = [shared.caller(1), shared.caller(2), shared.hasty(3)];
    shared.end(threads);
}

pub(crate) fn it_is_lost() {
    let shared = Shared::new();
    let threads = [shared.caller(1), shared.caller(2)];
    shared.lose();
    shared.end(threads);
}

impl Shared {
    fn new() -> Arc<Self> {
        let rights = Joint::new(Bounds::new(8, 1 << 16));
        let (wire, reading) = (Vec::new(), None);
        let state = State { rights, wire, answered: 0, reading, is_lost: false };
        Arc::new(Self(Mutex::new(state)))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// A thread that sends one command and waits for its own reply.
    fn caller(self: &Arc<Self>, number: u8) -> thread::JoinHandle<()> {
        let shared = Arc::clone(self);
        thread::spawn(move || shared.finish(number, true))
    }

    /// A thread whose time is over as soon as it would wait.
    fn hasty(self: &Arc<Self>, number: u8) -> thread::JoinHandle<()> {
        let shared = Arc::clone(self);
        thread::spawn(move || shared.finish(number, false))
    }

    /// `Caller::new` and `Caller::finish`
    fn finish(&self, number: u8, patient: bool) {
        let mut state = self.lock();
        if state.rights.is_down() {
            state.wire.clear();
            state.answered = 0;
            state.rights.open();
        }
        let (id, _) = state.rights.submit(thread::current(), |out| out.push(number));
        loop {
            state = match state.rights.turn(id) {
                Turn::Done(outcome) => {
                    if let Ok(reply) = outcome {
                        assert_eq!(reply, number, "somebody else's reply");
                    }
                    return Self::depart(state, Vec::new());
                }
                Turn::Write => self.write(state, id),
                Turn::Read => match self.read(state, id, patient) {
                    Some(state) => state,
                    None => return,
                },
                Turn::Wait if patient => {
                    drop(state);
                    thread::park();
                    self.lock()
                }
                Turn::Wait => {
                    state.rights.leave(id);
                    return Self::depart(state, Vec::new());
                }
            };
        }
    }

    /// `Caller::write`
    fn write<'s>(&'s self, mut state: MutexGuard<'s, State>, id: SlotId) -> MutexGuard<'s, State> {
        let epoch = state.rights.epoch();
        loop {
            let bytes = state.rights.take_outbox(Vec::new());
            drop(state);
            // the socket has a lock of its own; here it is the same
            state = self.lock();
            if state.rights.epoch() != epoch {
                return state;
            }
            state.wire.extend(bytes);
            let reading = state.reading.take();
            drop(state);
            if let Some(reader) = reading {
                reader.unpark();
            }
            state = self.lock();
            if state.rights.epoch() != epoch || !state.rights.written(id) {
                return state;
            }
        }
    }

    /// `Caller::read`; nothing where its time was over.
    fn read<'s>(
        &'s self,
        mut state: MutexGuard<'s, State>,
        id: SlotId,
        patient: bool,
    ) -> Option<MutexGuard<'s, State>> {
        loop {
            let mut woken = Vec::new();
            if state.is_lost {
                state.is_lost = false;
                let error = |delivery| Error::new(ErrorKind::Closed, "lost").with_delivery(delivery);
                state.rights.fail(error, &mut woken);
                drop(state);
                woken.iter().for_each(Thread::unpark);
                return Some(self.lock());
            }
            // one at a time: what comes together is the easier case
            if let Some(&reply) = state.wire.get(state.answered) {
                state.answered += 1;
                let filled = state.rights.fill(reply).expect("it was asked for");
                woken.extend(filled.filter(|thread| thread.id() != thread::current().id()));
                if state.rights.is_done(id) {
                    state.rights.stop_reading();
                    drop(state);
                    woken.iter().for_each(Thread::unpark);
                    return Some(self.lock());
                }
                drop(state);
                woken.iter().for_each(Thread::unpark);
                state = self.lock();
                continue;
            }
            if !patient {
                state.rights.stop_reading();
                state.rights.leave(id);
                Self::depart(state, woken);
                return None;
            }
            state.reading = Some(thread::current());
            drop(state);
            thread::park();
            state = self.lock();
        }
    }

    /// `Caller::depart`
    fn depart(mut state: MutexGuard<'_, State>, mut woken: Vec<Thread>) {
        match state.rights.heir() {
            Some(heir) => woken.push(heir),
            None => assert!(!state.rights.is_stuck(), "nothing here takes long to be written"),
        }
        if state.rights.is_over() {
            state.rights.finish();
            state.is_lost = false;
        }
        drop(state);
        woken.iter().for_each(Thread::unpark);
    }

    /// The server closes the connection.
    fn lose(&self) {
        let mut state = self.lock();
        if !state.rights.is_down() {
            state.is_lost = true;
        }
        let reading = state.reading.take();
        drop(state);
        if let Some(reader) = reading {
            reader.unpark();
        }
    }

    /// Everybody has ended, and nothing is left over.
    fn end<const N: usize>(&self, threads: [thread::JoinHandle<()>; N]) {
        for thread in threads {
            thread.join().unwrap();
        }
        let state = self.lock();
        assert!(state.rights.is_down(), "nobody gave the connection back");
        assert_eq!((state.rights.in_flight(), state.rights.occupied()), (0, 0));
    }
}
