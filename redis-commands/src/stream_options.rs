//! The options of the commands on streams, and from where a stream is read.

use crate::expiry::Millis;
use crate::stream_replies::StreamId;
use crate::stream_settings::ReferencePolicy;
use redis_core::Error;
use redis_core::command::{Block, Command, ToArg, ToArgs};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// Streams, and for each the id after which it is read: `("events", "0")`, a list of such pairs, or a map.
///
/// An id is a [`StreamId`], `"0"` for the beginning, `"$"` for what is added from now on (`XREAD`), `">"`
/// for what no consumer has yet (`XREADGROUP`).
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which streams are read, and from where",
    label = "a pair of stream and id, a list of pairs or a map is wanted here"
)]
pub trait StreamOffsets {
    /// Adds the streams to the command, as keys.
    fn add_streams<'a>(&'a self, command: Command<'a>) -> Command<'a>;

    /// Adds the ids, in the same order.
    fn add_ids<'a>(&'a self, command: Command<'a>) -> Command<'a>;
}

impl<K: ToArg, I: ToArg> StreamOffsets for (K, I) {
    fn add_streams<'a>(&'a self, command: Command<'a>) -> Command<'a> {
        command.key(&self.0)
    }

    fn add_ids<'a>(&'a self, command: Command<'a>) -> Command<'a> {
        command.arg(&self.1)
    }
}

macro_rules! many_streams {
    ($([$($generic:tt)*] $type:ty),* $(,)?) => { $(
        impl<K: ToArg, I: ToArg, $($generic)*> StreamOffsets for $type {
            #[inline]
            fn add_streams<'a>(&'a self, command: Command<'a>) -> Command<'a> {
                self.iter().fold(command, |command, pair| command.key(stream(pair)))
            }

            #[inline]
            fn add_ids<'a>(&'a self, command: Command<'a>) -> Command<'a> {
                self.iter().fold(command, |command, pair| command.arg(id(pair)))
            }
        }
    )* };
}

many_streams! {
    [] [(K, I)], [] Vec<(K, I)>, [const N: usize] [(K, I); N], [S] HashMap<K, I, S>, [] BTreeMap<K, I>
}

impl<T: StreamOffsets + ?Sized> StreamOffsets for &T {
    fn add_streams<'a>(&'a self, command: Command<'a>) -> Command<'a> {
        (**self).add_streams(command)
    }

    fn add_ids<'a>(&'a self, command: Command<'a>) -> Command<'a> {
        (**self).add_ids(command)
    }
}

/// Lists iterate over references to pairs, maps over pairs of references.
trait Pair<'a, K, I> {
    fn split(self) -> (&'a K, &'a I);
}

impl<'a, K, I> Pair<'a, K, I> for &'a (K, I) {
    fn split(self) -> (&'a K, &'a I) {
        (&self.0, &self.1)
    }
}

impl<'a, K, I> Pair<'a, K, I> for (&'a K, &'a I) {
    fn split(self) -> Self {
        self
    }
}

fn stream<'a, K: 'a, I: 'a>(pair: impl Pair<'a, K, I>) -> &'a K {
    pair.split().0
}

fn id<'a, K: 'a, I: 'a>(pair: impl Pair<'a, K, I>) -> &'a I {
    pair.split().1
}

/// To what a stream is trimmed, exactly: by length or by the least id that stays.
///
/// # Example
///
/// ```
/// use redis_sync::{StreamTrim, XAddOptions};
///
/// let options = XAddOptions::new().trim(StreamTrim::max_length(1000).approximately().limit(100));
/// ```
///
/// A limit on exact trimming is refused by Redis, and does not compile:
///
/// ```compile_fail,E0599
/// redis_sync::StreamTrim::max_length(1000).limit(100);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct StreamTrim(Bound);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    MaxLength(u64),
    MinId(StreamId),
}

impl StreamTrim {
    /// The oldest entries go until so many are left (`MAXLEN`).
    #[inline]
    pub fn max_length(entries: u64) -> Self {
        Self(Bound::MaxLength(entries))
    }

    /// Entries with a lesser id go (`MINID`).
    #[inline]
    pub fn min_id(id: StreamId) -> Self {
        Self(Bound::MinId(id))
    }

    /// Only as far as it costs little; some more may stay (`~`).
    #[inline]
    pub fn approximately(self) -> ApproximateTrim {
        ApproximateTrim { trim: self, limit: None }
    }
}

/// To about what a stream is trimmed; made by [`StreamTrim::approximately`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct ApproximateTrim {
    trim: StreamTrim,
    limit: Option<u64>,
}

