//! Lists: values in order, taken from either end.
//!
//! Decides how these commands are written and what their replies are. Does not wait: a blocking command
//! says how long the server may keep it, and the client gives it a connection of its own.

use crate::expiry::Patience;
use crate::list_options::{LMPopOptions, LPosOptions, ListEnd, ListInsertion, ListPlace};
use redis_core::command::{Block, Command, ToArg, ToArgs, table};
use redis_core::{BulkString, ExecuteCommand, Response};
use std::time::Duration;

/// Commands on lists. Each answers `WRONGTYPE` if the key holds something else.
///
/// Deprecated commands are left out: `RPOPLPUSH` is [`lmove`](Self::lmove) and `BRPOPLPUSH` is
/// [`blmove`](Self::blmove), from [`ListEnd::Right`] to [`ListEnd::Left`].
pub trait ListCommands: ExecuteCommand {
    /// Moves a value from an end of one list to an end of another, and waits for one up to `timeout`;
    /// [`Duration::ZERO`] is for ever.
    ///
    /// # Reply
    ///
    /// The value; `None` if none came in time.
    ///
    /// # Cancellation
    ///
    /// An async call that is dropped ends the wait on the server too; what it took all the same is handed to the
    /// client's `on_orphan`.
    ///
    /// [`BLMOVE`](https://redis.io/docs/latest/commands/blmove/) · since 6.2.0 · O(1)
    ///
    /// # Example: take a job, and keep it in sight
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::ListEnd::{Left, Right};
    /// use std::time::Duration;
    ///
    /// redis.rpush("{blmove}:todo", "job")?;
    /// let job =
    ///     redis.blmove("{blmove}:todo", "{blmove}:doing", Left, Right, Duration::from_secs(1))?;
    /// assert!(job.is_some_and(|job| job == "job"));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn blmove(
        &self,
        source: impl ToArg,
        destination: impl ToArg,
        from: ListEnd,
        to: ListEnd,
        timeout: Duration,
    ) -> Response<'_, Self, Option<BulkString>> {
        self.execute_command(
            Command::new(&table::BLMOVE)
                .key(&source)
                .key(&destination)
                .arg(&from)
                .arg(&to)
                .arg(&Patience(timeout))
                .block(Block::within(timeout)),
        )
    }

    /// Takes the value at an end of the first list that has one, and waits for one up to `timeout`;
    /// [`Duration::ZERO`] is for ever.
    ///
    /// # Reply
    ///
    /// The key of the list and its value, in a list of one; `None` if none came in time.
    ///
    /// # Cancellation
    ///
    /// An async call that is dropped ends the wait on the server too; what it took all the same is handed to the
    /// client's `on_orphan`.
    ///
    /// [`BLMPOP`](https://redis.io/docs/latest/commands/blmpop/) · since 7.0.0 · O(N+M) where N is the
    /// number of provided keys and M is the number of elements returned.
    ///
    /// # Example: wait for work in two lists
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::ListEnd::Left;
    /// use std::time::Duration;
    ///
    /// redis.rpush("{blmpop}:later", "job")?;
    /// let lists = ["{blmpop}:now", "{blmpop}:later"];
    /// let (list, jobs) = redis.blmpop(lists, Left, Duration::from_secs(1))?.unwrap_or_default();
    /// assert!(list == "{blmpop}:later" && jobs[0] == "job");
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn blmpop(
        &self,
        keys: impl ToArgs,
        from: ListEnd,
        timeout: Duration,
    ) -> Response<'_, Self, Option<(BulkString, Vec<BulkString>)>> {
        self.blmpop_with(keys, from, timeout, LMPopOptions::new())
    }

    /// [`blmpop`](Self::blmpop) of several values at once.
    ///
    /// # Reply
    ///
    /// The key of the list and its values, in the order in which they were taken; `None` if none came in
    /// time.
    ///
    /// # Errors
    ///
    /// A count of 0 is refused before any I/O.
    ///
    /// # Cancellation
    ///
    /// An async call that is dropped ends the wait on the server too; what it took all the same is handed to the
    /// client's `on_orphan`.
    ///
    /// [`BLMPOP`](https://redis.io/docs/latest/commands/blmpop/) · since 7.0.0 · O(N+M) where N is the
    /// number of provided keys and M is the number of elements returned.
    ///
    /// # Example: wait for up to ten jobs
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::{LMPopOptions, ListEnd::Left};
    /// use std::time::Duration;
    ///
    /// redis.del("blmpop_with:l")?;
    /// redis.rpush("blmpop_with:l", ["a", "b"])?;
    /// let (second, ten) = (Duration::from_secs(1), LMPopOptions::new().count(10));
    /// let taken = redis.blmpop_with("blmpop_with:l", Left, second, ten)?;
    /// assert_eq!(taken.map(|(_, values)| values.len()), Some(2));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn blmpop_with(
        &self,
        keys: impl ToArgs,
        from: ListEnd,
        timeout: Duration,
        options: LMPopOptions,
    ) -> Response<'_, Self, Option<(BulkString, Vec<BulkString>)>> {
        self.execute_command(
            Command::new(&table::BLMPOP)
                .arg(&Patience(timeout))
                .counted_keys(&keys)
                .at_least(3, "keys")
                .arg(&from)
                .args(&options)
                .block(Block::within(timeout)),
        )
    }

    /// Takes the first value of the first list that has one, and waits for one up to `timeout`;
    /// [`Duration::ZERO`] is for ever.
    ///
    /// # Reply
    ///
    /// The key of the list and the value; `None` if none came in time.
    ///
    /// # Cancellation
    ///
    /// An async call that is dropped ends the wait on the server too; what it took all the same is handed to the
    /// client's `on_orphan`.
    ///
    /// [`BLPOP`](https://redis.io/docs/latest/commands/blpop/) · since 2.0.0 · O(N) where N is the number
    /// of provided keys.
    ///
    /// # Example: wait for work
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use std::time::Duration;
    ///
    /// redis.rpush("blpop:l", "job")?;
    /// let (list, job) = redis.blpop("blpop:l", Duration::from_secs(1))?.unwrap_or_default();
    /// assert!(list == "blpop:l" && job == "job");
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn blpop(
        &self,
        keys: impl ToArgs,
        timeout: Duration,
    ) -> Response<'_, Self, Option<(BulkString, BulkString)>> {
        self.execute_command(
            Command::new(&table::BLPOP)
                .keys(&keys)
                .at_least(1, "keys")
                .arg(&Patience(timeout))
                .block(Block::within(timeout)),
        )
    }

    /// Takes the last value of the first list that has one, and waits for one up to `timeout`;
    /// [`Duration::ZERO`] is for ever.
    ///
    /// # Reply
    ///
    /// The key of the list and the value; `None` if none came in time.
    ///
    /// # Cancellation
    ///
    /// An async call that is dropped ends the wait on the server too; what it took all the same is handed to the
    /// client's `on_orphan`.
    ///
    /// [`BRPOP`](https://redis.io/docs/latest/commands/brpop/) · since 2.0.0 · O(N) where N is the number
    /// of provided keys.
    ///
    /// # Example: nothing comes
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use std::time::Duration;
    ///
    /// assert!(redis.brpop("brpop:nothing", Duration::from_millis(10))?.is_none());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn brpop(
        &self,
        keys: impl ToArgs,
        timeout: Duration,
    ) -> Response<'_, Self, Option<(BulkString, BulkString)>> {
        self.execute_command(
            Command::new(&table::BRPOP)
                .keys(&keys)
                .at_least(1, "keys")
                .arg(&Patience(timeout))
                .block(Block::within(timeout)),
        )
    }

    /// The value at `index`; a negative one counts from the end, −1 being the last.
    ///
    /// # Reply
    ///
    /// The value; `None` if the list has none there, or the key does not exist.
    ///
    /// [`LINDEX`](https://redis.io/docs/latest/commands/lindex/) · since 1.0.0 · O(N) where N is the number
    /// of elements to traverse to get to the element at index. This makes asking for the first or the last
    /// element of the list O(1).
    ///
    /// # Example: look at the last
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.rpush("lindex:l", ["a", "b"])?;
    /// assert!(redis.lindex("lindex:l", -1)?.is_some_and(|value| value == "b"));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn lindex(&self, key: impl ToArg, index: i64) -> Response<'_, Self, Option<BulkString>> {
        self.execute_command(Command::new(&table::LINDEX).key(&key).arg(&index))
    }

    /// Inserts a value before or after the first that equals `pivot`.
    ///
    /// # Reply
    ///
    /// How long the list is then, or why nothing was inserted.
    ///
    /// [`LINSERT`](https://redis.io/docs/latest/commands/linsert/) · since 2.2.0 · O(N) where N is the
    /// number of elements to traverse before seeing the value pivot. This means that inserting somewhere on
    /// the left end on the list (head) can be considered O(1) and inserting somewhere on the right end
    /// (tail) is O(N).
    ///
    /// # Example: insert between two
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::{ListInsertion, ListPlace};
    ///
    /// redis.del("linsert:l")?;
    /// redis.rpush("linsert:l", ["a", "c"])?;
    /// let inserted = redis.linsert("linsert:l", ListPlace::Before, "c", "b")?;
    /// assert_eq!(inserted, ListInsertion::Length(3));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn linsert(
        &self,
        key: impl ToArg,
        place: ListPlace,
        pivot: impl ToArg,
        value: impl ToArg,
    ) -> Response<'_, Self, ListInsertion> {
        self.execute_command(
            Command::new(&table::LINSERT).key(&key).arg(&place).arg(&pivot).arg(&value),
        )
    }

    /// How many values the list has.
    ///
    /// # Reply
    ///
    /// The number; 0 if the key does not exist.
    ///
    /// [`LLEN`](https://redis.io/docs/latest/commands/llen/) · since 1.0.0 · O(1)
    ///
    /// # Example: count
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("llen:l")?;
    /// redis.rpush("llen:l", ["a", "b"])?;
    /// assert_eq!(redis.llen("llen:l")?, 2);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn llen(&self, key: impl ToArg) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::LLEN).key(&key))
    }

    /// Moves a value from an end of one list to an end of another, which may be the same.
    ///
    /// # Reply
    ///
    /// The value; `None` if `source` does not exist.
    ///
    /// [`LMOVE`](https://redis.io/docs/latest/commands/lmove/) · since 6.2.0 · O(1)
    ///
    /// # Example: turn a list round by one
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::ListEnd::{Left, Right};
    ///
    /// redis.del("lmove:l")?;
    /// redis.rpush("lmove:l", ["a", "b", "c"])?;
    /// assert!(redis.lmove("lmove:l", "lmove:l", Left, Right)?.is_some_and(|value| value == "a"));
    /// assert_eq!(redis.typed::<Vec<String>>().lrange("lmove:l", 0, -1)?, ["b", "c", "a"]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    #[doc(alias = "rpoplpush")]
    fn lmove(
        &self,
        source: impl ToArg,
        destination: impl ToArg,
        from: ListEnd,
        to: ListEnd,
    ) -> Response<'_, Self, Option<BulkString>> {
        self.execute_command(
            Command::new(&table::LMOVE).key(&source).key(&destination).arg(&from).arg(&to),
        )
    }

    /// Takes the value at an end of the first list that has one.
    ///
    /// # Reply
    ///
    /// The key of the list and its value, in a list of one; `None` if no key exists.
    ///
    /// [`LMPOP`](https://redis.io/docs/latest/commands/lmpop/) · since 7.0.0 · O(N+M) where N is the number
    /// of provided keys and M is the number of elements returned.
    ///
    /// # Example: take from the first of two lists that has something
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::ListEnd::Left;
    ///
    /// redis.rpush("{lmpop}:later", "job")?;
    /// let taken = redis.lmpop(["{lmpop}:now", "{lmpop}:later"], Left)?;
    /// assert!(taken.is_some_and(|(list, jobs)| list == "{lmpop}:later" && jobs[0] == "job"));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn lmpop(
        &self,
        keys: impl ToArgs,
        from: ListEnd,
    ) -> Response<'_, Self, Option<(BulkString, Vec<BulkString>)>> {
        self.lmpop_with(keys, from, LMPopOptions::new())
    }

    /// [`lmpop`](Self::lmpop) of several values at once.
    ///
    /// # Reply
    ///
    /// The key of the list and its values, in the order in which they were taken; `None` if no key exists.
    ///
    /// # Errors
    ///
    /// A count of 0 is refused before any I/O.
    ///
    /// [`LMPOP`](https://redis.io/docs/latest/commands/lmpop/) · since 7.0.0 · O(N+M) where N is the number
    /// of provided keys and M is the number of elements returned.
    ///
    /// # Example: take up to ten
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::{LMPopOptions, ListEnd::Right};
    ///
    /// redis.del("lmpop_with:l")?;
    /// redis.rpush("lmpop_with:l", ["a", "b"])?;
    /// let taken = redis.lmpop_with("lmpop_with:l", Right, LMPopOptions::new().count(10))?;
    /// assert!(taken.is_some_and(|(_, values)| values[0] == "b" && values[1] == "a"));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn lmpop_with(
        &self,
        keys: impl ToArgs,
        from: ListEnd,
        options: LMPopOptions,
    ) -> Response<'_, Self, Option<(BulkString, Vec<BulkString>)>> {
        self.execute_command(
            Command::new(&table::LMPOP)
                .counted_keys(&keys)
                .at_least(2, "keys")
                .arg(&from)
                .args(&options),
        )
    }

    /// Takes the first value.
    ///
    /// # Reply
    ///
    /// The value; `None` if the key does not exist.
    ///
    /// [`LPOP`](https://redis.io/docs/latest/commands/lpop/) · since 1.0.0 · O(N) where N is the number of
    /// elements returned
    ///
    /// # Example: take the first
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.lpush("lpop:l", "a")?;
    /// assert!(redis.lpop("lpop:l")?.is_some_and(|value| value == "a"));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn lpop(&self, key: impl ToArg) -> Response<'_, Self, Option<BulkString>> {
        self.execute_command(Command::new(&table::LPOP).key(&key))
    }

    /// Takes up to `count` values from the beginning.
    ///
    /// # Reply
    ///
    /// The values; `None` if the key does not exist.
    ///
    /// [`LPOP`](https://redis.io/docs/latest/commands/lpop/) · since 1.0.0 · O(N) where N is the number of
    /// elements returned
    ///
    /// # Example: take two
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("lpop_count:l")?;
    /// redis.rpush("lpop_count:l", ["a", "b", "c"])?;
    /// assert_eq!(redis.lpop_count("lpop_count:l", 2)?.map(|values| values.len()), Some(2));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn lpop_count(
        &self,
        key: impl ToArg,
        count: u64,
    ) -> Response<'_, Self, Option<Vec<BulkString>>> {
        self.execute_command(Command::new(&table::LPOP).key(&key).arg(&count))
    }

    /// Where a value first stands.
    ///
    /// # Reply
    ///
    /// The index; `None` if it is not in the list, or the key does not exist.
    ///
    /// [`LPOS`](https://redis.io/docs/latest/commands/lpos/) · since 6.0.6 · O(N) where N is the number of
    /// elements in the list, for the average case. When searching for elements near the head or the tail of
    /// the list, or when the MAXLEN option is provided, the command may run in constant time.
    ///
    /// # Example: find a value
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("lpos:l")?;
    /// redis.rpush("lpos:l", ["a", "b", "a"])?;
    /// assert_eq!(redis.lpos("lpos:l", "b")?, Some(1));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn lpos(&self, key: impl ToArg, value: impl ToArg) -> Response<'_, Self, Option<u64>> {
        self.lpos_with(key, value, LPosOptions::new())
    }

    /// Where a value stands, up to `count` times; 0 is every time.
    ///
    /// # Reply
    ///
    /// The indexes; empty if it is not in the list, or the key does not exist.
    ///
    /// [`LPOS`](https://redis.io/docs/latest/commands/lpos/) · since 6.0.6 · O(N) where N is the number of
    /// elements in the list, for the average case. When searching for elements near the head or the tail of
    /// the list, or when the MAXLEN option is provided, the command may run in constant time.
    ///
    /// # Example: find a value everywhere
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("lpos_count:l")?;
    /// redis.rpush("lpos_count:l", ["a", "b", "a"])?;
    /// assert_eq!(redis.lpos_count("lpos_count:l", "a", 0)?, [0, 2]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn lpos_count(
        &self,
        key: impl ToArg,
        value: impl ToArg,
        count: u64,
    ) -> Response<'_, Self, Vec<u64>> {
        self.lpos_count_with(key, value, count, LPosOptions::new())
    }

    /// [`lpos_count`](Self::lpos_count) from another match on, from the end, or in a part of the list.
    ///
    /// # Reply
    ///
    /// The indexes, in the order of the search; empty if it is not in the list, or the key does not exist.
    ///
    /// # Errors
    ///
    /// A rank of 0 is refused before any I/O.
    ///
    /// [`LPOS`](https://redis.io/docs/latest/commands/lpos/) · since 6.0.6 · O(N) where N is the number of
    /// elements in the list, for the average case. When searching for elements near the head or the tail of
    /// the list, or when the MAXLEN option is provided, the command may run in constant time.
    ///
    /// # Example: the last two
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::LPosOptions;
    ///
    /// redis.del("lpos_count_with:l")?;
    /// redis.rpush("lpos_count_with:l", ["a", "a", "b", "a"])?;
    /// let from_the_end = LPosOptions::new().rank(-1);
    /// let found = redis.lpos_count_with("lpos_count_with:l", "a", 2, from_the_end)?;
    /// assert_eq!(found, [3, 1]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn lpos_count_with(
        &self,
        key: impl ToArg,
        value: impl ToArg,
        count: u64,
        options: LPosOptions,
    ) -> Response<'_, Self, Vec<u64>> {
        self.execute_command(
            Command::new(&table::LPOS)
                .key(&key)
                .arg(&value)
                .arg("COUNT")
                .arg(&count)
                .args(&options),
        )
    }

    /// [`lpos`](Self::lpos) of another match than the first, from the end, or in a part of the list.
    ///
    /// # Reply
    ///
    /// The index, from the beginning in any case; `None` if there is no such match, or no such key.
    ///
    /// # Errors
    ///
    /// A rank of 0 is refused before any I/O.
    ///
    /// [`LPOS`](https://redis.io/docs/latest/commands/lpos/) · since 6.0.6 · O(N) where N is the number of
    /// elements in the list, for the average case. When searching for elements near the head or the tail of
    /// the list, or when the MAXLEN option is provided, the command may run in constant time.
    ///
    /// # Example: the last match
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::LPosOptions;
    ///
    /// redis.del("lpos_with:l")?;
    /// redis.rpush("lpos_with:l", ["a", "b", "a"])?;
    /// assert_eq!(redis.lpos_with("lpos_with:l", "a", LPosOptions::new().rank(-1))?, Some(2));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn lpos_with(
        &self,
        key: impl ToArg,
        value: impl ToArg,
        options: LPosOptions,
    ) -> Response<'_, Self, Option<u64>> {
        self.execute_command(Command::new(&table::LPOS).key(&key).arg(&value).args(&options))
    }

    /// Puts values in front, one after the other, so that the last of them comes first.
    ///
    /// # Reply
    ///
    /// How many values the list has then.
    ///
    /// [`LPUSH`](https://redis.io/docs/latest/commands/lpush/) · since 1.0.0 · O(1) for each element added,
    /// so O(N) to add N elements when the command is called with multiple arguments.
    ///
    /// # Example: put in front
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("lpush:l")?;
    /// assert_eq!(redis.lpush("lpush:l", ["a", "b"])?, 2);
    /// assert!(redis.lpop("lpush:l")?.is_some_and(|value| value == "b"));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn lpush(&self, key: impl ToArg, values: impl ToArgs) -> Response<'_, Self, u64> {
        self.execute_command(
            Command::new(&table::LPUSH).key(&key).args(&values).at_least(2, "values"),
        )
    }

    /// Puts values in front of a list that exists.
    ///
    /// # Reply
    ///
    /// How many values the list has then; 0 if the key does not exist.
    ///
    /// [`LPUSHX`](https://redis.io/docs/latest/commands/lpushx/) · since 2.2.0 · O(1) for each element
    /// added, so O(N) to add N elements when the command is called with multiple arguments.
    ///
    /// # Example: no list is made
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// assert_eq!(redis.lpushx("lpushx:none", ["a", "b"])?, 0);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn lpushx(&self, key: impl ToArg, values: impl ToArgs) -> Response<'_, Self, u64> {
        self.execute_command(
            Command::new(&table::LPUSHX).key(&key).args(&values).at_least(2, "values"),
        )
    }

    /// The values from index `start` to `stop`, both included; negative ones count from the end.
    ///
    /// # Reply
    ///
    /// The values, in order; empty if there are none.
    ///
    /// [`LRANGE`](https://redis.io/docs/latest/commands/lrange/) · since 1.0.0 · O(S+N) where S is the
    /// distance of start offset from HEAD for small lists, from nearest end (HEAD or TAIL) for large lists;
    /// and N is the number of elements in the specified range.
    ///
    /// # Example: read all
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("lrange:l")?;
    /// redis.rpush("lrange:l", ["a", "b"])?;
    /// assert_eq!(redis.typed::<Vec<String>>().lrange("lrange:l", 0, -1)?, ["a", "b"]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn lrange(
        &self,
        key: impl ToArg,
        start: i64,
        stop: i64,
    ) -> Response<'_, Self, Vec<BulkString>> {
        self.execute_command(Command::new(&table::LRANGE).key(&key).arg(&start).arg(&stop))
    }

    /// Takes away the first `count` values that equal `value`, the last `-count` if it is negative, all if
    /// it is 0.
    ///
    /// # Reply
    ///
    /// How many were taken away; 0 if the key does not exist.
    ///
    /// [`LREM`](https://redis.io/docs/latest/commands/lrem/) · since 1.0.0 · O(N+M) where N is the length of
    /// the list and M is the number of elements removed.
    ///
    /// # Example: take all away
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("lrem:l")?;
    /// redis.rpush("lrem:l", ["a", "b", "a"])?;
    /// assert_eq!(redis.lrem("lrem:l", 0, "a")?, 2);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn lrem(&self, key: impl ToArg, count: i64, value: impl ToArg) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::LREM).key(&key).arg(&count).arg(&value))
    }

    /// Replaces the value at `index`; a negative one counts from the end, −1 being the last.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// # Errors
    ///
    /// `ERR` if the list has no value there, or the key does not exist.
    ///
    /// [`LSET`](https://redis.io/docs/latest/commands/lset/) · since 1.0.0 · O(N) where N is the length of
    /// the list. Setting either the first or the last element of the list is O(1).
    ///
    /// # Example: replace the last
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.rpush("lset:l", ["a", "b"])?;
    /// redis.lset("lset:l", -1, "z")?;
    /// assert!(redis.lindex("lset:l", -1)?.is_some_and(|value| value == "z"));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn lset(&self, key: impl ToArg, index: i64, value: impl ToArg) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::LSET).key(&key).arg(&index).arg(&value))
    }

    /// Keeps the values from index `start` to `stop`, both included; negative ones count from the end. If
    /// there are none, the key is deleted.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// [`LTRIM`](https://redis.io/docs/latest/commands/ltrim/) · since 1.0.0 · O(N) where N is the number of
    /// elements to be removed by the operation.
    ///
    /// # Example: keep the last two
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("ltrim:l")?;
    /// redis.rpush("ltrim:l", ["a", "b", "c"])?;
    /// redis.ltrim("ltrim:l", -2, -1)?;
    /// assert_eq!(redis.typed::<Vec<String>>().lrange("ltrim:l", 0, -1)?, ["b", "c"]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn ltrim(&self, key: impl ToArg, start: i64, stop: i64) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::LTRIM).key(&key).arg(&start).arg(&stop))
    }

    /// Takes the last value.
    ///
    /// # Reply
    ///
    /// The value; `None` if the key does not exist.
    ///
    /// [`RPOP`](https://redis.io/docs/latest/commands/rpop/) · since 1.0.0 · O(N) where N is the number of
    /// elements returned
    ///
    /// # Example: take the last
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.rpush("rpop:l", ["a", "b"])?;
    /// assert!(redis.rpop("rpop:l")?.is_some_and(|value| value == "b"));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn rpop(&self, key: impl ToArg) -> Response<'_, Self, Option<BulkString>> {
        self.execute_command(Command::new(&table::RPOP).key(&key))
    }

    /// Takes up to `count` values from the end.
    ///
    /// # Reply
    ///
    /// The values, the last first; `None` if the key does not exist.
    ///
    /// [`RPOP`](https://redis.io/docs/latest/commands/rpop/) · since 1.0.0 · O(N) where N is the number of
    /// elements returned
    ///
    /// # Example: take two
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.rpush("rpop_count:l", ["a", "b", "c"])?;
    /// let values = redis.rpop_count("rpop_count:l", 2)?.unwrap_or_default();
    /// assert!(values[0] == "c" && values[1] == "b");
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn rpop_count(
        &self,
        key: impl ToArg,
        count: u64,
    ) -> Response<'_, Self, Option<Vec<BulkString>>> {
        self.execute_command(Command::new(&table::RPOP).key(&key).arg(&count))
    }

    /// Appends values.
    ///
    /// # Reply
    ///
    /// How many values the list has then.
    ///
    /// [`RPUSH`](https://redis.io/docs/latest/commands/rpush/) · since 1.0.0 · O(1) for each element added,
    /// so O(N) to add N elements when the command is called with multiple arguments.
    ///
    /// # Example: append
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("rpush:l")?;
    /// assert_eq!(redis.rpush("rpush:l", ["a", "b"])?, 2);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn rpush(&self, key: impl ToArg, values: impl ToArgs) -> Response<'_, Self, u64> {
        self.execute_command(
            Command::new(&table::RPUSH).key(&key).args(&values).at_least(2, "values"),
        )
    }

    /// Appends values to a list that exists.
    ///
    /// # Reply
    ///
    /// How many values the list has then; 0 if the key does not exist.
    ///
    /// [`RPUSHX`](https://redis.io/docs/latest/commands/rpushx/) · since 2.2.0 · O(1) for each element
    /// added, so O(N) to add N elements when the command is called with multiple arguments.
    ///
    /// # Example: no list is made
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// assert_eq!(redis.rpushx("rpushx:none", ["a", "b"])?, 0);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn rpushx(&self, key: impl ToArg, values: impl ToArgs) -> Response<'_, Self, u64> {
        self.execute_command(
            Command::new(&table::RPUSHX).key(&key).args(&values).at_least(2, "values"),
        )
    }
}

