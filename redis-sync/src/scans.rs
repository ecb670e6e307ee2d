//! The walks over large collections, as methods of whatever executes commands.

use crate::mode::BlockingMode;
use crate::paged::{EntryIter, Paged, ScanIter};
use redis_commands::{
    EntryCursor, EntryRange, KeyScanOptions, Scan, ScanCursor, ScanOptions, XRangeOptions,
};
use redis_core::command::ToArg;
use redis_core::{BulkString, ExecuteCommand};

/// Walks over keys, over what a key holds, and along streams: a page at a time, an item at a time.
///
/// A client has these methods, and so have connections, attempts at a transaction and what
/// [`with`](ExecuteCommand::with) makes of them. What is asked for, when, and how to go on after an error is
/// said at [`Paged`]; `typed` there reads the items as another type.
pub trait ScanIterators: ExecuteCommand<Mode: BlockingMode> {
    /// All keys of the database, page by page.
    ///
    /// # Items
    ///
    /// The keys. Any may come twice; what is there all the time comes at least once; what comes or goes
    /// meanwhile may come or not.
    ///
    /// # Errors
    ///
    /// Whatever keeps a page from being had; then there are no more items until [`resume`](Paged::resume).
    ///
    /// `SCAN`, since 2.8.0; O(1) for every page.
    ///
    /// # Example: the keys of the database
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    ///
    /// r.set("scan_iter:k", "v")?;
    /// let (walk, mut found) = (r.scan_iter(), false);
    /// for key in walk {
    ///     found |= key? == "scan_iter:k";
    /// }
    /// assert!(found);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn scan_iter(&self) -> ScanIter<'_, Self> {
        self.scan_iter_with(KeyScanOptions::new())
    }

    /// [`scan_iter`](Self::scan_iter) over the keys that match a pattern, or hold one type of value, or by
    /// larger pages.
    ///
    /// # Items
    ///
    /// The keys. Any may come twice; what is there all the time comes at least once; what comes or goes
    /// meanwhile may come or not.
    ///
    /// # Errors
    ///
    /// A count of 0, and the type `KeyType::Missing`, are refused before any I/O. Whatever keeps a page from
    /// being had; then there are no more items until [`resume`](Paged::resume).
    ///
    /// `SCAN`, since 2.8.0; O(1) for every page.
    ///
    /// # Example: what to delete
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    /// use redis_sync::KeyScanOptions;
    ///
    /// r.mset([("scan_iter_with:a", 1), ("scan_iter_with:b", 2)])?;
    /// let walk = r.scan_iter_with(KeyScanOptions::new().pattern("scan_iter_with:*").count(1000));
    /// for key in walk {
    ///     r.unlink(key?)?;
    /// }
    /// assert_eq!(r.exists(["scan_iter_with:a", "scan_iter_with:b"])?, 0);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn scan_iter_with(&self, options: KeyScanOptions) -> ScanIter<'_, Self> {
        Paged::new(self, Scan::keys(options), ScanCursor::START)
    }

    /// All fields of a hash with their values, page by page.
    ///
    /// # Items
    ///
    /// Pairs of field and value. Any may come twice; what is there all the time comes at least once; what comes
    /// or goes meanwhile may come or not.
    ///
    /// # Errors
    ///
    /// Whatever keeps a page from being had; then there are no more items until [`resume`](Paged::resume).
    ///
    /// `HSCAN`, since 2.8.0; O(1) for every page.
    ///
    /// # Example: values as numbers
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    ///
    /// r.hset("hscan_iter:h", [("a", 1), ("b", 2)])?;
    /// let (walk, mut sum) = (r.hscan_iter("hscan_iter:h").typed::<(String, u32)>(), 0);
    /// for pair in walk {
    ///     sum += pair?.1;
    /// }
    /// assert_eq!(sum, 3);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hscan_iter(&self, key: impl ToArg) -> ScanIter<'_, Self, (BulkString, BulkString)> {
        self.hscan_iter_with(key, ScanOptions::new())
    }

    /// [`hscan_iter`](Self::hscan_iter) over the fields that match a pattern, or by larger pages.
    ///
    /// # Items
    ///
    /// Pairs of field and value. Any may come twice; what is there all the time comes at least once; what comes
    /// or goes meanwhile may come or not.
    ///
    /// # Errors
    ///
    /// A count of 0 is refused before any I/O. Whatever keeps a page from being had; then there are no more
    /// items until [`resume`](Paged::resume).
    ///
    /// `HSCAN`, since 2.8.0; O(1) for every page.
    ///
    /// # Example: fields of one prefix
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    /// use redis_sync::ScanOptions;
    ///
    /// r.hset("hscan_iter_with:h", [("a:1", 1), ("b:1", 2)])?;
    /// let mut walk = r.hscan_iter_with("hscan_iter_with:h", ScanOptions::new().pattern("a:*"));
    /// let (field, value) = walk.next().expect("one")?;
    /// assert!(field == "a:1" && value == "1" && walk.next().is_none());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hscan_iter_with(
        &self,
        key: impl ToArg,
        options: ScanOptions,
    ) -> ScanIter<'_, Self, (BulkString, BulkString)> {
        Paged::new(self, Scan::hash(key, options), ScanCursor::START)
    }

    /// All fields of a hash without their values, page by page.
    ///
    /// # Items
    ///
    /// The fields. Any may come twice; what is there all the time comes at least once; what comes or goes
    /// meanwhile may come or not.
    ///
    /// # Errors
    ///
    /// Whatever keeps a page from being had; then there are no more items until [`resume`](Paged::resume).
    ///
    /// `HSCAN` with `NOVALUES`, since 7.4.0; O(1) for every page.
    ///
    /// # Example: the fields of a hash
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.4.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    ///
    /// r.del("hscan_fields_iter:h")?;
    /// r.hset("hscan_fields_iter:h", [("a", 1)])?;
    /// let mut walk = r.hscan_fields_iter("hscan_fields_iter:h");
    /// assert_eq!(walk.next().transpose()?, Some("a".into()));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hscan_fields_iter(&self, key: impl ToArg) -> ScanIter<'_, Self> {
        self.hscan_fields_iter_with(key, ScanOptions::new())
    }

    /// [`hscan_fields_iter`](Self::hscan_fields_iter) over the fields that match a pattern, or by larger pages.
    ///
    /// # Items
    ///
    /// The fields. Any may come twice; what is there all the time comes at least once; what comes or goes
    /// meanwhile may come or not.
    ///
    /// # Errors
    ///
    /// A count of 0 is refused before any I/O. Whatever keeps a page from being had; then there are no more
    /// items until [`resume`](Paged::resume).
    ///
    /// `HSCAN` with `NOVALUES`, since 7.4.0; O(1) for every page.
    ///
    /// # Example: fields of one prefix
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.4.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    /// use redis_sync::ScanOptions;
    ///
    /// r.hset("hscan_fields_iter_with:h", [("a:1", 1), ("b:1", 2)])?;
    /// let options = ScanOptions::new().pattern("b:*");
    /// let mut walk = r.hscan_fields_iter_with("hscan_fields_iter_with:h", options);
    /// assert_eq!(walk.next().transpose()?, Some("b:1".into()));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hscan_fields_iter_with(&self, key: impl ToArg, options: ScanOptions) -> ScanIter<'_, Self> {
        Paged::new(self, Scan::hash_fields(key, options), ScanCursor::START)
    }

    /// All members of a set, page by page.
    ///
    /// # Items
    ///
    /// The members. Any may come twice; what is there all the time comes at least once; what comes or goes
    /// meanwhile may come or not.
    ///
    /// # Errors
    ///
    /// Whatever keeps a page from being had; then there are no more items until [`resume`](Paged::resume).
    ///
    /// `SSCAN`, since 2.8.0; O(1) for every page.
    ///
    /// # Example: the greatest member
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    ///
    /// r.sadd("sscan_iter:s", [3, 1, 2])?;
    /// let (walk, mut greatest) = (r.sscan_iter("sscan_iter:s").typed::<u32>(), 0);
    /// for member in walk {
    ///     greatest = greatest.max(member?);
    /// }
    /// assert_eq!(greatest, 3);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn sscan_iter(&self, key: impl ToArg) -> ScanIter<'_, Self> {
        self.sscan_iter_with(key, ScanOptions::new())
    }

    /// [`sscan_iter`](Self::sscan_iter) over the members that match a pattern, or by larger pages.
    ///
    /// # Items
    ///
    /// The members. Any may come twice; what is there all the time comes at least once; what comes or goes
    /// meanwhile may come or not.
    ///
    /// # Errors
    ///
    /// A count of 0 is refused before any I/O. Whatever keeps a page from being had; then there are no more
    /// items until [`resume`](Paged::resume).
    ///
    /// `SSCAN`, since 2.8.0; O(1) for every page.
    ///
    /// # Example: to stop, and to go on later
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    /// use redis_sync::ScanOptions;
    ///
    /// r.sadd("sscan_iter_with:s", (0..1000).collect::<Vec<_>>())?;
    /// let by_ten = || r.sscan_iter_with("sscan_iter_with:s", ScanOptions::new().count(10));
    /// let mut walk = by_ten();
    /// walk.next().transpose()?;
    /// let cursor = walk.cursor(); // a number that may be kept
    /// let (walk, mut rest) = (by_ten().starting_at(cursor), 0);
    /// for member in walk {
    ///     member?;
    ///     rest += 1;
    /// }
    /// assert!(rest >= 999);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn sscan_iter_with(&self, key: impl ToArg, options: ScanOptions) -> ScanIter<'_, Self> {
        Paged::new(self, Scan::set(key, options), ScanCursor::START)
    }

    /// All members of a sorted set with their scores, page by page, in no order.
    ///
    /// # Items
    ///
    /// Pairs of member and score. Any may come twice; what is there all the time comes at least once; what
    /// comes or goes meanwhile may come or not.
    ///
    /// # Errors
    ///
    /// Whatever keeps a page from being had; then there are no more items until [`resume`](Paged::resume).
    ///
    /// `ZSCAN`, since 2.8.0; O(1) for every page.
    ///
    /// # Example: the members of a sorted set
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    ///
    /// r.zadd("zscan_iter:z", [(1.5, "a")])?;
    /// let mut walk = r.zscan_iter("zscan_iter:z");
    /// assert_eq!(walk.next().transpose()?, Some(("a".into(), 1.5)));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zscan_iter(&self, key: impl ToArg) -> ScanIter<'_, Self, (BulkString, f64)> {
        self.zscan_iter_with(key, ScanOptions::new())
    }

    /// [`zscan_iter`](Self::zscan_iter) over the members that match a pattern, or by larger pages.
    ///
    /// # Items
    ///
    /// Pairs of member and score. Any may come twice; what is there all the time comes at least once; what
    /// comes or goes meanwhile may come or not.
    ///
    /// # Errors
    ///
    /// A count of 0 is refused before any I/O. Whatever keeps a page from being had; then there are no more
    /// items until [`resume`](Paged::resume).
    ///
    /// `ZSCAN`, since 2.8.0; O(1) for every page.
    ///
    /// # Example: members of one prefix
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    /// use redis_sync::ScanOptions;
    ///
    /// r.zadd("zscan_iter_with:z", [(1.5, "a:1"), (2.5, "b:1")])?;
    /// let walk = r.zscan_iter_with("zscan_iter_with:z", ScanOptions::new().pattern("b:*"));
    /// let mut walk = walk.typed::<(String, f32)>();
    /// assert_eq!(walk.next().transpose()?, Some(("b:1".to_owned(), 2.5)));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn zscan_iter_with(
        &self,
        key: impl ToArg,
        options: ScanOptions,
    ) -> ScanIter<'_, Self, (BulkString, f64)> {
        Paged::new(self, Scan::sorted_set(key, options), ScanCursor::START)
    }

    /// The entries of a stream from `start` to `end`, by pages of 100: ids, `(` and an id, `-` and `+`.
    ///
    /// # Items
    ///
    /// The entries in the order of their ids, each once; those that are added meanwhile within the range come
    /// too.
    ///
    /// # Errors
    ///
    /// What is no id is refused before any I/O. Whatever keeps a page from being had; then there are no more
    /// items until [`resume`](Paged::resume).
    ///
    /// `XRANGE` with `COUNT`, since 6.2.0; O(N) for a page of N entries.
    ///
    /// # Example: a whole stream
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    ///
    /// r.del("xrange_iter:s")?;
    /// r.xadd("xrange_iter:s", [("celsius", 21)])?;
    /// let walk = r.xrange_iter("xrange_iter:s", "-", "+");
    /// for entry in walk {
    ///     assert_eq!(entry?.get("celsius"), Some(&"21".into()));
    /// }
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xrange_iter(
        &self,
        key: impl ToArg,
        start: impl ToArg,
        end: impl ToArg,
    ) -> EntryIter<'_, Self> {
        self.xrange_iter_with(key, start, end, XRangeOptions::new())
    }

    /// [`xrange_iter`](Self::xrange_iter) by larger or smaller pages: the count of the options is that of a
    /// page.
    ///
    /// # Items
    ///
    /// The entries in the order of their ids, each once; those that are added meanwhile within the range come
    /// too.
    ///
    /// # Errors
    ///
    /// What is no id, and a count of 0, are refused before any I/O. Whatever keeps a page from being had; then
    /// there are no more items until [`resume`](Paged::resume).
    ///
    /// `XRANGE` with `COUNT`, since 6.2.0; O(N) for a page of N entries.
    ///
    /// # Example: entries as a struct
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    /// use redis_sync::{StreamId, XRangeOptions};
    ///
    /// #[derive(FromReply)]
    /// struct Measured {
    ///     celsius: f64,
    /// }
    ///
    /// r.xadd("xrange_iter_with:s", [("celsius", 21.5)])?;
    /// let options = XRangeOptions::new().count(1000);
    /// let walk = r.xrange_iter_with("xrange_iter_with:s", "-", "+", options);
    /// let mut walk = walk.typed::<(StreamId, Measured)>();
    /// let (_, measured) = walk.next().expect("an entry")?;
    /// assert_eq!(measured.celsius, 21.5);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xrange_iter_with(
        &self,
        key: impl ToArg,
        start: impl ToArg,
        end: impl ToArg,
        options: XRangeOptions,
    ) -> EntryIter<'_, Self> {
        Paged::new(self, EntryRange::forwards(key, end, options), EntryCursor::at(start))
    }

    /// The entries of a stream from `end` down to `start`, by pages of 100: ids, `(` and an id, `+` and `-`.
    ///
    /// # Items
    ///
    /// The entries in the opposite order of their ids, each once.
    ///
    /// # Errors
    ///
    /// What is no id is refused before any I/O. Whatever keeps a page from being had; then there are no more
    /// items until [`resume`](Paged::resume).
    ///
    /// `XREVRANGE` with `COUNT`, since 6.2.0; O(N) for a page of N entries.
    ///
    /// # Example: the last that is warm
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    ///
    /// r.del("xrevrange_iter:s")?;
    /// r.xadd("xrevrange_iter:s", [("celsius", 21)])?;
    /// r.xadd("xrevrange_iter:s", [("celsius", 9)])?;
    /// let (walk, mut warm) = (r.xrevrange_iter("xrevrange_iter:s", "+", "-"), None);
    /// for entry in walk {
    ///     let entry = entry?;
    ///     if entry.get("celsius").is_some_and(|c| c.parse::<i32>().is_ok_and(|c| c > 20)) {
    ///         warm = Some(entry.id);
    ///         break;
    ///     }
    /// }
    /// assert!(warm.is_some());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xrevrange_iter(
        &self,
        key: impl ToArg,
        end: impl ToArg,
        start: impl ToArg,
    ) -> EntryIter<'_, Self> {
        self.xrevrange_iter_with(key, end, start, XRangeOptions::new())
    }

    /// [`xrevrange_iter`](Self::xrevrange_iter) by larger or smaller pages: the count of the options is that of
    /// a page.
    ///
    /// # Items
    ///
    /// The entries in the opposite order of their ids, each once.
    ///
    /// # Errors
    ///
    /// What is no id, and a count of 0, are refused before any I/O. Whatever keeps a page from being had; then
    /// there are no more items until [`resume`](Paged::resume).
    ///
    /// `XREVRANGE` with `COUNT`, since 6.2.0; O(N) for a page of N entries.
    ///
    /// # Example: the last entry
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    /// use redis_sync::XRangeOptions;
    ///
    /// let last = r.xadd("xrevrange_iter_with:s", [("celsius", 21)])?;
    /// let options = XRangeOptions::new().count(1);
    /// let mut walk = r.xrevrange_iter_with("xrevrange_iter_with:s", "+", "-", options);
    /// assert_eq!(walk.next().transpose()?.map(|entry| entry.id), Some(last));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xrevrange_iter_with(
        &self,
        key: impl ToArg,
        end: impl ToArg,
        start: impl ToArg,
        options: XRangeOptions,
    ) -> EntryIter<'_, Self> {
        Paged::new(self, EntryRange::backwards(key, start, options), EntryCursor::at(end))
    }
}

impl<C: ExecuteCommand<Mode: BlockingMode> + ?Sized> ScanIterators for C {}
