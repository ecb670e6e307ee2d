//! Closing a client. When what is ended is decided by [`redis_core::pool::Shutdown`]; this module stops the
//! parts, waits and shuts.

use crate::life::Life;
use crate::link::{Link, Patience};
use crate::pool::Pool;
use redis_core::connection::Unblock;
use redis_core::drive::{BlockingCloser, blocking};
use redis_core::pool::{Closed, Remains, Shutdown};
use std::thread;
use std::time::{Duration, Instant};

/// Closes a pool: from here on nobody gets anything of it; and waits for what is under way.
#[inline]
pub(crate) fn close(pool: &Pool, time: Duration) -> Closed {
    let life = pool.shared().life();
    let (closed, begun) = life.stop();
    pool.shared().tidy(life);
    life.lock().closers.push(thread::current());
    let mut closer = Closer { pool, life, teller: None };
    let shutdown = Shutdown::new(closed, begun, Instant::now(), time);
    let closed = blocking::close(&mut closer, shutdown);
    if !life.hub().is_running() {
        life.hub().join_worker();
    }
    if !life.housekeeper().is_running() {
        life.housekeeper().join();
    }
    closed
}

/// A client that is being closed.
struct Closer<'p> {
    pool: &'p Pool,
    life: &'p Life,
    /// A connection over which the server is told of others.
    teller: Option<Link>,
}

impl Closer<'_> {
    #[inline]
    fn tell(&mut self, connection: i64, time: Option<Duration>) -> Option<bool> {
        let shared = self.pool.shared();
        let dial = || shared.dialer.dial_within(self.life.descriptors(), time).ok();
        let mut link = self.teller.take().or_else(dial)?;
        let usual = self.pool.config().response_timeout();
        let limit = [usual, time].into_iter().flatten().min();
        let command = Unblock::new(connection).command();
        let ended = link.exchange::<bool>(&command, Patience::within(limit));
        if link.is_clean() {
            self.teller = Some(link);
        }
        ended.ok()
    }
}

impl BlockingCloser for Closer<'_> {
    #[inline]
    fn remains(&self) -> Remains {
        let mut remains = Remains::default();
        {
            let state = self.life.lock();
            remains.connections = u64::from(state.accounting.lent());
            remains.blocked = state.accounting.blocked();
        }
        let running = [self.life.hub().is_running(), self.life.housekeeper().is_running()];
        remains.workers = running.into_iter().map(u64::from).sum();
        remains
    }

    #[inline]
    fn rest(&mut self, seen: &Remains, time: Duration) {
        // who changes anything from here on leaves a token, with which parking ends at once
        if self.remains() == *seen {
            thread::park_timeout(time);
        }
    }

    #[inline]
    fn unblock(&mut self, connection: i64, time: Option<Duration>) -> Option<bool> {
        self.tell(connection, time)
    }

    #[inline]
    fn force(&mut self) -> u64 {
        self.teller = None;
        self.life.descriptors().shut() as u64
    }

    #[inline]
    fn is_patient(&self) -> bool {
        true
    }

    #[inline]
    fn now(&self) -> Instant {
        Instant::now()
    }
}

impl Drop for Closer<'_> {
    #[inline]
    fn drop(&mut self) {
        let this = thread::current().id();
        let mut state = self.life.lock();
        // once: the same thread may close a client from within its closing
        if let Some(at) = state.closers.iter().position(|closer| closer.id() == this) {
            state.closers.swap_remove(at);
        }
    }
}