impl<C: ExecuteCommand + ?Sized> ListCommands for C {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{read, refusal, sent, wire};

    #[test]
    fn commands_are_written_as_the_reference_says() {
        assert_eq!(wire(|r| r.llen("l")), "LLEN [l]");
        assert_eq!(wire(|r| r.lpop("l")), "LPOP [l]");
        assert_eq!(wire(|r| r.lpop_count("l", 2)), "LPOP [l] 2");
        assert_eq!(wire(|r| r.lpush("l", ["a", "b"])), "LPUSH [l] a b");
        assert_eq!(wire(|r| r.rpush("l", 1)), "RPUSH [l] 1");
        assert_eq!(wire(|r| r.lrange("l", 0, -1)), "LRANGE [l] 0 -1");
        assert_eq!(wire(|r| r.lindex("l", -1)), "LINDEX [l] -1");
        assert_eq!(wire(|r| r.lpushx("l", ["a", "b"])), "LPUSHX [l] a b");
        assert_eq!(wire(|r| r.rpushx("l", "a")), "RPUSHX [l] a");
        assert_eq!(wire(|r| r.lrem("l", -2, "a")), "LREM [l] -2 a");
        assert_eq!(wire(|r| r.lset("l", 0, "a")), "LSET [l] 0 a");
        assert_eq!(wire(|r| r.ltrim("l", 1, -2)), "LTRIM [l] 1 -2");
        assert_eq!(wire(|r| r.rpop("l")), "RPOP [l]");
        assert_eq!(wire(|r| r.rpop_count("l", 2)), "RPOP [l] 2");
        assert_eq!(wire(|r| r.lpos("l", "a")), "LPOS [l] a");
        assert_eq!(wire(|r| r.lpos_count("l", "a", 0)), "LPOS [l] a COUNT 0");
        let (before, after) = (ListPlace::Before, ListPlace::After);
        assert_eq!(wire(|r| r.linsert("l", before, "p", "v")), "LINSERT [l] BEFORE p v");
        assert_eq!(wire(|r| r.linsert("l", after, "p", "v")), "LINSERT [l] AFTER p v");
    }

