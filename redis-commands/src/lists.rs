//! Lists: values in order, taken from either end.
//!
//! Decides how these commands are written and what their replies are. Does not wait: a blocking command
//! says how long the server may keep it, and the client gives it a connection of its own.

use crate::expiry::Patience;
use redis_core::command::{Block, Command, ToArg, ToArgs, table};
use redis_core::{BulkString, ExecuteCommand, Response};
use std::time::Duration;

/// An end of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a list has two ends")]
pub enum ListEnd {
    /// The head: index 0.
    Left,
    /// The tail: index −1.
    Right,
}

impl ToArg for ListEnd {
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        command.push(match self {
            Self::Left => b"LEFT",
            Self::Right => b"RIGHT",
        });
    }
}

/// Commands on lists. Each answers `WRONGTYPE` if the key holds something else.
pub trait ListCommands: ExecuteCommand {
    /// Moves a value from an end of one list to an end of another, and waits for one up to `timeout`;
    /// [`Duration::ZERO`] is for ever.
    ///
    /// # Reply
    ///
    /// The value; `None` if none came in time.
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

    /// Takes the first value of the first list that has one, and waits for one up to `timeout`;
    /// [`Duration::ZERO`] is for ever.
    ///
    /// # Reply
    ///
    /// The key of the list and the value; `None` if none came in time.
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
        let (left, right) = (ListEnd::Left, ListEnd::Right);
        let second = Duration::from_secs(1);
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
        refusal(|r| r.lpush("l", none));
    }

    #[test]
    fn nothing_in_time_is_an_answer() {
        let second = Duration::from_secs(1);
        assert_eq!(read("*-1 ", "_ ", |r| r.blpop("l", second)), None);
        let found = read("*2 $1 l $1 v ", "*2 $1 l $1 v ", |r| r.blpop("l", second));
        assert_eq!(found, Some(("l".into(), "v".into())));
        assert_eq!(read("*-1 ", "_ ", |r| r.lpop_count("l", 2)), None);
    }
}
