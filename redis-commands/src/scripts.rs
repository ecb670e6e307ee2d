//! Scripts: run by their source or their digest, and what the server keeps of them.
//!
//! Decides how these commands are written and what their replies are. What sends a script by its digest and
//! whole where the server does not know it is [`Script`](redis_core::Script).

use crate::management::FlushOptions;
use redis_core::command::{Command, ToArg, ToArgs, table};
use redis_core::{BulkString, ExecuteCommand, Response, Value};

/// Commands on scripts.
///
/// A [`Script`](redis_core::Script) is more comfortable than [`eval`](Self::eval) and
/// [`evalsha`](Self::evalsha), and sends its source only where it must: see
/// [`run_script`](ExecuteCommand::run_script).
pub trait ScriptCommands: ExecuteCommand {
    /// Runs a script by its source.
    ///
    /// # Reply
    ///
    /// What the script returns.
    ///
    /// # Errors
    ///
    /// The script's own: what it did before stays done.
    ///
    /// [`EVAL`](https://redis.io/docs/latest/commands/eval/) · since 2.6.0 · Depends on the script that is executed.
    ///
    /// # Example: read a key and add to it
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("eval:n", 40)?;
    /// let source = "return redis.call('GET', KEYS[1]) + ARGV[1]";
    /// let sum: i64 = redis.typed().eval(source, "eval:n", 2)?;
    /// assert_eq!(sum, 42);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn eval(
        &self,
        source: impl ToArg,
        keys: impl ToArgs,
        arguments: impl ToArgs,
    ) -> Response<'_, Self, Value> {
        let command = Command::new(&table::EVAL).arg(&source).counted_keys(&keys);
        self.execute_command(command.args(&arguments))
    }

    /// Runs a script that only reads by its source: on replicas too, and again where its reply was lost.
    ///
    /// # Reply
    ///
    /// What the script returns.
    ///
    /// # Errors
    ///
    /// The script's own; `ERR` where it writes.
    ///
    /// [`EVAL_RO`](https://redis.io/docs/latest/commands/eval_ro/) · since 7.0.0 · Depends on the script that is executed.
    ///
    /// # Example: two keys at one moment
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.mset([("eval_ro:a", 1), ("eval_ro:b", 2)])?;
    /// let source = "return redis.call('GET', KEYS[1]) + redis.call('GET', KEYS[2])";
    /// let sum: i64 = redis.typed().eval_ro(source, ["eval_ro:a", "eval_ro:b"], ())?;
    /// assert_eq!(sum, 3);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn eval_ro(
        &self,
        source: impl ToArg,
        keys: impl ToArgs,
        arguments: impl ToArgs,
    ) -> Response<'_, Self, Value> {
        let command = Command::new(&table::EVAL_RO).arg(&source).counted_keys(&keys);
        self.execute_command(command.args(&arguments))
    }

    /// Runs a script by its digest.
    ///
    /// # Reply
    ///
    /// What the script returns.
    ///
    /// # Errors
    ///
    /// `NOSCRIPT` where the server does not know it; the script's own.
    ///
    /// [`EVALSHA`](https://redis.io/docs/latest/commands/evalsha/) · since 2.6.0 · Depends on the script that is executed.
    ///
    /// # Example: loaded before
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let digest = redis.script_load("return redis.call('SET', KEYS[1], ARGV[1]).ok")?;
    /// assert_eq!(redis.typed::<String>().evalsha(&digest, "evalsha:greeting", "hello")?, "OK");
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn evalsha(
        &self,
        digest: impl ToArg,
        keys: impl ToArgs,
        arguments: impl ToArgs,
    ) -> Response<'_, Self, Value> {
        let command = Command::new(&table::EVALSHA).arg(&digest).counted_keys(&keys);
        self.execute_command(command.args(&arguments))
    }

    /// Runs a script that only reads by its digest: on replicas too, and again where its reply was lost.
    ///
    /// # Reply
    ///
    /// What the script returns.
    ///
    /// # Errors
    ///
    /// `NOSCRIPT` where the server does not know it; the script's own; `ERR` where it writes.
    ///
    /// [`EVALSHA_RO`](https://redis.io/docs/latest/commands/evalsha_ro/) · since 7.0.0 · Depends on the script that is executed.
    ///
    /// # Example: loaded before
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let digest = redis.script_load("return redis.call('EXISTS', KEYS[1])")?;
    /// assert_eq!(redis.typed::<bool>().evalsha_ro(&digest, "evalsha_ro:nothing", ())?, false);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn evalsha_ro(
        &self,
        digest: impl ToArg,
        keys: impl ToArgs,
        arguments: impl ToArgs,
    ) -> Response<'_, Self, Value> {
        let command = Command::new(&table::EVALSHA_RO).arg(&digest).counted_keys(&keys);
        self.execute_command(command.args(&arguments))
    }

    /// Which of these digests are of scripts that the server knows.
    ///
    /// # Reply
    ///
    /// One answer for each digest, in order.
    ///
    /// [`SCRIPT EXISTS`](https://redis.io/docs/latest/commands/script-exists/) · since 2.6.0 · O(N) with N being the
    /// number of scripts to check (so checking a single script is an O(1) operation).
    ///
    /// # Example: one that it knows and one that it does not
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let digest = redis.script_load("return 'script_exists'")?;
    /// assert_eq!(redis.script_exists([digest.as_str(), "no digest"])?, [true, false]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn script_exists(&self, digests: impl ToArgs) -> Response<'_, Self, Vec<bool>> {
        let command = Command::new(&table::SCRIPT_EXISTS).args(&digests);
        self.execute_command(command.at_least(1, "digests"))
    }

    /// Has the server forget all scripts.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// [`SCRIPT FLUSH`](https://redis.io/docs/latest/commands/script-flush/) · since 2.6.0 · O(N) with N being the
    /// number of scripts in cache
    ///
    /// # Example: begin anew
    ///
    /// ```no_run
    /// # use redis_sync::prelude::*;
    /// # let redis = Redis::new();
    /// redis.script_flush()?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn script_flush(&self) -> Response<'_, Self, ()> {
        self.script_flush_with(FlushOptions::new())
    }

    /// The same, its memory freed at once or in the background (6.2.0).
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// [`SCRIPT FLUSH`](https://redis.io/docs/latest/commands/script-flush/) · since 2.6.0 · O(N) with N being the
    /// number of scripts in cache
    ///
    /// # Example: without a pause
    ///
    /// ```no_run
    /// # use redis_sync::prelude::*;
    /// # use redis_sync::FlushOptions;
    /// # let redis = Redis::new();
    /// redis.script_flush_with(FlushOptions::in_background())?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn script_flush_with(&self, options: FlushOptions) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::SCRIPT_FLUSH).args(&options))
    }

    /// What the commands on scripts are, in the server's words.
    ///
    /// # Reply
    ///
    /// Lines of text.
    ///
    /// [`SCRIPT HELP`](https://redis.io/docs/latest/commands/script-help/) · since 5.0.0 · O(1)
    ///
    /// # Example: read it
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// assert!(redis.script_help()?.iter().any(|line| line.starts_with("EXISTS")));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn script_help(&self) -> Response<'_, Self, Vec<String>> {
        self.execute_command(Command::new(&table::SCRIPT_HELP))
    }

    /// Ends the script that is running, if it has not written yet.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// # Errors
    ///
    /// `NOTBUSY` where none is running; `UNKILLABLE` where it has written; `BUSY` where a function is running.
    ///
    /// [`SCRIPT KILL`](https://redis.io/docs/latest/commands/script-kill/) · since 2.6.0 · O(1)
    ///
    /// # Example: none is running
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # use redis_sync::{ErrorKind, ServerErrorKind};
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let error = redis.script_kill().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Server(ServerErrorKind::NotBusy));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn script_kill(&self) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::SCRIPT_KILL))
    }

    /// Has the server learn a script without running it.
    ///
    /// # Reply
    ///
    /// Its digest.
    ///
    /// # Errors
    ///
    /// `ERR` where it does not compile.
    ///
    /// [`SCRIPT LOAD`](https://redis.io/docs/latest/commands/script-load/) · since 2.6.0 · O(N) with N being the length
    /// in bytes of the script body.
    ///
    /// # Example: before it is needed
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// assert_eq!(redis.script_load("return 1")?, "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn script_load(&self, source: impl ToArg) -> Response<'_, Self, String> {
        self.execute_command(Command::new(&table::SCRIPT_LOAD).arg(&source))
    }

    /// The source of a script that the server knows. Of Valkey.
    ///
    /// # Reply
    ///
    /// The source.
    ///
    /// # Errors
    ///
    /// `NOSCRIPT` where it does not know it.
    ///
    /// [`SCRIPT SHOW`](https://valkey.io/commands/script-show/) · since 8.0.0 · O(1).
    ///
    /// # Example: what a digest stands for
    ///
    /// ```no_run
    /// # use redis_sync::prelude::*;
    /// # let redis = Redis::new();
    /// let source = redis.script_show("e0e1f9fabfc9d4800c877a703b823ac0578ff8db")?;
    /// assert_eq!(source, "return 1");
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn script_show(&self, digest: impl ToArg) -> Response<'_, Self, BulkString> {
        self.execute_command(Command::new(&table::SCRIPT_SHOW).arg(&digest))
    }
}

