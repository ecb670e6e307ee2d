//! The lock, while it is held.

use super::holding::Holding;
use crate::retrying::has_runtime;
use redis_core::drive::{AsyncHolder, AsyncLocker, nonblocking};
use redis_core::lock::{Extend, Marked};
use redis_core::{Error, ErrorKind, Result};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A lock that is held, until this is dropped or [released](Self::release).
///
/// Dropped, it gives the lock back in the background, on the runtime of whoever drops it or else on that where it was
/// acquired, and says nothing of failures; where neither is running any more, the lease runs out.
/// [`release`](Self::release) tells them, and is over when the lock is free.
///
/// A lease is no guarantee: a process that is stopped for longer than its lease goes on believing until it
/// looks. Whatever must never be done by two gets the [fencing token](Self::fence) along, and refuses a smaller
/// one than it has seen.
///
/// In a child of `fork` it holds nothing: it is lost, every method says
/// [`Forked`](ErrorKind::Forked), and its drop does nothing; the parent's goes on.
#[must_use = "the lock is released on drop"]
pub struct LockGuard {
    /// There until the end.
    holding: Option<Arc<Holding>>,
    _marked: Marked,
}

impl LockGuard {
    #[inline]
    pub(super) fn new(holding: Arc<Holding>, marked: Marked) -> Self {
        Self { holding: Some(holding), _marked: marked }
    }

    /// The fencing token: larger than that of every holder of this lock before.
    ///
    /// It is no count: it lies at the server's time in microseconds or above, so that it grows even where the
    /// server lost its data. Of several locks this is the first one's, by name.
    ///
    /// # Example: a store that refuses who is too late
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let Some(r) = redis_async::doc_client("7.0.0").await else { return Ok(()) };
    /// use redis_async::prelude::*;
    ///
    /// let first = r.lock("fence:lock").acquire().await?;
    /// let early = first.fence();
    /// first.release().await?;
    /// let second = r.lock("fence:lock").acquire().await?;
    /// assert!(second.fence() > early);
    /// # Ok::<(), redis_async::Error>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    #[inline]
    pub fn fence(&self) -> u64 {
        self.ask(|holding| holding.tenure(|tenure| tenure.fence(None))).flatten().unwrap_or(0)
    }

    /// The fencing token of one of several locks; `None` if it is not among them.
    #[must_use]
    pub fn fence_of(&self, name: impl AsRef<[u8]>) -> Option<u64> {
        self.ask(|holding| holding.tenure(|tenure| tenure.fence(Some(name.as_ref())))).flatten()
    }

    /// What proves to the server whose the lock is: a secret among those who contend for it.
    #[must_use]
    #[inline]
    pub fn token(&self) -> &[u8] {
        match &self.holding {
            Some(holding) => holding.plan().token(),
            None => &[],
        }
    }

    /// How long the lock may still be relied upon: never longer than the server keeps it. `None` if it has no lease.
    ///
    /// Asks nobody: it is what the last acquisition or extension said, less what passed since on a clock
    /// that never goes back, a hundredth of the lease and 2 ms.
    #[must_use]
    #[inline]
    pub fn remaining(&self) -> Option<Duration> {
        let remaining =
            |holding: &Holding| holding.tenure(|tenure| tenure.remaining(holding.locker().now()));
        self.ask(remaining).unwrap_or(Some(Duration::ZERO))
    }

    /// Whether the lock is known to be lost, or may be since its time is over. Asks nobody.
    #[must_use]
    #[inline]
    pub fn is_lost(&self) -> bool {
        self.ask(|holding| holding.tenure(|tenure| tenure.lost(holding.locker().now())).is_some())
            .unwrap_or(true)
    }

    /// Waits until the lock is lost, and says why. With [`renew`](super::Lock::renew) it notices when renewing fails;
    /// without, when the time is over. What is done under the lock goes beside it, and ends with it.
    ///
    /// # Example: work until it is lost
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let Some(r) = redis_async::doc_client("7.0.0").await else { return Ok(()) };
    /// use redis_async::prelude::*;
    /// use std::time::Duration;
    ///
    /// let guard = r.lock("lost").lease(Duration::from_millis(50)).acquire().await?;
    /// let work = std::future::pending::<()>();
    /// tokio::select! {
    ///     () = work => unreachable!(),
    ///     error = guard.lost() => assert!(error.to_string().contains("no longer held")),
    /// }
    /// assert!(guard.is_lost());
    /// # Ok::<(), redis_async::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Cancellation
    ///
    /// The future may be dropped at any point.
    #[inline]
    pub async fn lost(&self) -> Error {
        match has_runtime().and_then(|()| self.held()) {
            Ok(holding) => nonblocking::await_loss(holding, None).await.unwrap_or_else(released),
            Err(error) => error,
        }
    }

