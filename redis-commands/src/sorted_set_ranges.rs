//! Ranges of a sorted set: by score, by member in the order of bytes, and what `ZRANGE` takes of them.
//!
//! Decides how their bounds are written, and refuses a range in which nothing can lie.

use redis_core::Error;
use redis_core::command::{Command, ToArg, ToArgs};
use std::ops::{Bound, Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

/// Scores from one to another: Rust's ranges of numbers, `..` for all, or a pair of [`Bound`]s where the
/// first is to be excluded.
///
/// NaN, and a range in which no score can lie (`5.0..=1.0`, `1.0..1.0`), are refused before any I/O.
///
/// # Example
///
/// ```
/// use redis_sync::ScoreRange;
/// use std::ops::Bound::{Excluded, Unbounded};
///
/// let three = [ScoreRange::from(1.0..=5.5), ScoreRange::from(1..), ScoreRange::from(..)];
/// let above_one = ScoreRange::from((Excluded(1.0), Unbounded));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreRange {
    min: Bound<f64>,
    max: Bound<f64>,
}

/// Members from one to another in the order of their bytes, of a sorted set in which all have the same
/// score: Rust's ranges of text or bytes, `..` for all, or a pair of [`Bound`]s.
///
/// A range in which no member can lie (`"b".."a"`) is refused before any I/O.
///
/// # Example
///
/// ```
/// use redis_sync::LexRange;
///
/// let all_with_a = LexRange::from("a".."b");
/// let from_m_on = LexRange::from("m"..);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LexRange {
    min: Bound<Vec<u8>>,
    max: Bound<Vec<u8>>,
}

macro_rules! from_ranges {
    ($range:ident, $bound:ident: $limit:path) => {
        from_ranges! { $range, $bound: $limit,
            Range<B> = range => Bound::Included(range.start), Bound::Excluded(range.end);
            RangeFrom<B> = range => Bound::Included(range.start), Bound::<B>::Unbounded;
            RangeTo<B> = range => Bound::<B>::Unbounded, Bound::Excluded(range.end);
            RangeToInclusive<B> = range => Bound::<B>::Unbounded, Bound::Included(range.end);
            (Bound<B>, Bound<B>) = range => range.0, range.1;
        }

        impl<B: $limit> From<RangeInclusive<B>> for $range {
            #[inline]
            fn from(range: RangeInclusive<B>) -> Self {
                let (start, end) = range.into_inner();
                Self { min: Bound::Included($bound(start)), max: Bound::Included($bound(end)) }
            }
        }

        impl From<RangeFull> for $range {
            #[inline]
            fn from(_: RangeFull) -> Self {
                Self { min: Bound::Unbounded, max: Bound::Unbounded }
            }
        }
    };
    ($range:ident, $bound:ident: $limit:path, $($from:ty = $name:ident => $min:expr, $max:expr;)*) => { $(
        impl<B: $limit> From<$from> for $range {
            #[inline]
            fn from($name: $from) -> Self {
                Self { min: $min.map($bound), max: $max.map($bound) }
            }
        }
    )* };
}

from_ranges!(ScoreRange, score: Into<f64>);
from_ranges!(LexRange, bytes: AsRef<[u8]>);

fn score(score: impl Into<f64>) -> f64 {
    score.into()
}

fn bytes(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    bytes.as_ref().to_vec()
}

impl ScoreRange {
    #[inline]
    fn write<'a>(&'a self, rev: bool, command: &mut Command<'a>) {
        if holds_nothing(&self.min, &self.max) {
            command.reject(Error::argument("`scores` is a range in which no score can lie"));
        }
        for bound in in_order(rev, (&self.min, "-inf"), (&self.max, "+inf")) {
            match bound {
                (Bound::Unbounded, end) => command.push(end.as_bytes()),
                (Bound::Included(score), _) => score.to_arg(command),
                (Bound::Excluded(score), _) => command.push(format!("({score}").as_bytes()),
            }
        }
    }
}

impl LexRange {
    #[inline]
    fn write<'a>(&'a self, rev: bool, command: &mut Command<'a>) {
        if holds_nothing(&self.min, &self.max) {
            command.reject(Error::argument("`members` is a range in which no member can lie"));
        }
        for bound in in_order(rev, (&self.min, "-"), (&self.max, "+")) {
            match bound {
                (Bound::Unbounded, end) => command.push(end.as_bytes()),
                (Bound::Included(member), _) => command.push(&[b"[", member.as_slice()].concat()),
                (Bound::Excluded(member), _) => command.push(&[b"(", member.as_slice()].concat()),
            }
        }
    }
}

impl ToArgs for ScoreRange {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        self.write(false, command);
    }
}

impl ToArgs for LexRange {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        self.write(false, command);
    }
}

fn in_order<T>(rev: bool, min: T, max: T) -> [T; 2] {
    if rev { [max, min] } else { [min, max] }
}

