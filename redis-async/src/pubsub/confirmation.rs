//! The future of a subscription, or of its end.

use super::PubSub;
use crate::link::overdue;
use bytes::Bytes;
use redis_core::command::table;
use redis_core::pubsub::{Action, SubscriptionKind, Ticket};
use redis_core::{Error, ErrorKind, Result, TimeoutKind};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

/// A subscription, or the end of one, that is to be confirmed; or a [`ping`](PubSub::ping) to be answered.
///
/// # Cancellation
///
/// Nothing is asked for before it is polled. Dropped before its time, a subscription is undone, as if it had
/// not been asked for; the end of one goes on.
#[must_use = "nothing is asked for before it is awaited"]
pub struct Confirmation<'p> {
    pubsub: &'p mut PubSub,
    request: Request,
    stage: Stage,
}

/// What is asked for.
#[derive(Clone, Copy)]
pub(super) enum Request {
    Change(Action, SubscriptionKind),
    Ping,
}

impl Request {
    #[inline]
    fn name(self) -> &'static str {
        match self {
            Self::Change(action, kind) => action.spec(kind).name(),
            Self::Ping => table::PING.name(),
        }
    }
}

enum Stage {
    /// The names; all there are if none is given.
    Init(Result<Option<Vec<Bytes>>>),
    Waiting {
        ticket: Ticket,
        timer: Option<Pin<Box<Sleep>>>,
        /// How many connections there were before, while the first is still to be made.
        beginning: Option<u64>,
    },
    Done,
}

impl<'p> Confirmation<'p> {
    #[inline]
    pub(super) fn new(
        pubsub: &'p mut PubSub,
        request: Request,
        names: Result<Option<Vec<Bytes>>>,
    ) -> Self {
        Self { pubsub, request, stage: Stage::Init(names) }
    }

    #[inline]
    fn begin(&mut self, names: Result<Option<Vec<Bytes>>>) -> Result<()> {
        self.pubsub.check_process()?;
        let (names, id) = (names?, self.pubsub.id);
        let hub = &self.pubsub.hub;
        let connections = hub.connections();
        let ticket = match self.request {
            Request::Change(Action::Subscribe, kind) => {
                hub.ask(|registry| registry.subscribe(id, kind, names.unwrap_or_default()))
            }
            Request::Change(Action::Unsubscribe, kind) => {
                hub.ask(|registry| registry.unsubscribe(id, kind, names))
            }
            Request::Ping => hub.ask(|registry| registry.ask_for_answer(id)),
        }?;
        // nobody makes room in the queue meanwhile
        self.lift(true);
        let timer = set(self.pubsub.pool.config().response_timeout());
        self.stage = Stage::Waiting { ticket, timer, beginning: Some(connections) };
        Ok(())
    }

    #[inline]
    fn lift(&self, lifted: bool) {
        if self.pubsub.hub.is_current() && self.pubsub.mailbox.set_lifted(lifted) {
            self.pubsub.hub.ring();
        }
    }

    #[inline]
    fn poll_outcome(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.pubsub.check_process()?;
        loop {
            let time = self.pubsub.pool.config().response_timeout();
            let Stage::Waiting { ticket, timer, beginning } = &mut self.stage else {
                return Poll::Ready(Err(polled_again()));
            };
            let hub = &self.pubsub.hub;
            self.pubsub.mailbox.look(cx);
            hub.keep_going();
            if let Some(outcome) = hub.outcome(*ticket) {
                return Poll::Ready(outcome);
            }
            // a response timeout begins when there is a connection
            if beginning.is_some_and(|connections| !hub.is_beginning(connections)) {
                *beginning = None;
                *timer = set(time);
            }
            let Some(due) = timer else { return Poll::Pending };
            if due.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            if beginning.is_some() {
                // how long the first connection may take is up to the retry policy
                *timer = set(time);
                continue;
            }
            let failure = hub.withdraw(*ticket);
            let message = overdue(TimeoutKind::Reply, time.unwrap_or_default());
            let error = Error::timeout(TimeoutKind::Reply, message);
            return Poll::Ready(Err(match failure {
                Some(failure) => error.with_source(failure),
                None => error,
            }));
        }
    }

    #[inline]
    fn finish(&mut self) {
        if let Stage::Waiting { .. } = self.stage {
            self.lift(false);
        }
        self.stage = Stage::Done;
    }
}

impl Future for Confirmation<'_> {
    type Output = Result<()>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let this = &mut *self;
        if let Stage::Init(_) = this.stage {
            if let Stage::Init(names) = std::mem::replace(&mut this.stage, Stage::Done) {
                if let Err(error) = this.begin(names) {
                    return Poll::Ready(Err(this.explain(error)));
                }
            }
        }
        let Poll::Ready(outcome) = this.poll_outcome(cx) else { return Poll::Pending };
        this.finish();
        Poll::Ready(outcome.map_err(|error| this.explain(error)))
    }
}

impl Confirmation<'_> {
    #[cold]
    fn explain(&self, error: Error) -> Error {
        let name = self.request.name();
        error.with_command(name).with_endpoint(self.pubsub.pool.config().endpoint())
    }
}

impl Drop for Confirmation<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Stage::Waiting { ticket, .. } = self.stage {
            if self.pubsub.hub.is_current() {
                self.pubsub.hub.withdraw(ticket);
                self.lift(false);
            }
        }
    }
}

impl fmt::Debug for Confirmation<'_> {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.request.name();
        f.debug_struct("Confirmation").field("command", &name).finish_non_exhaustive()
    }
}

#[inline]
fn set(time: Option<Duration>) -> Option<Pin<Box<Sleep>>> {
    time.map(|time| Box::pin(sleep(time)))
}

#[cold]
fn polled_again() -> Error {
    Error::new(ErrorKind::Misuse, "the future was polled after it was ready")
}
