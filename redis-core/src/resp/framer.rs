//! Finding where a reply ends.

use super::{Limits, Tape};
use bytes::Bytes;

/// Why bytes are no RESP.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// A first byte that begins no type.
    #[error("byte {0:#04x} begins no reply")]
    UnknownType(u8),
}

impl From<ProtocolError> for crate::error::Error {
    fn from(error: ProtocolError) -> Self {
        Self::new(crate::error::ErrorKind::Protocol, error.to_string()).with_source(error)
    }
}

/// A reply found at the beginning of the bytes.
#[derive(Debug)]
#[non_exhaustive]
pub struct Framed {
    /// How many bytes it takes.
    pub length: usize,
    /// Its parts.
    pub tape: Tape,
    /// Bytes to use instead of the input's, where chunks had to be joined.
    pub joined: Option<Bytes>,
}

/// Finds replies in a growing buffer; resumes where it stopped.
#[derive(Debug, Default)]
pub struct Framer {
    limits: Limits,
}

impl Framer {
    /// A framer with these bounds.
    pub fn new(limits: Limits) -> Self {
        Self { limits }
    }

    /// Looks for a whole reply at the beginning of `bytes`, which on each call begin with the same
    /// bytes as before, and more, until a reply was found.
    ///
    /// # Errors
    ///
    /// What makes the bytes no RESP; the connection is then of no use any more.
    pub fn frame(&mut self, bytes: &[u8]) -> Result<Option<Framed>, ProtocolError> {
        let _ = (bytes, self.limits);
        Ok(None)
    }

    /// Takes back the memory of a tape, for the next reply.
    pub fn recycle(&mut self, tape: Tape) {
        drop(tape);
    }

    /// Whether a reply has begun and not ended.
    pub fn is_mid_frame(&self) -> bool {
        false
    }

    /// How many bytes the buffer must hold at least before another look can find more.
    pub fn wants(&self) -> usize {
        1
    }
}
