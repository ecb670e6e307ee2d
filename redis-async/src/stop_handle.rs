//! Stopping a consumer from elsewhere.

use crate::consumer::Shared;
use redis_core::connection::Unblock;
use redis_core::{ExecuteCommand, Result, fork};
use std::fmt;
use std::sync::Arc;

/// Stops a [`StreamConsumer`](crate::StreamConsumer), from any task or thread.
///
/// A consumer that was stopped gives what it has read already, acknowledges what it has to, and ends.
#[derive(Clone)]
pub struct StopHandle(Arc<Shared>);

impl StopHandle {
    #[inline]
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self(Arc::clone(shared))
    }

    /// Stops it. A wait for new entries that is under way goes on to its end, which is within the
    /// [block time](redis_commands::StreamConsumerOptions::block).
    ///
    /// # Example: after the work at hand
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let Some(r) = redis_async::doc_client("7.0.0").await else { return Ok(()) };
    /// use redis_async::prelude::*;
    /// use redis_async::StreamConsumerOptions;
    ///
    /// # r.del("stop:jobs:a").await?;
    /// r.xadd("stop:jobs:a", [("do", "wash")]).await?;
    /// let options = StreamConsumerOptions::new().create_group("0");
    /// let mut jobs = r.stream_consumer_with("stop:jobs:a", "g", "anna", options)?;
    /// let stop = jobs.stop_handle(); // to be given to whoever hears of the end
    /// let job = jobs.next().await.expect("it is there")?;
    /// stop.stop();
    /// job.ack().await?;
    /// assert!(jobs.next().await.is_none());
    /// # Ok::<(), redis_async::Error>(())
    /// # }).unwrap();
    /// ```
    #[inline]
    pub fn stop(&self) {
        self.0.signal.stop();
    }

    /// Stops it, cuts such a wait short (`CLIENT UNBLOCK`), and says whether there was one to be cut. One that
    /// was only just about to begin may go on to its end. The connection that waited is closed then: what comes
    /// late of this must not end the wait of somebody else.
    ///
    /// # Errors
    ///
    /// Whatever kept the server from being told; the consumer is stopped all the same.
    ///
    /// # Example: a consumer that nobody waits for
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let Some(r) = redis_async::doc_client("7.0.0").await else { return Ok(()) };
    /// use redis_async::prelude::*;
    ///
    /// let mut jobs = r.stream_consumer("stop_now:jobs", "g", "anna")?;
    /// let was_waiting = jobs.stop_handle().stop_now().await?;
    /// assert!(!was_waiting && jobs.next().await.is_none());
    /// # Ok::<(), redis_async::Error>(())
    /// # }).unwrap();
    /// ```
    #[inline]
    pub async fn stop_now(&self) -> Result<bool> {
        match self.0.signal.cut_short(fork::generation()) {
            Some(id) => self.0.redis.execute_command(Unblock::new(id).command()).await,
            None => Ok(false),
        }
    }

    /// Whether it was stopped.
    ///
    /// # Example: before and after
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// # let Some(r) = redis_async::doc_client("7.0.0").await else { return Ok(()) };
    /// use redis_async::prelude::*;
    ///
    /// let stop = r.stream_consumer("is_stopped:jobs", "g", "anna")?.stop_handle();
    /// assert!(!stop.is_stopped());
    /// stop.stop();
    /// assert!(stop.is_stopped());
    /// # Ok::<(), redis_async::Error>(())
    /// # }).unwrap();
    /// ```
    #[inline]
    pub fn is_stopped(&self) -> bool {
        self.0.signal.is_stopped()
    }
}

impl fmt::Debug for StopHandle {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StopHandle").field("stopped", &self.is_stopped()).finish_non_exhaustive()
    }
}