impl ApproximateTrim {
    /// How many entries may go at once. Default: a hundred times what one node of the stream holds.
    #[inline]
    pub fn limit(mut self, entries: u64) -> Self {
        self.limit = Some(entries);
        self
    }
}

/// Either kind of trimming.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trim {
    Exact(StreamTrim),
    Approximate(ApproximateTrim),
}

/// A way to trim, made from either type by `into`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnyTrim(Trim);

impl From<StreamTrim> for AnyTrim {
    #[inline]
    fn from(trim: StreamTrim) -> Self {
        Self(Trim::Exact(trim))
    }
}

impl From<ApproximateTrim> for AnyTrim {
    #[inline]
    fn from(trim: ApproximateTrim) -> Self {
        Self(Trim::Approximate(trim))
    }
}

impl ToArgs for AnyTrim {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        let (StreamTrim(bound), approximate, limit) = match &self.0 {
            Trim::Exact(trim) => (trim, false, &None),
            Trim::Approximate(ApproximateTrim { trim, limit }) => (trim, true, limit),
        };
        command.push(match bound {
            Bound::MaxLength(_) => b"MAXLEN",
            Bound::MinId(_) => b"MINID",
        });
        command.push(if approximate { b"~" } else { b"=" });
        match bound {
            Bound::MaxLength(entries) => entries.to_arg(command),
            Bound::MinId(id) => id.to_arg(command),
        }
        if let Some(limit) = limit {
            command.push(b"LIMIT");
            limit.to_arg(command);
        }
    }
}

/// The options of [`xadd_with`](crate::StreamCommands::xadd_with) and
/// [`xadd_existing`](crate::StreamCommands::xadd_existing).
///
/// An entry has one kind of id: of [`id`](Self::id), [`millisecond`](Self::millisecond),
/// [`idempotent`](Self::idempotent) and [`idempotent_auto`](Self::idempotent_auto) the last one called holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct XAddOptions {
    id: NewId,
    trim: Option<AnyTrim>,
    references: Option<ReferencePolicy>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum NewId {
    #[default]
    Next,
    InMillisecond(u64),
    Exactly(StreamId),
    Once {
        producer: Vec<u8>,
        id: Option<Vec<u8>>,
    },
}

impl XAddOptions {
    /// The server makes the id, and nothing is trimmed.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// The id, which must be greater than all before. Default: the server makes it from its clock.
    #[inline]
    pub fn id(mut self, id: StreamId) -> Self {
        self.id = NewId::Exactly(id);
        self
    }

    /// The first part of the id, milliseconds since 1970; the server makes the second (7.0.0).
    #[inline]
    pub fn millisecond(mut self, millisecond: u64) -> Self {
        self.id = NewId::InMillisecond(millisecond);
        self
    }

    /// Adds nothing if this producer has added an entry under this idempotent id already, as far as the
    /// stream [remembers](crate::StreamCommands::xcfgset); the reply is that entry's id then (`IDMP`, 8.6.0).
    pub fn idempotent(mut self, producer: impl AsRef<[u8]>, id: impl AsRef<[u8]>) -> Self {
        let (producer, id) = (producer.as_ref().to_vec(), Some(id.as_ref().to_vec()));
        self.id = NewId::Once { producer, id };
        self
    }

    /// The same under an id that the server makes of the fields and values (`IDMPAUTO`, 8.6.0).
    pub fn idempotent_auto(mut self, producer: impl AsRef<[u8]>) -> Self {
        self.id = NewId::Once { producer: producer.as_ref().to_vec(), id: None };
        self
    }

    /// To what the stream is trimmed afterwards. Default: not at all.
    pub fn trim(mut self, trim: impl Into<AnyTrim>) -> Self {
        self.trim = Some(trim.into());
        self
    }

    /// What becomes of references to entries that are trimmed (8.2.0). Default: they stay.
    #[inline]
    pub fn references(mut self, policy: ReferencePolicy) -> Self {
        self.references = Some(policy);
        self
    }
}

impl ToArgs for XAddOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        self.references.to_args(command);
        if let NewId::Once { producer, id } = &self.id {
            command.push(if id.is_some() { b"IDMP".as_slice() } else { b"IDMPAUTO" });
            producer.to_arg(command);
            id.to_args(command);
        }
        self.trim.to_args(command);
        match &self.id {
            NewId::Next | NewId::Once { .. } => command.push(b"*"),
            NewId::InMillisecond(millisecond) => {
                command.push(format!("{millisecond}-*").as_bytes())
            }
            NewId::Exactly(id) => id.to_arg(command),
        }
    }
}

/// The options of [`xrange_with`](crate::StreamCommands::xrange_with) and
/// [`xrevrange_with`](crate::StreamCommands::xrevrange_with).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct XRangeOptions {
    count: Option<u64>,
}

