//! What of a pool belongs to one process: a child of `fork` begins a life of its own.
//!
//! The generations form a list that only grows, so that references into it stay good. Everything here is
//! reached by comparing the generation first: a lock of the parent's may be held by a thread that does
//! not exist in the child. The parent's life is forgotten in the child, never dropped; its sockets are
//! closed by their numbers, and nothing is said on them.

use crate::housekeeper::Housekeeper;
use crate::joint::{self, Joint};
use crate::link::Link;
use crate::lock::Renewals;
use crate::pubsub::Hub;
use redis_core::fork::{self, Descriptors};
use redis_core::lock::Seats;
use redis_core::pool::{Accounting, Closed, Settings, Ticket};
use redis_core::{Error, ErrorKind, Result};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::Thread;
use std::time::Instant;

/// What belongs to one process.
pub(crate) struct Life {
    generation: u32,
    process: u32,
    state: Mutex<State>,
    /// Before the descriptors, which it has some among.
    hub: Arc<Hub>,
    descriptors: Arc<Descriptors>,
    housekeeper: Housekeeper,
    lock_seats: Seats,
    /// The locks that are renewed over it.
    renewals: Renewals,
    /// A child of a process that closed it begins with a closed one too.
    closed: AtomicBool,
    next: OnceLock<Box<Self>>,
}

/// What the lock guards.
pub(crate) struct State {
    pub(crate) accounting: Accounting<Box<Link>>,
    /// The connection that threads share.
    pub(crate) joint: Joint,
    /// Those who wait, to be woken when their ticket is called.
    pub(crate) waiters: Vec<(Ticket, Thread)>,
    /// Those who close it, to be woken by whatever ends.
    pub(crate) closers: Vec<Thread>,
}

impl Life {
    /// A life that begins; `closed` where that of the parent was.
    pub(crate) fn new(settings: Settings, closed: bool) -> Self {
        let descriptors = Arc::default();
        let life = Self {
            generation: fork::watch(),
            process: fork::process(),
            housekeeper: Housekeeper::new(&settings),
            state: Mutex::new(State::new(settings)),
            hub: Arc::new(Hub::new(&descriptors, closed)),
            lock_seats: Seats::new(),
            renewals: Renewals::default(),
            closed: AtomicBool::new(closed),
            descriptors,
            next: OnceLock::new(),
        };
        // not by `stop`: there is nothing to stop, and whoever closes nothing would have what stops it
        if closed {
            life.lock().accounting.close();
            life.housekeeper.dismiss();
        }
        life
    }

    /// The life of this process, begun if there is none yet.
    #[inline]
    pub(crate) fn current(&self, settings: &Settings) -> &Self {
        let generation = fork::generation();
        if self.generation == generation { self } else { self.descendant(generation, settings) }
    }

    #[cold]
    fn descendant(&self, generation: u32, settings: &Settings) -> &Self {
        let mut life = self;
        while life.generation != generation {
            life.descriptors.close_inherited();
            life = life.next.get_or_init(|| {
                Box::new(Self::new(settings.clone(), life.closed.load(Ordering::Relaxed)))
            });
        }
        life
    }

    /// Stops what serves the next caller, and ends what can be ended at once. The connections that are to be
    /// closed are the caller's affair. What that was, and how many connections are in use.
    #[inline]
    pub(crate) fn stop(&self) -> (Closed, u64) {
        self.closed.store(true, Ordering::Relaxed);
        let mut closed = Closed::default();
        let (waiters, lent) = {
            let mut state = self.lock();
            closed.refused = state.accounting.close().len() as u64;
            (std::mem::take(&mut state.waiters), u64::from(state.accounting.lent()))
        };
        waiters.into_iter().for_each(|(_, thread)| thread.unpark());
        closed.subscribers = self.hub.stop();
        closed.renewals = self.renewals.stop();
        self.housekeeper.dismiss();
        (closed, lent)
    }

    #[inline]
    pub(crate) fn generation(&self) -> u32 {
        self.generation
    }

    /// Whether it is this process's; else nothing of it may be touched.
    #[inline]
    pub(crate) fn is_current(&self) -> bool {
        self.generation == fork::generation()
    }

    #[inline]
    pub(crate) fn housekeeper(&self) -> &Housekeeper {
        &self.housekeeper
    }

    /// Who waits for a lock on a connection of the pool.
    pub(crate) fn lock_seats(&self) -> &Seats {
        &self.lock_seats
    }

    /// The locks that are renewed over it.
    pub(crate) fn renewals(&self) -> &Renewals {
        &self.renewals
    }

    /// Refuses to go on in a process that was made without running the fork handlers.
    pub(crate) fn check_process(&self) -> Result<()> {
        if self.process == fork::process() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Forked,
            "this process was made by a bare `clone` system call, which cannot be noticed in time: use `fork`",
        ))
    }

    /// The state; a panic of another thread leaves it whole, since the books are changed in steps that do
    /// not panic.
    #[inline]
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The subscriptions.
    pub(crate) fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    /// Where the descriptors of this process's sockets are written down.
    pub(crate) fn descriptors(&self) -> &Arc<Descriptors> {
        &self.descriptors
    }
}

impl State {
    fn new(settings: Settings) -> Self {
        Self {
            accounting: Accounting::new(settings),
            joint: Joint::new(),
            waiters: Vec::new(),
            closers: Vec::new(),
        }
    }

    /// Whether a command may join others on the shared connection.
    #[inline]
    pub(crate) fn may_join(&self, now: Instant) -> bool {
        let pass = self.joint.pass();
        pass.is_some_and(|pass| self.accounting.may_share(pass, now)) && !joint::reads()
    }

    /// Those who wait for a connection and would do with the shared one.
    pub(crate) fn joinable(&self) -> impl Iterator<Item = Thread> {
        let tickets = self.accounting.joinable();
        tickets.filter_map(|ticket| {
            let waiter = self.waiters.iter().find(|(waiting, _)| *waiting == ticket);
            waiter.map(|(_, thread)| thread.clone())
        })
    }

    /// Whom to wake now that this ticket was called.
    pub(crate) fn waiter(&mut self, ticket: Option<Ticket>) -> Option<Thread> {
        let ticket = ticket?;
        let at = self.waiters.iter().position(|(waiting, _)| *waiting == ticket)?;
        Some(self.waiters.swap_remove(at).1)
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        if self.is_current() {
            return;
        }
        self.descriptors.close_inherited();
        self.housekeeper.forget();
        std::mem::forget(Arc::clone(&self.hub));
        // without the lock: whoever held it at the fork is not here
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        std::mem::forget(std::mem::replace(state, State::new(Settings::default())));
    }
}
