//! The handle through which everything is done.

use crate::attempts::Attempts;
use crate::builder::RedisBuilder;
use crate::connection::Connection;
use crate::consumer::StreamConsumer;
use crate::lock::Lock;
use crate::mode::Blocking;
use crate::optimistic::{Optimistic, Tx};
use crate::pipeline::Pipeline;
use crate::pool::Pool;
use crate::pubsub::PubSub;
use redis_commands::StreamConsumerOptions;
use redis_core::command::{Command, ToArg, ToArgs, table};
use redis_core::config::Config;
use redis_core::drive::{BlockingCaller, blocking};
use redis_core::pool::{Closed, DisconnectScope, PoolStatistics, Purpose};
use redis_core::pubsub::PubSubOptions;
use redis_core::recorder::CommandRecord;
use redis_core::retry::{Allowance, RetryPolicy};
use redis_core::{Error, ErrorKind, ExecuteCommand, FromReply, PipelineOptions, Result};
use std::cell::Cell;
use std::fmt;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// A Redis client: every command is a method on it, and blocks until its reply is there.
///
/// A cheap handle over a [`Pool`]: clone it, share it, send it between threads, or make it a `static`.
/// Nothing is opened before the first command. Each command takes a connection of the pool for as long
/// as it lasts; where many threads call at once, they [share](crate::PoolOptions::sharing) one. What must stay on one
/// connection goes over [`connection`](Self::connection).
///
/// # Example: a client for the whole program
///
/// ```no_run
/// use redis_sync::prelude::*;
///
/// static REDIS: Redis = Redis::new();
///
/// # fn main() -> redis_sync::Result<()> {
/// REDIS.set("foo", "bar")?;
/// assert_eq!(REDIS.get("foo")?.unwrap(), "bar");
/// # Ok(()) }
/// ```
pub struct Redis {
    /// Made when it is first needed, so that a client can be a constant.
    pool: OnceLock<Pool>,
}

impl Redis {
    /// A client of the server at `localhost:6379`, with the defaults.
    ///
    /// # Example: a constant
    ///
    /// ```
    /// use redis_sync::Redis;
    ///
    /// static REDIS: Redis = Redis::new();
    /// assert_eq!(REDIS.pool().config().to_string(), "redis://localhost:6379/0");
    /// ```
    #[must_use]
    #[inline]
    pub const fn new() -> Self {
        Self { pool: OnceLock::new() }
    }

    /// A client of the server at `host` and `port`, with the defaults otherwise.
    ///
    /// # Errors
    ///
    /// A host that can be none; nothing is connected yet.
    ///
    /// # Example: another host
    ///
    /// ```
    /// use redis_sync::Redis;
    ///
    /// # fn main() -> redis_sync::Result<()> {
    /// let r = Redis::at("cache.example", 6380)?;
    /// assert_eq!(r.pool().config().to_string(), "redis://cache.example:6380/0");
    /// # Ok(()) }
    /// ```
    pub fn at(host: impl Into<String>, port: u16) -> Result<Self> {
        Self::builder().host(host).port(port).build()
    }

    /// A client of the server that a URL names: `redis://user:password@host:6379/0`. Every setting of
    /// [`Config`] is a parameter of the same name.
    ///
    /// # Errors
    ///
    /// As [`Config::from_url`]; nothing is connected yet.
    ///
    /// # Example: a password and settings
    ///
    /// ```
    /// use redis_sync::Redis;
    ///
    /// # fn main() -> redis_sync::Result<()> {
    /// let r = Redis::from_url("redis://app:secret@cache.example/2?response_timeout=500ms&pool_max_size=16")?;
    /// assert_eq!(r.pool().config().pool().max_size(), 16);
    ///
    /// let error = Redis::from_url("redis://localhost?pool_size=16").unwrap_err();
    /// assert!(error.to_string().starts_with("unknown parameter `pool_size`"));
    /// # Ok(()) }
    /// ```
    #[inline]
    pub fn from_url(url: &str) -> Result<Self> {
        Ok(Self::from_config(Config::from_url(url)?))
    }

