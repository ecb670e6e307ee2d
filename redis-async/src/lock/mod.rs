//! Locks between processes.

mod guard;
mod holding;
mod servers;

pub use guard::LockGuard;
pub(crate) use holding::Renewals;

use crate::random::random;
use crate::redis::Redis;
use crate::retrying::has_runtime;
use bytes::Bytes;
use holding::{Holding, abandon};
use redis_core::command::{Command, ToArgs, table};
use redis_core::drive::nonblocking;
use redis_core::lock::{LockOptions, LockPlan, Mark, Tenure};
use redis_core::{Error, ErrorKind, Result, fork};
use servers::Servers;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;

/// A lock by name that processes agree upon through a server: made by [`Redis::lock`], taken by
/// [`acquire`](Self::acquire).
///
/// A handle holds its lock once at a time, whichever task asks: tasks that contend have a handle each. A clone
/// is a handle of its own.
///
/// # What it promises
///
/// * **One holder at a time**, for as long as its lease lasts and the server keeps its data. A lease is no guarantee:
///   a holder that was stopped for longer goes on when it wakes, and a replica that takes over may not have heard
///   of the lock. What must never happen twice is made safe by the [fencing token](LockGuard::fence).
/// * **No holder for ever**: who dies loses the lock when the lease is over, 30 s by default.
///   [`renew`](Self::renew) lets a short lease last as long as its holder lives.
/// * **Whoever waits is woken** by the release, one at a time and about in the order in which they came; a newcomer may
///   be faster. It waits on a connection of its own, of which half of the pool's may be kept waiting; who gets
///   none, or is over several servers, looks ten times a second.
/// * **Loss is told**: [`is_lost`](LockGuard::is_lost), [`lost`](LockGuard::lost), [`on_lost`](Self::on_lost), and
///   by every method that asks the server.
///
/// It excludes redis-py's `Lock` of the same name, and others that `SET` the name to a token; these wake nobody
/// and have no fencing tokens, so that who waits for them looks every [`sleep`](Self::sleep).
///
/// # Example: do it here and nowhere else
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// # let Some(r) = redis_async::doc_client("7.0.0").await else { return Ok(()) };
/// use redis_async::prelude::*;
/// use std::time::Duration;
///
/// let lock = r.lock("lock:report").lease(Duration::from_secs(10)).renew(true);
/// let guard = lock.acquire().await?;
/// r.set("lock:report:by", guard.fence()).await?;
/// assert!(r.lock("lock:report").try_acquire().await?.is_none());
/// guard.release().await?;
/// # Ok::<(), redis_async::Error>(())
/// # }).unwrap();
/// ```
#[must_use = "a lock is taken by `acquire`"]
pub struct Lock {
    servers: Arc<Servers>,
    names: Result<Arc<[Bytes]>>,
    options: LockOptions,
    mark: Arc<Mark>,
}

impl Lock {
    /// The names are the keys of a command that is never sent, so that they are whatever a key may be.
    #[inline]
    pub(crate) fn new(clients: Vec<Redis>, mut names: Command<'_>) -> Self {
        let names = names.check().map(|()| names.key_bytes().map(Bytes::copy_from_slice).collect());
        Self {
            servers: Arc::new(Servers::new(clients)),
            names,
            options: LockOptions::new(),
            mark: Arc::default(),
        }
    }

    /// A lock over several independent servers: held by who has a majority of them (the Redlock algorithm).
    ///
    /// It goes on while fewer than half of the servers are away. A server may take a tenth of the lease to answer, one
    /// second at most. What it needs beyond one server's promises: that a server which lost its data stays away
    /// until the longest lease is over, and clocks that run about as fast as each other. Its fencing tokens are
    /// agreed upon by a majority, and grow like one server's. A server that stood still while it was asked may keep
    /// the lock until the lease is over, which is in nobody's way but in a minority's.
    ///
    /// # Example: three servers
    ///
    /// ```no_run
    /// use redis_async::prelude::*;
    /// use redis_async::Lock;
    ///
    /// # async fn example() -> redis_async::Result<()> {
    /// let servers = [Redis::at("one", 6379)?, Redis::at("two", 6379)?, Redis::at("three", 6379)?];
    /// let guard = Lock::over(servers, "report").acquire().await?;
    /// # Ok(()) }
    /// ```
    pub fn over(servers: impl IntoIterator<Item = Redis>, names: impl ToArgs) -> Self {
        let names = Command::new(&table::EXISTS).keys(&names);
        Self::new(servers.into_iter().collect(), names)
    }

    /// Other options, all at once.
    #[inline]
    pub fn options(mut self, options: LockOptions) -> Self {
        self.options = options;
        self
    }

    /// As [`LockOptions::lease`]; redis-py calls it `timeout`.
    pub fn lease(mut self, lease: impl Into<Option<Duration>>) -> Self {
        self.options = self.options.lease(lease);
        self
    }

    /// As [`LockOptions::sleep`].
    #[inline]
    pub fn sleep(mut self, sleep: Duration) -> Self {
        self.options = self.options.sleep(sleep);
        self
    }

    /// As [`LockOptions::blocking`].
    #[inline]
    pub fn blocking(mut self, blocking: bool) -> Self {
        self.options = self.options.blocking(blocking);
        self
    }

