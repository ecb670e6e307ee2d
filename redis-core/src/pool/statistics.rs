//! What a pool counts.

use super::Traffic;
use crate::event::CloseReason;
use std::fmt;

/// What a pool counts. The first eight are of this moment, the others of the pool's whole life.
///
/// `idle + in_use` connections are open: so many stand in the server's `CLIENT LIST`.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStatistics {
    /// Connections that wait to be used.
    pub idle: u32,
    /// Connections that somebody uses.
    pub in_use: u32,
    /// Connections that are being opened.
    pub opening: u32,
    /// How many of those in use or being opened blocking commands hold: no more than `pool_max_blocking`.
    pub blocking: u32,
    /// Callers that wait for a connection.
    pub waiting: u32,
    /// Replies that are to come on the connection that tasks share, those whose callers left included; in the
    /// blocking client, on the one that threads share where there is one. Any other that is in use carries at
    /// most one command or pipeline.
    pub in_flight: u64,
    /// Commands and pipelines that wait for that connection to stand, or for room on it, those whose callers left
    /// included for a tick.
    pub queued: u64,
    /// Bytes that wait for that connection's socket, or for room on it.
    pub queued_bytes: u64,
    /// Connections opened.
    pub created: u64,
    /// Attempts to open one that failed.
    pub failed: u64,
    /// Times that a caller had to wait.
    pub waits: u64,
    /// Times that a caller waited in vain.
    pub timeouts: u64,
    /// Times that a caller was refused at once.
    pub refused: u64,
    /// Of these, times that too many waited already: for a connection, or for room on the shared one.
    pub overloaded: u64,
    /// Connections that were kept although their reply was late: it was drained.
    pub recycled: u64,
    /// Elements that a blocking command took when nobody waited for it any more.
    pub orphaned: u64,
    /// Commands that went over a connection that another thread had taken, while others' were on it. Of the
    /// blocking client alone: in the async one all do.
    pub joined: u64,
    /// Commands and pipelines that failed and were tried again.
    pub retries: u64,
    /// Panics of listeners and of handlers of pushes and orphans that were caught: by all clients that share
    /// these.
    pub panics: u64,
    /// What went over the connections.
    pub traffic: Traffic,
    pub(super) closed: [u64; CloseReason::ALL.len()],
}

impl PoolStatistics {
    /// Connections closed for this reason.
    #[inline]
    pub fn closed(&self, reason: CloseReason) -> u64 {
        self.closed.get(reason as usize).copied().unwrap_or(0)
    }

    /// Connections closed, whatever the reason.
    #[inline]
    pub fn closed_total(&self) -> u64 {
        self.closed.iter().sum()
    }

    /// Connections open now.
    #[inline]
    pub fn open(&self) -> u32 {
        self.idle.saturating_add(self.in_use)
    }

    /// Counts a connection that was closed for this reason.
    #[inline]
    pub fn count_closed(&mut self, reason: CloseReason) {
        if let Some(count) = self.closed.get_mut(reason as usize) {
            *count += 1;
        }
    }

    /// Adds what another part of the same pool counts.
    #[inline]
    pub fn absorb(&mut self, part: &Self) {
        self.idle += part.idle;
        self.in_use += part.in_use;
        self.opening += part.opening;
        self.blocking += part.blocking;
        self.waiting += part.waiting;
        self.in_flight += part.in_flight;
        self.queued += part.queued;
        self.queued_bytes += part.queued_bytes;
        self.created += part.created;
        self.failed += part.failed;
        self.waits += part.waits;
        self.timeouts += part.timeouts;
        self.refused += part.refused;
        self.overloaded += part.overloaded;
        self.recycled += part.recycled;
        self.orphaned += part.orphaned;
        self.joined += part.joined;
        self.retries += part.retries;
        self.panics += part.panics;
        self.traffic.absorb(&part.traffic);
        for (count, more) in self.closed.iter_mut().zip(part.closed) {
            *count += more;
        }
    }
}

/// Connections closed are listed by reason, where there were any.
impl fmt::Debug for PoolStatistics {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { idle, in_use, opening, blocking, waiting, created, failed, waits, .. } = self;
        let Self { in_flight, queued, queued_bytes, .. } = self;
        let Self { timeouts, refused, overloaded, recycled, orphaned, .. } = self;
        let Self { joined, retries, panics, traffic, .. } = self;
        let counted = CloseReason::ALL.into_iter().map(|reason| (reason, self.closed(reason)));
        let closed: Vec<_> = counted.filter(|(_, count)| *count > 0).collect();
        f.debug_struct("PoolStatistics")
            .field("idle", idle)
            .field("in_use", in_use)
            .field("opening", opening)
            .field("blocking", blocking)
            .field("waiting", waiting)
            .field("in_flight", in_flight)
            .field("queued", queued)
            .field("queued_bytes", queued_bytes)
            .field("created", created)
            .field("failed", failed)
            .field("waits", waits)
            .field("timeouts", timeouts)
            .field("refused", refused)
            .field("overloaded", overloaded)
            .field("recycled", recycled)
            .field("orphaned", orphaned)
            .field("joined", joined)
            .field("retries", retries)
            .field("panics", panics)
            .field("traffic", traffic)
            .field("closed", &closed)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_counted_apart() {
        let mut statistics = PoolStatistics::default();
        for reason in CloseReason::ALL {
            statistics.count_closed(reason);
        }
        for reason in CloseReason::ALL {
            assert_eq!(statistics.closed(reason), 1, "{reason}");
        }
        assert_eq!(statistics.closed_total(), 9);
    }

    #[test]
    fn the_parts_of_a_pool_add_up() {
        let mut part = PoolStatistics { in_use: 1, created: 3, in_flight: 2, ..Default::default() };
        (part.queued, part.queued_bytes, part.overloaded, part.joined) = (4, 5, 6, 7);
        part.count_closed(CloseReason::Broken);
        let mut whole = PoolStatistics { idle: 2, created: 2, ..Default::default() };
        whole.count_closed(CloseReason::Idle);
        whole.absorb(&part);
        assert_eq!((whole.open(), whole.created, whole.closed_total()), (3, 5, 2));
        assert_eq!(whole.closed(CloseReason::Broken), 1);
        assert_eq!((whole.in_flight, whole.queued, whole.queued_bytes), (2, 4, 5));
        assert_eq!((whole.overloaded, whole.joined), (6, 7));
    }
}