    /// A client of the server that the environment variable `REDIS_URL` names.
    ///
    /// # Errors
    ///
    /// As [`Config::from_env`]; nothing is connected yet.
    ///
    /// # Example: a service that is told where its server is
    ///
    /// ```no_run
    /// use redis_sync::Redis;
    ///
    /// # fn main() -> redis_sync::Result<()> {
    /// let r = Redis::from_env()?; // REDIS_URL=rediss://app:secret@cache.example:6380
    /// # Ok(()) }
    /// ```
    #[inline]
    pub fn from_env() -> Result<Self> {
        Ok(Self::from_config(Config::from_env()?))
    }

    /// A client by this configuration, with a pool of its own.
    ///
    /// # Example: one configuration for many clients
    ///
    /// ```
    /// use redis_sync::{Config, Redis};
    ///
    /// # fn main() -> redis_sync::Result<()> {
    /// let config = Config::from_url("redis://cache.example")?;
    /// let (jobs, cache) = (Redis::from_config(config.with_database(1)), Redis::from_config(config));
    /// # let _ = (jobs, cache);
    /// # Ok(()) }
    /// ```
    #[must_use]
    #[inline]
    pub fn from_config(config: Config) -> Self {
        Self::from_pool(Pool::new(config))
    }

    /// A client over a pool that others may use too.
    ///
    /// # Example: several clients, one set of connections
    ///
    /// ```
    /// use redis_sync::{Config, Pool, Redis};
    ///
    /// let pool = Pool::new(Config::default());
    /// let (reader, writer) = (Redis::from_pool(pool.clone()), Redis::from_pool(pool));
    /// # let _ = (reader, writer);
    /// ```
    #[must_use]
    #[inline]
    pub fn from_pool(pool: Pool) -> Self {
        Self { pool: OnceLock::from(pool) }
    }

    /// A builder that begins with the defaults.
    ///
    /// # Example: what a URL cannot say as well
    ///
    /// ```
    /// use redis_sync::{Event, Events, NoBackoff, PoolOptions, Redis, RetryPolicy};
    /// use std::time::Duration;
    ///
    /// # fn main() -> redis_sync::Result<()> {
    /// let r = Redis::builder()
    ///     .host("cache.example")
    ///     .client_name("worker")
    ///     .response_timeout(Duration::from_millis(500))
    ///     .pool(PoolOptions::new().with_max_size(16))
    ///     .retry(RetryPolicy::new(NoBackoff, 2))
    ///     .events(Events::new().with(|event| {
    ///         if let Event::Disconnected { connection, reason, .. } = event {
    ///             eprintln!("connection {connection} ended: {reason}");
    ///         }
    ///     }))
    ///     .build()?;
    /// # let _ = r;
    /// # Ok(()) }
    /// ```
    #[inline]
    pub fn builder() -> RedisBuilder {
        RedisBuilder::new()
    }

    /// A client of another database of the same server: the same configuration, and a pool of its own.
    ///
    /// # Example: jobs apart from the rest
    ///
    /// ```
    /// use redis_sync::Redis;
    ///
    /// let r = Redis::new();
    /// let jobs = r.database(1);
    /// assert_eq!(jobs.pool().config().database(), 1);
    /// ```
    #[must_use]
    #[inline]
    pub fn database(&self, database: u32) -> Self {
        Self::from_pool(self.pool().with_database(database))
    }

    /// A connection of one's own, for what must stay on one: `WATCH`, `SELECT`, `CLIENT SETNAME`, ….
    ///
    /// # Errors
    ///
    /// Whatever keeps the pool from giving one: none free in time, no server.
    #[inline]
    pub fn connection(&self) -> Result<Connection> {
        Connection::take(self.pool(), Purpose::Ordinary)
    }

    /// Commands that are sent together; [`atomic`](Pipeline::atomic) makes a transaction of them.
    #[inline]
    pub fn pipeline(&self) -> Pipeline {
        self.pipeline_with(PipelineOptions::new())
    }

