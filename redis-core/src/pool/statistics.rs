//! What a pool counts.

use crate::event;
use std::fmt;

/// Why a pool closed a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CloseReason {
    /// It was idle for longer than the idle timeout.
    Idle,
    /// It had reached its lifetime.
    Lifetime,
    /// `disconnect` was called.
    Disconnected,
    /// It failed while it was in use.
    Broken,
    /// It was found closed by the peer, or with stray bytes, when it was to be reused.
    Stale,
    /// It did not answer a health check.
    Unhealthy,
    /// Its late reply did not come in the time that was allowed for it.
    NotDrained,
    /// Its user left a state behind that cannot be undone.
    Residue,
    /// The pool was closed.
    Shutdown,
}

impl CloseReason {
    /// All reasons.
    pub const ALL: [Self; 9] = [
        Self::Idle,
        Self::Lifetime,
        Self::Disconnected,
        Self::Broken,
        Self::Stale,
        Self::Unhealthy,
        Self::NotDrained,
        Self::Residue,
        Self::Shutdown,
    ];
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Idle => "idle for too long",
            Self::Lifetime => "end of its lifetime",
            Self::Disconnected => "disconnect was asked for",
            Self::Broken => "it failed in use",
            Self::Stale => "found dead or dirty",
            Self::Unhealthy => "health check failed",
            Self::NotDrained => "late reply did not come",
            Self::Residue => "state left behind",
            Self::Shutdown => "pool closed",
        })
    }
}

/// What listeners are told, who need not know of pools.
impl From<CloseReason> for event::CloseReason {
    fn from(reason: CloseReason) -> Self {
        match reason {
            CloseReason::Idle => Self::IdleTimeout,
            CloseReason::Lifetime => Self::MaxLifetime,
            CloseReason::Broken => Self::Failed,
            CloseReason::Stale => Self::Stale,
            CloseReason::Unhealthy => Self::HealthCheckFailed,
            CloseReason::NotDrained | CloseReason::Residue => Self::NotRecyclable,
            CloseReason::Disconnected | CloseReason::Shutdown => Self::Closed,
        }
    }
}

/// What a pool counts. The first four are of this moment, the others of the pool's whole life.
///
/// `idle + in_use` connections are open: so many stand in the server's `CLIENT LIST`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStatistics {
    /// Connections that wait to be used.
    pub idle: u32,
    /// Connections that somebody uses.
    pub in_use: u32,
    /// Connections that are being opened.
    pub opening: u32,
    /// Callers that wait for a connection.
    pub waiting: u32,
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
    /// Connections that were kept although their reply was late: it was drained.
    pub recycled: u64,
    pub(super) closed: [u64; CloseReason::ALL.len()],
}

impl PoolStatistics {
    /// Connections closed for this reason.
    pub fn closed(&self, reason: CloseReason) -> u64 {
        self.closed.get(reason as usize).copied().unwrap_or(0)
    }

    /// Connections closed, whatever the reason.
    pub fn closed_total(&self) -> u64 {
        self.closed.iter().sum()
    }

    /// Connections open now.
    pub fn open(&self) -> u32 {
        self.idle.saturating_add(self.in_use)
    }

    pub(super) fn count_closed(&mut self, reason: CloseReason) {
        if let Some(count) = self.closed.get_mut(reason as usize) {
            *count += 1;
        }
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
}
