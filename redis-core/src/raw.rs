//! What is cut from the bytes of a connection whose protocol only its owner knows.
//!
//! This module decides where a frame, a line or so many bytes end, whatever was asked for before, and what
//! is a push. It does not decide whose reply a frame is: on such a connection only its owner can tell.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

use crate::error::Result;
use crate::reply::{FromReply, Reply, Value};
use crate::resp::{Bound, Frame, Framed, Framer, Kind, Limits, ProtocolError};
use bytes::Bytes;
use std::fmt;

/// One frame that came over a raw connection: a reply, a push, or what a protocol of one's own says.
///
/// # Example: a push is told apart by its type
///
/// ```no_run
/// use redis_sync::prelude::*;
///
/// # fn main() -> redis_sync::Result<()> {
/// let mut raw = Redis::new().raw_connection()?;
/// raw.send(("SUBSCRIBE", "news"))?;
/// let received = raw.receive()?;
/// if received.is_push() {
///     let (kind, channel, count): (String, String, u64) = received.read()?;
///     assert_eq!((&*kind, &*channel, count), ("subscribe", "news", 1));
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[must_use = "nobody else will see it"]
pub struct Received(Frame);

impl Received {
    /// What came, as it came.
    #[inline]
    pub fn new(frame: Frame) -> Self {
        Self(frame)
    }

    /// Whether it is RESP3's push. On RESP2 there is none: there a message is an array like others.
    #[inline]
    pub fn is_push(&self) -> bool {
        self.kind() == Kind::Push
    }

    /// Its type.
    #[inline]
    pub fn kind(&self) -> Kind {
        self.0.reply().kind()
    }

    /// Its content, read as `T`.
    ///
    /// # Errors
    ///
    /// The server's error, if it is one; a conversion error if it is no `T`. The connection is good.
    pub fn read<T: FromReply>(&self) -> Result<T> {
        T::from_reply(self.0.reply())
    }

    /// Its content as it is; a server's error is a [`Value::Error`].
    #[inline]
    pub fn value(&self) -> Value {
        Value::read(self.0.reply())
    }

    /// A view that copies nothing.
    #[inline]
    pub fn reply(&self) -> Reply<'_> {
        self.0.reply()
    }

    /// Its bytes, as they came.
    #[inline]
    pub fn bytes(&self) -> &Bytes {
        self.0.bytes()
    }
}

impl fmt::Debug for Received {
    /// Type and size: what came is the user's.
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Received({}, {} bytes)", self.kind().name(), self.0.bytes().len())
    }
}

/// Finds the end of what is asked for in a growing buffer, and may be asked for another thing each time.
///
/// What was looked for and not found leaves the bytes where they are: whoever asked may ask again, or for
/// something else.
#[derive(Default)]
pub struct RawReader {
    limits: Limits,
    framer: Framer,
    /// Up to where no line was found to end.
    searched: usize,
}

impl RawReader {
    /// A reader with these bounds.
    #[must_use]
    #[inline]
    pub fn new(limits: Limits) -> Self {
        Self { limits, framer: Framer::new(limits), searched: 0 }
    }

    /// The frame at the beginning of `bytes`, if it is whole.
    ///
    /// # Errors
    ///
    /// What makes the bytes no RESP, on each call until they are taken as something else.
    #[inline]
    pub fn frame(&mut self, bytes: &[u8]) -> Result<Option<Framed>> {
        self.searched = 0;
        if bytes.is_empty() { Ok(None) } else { Ok(self.framer.frame(bytes)?) }
    }

    /// The length of the line at the beginning of `bytes`, its line feed included, if it has come whole.
    ///
    /// # Errors
    ///
    /// That it is longer than [`Limits::line_length`].
    #[inline]
    pub fn line(&mut self, bytes: &[u8]) -> Result<Option<usize>> {
        self.forget_frame();
        let new = bytes.get(self.searched..).unwrap_or_default();
        let end = new.iter().position(|byte| *byte == b'\n');
        let length = end.map(|at| self.searched.saturating_add(at).saturating_add(1));
        let limit = self.limits.line_length() as usize;
        let content = length.map_or(bytes.len(), |length| line(bytes, length).len());
        // an end that has come in part counts for nothing
        if content > limit.saturating_add(usize::from(length.is_none())) {
            let (bound, offset) = (Bound::LineLength, 0);
            let (found, limit) = (content as u64, limit as u64);
            return Err(ProtocolError::LimitExceeded { bound, found, limit, offset }.into());
        }
        self.searched = if length.is_some() { 0 } else { bytes.len() };
        Ok(length)
    }

