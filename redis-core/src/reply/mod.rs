//! Replies: reading them, and turning them into Rust values.
//!
//! This module decides how a wire value becomes a Rust value and what is an error in it. It does not
//! decide where a reply ends ([`resp`](crate::resp)).

mod bulk_string;
mod collections;
mod display;
mod from_reply;
mod rest;
mod scalars;
mod shape;
mod text;
mod time;
mod value;

pub use bulk_string::BulkString;
pub(crate) use display::Quoted;
pub use from_reply::FromReply;
pub(crate) use rest::Rest;
pub use shape::Shape;
pub use value::Value;

use crate::error::{Error, Result};
use crate::resp::{Frame, Kind, Node, Tape};
use bytes::Bytes;

/// A reply, or a part of one, to be read: a view that copies nothing.
#[derive(Clone, Copy)]
pub struct Reply<'f> {
    bytes: &'f [u8],
    owner: Option<&'f Bytes>,
    tape: &'f [Node],
    /// Where its attributes begin; `at` if it has none.
    first: u32,
    at: u32,
}

impl<'f> Reply<'f> {
    /// Nil, as a reply that is nowhere: what a field is read from that the server did not send.
    pub(crate) const NIL: Reply<'static> =
        Reply { bytes: &[], owner: None, tape: &[], first: 0, at: 0 };

    /// The root of a tape. `owner`, where there is one, is what `bytes` lies in, so that values can
    /// share it instead of being copied.
    #[inline]
    pub fn new(bytes: &'f [u8], owner: Option<&'f Bytes>, tape: &'f [Node]) -> Self {
        Self { bytes, owner, tape, first: 0, at: 0 }.past_attributes()
    }

    /// A value alone, without attributes.
    #[inline]
    pub(crate) fn alone(bytes: &'f [u8], node: &'f Node) -> Self {
        Self { bytes, owner: None, tape: std::slice::from_ref(node), first: 0, at: 0 }
    }

    #[inline]
    fn past_attributes(mut self) -> Self {
        self.first = self.at;
        while let Some(node) = self.tape.get(self.at as usize) {
            if node.kind != Kind::Attribute {
                break;
            }
            self.at = node.next;
        }
        self
    }

    #[inline]
    fn node(&self) -> Node {
        const NOTHING: Node = Node { kind: Kind::Nil, start: 0, length: 0, next: u32::MAX };
        self.tape.get(self.at as usize).copied().unwrap_or(NOTHING)
    }

    /// Its type.
    #[inline]
    pub fn kind(&self) -> Kind {
        self.node().kind
    }

    /// Whether it is nil.
    #[inline]
    pub fn is_nil(&self) -> bool {
        self.kind() == Kind::Nil
    }

