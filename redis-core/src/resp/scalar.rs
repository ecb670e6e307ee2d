//! The fast path: scalars that lie whole in the buffer.
//!
//! This decides nothing that the [`Framer`](super::Framer) would not decide alike: what is unusual,
//! unfinished or wrong is left to it.

use super::Kind;

/// A scalar that lies whole in the buffer; positions count from the value's first byte.
pub(crate) struct Scalar {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) length: usize,
    pub(crate) end: usize,
}

impl Scalar {
    /// Reads the scalar that `rest` begins with, if it is a common one and whole.
    #[inline(always)]
    pub(crate) fn whole(rest: &[u8], bulk_limit: usize) -> Option<Self> {
        match *rest {
            [b'$', tens, ones, b'\r', b'\n', ..]
                if tens.is_ascii_digit() && ones.is_ascii_digit() =>
            {
                bulk(rest, 5, value(tens).wrapping_mul(10).wrapping_add(value(ones)), bulk_limit)
            }
            [b'$', ones, b'\r', b'\n', ..] if ones.is_ascii_digit() => {
                bulk(rest, 4, value(ones), bulk_limit)
            }
            [b'$', b'-', b'1', b'\r', b'\n', ..] => nil(5),
            [b'$', ..] => {
                let (length, start) = digits(rest, 1)?;
                bulk(rest, start, length, bulk_limit)
            }
            [b':', b'-', ..] => integer(rest, 2),
            [b':', ..] => integer(rest, 1),
            [b'+', b'O', b'K', b'\r', b'\n', ..] => {
                Some(Self { kind: Kind::SimpleString, start: 1, length: 2, end: 5 })
            }
            [b',', b'-', ..] => double(rest, 2),
            [b',', ..] => double(rest, 1),
            [b'_', b'\r', b'\n', ..] => nil(3),
            _ => None,
        }
    }
}

/// Where a scalar lies in a frame, in one word: below 32 bits its length, then 8 each for where it starts, behind
/// its type and the digits of its length, and for what follows it.
#[derive(Clone, Copy)]
pub(super) struct Place(u64);

impl Place {
    /// Of one that ends before the 32 bits of a frame's length do.
    #[inline(always)]
    pub(super) fn of(scalar: &Scalar) -> Self {
        let Scalar { start, length, end, .. } = *scalar;
        let after = end.wrapping_sub(start).wrapping_sub(length);
        Self(length as u64 | (start as u64) << 32 | (after as u64) << 40)
    }

    #[inline(always)]
    pub(super) fn start(self) -> u32 {
        u32::from(self.0.to_le_bytes()[4])
    }

    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "the lower 32 bits are the length")]
    pub(super) fn length(self) -> u32 {
        self.0 as u32
    }

    #[inline(always)]
    pub(super) fn end(self) -> usize {
        let after = usize::from(self.0.to_le_bytes()[5]);
        (self.length() as usize).wrapping_add(self.start() as usize).wrapping_add(after)
    }
}

#[inline(always)]
fn bulk(rest: &[u8], start: usize, length: usize, limit: usize) -> Option<Scalar> {
    let after = start.wrapping_add(length);
    let ends = matches!(rest.get(after..)?, [b'\r', b'\n', ..]) && length <= limit;
    ends.then_some(Scalar { kind: Kind::BulkString, start, length, end: after.wrapping_add(2) })
}

#[inline(always)]
fn integer(rest: &[u8], from: usize) -> Option<Scalar> {
    let (_, end) = digits(rest, from)?;
    let length = end.wrapping_sub(3);
    Some(Scalar { kind: Kind::Integer, start: 1, length, end })
}

#[inline(always)]
fn nil(end: usize) -> Option<Scalar> {
    Some(Scalar { kind: Kind::Nil, start: 0, length: 0, end })
}

/// Digits from `from` on, with a point or without; exponents, infinities and all else are the slow path's.
#[inline(always)]
fn double(rest: &[u8], from: usize) -> Option<Scalar> {
    let (mut at, mut digits, mut points) = (from, 0_usize, 0_usize);
    for &byte in rest.get(from..)?.iter().take(MOST.wrapping_add(1)) {
        match byte {
            b'0'..=b'9' => digits = digits.wrapping_add(1),
            b'.' => points = points.wrapping_add(1),
            _ => {
                let ends =
                    digits > 0 && points < 2 && matches!(rest.get(at..)?, [b'\r', b'\n', ..]);
                let length = at.wrapping_sub(1);
                let end = at.wrapping_add(2);
                return ends.then_some(Scalar { kind: Kind::Double, start: 1, length, end });
            }
        }
        at = at.wrapping_add(1);
    }
    None
}

/// So many digits fit any number of this width; a longer one is the slow path's to judge.
const MOST: usize = if usize::BITS == 64 { 18 } else { 9 };

/// The number that begins at `from`, and where the line after it begins.
#[inline(always)]
fn digits(rest: &[u8], from: usize) -> Option<(usize, usize)> {
    let mut number = 0_usize;
    let mut at = from;
    for &byte in rest.get(from..)?.iter().take(MOST.wrapping_add(1)) {
        if !byte.is_ascii_digit() {
            let ends = at > from && matches!(rest.get(at..)?, [b'\r', b'\n', ..]);
            return ends.then_some((number, at.wrapping_add(2)));
        }
        number = number.wrapping_mul(10).wrapping_add(value(byte));
        at = at.wrapping_add(1);
    }
    None
}

#[inline(always)]
fn value(digit: u8) -> usize {
    usize::from(digit.wrapping_sub(b'0'))
}
