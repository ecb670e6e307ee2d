//! What the commands on streams answer.

use redis_core::command::{Command, ToArg, ToArgs};
use redis_core::{BulkString, Error, FromReply, Reply, Result};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// The id of an entry: milliseconds since 1970, and a number among those of the same millisecond.
///
/// # Example
///
/// ```
/// use redis_sync::StreamId;
///
/// let id: StreamId = "1526919030474-55".parse()?;
/// assert!(id < StreamId::MAX && id.milliseconds == 1526919030474);
/// assert_eq!(id.to_string(), "1526919030474-55");
/// # Ok::<(), redis_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "the two numbers are what an id is")]
pub struct StreamId {
    /// Milliseconds since 1970, by the server's clock unless an id was given.
    pub milliseconds: u64,
    /// Counts the entries of one millisecond.
    pub sequence: u64,
}

impl StreamId {
    /// Before every entry.
    pub const MIN: Self = Self::new(0, 0);
    /// After every entry.
    pub const MAX: Self = Self::new(u64::MAX, u64::MAX);

    /// An id of its two numbers.
    #[must_use]
    #[inline]
    pub const fn new(milliseconds: u64, sequence: u64) -> Self {
        Self { milliseconds, sequence }
    }

    /// The least id after this one, if there is one: where the next page of a range begins.
    #[must_use]
    #[inline]
    pub const fn next(self) -> Option<Self> {
        match (self.sequence.checked_add(1), self.milliseconds.checked_add(1)) {
            (Some(sequence), _) => Some(Self { sequence, ..self }),
            (None, Some(milliseconds)) => Some(Self::new(milliseconds, 0)),
            (None, None) => None,
        }
    }
}

impl fmt::Display for StreamId {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.milliseconds, self.sequence)
    }
}

impl FromStr for StreamId {
    type Err = Error;

    #[inline]
    fn from_str(text: &str) -> Result<Self> {
        // `parse` alone would take a sign
        let number = |part: &str| {
            part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok()).flatten()
        };
        let (milliseconds, sequence) = text.split_once('-').unwrap_or((text, "0"));
        match (number(milliseconds), number(sequence)) {
            (Some(milliseconds), Some(sequence)) => Ok(Self { milliseconds, sequence }),
            _ => Err(Error::argument("a stream id has the form `milliseconds-sequence`")),
        }
    }
}

impl ToArg for StreamId {
    #[inline]
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        command.push(self.to_string().as_bytes());
    }
}

impl ToArgs for StreamId {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        self.to_arg(command);
    }
}

impl FromReply for StreamId {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let text = reply.scalar("stream id")?;
        std::str::from_utf8(text)
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| reply.mismatch("stream id"))
    }
}

/// One entry of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamEntry {
    /// Its id.
    pub id: StreamId,
    /// Its fields and values, in the order in which they were added; a field may stand there twice.
    /// Empty if the entry was deleted while a consumer had it.
    pub fields: Vec<(BulkString, BulkString)>,
}

impl StreamEntry {
    /// The value of the first field of this name.
    #[must_use]
    pub fn get(&self, field: impl AsRef<[u8]>) -> Option<&BulkString> {
        let field = field.as_ref();
        self.fields.iter().find(|(name, _)| name.as_bytes() == field).map(|(_, value)| value)
    }
}

impl FromReply for StreamEntry {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let mut parts = reply.items()?;
        let (Some(id), Some(fields), None) = (parts.next(), parts.next(), parts.next()) else {
            return Err(reply.mismatch("stream entry"));
        };
        Self::of(id, fields)
    }
}

impl StreamEntry {
    #[inline]
    fn of(id: Reply<'_>, fields: Reply<'_>) -> Result<Self> {
        let mut entry = Self { id: StreamId::from_reply(id)?, fields: Vec::new() };
        if !fields.is_nil() {
            for (name, value) in fields.entries()? {
                let field = (BulkString::from_reply(name)?, BulkString::from_reply(value)?);
                entry.fields.push(field);
            }
        }
        Ok(entry)
    }
}

/// An entry that was read by a consumer who claims what others left lying.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeliveredEntry {
    /// The entry.
    pub entry: StreamEntry,
    /// How long ago it had been delivered before; zero if it is new.
    pub idle: Duration,
    /// How often it had been delivered before; 0 if it is new.
    pub deliveries: u64,
}

impl FromReply for DeliveredEntry {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let mut parts = reply.items()?;
        let (Some(id), Some(fields), Some(idle), Some(deliveries), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(reply.mismatch("delivered stream entry"));
        };
        Ok(Self {
            entry: StreamEntry::of(id, fields)?,
            idle: Duration::from_millis(u64::from_reply(idle)?),
            deliveries: u64::from_reply(deliveries)?,
        })
    }
}

/// What was read from streams: the entries of each stream that had some, in the order asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamsRead<E = StreamEntry>(Vec<(BulkString, Vec<E>)>);

impl<E> StreamsRead<E> {
    /// The entries of one stream; none if there was nothing to read.
    #[must_use]
    pub fn get(&self, stream: impl AsRef<[u8]>) -> &[E] {
        let stream = stream.as_ref();
        let found = self.0.iter().find(|(name, _)| name.as_bytes() == stream);
        found.map_or(&[], |(_, entries)| entries)
    }

