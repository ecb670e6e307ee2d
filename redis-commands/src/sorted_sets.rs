//! Sorted sets: members, each with a score that orders them.
//!
//! Decides how these commands are written and what their replies are.

use crate::arguments::Arguments;
use crate::expiry::Patience;
use crate::scan::{ScanCursor, ScanOptions, ScanPage};
use crate::sorted_set_options::{
    ScoreEnd, ZAddOptions, ZCombineOptions, ZInterCardOptions, ZMPopOptions,
};
use crate::sorted_set_ranges::{LexRange, ScoreRange, ScoredZRange, ZRange, ZRangeByRank};
#[cfg(doc)]
use crate::{ZRangeByLex, ZRangeByScore};
use redis_core::command::{Block, Command, ToArg, ToArgs, table};
use redis_core::{BulkString, ExecuteCommand, Response, Shape};
use std::time::Duration;

/// Members with their scores, in order.
pub type ScoredMembers = Vec<(BulkString, f64)>;

/// Commands on sorted sets. Each answers `WRONGTYPE` if the key holds something else.
///
/// What Redis deprecated has no method: `ZRANGEBYSCORE`, `ZREVRANGEBYSCORE`, `ZRANGEBYLEX`,
/// `ZREVRANGEBYLEX` and `ZREVRANGE` are [`zrange_with`](Self::zrange_with) of a [`ZRangeByScore`],
/// [`ZRangeByLex`] or [`ZRangeByRank`], in reverse by its `rev`.
pub trait SortedSetCommands: ExecuteCommand {
    /// Takes a member from an end of the first sorted set that has some, and waits for one up to `timeout`;
    /// [`Duration::ZERO`] is for ever.
    ///
    /// # Reply
    ///
    /// The key, and the member with its score; `None` if none came in time.
    ///
    /// # Cancellation
    ///
    /// An async call that is dropped ends the wait on the server too; what it took all the same is handed to the
    /// client's `on_orphan`.
    ///
    /// [`BZMPOP`](https://redis.io/docs/latest/commands/bzmpop/) · since 7.0.0 · O(K) + O(M\*log(N)) where K
    /// is the number of provided keys, N being the number of elements in the sorted set, and M being the
    /// number of elements popped.
    ///
    /// # Example: wait for work
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("bzmpop:z")?;
    /// redis.zadd("bzmpop:z", [(1, "a"), (2, "b")])?;
    /// use redis_sync::ScoreEnd;
    /// use std::time::Duration;
    ///
    /// let taken = redis.bzmpop("bzmpop:z", ScoreEnd::Max, Duration::from_secs(1))?;
    /// assert!(taken.is_some_and(|(key, members)| key == "bzmpop:z" && members[0].0 == "b"));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn bzmpop(
        &self,
        keys: impl ToArgs,
        end: ScoreEnd,
        timeout: Duration,
    ) -> Response<'_, Self, Option<(BulkString, ScoredMembers)>> {
        self.bzmpop_with(keys, end, timeout, ZMPopOptions::new())
    }

    /// [`bzmpop`](Self::bzmpop) of so many members.
    ///
    /// # Reply
    ///
    /// The key, and the members with their scores, the one at the end first; `None` if none came in time.
    ///
    /// # Cancellation
    ///
    /// An async call that is dropped ends the wait on the server too; what it took all the same is handed to the
    /// client's `on_orphan`.
    ///
    /// [`BZMPOP`](https://redis.io/docs/latest/commands/bzmpop/) · since 7.0.0 · O(K) + O(M\*log(N)) where K
    /// is the number of provided keys, N being the number of elements in the sorted set, and M being the
    /// number of elements popped.
    ///
    /// # Example: two at a time
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::{ScoreEnd, ZMPopOptions};
    /// use std::time::Duration;
    ///
    /// redis.del("bzmpop_with:z")?;
    /// redis.zadd("bzmpop_with:z", [(1, "a"), (2, "b"), (3, "c")])?;
    /// let (two, second) = (ZMPopOptions::new().count(2), Duration::from_secs(1));
    /// let taken = redis.bzmpop_with("bzmpop_with:z", ScoreEnd::Min, second, two)?;
    /// assert!(taken.is_some_and(|(_, members)| members.len() == 2));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn bzmpop_with(
        &self,
        keys: impl ToArgs,
        end: ScoreEnd,
        timeout: Duration,
        options: ZMPopOptions,
    ) -> Response<'_, Self, Option<(BulkString, ScoredMembers)>> {
        self.execute_command(
            Command::new(&table::BZMPOP)
                .arg(&Patience(timeout))
                .counted_keys(&keys)
                .at_least(3, "keys")
                .arg(&end)
                .args(&options)
                .block(Block::within(timeout))
                .shape(TAKEN),
        )
    }

    /// Takes the member with the greatest score of the first sorted set that has some, and waits for one up
    /// to `timeout`; [`Duration::ZERO`] is for ever.
    ///
    /// # Reply
    ///
    /// The key, the member and its score; `None` if none came in time.
    ///
    /// # Cancellation
    ///
    /// An async call that is dropped ends the wait on the server too; what it took all the same is handed to the
    /// client's `on_orphan`.
    ///
    /// [`BZPOPMAX`](https://redis.io/docs/latest/commands/bzpopmax/) · since 5.0.0 · O(log(N)) with N being
    /// the number of elements in the sorted set.
    ///
    /// # Example: the most urgent first
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use std::time::Duration;
    ///
    /// redis.del("bzpopmax:z")?;
    /// redis.zadd("bzpopmax:z", [(1, "a"), (2, "b")])?;
    /// let taken = redis.bzpopmax("bzpopmax:z", Duration::from_secs(1))?;
    /// assert!(taken.is_some_and(|(_, member, score)| member == "b" && score == 2.0));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn bzpopmax(
        &self,
        keys: impl ToArgs,
        timeout: Duration,
    ) -> Response<'_, Self, Option<(BulkString, BulkString, f64)>> {
        self.execute_command(
            Command::new(&table::BZPOPMAX)
                .keys(&keys)
                .at_least(1, "keys")
                .arg(&Patience(timeout))
                .block(Block::within(timeout))
                .shape(POPPED),
        )
    }

    /// Takes the member with the least score of the first sorted set that has some, and waits for one up to
    /// `timeout`; [`Duration::ZERO`] is for ever.
    ///
    /// # Reply
    ///
    /// The key, the member and its score; `None` if none came in time.
    ///
    /// # Cancellation
    ///
    /// An async call that is dropped ends the wait on the server too; what it took all the same is handed to the
    /// client's `on_orphan`.
    ///
    /// [`BZPOPMIN`](https://redis.io/docs/latest/commands/bzpopmin/) · since 5.0.0 · O(log(N)) with N being
    /// the number of elements in the sorted set.
    ///
    /// # Example: nothing to do
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use std::time::Duration;
    ///
    /// redis.del("bzpopmin:z")?;
    /// assert_eq!(redis.bzpopmin(["bzpopmin:z"], Duration::from_millis(10))?, None);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn bzpopmin(
        &self,
        keys: impl ToArgs,
        timeout: Duration,
    ) -> Response<'_, Self, Option<(BulkString, BulkString, f64)>> {
        self.execute_command(
            Command::new(&table::BZPOPMIN)
                .keys(&keys)
                .at_least(1, "keys")
                .arg(&Patience(timeout))
                .block(Block::within(timeout))
                .shape(POPPED),
        )
    }

    /// Adds members with their scores, or gives those that are there new scores: pairs of score and
    /// member.
    ///
    /// # Reply
    ///
    /// How many members are new.
    ///
    /// # Errors
    ///
    /// A score that is NaN is refused before any I/O.
    ///
    /// [`ZADD`](https://redis.io/docs/latest/commands/zadd/) · since 1.2.0 · O(log(N)) for each item added,
    /// where N is the number of elements in the sorted set.
    ///
    /// # Example: add two members
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("zadd:z")?;
    /// assert_eq!(redis.zadd("zadd:z", [(1.0, "a"), (2.5, "b")])?, 2);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zadd(&self, key: impl ToArg, scores: impl ToArgs) -> Response<'_, Self, u64> {
        self.zadd_with(key, scores, ZAddOptions::new())
    }

    /// [`zadd`](Self::zadd) under a condition, or counting what changed.
    ///
    /// # Reply
    ///
    /// How many members are new; with [`count_changed`](ZAddOptions::count_changed) how many are new or
    /// have another score.
    ///
    /// # Errors
    ///
    /// A score that is NaN is refused before any I/O.
    ///
    /// [`ZADD`](https://redis.io/docs/latest/commands/zadd/) · since 1.2.0 · O(log(N)) for each item added,
    /// where N is the number of elements in the sorted set.
    ///
    /// # Example: keep the best score
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::ZAddOptions;
    ///
    /// redis.del("zadd_with:z")?;
    /// redis.zadd("zadd_with:z", (5, "a"))?;
    /// let best = ZAddOptions::if_greater().count_changed();
    /// assert_eq!(redis.zadd_with("zadd_with:z", (3, "a"), best)?, 0);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zadd_with(
        &self,
        key: impl ToArg,
        scores: impl ToArgs,
        options: ZAddOptions,
    ) -> Response<'_, Self, u64> {
        self.execute_command(
            Command::new(&table::ZADD).key(&key).args(&options).in_pairs("scores", &scores),
        )
    }

    /// Adds `increment` to the score of `member`, which starts from 0 (`INCR`).
    ///
    /// # Reply
    ///
    /// The score then.
    ///
    /// # Errors
    ///
    /// `ERR` if the score would be no number. An increment that is NaN is refused before any I/O.
    ///
    /// [`ZADD`](https://redis.io/docs/latest/commands/zadd/) · since 1.2.0 · O(log(N)) for each item added,
    /// where N is the number of elements in the sorted set.
    ///
    /// # Example: one point more
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("zadd_incr:z")?;
    /// assert_eq!(redis.zadd_incr("zadd_incr:z", 1.5, "a")?, 1.5);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    #[doc(alias = "zincrby")]
    fn zadd_incr(
        &self,
        key: impl ToArg,
        increment: f64,
        member: impl ToArg,
    ) -> Response<'_, Self, f64> {
        self.execute_command(
            Command::new(&table::ZADD).key(&key).arg("INCR").arg(&increment).arg(&member),
        )
    }

    /// [`zadd_incr`](Self::zadd_incr) under a condition.
    ///
    /// # Reply
    ///
    /// The score then; `None` if the condition does not hold.
    ///
    /// # Errors
    ///
    /// `ERR` if the score would be no number. An increment that is NaN is refused before any I/O.
    ///
    /// [`ZADD`](https://redis.io/docs/latest/commands/zadd/) · since 1.2.0 · O(log(N)) for each item added,
    /// where N is the number of elements in the sorted set.
    ///
    /// # Example: only for those who play already
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::ZAddOptions;
    ///
    /// redis.del("zadd_incr_with:z")?;
    /// let playing = ZAddOptions::if_present();
    /// assert_eq!(redis.zadd_incr_with("zadd_incr_with:z", 1.0, "a", playing)?, None);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zadd_incr_with(
        &self,
        key: impl ToArg,
        increment: f64,
        member: impl ToArg,
        options: ZAddOptions,
    ) -> Response<'_, Self, Option<f64>> {
        self.execute_command(
            Command::new(&table::ZADD)
                .key(&key)
                .args(&options)
                .arg("INCR")
                .arg(&increment)
                .arg(&member),
        )
    }

    /// How many members the sorted set has.
    ///
    /// # Reply
    ///
    /// The number; 0 if the key does not exist.
    ///
    /// [`ZCARD`](https://redis.io/docs/latest/commands/zcard/) · since 1.2.0 · O(1)
    ///
    /// # Example: count
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.zadd("zcard:z", [(1, "a"), (2, "b")])?;
    /// assert_eq!(redis.zcard("zcard:z")?, 2);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zcard(&self, key: impl ToArg) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::ZCARD).key(&key))
    }

    /// How many members have a score in the range.
    ///
    /// # Reply
    ///
    /// The number; 0 if the key does not exist.
    ///
    /// # Errors
    ///
    /// A range in which no score can lie is refused before any I/O.
    ///
    /// [`ZCOUNT`](https://redis.io/docs/latest/commands/zcount/) · since 2.0.0 · O(log(N)) with N being the
    /// number of elements in the sorted set.
    ///
    /// # Example: how many have passed
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("zcount:z")?;
    /// redis.zadd("zcount:z", [(1, "a"), (2, "b"), (3, "c")])?;
    /// assert_eq!(redis.zcount("zcount:z", 2..)?, 2);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zcount(&self, key: impl ToArg, scores: impl Into<ScoreRange>) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::ZCOUNT).key(&key).args(&scores.into()))
    }

    /// The members of the first sorted set that are in none of the others.
    ///
    /// # Reply
    ///
    /// The members, in order; empty if there are none.
    ///
    /// [`ZDIFF`](https://redis.io/docs/latest/commands/zdiff/) · since 6.2.0 · O(L + (N-K)log(N)) worst case
    /// where L is the total number of elements in all the sets, N is the size of the first set, and K is the
    /// size of the result set.
    ///
    /// # Example: who is missing
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del(["{zdiff}:all", "{zdiff}:here"])?;
    /// redis.zadd("{zdiff}:all", [(1, "a"), (2, "b")])?;
    /// redis.zadd("{zdiff}:here", (1, "a"))?;
    /// assert_eq!(redis.zdiff(["{zdiff}:all", "{zdiff}:here"])?, ["b"]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zdiff(&self, keys: impl ToArgs) -> Response<'_, Self, Vec<BulkString>> {
        self.execute_command(Command::new(&table::ZDIFF).counted_keys(&keys).at_least(2, "keys"))
    }

    /// [`zdiff`](Self::zdiff) with the scores (`WITHSCORES`).
    ///
    /// # Reply
    ///
    /// Pairs of member and score, in order, of the same shape on both protocols.
    ///
    /// [`ZDIFF`](https://redis.io/docs/latest/commands/zdiff/) · since 6.2.0 · O(L + (N-K)log(N)) worst case
    /// where L is the total number of elements in all the sets, N is the size of the first set, and K is the
    /// size of the result set.
    ///
    /// # Example: who is missing, with scores
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del(["{zdiff_with_scores}:all", "{zdiff_with_scores}:here"])?;
    /// redis.zadd("{zdiff_with_scores}:all", (1.5, "a"))?;
    /// let missing = redis.zdiff_with_scores(["{zdiff_with_scores}:all", "{zdiff_with_scores}:here"])?;
    /// assert!(missing[0].0 == "a" && missing[0].1 == 1.5);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zdiff_with_scores(&self, keys: impl ToArgs) -> Response<'_, Self, ScoredMembers> {
        self.execute_command(
            Command::new(&table::ZDIFF)
                .counted_keys(&keys)
                .at_least(2, "keys")
                .arg("WITHSCORES")
                .shape(SCORED),
        )
    }

    /// Stores in `destination` the members of the first sorted set that are in none of the others. What was
    /// there is overwritten; without a member it is deleted.
    ///
    /// # Reply
    ///
    /// How many members were stored.
    ///
    /// [`ZDIFFSTORE`](https://redis.io/docs/latest/commands/zdiffstore/) · since 6.2.0 · O(L + (N-K)log(N))
    /// worst case where L is the total number of elements in all the sets, N is the size of the first set,
    /// and K is the size of the result set.
    ///
    /// # Example: store who is missing
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del(["{zdiffstore}:all", "{zdiffstore}:here"])?;
    /// redis.zadd("{zdiffstore}:all", [(1, "a"), (2, "b")])?;
    /// let stored = redis.zdiffstore("{zdiffstore}:to", ["{zdiffstore}:all", "{zdiffstore}:here"])?;
    /// assert_eq!(stored, 2);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zdiffstore(&self, destination: impl ToArg, keys: impl ToArgs) -> Response<'_, Self, u64> {
        self.execute_command(
            Command::new(&table::ZDIFFSTORE)
                .key(&destination)
                .counted_keys(&keys)
                .at_least(3, "keys"),
        )
    }

    /// Adds `increment` to the score of `member`, which starts from 0.
    ///
    /// # Reply
    ///
    /// The score then.
    ///
    /// # Errors
    ///
    /// `ERR` if the score would be no number. An increment that is NaN is refused before any I/O.
    ///
    /// [`ZINCRBY`](https://redis.io/docs/latest/commands/zincrby/) · since 1.2.0 · O(log(N)) where N is the
    /// number of elements in the sorted set.
    ///
    /// # Example: one point more
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("zincrby:z")?;
    /// redis.zincrby("zincrby:z", 1.5, "a")?;
    /// assert_eq!(redis.zincrby("zincrby:z", 1.0, "a")?, 2.5);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zincrby(
        &self,
        key: impl ToArg,
        increment: f64,
        member: impl ToArg,
    ) -> Response<'_, Self, f64> {
        self.execute_command(Command::new(&table::ZINCRBY).key(&key).arg(&increment).arg(&member))
    }

    /// The members that are in all of the sorted sets.
    ///
    /// # Reply
    ///
    /// The members, by the sum of their scores; empty if there are none.
    ///
    /// [`ZINTER`](https://redis.io/docs/latest/commands/zinter/) · since 6.2.0 · O(N\*K)+O(M\*log(M)) worst
    /// case with N being the smallest input sorted set, K being the number of input sorted sets and M being
    /// the number of elements in the resulting sorted set.
    ///
    /// # Example: who is in both
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del(["{zinter}:a", "{zinter}:b"])?;
    /// redis.zadd("{zinter}:a", [(1, "x"), (2, "y")])?;
    /// redis.zadd("{zinter}:b", [(1, "y"), (2, "z")])?;
    /// assert_eq!(redis.zinter(["{zinter}:a", "{zinter}:b"])?, ["y"]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zinter(&self, keys: impl ToArgs) -> Response<'_, Self, Vec<BulkString>> {
        self.zinter_with(keys, ZCombineOptions::new())
    }

    /// [`zinter`](Self::zinter), the scores weighted or aggregated otherwise, which decides the order.
    ///
    /// # Reply
    ///
    /// The members, by their scores; empty if there are none.
    ///
    /// # Errors
    ///
    /// Another number of weights than of keys, and one that is NaN, are refused before any I/O.
    ///
    /// [`ZINTER`](https://redis.io/docs/latest/commands/zinter/) · since 6.2.0 · O(N\*K)+O(M\*log(M)) worst
    /// case with N being the smallest input sorted set, K being the number of input sorted sets and M being
    /// the number of elements in the resulting sorted set.
    ///
    /// # Example: by the best score
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::{Aggregate, ZCombineOptions};
    ///
    /// redis.del(["{zinter_with}:a", "{zinter_with}:b"])?;
    /// redis.zadd("{zinter_with}:a", [(1, "x"), (5, "y")])?;
    /// redis.zadd("{zinter_with}:b", [(9, "x"), (5, "y")])?;
    /// let best = ZCombineOptions::new().aggregate(Aggregate::Max);
    /// assert_eq!(redis.zinter_with(["{zinter_with}:a", "{zinter_with}:b"], best)?, ["y", "x"]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zinter_with(
        &self,
        keys: impl ToArgs,
        options: ZCombineOptions,
    ) -> Response<'_, Self, Vec<BulkString>> {
        self.execute_command(
            Command::new(&table::ZINTER).counted_keys(&keys).at_least(2, "keys").args(&options),
        )
    }

    /// [`zinter`](Self::zinter) with the sums of the scores (`WITHSCORES`).
    ///
    /// # Reply
    ///
    /// Pairs of member and score, in order, of the same shape on both protocols.
    ///
    /// [`ZINTER`](https://redis.io/docs/latest/commands/zinter/) · since 6.2.0 · O(N\*K)+O(M\*log(M)) worst
    /// case with N being the smallest input sorted set, K being the number of input sorted sets and M being
    /// the number of elements in the resulting sorted set.
    ///
    /// # Example: points in both games
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del(["{zinter_with_scores}:a", "{zinter_with_scores}:b"])?;
    /// redis.zadd("{zinter_with_scores}:a", (1, "x"))?;
    /// redis.zadd("{zinter_with_scores}:b", (2, "x"))?;
    /// let both = redis.zinter_with_scores(["{zinter_with_scores}:a", "{zinter_with_scores}:b"])?;
    /// assert_eq!(both[0].1, 3.0);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zinter_with_scores(&self, keys: impl ToArgs) -> Response<'_, Self, ScoredMembers> {
        self.zinter_with_scores_with(keys, ZCombineOptions::new())
    }

    /// [`zinter_with_scores`](Self::zinter_with_scores), the scores weighted or aggregated otherwise.
    ///
    /// # Reply
    ///
    /// Pairs of member and score, in order, of the same shape on both protocols.
    ///
    /// # Errors
    ///
    /// Another number of weights than of keys, and one that is NaN, are refused before any I/O.
    ///
    /// [`ZINTER`](https://redis.io/docs/latest/commands/zinter/) · since 6.2.0 · O(N\*K)+O(M\*log(M)) worst
    /// case with N being the smallest input sorted set, K being the number of input sorted sets and M being
    /// the number of elements in the resulting sorted set.
    ///
    /// # Example: the second game counts twice
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::ZCombineOptions;
    ///
    /// let keys = ["{zinter_with_scores_with}:a", "{zinter_with_scores_with}:b"];
    /// redis.del(keys)?;
    /// redis.zadd(keys[0], (1, "x"))?;
    /// redis.zadd(keys[1], (2, "x"))?;
    /// let both = redis.zinter_with_scores_with(keys, ZCombineOptions::new().weights([1, 2]))?;
    /// assert_eq!(both[0].1, 5.0);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zinter_with_scores_with(
        &self,
        keys: impl ToArgs,
        options: ZCombineOptions,
    ) -> Response<'_, Self, ScoredMembers> {
        self.execute_command(
            Command::new(&table::ZINTER)
                .counted_keys(&keys)
                .at_least(2, "keys")
                .args(&options)
                .arg("WITHSCORES")
                .shape(SCORED),
        )
    }

    /// How many members are in all of the sorted sets.
    ///
    /// # Reply
    ///
    /// The number.
    ///
    /// [`ZINTERCARD`](https://redis.io/docs/latest/commands/zintercard/) · since 7.0.0 · O(N\*K) worst case
    /// with N being the smallest input sorted set, K being the number of input sorted sets.
    ///
    /// # Example: how many are in both
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del(["{zintercard}:a", "{zintercard}:b"])?;
    /// redis.zadd("{zintercard}:a", [(1, "x"), (2, "y")])?;
    /// redis.zadd("{zintercard}:b", (1, "y"))?;
    /// assert_eq!(redis.zintercard(["{zintercard}:a", "{zintercard}:b"])?, 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zintercard(&self, keys: impl ToArgs) -> Response<'_, Self, u64> {
        self.zintercard_with(keys, ZInterCardOptions::new())
    }

    /// [`zintercard`](Self::zintercard), counting no further than needed.
    ///
    /// # Reply
    ///
    /// The number, at most the limit.
    ///
    /// [`ZINTERCARD`](https://redis.io/docs/latest/commands/zintercard/) · since 7.0.0 · O(N\*K) worst case
    /// with N being the smallest input sorted set, K being the number of input sorted sets.
    ///
    /// # Example: is there anybody
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::ZInterCardOptions;
    ///
    /// redis.del(["{zintercard_with}:a"])?;
    /// redis.zadd("{zintercard_with}:a", [(1, "x"), (2, "y")])?;
    /// let one = ZInterCardOptions::new().limit(1);
    /// assert_eq!(redis.zintercard_with(["{zintercard_with}:a"], one)?, 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zintercard_with(
        &self,
        keys: impl ToArgs,
        options: ZInterCardOptions,
    ) -> Response<'_, Self, u64> {
        self.execute_command(
            Command::new(&table::ZINTERCARD).counted_keys(&keys).at_least(2, "keys").args(&options),
        )
    }

    /// Stores in `destination` the members that are in all of the sorted sets, with the sums of their scores.
    /// What was there is overwritten; without a member it is deleted.
    ///
    /// # Reply
    ///
    /// How many members were stored.
    ///
    /// [`ZINTERSTORE`](https://redis.io/docs/latest/commands/zinterstore/) · since 2.0.0 ·
    /// O(N\*K)+O(M\*log(M)) worst case with N being the smallest input sorted set, K being the number of
    /// input sorted sets and M being the number of elements in the resulting sorted set.
    ///
    /// # Example: store who is in both
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del(["{zinterstore}:a", "{zinterstore}:b"])?;
    /// redis.zadd("{zinterstore}:a", [(1, "x"), (2, "y")])?;
    /// redis.zadd("{zinterstore}:b", (1, "y"))?;
    /// assert_eq!(redis.zinterstore("{zinterstore}:to", ["{zinterstore}:a", "{zinterstore}:b"])?, 1);
    /// assert_eq!(redis.zscore("{zinterstore}:to", "y")?, Some(3.0));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zinterstore(&self, destination: impl ToArg, keys: impl ToArgs) -> Response<'_, Self, u64> {
        self.zinterstore_with(destination, keys, ZCombineOptions::new())
    }

    /// [`zinterstore`](Self::zinterstore), the scores weighted or aggregated otherwise.
    ///
    /// # Reply
    ///
    /// How many members were stored.
    ///
    /// # Errors
    ///
    /// Another number of weights than of keys, and one that is NaN, are refused before any I/O.
    ///
    /// [`ZINTERSTORE`](https://redis.io/docs/latest/commands/zinterstore/) · since 2.0.0 ·
    /// O(N\*K)+O(M\*log(M)) worst case with N being the smallest input sorted set, K being the number of
    /// input sorted sets and M being the number of elements in the resulting sorted set.
    ///
    /// # Example: half of what it was
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::ZCombineOptions;
    ///
    /// redis.del("{zinterstore_with}:a")?;
    /// redis.zadd("{zinterstore_with}:a", (3, "x"))?;
    /// let half = ZCombineOptions::new().weights([0.5]);
    /// redis.zinterstore_with("{zinterstore_with}:to", "{zinterstore_with}:a", half)?;
    /// assert_eq!(redis.zscore("{zinterstore_with}:to", "x")?, Some(1.5));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zinterstore_with(
        &self,
        destination: impl ToArg,
        keys: impl ToArgs,
        options: ZCombineOptions,
    ) -> Response<'_, Self, u64> {
        self.execute_command(
            Command::new(&table::ZINTERSTORE)
                .key(&destination)
                .counted_keys(&keys)
                .at_least(3, "keys")
                .args(&options),
        )
    }

    /// How many members lie in the range, in the order of their bytes; all must have the same score.
    ///
    /// # Reply
    ///
    /// The number; 0 if the key does not exist.
    ///
    /// # Errors
    ///
    /// A range in which no member can lie is refused before any I/O.
    ///
    /// [`ZLEXCOUNT`](https://redis.io/docs/latest/commands/zlexcount/) · since 2.8.9 · O(log(N)) with N being
    /// the number of elements in the sorted set.
    ///
    /// # Example: how many begin with `a`
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("zlexcount:z")?;
    /// redis.zadd("zlexcount:z", [(0, "ada"), (0, "alan"), (0, "grace")])?;
    /// assert_eq!(redis.zlexcount("zlexcount:z", "a".."b")?, 2);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zlexcount(&self, key: impl ToArg, members: impl Into<LexRange>) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::ZLEXCOUNT).key(&key).args(&members.into()))
    }

    /// Takes a member from an end of the first sorted set that has some.
    ///
    /// # Reply
    ///
    /// The key, and the member with its score; `None` if there is no member in any.
    ///
    /// [`ZMPOP`](https://redis.io/docs/latest/commands/zmpop/) · since 7.0.0 · O(K) + O(M\*log(N)) where K is
    /// the number of provided keys, N being the number of elements in the sorted set, and M being the number
    /// of elements popped.
    ///
    /// # Example: take the best
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::ScoreEnd;
    ///
    /// redis.del("zmpop:z")?;
    /// redis.zadd("zmpop:z", [(1, "a"), (2, "b")])?;
    /// let taken = redis.zmpop("zmpop:z", ScoreEnd::Max)?;
    /// assert!(taken.is_some_and(|(key, members)| key == "zmpop:z" && members[0].0 == "b"));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zmpop(
        &self,
        keys: impl ToArgs,
        end: ScoreEnd,
    ) -> Response<'_, Self, Option<(BulkString, ScoredMembers)>> {
        self.zmpop_with(keys, end, ZMPopOptions::new())
    }

    /// [`zmpop`](Self::zmpop) of so many members.
    ///
    /// # Reply
    ///
    /// The key, and the members with their scores, the one at the end first; `None` if there is no member in
    /// any.
    ///
    /// [`ZMPOP`](https://redis.io/docs/latest/commands/zmpop/) · since 7.0.0 · O(K) + O(M\*log(N)) where K is
    /// the number of provided keys, N being the number of elements in the sorted set, and M being the number
    /// of elements popped.
    ///
    /// # Example: take two
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::{ScoreEnd, ZMPopOptions};
    ///
    /// redis.del("zmpop_with:z")?;
    /// redis.zadd("zmpop_with:z", [(1, "a"), (2, "b"), (3, "c")])?;
    /// let taken = redis.zmpop_with("zmpop_with:z", ScoreEnd::Min, ZMPopOptions::new().count(2))?;
    /// assert!(taken.is_some_and(|(_, members)| members.len() == 2));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zmpop_with(
        &self,
        keys: impl ToArgs,
        end: ScoreEnd,
        options: ZMPopOptions,
    ) -> Response<'_, Self, Option<(BulkString, ScoredMembers)>> {
        self.execute_command(
            Command::new(&table::ZMPOP)
                .counted_keys(&keys)
                .at_least(2, "keys")
                .arg(&end)
                .args(&options)
                .shape(TAKEN),
        )
    }

    /// The scores of members.
    ///
    /// # Reply
    ///
    /// A score for each, in the order asked for; `None` for what is no member.
    ///
    /// [`ZMSCORE`](https://redis.io/docs/latest/commands/zmscore/) · since 6.2.0 · O(N) where N is the number
    /// of members being requested.
    ///
    /// # Example: read two scores
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("zmscore:z")?;
    /// redis.zadd("zmscore:z", (1.5, "a"))?;
    /// assert_eq!(redis.zmscore("zmscore:z", ["a", "b"])?, [Some(1.5), None]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zmscore(
        &self,
        key: impl ToArg,
        members: impl ToArgs,
    ) -> Response<'_, Self, Vec<Option<f64>>> {
        self.execute_command(
            Command::new(&table::ZMSCORE).key(&key).args(&members).at_least(2, "members"),
        )
    }

    /// Takes the member with the greatest score.
    ///
    /// # Reply
    ///
    /// The member and its score; `None` if there is none.
    ///
    /// [`ZPOPMAX`](https://redis.io/docs/latest/commands/zpopmax/) · since 5.0.0 · O(log(N)\*M) with N being
    /// the number of elements in the sorted set, and M being the number of elements popped.
    ///
    /// # Example: take the best
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("zpopmax:z")?;
    /// redis.zadd("zpopmax:z", [(1, "a"), (2, "b")])?;
    /// assert!(redis.zpopmax("zpopmax:z")?.is_some_and(|(member, score)| member == "b" && score == 2.0));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zpopmax(&self, key: impl ToArg) -> Response<'_, Self, Option<(BulkString, f64)>> {
        self.execute_command(Command::new(&table::ZPOPMAX).key(&key).shape(MEMBER))
    }

    /// Takes the `count` members with the greatest scores, or as many as there are.
    ///
    /// # Reply
    ///
    /// Pairs of member and score, the greatest first, of the same shape on both protocols; empty if there are
    /// none.
    ///
    /// [`ZPOPMAX`](https://redis.io/docs/latest/commands/zpopmax/) · since 5.0.0 · O(log(N)\*M) with N being
    /// the number of elements in the sorted set, and M being the number of elements popped.
    ///
    /// # Example: take the best two
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("zpopmax_count:z")?;
    /// redis.zadd("zpopmax_count:z", [(1, "a"), (2, "b"), (3, "c")])?;
    /// let best = redis.zpopmax_count("zpopmax_count:z", 2)?;
    /// assert!(best[0].0 == "c" && best[1].0 == "b");
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zpopmax_count(&self, key: impl ToArg, count: u64) -> Response<'_, Self, ScoredMembers> {
        self.execute_command(Command::new(&table::ZPOPMAX).key(&key).arg(&count).shape(SCORED))
    }

    /// Takes the member with the least score.
    ///
    /// # Reply
    ///
    /// The member and its score; `None` if there is none.
    ///
    /// [`ZPOPMIN`](https://redis.io/docs/latest/commands/zpopmin/) · since 5.0.0 · O(log(N)\*M) with N being
    /// the number of elements in the sorted set, and M being the number of elements popped.
    ///
    /// # Example: take what is due first
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("zpopmin:z")?;
    /// redis.zadd("zpopmin:z", [(1, "a"), (2, "b")])?;
    /// assert!(redis.zpopmin("zpopmin:z")?.is_some_and(|(member, score)| member == "a" && score == 1.0));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zpopmin(&self, key: impl ToArg) -> Response<'_, Self, Option<(BulkString, f64)>> {
        self.execute_command(Command::new(&table::ZPOPMIN).key(&key).shape(MEMBER))
    }

    /// Takes the `count` members with the least scores, or as many as there are.
    ///
    /// # Reply
    ///
    /// Pairs of member and score, the least first, of the same shape on both protocols; empty if there are
    /// none.
    ///
    /// [`ZPOPMIN`](https://redis.io/docs/latest/commands/zpopmin/) · since 5.0.0 · O(log(N)\*M) with N being
    /// the number of elements in the sorted set, and M being the number of elements popped.
    ///
    /// # Example: take what is due
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("zpopmin_count:z")?;
    /// redis.zadd("zpopmin_count:z", [(1, "a"), (2, "b")])?;
    /// assert_eq!(redis.zpopmin_count("zpopmin_count:z", 10)?.len(), 2);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zpopmin_count(&self, key: impl ToArg, count: u64) -> Response<'_, Self, ScoredMembers> {
        self.execute_command(Command::new(&table::ZPOPMIN).key(&key).arg(&count).shape(SCORED))
    }

    /// A member, by chance.
    ///
    /// # Reply
    ///
    /// The member; `None` if the key does not exist.
    ///
    /// [`ZRANDMEMBER`](https://redis.io/docs/latest/commands/zrandmember/) · since 6.2.0 · O(N) where N is
    /// the number of members returned
    ///
    /// # Example: draw one
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("zrandmember:z")?;
    /// redis.zadd("zrandmember:z", (1, "a"))?;
    /// assert_eq!(redis.zrandmember("zrandmember:z")?, Some("a".into()));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zrandmember(&self, key: impl ToArg) -> Response<'_, Self, Option<BulkString>> {
        self.execute_command(Command::new(&table::ZRANDMEMBER).key(&key))
    }

    /// Random members: up to `count` different ones, or exactly `-count` with repetitions.
    ///
    /// # Reply
    ///
    /// The members; empty if the key does not exist.
    ///
    /// [`ZRANDMEMBER`](https://redis.io/docs/latest/commands/zrandmember/) · since 6.2.0 · O(N) where N is
    /// the number of members returned
    ///
    /// # Example: draw two different ones
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("zrandmember_count:z")?;
    /// redis.zadd("zrandmember_count:z", [(1, "a"), (2, "b"), (3, "c")])?;
    /// let drawn = redis.zrandmember_count("zrandmember_count:z", 2)?;
    /// assert!(drawn.len() == 2 && drawn[0] != drawn[1]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zrandmember_count(
        &self,
        key: impl ToArg,
        count: i64,
    ) -> Response<'_, Self, Vec<BulkString>> {
        self.execute_command(Command::new(&table::ZRANDMEMBER).key(&key).arg(&count))
    }

    /// [`zrandmember_count`](Self::zrandmember_count) with the scores (`WITHSCORES`).
    ///
    /// # Reply
    ///
    /// Pairs of member and score, of the same shape on both protocols; empty if the key does not exist.
    ///
    /// [`ZRANDMEMBER`](https://redis.io/docs/latest/commands/zrandmember/) · since 6.2.0 · O(N) where N is
    /// the number of members returned
    ///
    /// # Example: throw the dice three times and add up
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("zrandmember_with_scores:z")?;
    /// redis.zadd("zrandmember_with_scores:z", (2, "a"))?;
    /// let thrown = redis.zrandmember_with_scores("zrandmember_with_scores:z", -3)?;
    /// assert_eq!(thrown.iter().map(|(_, score)| score).sum::<f64>(), 6.0);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zrandmember_with_scores(
        &self,
        key: impl ToArg,
        count: i64,
    ) -> Response<'_, Self, ScoredMembers> {
        self.execute_command(
            Command::new(&table::ZRANDMEMBER).key(&key).arg(&count).arg("WITHSCORES").shape(SCORED),
        )
    }

    /// The members from rank `start` to `stop`, both included, least score first; negative ranks count
    /// from the end.
    ///
    /// # Reply
    ///
    /// The members, in order; empty if there are none.
    ///
    /// [`ZRANGE`](https://redis.io/docs/latest/commands/zrange/) · since 1.2.0 · O(log(N)+M) with N being
    /// the number of elements in the sorted set and M the number of elements returned.
    ///
    /// # Example: who has least
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.zadd("zrange:z", [(1, "a"), (2, "b")])?;
    /// assert_eq!(redis.zrange("zrange:z", 0, 0)?[0], "a");
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zrange(
        &self,
        key: impl ToArg,
        start: i64,
        stop: i64,
    ) -> Response<'_, Self, Vec<BulkString>> {
        self.execute_command(Command::new(&table::ZRANGE).key(&key).arg(&start).arg(&stop))
    }

    /// The members from rank `start` to `stop`, both included, with their scores (`WITHSCORES`).
    ///
    /// # Reply
    ///
    /// Pairs of member and score, in order, of the same shape on both protocols.
    ///
    /// [`ZRANGE`](https://redis.io/docs/latest/commands/zrange/) · since 1.2.0 · O(log(N)+M) with N being the
    /// number of elements in the sorted set and M the number of elements returned.
    ///
    /// # Example: a table of scores
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.zadd("zrange_with_scores:z", (1.5, "a"))?;
    /// let scores = redis.zrange_with_scores("zrange_with_scores:z", 0, -1)?;
    /// assert!(scores[0].0 == "a" && scores[0].1 == 1.5);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zrange_with_scores(
        &self,
        key: impl ToArg,
        start: i64,
        stop: i64,
    ) -> Response<'_, Self, ScoredMembers> {
        self.zrange_with_scores_with(key, ZRangeByRank::new(start, stop))
    }

    /// Members by their rank, score or bytes, from either end, all or a part: [`ZRangeByRank`],
    /// [`ZRangeByScore`] or [`ZRangeByLex`].
    ///
    /// # Reply
    ///
    /// The members, in order; empty if there are none.
    ///
    /// # Errors
    ///
    /// A range in which nothing can lie is refused before any I/O.
    ///
    /// [`ZRANGE`](https://redis.io/docs/latest/commands/zrange/) · since 1.2.0 · O(log(N)+M) with N being the
    /// number of elements in the sorted set and M the number of elements returned.
    ///
    /// # Example: the best that have passed
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::ZRangeByScore;
    ///
    /// redis.del("zrange_with:z")?;
    /// redis.zadd("zrange_with:z", [(40, "a"), (60, "b"), (80, "c")])?;
    /// let best = ZRangeByScore::new(50..).rev().count(1);
    /// assert_eq!(redis.zrange_with("zrange_with:z", best)?, ["c"]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zrange_with(
        &self,
        key: impl ToArg,
        range: impl Into<ZRange>,
    ) -> Response<'_, Self, Vec<BulkString>> {
        self.execute_command(Command::new(&table::ZRANGE).key(&key).args(&range.into()))
    }

    /// Members by their rank or score, from either end, all or a part, with their scores: [`ZRangeByRank`] or
    /// [`ZRangeByScore`].
    ///
    /// # Reply
    ///
    /// Pairs of member and score, in order, of the same shape on both protocols.
    ///
    /// # Errors
    ///
    /// A range in which nothing can lie is refused before any I/O.
    ///
    /// [`ZRANGE`](https://redis.io/docs/latest/commands/zrange/) · since 1.2.0 · O(log(N)+M) with N being the
    /// number of elements in the sorted set and M the number of elements returned.
    ///
    /// # Example: the best, with scores
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::ZRangeByRank;
    ///
    /// redis.del("zrange_with_scores_with:z")?;
    /// redis.zadd("zrange_with_scores_with:z", [(1, "a"), (2, "b")])?;
    /// let best = ZRangeByRank::new(0, 0).rev();
    /// let best = redis.zrange_with_scores_with("zrange_with_scores_with:z", best)?;
    /// assert_eq!(best, [("b".into(), 2.0)]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zrange_with_scores_with(
        &self,
        key: impl ToArg,
        range: impl Into<ScoredZRange>,
    ) -> Response<'_, Self, ScoredMembers> {
        self.execute_command(
            Command::new(&table::ZRANGE)
                .key(&key)
                .args(&range.into())
                .arg("WITHSCORES")
                .shape(SCORED),
        )
    }

    /// Stores in `destination` members of `source` with their scores: [`ZRangeByRank`], [`ZRangeByScore`] or
    /// [`ZRangeByLex`]. What was there is overwritten; without a member it is deleted.
    ///
    /// # Reply
    ///
    /// How many members were stored.
    ///
    /// # Errors
    ///
    /// A range in which nothing can lie is refused before any I/O.
    ///
    /// [`ZRANGESTORE`](https://redis.io/docs/latest/commands/zrangestore/) · since 6.2.0 · O(log(N)+M) with N
    /// being the number of elements in the sorted set and M the number of elements stored into the
    /// destination key.
    ///
    /// # Example: keep the best two elsewhere
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::ZRangeByRank;
    ///
    /// redis.del("{zrangestore}:z")?;
    /// redis.zadd("{zrangestore}:z", [(1, "a"), (2, "b"), (3, "c")])?;
    /// let best = ZRangeByRank::new(0, 1).rev();
    /// assert_eq!(redis.zrangestore("{zrangestore}:best", "{zrangestore}:z", best)?, 2);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zrangestore(
        &self,
        destination: impl ToArg,
        source: impl ToArg,
        range: impl Into<ZRange>,
    ) -> Response<'_, Self, u64> {
        self.execute_command(
            Command::new(&table::ZRANGESTORE).key(&destination).key(&source).args(&range.into()),
        )
    }

    /// The rank of a member: 0 is the least score.
    ///
    /// # Reply
    ///
    /// The rank; `None` if there is no such member or key.
    ///
    /// [`ZRANK`](https://redis.io/docs/latest/commands/zrank/) · since 2.0.0 · O(log(N))
    ///
    /// # Example: which place
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("zrank:z")?;
    /// redis.zadd("zrank:z", [(1, "a"), (2, "b")])?;
    /// assert_eq!(redis.zrank("zrank:z", "b")?, Some(1));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zrank(&self, key: impl ToArg, member: impl ToArg) -> Response<'_, Self, Option<u64>> {
        self.execute_command(Command::new(&table::ZRANK).key(&key).arg(&member))
    }

    /// [`zrank`](Self::zrank) with the score (`WITHSCORE`, 7.2.0).
    ///
    /// # Reply
    ///
    /// The rank and the score; `None` if there is no such member or key.
    ///
    /// [`ZRANK`](https://redis.io/docs/latest/commands/zrank/) · since 2.0.0 · O(log(N))
    ///
    /// # Example: which place, and by how much
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.2.0") else { return Ok(()) };
    /// redis.del("zrank_with_score:z")?;
    /// redis.zadd("zrank_with_score:z", [(1.0, "a"), (2.5, "b")])?;
    /// assert_eq!(redis.zrank_with_score("zrank_with_score:z", "b")?, Some((1, 2.5)));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zrank_with_score(
        &self,
        key: impl ToArg,
        member: impl ToArg,
    ) -> Response<'_, Self, Option<(u64, f64)>> {
        self.execute_command(
            Command::new(&table::ZRANK).key(&key).arg(&member).arg("WITHSCORE").shape(MEMBER),
        )
    }

    /// Takes members away.
    ///
    /// # Reply
    ///
    /// How many of them were there.
    ///
    /// [`ZREM`](https://redis.io/docs/latest/commands/zrem/) · since 1.2.0 · O(M\*log(N)) with N being the
    /// number of elements in the sorted set and M the number of elements to be removed.
    ///
    /// # Example: take one away
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.zadd("zrem:z", (1, "a"))?;
    /// assert_eq!(redis.zrem("zrem:z", ["a", "b"])?, 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zrem(&self, key: impl ToArg, members: impl ToArgs) -> Response<'_, Self, u64> {
        self.execute_command(
            Command::new(&table::ZREM).key(&key).args(&members).at_least(2, "members"),
        )
    }

    /// Takes away the members in the range, in the order of their bytes; all must have the same score.
    ///
    /// # Reply
    ///
    /// How many members were taken away.
    ///
    /// # Errors
    ///
    /// A range in which no member can lie is refused before any I/O.
    ///
    /// [`ZREMRANGEBYLEX`](https://redis.io/docs/latest/commands/zremrangebylex/) · since 2.8.9 · O(log(N)+M)
    /// with N being the number of elements in the sorted set and M the number of elements removed by the
    /// operation.
    ///
    /// # Example: forget who begins with `a`
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("zremrangebylex:z")?;
    /// redis.zadd("zremrangebylex:z", [(0, "ada"), (0, "alan"), (0, "grace")])?;
    /// assert_eq!(redis.zremrangebylex("zremrangebylex:z", "a".."b")?, 2);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zremrangebylex(
        &self,
        key: impl ToArg,
        members: impl Into<LexRange>,
    ) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::ZREMRANGEBYLEX).key(&key).args(&members.into()))
    }

    /// Takes away the members from rank `start` to `stop`, both included; negative ranks count from the end.
    ///
    /// # Reply
    ///
    /// How many members were taken away.
    ///
    /// [`ZREMRANGEBYRANK`](https://redis.io/docs/latest/commands/zremrangebyrank/) · since 2.0.0 ·
    /// O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed
    /// by the operation.
    ///
    /// # Example: keep the best two
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("zremrangebyrank:z")?;
    /// redis.zadd("zremrangebyrank:z", [(1, "a"), (2, "b"), (3, "c")])?;
    /// assert_eq!(redis.zremrangebyrank("zremrangebyrank:z", 0, -3)?, 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zremrangebyrank(&self, key: impl ToArg, start: i64, stop: i64) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::ZREMRANGEBYRANK).key(&key).arg(&start).arg(&stop))
    }

    /// Takes away the members with a score in the range.
    ///
    /// # Reply
    ///
    /// How many members were taken away.
    ///
    /// # Errors
    ///
    /// A range in which no score can lie is refused before any I/O.
    ///
    /// [`ZREMRANGEBYSCORE`](https://redis.io/docs/latest/commands/zremrangebyscore/) · since 1.2.0 ·
    /// O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed
    /// by the operation.
    ///
    /// # Example: forget what is over
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("zremrangebyscore:z")?;
    /// redis.zadd("zremrangebyscore:z", [(1, "a"), (2, "b"), (3, "c")])?;
    /// assert_eq!(redis.zremrangebyscore("zremrangebyscore:z", ..3)?, 2);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zremrangebyscore(
        &self,
        key: impl ToArg,
        scores: impl Into<ScoreRange>,
    ) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::ZREMRANGEBYSCORE).key(&key).args(&scores.into()))
    }

    /// The rank of a member from the other end: 0 is the greatest score.
    ///
    /// # Reply
    ///
    /// The rank; `None` if there is no such member or key.
    ///
    /// [`ZREVRANK`](https://redis.io/docs/latest/commands/zrevrank/) · since 2.0.0 · O(log(N))
    ///
    /// # Example: is it the best
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("zrevrank:z")?;
    /// redis.zadd("zrevrank:z", [(1, "a"), (2, "b")])?;
    /// assert_eq!(redis.zrevrank("zrevrank:z", "b")?, Some(0));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zrevrank(&self, key: impl ToArg, member: impl ToArg) -> Response<'_, Self, Option<u64>> {
        self.execute_command(Command::new(&table::ZREVRANK).key(&key).arg(&member))
    }

    /// [`zrevrank`](Self::zrevrank) with the score (`WITHSCORE`, 7.2.0).
    ///
    /// # Reply
    ///
    /// The rank and the score; `None` if there is no such member or key.
    ///
    /// [`ZREVRANK`](https://redis.io/docs/latest/commands/zrevrank/) · since 2.0.0 · O(log(N))
    ///
    /// # Example: nobody by that name
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.2.0") else { return Ok(()) };
    /// redis.del("zrevrank_with_score:z")?;
    /// assert_eq!(redis.zrevrank_with_score("zrevrank_with_score:z", "b")?, None);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zrevrank_with_score(
        &self,
        key: impl ToArg,
        member: impl ToArg,
    ) -> Response<'_, Self, Option<(u64, f64)>> {
        self.execute_command(
            Command::new(&table::ZREVRANK).key(&key).arg(&member).arg("WITHSCORE").shape(MEMBER),
        )
    }

    /// A page of the members with their scores, in no order; the first page begins at [`ScanCursor::START`].
    ///
    /// # Reply
    ///
    /// Pairs of member and score, and where the next page begins; of the same shape on both protocols.
    ///
    /// [`ZSCAN`](https://redis.io/docs/latest/commands/zscan/) · since 2.8.0 · O(1) for every call. O(N) for
    /// a complete iteration, including enough command calls for the cursor to return back to 0. N is the
    /// number of elements inside the collection.
    ///
    /// # Example: go through all
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("zscan:z")?;
    /// use redis_sync::ScanCursor;
    ///
    /// redis.zadd("zscan:z", [(1, "a"), (2, "b")])?;
    /// let (mut cursor, mut sum) = (Some(ScanCursor::START), 0.0);
    /// while let Some(here) = cursor {
    ///     let page = redis.zscan("zscan:z", here)?;
    ///     sum += page.items.iter().map(|(_, score)| score).sum::<f64>();
    ///     cursor = page.next;
    /// }
    /// assert_eq!(sum, 3.0);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zscan(
        &self,
        key: impl ToArg,
        cursor: ScanCursor,
    ) -> Response<'_, Self, ScanPage<(BulkString, f64)>> {
        self.zscan_with(key, cursor, ScanOptions::new())
    }

    /// [`zscan`](Self::zscan) of what matches a pattern, or by larger pages.
    ///
    /// # Reply
    ///
    /// Pairs of member and score, and where the next page begins; of the same shape on both protocols.
    ///
    /// [`ZSCAN`](https://redis.io/docs/latest/commands/zscan/) · since 2.8.0 · O(1) for every call. O(N) for
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
    /// redis.del("zscan_with:z")?;
    /// redis.zadd("zscan_with:z", [(1, "ada"), (2, "grace")])?;
    /// let with_a = ScanOptions::new().pattern("a*").count(100);
    /// let page = redis.zscan_with("zscan_with:z", ScanCursor::START, with_a)?;
    /// assert_eq!(page.items, [("ada".into(), 1.0)]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zscan_with(
        &self,
        key: impl ToArg,
        cursor: ScanCursor,
        options: ScanOptions,
    ) -> Response<'_, Self, ScanPage<(BulkString, f64)>> {
        self.execute_command(
            Command::new(&table::ZSCAN).key(&key).arg(&cursor).args(&options).shape(PAGE),
        )
    }

    /// The score of a member.
    ///
    /// # Reply
    ///
    /// The score; `None` if there is no such member or key.
    ///
    /// [`ZSCORE`](https://redis.io/docs/latest/commands/zscore/) · since 1.2.0 · O(1)
    ///
    /// # Example: read a score
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.zadd("zscore:z", (1.5, "a"))?;
    /// assert_eq!(redis.zscore("zscore:z", "a")?, Some(1.5));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zscore(&self, key: impl ToArg, member: impl ToArg) -> Response<'_, Self, Option<f64>> {
        self.execute_command(Command::new(&table::ZSCORE).key(&key).arg(&member))
    }

    /// The members that are in any of the sorted sets.
    ///
    /// # Reply
    ///
    /// The members, by the sum of their scores.
    ///
    /// [`ZUNION`](https://redis.io/docs/latest/commands/zunion/) · since 6.2.0 · O(N)+O(M\*log(M)) with N
    /// being the sum of the sizes of the input sorted sets, and M being the number of elements in the
    /// resulting sorted set.
    ///
    /// # Example: who is in either
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del(["{zunion}:a", "{zunion}:b"])?;
    /// redis.zadd("{zunion}:a", (1, "x"))?;
    /// redis.zadd("{zunion}:b", (2, "y"))?;
    /// assert_eq!(redis.zunion(["{zunion}:a", "{zunion}:b"])?, ["x", "y"]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zunion(&self, keys: impl ToArgs) -> Response<'_, Self, Vec<BulkString>> {
        self.zunion_with(keys, ZCombineOptions::new())
    }

    /// [`zunion`](Self::zunion), the scores weighted or aggregated otherwise, which decides the order.
    ///
    /// # Reply
    ///
    /// The members, by their scores.
    ///
    /// # Errors
    ///
    /// Another number of weights than of keys, and one that is NaN, are refused before any I/O.
    ///
    /// [`ZUNION`](https://redis.io/docs/latest/commands/zunion/) · since 6.2.0 · O(N)+O(M\*log(M)) with N
    /// being the sum of the sizes of the input sorted sets, and M being the number of elements in the
    /// resulting sorted set.
    ///
    /// # Example: the worst first
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::ZCombineOptions;
    ///
    /// redis.del("{zunion_with}:a")?;
    /// redis.zadd("{zunion_with}:a", [(1, "x"), (2, "y")])?;
    /// let worst_first = ZCombineOptions::new().weights([-1]);
    /// assert_eq!(redis.zunion_with("{zunion_with}:a", worst_first)?, ["y", "x"]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zunion_with(
        &self,
        keys: impl ToArgs,
        options: ZCombineOptions,
    ) -> Response<'_, Self, Vec<BulkString>> {
        self.execute_command(
            Command::new(&table::ZUNION).counted_keys(&keys).at_least(2, "keys").args(&options),
        )
    }

    /// [`zunion`](Self::zunion) with the sums of the scores (`WITHSCORES`).
    ///
    /// # Reply
    ///
    /// Pairs of member and score, in order, of the same shape on both protocols.
    ///
    /// [`ZUNION`](https://redis.io/docs/latest/commands/zunion/) · since 6.2.0 · O(N)+O(M\*log(M)) with N
    /// being the sum of the sizes of the input sorted sets, and M being the number of elements in the
    /// resulting sorted set.
    ///
    /// # Example: points in all games
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del(["{zunion_with_scores}:a", "{zunion_with_scores}:b"])?;
    /// redis.zadd("{zunion_with_scores}:a", (1, "x"))?;
    /// redis.zadd("{zunion_with_scores}:b", (2, "x"))?;
    /// let all = redis.zunion_with_scores(["{zunion_with_scores}:a", "{zunion_with_scores}:b"])?;
    /// assert_eq!(all, [("x".into(), 3.0)]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zunion_with_scores(&self, keys: impl ToArgs) -> Response<'_, Self, ScoredMembers> {
        self.zunion_with_scores_with(keys, ZCombineOptions::new())
    }

    /// [`zunion_with_scores`](Self::zunion_with_scores), the scores weighted or aggregated otherwise.
    ///
    /// # Reply
    ///
    /// Pairs of member and score, in order, of the same shape on both protocols.
    ///
    /// # Errors
    ///
    /// Another number of weights than of keys, and one that is NaN, are refused before any I/O.
    ///
    /// [`ZUNION`](https://redis.io/docs/latest/commands/zunion/) · since 6.2.0 · O(N)+O(M\*log(M)) with N
    /// being the sum of the sizes of the input sorted sets, and M being the number of elements in the
    /// resulting sorted set.
    ///
    /// # Example: the best game counts
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::{Aggregate, ZCombineOptions};
    ///
    /// let keys = ["{zunion_with_scores_with}:a", "{zunion_with_scores_with}:b"];
    /// redis.del(keys)?;
    /// redis.zadd(keys[0], (1, "x"))?;
    /// redis.zadd(keys[1], (2, "x"))?;
    /// let best = ZCombineOptions::new().aggregate(Aggregate::Max);
    /// assert_eq!(redis.zunion_with_scores_with(keys, best)?, [("x".into(), 2.0)]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zunion_with_scores_with(
        &self,
        keys: impl ToArgs,
        options: ZCombineOptions,
    ) -> Response<'_, Self, ScoredMembers> {
        self.execute_command(
            Command::new(&table::ZUNION)
                .counted_keys(&keys)
                .at_least(2, "keys")
                .args(&options)
                .arg("WITHSCORES")
                .shape(SCORED),
        )
    }

    /// Stores in `destination` the members that are in any of the sorted sets, with the sums of their scores.
    /// What was there is overwritten.
    ///
    /// # Reply
    ///
    /// How many members were stored.
    ///
    /// [`ZUNIONSTORE`](https://redis.io/docs/latest/commands/zunionstore/) · since 2.0.0 · O(N)+O(M log(M))
    /// with N being the sum of the sizes of the input sorted sets, and M being the number of elements in the
    /// resulting sorted set.
    ///
    /// # Example: all games in one
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del(["{zunionstore}:a", "{zunionstore}:b"])?;
    /// redis.zadd("{zunionstore}:a", (1, "x"))?;
    /// redis.zadd("{zunionstore}:b", (2, "y"))?;
    /// assert_eq!(redis.zunionstore("{zunionstore}:to", ["{zunionstore}:a", "{zunionstore}:b"])?, 2);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zunionstore(&self, destination: impl ToArg, keys: impl ToArgs) -> Response<'_, Self, u64> {
        self.zunionstore_with(destination, keys, ZCombineOptions::new())
    }

    /// [`zunionstore`](Self::zunionstore), the scores weighted or aggregated otherwise.
    ///
    /// # Reply
    ///
    /// How many members were stored.
    ///
    /// # Errors
    ///
    /// Another number of weights than of keys, and one that is NaN, are refused before any I/O.
    ///
    /// [`ZUNIONSTORE`](https://redis.io/docs/latest/commands/zunionstore/) · since 2.0.0 · O(N)+O(M log(M))
    /// with N being the sum of the sizes of the input sorted sets, and M being the number of elements in the
    /// resulting sorted set.
    ///
    /// # Example: the new game counts twice
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::ZCombineOptions;
    ///
    /// let keys = ["{zunionstore_with}:old", "{zunionstore_with}:new"];
    /// redis.del(keys)?;
    /// redis.zadd(keys[0], (1, "x"))?;
    /// redis.zadd(keys[1], (2, "x"))?;
    /// let twice = ZCombineOptions::new().weights([1, 2]);
    /// redis.zunionstore_with("{zunionstore_with}:to", keys, twice)?;
    /// assert_eq!(redis.zscore("{zunionstore_with}:to", "x")?, Some(5.0));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zunionstore_with(
        &self,
        destination: impl ToArg,
        keys: impl ToArgs,
        options: ZCombineOptions,
    ) -> Response<'_, Self, u64> {
        self.execute_command(
            Command::new(&table::ZUNIONSTORE)
                .key(&destination)
                .counted_keys(&keys)
                .at_least(3, "keys")
                .args(&options),
        )
    }
}

impl<C: ExecuteCommand + ?Sized> SortedSetCommands for C {}

/// One member and its score.
const MEMBER: Shape = Shape::Tuple(&[Shape::AsIs, Shape::Double]);
/// Members with their scores.
const SCORED: Shape = Shape::PairsOf(&Shape::Double);
/// A key, a member and its score.
const POPPED: Shape = Shape::Tuple(&[Shape::AsIs, Shape::AsIs, Shape::Double]);
/// A cursor, and members with their scores.
const PAGE: Shape = TAKEN;
/// A key, and members with their scores.
const TAKEN: Shape = Shape::Tuple(&[Shape::AsIs, SCORED]);

#[cfg(test)]
mod tests;
