//! The handle through which everything is done.

use crate::attempts::Attempts;
use crate::builder::RedisBuilder;
use crate::command_future::CommandFuture;
use crate::connection::Connection;
use crate::mode::Async;
use crate::pool::Pool;
use crate::retrying;
use redis_core::command::{Block, Command};
use redis_core::config::Config;
use redis_core::pool::{DisconnectScope, PoolStatistics};
use redis_core::retry::RetryPolicy;
use redis_core::{Error, ExecuteCommand, FromReply, Result};
use std::fmt;
use std::sync::OnceLock;

/// A Redis client: every command is a method on it, and returns a future of its reply.
///
/// A cheap handle over a [`Pool`]: clone it, share it, send it between tasks, or make it a `static`.
/// Nothing is opened before the first command. Commands of all tasks share one connection, which is
/// opened again when it was lost; a command that waits on the server (`BLPOP`) takes a connection of
/// its own for as long as it waits; what must stay on one goes over [`connection`](Self::connection).
///
/// It works on every tokio runtime with time and I/O enabled, and goes on in another when the one
/// that carried its connection is shut down. A current-thread runtime that exists but is not being run
/// stalls the connection that it carries.
///
/// # Example: a client for the whole program
///
/// ```no_run
/// use redis_async::prelude::*;
///
/// static REDIS: Redis = Redis::new();
///
/// # async fn example() -> redis_async::Result<()> {
/// REDIS.set("foo", "bar").await?;
/// tokio::spawn(REDIS.incr("visits"));
/// # Ok(()) }
/// ```
pub struct Redis {
    /// Made when it is first needed, so that a client can be a constant.
    pool: OnceLock<Pool>,
}

impl Redis {
    /// A client of the server at `localhost:6379`, with the defaults.
    #[must_use]
    pub const fn new() -> Self {
        Self { pool: OnceLock::new() }
    }

    /// A client of the server at `host` and `port`, with the defaults otherwise.
    ///
    /// # Errors
    ///
    /// A host that can be none; nothing is connected yet.
    pub fn at(host: impl Into<String>, port: u16) -> Result<Self> {
        Self::builder().host(host).port(port).build()
    }

    /// A client of the server that a URL names: `redis://user:password@host:6379/0?max_size=10`.
    ///
    /// # Errors
    ///
    /// As [`Config::from_url`]; nothing is connected yet.
    pub fn from_url(url: &str) -> Result<Self> {
        Ok(Self::from_config(Config::from_url(url)?))
    }

    /// A client of the server that the environment variable `REDIS_URL` names.
    ///
    /// # Errors
    ///
    /// As [`Config::from_env`]; nothing is connected yet.
    pub fn from_env() -> Result<Self> {
        Ok(Self::from_config(Config::from_env()?))
    }

    /// A client by this configuration, with a pool of its own.
    #[must_use]
    pub fn from_config(config: Config) -> Self {
        Self::from_pool(Pool::new(config))
    }

    /// A client over a pool that others may use too.
    #[must_use]
    pub fn from_pool(pool: Pool) -> Self {
        Self { pool: OnceLock::from(pool) }
    }

    /// A builder that begins with the defaults.
    pub fn builder() -> RedisBuilder {
        RedisBuilder::new()
    }

    /// A client of another database of the same server: the same configuration, and a pool of its own.
    #[must_use]
    pub fn database(&self, database: u32) -> Self {
        Self::from_pool(self.pool().with_database(database))
    }

    /// A connection of one's own, for what must stay on one: `WATCH`, `SELECT`, `CLIENT SETNAME`, ….
    ///
    /// # Errors
    ///
    /// Whatever keeps the pool from giving one: none free in time, no server.
    pub async fn connection(&self) -> Result<Connection> {
        let pool = self.pool();
        retrying::has_runtime()?;
        let leased = pool.current().lending.acquire().await?;
        Ok(Connection::leased(pool.clone(), leased))
    }

    /// The pool.
    #[inline]
    pub fn pool(&self) -> &Pool {
        match self.pool.get() {
            Some(pool) => pool,
            None => self.begin(),
        }
    }

    /// Closes idle connections, and with [`DisconnectScope::All`] those in use when they come back. The
    /// client stays usable: the next command opens what it needs.
    pub fn disconnect(&self, scope: DisconnectScope) {
        self.pool().disconnect(scope);
    }

    /// What the pool counts.
    pub fn statistics(&self) -> PoolStatistics {
        self.pool().statistics()
    }

    /// An explicit loop over attempts, for work that the client must not repeat by itself.
    ///
    /// # Example: take a job, whatever happens to the connection
    ///
    /// ```no_run
    /// use redis_async::prelude::*;
    /// use redis_async::RetryPolicy;
    ///
    /// # async fn example() -> redis_async::Result<()> {
    /// let r = Redis::new();
    /// let mut attempts = r.retry(RetryPolicy::default());
    /// while let Some(attempt) = attempts.next().await {
    ///     let job = attempt
    ///         .run(async |r| {
    ///             r.command("BLPOP").key("jobs").arg(5).query::<Option<(String, String)>>().await
    ///         })
    ///         .await;
    ///     match job {
    ///         Ok(Some((_, job))) => println!("{job}"),
    ///         Ok(None) => println!("nothing to do"), // asks again at once
    ///         Err(error) => eprintln!("{error}"),    // asks again after a pause, or ends
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn retry(&self, policy: RetryPolicy) -> Attempts<'_> {
        Attempts::new(self, policy)
    }

    /// The pool is made outside of the cell: a thread that forks meanwhile leaves no cell half filled.
    #[cold]
    fn begin(&self) -> &Pool {
        let pool = Pool::new(Config::default());
        self.pool.get_or_init(move || pool)
    }

    /// A command for a connection of its own, since it keeps it waiting.
    #[cold]
    fn exclusively<T: FromReply>(&self, command: Command<'static>) -> CommandFuture<'_, T> {
        let pool = self.pool();
        let name = command.name();
        let frame = Box::pin(retrying::from_first(pool, command));
        CommandFuture::slow(frame, name, pool.config().endpoint())
    }
}

impl ExecuteCommand for Redis {
    type Mode = Async;

    #[inline]
    fn execute_command<T: FromReply>(&self, command: Command<'_>) -> CommandFuture<'_, T> {
        let mut command = command.into_owned();
        if let Err(error) = check(&mut command) {
            return CommandFuture::ready(Err(error));
        }
        if command.blocking() != Block::No {
            return self.exclusively(command);
        }
        CommandFuture::shared(self.pool(), command)
    }
}

#[inline]
fn check(command: &mut Command<'static>) -> Result<(), Error> {
    command.check()?;
    command.check_shared()
}

/// Another handle on the same pool.
impl Clone for Redis {
    fn clone(&self) -> Self {
        Self::from_pool(self.pool().clone())
    }
}

impl Default for Redis {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let endpoint = self.pool.get().map(|pool| pool.config().endpoint().to_string());
        let endpoint = endpoint.unwrap_or_else(|| "not used yet".to_owned());
        f.debug_struct("Redis").field("endpoint", &endpoint).finish_non_exhaustive()
    }
}
