//! The task of the subscriptions: opens their connection, sends what the registry asks for, hands out what
//! comes, and opens it again when it was lost.
//!
//! ```text
//!   Connecting ──▶ Up ──▶ Down     nobody wants anything any more, or the runtime was shut down
//!      ▲  │ ▲       │
//!      └──┘ └───────┘              failed, lost: again after a pause
//! ```

use super::hub::{Hub, Phase};
use crate::link::{Link, lost};
use crate::random::random;
use crate::transport::Transport;
use redis_core::event::CloseReason;
use redis_core::pubsub::{Intake, Revival, Verdict, Vigil, take_until_push};
use redis_core::{Error, ErrorKind, Result, fork};
use std::future::{Future, poll_fn};
use std::io::{self, IoSlice};
use std::mem;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::task::yield_now;
use tokio::time::{Instant, Sleep, sleep, sleep_until};

/// What one read may bring at least: under load, a system call for many messages.
const LEAST_READ: usize = 64 * 1024;

/// So often is read before others have their turn: what is waited for by whoever has the same thread, and what is to be
/// in the processor's cache still when it is looked at.
const MOST_READS: u32 = 4;

/// Serves until nobody wants anything any more.
#[inline]
pub(super) async fn run(mut ending: Ending) {
    let hub = Arc::clone(&ending.hub);
    let mut revival = Revival::new(hub.opener.dialer().config.retry().clone());
    while !is_over(&hub) {
        let error = match hub.opener.open().await {
            Ok(link) => {
                let mut session = Session::new(&hub, link);
                let ended = poll_fn(|cx| session.poll(cx, &mut revival)).await;
                let reason = match &ended {
                    Ok(()) if hub.lock().closed => CloseReason::Shutdown,
                    Ok(()) => CloseReason::Disconnected,
                    Err(_) => CloseReason::Broken,
                };
                session.link.close_with(reason, ended.as_ref().err());
                match ended {
                    Ok(()) => continue,
                    Err(error) => error,
                }
            }
            Err(error) => error,
        };
        pause(&hub, &mut revival, error).await;
    }
    ending.finished = true;
}

/// Whether the task is to end; then there is none any more.
#[inline]
fn is_over(hub: &Hub) -> bool {
    let mut books = hub.lock();
    let over = books.registry.is_empty();
    if over {
        books.phase = Phase::Down;
    }
    over
}

/// Pauses before the next attempt, if there is one.
#[inline]
async fn pause(hub: &Hub, revival: &mut Revival, error: Error) {
    let error = error.with_endpoint(hub.opener.dialer().config.endpoint());
    let restoring = is_lost(hub, &error);
    let Some(pause) = revival.failed(&error, restoring, random()) else {
        let mut books = hub.lock();
        books.registry.fail(&error);
        hub.flush(books);
        return;
    };
    let mut timer = pin!(sleep(pause));
    poll_fn(|cx| {
        {
            let mut books = hub.lock();
            if books.registry.is_empty() {
                return Poll::Ready(());
            }
            // the last who goes wakes
            books.io = Some(cx.waker().clone());
        }
        timer.as_mut().poll(cx)
    })
    .await;
}

/// Tells those who had subscriptions; whether there were any in force.
#[inline]
fn is_lost(hub: &Hub, error: &Error) -> bool {
    let mut books = hub.lock();
    books.phase = Phase::Connecting;
    books.failure = Some(error.clone());
    books.registry.lost(error);
    let restoring = books.registry.is_established();
    hub.flush(books);
    restoring
}

/// The guard that ends a task however it ends: because its runtime was shut down, or by a panic. Whoever
/// waits is woken, and starts it again where there is a runtime.
pub(super) struct Ending {
    hub: Arc<Hub>,
    finished: bool,
    generation: u32,
}

impl Ending {
    #[inline]
    pub(super) fn new(hub: Arc<Hub>) -> Self {
        Self { hub, finished: false, generation: fork::generation() }
    }
}

impl Drop for Ending {
    #[inline]
    fn drop(&mut self) {
        if self.generation != fork::generation() {
            // a child must not touch the parent's lock, nor let go of what the parent still uses
            mem::forget(Arc::clone(&self.hub));
            return;
        }
        if self.finished {
            self.hub.opener.changed().notify_waiters();
            return;
        }
        let panics = std::thread::panicking();
        let error = if panics {
            Error::new(ErrorKind::Misuse, "an `on_connect` hook panicked")
        } else {
            Error::new(
                ErrorKind::Closed,
                "the runtime that carried the subscriptions was shut down",
            )
        };
        // in one step: from then on there may be another task, which sleeps with a waker of its own
        let mut books = self.hub.lock();
        let io = books.io.take();
        books.phase = Phase::Down;
        books.failure = Some(error.clone());
        books.registry.lost(&error);
        if panics {
            books.registry.fail(&error);
        }
        books.registry.wake_all();
        self.hub.flush(books);
        drop(io);
        self.hub.opener.changed().notify_waiters();
    }
}

/// A connection that stands.
struct Session<'h> {
    hub: &'h Hub,
    link: Link,
    intake: Intake,
    vigil: Vigil,
    timer: Pin<Box<Sleep>>,
    outgoing: Vec<u8>,
    written: usize,
    flush: bool,
    /// Somebody wishes that nothing be read until there is room.
    stalled: bool,
}

