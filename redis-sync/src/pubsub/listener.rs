//! A thread that hands messages to their handlers.

use super::PubSub;
use super::mailbox::Mailbox;
use redis_core::{Error, ErrorKind, Result, fork};
use std::fmt;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

/// A thread that hands messages to their handlers, made by [`PubSub::run_in_thread`]. Dropped, it stops the
/// thread and waits for it; the subscriptions end with it.
#[must_use = "the thread is stopped when this is dropped"]
pub struct PubSubListener {
    mailbox: Arc<Mailbox>,
    thread: Option<JoinHandle<Result<()>>>,
    generation: u32,
}

impl PubSubListener {
    #[inline]
    pub(super) fn start(mut pubsub: PubSub) -> Result<Self> {
        let mailbox = Arc::clone(&pubsub.mailbox);
        let thread = thread::Builder::new()
            .name("redis-sync listener".to_owned())
            .spawn(move || pubsub.listen())
            .map_err(|error| {
                Error::new(ErrorKind::Io, format!("no thread can be started: {error}"))
                    .with_source(error)
            })?;
        Ok(Self { mailbox, thread: Some(thread), generation: fork::generation() })
    }

    /// Stops the thread and waits for it.
    ///
    /// # Errors
    ///
    /// Why it had ended before, if it had: the server could not be reached again, or the subscriber was cut
    /// off.
    #[inline]
    pub fn stop(mut self) -> Result<()> {
        self.end()
    }

    /// Whether the thread has ended: by itself, where nothing is subscribed to any more.
    #[inline]
    pub fn is_finished(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    #[inline]
    fn end(&mut self) -> Result<()> {
        let Some(thread) = self.thread.take() else { return Ok(()) };
        if self.generation != fork::generation() {
            // the thread is the parent's
            std::mem::forget((thread, Arc::clone(&self.mailbox)));
            return Ok(());
        }
        self.mailbox.stop();
        // a handler may own this: its thread cannot wait for itself
        if thread.thread().id() == thread::current().id() {
            return Ok(());
        }
        thread.join().unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Misuse, "the thread of the listener panicked"))
        })
    }
}

impl Drop for PubSubListener {
    #[inline]
    fn drop(&mut self) {
        let _ = self.end();
    }
}

impl fmt::Debug for PubSubListener {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PubSubListener")
            .field("finished", &self.is_finished())
            .finish_non_exhaustive()
    }
}
