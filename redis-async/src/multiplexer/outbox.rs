//! Bytes on their way out: short commands side by side in one buffer, large arguments where they lie.

use bytes::Bytes;
use redis_core::command::Command;
use redis_core::pipeline::Batch;
use std::collections::VecDeque;
use std::io::IoSlice;

/// How many parts one write is given: what fits the stack, and far below every system's limit.
pub(crate) const PARTS: usize = 32;

/// From here on a batch does not grow by waiting for more.
const BATCH_COMMANDS: usize = 64;
const BATCH_BYTES: usize = 64 * 1024;

/// A buffer that grew beyond this is not kept.
const KEPT: usize = 1024 * 1024;

/// Bytes on their way out.
#[derive(Default)]
pub(crate) struct Outbox {
    bytes: Vec<u8>,
    large: VecDeque<Large>,
    /// How much of `bytes` is written, and of the first large argument.
    at: usize,
    at_large: usize,
    remaining: usize,
    commands: usize,
}

struct Large {
    /// Where in the buffer it belongs.
    at: usize,
    bytes: Bytes,
}

impl Outbox {
    /// Adds a command; returns its size on the wire.
    #[inline]
    pub(crate) fn push(&mut self, command: &Command<'_>) -> usize {
        let before = self.bytes.len();
        let mut size = 0;
        if command.has_large() {
            let large = &mut self.large;
            command.write_shared(&mut self.bytes, |at, bytes| {
                size += bytes.len();
                large.push_back(Large { at, bytes });
            });
        } else {
            command.write_to(&mut self.bytes);
        }
        size += self.bytes.len() - before;
        self.remaining += size;
        self.commands += 1;
        size
    }

    /// Whether it is worth a system call of its own.
    #[inline]
    pub(crate) fn is_a_batch(&self) -> bool {
        self.commands >= BATCH_COMMANDS || self.remaining >= BATCH_BYTES
    }

    /// Adds a whole batch; returns its size on the wire.
    pub(crate) fn push_batch(&mut self, batch: &Batch) -> usize {
        let large = &mut self.large;
        batch.write_shared(&mut self.bytes, |at, bytes| large.push_back(Large { at, bytes }));
        self.remaining += batch.size();
        self.commands += batch.replies();
        batch.size()
    }

    /// The buffer, to be filled when it is empty; what is in it afterwards is to be written.
    pub(crate) fn refill(&mut self, fill: impl FnOnce(&mut Vec<u8>)) {
        self.clear();
        fill(&mut self.bytes);
        self.remaining = self.bytes.len();
    }

    /// How many bytes are still to be written.
    #[inline]
    pub(crate) fn remaining(&self) -> usize {
        self.remaining
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.remaining == 0
    }

    /// Takes the buffer as a whole, `spare` in its place; `None` where there is more to it.
    #[inline]
    pub(crate) fn take_plain(&mut self, spare: &mut Vec<u8>) -> Option<Vec<u8>> {
        if self.large.is_empty() && self.at == 0 {
            self.remaining = 0;
            self.commands = 0;
            Some(std::mem::replace(&mut self.bytes, std::mem::take(spare)))
        } else {
            None
        }
    }

    /// Puts back, in front, what a write that [`take_plain`](Self::take_plain) served did not take.
    pub(crate) fn put_back(&mut self, rest: &[u8]) {
        self.bytes.splice(..self.at, rest.iter().copied());
        for large in &mut self.large {
            large.at = large.at + rest.len() - self.at;
        }
        self.at = 0;
        self.remaining += rest.len();
    }

    /// The parts from the front on, as many as fit.
    pub(crate) fn gather<'o>(&'o self, parts: &mut [IoSlice<'o>; PARTS]) -> usize {
        let mut count = 0;
        let mut from = self.at;
        let mut within = self.at_large;
        let mut large = self.large.iter();
        loop {
            let next = large.next();
            let until = next.map_or(self.bytes.len(), |large| large.at);
            for part in [self.bytes.get(from..until), next.and_then(|l| l.bytes.get(within..))] {
                let Some(part) = part.filter(|part| !part.is_empty()) else { continue };
                let Some(place) = parts.get_mut(count) else { return count };
                *place = IoSlice::new(part);
                count += 1;
            }
            if next.is_none() {
                return count;
            }
            from = until;
            within = 0;
        }
    }

    /// So many bytes were written.
    pub(crate) fn advance(&mut self, mut written: usize) {
        self.remaining = self.remaining.saturating_sub(written);
        if self.remaining == 0 {
            self.clear();
            return;
        }
        while let Some(first) = self.large.front() {
            let before = first.at - self.at;
            if written < before {
                break;
            }
            written -= before;
            self.at = first.at;
            let left = first.bytes.len() - self.at_large;
            if written < left {
                self.at_large += written;
                return;
            }
            written -= left;
            self.at_large = 0;
            self.large.pop_front();
        }
        self.at += written;
    }

    pub(crate) fn clear(&mut self) {
        if self.bytes.capacity() > KEPT {
            self.bytes = Vec::new();
        }
        self.bytes.clear();
        self.large.clear();
        self.at = 0;
        self.at_large = 0;
        self.remaining = 0;
        self.commands = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use redis_core::command::{COPY_THRESHOLD, table};

    fn written(mut outbox: Outbox, step: usize) -> Vec<u8> {
        let mut out = Vec::new();
        while !outbox.is_empty() {
            let mut parts = [IoSlice::new(&[]); PARTS];
            let count = outbox.gather(&mut parts);
            let mut taken = 0;
            for part in &parts[..count] {
                let more = part.len().min(step - taken);
                out.extend_from_slice(&part[..more]);
                taken += more;
            }
            outbox.advance(taken);
        }
        out
    }

    #[test]
    fn what_is_written_is_what_was_added_however_it_is_cut() {
        let big = Bytes::from(vec![b'v'; COPY_THRESHOLD]);
        for step in [1, 7, 100, 16_000, usize::MAX] {
            let mut outbox = Outbox::default();
            let mut expected = Vec::new();
            for _ in 0..3 {
                for command in [
                    Command::new(&table::GET).key("a").into_owned(),
                    Command::new(&table::SET).key("b").arg(&big).into_owned(),
                ] {
                    let size = outbox.push(&command);
                    let bytes = command.to_bytes();
                    assert_eq!(size, bytes.len());
                    expected.extend_from_slice(&bytes);
                }
            }
            assert!(written(outbox, step) == expected, "in steps of {step}");
        }
    }

    #[test]
    fn what_was_put_back_is_written_first() {
        let mut outbox = Outbox::default();
        outbox.push(&Command::new(&table::GET).key("a"));
        let taken = outbox.take_plain(&mut Vec::new()).expect("nothing large in it");
        outbox.push(&Command::new(&table::GET).key("b"));
        outbox.put_back(&taken[5..]);
        let mut expected = taken[5..].to_vec();
        expected.extend_from_slice(&Command::new(&table::GET).key("b").to_bytes());
        assert_eq!(outbox.remaining(), expected.len());
        assert_eq!(written(outbox, 3), expected);
    }
}