    /// The text of a scalar as it stands on the wire; empty for aggregates and nil.
    #[inline]
    pub fn raw(&self) -> &'f [u8] {
        let node = self.node();
        if node.kind.is_aggregate() {
            return &[];
        }
        let start = node.start as usize;
        self.bytes.get(start..start.saturating_add(node.length as usize)).unwrap_or(&[])
    }

    /// The three letters before a verbatim string's text (`txt`, `mkd`), if it is one.
    pub fn verbatim_format(&self) -> Option<&'f [u8]> {
        let node = self.node();
        let start = node.start as usize;
        (node.kind == Kind::VerbatimString)
            .then(|| self.bytes.get(start.checked_sub(4)?..start.checked_sub(1)?))
            .flatten()
    }

    /// The server's error, if it is one.
    #[inline]
    pub fn error(&self) -> Option<Error> {
        self.kind().is_error().then(|| Error::server(self.raw()))
    }

    /// The text of a scalar; of a boolean `1` or `0`, as RESP2 would have it.
    ///
    /// # Errors
    ///
    /// The server's error if it is one; a conversion error for nil and aggregates, saying that
    /// `wanted` was wanted.
    #[inline]
    pub fn scalar(&self, wanted: &str) -> Result<&'f [u8]> {
        match self.kind() {
            Kind::BulkString
            | Kind::SimpleString
            | Kind::Integer
            | Kind::Double
            | Kind::BigNumber
            | Kind::VerbatimString => Ok(self.raw()),
            Kind::Boolean if self.raw() == b"t" => Ok(b"1"),
            Kind::Boolean => Ok(b"0"),
            _ => Err(self.mismatch(wanted)),
        }
    }

    /// The text of a scalar as shared bytes: without a copy where it is worth sharing the buffer.
    ///
    /// # Errors
    ///
    /// As [`scalar`](Self::scalar).
    #[inline]
    pub fn shared(&self, wanted: &str) -> Result<Bytes> {
        /// A small value would keep its whole read buffer alive: up to here a copy is cheaper.
        const WORTH_SHARING: usize = 4096;
        let text = self.scalar(wanted)?;
        Ok(match self.owner {
            Some(owner) if text.len() >= WORTH_SHARING => owner.slice_ref(text),
            _ => Bytes::copy_from_slice(text),
        })
    }

    /// Where the text of a scalar begins in the reply's bytes, and how long it is.
    #[inline]
    pub(crate) fn place(&self) -> Option<(u32, u32)> {
        let node = self.node();
        let has_text = !node.kind.is_aggregate() && node.kind != Kind::Nil && !node.kind.is_error();
        has_text.then_some((node.start, node.length))
    }

    /// Why this is not what was wanted: the server's error, an unexpected nil, or another type, with
    /// its size and never with its text.
    #[cold]
    pub fn mismatch(&self, wanted: &str) -> Error {
        match self.kind() {
            Kind::SimpleError | Kind::BulkError => Error::server(self.raw()),
            Kind::Nil => Error::unexpected_nil(wanted),
            kind if kind.is_aggregate() => Error::conversion(
                wanted,
                format_args!("{} of {} elements", kind.name(), self.node().length),
            ),
            kind @ (Kind::BulkString | Kind::SimpleString | Kind::VerbatimString) => {
                let size = self.raw().len();
                Error::conversion(wanted, format_args!("{} of {size} bytes", kind.name()))
            }
            kind => Error::conversion(wanted, kind.name()),
        }
    }

    /// The elements of an array, set or push; of a map its keys and values in turn.
    ///
    /// # Errors
    ///
    /// The server's error if it is one; a conversion error for nil and scalars.
    #[inline]
    pub fn items(&self) -> Result<Items<'f>> {
        let node = self.node();
        match node.kind {
            Kind::Array | Kind::Set | Kind::Push | Kind::Map => {
                Ok(Items { reply: *self, next: self.at.wrapping_add(1), left: node.children() })
            }
            _ => Err(self.mismatch("array")),
        }
    }

    /// The entries of a map. An array of pairs is one too, and so is an array of even length whose
    /// first element is no aggregate (a script's, or a module's on RESP2).
    ///
    /// # Errors
    ///
    /// The server's error if it is one; a conversion error for nil, scalars and other arrays.
    #[inline]
    pub fn entries(&self) -> Result<Entries<'f>> {
        let Ok(items) = self.items() else { return Err(self.mismatch("map")) };
        let first = items.clone().next();
        let paired = self.kind() != Kind::Map && first.is_some_and(|first| first.is_pair());
        if paired && items.clone().all(|item| item.is_pair()) {
            return Ok(Entries { items, paired, further: 0 });
        }
        if items.left % 2 == 0 {
            return Ok(Entries { items, paired: false, further: 0 });
        }
        Err(self.mismatch("map"))
    }

    fn is_pair(&self) -> bool {
        self.kind() == Kind::Array && self.node().length == 2
    }

    /// What the server said about this value besides: the entries of its RESP3 attributes, of all sets
    /// of them where there are several.
    pub fn attributes(&self) -> Option<Entries<'f>> {
        let mut further = 0_u32;
        let mut set = self.first;
        while let Some(node) = self.tape.get(set as usize).filter(|_| set < self.at) {
            further = further.saturating_add(node.children());
            set = node.next;
        }
        let items = Items { reply: Reply { at: self.first, ..*self }, next: self.first, left: 0 };
        (self.first != self.at).then_some(Entries { items, paired: false, further })
    }

    /// Whether it is a whole reply, not a part of one.
    #[inline]
    pub(crate) fn is_whole(&self) -> bool {
        self.first == 0
    }

    /// This part of the reply, attributes included, as a reply of its own; bytes are shared where
    /// they can be.
    pub(crate) fn to_frame(self) -> Frame {
        let (bytes, owner, tape) = self.cut_out();
        let bytes = match owner {
            Some(owner) => owner.slice_ref(bytes),
            None => Bytes::copy_from_slice(bytes),
        };
        Frame::new(bytes, tape)
    }

    /// This part of the reply, attributes included: its bytes, what they lie in, and a tape of its own.
    pub(crate) fn cut_out(self) -> (&'f [u8], Option<&'f Bytes>, Tape) {
        let nodes = self.tape.get(self.first as usize..self.node().next as usize);
        let nodes = nodes.unwrap_or_default();
        let texts = nodes.iter().filter(|node| !node.kind.is_aggregate() && node.kind != Kind::Nil);
        // a verbatim string's format stands before its text
        let head = |node: &Node| if node.kind == Kind::VerbatimString { 4 } else { 0 };
        let from =
            texts.clone().map(|node| node.start.saturating_sub(head(node))).min().unwrap_or(0);
        let to = texts.map(|node| node.start.saturating_add(node.length)).max().unwrap_or(from);
        let bytes = self.bytes.get(from as usize..to as usize).unwrap_or_default();
        let moved = |node: &Node| Node {
            start: node.start.saturating_sub(from),
            next: node.next.saturating_sub(self.first),
            ..*node
        };
        let tape = match nodes {
            [node] => Tape::One(moved(node)),
            _ => Tape::Many(nodes.iter().map(moved).collect()),
        };
        (bytes, self.owner, tape)
    }
}

