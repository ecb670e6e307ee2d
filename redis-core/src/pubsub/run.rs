//! Messages that were read together, and lie in the same bytes.
//!
//! As long as nobody has asked for it, a message is no more than where its parts lie: to take them out of what they
//! share, and to let go of that again, costs more than all else that happens to a message on its way.

use super::{Message, SubscriptionKind};
use crate::reply::BulkString;
use bytes::Bytes;
use std::fmt;

/// What a message takes in a queue besides its text.
const OVERHEAD: usize = 128;

/// A stretch of bytes.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) length: u32,
}

impl Span {
    #[inline]
    pub(super) fn of(self, bytes: &[u8]) -> &[u8] {
        let start = self.start as usize;
        bytes.get(start..start.saturating_add(self.length as usize)).unwrap_or_default()
    }

    #[inline]
    fn shared(self, bytes: &Bytes) -> BulkString {
        let start = self.start as usize;
        BulkString::from(bytes.slice(start..start.saturating_add(self.length as usize)))
    }
}

/// Where the parts of a message lie.
#[derive(Clone, Copy)]
pub(super) struct Placement {
    pub(super) kind: SubscriptionKind,
    pub(super) pattern: Option<Span>,
    pub(super) channel: Span,
    pub(super) payload: Span,
}

impl Placement {
    /// The same, so many bytes further on, if that can be told in 32 bits.
    #[inline]
    pub(super) fn behind(&self, offset: usize) -> Option<Self> {
        let offset = u32::try_from(offset).ok()?;
        let moved = |span: Span| {
            let start = span.start.checked_add(offset)?;
            start.checked_add(span.length)?;
            Some(Span { start, ..span })
        };
        let pattern = match self.pattern {
            Some(pattern) => Some(moved(pattern)?),
            None => None,
        };
        let (channel, payload) = (moved(self.channel)?, moved(self.payload)?);
        Some(Self { kind: self.kind, pattern, channel, payload })
    }

    /// What was subscribed to: the pattern if there is one, else the channel.
    #[inline]
    pub(super) fn subscribed(&self) -> Span {
        self.pattern.unwrap_or(self.channel)
    }

    /// What the message counts for in a queue that is bounded in bytes.
    #[inline]
    pub(super) fn weight(&self) -> usize {
        OVERHEAD.saturating_add(self.text())
    }

    /// Bytes of text.
    #[inline]
    fn text(&self) -> usize {
        let pattern = self.pattern.map_or(0, |pattern| pattern.length as usize);
        let channel = self.channel.length as usize;
        pattern.saturating_add(channel).saturating_add(self.payload.length as usize)
    }

    #[inline]
    fn message(&self, bytes: &Bytes) -> Message {
        Message {
            kind: self.kind,
            pattern: self.pattern.map(|pattern| pattern.shared(bytes)),
            channel: self.channel.shared(bytes),
            payload: self.payload.shared(bytes),
        }
    }
}

/// Messages that lie in the same bytes, in the order in which they came.
#[derive(Clone, Default)]
pub struct Run {
    /// What was read, shared with whoever else was sent a part of it.
    bytes: Bytes,
    /// Copies, of this run alone, that are to be `bytes` when somebody asks for a message.
    copies: Option<Vec<u8>>,
    places: Vec<Placement>,
    /// So many of them are gone.
    gone: usize,
    /// What those that are left count for.
    weight: usize,
}

impl Run {
    #[inline]
    pub(super) fn new(bytes: Bytes, places: Vec<Placement>) -> Self {
        let weight = weight(&places);
        Self { bytes, copies: None, places, gone: 0, weight }
    }

    /// The next messages, once more.
    #[inline]
    pub(super) fn part(&mut self, count: usize) -> Self {
        let bytes = self.bytes().clone();
        Self::new(bytes, self.next(count).to_vec())
    }

    /// The same, copied, with room for so many bytes of text at least.
    #[inline]
    pub(super) fn copies_of(&self, count: usize, room: usize) -> Self {
        let length = text(self.next(count)).max(room);
        let mut run = Self { copies: Some(Vec::with_capacity(length)), ..Self::default() };
        run.add_copies(self, count);
        run
    }

    /// Adds the next messages of another, if both lie in the same bytes.
    #[inline]
    pub(super) fn add(&mut self, other: &mut Self, count: usize) -> bool {
        let (bytes, others) = (&self.bytes, other.bytes());
        // both are alive, so that nothing else can be there
        let same = self.copies.is_none()
            && bytes.as_ptr() == others.as_ptr()
            && bytes.len() == others.len();
        if same {
            let places = other.next(count);
            self.places.extend_from_slice(places);
            self.weight = self.weight.saturating_add(weight(places));
        }
        same
    }

