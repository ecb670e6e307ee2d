//! Finding where a reply ends, and what its parts are.
//!
//! One pass over the bytes, without recursion, that stops wherever they end and goes on there. Every
//! byte is looked at a bounded number of times, however the input is cut: within a line the search for
//! its end goes on where it stopped, and within a string of known length nothing is looked at.
//!
//! ```text
//!          first byte, line                     length known
//!  Value ───────────────────▶ Line complete ─────────────────▶ Body ──▶ settle
//!    ▲                             │ scalar, nil                          │
//!    │                             ├───────────────────────────▶ settle   │ the value counts in what
//!    │                             │ aggregate                            │ holds it; what is full closes
//!    └─────────────────────────────┴◀───────────────────────────◀─────────┘ and counts in turn
//! ```

use super::scalar::{Place, Scalar};
use super::streamed::Streamed;
use super::{Bound, Kind, Limits, Node, ProtocolError, Tape, number};
use bytes::Bytes;
use std::fmt;

/// A reply found at the beginning of the bytes.
#[non_exhaustive]
pub struct Framed {
    /// How many bytes it takes.
    pub length: usize,
    /// Its parts.
    pub tape: Tape,
    /// Bytes to use instead of the input's, where strings were streamed: the input's, then the joined
    /// chunks of each.
    pub joined: Option<Bytes>,
}

/// Finds replies in a growing buffer; resumes where it stopped.
///
/// # Example
///
/// ```
/// use redis_core::resp::{Framer, Limits};
/// use redis_core::{FromReply, Reply};
///
/// let mut framer = Framer::new(Limits::default());
/// assert!(framer.frame(b"*2\r\n:1\r\n$3\r\nab")?.is_none());
/// let bytes = b"*2\r\n:1\r\n$3\r\nabc\r\n:7\r\n";
/// let framed = framer.frame(bytes)?.expect("the rest has come");
/// assert_eq!(framed.length, 17);
///
/// let reply = Reply::new(&bytes[..framed.length], None, framed.tape.nodes());
/// assert_eq!(<(i64, String)>::from_reply(reply)?, (1, "abc".to_owned()));
/// # Ok::<(), redis_core::Error>(())
/// ```
#[derive(Default)]
pub struct Framer {
    limits: Limits,
    /// Where the value begins that is being read.
    at: usize,
    /// Up to where its line was searched for an end; no more than `at` if it was not.
    scanned: usize,
    /// A string the length of which is known, and not all the bytes of which have come.
    body: Option<Body>,
    nodes: Vec<Node>,
    open: Vec<Open>,
    streamed: Streamed,
    /// Whether attributes were read, and the value that they are about was not.
    owing: bool,
    /// How many bytes of an unfinished reply there were at the last look.
    seen: usize,
    failure: Option<ProtocolError>,
    #[cfg(test)]
    visited: usize,
}

#[derive(Clone, Copy, Debug)]
struct Body {
    kind: Kind,
    start: usize,
    length: usize,
}

/// An aggregate, not all elements of which have come.
#[derive(Clone, Copy, Debug)]
struct Open {
    kind: Kind,
    /// Its place on the tape.
    node: u32,
    /// How many elements are to come; of a streamed one, how many have come.
    count: u32,
    streamed: bool,
}

/// So many nodes the framer keeps for the next reply: what a large reply took beyond goes back.
const KEPT_NODES: usize = 16 * 1024;

impl Framer {
    /// A framer with these bounds.
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Looks for a whole reply at the beginning of `bytes`, which on each call begin with the same
    /// bytes as before, and more, until a reply was found; then with the byte after that reply.
    ///
    /// # Errors
    ///
    /// What makes the bytes no RESP; the connection is then of no use any more, and the framer
    /// repeats the error.
    #[inline]
    pub fn frame(&mut self, bytes: &[u8]) -> Result<Option<Framed>, ProtocolError> {
        if let Some((node, length)) = self.single(bytes) {
            return Ok(Some(Framed { length, tape: Tape::One(node), joined: None }));
        }
        self.go_on(bytes)
    }