    #[test]
    fn the_ends_of_lists_are_named() {
        let (left, right) = (ListEnd::Left, ListEnd::Right);
        let second = Duration::from_secs(1);
        assert_eq!(wire(|r| r.lmove("a", "b", right, left)), "LMOVE [a] [b] RIGHT LEFT");
        assert_eq!(wire(|r| r.lmpop(["a", "b"], left)), "LMPOP 2 [a] [b] LEFT");
        let two = LMPopOptions::new().count(2);
        assert_eq!(wire(|r| r.lmpop_with("a", right, two)), "LMPOP 1 [a] RIGHT COUNT 2");
        assert_eq!(wire(|r| r.blmpop(["a", "b"], left, second)), "BLMPOP 1.000 2 [a] [b] LEFT");
        assert_eq!(
            wire(|r| r.blmpop_with("a", right, Duration::ZERO, two)),
            "BLMPOP 0.000 1 [a] RIGHT COUNT 2"
        );
        assert_eq!(
            wire(|r| r.blmove("a", "b", left, right, second)),
            "BLMOVE [a] [b] LEFT RIGHT 1.000"
        );
        assert_eq!(wire(|r| r.blpop(["a", "b"], second / 2)), "BLPOP [a] [b] 0.500");
        assert_eq!(wire(|r| r.brpop("a", Duration::ZERO)), "BRPOP [a] 0.000");
    }

