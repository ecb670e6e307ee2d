//! The flat tape: one small node for each value of a reply, in the order of the wire.

use crate::reply::Reply;
use bytes::Bytes;

/// The type of a value on the wire; its number is the first byte there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// `+`
    SimpleString = b'+',
    /// `-`
    SimpleError = b'-',
    /// `:`
    Integer = b':',
    /// `$`, whole or streamed in chunks
    BulkString = b'$',
    /// `*`
    Array = b'*',
    /// `_`, `$-1` or `*-1`
    Nil = b'_',
    /// `#`
    Boolean = b'#',
    /// `,`
    Double = b',',
    /// `(`
    BigNumber = b'(',
    /// `!`
    BulkError = b'!',
    /// `=`; the node's text is what follows the four bytes of the format
    VerbatimString = b'=',
    /// `%`
    Map = b'%',
    /// `~`
    Set = b'~',
    /// `>`
    Push = b'>',
    /// `|`: facts about the value that follows
    Attribute = b'|',
}

impl Kind {
    /// The type that a value's first byte begins.
    pub(crate) const fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            b'+' => Self::SimpleString,
            b'-' => Self::SimpleError,
            b':' => Self::Integer,
            b'$' => Self::BulkString,
            b'*' => Self::Array,
            b'_' => Self::Nil,
            b'#' => Self::Boolean,
            b',' => Self::Double,
            b'(' => Self::BigNumber,
            b'!' => Self::BulkError,
            b'=' => Self::VerbatimString,
            b'%' => Self::Map,
            b'~' => Self::Set,
            b'>' => Self::Push,
            b'|' => Self::Attribute,
            _ => return None,
        })
    }

    /// Whether values lie within.
    #[inline]
    pub const fn is_aggregate(self) -> bool {
        matches!(self, Self::Array | Self::Map | Self::Set | Self::Push | Self::Attribute)
    }

    /// Whether it is an error of the server.
    #[inline]
    pub const fn is_error(self) -> bool {
        matches!(self, Self::SimpleError | Self::BulkError)
    }

    /// The type's name, as messages use it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SimpleString => "simple string",
            Self::SimpleError | Self::BulkError => "error",
            Self::Integer => "integer",
            Self::BulkString => "bulk string",
            Self::Array => "array",
            Self::Nil => "nil",
            Self::Boolean => "boolean",
            Self::Double => "double",
            Self::BigNumber => "big number",
            Self::VerbatimString => "verbatim string",
            Self::Map => "map",
            Self::Set => "set",
            Self::Push => "push",
            Self::Attribute => "attribute",
        }
    }
}

/// One value of a reply: 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// The value's type.
    pub(crate) kind: Kind,
    /// Where its text begins, from the start of the frame; of nil the value. For aggregates: 0.
    pub(crate) start: u32,
    /// Bytes of text; for aggregates the number of elements, for maps and attributes that of pairs.
    pub(crate) length: u32,
    /// The index of the node after this one and all that lies within it.
    pub(crate) next: u32,
}

impl Node {
    /// The value's type.
    #[inline]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// How many nodes lie directly within.
    #[inline]
    pub(crate) const fn children(&self) -> u32 {
        match self.kind {
            Kind::Array | Kind::Set | Kind::Push => self.length,
            // the framer's limit on elements keeps the double far from overflow
            Kind::Map | Kind::Attribute => self.length.wrapping_mul(2),
            _ => 0,
        }
    }
}

/// The nodes of one reply. A single scalar, by far the most common reply, needs no allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tape {
    /// A scalar alone.
    One(Node),
    /// An aggregate, or a value with attributes.
    Many(Vec<Node>),
}

impl Tape {
    /// The nodes, in the order of the wire.
    #[inline]
    pub fn nodes(&self) -> &[Node] {
        match self {
            Self::One(node) => std::slice::from_ref(node),
            Self::Many(nodes) => nodes,
        }
    }
}

/// That of a nil, for where no reply has come yet.
impl Default for Tape {
    fn default() -> Self {
        Self::One(Node { kind: Kind::Nil, start: 0, length: 0, next: 1 })
    }
}

/// A whole reply that owns its bytes: what travels from the reader to the caller's task.
#[derive(Clone)]
pub struct Frame {
    bytes: Bytes,
    tape: Tape,
}

impl Frame {
    /// Joins the bytes of a reply and the tape that a [`Framer`](super::Framer) made of them.
    #[inline]
    pub fn new(bytes: Bytes, tape: Tape) -> Self {
        Self { bytes, tape }
    }

    /// The reply, to be read.
    #[inline]
    pub fn reply(&self) -> Reply<'_> {
        Reply::new(&self.bytes, Some(&self.bytes), self.tape.nodes())
    }

    /// The bytes as they came; where strings were streamed, followed by what their chunks joined to.
    #[inline]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Gives the reply the shape that the command promises, whatever the protocol.
    #[inline]
    pub fn reshape(&mut self, shape: crate::reply::Shape) {
        shape.apply(&mut self.tape, &self.bytes);
    }

    /// Its parts.
    #[inline]
    pub fn tape(&self) -> &Tape {
        &self.tape
    }

    /// Its bytes and its parts.
    #[inline]
    pub fn into_parts(self) -> (Bytes, Tape) {
        (self.bytes, self.tape)
    }

    /// Takes the tape back, so that its memory can serve again.
    pub fn into_tape(self) -> Tape {
        self.tape
    }
}

impl std::fmt::Debug for Frame {
    /// Type and size: a reply's content is the user's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Frame({}, {} bytes)", self.reply().kind().name(), self.bytes.len())
    }
}
