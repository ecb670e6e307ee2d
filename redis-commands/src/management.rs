//! The server: what it says of itself, how it is set, all its data at once.
//!
//! Decides how these commands are written and what their replies are.

use crate::arguments::Arguments;
use crate::info::Info;
use redis_core::command::{Command, ToArg, ToArgs, table};
use redis_core::{ExecuteCommand, Response};
use std::collections::HashMap;
use std::time::SystemTime;

/// The options of [`flushdb_with`](ManagementCommands::flushdb_with) and
/// [`flushall_with`](ManagementCommands::flushall_with).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct FlushOptions {
    mode: Option<&'static str>,
}

impl FlushOptions {
    /// As the server is set (`lazyfree-lazy-user-flush`).
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// The memory is freed in the background (`ASYNC`).
    #[inline]
    pub fn in_background() -> Self {
        Self { mode: Some("ASYNC") }
    }

    /// The reply comes once the memory is free (`SYNC`, 6.2.0).
    #[inline]
    pub fn at_once() -> Self {
        Self { mode: Some("SYNC") }
    }
}

impl ToArgs for FlushOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        self.mode.to_args(command);
    }
}

/// The options of [`memory_usage_with`](ManagementCommands::memory_usage_with).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct MemoryUsageOptions {
    samples: Option<u64>,
}

impl MemoryUsageOptions {
    /// As the server finds good.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many elements of a collection are measured; 0 is all. Default: 5.
    #[inline]
    pub fn samples(mut self, elements: u64) -> Self {
        self.samples = Some(elements);
        self
    }
}

impl ToArgs for MemoryUsageOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        if let Some(elements) = &self.samples {
            command.push(b"SAMPLES");
            elements.to_arg(command);
        }
    }
}