impl std::fmt::Debug for Reply<'_> {
    /// The type alone: a reply's content is the user's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reply({})", self.kind().name())
    }
}

/// The elements of an aggregate; see [`Reply::items`].
#[derive(Clone, Debug)]
pub struct Items<'f> {
    reply: Reply<'f>,
    next: u32,
    left: u32,
}

impl<'f> Items<'f> {
    /// The element whose attributes begin here.
    #[cold]
    fn after_attributes(&mut self, item: Reply<'f>) -> Reply<'f> {
        let item = item.past_attributes();
        self.next = item.node().next;
        item
    }
}

impl<'f> Iterator for Items<'f> {
    type Item = Reply<'f>;

    #[inline]
    fn next(&mut self) -> Option<Reply<'f>> {
        self.left = self.left.checked_sub(1)?;
        let at = self.next;
        let item = Reply { first: at, at, ..self.reply };
        let node = item.node();
        if node.kind == Kind::Attribute {
            return Some(self.after_attributes(item));
        }
        self.next = node.next;
        Some(item)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left as usize, Some(self.left as usize))
    }
}

impl ExactSizeIterator for Items<'_> {}

/// The entries of a map; see [`Reply::entries`].
#[derive(Clone, Debug)]
pub struct Entries<'f> {
    items: Items<'f>,
    /// Whether each item is an entry, rather than every two.
    paired: bool,
    /// Items in further sets of attributes, the next of which stands where the items end.
    further: u32,
}

impl Entries<'_> {
    /// Goes on to the next set of attributes that has any.
    #[cold]
    fn begin_set(&mut self) {
        let items = &mut self.items;
        while let Some(set) = items.reply.tape.get(items.next as usize) {
            items.next = items.next.wrapping_add(1);
            items.left = set.children();
            self.further = self.further.saturating_sub(items.left);
            if items.left > 0 {
                break;
            }
        }
    }
}

impl<'f> Iterator for Entries<'f> {
    type Item = (Reply<'f>, Reply<'f>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.items.left == 0 && self.further > 0 {
            self.begin_set();
        }
        if self.paired {
            let mut pair = self.items.next()?.items().ok()?;
            return Some((pair.next()?, pair.next()?));
        }
        Some((self.items.next()?, self.items.next()?))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let items = self.items.len().saturating_add(self.further as usize);
        let entries = if self.paired { items } else { items / 2 };
        (entries, Some(entries))
    }
}

impl ExactSizeIterator for Entries<'_> {}

#[cfg(test)]
mod tests;