    /// Adds copies of the next messages of another, if it is a run of such and has room for them.
    #[inline]
    pub(super) fn add_copies(&mut self, other: &Self, count: usize) -> bool {
        let Some(copies) = &mut self.copies else { return false };
        let (bytes, places) = (other.text(), other.next(count));
        let end = copies.len().saturating_add(text(places));
        if end > copies.capacity() || u32::try_from(end).is_err() {
            return false;
        }
        let mut moved = |span: Span| {
            let start = u32::try_from(copies.len()).unwrap_or(u32::MAX);
            copies.extend_from_slice(span.of(bytes));
            Span { start, length: span.length }
        };
        self.places.extend(places.iter().map(|place| Placement {
            kind: place.kind,
            pattern: place.pattern.map(&mut moved),
            channel: moved(place.channel),
            payload: moved(place.payload),
        }));
        self.weight = self.weight.saturating_add(weight(places));
        true
    }

    /// How many messages there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.places.len().saturating_sub(self.gone)
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.gone >= self.places.len()
    }

    /// What its messages count for.
    #[inline]
    pub(super) fn weight(&self) -> usize {
        self.weight
    }

    /// Where its messages lie.
    #[inline]
    pub(super) fn places(&self) -> &[Placement] {
        self.places.get(self.gone..).unwrap_or_default()
    }

    /// How many of the next messages came one after the other under one name.
    #[inline]
    pub(super) fn stretch(&self) -> usize {
        let text = self.text();
        let Some((kind, name)) = self.name() else { return 0 };
        let same = |it: &&Placement| it.kind == kind && it.subscribed().of(text) == name;
        self.places().iter().take_while(same).count()
    }

    /// What the next message came under.
    #[inline]
    pub(super) fn name(&self) -> Option<(SubscriptionKind, &[u8])> {
        let first = self.places().first()?;
        Some((first.kind, first.subscribed().of(self.text())))
    }

    #[inline]
    fn text(&self) -> &[u8] {
        self.copies.as_deref().unwrap_or(&self.bytes)
    }

    #[inline]
    fn next(&self, count: usize) -> &[Placement] {
        let places = self.places();
        places.get(..count).unwrap_or(places)
    }

    /// What its messages lie in.
    #[inline]
    fn bytes(&mut self) -> &Bytes {
        if let Some(copies) = self.copies.take() {
            self.bytes = Bytes::from(copies);
        }
        &self.bytes
    }

    /// The next message.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<Message> {
        let place = *self.places.get(self.gone)?;
        self.gone = self.gone.saturating_add(1);
        self.weight = self.weight.saturating_sub(place.weight());
        Some(place.message(self.bytes()))
    }

    /// Leaves out the next messages; what they count for.
    #[inline]
    pub(super) fn skip(&mut self, count: usize) -> usize {
        let skipped = self.next(count);
        let (count, weight) = (skipped.len(), weight(skipped));
        self.gone = self.gone.saturating_add(count);
        self.weight = self.weight.saturating_sub(weight);
        weight
    }
}

#[inline]
fn text(places: &[Placement]) -> usize {
    places.iter().map(Placement::text).fold(0, usize::saturating_add)
}

#[inline]
fn weight(places: &[Placement]) -> usize {
    places.iter().map(Placement::weight).fold(0, usize::saturating_add)
}

/// A message that was not read from a connection, which limits its length: copied.
impl From<Message> for Run {
    #[inline]
    fn from(message: Message) -> Self {
        let mut text = Vec::new();
        let mut placed = |part: &BulkString| {
            let start = u32::try_from(text.len()).unwrap_or(u32::MAX);
            text.extend_from_slice(part.as_bytes());
            Span { start, length: u32::try_from(part.len()).unwrap_or(u32::MAX) }
        };
        let pattern = message.pattern.as_ref().map(&mut placed);
        let (channel, payload) = (placed(&message.channel), placed(&message.payload));
        let place = Placement { kind: message.kind, pattern, channel, payload };
        Self::new(Bytes::from(text), vec![place])
    }
}

impl fmt::Debug for Run {
    /// Number and weight: what was published is the user's.
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Run({} messages, {} bytes)", self.len(), self.weight)
    }
}
