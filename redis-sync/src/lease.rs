//! A connection of the pool for as long as somebody uses it.

use crate::life::Life;
use crate::link::Link;
use crate::pool::Shared;
use redis_core::Error;
use redis_core::event::CloseReason;
use redis_core::pool::{Condition, Lease, ended_by_closing};
use std::time::Instant;

/// A connection in use, which goes back when this is dropped.
pub(crate) struct Leased<'p> {
    shared: &'p Shared,
    life: &'p Life,
    /// Until it goes back.
    parts: Option<(Lease, Box<Link>)>,
    /// When it was asked for, if it was had at once and as it was left.
    began: Option<Instant>,
    spoilt: bool,
}

impl<'p> Leased<'p> {
    #[inline]
    pub(crate) fn new(shared: &'p Shared, life: &'p Life, lease: Lease, link: Box<Link>) -> Self {
        Self { shared, life, parts: Some((lease, link)), began: None, spoilt: false }
    }

    #[inline]
    pub(crate) fn link(&self) -> &Link {
        match &self.parts {
            Some((_, link)) => link,
            None => unreachable!("the parts are taken by consuming methods alone"),
        }
    }

    #[inline]
    pub(crate) fn link_mut(&mut self) -> &mut Link {
        match &mut self.parts {
            Some((_, link)) => link,
            None => unreachable!("the parts are taken by consuming methods alone"),
        }
    }

    /// When it was asked for, if it was had at once and as it was left: who reads the clock for that need
    /// not read it again.
    #[inline]
    pub(crate) fn began(&self) -> Option<Instant> {
        self.began
    }

    #[inline]
    pub(crate) fn begin(&mut self, now: Instant) {
        self.began = Some(now);
    }

    pub(crate) fn life(&self) -> &'p Life {
        self.life
    }

    /// Notes that a blocking command is about to wait on it.
    pub(crate) fn note_blocked(&self) {
        if let Some((lease, link)) = &self.parts {
            self.life.lock().accounting.note_blocked(lease, link.server().id());
        }
    }

    /// What the caller of a blocking command is told, whose wait was perhaps ended since the client was closed.
    #[cold]
    pub(crate) fn ended(&self, error: Error) -> Error {
        let is_closed = self.life.is_current() && self.life.lock().accounting.is_closed();
        if is_closed { ended_by_closing(error) } else { error }
    }

    /// Sees to it that nobody uses the connection afterwards.
    pub(crate) fn spoil(&mut self) {
        self.spoilt = true;
    }

    /// The connection and its lease, which the caller hands back.
    pub(crate) fn into_parts(mut self) -> Option<(Lease, Box<Link>)> {
        self.parts.take()
    }
}

impl Drop for Leased<'_> {
    #[inline]
    fn drop(&mut self) {
        let Some((lease, mut link)) = self.parts.take() else { return };
        if !self.life.is_current() {
            // a fork happened while it was in use: in the child it is the parent's
            std::mem::forget(link);
            return;
        }
        let condition = if self.spoilt {
            Condition::Unusable(CloseReason::Broken)
        } else {
            self.shared.condition_of(&mut link)
        };
        // called when the connection is back: the handler may ask for one
        let left = (condition != Condition::Clean).then(|| (link.id(), link.take_orphans()));
        self.shared.release(self.life, lease, link, condition);
        if let Some((id, orphans)) = left {
            self.shared.tell_orphaned(self.life, id, orphans);
        }
    }
}
