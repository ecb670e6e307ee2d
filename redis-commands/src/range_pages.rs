//! The entries of a stream, page by page.
//!
//! Decides where the next page of a range begins: right after the last entry of this one, by an id that
//! is excluded.

use crate::StreamCommands;
use crate::owned_argument::OwnedArgument;
use crate::stream_options::XRangeOptions;
use crate::stream_replies::{StreamEntry, StreamId};
use redis_core::command::{Command, ToArg, ToArgs};
use redis_core::paging::Pages;
use redis_core::{ExecuteCommand, FromReply, Reply, Response, Result};
use std::fmt;
use std::marker::PhantomData;

/// How many entries a page has, unless the options say otherwise.
const USUAL: u64 = 100;

/// A walk along a stream, in either direction, whose entries are read as `T`.
#[derive(Debug)]
#[must_use]
pub struct EntryRange<T = StreamEntry> {
    range: Range,
    entry: PhantomData<fn() -> T>,
}

#[derive(Clone, Debug)]
struct Range {
    key: OwnedArgument,
    /// Where the range ends, in the direction of the walk.
    last: OwnedArgument,
    backwards: bool,
    count: u64,
}

impl EntryRange {
    /// From the lesser ids to the greater, up to `end`; the options say how many entries a page has.
    pub fn forwards(key: impl ToArg, end: impl ToArg, options: XRangeOptions) -> Self {
        Self::of(Range::new(key, end, false, options))
    }

    /// From the greater ids to the lesser, down to `start`; the options say how many entries a page has.
    pub fn backwards(key: impl ToArg, start: impl ToArg, options: XRangeOptions) -> Self {
        Self::of(Range::new(key, start, true, options))
    }
}

impl<T> EntryRange<T> {
    fn of(range: Range) -> Self {
        Self { range, entry: PhantomData }
    }

    /// The same walk, its entries read as `U`: `(StreamId, User)`, or whatever reads a pair of id and fields.
    pub fn typed<U: FromReply>(self) -> EntryRange<U> {
        EntryRange::of(self.range)
    }
}

impl Range {
    fn new(key: impl ToArg, last: impl ToArg, backwards: bool, options: XRangeOptions) -> Self {
        let (key, last) = (OwnedArgument::of(key), OwnedArgument::of(last));
        Self { key, last, backwards, count: options.page().unwrap_or(USUAL) }
    }
}

impl<T> Clone for EntryRange<T> {
    fn clone(&self) -> Self {
        Self::of(self.range.clone())
    }
}

/// Where a walk along a stream goes on: at an end that was given, or right after an entry.
///
/// It may stand where `xrange` and `xrevrange` take an end.
#[derive(Clone, PartialEq, Eq)]
pub struct EntryCursor(Place);

#[derive(Clone, PartialEq, Eq)]
enum Place {
    At(OwnedArgument),
    After(StreamId),
}

impl EntryCursor {
    /// At an end of a range: an id, `(` and an id, `-` or `+`.
    pub fn at(end: impl ToArg) -> Self {
        Self(Place::At(OwnedArgument::of(end)))
    }

    /// Right after the entry of this id, in the direction of the walk.
    #[must_use]
    #[inline]
    pub const fn after(id: StreamId) -> Self {
        Self(Place::After(id))
    }

    /// The id of the last entry that was read; `None` where none was.
    #[must_use]
    #[inline]
    pub const fn last_read(&self) -> Option<StreamId> {
        match &self.0 {
            Place::After(id) => Some(*id),
            Place::At(_) => None,
        }
    }
}

impl ToArg for EntryCursor {
    #[inline]
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        match &self.0 {
            Place::At(end) => end.to_arg(command),
            Place::After(id) => command.push(format!("({id}").as_bytes()),
        }
    }
}

impl ToArgs for EntryCursor {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        self.to_arg(command);
    }
}

impl fmt::Debug for EntryCursor {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::At(_) => f.write_str("EntryCursor(at the given end)"),
            Place::After(id) => write!(f, "EntryCursor(after {id})"),
        }
    }
}

/// An entry, read as whatever is wanted, and where it stands.
#[derive(Debug)]
pub struct PlacedEntry<T> {
    id: StreamId,
    entry: T,
}

impl<T: FromReply> FromReply for PlacedEntry<T> {
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let id = reply.items()?.next().ok_or_else(|| reply.mismatch("stream entry"))?;
        Ok(Self { id: StreamId::from_reply(id)?, entry: T::from_reply(reply)? })
    }
}

impl<T: FromReply> Pages for EntryRange<T> {
    type Cursor = EntryCursor;
    type Page = Vec<PlacedEntry<T>>;
    type Entry = PlacedEntry<T>;
    type Item = T;

