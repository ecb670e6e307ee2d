//! What makes bytes no RESP: what was found, and where.

use super::Kind;

/// Why bytes are no RESP, or more than the [`Limits`](super::Limits) allow.
///
/// `offset` counts from the first byte of the reply. The connection that the bytes came over is of no
/// use any more: nobody knows where its next reply begins.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// A byte that begins no type.
    #[error("byte {byte:#04x} at offset {offset} begins no reply")]
    UnknownType {
        /// The byte.
        byte: u8,
        /// Where it stands.
        offset: usize,
    },
    /// A line or string that does not end in carriage return and line feed.
    #[error("byte {byte:#04x} at offset {offset} where a line must end in CR LF")]
    LineEnd {
        /// What stands there instead.
        byte: u8,
        /// Where it stands.
        offset: usize,
    },
    /// A length or count that is no number, or is negative.
    #[error("the {} at offset {offset} has no valid length", kind.name())]
    Length {
        /// The type it is the length of.
        kind: Kind,
        /// Where the value begins.
        offset: usize,
    },
    /// A scalar whose text is none of its type: `:abc`, `#maybe`, `_x`.
    #[error("the {} at offset {offset} is malformed", kind.name())]
    Malformed {
        /// The type it claims to be.
        kind: Kind,
        /// Where the value begins.
        offset: usize,
    },
    /// An end (`.`) without a streamed aggregate that it could end.
    #[error("the end of an aggregate at offset {offset} where none can end")]
    UnexpectedEnd {
        /// Where it stands.
        offset: usize,
    },
    /// A chunk (`;`) without a streamed string that it could belong to.
    #[error("a chunk at offset {offset} outside a streamed string")]
    UnexpectedChunk {
        /// Where it stands.
        offset: usize,
    },
    /// Something else within a streamed string where its next chunk must be.
    #[error("byte {byte:#04x} at offset {offset} where a streamed string's next chunk must be")]
    MissingChunk {
        /// What stands there instead.
        byte: u8,
        /// Where it stands.
        offset: usize,
    },
    /// A streamed map that ended after a key.
    #[error("the {} that ends at offset {offset} lacks its last value", kind.name())]
    MissingValue {
        /// Map or attribute.
        kind: Kind,
        /// Where its end stands.
        offset: usize,
    },
    /// Attributes that no value follows.
    #[error("no value follows the attributes that end at offset {offset}")]
    AttributesAlone {
        /// Where the value should be.
        offset: usize,
    },
    /// More than a bound allows.
    #[error("{found} {bound} at offset {offset}: the limit is {limit}")]
    LimitExceeded {
        /// Which bound.
        bound: Bound,
        /// How much was announced, or had arrived when the bound was passed.
        found: u64,
        /// How much is allowed.
        limit: u64,
        /// Where in the reply.
        offset: usize,
    },
}

impl From<ProtocolError> for crate::error::Error {
    fn from(error: ProtocolError) -> Self {
        Self::new(crate::error::ErrorKind::Protocol, error.to_string()).with_source(error)
    }
}

/// A bound of the decoder; see [`Limits`](super::Limits).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Bound {
    /// [`Limits::depth`](super::Limits::depth)
    Depth,
    /// [`Limits::bulk_length`](super::Limits::bulk_length)
    BulkLength,
    /// [`Limits::line_length`](super::Limits::line_length)
    LineLength,
    /// [`Limits::elements`](super::Limits::elements)
    Elements,
    /// [`Limits::frame_elements`](super::Limits::frame_elements)
    FrameElements,
    /// [`Limits::frame_length`](super::Limits::frame_length)
    FrameLength,
}

impl std::fmt::Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Depth => "levels of nesting",
            Self::BulkLength => "bytes of string",
            Self::LineLength => "bytes of line",
            Self::Elements => "elements of an aggregate",
            Self::FrameElements => "values in a reply",
            Self::FrameLength => "bytes of reply",
        })
    }
}
