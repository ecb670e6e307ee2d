//! Functions: called by name, and loaded in libraries that the server keeps with its data.
//!
//! Decides how these commands are written and what their replies are. What loads a library where a function
//! of it is missing is [`Library`](redis_core::Library).

use crate::function_options::{FunctionListOptions, FunctionLoadOptions, FunctionRestorePolicy};
use crate::function_replies::{FunctionStats, LoadedLibrary};
use crate::management::FlushOptions;
use redis_core::command::{Command, ToArg, ToArgs, table};
use redis_core::{BulkString, ExecuteCommand, Response, Value};

/// Commands on functions (7.0.0).
///
/// A [`Library`](redis_core::Library) carries the code along and loads it where it is missing.
pub trait FunctionCommands: ExecuteCommand {
    /// Calls a function.
    ///
    /// # Reply
    ///
    /// What the function returns.
    ///
    /// # Errors
    ///
    /// `ERR` where there is no such function; the function's own: what it did before stays done.
    ///
    /// [`FCALL`](https://redis.io/docs/latest/commands/fcall/) · since 7.0.0 · Depends on the function that is executed.
    ///
    /// # Example: a function of a library of one's own
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # use redis_sync::FunctionLoadOptions;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let code = "#!lua name=fcall_docs
    ///     redis.register_function('fcall_docs', function(keys, args)
    ///         return redis.call('INCRBY', keys[1], args[1])
    ///     end)";
    /// redis.function_load_with(code, FunctionLoadOptions::new().replace())?;
    /// redis.set("fcall:n", 40)?;
    /// assert_eq!(redis.typed::<i64>().fcall("fcall_docs", "fcall:n", 2)?, 42);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn fcall(
        &self,
        function: impl ToArg,
        keys: impl ToArgs,
        arguments: impl ToArgs,
    ) -> Response<'_, Self, Value> {
        let command = Command::new(&table::FCALL).arg(&function).counted_keys(&keys);
        self.execute_command(command.args(&arguments))
    }

    /// Calls a function that was registered with the flag `no-writes`: on replicas too, and again where its
    /// reply was lost.
    ///
    /// # Reply
    ///
    /// What the function returns.
    ///
    /// # Errors
    ///
    /// `ERR` where there is no such function, or it may write; the function's own.
    ///
    /// [`FCALL_RO`](https://redis.io/docs/latest/commands/fcall_ro/) · since 7.0.0 · Depends on the function that is executed.
    ///
    /// # Example: a function that only reads
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # use redis_sync::FunctionLoadOptions;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let code = "#!lua name=fcall_ro_docs
    ///     redis.register_function{
    ///         function_name = 'fcall_ro_docs',
    ///         callback = function(keys) return redis.call('STRLEN', keys[1]) end,
    ///         flags = {'no-writes'}
    ///     }";
    /// redis.function_load_with(code, FunctionLoadOptions::new().replace())?;
    /// redis.set("fcall_ro:text", "hello")?;
    /// assert_eq!(redis.typed::<i64>().fcall_ro("fcall_ro_docs", "fcall_ro:text", ())?, 5);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn fcall_ro(
        &self,
        function: impl ToArg,
        keys: impl ToArgs,
        arguments: impl ToArgs,
    ) -> Response<'_, Self, Value> {
        let command = Command::new(&table::FCALL_RO).arg(&function).counted_keys(&keys);
        self.execute_command(command.args(&arguments))
    }

    /// Deletes a library with all its functions.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// # Errors
    ///
    /// `ERR` where there is no such library.
    ///
    /// [`FUNCTION DELETE`](https://redis.io/docs/latest/commands/function-delete/) · since 7.0.0 · O(1)
    ///
    /// # Example: what was loaded
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # use redis_sync::FunctionLoadOptions;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let code = "#!lua name=function_delete_docs
    ///     redis.register_function('function_delete_docs', function() return 1 end)";
    /// redis.function_load_with(code, FunctionLoadOptions::new().replace())?;
    /// redis.function_delete("function_delete_docs")?;
    /// assert!(redis.fcall("function_delete_docs", (), ()).is_err());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn function_delete(&self, library: impl ToArg) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::FUNCTION_DELETE).arg(&library))
    }

    /// All libraries in a form that [`function_restore`](Self::function_restore) takes.
    ///
    /// # Reply
    ///
    /// Bytes that mean something to servers alone.
    ///
    /// [`FUNCTION DUMP`](https://redis.io/docs/latest/commands/function-dump/) · since 7.0.0 · O(N) where N is the
    /// number of functions
    ///
    /// # Example: from one server to another
    ///
    /// ```no_run
    /// # use redis_sync::prelude::*;
    /// # fn example(redis: Redis, other: Redis) -> redis_sync::Result<()> {
    /// other.function_restore(redis.function_dump()?)?;
    /// # Ok(()) }
    /// ```
    fn function_dump(&self) -> Response<'_, Self, BulkString> {
        self.execute_command(Command::new(&table::FUNCTION_DUMP))
    }

    /// Deletes all libraries.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// [`FUNCTION FLUSH`](https://redis.io/docs/latest/commands/function-flush/) · since 7.0.0 · O(N) where N is the
    /// number of functions deleted
    ///
    /// # Example: begin anew
    ///
    /// ```no_run
    /// # use redis_sync::prelude::*;
    /// # let redis = Redis::new();
    /// redis.function_flush()?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn function_flush(&self) -> Response<'_, Self, ()> {
        self.function_flush_with(FlushOptions::new())
    }

    /// The same, its memory freed at once or in the background.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// [`FUNCTION FLUSH`](https://redis.io/docs/latest/commands/function-flush/) · since 7.0.0 · O(N) where N is the
    /// number of functions deleted
    ///
    /// # Example: without a pause
    ///
    /// ```no_run
    /// # use redis_sync::prelude::*;
    /// # use redis_sync::FlushOptions;
    /// # let redis = Redis::new();
    /// redis.function_flush_with(FlushOptions::in_background())?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn function_flush_with(&self, options: FlushOptions) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::FUNCTION_FLUSH).args(&options))
    }

    /// What the commands on functions are, in the server's words.
    ///
    /// # Reply
    ///
    /// Lines of text.
    ///
    /// [`FUNCTION HELP`](https://redis.io/docs/latest/commands/function-help/) · since 7.0.0 · O(1)
    ///
    /// # Example: read it
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// assert!(redis.function_help()?.iter().any(|line| line.starts_with("RESTORE")));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn function_help(&self) -> Response<'_, Self, Vec<String>> {
        self.execute_command(Command::new(&table::FUNCTION_HELP))
    }

    /// Ends the function that is running, if it has not written yet.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// # Errors
    ///
    /// `NOTBUSY` where none is running; `UNKILLABLE` where it has written; `BUSY` where a script is running.
    ///
    /// [`FUNCTION KILL`](https://redis.io/docs/latest/commands/function-kill/) · since 7.0.0 · O(1)
    ///
    /// # Example: none is running
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # use redis_sync::{ErrorKind, ServerErrorKind};
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let error = redis.function_kill().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Server(ServerErrorKind::NotBusy));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn function_kill(&self) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::FUNCTION_KILL))
    }

    /// The libraries that the server has, without their code.
    ///
    /// # Reply
    ///
    /// The libraries with their functions, of the same shape on both protocols.
    ///
    /// [`FUNCTION LIST`](https://redis.io/docs/latest/commands/function-list/) · since 7.0.0 · O(N) where N is the
    /// number of functions
    ///
    /// # Example: which there are
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// for library in redis.function_list()? {
    ///     println!("{}: {} functions", library.name, library.functions.len());
    /// }
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn function_list(&self) -> Response<'_, Self, Vec<LoadedLibrary>> {
        self.function_list_with(FunctionListOptions::new())
    }

    /// The same of some of them, or with their code.
    ///
    /// # Reply
    ///
    /// The libraries with their functions, of the same shape on both protocols.
    ///
    /// [`FUNCTION LIST`](https://redis.io/docs/latest/commands/function-list/) · since 7.0.0 · O(N) where N is the
    /// number of functions
    ///
    /// # Example: the code of one
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # use redis_sync::{FunctionListOptions, FunctionLoadOptions};
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let code = "#!lua name=function_list_docs
    ///     redis.register_function('function_list_docs', function() return 1 end)";
    /// redis.function_load_with(code, FunctionLoadOptions::new().replace())?;
    /// let options = FunctionListOptions::new().library("function_list_docs").with_code();
    /// let libraries = redis.function_list_with(options)?;
    /// assert_eq!(libraries[0].functions[0].name, "function_list_docs");
    /// assert_eq!(libraries[0].code.as_ref().unwrap(), code);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn function_list_with(
        &self,
        options: FunctionListOptions,
    ) -> Response<'_, Self, Vec<LoadedLibrary>> {
        self.execute_command(Command::new(&table::FUNCTION_LIST).args(&options))
    }

    /// Loads a library from its code, the first line of which names it: `#!lua name=mylib`.
    ///
    /// # Reply
    ///
    /// The name of the library.
    ///
    /// # Errors
    ///
    /// `ERR` where there is one of this name, another has one of its functions, or the code does not compile.
    ///
    /// [`FUNCTION LOAD`](https://redis.io/docs/latest/commands/function-load/) · since 7.0.0 · O(1) (considering
    /// compilation time is redundant)
    ///
    /// # Example: once
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// # let _ = redis.function_delete("function_load_docs");
    /// let code = "#!lua name=function_load_docs
    ///     redis.register_function('function_load_docs', function() return 1 end)";
    /// assert_eq!(redis.function_load(code)?, "function_load_docs");
    /// assert!(redis.function_load(code).is_err());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn function_load(&self, code: impl ToArg) -> Response<'_, Self, String> {
        self.function_load_with(code, FunctionLoadOptions::new())
    }

    /// The same, in place of a library of the same name.
    ///
    /// # Reply
    ///
    /// The name of the library.
    ///
    /// # Errors
    ///
    /// `ERR` where another library has one of its functions, or the code does not compile.
    ///
    /// [`FUNCTION LOAD`](https://redis.io/docs/latest/commands/function-load/) · since 7.0.0 · O(1) (considering
    /// compilation time is redundant)
    ///
    /// # Example: a new version
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # use redis_sync::FunctionLoadOptions;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// for version in [1, 2] {
    ///     let code = format!(
    ///         "#!lua name=function_load_with_docs
    ///          redis.register_function('function_load_with_docs', function() return {version} end)"
    ///     );
    ///     redis.function_load_with(code, FunctionLoadOptions::new().replace())?;
    ///     assert_eq!(redis.typed::<i32>().fcall("function_load_with_docs", (), ())?, version);
    /// }
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn function_load_with(
        &self,
        code: impl ToArg,
        options: FunctionLoadOptions,
    ) -> Response<'_, Self, String> {
        self.execute_command(Command::new(&table::FUNCTION_LOAD).args(&options).arg(&code))
    }

    /// Loads what [`function_dump`](Self::function_dump) gave, beside the libraries that are there.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// # Errors
    ///
    /// `ERR` where a library is there already, or the bytes are no such thing; then nothing was loaded.
    ///
    /// [`FUNCTION RESTORE`](https://redis.io/docs/latest/commands/function-restore/) · since 7.0.0 · O(N) where N is
    /// the number of functions on the payload
    ///
    /// # Example: from one server to another
    ///
    /// ```no_run
    /// # use redis_sync::prelude::*;
    /// # fn example(redis: Redis, other: Redis) -> redis_sync::Result<()> {
    /// other.function_restore(redis.function_dump()?)?;
    /// # Ok(()) }
    /// ```
    fn function_restore(&self, dump: impl ToArg) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::FUNCTION_RESTORE).arg(&dump))
    }

    /// The same, and what becomes of libraries that are there.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// # Errors
    ///
    /// `ERR` as the policy says, or where the bytes are no such thing; then nothing was loaded.
    ///
    /// [`FUNCTION RESTORE`](https://redis.io/docs/latest/commands/function-restore/) · since 7.0.0 · O(N) where N is
    /// the number of functions on the payload
    ///
    /// # Example: these and no others
    ///
    /// ```no_run
    /// # use redis_sync::prelude::*;
    /// # use redis_sync::FunctionRestorePolicy;
    /// # fn example(redis: Redis, other: Redis) -> redis_sync::Result<()> {
    /// other.function_restore_with(redis.function_dump()?, FunctionRestorePolicy::Flush)?;
    /// # Ok(()) }
    /// ```
    fn function_restore_with(
        &self,
        dump: impl ToArg,
        policy: FunctionRestorePolicy,
    ) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::FUNCTION_RESTORE).arg(&dump).arg(&policy))
    }

    /// What runs functions, and which one is running.
    ///
    /// # Reply
    ///
    /// The function that is running, if one is, and the engines, of the same shape on both protocols.
    ///
    /// [`FUNCTION STATS`](https://redis.io/docs/latest/commands/function-stats/) · since 7.0.0 · O(1)
    ///
    /// # Example: what Lua has loaded
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let stats = redis.function_stats()?;
    /// println!("{} functions", stats.engines["LUA"].functions);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn function_stats(&self) -> Response<'_, Self, FunctionStats> {
        self.execute_command(Command::new(&table::FUNCTION_STATS))
    }
}

