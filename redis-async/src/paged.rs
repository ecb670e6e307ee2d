//! A walk over a large collection, page by page, as a stream.

use crate::command_future::CommandFuture;
use crate::mode::AsyncMode;
use futures_core::Stream;
use redis_commands::{EntryRange, Scan, StreamEntry};
use redis_core::paging::{Pages, Paging, Step};
use redis_core::{BulkString, ExecuteCommand, FromReply, Result};
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A walk over keys, or over what one key holds; made by [`ScanIterators`](crate::ScanIterators).
pub type ScanIter<'c, C, T = BulkString> = Paged<'c, C, Scan<T>>;

/// A walk along a stream; made by [`xrange_iter`](crate::ScanIterators::xrange_iter).
pub type EntryIter<'c, C, T = StreamEntry> = Paged<'c, C, EntryRange<T>>;

/// A walk over a large collection, page by page: a `Stream` of its items, which also has a
/// [`next`](Self::next) of its own.
///
/// A page is asked for when all of the one before was taken, and nothing ahead of that. After an error
/// there are no more items, so that a loop which skips errors ends too; [`resume`](Self::resume) goes on
/// with the page that could not be had. It borrows the client, connection or wrapper by `&`, and takes no
/// memory but a page's. `redis_sync::Paged` is the same as an `Iterator`.
#[must_use = "nothing is asked for before the first item is"]
pub struct Paged<'c, C: ?Sized, P: Pages> {
    executor: &'c C,
    pages: P,
    state: Paging<P>,
    asked: Option<CommandFuture<'c, P::Page>>,
}

impl<'c, C: ?Sized, P: Pages> Paged<'c, C, P> {
    pub(crate) fn new(executor: &'c C, pages: P, start: impl Into<Option<P::Cursor>>) -> Self {
        Self { executor, pages, state: Paging::new(start), asked: None }
    }

    /// The same walk from another place on: where one before it stood, by its [`cursor`](Self::cursor).
    /// At `None` nothing is left.
    ///
    /// # Example: where another process stopped
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let Some(r) = redis_async::doc_client("7.0.0").await else { return Ok(()) };
    /// use redis_async::prelude::*;
    /// use redis_async::{StreamId, XAddOptions};
    ///
    /// # r.del("starting_at:s:a").await?;
    /// for n in 1..=3 {
    ///     r.xadd_with("starting_at:s:a", [("n", n)], XAddOptions::new().id(StreamId::new(n, 0))).await?;
    /// }
    /// let mut walk = r.xrange_iter("starting_at:s:a", "-", "+");
    /// assert_eq!(walk.next().await.expect("three are there")?.id, StreamId::new(1, 0));
    /// let here = walk.cursor(); // this may travel
    ///
    /// let mut walk = r.xrange_iter("starting_at:s:a", "-", "+").starting_at(here);
    /// assert_eq!(walk.next().await.expect("two are left")?.id, StreamId::new(2, 0));
    /// # Ok::<(), redis_async::Error>(())
    /// # }).unwrap();
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
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let Some(r) = redis_async::doc_client("7.0.0").await else { return Ok(()) };
    /// use redis_async::prelude::*;
    ///
    /// # r.del("cursor:s:a").await?;
    /// r.sadd("cursor:s:a", [1, 2, 3]).await?;
    /// let mut walk = r.sscan_iter("cursor:s:a");
    /// assert!(walk.cursor().is_some());
    /// while let Some(member) = walk.next().await {
    ///     member?;
    /// }
    /// assert!(walk.cursor().is_none());
    /// # Ok::<(), redis_async::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn cursor(&self) -> Option<P::Cursor> {
        self.state.cursor().cloned()
    }

    /// Goes on after an error: the page that could not be had is asked for again.
    ///
    /// # Example: once more, after what keeps pages from being had is gone
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let Some(r) = redis_async::doc_client("7.0.0").await else { return Ok(()) };
    /// use redis_async::prelude::*;
    ///
    /// r.set("resume:s:a", "no set").await?;
    /// let mut walk = r.sscan_iter("resume:s:a");
    /// assert!(walk.next().await.expect("an answer").is_err());
    /// assert!(walk.next().await.is_none());
    ///
    /// r.del("resume:s:a").await?;
    /// r.sadd("resume:s:a", "member").await?;
    /// walk.resume();
    /// assert_eq!(walk.next().await.expect("a member")?, "member");
    /// # Ok::<(), redis_async::Error>(())
    /// # }).unwrap();
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
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let Some(r) = redis_async::doc_client("7.0.0").await else { return Ok(()) };
    /// use redis_async::prelude::*;
    ///
    /// # r.del("typed:s:a").await?;
    /// r.sadd("typed:s:a", [1, 2, 3]).await?;
    /// let (mut walk, mut sum) = (r.sscan_iter("typed:s:a").typed::<u32>(), 0);
    /// while let Some(member) = walk.next().await {
    ///     sum += member?;
    /// }
    /// assert_eq!(sum, 6);
    /// # Ok::<(), redis_async::Error>(())
    /// # }).unwrap();
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
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let Some(r) = redis_async::doc_client("7.0.0").await else { return Ok(()) };
    /// use redis_async::prelude::*;
    /// use redis_async::{FromReply, StreamId};
    ///
    /// #[derive(FromReply)]
    /// struct Measured {
    ///     celsius: f64,
    /// }
    ///
    /// # r.del("typed:measures:a").await?;
    /// r.xadd("typed:measures:a", [("celsius", 21.5)]).await?;
    /// let mut walk = r.xrange_iter("typed:measures:a", "-", "+").typed::<(StreamId, Measured)>();
    /// let (_, measured) = walk.next().await.expect("one is there")?;
    /// assert_eq!(measured.celsius, 21.5);
    /// # Ok::<(), redis_async::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn typed<U: FromReply>(self) -> Paged<'c, C, EntryRange<U>> {
        let here = self.cursor();
        Paged::new(self.executor, self.pages.typed(), here)
    }
}

