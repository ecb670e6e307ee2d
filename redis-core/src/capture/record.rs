//! A line of a capture, read back.

use crate::error::{Error, ErrorKind, Result};
use crate::event::ConnectionId;
use crate::monitor::unquote;
use std::time::Duration;

/// One line of a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// When, since 1970.
    pub at: Duration,
    /// On which connection; 0 for what concerns all.
    pub connection: ConnectionId,
    /// What happened.
    pub kind: RecordKind,
}

/// What a line of a capture tells.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordKind {
    /// A connection was opened: where to.
    Opened(String),
    /// A command was sent: its words, the secret ones unknown.
    Command(Vec<Option<Vec<u8>>>),
    /// Something was sent that is no command, or not a whole one.
    Unknown(String),
    /// A read brought these bytes.
    Received(Vec<u8>),
    /// The connection ended.
    Closed,
    /// The capture reached its limit: the rest is missing.
    Limit,
}

impl Record {
    /// Reads a line, without its end.
    ///
    /// # Errors
    ///
    /// That it is no line of a capture.
    #[inline]
    pub fn parse(line: &[u8]) -> Result<Self> {
        read(line).ok_or_else(|| {
            let line = String::from_utf8_lossy(line);
            let shown: String = line.chars().take(40).collect();
            Error::new(ErrorKind::Protocol, format!("no line of a capture: `{shown}`"))
        })
    }
}

#[inline]
fn read(line: &[u8]) -> Option<Record> {
    let (at, rest) = cut(line)?;
    let (connection, rest) = cut(rest)?;
    let (sign, what) = cut(rest)?;
    let kind = match (sign, what) {
        (b".", b"closed") => RecordKind::Closed,
        (b".", b"limit reached") => RecordKind::Limit,
        (b".", what) => {
            let endpoint = what.strip_prefix(b"opened ")?;
            RecordKind::Opened(String::from_utf8_lossy(endpoint).into_owned())
        }
        (b"?", what) => RecordKind::Unknown(String::from_utf8_lossy(what).into_owned()),
        (b"<", what) => match unquote(what)? {
            (bytes, []) => RecordKind::Received(bytes),
            _ => return None,
        },
        (b">", what) => RecordKind::Command(words(what)?),
        _ => return None,
    };
    let connection = std::str::from_utf8(connection).ok()?.parse().ok()?;
    Some(Record { at: time(at)?, connection: ConnectionId::new(connection), kind })
}

#[inline]
fn words(mut text: &[u8]) -> Option<Vec<Option<Vec<u8>>>> {
    let mut words = Vec::new();
    loop {
        let rest = if let Some(rest) = text.strip_prefix(b"***") {
            words.push(None);
            rest
        } else {
            let (word, rest) = unquote(text)?;
            words.push(Some(word));
            rest
        };
        if rest.is_empty() {
            return Some(words);
        }
        text = rest.strip_prefix(b" ")?;
    }
}

#[inline]
fn time(text: &[u8]) -> Option<Duration> {
    let (seconds, micros) = std::str::from_utf8(text).ok()?.split_once('.')?;
    let micros: u32 = (micros.len() == 6).then(|| micros.parse().ok())??;
    Some(Duration::new(seconds.parse().ok()?, micros.checked_mul(1000)?))
}

#[inline]
fn cut(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|byte| *byte == b' ')?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}
