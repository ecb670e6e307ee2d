//! The explicit loop over attempts.

use crate::mode::Blocking;
use crate::random::random;
use redis_core::command::Command;
use redis_core::retry::{Attempts as State, Next, Outcome, RetryPolicy};
use redis_core::{ExecuteCommand, FromReply, Reply, Result};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

/// A loop over attempts, made by [`Redis::retry`](crate::Redis::retry).
///
/// It pauses between attempts as its policy says, and not at all where an empty reply was the answer. It
/// ends when an attempt was answered, when the policy gives up, and when an attempt was not run.
#[must_use = "attempts are made by iterating"]
pub struct Attempts<'c, C: ?Sized> {
    executor: &'c C,
    state: Rc<RefCell<State>>,
}

/// One attempt.
#[must_use = "an attempt that is not run ends the loop"]
pub struct Attempt<'c, C: ?Sized> {
    executor: &'c C,
    state: Rc<RefCell<State>>,
    number: u32,
}

/// What the body of an attempt executes its commands on: the same executor, which repeats nothing by
/// itself.
pub struct Observed<'c, C: ?Sized> {
    executor: &'c C,
    /// Whether the last reply was empty.
    empty: Cell<bool>,
}

impl<'c, C: ?Sized> Attempts<'c, C> {
    pub(crate) fn new(executor: &'c C, policy: RetryPolicy) -> Self {
        Self { executor, state: Rc::new(RefCell::new(State::new(policy))) }
    }
}

impl<'c, C: ?Sized> Iterator for Attempts<'c, C> {
    type Item = Attempt<'c, C>;

    fn next(&mut self) -> Option<Attempt<'c, C>> {
        loop {
            let next = self.state.borrow_mut().next();
            match next {
                Next::Run(number) => {
                    let state = Rc::clone(&self.state);
                    return Some(Attempt { executor: self.executor, state, number });
                }
                Next::Wait(time) => std::thread::sleep(time),
                Next::Finished => return None,
            }
        }
    }
}

impl<C: ExecuteCommand<Mode = Blocking> + ?Sized> Attempt<'_, C> {
    /// Its number, from 1.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Runs the body and records what came of it: an answer ends the loop, a nil or empty one asks again
    /// at once, an error as the policy says.
    ///
    /// # Errors
    ///
    /// The body's.
    pub fn run<T>(self, body: impl FnOnce(&Observed<'_, C>) -> Result<T>) -> Result<T> {
        let observed = Observed { executor: self.executor, empty: Cell::new(false) };
        let result = body(&observed);
        let outcome = match &result {
            Ok(_) if observed.empty.get() => Outcome::Empty,
            Ok(_) => Outcome::Answered,
            Err(error) => Outcome::Failed(error.clone()),
        };
        self.state.borrow_mut().record(outcome, random());
        result
    }
}

impl<C: ExecuteCommand<Mode = Blocking> + ?Sized> ExecuteCommand for Observed<'_, C> {
    type Mode = Blocking;

    fn execute_command<T: FromReply>(&self, mut command: Command<'_>) -> Result<T> {
        let options = command.options_mut();
        if options.get_retry().is_none() {
            *options = std::mem::take(options).retry(RetryPolicy::none());
        }
        let Noted { value, empty } = self.executor.execute_command::<Noted<T>>(command)?;
        self.empty.set(empty);
        Ok(value)
    }
}

/// A reply, and whether there was anything in it.
struct Noted<T> {
    value: T,
    empty: bool,
}

impl<T: FromReply> FromReply for Noted<T> {
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let empty = reply.is_nil() || reply.items().is_ok_and(|items| items.len() == 0);
        Ok(Self { value: T::from_reply(reply)?, empty })
    }
}

impl<C: ?Sized> fmt::Debug for Attempts<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempts").finish_non_exhaustive()
    }
}

impl<C: ?Sized> fmt::Debug for Attempt<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").field("number", &self.number).finish_non_exhaustive()
    }
}

impl<C: ?Sized> fmt::Debug for Observed<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observed").finish_non_exhaustive()
    }
}
