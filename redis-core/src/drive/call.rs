//! A command, with its retries.

use crate::command::Command;
use crate::error::{Error, Result};
use crate::reply::FromReply;
use crate::retry::{Decision, Doubt, Failure, RetryPolicy, decide};
use std::time::Duration;

super::both! {
    /// Tries a command until it succeeds or the policy gives up.
    ///
    /// # Errors
    ///
    /// The last attempt's error, with the command's name and the number of the attempt, and what all
    /// attempts together say of its delivery.
    pub async fn call<T: FromReply, C: Caller>(
        caller: &C,
        command: &Command<'_>,
        policy: &RetryPolicy,
    ) -> Result<T> {
        match caller.round_trip(command).await {
            Ok(value) => Ok(value),
            Err(error) => call_again(caller, command, policy, error).await,
        }
    }

    /// Goes on after a first attempt that failed with `error`.
    ///
    /// # Errors
    ///
    /// As [`call`].
    pub async fn call_again<T: FromReply, C: Caller>(
        caller: &C,
        command: &Command<'_>,
        policy: &RetryPolicy,
        mut error: Error,
    ) -> Result<T> {
        let mut attempt = 1;
        let mut previous_delay = Duration::ZERO;
        let mut doubt = Doubt::default();
        loop {
            error = command.explain(error).with_attempt(attempt);
            let failure = Failure {
                error: &error,
                repeatable: command.is_repeatable(),
                read_only: command.is_read_only(),
                attempt,
                previous_delay,
            };
            let Decision::Retry { after } = decide(policy, &failure, caller.random()) else {
                return Err(doubt.settle(error));
            };
            doubt.add(&error);
            caller.retrying(command, &error, after);
            caller.pause(after).await;
            previous_delay = after;
            attempt = attempt.saturating_add(1);
            match caller.round_trip(command).await {
                Ok(value) => return Ok(value),
                Err(next) => error = next,
            }
        }
    }
}
