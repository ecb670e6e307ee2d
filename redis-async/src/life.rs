//! What of a pool belongs to one process: a child of `fork` begins a life of its own.
//!
//! The generations form a list that only grows, so that references into it stay good and futures may
//! borrow. Everything here is reached by comparing the generation first: a lock of the parent's may be
//! held by a thread that does not exist in the child. The parent's life is forgotten in the child, never
//! dropped, for a socket that is dropped takes the **parent's** registration out of the epoll instance that
//! both share. Its sockets are closed by their numbers, and nothing is said on them.

use crate::dialer::{Dialer, Opener};
use crate::lending::Lending;
use crate::lock::Renewals;
use crate::multiplexer::Multiplexer;
use crate::pubsub::Hub;
use redis_core::fork;
use redis_core::lock::Seats;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// What belongs to one process.
pub(crate) struct Life {
    generation: u32,
    state: Arc<State>,
    next: OnceLock<Box<Self>>,
}

/// What there is in a life.
pub(crate) struct State {
    pub(crate) multiplexer: Arc<Multiplexer>,
    pub(crate) lending: Arc<Lending>,
    /// Who waits for a lock on a connection that is lent.
    pub(crate) lock_seats: Seats,
    pub(crate) hub: Arc<Hub>,
    /// The locks that are renewed over it.
    pub(crate) renewals: Renewals,
    /// A child of a process that closed it begins with a closed one too.
    closed: AtomicBool,
    opener: Arc<Opener>,
}

impl Life {
    /// A life that begins; `closed` where that of the parent was.
    pub(crate) fn new(dialer: Arc<Dialer>, closed: bool) -> Self {
        let generation = fork::watch();
        let opener = Arc::new(Opener::new(dialer));
        let multiplexer = Arc::new(Multiplexer::new(Arc::clone(&opener)));
        let lending = Arc::new(Lending::new(Arc::clone(&opener), &multiplexer));
        let hub = Arc::new(Hub::new(Arc::clone(&opener), closed));
        // not by `closing::stop`: there is nothing to stop but these two, and whoever closes nothing would have what
        // stops the rest
        if closed {
            let _ = (lending.stop(), multiplexer.stop());
        }
        let state = State {
            multiplexer,
            lending,
            lock_seats: Seats::new(),
            hub,
            renewals: Renewals::default(),
            closed: AtomicBool::new(closed),
            opener,
        };
        Self { generation, state: Arc::new(state), next: OnceLock::new() }
    }

    /// The life of this process, begun if there is none yet.
    #[inline]
    pub(crate) fn current(&self) -> &State {
        let generation = fork::generation();
        if self.generation == generation { &self.state } else { self.descendant(generation) }
    }

    #[cold]
    fn descendant(&self, generation: u32) -> &State {
        let mut life = self;
        while life.generation != generation {
            let opener = &life.state.opener;
            life = life.next.get_or_init(|| {
                opener.descriptors().close_inherited();
                let closed = life.state.closed.load(Ordering::Relaxed);
                Box::new(Self::new(Arc::clone(opener.dialer()), closed))
            });
        }
        &life.state
    }
}

impl State {
    pub(crate) fn opener(&self) -> &Opener {
        &self.opener
    }

    /// Remembers for children that it was closed.
    pub(crate) fn note_closed(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        if self.generation != fork::generation() {
            self.state.opener.descriptors().close_inherited();
            // one reference that never goes: what it holds is never dropped
            std::mem::forget(Arc::clone(&self.state));
        }
    }
}