    #[test]
    fn a_blocking_command_says_how_long_the_server_may_keep_it() {
        let second = Duration::from_secs(1);
        assert_eq!(sent(|r| r.blpop("l", second)).blocking(), Block::For(second));
        assert_eq!(sent(|r| r.blpop("l", Duration::ZERO)).blocking(), Block::Forever);
        let end = ListEnd::Left;
        assert_eq!(sent(|r| r.blmpop("l", end, second)).blocking(), Block::For(second));
        assert_eq!(sent(|r| r.blmove("l", "m", end, end, second)).blocking(), Block::For(second));
        assert!(!sent(|r| r.blpop("l", second)).is_repeatable());
    }

    #[test]
    fn a_timeout_too_short_to_count_is_not_for_ever() {
        assert_eq!(wire(|r| r.blpop("l", Duration::from_nanos(1))), "BLPOP [l] 0.001");
        refusal(|r| r.blpop("l", Duration::MAX));
    }

    #[test]
    fn no_keys_are_refused_although_a_timeout_follows() {
        let none: [&str; 0] = [];
        assert_eq!(
            refusal(|r| r.blpop(none, Duration::ZERO)),
            "BLPOP: `keys` is empty: at least one is needed"
        );
        let empty = "`keys` is empty: at least one is needed";
        let end = ListEnd::Left;
        assert_eq!(refusal(|r| r.lmpop(none, end)), format!("LMPOP: {empty}"));
        assert_eq!(refusal(|r| r.blmpop(none, end, Duration::ZERO)), format!("BLMPOP: {empty}"));
        refusal(|r| r.lpush("l", none));
        refusal(|r| r.lpushx("l", none));
        refusal(|r| r.rpushx("l", none));
    }

