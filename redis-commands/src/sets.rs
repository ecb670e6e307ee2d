//! Sets: values without order, each once.
//!
//! Decides how these commands are written and what their replies are.

use crate::scan::{ScanCursor, ScanOptions, ScanPage};
use crate::set_options::SInterCardOptions;
use redis_core::command::{Command, ToArg, ToArgs, table};
use redis_core::{BulkString, ExecuteCommand, Response, Shape};
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

    /// The members of the first set that none of the others has.
    ///
    /// # Reply
    ///
    /// A set, of the same shape on both protocols; a key that does not exist is an empty set.
    ///
    /// [`SDIFF`](https://redis.io/docs/latest/commands/sdiff/) · since 1.0.0 · O(N) where N is the total
    /// number of elements in all given sets.
    ///
    /// # Example: what only one has
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use std::collections::HashSet;
    ///
    /// redis.sadd("{sdiff}:a", ["x", "y"])?;
    /// redis.sadd("{sdiff}:b", "y")?;
    /// let only = redis.sdiff(["{sdiff}:a", "{sdiff}:b"])?;
    /// assert_eq!(only, HashSet::from(["x".into()]));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn sdiff(&self, keys: impl ToArgs) -> Response<'_, Self, HashSet<BulkString>> {
        self.execute_command(Command::new(&table::SDIFF).keys(&keys).at_least(1, "keys"))
    }

    /// Stores the members of the first set that none of the others has; what `destination` held is
    /// replaced.
    ///
    /// # Reply
    ///
    /// How many they are; if there are none, `destination` does not exist.
    ///
    /// [`SDIFFSTORE`](https://redis.io/docs/latest/commands/sdiffstore/) · since 1.0.0 · O(N) where N is the
    /// total number of elements in all given sets.
    ///
    /// # Example: store what only one has
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.sadd("{sdiffstore}:a", ["x", "y"])?;
    /// redis.sadd("{sdiffstore}:b", "y")?;
    /// let sets = ["{sdiffstore}:a", "{sdiffstore}:b"];
    /// assert_eq!(redis.sdiffstore("{sdiffstore}:only", sets)?, 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn sdiffstore(&self, destination: impl ToArg, keys: impl ToArgs) -> Response<'_, Self, u64> {
        self.execute_command(
            Command::new(&table::SDIFFSTORE).key(&destination).keys(&keys).at_least(2, "keys"),
        )
    }

    /// The members that all sets have.
    ///
    /// # Reply
    ///
    /// A set, of the same shape on both protocols; a key that does not exist is an empty set.
    ///
    /// [`SINTER`](https://redis.io/docs/latest/commands/sinter/) · since 1.0.0 · O(N\*M) worst case where N
    /// is the cardinality of the smallest set and M is the number of sets.
    ///
    /// # Example: what both have
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use std::collections::HashSet;
    ///
    /// redis.sadd("{sinter}:a", ["x", "y"])?;
    /// redis.sadd("{sinter}:b", ["y", "z"])?;
    /// let both = redis.sinter(["{sinter}:a", "{sinter}:b"])?;
    /// assert_eq!(both, HashSet::from(["y".into()]));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn sinter(&self, keys: impl ToArgs) -> Response<'_, Self, HashSet<BulkString>> {
        self.execute_command(Command::new(&table::SINTER).keys(&keys).at_least(1, "keys"))
    }

    /// How many members all sets have in common.
    ///
    /// # Reply
    ///
    /// The number; 0 if a key does not exist.
    ///
    /// [`SINTERCARD`](https://redis.io/docs/latest/commands/sintercard/) · since 7.0.0 · O(N\*M) worst case
    /// where N is the cardinality of the smallest set and M is the number of sets.
    ///
    /// # Example: count what both have
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.sadd("{sintercard}:a", ["x", "y"])?;
    /// redis.sadd("{sintercard}:b", ["y", "z"])?;
    /// assert_eq!(redis.sintercard(["{sintercard}:a", "{sintercard}:b"])?, 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn sintercard(&self, keys: impl ToArgs) -> Response<'_, Self, u64> {
        self.sintercard_with(keys, SInterCardOptions::new())
    }

    /// [`sintercard`](Self::sintercard) up to a limit, where counting ends.
    ///
    /// # Reply
    ///
    /// The number, or the limit if there are more; 0 if a key does not exist.
    ///
    /// [`SINTERCARD`](https://redis.io/docs/latest/commands/sintercard/) · since 7.0.0 · O(N\*M) worst case
    /// where N is the cardinality of the smallest set and M is the number of sets.
    ///
    /// # Example: have they anything in common?
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::SInterCardOptions;
    ///
    /// redis.sadd("{sintercard_with}:a", ["x", "y"])?;
    /// redis.sadd("{sintercard_with}:b", ["x", "y"])?;
    /// let sets = ["{sintercard_with}:a", "{sintercard_with}:b"];
    /// assert_eq!(redis.sintercard_with(sets, SInterCardOptions::new().limit(1))?, 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn sintercard_with(
        &self,
        keys: impl ToArgs,
        options: SInterCardOptions,
    ) -> Response<'_, Self, u64> {
        self.execute_command(
            Command::new(&table::SINTERCARD).counted_keys(&keys).at_least(2, "keys").args(&options),
        )
    }

    /// Stores the members that all sets have; what `destination` held is replaced.
    ///
    /// # Reply
    ///
    /// How many they are; if there are none, `destination` does not exist.
    ///
    /// [`SINTERSTORE`](https://redis.io/docs/latest/commands/sinterstore/) · since 1.0.0 · O(N\*M) worst
    /// case where N is the cardinality of the smallest set and M is the number of sets.
    ///
    /// # Example: store what both have
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.sadd("{sinterstore}:a", ["x", "y"])?;
    /// redis.sadd("{sinterstore}:b", ["y", "z"])?;
    /// let sets = ["{sinterstore}:a", "{sinterstore}:b"];
    /// assert_eq!(redis.sinterstore("{sinterstore}:both", sets)?, 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn sinterstore(&self, destination: impl ToArg, keys: impl ToArgs) -> Response<'_, Self, u64> {
        self.execute_command(
            Command::new(&table::SINTERSTORE).key(&destination).keys(&keys).at_least(2, "keys"),
        )
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

    /// Which of several members are in the set.
    ///
    /// # Reply
    ///
    /// For each, in their order, whether it is; none is if the key does not exist.
    ///
    /// [`SMISMEMBER`](https://redis.io/docs/latest/commands/smismember/) · since 6.2.0 · O(N) where N is the
    /// number of elements being checked for membership
    ///
    /// # Example: ask for two members
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.sadd("smismember:s", "a")?;
    /// assert_eq!(redis.smismember("smismember:s", ["a", "b"])?, [true, false]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn smismember(&self, key: impl ToArg, members: impl ToArgs) -> Response<'_, Self, Vec<bool>> {
        self.execute_command(
            Command::new(&table::SMISMEMBER).key(&key).args(&members).at_least(2, "members"),
        )
    }

    /// Moves a member from one set to another.
    ///
    /// # Reply
    ///
    /// Whether it was moved; not if `source` does not have it.
    ///
    /// [`SMOVE`](https://redis.io/docs/latest/commands/smove/) · since 1.0.0 · O(1)
    ///
    /// # Example: a task is done
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.sadd("{smove}:todo", "task")?;
    /// assert!(redis.smove("{smove}:todo", "{smove}:done", "task")?);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn smove(
        &self,
        source: impl ToArg,
        destination: impl ToArg,
        member: impl ToArg,
    ) -> Response<'_, Self, bool> {
        self.execute_command(
            Command::new(&table::SMOVE).key(&source).key(&destination).arg(&member),
        )
    }

    /// Takes a random member away.
    ///
    /// # Reply
    ///
    /// The member; `None` if the key does not exist.
    ///
    /// [`SPOP`](https://redis.io/docs/latest/commands/spop/) · since 1.0.0 · Without the count argument
    /// O(1), otherwise O(N) where N is the value of the passed count.
    ///
    /// # Example: draw a lot
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.sadd("spop:s", "a")?;
    /// assert!(redis.spop("spop:s")?.is_some_and(|member| member == "a"));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn spop(&self, key: impl ToArg) -> Response<'_, Self, Option<BulkString>> {
        self.execute_command(Command::new(&table::SPOP).key(&key))
    }

    /// Takes up to `count` random members away.
    ///
    /// # Reply
    ///
    /// A set, of the same shape on both protocols; empty if the key does not exist.
    ///
    /// [`SPOP`](https://redis.io/docs/latest/commands/spop/) · since 1.0.0 · Without the count argument
    /// O(1), otherwise O(N) where N is the value of the passed count.
    ///
    /// # Example: draw two lots
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.sadd("spop_count:s", ["a", "b", "c"])?;
    /// assert_eq!(redis.spop_count("spop_count:s", 2)?.len(), 2);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn spop_count(&self, key: impl ToArg, count: u64) -> Response<'_, Self, HashSet<BulkString>> {
        self.execute_command(Command::new(&table::SPOP).key(&key).arg(&count).shape(Shape::Set))
    }

    /// A random member, which stays.
    ///
    /// # Reply
    ///
    /// The member; `None` if the key does not exist.
    ///
    /// [`SRANDMEMBER`](https://redis.io/docs/latest/commands/srandmember/) · since 1.0.0 · Without the count
    /// argument O(1), otherwise O(N) where N is the absolute value of the passed count.
    ///
    /// # Example: draw one member
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.sadd("srandmember:s", "a")?;
    /// assert!(redis.srandmember("srandmember:s")?.is_some_and(|member| member == "a"));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn srandmember(&self, key: impl ToArg) -> Response<'_, Self, Option<BulkString>> {
        self.execute_command(Command::new(&table::SRANDMEMBER).key(&key))
    }

    /// Random members, which stay: up to `count` different ones, or exactly `-count` with repetitions.
    ///
    /// # Reply
    ///
    /// The members; empty if the key does not exist.
    ///
    /// [`SRANDMEMBER`](https://redis.io/docs/latest/commands/srandmember/) · since 1.0.0 · Without the count
    /// argument O(1), otherwise O(N) where N is the absolute value of the passed count.
    ///
    /// # Example: draw three times from one member
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.sadd("srandmember_count:s", "a")?;
    /// assert_eq!(redis.srandmember_count("srandmember_count:s", -3)?.len(), 3);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn srandmember_count(
        &self,
        key: impl ToArg,
        count: i64,
    ) -> Response<'_, Self, Vec<BulkString>> {
        self.execute_command(Command::new(&table::SRANDMEMBER).key(&key).arg(&count))
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

    /// A page of the members, from `cursor` on. A member that is there all the time comes at least once; one
    /// that comes or goes meanwhile may come or not, and any may come twice. A small set is one page.
    ///
    /// # Reply
    ///
    /// The members, and where the next page begins.
    ///
    /// [`SSCAN`](https://redis.io/docs/latest/commands/sscan/) · since 2.8.0 · O(1) for every call. O(N) for
    /// a complete iteration, including enough command calls for the cursor to return back to 0. N is the
    /// number of elements inside the collection.
    ///
    /// # Example: go through all
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::ScanCursor;
    ///
    /// redis.del("sscan:s")?;
    /// redis.sadd("sscan:s", ["a", "b"])?;
    /// let (mut cursor, mut found) = (Some(ScanCursor::START), 0);
    /// while let Some(here) = cursor {
    ///     let page = redis.sscan("sscan:s", here)?;
    ///     found += page.items.len();
    ///     cursor = page.next;
    /// }
    /// assert_eq!(found, 2);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn sscan(
        &self,
        key: impl ToArg,
        cursor: ScanCursor,
    ) -> Response<'_, Self, ScanPage<BulkString>> {
        self.sscan_with(key, cursor, ScanOptions::new())
    }

    /// [`sscan`](Self::sscan) of what matches a pattern, or by larger pages.
    ///
    /// # Reply
    ///
    /// The members, and where the next page begins.
    ///
    /// # Errors
    ///
    /// A count of 0 is refused before any I/O.
    ///
    /// [`SSCAN`](https://redis.io/docs/latest/commands/sscan/) · since 2.8.0 · O(1) for every call. O(N) for
    /// a complete iteration, including enough command calls for the cursor to return back to 0. N is the
    /// number of elements inside the collection.
    ///
    /// # Example: who begins with `a`
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::{ScanCursor, ScanOptions};
    ///
    /// redis.sadd("sscan_with:s", ["ada", "grace"])?;
    /// let with_a = ScanOptions::new().pattern("a*").count(100);
    /// let page = redis.sscan_with("sscan_with:s", ScanCursor::START, with_a)?;
    /// assert_eq!(page.items, ["ada"]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn sscan_with(
        &self,
        key: impl ToArg,
        cursor: ScanCursor,
        options: ScanOptions,
    ) -> Response<'_, Self, ScanPage<BulkString>> {
        self.execute_command(Command::new(&table::SSCAN).key(&key).arg(&cursor).args(&options))
    }

    /// The members that any of the sets has.
    ///
    /// # Reply
    ///
    /// A set, of the same shape on both protocols; a key that does not exist is an empty set.
    ///
    /// [`SUNION`](https://redis.io/docs/latest/commands/sunion/) · since 1.0.0 · O(N) where N is the total
    /// number of elements in all given sets.
    ///
    /// # Example: what either has
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.sadd("{sunion}:a", ["x", "y"])?;
    /// redis.sadd("{sunion}:b", ["y", "z"])?;
    /// assert_eq!(redis.sunion(["{sunion}:a", "{sunion}:b"])?.len(), 3);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn sunion(&self, keys: impl ToArgs) -> Response<'_, Self, HashSet<BulkString>> {
        self.execute_command(Command::new(&table::SUNION).keys(&keys).at_least(1, "keys"))
    }

    /// Stores the members that any of the sets has; what `destination` held is replaced.
    ///
    /// # Reply
    ///
    /// How many they are; if there are none, `destination` does not exist.
    ///
    /// [`SUNIONSTORE`](https://redis.io/docs/latest/commands/sunionstore/) · since 1.0.0 · O(N) where N is
    /// the total number of elements in all given sets.
    ///
    /// # Example: store what either has
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.sadd("{sunionstore}:a", ["x", "y"])?;
    /// redis.sadd("{sunionstore}:b", ["y", "z"])?;
    /// let sets = ["{sunionstore}:a", "{sunionstore}:b"];
    /// assert_eq!(redis.sunionstore("{sunionstore}:all", sets)?, 3);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn sunionstore(&self, destination: impl ToArg, keys: impl ToArgs) -> Response<'_, Self, u64> {
        self.execute_command(
            Command::new(&table::SUNIONSTORE).key(&destination).keys(&keys).at_least(2, "keys"),
        )
    }
}