    /// As [`LockOptions::blocking_timeout`].
    pub fn blocking_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.options = self.options.blocking_timeout(timeout);
        self
    }

    /// As [`LockOptions::token`].
    pub fn token(mut self, token: impl Into<Bytes>) -> Self {
        self.options = self.options.token(token);
        self
    }

    /// Whether a task renews the lease at every third of it, for as long as the guard lives. Default: no.
    #[inline]
    pub fn renew(mut self, renew: bool) -> Self {
        self.options = self.options.renew(renew);
        self
    }

    /// Is told, on the task that renews, that the lock was lost. It must not block.
    pub fn on_lost(mut self, on_lost: impl Fn(&Error) + Send + Sync + 'static) -> Self {
        self.options = self.options.on_lost(on_lost);
        self
    }

    /// Takes the lock, and waits for it as the options say.
    ///
    /// # Errors
    ///
    /// Of kind [`LockNotAcquired`](ErrorKind::LockNotAcquired) if somebody else holds it for too long;
    /// [`WouldDeadlock`](ErrorKind::WouldDeadlock), at once, if this handle holds it; whatever keeps the server from
    /// answering, or of several a majority. In each case nothing is held; where a server does not answer any
    /// more, not for longer than the lease.
    ///
    /// # Cancellation
    ///
    /// The future may be dropped at any point: what it may have taken is given back in the background.
    ///
    /// # Example: not for long
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let Some(r) = redis_async::doc_client("7.0.0").await else { return Ok(()) };
    /// use redis_async::prelude::*;
    /// use redis_async::ErrorKind;
    /// use std::time::Duration;
    ///
    /// let guard = r.lock("acquire").acquire().await?;
    /// let impatient = r.lock("acquire").blocking_timeout(Duration::from_millis(20));
    /// assert_eq!(impatient.acquire().await.unwrap_err().kind(), ErrorKind::LockNotAcquired);
    /// # Ok::<(), redis_async::Error>(())
    /// # }).unwrap();
    /// ```
    #[inline]
    pub async fn acquire(&self) -> Result<LockGuard> {
        self.acquire_by(&self.options).await
    }

    /// Takes the lock if nobody holds it; `None` if somebody does.
    ///
    /// # Errors
    ///
    /// As [`acquire`](Self::acquire), but for that one.
    #[inline]
    pub async fn try_acquire(&self) -> Result<Option<LockGuard>> {
        match self.acquire_by(&self.options.clone().blocking(false)).await {
            Ok(guard) => Ok(Some(guard)),
            Err(error) if error.kind() == ErrorKind::LockNotAcquired => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether anybody holds the lock, or one of several.
    ///
    /// # Errors
    ///
    /// Whatever keeps the server from answering, or of several a majority.
    ///
    /// # Example: look
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let Some(r) = redis_async::doc_client("7.0.0").await else { return Ok(()) };
    /// use redis_async::prelude::*;
    ///
    /// let lock = r.lock("locked");
    /// let guard = lock.acquire().await?;
    /// assert!(lock.locked().await?);
    /// guard.release().await?;
    /// assert!(!lock.locked().await?);
    /// # Ok::<(), redis_async::Error>(())
    /// # }).unwrap();
    /// ```
    #[inline]
    pub async fn locked(&self) -> Result<bool> {
        has_runtime()?;
        nonblocking::is_locked(&*self.servers, &self.plan(&self.options)?).await
    }

    #[inline]
    fn plan(&self, options: &LockOptions) -> Result<LockPlan> {
        let names = self.names.as_ref().map_err(Error::clone)?;
        LockPlan::new(
            names.iter().map(|name| &name[..]),
            options,
            self.servers.len(),
            [random(), random()],
        )
    }

    #[inline]
    async fn acquire_by(&self, options: &LockOptions) -> Result<LockGuard> {
        has_runtime()?;
        let runtime = Handle::current();
        let marked = self.mark.set()?;
        let plan = self.plan(options)?;
        let mut underway = Underway {
            servers: &self.servers,
            plan: Some(plan),
            runtime: &runtime,
            generation: fork::watch(),
        };
        let tenure = underway.acquire(options).await?;
        let Some(plan) = underway.plan.take() else { return Err(not_underway()) };
        let servers = Arc::clone(&self.servers);
        let holding = Arc::new(Holding::new(servers, plan, tenure, runtime.clone()));
        if options.is_renewed() {
            holding.renew(options.get_on_lost().cloned());
        }
        Ok(LockGuard::new(holding, marked))
    }
}

/// An acquisition on its way: dropped before it is done, what it may have taken is given back.
struct Underway<'l> {
    servers: &'l Arc<Servers>,
    /// There until it is done.
    plan: Option<LockPlan>,
    runtime: &'l Handle,
    generation: u32,
}

impl Underway<'_> {
    #[inline]
    async fn acquire(&mut self, options: &LockOptions) -> Result<Tenure> {
        let Some(plan) = &self.plan else { return Err(not_underway()) };
        let outcome = nonblocking::acquire_lock(&**self.servers, plan, options).await;
        if outcome.is_err() {
            // it has given back what there was
            self.plan = None;
        }
        outcome
    }
}

impl Drop for Underway<'_> {
    #[inline]
    fn drop(&mut self) {
        let is_forked = self.generation != fork::generation();
        if let Some(plan) = self.plan.take().filter(|_| !is_forked) {
            let runtime = Handle::try_current().unwrap_or_else(|_| self.runtime.clone());
            abandon(&runtime, Arc::clone(self.servers), plan);
        }
    }
}

#[cold]
fn not_underway() -> Error {
    Error::new(ErrorKind::Shutdown, "the acquisition is over")
}

/// A handle of its own, which does not hold what this one holds.
impl Clone for Lock {
    #[inline]
    fn clone(&self) -> Self {
        Self {
            servers: Arc::clone(&self.servers),
            names: self.names.clone(),
            options: self.options.clone(),
            mark: Arc::default(),
        }
    }
}

impl fmt::Debug for Lock {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lock").field("options", &self.options).finish_non_exhaustive()
    }
}
