//! Whether the server sends keyspace notifications.

use crate::redis::Redis;
use redis_core::command::Command;
use redis_core::drive::{BlockingCaller, blocking};
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
    /// use redis_sync::{KeyspaceFlags, Redis};
    ///
    /// # fn main() -> redis_sync::Result<()> {
    /// Redis::new().check_keyspace_events(KeyspaceFlags::KEYEVENT | KeyspaceFlags::EXPIRED)?;
    /// # Ok(()) }
    /// ```
    #[inline]
    pub fn check_keyspace_events(&self, wanted: KeyspaceFlags) -> Result<()> {
        blocking::keyspace_events(&Asking(self), wanted, false)
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
    /// use redis_sync::prelude::*;
    /// use redis_sync::{EventDatabase, KeyEvent, KeyEventKind, KeyspacePattern};
    ///
    /// # fn main() -> redis_sync::Result<()> {
    /// let r = Redis::new();
    /// let expired = KeyspacePattern::of_event(EventDatabase::Number(0), &KeyEventKind::Expired);
    /// r.add_keyspace_events(expired.needs())?;
    /// let mut p = r.pubsub();
    /// p.psubscribe(&expired)?;
    /// for message in p.messages() {
    ///     if let Some(event) = KeyEvent::read(&message?) {
    ///         println!("{} is gone", event.key);
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    #[inline]
    pub fn add_keyspace_events(&self, wanted: KeyspaceFlags) -> Result<()> {
        blocking::keyspace_events(&Asking(self), wanted, true)
    }
}

/// The client, which tries again by itself.
struct Asking<'r>(&'r Redis);

impl BlockingCaller for Asking<'_> {
    fn round_trip<T: FromReply>(&self, command: &Command<'_>, _: Option<Duration>) -> Result<T> {
        self.0.execute_command(command.clone())
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
    fn pause(&self, time: Duration) {
        std::thread::sleep(time);
    }

    #[inline]
    fn random(&self) -> u64 {
        crate::random::random()
    }

    #[inline]
    fn retrying(&self, _: &Command<'_>, _: &Error, _: Duration) {}
}
