//! From the bytes of a connection to what they mean, without a copy of the payloads.

use super::run::{Placement, Span};
use super::{Action, Run, SubscriptionKind};
use crate::connection::Protocol;
use crate::error::{Error, ErrorKind, Result};
use crate::reply::Reply;
use crate::resp::{Frame, Framed, Framer, Kind, Limits};
use bytes::{Bytes, BytesMut};
use finder::Finder;

mod finder;

/// What a connection that is dedicated to subscriptions says.
#[derive(Debug)]
#[non_exhaustive]
pub enum Incoming {
    /// Messages, at least one.
    Messages(Run),
    /// A subscription began or ended.
    Confirmed {
        /// Which of the two.
        action: Action,
        /// What the name is one of.
        kind: SubscriptionKind,
        /// The name; none where everything was unsubscribed from and nothing was subscribed to.
        name: Option<Bytes>,
    },
    /// The answer to a `PING`.
    Pong,
    /// The server refuses what was asked.
    Refused(Error),
    /// A push that has nothing to do with subscriptions; RESP3 alone has these.
    Push(Frame),
}

/// The least room that a read is usually given.
const LEAST_ROOM: usize = 4 * 1024;

/// The bytes that came, and what they are whole replies of.
#[derive(Debug)]
pub struct Intake {
    /// What came, the last reply perhaps in part.
    buffer: BytesMut,
    /// What was found to hold a whole reply: frozen, so that messages share it.
    chunk: Bytes,
    at: usize,
    framer: Framer,
    finder: Finder,
    usual: usize,
    pushes: bool,
}

impl Intake {
    /// An empty one. `usual` is how much room a read is given.
    #[inline]
    pub fn new(protocol: Protocol, limits: Limits, usual: usize) -> Self {
        Self {
            buffer: BytesMut::new(),
            chunk: Bytes::new(),
            at: 0,
            framer: Framer::new(limits),
            finder: Finder::new(protocol, limits),
            usual: usual.max(LEAST_ROOM),
            pushes: protocol == Protocol::Resp3,
        }
    }