/// Commands on the server itself.
pub trait ManagementCommands: ExecuteCommand {
    /// How many commands the server has.
    ///
    /// # Reply
    ///
    /// The number.
    ///
    /// [`COMMAND COUNT`](https://redis.io/docs/latest/commands/command-count/) · since 2.8.13 · O(1)
    ///
    /// # Example: count them
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// assert!(redis.command_count()? > 200);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn command_count(&self) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::COMMAND_COUNT))
    }

    /// The settings of the server with these names, in which `*` may stand; several since 7.0.0.
    ///
    /// # Reply
    ///
    /// Names and values, of the same shape on both protocols; empty if there are none.
    ///
    /// [`CONFIG GET`](https://redis.io/docs/latest/commands/config-get/) · since 2.0.0 · O(N) when N is the
    /// number of configuration parameters provided
    ///
    /// # Example: read a setting
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let settings = redis.config_get("maxmemory*")?;
    /// assert!(settings.contains_key("maxmemory-policy"));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn config_get(&self, names: impl ToArgs) -> Response<'_, Self, HashMap<String, String>> {
        self.execute_command(Command::new(&table::CONFIG_GET).args(&names).at_least(1, "names"))
    }

    /// Sets settings of the server: a pair of name and value, pairs, or a map; several since 7.0.0.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// # Errors
    ///
    /// `ERR` if there is no such setting, it cannot be set while the server runs, or has no such value.
    ///
    /// [`CONFIG SET`](https://redis.io/docs/latest/commands/config-set/) · since 2.0.0 · O(N) when N is the
    /// number of configuration parameters provided
    ///
    /// # Example: set a bound
    ///
    /// ```no_run
    /// # use redis_sync::prelude::*;
    /// # let redis = Redis::new();
    /// redis.config_set([("maxmemory", "100mb"), ("maxmemory-policy", "allkeys-lru")])?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn config_set(&self, settings: impl ToArgs) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::CONFIG_SET).in_pairs("settings", &settings))
    }

    /// How many keys the database has.
    ///
    /// # Reply
    ///
    /// The number.
    ///
    /// [`DBSIZE`](https://redis.io/docs/latest/commands/dbsize/) · since 1.0.0 · O(1)
    ///
    /// # Example: count the keys
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("dbsize:k", "v")?;
    /// assert!(redis.dbsize()? >= 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn dbsize(&self) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::DBSIZE))
    }

    /// Deletes all keys of all databases.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// [`FLUSHALL`](https://redis.io/docs/latest/commands/flushall/) · since 1.0.0 · O(N) where N is the
    /// total number of keys in all databases
    ///
    /// # Example: delete everything
    ///
    /// ```no_run
    /// # use redis_sync::prelude::*;
    /// # let redis = Redis::new();
    /// redis.flushall()?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn flushall(&self) -> Response<'_, Self, ()> {
        self.flushall_with(FlushOptions::new())
    }

    /// [`flushall`](Self::flushall), in the background or not.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// [`FLUSHALL`](https://redis.io/docs/latest/commands/flushall/) · since 1.0.0 · O(N) where N is the
    /// total number of keys in all databases
    ///
    /// # Example: without stopping the server
    ///
    /// ```no_run
    /// # use redis_sync::prelude::*;
    /// # let redis = Redis::new();
    /// use redis_sync::FlushOptions;
    ///
    /// redis.flushall_with(FlushOptions::in_background())?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn flushall_with(&self, options: FlushOptions) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::FLUSHALL).args(&options))
    }

    /// Deletes all keys of the database.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// [`FLUSHDB`](https://redis.io/docs/latest/commands/flushdb/) · since 1.0.0 · O(N) where N is the
    /// number of keys in the selected database
    ///
    /// # Example: delete the keys of a database
    ///
    /// ```no_run
    /// # use redis_sync::prelude::*;
    /// # let redis = Redis::new();
    /// redis.flushdb()?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn flushdb(&self) -> Response<'_, Self, ()> {
        self.flushdb_with(FlushOptions::new())
    }

    /// [`flushdb`](Self::flushdb), in the background or not.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// [`FLUSHDB`](https://redis.io/docs/latest/commands/flushdb/) · since 1.0.0 · O(N) where N is the
    /// number of keys in the selected database
    ///
    /// # Example: without stopping the server
    ///
    /// ```no_run
    /// # use redis_sync::prelude::*;
    /// # let redis = Redis::new();
    /// use redis_sync::FlushOptions;
    ///
    /// redis.flushdb_with(FlushOptions::in_background())?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn flushdb_with(&self, options: FlushOptions) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::FLUSHDB).args(&options))
    }

    /// What the server says of itself: its usual sections.
    ///
    /// # Reply
    ///
    /// Names and values by section.
    ///
    /// [`INFO`](https://redis.io/docs/latest/commands/info/) · since 1.0.0 · O(1)
    ///
    /// # Example: which version is it
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// assert!(redis.info()?.get("redis_version").is_some());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn info(&self) -> Response<'_, Self, Info> {
        self.execute_command(Command::new(&table::INFO))
    }

    /// [`info`](Self::info) of certain sections: `"memory"`, `"all"`, …; several since 7.0.0.
    ///
    /// # Reply
    ///
    /// Names and values by section.
    ///
    /// [`INFO`](https://redis.io/docs/latest/commands/info/) · since 1.0.0 · O(1)
    ///
    /// # Example: how much memory is used
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let bytes: u64 = redis.info_sections("memory")?.parse("used_memory")?;
    /// assert!(bytes > 0);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn info_sections(&self, sections: impl ToArgs) -> Response<'_, Self, Info> {
        self.execute_command(Command::new(&table::INFO).args(&sections).at_least(1, "sections"))
    }

    /// When the server last saved its data to disk.
    ///
    /// # Reply
    ///
    /// The moment, by the server's clock, to the second; when it started, if it never saved.
    ///
    /// [`LASTSAVE`](https://redis.io/docs/latest/commands/lastsave/) · since 1.0.0 · O(1)
    ///
    /// # Example: when was it saved
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// assert!(redis.lastsave()? > std::time::SystemTime::UNIX_EPOCH);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn lastsave(&self) -> Response<'_, Self, SystemTime> {
        self.execute_command(Command::new(&table::LASTSAVE))
    }

    /// How much memory a key and its value take, estimated by samples.
    ///
    /// # Reply
    ///
    /// The number of bytes; `None` if the key does not exist.
    ///
    /// [`MEMORY USAGE`](https://redis.io/docs/latest/commands/memory-usage/) · since 4.0.0 · O(N) where N
    /// is the number of samples.
    ///
    /// # Example: weigh a key
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("memory_usage:k", "v")?;
    /// assert!(redis.memory_usage("memory_usage:k")?.is_some_and(|bytes| bytes > 0));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn memory_usage(&self, key: impl ToArg) -> Response<'_, Self, Option<u64>> {
        self.memory_usage_with(key, MemoryUsageOptions::new())
    }

    /// [`memory_usage`](Self::memory_usage) by so many samples.
    ///
    /// # Reply
    ///
    /// The number of bytes; `None` if the key does not exist.
    ///
    /// [`MEMORY USAGE`](https://redis.io/docs/latest/commands/memory-usage/) · since 4.0.0 · O(N) where N
    /// is the number of samples.
    ///
    /// # Example: weigh all of it
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::MemoryUsageOptions;
    ///
    /// redis.rpush("memory_usage_with:l", ["a", "b"])?;
    /// let all = MemoryUsageOptions::new().samples(0);
    /// assert!(redis.memory_usage_with("memory_usage_with:l", all)?.is_some());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn memory_usage_with(
        &self,
        key: impl ToArg,
        options: MemoryUsageOptions,
    ) -> Response<'_, Self, Option<u64>> {
        self.execute_command(Command::new(&table::MEMORY_USAGE).key(&key).args(&options))
    }

    /// What time it is, by the server's clock.
    ///
    /// # Reply
    ///
    /// The moment, to the microsecond.
    ///
    /// [`TIME`](https://redis.io/docs/latest/commands/time/) · since 2.6.0 · O(1)
    ///
    /// # Example: ask the server for the time
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// assert!(redis.time()? > std::time::SystemTime::UNIX_EPOCH);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn time(&self) -> Response<'_, Self, SystemTime> {
        self.execute_command(Command::new(&table::TIME))
    }
}

