//! Scalars: numbers, text, bytes, truth, and the absence of a value.
//!
//! What a number is does not depend on the type that carries it on the wire: RESP2 sends most numbers
//! as strings. An error names the type that was wanted and the size of what was found, never its text.

use super::{FromReply, Reply, text};
use crate::error::{Error, Result};
use crate::resp::{Frame, Kind, number};
use bytes::Bytes;
use std::borrow::Cow;
use std::num::NonZero;
use std::str::FromStr;
use std::sync::Arc;

/// Anything that is no error.
impl FromReply for () {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        reply.error().map_or(Ok(()), Err)
    }
}

/// `1` and `0`, whether integer, string or boolean; `OK` is true. Nothing else is a truth: neither
/// `"yes"` nor `2` nor nil.
impl FromReply for bool {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        match (reply.scalar("bool")?, reply.kind()) {
            (b"1", _) | (b"OK", Kind::SimpleString) => Ok(true),
            (b"0", _) => Ok(false),
            _ => Err(reply.mismatch("bool")),
        }
    }
}

macro_rules! integers {
    ($($type:ident),*) => { $(
        /// A whole number that fits, from an integer, or from text that is one.
        impl FromReply for $type {
            #[inline]
            fn from_reply(reply: Reply<'_>) -> Result<Self> {
                let text = reply.scalar(stringify!($type))?;
                match number::integer(text).map(Self::try_from) {
                    Some(Ok(number)) => Ok(number),
                    _ => wide(reply, text, stringify!($type)),
                }
            }
        }

        impl FromReply for NonZero<$type> {
            #[inline]
            fn from_reply(reply: Reply<'_>) -> Result<Self> {
                Self::new($type::from_reply(reply)?)
                    .ok_or_else(|| Error::conversion(concat!("NonZero<", stringify!($type), ">"), "zero"))
            }
        }
    )* };
}

integers!(i8, i16, i32, i64, isize, u16, u32, u64, usize, i128, u128);

/// As for the other integers; a list of them is bytes.
impl FromReply for u8 {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let text = reply.scalar("u8")?;
        match number::integer(text).map(Self::try_from) {
            Some(Ok(number)) => Ok(number),
            _ => wide(reply, text, "u8"),
        }
    }

    #[inline]
    fn vec_from_reply(reply: Reply<'_>) -> Result<Vec<Self>> {
        if reply.kind().is_aggregate() {
            return reply.items()?.map(Self::from_reply).collect();
        }
        reply.scalar("bytes").map(<[Self]>::to_vec)
    }
}

impl FromReply for NonZero<u8> {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        Self::new(u8::from_reply(reply)?).ok_or_else(|| Error::conversion("NonZero<u8>", "zero"))
    }
}

/// What does not fit into 64 bits with a sign.
#[cold]
fn wide<T: FromStr>(reply: Reply<'_>, text: &[u8], wanted: &str) -> Result<T> {
    if !number::is_big_number(text) {
        return Err(reply.mismatch(wanted));
    }
    let number = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
    number.ok_or_else(|| Error::conversion(wanted, "an integer out of its range"))
}

/// A number, infinite ones and `nan` included: what the server holds is what it may say. A finite number that
/// the type can only hold as an infinity is refused.
impl FromReply for f64 {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        number::double(reply.scalar("f64")?).ok_or_else(|| reply.mismatch("f64"))
    }
}

/// As for `f64`.
impl FromReply for f32 {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let text = reply.scalar("f32")?;
        let wide = number::double(text).ok_or_else(|| reply.mismatch("f32"))?;
        // of the text itself: a number that is rounded twice may not be the nearest
        let parsed = std::str::from_utf8(text).ok().and_then(|text| text.parse::<Self>().ok());
        match parsed {
            Some(number) if number.is_finite() || !wide.is_finite() => Ok(number),
            _ => Err(Error::conversion("f32", "a number out of its range")),
        }
    }
}

#[inline]
fn text<'f>(reply: Reply<'f>, wanted: &str) -> Result<&'f str> {
    std::str::from_utf8(reply.scalar(wanted)?).map_err(|_| reply.mismatch(wanted))
}

macro_rules! texts {
    ($($type:ty, $name:literal);* $(;)?) => { $(
        /// The text of a scalar; it must be UTF-8.
        impl FromReply for $type {
            #[inline]
            fn from_reply(reply: Reply<'_>) -> Result<Self> {
                text(reply, $name).map(Self::from)
            }
        }
    )* };
}

texts! { Box<str>, "str"; Arc<str>, "str" }

/// The text of a scalar; it must be UTF-8.
impl FromReply for String {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        text::owned(reply.scalar("String")?).ok_or_else(|| reply.mismatch("String"))
    }
}

/// The text of a scalar, owned; it must be UTF-8.
impl FromReply for Cow<'static, str> {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        String::from_reply(reply).map(Cow::Owned)
    }
}

/// Text of exactly one character.
impl FromReply for char {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        text(reply, "char")?.parse().map_err(|_| reply.mismatch("char"))
    }
}

/// The bytes of a scalar.
impl FromReply for Bytes {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        reply.shared("bytes")
    }
}

/// The bytes of a scalar, owned.
impl FromReply for Cow<'static, [u8]> {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        reply.scalar("bytes").map(|bytes| Cow::Owned(bytes.to_vec()))
    }
}

/// Nil is `None`; where it is asked for a derived struct, so is an empty map.
impl<T: FromReply> FromReply for Option<T> {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        T::option_from_reply(reply)
    }
}

/// What became of one element: a failure stays with it and does not fail the whole.
impl<T: FromReply> FromReply for Result<T> {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        Ok(T::from_reply(reply))
    }

    fn from_failure(error: Error) -> Result<Self> {
        Ok(T::from_failure(error))
    }

    fn explained(self, explain: &dyn Fn(Error) -> Error) -> Self {
        self.map(|value| value.explained(explain)).map_err(explain)
    }
}

macro_rules! pointers {
    ($($pointer:ident<$bound:ident>),*) => { $(
        impl<T: FromReply + $bound> FromReply for $pointer<T> {
            #[inline]
            fn from_reply(reply: Reply<'_>) -> Result<Self> {
                T::from_reply(reply).map(Self::new)
            }
        }
    )* };
}

pointers!(Box<Send>, Arc<Sync>);

/// The reply itself, to be read later, as often as you like; errors within are kept.
impl FromReply for Frame {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        match reply.error() {
            Some(error) => Err(error),
            None => Ok(reply.to_frame()),
        }
    }
}
