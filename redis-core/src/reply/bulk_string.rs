//! What users store: bytes that are text most of the time.
//!
//! This decides how stored bytes print, compare and parse. It does not decide what they mean.

use super::display::{Lossy, Quoted};
use super::{FromReply, Reply};
use crate::command::{Command, ToArg, ToArgs};
use crate::error::{Error, Result};
use bytes::Bytes;
use std::borrow::{Borrow, Cow};
use std::fmt;
use std::str::FromStr;

/// A string of Redis: shared bytes that print, compare and parse as text.
///
/// A clone shares the bytes. `{}` prints the text (with `�` for what is no UTF-8), `{:?}` prints it in
/// quotes, with the escapes that `redis-cli` uses.
///
/// # Example
///
/// ```
/// use redis_sync::BulkString;
///
/// let value = BulkString::from("42");
/// assert!(value == "42");
/// assert_eq!(value.as_str()?, "42");
/// assert_eq!(value.parse::<u8>()?, 42);
/// assert_eq!(format!("{value} {value:?}"), r#"42 "42""#);
/// # Ok::<(), redis_sync::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct BulkString(Bytes);

// No `Deref` to `[u8]` or `str`: the one would make bytes of `.lines()`, the other does not always exist.
impl BulkString {
    /// An empty string.
    #[inline]
    pub const fn new() -> Self {
        Self(Bytes::new())
    }

    /// Bytes that live forever, without a copy.
    #[inline]
    pub const fn from_static(bytes: &'static [u8]) -> Self {
        Self(Bytes::from_static(bytes))
    }

    /// The bytes.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text.
    ///
    /// # Errors
    ///
    /// A conversion error if the bytes are no UTF-8.
    #[inline]
    pub fn as_str(&self) -> Result<&str> {
        std::str::from_utf8(&self.0).map_err(|_| self.unlike("str"))
    }

    /// The text, with `�` for what is no UTF-8.
    #[inline]
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    /// The text as something that can be read from text: a number, an address, a date.
    ///
    /// # Errors
    ///
    /// A conversion error that names the type and the length of the text, and never the text.
    pub fn parse<T: FromStr>(&self) -> Result<T> {
        let wanted = std::any::type_name::<T>();
        let text = std::str::from_utf8(&self.0).map_err(|_| self.unlike(wanted))?;
        text.parse().map_err(|_| self.unlike(wanted))
    }

    /// The shared bytes themselves.
    #[inline]
    pub fn into_bytes(self) -> Bytes {
        self.0
    }

    /// How many bytes it has.
    #[inline]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it has no bytes.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[cold]
    fn unlike(&self, wanted: &str) -> Error {
        Error::conversion(wanted, format_args!("a string of {} bytes that is none", self.len()))
    }
}

impl FromReply for BulkString {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        reply.shared("string").map(Self)
    }
}

impl ToArg for BulkString {
    #[inline]
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        command.push_shared(&self.0);
    }

    #[inline]
    fn arg_size(&self) -> usize {
        self.0.arg_size()
    }
}

impl ToArgs for BulkString {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        self.to_arg(command);
    }

    #[inline]
    fn args_size(&self) -> usize {
        self.arg_size()
    }
}

impl fmt::Display for BulkString {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match std::str::from_utf8(&self.0) {
            Ok(text) => f.pad(text),
            Err(_) => write!(f, "{}", Lossy(&self.0)),
        }
    }
}

impl fmt::Debug for BulkString {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match std::str::from_utf8(&self.0) {
            Ok(text) => fmt::Debug::fmt(text, f),
            Err(_) => write!(f, "{}", Quoted(&self.0)),
        }
    }
}

