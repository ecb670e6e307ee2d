//! What the subscribers of a client and the thread that serves them have in common.
//!
//! Who wants what is decided by [`redis_core::pubsub`]; this module locks, wakes and waits.

use super::bell::Bell;
use super::mailbox::{Mailbox, Waited};
use super::worker;
use crate::pool::Pool;
use redis_core::fork::Descriptors;
use redis_core::pool::closed;
use redis_core::pubsub::{Registry, SubscriberId, Subscription, Ticket};
use redis_core::{Error, Result, TimeoutKind, fork};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// The subscriptions of a client in one process.
pub(crate) struct Hub {
    books: Mutex<Books>,
    pub(crate) bell: Bell,
    worker: Mutex<Option<JoinHandle<()>>>,
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
    pub(crate) closed: bool,
}

/// How far the thread has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// There is no thread.
    Down,
    Connecting,
    Up,
}

impl Hub {
    #[inline]
    pub(crate) fn new(descriptors: &Arc<Descriptors>, closed: bool) -> Self {
        let registry = Registry::new();
        let phase = Phase::Down;
        let books = Books { registry, phase, connections: 0, failure: None, closed };
        let bell = Bell::new(descriptors);
        let worker = Mutex::new(None);
        Self { books: Mutex::new(books), bell, worker, generation: fork::watch() }
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
        drop(books);
        self.bell.ring();
        drop(left);
    }

    /// Asks for something, and sees to it that there is a thread to see to it.
    pub(crate) fn ask(
        self: &Arc<Self>,
        pool: &Pool,
        ask: impl FnOnce(&mut Registry<Arc<Mailbox>>) -> Ticket,
    ) -> Result<Ticket> {
        let mut books = self.lock();
        if books.closed {
            return Err(closed());
        }
        let ticket = ask(&mut books.registry);
        let begin = books.phase == Phase::Down && !books.registry.is_empty();
        if begin {
            books.phase = Phase::Connecting;
            books.failure = None;
        }
        self.flush(books);
        if !begin {
            self.bell.ring();
            return Ok(ticket);
        }
        // held until it stands there who the thread is, which a handler on it may ask before that
        let mut place = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        match worker::begin(pool, self) {
            // the one before it has ended
            Ok(worker) => *place = Some(worker),
            Err(error) => {
                drop(place);
                let mut books = self.lock();
                books.phase = Phase::Down;
                books.registry.fail(&error);
                self.flush(books);
            }
        }
        Ok(ticket)
    }

    /// Waits for what became of a request. A response timeout begins when there is a connection; how long
    /// the first one may take is up to the retry policy.
    #[inline]
    pub(crate) fn wait(
        &self,
        mailbox: &Mailbox,
        ticket: Ticket,
        time: Option<Duration>,
    ) -> Result<()> {
        let mut deadline = after(time);
        let mut was_first = true;
        let connections = self.lock().connections;
        loop {
            mailbox.look();
            let first = {
                let mut books = self.lock();
                if let Some(outcome) = books.registry.outcome(ticket) {
                    // a refusal undoes what came with it
                    self.flush(books);
                    self.bell.ring();
                    return outcome;
                }
                books.phase != Phase::Up
                    && books.connections == connections
                    && !books.registry.is_established()
            };
            if was_first && !first {
                deadline = after(time);
            }
            was_first = first;
            match mailbox.wait(deadline) {
                Waited::Visited => {}
                Waited::TimeOver if first => deadline = after(time),
                Waited::TimeOver | Waited::Stopped => {
                    let failure = self.withdraw(ticket);
                    let time = time.unwrap_or_default();
                    let error = Error::timeout(
                        TimeoutKind::Reply,
                        format!("the server did not confirm it within {time:?}"),
                    );
                    return Err(match failure {
                        Some(failure) => error.with_source(failure),
                        None => error,
                    });
                }
            }
        }
    }

    #[inline]
    fn withdraw(&self, ticket: Ticket) -> Option<Error> {
        let mut books = self.lock();
        books.registry.withdraw(ticket);
        let failure = books.failure.clone();
        self.flush(books);
        self.bell.ring();
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
        self.bell.ring();
        wanting as u64
    }

    /// Whether the thread is there, and not the one that asks.
    #[inline]
    pub(crate) fn is_running(&self) -> bool {
        self.lock().phase != Phase::Down && !self.is_worker()
    }

    /// Waits for the thread's last instructions, once there is none any more.
    #[inline]
    pub(crate) fn join_worker(&self) {
        if self.is_worker() {
            return;
        }
        let thread = self.worker.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // a panic in it was told to the subscribers
            let _ = thread.join();
        }
    }

    /// Whether this thread is it.
    #[inline]
    fn is_worker(&self) -> bool {
        let worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        worker.as_ref().is_some_and(|worker| worker.thread().id() == thread::current().id())
    }

    /// Hands out what is staged, and wakes those who wait for it once the lock is released; whether there was
    /// room for all of it.
    #[inline]
    pub(crate) fn flush(&self, mut books: MutexGuard<'_, Books>) -> bool {
        let mut wake = Vec::new();
        let all = books.registry.flush(|mailbox, staged, ended| {
            let (flushed, waits) = mailbox.leave(staged, ended);
            if waits {
                wake.push(Arc::clone(mailbox));
            }
            flushed
        });
        drop(books);
        wake.iter().for_each(|mailbox| mailbox.wake());
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
fn after(time: Option<Duration>) -> Option<Instant> {
    time.and_then(|time| Instant::now().checked_add(time))
}
