//! Parts of a string of bits, and how bits are combined.
//!
//! Decides how these are written. Does not know which command they are part of.

use redis_core::Error;
use redis_core::command::{Command, ToArg, ToArgs};

/// A part of a string, from its first byte or bit to its last, both included; negative numbers count from
/// the end, −1 being the last.
///
/// # Example
///
/// ```
/// use redis_sync::BitRange;
///
/// let second_byte = BitRange::bytes(1, 1);
/// let last_five_bits = BitRange::bits(-5, -1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct BitRange {
    start: i64,
    end: i64,
    unit: Option<&'static str>,
}

impl BitRange {
    /// Counted in bytes.
    #[inline]
    pub fn bytes(start: i64, end: i64) -> Self {
        Self { start, end, unit: None }
    }

    /// Counted in bits (7.0.0).
    #[inline]
    pub fn bits(start: i64, end: i64) -> Self {
        Self { start, end, unit: Some("BIT") }
    }
}

impl ToArgs for BitRange {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        self.start.to_arg(command);
        self.end.to_arg(command);
        self.unit.to_args(command);
    }
}

/// Where [`bitpos_with`](crate::BasicKeyCommands::bitpos_with) looks: a [`BitRange`], or all from a byte on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct BitposRange(Within);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Within {
    Range(BitRange),
    From(i64),
}

impl BitposRange {
    /// From this byte on. The string goes on for ever in zeros then: a zero is always found.
    #[inline]
    pub fn from_byte(start: i64) -> Self {
        Self(Within::From(start))
    }
}

impl From<BitRange> for BitposRange {
    #[inline]
    fn from(range: BitRange) -> Self {
        Self(Within::Range(range))
    }
}

impl ToArgs for BitposRange {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        match &self.0 {
            Within::Range(range) => range.to_args(command),
            Within::From(start) => start.to_arg(command),
        }
    }
}

/// How [`bitop`](crate::BasicKeyCommands::bitop) combines strings, bit by bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BitOperation {
    /// Set in all of them.
    And,
    /// Set in any of them.
    Or,
    /// Set in an odd number of them.
    Xor,
    /// Not set in the only one.
    Not,
    /// Set in the first and in none of the others (8.2.0).
    Diff,
    /// Set in any of the others and not in the first (8.2.0).
    Diff1,
    /// Set in the first and in any of the others (8.2.0).
    AndOr,
    /// Set in exactly one of them (8.2.0).
    One,
}

impl BitOperation {
    /// The word for it.
    #[inline]
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::And => "AND",
            Self::Or => "OR",
            Self::Xor => "XOR",
            Self::Not => "NOT",
            Self::Diff => "DIFF",
            Self::Diff1 => "DIFF1",
            Self::AndOr => "ANDOR",
            Self::One => "ONE",
        }
    }

    /// Refuses a number of keys that the operation has no meaning for.
    #[inline]
    pub(crate) fn check_keys(self, keys: usize, command: &mut Command<'_>) {
        let wanted = match self {
            Self::Not if keys != 1 => "exactly one",
            Self::Diff | Self::Diff1 | Self::AndOr if keys < 2 => "two or more",
            _ if keys == 0 => "at least one",
            _ => return,
        };
        command.reject(Error::argument(format!("`keys` are {keys}: {self:?} takes {wanted}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BasicKeyCommands;
    use crate::rehearsal::{refusal, wire};

    #[test]
    fn ranges_name_their_unit_where_it_is_the_bit() {
        assert_eq!(wire(|r| r.bitcount_with("k", BitRange::bytes(0, -1))), "BITCOUNT [k] 0 -1");
        let bits = BitRange::bits(3, 7);
        assert_eq!(wire(|r| r.bitcount_with("k", bits)), "BITCOUNT [k] 3 7 BIT");
        assert_eq!(wire(|r| r.bitpos_with("k", true, bits)), "BITPOS [k] 1 3 7 BIT");
        let rest = BitposRange::from_byte(2);
        assert_eq!(wire(|r| r.bitpos_with("k", false, rest)), "BITPOS [k] 0 2");
    }

    #[test]
    fn every_operation_has_its_word() {
        let word = |operation| wire(|r| r.bitop(operation, "d", ["a", "b"]));
        assert_eq!(word(BitOperation::And), "BITOP AND [d] [a] [b]");
        assert_eq!(word(BitOperation::Or), "BITOP OR [d] [a] [b]");
        assert_eq!(word(BitOperation::Xor), "BITOP XOR [d] [a] [b]");
        assert_eq!(word(BitOperation::Diff), "BITOP DIFF [d] [a] [b]");
        assert_eq!(word(BitOperation::Diff1), "BITOP DIFF1 [d] [a] [b]");
        assert_eq!(word(BitOperation::AndOr), "BITOP ANDOR [d] [a] [b]");
        assert_eq!(word(BitOperation::One), "BITOP ONE [d] [a] [b]");
        assert_eq!(wire(|r| r.bitop(BitOperation::Not, "d", "a")), "BITOP NOT [d] [a]");
    }

    #[test]
    fn keys_that_an_operation_has_no_meaning_for_are_refused() {
        let two = refusal(|r| r.bitop(BitOperation::Not, "d", ["a", "b"]));
        assert_eq!(two, "BITOP: `keys` are 2: Not takes exactly one");
        let one = refusal(|r| r.bitop(BitOperation::Diff, "d", "a"));
        assert_eq!(one, "BITOP: `keys` are 1: Diff takes two or more");
        let none = refusal(|r| r.bitop(BitOperation::And, "d", [""; 0]));
        assert_eq!(none, "BITOP: `keys` are 0: And takes at least one");
    }
}
