//! What the subscribers of a client and the task that serves them have in common.
//!
//! Who wants what is decided by [`redis_core::pubsub`]; this module locks and wakes.

use super::mailbox::Mailbox;
use super::worker;
use crate::background;
use crate::dialer::Opener;
use crate::multiplexer::no_runtime;
use redis_core::pool::closed;
use redis_core::pubsub::{Registry, SubscriberId, Subscription, Ticket};
use redis_core::{Error, Result, fork};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use tokio::runtime::Handle;

/// The subscriptions of a client in one process.
pub(crate) struct Hub {
    books: Mutex<Books>,
    pub(crate) opener: Arc<Opener>,
    generation: u32,
}

/// What the lock guards.
pub(crate) struct Books {
    pub(crate) registry: Registry<Arc<Mailbox>>,
    pub(crate) phase: Phase,
    /// How many connections there were.
    pub(crate) connections: u64,
    /// Why there was no connection, the last time.
    pub(crate) failure: Option<Error>,
    /// The task, while it sleeps.
    pub(crate) io: Option<Waker>,
    pub(crate) closed: bool,
}

/// How far the task has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// There is no task.
    Down,
    Connecting,
    Up,
}

impl Hub {
    #[inline]
    pub(crate) fn new(opener: Arc<Opener>, closed: bool) -> Self {
        let registry = Registry::new();
        let phase = Phase::Down;
        let books = Books { registry, phase, connections: 0, failure: None, io: None, closed };
        Self { books: Mutex::new(books), opener, generation: fork::watch() }
    }

    #[inline]
    pub(crate) fn is_current(&self) -> bool {
        self.generation == fork::generation()
    }

    #[inline]
    pub(crate) fn join(&self, mailbox: Arc<Mailbox>) -> SubscriberId {
        self.lock().registry.join(mailbox)
    }

    #[inline]
    pub(crate) fn leave(&self, id: SubscriberId) {
        let mut books = self.lock();
        let left = books.registry.leave(id);
        let io = books.io.take();
        drop(books);
        wake(io);
        drop(left);
    }

    /// Asks for something, and sees to it that there is a task to see to it.
    pub(crate) fn ask(
        self: &Arc<Self>,
        ask: impl FnOnce(&mut Registry<Arc<Mailbox>>) -> Ticket,
    ) -> Result<Ticket> {
        let runtime = Handle::try_current().map_err(|_| no_runtime())?;
        let mut books = self.lock();
        if books.closed {
            return Err(closed());
        }
        let ticket = ask(&mut books.registry);
        self.flush(books);
        self.begin(&runtime);
        self.ring();
        Ok(ticket)
    }

    /// Starts the task if something is wanted and there is none: the runtime that carried it may have been
    /// shut down.
    #[inline]
    pub(crate) fn keep_going(self: &Arc<Self>) {
        let down = {
            let books = self.lock();
            books.phase == Phase::Down && !books.registry.is_empty()
        };
        if let (true, Ok(runtime)) = (down, Handle::try_current()) {
            self.begin(&runtime);
        }
    }

    #[inline]
    fn begin(self: &Arc<Self>, runtime: &Handle) {
        {
            let mut books = self.lock();
            if books.phase != Phase::Down || books.registry.is_empty() {
                return;
            }
            books.phase = Phase::Connecting;
            books.failure = None;
        }
        // outside the lock: a runtime that is shutting down drops the task here and now, and with it goes
        // the guard that locks
        background::spawn(runtime, worker::run(worker::Ending::new(Arc::clone(self))));
    }

    /// Wakes the task.
    #[inline]
    pub(crate) fn ring(&self) {
        let io = self.lock().io.take();
        wake(io);
    }

    /// What became of a request, if that is known.
    #[inline]
    pub(crate) fn outcome(&self, ticket: Ticket) -> Option<Result<()>> {
        let mut books = self.lock();
        let outcome = books.registry.outcome(ticket)?;
        // a refusal undoes what came with it
        self.flush(books);
        self.ring();
        Some(outcome)
    }

    /// How many connections there were.
    #[inline]
    pub(crate) fn connections(&self) -> u64 {
        self.lock().connections
    }

    /// Whether the first connection after so many is still to be made: how long that may take is up to the
    /// retry policy.
    #[inline]
    pub(crate) fn is_beginning(&self, connections: u64) -> bool {
        let books = self.lock();
        books.phase != Phase::Up
            && books.connections == connections
            && !books.registry.is_established()
    }

    /// Nobody waits for a request any more; why there was no connection, if that is why.
    #[inline]
    pub(crate) fn withdraw(&self, ticket: Ticket) -> Option<Error> {
        let mut books = self.lock();
        books.registry.withdraw(ticket);
        let failure = books.failure.clone();
        self.flush(books);
        self.ring();
        failure
    }

    #[inline]
    pub(crate) fn subscriptions(&self, id: SubscriberId) -> Vec<Subscription> {
        self.lock().registry.subscriptions(id)
    }

    #[inline]
    pub(crate) fn is_subscribed(&self, id: SubscriberId) -> bool {
        self.lock().registry.is_subscribed(id)
    }

    /// Ends all subscriptions for good; how many subscribers had any.
    #[inline]
    pub(crate) fn stop(&self) -> u64 {
        let mut books = self.lock();
        books.closed = true;
        let wanting = books.registry.wanting();
        books.registry.fail(&closed());
        self.flush(books);
        self.ring();
        wanting as u64
    }

    /// Whether there is a task.
    #[inline]
    pub(crate) fn is_running(&self) -> bool {
        self.lock().phase != Phase::Down
    }

    /// Hands out what is staged, and wakes those who wait for it once the lock is released; whether there was
    /// room for all of it.
    #[inline]
    pub(crate) fn flush(&self, mut books: MutexGuard<'_, Books>) -> bool {
        let mut wakers = Vec::new();
        let all = books.registry.flush(|mailbox, staged, ended| {
            let (flushed, waker) = mailbox.leave(staged, ended);
            wakers.extend(waker);
            flushed
        });
        drop(books);
        wakers.into_iter().for_each(Waker::wake);
        all
    }

    /// The same; whether more may be read: there is room for all of it, or somebody waits for an answer, or nobody
    /// wants anything any more.
    #[inline]
    pub(crate) fn hand_out(&self, books: MutexGuard<'_, Books>) -> bool {
        let must_go_on = books.registry.is_asked() || books.registry.is_empty();
        self.flush(books) || must_go_on
    }

    #[inline]
    pub(crate) fn lock(&self) -> MutexGuard<'_, Books> {
        // the registry is changed in steps that do not panic
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[inline]
fn wake(io: Option<Waker>) {
    if let Some(io) = io {
        io.wake();
    }
}