    /// Bytes that were read elsewhere.
    #[inline]
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.buffer.capacity().saturating_sub(self.buffer.len()) < bytes.len() {
            self.buffer.reserve(bytes.len().max(self.usual));
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Where to read to: as much as is wanted, but no more than doubles what has arrived.
    #[inline]
    pub fn room(&mut self) -> &mut BytesMut {
        let held = self.buffer.len();
        // a quarter of what is usual is worth a new buffer: what waits in the socket is then fetched by fewer reads
        if self.buffer.capacity().saturating_sub(held) < self.usual / 4 {
            let wanted = self.framer.wants().saturating_sub(held).min(held);
            self.buffer.reserve(wanted.max(self.usual));
        }
        &mut self.buffer
    }

    /// What the next whole reply means, or as many next ones as are messages; none until more has come.
    ///
    /// # Errors
    ///
    /// What is no RESP, or no reply that such a connection has; it is then of no use any more.
    #[inline]
    pub fn take_next(&mut self) -> Result<Option<Incoming>> {
        if self.at >= self.chunk.len() && !self.framer.is_mid_frame() {
            self.freeze();
        }
        if self.at >= self.chunk.len() {
            if self.buffer.is_empty() {
                return Ok(None);
            }
            let Some(framed) = self.framer.frame(&self.buffer)? else { return Ok(None) };
            self.freeze();
            return self.take(framed).map(Some);
        }
        let (places, end) = self.finder.find(&self.chunk, self.at);
        if !places.is_empty() {
            self.at = end;
            return Ok(Some(Incoming::Messages(Run::new(self.chunk.clone(), places))));
        }
        let rest = self.chunk.get(self.at..).unwrap_or_default();
        match self.framer.frame(rest)? {
            Some(framed) => self.take(framed).map(Some),
            None => {
                // the beginning of the next reply, which the framer has seen already
                let rest = self.chunk.split_off(self.at.min(self.chunk.len()));
                self.chunk = Bytes::new();
                self.at = 0;
                self.feed(&rest);
                Ok(None)
            }
        }
    }

    /// What came is not added to any more.
    #[inline]
    fn freeze(&mut self) {
        self.chunk = self.buffer.split().freeze();
        self.at = 0;
    }

    #[inline]
    fn take(&mut self, framed: Framed) -> Result<Incoming> {
        let from = self.at;
        self.at = from.saturating_add(framed.length);
        let bytes = self.chunk.get(from..self.at).unwrap_or_default();
        let (reply, base) = match &framed.joined {
            Some(joined) => (Reply::new(joined, Some(joined), framed.tape.nodes()), None),
            None => (Reply::new(bytes, Some(&self.chunk), framed.tape.nodes()), Some(from)),
        };
        match read(reply, self.pushes) {
            Found::Message(place) => {
                self.framer.recycle(framed.tape);
                let run = match (framed.joined, base.and_then(|base| place.behind(base))) {
                    (None, Some(place)) => Run::new(self.chunk.clone(), vec![place]),
                    (None, None) => Run::new(self.chunk.slice_ref(bytes), vec![place]),
                    (Some(joined), _) => Run::new(joined, vec![place]),
                };
                Ok(Incoming::Messages(run))
            }
            Found::Known(incoming) => {
                self.framer.recycle(framed.tape);
                Ok(incoming)
            }
            Found::Push => {
                let bytes = framed.joined.unwrap_or_else(|| self.chunk.slice_ref(bytes));
                Ok(Incoming::Push(Frame::new(bytes, framed.tape)))
            }
            Found::Stray => Err(stray()),
        }
    }
}

enum Found {
    /// A message, placed from where the reply's bytes begin.
    Message(Placement),
    Known(Incoming),
    Push,
    Stray,
}

/// What a reply means. On RESP3 a push alone can be a message; on RESP2 it is an array, and so is the answer
/// to a `PING` while anything is subscribed to.
#[inline]
fn read(reply: Reply<'_>, pushes: bool) -> Found {
    let found = match reply.kind() {
        Kind::Push => return read_list(reply).unwrap_or(Found::Push),
        Kind::Array if !pushes => return read_list(reply).unwrap_or(Found::Stray),
        Kind::SimpleString | Kind::BulkString => Some(Incoming::Pong),
        _ => reply.error().map(Incoming::Refused),
    };
    found.map_or(Found::Stray, Found::Known)
}

#[inline]
fn read_list(reply: Reply<'_>) -> Option<Found> {
    use SubscriptionKind::{Channel, Pattern, Shard};
    let mut items = reply.items().ok()?;
    let word = items.next()?.scalar("").ok()?;
    let mut text = || items.next()?.place().map(|(start, length)| Span { start, length });
    let place = match word {
        b"message" => {
            Placement { kind: Channel, pattern: None, channel: text()?, payload: text()? }
        }
        b"pmessage" => {
            Placement { kind: Pattern, pattern: Some(text()?), channel: text()?, payload: text()? }
        }
        b"smessage" => Placement { kind: Shard, pattern: None, channel: text()?, payload: text()? },
        b"pong" => return Some(Found::Known(Incoming::Pong)),
        _ => {
            let (action, kind) = match word {
                b"subscribe" => (Action::Subscribe, Channel),
                b"psubscribe" => (Action::Subscribe, Pattern),
                b"ssubscribe" => (Action::Subscribe, Shard),
                b"unsubscribe" => (Action::Unsubscribe, Channel),
                b"punsubscribe" => (Action::Unsubscribe, Pattern),
                b"sunsubscribe" => (Action::Unsubscribe, Shard),
                _ => return None,
            };
            let name = items.next()?;
            let name = match name.is_nil() {
                true => None,
                false => Some(Bytes::copy_from_slice(name.scalar("").ok()?)),
            };
            return Some(Found::Known(Incoming::Confirmed { action, kind, name }));
        }
    };
    Some(Found::Message(place))
}

#[cold]
fn stray() -> Error {
    Error::new(
        ErrorKind::Protocol,
        "a reply arrived on the connection of the subscriptions that is none of theirs",
    )
}

#[cfg(test)]
mod tests;
