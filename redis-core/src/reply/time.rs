//! Moments and lengths of time, as servers tell them.
//!
//! This decides what numbers are a moment, and in what unit a length is. It does not read a clock.

use super::{FromReply, Reply};
use crate::error::{Error, Result};
use std::time::{Duration, SystemTime};

/// From this many seconds on a moment (the year 5138) is one that was counted in milliseconds.
const TOO_LATE: u64 = 100_000_000_000;

/// From seconds since 1970 (`LASTSAVE`), or an array of these and microseconds (`TIME`). What could only
/// be milliseconds is refused.
impl FromReply for SystemTime {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let (seconds, micros) = if reply.kind().is_aggregate() {
            <(u64, u32)>::from_reply(reply)?
        } else {
            (u64::from_reply(reply)?, 0)
        };
        if seconds >= TOO_LATE {
            let found = "a number that is too great, as one of milliseconds would be";
            return Err(Error::conversion("moment in seconds", found));
        }
        Duration::from_secs(seconds)
            .checked_add(Duration::from_micros(u64::from(micros)))
            .and_then(|since| Self::UNIX_EPOCH.checked_add(since))
            .ok_or_else(|| Error::conversion("moment", "a number too great for one"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resp::Framer;

    fn read(wire: &str) -> Result<SystemTime> {
        let framed = Framer::default().frame(wire.as_bytes()).unwrap().unwrap();
        SystemTime::from_reply(Reply::new(wire.as_bytes(), None, framed.tape.nodes()))
    }

    #[test]
    fn a_moment_is_seconds_or_seconds_and_microseconds() {
        let since = |duration| SystemTime::UNIX_EPOCH + duration;
        assert_eq!(read(":1700000000\r\n").unwrap(), since(Duration::from_secs(1_700_000_000)));
        let time = "*2\r\n$10\r\n1700000000\r\n$6\r\n000250\r\n";
        assert_eq!(read(time).unwrap(), since(Duration::from_micros(1_700_000_000_000_250)));
    }

    #[test]
    fn what_could_only_be_milliseconds_is_no_moment() {
        assert!(read(":99999999999\r\n").is_ok());
        assert!(read(":100000000000\r\n").unwrap_err().is_conversion());
        assert!(read(":-1\r\n").is_err());
    }
}