impl<'c, C, P> Paged<'c, C, P>
where
    C: ExecuteCommand<Mode: AsyncMode> + ?Sized,
    C::Mode: 'c,
    P: Pages,
{
    /// The next item; `None` when there are no more.
    ///
    /// # Errors
    ///
    /// Whatever kept the page from being had; then there are no more until [`resume`](Self::resume).
    ///
    /// # Cancellation
    ///
    /// The future may be dropped at any point: the page stays on its way, and nothing is lost.
    pub async fn next(&mut self) -> Option<Result<P::Item>> {
        poll_fn(|cx| self.poll_item(cx)).await
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<P::Item>>> {
        loop {
            // out of its place meanwhile: one that panics, by an item's fault, is not polled again
            if let Some(mut asked) = self.asked.take() {
                let Poll::Ready(outcome) = Pin::new(&mut asked).poll(cx) else {
                    self.asked = Some(asked);
                    return Poll::Pending;
                };
                match outcome {
                    Ok(page) => self.state.turn(&self.pages, page),
                    Err(error) => return Poll::Ready(Some(Err(self.state.fail(error)))),
                }
            }
            match self.state.step(&self.pages) {
                Step::Give(item) => return Poll::Ready(Some(Ok(item))),
                Step::End => return Poll::Ready(None),
                Step::Ask(cursor) => {
                    self.asked = Some(C::Mode::future(self.pages.ask(self.executor, &cursor)));
                }
            }
        }
    }
}

impl<'c, C, P> Stream for Paged<'c, C, P>
where
    C: ExecuteCommand<Mode: AsyncMode> + ?Sized,
    C::Mode: 'c,
    P: Pages,
{
    type Item = Result<P::Item>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_item(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.state.size_hint()
    }
}

// nothing is pinned in place
impl<C: ?Sized, P: Pages> Unpin for Paged<'_, C, P> {}

impl<C: ?Sized, P: Pages<Cursor: fmt::Debug>> fmt::Debug for Paged<'_, C, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Paged").field("cursor", &self.cursor()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mode::Async;
    use crate::scans::ScanIterators;
    use redis_core::command::Command;
    use redis_core::resp::{Framer, Limits};
    use redis_core::{Error, ErrorKind, Reply};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicU32, Ordering};

    /// A server whose first answer comes late, and is that it is away.
    #[derive(Default)]
    struct Away(AtomicU32);

    impl ExecuteCommand for Away {
        type Mode = Async;

        fn execute_command<T: FromReply>(&self, _: Command<'_>) -> CommandFuture<'_, T> {
            self.0.fetch_add(1, Ordering::Relaxed);
            let mut polled = false;
            CommandFuture::boxed(poll_fn(move |_| match std::mem::replace(&mut polled, true) {
                false => Poll::Pending,
                true => Poll::Ready(Err(Error::new(ErrorKind::Connect, "away"))),
            }))
        }
    }

    /// A server that answers at once with the last page of a set of one.
    struct Small;

    impl ExecuteCommand for Small {
        type Mode = Async;

        fn execute_command<T: FromReply>(&self, _: Command<'_>) -> CommandFuture<'_, T> {
            const PAGE: &[u8] = b"*2\r\n$1\r\n0\r\n*1\r\n$1\r\nm\r\n";
            let framed = Framer::new(Limits::default()).frame(PAGE).unwrap().unwrap();
            CommandFuture::boxed(async move {
                T::from_reply(Reply::new(PAGE, None, framed.tape.nodes()))
            })
        }
    }

    #[test]
    fn a_walk_asks_for_its_page_again_after_its_items_type_panicked() {
        static PANICS: AtomicU32 = AtomicU32::new(0);
        #[derive(Debug)]
        struct Moody;
        impl FromReply for Moody {
            fn from_reply(_: Reply<'_>) -> Result<Self> {
                assert!(PANICS.fetch_add(1, Ordering::Relaxed) > 0, "the type's own fault");
                Ok(Self)
            }
        }
        let mut walk = Small.sscan_iter("s").typed::<Moody>();
        let mut poll = || {
            let mut cx = Context::from_waker(std::task::Waker::noop());
            catch_unwind(AssertUnwindSafe(|| Pin::new(&mut walk).poll_next(&mut cx)))
        };
        assert!(poll().is_err());
        assert!(matches!(poll(), Ok(Poll::Ready(Some(Ok(Moody))))));
        assert!(matches!(poll(), Ok(Poll::Ready(None))));
    }

    #[test]
    fn a_walk_is_a_stream_that_asks_once_ends_after_an_error_and_can_go_on() {
        fn poll(walk: &mut (impl Stream<Item = Result<BulkString>> + Unpin)) -> Poll<Option<bool>> {
            let mut cx = Context::from_waker(std::task::Waker::noop());
            Pin::new(walk).poll_next(&mut cx).map(|item| item.map(|item| item.is_ok()))
        }
        let away = Away::default();
        let mut walk = away.sscan_iter("s");
        for asked in 1..=3 {
            assert_eq!(poll(&mut walk), Poll::Pending);
            // whoever waited is gone: the page stays on its way
            assert_eq!(poll(&mut walk), Poll::Ready(Some(false)));
            assert_eq!(poll(&mut walk), Poll::Ready(None));
            assert_eq!(away.0.load(Ordering::Relaxed), asked);
            walk.resume();
        }
    }
}
