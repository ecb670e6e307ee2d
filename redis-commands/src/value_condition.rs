//! What a string must be for a command to touch it: equal to a value, or of a digest.

use crate::owned_argument::OwnedArgument;
use redis_core::command::{Command, ToArg, ToArgs};
use redis_core::{Error, FromReply, Reply, Result};
use std::fmt;
use std::str::FromStr;

/// What the string at a key must be: the condition of [`delex`](crate::BasicKeyCommands::delex).
///
/// A key that does not exist has no value: it is neither equal nor of a digest, and it is not equal.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct ValueCondition(Wanted);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Wanted {
    Value(&'static str, OwnedArgument),
    Digest(&'static str, ValueDigest),
}

impl ValueCondition {
    /// Equal to `value` (`IFEQ`).
    pub fn equal(value: impl ToArg) -> Self {
        Self(Wanted::Value("IFEQ", OwnedArgument::of(value)))
    }

    /// Other than `value` (`IFNE`).
    pub fn not_equal(value: impl ToArg) -> Self {
        Self(Wanted::Value("IFNE", OwnedArgument::of(value)))
    }

    /// Of this digest (`IFDEQ`).
    #[inline]
    pub fn digest(digest: ValueDigest) -> Self {
        Self(Wanted::Digest("IFDEQ", digest))
    }

    /// Of another digest (`IFDNE`).
    #[inline]
    pub fn not_digest(digest: ValueDigest) -> Self {
        Self(Wanted::Digest("IFDNE", digest))
    }
}

impl ToArgs for ValueCondition {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        match &self.0 {
            Wanted::Value(word, value) => {
                command.push(word.as_bytes());
                value.to_arg(command);
            }
            Wanted::Digest(word, digest) => {
                command.push(word.as_bytes());
                digest.to_arg(command);
            }
        }
    }
}

/// The digest of a string: its XXH3 hash of 64 bits, as [`digest`](crate::BasicKeyCommands::digest)
/// answers it; written as 16 hexadecimal digits.
///
/// # Example
///
/// ```
/// use redis_sync::ValueDigest;
///
/// let digest: ValueDigest = "0462dacc62893b93".parse()?;
/// assert_eq!(digest.to_string(), "0462dacc62893b93");
/// # Ok::<(), redis_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ValueDigest(u64);

impl ValueDigest {
    /// A digest that was computed here, by XXH3 of 64 bits without a seed.
    #[must_use]
    #[inline]
    pub const fn new(xxh3: u64) -> Self {
        Self(xxh3)
    }

    /// The hash as a number.
    #[must_use]
    #[inline]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ValueDigest {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for ValueDigest {
    type Err = Error;

    #[inline]
    fn from_str(text: &str) -> Result<Self> {
        // `from_str_radix` alone would take a sign
        let digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let hash = digits.then(|| u64::from_str_radix(text, 16).ok()).flatten();
        hash.map(Self).ok_or_else(|| Error::argument("a digest has exactly 16 hexadecimal digits"))
    }
}

impl ToArg for ValueDigest {
    #[inline]
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        command.push(self.to_string().as_bytes());
    }
}

impl FromReply for ValueDigest {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let text = reply.scalar("digest of a string")?;
        std::str::from_utf8(text)
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| reply.mismatch("digest of a string"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BasicKeyCommands;
    use crate::rehearsal::{read, wire};

    #[test]
    fn conditions_are_written_with_what_they_want() {
        let delex = |condition| wire(|r| r.delex("k", condition));
        let digest = ValueDigest::new(0xab);
        assert_eq!(delex(ValueCondition::equal("v")), "DELEX [k] IFEQ v");
        assert_eq!(delex(ValueCondition::not_equal(1)), "DELEX [k] IFNE 1");
        assert_eq!(delex(ValueCondition::digest(digest)), "DELEX [k] IFDEQ 00000000000000ab");
        assert_eq!(delex(ValueCondition::not_digest(digest)), "DELEX [k] IFDNE 00000000000000ab");
    }

    #[test]
    fn a_digest_is_sixteen_hexadecimal_digits_and_nothing_else() {
        for wrong in ["", "ab", "+462dacc62893b93", "0462dacc62893b930", "0462dacc62893b9g"] {
            assert!(wrong.parse::<ValueDigest>().is_err(), "{wrong}");
        }
        let answer = "$16 0462dacc62893b93 ";
        let digest = read(answer, answer, |r| r.digest("k"));
        assert_eq!(digest, Some(ValueDigest::new(0x0462_dacc_6289_3b93)));
        assert_eq!(read("$-1 ", "_ ", |r| r.digest("k")), None);
    }
}
