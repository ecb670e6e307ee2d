//! Time in ticks: one timer for a connection instead of one for each command.

use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

/// How often deadlines are looked at. A deadline is never early and at most one tick late.
pub(super) const TICK: Duration = Duration::from_millis(100);

/// How many ticks cover `duration`.
pub(crate) fn in_ticks(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis().div_ceil(TICK.as_millis())).unwrap_or(u32::MAX)
}

/// Counts ticks on from a number.
pub(super) struct Ticks {
    timer: Interval,
    started: Instant,
    base: u32,
    now: u32,
    parked: bool,
}

impl Ticks {
    pub(super) fn from(base: u32) -> Self {
        let mut timer = interval(TICK);
        // what was missed is counted below, all at once
        timer.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Self { timer, started: Instant::now(), base, now: base, parked: false }
    }

    /// Stops ticking, but for one tick after `time`: nothing waits, so nobody need be woken.
    pub(super) fn park(&mut self, time: Duration) {
        self.timer.reset_after(time);
        self.parked = true;
    }

    /// Goes on ticking; whether it was parked.
    #[inline]
    pub(super) fn resume(&mut self) -> bool {
        let parked = std::mem::replace(&mut self.parked, false);
        if parked {
            self.timer.reset();
            self.started = Instant::now();
            self.base = self.now;
        }
        parked
    }

    /// The number of the current tick, once for each.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<u32> {
        loop {
            if self.timer.poll_tick(cx).is_pending() {
                return Poll::Pending;
            }
            if self.parked {
                return Poll::Ready(self.now);
            }
            let now = self.base.saturating_add(elapsed(self.started));
            if now > self.now {
                self.now = now;
                return Poll::Ready(now);
            }
        }
    }
}

/// Whole ticks since then.
fn elapsed(started: Instant) -> u32 {
    u32::try_from(started.elapsed().as_millis() / TICK.as_millis()).unwrap_or(u32::MAX)
}