impl<'h> Session<'h> {
    #[inline]
    fn new(hub: &'h Hub, link: Link) -> Self {
        let config = &hub.opener.dialer().config;
        let size = config.socket().read_buffer().max(LEAST_READ);
        let mut intake = Intake::new(link.server().protocol(), config.limits(), size);
        intake.feed(&link.inbox);
        let now = Instant::now();
        let interval = config.pool().health_check_interval();
        let vigil = Vigil::new(now.into_std(), interval, config.response_timeout());
        {
            let mut books = hub.lock();
            books.phase = Phase::Up;
            books.failure = None;
            books.connections = books.connections.wrapping_add(1);
            books.registry.connected();
            // who waits for a connection waits for an answer from now on
            books.registry.wake_all();
            hub.flush(books);
        }
        let timer = Box::pin(sleep_until(now));
        let (outgoing, written) = (Vec::new(), 0);
        Self { hub, link, intake, vigil, timer, outgoing, written, flush: false, stalled: false }
    }

    /// Goes as far as it gets; ready when nobody wants anything any more, or the connection has ended.
    #[inline]
    fn poll(&mut self, cx: &mut Context<'_>, revival: &mut Revival) -> Poll<Result<()>> {
        let mut reads = 0;
        loop {
            if self.stalled {
                let mut books = self.hub.lock();
                books.io = Some(cx.waker().clone());
                self.stalled = !self.hub.hand_out(books);
                if self.stalled {
                    return Poll::Pending;
                }
                // what the server said meanwhile was not looked at: that is no silence
                self.vigil.heard(Instant::now().into_std());
            }
            if self.take_in(revival)? {
                return Poll::Ready(Ok(()));
            }
            if self.stalled {
                continue;
            }
            if reads == MOST_READS {
                // whoever is woken by its waker alone runs before the future that its runtime blocks on
                let woken_last = pin!(yield_now()).poll(cx);
                debug_assert!(woken_last.is_pending());
                return Poll::Pending;
            }
            let written = self.poll_write(cx);
            match self.poll_read(cx) {
                Poll::Ready(Ok(())) => {
                    reads += 1;
                    continue;
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {}
            }
            if let Poll::Ready(Err(error)) = written {
                return Poll::Ready(Err(error));
            }
            ready!(self.poll_vigil(cx))?;
        }
    }

    /// Hands out what has come, in its order: what a push tells of is known before the message behind it.
    /// Whether nobody wants anything any more.
    #[inline]
    fn take_in(&mut self, revival: &mut Revival) -> Result<bool> {
        loop {
            let mut books = self.hub.lock();
            let came = take_until_push(&mut self.intake, &mut books.registry, revival);
            let over = books.registry.is_empty();
            // what came whole before a fault belongs to the subscribers
            self.stalled = !(books.registry.is_flushed() || self.hub.hand_out(books));
            match came? {
                Some(push) => self.link.dispatch(&push),
                None => return Ok(over),
            }
            if self.stalled {
                return Ok(false);
            }
        }
    }

    /// Writes until there is nothing to send, or the socket is full. Whoever asks for something wakes.
    #[inline]
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        loop {
            if self.written == self.outgoing.len() {
                self.outgoing.clear();
                self.written = 0;
                let mut books = self.hub.lock();
                books.registry.outgoing(&mut self.outgoing);
                if self.outgoing.is_empty() {
                    books.io = Some(cx.waker().clone());
                    drop(books);
                    if self.flush {
                        ready!(self.link.stream.poll_flush(cx)).map_err(|error| lost(&error))?;
                        self.flush = false;
                    }
                    return Poll::Ready(Ok(()));
                }
            }
            let rest = self.outgoing.get(self.written..).unwrap_or_default();
            match ready!(self.link.stream.poll_write(cx, &[IoSlice::new(rest)])) {
                Ok(0) => return Poll::Ready(Err(lost(&io::ErrorKind::WriteZero.into()))),
                Ok(count) => self.written += count,
                Err(error) => return Poll::Ready(Err(lost(&error))),
            }
            self.flush = true;
        }
    }

    #[inline]
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        match ready!(self.link.stream.poll_read(cx, self.intake.room())) {
            Ok(0) => Poll::Ready(Err(lost(&io::ErrorKind::UnexpectedEof.into()))),
            Ok(_) => {
                self.vigil.heard(Instant::now().into_std());
                Poll::Ready(Ok(()))
            }
            Err(error) => Poll::Ready(Err(lost(&error))),
        }
    }

    /// Ready when there is something to be sent, or the connection is dead.
    #[inline]
    fn poll_vigil(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        loop {
            let awaiting = self.hub.lock().registry.is_awaiting();
            let until = match self.vigil.look(Instant::now().into_std(), awaiting) {
                Verdict::Wait(None) => return Poll::Pending,
                Verdict::Wait(Some(until)) => Instant::from_std(until),
                Verdict::Ping => {
                    self.hub.lock().registry.ping();
                    return Poll::Ready(Ok(()));
                }
                Verdict::Dead => return Poll::Ready(Err(dead())),
            };
            // one that goes off too early looks again; that is cheaper than to be set at each message
            let set = self.timer.deadline();
            if set > until || set <= Instant::now() {
                self.timer.as_mut().reset(until);
            }
            ready!(self.timer.as_mut().poll(cx));
        }
    }
}

#[cold]
fn dead() -> Error {
    Error::new(
        ErrorKind::Closed,
        "the server did not answer in time on the connection of the subscriptions, which was given up",
    )
}
