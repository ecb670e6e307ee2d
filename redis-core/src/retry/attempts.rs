//! The explicit loop over attempts, without its waiting.

use super::{Decision, Failure, RetryPolicy, decide};
use crate::error::Error;
use std::time::Duration;

/// The state of an explicit loop over attempts: what a client's `retry(policy)` is made of.
///
/// ```text
///            next                record(Answered)
///   Ready ──────────▶ Running ─────────────────────▶ Over
///     ▲  ▲              │  │ │                         ▲
///     │  └── Empty ─────┘  │ └─ Failed, GiveUp ────────┘
///     │ next: Wait         ▼
///     └─────────────── Pausing   (Failed, Retry)
/// ```
///
/// Who writes such a loop says that its body may be repeated, so a failure that leaves open whether
/// the command ran is tried again; one that the policy does not wish to see again ends the loop.
///
/// # Example: a queue that is empty, a lost connection, a job
///
/// ```
/// use redis_core::retry::{Attempts, ConstantBackoff, Next, Outcome, RetryPolicy};
/// use redis_core::{Error, ErrorKind};
/// use std::time::Duration;
///
/// let pause = Duration::from_millis(50);
/// let mut attempts = Attempts::new(RetryPolicy::new(ConstantBackoff::new(pause), 3));
/// assert_eq!(attempts.next(), Next::Run(1));
/// attempts.record(Outcome::Empty, 0);
/// assert_eq!(attempts.next(), Next::Run(1)); // at once: the server is well
/// attempts.record(Outcome::Failed(Error::new(ErrorKind::Closed, "gone")), 0);
/// assert_eq!(attempts.next(), Next::Wait(pause));
/// assert_eq!(attempts.next(), Next::Run(2));
/// attempts.record(Outcome::Answered, 0);
/// assert_eq!(attempts.next(), Next::Finished);
/// assert!(attempts.take_error().is_none());
/// ```
#[derive(Debug)]
#[must_use]
pub struct Attempts {
    policy: RetryPolicy,
    state: State,
    attempt: u32,
    previous_delay: Duration,
    error: Option<Error>,
}

/// What a loop over attempts does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Next {
    /// Run the body, which is this attempt (from 1), and record its outcome.
    Run(u32),
    /// Wait for so long, then ask again.
    Wait(Duration),
    /// Leave the loop; [`Attempts::take_error`] has the last error if it failed.
    Finished,
}

/// What an attempt came to.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// An answer; the loop is over.
    Answered,
    /// An answer without content, such as a blocking pop's own timeout: the next attempt follows at
    /// once, and counts as the first, since the server is well.
    Empty,
    /// An error.
    Failed(Error),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Ready,
    Running,
    Pausing(Duration),
    Over,
}

impl Attempts {
    /// A loop under `policy`.
    pub fn new(policy: RetryPolicy) -> Self {
        Self {
            policy,
            state: State::Ready,
            attempt: 1,
            previous_delay: Duration::ZERO,
            error: None,
        }
    }

    /// What to do next. An attempt whose outcome was never recorded ends the loop.
    // not an iterator: between two steps stands the caller's outcome
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Next {
        match self.state {
            State::Ready => {
                self.state = State::Running;
                Next::Run(self.attempt)
            }
            State::Pausing(pause) => {
                self.state = State::Ready;
                Next::Wait(pause)
            }
            State::Running | State::Over => {
                self.state = State::Over;
                Next::Finished
            }
        }
    }

    /// Records what the attempt came to. `random` is 64 uniformly random bits.
    pub fn record(&mut self, outcome: Outcome, random: u64) {
        match outcome {
            Outcome::Answered => {
                self.error = None;
                self.state = State::Over;
            }
            Outcome::Empty => {
                self.error = None;
                self.attempt = 1;
                self.previous_delay = Duration::ZERO;
                self.state = State::Ready;
            }
            Outcome::Failed(error) => self.state = self.after(error, random),
        }
    }

    /// The error that ended the loop, or the last one so far.
    pub fn last_error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// Takes the error that ended the loop.
    pub fn take_error(&mut self) -> Option<Error> {
        self.error.take()
    }