    /// The same with options of its own.
    #[inline]
    pub fn pipeline_with(&self, options: PipelineOptions) -> Pipeline {
        Pipeline::new(self.pool(), options)
    }

    /// A transaction that runs only if nobody changed `keys` since its body began: a loop that tries it
    /// until that is so.
    ///
    /// The body reads what it needs on `tx`, queues what follows from it on a [`Multi`](crate::Multi), and
    /// executes that. Where a key changed meanwhile, it runs again, up to 100 times, after a pause that
    /// grows. [`optimistic`](Self::optimistic) is the same as a loop of your own.
    ///
    /// # Errors
    ///
    /// The body's, but for a conflict; of kind [`WatchFailed`](redis_core::ErrorKind::WatchFailed) after too
    /// many of these; whatever keeps the keys from being watched.
    ///
    /// # Example: sell one, if there is one
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    ///
    /// r.set("transaction-loop:stock", 10)?;
    /// let left = r.transaction("transaction-loop:stock", |tx| {
    ///     let stock: i64 = tx.typed().get("transaction-loop:stock")?;
    ///     let multi = tx.multi();
    ///     multi.set("transaction-loop:stock", stock - 1).incr("transaction-loop:sold");
    ///     tx.execute::<()>(&multi)?;
    ///     Ok(stock - 1)
    /// })?;
    /// assert_eq!(left, 9);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    pub fn transaction<T>(
        &self,
        keys: impl ToArgs,
        mut body: impl FnMut(Tx) -> Result<T>,
    ) -> Result<T> {
        let mut attempts = self.optimistic(keys);
        let mut conflict = None;
        while let Some(tx) = attempts.attempt()? {
            match body(tx) {
                Err(error) if error.kind() == ErrorKind::WatchFailed => conflict = Some(error),
                outcome => return outcome,
            }
        }
        // the body made the conflict up: nothing was executed
        Err(conflict.unwrap_or_else(|| Error::new(ErrorKind::WatchFailed, "")))
    }

    /// The loop of [`transaction`](Self::transaction), for bodies that leave it by `break`, `return` or `?`.
    ///
    /// # Example: sell one, if there is one
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    ///
    /// r.set("optimistic:stock", 1)?;
    /// let mut attempts = r.optimistic("optimistic:stock");
    /// while let Some(tx) = attempts.attempt()? {
    ///     let stock: i64 = tx.typed().get("optimistic:stock")?;
    ///     if stock == 0 {
    ///         break;
    ///     }
    ///     let multi = tx.multi();
    ///     multi.set("optimistic:stock", stock - 1);
    ///     // `None` where somebody was faster, and then the loop goes on
    ///     tx.execute::<Option<()>>(&multi)?;
    /// }
    /// assert_eq!(r.typed::<i64>().get("optimistic:stock")?, 0);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    pub fn optimistic(&self, keys: impl ToArgs) -> Optimistic {
        Optimistic::new(self.pool(), &keys)
    }

    /// A member of a consumer group of one or more streams: an iterator over the entries that it is given,
    /// each at least once. See [`StreamConsumer`].
    ///
    /// # Errors
    ///
    /// No stream at all; nothing is sent yet.
    ///
    /// # Example: of a group that exists
    ///
    /// ```no_run
    /// use redis_sync::prelude::*;
    ///
    /// # fn example(r: Redis) -> redis_sync::Result<()> {
    /// let consumer = r.stream_consumer(["jobs", "urgent"], "workers", "anna")?;
    /// for entry in consumer {
    ///     let entry = entry?;
    ///     println!("{} of {}: {:?}", entry.id, entry.stream(), entry.fields);
    ///     entry.ack()?;
    /// }
    /// # Ok(()) }
    /// ```
    pub fn stream_consumer(
        &self,
        streams: impl ToArgs,
        group: impl ToArg,
        consumer: impl ToArg,
    ) -> Result<StreamConsumer> {
        self.stream_consumer_with(streams, group, consumer, StreamConsumerOptions::new())
    }

    /// [`stream_consumer`](Self::stream_consumer) that makes its group, claims what others left lying,
    /// acknowledges by itself, ….
    ///
    /// # Errors
    ///
    /// No stream at all; nothing is sent yet.
    ///
    /// # Example: a worker that survives its own faults and takes over from the dead
    ///
    /// ```no_run
    /// use redis_sync::prelude::*;
    /// use redis_sync::StreamConsumerOptions;
    /// use std::time::Duration;
    ///
    /// # fn example(r: Redis) -> redis_sync::Result<()> {
    /// let options = StreamConsumerOptions::new()
    ///     .create_group("0")
    ///     .claim(Duration::from_secs(60))
    ///     .dead_letter_stream(5, "jobs:dead")
    ///     .auto_acknowledge();
    /// let consumer = r.stream_consumer_with("jobs", "workers", "anna", options)?;
    /// for entry in consumer {
    ///     match entry {
    ///         Ok(entry) => println!("{:?}", entry.fields), // acknowledged by asking for the next
    ///         Err(error) => eprintln!("{error}"),          // and it goes on, after a pause
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn stream_consumer_with(
        &self,
        streams: impl ToArgs,
        group: impl ToArg,
        consumer: impl ToArg,
        options: StreamConsumerOptions,
    ) -> Result<StreamConsumer> {
        StreamConsumer::new(self, &streams, &group, &consumer, options)
    }

    /// A lock that processes agree upon by its name; nothing is sent before it is [acquired](Lock::acquire).
    ///
    /// # Example: do it here and nowhere else
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    ///
    /// let guard = r.lock("redis-lock:report").acquire()?;
    /// assert!(r.lock("redis-lock:report").locked()?);
    /// guard.release()?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    pub fn lock(&self, name: impl ToArg) -> Lock {
        Lock::new(vec![self.clone()], Command::new(&table::EXISTS).key(&name))
    }

    /// Several locks as one: all are taken or none, always in the order of their names, so that two who want the
    /// same ones in another order do not wait for each other.
    ///
    /// # Example: from one account to another
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    ///
    /// let guard = r.lock_all(["redis-lock-all:b", "redis-lock-all:a"]).acquire()?;
    /// assert!(r.lock("redis-lock-all:a").try_acquire()?.is_none());
    /// assert!(guard.fence_of("redis-lock-all:b").is_some());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    pub fn lock_all(&self, names: impl ToArgs) -> Lock {
        Lock::new(vec![self.clone()], Command::new(&table::EXISTS).keys(&names))
    }

    /// A subscriber, which is subscribed to nothing yet.
    #[inline]
    pub fn pubsub(&self) -> PubSub {
        self.pubsub_with(PubSubOptions::new())
    }

    /// The same with options of its own.
    #[inline]
    pub fn pubsub_with(&self, options: PubSubOptions) -> PubSub {
        PubSub::new(self.pool(), options)
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
    #[inline]
    pub fn disconnect(&self, scope: DisconnectScope) {
        self.pool().disconnect(scope);
    }

    /// Closes the client for good, all handles of its pool, and waits so long for what is under way: see
    /// [`Pool::close`].
    ///
    /// # Example: the end of a service
    ///
    /// ```
    /// use redis_sync::prelude::*;
    /// use std::time::Duration;
    ///
    /// let r = Redis::new();
    /// let closed = r.close(Duration::from_secs(5));
    /// assert!(closed.is_clean());
    /// ```
    #[inline]
    pub fn close(&self, deadline: Duration) -> Closed {
        self.pool().close(deadline)
    }

    /// What the pool counts.
    #[inline]
    pub fn statistics(&self) -> PoolStatistics {
        self.pool().statistics()
    }

    /// An explicit loop over attempts, for work that the client must not repeat by itself.
    ///
    /// # Example: take a job, whatever happens to the connection
    ///
    /// ```no_run
    /// use redis_sync::prelude::*;
    /// use redis_sync::RetryPolicy;
    /// use std::time::Duration;
    ///
    /// # fn main() -> redis_sync::Result<()> {
    /// let r = Redis::new();
    /// for attempt in r.retry(RetryPolicy::default()) {
    ///     match attempt.run(|r| r.blpop("jobs", Duration::from_secs(5))) {
    ///         Ok(Some((_, job))) => println!("{job}"),
    ///         Ok(None) => println!("nothing to do"), // asks again at once
    ///         Err(error) => eprintln!("{error}"),    // asks again after a pause, or ends
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    #[inline]
    pub fn retry(&self, policy: RetryPolicy) -> Attempts<'_, Self> {
        Attempts::new(self, policy)
    }

    /// The pool is made outside of the cell: a thread that forks meanwhile leaves no cell half filled.
    #[cold]
    fn begin(&self) -> &Pool {
        let pool = Pool::new(Config::default());
        self.pool.get_or_init(move || pool)
    }
}

