//! The longest common subsequence of two strings: where it lies in them.

use redis_core::command::{Command, ToArg, ToArgs};
use redis_core::{FromReply, Reply, Result};
use std::ops::RangeInclusive;

/// The options of [`lcs_idx_with`](crate::BasicKeyCommands::lcs_idx_with).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct LcsOptions {
    min_match_len: Option<u64>,
}

impl LcsOptions {
    /// Matches of every length.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only matches of so many bytes or more (`MINMATCHLEN`). Default: all.
    #[inline]
    pub fn min_match_len(mut self, bytes: u64) -> Self {
        self.min_match_len = Some(bytes);
        self
    }
}

impl ToArgs for LcsOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        if let Some(bytes) = &self.min_match_len {
            command.push(b"MINMATCHLEN");
            bytes.to_arg(command);
        }
    }
}

/// Where two strings match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LcsMatches {
    /// The matches, from the last to the first.
    pub matches: Vec<LcsMatch>,
    /// How many bytes the longest common subsequence has, matches that were left out included.
    pub length: u64,
}

/// A part that two strings have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LcsMatch {
    /// Which bytes of the first string it is.
    pub first: RangeInclusive<u64>,
    /// Which bytes of the second string it is.
    pub second: RangeInclusive<u64>,
    /// How many bytes it has.
    pub length: u64,
}

impl FromReply for LcsMatches {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let mut read = Self::default();
        for (name, value) in reply.entries()? {
            match name.scalar("a field's name")? {
                b"matches" => read.matches = Vec::from_reply(value)?,
                b"len" => read.length = u64::from_reply(value)?,
                _ => {}
            }
        }
        Ok(read)
    }
}

impl FromReply for LcsMatch {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        type Part = (u64, u64);
        let ((start, end), (other_start, other_end), length) =
            <(Part, Part, u64)>::from_reply(reply)?;
        Ok(Self { first: start..=end, second: other_start..=other_end, length })
    }
}
