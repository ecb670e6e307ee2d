//! Closing a client. When what is ended is decided by [`redis_core::pool::Shutdown`]; this module stops the
//! parts, waits and shuts.

use crate::life::State;
use crate::link::Link;
use crate::pool::Pool;
use redis_core::FromReply;
use redis_core::connection::Unblock;
use redis_core::drive::{AsyncCloser, nonblocking};
use redis_core::pool::{Closed, Remains, Shutdown};
use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::time::timeout;

/// Closes a pool: from here on nobody gets anything of it. The future waits for what is under way.
#[inline]
pub(crate) fn close(pool: &Pool, time: Duration) -> impl Future<Output = Closed> + use<> {
    let state = pool.current();
    let (closed, begun) = stop(state);
    let generation = redis_core::fork::generation();
    let mut closer = Closer { pool: pool.clone(), generation, teller: None };
    let now = crate::lending::now();
    async move {
        // where nothing can wait, nothing is waited for
        let time = if closer.is_patient() { time } else { Duration::ZERO };
        let shutdown = Shutdown::new(closed, begun, now, time);
        nonblocking::close(&mut closer, shutdown).await
    }
}

/// Stops what serves the next caller, and ends what can be ended at once; what that was, and how much is under way.
#[inline]
pub(crate) fn stop(state: &State) -> (Closed, u64) {
    state.note_closed();
    let mut closed = Closed::default();
    let (turned_away, lent) = state.lending.stop();
    let (refused, commands) = state.multiplexer.stop();
    closed.refused = turned_away + refused;
    closed.subscribers = state.hub.stop();
    closed.renewals = state.renewals.stop();
    (closed, lent + commands)
}

/// A client that is being closed.
struct Closer {
    pool: Pool,
    generation: u32,
    /// A connection over which the server is told of others.
    teller: Option<Link>,
}

impl Closer {
    /// What is being closed; nothing in a child of `fork`, where it is the parent's.
    #[inline]
    fn state(&self) -> Option<&State> {
        (self.generation == redis_core::fork::generation()).then(|| self.pool.current())
    }

    #[inline]
    async fn tell(&mut self, connection: i64) -> Option<bool> {
        let mut link = match self.teller.take() {
            Some(link) => link,
            None => {
                self.state()?;
                let pool = self.pool.clone();
                pool.current().opener().open().await.ok()?
            }
        };
        let command = Unblock::new(connection).command();
        let frame = link.exchange(&command, self.pool.config().response_timeout()).await.ok()?;
        self.teller = Some(link);
        Some(bool::from_reply(frame.reply()).unwrap_or(false))
    }
}

impl AsyncCloser for Closer {
    #[inline]
    fn remains(&self) -> Remains {
        let mut remains = Remains::default();
        let Some(state) = self.state() else { return remains };
        {
            let books = state.lending.lock();
            remains.connections = u64::from(books.accounting.lent());
            remains.blocked = books.accounting.blocked();
        }
        let (commands, running) = state.multiplexer.remains();
        remains.commands = commands;
        remains.workers = u64::from(running) + u64::from(state.hub.is_running());
        remains
    }

    #[inline]
    async fn rest(&mut self, seen: &Remains, time: Duration) {
        if self.state().is_none() {
            return;
        }
        let pool = self.pool.clone();
        let mut changed = pin!(pool.current().opener().changed().notified());
        // from here on no change is missed
        changed.as_mut().enable();
        if self.remains() == *seen {
            // whether it changed or the time is over, the caller looks
            let _ = timeout(time, changed).await;
        }
    }

    #[inline]
    async fn unblock(&mut self, connection: i64, time: Option<Duration>) -> Option<bool> {
        let told = self.tell(connection);
        match time {
            Some(time) => timeout(time, told).await.unwrap_or(None),
            None => told.await,
        }
    }

    #[inline]
    fn force(&mut self) -> u64 {
        self.teller = None;
        let Some(state) = self.state() else { return 0 };
        state.multiplexer.end();
        state.opener().descriptors().shut() as u64
    }

    #[inline]
    fn is_patient(&self) -> bool {
        Handle::try_current().is_ok()
    }

    #[inline]
    fn now(&self) -> Instant {
        crate::lending::now()
    }
}

impl Drop for Closer {
    #[inline]
    fn drop(&mut self) {
        if self.state().is_none() {
            // the socket is the parent's
            std::mem::forget(self.teller.take());
        }
    }
}