impl<C: ExecuteCommand + ?Sized> ManagementCommands for C {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{read, refusal, wire};
    use std::time::Duration;

    #[test]
    fn commands_are_written_as_the_reference_says() {
        assert_eq!(wire(|r| r.command_count()), "COMMAND COUNT");
        assert_eq!(wire(|r| r.config_get(["a*", "b"])), "CONFIG GET a* b");
        assert_eq!(wire(|r| r.config_set(("a", 1))), "CONFIG SET a 1");
        assert_eq!(wire(|r| r.dbsize()), "DBSIZE");
        assert_eq!(wire(|r| r.flushall()), "FLUSHALL");
        let background = FlushOptions::in_background();
        assert_eq!(wire(|r| r.flushall_with(background)), "FLUSHALL ASYNC");
        assert_eq!(wire(|r| r.flushdb()), "FLUSHDB");
        assert_eq!(wire(|r| r.flushdb_with(FlushOptions::at_once())), "FLUSHDB SYNC");
        assert_eq!(wire(|r| r.info()), "INFO");
        assert_eq!(wire(|r| r.info_sections(["memory", "cpu"])), "INFO memory cpu");
        assert_eq!(wire(|r| r.lastsave()), "LASTSAVE");
        assert_eq!(wire(|r| r.memory_usage("k")), "MEMORY USAGE [k]");
        let all = MemoryUsageOptions::new().samples(0);
        assert_eq!(wire(|r| r.memory_usage_with("k", all)), "MEMORY USAGE [k] SAMPLES 0");
        assert_eq!(wire(|r| r.time()), "TIME");
    }

    #[test]
    fn nothing_to_get_or_set_is_refused() {
        let none: [&str; 0] = [];
        refusal(|r| r.config_get(none));
        refusal(|r| r.config_set(none));
        refusal(|r| r.config_set(["maxmemory"]));
        refusal(|r| r.info_sections(none));
    }

    #[test]
    fn settings_are_a_map_on_both_protocols() {
        let settings = read("*2 $1 a $1 1 ", "%1 $1 a $1 1 ", |r| r.config_get("a"));
        assert_eq!(settings, HashMap::from([("a".to_owned(), "1".to_owned())]));
    }

    #[test]
    fn moments_are_moments() {
        let time = read("*2 $1 7 $2 42 ", "*2 $1 7 $2 42 ", |r| r.time());
        assert_eq!(time, SystemTime::UNIX_EPOCH + Duration::from_micros(7_000_042));
        let saved = read(":7 ", ":7 ", |r| r.lastsave());
        assert_eq!(saved, SystemTime::UNIX_EPOCH + Duration::from_secs(7));
    }

    #[test]
    fn what_a_server_says_of_itself_is_read_by_section() {
        let info = read(
            "$51 #·Server redis_version:7.0.15 #·Keyspace db0:k=1 ",
            "=55 txt:#·Server redis_version:7.0.15 #·Keyspace db0:k=1 ",
            |r| r.info(),
        );
        assert_eq!(info.get("redis_version"), Some("7.0.15"));
        assert_eq!(info.section("keyspace").collect::<Vec<_>>(), [("db0", "k=1")]);
        assert!(info.parse::<u64>("redis_version").is_err());
        assert!(info.parse::<u64>("nothing").unwrap_err().is_conversion());
        assert_eq!(info.iter().count(), 2);
    }
}
