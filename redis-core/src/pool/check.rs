//! What a connection is asked before it serves again.

use super::Purpose;
use std::time::Duration;

/// What its silence asks of a connection before it serves again.
///
/// To look whether the server has closed it costs a system call, a tenth of what a command takes on a local
/// network's best day, and between the look and the write the server may close it all the same. Of commands
/// that follow one upon the other the look finds nothing: servers close what has been idle for seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Check {
    /// Nothing: it served within the last [`MOMENT`](Self::MOMENT).
    Nothing,
    /// Whether it still stands and nothing came that nobody asked for, as far as can be seen without waiting.
    Look,
    /// That, and that it answers a `PING`.
    Ping,
}

impl Check {
    /// Whoever served so short a time ago is used again as it is: 1 ms.
    pub const MOMENT: Duration = Duration::from_millis(1);

    /// What so much silence asks for; after `interval` of it a `PING` must be answered.
    #[inline]
    pub fn after(silence: Duration, interval: Option<Duration>) -> Self {
        if interval.is_some_and(|interval| silence >= interval) {
            Self::Ping
        } else if silence >= Self::MOMENT {
            Self::Look
        } else {
            Self::Nothing
        }
    }

    /// What the purpose asks for in any case: what keeps the server waiting can seldom be sent again.
    #[inline]
    pub(super) fn at_least(self, purpose: Purpose) -> Self {
        match (self, purpose) {
            (Self::Nothing, Purpose::Blocking) => Self::Look,
            (check, _) => check,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_served_a_moment_ago_is_not_asked_and_who_is_silent_for_long_must_answer() {
        let interval = Some(Duration::from_secs(30));
        for (silence, check) in [
            (Duration::ZERO, Check::Nothing),
            (Duration::from_micros(999), Check::Nothing),
            (Check::MOMENT, Check::Look),
            (Duration::from_millis(29_999), Check::Look),
            (Duration::from_secs(30), Check::Ping),
        ] {
            assert_eq!(Check::after(silence, interval), check, "after {silence:?}");
        }
        assert_eq!(Check::after(Duration::MAX, None), Check::Look);
        assert_eq!(Check::after(Duration::ZERO, Some(Duration::ZERO)), Check::Ping);
    }

    #[test]
    fn what_keeps_the_server_waiting_is_sent_only_after_a_look() {
        assert_eq!(Check::Nothing.at_least(Purpose::Blocking), Check::Look);
        assert_eq!(Check::Nothing.at_least(Purpose::Ordinary), Check::Nothing);
        assert_eq!(Check::Ping.at_least(Purpose::Blocking), Check::Ping);
    }
}
