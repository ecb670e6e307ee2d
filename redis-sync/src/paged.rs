//! A walk over a large collection, page by page, as an iterator.

use crate::mode::BlockingMode;
use redis_commands::{EntryRange, Scan, StreamEntry};
use redis_core::paging::{Pages, Paging, Step};
use redis_core::{BulkString, ExecuteCommand, FromReply, Result};
use std::fmt;
use std::iter::FusedIterator;

/// A walk over keys, or over what one key holds; made by [`ScanIterators`](crate::ScanIterators).
pub type ScanIter<'c, C, T = BulkString> = Paged<'c, C, Scan<T>>;

/// A walk along a stream; made by [`xrange_iter`](crate::ScanIterators::xrange_iter).
pub type EntryIter<'c, C, T = StreamEntry> = Paged<'c, C, EntryRange<T>>;

/// A walk over a large collection, page by page: an iterator over its items.
///
/// A page is asked for when all of the one before was taken, and nothing ahead of that. After an error
/// there are no more items, so that a loop which skips errors ends too; [`resume`](Self::resume) goes on
/// with the page that could not be had. It borrows the client, connection or wrapper by `&`.
/// `redis_async::Paged` is the same as a `Stream`.
#[must_use = "nothing is asked for before the first item is"]
pub struct Paged<'c, C: ?Sized, P: Pages> {
    executor: &'c C,
    pages: P,
    state: Paging<P>,
}

impl<'c, C: ?Sized, P: Pages> Paged<'c, C, P> {
    pub(crate) fn new(executor: &'c C, pages: P, start: impl Into<Option<P::Cursor>>) -> Self {
        Self { executor, pages, state: Paging::new(start) }
    }

    /// The same walk from another place on: where one before it stood, by its [`cursor`](Self::cursor).
    /// At `None` nothing is left.
    ///
    /// # Example: where another process stopped
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    /// use redis_sync::{StreamId, XAddOptions};
    ///
    /// # r.del("starting_at:s")?;
    /// for n in 1..=3 {
    ///     r.xadd_with("starting_at:s", [("n", n)], XAddOptions::new().id(StreamId::new(n, 0)))?;
    /// }
    /// let mut walk = r.xrange_iter("starting_at:s", "-", "+");
    /// assert_eq!(walk.next().expect("three are there")?.id, StreamId::new(1, 0));
    /// let here = walk.cursor(); // this may travel
    ///
    /// let mut walk = r.xrange_iter("starting_at:s", "-", "+").starting_at(here);
    /// assert_eq!(walk.next().expect("two are left")?.id, StreamId::new(2, 0));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    pub fn starting_at(self, cursor: impl Into<Option<P::Cursor>>) -> Self {
        Self::new(self.executor, self.pages, cursor)
    }

    /// Where another walk can go on without missing what this one has not given yet; `None` once all was
    /// given.
    ///
    /// A scan's cursor names a page, so that what of the page was given already comes again; a stream's
    /// names an entry, so that nothing does. The server keeps nothing: it may be used in another process, a
    /// day later.
    ///
    /// # Example: a walk that is over leaves nothing
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    ///
    /// # r.del("cursor:s")?;
    /// r.sadd("cursor:s", [1, 2, 3])?;
    /// let mut walk = r.sscan_iter("cursor:s");
    /// assert!(walk.cursor().is_some());
    /// while let Some(member) = walk.next() {
    ///     member?;
    /// }
    /// assert!(walk.cursor().is_none());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    pub fn cursor(&self) -> Option<P::Cursor> {
        self.state.cursor().cloned()
    }

    /// Goes on after an error: the page that could not be had is asked for again.
    ///
    /// # Example: once more, after what keeps pages from being had is gone
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    ///
    /// r.set("resume:s", "no set")?;
    /// let mut walk = r.sscan_iter("resume:s");
    /// assert!(walk.next().expect("an answer").is_err());
    /// assert!(walk.next().is_none());
    ///
    /// r.del("resume:s")?;
    /// r.sadd("resume:s", "member")?;
    /// walk.resume();
    /// assert_eq!(walk.next().expect("a member")?, "member");
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    pub fn resume(&mut self) {
        self.state.resume();
    }
}

impl<'c, C: ?Sized, T: FromReply> Paged<'c, C, Scan<T>> {
    /// The same walk, whose items are read as `U`, from where it stands: a member of a set as a number, a
    /// field with its value as a pair.
    ///
    /// # Example: members that are numbers
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    ///
    /// # r.del("typed:s")?;
    /// r.sadd("typed:s", [1, 2, 3])?;
    /// let (mut walk, mut sum) = (r.sscan_iter("typed:s").typed::<u32>(), 0);
    /// while let Some(member) = walk.next() {
    ///     sum += member?;
    /// }
    /// assert_eq!(sum, 6);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    pub fn typed<U: FromReply>(self) -> Paged<'c, C, Scan<U>> {
        let here = self.cursor();
        Paged::new(self.executor, self.pages.typed(), here)
    }
}

impl<'c, C: ?Sized, T: FromReply> Paged<'c, C, EntryRange<T>> {
    /// The same walk, whose entries are read as `U`, from where it stands: whatever reads a pair of id and
    /// fields, such as `(StreamId, Measured)` with a derived struct.
    ///
    /// # Example: fields by name
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    /// use redis_sync::{FromReply, StreamId};
    ///
    /// #[derive(FromReply)]
    /// struct Measured {
    ///     celsius: f64,
    /// }
    ///
    /// # r.del("typed:measures")?;
    /// r.xadd("typed:measures", [("celsius", 21.5)])?;
    /// let mut walk = r.xrange_iter("typed:measures", "-", "+").typed::<(StreamId, Measured)>();
    /// let (_, measured) = walk.next().expect("one is there")?;
    /// assert_eq!(measured.celsius, 21.5);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    pub fn typed<U: FromReply>(self) -> Paged<'c, C, EntryRange<U>> {
        let here = self.cursor();
        Paged::new(self.executor, self.pages.typed(), here)
    }
}

impl<C, P> Iterator for Paged<'_, C, P>
where
    C: ExecuteCommand<Mode: BlockingMode> + ?Sized,
    P: Pages,
{
    type Item = Result<P::Item>;

    fn next(&mut self) -> Option<Result<P::Item>> {
        loop {
            match self.state.step(&self.pages) {
                Step::Give(item) => return Some(Ok(item)),
                Step::End => return None,
                Step::Ask(cursor) => {
                    match C::Mode::result(self.pages.ask(self.executor, &cursor)) {
                        Ok(page) => self.state.turn(&self.pages, page),
                        Err(error) => return Some(Err(self.state.fail(error))),
                    }
                }
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.state.size_hint()
    }
}

impl<C, P> FusedIterator for Paged<'_, C, P>
where
    C: ExecuteCommand<Mode: BlockingMode> + ?Sized,
    P: Pages,
{
}

impl<C: ?Sized, P: Pages<Cursor: fmt::Debug>> fmt::Debug for Paged<'_, C, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Paged").field("cursor", &self.cursor()).finish_non_exhaustive()
    }
}