    /// The reply at the beginning of `bytes` and its length, if it is one value and whole, as most are;
    /// whatever else is there is [`frame`](Self::frame)'s to find.
    #[inline]
    pub fn single(&self, bytes: &[u8]) -> Option<(Node, usize)> {
        let (kind, place) = self.scalar(bytes)?;
        let (start, length) = (place.start(), place.length());
        Some((Node { kind, start, length, next: 1 }, place.end()))
    }

    /// The same in two words, which are handed over in registers. A tape that was written field by field and is moved
    /// as a whole waits for the processor's stores, which takes as long as to find the value.
    fn scalar(&self, bytes: &[u8]) -> Option<(Kind, Place)> {
        if self.is_mid_frame() {
            return None;
        }
        let scalar = Scalar::whole(bytes, self.bulk_limit())?;
        let fits = scalar.end <= self.limits.frame_length() as usize;
        fits.then(|| (scalar.kind, Place::of(&scalar)))
    }

    /// Reads the replies at the beginning of `bytes` that are one value each, whole and of no more than
    /// `longest` bytes: most of what a pipeline is answered with. Stops after `most` of them, and at the
    /// first that is anything else, which is [`frame`](Self::frame)'s. Each is handed to `found`, placed
    /// from where `bytes` begin; returns how many bytes they take.
    #[inline]
    pub(crate) fn values(
        &self,
        bytes: &[u8],
        most: usize,
        longest: usize,
        mut found: impl FnMut(Node),
    ) -> usize {
        if self.is_mid_frame() {
            return 0;
        }
        let limit = self.bulk_limit();
        let longest = longest.min(self.limits.frame_length() as usize);
        // all positions fit into 32 bits
        let window = bytes.get(..u32::MAX as usize).unwrap_or(bytes);
        let mut at = 0_usize;
        for _ in 0..most {
            let scalar = window.get(at..).and_then(|rest| Scalar::whole(rest, limit));
            let Some(scalar) = scalar.filter(|scalar| scalar.end <= longest) else { break };
            found(place(&scalar, at, 1));
            at = at.wrapping_add(scalar.end);
        }
        at
    }

    /// Takes back the memory of a tape, for the next reply.
    #[inline]
    pub fn recycle(&mut self, tape: Tape) {
        if let Tape::Many(mut nodes) = tape {
            if !self.is_mid_frame()
                && nodes.capacity() > self.nodes.capacity()
                && nodes.capacity() <= KEPT_NODES
            {
                nodes.clear();
                self.nodes = nodes;
            }
        }
    }

    /// Whether a reply has begun and not ended.
    #[inline]
    pub fn is_mid_frame(&self) -> bool {
        self.seen > 0 || self.failure.is_some()
    }

    /// How many bytes the buffer must hold at least before another look can find more.
    #[inline]
    pub fn wants(&self) -> usize {
        match self.body {
            Some(body) => body.start.saturating_add(body.length).saturating_add(2),
            None => self.seen.saturating_add(1),
        }
    }

