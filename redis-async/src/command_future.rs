//! A command on its way.
//!
//! ```text
//!            ┌────────────────── server's error or lost, may be tried again ──┐
//!            │                                                                 ▼
//!   First (not sent; waiting for room, then for the reply) ──reply──▶ Done ◀── Slow
//!                                                                      ▲  ▲
//!   Slow (blocking command, own connection) ───────────────────────────┘  └── Ready, Boxed
//!                                                                         (caches, mocks, wrappers)
//! ```
//!
//! This module decides when a command is submitted and what a caller is told of it. The first attempt
//! needs no memory of its own; what follows from a failure is decided by
//! [`retry::decide`](redis_core::retry::decide) alone, in a boxed continuation over frames, so that there is
//! one of it and not one for each reply type.

use crate::multiplexer::{Moment, Multiplexer};
use crate::pool::Pool;
use crate::resolver::BoxFuture;
use crate::retrying;
use redis_core::command::{Command, CommandSpec};
use redis_core::config::Endpoint;
use redis_core::connection::slots::SlotId;
use redis_core::recorder::CommandRecord;
use redis_core::resp::Frame;
use redis_core::{Delivery, Error, FromReply, Result};
use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// A command on its way: sent when first polled, done when its reply is there.
///
/// It borrows the client, so one that is made of a `static` client can be spawned.
///
/// # Example: many at once
///
/// ```no_run
/// use redis_async::prelude::*;
///
/// # async fn example(r: Redis) -> redis_async::Result<()> {
/// let (name, visits) = tokio::try_join!(r.get("name"), r.incr("visits"))?;
/// # let _ = (name, visits);
/// # Ok(()) }
/// ```
///
/// # Example: an executor for tests
///
/// ```
/// use redis_async::prelude::*;
/// use redis_async::{Async, Command, CommandFuture, Error, ErrorKind};
///
/// /// A server that is always away.
/// struct Away;
///
/// impl ExecuteCommand for Away {
///     type Mode = Async;
///
///     fn execute_command<T: FromReply>(&self, _: Command<'_>) -> CommandFuture<'_, T> {
///         CommandFuture::ready(Err(Error::new(ErrorKind::Connect, "away")))
///     }
/// }
/// # let _ = Away.get("foo");
/// ```
///
/// # Cancellation
///
/// It may be dropped at any point. What was not polled was not sent; what was, may run all the same, and
/// its reply is dropped when it comes. No other command's reply is touched.
///
/// A blocking command (`BLPOP`) has a connection of its own. Dropped while the server waits, it is ended there by
/// `CLIENT UNBLOCK`, sent over the shared connection by a task that the drop starts; its late reply is read away
/// and the connection goes back to the pool, or is closed where that takes longer than `pool_drain_timeout`, or
/// where the shared connection leads to another server of the same name. An
/// element that it took all the same is handed to `on_orphan`, or counted and dropped without one: see
/// [`Orphan`](redis_core::orphan::Orphan). Dropped outside of a runtime, the connection is just closed.
///
/// # Panics
///
/// When it is polled after it was done.
#[must_use = "a command is sent when its future is awaited"]
pub struct CommandFuture<'a, T> {
    state: State<'a, T>,
}

// one after the other and not side by side: ten thousand of them wait at once
enum State<'a, T> {
    First(Call<'a>),
    Slow(Slow<'a>),
    Boxed(BoxFuture<'a, Result<T>>),
    Ready(Result<T>),
    Done,
}

/// The first attempt of a command.
struct Call<'a> {
    pool: &'a Pool,
    command: Command<'static>,
    /// When it was first polled, where somebody measures.
    began: Option<Moment>,
    /// Where it was submitted.
    link: Option<&'a Multiplexer>,
    slot: Slot,
}

#[derive(Clone, Copy)]
enum Slot {
    None,
    Taken(SlotId),
    /// The reply is here.
    Left,
}

/// What goes on in a box, and whose error it is if its reply does not decode.
struct Slow<'a> {
    frame: BoxFuture<'a, Result<Frame>>,
    name: Cow<'static, str>,
    spec: &'static CommandSpec,
    endpoint: &'a Endpoint,
}

impl<'a, T: FromReply> CommandFuture<'a, T> {
    /// A future whose result is there already: for caches, mocks and executors of your own.
    pub fn ready(result: Result<T>) -> Self {
        Self { state: State::Ready(result) }
    }

    /// A future over any other: for executors of your own.
    pub fn boxed(future: impl Future<Output = Result<T>> + Send + 'a) -> Self {
        Self { state: State::Boxed(Box::pin(future)) }
    }

    /// A command for the pool's shared connection.
    #[inline]
    pub(crate) fn shared(pool: &'a Pool, command: Command<'static>) -> Self {
        let call = Call { pool, command, began: None, link: None, slot: Slot::None };
        Self { state: State::First(call) }
    }

    /// A command that something else carries out; its reply has its shape already.
    pub(crate) fn slow(
        frame: BoxFuture<'a, Result<Frame>>,
        name: Cow<'static, str>,
        spec: &'static CommandSpec,
        endpoint: &'a Endpoint,
    ) -> Self {
        Self { state: State::Slow(Slow { frame, name, spec, endpoint }) }
    }
}

