//! What a keyspace notification tells: what happened to which key.

use super::Message;
use crate::reply::BulkString;
use std::fmt;

/// What happened to a key: a keyspace notification, read.
///
/// # Example: what happened to the keys of a database
///
/// ```no_run
/// use redis_sync::prelude::*;
/// use redis_sync::{EventDatabase, KeyEvent, KeyspacePattern};
///
/// # fn main() -> redis_sync::Result<()> {
/// let mut p = Redis::new().pubsub();
/// p.psubscribe(KeyspacePattern::of_all_keys(EventDatabase::Number(0)))?;
/// for message in p.messages() {
///     if let Some(event) = KeyEvent::read(&message?) {
///         println!("{}: {}", event.key, event.event);
///     }
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyEvent {
    /// The number of the key's database.
    pub database: u32,
    /// What happened.
    pub event: KeyEventKind,
    /// The key.
    pub key: BulkString,
}

impl KeyEvent {
    /// Reads a message; `None` if it is no keyspace notification.
    ///
    /// # Example: of both kinds
    ///
    /// ```
    /// use redis_sync::{KeyEvent, KeyEventKind, Message, SubscriptionKind::Channel};
    ///
    /// let of_the_key = Message::new(Channel, None, "__keyspace@0__:user:1", "expired");
    /// let of_the_event = Message::new(Channel, None, "__keyevent@0__:expired", "user:1");
    /// assert_eq!(KeyEvent::read(&of_the_key), KeyEvent::read(&of_the_event));
    /// let event = KeyEvent::read(&of_the_key).unwrap();
    /// assert_eq!((event.database, event.event), (0, KeyEventKind::Expired));
    /// assert_eq!(event.key, "user:1");
    /// ```
    #[must_use]
    #[inline]
    pub fn read(message: &Message) -> Option<Self> {
        let channel = message.channel.as_bytes();
        let (is_key, rest) = match channel.strip_prefix(b"__keyspace@") {
            Some(rest) => (true, rest),
            None => (false, channel.strip_prefix(b"__keyevent@")?),
        };
        let end = rest.iter().position(|byte| !byte.is_ascii_digit())?;
        let (digits, rest) = rest.split_at_checked(end)?;
        let database = std::str::from_utf8(digits).ok()?.parse().ok()?;
        let subject = rest.strip_prefix(b"__:")?;
        let shared = message.channel.clone().into_bytes().slice_ref(subject);
        let (event, key) = if is_key {
            (message.payload.clone(), shared.into())
        } else {
            (shared.into(), message.payload.clone())
        };
        Some(Self { database, event: event.into(), key })
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $word:literal $class:literal,)*) => {
        /// What happened to a key.
        ///
        /// Modules and servers to come have more, which are [`Other`](Self::Other).
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum KeyEventKind {
            $($(#[$doc])* $name,)*
            /// Anything else, by the name that the server gives it.
            Other(BulkString),
        }

        impl KeyEventKind {
            /// All that have a name here.
            pub const KNOWN: &'static [Self] = &[$(Self::$name),*];

            /// The server's name of it.
            #[inline]
            pub fn as_bytes(&self) -> &[u8] {
                match self {
                    $(Self::$name => $word.as_bytes(),)*
                    Self::Other(name) => name.as_bytes(),
                }
            }

            /// The letter of the class that it belongs to in `notify-keyspace-events`, where that is known.
            #[inline]
            pub(super) fn class(&self) -> Option<char> {
                match self {
                    $(Self::$name => Some($class),)*
                    Self::Other(_) => None,
                }
            }
        }

        impl From<BulkString> for KeyEventKind {
            #[inline]
            fn from(name: BulkString) -> Self {
                match name.as_bytes() {
                    $(word if word == $word.as_bytes() => Self::$name,)*
                    _ => Self::Other(name),
                }
            }
        }
    };
}

kinds! {
    /// It was deleted.
    Del "del" 'g',
    /// It was copied to.
    CopyTo "copy_to" 'g',
    /// It was given an expiry.
    Expire "expire" 'g',
    /// Its expiry was taken off.
    Persist "persist" 'g',
    /// It was renamed: the old name.
    RenameFrom "rename_from" 'g',
    /// It was renamed: the new name.
    RenameTo "rename_to" 'g',
    /// It was moved to another database: in the old one.
    MoveFrom "move_from" 'g',
    /// It was moved to another database: in the new one.
    MoveTo "move_to" 'g',
    /// It was restored from a dump.
    Restore "restore" 'g',
    /// What was sorted was stored there.
    SortStore "sortstore" 'l',
    /// Its time was over.
    Expired "expired" 'x',
    /// It made room for others.
    Evicted "evicted" 'e',
    /// It is new.
    New "new" 'n',
    /// It was asked for, and was not there.
    KeyMiss "keymiss" 'm',
    /// Its value was replaced; since Redis 8.2.
    Overwritten "overwritten" 'o',
    /// Its value was replaced by one of another type; since Redis 8.2.
    TypeChanged "type_changed" 'c',
    /// A string was set.
    Set "set" '$',
    /// A part of a string was set.
    SetRange "setrange" '$',
    /// A bit of a string was set.
    SetBit "setbit" '$',
    /// A string was appended to.
    Append "append" '$',
    /// A number was counted up or down.
    IncrBy "incrby" '$',
    /// A number was counted up or down by a fraction.
    IncrByFloat "incrbyfloat" '$',
    /// A list was pushed to on the left.
    LPush "lpush" 'l',
    /// A list was pushed to on the right.
    RPush "rpush" 'l',
    /// A list was taken from on the left.
    LPop "lpop" 'l',
    /// A list was taken from on the right.
    RPop "rpop" 'l',
    /// A value was inserted into a list.
    LInsert "linsert" 'l',
    /// A value of a list was set.
    LSet "lset" 'l',
    /// Values of a list were removed.
    LRem "lrem" 'l',
    /// A list was trimmed.
    LTrim "ltrim" 'l',
    /// Fields of a hash were set.
    HSet "hset" 'h',
    /// Fields of a hash were removed.
    HDel "hdel" 'h',
    /// A field of a hash was counted up or down.
    HIncrBy "hincrby" 'h',
    /// A field of a hash was counted up or down by a fraction.
    HIncrByFloat "hincrbyfloat" 'h',
    /// Fields of a hash were given an expiry; since Redis 7.4.
    HExpire "hexpire" 'h',
    /// The time of fields of a hash was over; since Redis 7.4.
    HExpired "hexpired" 'h',
    /// The expiry of fields of a hash was taken off; since Redis 7.4.
    HPersist "hpersist" 'h',
    /// Members were added to a set.
    SAdd "sadd" 's',
    /// Members of a set were removed.
    SRem "srem" 's',
    /// Random members of a set were taken.
    SPop "spop" 's',
    /// An intersection of sets was stored.
    SInterStore "sinterstore" 's',
    /// A union of sets was stored.
    SUnionStore "sunionstore" 's',
    /// A difference of sets was stored.
    SDiffStore "sdiffstore" 's',
    /// Members were added to a sorted set.
    ZAdd "zadd" 'z',
    /// The score of a sorted set's member was counted up or down.
    ZIncr "zincr" 'z',
    /// Members of a sorted set were removed.
    ZRem "zrem" 'z',
    /// Members of a sorted set were removed by their scores.
    ZRemByScore "zrembyscore" 'z',
    /// Members of a sorted set were removed by their ranks.
    ZRemByRank "zrembyrank" 'z',
    /// Members of a sorted set were removed by their names.
    ZRemByLex "zrembylex" 'z',
    /// The members with the lowest scores were taken.
    ZPopMin "zpopmin" 'z',
    /// The members with the highest scores were taken.
    ZPopMax "zpopmax" 'z',
    /// An intersection of sorted sets was stored.
    ZInterStore "zinterstore" 'z',
    /// A union of sorted sets was stored.
    ZUnionStore "zunionstore" 'z',
    /// A difference of sorted sets was stored.
    ZDiffStore "zdiffstore" 'z',
    /// A range of a sorted set was stored.
    ZRangeStore "zrangestore" 'z',
    /// An entry was added to a stream.
    XAdd "xadd" 't',
    /// Entries of a stream were removed.
    XDel "xdel" 't',
    /// A stream was trimmed.
    XTrim "xtrim" 't',
    /// A stream's last id was set.
    XSetId "xsetid" 't',
    /// A group of consumers was made.
    XGroupCreate "xgroup-create" 't',
    /// A consumer was made.
    XGroupCreateConsumer "xgroup-createconsumer" 't',
    /// A consumer was removed.
    XGroupDelConsumer "xgroup-delconsumer" 't',
    /// A group of consumers was removed.
    XGroupDestroy "xgroup-destroy" 't',
    /// A group's last id was set.
    XGroupSetId "xgroup-setid" 't',
}

impl fmt::Display for KeyEventKind {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&String::from_utf8_lossy(self.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pubsub::SubscriptionKind::{Channel, Pattern};

    #[test]
    fn every_kind_is_read_back_from_its_name() {
        for kind in KeyEventKind::KNOWN {
            assert_eq!(&KeyEventKind::from(BulkString::from(kind.as_bytes())), kind);
        }
        let other = KeyEventKind::from(BulkString::from("json.set"));
        assert_eq!((other.class(), other.to_string().as_str()), (None, "json.set"));
    }

    #[test]
    fn a_key_may_hold_whatever_it_likes() {
        let channel = BulkString::from(b"__keyspace@12__:a__:\xff@1\r\n");
        let message = Message::new(Pattern, Some("__key*".into()), channel, "set");
        let event = KeyEvent::read(&message).unwrap();
        assert_eq!((event.database, event.event), (12, KeyEventKind::Set));
        assert_eq!(event.key, b"a__:\xff@1\r\n");
    }

    #[test]
    fn what_is_no_notification_is_none() {
        for channel in [
            "news",
            "__keyspace@__:k",
            "__keyspace@x__:k",
            "__keyspace@1_:k",
            "__keyevent@99999999999__:del",
        ] {
            assert!(
                KeyEvent::read(&Message::new(Channel, None, channel, "x")).is_none(),
                "{channel}"
            );
        }
    }
}
