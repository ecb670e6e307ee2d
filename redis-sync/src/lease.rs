//! A connection of the pool for as long as somebody uses it, and whether one that lay idle may be used.

use crate::life::Life;
use crate::link::{Link, ping};
use crate::pool::Shared;
use redis_core::event::CloseReason;
use redis_core::pool::{Check, Condition, Lease, Purpose, closed, ended_by_closing};
use redis_core::retry::{Allowance, shorter, wants_new_connection};
use redis_core::{Error, Result};
use std::time::{Duration, Instant};

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

    /// What the caller of a single command is told that failed like this.
    #[cold]
    pub(crate) fn failed(&mut self, error: Error) -> Error {
        // a replica that became the primary's successor elsewhere: its name is resolved anew
        if wants_new_connection(&error) {
            self.spoil();
        }
        if !self.parts.as_ref().is_some_and(|(lease, _)| lease.purpose() == Purpose::Blocking) {
            return error;
        }
        // its wait was perhaps ended since the client was closed
        let is_closed = self.life.is_current() && self.life.lock().accounting.is_closed();
        if is_closed { ended_by_closing(error) } else { error }
    }

    /// Sees to it that nobody uses the connection afterwards.
    pub(crate) fn spoil(&mut self) {
        self.spoilt = true;
    }

    /// Brings the connection into a known state, where it can be, and gives it back.
    #[cold]
    fn mend(&self, lease: Lease, mut link: Box<Link>) {
        let condition = if self.spoilt {
            Condition::Unusable(CloseReason::Broken)
        } else {
            self.shared.condition_of(&mut link)
        };
        let (id, orphans) = (link.id(), link.take_orphans());
        self.shared.release(self.life, lease, link, condition, Instant::now());
        // called when the connection is back: the handler may ask for one
        self.shared.tell_orphaned(self.life, id, orphans);
    }

    /// The connection and its lease, which the caller hands back.
    pub(crate) fn into_parts(mut self) -> Option<(Lease, Box<Link>)> {
        self.parts.take()
    }
}

/// Connections that lay idle, and others in their places.
impl Shared {
    /// A connection that lay idle, if it is fit; else a new one in its place.
    #[cold]
    pub(crate) fn look<'p>(
        &'p self,
        mut leased: Leased<'p>,
        check: Check,
        allowance: Allowance,
    ) -> Result<Leased<'p>> {
        let reason = if !leased.link_mut().is_fit() {
            CloseReason::Stale
        } else if check == Check::Ping && !self.answers(&mut leased, allowance) {
            CloseReason::Unhealthy
        } else {
            return Ok(leased);
        };
        self.replace(leased, reason, allowance.left(Instant::now))
    }

    fn answers(&self, leased: &mut Leased<'_>, allowance: Allowance) -> bool {
        let time = shorter(self.usual(), allowance.left(Instant::now));
        ping(leased.link_mut(), time).is_ok()
    }

    #[cold]
    pub(crate) fn replace<'p>(
        &'p self,
        leased: Leased<'p>,
        reason: CloseReason,
        left: Option<Duration>,
    ) -> Result<Leased<'p>> {
        let life = leased.life();
        let Some((lease, link)) = leased.into_parts() else { return Err(closed()) };
        let id = link.id();
        drop(link);
        let permit = life.lock().accounting.replace(lease, reason);
        self.tell_closed(id, reason);
        self.open(life, permit, left)
    }
}

impl Drop for Leased<'_> {
    #[inline]
    fn drop(&mut self) {
        let Some((lease, link)) = self.parts.take() else { return };
        if !self.life.is_current() {
            // a fork happened while it was in use: in the child it is the parent's
            std::mem::forget(link);
        } else if self.spoilt || !link.is_clean() {
            self.mend(lease, link);
        } else {
            let now = lease.over(Instant::now);
            self.shared.release(self.life, lease, link, Condition::Clean, now);
        }
    }
}
