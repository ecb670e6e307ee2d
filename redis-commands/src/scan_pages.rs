//! What the scans read page by page.
//!
//! Decides which command asks for a page and how items of another type are read. When a page is asked
//! for is decided by [`Paging`](redis_core::paging::Paging).

use crate::owned_argument::OwnedArgument;
use crate::scan::{KeyScanOptions, ScanCursor, ScanOptions, ScanPage};
use crate::{BasicKeyCommands, HashCommands, SetCommands, SortedSetCommands};
use redis_core::command::ToArg;
use redis_core::paging::Pages;
use redis_core::{BulkString, ExecuteCommand, FromReply, Response};
use std::marker::PhantomData;

/// A walk over keys, or over what one key holds, whose items are read as `T`.
#[derive(Debug)]
#[must_use]
pub struct Scan<T> {
    what: What,
    item: PhantomData<fn() -> T>,
}

#[derive(Clone, Debug)]
enum What {
    Keys(KeyScanOptions),
    Hash(OwnedArgument, ScanOptions),
    HashFields(OwnedArgument, ScanOptions),
    Set(OwnedArgument, ScanOptions),
    SortedSet(OwnedArgument, ScanOptions),
}

impl<T> Scan<T> {
    fn of(what: What) -> Self {
        Self { what, item: PhantomData }
    }

    /// The same walk, its items read as `U`.
    pub fn typed<U: FromReply>(self) -> Scan<U> {
        Scan::of(self.what)
    }
}

impl Scan<BulkString> {
    /// Over the keys of the database.
    #[inline]
    pub fn keys(options: KeyScanOptions) -> Self {
        Self::of(What::Keys(options))
    }

    /// Over the fields of a hash.
    pub fn hash_fields(key: impl ToArg, options: ScanOptions) -> Self {
        Self::of(What::HashFields(OwnedArgument::of(key), options))
    }

    /// Over the members of a set.
    pub fn set(key: impl ToArg, options: ScanOptions) -> Self {
        Self::of(What::Set(OwnedArgument::of(key), options))
    }
}

impl Scan<(BulkString, BulkString)> {
    /// Over the fields of a hash with their values.
    pub fn hash(key: impl ToArg, options: ScanOptions) -> Self {
        Self::of(What::Hash(OwnedArgument::of(key), options))
    }
}

impl Scan<(BulkString, f64)> {
    /// Over the members of a sorted set with their scores.
    pub fn sorted_set(key: impl ToArg, options: ScanOptions) -> Self {
        Self::of(What::SortedSet(OwnedArgument::of(key), options))
    }
}

impl<T> Clone for Scan<T> {
    fn clone(&self) -> Self {
        Self::of(self.what.clone())
    }
}

impl<T: FromReply> Pages for Scan<T> {
    type Cursor = ScanCursor;
    type Page = ScanPage<T>;
    type Entry = T;
    type Item = T;

    fn ask<'c, C: ExecuteCommand + ?Sized>(
        &self,
        executor: &'c C,
        cursor: &ScanCursor,
    ) -> Response<'c, C, ScanPage<T>> {
        let r = executor.typed::<ScanPage<T>>();
        match &self.what {
            What::Keys(options) => r.scan_with(*cursor, options.clone()),
            What::Hash(key, options) => r.hscan_with(key, *cursor, options.clone()),
            What::HashFields(key, options) => r.hscan_fields_with(key, *cursor, options.clone()),
            What::Set(key, options) => r.sscan_with(key, *cursor, options.clone()),
            What::SortedSet(key, options) => r.zscan_with(key, *cursor, options.clone()),
        }
    }

    fn open(&self, page: ScanPage<T>) -> (Vec<T>, Option<ScanCursor>) {
        (page.items, page.next)
    }

    fn give(&self, item: T) -> (T, Option<ScanCursor>) {
        (item, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KeyType;
    use crate::rehearsal::{refusal, wire};
    use redis_core::Result;
    use redis_core::paging::{Paging, Step};

    /// The command for the page that begins at 7.
    fn seventh<T: FromReply>(scan: Scan<T>) -> String {
        wire(|r| scan.ask(r, &ScanCursor::new(7)))
    }

    #[test]
    fn every_walk_asks_by_its_own_command_from_its_cursor_on() {
        let some = || ScanOptions::new().pattern("a*").count(100);
        let keys = KeyScanOptions::new().pattern("a*").key_type(KeyType::Set);
        assert_eq!(seventh(Scan::keys(keys)), "SCAN 7 MATCH a* TYPE set");
        assert_eq!(seventh(Scan::hash("h", some())), "HSCAN [h] 7 MATCH a* COUNT 100");
        assert_eq!(
            seventh(Scan::hash_fields("h", some())),
            "HSCAN [h] 7 MATCH a* COUNT 100 NOVALUES"
        );
        assert_eq!(seventh(Scan::set("s", some())), "SSCAN [s] 7 MATCH a* COUNT 100");
        assert_eq!(seventh(Scan::sorted_set("z", some())), "ZSCAN [z] 7 MATCH a* COUNT 100");
        // another type of item asks the same
        let typed = Scan::sorted_set("z", some()).typed::<(String, u32)>();
        assert_eq!(seventh(typed), "ZSCAN [z] 7 MATCH a* COUNT 100");
    }

    #[test]
    fn what_would_be_refused_of_a_page_is_refused_of_a_walk() {
        let none = || ScanOptions::new().count(0);
        let first = |scan: Scan<BulkString>| refusal(|r| scan.ask(r, &ScanCursor::START));
        assert_eq!(first(Scan::set("s", none())), "SSCAN: a count of 0 asks for nothing");
        first(Scan::keys(KeyScanOptions::new().key_type(KeyType::Missing)));
    }

    #[test]
    fn items_come_in_their_order_and_then_the_next_page_is_asked_for() -> Result<()> {
        let scan = Scan::set("s", ScanOptions::new()).typed::<u8>();
        let mut paging = Paging::new(ScanCursor::START);
        assert!(matches!(paging.step(&scan), Step::Ask(ScanCursor::START)));
        paging.turn(&scan, ScanPage { next: Some(ScanCursor::new(5)), items: vec![1, 2] });
        for expected in [1, 2] {
            let Step::Give(item) = paging.step(&scan) else { panic!("no item") };
            assert_eq!(item, expected);
        }
        assert!(matches!(paging.step(&scan), Step::Ask(cursor) if cursor == ScanCursor::new(5)));
        Ok(())
    }
}
