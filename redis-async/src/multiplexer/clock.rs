//! The time, for those who measure: read once for what happens at once.
//!
//! Reading a clock takes as long as a tenth of a command does among many. Commands that add to one batch begin
//! at about the same time, and replies that came in one read came at the same time.

use std::num::NonZeroU64;
use std::time::Duration;
use tokio::time::Instant;

/// So many commands of a batch at most have one beginning, which is the first one's.
const COMMANDS_A_READING: u32 = 16;

/// A moment in the life of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(NonZeroU64);

/// The moments of a connection: nanoseconds since it was made, which take half of an [`Instant`]'s room.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    since: Instant,
}

/// When commands began and replies came.
#[derive(Debug, Default)]
pub(super) struct Moments {
    began: Option<Moment>,
    /// How many commands began then.
    shared: u32,
    arrived: Option<Moment>,
}

impl Moment {
    /// How long after `earlier` it was.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.get().saturating_sub(earlier.0.get()))
    }
}

impl Clock {
    pub(super) fn new() -> Self {
        Self { since: Instant::now() }
    }

    #[inline]
    pub(super) fn now(self) -> Moment {
        // five hundred years
        let elapsed = u64::try_from(self.since.elapsed().as_nanos()).unwrap_or(u64::MAX);
        Moment(NonZeroU64::MIN.saturating_add(elapsed))
    }

    /// The same moment by the common clock.
    pub(super) fn instant(self, moment: Moment) -> Instant {
        self.since + Duration::from_nanos(moment.0.get() - 1)
    }
}

impl Moments {
    /// A command begins; whether it is the first of a batch.
    #[inline]
    pub(super) fn begin(&mut self, first: bool, clock: Clock) -> Moment {
        match self.began {
            Some(began) if !first && self.shared < COMMANDS_A_READING => {
                self.shared += 1;
                began
            }
            _ => {
                let now = clock.now();
                self.began = Some(now);
                self.shared = 1;
                now
            }
        }
    }

    /// Replies came.
    #[inline]
    pub(super) fn arrive(&mut self, at: Moment) {
        self.arrived = Some(at);
    }

    /// When the last replies came.
    #[inline]
    pub(super) fn arrived(&self) -> Option<Moment> {
        self.arrived
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn commands_of_a_batch_share_a_beginning_and_those_of_another_do_not() {
        let (clock, mut moments) = (Clock::new(), Moments::default());
        let first = moments.begin(true, clock);
        tokio::time::advance(Duration::from_millis(3)).await;
        for _ in 1..COMMANDS_A_READING {
            assert_eq!(moments.begin(false, clock), first);
        }
        let later = moments.begin(false, clock);
        assert_eq!(later.since(first), Duration::from_millis(3));
        assert_eq!(clock.instant(later), Instant::now());
        tokio::time::advance(Duration::from_millis(3)).await;
        assert_eq!(moments.begin(false, clock), later);
        assert_eq!(moments.begin(true, clock).since(later), Duration::from_millis(3));
    }

    #[test]
    fn a_moment_that_is_earlier_is_no_time_after_a_later_one() {
        let clock = Clock::new();
        let first = clock.now();
        assert!(first.since(clock.now()).is_zero());
    }
}
