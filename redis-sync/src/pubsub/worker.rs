//! The thread of the subscriptions: opens their connection, sends what the registry asks for, hands out what
//! comes, and opens it again when it was lost.
//!
//! ```text
//!   Connecting ──▶ Up ──▶ Down     nobody wants anything any more
//!      ▲  │ ▲       │
//!      └──┘ └───────┘              failed, lost: again after a pause
//! ```

use super::bell::Woken;
use super::hub::{Hub, Phase};
use crate::link::{Link, failure};
use crate::pool::Pool;
use crate::random::random;
use crate::transport::{Wire, is_timeout};
use redis_core::event::{CloseReason, ConnectionId, Event};
use redis_core::pubsub::{Intake, Revival, Verdict, Vigil, take_until_push};
use redis_core::push::PushHandlers;
use redis_core::resp::Frame;
use redis_core::{Error, ErrorKind, Result, TimeoutKind};
use std::io::{Read, Write};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// What one read may bring at least: under load, a system call for many messages.
const LEAST_READ: usize = 64 * 1024;

/// Starts the thread.
#[inline]
pub(super) fn begin(pool: &Pool, hub: &Arc<Hub>) -> Result<JoinHandle<()>> {
    let worker = Worker { pool: pool.clone(), hub: Arc::clone(hub) };
    let started = thread::Builder::new()
        .name("redis-sync subscriptions".to_owned())
        .spawn(move || worker.run());
    started.map_err(|error| {
        Error::new(ErrorKind::Io, format!("no thread can be started: {error}")).with_source(error)
    })
}

struct Worker {
    pool: Pool,
    hub: Arc<Hub>,
}

/// The guard that ends the thread if a hook of the user's panics in it: nobody waits for what will not come.
struct Ending<'w>(&'w Worker);

impl Drop for Ending<'_> {
    #[inline]
    fn drop(&mut self) {
        if thread::panicking() {
            let error = Error::new(ErrorKind::Misuse, "an `on_connect` hook panicked");
            let mut books = self.0.hub.lock();
            books.phase = Phase::Down;
            books.registry.fail(&error);
            self.0.hub.flush(books);
        }
        // whoever closes the client waits for the end of this thread
        let shared = self.0.pool.shared();
        shared.tidy(shared.life());
    }
}

/// A connection that stands.
struct Session<'w> {
    worker: &'w Worker,
    wire: Wire,
    intake: Intake,
    vigil: Vigil,
    id: ConnectionId,
    outgoing: Vec<u8>,
    scratch: Vec<u8>,
    patience: Option<Duration>,
}

impl Worker {
    #[inline]
    fn run(&self) {
        let _ending = Ending(self);
        let mut revival = Revival::new(self.pool.config().retry().clone());
        while !self.is_over() {
            let error = match self.connect() {
                Ok(mut session) => {
                    let ended = session.serve(&mut revival);
                    let id = session.id;
                    drop(session);
                    self.tell_closed(id, ended.as_ref().err());
                    match ended {
                        Ok(()) => continue,
                        Err(error) => error,
                    }
                }
                Err(error) => error,
            };
            self.lost(&mut revival, error);
        }
    }

    #[inline]
    fn connect(&self) -> Result<Session<'_>> {
        let shared = self.pool.shared();
        let link = shared.dialer.dial_within(shared.life().descriptors(), None)?;
        let config = self.pool.config();
        let size = config.socket().read_buffer().max(LEAST_READ);
        let (id, protocol) = (link.id(), link.server().protocol());
        let (wire, came) = Link::into_wire(link);
        let mut intake = Intake::new(protocol, config.limits(), size);
        intake.feed(&came);
        let patience = config.response_timeout();
        let interval = config.pool().health_check_interval();
        let vigil = Vigil::new(Instant::now(), interval, patience);
        let mut books = self.hub.lock();
        books.phase = Phase::Up;
        books.failure = None;
        books.connections = books.connections.wrapping_add(1);
        books.registry.connected();
        // who waits for a connection waits for an answer from now on
        books.registry.wake_all();
        self.hub.flush(books);
        let (outgoing, scratch) = (Vec::new(), vec![0; size]);
        Ok(Session { worker: self, wire, intake, vigil, id, outgoing, scratch, patience })
    }

    /// Whether the thread is to end; then there is none any more.
    #[inline]
    fn is_over(&self) -> bool {
        let mut books = self.hub.lock();
        let over = books.registry.is_empty();
        if over {
            books.phase = Phase::Down;
        }
        over
    }

    /// Pauses before the next attempt, if there is one.
    #[inline]
    fn lost(&self, revival: &mut Revival, error: Error) {
        let error = error.with_endpoint(self.pool.config().endpoint());
        let restoring = {
            let mut books = self.hub.lock();
            books.phase = Phase::Connecting;
            books.failure = Some(error.clone());
            books.registry.lost(&error);
            let restoring = books.registry.is_established();
            self.hub.flush(books);
            restoring
        };
        let Some(pause) = revival.failed(&error, restoring, random()) else {
            let mut books = self.hub.lock();
            books.registry.fail(&error);
            self.hub.flush(books);
            return;
        };
        let until = Instant::now().checked_add(pause);
        while let Some(left) = until.map(|until| until.saturating_duration_since(Instant::now())) {
            // rung by whoever asks for something, and by the last who goes
            if left.is_zero() || self.hub.lock().registry.is_empty() {
                break;
            }
            self.hub.bell.wait(Some(left));
        }
    }

    #[inline]
    fn tell_closed(&self, connection: ConnectionId, error: Option<&Error>) {
        let config = self.pool.config();
        let reason = match error {
            None if self.hub.lock().closed => CloseReason::Shutdown,
            None => CloseReason::Disconnected,
            Some(_) => CloseReason::Broken,
        };
        config.recorder().connection_closed(reason);
        config.events().emit(Event::Disconnected { connection, reason, error: error.cloned() });
    }

    /// A push that is none of the subscriptions'.
    #[inline]
    fn dispatch(&self, connection: ConnectionId, push: &Frame) {
        let config = self.pool.config();
        if !config.pushes().dispatch(push.reply()) {
            config.events().emit_with(|| {
                let kind = PushHandlers::kind(push.reply()).unwrap_or_default();
                let kind = String::from_utf8_lossy(kind).into_owned();
                Event::UnknownPush { connection, kind }
            });
        }
    }
}

