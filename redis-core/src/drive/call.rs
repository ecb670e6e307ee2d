//! A command, with its retries, and what makes up for a server that does not know what was called.

use crate::command::{Command, Remedy};
use crate::error::{Delivery, Error, Result};
use crate::reply::FromReply;
use crate::retry::{Decision, Doubt, Failure, RetryPolicy, decide};
use crate::script::{Library, LoadedCode};
use std::time::Duration;

super::both! {
    /// Tries a command until it succeeds or the policy gives up. An attempt that the command's own remedy
    /// makes up for is one with it.
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
            error = command.explain(error);
            if let Some(remedy) = command.remedy_for(&error) {
                match remedied(caller, command, remedy).await {
                    Ok(value) => return Ok(value),
                    Err(next) => error = next,
                }
            }
            error = error.with_attempt(attempt);
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

    /// Makes up for the refusal of a command, and gives it one more chance.
    async fn remedied<T: FromReply, C: Caller>(
        caller: &C,
        command: &Command<'_>,
        remedy: &Remedy,
    ) -> Result<T> {
        if let Remedy::Library(library) = remedy {
            load(caller, library).await?;
        }
        let outcome = match command.whole() {
            Some(whole) => caller.round_trip(&whole).await,
            None => caller.round_trip(command).await,
        };
        outcome.map_err(|error| command.explain(error))
    }

    /// Loads a library. That another client was faster is as good.
    async fn load<C: Caller>(caller: &C, library: &Library) -> Result<()> {
        let load = library.load(false);
        let Err(error) = caller.round_trip::<()>(&load).await else { return Ok(()) };
        if !error.server_error().is_some_and(|error| error.says_library_exists()) {
            return Err(instead_of(&load, error));
        }
        if library.replaces() {
            let ask = library.ask();
            let loaded = caller.round_trip::<LoadedCode>(&ask).await;
            if !library.is(&loaded.map_err(|error| instead_of(&ask, error))?) {
                let replace = library.load(true);
                let replaced = caller.round_trip::<()>(&replace).await;
                replaced.map_err(|error| instead_of(&replace, error))?;
            }
        }
        Ok(())
    }
}

/// An error of what was done for a function that was refused: whatever became of that, it did not run.
#[cold]
fn instead_of(command: &Command<'_>, error: Error) -> Error {
    command.explain(error).with_delivery(Delivery::Rejected)
}