/// Whether nothing can lie between the bounds, one of them being no number among others.
fn holds_nothing<T: PartialOrd>(min: &Bound<T>, max: &Bound<T>) -> bool {
    let comparable = |bound: &Bound<T>| match bound {
        Bound::Included(bound) | Bound::Excluded(bound) => bound.partial_cmp(bound).is_some(),
        Bound::Unbounded => true,
    };
    let in_order = match (min, max) {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => true,
        (Bound::Included(min), Bound::Included(max)) => min <= max,
        (
            Bound::Included(min) | Bound::Excluded(min),
            Bound::Included(max) | Bound::Excluded(max),
        ) => min < max,
    };
    !(comparable(min) && comparable(max) && in_order)
}

/// Members by their rank, for [`zrange_with`](crate::SortedSetCommands::zrange_with) and its like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct ZRangeByRank {
    start: i64,
    stop: i64,
    rev: bool,
}

impl ZRangeByRank {
    /// From rank `start` to `stop`, both included; negative ranks count from the end.
    #[inline]
    pub fn new(start: i64, stop: i64) -> Self {
        Self { start, stop, rev: false }
    }

    /// Ranks count from the greatest score, which comes first (`REV`). Default: from the least.
    #[inline]
    pub fn rev(mut self) -> Self {
        self.rev = true;
        self
    }
}

impl ToArgs for ZRangeByRank {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        self.start.to_arg(command);
        self.stop.to_arg(command);
        if self.rev {
            command.push(b"REV");
        }
    }
}

/// How much of a range, and from which end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Part {
    rev: bool,
    offset: u64,
    count: Option<u64>,
}

impl Part {
    #[inline]
    fn write(self, by: &'static str, command: &mut Command<'_>) {
        command.push(by.as_bytes());
        if self.rev {
            command.push(b"REV");
        }
        if self.offset == 0 && self.count.is_none() {
            return;
        }
        if self.count == Some(0) {
            command.reject(Error::argument("a count of 0 asks for nothing"));
        }
        command.push(b"LIMIT");
        command.push_integer(false, self.offset);
        match self.count {
            Some(count) => command.push_integer(false, count),
            // as many as there are
            None => command.push(b"-1"),
        }
    }
}

macro_rules! part_of_a_range {
    ($(#[$doc:meta])* $name:ident, $range:ident, $word:literal, $first:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        #[must_use]
        pub struct $name {
            range: $range,
            part: Part,
        }

        impl $name {
            /// All of the range.
            pub fn new(range: impl Into<$range>) -> Self {
                Self { range: range.into(), part: Part::default() }
            }

            #[doc = concat!("The ", $first, " comes first (`REV`). Default: last.")]
            #[inline]
            pub fn rev(mut self) -> Self {
                self.part.rev = true;
                self
            }

            /// How many members are left out at the beginning. Default: none.
            #[inline]
            pub fn offset(mut self, members: u64) -> Self {
                self.part.offset = members;
                self
            }

            /// How many members at most. Default: all.
            #[inline]
            pub fn count(mut self, members: u64) -> Self {
                self.part.count = Some(members);
                self
            }
        }

        impl ToArgs for $name {
            #[inline]
            fn to_args<'a>(&'a self, command: &mut Command<'a>) {
                self.range.write(self.part.rev, command);
                self.part.write($word, command);
            }
        }
    };
}

part_of_a_range! {
    /// Members by their score, for [`zrange_with`](crate::SortedSetCommands::zrange_with) and its like.
    ///
    /// # Example
    ///
    /// ```
    /// use redis_sync::ZRangeByScore;
    ///
    /// let best_ten = ZRangeByScore::new(100..).rev().count(10);
    /// ```
    ZRangeByScore, ScoreRange, "BYSCORE", "greatest score"
}

part_of_a_range! {
    /// Members in the order of their bytes, for [`zrange_with`](crate::SortedSetCommands::zrange_with) and
    /// [`zrangestore`](crate::SortedSetCommands::zrangestore).
    ///
    /// Redis has no scores for these:
    ///
    /// ```compile_fail,E0277
    /// use redis_sync::{SortedSetCommands, ZRangeByLex};
    ///
    /// fn scores(redis: &redis_sync::Redis) {
    ///     redis.zrange_with_scores_with("z", ZRangeByLex::new(..));
    /// }
    /// ```
    ZRangeByLex, LexRange, "BYLEX", "last member"
}

/// What a `ZRANGE` with scores can be asked for: [`ZRangeByRank`] or [`ZRangeByScore`], by `into`.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoredZRange(Scored);

#[derive(Clone, Debug, PartialEq)]
enum Scored {
    Rank(ZRangeByRank),
    Score(ZRangeByScore),
}

impl From<ZRangeByRank> for ScoredZRange {
    #[inline]
    fn from(range: ZRangeByRank) -> Self {
        Self(Scored::Rank(range))
    }
}

impl From<ZRangeByScore> for ScoredZRange {
    #[inline]
    fn from(range: ZRangeByScore) -> Self {
        Self(Scored::Score(range))
    }
}