    #[test]
    fn nothing_in_time_is_an_answer() {
        let second = Duration::from_secs(1);
        assert_eq!(read("*-1 ", "_ ", |r| r.blpop("l", second)), None);
        let found = read("*2 $1 l $1 v ", "*2 $1 l $1 v ", |r| r.blpop("l", second));
        assert_eq!(found, Some(("l".into(), "v".into())));
        assert_eq!(read("*-1 ", "_ ", |r| r.lpop_count("l", 2)), None);
        let end = ListEnd::Left;
        assert_eq!(read("*-1 ", "_ ", |r| r.blmpop("l", end, second)), None);
        assert_eq!(read("$-1 ", "_ ", |r| r.blmove("l", "m", end, end, second)), None);
        let taken = "*2 $1 l *2 $1 a $1 b ";
        let taken = read(taken, taken, |r| r.lmpop("l", end));
        assert_eq!(taken, Some(("l".into(), vec!["a".into(), "b".into()])));
    }

    #[test]
    fn what_is_not_found_has_no_index() {
        assert_eq!(read("$-1 ", "_ ", |r| r.lpos("l", "v")), None);
        assert_eq!(read(":2 ", ":2 ", |r| r.lpos("l", "v")), Some(2));
        assert!(read("*0 ", "*0 ", |r| r.lpos_count("l", "v", 0)).is_empty());
        assert_eq!(read("*2 :0 :3 ", "*2 :0 :3 ", |r| r.lpos_count("l", "v", 0)), [0, 3]);
    }
}
