//! Sorted sets: members, each with a score that orders them.
//!
//! Decides how these commands are written and what their replies are.

use crate::arguments::Arguments;
use redis_core::command::{Command, ToArg, ToArgs, table};
use redis_core::{BulkString, ExecuteCommand, Response, Shape};

/// The options of [`zadd_with`](SortedSetCommands::zadd_with) and
/// [`zadd_incr_with`](SortedSetCommands::zadd_incr_with).
///
/// A condition is chosen where the options are made: what Redis refuses to combine cannot meet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct ZAddOptions {
    conditions: &'static [&'static str],
    changed: bool,
}

impl ZAddOptions {
    /// New members are added, others get the new score.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only new members are added (`NX`).
    pub fn if_absent() -> Self {
        Self { conditions: &["NX"], changed: false }
    }

    /// Only members that are there get the new score (`XX`).
    pub fn if_present() -> Self {
        Self { conditions: &["XX"], changed: false }
    }

    /// New members are added, others get the new score if it is greater (`GT`).
    pub fn if_greater() -> Self {
        Self { conditions: &["GT"], changed: false }
    }

    /// New members are added, others get the new score if it is less (`LT`).
    pub fn if_less() -> Self {
        Self { conditions: &["LT"], changed: false }
    }

    /// Only members that are there get the new score, if it is greater (`XX GT`).
    pub fn if_present_and_greater() -> Self {
        Self { conditions: &["XX", "GT"], changed: false }
    }

    /// Only members that are there get the new score, if it is less (`XX LT`).
    pub fn if_present_and_less() -> Self {
        Self { conditions: &["XX", "LT"], changed: false }
    }

    /// The reply counts the members that changed, not only those that are new (`CH`). Default: no.
    pub fn count_changed(mut self) -> Self {
        self.changed = true;
        self
    }
}

impl ToArgs for ZAddOptions {
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        self.conditions.to_args(command);
        if self.changed {
            command.push(b"CH");
        }
    }
}

/// Commands on sorted sets. Each answers `WRONGTYPE` if the key holds something else.
pub trait SortedSetCommands: ExecuteCommand {
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
    /// [`ZRANGE`](https://redis.io/docs/latest/commands/zrange/) · since 1.2.0 · O(log(N)+M) with N being
    /// the number of elements in the sorted set and M the number of elements returned.
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
    ) -> Response<'_, Self, Vec<(BulkString, f64)>> {
        self.execute_command(
            Command::new(&table::ZRANGE)
                .key(&key)
                .arg(&start)
                .arg(&stop)
                .arg("WITHSCORES")
                .shape(Shape::Pairs),
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
}

impl<C: ExecuteCommand + ?Sized> SortedSetCommands for C {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{read, refusal, wire};

    #[test]
    fn commands_are_written_as_the_reference_says() {
        assert_eq!(wire(|r| r.zadd("z", [(1.5, "a"), (2.0, "b")])), "ZADD [z] 1.5 a 2 b");
        assert_eq!(wire(|r| r.zadd_incr("z", 1.5, "a")), "ZADD [z] INCR 1.5 a");
        assert_eq!(wire(|r| r.zcard("z")), "ZCARD [z]");
        assert_eq!(wire(|r| r.zrange("z", 0, -1)), "ZRANGE [z] 0 -1");
        assert_eq!(wire(|r| r.zrange_with_scores("z", 0, -1)), "ZRANGE [z] 0 -1 WITHSCORES");
        assert_eq!(wire(|r| r.zrem("z", ["a", "b"])), "ZREM [z] a b");
        assert_eq!(wire(|r| r.zscore("z", "a")), "ZSCORE [z] a");
    }

    #[test]
    fn conditions_stand_before_the_scores() {
        let add = |options| wire(|r| r.zadd_with("z", (1, "a"), options));
        assert_eq!(add(ZAddOptions::if_absent()), "ZADD [z] NX 1 a");
        assert_eq!(add(ZAddOptions::if_present().count_changed()), "ZADD [z] XX CH 1 a");
        assert_eq!(add(ZAddOptions::if_greater()), "ZADD [z] GT 1 a");
        assert_eq!(add(ZAddOptions::if_less()), "ZADD [z] LT 1 a");
        assert_eq!(add(ZAddOptions::if_present_and_greater()), "ZADD [z] XX GT 1 a");
        assert_eq!(add(ZAddOptions::if_present_and_less()), "ZADD [z] XX LT 1 a");
        assert_eq!(
            wire(|r| r.zadd_incr_with("z", 2.0, "a", ZAddOptions::if_present())),
            "ZADD [z] XX INCR 2 a"
        );
    }

    #[test]
    fn scores_that_are_no_numbers_are_refused() {
        refusal(|r| r.zadd("z", [(1.0, "a"), (f64::NAN, "b")]));
        refusal(|r| r.zadd_incr("z", f64::NAN, "a"));
        let none: [(f64, &str); 0] = [];
        refusal(|r| r.zadd("z", none));
    }

    #[test]
    fn scores_are_alike_on_both_protocols() {
        let scores = read("*4 $1 a $3 1.5 $1 b $3 inf ", "*2 *2 $1 a ,1.5 *2 $1 b ,inf ", |r| {
            r.zrange_with_scores("z", 0, -1)
        });
        assert_eq!(scores, [("a".into(), 1.5), ("b".into(), f64::INFINITY)]);
        assert_eq!(read("$3 1.5 ", ",1.5 ", |r| r.zscore("z", "a")), Some(1.5));
        assert_eq!(read("$-1 ", "_ ", |r| r.zscore("z", "a")), None);
        let value = read("$3 1.5 ", ",1.5 ", |r| r.typed::<redis_core::Value>().zscore("z", "a"));
        assert_eq!(value, redis_core::Value::Double(1.5));
    }
}
