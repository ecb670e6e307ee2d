//! Looking on at what the server carries out.

use crate::raw_connection::RawConnection;
use crate::redis::Redis;
use redis_core::monitor::MonitorEvent;
use redis_core::{Error, ErrorKind, Result};
use std::fmt;
use std::iter::FusedIterator;
use std::time::Duration;

/// Every command that the server carries out, for whomever: an iterator over [`MonitorEvent`]s.
///
/// Made by [`Redis::monitor`]. It has a connection of its own, waits for the next event for as long as it
/// takes, and closes the connection when it ends or is dropped. It is meant for looking: a server that is monitored
/// does a good part of its work twice, and one whose monitor does not keep up with it hangs up.
///
/// It ends with an error, after which there is nothing more: when the connection is lost, and when the
/// server says what is no event. It does not connect again by itself, since what was carried out meanwhile
/// would be missing without a word: make another. A connection that died without a sign is noticed
/// by the keepalive of its socket alone ([`SocketOptions`](crate::SocketOptions)).
///
/// `redis_async::Monitor` is a `Stream`.
#[must_use = "it ends when it is dropped"]
pub struct Monitor {
    /// Until it ends.
    raw: Option<RawConnection>,
}

impl Redis {
    /// Looks on at every command that the server carries out, from now on.
    ///
    /// # Errors
    ///
    /// Whatever keeps the pool from giving a connection; the server's refusal.
    ///
    /// [`MONITOR`](https://redis.io/docs/latest/commands/monitor/) · since 1.0.0
    ///
    /// # Example: the next command of somebody else
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    ///
    /// let monitor = r.monitor()?;
    /// r.set("monitor:greeting", "hello\n")?;
    /// for event in monitor {
    ///     let event = event?;
    ///     if event.command == "SET" && event.arguments[0] == "monitor:greeting" {
    ///         assert_eq!(event.arguments[1], "hello\n");
    ///         break;
    ///     }
    /// }
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    #[inline]
    pub fn monitor(&self) -> Result<Monitor> {
        let mut raw = self.raw_connection()?;
        raw.set_limits(MonitorEvent::limits);
        raw.send(["MONITOR"])?;
        let begun = loop {
            let received = raw.receive();
            match received {
                Ok(push) if push.is_push() => raw.dispatch(&push),
                outcome => break outcome.and_then(|reply| reply.read::<()>()),
            }
        };
        begun.map_err(|error| error.with_command("MONITOR"))?;
        Ok(Monitor { raw: Some(raw) })
    }
}

impl Monitor {
    /// The next event, if there is one within `time`.
    ///
    /// # Errors
    ///
    /// What ended it; that it has ended.
    #[inline]
    pub fn next_within(&mut self, time: Duration) -> Result<Option<MonitorEvent>> {
        match self.event(Some(time)) {
            Some(Err(error)) if error.is_timeout() => Ok(None),
            Some(event) => event.map(Some),
            None => Err(over()),
        }
    }

    #[inline]
    fn event(&mut self, time: Option<Duration>) -> Option<Result<MonitorEvent>> {
        loop {
            let raw = self.raw.as_mut()?;
            let received = match raw.receive_until(time) {
                Ok(push) if push.is_push() => {
                    raw.dispatch(&push);
                    continue;
                }
                received => received,
            };
            let event = received.and_then(|line| line.read::<MonitorEvent>());
            if event.as_ref().is_err_and(|error| !error.is_timeout()) {
                self.raw = None;
            }
            return Some(event.map_err(|error| error.with_command("MONITOR")));
        }
    }
}

/// Waits for the next event for as long as it takes; `None` after an error.
impl Iterator for Monitor {
    type Item = Result<MonitorEvent>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.event(None)
    }
}

impl FusedIterator for Monitor {}

impl fmt::Debug for Monitor {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Monitor").field("raw", &self.raw).finish_non_exhaustive()
    }
}

#[cold]
fn over() -> Error {
    Error::new(ErrorKind::Closed, "the monitor has ended").with_command("MONITOR")
}
