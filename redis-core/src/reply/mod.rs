//! Replies: reading them, and turning them into Rust values.
//!
//! This module decides how a wire value becomes a Rust value and what is an error in it. It does not
//! decide where a reply ends ([`resp`](crate::resp)).

mod bulk_string;
mod collections;
mod display;
mod from_reply;
mod scalars;
mod shape;
mod value;

pub use bulk_string::BulkString;
pub use from_reply::FromReply;
pub use shape::Shape;
pub use value::Value;

use crate::error::{Error, Result};
use crate::resp::{Kind, Node};
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

    /// The text of a scalar.
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
            | Kind::Boolean
            | Kind::BigNumber
            | Kind::VerbatimString => Ok(self.raw()),
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

    /// Why this is not what was wanted: the server's error, an unexpected nil, or another type.
    #[cold]
    pub fn mismatch(&self, wanted: &str) -> Error {
        match self.kind() {
            Kind::SimpleError | Kind::BulkError => Error::server(self.raw()),
            Kind::Nil => Error::unexpected_nil(wanted),
            kind if kind.is_aggregate() => Error::conversion(
                wanted,
                format_args!("{} of {} elements", kind.name(), self.node().length),
            ),
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

    /// The entries of a map. An array of even length (a script's, or a module's on RESP2) is one too.
    ///
    /// # Errors
    ///
    /// The server's error if it is one; a conversion error for nil, scalars and odd arrays.
    #[inline]
    pub fn entries(&self) -> Result<Entries<'f>> {
        match self.items() {
            Ok(items) if items.left % 2 == 0 => Ok(Entries(items)),
            _ => Err(self.mismatch("map")),
        }
    }

    /// What the server said about this value besides: the entries of its RESP3 attributes.
    pub fn attributes(&self) -> Option<Entries<'f>> {
        let node = self.tape.get(self.first as usize).filter(|_| self.first != self.at)?;
        Some(Entries(Items {
            reply: Reply { at: self.first, ..*self },
            next: self.first.wrapping_add(1),
            left: node.children(),
        }))
    }

    /// The bytes, tape and position, for a reply type that keeps the frame itself.
    pub(crate) fn parts(&self) -> (&'f [u8], Option<&'f Bytes>, &'f [Node], u32) {
        (self.bytes, self.owner, self.tape, self.at)
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

impl<'f> Iterator for Items<'f> {
    type Item = Reply<'f>;

    #[inline]
    fn next(&mut self) -> Option<Reply<'f>> {
        self.left = self.left.checked_sub(1)?;
        let item = Reply { at: self.next, ..self.reply }.past_attributes();
        self.next = item.node().next;
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
pub struct Entries<'f>(Items<'f>);

impl<'f> Iterator for Entries<'f> {
    type Item = (Reply<'f>, Reply<'f>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        Some((self.0.next()?, self.0.next()?))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let entries = self.0.len() / 2;
        (entries, Some(entries))
    }
}

impl ExactSizeIterator for Entries<'_> {}