impl AsRef<[u8]> for BulkString {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Borrow<[u8]> for BulkString {
    #[inline]
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

impl From<Bytes> for BulkString {
    #[inline]
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl From<BulkString> for Bytes {
    #[inline]
    fn from(string: BulkString) -> Self {
        string.0
    }
}

impl From<BulkString> for Vec<u8> {
    #[inline]
    fn from(string: BulkString) -> Self {
        string.0.into()
    }
}

impl From<String> for BulkString {
    #[inline]
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<Vec<u8>> for BulkString {
    #[inline]
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl From<&str> for BulkString {
    #[inline]
    fn from(text: &str) -> Self {
        Self(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl From<&[u8]> for BulkString {
    #[inline]
    fn from(bytes: &[u8]) -> Self {
        Self(Bytes::copy_from_slice(bytes))
    }
}

impl<const N: usize> From<&[u8; N]> for BulkString {
    fn from(bytes: &[u8; N]) -> Self {
        Self(Bytes::copy_from_slice(bytes))
    }
}

impl TryFrom<BulkString> for String {
    type Error = Error;

    #[inline]
    fn try_from(string: BulkString) -> Result<Self> {
        Self::from_utf8(string.0.into()).map_err(|error| {
            let found = error.as_bytes().len();
            Error::conversion("String", format_args!("a string of {found} bytes that is none"))
        })
    }
}

macro_rules! compares_as_bytes {
    ($([$($generic:tt)*] $other:ty),* $(,)?) => { $(
        impl<$($generic)*> PartialEq<$other> for BulkString {
            #[inline]
            fn eq(&self, other: &$other) -> bool {
                let other: &[u8] = other.as_ref();
                self.as_bytes() == other
            }
        }
        impl<$($generic)*> PartialEq<BulkString> for $other {
            #[inline]
            fn eq(&self, other: &BulkString) -> bool {
                other == self
            }
        }
        impl<$($generic)*> PartialOrd<$other> for BulkString {
            #[inline]
            fn partial_cmp(&self, other: &$other) -> Option<std::cmp::Ordering> {
                let other: &[u8] = other.as_ref();
                self.as_bytes().partial_cmp(other)
            }
        }
    )* };
}

compares_as_bytes! {
    [] str, [] &str, [] String, [] [u8], [] &[u8], [] Vec<u8>, [] Bytes,
    [const N: usize] [u8; N], [const N: usize] &[u8; N],
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::table;
    use std::collections::HashMap;

    #[test]
    fn it_compares_with_every_kind_of_text_and_bytes() {
        fn equal<T>(value: &BulkString, other: &T) -> bool
        where
            BulkString: PartialEq<T>,
            T: PartialEq<BulkString> + ?Sized,
        {
            let turned = other == value;
            value == other && turned
        }
        let value = BulkString::from("bar");
        assert!(
            equal(&value, "bar") && equal(&value, &"bar") && equal(&value, &String::from("bar"))
        );
        assert!(equal(&value, &b"bar"[..]) && equal(&value, &&b"bar"[..]));
        assert!(equal(&value, b"bar") && equal(&value, &b"bar"));
        assert!(equal(&value, &b"bar".to_vec()) && equal(&value, &Bytes::from("bar")));
        assert!(value != "baz" && value < *"baz" && value > *"ba");
        assert!(Some(value).is_some_and(|v| v == "bar"));
    }

    #[test]
    fn it_prints_text_as_text_and_bytes_escaped() {
        let text = BulkString::from("a\"b\n");
        assert_eq!(format!("{text}"), "a\"b\n");
        assert_eq!(format!("{text:?}"), r#""a\"b\n""#);
        assert_eq!(
            format!("{:>4}|{:<4}|", BulkString::from("ab"), BulkString::from("cd")),
            "  ab|cd  |"
        );
        let bytes = BulkString::from(b"\xffa\0\"");
        assert_eq!(format!("{bytes}"), "\u{fffd}a\0\"");
        assert_eq!(format!("{bytes:?}"), r#""\xffa\x00\"""#);
    }

    #[test]
    fn an_error_names_type_and_size_and_never_the_text() {
        let secret = BulkString::from("hunter2");
        assert_eq!(
            secret.parse::<i64>().unwrap_err().to_string(),
            "wanted i64, found a string of 7 bytes that is none"
        );
        assert!(secret.parse::<i64>().unwrap_err().is_conversion());
        let bytes = BulkString::from(b"\xff");
        assert_eq!(
            bytes.as_str().unwrap_err().to_string(),
            "wanted str, found a string of 1 bytes that is none"
        );
    }

    #[test]
    fn it_is_found_in_a_map_by_its_bytes() {
        let map = HashMap::from([(BulkString::from("a"), 1)]);
        assert_eq!(map.get(&b"a"[..]), Some(&1));
    }

    #[test]
    fn it_is_one_argument_and_a_large_one_is_shared() {
        let value = BulkString::from(vec![b'v'; crate::command::COPY_THRESHOLD]);
        let command = Command::new(&table::SET).key("k").args(&value);
        assert_eq!(command.len(), 3);
        let at = value.as_bytes().as_ptr();
        assert!(command.into_owned().segments().any(|part| part.as_ptr() == at));
    }
}
