//! A task that hands messages to their handlers.

use super::PubSub;
use super::mailbox::Mailbox;
use crate::multiplexer::no_runtime;
use redis_core::{Error, ErrorKind, Result, fork};
use std::fmt;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

/// A task that hands messages to their handlers, made by [`PubSub::run_in_task`]. Dropped, it stops the task;
/// the subscriptions end with it.
#[must_use = "the task is stopped when this is dropped"]
pub struct PubSubListener {
    mailbox: Arc<Mailbox>,
    task: Option<JoinHandle<Result<()>>>,
    generation: u32,
}

impl PubSubListener {
    #[inline]
    pub(super) fn start(mut pubsub: PubSub) -> Result<Self> {
        let runtime = Handle::try_current().map_err(|_| no_runtime())?;
        let mailbox = Arc::clone(&pubsub.mailbox);
        let task = runtime.spawn(async move { pubsub.listen().await });
        Ok(Self { mailbox, task: Some(task), generation: fork::generation() })
    }

    /// Stops the task and waits for it.
    ///
    /// # Errors
    ///
    /// Why it had ended before, if it had: the server could not be reached again, or the subscriber was cut
    /// off.
    #[inline]
    pub async fn stop(mut self) -> Result<()> {
        let Some(task) = self.take() else { return Ok(()) };
        match task.await {
            Ok(outcome) => outcome,
            Err(error) if error.is_cancelled() => Ok(()),
            Err(_) => Err(Error::new(ErrorKind::Misuse, "the task of the listener panicked")),
        }
    }

    /// Whether the task has ended: by itself, where nothing is subscribed to any more.
    #[inline]
    pub fn is_finished(&self) -> bool {
        self.task.as_ref().is_none_or(JoinHandle::is_finished)
    }

    #[inline]
    fn take(&mut self) -> Option<JoinHandle<Result<()>>> {
        let task = self.task.take()?;
        if self.generation != fork::generation() {
            // the task is the parent's
            std::mem::forget((task, Arc::clone(&self.mailbox)));
            return None;
        }
        self.mailbox.stop();
        Some(task)
    }
}

impl Drop for PubSubListener {
    #[inline]
    fn drop(&mut self) {
        drop(self.take());
    }
}

impl fmt::Debug for PubSubListener {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let finished = self.is_finished();
        f.debug_struct("PubSubListener").field("finished", &finished).finish_non_exhaustive()
    }
}
