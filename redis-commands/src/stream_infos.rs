//! What a server says of a stream, its groups and their consumers.

use crate::stream_replies::{StreamEntry, StreamId};
use redis_core::{BulkString, Error, FromReply, Reply, Result};
use std::time::{Duration, SystemTime};

/// What a server says of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamInfo {
    /// What holds for the stream as a whole.
    pub facts: StreamFacts,
    /// How many groups of consumers.
    pub groups: u64,
    /// The first entry, if it has any.
    pub first_entry: Option<StreamEntry>,
    /// The last entry, if it has any.
    pub last_entry: Option<StreamEntry>,
}

/// What a server says of a stream with its entries, groups and consumers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamDetails {
    /// What holds for the stream as a whole.
    pub facts: StreamFacts,
    /// Its first entries, as many as were asked for.
    pub entries: Vec<StreamEntry>,
    /// Its groups of consumers.
    pub groups: Vec<GroupDetails>,
}

/// What holds for a stream as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamFacts {
    /// How many entries it has.
    pub length: u64,
    /// The id of the entry that was added last.
    pub last_generated_id: StreamId,
    /// The greatest id that was deleted (7.0.0).
    pub max_deleted_id: Option<StreamId>,
    /// How many entries were ever added (7.0.0).
    pub entries_added: Option<u64>,
    /// The id of the first entry (7.0.0); [`StreamId::MIN`] if there is none.
    pub first_recorded_id: Option<StreamId>,
    /// How many keys the radix tree has that holds it.
    pub radix_tree_keys: u64,
    /// How many nodes the radix tree has that holds it.
    pub radix_tree_nodes: u64,
    /// What it knows of entries added already (8.6.0).
    pub idempotency: Option<StreamIdempotency>,
}

/// What a stream knows of entries that were added idempotently.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamIdempotency {
    /// How long an idempotent id is known.
    pub duration: Duration,
    /// How many of each producer are known at most.
    pub max_size: u64,
    /// How many producers are known.
    pub producers: u64,
    /// How many idempotent ids are known.
    pub ids: u64,
    /// How many were ever added.
    pub ids_added: u64,
    /// How many entries were not added, being there already.
    pub duplicates: u64,
}

/// What a server says of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupInfo {
    /// Its name.
    pub name: BulkString,
    /// How many consumers it has.
    pub consumers: u64,
    /// How many entries were delivered and not acknowledged.
    pub pending: u64,
    /// The last id that was delivered to one of its consumers.
    pub last_delivered_id: StreamId,
    /// How many entries it has read (7.0.0); `None` if that is unknown.
    pub entries_read: Option<u64>,
    /// How many entries it has still to read (7.0.0); `None` if that is unknown.
    pub lag: Option<u64>,
}

/// What a server says of a consumer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConsumerInfo {
    /// Its name.
    pub name: BulkString,
    /// How many entries were delivered to it and not acknowledged.
    pub pending: u64,
    /// How long ago it last tried to read or claim something.
    pub idle: Duration,
    /// How long ago it last read or claimed something (7.2.0); `None` if it never did.
    pub inactive: Option<Duration>,
}

/// What a server says of a group, with what is pending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupDetails {
    /// Its name.
    pub name: BulkString,
    /// The last id that was delivered to one of its consumers.
    pub last_delivered_id: StreamId,
    /// How many entries it has read (7.0.0); `None` if that is unknown.
    pub entries_read: Option<u64>,
    /// How many entries it has still to read (7.0.0); `None` if that is unknown.
    pub lag: Option<u64>,
    /// How many entries were delivered and not acknowledged.
    pub pending_count: u64,
    /// The first of these, as many as were asked for.
    pub pending: Vec<PendingDelivery>,
    /// Its consumers.
    pub consumers: Vec<ConsumerDetails>,
}

/// What a server says of a consumer, with what is pending.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConsumerDetails {
    /// Its name.
    pub name: BulkString,
    /// When it last tried to read or claim something.
    pub seen_at: SystemTime,
    /// When it last read or claimed something (7.2.0); `None` if it never did.
    pub active_at: Option<SystemTime>,
    /// How many entries were delivered to it and not acknowledged.
    pub pending_count: u64,
    /// The first of these, as many as were asked for.
    pub pending: Vec<PendingDelivery>,
}

/// An entry that was delivered and not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingDelivery {
    /// Its id.
    pub id: StreamId,
    /// To whom it was delivered.
    pub consumer: BulkString,
    /// When it was last delivered.
    pub delivered_at: SystemTime,
    /// How often it was delivered.
    pub deliveries: u64,
}

impl StreamFacts {
    /// Takes a fact that holds for the stream as a whole; what is not known is passed over.
    #[inline]
    fn take(&mut self, name: &[u8], value: Reply<'_>) -> Result<()> {
        match name {
            b"length" => self.length = u64::from_reply(value)?,
            b"last-generated-id" => self.last_generated_id = StreamId::from_reply(value)?,
            b"max-deleted-entry-id" => self.max_deleted_id = Some(StreamId::from_reply(value)?),
            b"entries-added" => self.entries_added = Some(u64::from_reply(value)?),
            b"recorded-first-entry-id" => {
                self.first_recorded_id = Some(StreamId::from_reply(value)?);
            }
            b"radix-tree-keys" => self.radix_tree_keys = u64::from_reply(value)?,
            b"radix-tree-nodes" => self.radix_tree_nodes = u64::from_reply(value)?,
            b"idmp-duration" => {
                self.known().duration = Duration::from_secs(u64::from_reply(value)?);
            }
            b"idmp-maxsize" => self.known().max_size = u64::from_reply(value)?,
            b"pids-tracked" => self.known().producers = u64::from_reply(value)?,
            b"iids-tracked" => self.known().ids = u64::from_reply(value)?,
            b"iids-added" => self.known().ids_added = u64::from_reply(value)?,
            b"iids-duplicates" => self.known().duplicates = u64::from_reply(value)?,
            _ => {}
        }
        Ok(())
    }