    /// Whether `count` bytes have come.
    #[inline]
    pub fn bytes(&mut self, bytes: &[u8], count: usize) -> bool {
        self.forget_frame();
        self.searched = 0;
        bytes.len() >= count
    }

    /// What a frame began with is read as something else.
    #[inline]
    fn forget_frame(&mut self) {
        if self.framer.is_mid_frame() {
            self.framer = Framer::new(self.limits);
        }
    }
}

/// The first `length` bytes, a line, without its end.
#[must_use]
#[inline]
pub fn line(bytes: &[u8], length: usize) -> &[u8] {
    let line = bytes.get(..length).unwrap_or(bytes);
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A handshake of replication: a status, an announcement, as many bytes as it says, a command.
    const WIRE: &[u8] = b"+FULLRESYNC id 0\r\n\n$5\r\nRED\r\n*1\r\n$4\r\nPING\r\n";

    #[test]
    fn frames_lines_and_bytes_are_cut_in_turn_wherever_the_input_is_split() {
        for split in 1..=WIRE.len() {
            let mut reader = RawReader::new(Limits::default());
            let (mut start, mut end) = (0, split.min(WIRE.len()));
            let mut cut = |step: usize| -> Vec<u8> {
                loop {
                    let bytes = &WIRE[start..end];
                    let length = match step {
                        0 | 4 => reader.frame(bytes).unwrap().map(|framed| framed.length),
                        1 | 2 => reader.line(bytes).unwrap(),
                        _ => reader.bytes(bytes, 5).then_some(5),
                    };
                    if let Some(length) = length {
                        start += length;
                        return bytes[..length].to_vec();
                    }
                    end = (end + 1).min(WIRE.len());
                }
            };
            let parts: Vec<Vec<u8>> = (0..5).map(&mut cut).collect();
            let expected: [&[u8]; 5] =
                [b"+FULLRESYNC id 0\r\n", b"\n", b"$5\r\n", b"RED\r\n", b"*1\r\n$4\r\nPING\r\n"];
            assert_eq!(parts, expected, "split at {split}");
        }
    }

    #[test]
    fn what_is_no_frame_may_be_taken_as_bytes() {
        let mut reader = RawReader::new(Limits::default());
        assert!(reader.frame(b"REDIS0011").is_err());
        assert!(reader.frame(b"REDIS0011").is_err());
        assert!(!reader.bytes(b"REDIS0011", 10) && reader.bytes(b"REDIS0011", 9));
        assert!(reader.frame(b"+OK\r\n").unwrap().is_some());
        // half a frame is no frame either
        assert!(reader.frame(b"$5\r\nab").unwrap().is_none());
        assert_eq!(reader.line(b"$5\r\nab").unwrap(), Some(4));
        assert!(reader.frame(b":1\r\n").unwrap().is_some());
    }

    #[test]
    fn a_line_is_believed_up_to_its_limit_and_not_a_byte_further() {
        for (text, fits) in
            [("abcd\r\n", true), ("abcd\n", true), ("abcde\r\n", false), ("abcdef", false)]
        {
            let mut reader = RawReader::new(Limits::default().with_line_length(4));
            let mut outcome = Ok(None);
            for end in 1..=text.len() {
                outcome = reader.line(&text.as_bytes()[..end]);
                if outcome.is_err() {
                    break;
                }
            }
            assert_eq!(outcome.ok().flatten(), fits.then_some(text.len()), "{text:?}");
        }
        assert_eq!(line(b"ab\r\ncd", 4), b"ab");
        assert_eq!(line(b"ab\ncd", 3), b"ab");
    }

    #[test]
    fn a_push_is_told_from_a_reply() {
        for (wire, push) in [(&b">1\r\n+message\r\n"[..], true), (b"*1\r\n+message\r\n", false)] {
            let framed = RawReader::default().frame(wire).unwrap().unwrap();
            let received = Received::new(Frame::new(Bytes::from_static(wire), framed.tape));
            assert_eq!(received.is_push(), push);
            assert_eq!(received.read::<(String,)>().unwrap().0, "message");
            assert_eq!(received.bytes(), wire);
            assert!(!format!("{received:?}").contains("message"));
        }
    }
}
