//! The ends and places of a list, the options of the commands on lists, and what an insertion answers.

use redis_core::command::{Command, ToArg, ToArgs};
use redis_core::{Error, FromReply, Reply, Result};

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
    #[inline]
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        command.push(match self {
            Self::Left => b"LEFT",
            Self::Right => b"RIGHT",
        });
    }
}

/// A place beside a value of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a value has two sides")]
pub enum ListPlace {
    /// Towards the head.
    Before,
    /// Towards the tail.
    After,
}

impl ToArg for ListPlace {
    #[inline]
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        command.push(match self {
            Self::Before => b"BEFORE",
            Self::After => b"AFTER",
        });
    }
}

/// What became of inserting a value into a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "0, −1 and a length are all that Redis answers")]
pub enum ListInsertion {
    /// The key does not exist.
    NoList,
    /// No value of the list equals the pivot.
    NoPivot,
    /// It is inserted; the list has so many values.
    Length(u64),
}

impl ListInsertion {
    /// How many values the list has, if the value was inserted.
    #[must_use]
    #[inline]
    pub fn length(self) -> Option<u64> {
        match self {
            Self::Length(length) => Some(length),
            Self::NoList | Self::NoPivot => None,
        }
    }
}

impl FromReply for ListInsertion {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let answer = i64::from_reply(reply)?;
        match (answer, u64::try_from(answer)) {
            (0, _) => Ok(Self::NoList),
            (-1, _) => Ok(Self::NoPivot),
            (_, Ok(length)) => Ok(Self::Length(length)),
            _ => Err(Error::conversion("outcome of an insertion", answer)),
        }
    }
}

/// The options of [`lmpop_with`](crate::ListCommands::lmpop_with) and
/// [`blmpop_with`](crate::ListCommands::blmpop_with).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct LMPopOptions {
    count: Option<u64>,
}

impl LMPopOptions {
    /// One value.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many values at most; 0 is refused. Default: 1.
    #[inline]
    pub fn count(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }
}

impl ToArgs for LMPopOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        if let Some(count) = self.count {
            if count == 0 {
                command.reject(Error::argument("`count` must be at least 1"));
            }
            command.push(b"COUNT");
            command.push_integer(false, count);
        }
    }
}

/// The options of [`lpos_with`](crate::ListCommands::lpos_with) and
/// [`lpos_count_with`](crate::ListCommands::lpos_count_with).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct LPosOptions {
    rank: Option<i64>,
    max_length: Option<u64>,
}

impl LPosOptions {
    /// From the first match on, in the whole list.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Which match is the first that counts: 1 the first, 2 the second; from the end and towards the
    /// beginning −1 the last, −2 the last but one. 0 is refused. Default: 1.
    #[inline]
    pub fn rank(mut self, rank: i64) -> Self {
        self.rank = Some(rank);
        self
    }

    /// How many values are compared at most (`MAXLEN`); 0 is all. Default: all.
    #[inline]
    pub fn max_length(mut self, values: u64) -> Self {
        self.max_length = Some(values);
        self
    }
}

impl ToArgs for LPosOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        if let Some(rank) = &self.rank {
            // Redis turns the sign round, which the least of 64 bits does not survive
            if *rank == 0 || *rank == i64::MIN {
                command.reject(Error::argument(
                    "`rank` must be 1 for the first match, -1 for the last, and so on",
                ));
            }
            command.push(b"RANK");
            rank.to_arg(command);
        }
        if let Some(values) = self.max_length {
            command.push(b"MAXLEN");
            command.push_integer(false, values);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ListCommands;
    use crate::rehearsal::{read, refusal, wire};

    #[test]
    fn an_insertion_says_how_long_the_list_is_or_why_not() {
        let insert = |answer| read(answer, answer, |r| r.linsert("l", ListPlace::Before, "p", "v"));
        assert_eq!(insert(":3 "), ListInsertion::Length(3));
        assert_eq!(insert(":3 ").length(), Some(3));
        assert_eq!(insert(":0 "), ListInsertion::NoList);
        assert_eq!(insert(":-1 "), ListInsertion::NoPivot);
    }

    #[test]
    fn a_search_is_narrowed_by_rank_and_length() {
        let options = LPosOptions::new().rank(-2).max_length(100);
        assert_eq!(wire(|r| r.lpos_with("l", "v", options)), "LPOS [l] v RANK -2 MAXLEN 100");
        assert_eq!(
            wire(|r| r.lpos_count_with("l", "v", 3, options)),
            "LPOS [l] v COUNT 3 RANK -2 MAXLEN 100"
        );
    }

    #[test]
    fn a_rank_that_is_none_is_refused() {
        let why = "LPOS: `rank` must be 1 for the first match, -1 for the last, and so on";
        for rank in [0, i64::MIN] {
            assert_eq!(refusal(|r| r.lpos_with("l", "v", LPosOptions::new().rank(rank))), why);
        }
    }

    #[test]
    fn to_take_nothing_is_refused() {
        let none = LMPopOptions::new().count(0);
        let refused = refusal(|r| r.lmpop_with("l", ListEnd::Left, none));
        assert_eq!(refused, "LMPOP: `count` must be at least 1");
    }
}
