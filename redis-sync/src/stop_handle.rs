//! Stopping a consumer from elsewhere.

use crate::consumer::Shared;
use redis_core::connection::Unblock;
use redis_core::{ExecuteCommand, Result};
use std::fmt;
use std::sync::Arc;

/// Stops a [`StreamConsumer`](crate::StreamConsumer), from any thread.
///
/// A consumer that was stopped gives what it has read already, acknowledges what it has to, and ends.
#[derive(Clone)]
pub struct StopHandle(Arc<Shared>);

impl StopHandle {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self(Arc::clone(shared))
    }

    /// Stops it. A wait for new entries that is under way goes on to its end, which is within the
    /// [block time](redis_commands::StreamConsumerOptions::block).
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
    pub fn stop_now(&self) -> Result<bool> {
        match self.0.signal.cut_short() {
            Some(id) => self.0.redis.execute_command(Unblock::new(id).command()),
            None => Ok(false),
        }
    }

    /// Whether it was stopped.
    pub fn is_stopped(&self) -> bool {
        self.0.signal.is_stopped()
    }
}

impl fmt::Debug for StopHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StopHandle").field("stopped", &self.is_stopped()).finish_non_exhaustive()
    }
}
