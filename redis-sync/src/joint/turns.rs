//! Whose turn it is to read, and to write: guards that let nobody wait for a thread that panicked.

use super::{Caller, KEPT, READS, Seat};
use crate::connector::Sender;
use crate::lease::Leased;
use crate::life::{Life, State};
use crate::link::{Came, Link};
use redis_core::{Error, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::Thread;

/// The right to read, and what is read. Whoever drops it while it holds the connection has panicked: then
/// nobody is left waiting.
pub(super) struct Reading<'p> {
    pub(super) life: &'p Life,
    pub(super) leased: Option<Leased<'p>>,
    pub(super) came: Vec<Came>,
    pub(super) spares: Vec<Vec<u8>>,
    pub(super) armed: bool,
}

impl<'p> Reading<'p> {
    pub(super) fn begin(caller: &Caller<'p>, state: &mut State) -> Self {
        let joint = &mut state.joint;
        let leased = joint.seat.take().map(|seat| {
            let mut leased = Leased::new(caller.shared, caller.life, seat.lease, seat.link);
            // until it is whole again
            leased.spoil();
            leased
        });
        let came = std::mem::take(&mut joint.came);
        let mut spares = std::mem::take(&mut joint.spares);
        spares.append(&mut joint.brought);
        Self { life: caller.life, leased, came, spares, armed: true }
    }

    pub(super) fn link<R>(&mut self, look: impl FnOnce(&mut Link) -> R) -> R {
        match &mut self.leased {
            Some(leased) => look(leased.link_mut()),
            None => unreachable!("who has the right to read finds the connection in its place"),
        }
    }

    /// Reads; whatever handlers do meanwhile waits for no other caller.
    pub(super) fn collect<R>(
        &mut self,
        collect: impl FnOnce(&mut Link, &mut Vec<Came>, &mut Vec<Vec<u8>>) -> R,
    ) -> R {
        struct Restore(bool);
        impl Drop for Restore {
            fn drop(&mut self) {
                READS.set(self.0);
            }
        }
        let _restore = Restore(READS.replace(true));
        let (mut came, mut spares) =
            (std::mem::take(&mut self.came), std::mem::take(&mut self.spares));
        let outcome = self.link(|link| collect(link, &mut came, &mut spares));
        (self.came, self.spares) = (came, spares);
        outcome
    }

    /// Puts the connection back in its place: another may read.
    pub(super) fn end(mut self, state: &mut State) {
        self.armed = false;
        let joint = &mut state.joint;
        joint.came = std::mem::take(&mut self.came);
        self.spares.append(&mut joint.brought);
        self.spares.truncate(KEPT);
        joint.spares = std::mem::take(&mut self.spares);
        joint.rights.stop_reading();
        let parts = self.leased.take().and_then(Leased::into_parts);
        joint.seat = parts.map(|(lease, link)| Seat { lease, link });
    }

    /// Tells everybody that the connection has ended; it is closed with this.
    pub(super) fn fail(&mut self, state: &mut State, error: &Error, woken: &mut Vec<Thread>) {
        let joint = &mut state.joint;
        joint.rights.fail(|delivery| error.clone().with_delivery(delivery), woken);
        joint.forget();
        self.disarm();
    }

    /// From here on its drop gives the connection up, and nothing else.
    pub(super) fn disarm(&mut self) {
        self.armed = false;
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        if self.armed && self.life.is_current() {
            let mut woken = Vec::new();
            let mut state = self.life.lock();
            let error =
                Error::new(ErrorKind::Closed, "the thread that read the connection panicked");
            self.fail(&mut state, &error, &mut woken);
            drop(state);
            woken.iter().for_each(Thread::unpark);
        }
    }
}

/// The right to write. Whoever drops it while it writes has panicked: then the connection ends.
pub(super) struct Writing<'c> {
    pub(super) life: &'c Life,
    pub(super) epoch: u64,
    pub(super) sender: &'c Arc<dyn Sender>,
    pub(super) armed: bool,
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        if self.armed && self.life.is_current() {
            let mut state = self.life.lock();
            let heir = if state.joint.rights.epoch() == self.epoch {
                state.joint.rights.jam(0);
                state.joint.rights.heir()
            } else {
                None
            };
            drop(state);
            // it is the sender that panicked
            let _ = catch_unwind(AssertUnwindSafe(|| self.sender.shut()));
            heir.iter().for_each(Thread::unpark);
        }
    }
}
