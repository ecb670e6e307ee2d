//! What goes on after a first attempt, and what needs a connection of its own.
//!
//! The loop is [`drive`](redis_core::drive)'s. This module decides which connection an attempt goes
//! over, and keeps the reply as a frame, so that the loop exists once and not once for each reply type.

use crate::lending::now;
use crate::link::overdue;
use crate::multiplexer::{Multiplexer, no_runtime};
use crate::pool::Pool;
use crate::random::random;
use crate::resolver::BoxFuture;
use redis_core::command::{Block, Command};
use redis_core::connection::slots::SlotId;
use redis_core::drive::AsyncCaller;
use redis_core::drive::nonblocking::call_again;
use redis_core::event::Event;
use redis_core::pool::Purpose;
use redis_core::recorder::CommandRecord;
use redis_core::resp::Frame;
use redis_core::retry::{Allowance, RetryPolicy, shorter, wants_new_connection};
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
pub(crate) fn after_first<'a>(
    pool: &'a Pool,
    command: Command<'static>,
    error: Error,
    started: Option<Instant>,
) -> BoxFuture<'a, Result<Frame>> {
    Box::pin(attempts(pool, command, Some(error), started))
}

/// Carries a command out from its first attempt on: over a connection of its own if it keeps one waiting. In a
/// box goes on, too, whose time is limited as a whole.
pub(crate) fn from_first<'a>(
    pool: &'a Pool,
    command: Command<'static>,
) -> BoxFuture<'a, Result<Frame>> {
    Box::pin(attempts(pool, command, None, None))
}

/// Tries until there is an end to it; `failed` is what a first attempt came to that was made already.
async fn attempts(
    pool: &Pool,
    command: Command<'static>,
    failed: Option<Error>,
    started: Option<Instant>,
) -> Result<Frame> {
    let (route, started) = match (&failed, command.blocking()) {
        (Some(_), _) => (Route::Shared, started),
        (None, block) => {
            has_runtime()?;
            let started = pool.dialer().recording.then(Instant::now);
            (if block == Block::No { Route::Shared } else { Route::Exclusive }, started)
        }
    };
    let caller = Caller::new(pool, route);
    // who has tried already has no end to heed: who has one goes on here from the first attempt
    let time = command.call_timeout(caller.call_timeout()).filter(|_| failed.is_none());
    let allowance = Allowance::new(time, now);
    let first = match failed {
        Some(error) => Err(caller.describe(caller.limit(&command), error)),
        None => caller.round_trip(&command, time).await,
    };
    let outcome = match first {
        Ok(()) => Ok(()),
        Err(error) => {
            call_again(&caller, &command, caller.policy(&command), error, allowance).await
        }
    };
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
    fn describe(&self, limit: Option<Duration>, error: Error) -> Error {
        // of the shared connection's own timeouts; those of opening it say for themselves what they were
        let told = error.timeout_kind().filter(|kind| {
            matches!(self.route, Route::Shared)
                && matches!(kind, TimeoutKind::Acquire | TimeoutKind::Reply)
        });
        let error = match (told, limit) {
            (Some(kind), Some(limit)) => error.with_message(overdue(kind, limit)),
            _ => error,
        };
        error.with_endpoint(self.pool.config().endpoint())
    }

    async fn attempt(
        &self,
        command: &Command<'_>,
        limit: Option<Duration>,
        allowance: Allowance,
    ) -> Result<Frame> {
        match self.route {
            Route::Shared => Once::within(&self.pool.current().multiplexer, command, limit).await,
            Route::Exclusive => self.attempt_alone(command, limit, allowance).await,
        }
    }

    /// One attempt over a connection of its own; in a box, so that there is one of it.
    fn attempt_alone<'c>(
        &'c self,
        command: &'c Command<'_>,
        limit: Option<Duration>,
        allowance: Allowance,
    ) -> BoxFuture<'c, Result<Frame>> {
        Box::pin(async move {
            let lending = &self.pool.current().lending;
            let left = allowance.left(now);
            let mut leased = lending.acquire_within(Purpose::of(command), left).await?;
            leased.note_blocked();
            let limit = shorter(limit, allowance.left(now));
            let frame = leased.link_mut().exchange(command, limit).await?;
            if frame.reply().error().is_some_and(|error| wants_new_connection(&error)) {
                leased.spoil();
            }
            Ok(frame)
        })
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
    async fn round_trip<T: FromReply>(
        &self,
        command: &Command<'_>,
        left: Option<Duration>,
    ) -> Result<T> {
        let allowance = Allowance::new(left, now);
        let limit = shorter(self.limit(command), left);
        let outcome = self.attempt(command, limit, allowance).await;
        let frame = outcome.map_err(|error| self.describe(limit, error))?;
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

    fn call_timeout(&self) -> Option<Duration> {
        self.pool.config().call_timeout()
    }

    fn now(&self) -> std::time::Instant {
        now()
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
    limit: Option<Duration>,
    slot: Option<SlotId>,
}

impl<'c> Once<'c> {
    pub(crate) fn new(link: &'c Multiplexer, command: &'c Command<'c>) -> Self {
        Self::within(link, command, command.reply_timeout(link.usual()))
    }

    /// `limit` is how long the reply may take.
    pub(crate) fn within(
        link: &'c Multiplexer,
        command: &'c Command<'c>,
        limit: Option<Duration>,
    ) -> Self {
        Self { link, command, limit, slot: None }
    }
}

impl Future for Once<'_> {
    type Output = Result<Frame>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Frame>> {
        match self.slot {
            None => {
                self.slot = Some(self.link.submit_within(self.command, self.limit, cx)?);
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
