//! What the commands on keys answer, where it is neither a number nor text.

use redis_core::{BulkString, Error, FromReply, Reply, Result};
use std::time::Duration;

/// How long a key, or a field of a hash, lives on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "−2, −1 and a time are all that Redis answers")]
pub enum Ttl {
    /// It does not exist.
    Missing,
    /// It exists, and never expires.
    Persistent,
    /// It expires after so much time, counted in milliseconds.
    In(Duration),
}

impl Ttl {
    /// The time that is left, if it expires at all.
    #[must_use]
    pub fn left(self) -> Option<Duration> {
        match self {
            Self::In(left) => Some(left),
            Self::Missing | Self::Persistent => None,
        }
    }
}

impl FromReply for Ttl {
    /// From milliseconds, as `PTTL` and `HPTTL` answer.
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let answer = i64::from_reply(reply)?;
        match (answer, u64::try_from(answer)) {
            (_, Ok(millis)) => Ok(Self::In(Duration::from_millis(millis))),
            (-1, _) => Ok(Self::Persistent),
            (-2, _) => Ok(Self::Missing),
            _ => Err(Error::conversion("time to live", answer)),
        }
    }
}

/// What became of setting the expiry of a field of a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldExpiry {
    /// The key has no such field, or there is no such key.
    Missing,
    /// The condition did not hold.
    Refused,
    /// The expiry is set.
    Set,
    /// The expiry lies in the past: the field is deleted.
    Deleted,
}

impl FromReply for FieldExpiry {
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        match i64::from_reply(reply)? {
            -2 => Ok(Self::Missing),
            0 => Ok(Self::Refused),
            1 => Ok(Self::Set),
            2 => Ok(Self::Deleted),
            other => Err(Error::conversion("outcome of a field's expiry", other)),
        }
    }
}

/// What kind of value a key holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyType {
    /// The key does not exist.
    Missing,
    /// A string: also bitmaps and HyperLogLogs.
    String,
    /// A list.
    List,
    /// A set.
    Set,
    /// A sorted set: also geospatial indexes.
    SortedSet,
    /// A hash.
    Hash,
    /// A stream.
    Stream,
    /// A module's type, by the name it gives: `ReJSON-RL`, `vectorset`, …
    Other(BulkString),
}

impl FromReply for KeyType {
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        Ok(match reply.scalar("type of a key")? {
            b"none" => Self::Missing,
            b"string" => Self::String,
            b"list" => Self::List,
            b"set" => Self::Set,
            b"zset" => Self::SortedSet,
            b"hash" => Self::Hash,
            b"stream" => Self::Stream,
            _ => Self::Other(BulkString::from_reply(reply)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::read;
    use crate::{BasicKeyCommands, HashCommands};

    #[test]
    fn a_time_to_live_is_told_from_none() {
        let ttl = |answer| read(answer, answer, |r| r.ttl("k"));
        assert_eq!(ttl(":-2 "), Ttl::Missing);
        assert_eq!(ttl(":-1 "), Ttl::Persistent);
        assert_eq!(ttl(":1500 "), Ttl::In(Duration::from_millis(1500)));
        let fields = read("*2 :-1 :7 ", "*2 :-1 :7 ", |r| r.httl("h", ["a", "b"]));
        assert_eq!(fields, [Ttl::Persistent, Ttl::In(Duration::from_millis(7))]);
    }

    #[test]
    fn what_became_of_a_field_has_a_name() {
        let second = Duration::from_secs(1);
        let set = read("*4 :-2 :0 :1 :2 ", "*4 :-2 :0 :1 :2 ", |r| r.hexpire("h", "f", second));
        let (missing, refused) = (FieldExpiry::Missing, FieldExpiry::Refused);
        assert_eq!(set, [missing, refused, FieldExpiry::Set, FieldExpiry::Deleted]);
    }

    #[test]
    fn types_that_are_not_known_keep_their_name() {
        assert_eq!(read("+zset ", "+zset ", |r| r.key_type("k")), KeyType::SortedSet);
        assert_eq!(read("+none ", "+none ", |r| r.key_type("k")), KeyType::Missing);
        let json = KeyType::Other("ReJSON-RL".into());
        assert_eq!(read("+ReJSON-RL ", "+ReJSON-RL ", |r| r.key_type("k")), json);
    }
}