impl ExecuteCommand for Redis {
    type Mode = Blocking;

    #[inline]
    fn execute_command<T: FromReply>(&self, mut command: Command<'_>) -> Result<T> {
        command.check()?;
        command.check_shared()?;
        let pool = self.pool();
        let begun = pool.config().recorder().is_enabled().then(Instant::now);
        let time = command.call_timeout(pool.config().call_timeout());
        let allowance = Allowance::new(time, Instant::now);
        match (pool.round_trip(&command, time), begun) {
            (Ok(value), None) => Ok(value),
            (result, begun) => finish(pool, &command, result, begun, allowance),
        }
    }
}

/// Goes on after a first attempt: tries again if it failed, and records what began at `begun`.
fn finish<T: FromReply>(
    pool: &Pool,
    command: &Command<'_>,
    result: Result<T>,
    begun: Option<Instant>,
    allowance: Allowance,
) -> Result<T> {
    let counted = Counted { pool, attempts: Cell::new(1) };
    let result = match result {
        Ok(value) => Ok(value),
        Err(error) => {
            blocking::call_again(&counted, command, policy(pool, command), error, allowance)
        }
    };
    if let Some(begun) = begun {
        let name = command.name();
        let error = result.as_ref().err();
        let record = CommandRecord::new(&name, counted.attempts.get(), begun.elapsed(), error);
        pool.config().recorder().command_finished(&record);
    }
    result
}

