//! Where a command is encoded: inline while it is short, on the heap beyond.

/// Bytes that fit a typical `SET key value` with room to spare; a `GET` or `SET` allocates nothing.
const INLINE: usize = 88;

/// What an argument's length and line ends take, at most.
const LENGTH: usize = 25;

/// What an option or two behind many arguments takes.
const FEW: usize = 48;

/// The encoded arguments of a command.
#[derive(Clone)]
pub(crate) enum Buffer {
    Inline { bytes: [u8; INLINE], length: u8 },
    Heap(Vec<u8>),
}

impl Buffer {
    #[inline]
    pub(crate) const fn new() -> Self {
        Self::Inline { bytes: [0; INLINE], length: 0 }
    }

    #[inline]
    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Inline { bytes, length } => bytes.get(..*length as usize).unwrap_or(&[]),
            Self::Heap(bytes) => bytes,
        }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Inline { length, .. } => *length as usize,
            Self::Heap(bytes) => bytes.len(),
        }
    }

    /// Whether it owns no memory.
    #[inline]
    pub(crate) fn is_inline(&self) -> bool {
        matches!(self, Self::Inline { .. })
    }

    #[inline]
    pub(crate) fn push(&mut self, more: &[u8]) {
        if let Self::Inline { bytes, length } = self {
            let start = *length as usize;
            if let Some(room) = bytes.get_mut(start..start + more.len()) {
                room.copy_from_slice(more);
                // INLINE is below 256
                *length = (start + more.len()) as u8;
                return;
            }
        }
        self.spill(more.len()).extend_from_slice(more);
    }

    /// Writes `$<length>\r\n<argument>\r\n` at once where it fits inline, the common case by far.
    #[inline]
    pub(crate) fn push_bulk(&mut self, argument: &[u8]) {
        let size = argument.len();
        if let Self::Inline { bytes, length } = self {
            if size < 100 {
                let start = *length as usize;
                let digits = if size < 10 { 1 } else { 2 };
                if let Some(room) = bytes.get_mut(start..start + 5 + digits + size) {
                    write_small_bulk(room, digits, argument);
                    *length += (5 + digits + size) as u8;
                    return;
                }
            }
        }
        self.push_to_heap(argument);
    }

    /// The same where it does not fit inline. Nothing here lends the buffer to what is compiled elsewhere:
    /// where a command lies would be known there, and each step of its making would have to move it.
    #[inline]
    fn push_to_heap(&mut self, argument: &[u8]) {
        match self {
            Self::Heap(heap) => *heap = pushed(std::mem::take(heap), argument),
            Self::Inline { bytes, length } => {
                *self = Self::Heap(spilled(*bytes, *length, argument));
            }
        }
    }

    /// Makes room for `more` bytes, which are sure to come or nearly so, and for the few that often
    /// follow many; nothing where they fit inline.
    #[inline]
    pub(crate) fn reserve(&mut self, more: usize) {
        if self.len().saturating_add(more) > INLINE {
            self.reserve_heap(more.saturating_add(FEW));
        }
    }

    #[cold]
    fn reserve_heap(&mut self, more: usize) {
        match self {
            Self::Heap(heap) => heap.reserve(more),
            Self::Inline { .. } => {
                let mut heap = Vec::with_capacity(self.len().saturating_add(more));
                heap.extend_from_slice(self.as_slice());
                *self = Self::Heap(heap);
            }
        }
    }

    /// Moves to the heap, with room for `more` bytes and for as much again.
    fn spill(&mut self, more: usize) -> &mut Vec<u8> {
        if let Self::Inline { .. } = self {
            let mut heap = Vec::with_capacity((self.len() + more) * 2);
            heap.extend_from_slice(self.as_slice());
            *self = Self::Heap(heap);
        }
        match self {
            Self::Heap(heap) => heap,
            Self::Inline { .. } => unreachable!("spilled above"),
        }
    }
}

