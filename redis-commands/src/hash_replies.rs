//! What the commands on the expiry of fields answer, one answer a field.

use redis_core::{Error, FromReply, Reply, Result};
use std::time::{Duration, SystemTime};

/// When a field of a hash expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "−2, −1 and a moment are all that Redis answers")]
pub enum FieldExpiryTime {
    /// The key has no such field, or there is no such key.
    Missing,
    /// It never expires.
    Persistent,
    /// It expires at this moment, by the server's clock; counted in milliseconds.
    At(SystemTime),
}

impl FieldExpiryTime {
    /// The moment, if it expires at all.
    #[must_use]
    pub fn moment(self) -> Option<SystemTime> {
        match self {
            Self::At(moment) => Some(moment),
            Self::Missing | Self::Persistent => None,
        }
    }
}

impl FromReply for FieldExpiryTime {
    /// From milliseconds since 1970, as `HPEXPIRETIME` answers.
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let answer = i64::from_reply(reply)?;
        let since = u64::try_from(answer).map(Duration::from_millis);
        match (answer, since.ok().and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since))) {
            (_, Some(moment)) => Ok(Self::At(moment)),
            (-1, _) => Ok(Self::Persistent),
            (-2, _) => Ok(Self::Missing),
            _ => Err(Error::conversion("moment of a field's expiry", answer)),
        }
    }
}

/// What became of taking the expiry of a field away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldPersist {
    /// The key has no such field, or there is no such key.
    Missing,
    /// The field had no expiry.
    WasPersistent,
    /// The expiry is taken away.
    Persisted,
}

impl FromReply for FieldPersist {
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        match i64::from_reply(reply)? {
            -2 => Ok(Self::Missing),
            -1 => Ok(Self::WasPersistent),
            1 => Ok(Self::Persisted),
            other => Err(Error::conversion("outcome of persisting a field", other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HashCommands;
    use crate::rehearsal::read;

    #[test]
    fn a_moment_is_told_from_none() {
        let times = read("*3 :-2 :-1 :1500 ", "*3 :-2 :-1 :1500 ", |r| r.hexpiretime("h", "f"));
        let moment = SystemTime::UNIX_EPOCH + Duration::from_millis(1500);
        let (missing, at) = (FieldExpiryTime::Missing, FieldExpiryTime::At(moment));
        assert_eq!(times, [missing, FieldExpiryTime::Persistent, at]);
        assert_eq!(at.moment(), Some(moment));
        assert_eq!(missing.moment(), None);
    }

    #[test]
    fn what_became_of_persisting_has_a_name() {
        let became = read("*3 :-2 :-1 :1 ", "*3 :-2 :-1 :1 ", |r| r.hpersist("h", "f"));
        let (missing, was) = (FieldPersist::Missing, FieldPersist::WasPersistent);
        assert_eq!(became, [missing, was, FieldPersist::Persisted]);
    }
}
