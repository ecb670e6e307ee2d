//! A function of a library with its keys and arguments.

use super::Library;
use super::invocation::Invocation;
use crate::command::{Command, Remedy, ToArg, ToArgs, table};
use crate::execute::{ExecuteCommand, Response};
use crate::reply::{FromReply, Value};
use std::borrow::Cow;

/// A call of a function of a [`Library`]: its keys and arguments, in whichever order they are given.
#[derive(Clone, Debug)]
#[must_use = "a function runs by `run` or `query`"]
pub struct FunctionCall {
    library: Library,
    function: Cow<'static, str>,
    read_only: bool,
    invocation: Invocation,
}

impl FunctionCall {
    #[inline]
    pub(super) fn new(library: Library, function: Cow<'static, str>) -> Self {
        Self { library, function, read_only: false, invocation: Invocation::new() }
    }

    /// Adds a key; a cluster sends the call where its keys are.
    pub fn key(mut self, key: impl ToArg) -> Self {
        self.invocation = self.invocation.key(&key);
        self
    }

    /// Adds keys.
    pub fn keys(mut self, keys: impl ToArgs) -> Self {
        self.invocation = self.invocation.keys(&keys);
        self
    }

    /// Adds one argument.
    pub fn arg(mut self, argument: impl ToArg) -> Self {
        self.invocation = self.invocation.arg(&argument);
        self
    }

    /// Adds any number of arguments.
    pub fn args(mut self, arguments: impl ToArgs) -> Self {
        self.invocation = self.invocation.args(&arguments);
        self
    }

    /// Calls it as one that only reads (`FCALL_RO`): the library must have registered it with the flag
    /// `no-writes`. It may then run on a replica and be run again where nobody knows whether it ran.
    #[inline]
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Marks it as one that may be run again when nobody knows whether it ran.
    #[inline]
    pub fn repeatable(mut self) -> Self {
        self.invocation = self.invocation.repeatable();
        self
    }

    /// Runs it. What it returns is a [`Value`], or what the executor is [`typed`](ExecuteCommand::typed) for.
    ///
    /// # Errors
    ///
    /// The function's own, with its text verbatim: what it did before stays done. What `FUNCTION LOAD`
    /// answered, where the library had to be loaded and could not be. `ERR Function not found` where the
    /// library is there and has no such function.
    pub fn run<C: ExecuteCommand + ?Sized>(self, executor: &C) -> Response<'_, C, Value> {
        self.query(executor)
    }

    /// Runs it and reads what it returns as `T`.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), and a conversion error where it is no `T`.
    pub fn query<T: FromReply, C: ExecuteCommand + ?Sized>(
        self,
        executor: &C,
    ) -> Response<'_, C, T> {
        executor.execute_command(self.into_command())
    }

    /// The command that calls it and carries the library along: for executors of your own.
    #[inline]
    pub fn into_command(self) -> Command<'static> {
        let spec = if self.read_only { &table::FCALL_RO } else { &table::FCALL };
        let command = self.invocation.into_command(spec, self.function.as_bytes());
        command.with_remedy(Remedy::Library(self.library))
    }
}