    // apart from what a scalar takes, which is most replies
    #[inline(never)]
    fn go_on(&mut self, bytes: &[u8]) -> Result<Option<Framed>, ProtocolError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let most = self.limits.frame_length() as usize;
        // all positions lie in here, so all of them fit into 32 bits
        let window = bytes.get(..most).unwrap_or(bytes);
        let outcome = self.advance(window).and_then(|complete| match complete {
            true => self.finish(window).map(Some),
            false if window.len() < bytes.len() => Err(self.too_long(bytes.len())),
            false => Ok(None),
        });
        match &outcome {
            Ok(Some(_)) => {}
            Ok(None) => self.seen = bytes.len(),
            Err(failure) => self.failure = Some(failure.clone()),
        }
        outcome
    }

    /// Reads on; whether the reply is complete.
    fn advance(&mut self, bytes: &[u8]) -> Result<bool, ProtocolError> {
        loop {
            let complete = if let Some(body) = self.body {
                let Some(complete) = self.end_body(bytes, body)? else { return Ok(false) };
                complete
            } else {
                if self.scanned <= self.at && !self.streamed.is_within() && self.run(bytes)? {
                    return Ok(true);
                }
                let Some(complete) = self.value(bytes)? else { return Ok(false) };
                complete
            };
            if complete {
                return Ok(true);
            }
        }
    }

    /// Reads the scalars that lie whole in the buffer, as elements of the innermost aggregate:
    /// most of what is ever read. Whether the reply is complete.
    #[inline]
    fn run(&mut self, bytes: &[u8]) -> Result<bool, ProtocolError> {
        let limit = self.bulk_limit();
        let Some(open) = self.open.last_mut().filter(|open| !open.streamed) else {
            return Ok(false);
        };
        let room = (self.limits.frame_elements() as usize).saturating_sub(self.nodes.len());
        let most = open.count.min(u32::try_from(room).unwrap_or(u32::MAX));
        let mut left = most;
        let mut at = self.at;
        while left > 0 {
            let Some(scalar) = bytes.get(at..).and_then(|rest| Scalar::whole(rest, limit)) else {
                break;
            };
            let next = narrow(self.nodes.len()).wrapping_add(1);
            self.nodes.push(place(&scalar, at, next));
            #[cfg(test)]
            {
                self.visited += scalar.end - scalar.length;
            }
            at = at.wrapping_add(scalar.end);
            left = left.wrapping_sub(1);
        }
        if left == most {
            return Ok(false);
        }
        self.at = at;
        self.owing = false;
        open.count = open.count.wrapping_sub(most.wrapping_sub(left));
        if open.count == 0 && !self.close() { self.settle() } else { Ok(false) }
    }

    /// Reads one value, or the line that begins one, of whatever type. `None` if more bytes are
    /// needed, else whether the reply is complete.
    fn value(&mut self, bytes: &[u8]) -> Result<Option<bool>, ProtocolError> {
        let Some(&first) = bytes.get(self.at) else { return Ok(None) };
        if self.streamed.is_within() && first != b';' {
            return Err(ProtocolError::MissingChunk { byte: first, offset: self.at });
        }
        match (first, Kind::from_byte(first)) {
            (_, Some(kind)) => {
                let Some((text, end)) = self.line(bytes)? else { return Ok(None) };
                self.typed(kind, text, end, bytes.len().saturating_sub(end))
            }
            (b';', None) if self.streamed.is_within() => {
                let Some((text, end)) = self.line(bytes)? else { return Ok(None) };
                self.chunk(text, end)
            }
            (b';', None) => Err(ProtocolError::UnexpectedChunk { offset: self.at }),
            (b'.', None) => {
                self.may_end()?;
                let Some((text, end)) = self.line(bytes)? else { return Ok(None) };
                if !text.is_empty() {
                    return Err(ProtocolError::UnexpectedEnd { offset: self.at });
                }
                self.end(end).map(Some)
            }
            (byte, None) => Err(ProtocolError::UnknownType { byte, offset: self.at }),
        }
    }

    /// The line that begins at the value's first byte: its text without that byte, and where the next
    /// line begins.
    fn line<'b>(&mut self, bytes: &'b [u8]) -> Result<Option<(&'b [u8], usize)>, ProtocolError> {
        let start = self.at.saturating_add(1);
        let from = self.scanned.max(start);
        let unseen = bytes.get(from..).unwrap_or_default();
        let found = unseen.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        #[cfg(test)]
        {
            self.visited += found.unwrap_or(unseen.len()) + 1;
        }
        let stop = found.map_or(bytes.len(), |found| from.saturating_add(found));
        let length = stop.saturating_sub(start);
        let limit = self.limits.line_length();
        if length > limit as usize {
            return Err(exceeded(Bound::LineLength, length, limit, self.at));
        }
        match bytes.get(stop..).unwrap_or_default() {
            [] | [b'\r'] => {
                self.scanned = stop;
                Ok(None)
            }
            [b'\r', b'\n', ..] => {
                let text = bytes.get(start..stop).unwrap_or_default();
                Ok(Some((text, stop.saturating_add(2))))
            }
            [b'\r', byte, ..] => {
                Err(ProtocolError::LineEnd { byte: *byte, offset: stop.saturating_add(1) })
            }
            [byte, ..] => Err(ProtocolError::LineEnd { byte: *byte, offset: stop }),
        }
    }

    /// A value of a known type, the first line of which has come.
    fn typed(
        &mut self,
        kind: Kind,
        text: &[u8],
        end: usize,
        unread: usize,
    ) -> Result<Option<bool>, ProtocolError> {
        let malformed = ProtocolError::Malformed { kind, offset: self.at };
        let valid = match kind {
            Kind::SimpleString | Kind::SimpleError => true,
            Kind::Integer => number::integer(text).is_some(),
            Kind::Nil => text.is_empty(),
            Kind::Boolean => matches!(text, b"t" | b"f"),
            Kind::Double => number::is_double(text),
            Kind::BigNumber => number::is_big_number(text),
            Kind::BulkString | Kind::BulkError | Kind::VerbatimString => {
                return self.string(kind, text, end);
            }
            Kind::Array | Kind::Map | Kind::Set | Kind::Push | Kind::Attribute => {
                return self.aggregate(kind, text, end, unread).map(Some);
            }
        };
        if !valid {
            return Err(malformed);
        }
        let start = narrow(self.at).wrapping_add(u32::from(kind != Kind::Nil));
        self.push(kind, start, narrow(text.len()))?;
        self.at = end;
        self.settle().map(Some)
    }

    /// A string, the length of which stands in `text`.
    fn string(
        &mut self,
        kind: Kind,
        text: &[u8],
        end: usize,
    ) -> Result<Option<bool>, ProtocolError> {
        match (kind, text) {
            (Kind::BulkString, b"-1") => {
                self.push(Kind::Nil, narrow(self.at), 0)?;
                self.at = end;
                return self.settle().map(Some);
            }
            (Kind::BulkString, b"?") => {
                self.streamed.begin(narrow(self.nodes.len()));
                self.push(kind, 0, 0)?;
                self.at = end;
                return Ok(Some(false));
            }
            _ => {}
        }
        let length = self.length(kind, text, 0)?;
        self.body = Some(Body { kind, start: end, length });
        Ok(Some(false))
    }

    /// A chunk of a streamed string, the length of which stands in `text`; an empty one is the last.
    fn chunk(&mut self, text: &[u8], end: usize) -> Result<Option<bool>, ProtocolError> {
        let length = self.length(Kind::BulkString, text, self.streamed.length())?;
        if length > 0 {
            self.body = Some(Body { kind: Kind::BulkString, start: end, length });
            return Ok(Some(false));
        }
        self.streamed.end();
        self.at = end;
        self.settle().map(Some)
    }

    /// The length in `text`, of which `before` bytes of the same string have come already.
    fn length(&self, kind: Kind, text: &[u8], before: usize) -> Result<usize, ProtocolError> {
        let invalid = ProtocolError::Length { kind, offset: self.at };
        let length = number::unsigned(text).ok_or(invalid)?;
        let whole = length.saturating_add(before as u64);
        let limit = self.limits.bulk_length();
        match usize::try_from(length) {
            Ok(length) if whole <= u64::from(limit) => Ok(length),
            _ => Err(exceeded(Bound::BulkLength, whole, limit, self.at)),
        }
    }

    /// Waits for the bytes of a string, and takes it when they are there.
    fn end_body(&mut self, bytes: &[u8], body: Body) -> Result<Option<bool>, ProtocolError> {
        let after = body.start.saturating_add(body.length);
        let end = after.saturating_add(2);
        if end > self.limits.frame_length() as usize {
            return Err(self.too_long(end));
        }
        match bytes.get(after..).unwrap_or_default() {
            [] | [b'\r'] => return Ok(None),
            [b'\r', b'\n', ..] => {}
            [b'\r', byte, ..] => {
                return Err(ProtocolError::LineEnd {
                    byte: *byte,
                    offset: after.saturating_add(1),
                });
            }
            [byte, ..] => return Err(ProtocolError::LineEnd { byte: *byte, offset: after }),
        }
        let text = bytes.get(body.start..after).unwrap_or_default();
        self.body = None;
        if self.streamed.is_within() {
            self.streamed.extend(text);
            #[cfg(test)]
            {
                self.visited += text.len();
            }
            self.at = end;
            return Ok(Some(false));
        }
        let (start, length) = (narrow(body.start), narrow(body.length));
        match (body.kind, text) {
            (Kind::VerbatimString, [a, b, c, b':', ..])
                if [a, b, c].into_iter().all(u8::is_ascii_graphic) =>
            {
                self.push(body.kind, start.wrapping_add(4), length.wrapping_sub(4))?;
            }
            (Kind::VerbatimString, _) => {
                return Err(ProtocolError::Malformed { kind: body.kind, offset: self.at });
            }
            _ => self.push(body.kind, start, length)?,
        }
        self.at = end;
        self.settle().map(Some)
    }

    /// An aggregate, the number of elements of which stands in `text`.
    fn aggregate(
        &mut self,
        kind: Kind,
        text: &[u8],
        end: usize,
        unread: usize,
    ) -> Result<bool, ProtocolError> {
        let (count, streamed) = match (kind, text) {
            (Kind::Array, b"-1") => {
                self.push(Kind::Nil, narrow(self.at), 0)?;
                self.at = end;
                return self.settle();
            }
            (_, b"?") => (0, true),
            _ => {
                let invalid = ProtocolError::Length { kind, offset: self.at };
                (number::unsigned(text).ok_or(invalid)?, false)
            }
        };
        let per = if matches!(kind, Kind::Map | Kind::Attribute) { 2 } else { 1 };
        let elements = count.saturating_mul(per);
        let limit = self.limits.elements();
        let (Ok(count), Ok(elements)) = (u32::try_from(count), u32::try_from(elements)) else {
            return Err(exceeded(Bound::Elements, elements, limit, self.at));
        };
        if elements > limit {
            return Err(exceeded(Bound::Elements, elements, limit, self.at));
        }
        let depth = self.open.len().saturating_add(1);
        if depth > usize::from(self.limits.depth()) {
            return Err(exceeded(Bound::Depth, depth, u32::from(self.limits.depth()), self.at));
        }
        let node = narrow(self.nodes.len());
        // room for what has arrived, not for what is announced: a value takes at least three bytes
        self.nodes.reserve((elements as usize).min(unread >> 2).saturating_add(1));
        self.push(kind, 0, count)?;
        self.at = end;
        self.open.push(Open { kind, node, count: elements, streamed });
        if elements > 0 || streamed || self.close() { Ok(false) } else { self.settle() }
    }

    /// Whether a streamed aggregate may end here.
    fn may_end(&self) -> Result<(), ProtocolError> {
        let offset = self.at;
        match self.open.last() {
            Some(open) if open.streamed => match open.kind {
                _ if self.owing => Err(ProtocolError::AttributesAlone { offset }),
                kind @ (Kind::Map | Kind::Attribute) if open.count & 1 == 1 => {
                    Err(ProtocolError::MissingValue { kind, offset })
                }
                _ => Ok(()),
            },
            _ => Err(ProtocolError::UnexpectedEnd { offset }),
        }
    }

    /// Ends the innermost aggregate, a streamed one. Whether the reply is complete.
    fn end(&mut self, end: usize) -> Result<bool, ProtocolError> {
        if let Some(open) = self.open.last().copied() {
            let pairs = matches!(open.kind, Kind::Map | Kind::Attribute);
            if let Some(node) = self.nodes.get_mut(open.node as usize) {
                node.length = if pairs { open.count >> 1 } else { open.count };
            }
        }
        self.at = end;
        if self.close() { Ok(false) } else { self.settle() }
    }

    /// Puts a value on the tape.
    fn push(&mut self, kind: Kind, start: u32, length: u32) -> Result<(), ProtocolError> {
        let limit = self.limits.frame_elements();
        let next = self.nodes.len().saturating_add(1);
        if next > limit as usize {
            return Err(exceeded(Bound::FrameElements, next, limit, self.at));
        }
        self.nodes.push(Node { kind, start, length, next: narrow(next) });
        self.owing = false;
        Ok(())
    }

    /// A value is complete: it counts in what holds it, and what is full with it is complete in turn.
    /// Whether the reply is.
    fn settle(&mut self) -> Result<bool, ProtocolError> {
        loop {
            let Some(open) = self.open.last_mut() else { return Ok(true) };
            if open.streamed {
                open.count = open.count.saturating_add(1);
                let limit = self.limits.elements();
                if open.count > limit {
                    return Err(exceeded(Bound::Elements, open.count, limit, self.at));
                }
                return Ok(false);
            }
            open.count = open.count.saturating_sub(1);
            if open.count > 0 || self.close() {
                return Ok(false);
            }
        }
    }

    /// Closes the innermost aggregate; whether it was attributes, which are no value.
    fn close(&mut self) -> bool {
        let Some(open) = self.open.pop() else { return false };
        let next = narrow(self.nodes.len());
        if let Some(node) = self.nodes.get_mut(open.node as usize) {
            node.next = next;
        }
        self.owing = open.kind == Kind::Attribute;
        self.owing
    }

    /// Hands the complete reply out and gets ready for the next.
    fn finish(&mut self, bytes: &[u8]) -> Result<Framed, ProtocolError> {
        let length = self.at;
        let frame = bytes.get(..length).unwrap_or(bytes);
        let whole = self.streamed.joined_length(frame);
        if whole > self.limits.frame_length() as usize {
            return Err(self.too_long(whole));
        }
        let joined = self.streamed.join(frame, &mut self.nodes);
        let tape = match *self.nodes {
            [node] => {
                self.nodes.clear();
                Tape::One(node)
            }
            _ => Tape::Many(std::mem::take(&mut self.nodes)),
        };
        (self.at, self.scanned, self.seen) = (0, 0, 0);
        Ok(Framed { length, tape, joined })
    }

    #[inline]
    fn bulk_limit(&self) -> usize {
        self.limits.bulk_length() as usize
    }

    #[cold]
    fn too_long(&self, found: usize) -> ProtocolError {
        exceeded(Bound::FrameLength, found, self.limits.frame_length(), self.at)
    }
}

