//! Moments and lengths of time, as servers tell them.
//!
//! This decides what numbers are a moment, and in what unit a length is. It does not read a clock.

use super::{FromReply, Reply};
use crate::error::{Error, Result};
use std::time::{Duration, SystemTime};

/// From seconds since 1970 (`LASTSAVE`), or an array of these and microseconds (`TIME`).
impl FromReply for SystemTime {
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let (seconds, micros) = if reply.kind().is_aggregate() {
            <(u64, u32)>::from_reply(reply)?
        } else {
            (u64::from_reply(reply)?, 0)
        };
        Duration::from_secs(seconds)
            .checked_add(Duration::from_micros(u64::from(micros)))
            .and_then(|since| Self::UNIX_EPOCH.checked_add(since))
            .ok_or_else(|| Error::conversion("moment", "a number too great for one"))
    }
}

/// From seconds, whole or with a fraction (`OBJECT IDLETIME`): what servers tell in another unit has a type
/// of its own.
impl FromReply for Duration {
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        if let Ok(seconds) = u64::from_reply(reply) {
            return Ok(Self::from_secs(seconds));
        }
        let seconds = f64::from_reply(reply)?;
        Self::try_from_secs_f64(seconds).map_err(|_| reply.mismatch("length of time"))
    }
}
