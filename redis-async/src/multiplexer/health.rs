//! Whether a connection is still alive, judged in ticks.
//!
//! ```text
//!   replies awaited, not a byte for 3 × patience ──▶ Dead, unless an older caller is more patient
//!   nothing awaited, not a byte for `idle` ticks ──▶ Probe (a ping, which then is awaited)
//! ```
//!
//! A single reply that is late proves nothing: the server may be slow, and its late answers still find
//! their slots. A server from which nothing at all comes for several response timeouts in a row is
//! given up. This module counts ticks; it does not send the ping.

/// How many response timeouts of silence are too many.
const SILENT_TIMEOUTS: u32 = 3;

/// What a tick calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Fine,
    Probe,
    /// Dead, unless somebody still waits for one of the first so many commands: these are older than
    /// the usual patience, so that whoever does asked for more of it.
    Dead {
        before: u64,
    },
}

/// Whether a connection is still alive.
#[derive(Debug)]
pub(super) struct Health {
    /// Ticks of silence while replies are awaited, until it is dead; none: it is waited for.
    limit: Option<u32>,
    /// The response timeout.
    patience: u32,
    /// How many commands had been sent when the silence was no longer than that.
    before: u64,
    /// Ticks of silence while nothing is awaited, until it is asked.
    idle: u32,
    silent: u32,
    awaiting: bool,
}

impl Health {
    /// `patience` is the response timeout in ticks.
    pub(super) fn new(patience: Option<u32>, idle: u32) -> Self {
        let limit = patience.map(|ticks| ticks.saturating_mul(SILENT_TIMEOUTS).max(1));
        let patience = patience.unwrap_or(u32::MAX);
        Self { limit, patience, before: 0, idle: idle.max(1), silent: 0, awaiting: false }
    }

    /// For how many ticks it has been idle.
    pub(super) fn idle_for(&self) -> u32 {
        if self.awaiting { 0 } else { self.silent }
    }

    /// For how long nothing came although something was awaited.
    pub(super) fn silent_for(&self) -> u32 {
        if self.awaiting { self.silent } else { 0 }
    }

    /// How many ticks are left until an idle connection is asked.
    pub(super) fn until_probe(&self) -> u32 {
        self.idle.saturating_sub(self.silent)
    }

    /// Something arrived.
    #[inline]
    pub(super) fn heard(&mut self) {
        self.silent = 0;
    }

    /// A tick went by; replies are awaited or not, and so many commands have been sent by now.
    pub(super) fn tick(&mut self, awaiting: bool, launched: u64) -> Verdict {
        if awaiting != self.awaiting {
            // the silence of an idle connection is not held against the command that ends it
            self.awaiting = awaiting;
            self.silent = 0;
        }
        self.silent = self.silent.saturating_add(1);
        if self.silent <= self.patience {
            self.before = launched;
        }
        if awaiting {
            let dead = self.limit.is_some_and(|limit| self.silent > limit);
            if dead { Verdict::Dead { before: self.before } } else { Verdict::Fine }
        } else if self.silent >= self.idle {
            self.silent = 0;
            Verdict::Probe
        } else {
            Verdict::Fine
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_black_hole_is_found_within_its_bound_with_traffic() {
        let mut health = Health::new(Some(5), 100);
        let found = (1..).find(|_| matches!(health.tick(true, 0), Verdict::Dead { .. }));
        assert_eq!(found, Some(16));
    }

    #[test]
    fn a_black_hole_is_found_within_its_bound_without_traffic() {
        let mut health = Health::new(Some(5), 100);
        let asked = (1..).find(|_| health.tick(false, 0) == Verdict::Probe);
        assert_eq!(asked, Some(100));
        let found = (1..).find(|_| matches!(health.tick(true, 0), Verdict::Dead { .. }));
        assert_eq!(found, Some(16));
    }

    #[test]
    fn a_slow_server_that_says_something_now_and_then_lives() {
        let mut health = Health::new(Some(5), 100);
        for tick in 0..1000 {
            if tick % 15 == 0 {
                health.heard();
            }
            assert_eq!(health.tick(true, 0), Verdict::Fine);
        }
    }

    #[test]
    fn whoever_asked_within_the_last_two_response_timeouts_is_no_reason_to_wait() {
        let mut health = Health::new(Some(5), 100);
        let found = (1..).map(|tick| health.tick(true, tick)).find(|it| *it != Verdict::Fine);
        assert_eq!(found, Some(Verdict::Dead { before: 5 }));
    }

    #[test]
    fn without_a_response_timeout_replies_are_waited_for() {
        let mut health = Health::new(None, 100);
        assert!((0..10_000).all(|_| health.tick(true, 0) == Verdict::Fine));
    }
}
