//! Replies of one value each, side by side: what a pipeline is mostly answered with.

use super::{Framer, Node};
use std::fmt;

/// From so many bytes on, a reply keeps memory of its own, which its values then share.
pub(crate) const LARGE: usize = 4096;

/// Replies that came together, each a single short value.
///
/// A [`Frame`](super::Frame) for each would cost more than the values are worth.
pub struct Values {
    bytes: Vec<u8>,
    nodes: Vec<Node>,
}

impl Values {
    /// Those at the beginning of `bytes`, at most `most`; nothing if there are none.
    ///
    /// They are copied, so that nothing keeps the buffer that was read into.
    pub fn find(framer: &Framer, bytes: &[u8], most: usize) -> Option<Self> {
        let mut nodes = Vec::new();
        let taken = framer.values(bytes, most, LARGE.saturating_sub(1), |node| {
            if nodes.is_empty() {
                // most values take more bytes than this
                nodes.reserve(most.min(bytes.len() / 4).saturating_add(1));
            }
            nodes.push(node);
        });
        let bytes = bytes.get(..taken).filter(|bytes| !bytes.is_empty())?;
        Some(Self { bytes: bytes.to_vec(), nodes })
    }

    /// How many bytes they are on the wire.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The bytes and the node of each, the latter placed within the former.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], Node)> {
        self.nodes.iter().map(|node| {
            let start = node.start as usize;
            let text = self.bytes.get(start..start.saturating_add(node.length as usize));
            (text.unwrap_or_default(), Node { start: 0, ..*node })
        })
    }

    pub(crate) fn into_parts(self) -> (Vec<u8>, Vec<Node>) {
        (self.bytes, self.nodes)
    }
}

impl fmt::Debug for Values {
    /// Number and size: a reply's content is the user's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Values({}, {} bytes)", self.nodes.len(), self.bytes.len())
    }
}
