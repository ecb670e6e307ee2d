//! Whether the server sends keyspace notifications.

use crate::redis::Redis;
use redis_core::command::Command;
use redis_core::drive::{AsyncCaller, nonblocking};
use redis_core::pubsub::KeyspaceFlags;
use redis_core::{Error, ExecuteCommand, FromReply, Result};
use std::time::{Duration, Instant};

impl Redis {
    /// Makes sure that the server sends these keyspace notifications; it changes nothing.
    ///
    /// # Errors
    ///
    /// A misuse that says what is missing in `notify-keyspace-events`; `NOPERM` if the user may not ask, `ERR`
    /// where a service has no `CONFIG`.
    ///
    /// # Example: what is there already
    ///
    /// ```no_run
    /// use redis_async::{KeyspaceFlags, Redis};
    ///
    /// # async fn example() -> redis_async::Result<()> {
    /// Redis::new().check_keyspace_events(KeyspaceFlags::KEYEVENT | KeyspaceFlags::EXPIRED).await?;
    /// # Ok(()) }
    /// ```
    #[inline]
    pub async fn check_keyspace_events(&self, wanted: KeyspaceFlags) -> Result<()> {
        nonblocking::keyspace_events(&Asking(self), wanted, false).await
    }

    /// Makes the server send these keyspace notifications, besides those that it sends already. It keeps the
    /// setting until it is restarted.
    ///
    /// # Errors
    ///
    /// `NOPERM` if the user may not set it, `ERR` where a service has no `CONFIG`.
    ///
    /// # Example: when the time of a key is over
    ///
    /// ```no_run
    /// use redis_async::prelude::*;
    /// use redis_async::{EventDatabase, KeyEvent, KeyEventKind, KeyspacePattern};
    ///
    /// # async fn example() -> redis_async::Result<()> {
    /// let r = Redis::new();
    /// let expired = KeyspacePattern::of_event(EventDatabase::Number(0), &KeyEventKind::Expired);
    /// r.add_keyspace_events(expired.needs()).await?;
    /// let mut p = r.pubsub();
    /// p.psubscribe(&expired).await?;
    /// while let Some(message) = p.next_message().await? {
    ///     if let Some(event) = KeyEvent::read(&message) {
    ///         println!("{} is gone", event.key);
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    #[inline]
    pub async fn add_keyspace_events(&self, wanted: KeyspaceFlags) -> Result<()> {
        nonblocking::keyspace_events(&Asking(self), wanted, true).await
    }
}

/// The client, which tries again by itself.
struct Asking<'r>(&'r Redis);

impl AsyncCaller for Asking<'_> {
    async fn round_trip<T: FromReply>(
        &self,
        command: &Command<'_>,
        _: Option<Duration>,
    ) -> Result<T> {
        self.0.execute_command(command.clone()).await
    }

    #[inline]
    fn call_timeout(&self) -> Option<Duration> {
        None
    }

    #[inline]
    fn now(&self) -> Instant {
        Instant::now()
    }

    #[inline]
    async fn pause(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    #[inline]
    fn random(&self) -> u64 {
        crate::random::random()
    }

    #[inline]
    fn retrying(&self, _: &Command<'_>, _: &Error, _: Duration) {}
}