impl XRangeOptions {
    /// All entries of the range.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many entries at most. Default: all.
    #[inline]
    pub fn count(mut self, entries: u64) -> Self {
        self.count = Some(entries);
        self
    }

    /// How many entries of a walk are asked for at once, if it was said.
    #[inline]
    pub(crate) fn page(&self) -> Option<u64> {
        self.count
    }
}

impl ToArgs for XRangeOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        count_to_args(&self.count, command);
    }
}

/// The options of [`xread_with`](crate::StreamCommands::xread_with).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct XReadOptions {
    count: Option<u64>,
    block: Option<Duration>,
}

impl XReadOptions {
    /// All that is there, without waiting.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many entries of each stream at most. Default: all.
    #[inline]
    pub fn count(mut self, entries: u64) -> Self {
        self.count = Some(entries);
        self
    }

    /// How long to wait for an entry, counted in milliseconds; [`Duration::ZERO`] is for ever. Default: not
    /// at all.
    #[inline]
    pub fn block(mut self, timeout: Duration) -> Self {
        self.block = Some(timeout);
        self
    }

    /// Whether the command waits.
    #[inline]
    pub(crate) fn blocking(&self) -> Block {
        self.block.map_or(Block::No, Block::within)
    }
}

impl ToArgs for XReadOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        count_to_args(&self.count, command);
        if let Some(timeout) = self.block {
            command.push(b"BLOCK");
            let millis = Millis(timeout).count(command);
            command.push_integer(false, millis);
        }
    }
}

/// The options of [`xreadgroup_with`](crate::StreamCommands::xreadgroup_with) and
/// [`xreadgroup_claim_with`](crate::StreamCommands::xreadgroup_claim_with).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct XReadGroupOptions {
    read: XReadOptions,
    no_ack: bool,
}

impl XReadGroupOptions {
    /// All that is there, without waiting, to be acknowledged.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many entries of each stream at most. Default: all.
    #[inline]
    pub fn count(mut self, entries: u64) -> Self {
        self.read = self.read.count(entries);
        self
    }

    /// How long to wait for an entry, counted in milliseconds; [`Duration::ZERO`] is for ever. Default: not
    /// at all.
    #[inline]
    pub fn block(mut self, timeout: Duration) -> Self {
        self.read = self.read.block(timeout);
        self
    }

    /// The entries count as acknowledged once they are delivered (`NOACK`). Default: no.
    #[inline]
    pub fn no_ack(mut self) -> Self {
        self.no_ack = true;
        self
    }

    /// Whether the command waits.
    #[inline]
    pub(crate) fn blocking(&self) -> Block {
        self.read.blocking()
    }
}

impl ToArgs for XReadGroupOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        self.read.to_args(command);
        if self.no_ack {
            command.push(b"NOACK");
        }
    }
}

/// The options of [`xgroup_create_with`](crate::StreamCommands::xgroup_create_with).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct XGroupCreateOptions {
    make_stream: bool,
    entries_read: Option<u64>,
}

impl XGroupCreateOptions {
    /// On a stream that exists.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes an empty stream where there is none (`MKSTREAM`). Default: that is an error.
    #[inline]
    pub fn make_stream(mut self) -> Self {
        self.make_stream = true;
        self
    }

    /// How many entries the group is taken to have read, for its lag (7.0.0). Default: unknown.
    #[inline]
    pub fn entries_read(mut self, entries: u64) -> Self {
        self.entries_read = Some(entries);
        self
    }
}

impl ToArgs for XGroupCreateOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        if self.make_stream {
            command.push(b"MKSTREAM");
        }
        if let Some(entries) = &self.entries_read {
            command.push(b"ENTRIESREAD");
            entries.to_arg(command);
        }
    }
}

/// The options of [`xautoclaim_with`](crate::StreamCommands::xautoclaim_with) and
/// [`xautoclaim_justid_with`](crate::StreamCommands::xautoclaim_justid_with).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct XAutoClaimOptions {
    count: Option<u64>,
}

impl XAutoClaimOptions {
    /// As many as the server finds good: 100.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many entries at most. Default: 100.
    #[inline]
    pub fn count(mut self, entries: u64) -> Self {
        self.count = Some(entries);
        self
    }
}

impl ToArgs for XAutoClaimOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        count_to_args(&self.count, command);
    }
}

#[inline]
fn count_to_args<'a>(count: &'a Option<u64>, command: &mut Command<'a>) {
    if let Some(count) = count {
        if *count == 0 {
            command.reject(Error::argument("a count of 0 asks for nothing"));
        }
        command.push(b"COUNT");
        count.to_arg(command);
    }
}
