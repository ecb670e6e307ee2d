//! What can be done to connections from outside, and what is said of tracking.

use redis_core::command::{Command, ToArg};
use redis_core::{BulkString, Error, FromReply, Reply, Result};

/// Which commands [`client_pause_with`](crate::ConnectionCommands::client_pause_with) holds back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PauseMode {
    /// All.
    #[default]
    All,
    /// Those that write, and those that a replica does not run (6.2.0).
    Write,
}

impl ToArg for PauseMode {
    #[inline]
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        command.push(match self {
            Self::All => b"ALL",
            Self::Write => b"WRITE",
        });
    }
}

/// What a connection is told that [`client_unblock_with`](crate::ConnectionCommands::client_unblock_with)
/// calls back from waiting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UnblockReason {
    /// That its time was over: nothing came.
    #[default]
    Timeout,
    /// An error, `UNBLOCKED`.
    Error,
}

impl ToArg for UnblockReason {
    #[inline]
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        command.push(match self {
            Self::Timeout => b"TIMEOUT",
            Self::Error => b"ERROR",
        });
    }
}

/// What [`client_setinfo`](crate::DedicatedCommands::client_setinfo) tells of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ClientAttribute {
    /// The library's name.
    LibraryName,
    /// The library's version.
    LibraryVersion,
}

impl ToArg for ClientAttribute {
    #[inline]
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        command.push(match self {
            Self::LibraryName => b"LIB-NAME",
            Self::LibraryVersion => b"LIB-VER",
        });
    }
}

/// To whom the server tells that keys have changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "−1, 0 and an id are all that Redis answers")]
pub enum TrackingRedirect {
    /// Nobody: tracking is off.
    #[default]
    Off,
    /// The connection itself.
    Here,
    /// The connection with this id.
    To(i64),
}

impl FromReply for TrackingRedirect {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        match i64::from_reply(reply)? {
            -1 => Ok(Self::Off),
            0 => Ok(Self::Here),
            id if id > 0 => Ok(Self::To(id)),
            other => Err(Error::conversion("id of a connection", other)),
        }
    }
}

/// What a connection has asked the server to track.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientTrackingInfo {
    /// The server's words for the mode: `off`, or `on` and `bcast`, `optin`, `caching-yes`, `noloop`, …
    pub flags: Vec<String>,
    /// To whom it tells.
    pub redirect: TrackingRedirect,
    /// The prefixes of the keys, in the mode `bcast`.
    pub prefixes: Vec<BulkString>,
}

impl ClientTrackingInfo {
    /// Whether anything is tracked.
    #[must_use]
    #[inline]
    pub fn is_on(&self) -> bool {
        self.flags.iter().any(|flag| flag == "on")
    }
}

impl FromReply for ClientTrackingInfo {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let mut info = Self::default();
        for (name, value) in reply.entries()? {
            match name.scalar("name of a fact")? {
                b"flags" => info.flags = Vec::from_reply(value)?,
                b"redirect" => info.redirect = TrackingRedirect::from_reply(value)?,
                b"prefixes" => info.prefixes = Vec::from_reply(value)?,
                _ => {}
            }
        }
        Ok(info)
    }
}
