//! Stopping a consumer from elsewhere.

use crate::consumer::Shared;
use redis_core::connection::Unblock;
use redis_core::{ExecuteCommand, Result, fork};
use std::fmt;
use std::sync::Arc;

/// Stops a [`StreamConsumer`](crate::StreamConsumer), from any thread.
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
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    /// use redis_sync::StreamConsumerOptions;
    ///
    /// # r.del("stop:jobs")?;
    /// r.xadd("stop:jobs", [("do", "wash")])?;
    /// let options = StreamConsumerOptions::new().create_group("0");
    /// let mut jobs = r.stream_consumer_with("stop:jobs", "g", "anna", options)?;
    /// let stop = jobs.stop_handle(); // to be given to whoever hears of the end
    /// let job = jobs.next().expect("it is there")?;
    /// stop.stop();
    /// job.ack()?;
    /// assert!(jobs.next().is_none());
    /// # Ok::<(), redis_sync::Error>(())
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
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    ///
    /// let mut jobs = r.stream_consumer("stop_now:jobs", "g", "anna")?;
    /// let was_waiting = jobs.stop_handle().stop_now()?;
    /// assert!(!was_waiting && jobs.next().is_none());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    #[inline]
    pub fn stop_now(&self) -> Result<bool> {
        match self.0.signal.cut_short(fork::generation()) {
            Some(id) => self.0.redis.execute_command(Unblock::new(id).command()),
            None => Ok(false),
        }
    }

    /// Whether it was stopped.
    ///
    /// # Example: before and after
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::prelude::*;
    ///
    /// let stop = r.stream_consumer("is_stopped:jobs", "g", "anna")?.stop_handle();
    /// assert!(!stop.is_stopped());
    /// stop.stop();
    /// assert!(stop.is_stopped());
    /// # Ok::<(), redis_sync::Error>(())
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
