//! Strings that come in chunks: joined aside while they come, put behind the frame at its end.
//!
//! The other strings of the frame stay where they are, so that no position on the tape changes.

use super::Node;
use bytes::Bytes;

/// The streamed strings of one frame.
#[derive(Default)]
pub(super) struct Streamed {
    text: Vec<u8>,
    /// Their places on the tape, and where in `text` each begins.
    strings: Vec<(u32, usize)>,
    within: bool,
}

impl Streamed {
    /// Whether a string has begun and not ended.
    #[inline]
    pub(super) fn is_within(&self) -> bool {
        self.within
    }

    /// How many bytes of the string that is being read have come.
    pub(super) fn length(&self) -> usize {
        let start = self.strings.last().map_or(0, |&(_, start)| start);
        self.text.len().saturating_sub(start)
    }

    /// A string begins, the node of which is at `node`.
    pub(super) fn begin(&mut self, node: u32) {
        self.strings.push((node, self.text.len()));
        self.within = true;
    }

    /// The string goes on.
    pub(super) fn extend(&mut self, chunk: &[u8]) {
        self.text.extend_from_slice(chunk);
    }

    /// The string ends.
    pub(super) fn end(&mut self) {
        self.within = false;
    }

    /// How many bytes the frame has with what was joined.
    pub(super) fn joined_length(&self, frame: &[u8]) -> usize {
        frame.len().saturating_add(self.text.len())
    }

    /// Puts the strings behind the frame and their places into their nodes; `None` where there are none.
    pub(super) fn join(&mut self, frame: &[u8], nodes: &mut [Node]) -> Option<Bytes> {
        if self.strings.is_empty() {
            return None;
        }
        let Self { text, strings, .. } = std::mem::take(self);
        let mut end = text.len();
        for (at, start) in strings.into_iter().rev() {
            if let Some(node) = nodes.get_mut(at as usize) {
                // the frame's limit, which counts the joined text too, keeps both within 32 bits
                node.start = u32::try_from(frame.len().saturating_add(start)).unwrap_or(u32::MAX);
                node.length = u32::try_from(end.saturating_sub(start)).unwrap_or(0);
            }
            end = start;
        }
        let mut joined = Vec::with_capacity(frame.len().saturating_add(text.len()));
        joined.extend_from_slice(frame);
        joined.extend_from_slice(&text);
        Some(joined.into())
    }
}
