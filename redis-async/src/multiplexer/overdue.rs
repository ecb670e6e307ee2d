//! What a caller is told whose time was over on the shared connection.
//!
//! This module gathers facts; what they point to is decided by [`redis_core::error::Diagnosis`].

use super::outbox::Outbox;
use super::task::Connection;
use super::ticks::TICK;
use crate::transport::Stream;
use redis_core::connection::slots::{Awaited, Overdue};
use redis_core::error::Facts;
use redis_core::{Error, TimeoutKind};

/// How a connection looks to its I/O task.
pub(super) struct View<'c> {
    stream: &'c Stream,
    partial: usize,
    silent: u32,
    pub(super) unwritten: usize,
}

impl<'c> View<'c> {
    #[inline]
    pub(super) fn of(connection: &'c Connection, batch: &Outbox) -> Self {
        Self {
            stream: &connection.link.stream,
            partial: connection.link.inbox.len(),
            silent: connection.health.silent_for(),
            unwritten: batch.remaining(),
        }
    }

    #[cold]
    pub(super) fn describe(&self, facts: &mut Facts) {
        facts.partial = Some(self.partial);
        // the tick that is running counts
        facts.silent = Some(TICK * self.silent.saturating_add(1));
        facts.unread = self.stream.unread();
    }
}

/// The error of a caller whose time was over.
#[cold]
pub(super) fn overdue(overdue: Overdue, mut facts: Facts) -> Error {
    facts.queued = Some(TICK * overdue.queued);
    facts.in_flight_then = Some(overdue.ahead);
    facts.in_flight_now = Some(overdue.under_way);
    facts.stalled = Some(TICK * overdue.skipped);
    let error = match overdue.awaited {
        Awaited::Room => {
            facts.connected = Some(overdue.open);
            Error::timeout(TimeoutKind::Acquire, "no connection in time")
        }
        _ => {
            facts.in_flight = Some(TICK * overdue.in_flight);
            Error::timeout(TimeoutKind::Reply, "no reply in time")
        }
    };
    error.with_facts(|known| *known = facts)
}
