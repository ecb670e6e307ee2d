//! What `MONITOR` tells: one line for each command that the server carries out.
//!
//! ```text
//! 1339518083.107412 [0 127.0.0.1:60866] "SET" "key" "a \"value\"\n"
//! seconds   micros   │ client             words, escaped
//!                    └ database
//! ```
//!
//! This module decides what a line says, its escapes undone exactly as the server makes them. It does not
//! read a connection; the clients' `Monitor` does.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

use crate::error::{Error, ErrorKind, Result};
use crate::reply::{BulkString, FromReply, Reply};
use crate::resp::{Kind, Limits};
use bytes::Bytes;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

/// A command that the server carried out for somebody.
///
/// # Example: a line
///
/// ```
/// use redis_sync::{MonitorClient, MonitorEvent};
///
/// let event = MonitorEvent::parse(br#"1339518083.107412 [3 127.0.0.1:60866] "set" "k" "\xc3\n""#)?;
/// assert_eq!(event.database, 3);
/// assert_eq!(event.client, MonitorClient::Tcp("127.0.0.1:60866".parse().unwrap()));
/// assert_eq!(event.command, "set");
/// assert_eq!(event.arguments[1].as_bytes(), b"\xc3\n");
/// # Ok::<(), redis_sync::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MonitorEvent {
    /// When, to the microsecond, by the server's clock.
    pub time: SystemTime,
    /// The database that was selected.
    pub database: u32,
    /// For whom.
    pub client: MonitorClient,
    /// The command's name, as the client wrote it.
    pub command: BulkString,
    /// Its arguments. The server puts `(redacted)` for what is secret.
    pub arguments: Vec<BulkString>,
}

/// For whom a command was carried out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MonitorClient {
    /// A client at this address.
    Tcp(SocketAddr),
    /// A client of the server's unix socket, which lies here.
    Unix(PathBuf),
    /// A script or a function.
    Lua,
    /// Something that has no address, in the server's words.
    Other(String),
}

impl MonitorEvent {
    /// Reads a line, without its end.
    ///
    /// # Errors
    ///
    /// Of kind [`Protocol`](ErrorKind::Protocol), for a line that is not as servers write them; the error says
    /// what it lacks and never what it holds.
    #[inline]
    pub fn parse(line: &[u8]) -> Result<Self> {
        let (time, rest) = split(line, b' ').ok_or_else(|| malformed("has no time"))?;
        let rest = rest.strip_prefix(b"[").ok_or_else(|| malformed("has no database"))?;
        let (database, rest) = split(rest, b' ').ok_or_else(|| malformed("has no client"))?;
        let (client, mut words) = client_and_words(rest)?;
        let command = if words.is_empty() { BulkString::new() } else { words.remove(0) };
        Ok(Self {
            time: moment(time).ok_or_else(|| malformed("has a time that is none"))?,
            database: digits(database).ok_or_else(|| malformed("has a database that is none"))?,
            client: MonitorClient::parse(client),
            command,
            arguments: words,
        })
    }

    /// The bounds of the decoder for a connection that is told such lines. One holds a whole command, each
    /// byte of it escaped by up to four: it may be as long as a reply.
    #[inline]
    pub const fn limits(limits: Limits) -> Limits {
        limits.with_line_length(limits.frame_length())
    }
}

/// From a line of `MONITOR`; what is none breaks the protocol.
impl FromReply for MonitorEvent {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        match (reply.error(), reply.kind()) {
            (Some(error), _) => Err(error),
            (None, Kind::SimpleString) => Self::parse(reply.raw()),
            (None, kind) => {
                let message = format!("wanted a line of MONITOR, found a {}", kind.name());
                Err(Error::new(ErrorKind::Protocol, message))
            }
        }
    }
}

impl MonitorClient {
    #[inline]
    fn parse(text: &[u8]) -> Self {
        if text == b"lua" {
            return Self::Lua;
        }
        if let Some(socket) = text.strip_prefix(b"unix:") {
            return Self::Unix(path(socket));
        }
        let text = String::from_utf8_lossy(text);
        text.parse().map_or_else(|_| Self::Other(text.into_owned()), Self::Tcp)
    }
}

