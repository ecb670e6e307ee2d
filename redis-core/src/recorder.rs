//! Who counts and measures.
//!
//! This module decides what is measured. It keeps no numbers: a recorder is the user's bridge to a
//! metrics library, and by default there is none.

use crate::error::{Error, ErrorKind};
use crate::event::CloseReason;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// What is told to a metrics library. Every method does nothing unless it is implemented.
///
/// The methods are called where things happen, outside every lock, and must not block. A panic in one
/// is caught and does nothing.
pub trait Recorder: Send + Sync {
    /// Whether anything is recorded at all; where not, no clock is read for it.
    fn is_enabled(&self) -> bool {
        true
    }

    /// A command was answered or gave up.
    fn command_finished(&self, command: &CommandRecord<'_>) {
        let _ = command;
    }

    /// A command failed and is tried again after a pause.
    fn command_retried(&self, command: &str, attempt: u32, error: &Error, after: Duration) {
        let _ = (command, attempt, error, after);
    }

    /// A connection was opened; its handshake is done.
    fn connection_opened(&self, took: Duration) {
        let _ = took;
    }

    /// A connection could not be opened.
    fn connection_failed(&self, kind: ErrorKind) {
        let _ = kind;
    }

    /// A connection ended.
    fn connection_closed(&self, reason: CloseReason) {
        let _ = reason;
    }

    /// Somebody waited for a connection of the pool; whether it got one.
    fn pool_waited(&self, waited: Duration, served: bool) {
        let _ = (waited, served);
    }
}

/// One command, from its call to its last answer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CommandRecord<'a> {
    /// The command's name, such as `CONFIG GET`.
    pub command: &'a str,
    /// How many attempts it took, from 1.
    pub attempts: u32,
    /// From the call to the answer, pauses included. An async client reads the clock once for up to 16 commands
    /// that go out together, from the first of them on, and once for replies that came together: what the task
    /// waited for its turn after that is not of it.
    pub elapsed: Duration,
    /// Why it failed, if it did.
    pub error: Option<&'a Error>,
}

impl<'a> CommandRecord<'a> {
    /// A command that took so long and so many attempts.
    #[must_use]
    #[inline]
    pub fn new(
        command: &'a str,
        attempts: u32,
        elapsed: Duration,
        error: Option<&'a Error>,
    ) -> Self {
        Self { command, attempts, elapsed, error }
    }
}

/// Records nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoRecorder;

impl Recorder for NoRecorder {
    #[inline]
    fn is_enabled(&self) -> bool {
        false
    }
}

/// A user's recorder whose panics stay its own.
pub(crate) struct Guarded<R>(pub(crate) R);

impl<R: Recorder> Guarded<R> {
    fn guard(&self, record: impl FnOnce(&R)) {
        // a measurement that is lost is better than a command that is
        let _ = catch_unwind(AssertUnwindSafe(|| record(&self.0)));
    }
}

impl<R: Recorder> Recorder for Guarded<R> {
    fn is_enabled(&self) -> bool {
        catch_unwind(AssertUnwindSafe(|| self.0.is_enabled())).unwrap_or(false)
    }

    fn command_finished(&self, command: &CommandRecord<'_>) {
        self.guard(|recorder| recorder.command_finished(command));
    }

    fn command_retried(&self, command: &str, attempt: u32, error: &Error, after: Duration) {
        self.guard(|recorder| recorder.command_retried(command, attempt, error, after));
    }

    fn connection_opened(&self, took: Duration) {
        self.guard(|recorder| recorder.connection_opened(took));
    }

    fn connection_failed(&self, kind: ErrorKind) {
        self.guard(|recorder| recorder.connection_failed(kind));
    }

    fn connection_closed(&self, reason: CloseReason) {
        self.guard(|recorder| recorder.connection_closed(reason));
    }

    fn pool_waited(&self, waited: Duration, served: bool) {
        self.guard(|recorder| recorder.pool_waited(waited, served));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// Counts its calls and panics in each.
    struct Panics(Arc<AtomicU32>);

    impl Panics {
        fn fail(&self) -> ! {
            self.0.fetch_add(1, Ordering::Relaxed);
            panic!("the recorder's own fault")
        }
    }

    impl Recorder for Panics {
        fn is_enabled(&self) -> bool {
            self.fail()
        }
        fn command_finished(&self, _: &CommandRecord<'_>) {
            self.fail()
        }
        fn command_retried(&self, _: &str, _: u32, _: &Error, _: Duration) {
            self.fail()
        }
        fn connection_opened(&self, _: Duration) {
            self.fail()
        }
        fn connection_failed(&self, _: ErrorKind) {
            self.fail()
        }
        fn connection_closed(&self, _: CloseReason) {
            self.fail()
        }
        fn pool_waited(&self, _: Duration, _: bool) {
            self.fail()
        }
    }

    fn tell_everything(recorder: &dyn Recorder) {
        let error = Error::new(ErrorKind::Closed, "");
        recorder.command_finished(&CommandRecord::new("GET", 1, Duration::ZERO, None));
        recorder.command_retried("GET", 1, &error, Duration::ZERO);
        recorder.connection_opened(Duration::ZERO);
        recorder.connection_failed(ErrorKind::Connect);
        recorder.connection_closed(CloseReason::Disconnected);
        recorder.pool_waited(Duration::ZERO, true);
    }

    #[test]
    fn a_recorder_that_panics_does_no_harm() {
        let calls = Arc::new(AtomicU32::new(0));
        let guarded = Guarded(Panics(Arc::clone(&calls)));
        tell_everything(&guarded);
        assert!(!guarded.is_enabled());
        assert_eq!(calls.load(Ordering::Relaxed), 7);
    }

    #[test]
    fn no_recorder_wants_no_clock() {
        assert!(!NoRecorder.is_enabled());
        tell_everything(&NoRecorder);
    }
}
