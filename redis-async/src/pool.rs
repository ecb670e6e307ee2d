//! The connections of a client: one that all share, and others lent to one caller at a time.

use crate::closing;
use crate::connector::{Connector, DirectConnector};
use crate::dialer::{Dialer, Hook};
use crate::life::{Life, State};
use redis_core::config::Config;
use redis_core::pool::{Closed, DisconnectScope, PoolStatistics};
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// The connections to one server: a cheap handle, to be cloned and shared between tasks.
///
/// Ordinary commands share one connection; a blocking command and a [`Connection`](crate::Connection)
/// take one of their own, up to the maximum. Several [`Redis`](crate::Redis) handles may share one pool;
/// the last handle that goes closes the connections. A child of `fork` begins with none, and leaves
/// the parent's alone.
///
/// # Example: two handles, one set of connections
///
/// ```no_run
/// use redis_async::{Config, Pool, Redis};
///
/// # fn main() -> redis_async::Result<()> {
/// let pool = Pool::new(Config::from_url("redis://localhost/2")?);
/// let (reader, writer) = (Redis::from_pool(pool.clone()), Redis::from_pool(pool));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Pool(Arc<Shared>);

/// What all handles of a pool share.
struct Shared {
    dialer: Arc<Dialer>,
    life: Life,
}

impl Pool {
    /// A pool by this configuration. Nothing is opened yet.
    #[inline]
    pub fn new(config: Config) -> Self {
        Self::with_connector(config, Arc::new(DirectConnector::default()), Vec::new())
    }

    #[inline]
    pub(crate) fn with_connector(
        config: Config,
        connector: Arc<dyn Connector>,
        hooks: Vec<Arc<Hook>>,
    ) -> Self {
        Self::from_dialer(Dialer::new(config, connector, hooks))
    }

    /// Another pool by the same configuration, for another database.
    #[inline]
    pub(crate) fn with_database(&self, database: u32) -> Self {
        Self::from_dialer(self.0.dialer.with_database(database))
    }

    #[inline]
    fn from_dialer(dialer: Dialer) -> Self {
        let dialer = Arc::new(dialer);
        let life = Life::new(Arc::clone(&dialer), false);
        Self(Arc::new(Shared { dialer, life }))
    }

    /// The configuration.
    #[inline]
    pub fn config(&self) -> &Config {
        &self.0.dialer.config
    }

    /// What the pool counts. The shared connection is counted as one in use while it stands.
    #[inline]
    pub fn statistics(&self) -> PoolStatistics {
        let state = self.current();
        let mut counts = state.lending.statistics();
        counts.absorb(&state.multiplexer.statistics());
        counts.panics = self.config().caught_panics();
        counts
    }

    /// Closes the connections that are idle, or with [`DisconnectScope::All`] those in use too, each
    /// as soon as nothing is under way on it. What is asked for afterwards opens new ones.
    #[inline]
    pub fn disconnect(&self, scope: DisconnectScope) {
        let state = self.current();
        state.lending.disconnect(scope);
        state.multiplexer.disconnect(scope == DisconnectScope::All);
    }

    /// Closes the pool for good, on all handles, and waits so long for what is under way.
    ///
    /// From the call on, who asks for anything, who waits for a connection and who waits for room on the shared
    /// one gets an error of kind [`Shutdown`](redis_core::ErrorKind::Shutdown), and nothing of theirs is sent. Commands
    /// that were sent are answered, connections of one's own are waited for, blocking commands are ended on the server
    /// and get the same error, subscriptions end, locks are renewed no more. Whatever is left when the time is over is
    /// cut off. [`Closed`] says what became of it all.
    ///
    /// A child of `fork` closes its own pool and leaves the parent's alone. Closed twice, the second call waits for
    /// what there still is. Outside of a runtime nothing can be waited for, and all is cut off at once.
    ///
    /// # Cancellation
    ///
    /// The pool is closed by the call itself. If the future is dropped, what is under way goes on to its end.
    ///
    /// # Example: the end of a service
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let Some(r) = redis_async::doc_client("7.0.0").await else { return Ok(()) };
    /// use redis_async::ErrorKind;
    /// use redis_async::prelude::*;
    /// use std::time::Duration;
    ///
    /// r.ping().await?;
    /// let closed = r.pool().close(Duration::from_secs(5)).await;
    /// assert!(closed.is_clean());
    /// assert_eq!(r.ping().await.unwrap_err().kind(), ErrorKind::Shutdown);
    /// # Ok::<(), redis_async::Error>(())
    /// # }).unwrap();
    /// ```
    #[inline]
    pub fn close(&self, deadline: Duration) -> impl Future<Output = Closed> + use<> {
        closing::close(self, deadline)
    }

    #[inline]
    pub(crate) fn dialer(&self) -> &Dialer {
        &self.0.dialer
    }

    /// Counts a command, or a pipeline, that is tried again.
    #[cold]
    pub(crate) fn count_retry(&self) {
        self.current().lending.lock().accounting.count_retry();
    }

    /// What belongs to this process.
    #[inline]
    pub(crate) fn current(&self) -> &State {
        self.0.life.current()
    }
}

impl fmt::Debug for Pool {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("config", self.config()).finish_non_exhaustive()
    }
}
