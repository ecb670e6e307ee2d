//! Sets: values without order, each once.
//!
//! Decides how these commands are written and what their replies are.

use redis_core::command::{Command, ToArg, ToArgs, table};
use redis_core::{BulkString, ExecuteCommand, Response};
use std::collections::HashSet;

/// Commands on sets. Each answers `WRONGTYPE` if the key holds something else.
pub trait SetCommands: ExecuteCommand {
    /// Adds members.
    ///
    /// # Reply
    ///
    /// How many of them are new.
    ///
    /// [`SADD`](https://redis.io/docs/latest/commands/sadd/) · since 1.0.0 · O(1) for each element added,
    /// so O(N) to add N elements when the command is called with multiple arguments.
    ///
    /// # Example: add two members
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("sadd:s")?;
    /// assert_eq!(redis.sadd("sadd:s", ["a", "b"])?, 2);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn sadd(&self, key: impl ToArg, members: impl ToArgs) -> Response<'_, Self, u64> {
        self.execute_command(
            Command::new(&table::SADD).key(&key).args(&members).at_least(2, "members"),
        )
    }

    /// How many members the set has.
    ///
    /// # Reply
    ///
    /// The number; 0 if the key does not exist.
    ///
    /// [`SCARD`](https://redis.io/docs/latest/commands/scard/) · since 1.0.0 · O(1)
    ///
    /// # Example: count
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.sadd("scard:s", ["a", "b"])?;
    /// assert_eq!(redis.scard("scard:s")?, 2);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn scard(&self, key: impl ToArg) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::SCARD).key(&key))
    }

    /// Whether `member` is in the set.
    ///
    /// # Reply
    ///
    /// Whether it is; not if the key does not exist.
    ///
    /// [`SISMEMBER`](https://redis.io/docs/latest/commands/sismember/) · since 1.0.0 · O(1)
    ///
    /// # Example: ask for a member
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.sadd("sismember:s", "a")?;
    /// assert!(redis.sismember("sismember:s", "a")?);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn sismember(&self, key: impl ToArg, member: impl ToArg) -> Response<'_, Self, bool> {
        self.execute_command(Command::new(&table::SISMEMBER).key(&key).arg(&member))
    }

    /// All members.
    ///
    /// # Reply
    ///
    /// A set, of the same shape on both protocols; empty if the key does not exist.
    ///
    /// [`SMEMBERS`](https://redis.io/docs/latest/commands/smembers/) · since 1.0.0 · O(N) where N is the
    /// set cardinality.
    ///
    /// # Example: read a whole set
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.sadd("smembers:s", ["a", "b"])?;
    /// assert_eq!(redis.smembers("smembers:s")?.len(), 2);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn smembers(&self, key: impl ToArg) -> Response<'_, Self, HashSet<BulkString>> {
        self.execute_command(Command::new(&table::SMEMBERS).key(&key))
    }

    /// Takes members away.
    ///
    /// # Reply
    ///
    /// How many of them were there.
    ///
    /// [`SREM`](https://redis.io/docs/latest/commands/srem/) · since 1.0.0 · O(N) where N is the number of
    /// members to be removed.
    ///
    /// # Example: take one away
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.sadd("srem:s", "a")?;
    /// assert_eq!(redis.srem("srem:s", ["a", "b"])?, 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn srem(&self, key: impl ToArg, members: impl ToArgs) -> Response<'_, Self, u64> {
        self.execute_command(
            Command::new(&table::SREM).key(&key).args(&members).at_least(2, "members"),
        )
    }
}

impl<C: ExecuteCommand + ?Sized> SetCommands for C {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{read, refusal, wire};

    #[test]
    fn commands_are_written_as_the_reference_says() {
        assert_eq!(wire(|r| r.sadd("s", ["a", "b"])), "SADD [s] a b");
        assert_eq!(wire(|r| r.scard("s")), "SCARD [s]");
        assert_eq!(wire(|r| r.sismember("s", "a")), "SISMEMBER [s] a");
        assert_eq!(wire(|r| r.smembers("s")), "SMEMBERS [s]");
        assert_eq!(wire(|r| r.srem("s", "a")), "SREM [s] a");
        let none: [&str; 0] = [];
        refusal(|r| r.sadd("s", none));
    }

    #[test]
    fn a_set_is_a_set_on_both_protocols() {
        let members = read("*2 $1 a $1 b ", "~2 $1 b $1 a ", |r| r.smembers("s"));
        assert_eq!(members, HashSet::from(["a".into(), "b".into()]));
    }
}
