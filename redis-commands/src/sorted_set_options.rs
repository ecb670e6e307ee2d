//! The options of the commands on sorted sets.

use redis_core::Error;
use redis_core::command::{Command, ToArg, ToArgs};

/// The options of [`zadd_with`](crate::SortedSetCommands::zadd_with) and
/// [`zadd_incr_with`](crate::SortedSetCommands::zadd_incr_with).
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
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only new members are added (`NX`).
    #[inline]
    pub fn if_absent() -> Self {
        Self { conditions: &["NX"], changed: false }
    }

    /// Only members that are there get the new score (`XX`).
    #[inline]
    pub fn if_present() -> Self {
        Self { conditions: &["XX"], changed: false }
    }

    /// New members are added, others get the new score if it is greater (`GT`).
    #[inline]
    pub fn if_greater() -> Self {
        Self { conditions: &["GT"], changed: false }
    }

    /// New members are added, others get the new score if it is less (`LT`).
    #[inline]
    pub fn if_less() -> Self {
        Self { conditions: &["LT"], changed: false }
    }

    /// Only members that are there get the new score, if it is greater (`XX GT`).
    #[inline]
    pub fn if_present_and_greater() -> Self {
        Self { conditions: &["XX", "GT"], changed: false }
    }

    /// Only members that are there get the new score, if it is less (`XX LT`).
    #[inline]
    pub fn if_present_and_less() -> Self {
        Self { conditions: &["XX", "LT"], changed: false }
    }

    /// The reply counts the members that changed, not only those that are new (`CH`). Default: no.
    #[inline]
    pub fn count_changed(mut self) -> Self {
        self.changed = true;
        self
    }
}

impl ToArgs for ZAddOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        self.conditions.to_args(command);
        if self.changed {
            command.push(b"CH");
        }
    }
}

/// Which end of a sorted set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a sorted set has two ends")]
pub enum ScoreEnd {
    /// Where the least scores are (`MIN`).
    Min,
    /// Where the greatest scores are (`MAX`).
    Max,
}

impl ToArg for ScoreEnd {
    #[inline]
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        command.push(match self {
            Self::Min => b"MIN",
            Self::Max => b"MAX",
        });
    }
}

/// The options of [`zmpop_with`](crate::SortedSetCommands::zmpop_with) and
/// [`bzmpop_with`](crate::SortedSetCommands::bzmpop_with).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct ZMPopOptions {
    count: Option<u64>,
}

impl ZMPopOptions {
    /// One member.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many members at most. Default: 1.
    #[inline]
    pub fn count(mut self, members: u64) -> Self {
        self.count = Some(members);
        self
    }
}

impl ToArgs for ZMPopOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        if let Some(count) = &self.count {
            if *count == 0 {
                command.reject(Error::argument("a count of 0 asks for nothing"));
            }
            command.push(b"COUNT");
            count.to_arg(command);
        }
    }
}

/// The options of [`zintercard_with`](crate::SortedSetCommands::zintercard_with).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct ZInterCardOptions {
    limit: Option<u64>,
}

impl ZInterCardOptions {
    /// Counts all.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Where counting ends; 0 is never. Default: never.
    #[inline]
    pub fn limit(mut self, members: u64) -> Self {
        self.limit = Some(members);
        self
    }
}

impl ToArgs for ZInterCardOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        if let Some(limit) = &self.limit {
            command.push(b"LIMIT");
            limit.to_arg(command);
        }
    }
}

/// What becomes of the scores that a member has in several sorted sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Aggregate {
    /// Their sum.
    Sum,
    /// The least.
    Min,
    /// The greatest.
    Max,
}

impl ToArg for Aggregate {
    #[inline]
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        command.push(match self {
            Self::Sum => b"SUM",
            Self::Min => b"MIN",
            Self::Max => b"MAX",
        });
    }
}

/// The options of [`zinter_with`](crate::SortedSetCommands::zinter_with),
/// [`zunion_with`](crate::SortedSetCommands::zunion_with) and their like.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use]
pub struct ZCombineOptions {
    weights: Option<Vec<f64>>,
    aggregate: Option<Aggregate>,
}

impl ZCombineOptions {
    /// The sum of the scores.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// By what the scores of each sorted set are multiplied, one weight for each key. Default: 1.
    pub fn weights<W: Into<f64>>(mut self, weights: impl IntoIterator<Item = W>) -> Self {
        self.weights = Some(weights.into_iter().map(Into::into).collect());
        self
    }

    /// What becomes of the scores that a member has in several sorted sets. Default: their sum.
    #[inline]
    pub fn aggregate(mut self, aggregate: Aggregate) -> Self {
        self.aggregate = Some(aggregate);
        self
    }
}

impl ToArgs for ZCombineOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        if let Some(weights) = &self.weights {
            // the destination is a key too, and has no weight
            let stored = command.spec().name().ends_with("STORE");
            let keys = command.key_bytes().count().saturating_sub(usize::from(stored));
            if weights.len() != keys {
                command.reject(Error::argument(format!(
                    "`weights` has {}, where there is one for each of {keys} keys",
                    weights.len()
                )));
            }
            command.push(b"WEIGHTS");
            weights.to_args(command);
        }
        if let Some(aggregate) = &self.aggregate {
            command.push(b"AGGREGATE");
            aggregate.to_arg(command);
        }
    }
}
