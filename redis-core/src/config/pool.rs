//! How many connections there are, and for how long.

use super::Timeout;
use std::time::Duration;

/// How many connections there are, and for how long.
///
/// # Example: ten connections, and an error at once where all are in use
///
/// ```
/// use redis_sync::PoolOptions;
///
/// let options = PoolOptions::new().with_max_size(10).with_wait(false);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct PoolOptions {
    pub(super) max_size: u32,
    /// Where it is set; else it follows from the maximum.
    pub(super) max_blocking: Option<u32>,
    pub(super) min_idle: u32,
    pub(super) wait: bool,
    pub(super) max_waiting: u32,
    pub(super) sharing: bool,
    pub(super) acquire_timeout: Timeout,
    pub(super) idle_timeout: Timeout,
    pub(super) max_lifetime: Timeout,
    pub(super) lifetime_jitter: f64,
    pub(super) health_check_interval: Timeout,
    pub(super) drain_timeout: Duration,
}

impl PoolOptions {
    /// How long to wait for a connection where nothing else is said: 5 s.
    pub const DEFAULT_ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
    /// How long a connection may be idle where nothing else is said: 10 minutes.
    pub const DEFAULT_IDLE_TIMEOUT: Duration = Duration::from_secs(600);

    /// How many callers may wait for a connection where nothing else is said: 2^20, as many as may wait for
    /// room on the connection that tasks share. A queue of that length is a fault and not a burst, and below it
    /// the limit is never felt.
    pub const DEFAULT_MAX_WAITING: u32 = 1 << 20;

    /// The defaults.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with another maximum of connections, idle and in use together.
    #[inline]
    pub fn with_max_size(mut self, connections: u32) -> Self {
        self.max_size = connections;
        self
    }

    /// The same with another maximum of connections that blocking commands (`BLPOP`, `XREAD` with `BLOCK`)
    /// and consumers of streams may hold at once.
    #[inline]
    pub fn with_max_blocking(mut self, connections: u32) -> Self {
        self.max_blocking = Some(connections);
        self
    }

    /// The same, keeping at least so many connections idle and ready.
    #[inline]
    pub fn with_min_idle(mut self, connections: u32) -> Self {
        self.min_idle = connections;
        self
    }

    /// The same, waiting for a connection where all are in use, or refusing at once.
    #[inline]
    pub fn with_wait(mut self, wait: bool) -> Self {
        self.wait = wait;
        self
    }

    /// The same with another maximum of callers that wait for a connection at once; who comes then is refused.
    #[inline]
    pub fn with_max_waiting(mut self, callers: u32) -> Self {
        self.max_waiting = callers;
        self
    }

    /// The same, letting single commands share a connection where many threads call at once, or giving each
    /// one of its own.
    #[inline]
    pub fn with_sharing(mut self, sharing: bool) -> Self {
        self.sharing = sharing;
        self
    }

    /// The same with another limit on the wait for a connection; zero refuses at once.
    pub fn with_acquire_timeout(mut self, timeout: impl Into<Timeout>) -> Self {
        self.acquire_timeout = timeout.into();
        self
    }

    /// The same with another time after which an idle connection is closed.
    pub fn with_idle_timeout(mut self, timeout: impl Into<Timeout>) -> Self {
        self.idle_timeout = timeout.into();
        self
    }

    /// The same with another age at which a connection is replaced.
    pub fn with_max_lifetime(mut self, lifetime: impl Into<Timeout>) -> Self {
        self.max_lifetime = lifetime.into();
        self
    }

    /// The same with another part of the lifetime, from 0 to 1, that is taken off at random.
    #[inline]
    pub fn with_lifetime_jitter(mut self, part: f64) -> Self {
        self.lifetime_jitter = part;
        self
    }

    /// The same, checking a connection by a `PING` if it has been idle for so long.
    pub fn with_health_check_interval(mut self, interval: impl Into<Timeout>) -> Self {
        self.health_check_interval = interval.into();
        self
    }

    /// The same with another limit on draining a connection whose exchange did not finish.
    #[inline]
    pub fn with_drain_timeout(mut self, timeout: Duration) -> Self {
        self.drain_timeout = timeout;
        self
    }

    /// The maximum of connections, idle and in use together. Default: 100.
    #[inline]
    pub fn max_size(&self) -> u32 {
        self.max_size
    }