#[inline]
fn policy<'p>(pool: &'p Pool, command: &'p Command<'_>) -> &'p RetryPolicy {
    let own = command.options().and_then(|options| options.get_retry());
    own.unwrap_or_else(|| pool.config().retry())
}

/// The pool, and how often it was asked to try.
struct Counted<'p> {
    pool: &'p Pool,
    attempts: Cell<u32>,
}

impl BlockingCaller for Counted<'_> {
    fn round_trip<T: FromReply>(&self, command: &Command<'_>, left: Option<Duration>) -> Result<T> {
        self.pool.round_trip(command, left)
    }

    #[inline]
    fn call_timeout(&self) -> Option<Duration> {
        self.pool.call_timeout()
    }

    #[inline]
    fn now(&self) -> Instant {
        self.pool.now()
    }

    #[inline]
    fn pause(&self, time: Duration) {
        self.pool.pause(time);
    }

    #[inline]
    fn random(&self) -> u64 {
        self.pool.random()
    }

    #[inline]
    fn retrying(&self, command: &Command<'_>, error: &Error, after: Duration) {
        self.attempts.set(self.attempts.get().saturating_add(1));
        self.pool.retrying(command, error, after);
    }
}

/// Another handle on the same pool.
impl Clone for Redis {
    #[inline]
    fn clone(&self) -> Self {
        Self::from_pool(self.pool().clone())
    }
}

impl Default for Redis {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Redis {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let endpoint = self.pool.get().map(|pool| pool.config().endpoint().to_string());
        let endpoint = endpoint.unwrap_or_else(|| "not used yet".to_owned());
        f.debug_struct("Redis").field("endpoint", &endpoint).finish_non_exhaustive()
    }
}