impl<C: ExecuteCommand + ?Sized> FunctionCommands for C {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{read, sent, wire};
    use redis_core::Library;
    use std::time::Duration;

    #[test]
    fn commands_are_written_as_the_reference_says() {
        assert_eq!(wire(|c| c.fcall("f", ["a", "b"], [1, 2])), "FCALL f 2 [a] [b] 1 2");
        assert_eq!(wire(|c| c.fcall_ro("f", (), ())), "FCALL_RO f 0");
        assert_eq!(wire(|c| c.function_delete("lib")), "FUNCTION DELETE lib");
        assert_eq!(wire(|c| c.function_dump()), "FUNCTION DUMP");
        assert_eq!(wire(|c| c.function_flush()), "FUNCTION FLUSH");
        let flush = |options| wire(|c| c.function_flush_with(options));
        assert_eq!(flush(FlushOptions::at_once()), "FUNCTION FLUSH SYNC");
        assert_eq!(flush(FlushOptions::in_background()), "FUNCTION FLUSH ASYNC");
        assert_eq!(wire(|c| c.function_help()), "FUNCTION HELP");
        assert_eq!(wire(|c| c.function_kill()), "FUNCTION KILL");
        assert_eq!(wire(|c| c.function_list()), "FUNCTION LIST");
        let options = FunctionListOptions::new().library("l*").with_code();
        let list = wire(|c| c.function_list_with(options.clone()));
        assert_eq!(list, "FUNCTION LIST LIBRARYNAME l* WITHCODE");
        assert_eq!(wire(|c| c.function_load("code")), "FUNCTION LOAD code");
        let replace = FunctionLoadOptions::new().replace();
        assert_eq!(wire(|c| c.function_load_with("code", replace)), "FUNCTION LOAD REPLACE code");
        assert_eq!(wire(|c| c.function_restore("dump")), "FUNCTION RESTORE dump");
        let restore = |policy| wire(|c| c.function_restore_with("dump", policy));
        assert_eq!(restore(FunctionRestorePolicy::Append), "FUNCTION RESTORE dump APPEND");
        assert_eq!(restore(FunctionRestorePolicy::Flush), "FUNCTION RESTORE dump FLUSH");
        assert_eq!(restore(FunctionRestorePolicy::Replace), "FUNCTION RESTORE dump REPLACE");
        assert_eq!(wire(|c| c.function_stats()), "FUNCTION STATS");
    }