    /// How many connections blocking commands may hold at once. Default: three quarters of
    /// [`max_size`](Self::max_size), so that those who wait on the server for minutes leave a quarter, and at
    /// least one connection of two, to those who do not: 75.
    ///
    /// What comes then waits for its turn as long as for a connection, in a queue of its own that holds up
    /// nobody else, or is refused; in vain, it fails with [`BlockingLimit`](crate::ErrorKind::BlockingLimit).
    /// A blocking command on a connection of one's own, as `connection()` gives it, is not counted: who took
    /// that knows that it is taken.
    #[inline]
    pub fn max_blocking(&self) -> u32 {
        self.max_blocking.unwrap_or_else(|| {
            let left = (self.max_size / 4).max(1);
            self.max_size.saturating_sub(left).max(1)
        })
    }

    /// How many connections are kept idle and ready at least. Default: 0.
    #[inline]
    pub fn min_idle(&self) -> u32 {
        self.min_idle
    }

    /// Whether one waits for a connection where all are in use. Default: yes.
    #[inline]
    pub fn wait(&self) -> bool {
        self.wait
    }

    /// How many callers may wait for a connection at once. Who comes then is refused with
    /// [`Overloaded`](crate::ErrorKind::Overloaded). Default: 2^20.
    #[inline]
    pub fn max_waiting(&self) -> u32 {
        self.max_waiting
    }

    /// Whether single commands of many threads may share a connection. Default: yes.
    ///
    /// Of the blocking client alone; the async one always shares. The first threads have connections of their
    /// own. With more than four commands at once, or where there are no more connections to be had, ordinary
    /// commands go together over one, until they are fewer again: for the processor, and for the server, each
    /// then costs about half. What a command is told, its timeout and what is tried again stay as they are.
    ///
    /// A connection is answered in order. Behind a slow command (`KEYS`, a long script) others wait that would
    /// have waited for the server anyway; behind a large reply, or one that was lost on the way, others wait
    /// that would not have.
    ///
    /// Never shared are pipelines, transactions, blocking commands, arguments of 16 KiB and commands of more
    /// than 64 KiB, `connection()`, and whatever goes over TLS, into a capture, or through a connector whose
    /// streams cannot be written to while they are read. Who wants a connection for himself is not kept
    /// waiting by those who share one.
    #[inline]
    pub fn sharing(&self) -> bool {
        self.sharing
    }

    /// How long one waits for a connection; `None` is for ever, zero not at all. Default: 5 s.
    #[inline]
    pub fn acquire_timeout(&self) -> Option<Duration> {
        if !self.wait {
            return Some(Duration::ZERO);
        }
        self.acquire_timeout.or(Timeout::After(Self::DEFAULT_ACQUIRE_TIMEOUT)).duration()
    }

    /// How long a connection may be idle; `None` is for ever. Default: 10 minutes.
    #[inline]
    pub fn idle_timeout(&self) -> Option<Duration> {
        self.idle_timeout.or(Timeout::After(Self::DEFAULT_IDLE_TIMEOUT)).duration()
    }

    /// How long a connection may live; `None` is for ever. Default: `None`.
    #[inline]
    pub fn max_lifetime(&self) -> Option<Duration> {
        self.max_lifetime.duration()
    }

    /// The part of the lifetime that is taken off at random, so that connections opened together do
    /// not end together. Default: 0.1.
    #[inline]
    pub fn lifetime_jitter(&self) -> f64 {
        self.lifetime_jitter
    }

    /// After how much idleness a connection is checked by a `PING` before it is used; `None` is
    /// never, since dead connections are noticed without. Default: `None`.
    #[inline]
    pub fn health_check_interval(&self) -> Option<Duration> {
        self.health_check_interval.duration()
    }

    /// How long draining a connection may take whose exchange did not finish; zero closes it at once.
    /// Default: 100 ms.
    #[inline]
    pub fn drain_timeout(&self) -> Duration {
        self.drain_timeout
    }
}

impl Default for PoolOptions {
    #[inline]
    fn default() -> Self {
        Self {
            max_size: 100,
            max_blocking: None,
            min_idle: 0,
            wait: true,
            max_waiting: Self::DEFAULT_MAX_WAITING,
            sharing: true,
            acquire_timeout: Timeout::Inherit,
            idle_timeout: Timeout::Inherit,
            max_lifetime: Timeout::Inherit,
            lifetime_jitter: 0.1,
            health_check_interval: Timeout::Inherit,
            drain_timeout: Duration::from_millis(100),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocking_commands_leave_a_quarter_of_the_pool_and_at_least_one_connection_of_two() {
        for (max_size, max_blocking) in [(1, 1), (2, 1), (3, 2), (4, 3), (8, 6), (100, 75)] {
            let options = PoolOptions::new().with_max_size(max_size);
            assert_eq!(options.max_blocking(), max_blocking, "of {max_size}");
        }
        assert_eq!(PoolOptions::new().with_max_blocking(7).max_blocking(), 7);
    }
}
