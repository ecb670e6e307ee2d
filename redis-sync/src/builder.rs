//! Building a client setting by setting.

use crate::connection::Connection;
use crate::connector::{Connector, DirectConnector};
use crate::dialer::Hook;
use crate::pool::Pool;
use crate::redis::Redis;
use crate::resolver::Resolver;
use redis_core::Result;
use redis_core::config::{Config, ConfigBuilder};
use std::fmt;
use std::sync::Arc;

/// Builds a [`Redis`] or a [`Pool`]: every setting of a [`Config`], and what only a blocking client has.
///
/// # Example: a bounded pool that does not wait
///
/// ```
/// use redis_sync::{PoolOptions, Redis};
///
/// # fn main() -> redis_sync::Result<()> {
/// let pool = PoolOptions::new().with_max_size(4).with_wait(false);
/// let r = Redis::builder().host("cache.example").database(2).pool(pool).build()?;
/// # Ok(()) }
/// ```
#[must_use]
pub struct RedisBuilder {
    config: ConfigBuilder,
    connector: Arc<dyn Connector>,
    hooks: Vec<Arc<Hook>>,
}

impl RedisBuilder {
    #[inline]
    pub(crate) fn new() -> Self {
        Self {
            config: Config::builder(),
            connector: Arc::new(DirectConnector::default()),
            hooks: Vec::new(),
        }
    }

    /// Begins with this configuration.
    #[inline]
    pub fn config(mut self, config: &Config) -> Self {
        self.config = config.to_builder();
        self
    }

    /// Opens connections in another way: through a proxy, a tunnel, memory.
    ///
    /// Default: TCP and unix sockets.
    pub fn connector(mut self, connector: impl Connector + 'static) -> Self {
        self.connector = Arc::new(connector);
        self
    }

    /// Finds the addresses of hosts in another way. Replaces the connector by the default one over
    /// this resolver.
    ///
    /// Default: the operating system's resolver.
    pub fn resolver(mut self, resolver: impl Resolver + 'static) -> Self {
        self.connector = Arc::new(DirectConnector::new(resolver));
        self
    }

    /// Runs `hook` on every new connection, after the handshake and after the hooks before it. The
    /// connection is discarded if it fails. The hook of `redis_async` returns a boxed future.
    ///
    /// Default: none.
    ///
    /// # Example: a name that tells what a connection is for
    ///
    /// ```
    /// use redis_sync::prelude::*;
    ///
    /// # fn main() -> redis_sync::Result<()> {
    /// let r = Redis::builder()
    ///     .on_connect(|connection| connection.client_setname("reports"))
    ///     .build()?;
    /// # Ok(()) }
    /// ```
    pub fn on_connect(
        mut self,
        hook: impl Fn(&Connection) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.hooks.push(Arc::new(hook));
        self
    }

    /// The client. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// A setting that is wrong, by name.
    #[inline]
    pub fn build(self) -> Result<Redis> {
        Ok(Redis::from_pool(self.build_pool()?))
    }

    /// A pool for several clients. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build).
    #[inline]
    pub fn build_pool(self) -> Result<Pool> {
        Ok(Pool::with_connector(self.config.build()?, self.connector, self.hooks))
    }

    redis_core::__config_setters!();
}

impl fmt::Debug for RedisBuilder {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisBuilder").field("hooks", &self.hooks.len()).finish_non_exhaustive()
    }
}