impl ToArgs for ScoredZRange {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        match &self.0 {
            Scored::Rank(range) => range.to_args(command),
            Scored::Score(range) => range.to_args(command),
        }
    }
}

/// What a `ZRANGE` can be asked for: [`ZRangeByRank`], [`ZRangeByScore`] or [`ZRangeByLex`], by `into`.
#[derive(Clone, Debug, PartialEq)]
pub struct ZRange(Any);

#[derive(Clone, Debug, PartialEq)]
enum Any {
    Scored(ScoredZRange),
    Lex(ZRangeByLex),
}

impl<R: Into<ScoredZRange>> From<R> for ZRange {
    fn from(range: R) -> Self {
        Self(Any::Scored(range.into()))
    }
}

impl From<ZRangeByLex> for ZRange {
    #[inline]
    fn from(range: ZRangeByLex) -> Self {
        Self(Any::Lex(range))
    }
}

impl ToArgs for ZRange {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        match &self.0 {
            Any::Scored(range) => range.to_args(command),
            Any::Lex(range) => range.to_args(command),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SortedSetCommands;
    use crate::rehearsal::{refusal, wire};

    #[test]
    fn ranges_of_scores_are_those_of_rust() {
        let count = |range: ScoreRange| wire(|r| r.zcount("z", range));
        assert_eq!(count((1..5).into()), "ZCOUNT [z] 1 (5");
        assert_eq!(count((1.5..=5.0).into()), "ZCOUNT [z] 1.5 5");
        assert_eq!(count((1..).into()), "ZCOUNT [z] 1 +inf");
        assert_eq!(count((..1).into()), "ZCOUNT [z] -inf (1");
        assert_eq!(count((..=-1).into()), "ZCOUNT [z] -inf -1");
        assert_eq!(count((..).into()), "ZCOUNT [z] -inf +inf");
        let above = (Bound::Excluded(0.5), Bound::Included(f64::INFINITY));
        assert_eq!(count(above.into()), "ZCOUNT [z] (0.5 +inf");
    }

    #[test]
    fn ranges_of_members_are_those_of_rust() {
        let count = |range: LexRange| wire(|r| r.zlexcount("z", range));
        assert_eq!(count(("a".."c").into()), "ZLEXCOUNT [z] [a (c");
        assert_eq!(count(("a"..="a").into()), "ZLEXCOUNT [z] [a [a");
        assert_eq!(count((String::from("a")..).into()), "ZLEXCOUNT [z] [a +");
        assert_eq!(count((..=b"c").into()), "ZLEXCOUNT [z] - [c");
        assert_eq!(count((..).into()), "ZLEXCOUNT [z] - +");
    }

    #[test]
    #[expect(clippy::reversed_empty_ranges, reason = "these are what is refused")]
    fn ranges_in_which_nothing_can_lie_are_refused() {
        let count = |range: ScoreRange| refusal(|r| r.zcount("z", range));
        let none = "ZCOUNT: `scores` is a range in which no score can lie";
        assert_eq!(count((5..=1).into()), none);
        assert_eq!(count((1..1).into()), none);
        assert_eq!(count((f64::NAN..).into()), none);
        assert_eq!(count((..f64::NAN).into()), none);
        let none = "ZLEXCOUNT: `members` is a range in which no member can lie";
        assert_eq!(refusal(|r| r.zlexcount("z", "b".."a")), none);
        assert_eq!(refusal(|r| r.zlexcount("z", "a".."a")), none);
        refusal(|r| r.zrange_with("z", ZRangeByScore::new(5..=1).rev()));
        refusal(|r| r.zrange_with("z", ZRangeByScore::new(..).count(0)));
    }

    #[test]
    fn the_greater_bound_comes_first_in_reverse() {
        let range = |range: ZRange| wire(|r| r.zrange_with("z", range));
        assert_eq!(range(ZRangeByRank::new(0, -1).rev().into()), "ZRANGE [z] 0 -1 REV");
        assert_eq!(range(ZRangeByScore::new(1..5).into()), "ZRANGE [z] 1 (5 BYSCORE");
        assert_eq!(range(ZRangeByScore::new(1..5).rev().into()), "ZRANGE [z] (5 1 BYSCORE REV");
        assert_eq!(range(ZRangeByLex::new("a"..).rev().into()), "ZRANGE [z] + [a BYLEX REV");
    }

    #[test]
    fn a_part_of_a_range_begins_and_ends_somewhere() {
        let range = |range: ZRangeByScore| wire(|r| r.zrange_with("z", range));
        let all = ZRangeByScore::new(..);
        assert_eq!(range(all.clone().count(3)), "ZRANGE [z] -inf +inf BYSCORE LIMIT 0 3");
        assert_eq!(range(all.clone().offset(2)), "ZRANGE [z] -inf +inf BYSCORE LIMIT 2 -1");
        assert_eq!(range(all.offset(2).count(3)), "ZRANGE [z] -inf +inf BYSCORE LIMIT 2 3");
    }
}
