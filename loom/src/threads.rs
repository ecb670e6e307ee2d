//! Threads that wait for a connection: `redis-sync/src/pool.rs`, without a clock.

use loom::sync::{Mutex, MutexGuard};
use loom::thread::{self, Thread};
use redis_core::pool::{
    Accounting, CheckOut, Condition, Grant, Lease, Permit, Purpose, Settings, Ticket,
};
use std::sync::Arc;
use std::time::Instant;

/// `life::State`
struct State {
    accounting: Accounting<u64>,
    waiters: Vec<(Ticket, Thread)>,
}

struct Pool {
    state: Mutex<State>,
    now: Instant,
}

pub(crate) fn two_share_one() {
    let pool = Pool::new();
    let threads = [pool.user(true), pool.user(true)];
    pool.end(threads);
}

pub(crate) fn one_cannot_open_it() {
    let pool = Pool::new();
    let threads = [pool.user(false), pool.user(true)];
    pool.end(threads);
}

pub(crate) fn one_gives_up() {
    let pool = Pool::new();
    let threads = [pool.user(true), pool.user(true), pool.hasty()];
    pool.end(threads);
}

impl Pool {
    fn new() -> Arc<Self> {
        let mut settings = Settings::default();
        settings.max_size = 1;
        settings.min_idle = 0;
        settings.wait = true;
        let state = State { accounting: Accounting::new(settings), waiters: Vec::new() };
        Arc::new(Self { state: Mutex::new(state), now: Instant::now() })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// A thread that takes a connection, opening it where it must, and gives it back.
    fn user(self: &Arc<Self>, opens: bool) -> thread::JoinHandle<()> {
        let pool = Arc::clone(self);
        thread::spawn(move || {
            let mut state = pool.lock();
            let grant = match state.accounting.check_out(Purpose::Ordinary, pool.now) {
                CheckOut::Now(grant) => {
                    drop(state);
                    Some(grant)
                }
                CheckOut::Wait(ticket) => pool.wait(state, ticket, true),
                other => panic!("{other:?}"),
            };
            pool.use_it(grant.expect("it waits as long as it takes"), opens);
        })
    }

    /// A thread whose time to wait is over as soon as it looks.
    fn hasty(self: &Arc<Self>) -> thread::JoinHandle<()> {
        let pool = Arc::clone(self);
        thread::spawn(move || {
            let mut state = pool.lock();
            let grant = match state.accounting.check_out(Purpose::Ordinary, pool.now) {
                CheckOut::Now(grant) => {
                    drop(state);
                    Some(grant)
                }
                CheckOut::Wait(ticket) => pool.wait(state, ticket, false),
                other => panic!("{other:?}"),
            };
            if let Some(grant) = grant {
                pool.use_it(grant, true);
            }
        })
    }

    /// `Shared::wait`
    fn wait<'l>(
        &'l self,
        mut state: MutexGuard<'l, State>,
        ticket: Ticket,
        patient: bool,
    ) -> Option<Grant<u64>> {
        state.waiters.push((ticket, thread::current()));
        loop {
            drop(state);
            if patient {
                thread::park();
            } else {
                thread::yield_now();
            }
            state = self.lock();
            if let Some(grant) = state.accounting.claim(ticket) {
                return Some(grant);
            }
            if patient {
                continue;
            }
            let next = state.accounting.give_up(ticket, self.now);
            state.waiter(Some(ticket));
            let woken = state.waiter(next);
            drop(state);
            if let Some(thread) = woken {
                thread.unpark();
            }
            return None;
        }
    }

    fn use_it(&self, grant: Grant<u64>, opens: bool) {
        match grant {
            Grant::Open(permit) if opens => {
                let id = permit.id();
                let lease = self.lock().accounting.opened(permit, self.now, 0);
                self.release(lease, id);
            }
            Grant::Open(permit) => self.fail(permit),
            Grant::Reuse { lease, connection, .. } => {
                assert_eq!(lease.id(), connection);
                self.release(lease, connection);
            }
        }
    }

    /// `Opening::drop`
    fn fail(&self, permit: Permit) {
        let mut state = self.lock();
        let ticket = state.accounting.failed(permit);
        let woken = state.waiter(ticket);
        drop(state);
        if let Some(thread) = woken {
            thread.unpark();
        }
    }

    /// `Shared::release`
    fn release(&self, lease: Lease, connection: u64) {
        let mut state = self.lock();
        let ticket = state.accounting.check_in(lease, connection, Condition::Clean, self.now);
        let woken = state.waiter(ticket);
        drop(state);
        if let Some(thread) = woken {
            thread.unpark();
        }
    }

    fn end<const N: usize>(&self, threads: [thread::JoinHandle<()>; N]) {
        for thread in threads {
            thread.join().unwrap();
        }
        let state = self.lock();
        let counts = state.accounting.statistics();
        assert_eq!((counts.in_use, counts.opening, counts.waiting), (0, 0, 0), "{counts:?}");
        assert!(state.waiters.is_empty(), "somebody is still to be woken");
    }
}

impl State {
    /// `State::waiter`
    fn waiter(&mut self, ticket: Option<Ticket>) -> Option<Thread> {
        let ticket = ticket?;
        let at = self.waiters.iter().position(|(waiting, _)| *waiting == ticket)?;
        Some(self.waiters.swap_remove(at).1)
    }
}
