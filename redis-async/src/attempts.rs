//! The explicit loop over attempts.

use crate::command_future::CommandFuture;
use crate::mode::Async;
use crate::random::random;
use crate::redis::Redis;
use crate::retrying;
use redis_core::command::Command;
use redis_core::resp::Frame;
use redis_core::retry::{Attempts as State, Next, Outcome, RetryPolicy};
use redis_core::{ExecuteCommand, FromReply, Result};
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A loop over attempts, made by [`Redis::retry`].
///
/// It pauses between attempts as its policy says, and not at all where an empty reply was the answer. It
/// ends when an attempt was answered, when the policy gives up, and when an attempt was not run.
#[must_use = "attempts are made by asking for the next"]
pub struct Attempts<'r> {
    redis: &'r Redis,
    state: State,
}

/// One attempt.
#[must_use = "an attempt that is not run ends the loop"]
pub struct Attempt<'t, 'r> {
    redis: &'r Redis,
    state: &'t mut State,
    number: u32,
}

/// What the body of an attempt executes its commands on: the same client, which repeats nothing by
/// itself.
#[derive(Clone)]
pub struct Observed<'r> {
    redis: &'r Redis,
    /// Whether the last reply was empty.
    empty: Arc<AtomicBool>,
}

impl<'r> Attempts<'r> {
    #[inline]
    pub(crate) fn new(redis: &'r Redis, policy: RetryPolicy) -> Self {
        Self { redis, state: State::new(policy) }
    }

    /// The next attempt, after the pause before it; `None` when the loop is over.
    #[inline]
    pub async fn next(&mut self) -> Option<Attempt<'_, 'r>> {
        loop {
            match self.state.next() {
                Next::Run(number) => {
                    return Some(Attempt { redis: self.redis, state: &mut self.state, number });
                }
                Next::Wait(time) => tokio::time::sleep(time).await,
                Next::Finished => return None,
            }
        }
    }
}

impl<'r> Attempt<'_, 'r> {
    /// Its number, from 1.
    #[inline]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Runs the body and records what came of it: an answer ends the loop, a nil or empty one asks again
    /// at once, an error as the policy says.
    ///
    /// # Errors
    ///
    /// The body's.
    ///
    /// # Cancellation
    ///
    /// Dropped before the body is done, it ends the loop.
    pub async fn run<T, F: Future<Output = Result<T>>>(
        self,
        body: impl FnOnce(Observed<'r>) -> F,
    ) -> Result<T> {
        let empty = Arc::new(AtomicBool::new(false));
        let observed = Observed { redis: self.redis, empty: Arc::clone(&empty) };
        let result = body(observed).await;
        let outcome = match &result {
            Ok(_) if empty.load(Ordering::Relaxed) => Outcome::Empty,
            Ok(_) => Outcome::Answered,
            Err(error) => Outcome::Failed(error.clone()),
        };
        self.state.record(outcome, random());
        result
    }
}

impl Observed<'_> {
    #[inline]
    async fn carry_out(&self, mut command: Command<'static>) -> Result<Frame> {
        let options = command.options_mut();
        if options.get_retry().is_none() {
            *options = std::mem::take(options).retry(RetryPolicy::none());
        }
        let frame = retrying::from_first(self.redis.pool(), command).await?;
        let reply = frame.reply();
        let empty = reply.is_nil() || reply.items().is_ok_and(|items| items.len() == 0);
        self.empty.store(empty, Ordering::Relaxed);
        Ok(frame)
    }
}

impl ExecuteCommand for Observed<'_> {
    type Mode = Async;

    fn execute_command<T: FromReply>(&self, command: Command<'_>) -> CommandFuture<'_, T> {
        let mut command = command.into_owned();
        if let Err(error) = command.check().and_then(|()| command.check_shared()) {
            return CommandFuture::ready(Err(error));
        }
        let (name, spec) = (command.name(), command.spec());
        let endpoint = self.redis.pool().config().endpoint();
        CommandFuture::slow(Box::pin(self.carry_out(command)), name, spec, endpoint)
    }
}

impl fmt::Debug for Attempts<'_> {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempts").finish_non_exhaustive()
    }
}

impl fmt::Debug for Attempt<'_, '_> {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").field("number", &self.number).finish_non_exhaustive()
    }
}

impl fmt::Debug for Observed<'_> {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observed").finish_non_exhaustive()
    }
}
