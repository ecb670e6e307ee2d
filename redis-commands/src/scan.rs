//! Reading a large collection page by page: where the next page begins, and what a page is.
//!
//! Decides how a page is asked for and read. Does not go on to the next: that is the caller's.

use crate::key_replies::KeyType;
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
    #[inline]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number, which means something to the server alone.
    #[must_use]
    #[inline]
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl ToArg for ScanCursor {
    #[inline]
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

/// The options of [`hscan_with`](crate::HashCommands::hscan_with),
/// [`sscan_with`](crate::SetCommands::sscan_with) and [`zscan_with`](crate::SortedSetCommands::zscan_with).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct ScanOptions {
    pattern: Option<Vec<u8>>,
    count: Option<u64>,
}

impl ScanOptions {
    /// All, about ten at a time.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only what matches this pattern, as of a shell: `*`, `?`, `[ab]` (`MATCH`). Default: all.
    pub fn pattern(mut self, pattern: impl AsRef<[u8]>) -> Self {
        self.pattern = Some(pattern.as_ref().to_vec());
        self
    }

    /// About how many to look at for one page (`COUNT`). Default: 10.
    #[inline]
    pub fn count(mut self, looked_at: u64) -> Self {
        self.count = Some(looked_at);
        self
    }
}

impl ToArgs for ScanOptions {
    #[inline]
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

/// The options of [`scan_with`](crate::BasicKeyCommands::scan_with).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct KeyScanOptions {
    any_type: ScanOptions,
    key_type: Option<KeyType>,
}

impl KeyScanOptions {
    /// All keys, about ten at a time.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only the keys that match this pattern, as of a shell: `*`, `?`, `[ab]` (`MATCH`). Default: all.
    pub fn pattern(mut self, pattern: impl AsRef<[u8]>) -> Self {
        self.any_type = self.any_type.pattern(pattern);
        self
    }

    /// About how many keys to look at for one page (`COUNT`). Default: 10.
    #[inline]
    pub fn count(mut self, looked_at: u64) -> Self {
        self.any_type = self.any_type.count(looked_at);
        self
    }

    /// Only the keys that hold this type of value (`TYPE`). Default: all.
    #[inline]
    pub fn key_type(mut self, key_type: KeyType) -> Self {
        self.key_type = Some(key_type);
        self
    }
}

impl ToArgs for KeyScanOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        self.any_type.to_args(command);
        if let Some(key_type) = &self.key_type {
            let Some(name) = key_type.name() else {
                command.reject(Error::argument("`key_type` is `Missing`: no key is of that type"));
                return;
            };
            command.push(b"TYPE");
            command.push(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{read, refusal, wire};
    use crate::{BasicKeyCommands, HashCommands, SetCommands, SortedSetCommands};

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

    #[test]
    fn every_collection_is_read_by_the_same_cursor_and_options() {
        let (start, seventh) = (ScanCursor::START, ScanCursor::new(7));
        let some = ScanOptions::new().pattern("a*").count(100);
        assert_eq!(wire(|r| r.hscan("h", start)), "HSCAN [h] 0");
        assert_eq!(
            wire(|r| r.hscan_with("h", seventh, some.clone())),
            "HSCAN [h] 7 MATCH a* COUNT 100"
        );
        assert_eq!(wire(|r| r.hscan_fields("h", start)), "HSCAN [h] 0 NOVALUES");
        assert_eq!(
            wire(|r| r.hscan_fields_with("h", seventh, some.clone())),
            "HSCAN [h] 7 MATCH a* COUNT 100 NOVALUES"
        );
        assert_eq!(wire(|r| r.sscan("s", start)), "SSCAN [s] 0");
        assert_eq!(wire(|r| r.sscan_with("s", seventh, some)), "SSCAN [s] 7 MATCH a* COUNT 100");
        let zero = || ScanOptions::new().count(0);
        refusal(|r| r.hscan_with("h", start, zero()));
        refusal(|r| r.hscan_fields_with("h", start, zero()));
        refusal(|r| r.sscan_with("s", start, zero()));
    }

    #[test]
    fn keys_are_chosen_by_the_type_of_their_value() {
        assert_eq!(wire(|r| r.scan(ScanCursor::START)), "SCAN 0");
        let by_type = |key_type| {
            wire(|r| r.scan_with(ScanCursor::START, KeyScanOptions::new().key_type(key_type)))
        };
        assert_eq!(by_type(KeyType::String), "SCAN 0 TYPE string");
        assert_eq!(by_type(KeyType::List), "SCAN 0 TYPE list");
        assert_eq!(by_type(KeyType::Set), "SCAN 0 TYPE set");
        assert_eq!(by_type(KeyType::SortedSet), "SCAN 0 TYPE zset");
        assert_eq!(by_type(KeyType::Hash), "SCAN 0 TYPE hash");
        assert_eq!(by_type(KeyType::Stream), "SCAN 0 TYPE stream");
        assert_eq!(by_type(KeyType::Other("ReJSON-RL".into())), "SCAN 0 TYPE ReJSON-RL");
        let all = KeyScanOptions::new().key_type(KeyType::Set).pattern("a*").count(100);
        assert_eq!(
            wire(|r| r.scan_with(ScanCursor::new(7), all)),
            "SCAN 7 MATCH a* COUNT 100 TYPE set"
        );
    }

    #[test]
    fn a_scan_of_what_cannot_be_is_refused() {
        let refused =
            |options: KeyScanOptions| refusal(|r| r.scan_with(ScanCursor::START, options));
        assert_eq!(
            refused(KeyScanOptions::new().key_type(KeyType::Missing)),
            "SCAN: `key_type` is `Missing`: no key is of that type"
        );
        refused(KeyScanOptions::new().count(0));
    }

    #[test]
    fn fields_come_with_their_values_or_alone() {
        let answer = "*2 $1 0 *4 $1 a $1 1 $1 b $1 2 ";
        let pairs = read(answer, answer, |r| r.hscan("h", ScanCursor::START));
        let expected = vec![("a".into(), "1".into()), ("b".into(), "2".into())];
        assert_eq!(pairs, ScanPage { next: None, items: expected });
        let answer = "*2 $20 18446744073709551615 *2 $1 a $1 b ";
        let fields = read(answer, answer, |r| r.hscan_fields("h", ScanCursor::START));
        assert_eq!(fields.next, Some(ScanCursor::new(u64::MAX)));
        assert_eq!(fields.items, ["a", "b"]);
    }

    #[test]
    fn members_and_keys_come_as_they_are() {
        let answer = "*2 $1 5 *2 $1 a $1 b ";
        let members = read(answer, answer, |r| r.sscan("s", ScanCursor::START));
        let keys = read(answer, answer, |r| r.scan(ScanCursor::START));
        assert_eq!(members, keys);
        assert_eq!((members.next, members.items.len()), (Some(ScanCursor::new(5)), 2));
    }
}