    /// Whether there was nothing to read, also when the time to wait was over.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many streams had something to read.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The streams with their entries.
    pub fn iter(&self) -> std::slice::Iter<'_, (BulkString, Vec<E>)> {
        self.0.iter()
    }
}

impl<E> IntoIterator for StreamsRead<E> {
    type Item = (BulkString, Vec<E>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'r, E> IntoIterator for &'r StreamsRead<E> {
    type Item = &'r (BulkString, Vec<E>);
    type IntoIter = std::slice::Iter<'r, (BulkString, Vec<E>)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<E: FromReply> FromReply for StreamsRead<E> {
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        if reply.is_nil() {
            return Ok(Self(Vec::new()));
        }
        let mut streams = Vec::new();
        for pair in reply.items()? {
            let mut parts = pair.items()?;
            let (Some(name), Some(entries), None) = (parts.next(), parts.next(), parts.next())
            else {
                return Err(pair.mismatch("stream and its entries"));
            };
            streams.push((BulkString::from_reply(name)?, Vec::from_reply(entries)?));
        }
        Ok(Self(streams))
    }
}

/// What a group has delivered and not had acknowledged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingSummary {
    /// How many entries.
    pub count: u64,
    /// The least id among them; `None` if there are none.
    pub first: Option<StreamId>,
    /// The greatest id among them; `None` if there are none.
    pub last: Option<StreamId>,
    /// How many each consumer has, of those that have some.
    pub consumers: Vec<(BulkString, u64)>,
}

impl FromReply for PendingSummary {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let mut parts = reply.items()?;
        let (Some(count), Some(first), Some(last), Some(consumers), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(reply.mismatch("summary of what is pending"));
        };
        Ok(Self {
            count: u64::from_reply(count)?,
            first: Option::from_reply(first)?,
            last: Option::from_reply(last)?,
            consumers: if consumers.is_nil() { Vec::new() } else { Vec::from_reply(consumers)? },
        })
    }
}

/// What `XAUTOCLAIM` took over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AutoClaimed {
    /// Where to go on; [`StreamId::MIN`] once all was looked at.
    pub next: StreamId,
    /// The entries that are the consumer's now.
    pub entries: Vec<StreamEntry>,
    /// What was pending and is no longer in the stream (7.0.0).
    pub deleted: Vec<StreamId>,
}

impl FromReply for AutoClaimed {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let mut parts = reply.items()?;
        let (Some(next), Some(entries)) = (parts.next(), parts.next()) else {
            return Err(reply.mismatch("claimed entries"));
        };
        let mut claimed = Self { next: StreamId::from_reply(next)?, ..Self::default() };
        // before 7.0.0 a deleted entry is nil
        for entry in entries.items()?.filter(|entry| !entry.is_nil()) {
            claimed.entries.push(StreamEntry::from_reply(entry)?);
        }
        if let Some(deleted) = parts.next() {
            claimed.deleted = Vec::from_reply(deleted)?;
        }
        Ok(claimed)
    }
}

/// What `XAUTOCLAIM` took over, by id alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AutoClaimedIds {
    /// Where to go on; [`StreamId::MIN`] once all was looked at.
    pub next: StreamId,
    /// The ids of the entries that are the consumer's now.
    pub ids: Vec<StreamId>,
    /// What was pending and is no longer in the stream (7.0.0).
    pub deleted: Vec<StreamId>,
}

impl FromReply for AutoClaimedIds {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let mut parts = reply.items()?;
        let (Some(next), Some(ids)) = (parts.next(), parts.next()) else {
            return Err(reply.mismatch("claimed ids"));
        };
        Ok(Self {
            next: StreamId::from_reply(next)?,
            ids: Vec::from_reply(ids)?,
            deleted: parts.next().map(Vec::from_reply).transpose()?.unwrap_or_default(),
        })
    }
}

/// An entry that a group has delivered and not had acknowledged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingEntry {
    /// Its id.
    pub id: StreamId,
    /// To whom it was delivered.
    pub consumer: BulkString,
    /// How long ago it was last delivered.
    pub idle: Duration,
    /// How often it was delivered.
    pub deliveries: u64,
}

impl FromReply for PendingEntry {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let (id, consumer, idle, deliveries) = <_>::from_reply(reply)?;
        Ok(Self { id, consumer, idle: Duration::from_millis(idle), deliveries })
    }
}

/// What became of an entry that was to be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EntryRemoval {
    /// There is no such entry; with `XACKDEL` none that is pending.
    Missing,
    /// It is deleted.
    Deleted,
    /// It is not deleted, since other groups have still to acknowledge it.
    StillReferenced,
}

impl FromReply for EntryRemoval {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        match i64::from_reply(reply)? {
            -1 => Ok(Self::Missing),
            1 => Ok(Self::Deleted),
            2 => Ok(Self::StillReferenced),
            other => Err(Error::conversion("outcome of a deletion", other)),
        }
    }
}
