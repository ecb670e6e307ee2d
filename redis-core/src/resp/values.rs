//! Replies of one value each, side by side: what a pipeline is mostly answered with.

use super::{Framer, Node};
use bytes::Bytes;
use std::fmt;

/// From so many bytes on, a reply keeps memory of its own, which its values then share.
pub(crate) const LARGE: usize = 4096;

/// Replies that came together, each a single short value.
///
/// A [`Frame`](super::Frame) for each would cost more than the values are worth.
pub struct Values {
    bytes: Bytes,
    nodes: Vec<Node>,
}

impl Values {
    /// Finds those at the beginning of `bytes`, at most `most`: where they are, and how many bytes they take.
    pub fn find(framer: &Framer, bytes: &[u8], most: usize) -> (Vec<Node>, usize) {
        let mut nodes = Vec::new();
        let taken = framer.values(bytes, most, LARGE.saturating_sub(1), |node| {
            if nodes.is_empty() {
                // most values take more bytes than this
                nodes.reserve(most.min(bytes.len() / 4).saturating_add(1));
            }
            nodes.push(node);
        });
        (nodes, taken)
    }

    /// What was [found](Self::find) in `bytes`.
    pub fn new(bytes: Bytes, nodes: Vec<Node>) -> Self {
        Self { bytes, nodes }
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

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }
}

impl fmt::Debug for Values {
    /// Number and size: a reply's content is the user's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Values({}, {} bytes)", self.nodes.len(), self.bytes.len())
    }
}