#[cfg(unix)]
#[inline]
fn path(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
#[inline]
fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(&*String::from_utf8_lossy(bytes))
}

/// Where the client ends and the words begin. A path may hold anything, even what ends it: then the words
/// behind it are none.
#[inline]
fn client_and_words(text: &[u8]) -> Result<(&[u8], Vec<BulkString>)> {
    /// Longer than any system lets the path of a socket be.
    const LONGEST_PATH: usize = 512;
    const END: &[u8] = b"] \"";
    let most = if text.starts_with(b"unix:") { LONGEST_PATH } else { 1 };
    let ends = text.windows(END.len()).enumerate().filter(|(_, found)| *found == END);
    let mut outcome = Err(malformed("has no command"));
    for (tried, (end, _)) in ends.enumerate() {
        if tried > 0 && end > most {
            break;
        }
        let (client, rest) = text.split_at_checked(end).unwrap_or((text, &[]));
        outcome = words(rest.strip_prefix(b"] ").unwrap_or(rest)).map(|words| (client, words));
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

/// The words of a command, quoted, one space apart.
#[inline]
fn words(mut text: &[u8]) -> Result<Vec<BulkString>> {
    let mut words = Vec::new();
    loop {
        let (word, rest) = unquote(text)
            .ok_or_else(|| malformed("has a word that is not quoted or escaped well"))?;
        words.push(BulkString::from(Bytes::from(word)));
        if rest.is_empty() {
            return Ok(words);
        }
        text = rest.strip_prefix(b" ").ok_or_else(|| malformed("goes on behind a word"))?;
    }
}

/// The word at the beginning of `text`, and what stands behind it.
#[inline]
pub(crate) fn unquote(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut rest = text.strip_prefix(b"\"")?;
    let mut word = Vec::new();
    loop {
        let at = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
        let (plain, special) = rest.split_at_checked(at)?;
        word.extend_from_slice(plain);
        match special.split_first()? {
            (b'"', behind) => return Some((word, behind)),
            (_, escaped) => {
                let (byte, behind) = unescape(escaped)?;
                word.push(byte);
                rest = behind;
            }
        }
    }
}

/// The byte that stands behind a backslash, and what follows.
#[inline]
fn unescape(text: &[u8]) -> Option<(u8, &[u8])> {
    let (letter, rest) = text.split_first()?;
    let byte = match letter {
        b'\\' | b'"' => *letter,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'a' => 0x07,
        b'b' => 0x08,
        b'x' => {
            let (number, rest) = rest.split_first_chunk::<2>()?;
            let hex = |digit: u8| char::from(digit).to_digit(16);
            let [high, low] = number.map(hex);
            return Some((u8::try_from(high? << 4 | low?).ok()?, rest));
        }
        _ => return None,
    };
    Some((byte, rest))
}

/// Seconds since 1970, a point, and six digits of microseconds.
#[inline]
fn moment(text: &[u8]) -> Option<SystemTime> {
    let (seconds, micros) = split(text, b'.')?;
    let micros = (micros.len() == 6).then(|| digits::<u64>(micros))??;
    let since = Duration::from_secs(digits(seconds)?).checked_add(Duration::from_micros(micros))?;
    SystemTime::UNIX_EPOCH.checked_add(since)
}

fn digits<T: FromStr>(text: &[u8]) -> Option<T> {
    let text = std::str::from_utf8(text).ok()?;
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[inline]
fn split(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let place = text.iter().position(|byte| *byte == at)?;
    let (before, behind) = text.split_at_checked(place)?;
    Some((before, behind.get(1..)?))
}

#[cold]
fn malformed(what: &str) -> Error {
    Error::new(ErrorKind::Protocol, format!("a line of MONITOR {what}"))
}

#[cfg(test)]
mod tests;
