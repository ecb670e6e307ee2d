//! What the commands on streams answer.

use redis_core::command::{Command, ToArg, ToArgs};
use redis_core::{BulkString, Error, FromReply, Reply, Result};
use std::fmt;
use std::str::FromStr;

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
    pub const fn new(milliseconds: u64, sequence: u64) -> Self {
        Self { milliseconds, sequence }
    }

    /// The least id after this one, if there is one: where the next page of a range begins.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        match (self.sequence.checked_add(1), self.milliseconds.checked_add(1)) {
            (Some(sequence), _) => Some(Self { sequence, ..self }),
            (None, Some(milliseconds)) => Some(Self::new(milliseconds, 0)),
            (None, None) => None,
        }
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.milliseconds, self.sequence)
    }
}

impl FromStr for StreamId {
    type Err = Error;

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
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        command.push(self.to_string().as_bytes());
    }
}

impl ToArgs for StreamId {
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        self.to_arg(command);
    }
}

impl FromReply for StreamId {
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
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let mut parts = reply.items()?;
        let (Some(id), Some(fields), None) = (parts.next(), parts.next(), parts.next()) else {
            return Err(reply.mismatch("stream entry"));
        };
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

/// What was read from streams: the entries of each stream that had some, in the order asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamsRead(Vec<(BulkString, Vec<StreamEntry>)>);

impl StreamsRead {
    /// The entries of one stream; none if there was nothing to read.
    #[must_use]
    pub fn get(&self, stream: impl AsRef<[u8]>) -> &[StreamEntry] {
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
    pub fn iter(&self) -> std::slice::Iter<'_, (BulkString, Vec<StreamEntry>)> {
        self.0.iter()
    }
}

impl IntoIterator for StreamsRead {
    type Item = (BulkString, Vec<StreamEntry>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'r> IntoIterator for &'r StreamsRead {
    type Item = &'r (BulkString, Vec<StreamEntry>);
    type IntoIter = std::slice::Iter<'r, (BulkString, Vec<StreamEntry>)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromReply for StreamsRead {
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        if reply.is_nil() {
            return Ok(Self::default());
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

/// What a server says of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamInfo {
    /// How many entries it has.
    pub length: u64,
    /// How many groups of consumers.
    pub groups: u64,
    /// The id of the entry that was added last.
    pub last_generated_id: StreamId,
    /// The greatest id that was deleted (7.0.0).
    pub max_deleted_id: Option<StreamId>,
    /// How many entries were ever added (7.0.0).
    pub entries_added: Option<u64>,
    /// The first entry, if it has any.
    pub first_entry: Option<StreamEntry>,
    /// The last entry, if it has any.
    pub last_entry: Option<StreamEntry>,
}

impl FromReply for StreamInfo {
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let mut info = Self::default();
        for (name, value) in reply.entries()? {
            match name.scalar("name of a fact")? {
                b"length" => info.length = u64::from_reply(value)?,
                b"groups" => info.groups = u64::from_reply(value)?,
                b"last-generated-id" => info.last_generated_id = StreamId::from_reply(value)?,
                b"max-deleted-entry-id" => info.max_deleted_id = Some(StreamId::from_reply(value)?),
                b"entries-added" => info.entries_added = Some(u64::from_reply(value)?),
                b"first-entry" => info.first_entry = Option::from_reply(value)?,
                b"last-entry" => info.last_entry = Option::from_reply(value)?,
                _ => {}
            }
        }
        Ok(info)
    }
}
