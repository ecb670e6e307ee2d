//! Reading a large collection page by page: which page is asked for next, and where a reader stands.
//!
//! Decides when a page is asked for, what ends the reading and where it can be taken up again. Does not
//! ask: that is the clients' affair, and what is asked is [`Pages`]'.

use crate::error::Error;
use crate::execute::{ExecuteCommand, Response};
use crate::reply::FromReply;
use std::fmt;

/// Something that is read page by page: how a page is asked for, and what is on it.
pub trait Pages {
    /// Where a page begins.
    type Cursor: Clone;
    /// What the server answers.
    type Page: FromReply;
    /// One of the things on a page.
    type Entry;
    /// What the reader gets of an entry.
    type Item;

    /// Asks for the page that begins here.
    fn ask<'c, C: ExecuteCommand + ?Sized>(
        &self,
        executor: &'c C,
        cursor: &Self::Cursor,
    ) -> Response<'c, C, Self::Page>;

    /// What is on a page, and where the next begins; `None` after the last.
    fn open(&self, page: Self::Page) -> (Vec<Self::Entry>, Option<Self::Cursor>);

    /// What the reader gets, and where reading goes on right after it, where an entry says so.
    fn give(&self, entry: Self::Entry) -> (Self::Item, Option<Self::Cursor>);
}

/// The state of a reader of pages.
///
/// ```text
///             turn                    item
///   Asking ──────────▶ Reading ──────────────────▶ Reading
///    │  ▲                 │ the page is read,
///    │  └─────────────────┤ and there is a next
///    │ fail               │ the page is read,
///    ▼     resume         ▼ and it was the last
///   Failed ──▶ Asking    Over
/// ```
///
/// Nothing is asked for ahead: the next page is when all of this one has been taken. An empty page is not
/// the end, a missing next one is. After a failure nothing more comes until [`resume`](Self::resume), which
/// asks for the same page again.
#[derive(Clone, Debug)]
pub struct Paging<P: Pages> {
    state: State,
    /// What of the page was not given yet.
    ahead: std::vec::IntoIter<P::Entry>,
    /// Where what was not given yet begins; `None` if all was.
    here: Option<P::Cursor>,
    /// Where the page after this one begins.
    next: Option<P::Cursor>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The page at `here` is wanted.
    Asking,
    Reading,
    Failed,
    Over,
}

/// What comes next.
pub enum Step<P: Pages> {
    /// An item for the reader.
    Give(P::Item),
    /// The page that begins here is to be asked for, and what came of it recorded.
    Ask(P::Cursor),
    /// Nothing.
    End,
}

impl<P: Pages> Paging<P> {
    /// A reader that begins here; at `None` nothing is left to read.
    pub fn new(start: impl Into<Option<P::Cursor>>) -> Self {
        let ahead = Vec::new().into_iter();
        Self { state: State::Asking, ahead, here: start.into(), next: None }
    }

    /// What comes next.
    pub fn step(&mut self, pages: &P) -> Step<P> {
        match self.state {
            State::Failed | State::Over => return Step::End,
            State::Asking => {}
            State::Reading => match self.ahead.next() {
                Some(entry) => {
                    let (item, after) = pages.give(entry);
                    if self.ahead.as_slice().is_empty() {
                        self.here = self.next.clone();
                    } else if after.is_some() {
                        self.here = after;
                    }
                    return Step::Give(item);
                }
                None => self.state = State::Asking,
            },
        }
        match &self.here {
            Some(cursor) => Step::Ask(cursor.clone()),
            None => {
                self.state = State::Over;
                Step::End
            }
        }
    }

    /// Records the page that was asked for.
    pub fn turn(&mut self, pages: &P, page: P::Page) {
        let (entries, next) = pages.open(page);
        if entries.is_empty() {
            self.here.clone_from(&next);
        }
        self.ahead = entries.into_iter();
        self.next = next;
        self.state = State::Reading;
    }

    /// Records that the page could not be had, and hands the error on.
    pub fn fail(&mut self, error: Error) -> Error {
        self.state = State::Failed;
        error
    }

    /// Goes on after a failure: the same page is asked for again.
    pub fn resume(&mut self) {
        if self.state == State::Failed {
            self.state = State::Asking;
        }
    }

    /// Where another reader can go on without missing what this one has not given yet; `None` once all was
    /// given.
    ///
    /// Where entries do not say where they stand that is the page's beginning until all of it was given, so
    /// that what of it was given comes again.
    pub fn cursor(&self) -> Option<&P::Cursor> {
        self.here.as_ref()
    }

    /// The least and most that are still to come, for [`Iterator::size_hint`].
    pub fn size_hint(&self) -> (usize, Option<usize>) {
        let ahead = self.ahead.len();
        let is_last = match self.state {
            State::Failed | State::Over => true,
            State::Asking => self.here.is_none(),
            State::Reading => self.next.is_none(),
        };
        (ahead, is_last.then_some(ahead))
    }
}

impl<P: Pages<Cursor: fmt::Debug, Item: fmt::Debug>> fmt::Debug for Step<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Give(item) => f.debug_tuple("Give").field(item).finish(),
            Self::Ask(cursor) => f.debug_tuple("Ask").field(cursor).finish(),
            Self::End => f.write_str("End"),
        }
    }
}

#[cfg(test)]
mod tests;
