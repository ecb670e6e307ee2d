//! What a peer may announce before it is not believed.
//!
//! These bounds are what keeps a server that lies from exhausting memory or stack. They do not
//! reserve anything: memory grows with the bytes that arrive, whatever was announced.

/// The bounds of the decoder.
///
/// A reply beyond one of them is a [`ProtocolError`](super::ProtocolError) that names the bound, and ends
/// the connection.
///
/// # Example: a service that never stores more than a megabyte under a key
///
/// ```
/// use redis_sync::Limits;
///
/// let limits = Limits::default().with_bulk_length(1024 * 1024);
/// assert_eq!(limits.bulk_length(), 1_048_576);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Limits {
    pub(crate) depth: u16,
    pub(crate) bulk_length: u32,
    pub(crate) line_length: u32,
    pub(crate) elements: u32,
    pub(crate) frame_elements: u32,
    pub(crate) frame_length: u32,
}

impl Limits {
    /// How deep values may nest, unless set: no command of Redis nests deeper than ten; scripts and
    /// modules may, up to what their own recursion bears.
    pub const DEFAULT_DEPTH: u16 = 128;

    /// The most that the depth can be set to. Framing needs no stack, but decoding, printing and
    /// dropping a nested [`Value`](crate::Value) recurse: at this depth they fit into the smallest stack
    /// that a Rust thread usually has (2 MiB), in a debug build, with room for the caller.
    pub const MAX_DEPTH: u16 = 256;

    /// The longest string, in bytes, unless set: Redis's own `proto-max-bulk-len`.
    pub const DEFAULT_BULK_LENGTH: u32 = 512 * 1024 * 1024;

    /// The longest line, in bytes, unless set. Lines are statuses, errors and numbers; only the errors
    /// of scripts are ever long.
    pub const DEFAULT_LINE_LENGTH: u32 = 1024 * 1024;

    /// The most elements of one aggregate, unless set (a map counts keys and values): twice as many
    /// as the largest replies that are seen in practice, and a gigabyte of tape.
    pub const DEFAULT_ELEMENTS: u32 = 64 * 1024 * 1024;

    /// The most values in one reply, nested ones included, unless set. A value takes 16 bytes of tape
    /// and at least 3 on the wire, so this bounds the tape to a gigabyte.
    pub const DEFAULT_FRAME_ELEMENTS: u32 = 64 * 1024 * 1024;

    /// The longest reply, in bytes, unless set, and the most it can be set to: positions within a reply
    /// are 32 bits wide, which keeps a tape's node at 16 bytes.
    pub const MAX_FRAME_LENGTH: u32 = u32::MAX;

    /// How deep values may nest; more than [`MAX_DEPTH`](Self::MAX_DEPTH) is taken as that.
    pub const fn with_depth(mut self, depth: u16) -> Self {
        self.depth = if depth > Self::MAX_DEPTH { Self::MAX_DEPTH } else { depth };
        self
    }

    /// The longest string, in bytes.
    pub const fn with_bulk_length(mut self, bytes: u32) -> Self {
        self.bulk_length = bytes;
        self
    }

    /// The longest line (status, error, number), in bytes, without type and line end.
    pub const fn with_line_length(mut self, bytes: u32) -> Self {
        self.line_length = bytes;
        self
    }

    /// The most elements of one aggregate; a map counts keys and values.
    pub const fn with_elements(mut self, elements: u32) -> Self {
        self.elements = elements;
        self
    }

    /// The most values in one reply, nested ones included; more than half of what 32 bits hold is taken
    /// as that, which leaves room for the nodes that a [`Shape`](crate::Shape) inserts.
    pub const fn with_frame_elements(mut self, elements: u32) -> Self {
        const MOST: u32 = u32::MAX / 2;
        self.frame_elements = if elements > MOST { MOST } else { elements };
        self
    }

    /// The longest reply, in bytes.
    pub const fn with_frame_length(mut self, bytes: u32) -> Self {
        self.frame_length = bytes;
        self
    }

    /// How deep values may nest.
    pub const fn depth(&self) -> u16 {
        self.depth
    }

    /// The longest string, in bytes.
    pub const fn bulk_length(&self) -> u32 {
        self.bulk_length
    }

    /// The longest line, in bytes.
    pub const fn line_length(&self) -> u32 {
        self.line_length
    }

    /// The most elements of one aggregate.
    pub const fn elements(&self) -> u32 {
        self.elements
    }

    /// The most values in one reply.
    pub const fn frame_elements(&self) -> u32 {
        self.frame_elements
    }

    /// The longest reply, in bytes.
    pub const fn frame_length(&self) -> u32 {
        self.frame_length
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: Self::DEFAULT_DEPTH,
            bulk_length: Self::DEFAULT_BULK_LENGTH,
            line_length: Self::DEFAULT_LINE_LENGTH,
            elements: Self::DEFAULT_ELEMENTS,
            frame_elements: Self::DEFAULT_FRAME_ELEMENTS,
            frame_length: Self::MAX_FRAME_LENGTH,
        }
    }
}