    fn after(&mut self, error: Error, random: u64) -> State {
        let failure = Failure {
            error: &error,
            repeatable: true,
            read_only: false,
            attempt: self.attempt,
            previous_delay: self.previous_delay,
            left: None,
        };
        let decision = decide(&self.policy, &failure, random);
        self.error = Some(error);
        match decision {
            Decision::GiveUp => State::Over,
            Decision::Retry { after } => {
                self.attempt = self.attempt.saturating_add(1);
                self.previous_delay = after;
                if after.is_zero() { State::Ready } else { State::Pausing(after) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ConstantBackoff, DecorrelatedJitterBackoff, NoBackoff};
    use super::*;
    use crate::error::ErrorKind;

    const PAUSE: Duration = Duration::from_millis(50);

    fn lost() -> Outcome {
        Outcome::Failed(Error::new(ErrorKind::Closed, "lost"))
    }

    #[test]
    fn the_loop_pauses_between_failures_and_ends_with_the_last_error() {
        let mut attempts = Attempts::new(RetryPolicy::new(ConstantBackoff::new(PAUSE), 1));
        assert_eq!(attempts.next(), Next::Run(1));
        attempts.record(lost(), 0);
        assert_eq!(attempts.next(), Next::Wait(PAUSE));
        assert_eq!(attempts.next(), Next::Run(2));
        attempts.record(Outcome::Failed(Error::new(ErrorKind::Connect, "last")), 0);
        assert_eq!(attempts.next(), Next::Finished);
        assert_eq!(attempts.next(), Next::Finished);
        assert_eq!(attempts.take_error().map(|error| error.kind()), Some(ErrorKind::Connect));
    }

    #[test]
    fn an_answer_ends_the_loop_without_an_error() {
        let mut attempts = Attempts::new(RetryPolicy::new(NoBackoff, 5));
        assert_eq!(attempts.next(), Next::Run(1));
        attempts.record(lost(), 0);
        assert_eq!(attempts.next(), Next::Run(2));
        attempts.record(Outcome::Answered, 0);
        assert_eq!(attempts.next(), Next::Finished);
        assert!(attempts.last_error().is_none());
    }

    #[test]
    fn an_empty_reply_is_followed_at_once_and_forgives_earlier_failures() {
        let mut attempts = Attempts::new(RetryPolicy::new(ConstantBackoff::new(PAUSE), 1));
        for _ in 0..100 {
            assert_eq!(attempts.next(), Next::Run(1));
            attempts.record(lost(), 0);
            assert_eq!(attempts.next(), Next::Wait(PAUSE));
            assert_eq!(attempts.next(), Next::Run(2));
            attempts.record(Outcome::Empty, 0);
            assert!(attempts.last_error().is_none());
        }
    }

    #[test]
    fn an_error_that_the_policy_does_not_wish_to_see_again_ends_the_loop() {
        let mut attempts = Attempts::new(RetryPolicy::default());
        assert_eq!(attempts.next(), Next::Run(1));
        attempts.record(Outcome::Failed(Error::server(b"WRONGTYPE Operation")), 0);
        assert_eq!(attempts.next(), Next::Finished);
        assert_eq!(attempts.last_error().and_then(Error::code), Some("WRONGTYPE"));
    }

    #[test]
    fn an_attempt_that_was_never_recorded_ends_the_loop() {
        let mut attempts = Attempts::new(RetryPolicy::default());
        assert_eq!(attempts.next(), Next::Run(1));
        assert_eq!(attempts.next(), Next::Finished);
    }

    #[test]
    fn each_pause_is_told_of_the_one_before() {
        let backoff = DecorrelatedJitterBackoff::new(Duration::from_millis(8), PAUSE);
        let mut attempts = Attempts::new(RetryPolicy::new(backoff, 9));
        let half = 1 << 63;
        for pause in [8, 16, 28] {
            assert!(matches!(attempts.next(), Next::Run(_)));
            attempts.record(lost(), half);
            assert_eq!(attempts.next(), Next::Wait(Duration::from_millis(pause)));
        }
    }
}
