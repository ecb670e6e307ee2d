//! Whatever comes, as one type.
//!
//! This decides what a reply is when nobody says what it should be. It keeps everything: what
//! [`Value::encode`] writes is read back as the same value.

use super::display::Double;
use super::{BulkString, FromReply, Reply};
use crate::error::{Result, ServerError};
use crate::resp::{Kind, number};

/// Any reply: for looking, for generic tools, and for what has no type yet.
///
/// Prints as `redis-cli` does. A server's error inside an aggregate is a [`Value::Error`]; an error that
/// is the whole reply is an `Err`, as for every other type.
///
/// # Example
///
/// ```
/// use redis_sync::Value;
///
/// let value = Value::Array(vec![Value::from("a"), Value::Integer(3), Value::Nil]);
/// assert_eq!(value.to_string(), "1) \"a\"\n2) (integer) 3\n3) (nil)");
/// ```
#[derive(Clone, Debug, PartialEq, Default)]
#[non_exhaustive]
pub enum Value {
    /// No value.
    #[default]
    Nil,
    /// An integer.
    Integer(i64),
    /// A double; it may be infinite or not a number.
    Double(f64),
    /// A boolean.
    Boolean(bool),
    /// The digits of an integer of any size.
    BigNumber(String),
    /// What users store.
    BulkString(BulkString),
    /// A status, such as `OK`.
    SimpleString(String),
    /// A text with its format: `txt` or `mkd`.
    Verbatim {
        /// The three letters of the format.
        format: String,
        /// The text.
        text: BulkString,
    },
    /// An error of the server.
    Error(ServerError),
    /// Values in order.
    Array(Vec<Self>),
    /// Values in no order.
    Set(Vec<Self>),
    /// Keys and values, in the order of the wire.
    Map(Vec<(Self, Self)>),
    /// What the server sends unasked.
    Push(Vec<Self>),
    /// A value, and what the server says about it besides.
    Attributed {
        /// What it says.
        attributes: Vec<(Self, Self)>,
        /// The value itself.
        value: Box<Self>,
    },
}

impl Value {
    /// Reads any reply; an error is a [`Value::Error`] wherever it stands.
    #[inline]
    pub fn read(reply: Reply<'_>) -> Self {
        match reply.attributes() {
            Some(attributes) => Self::Attributed {
                attributes: entries(attributes),
                value: Box::new(Self::read_plain(reply)),
            },
            None => Self::read_plain(reply),
        }
    }

    #[inline]
    fn read_plain(reply: Reply<'_>) -> Self {
        let raw = reply.raw();
        let text = || String::from_utf8_lossy(raw).into_owned();
        let string = || reply.shared("").map_or_else(|_| BulkString::new(), BulkString::from);
        match reply.kind() {
            Kind::Nil => Self::Nil,
            // the framer has seen that the numbers are numbers
            Kind::Integer => Self::Integer(number::integer(raw).unwrap_or_default()),
            Kind::Double => Self::Double(number::double_as_written(raw)),
            Kind::Boolean => Self::Boolean(raw == b"t"),
            Kind::BigNumber => Self::BigNumber(text()),
            Kind::BulkString => Self::BulkString(string()),
            Kind::SimpleString => Self::SimpleString(text()),
            Kind::VerbatimString => {
                let format = reply.verbatim_format().unwrap_or_default();
                let format = String::from_utf8_lossy(format).into_owned();
                Self::Verbatim { format, text: string() }
            }
            Kind::SimpleError | Kind::BulkError => Self::Error(ServerError::parse(raw)),
            Kind::Array => Self::Array(items(reply)),
            Kind::Set => Self::Set(items(reply)),
            Kind::Push => Self::Push(items(reply)),
            Kind::Map => Self::Map(reply.entries().map_or_else(|_| Vec::new(), entries)),
            // `Reply` stands behind attributes, never on them
            Kind::Attribute => Self::Nil,
        }
    }

    /// Appends the value as RESP3: for mocks, and for tests of whatever reads RESP.
    #[inline]
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Nil => out.extend_from_slice(b"_\r\n"),
            Self::Integer(number) => line(out, b':', number),
            Self::Double(number) => line(out, b',', &Double(*number)),
            Self::Boolean(true) => out.extend_from_slice(b"#t\r\n"),
            Self::Boolean(false) => out.extend_from_slice(b"#f\r\n"),
            Self::BigNumber(digits) => line(out, b'(', digits),
            Self::BulkString(text) => string(out, b'$', &[text.as_bytes()]),
            Self::SimpleString(text) if is_line(text) => line(out, b'+', text),
            Self::SimpleString(text) => string(out, b'$', &[text.as_bytes()]),
            Self::Verbatim { format, text } => {
                string(out, b'=', &[format.as_bytes(), b":", text.as_bytes()]);
            }
            Self::Error(error) if is_line(error.text()) => line(out, b'-', error),
            Self::Error(error) => string(out, b'!', &[error.text().as_bytes()]),
            Self::Array(items) => encode_items(out, b'*', items),
            Self::Set(items) => encode_items(out, b'~', items),
            Self::Push(items) => encode_items(out, b'>', items),
            Self::Map(entries) => encode_entries(out, b'%', entries),
            Self::Attributed { attributes, value } => {
                encode_entries(out, b'|', attributes);
                value.encode(out);
            }
        }
    }
}

impl FromReply for Value {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        match reply.error() {
            Some(error) if reply.is_whole() => Err(error),
            _ => Ok(Self::read(reply)),
        }
    }
}

impl From<&str> for Value {
    #[inline]
    fn from(text: &str) -> Self {
        Self::BulkString(text.into())
    }
}

impl From<String> for Value {
    #[inline]
    fn from(text: String) -> Self {
        Self::BulkString(text.into())
    }
}

impl From<BulkString> for Value {
    #[inline]
    fn from(text: BulkString) -> Self {
        Self::BulkString(text)
    }
}

impl From<i64> for Value {
    #[inline]
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<f64> for Value {
    #[inline]
    fn from(number: f64) -> Self {
        Self::Double(number)
    }
}

impl From<bool> for Value {
    #[inline]
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Nil, Into::into)
    }
}

impl<T: Into<Self>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Self {
        Self::Array(items.into_iter().map(Into::into).collect())
    }
}

#[inline]
fn items(reply: Reply<'_>) -> Vec<Value> {
    reply.items().map_or_else(|_| Vec::new(), |items| items.map(Value::read).collect())
}

#[inline]
fn entries(entries: super::Entries<'_>) -> Vec<(Value, Value)> {
    entries.map(|(key, value)| (Value::read(key), Value::read(value))).collect()
}

#[inline]
fn is_line(text: &str) -> bool {
    !text.contains(['\r', '\n'])
}

fn line(out: &mut Vec<u8>, kind: u8, text: &impl std::fmt::Display) {
    out.push(kind);
    out.extend_from_slice(text.to_string().as_bytes());
    out.extend_from_slice(b"\r\n");
}

#[inline]
fn string(out: &mut Vec<u8>, kind: u8, parts: &[&[u8]]) {
    line(out, kind, &parts.iter().map(|part| part.len()).sum::<usize>());
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out.extend_from_slice(b"\r\n");
}

#[inline]
fn encode_items(out: &mut Vec<u8>, kind: u8, items: &[Value]) {
    line(out, kind, &items.len());
    items.iter().for_each(|item| item.encode(out));
}

#[inline]
fn encode_entries(out: &mut Vec<u8>, kind: u8, entries: &[(Value, Value)]) {
    line(out, kind, &entries.len());
    for (key, value) in entries {
        key.encode(out);
        value.encode(out);
    }
}