impl<C: ExecuteCommand + ?Sized> ScriptCommands for C {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{read, refusal, sent, wire};
    use redis_core::Script;

    #[test]
    fn commands_are_written_as_the_reference_says() {
        assert_eq!(wire(|c| c.eval("s", ["a", "b"], [1, 2])), "EVAL s 2 [a] [b] 1 2");
        assert_eq!(wire(|c| c.eval("s", (), ())), "EVAL s 0");
        assert_eq!(wire(|c| c.eval_ro("s", "a", ())), "EVAL_RO s 1 [a]");
        assert_eq!(wire(|c| c.evalsha("d", ["a", "b"], [1, 2])), "EVALSHA d 2 [a] [b] 1 2");
        assert_eq!(wire(|c| c.evalsha_ro("d", (), "x")), "EVALSHA_RO d 0 x");
        assert_eq!(wire(|c| c.script_exists(["d", "e"])), "SCRIPT EXISTS d e");
        assert_eq!(wire(|c| c.script_flush()), "SCRIPT FLUSH");
        let flush = |options| wire(|c| c.script_flush_with(options));
        assert_eq!(flush(FlushOptions::at_once()), "SCRIPT FLUSH SYNC");
        assert_eq!(flush(FlushOptions::in_background()), "SCRIPT FLUSH ASYNC");
        assert_eq!(wire(|c| c.script_help()), "SCRIPT HELP");
        assert_eq!(wire(|c| c.script_kill()), "SCRIPT KILL");
        assert_eq!(wire(|c| c.script_load("return 1")), "SCRIPT LOAD return 1");
        assert_eq!(wire(|c| c.script_show("d")), "SCRIPT SHOW d");
    }

    #[test]
    fn a_script_is_sent_by_its_digest() {
        let script = Script::new("return 1");
        let digest = script.digest();
        let call = || script.key("k").arg(1);
        assert_eq!(wire(|c| c.run_script(call())), format!("EVALSHA {digest} 1 [k] 1"));
        assert_eq!(wire(|c| call().run(c)), format!("EVALSHA {digest} 1 [k] 1"));
        assert_eq!(wire(|c| c.run_script(&script)), format!("EVALSHA {digest} 0"));
        assert!(sent(|c| c.run_script(&script)).has_remedy());
    }

    #[test]
    fn replies_are_read_alike_on_both_protocols() {
        let known = read("*2 :1 :0 ", "*2 :1 :0 ", |c| c.script_exists(["d", "e"]));
        assert_eq!(known, [true, false]);
    }

    #[test]
    fn digests_are_needed() {
        let empty: [&str; 0] = [];
        let refused = refusal(|c| c.script_exists(empty));
        assert_eq!(refused, "SCRIPT EXISTS: `digests` is empty: at least one is needed");
    }
}