    #[test]
    fn a_library_installs_itself_and_calls_its_functions() {
        let library = Library::new("lua", "lib", "code").expect("it is named");
        let install = wire(|c| library.install(c));
        assert_eq!(install, "FUNCTION LOAD REPLACE #!lua name=lib\ncode");
        let call = || library.function("f").key("k").arg(1);
        assert_eq!(wire(|c| call().run(c)), "FCALL f 1 [k] 1");
        assert_eq!(wire(|c| call().read_only().run(c)), "FCALL_RO f 1 [k] 1");
        assert!(sent(|c| call().run(c)).has_remedy());
    }

    #[test]
    fn libraries_are_read_alike_on_both_protocols() {
        let libraries = read(
            "*1 *8 $12 library_name $3 lib $6 engine $3 LUA $9 functions *1 *6 $4 name $1 f \
             $11 description $-1 $5 flags *1 +no-writes $12 library_code $4 code ",
            "*1 %4 $12 library_name $3 lib $6 engine $3 LUA $9 functions *1 %3 $4 name $1 f \
             $11 description _ $5 flags ~1 +no-writes $12 library_code $4 code ",
            |c| c.function_list(),
        );
        let [library] = &libraries[..] else { panic!("{libraries:?}") };
        assert_eq!((library.name.as_str(), library.engine.as_str()), ("lib", "LUA"));
        assert_eq!(library.code.as_ref().expect("its code"), "code");
        let [function] = &library.functions[..] else { panic!("{library:?}") };
        assert_eq!((function.name.as_str(), &function.description), ("f", &None));
        assert!(function.flags.contains("no-writes"));
    }

    #[test]
    fn statistics_are_read_alike_on_both_protocols() {
        let stats = read(
            "*4 $14 running_script *6 $4 name $1 f $7 command *3 $5 FCALL $1 f $1 0 \
             $11 duration_ms :12 $7 engines *2 $3 LUA *4 $15 libraries_count :1 $15 functions_count :2 ",
            "%2 $14 running_script %3 $4 name $1 f $7 command *3 $5 FCALL $1 f $1 0 \
             $11 duration_ms :12 $7 engines %1 $3 LUA %2 $15 libraries_count :1 $15 functions_count :2 ",
            |c| c.function_stats(),
        );
        let running = stats.running.expect("one is running");
        assert_eq!((running.name.as_str(), running.command.len()), ("f", 3));
        assert_eq!(running.duration, Duration::from_millis(12));
        assert_eq!((stats.engines["LUA"].libraries, stats.engines["LUA"].functions), (1, 2));
        let idle = read(
            "*4 $14 running_script $-1 $7 engines *0 ",
            "%2 $14 running_script _ $7 engines %0 ",
            |c| c.function_stats(),
        );
        assert!(idle.running.is_none() && idle.engines.is_empty());
    }
}