impl Session<'_> {
    /// Serves until nobody wants anything any more.
    #[inline]
    fn serve(&mut self, revival: &mut Revival) -> Result<()> {
        loop {
            if self.take_in(revival)? {
                return Ok(());
            }
            self.write()?;
            let now = Instant::now();
            let awaiting = self.worker.hub.lock().registry.is_awaiting();
            let until = match self.vigil.look(now, awaiting) {
                Verdict::Wait(until) => until,
                Verdict::Ping => {
                    self.worker.hub.lock().registry.ping();
                    continue;
                }
                Verdict::Dead => return Err(dead()),
            };
            let time = until.map(|until| until.saturating_duration_since(now));
            let woken = self.worker.hub.bell.wait_for(&mut self.wire, time);
            match woken.map_err(|error| self.failed(error, TimeoutKind::Reply))? {
                Woken::Readable => self.read(None)?,
                Woken::TryFor(time) => self.read(Some(time))?,
                Woken::Otherwise => {}
            }
        }
    }

    /// Hands out what has come, in its order: what a push tells of is known before the message behind it.
    /// Whether nobody wants anything any more.
    #[inline]
    fn take_in(&mut self, revival: &mut Revival) -> Result<bool> {
        let hub = &self.worker.hub;
        loop {
            let mut books = hub.lock();
            let came = take_until_push(&mut self.intake, &mut books.registry, revival);
            let mut over = books.registry.is_empty();
            // what came whole before a fault belongs to the subscribers
            let mut goes_on = books.registry.is_flushed() || hub.hand_out(books);
            let stalled = !goes_on;
            while !goes_on {
                // somebody wishes that nothing be read until there is room
                hub.bell.wait(None);
                let books = hub.lock();
                over = books.registry.is_empty();
                goes_on = hub.hand_out(books);
            }
            if stalled {
                // what the server said meanwhile was not looked at: that is no silence
                self.vigil.heard(Instant::now());
            }
            match came? {
                Some(push) => self.worker.dispatch(self.id, &push),
                None => return Ok(over),
            }
        }
    }

    #[inline]
    fn write(&mut self) -> Result<()> {
        self.outgoing.clear();
        self.worker.hub.lock().registry.outgoing(&mut self.outgoing);
        if self.outgoing.is_empty() {
            return Ok(());
        }
        self.wire.timed_mut().begin(Instant::now(), self.patience);
        let written = self.wire.write_all(&self.outgoing);
        written.map_err(|error| self.failed(error, TimeoutKind::Write))
    }

    /// Reads once. A stream that is readable is not waited for; another for `time` at most.
    #[inline]
    fn read(&mut self, time: Option<Duration>) -> Result<()> {
        // half a record is no reason to wait for the other half
        let probe = time.is_none() && !self.wire.is_plain();
        self.wire.timed_mut().begin(Instant::now(), time);
        self.wire.timed_mut().set_probing(probe);
        let read = self.wire.read(&mut self.scratch);
        self.wire.timed_mut().set_probing(false);
        match read {
            Ok(0) => Err(Error::new(ErrorKind::Closed, "the server closed the connection")),
            Ok(count) => {
                self.vigil.heard(Instant::now());
                self.intake.feed(self.scratch.get(..count).unwrap_or_default());
                Ok(())
            }
            Err(error) if is_timeout(&error) => Ok(()),
            Err(error) => Err(self.failed(error, TimeoutKind::Reply)),
        }
    }

    #[cold]
    fn failed(&self, error: std::io::Error, kind: TimeoutKind) -> Error {
        failure(error, kind, "the subscriptions could not be served", self.patience)
    }
}

#[cold]
fn dead() -> Error {
    Error::new(
        ErrorKind::Closed,
        "the server did not answer in time on the connection of the subscriptions, which was given up",
    )
}
