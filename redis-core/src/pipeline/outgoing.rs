//! The bytes of a batch, piece by piece: what is written is never all copied at once.

use super::batch::Batch;

/// How far a batch has been handed to the wire.
#[derive(Debug)]
pub struct Outgoing {
    batch: Batch,
    /// The segment that comes next, and how much of it has gone.
    segment: usize,
    at: usize,
    taken: usize,
}

impl Outgoing {
    #[inline]
    pub(super) fn new(batch: Batch) -> Self {
        Self { batch, segment: 0, at: 0, taken: 0 }
    }

    /// Appends what comes next until `buffer` holds `most` bytes, or nothing is left.
    #[inline]
    pub fn fill(&mut self, buffer: &mut Vec<u8>, most: usize) {
        while let Some(segment) = segment(&self.batch, self.segment) {
            let room = most.saturating_sub(buffer.len());
            if room == 0 {
                return;
            }
            let rest = segment.get(self.at..).unwrap_or_default();
            let part = rest.get(..room).unwrap_or(rest);
            buffer.extend_from_slice(part);
            self.taken += part.len();
            if part.len() < rest.len() {
                self.at += part.len();
            } else {
                self.segment += 1;
                self.at = 0;
            }
        }
    }

    /// How many bytes were taken so far.
    #[inline]
    pub fn taken(&self) -> usize {
        self.taken
    }

    /// Whether all were.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.taken == self.batch.size()
    }
}

/// The `number`th piece that lies in one place: the head, then by turns short commands and a large
/// argument, then the tail.
#[inline]
fn segment(batch: &Batch, number: usize) -> Option<&[u8]> {
    let contents = &*batch.contents;
    let last = contents.large.len() * 2 + 2;
    let Some(body) = number.checked_sub(1) else { return Some(batch.head()) };
    if number == last {
        return Some(batch.tail());
    }
    let place = |large: usize| contents.large.get(large).map(|large| large.at);
    let large = body / 2;
    if body % 2 == 1 {
        return contents.large.get(large).map(|large| &*large.bytes);
    }
    let from = large.checked_sub(1).and_then(place).unwrap_or(0);
    let until = place(large).unwrap_or(contents.bytes.len());
    if number > last { None } else { contents.bytes.get(from..until) }
}
