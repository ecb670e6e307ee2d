//! Where the task of the subscriptions leaves events for a subscriber, and the subscriber is woken for them.

use redis_core::pubsub::{Admission, Backlog, Flushed, Inbox, PubSubOptions};
use redis_core::{Error, ErrorKind};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

/// A subscriber's mailbox.
pub(crate) struct Mailbox {
    state: Mutex<State>,
}

struct State {
    inbox: Inbox,
    /// Who is to be woken by the next visit.
    waker: Option<Waker>,
    stopped: bool,
}

/// What was in a mailbox.
pub(crate) struct Found {
    /// Whether whoever found no room may come again.
    pub(crate) made_room: bool,
    /// Why nothing follows.
    pub(crate) ended: Option<Error>,
    pub(crate) stopped: bool,
}

impl Mailbox {
    #[inline]
    pub(crate) fn new(options: PubSubOptions) -> Self {
        let inbox = Inbox::new(options);
        Self { state: Mutex::new(State { inbox, waker: None, stopped: false }) }
    }

    /// Leaves events, as far as there is room; whom to wake, outside of every lock.
    #[inline]
    pub(crate) fn leave(
        &self,
        staged: &mut Backlog,
        ended: Option<Error>,
    ) -> (Flushed, Option<Waker>) {
        let mut state = self.lock();
        let admission = state.inbox.admit(staged);
        if let Some(error) = ended {
            state.inbox.end(error);
        }
        let flushed = match admission {
            Admission::All => Flushed::All,
            Admission::Full => Flushed::Full,
            Admission::Overflowed => {
                let message = "the subscriber was cut off, since its queue was full";
                Flushed::Overflowed(Error::new(ErrorKind::Overloaded, message))
            }
        };
        (flushed, state.waker.take())
    }

    /// Ends what waits here, now and later.
    #[inline]
    pub(crate) fn stop(&self) {
        let mut state = self.lock();
        state.stopped = true;
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Takes what there is; if that is nothing, the next visit wakes.
    #[inline]
    pub(crate) fn take(&self, hand: &mut Backlog, cx: &Context<'_>) -> Found {
        let mut state = self.lock();
        let made_room = state.inbox.take(hand);
        let stopped = state.stopped;
        let ended = if hand.is_empty() { state.inbox.take_end() } else { None };
        let old = if hand.is_empty() && ended.is_none() { state.await_visit(cx) } else { None };
        drop(state);
        drop(old);
        Found { made_room, ended, stopped }
    }

    /// Sees to it that the next visit wakes.
    #[inline]
    pub(crate) fn look(&self, cx: &Context<'_>) {
        let mut state = self.lock();
        let old = state.await_visit(cx);
        drop(state);
        // with the last waker a whole task may go, and what it owns
        drop(old);
    }

    #[inline]
    pub(crate) fn is_stopped(&self) -> bool {
        self.lock().stopped
    }

    /// Lifts the bounds while the subscriber waits for something else than events; whether whoever found no
    /// room may come again.
    #[inline]
    pub(crate) fn set_lifted(&self, lifted: bool) -> bool {
        self.lock().inbox.set_lifted(lifted)
    }

    #[inline]
    pub(crate) fn dropped(&self) -> u64 {
        self.lock().inbox.dropped()
    }

    #[inline]
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    #[inline]
    fn await_visit(&mut self, cx: &Context<'_>) -> Option<Waker> {
        match &self.waker {
            Some(waker) if waker.will_wake(cx.waker()) => None,
            _ => self.waker.replace(cx.waker().clone()),
        }
    }
}
