//! Looking on at what the server carries out.

use crate::raw_connection::RawConnection;
use crate::redis::Redis;
use futures_core::Stream;
use redis_core::monitor::MonitorEvent;
use redis_core::{Error, ErrorKind, Result};
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::timeout;

/// Every command that the server carries out, for whomever: a `Stream` of [`MonitorEvent`]s.
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
/// `redis_sync::Monitor` is an iterator.
///
/// # Cancellation
///
/// Waiting for the next event may be dropped at any point; no event is lost.
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
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let Some(r) = redis_async::doc_client("7.0.0").await else { return Ok(()) };
    /// use redis_async::prelude::*;
    ///
    /// let mut monitor = r.monitor().await?;
    /// r.set("monitor:greeting", "hello\n").await?;
    /// while let Some(event) = monitor.next().await {
    ///     let event = event?;
    ///     if event.command == "SET" && event.arguments[0] == "monitor:greeting" {
    ///         assert_eq!(event.arguments[1], "hello\n");
    ///         break;
    ///     }
    /// }
    /// # Ok::<(), redis_async::Error>(())
    /// # }).unwrap();
    /// ```
    #[inline]
    pub async fn monitor(&self) -> Result<Monitor> {
        let mut raw = self.raw_connection().await?;
        raw.set_limits(MonitorEvent::limits);
        raw.send(["MONITOR"]).await?;
        let begun = loop {
            let received = raw.receive().await;
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
    /// The next event; `None` after an error.
    ///
    /// # Cancellation
    ///
    /// Dropped, it loses no event.
    #[inline]
    pub async fn next(&mut self) -> Option<Result<MonitorEvent>> {
        poll_fn(|cx| self.poll_event(cx)).await
    }

    /// The next event, if there is one within `time`.
    ///
    /// # Errors
    ///
    /// What ended it; that it has ended.
    ///
    /// # Cancellation
    ///
    /// Dropped, it loses no event.
    #[inline]
    pub async fn next_within(&mut self, time: Duration) -> Result<Option<MonitorEvent>> {
        match timeout(time, self.next()).await {
            Ok(Some(event)) => event.map(Some),
            Ok(None) => Err(over()),
            Err(_) => Ok(None),
        }
    }

    #[inline]
    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<MonitorEvent>>> {
        while let Some(raw) = &mut self.raw {
            let received = match ready!(raw.poll_receive(cx)) {
                Ok(push) if push.is_push() => {
                    raw.dispatch(&push);
                    continue;
                }
                received => received,
            };
            let event = received.and_then(|line| line.read::<MonitorEvent>());
            if event.is_err() {
                self.raw = None;
            }
            return Poll::Ready(Some(event.map_err(|error| error.with_command("MONITOR"))));
        }
        Poll::Ready(None)
    }
}

impl Stream for Monitor {
    type Item = Result<MonitorEvent>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(cx)
    }
}

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
