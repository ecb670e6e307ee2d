//! Stopping a consumer from elsewhere.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

/// Tells a consumer to stop, and which connection it waits on. There is no lock in it.
#[derive(Debug, Default)]
pub struct StopSignal {
    stopped: AtomicBool,
    /// The server's number of the connection that waits; 0 is none.
    waiting: AtomicI64,
}

impl StopSignal {
    /// Tells it to stop, and whose wait is to be cut short, if it waits.
    pub fn stop(&self) -> Option<i64> {
        self.stopped.store(true, Ordering::SeqCst);
        Some(self.waiting.load(Ordering::SeqCst)).filter(|&id| id != 0)
    }

    /// Whether it was told to stop.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// The consumer begins to wait on the connection of this number; `None` if it must not, since it was told
    /// to stop.
    pub fn begin_wait(&self, connection: i64) -> Option<Wait<'_>> {
        self.waiting.store(connection, Ordering::SeqCst);
        // made first, so that it is ended where it must not begin
        let wait = Wait(self);
        (!self.is_stopped()).then_some(wait)
    }
}

/// A wait that may be cut short, until this is dropped.
#[derive(Debug)]
#[must_use = "the wait is over when this is dropped"]
pub struct Wait<'s>(&'s StopSignal);

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        self.0.waiting.store(0, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_the_wait_is_cut_short_or_it_never_begins() {
        let signal = StopSignal::default();
        let wait = signal.begin_wait(7);
        assert!(wait.is_some() && !signal.is_stopped());
        assert_eq!(signal.stop(), Some(7));
        drop(wait);
        assert_eq!(signal.stop(), None);
        assert!(signal.begin_wait(8).is_none());
        assert_eq!(signal.stop(), None, "nobody waits");
    }
}
