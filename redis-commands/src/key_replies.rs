//! What the commands on keys answer, where it is neither a number nor text.

use redis_core::{BulkString, Error, FromReply, Reply, Result};
use std::time::{Duration, SystemTime};

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
    #[inline]
    pub fn left(self) -> Option<Duration> {
        match self {
            Self::In(left) => Some(left),
            Self::Missing | Self::Persistent => None,
        }
    }
}

impl FromReply for Ttl {
    /// From milliseconds, as `PTTL` and `HPTTL` answer.
    #[inline]
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

/// When a key, or a field of a hash, expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "−2, −1 and a moment are all that Redis answers")]
pub enum ExpiresAt {
    /// It does not exist.
    Missing,
    /// It exists, and never expires.
    Persistent,
    /// It expires at this moment, by the server's clock, to the millisecond.
    At(SystemTime),
}

impl ExpiresAt {
    /// The moment, if it expires at all.
    #[must_use]
    #[inline]
    pub fn moment(self) -> Option<SystemTime> {
        match self {
            Self::At(moment) => Some(moment),
            Self::Missing | Self::Persistent => None,
        }
    }
}

impl FromReply for ExpiresAt {
    /// From milliseconds since 1970, as `PEXPIRETIME` and `HPEXPIRETIME` answer.
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        Ok(match Ttl::from_reply(reply)? {
            Ttl::Missing => Self::Missing,
            Ttl::Persistent => Self::Persistent,
            Ttl::In(since) => SystemTime::UNIX_EPOCH
                .checked_add(since)
                .map(Self::At)
                .ok_or_else(|| Error::conversion("moment", "a number too great for one"))?,
        })
    }
}

/// Where a bit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "−1 and a position are all that Redis answers")]
pub enum BitPosition {
    /// There is no such bit.
    Nowhere,
    /// At this place, counted in bits from the beginning of the string, the first being 0.
    At(u64),
}

impl BitPosition {
    /// The place, if there is such a bit.
    #[must_use]
    #[inline]
    pub fn place(self) -> Option<u64> {
        match self {
            Self::At(place) => Some(place),
            Self::Nowhere => None,
        }
    }
}

impl FromReply for BitPosition {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let answer = i64::from_reply(reply)?;
        match (answer, u64::try_from(answer)) {
            (_, Ok(place)) => Ok(Self::At(place)),
            (-1, _) => Ok(Self::Nowhere),
            _ => Err(Error::conversion("position of a bit", answer)),
        }
    }
}

/// By whom writes were put into their append-only files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AofAcknowledged {
    /// By the server itself.
    pub local: bool,
    /// By so many replicas.
    pub replicas: u64,
}

impl FromReply for AofAcknowledged {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let (local, replicas) = <(u64, u64)>::from_reply(reply)?;
        Ok(Self { local: local > 0, replicas })
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
    #[inline]
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

impl KeyType {
    /// As the server calls it; `None` if there is no key.
    #[inline]
    pub(crate) fn name(&self) -> Option<&[u8]> {
        Some(match self {
            Self::Missing => return None,
            Self::String => b"string",
            Self::List => b"list",
            Self::Set => b"set",
            Self::SortedSet => b"zset",
            Self::Hash => b"hash",
            Self::Stream => b"stream",
            Self::Other(name) => name.as_bytes(),
        })
    }
}

impl FromReply for KeyType {
    #[inline]
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
    fn a_moment_of_expiry_is_told_from_none() {
        let at = |answer| read(answer, answer, |r| r.expiretime("k"));
        assert_eq!(at(":-2 "), ExpiresAt::Missing);
        assert_eq!(at(":-1 "), ExpiresAt::Persistent);
        let moment = SystemTime::UNIX_EPOCH + Duration::from_millis(1500);
        assert_eq!(at(":1500 "), ExpiresAt::At(moment));
    }

    #[test]
    fn a_bit_that_is_nowhere_has_no_number() {
        let position = |answer| read(answer, answer, |r| r.bitpos("k", true));
        assert_eq!(position(":-1 "), BitPosition::Nowhere);
        assert_eq!(position(":9 ").place(), Some(9));
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
