//! A script with its keys and arguments.

use super::Script;
use super::invocation::Invocation;
use crate::command::{Command, Remedy, ToArg, ToArgs, table};
use crate::execute::{ExecuteCommand, Response};
use crate::reply::{FromReply, Value};

/// A call of a [`Script`]: its keys and arguments, in whichever order they are given.
///
/// Run by [`run`](Self::run) or [`query`](Self::query), on whatever executes commands.
///
/// # Example: the reply's type
///
/// ```
/// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
/// use redis_sync::prelude::*;
/// use redis_sync::{Script, Value};
///
/// static SUM: Script = Script::new("return ARGV[1] + ARGV[2]");
///
/// assert_eq!(SUM.args([1, 2]).run(&r)?, Value::Integer(3));
/// assert_eq!(SUM.args([1, 2]).query::<u8, _>(&r)?, 3);
/// assert_eq!(SUM.args([1, 2]).run(&r.typed::<u8>())?, 3);
/// # Ok::<(), redis_sync::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a script runs by `run` or `query`"]
pub struct ScriptCall {
    script: Script,
    invocation: Invocation,
}

impl ScriptCall {
    #[inline]
    pub(super) fn new(script: Script) -> Self {
        Self { script, invocation: Invocation::new() }
    }

    /// Adds a key; a cluster sends the script where its keys are.
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
    /// The script's own, with its text verbatim: what it did before stays done.
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

    /// The command that calls it by its digest and carries the script along: for executors of your own.
    #[inline]
    pub fn into_command(self) -> Command<'static> {
        let spec = if self.script.read_only { &table::EVALSHA_RO } else { &table::EVALSHA };
        let command = self.invocation.into_command(spec, self.script.digest_bytes());
        command.with_remedy(Remedy::Source(self.script))
    }
}

/// A call without keys or arguments.
impl From<&Script> for ScriptCall {
    #[inline]
    fn from(script: &Script) -> Self {
        script.call()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::COPY_THRESHOLD;

    fn words(command: &Command<'_>) -> Vec<String> {
        let words = command.argument_bytes().map(|word| String::from_utf8_lossy(word).into_owned());
        std::iter::once(command.name().into_owned()).chain(words).collect()
    }

    #[test]
    fn keys_are_counted_and_stand_first_however_they_are_given() {
        let script = Script::new("return 1");
        let call = script.arg("a").key("k").args([1, 2]).keys(["l", "m"]).into_command();
        let digest = script.digest();
        assert_eq!(words(&call), ["EVALSHA", digest, "3", "k", "l", "m", "a", "1", "2"]);
        assert_eq!(call.key_bytes().collect::<Vec<_>>(), [b"k", b"l", b"m"]);
        assert!(!call.is_repeatable() && !call.is_read_only());
        assert!(script.call().repeatable().into_command().is_repeatable());
        let none = script.call().into_command();
        assert_eq!(words(&none), ["EVALSHA", digest, "0"]);
    }

    #[test]
    fn one_that_only_reads_says_so_and_may_be_repeated() {
        let script = Script::new("return 1").read_only();
        let call = script.key("k").into_command();
        assert_eq!(words(&call)[0], "EVALSHA_RO");
        assert!(call.is_repeatable() && call.is_read_only());
        let whole = call.whole().expect("it carries the script");
        assert_eq!(words(&whole), ["EVAL_RO", "return 1", "1", "k"]);
        assert!(whole.is_repeatable());
    }

    #[test]
    fn whole_it_has_the_same_keys_arguments_and_options() {
        let script = Script::from_source("-".repeat(COPY_THRESHOLD));
        let large = "x".repeat(COPY_THRESHOLD);
        let call = script.key("k").arg(&large).key(&large).arg("a").repeatable().into_command();
        let whole = call.whole().expect("it carries the script");
        let expected = ["EVAL", script.source(), "2", "k", &large, &large, "a"];
        assert_eq!(words(&whole), expected);
        assert_eq!(whole.key_bytes().collect::<Vec<_>>(), [b"k", large.as_bytes()]);
        assert!(whole.is_repeatable() && !whole.has_remedy());
        let mut by_hand = Command::new(&table::EVAL).arg(expected[1]).arg("2").into_owned();
        by_hand = by_hand.keys(&expected[3..5]).args(&expected[5..]).into_owned();
        assert!(whole.to_bytes() == by_hand.to_bytes());
    }

    #[test]
    fn an_argument_that_has_no_wire_form_is_refused() {
        let script = Script::new("return 1");
        assert!(script.arg(f64::NAN).into_command().check().is_err());
        assert!(script.key(f64::NAN).into_command().check().is_err());
    }
}
