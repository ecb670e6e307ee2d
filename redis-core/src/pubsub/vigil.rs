//! Whether the connection of the subscriptions is still alive: a peer that is gone says nothing, and so does
//! one that has nothing to say.
//!
//! ```text
//!   nothing awaited, silent for `interval` ──▶ Ping, which then is awaited
//!   something awaited, silent for `patience` ──▶ Dead
//! ```

use std::time::{Duration, Instant};

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing until then; `None` is until something comes.
    Wait(Option<Instant>),
    /// Ask whether the server is there.
    Ping,
    /// The connection is dead.
    Dead,
}

/// Whether a connection is still alive.
#[derive(Debug)]
pub struct Vigil {
    interval: Duration,
    /// `None` waits for an answer for ever.
    patience: Option<Duration>,
    heard: Instant,
    asked: Option<Instant>,
}

impl Vigil {
    /// After so much silence a server is asked where nothing else is said: 30 s.
    pub const DEFAULT_INTERVAL: Duration = Duration::from_secs(30);

    /// Begins now.
    #[inline]
    pub fn new(now: Instant, interval: Option<Duration>, patience: Option<Duration>) -> Self {
        let interval = interval.unwrap_or(Self::DEFAULT_INTERVAL);
        Self { interval, patience, heard: now, asked: None }
    }

    /// Something came.
    #[inline]
    pub fn heard(&mut self, now: Instant) {
        self.heard = now;
        // what is still awaited has as much time again: the server is there
        self.asked = self.asked.map(|_| now);
    }

    /// What is to be done now that an answer is awaited, or none.
    #[inline]
    pub fn look(&mut self, now: Instant, awaiting: bool) -> Verdict {
        if !awaiting {
            self.asked = None;
            let due = self.heard.checked_add(self.interval);
            return match due {
                Some(due) if due <= now => Verdict::Ping,
                due => Verdict::Wait(due),
            };
        }
        let since = *self.asked.get_or_insert(now);
        let due = self.patience.and_then(|patience| since.checked_add(patience));
        match due {
            Some(due) if due <= now => Verdict::Dead,
            due => Verdict::Wait(due),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_silent_server_is_asked_and_one_that_does_not_answer_is_dead() {
        let begun = Instant::now();
        let mut vigil = Vigil::new(begun, Some(10 * SECOND), Some(5 * SECOND));
        assert_eq!(vigil.look(begun, false), Verdict::Wait(Some(begun + 10 * SECOND)));
        let asked = begun + 10 * SECOND;
        assert_eq!(vigil.look(asked, false), Verdict::Ping);
        assert_eq!(vigil.look(asked, true), Verdict::Wait(Some(asked + 5 * SECOND)));
        assert_eq!(vigil.look(asked + 5 * SECOND, true), Verdict::Dead);
    }

    #[test]
    fn whatever_comes_is_a_sign_of_life() {
        let begun = Instant::now();
        let mut vigil = Vigil::new(begun, Some(10 * SECOND), Some(5 * SECOND));
        vigil.heard(begun + 9 * SECOND);
        assert_eq!(
            vigil.look(begun + 10 * SECOND, false),
            Verdict::Wait(Some(begun + 19 * SECOND))
        );
        assert_eq!(vigil.look(begun + 19 * SECOND, true), Verdict::Wait(Some(begun + 24 * SECOND)));
        vigil.heard(begun + 23 * SECOND);
        assert_eq!(vigil.look(begun + 24 * SECOND, true), Verdict::Wait(Some(begun + 28 * SECOND)));
    }

    #[test]
    fn without_a_response_timeout_an_answer_is_waited_for() {
        let begun = Instant::now();
        let mut vigil = Vigil::new(begun, None, None);
        assert_eq!(vigil.look(begun + 30 * SECOND, false), Verdict::Ping);
        assert_eq!(vigil.look(begun + 30 * SECOND, true), Verdict::Wait(None));
    }
}