    fn ask<'c, C: ExecuteCommand + ?Sized>(
        &self,
        executor: &'c C,
        cursor: &EntryCursor,
    ) -> Response<'c, C, Self::Page> {
        let r = executor.typed::<Self::Page>();
        let Range { key, last, backwards, count } = &self.range;
        let options = XRangeOptions::new().count(*count);
        match backwards {
            false => r.xrange_with(key, cursor, last, options),
            true => r.xrevrange_with(key, cursor, last, options),
        }
    }

    /// A page that is not full was the last: the server stops at the end of the range or at the count.
    fn open(&self, page: Self::Page) -> (Vec<Self::Entry>, Option<EntryCursor>) {
        let is_full = u64::try_from(page.len()).is_ok_and(|length| length >= self.range.count);
        let next = page.last().filter(|_| is_full).map(|last| EntryCursor::after(last.id));
        (page, next)
    }

    fn give(&self, placed: PlacedEntry<T>) -> (T, Option<EntryCursor>) {
        (placed.entry, Some(EntryCursor::after(placed.id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{read, refusal, wire};
    use redis_core::paging::{Paging, Step};

    fn by_two() -> XRangeOptions {
        XRangeOptions::new().count(2)
    }

    #[test]
    fn a_page_begins_at_the_given_end_or_right_after_an_entry() {
        let forwards = EntryRange::forwards("s", "+", by_two());
        let backwards = EntryRange::backwards("s", "-", by_two());
        let after = EntryCursor::after(StreamId::new(5, 1));
        assert_eq!(wire(|r| forwards.ask(r, &EntryCursor::at("3"))), "XRANGE [s] 3 + COUNT 2");
        assert_eq!(wire(|r| forwards.ask(r, &after)), "XRANGE [s] (5-1 + COUNT 2");
        assert_eq!(wire(|r| backwards.ask(r, &EntryCursor::at("+"))), "XREVRANGE [s] + - COUNT 2");
        assert_eq!(wire(|r| backwards.ask(r, &after)), "XREVRANGE [s] (5-1 - COUNT 2");
        let usual = EntryRange::forwards("s", "+", XRangeOptions::new());
        assert_eq!(wire(|r| usual.ask(r, &EntryCursor::at("-"))), "XRANGE [s] - + COUNT 100");
        // where it stands may be given as an end
        assert_eq!(wire(|r| r.xrange("s", &after, "+")), "XRANGE [s] (5-1 +");
        assert_eq!(after.last_read(), Some(StreamId::new(5, 1)));
    }

    #[test]
    fn what_is_no_end_and_a_count_of_none_are_refused() {
        let range = EntryRange::forwards("s", "+", by_two());
        refusal(|r| range.ask(r, &EntryCursor::at("$")));
        let none = EntryRange::forwards("s", "+", XRangeOptions::new().count(0));
        let refused = refusal(|r| none.ask(r, &EntryCursor::at("-")));
        assert_eq!(refused, "XRANGE: a count of 0 asks for nothing");
    }

    #[test]
    fn a_page_that_is_not_full_is_the_last_and_every_entry_says_where_it_stands() {
        let range = EntryRange::forwards("s", "+", by_two()).typed::<(StreamId, Vec<String>)>();
        let ids = |count: u64| {
            (1..=count)
                .map(|n| PlacedEntry { id: StreamId::new(n, 0), entry: Default::default() })
                .collect::<Vec<_>>()
        };
        assert_eq!(range.open(ids(2)).1, Some(EntryCursor::after(StreamId::new(2, 0))));
        assert_eq!(range.open(ids(1)).1, None);
        assert_eq!(range.open(ids(0)).1, None);
        let mut paging = Paging::new(EntryCursor::at("-"));
        paging.turn(&range, ids(2));
        assert!(matches!(paging.step(&range), Step::Give(_)));
        let cursor = paging.cursor().and_then(EntryCursor::last_read);
        assert_eq!(cursor, Some(StreamId::new(1, 0)));
    }

    #[test]
    fn entries_are_read_as_whatever_reads_a_pair_of_id_and_fields() {
        let answer = "*1 *2 $3 5-1 *2 $1 a $1 7 ";
        let range = EntryRange::forwards("s", "+", by_two());
        let plain = read(answer, answer, |r| {
            range.ask(r, &EntryCursor::at("-")).map(|mut page| page.remove(0).entry)
        });
        assert_eq!(
            (plain.id, plain.get("a").map(|v| v.to_string())),
            (StreamId::new(5, 1), Some("7".into()))
        );
        let typed = range.typed::<(StreamId, std::collections::BTreeMap<String, u8>)>();
        let typed = read(answer, answer, |r| {
            typed.ask(r, &EntryCursor::at("-")).map(|mut page| page.remove(0).entry)
        });
        assert_eq!(typed, (StreamId::new(5, 1), [("a".to_owned(), 7)].into()));
    }
}