impl<C: ExecuteCommand + ?Sized> SetCommands for C {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{read, refusal, wire};
    use redis_core::Value;

    #[test]
    fn commands_are_written_as_the_reference_says() {
        assert_eq!(wire(|r| r.sadd("s", ["a", "b"])), "SADD [s] a b");
        assert_eq!(wire(|r| r.scard("s")), "SCARD [s]");
        assert_eq!(wire(|r| r.sismember("s", "a")), "SISMEMBER [s] a");
        assert_eq!(wire(|r| r.smembers("s")), "SMEMBERS [s]");
        assert_eq!(wire(|r| r.srem("s", "a")), "SREM [s] a");
        assert_eq!(wire(|r| r.smismember("s", ["a", "b"])), "SMISMEMBER [s] a b");
        assert_eq!(wire(|r| r.smove("a", "b", "m")), "SMOVE [a] [b] m");
        assert_eq!(wire(|r| r.spop("s")), "SPOP [s]");
        assert_eq!(wire(|r| r.spop_count("s", 2)), "SPOP [s] 2");
        assert_eq!(wire(|r| r.srandmember("s")), "SRANDMEMBER [s]");
        assert_eq!(wire(|r| r.srandmember_count("s", -2)), "SRANDMEMBER [s] -2");
    }

