//! What goes on after a first attempt, and what needs a connection of its own.
//!
//! The loop is [`drive`](redis_core::drive)'s. This module decides which connection an attempt goes
//! over, and keeps the reply as a frame, so that the loop exists once and not once for each reply type.

use crate::link::overdue;
use crate::multiplexer::{Multiplexer, no_runtime};
use crate::pool::Pool;
use crate::random::random;
use redis_core::command::{Block, Command};
use redis_core::connection::slots::SlotId;
use redis_core::drive::AsyncCaller;
use redis_core::drive::nonblocking::{call, call_again};
use redis_core::event::Event;
use redis_core::pool::Purpose;
use redis_core::recorder::CommandRecord;
use redis_core::resp::Frame;
use redis_core::retry::{RetryPolicy, wants_new_connection};
use redis_core::{Error, ErrorKind, FromReply, Result, TimeoutKind};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::Instant;

/// Goes on with a command whose first attempt, over the shared connection, failed with `error`.
pub(crate) async fn after_first(
    pool: &Pool,
    command: Command<'static>,
    error: Error,
    started: Option<Instant>,
) -> Result<Frame> {
    let caller = Caller::new(pool, Route::Shared);
    let error = caller.describe(&command, error);
    let outcome = call_again::<(), _>(&caller, &command, caller.policy(&command), error).await;
    caller.finish(&command, outcome, started)
}

/// Carries a command out from its first attempt on: over a connection of its own if it keeps one waiting.
pub(crate) async fn from_first(pool: &Pool, command: Command<'static>) -> Result<Frame> {
    has_runtime()?;
    let started = pool.dialer().recording.then(Instant::now);
    let route = if command.blocking() == Block::No { Route::Shared } else { Route::Exclusive };
    let caller = Caller::new(pool, route);
    let outcome = call::<(), _>(&caller, &command, caller.policy(&command)).await;
    caller.finish(&command, outcome, started)
}

/// Refuses to go on where there is no runtime.
pub(crate) fn has_runtime() -> Result<()> {
    Handle::try_current().map(drop).map_err(|_| no_runtime())
}

#[derive(Clone, Copy)]
enum Route {
    Shared,
    Exclusive,
}

struct Caller<'p> {
    pool: &'p Pool,
    route: Route,
    frame: Mutex<Option<Frame>>,
    attempts: AtomicU32,
}

impl<'p> Caller<'p> {
    fn new(pool: &'p Pool, route: Route) -> Self {
        Self { pool, route, frame: Mutex::new(None), attempts: AtomicU32::new(1) }
    }

    fn policy<'c>(&self, command: &'c Command<'_>) -> &'c RetryPolicy
    where
        'p: 'c,
    {
        let own = command.options().and_then(|options| options.get_retry());
        own.unwrap_or_else(|| self.pool.config().retry())
    }

    fn limit(&self, command: &Command<'_>) -> Option<Duration> {
        command.reply_timeout(self.pool.config().response_timeout())
    }

    /// Says which time was over, and whose connection it was.
    fn describe(&self, command: &Command<'_>, error: Error) -> Error {
        // of the shared connection's own timeouts; those of opening it say for themselves what they were
        let told = error.timeout_kind().filter(|kind| {
            matches!(self.route, Route::Shared)
                && matches!(kind, TimeoutKind::Acquire | TimeoutKind::Reply)
        });
        let error = match (told, self.limit(command)) {
            (Some(kind), Some(limit)) => error.with_message(overdue(kind, limit)),
            _ => error,
        };
        error.with_endpoint(self.pool.config().endpoint())
    }

    async fn attempt(&self, command: &Command<'_>) -> Result<Frame> {
        match self.route {
            Route::Shared => Once::new(&self.pool.current().multiplexer, command).await,
            Route::Exclusive => {
                let lending = &self.pool.current().lending;
                let mut leased = lending.acquire(Purpose::of(command)).await?;
                leased.note_blocked();
                let frame = leased.link_mut().exchange(command, self.limit(command)).await?;
                if frame.reply().error().is_some_and(|error| wants_new_connection(&error)) {
                    leased.spoil();
                }
                Ok(frame)
            }
        }
    }

    fn finish(
        self,
        command: &Command<'_>,
        outcome: Result<()>,
        started: Option<Instant>,
    ) -> Result<Frame> {
        let frame = self.frame.into_inner().unwrap_or_else(PoisonError::into_inner);
        let result = outcome.and_then(|()| {
            let mut frame = frame.ok_or_else(|| {
                Error::new(ErrorKind::Closed, "the reply was lost on its way to the caller")
            })?;
            frame.reshape(command.reply_shape());
            Ok(frame)
        });
        if let Some(started) = started {
            let (name, attempts) = (command.name(), self.attempts.into_inner());
            let error = result.as_ref().err();
            let record = CommandRecord::new(&name, attempts, started.elapsed(), error);
            self.pool.config().recorder().command_finished(&record);
        }
        result
    }
}

impl AsyncCaller for Caller<'_> {
    async fn round_trip<T: FromReply>(&self, command: &Command<'_>) -> Result<T> {
        let outcome = self.attempt(command).await;
        let frame = outcome.map_err(|error| self.describe(command, error))?;
        let read = T::from_reply(frame.reply()).map_err(|error| {
            let error = match self.route {
                Route::Shared => error,
                Route::Exclusive => self.pool.current().lending.ended(error),
            };
            error.with_endpoint(self.pool.config().endpoint())
        });
        *self.frame.lock().unwrap_or_else(PoisonError::into_inner) = Some(frame);
        read
    }

    async fn pause(&self, time: Duration) {
        if !time.is_zero() {
            tokio::time::sleep(time).await;
        }
    }

    fn random(&self) -> u64 {
        random()
    }

    fn retrying(&self, command: &Command<'_>, error: &Error, after: Duration) {
        self.attempts.fetch_add(1, Ordering::Relaxed);
        tell(self.pool, command, error, after);
    }
}

/// Tells that a command is about to be tried again.
pub(crate) fn tell(pool: &Pool, command: &Command<'_>, error: &Error, after: Duration) {
    let (name, attempt) = (command.name(), error.context().attempt.unwrap_or(1));
    let config = pool.config();
    pool.count_retry();
    config.recorder().command_retried(&name, attempt, error, after);
    config.events().emit_with(|| Event::Retried {
        command: name,
        error: error.clone(),
        attempt,
        after,
    });
}

/// One attempt over a shared connection.
pub(crate) struct Once<'c> {
    link: &'c Multiplexer,
    command: &'c Command<'c>,
    slot: Option<SlotId>,
}

impl<'c> Once<'c> {
    pub(crate) fn new(link: &'c Multiplexer, command: &'c Command<'c>) -> Self {
        Self { link, command, slot: None }
    }
}

impl Future for Once<'_> {
    type Output = Result<Frame>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Frame>> {
        match self.slot {
            None => {
                self.slot = Some(self.link.submit(self.command, &mut None, cx)?);
                Poll::Pending
            }
            Some(id) => {
                let (outcome, _) = ready!(self.link.poll_reply(id, cx));
                self.slot = None;
                Poll::Ready(outcome)
            }
        }
    }
}

impl Drop for Once<'_> {
    fn drop(&mut self) {
        if let Some(id) = self.slot {
            self.link.abandon(id);
        }
    }
}