    #[inline]
    fn known(&mut self) -> &mut StreamIdempotency {
        self.idempotency.get_or_insert_default()
    }
}

impl FromReply for StreamInfo {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let mut info = Self::default();
        for (name, value) in reply.entries()? {
            match name.scalar("name of a fact")? {
                b"groups" => info.groups = u64::from_reply(value)?,
                b"first-entry" => info.first_entry = Option::from_reply(value)?,
                b"last-entry" => info.last_entry = Option::from_reply(value)?,
                name => info.facts.take(name, value)?,
            }
        }
        Ok(info)
    }
}

impl FromReply for StreamDetails {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let mut details = Self::default();
        for (name, value) in reply.entries()? {
            match name.scalar("name of a fact")? {
                b"entries" => details.entries = Vec::from_reply(value)?,
                b"groups" => details.groups = Vec::from_reply(value)?,
                name => details.facts.take(name, value)?,
            }
        }
        Ok(details)
    }
}

impl FromReply for GroupInfo {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let mut group = Self::default();
        for (name, value) in reply.entries()? {
            match name.scalar("name of a fact")? {
                b"name" => group.name = BulkString::from_reply(value)?,
                b"consumers" => group.consumers = u64::from_reply(value)?,
                b"pending" => group.pending = u64::from_reply(value)?,
                b"last-delivered-id" => group.last_delivered_id = StreamId::from_reply(value)?,
                b"entries-read" => group.entries_read = Option::from_reply(value)?,
                b"lag" => group.lag = Option::from_reply(value)?,
                _ => {}
            }
        }
        Ok(group)
    }
}

impl FromReply for ConsumerInfo {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let mut consumer = Self::default();
        for (name, value) in reply.entries()? {
            match name.scalar("name of a fact")? {
                b"name" => consumer.name = BulkString::from_reply(value)?,
                b"pending" => consumer.pending = u64::from_reply(value)?,
                b"idle" => consumer.idle = Duration::from_millis(u64::from_reply(value)?),
                b"inactive" => {
                    consumer.inactive = unless_never(value)?.map(Duration::from_millis);
                }
                _ => {}
            }
        }
        Ok(consumer)
    }
}

impl FromReply for GroupDetails {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let mut group = Self::default();
        for (name, value) in reply.entries()? {
            match name.scalar("name of a fact")? {
                b"name" => group.name = BulkString::from_reply(value)?,
                b"last-delivered-id" => group.last_delivered_id = StreamId::from_reply(value)?,
                b"entries-read" => group.entries_read = Option::from_reply(value)?,
                b"lag" => group.lag = Option::from_reply(value)?,
                b"pel-count" => group.pending_count = u64::from_reply(value)?,
                b"pel" | b"pending" => {
                    let pending = Vec::<(StreamId, BulkString, u64, u64)>::from_reply(value)?;
                    let pending = pending.into_iter().map(|(id, consumer, at, deliveries)| {
                        PendingDelivery::new(id, consumer, at, deliveries)
                    });
                    group.pending = pending.collect::<Result<_>>()?;
                }
                b"consumers" => group.consumers = Vec::from_reply(value)?,
                _ => {}
            }
        }
        Ok(group)
    }
}

impl FromReply for ConsumerDetails {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let mut consumer = Self {
            name: BulkString::default(),
            seen_at: SystemTime::UNIX_EPOCH,
            active_at: None,
            pending_count: 0,
            pending: Vec::new(),
        };
        let mut pending = Vec::new();
        for (name, value) in reply.entries()? {
            match name.scalar("name of a fact")? {
                b"name" => consumer.name = BulkString::from_reply(value)?,
                b"seen-time" => consumer.seen_at = moment(u64::from_reply(value)?)?,
                b"active-time" => {
                    consumer.active_at = unless_never(value)?.map(moment).transpose()?;
                }
                b"pel-count" => consumer.pending_count = u64::from_reply(value)?,
                b"pel" | b"pending" => pending = Vec::<(StreamId, u64, u64)>::from_reply(value)?,
                _ => {}
            }
        }
        for (id, at, deliveries) in pending {
            let name = consumer.name.clone();
            consumer.pending.push(PendingDelivery::new(id, name, at, deliveries)?);
        }
        Ok(consumer)
    }
}

impl PendingDelivery {
    #[inline]
    fn new(id: StreamId, consumer: BulkString, at: u64, deliveries: u64) -> Result<Self> {
        Ok(Self { id, consumer, delivered_at: moment(at)?, deliveries })
    }
}

/// A number of milliseconds, −1 of which means never.
#[inline]
fn unless_never(reply: Reply<'_>) -> Result<Option<u64>> {
    match i64::from_reply(reply)? {
        -1 => Ok(None),
        millis => u64::try_from(millis).map(Some).map_err(|_| Error::conversion("time", millis)),
    }
}

/// From milliseconds since 1970.
#[inline]
fn moment(millis: u64) -> Result<SystemTime> {
    SystemTime::UNIX_EPOCH
        .checked_add(Duration::from_millis(millis))
        .ok_or_else(|| Error::conversion("moment", "a number too great for one"))
}