/// What was inline, and one more argument, with room for as much again.
#[cold]
#[inline(never)]
fn spilled(bytes: [u8; INLINE], length: u8, argument: &[u8]) -> Vec<u8> {
    let inline = bytes.get(..length as usize).unwrap_or_default();
    let mut heap = Vec::with_capacity((inline.len() + argument.len() + LENGTH) * 2);
    heap.extend_from_slice(inline);
    pushed(heap, argument)
}

/// One more argument.
#[inline(never)]
fn pushed(mut heap: Vec<u8>, argument: &[u8]) -> Vec<u8> {
    let size = argument.len();
    heap.reserve(size + LENGTH);
    match size {
        0..10 => heap.extend_from_slice(&[b'$', b'0' + size as u8, b'\r', b'\n']),
        10..100 => {
            let (tens, ones) = (b'0' + (size / 10) as u8, b'0' + (size % 10) as u8);
            heap.extend_from_slice(&[b'$', tens, ones, b'\r', b'\n']);
        }
        _ => {
            heap.push(b'$');
            heap.extend_from_slice(decimal(size as u64, &mut [0; 20]));
            heap.extend_from_slice(b"\r\n");
        }
    }
    heap.extend_from_slice(argument);
    heap.extend_from_slice(b"\r\n");
    heap
}

#[inline]
fn write_small_bulk(room: &mut [u8], digits: usize, argument: &[u8]) {
    let size = argument.len();
    room[0] = b'$';
    if digits == 1 {
        room[1] = b'0' + size as u8;
    } else {
        room[1] = b'0' + (size / 10) as u8;
        room[2] = b'0' + (size % 10) as u8;
    }
    room[1 + digits] = b'\r';
    room[2 + digits] = b'\n';
    room[3 + digits..3 + digits + size].copy_from_slice(argument);
    room[3 + digits + size] = b'\r';
    room[4 + digits + size] = b'\n';
}

/// A number in decimal digits, at the end of `room`.
#[inline]
pub(crate) fn decimal(mut number: u64, room: &mut [u8; 20]) -> &[u8] {
    let mut at = room.len();
    loop {
        at -= 1;
        room[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return &room[at..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bulk_is_the_same_inline_and_on_the_heap() {
        for size in [0, 1, 9, 10, 81, 82, 99, 100, 101, 1000] {
            let argument = vec![b'x'; size];
            let mut expected = format!("${size}\r\n").into_bytes();
            expected.extend_from_slice(&argument);
            expected.extend_from_slice(b"\r\n");

            let mut inline = Buffer::new();
            inline.push_bulk(&argument);
            assert_eq!(inline.as_slice(), expected, "{size} bytes, inline first");

            let mut heap = Buffer::Heap(Vec::new());
            heap.push_bulk(&argument);
            assert_eq!(heap.as_slice(), expected, "{size} bytes, on the heap");
        }
    }

    #[test]
    fn a_buffer_keeps_what_it_held_when_it_spills() {
        let mut buffer = Buffer::new();
        buffer.push(&[b'a'; INLINE]);
        buffer.push(b"b");
        assert_eq!(buffer.len(), INLINE + 1);
        assert_eq!(buffer.as_slice().last(), Some(&b'b'));
    }

    #[test]
    fn what_was_reserved_is_filled_without_growing() {
        let mut buffer = Buffer::new();
        buffer.push_bulk(b"destination");
        buffer.reserve(100 * 15);
        let Buffer::Heap(heap) = &buffer else { panic!("it does not fit inline") };
        let place = heap.as_ptr();
        (0..100).for_each(|_| buffer.push_bulk(b"0123456789"[..9].as_ref()));
        assert_eq!((buffer.as_slice().as_ptr(), buffer.len()), (place, 18 + 100 * 15));

        let mut small = Buffer::new();
        small.reserve(INLINE);
        assert!(matches!(small, Buffer::Inline { .. }));
    }

    #[test]
    fn decimal_writes_every_size() {
        for number in [0, 7, 10, 99, 100, u64::MAX] {
            assert_eq!(decimal(number, &mut [0; 20]), number.to_string().as_bytes());
        }
    }
}