    /// The same, for so long at most; `None` if it was not lost.
    ///
    /// # Cancellation
    ///
    /// The future may be dropped at any point.
    #[inline]
    pub async fn lost_within(&self, time: Duration) -> Option<Error> {
        match has_runtime().and_then(|()| self.held()) {
            Ok(holding) => {
                // a time that no clock reaches has no end
                let deadline = holding.locker().now().checked_add(time);
                nonblocking::await_loss(holding, deadline).await
            }
            Err(error) => Some(error),
        }
    }

    /// Whether the server says that the lock is still this one's.
    ///
    /// # Errors
    ///
    /// Whatever keeps the server from answering, or of several a majority.
    ///
    /// # Example: ask the server
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let Some(r) = redis_async::doc_client("7.0.0").await else { return Ok(()) };
    /// use redis_async::prelude::*;
    ///
    /// let guard = r.lock("owned").acquire().await?;
    /// assert!(guard.owned().await?);
    /// r.del("owned").await?; // somebody breaks it
    /// assert!(!guard.owned().await?);
    /// # Ok::<(), redis_async::Error>(())
    /// # }).unwrap();
    /// ```
    #[inline]
    pub async fn owned(&self) -> Result<bool> {
        nonblocking::owns_lock(self.held()?).await
    }

    /// Adds time to the lease.
    ///
    /// # Errors
    ///
    /// Of kind [`LockExpired`](ErrorKind::LockExpired) or [`LockNotOwned`](ErrorKind::LockNotOwned) where it is lost;
    /// a [`Misuse`](ErrorKind::Misuse) if the lock has no lease; whatever keeps the server from answering.
    ///
    /// # Example: a task that takes longer
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let Some(r) = redis_async::doc_client("7.0.0").await else { return Ok(()) };
    /// use redis_async::prelude::*;
    /// use std::time::Duration;
    ///
    /// let guard = r.lock("extend").lease(Duration::from_secs(10)).acquire().await?;
    /// guard.extend(Duration::from_secs(20)).await?;
    /// assert!(guard.remaining().unwrap() > Duration::from_secs(15));
    /// # Ok::<(), redis_async::Error>(())
    /// # }).unwrap();
    /// ```
    #[inline]
    pub async fn extend(&self, additional: Duration) -> Result<()> {
        nonblocking::extend_lock(self.held()?, Extend::By(additional)).await
    }

    /// Gives the lease this length from now on, whatever is left of it: `extend` of redis-py with `replace_ttl`.
    ///
    /// # Errors
    ///
    /// As [`extend`](Self::extend); of kind [`Argument`](ErrorKind::Argument) for less than 10 ms.
    #[inline]
    pub async fn extend_to(&self, lease: Duration) -> Result<()> {
        nonblocking::extend_lock(self.held()?, Extend::To(lease)).await
    }

    /// Gives the lease its full length again.
    ///
    /// # Errors
    ///
    /// As [`extend`](Self::extend).
    #[inline]
    pub async fn reacquire(&self) -> Result<()> {
        let holding = self.held()?;
        let lease = holding.tenure(|tenure| tenure.check_extension())?;
        nonblocking::extend_lock(holding, Extend::To(lease)).await
    }

    /// Gives the lock back and wakes one who waits for it.
    ///
    /// # Errors
    ///
    /// Of kind [`LockExpired`](ErrorKind::LockExpired) where it was lost before, and
    /// [`LockNotOwned`](ErrorKind::LockNotOwned) where it is somebody else's by now: what was done under it may have
    /// been done by two. Whatever keeps the server from answering; then the lease runs out.
    ///
    /// # Cancellation
    ///
    /// Dropped before it is done, it goes on in the background.
    #[inline]
    pub async fn release(mut self) -> Result<()> {
        let outcome = nonblocking::release_lock(self.held()?).await;
        self.holding = None;
        outcome
    }

    #[inline]
    fn held(&self) -> Result<&Holding> {
        match &self.holding {
            Some(holding) if !holding.is_forked() => Ok(holding),
            _ => Err(Error::new(ErrorKind::Forked, "the lock is held by the parent process")),
        }
    }

    fn ask<R>(&self, question: impl FnOnce(&Holding) -> R) -> Option<R> {
        self.held().ok().map(question)
    }
}

#[cold]
fn released() -> Error {
    Error::new(ErrorKind::Misuse, "the lock was released")
}

impl Drop for LockGuard {
    #[inline]
    fn drop(&mut self) {
        let Some(holding) = self.holding.take() else { return };
        if holding.is_forked() {
            // whoever held its mutex at the fork is not here
            return std::mem::forget(holding);
        }
        holding.abandon();
    }
}

impl fmt::Debug for LockGuard {
    /// Without the token, by which anybody could release the lock.
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockGuard")
            .field("fence", &self.fence())
            .field("remaining", &self.remaining())
            .finish_non_exhaustive()
    }
}
