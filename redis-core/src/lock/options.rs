//! What is asked of a lock.

use crate::error::{Error, Result};
use bytes::Bytes;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Is told that a lock was lost, and why.
pub type OnLost = dyn Fn(&Error) + Send + Sync;

/// What is asked of a lock, beside its name.
///
/// redis-py's names differ in one: its `timeout` is the `lease` here.
#[derive(Clone)]
#[must_use]
pub struct LockOptions {
    pub(super) lease: Option<Duration>,
    pub(super) sleep: Duration,
    pub(super) blocking: bool,
    pub(super) blocking_timeout: Option<Duration>,
    pub(super) token: Option<Bytes>,
    renew: bool,
    on_lost: Option<Arc<OnLost>>,
}

impl LockOptions {
    /// The shortest lease: less would be over before its holder has heard of it.
    pub const SHORTEST_LEASE: Duration = Duration::from_millis(10);

    /// A lease of 30 s that nobody renews; waits for as long as it takes and looks at least once a second.
    #[inline]
    pub const fn new() -> Self {
        Self {
            lease: Some(Duration::from_secs(30)),
            sleep: Duration::from_secs(1),
            blocking: true,
            blocking_timeout: None,
            token: None,
            renew: false,
            on_lost: None,
        }
    }

    /// After how long the server takes the lock away from a holder that says nothing; `None` for never: then
    /// a holder that dies keeps it until somebody deletes its key. Whole milliseconds count. Default: 30 s.
    pub fn lease(mut self, lease: impl Into<Option<Duration>>) -> Self {
        self.lease = lease.into();
        self
    }

    /// How long one who waits goes without looking, at most. A release wakes it sooner, and it looks when
    /// the holder's lease is over; this is for what it cannot know, such as a lock released by another
    /// library. Default: 1 s.
    #[inline]
    pub fn sleep(mut self, sleep: Duration) -> Self {
        self.sleep = sleep;
        self
    }

    /// Whether to wait at all for a lock that somebody holds. Default: yes.
    #[inline]
    pub fn blocking(mut self, blocking: bool) -> Self {
        self.blocking = blocking;
        self
    }

    /// How long to wait for a lock that somebody holds; `None` for as long as it takes. Default: `None`.
    pub fn blocking_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.blocking_timeout = timeout.into();
        self
    }

    /// What proves that the lock is its holder's. Default: 128 random bits, others each time. One of your own
    /// must be unlike that of everybody else who wants the lock.
    pub fn token(mut self, token: impl Into<Bytes>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Whether the lease is renewed for as long as the lock is held. Default: no.
    #[inline]
    pub fn renew(mut self, renew: bool) -> Self {
        self.renew = renew;
        self
    }

    /// Is told when renewing finds that the lock was lost. It must not block; what it panics with is dropped.
    pub fn on_lost(mut self, on_lost: impl Fn(&Error) + Send + Sync + 'static) -> Self {
        self.on_lost = Some(Arc::new(on_lost));
        self
    }

    /// The lease.
    #[must_use]
    #[inline]
    pub const fn get_lease(&self) -> Option<Duration> {
        self.lease
    }

    /// Whether somebody has to renew it: a lock without a lease needs nobody.
    #[must_use]
    #[inline]
    pub const fn is_renewed(&self) -> bool {
        self.renew && self.lease.is_some()
    }

    /// Who is told of a loss.
    #[must_use]
    #[inline]
    pub const fn get_on_lost(&self) -> Option<&Arc<OnLost>> {
        self.on_lost.as_ref()
    }

    /// Says what cannot work, before anything is sent.
    #[inline]
    pub(super) fn check(&self) -> Result<()> {
        self.lease.map_or(Ok(()), check_length)?;
        if self.lease.is_some_and(|lease| lease > LONGEST) {
            return Err(Error::argument(
                "a lease over a hundred years: say `None` for one without end",
            ));
        }
        if self.token.as_ref().is_some_and(Bytes::is_empty) {
            return Err(Error::argument("an empty token proves nothing"));
        }
        Ok(())
    }
}

/// Says that a lease is too short, if it is.
#[inline]
pub(super) fn check_length(lease: Duration) -> Result<()> {
    if lease < LockOptions::SHORTEST_LEASE {
        return Err(Error::argument("a lease under 10 ms is over before its holder hears of it"));
    }
    Ok(())
}

/// A hundred years: well within what the server and its scripts can count in milliseconds.
pub(super) const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

impl Default for LockOptions {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for LockOptions {
    /// Without the token, by which anybody could release the lock.
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockOptions")
            .field("lease", &self.lease)
            .field("sleep", &self.sleep)
            .field("blocking", &self.blocking)
            .field("blocking_timeout", &self.blocking_timeout)
            .field("renew", &self.renew)
            .finish_non_exhaustive()
    }
}
