//! How often a transaction is tried whose watched keys keep changing.

use crate::error::{Error, ErrorKind};
use crate::retry::{Backoff, FullJitterBackoff};
use std::sync::Arc;
use std::time::Duration;

/// The state of a loop over attempts at a transaction.
///
/// ```text
///            next                conflict, next
///   Ready ──────────▶ Running ──────────────────▶ Running … GiveUp
///                        │ no conflict, next
///                        └──────────────────▶ Over
/// ```
#[derive(Clone, Debug)]
pub struct Optimism {
    most: u32,
    begun: u32,
    backoff: Arc<dyn Backoff>,
    pause: Duration,
}

/// What comes next in such a loop.
#[derive(Clone, Debug)]
pub enum Step {
    /// An attempt, after this pause.
    Attempt {
        /// How long to wait before it; zero before the first.
        after: Duration,
    },
    /// Nothing: the last attempt met no conflict, or was not executed.
    Over,
    /// Nothing: too many attempts met one.
    GiveUp(Error),
}

impl Optimism {
    /// At most 100 attempts, with pauses of up to a millisecond at first and up to 64 in the end.
    #[must_use]
    #[inline]
    pub fn new() -> Self {
        let backoff = FullJitterBackoff::new(Duration::from_millis(1), Duration::from_millis(64));
        Self { most: 100, begun: 0, backoff: Arc::new(backoff), pause: Duration::ZERO }
    }

    /// The same with so many attempts at most, one at least.
    #[must_use]
    #[inline]
    pub fn at_most(mut self, attempts: u32) -> Self {
        self.most = attempts.max(1);
        self
    }

    /// The same with other pauses.
    #[must_use]
    pub fn with_backoff(mut self, backoff: impl Backoff + 'static) -> Self {
        self.backoff = Arc::new(backoff);
        self
    }

    /// What comes next, after an attempt that met a conflict or not. `random` is 64 uniformly random bits.
    #[inline]
    pub fn next(&mut self, conflict: bool, random: u64) -> Step {
        if self.begun > 0 && !conflict {
            return Step::Over;
        }
        if self.begun >= self.most {
            let message = format!("a watched key changed during each of {} attempts", self.most);
            let error = Error::new(ErrorKind::WatchFailed, message);
            return Step::GiveUp(error.with_command("EXEC").with_attempt(self.begun));
        }
        if self.begun > 0 {
            self.pause = self.backoff.delay(self.begun, self.pause, random);
        }
        self.begun += 1;
        Step::Attempt { after: self.pause }
    }
}

impl Default for Optimism {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retry::ConstantBackoff;

    #[test]
    fn a_conflict_is_tried_again_after_a_pause_and_not_for_ever() {
        let pause = Duration::from_millis(3);
        let mut state = Optimism::new().at_most(2).with_backoff(ConstantBackoff::new(pause));
        assert!(matches!(state.next(false, 0), Step::Attempt { after: Duration::ZERO }));
        assert!(matches!(state.next(true, 0), Step::Attempt { after } if after == pause));
        let Step::GiveUp(error) = state.next(true, 0) else { panic!("it goes on") };
        assert_eq!((error.kind(), error.context().attempt), (ErrorKind::WatchFailed, Some(2)));
    }

    #[test]
    fn without_a_conflict_the_loop_is_over() {
        let mut state = Optimism::new();
        assert!(matches!(state.next(false, 0), Step::Attempt { .. }));
        assert!(matches!(state.next(false, 0), Step::Over));
    }
}
