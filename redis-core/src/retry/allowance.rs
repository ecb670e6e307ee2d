//! How long a call may take as a whole.

use std::time::{Duration, Instant};

/// The time that a call has, with all its attempts and the pauses between them.
///
/// The clock is its user's: `now` is asked for where there is an end alone, so that a call without one reads
/// no clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct Allowance {
    until: Option<Instant>,
}

impl Allowance {
    /// From now on for so long; `None` is without end.
    #[inline]
    pub fn new(time: Option<Duration>, now: impl FnOnce() -> Instant) -> Self {
        // what no clock reaches is no end
        Self { until: time.and_then(|time| now().checked_add(time)) }
    }

    /// How much is left; `None` is without end.
    #[inline]
    pub fn left(self, now: impl FnOnce() -> Instant) -> Option<Duration> {
        self.until.map(|until| until.saturating_duration_since(now()))
    }
}

/// The shorter of two times, where `None` is for ever.
#[inline]
pub fn shorter(one: Option<Duration>, other: Option<Duration>) -> Option<Duration> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn what_is_left_shrinks_to_nothing_and_not_below() {
        let start = Instant::now();
        let allowance = Allowance::new(Some(3 * SECOND), || start);
        assert_eq!(allowance.left(|| start), Some(3 * SECOND));
        assert_eq!(allowance.left(|| start + SECOND), Some(2 * SECOND));
        assert_eq!(allowance.left(|| start + 4 * SECOND), Some(Duration::ZERO));
    }

    #[test]
    fn without_an_end_no_clock_is_read() {
        let unread = || -> Instant { panic!("the clock was read") };
        assert_eq!(Allowance::new(None, unread).left(unread), None);
        assert_eq!(Allowance::default().left(unread), None);
    }

    #[test]
    fn an_end_beyond_all_clocks_is_none() {
        assert_eq!(Allowance::new(Some(Duration::MAX), Instant::now).left(Instant::now), None);
    }

    #[test]
    fn the_shorter_of_two_times_counts_and_none_is_the_longest() {
        assert_eq!(shorter(Some(SECOND), Some(2 * SECOND)), Some(SECOND));
        assert_eq!(shorter(None, Some(SECOND)), Some(SECOND));
        assert_eq!(shorter(Some(SECOND), None), Some(SECOND));
        assert_eq!(shorter(None, None), None);
    }
}
