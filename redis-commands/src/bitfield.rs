//! A string as an array of integers of any width.
//!
//! Decides how the types, the offsets and the operations on them are written. Does not know what the
//! string holds.

use redis_core::Error;
use redis_core::command::{Command, ToArg, ToArgs};

/// The type of an integer within a string of bits: 1 to 64 bits signed, 1 to 63 unsigned.
///
/// Another width is refused before any I/O.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BitType {
    signed: bool,
    bits: u8,
}

impl BitType {
    /// In two's complement: `i8` is `BitType::signed(8)`.
    #[must_use]
    #[inline]
    pub const fn signed(bits: u8) -> Self {
        Self { signed: true, bits }
    }

    /// Without a sign: `u8` is `BitType::unsigned(8)`.
    #[must_use]
    #[inline]
    pub const fn unsigned(bits: u8) -> Self {
        Self { signed: false, bits }
    }
}

impl BitType {
    #[inline]
    fn write(self, command: &mut Command<'_>) {
        let (letter, most) = if self.signed { ('i', 64) } else { ('u', 63) };
        if !(1..=most).contains(&self.bits) {
            command.reject(Error::argument(format!(
                "`bits` is {}: it must be 1 to {most} for type {letter}",
                self.bits
            )));
        }
        command.push(format!("{letter}{}", self.bits).as_bytes());
    }
}

/// Where an integer begins: a number of bits, or of integers of its own type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BitOffset {
    number: u64,
    times_width: bool,
}

impl BitOffset {
    /// At this bit, the first being 0. A plain number is the same.
    #[must_use]
    #[inline]
    pub const fn bit(number: u64) -> Self {
        Self { number, times_width: false }
    }

    /// After so many integers of the same type (`#`): `nth(0)` is the first.
    #[must_use]
    #[inline]
    pub const fn nth(number: u64) -> Self {
        Self { number, times_width: true }
    }
}

impl From<u64> for BitOffset {
    #[inline]
    fn from(bit: u64) -> Self {
        Self::bit(bit)
    }
}

impl BitOffset {
    #[inline]
    fn write(self, command: &mut Command<'_>) {
        if self.times_width {
            command.push(format!("#{}", self.number).as_bytes());
        } else {
            command.push_integer(false, self.number);
        }
    }
}

/// What becomes of a number that its type cannot hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the three ways there are to overflow")]
pub enum BitOverflow {
    /// It goes on at the other end of the range.
    #[default]
    Wrap,
    /// It stays at the end of the range.
    Saturate,
    /// The integer is left as it was, and the reply for it is `None`.
    Fail,
}

/// What [`bitfield`](crate::BasicKeyCommands::bitfield) does, in order.
///
/// # Example
///
/// ```
/// use redis_sync::{BitOffset, BitOverflow, BitType, BitfieldOperations};
///
/// let level = BitType::unsigned(4);
/// let operations = BitfieldOperations::new()
///     .overflow(BitOverflow::Saturate)
///     .incrby(level, BitOffset::nth(7), 3)
///     .get(BitType::signed(5), 100);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct BitfieldOperations(Vec<Operation>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Get(BitType, BitOffset),
    Set(BitType, BitOffset, i64),
    Incrby(BitType, BitOffset, i64),
    Overflow(BitOverflow),
}

impl BitfieldOperations {
    /// Nothing yet.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads an integer.
    pub fn get(self, of: BitType, at: impl Into<BitOffset>) -> Self {
        self.then(Operation::Get(of, at.into()))
    }

    /// Sets an integer; its reply is what it was before.
    pub fn set(self, of: BitType, at: impl Into<BitOffset>, value: i64) -> Self {
        self.then(Operation::Set(of, at.into(), value))
    }

    /// Adds to an integer; its reply is what it is then.
    pub fn incrby(self, of: BitType, at: impl Into<BitOffset>, increment: i64) -> Self {
        self.then(Operation::Incrby(of, at.into(), increment))
    }

    /// How the operations after this one overflow. Default: they wrap. It has no reply of its own.
    #[inline]
    pub fn overflow(self, overflow: BitOverflow) -> Self {
        self.then(Operation::Overflow(overflow))
    }

    #[inline]
    fn then(mut self, operation: Operation) -> Self {
        self.0.push(operation);
        self
    }
}

impl ToArgs for BitfieldOperations {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        for operation in &self.0 {
            operation.to_args(command);
        }
    }
}

impl ToArgs for Operation {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        match self {
            Self::Get(of, at) => {
                command.push(b"GET");
                of.write(command);
                at.write(command);
            }
            Self::Set(of, at, value) => {
                command.push(b"SET");
                of.write(command);
                at.write(command);
                value.to_arg(command);
            }
            Self::Incrby(of, at, increment) => {
                command.push(b"INCRBY");
                of.write(command);
                at.write(command);
                increment.to_arg(command);
            }
            Self::Overflow(overflow) => {
                command.push(b"OVERFLOW");
                command.push(match overflow {
                    BitOverflow::Wrap => b"WRAP",
                    BitOverflow::Saturate => b"SAT",
                    BitOverflow::Fail => b"FAIL",
                });
            }
        }
    }
}

/// What [`bitfield_ro`](crate::BasicKeyCommands::bitfield_ro) reads, in order.
///
/// # Example
///
/// ```
/// use redis_sync::{BitType, BitfieldReads};
///
/// let reads = BitfieldReads::new().get(BitType::unsigned(8), 0).get(BitType::unsigned(8), 8);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct BitfieldReads(BitfieldOperations);

impl BitfieldReads {
    /// Nothing yet.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads an integer.
    pub fn get(self, of: BitType, at: impl Into<BitOffset>) -> Self {
        Self(self.0.get(of, at))
    }
}

impl ToArgs for BitfieldReads {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        self.0.to_args(command);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BasicKeyCommands;
    use crate::rehearsal::{read, refusal, wire};

    #[test]
    fn operations_are_written_in_their_order() {
        let (byte, nibble) = (BitType::unsigned(8), BitType::signed(4));
        let operations = BitfieldOperations::new()
            .set(byte, 0, 255)
            .overflow(BitOverflow::Fail)
            .incrby(nibble, BitOffset::nth(3), -2)
            .overflow(BitOverflow::Saturate)
            .get(byte, 8)
            .overflow(BitOverflow::Wrap);
        assert_eq!(
            wire(|r| r.bitfield("k", operations)),
            "BITFIELD [k] SET u8 0 255 OVERFLOW FAIL INCRBY i4 #3 -2 OVERFLOW SAT GET u8 8 OVERFLOW WRAP"
        );
        let reads = BitfieldReads::new().get(byte, 0).get(nibble, BitOffset::nth(1));
        assert_eq!(wire(|r| r.bitfield_ro("k", reads)), "BITFIELD_RO [k] GET u8 0 GET i4 #1");
    }

    #[test]
    fn a_width_that_no_type_has_is_refused() {
        let read = |of| refusal(|r| r.bitfield_ro("k", BitfieldReads::new().get(of, 0)));
        let wide = "BITFIELD_RO: `bits` is 64: it must be 1 to 63 for type u";
        assert_eq!(read(BitType::unsigned(64)), wide);
        read(BitType::signed(65));
        read(BitType::signed(0));
    }

    #[test]
    fn an_integer_that_would_overflow_is_none() {
        let operations = BitfieldOperations::new();
        let replies = read("*2 $-1 :-7 ", "*2 _ :-7 ", |r| r.bitfield("k", operations.clone()));
        assert_eq!(replies, [None, Some(-7)]);
    }
}
