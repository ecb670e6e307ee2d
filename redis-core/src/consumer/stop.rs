//! Stopping a consumer from elsewhere.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};

/// Tells a consumer to stop, and which connection it waits on. There is no lock in it.
#[derive(Debug, Default)]
pub struct StopSignal {
    stopped: AtomicBool,
    /// Whether somebody may be cutting its wait short.
    cut: AtomicBool,
    /// The server's number of the connection that waits; 0 is none.
    waiting: AtomicI64,
    /// The generation of the process that waits.
    generation: AtomicU32,
}

impl StopSignal {
    /// Tells it to stop once its wait is over.
    #[inline]
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }

    /// Tells it to stop, and whose wait is to be cut short, if it waits.
    ///
    /// Whoever is told of a connection here may end what waits on it at any time from now on, also when the
    /// consumer has long gone on: hence [`Wait::end`]. In a child of `fork`, which the `generation` tells, nobody
    /// is told of the parent's.
    #[inline]
    pub fn cut_short(&self, generation: u32) -> Option<i64> {
        self.stop();
        self.cut.store(true, Ordering::SeqCst);
        let connection = self.waiting.load(Ordering::SeqCst);
        let is_ours = self.generation.load(Ordering::SeqCst) == generation;
        (connection != 0 && is_ours).then_some(connection)
    }

    /// Whether it was told to stop.
    #[inline]
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// The consumer is about to wait, in a process of this generation, on the connection of this number.
    #[inline]
    pub fn begin_wait(&self, connection: i64, generation: u32) -> Wait<'_> {
        self.generation.store(generation, Ordering::SeqCst);
        self.waiting.store(connection, Ordering::SeqCst);
        Wait(self)
    }
}

/// A wait that may be cut short, until it ends.
#[derive(Debug)]
#[must_use = "the wait is over when this is dropped"]
pub struct Wait<'s>(&'s StopSignal);

impl Wait<'_> {
    /// Whether it may begin: not where the consumer was told to stop.
    #[inline]
    pub fn may_begin(&self) -> bool {
        !self.0.is_stopped()
    }

    /// Ends it; whether its connection may serve others from now on. It must not where somebody was told of
    /// it: what is to end this wait would end one of theirs.
    #[inline]
    pub fn end(&self) -> bool {
        self.0.waiting.store(0, Ordering::SeqCst);
        !self.0.cut.load(Ordering::SeqCst)
    }
}

impl Drop for Wait<'_> {
    #[inline]
    fn drop(&mut self) {
        let _ = self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_the_wait_is_cut_short_or_it_never_begins() {
        let signal = StopSignal::default();
        let wait = signal.begin_wait(7, 0);
        assert!(wait.may_begin() && !signal.is_stopped());
        assert_eq!(signal.cut_short(0), Some(7));
        drop(wait);
        assert_eq!(signal.cut_short(0), None);
        assert!(!signal.begin_wait(8, 0).may_begin());
        assert_eq!(signal.cut_short(0), None, "nobody waits");
    }

    #[test]
    fn a_connection_that_somebody_was_told_of_serves_nobody_else() {
        let signal = StopSignal::default();
        assert!(signal.begin_wait(7, 0).end());
        signal.stop();
        assert!(signal.begin_wait(7, 0).end(), "nobody was told of it");
        let wait = signal.begin_wait(7, 0);
        assert_eq!(signal.cut_short(0), Some(7));
        assert!(!wait.end());
    }

    #[test]
    fn a_child_is_not_told_of_its_parents_connection() {
        let signal = StopSignal::default();
        let wait = signal.begin_wait(7, 0);
        assert_eq!(signal.cut_short(1), None);
        assert_eq!(signal.cut_short(0), Some(7));
        drop(wait);
    }
}
