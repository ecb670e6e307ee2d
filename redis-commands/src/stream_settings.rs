//! What is set on a stream itself, and what becomes of references to an entry that is deleted.

use crate::stream_replies::StreamId;
use redis_core::Error;
use redis_core::command::{Command, ToArg, ToArgs};
use std::time::Duration;

/// What becomes of groups' references to entries that are deleted or trimmed (8.2.0).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReferencePolicy {
    /// They stay: the entries go, and are still pending (`KEEPREF`).
    #[default]
    Keep,
    /// They go too (`DELREF`).
    Delete,
    /// Only entries that every group has read and acknowledged go (`ACKED`).
    Acknowledged,
}

impl ToArg for ReferencePolicy {
    #[inline]
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        command.push(match self {
            Self::Keep => b"KEEPREF",
            Self::Delete => b"DELREF",
            Self::Acknowledged => b"ACKED",
        });
    }
}

impl ToArgs for ReferencePolicy {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        self.to_arg(command);
    }
}

/// The options of [`xsetid_with`](crate::StreamCommands::xsetid_with).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct XSetIdOptions {
    entries_added: Option<u64>,
    max_deleted_id: Option<StreamId>,
}

impl XSetIdOptions {
    /// Only the last id.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many entries were ever added (7.0.0). Default: unchanged.
    #[inline]
    pub fn entries_added(mut self, entries: u64) -> Self {
        self.entries_added = Some(entries);
        self
    }

    /// The greatest id that was deleted (7.0.0). Default: unchanged.
    #[inline]
    pub fn max_deleted_id(mut self, id: StreamId) -> Self {
        self.max_deleted_id = Some(id);
        self
    }
}

impl ToArgs for XSetIdOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        if let Some(entries) = &self.entries_added {
            command.push(b"ENTRIESADDED");
            entries.to_arg(command);
        }
        if let Some(id) = &self.max_deleted_id {
            command.push(b"MAXDELETEDID");
            id.to_arg(command);
        }
    }
}

/// The settings of [`xcfgset`](crate::StreamCommands::xcfgset): how long a stream knows what was added
/// already. Without any it is refused before any I/O.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct XCfgSetOptions {
    duration: Option<Duration>,
    max_size: Option<u64>,
}

impl XCfgSetOptions {
    /// Nothing set yet.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// How long an idempotent id is known: 1 s to a day, in whole seconds, rounded up. Default: unchanged,
    /// at first 100 s.
    #[inline]
    pub fn idmp_duration(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }

    /// How many idempotent ids of each producer are known: 1 to 10,000. Default: unchanged, at first 100.
    #[inline]
    pub fn idmp_max_size(mut self, ids: u64) -> Self {
        self.max_size = Some(ids);
        self
    }
}

impl ToArgs for XCfgSetOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        if self.duration.is_none() && self.max_size.is_none() {
            command.reject(Error::argument("`options` is empty: at least one is needed"));
        }
        if let Some(duration) = self.duration {
            let up = u64::from(duration.subsec_nanos() != 0);
            let seconds = duration.as_secs().saturating_add(up);
            if !(1..=86_400).contains(&seconds) {
                command.reject(Error::argument("`idmp_duration` is not from 1 s to a day"));
            }
            command.push(b"IDMP-DURATION");
            command.push_integer(false, seconds);
        }
        if let Some(max_size) = &self.max_size {
            if !(1..=10_000).contains(max_size) {
                command.reject(Error::argument("`idmp_max_size` is not from 1 to 10000"));
            }
            command.push(b"IDMP-MAXSIZE");
            max_size.to_arg(command);
        }
    }
}

/// The options of [`xinfo_stream_full_with`](crate::StreamCommands::xinfo_stream_full_with).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct XInfoStreamOptions(Option<u64>);

impl XInfoStreamOptions {
    /// Ten entries of each list.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many entries of the stream, and of each list of what is pending, at most; 0 is all. Default: 10.
    #[inline]
    pub fn count(mut self, entries: u64) -> Self {
        self.0 = Some(entries);
        self
    }

    /// All entries of each list. Default: 10.
    #[inline]
    pub fn all(mut self) -> Self {
        self.0 = Some(0);
        self
    }
}

impl ToArgs for XInfoStreamOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        if let Some(count) = &self.0 {
            command.push(b"COUNT");
            count.to_arg(command);
        }
    }
}