impl<'a, T: FromReply> Future for CommandFuture<'a, T> {
    type Output = Result<T>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T>> {
        let this = self.get_mut();
        loop {
            match &mut this.state {
                State::First(call) => {
                    let error = match ready!(call.poll(cx)) {
                        Ok((mut frame, arrived)) => {
                            frame.reshape(call.command.reply_shape());
                            match call.command.read::<T>(frame.reply()) {
                                Ok(value) => {
                                    call.record(arrived, None);
                                    this.finish();
                                    return Poll::Ready(Ok(value));
                                }
                                // the command ran: what is wrong lies within its answer
                                Err(error) if !frame.reply().kind().is_error() => {
                                    let error = call.explain(arrived, error);
                                    this.state = State::Done;
                                    return Poll::Ready(Err(error));
                                }
                                Err(error) => error,
                            }
                        }
                        Err(error) => error,
                    };
                    this.fail(error);
                }
                State::Slow(slow) => {
                    let outcome = ready!(slow.frame.as_mut().poll(cx));
                    let result = outcome.and_then(|frame| {
                        T::from_reply(frame.reply()).map_err(|error| slow.explain(error))
                    });
                    this.state = State::Done;
                    return Poll::Ready(result);
                }
                State::Boxed(future) => {
                    let result = ready!(future.as_mut().poll(cx));
                    this.state = State::Done;
                    return Poll::Ready(result);
                }
                State::Ready(_) => {
                    let ready = std::mem::replace(&mut this.state, State::Done);
                    let State::Ready(result) = ready else { continue };
                    return Poll::Ready(result);
                }
                State::Done => panic!("`CommandFuture` polled after it was done"),
            }
        }
    }
}

impl<T> CommandFuture<'_, T> {
    /// The first attempt brought the reply.
    #[inline]
    fn finish(&mut self) {
        match &self.state {
            // nothing else of it owns anything
            State::First(call) if call.command.owns_nothing() => {
                std::mem::forget(std::mem::replace(&mut self.state, State::Done));
            }
            _ => self.state = State::Done,
        }
    }

    /// Goes on after a first attempt that failed; the decision is made where it goes on.
    #[cold]
    fn fail(&mut self, error: Error) {
        let State::First(call) = std::mem::replace(&mut self.state, State::Done) else { return };
        self.state = State::Slow(call.go_on(error));
    }
}

impl<'a> Call<'a> {
    #[inline]
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(Frame, Option<Moment>)>> {
        match (self.slot, self.link) {
            (Slot::Taken(id), Some(link)) => {
                let (outcome, arrived) = ready!(link.poll_reply(id, cx));
                self.slot = Slot::Left;
                Poll::Ready(outcome.map(|frame| (frame, arrived)))
            }
            (Slot::None, _) => {
                let link = &self.pool.current().multiplexer;
                self.link = Some(link);
                // the waker goes along with the command
                self.slot = Slot::Taken(link.submit(&self.command, &mut self.began, cx)?);
                Poll::Pending
            }
            // reading the reply panicked
            (Slot::Taken(_) | Slot::Left, _) => Poll::Ready(Err(finished())),
        }
    }

    #[inline]
    fn record(&self, arrived: Option<Moment>, error: Option<&Error>) {
        if let (Some(began), Some(arrived)) = (self.began, arrived) {
            let name = self.command.name();
            let record = CommandRecord::new(&name, 1, arrived.since(began), error);
            self.pool.config().recorder().command_finished(&record);
        }
    }

    #[cold]
    fn explain(&self, arrived: Option<Moment>, error: Error) -> Error {
        let error = error
            .with_delivery(Delivery::Executed)
            .with_command(self.command.name())
            .with_endpoint(self.pool.config().endpoint());
        self.record(arrived, Some(&error));
        error
    }

    #[cold]
    fn go_on(self, error: Error) -> Slow<'a> {
        let Self { pool, command, began, link, .. } = self;
        let (name, spec) = (command.name(), command.spec());
        let began = link.zip(began).and_then(|(link, began)| link.instant(began));
        let frame = retrying::after_first(pool, command, error, began);
        Slow { frame, name, spec, endpoint: pool.config().endpoint() }
    }
}

impl Slow<'_> {
    #[cold]
    fn explain(&self, error: Error) -> Error {
        self.spec.judge(error).with_command(self.name.clone()).with_endpoint(self.endpoint)
    }
}

impl<T> Drop for CommandFuture<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if let State::First(Call { link: Some(link), slot: Slot::Taken(id), .. }) = &self.state {
            link.abandon(*id);
        }
    }
}

// nothing is pinned in place: what needs that lies in a box
impl<T> Unpin for CommandFuture<'_, T> {}

impl<T> fmt::Debug for CommandFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::First(call) => {
                let state = if let Slot::None = call.slot { "not sent yet" } else { "in flight" };
                return write!(f, "CommandFuture({}, {state})", call.command.name());
            }
            State::Slow(_) | State::Boxed(_) => "going on",
            State::Ready(_) => "ready",
            State::Done => "done",
        };
        write!(f, "CommandFuture({state})")
    }
}

#[cold]
fn finished() -> Error {
    Error::new(redis_core::ErrorKind::Misuse, "a command future was polled after it was done")
}

#[cfg(test)]
mod tests {
    use super::*;
    use redis_core::BulkString;

    #[test]
    fn a_waiting_future_takes_no_more_than_three_cache_lines() {
        let size = size_of::<CommandFuture<'_, Option<BulkString>>>();
        assert!(size <= 192, "{size}");
        assert_eq!(size_of::<CommandFuture<'_, ()>>(), size);
    }
}
