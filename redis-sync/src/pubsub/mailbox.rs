//! Where the thread of the subscriptions leaves events for a subscriber, and the subscriber waits for them.

use redis_core::pubsub::{Admission, Backlog, Flushed, Inbox, PubSubOptions};
use redis_core::{Error, ErrorKind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// A subscriber's mailbox.
pub(crate) struct Mailbox {
    state: Mutex<State>,
    condvar: Condvar,
}

struct State {
    inbox: Inbox,
    /// Somebody was here since the subscriber last looked.
    visited: bool,
    waiting: bool,
    stopped: bool,
}

/// What was in a mailbox.
pub(crate) struct Found {
    /// Whether whoever found no room may come again.
    pub(crate) made_room: bool,
    /// Why nothing follows.
    pub(crate) ended: Option<Error>,
}

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waited {
    Visited,
    TimeOver,
    Stopped,
}

impl Mailbox {
    #[inline]
    pub(crate) fn new(options: PubSubOptions) -> Self {
        let inbox = Inbox::new(options);
        let state = State { inbox, visited: false, waiting: false, stopped: false };
        Self { state: Mutex::new(state), condvar: Condvar::new() }
    }

    /// Leaves events, as far as there is room; whether the subscriber is to be [woken](Self::wake).
    #[inline]
    pub(crate) fn leave(&self, staged: &mut Backlog, ended: Option<Error>) -> (Flushed, bool) {
        let mut state = self.lock();
        let admission = state.inbox.admit(staged);
        if let Some(error) = ended {
            state.inbox.end(error);
        }
        state.visited = true;
        let flushed = match admission {
            Admission::All => Flushed::All,
            Admission::Full => Flushed::Full,
            Admission::Overflowed => {
                let message = "the subscriber was cut off, since its queue was full";
                Flushed::Overflowed(Error::new(ErrorKind::Overloaded, message))
            }
        };
        (flushed, std::mem::take(&mut state.waiting))
    }

    #[inline]
    pub(crate) fn wake(&self) {
        self.condvar.notify_all();
    }

    /// Ends the wait that there is, and those to come.
    #[inline]
    pub(crate) fn stop(&self) {
        self.lock().stopped = true;
        self.condvar.notify_all();
    }

    /// Takes what there is. Whoever visits from now on ends the next [`wait`](Self::wait).
    #[inline]
    pub(crate) fn take(&self, hand: &mut Backlog) -> Found {
        let mut state = self.lock();
        state.visited = false;
        let made_room = state.inbox.take(hand);
        let ended = if hand.is_empty() { state.inbox.take_end() } else { None };
        Found { made_room, ended }
    }

    /// Whoever visits from now on ends the next [`wait`](Self::wait).
    #[inline]
    pub(crate) fn look(&self) {
        self.lock().visited = false;
    }

    /// Waits for a visit since the last look.
    #[inline]
    pub(crate) fn wait(&self, deadline: Option<Instant>) -> Waited {
        let mut state = self.lock();
        loop {
            if state.stopped {
                return Waited::Stopped;
            }
            if state.visited {
                return Waited::Visited;
            }
            state.waiting = true;
            state = match deadline {
                None => self.condvar.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        state.waiting = false;
                        return Waited::TimeOver;
                    }
                    let waited = self.condvar.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
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
