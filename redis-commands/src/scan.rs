//! Reading a large collection page by page: where the next page begins, and what a page is.
//!
//! Decides how a page is asked for and read. Does not go on to the next: that is the caller's.

use redis_core::command::{Command, ToArg, ToArgs};
use redis_core::{Error, FromReply, Reply, Result};

/// Where a page begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ScanCursor(u64);

impl ScanCursor {
    /// Where the first page begins.
    pub const START: Self = Self(0);

    /// From the number that the server gave.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number, which means something to the server alone.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl ToArg for ScanCursor {
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        self.0.to_arg(command);
    }
}

/// One page. It may be empty without being the last.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScanPage<T> {
    /// Where the next page begins; `None` after the last one.
    pub next: Option<ScanCursor>,
    /// What is on it. What changes meanwhile may come twice or not at all.
    pub items: Vec<T>,
}

impl<T: FromReply> FromReply for ScanPage<T> {
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let mut parts = reply.items()?;
        let (Some(cursor), Some(items), None) = (parts.next(), parts.next(), parts.next()) else {
            return Err(reply.mismatch("page of a scan"));
        };
        let cursor = u64::from_reply(cursor)?;
        let next = (cursor != 0).then_some(ScanCursor(cursor));
        Ok(Self { next, items: Vec::from_reply(items)? })
    }
}

/// The options of [`zscan_with`](crate::SortedSetCommands::zscan_with).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct ScanOptions {
    pattern: Option<Vec<u8>>,
    count: Option<u64>,
}

impl ScanOptions {
    /// All, about ten at a time.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only what matches this pattern, as of a shell: `*`, `?`, `[ab]` (`MATCH`). Default: all.
    pub fn pattern(mut self, pattern: impl AsRef<[u8]>) -> Self {
        self.pattern = Some(pattern.as_ref().to_vec());
        self
    }

    /// About how many to look at for one page (`COUNT`). Default: 10.
    pub fn count(mut self, looked_at: u64) -> Self {
        self.count = Some(looked_at);
        self
    }
}

impl ToArgs for ScanOptions {
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        if let Some(pattern) = &self.pattern {
            command.push(b"MATCH");
            pattern.to_arg(command);
        }
        if let Some(count) = &self.count {
            if *count == 0 {
                command.reject(Error::argument("a count of 0 asks for nothing"));
            }
            command.push(b"COUNT");
            count.to_arg(command);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SortedSetCommands;
    use crate::rehearsal::{read, refusal, wire};

    #[test]
    fn a_page_is_asked_for_by_its_cursor() {
        assert_eq!(wire(|r| r.zscan("z", ScanCursor::START)), "ZSCAN [z] 0");
        let options = ScanOptions::new().pattern("a*").count(100);
        assert_eq!(
            wire(|r| r.zscan_with("z", ScanCursor::new(7), options)),
            "ZSCAN [z] 7 MATCH a* COUNT 100"
        );
        refusal(|r| r.zscan_with("z", ScanCursor::START, ScanOptions::new().count(0)));
    }

    #[test]
    fn the_last_page_says_so_and_scores_are_alike_on_both_protocols() {
        let page = |resp2, resp3| read(resp2, resp3, |r| r.zscan("z", ScanCursor::START));
        let last = page("*2 $1 0 *2 $1 a $3 1.5 ", "*2 $1 0 *2 $1 a ,1.5 ");
        assert_eq!(last, ScanPage { next: None, items: vec![("a".into(), 1.5)] });
        let empty = page("*2 $2 17 *0 ", "*2 $2 17 *0 ");
        assert_eq!((empty.next, empty.items), (Some(ScanCursor::new(17)), vec![]));
    }
}