    #[test]
    fn what_combines_sets_takes_any_number_of_them() {
        let sets = ["a", "b"];
        assert_eq!(wire(|r| r.sdiff(sets)), "SDIFF [a] [b]");
        assert_eq!(wire(|r| r.sinter(sets)), "SINTER [a] [b]");
        assert_eq!(wire(|r| r.sunion("a")), "SUNION [a]");
        assert_eq!(wire(|r| r.sdiffstore("d", sets)), "SDIFFSTORE [d] [a] [b]");
        assert_eq!(wire(|r| r.sinterstore("d", sets)), "SINTERSTORE [d] [a] [b]");
        assert_eq!(wire(|r| r.sunionstore("d", sets)), "SUNIONSTORE [d] [a] [b]");
        assert_eq!(wire(|r| r.sintercard(sets)), "SINTERCARD 2 [a] [b]");
        let ten = SInterCardOptions::new().limit(10);
        assert_eq!(wire(|r| r.sintercard_with("a", ten)), "SINTERCARD 1 [a] LIMIT 10");
    }

    #[test]
    fn empty_lists_are_refused_by_name() {
        let none: [&str; 0] = [];
        let members = "`members` is empty: at least one is needed";
        assert_eq!(refusal(|r| r.sadd("s", none)), format!("SADD: {members}"));
        assert_eq!(refusal(|r| r.srem("s", none)), format!("SREM: {members}"));
        assert_eq!(refusal(|r| r.smismember("s", none)), format!("SMISMEMBER: {members}"));
        let keys = "`keys` is empty: at least one is needed";
        assert_eq!(refusal(|r| r.sdiff(none)), format!("SDIFF: {keys}"));
        assert_eq!(refusal(|r| r.sinter(none)), format!("SINTER: {keys}"));
        assert_eq!(refusal(|r| r.sunion(none)), format!("SUNION: {keys}"));
        assert_eq!(refusal(|r| r.sdiffstore("d", none)), format!("SDIFFSTORE: {keys}"));
        assert_eq!(refusal(|r| r.sinterstore("d", none)), format!("SINTERSTORE: {keys}"));
        assert_eq!(refusal(|r| r.sunionstore("d", none)), format!("SUNIONSTORE: {keys}"));
        assert_eq!(refusal(|r| r.sintercard(none)), format!("SINTERCARD: {keys}"));
    }

    #[test]
    fn a_set_is_a_set_on_both_protocols() {
        let members = read("*2 $1 a $1 b ", "~2 $1 b $1 a ", |r| r.smembers("s"));
        assert_eq!(members, HashSet::from(["a".into(), "b".into()]));
        let taken = read("*1 $1 a ", "~1 $1 a ", |r| r.spop_count("s", 2));
        assert_eq!(taken, HashSet::from(["a".into()]));
        let common = read("*0 ", "~0 ", |r| r.sinter("s"));
        assert!(common.is_empty());
        let set = read("*1 $1 a ", "~1 $1 a ", |r| r.typed::<Value>().spop_count("s", 2));
        assert!(matches!(set, Value::Set(_)));
    }

    #[test]
    fn random_members_of_nothing_are_none() {
        assert_eq!(read("$-1 ", "_ ", |r| r.spop("s")), None);
        assert_eq!(read("$-1 ", "_ ", |r| r.srandmember("s")), None);
        assert!(read("*0 ", "*0 ", |r| r.srandmember_count("s", 2)).is_empty());
        assert_eq!(read("*2 :1 :0 ", "*2 :1 :0 ", |r| r.smismember("s", "a")), [true, false]);
    }
}