impl fmt::Debug for Framed {
    /// Type and size: a reply's content is the user's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Framed({} bytes, {} nodes)", self.length, self.tape.nodes().len())
    }
}

impl fmt::Debug for Framer {
    /// Where it stands: a reply's content is the user's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Framer")
            .field("limits", &self.limits)
            .field("at", &self.at)
            .field("wants", &self.wants())
            .field("depth", &self.open.len())
            .field("failure", &self.failure)
            .finish_non_exhaustive()
    }
}

/// The node of a scalar that begins at `at`.
#[inline(always)]
fn place(scalar: &Scalar, at: usize, next: u32) -> Node {
    Node {
        kind: scalar.kind,
        start: narrow(at.wrapping_add(scalar.start)),
        length: narrow(scalar.length),
        next,
    }
}

/// A position in a frame, or on a tape.
#[inline(always)]
#[expect(
    clippy::cast_possible_truncation,
    reason = "frames are at most u32::MAX bytes long and hold fewer values than bytes: the window and `push` see to it"
)]
fn narrow(position: usize) -> u32 {
    position as u32
}

#[cold]
fn exceeded(bound: Bound, found: impl TryInto<u64>, limit: u32, offset: usize) -> ProtocolError {
    let found = found.try_into().unwrap_or(u64::MAX);
    ProtocolError::LimitExceeded { bound, found, limit: u64::from(limit), offset }
}

#[cfg(test)]
#[path = "framer_tests.rs"]
mod tests;
