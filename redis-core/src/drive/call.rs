//! A command, with its retries, and what makes up for a server that does not know what was called.

use crate::command::{Command, Remedy};
use crate::error::{Delivery, Error, Result};
use crate::reply::FromReply;
use crate::retry::{Allowance, Decision, Doubt, Failure, RetryPolicy, decide};
use crate::script::{Library, LoadedCode};
use std::time::Duration;

super::both! {
    /// Tries a command until it succeeds, the policy gives up, or the call's time is over. An attempt that
    /// the command's own remedy makes up for is one with it.
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
        let time = command.call_timeout(caller.call_timeout());
        let allowance = Allowance::new(time, || caller.now());
        match attempt(caller, command, allowance).await {
            Ok(value) => Ok(value),
            Err(error) => call_again(caller, command, policy, error, allowance).await,
        }
    }

    /// Goes on after a first attempt that failed with `error`, as long as `allowance` lasts.
    ///
    /// # Errors
    ///
    /// As [`call`].
    pub async fn call_again<T: FromReply, C: Caller>(
        caller: &C,
        command: &Command<'_>,
        policy: &RetryPolicy,
        mut error: Error,
        allowance: Allowance,
    ) -> Result<T> {
        let mut number = 1;
        let mut previous_delay = Duration::ZERO;
        let mut doubt = Doubt::default();
        loop {
            error = command.explain(error);
            if let Some(remedy) = command.remedy_for(&error) {
                match remedied(caller, command, remedy, allowance).await {
                    Ok(value) => return Ok(value),
                    Err(next) => error = next,
                }
            }
            error = error.with_attempt(number);
            let failure = Failure {
                error: &error,
                repeatable: command.is_repeatable(),
                read_only: command.is_read_only(),
                attempt: number,
                previous_delay,
                left: allowance.left(|| caller.now()),
            };
            let Decision::Retry { after } = decide(policy, &failure, caller.random()) else {
                return Err(doubt.settle(error));
            };
            doubt.add(&error);
            caller.retrying(command, &error, after);
            caller.pause(after).await;
            previous_delay = after;
            number = number.saturating_add(1);
            match attempt(caller, command, allowance).await {
                Ok(value) => return Ok(value),
                Err(next) => error = next,
            }
        }
    }

    /// One attempt, in the time that is left.
    async fn attempt<T: FromReply, C: Caller>(
        caller: &C,
        command: &Command<'_>,
        allowance: Allowance,
    ) -> Result<T> {
        caller.round_trip(command, allowance.left(|| caller.now())).await
    }

    /// Makes up for the refusal of a command, and gives it one more chance.
    async fn remedied<T: FromReply, C: Caller>(
        caller: &C,
        command: &Command<'_>,
        remedy: &Remedy,
        allowance: Allowance,
    ) -> Result<T> {
        if let Remedy::Library(library) = remedy {
            load(caller, library, allowance).await?;
        }
        let outcome = match command.whole() {
            Some(whole) => attempt(caller, &whole, allowance).await,
            None => attempt(caller, command, allowance).await,
        };
        outcome.map_err(|error| command.explain(error))
    }

    /// Loads a library. That another client was faster is as good.
    async fn load<C: Caller>(caller: &C, library: &Library, allowance: Allowance) -> Result<()> {
        let load = library.load(false);
        let Err(error) = attempt::<(), C>(caller, &load, allowance).await else { return Ok(()) };
        if !error.server_error().is_some_and(|error| error.says_library_exists()) {
            return Err(instead_of(&load, error));
        }
        if library.replaces() {
            let ask = library.ask();
            let loaded = attempt::<LoadedCode, C>(caller, &ask, allowance).await;
            if !library.is(&loaded.map_err(|error| instead_of(&ask, error))?) {
                let replace = library.load(true);
                let replaced = attempt::<(), C>(caller, &replace, allowance).await;
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
