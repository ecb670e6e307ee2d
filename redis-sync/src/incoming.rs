//! The bytes that came and were not read yet: one buffer, never zeroed twice.

use std::io::{self, Read};
use std::ops::Range;

/// A buffer that grew over this for one large reply is given back after it.
const WORTH_KEEPING: usize = 1024 * 1024;

/// What a connection begins with: most replies fit, and most connections of a pool are idle.
const AT_FIRST: usize = 4 * 1024;

/// The read buffer of a connection.
pub(crate) struct Incoming {
    /// As long as the buffer is large; what lies outside of `filled` is room.
    bytes: Vec<u8>,
    filled: Range<usize>,
    usual: usize,
    /// How many bytes were read, until somebody asks.
    read: usize,
}

impl Incoming {
    pub(crate) fn new(size: usize) -> Self {
        let usual = size.max(512);
        Self { bytes: vec![0; usual.min(AT_FIRST)], filled: 0..0, usual, read: 0 }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.filled.is_empty()
    }

    /// What came and was not consumed.
    #[inline]
    pub(crate) fn unread(&self) -> &[u8] {
        self.bytes.get(self.filled.clone()).unwrap_or(&[])
    }

    /// Consumes `length` bytes, and says where they lie until the next [`fill`](Self::fill).
    #[inline]
    pub(crate) fn consume(&mut self, length: usize) -> Range<usize> {
        let start = self.filled.start;
        self.filled.start = start.saturating_add(length).min(self.filled.end);
        start..self.filled.start
    }

    /// Bytes that [`consume`](Self::consume) told the place of.
    #[inline]
    pub(crate) fn consumed(&self, place: Range<usize>) -> &[u8] {
        self.bytes.get(place).unwrap_or(&[])
    }

    /// How many bytes were read since this was last asked.
    pub(crate) fn take_read(&mut self) -> usize {
        std::mem::take(&mut self.read)
    }

    /// Reads once, into the room there is; makes some where there is none. Grows by what has come, never
    /// by what was announced.
    #[inline]
    pub(crate) fn fill(&mut self, from: &mut impl Read) -> io::Result<usize> {
        if self.filled.is_empty() {
            self.filled = 0..0;
            if self.bytes.len() > WORTH_KEEPING.max(self.usual) {
                self.bytes = vec![0; self.usual];
            }
        } else if self.filled.end == self.bytes.len() {
            self.make_room();
        }
        let room = self.bytes.get_mut(self.filled.end..).unwrap_or(&mut []);
        let count = from.read(room)?;
        self.read = self.read.wrapping_add(count);
        self.filled.end = self.filled.end.saturating_add(count).min(self.bytes.len());
        if self.filled.end == self.bytes.len() && self.bytes.len() < self.usual {
            self.grow();
        }
        Ok(count)
    }

    /// There is more to come than a connection begins with: from now on it reads as much as was set.
    #[cold]
    fn grow(&mut self) {
        self.bytes.resize(self.usual, 0);
    }

    #[cold]
    fn make_room(&mut self) {
        if self.filled.start > self.bytes.len() / 2 {
            self.bytes.copy_within(self.filled.clone(), 0);
            self.filled = 0..self.filled.len();
        } else {
            self.bytes.resize(self.bytes.len().saturating_mul(2), 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_piece_by_piece_is_read_as_a_whole() {
        let text: Vec<u8> = (0..5000).map(|n| (n % 251) as u8).collect();
        let mut source =
            text.chunks(7).map(<[u8]>::to_vec).collect::<std::collections::VecDeque<_>>();
        struct Pieces<'a>(&'a mut std::collections::VecDeque<Vec<u8>>);
        impl Read for Pieces<'_> {
            fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                let Some(mut piece) = self.0.pop_front() else { return Ok(0) };
                let count = piece.len().min(into.len());
                into[..count].copy_from_slice(&piece[..count]);
                if count < piece.len() {
                    self.0.push_front(piece.split_off(count));
                }
                Ok(count)
            }
        }
        let mut incoming = Incoming::new(0);
        while incoming.fill(&mut Pieces(&mut source)).unwrap() > 0 {}
        assert_eq!(incoming.unread(), text);

        let place = incoming.consume(4999);
        assert_eq!(incoming.consumed(place), &text[..4999]);
        assert_eq!(incoming.unread(), &text[4999..]);
    }

    #[test]
    fn a_buffer_is_as_large_as_was_set_only_when_a_read_fills_what_it_began_with() {
        let mut incoming = Incoming::new(32 * 1024);
        incoming.fill(&mut &[b'x'; AT_FIRST - 1][..]).unwrap();
        assert_eq!(incoming.bytes.len(), AT_FIRST);
        incoming.consume(AT_FIRST - 1);
        let mut source = &[b'y'; AT_FIRST + 1][..];
        incoming.fill(&mut source).unwrap();
        assert_eq!((incoming.bytes.len(), source.len()), (32 * 1024, 1));
        incoming.fill(&mut source).unwrap();
        assert_eq!(incoming.unread(), [b'y'; AT_FIRST + 1]);
    }

    #[test]
    fn the_memory_of_a_large_reply_is_given_back_when_it_was_read() {
        let large = vec![b'x'; 3 * WORTH_KEEPING];
        let mut incoming = Incoming::new(4096);
        let mut source = &large[..];
        while incoming.fill(&mut source).unwrap() > 0 {}
        incoming.consume(large.len());
        incoming.fill(&mut &b"y"[..]).unwrap();
        assert_eq!((incoming.bytes.len(), incoming.unread()), (4096, &b"y"[..]));
    }
}
