//! The options of what is done with groups: claim, look at what is pending, set where a group stands.

use crate::expiry::Millis;
use crate::stream_replies::StreamId;
use redis_core::Error;
use redis_core::command::{Command, ToArg, ToArgs};
use std::time::{Duration, SystemTime};

/// The options of [`xclaim_with`](crate::StreamCommands::xclaim_with) and
/// [`xclaim_justid_with`](crate::StreamCommands::xclaim_justid_with).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct XClaimOptions {
    delivered: Option<Delivered>,
    retry_count: Option<u64>,
    force: bool,
    last_id: Option<StreamId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Delivered {
    Ago(Duration),
    At(SystemTime),
}

impl XClaimOptions {
    /// Delivered now, once more than before.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// How long ago the entries count as delivered, in milliseconds (`IDLE`). Default: now. Takes the place
    /// of [`delivered_at`](Self::delivered_at).
    #[inline]
    pub fn idle(mut self, idle: Duration) -> Self {
        self.delivered = Some(Delivered::Ago(idle));
        self
    }

    /// When the entries count as delivered, in milliseconds (`TIME`). Default: now. Takes the place of
    /// [`idle`](Self::idle).
    #[inline]
    pub fn delivered_at(mut self, moment: SystemTime) -> Self {
        self.delivered = Some(Delivered::At(moment));
        self
    }

    /// How often the entries count as delivered. Default: once more than before.
    #[inline]
    pub fn retry_count(mut self, deliveries: u64) -> Self {
        self.retry_count = Some(deliveries);
        self
    }

    /// Claims also what is pending with no consumer, if the stream has it. Default: no.
    #[inline]
    pub fn force(mut self) -> Self {
        self.force = true;
        self
    }

    /// The group counts as having been delivered all up to this id, if it was not yet. Default: nothing
    /// changes.
    #[inline]
    pub fn last_id(mut self, id: StreamId) -> Self {
        self.last_id = Some(id);
        self
    }
}

impl ToArgs for XClaimOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        match self.delivered {
            None => {}
            Some(Delivered::Ago(idle)) => {
                command.push(b"IDLE");
                push_millis(idle, command);
            }
            Some(Delivered::At(moment)) => {
                command.push(b"TIME");
                let since = moment.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_else(|_| {
                    command.reject(Error::argument("a delivery before 1970 has no wire form"));
                    Duration::ZERO
                });
                push_millis(since, command);
            }
        }
        if let Some(count) = &self.retry_count {
            command.push(b"RETRYCOUNT");
            count.to_arg(command);
        }
        if self.force {
            command.push(b"FORCE");
        }
        if let Some(id) = &self.last_id {
            command.push(b"LASTID");
            id.to_arg(command);
        }
    }
}

/// The options of [`xpending_range_with`](crate::StreamCommands::xpending_range_with).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct XPendingOptions {
    idle: Option<Duration>,
    consumer: Option<Vec<u8>>,
}

impl XPendingOptions {
    /// What is pending with any consumer, however long.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// What has been pending for so long, in milliseconds (6.2.0). Default: however long.
    #[inline]
    pub fn idle(mut self, least: Duration) -> Self {
        self.idle = Some(least);
        self
    }

    /// What is pending with this consumer. Default: with any.
    pub fn consumer(mut self, name: impl AsRef<[u8]>) -> Self {
        self.consumer = Some(name.as_ref().to_vec());
        self
    }

    /// What stands before the range.
    #[inline]
    pub(crate) fn before(&self) -> impl ToArgs + use<> {
        self.idle.map(Idle)
    }

    /// What stands after the range.
    #[inline]
    pub(crate) fn after(&self) -> &(impl ToArgs + use<>) {
        &self.consumer
    }
}

#[derive(Clone, Copy)]
struct Idle(Duration);

impl ToArgs for Idle {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        command.push(b"IDLE");
        push_millis(self.0, command);
    }
}

/// The options of [`xgroup_setid_with`](crate::StreamCommands::xgroup_setid_with).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct XGroupSetIdOptions {
    entries_read: Option<u64>,
}

impl XGroupSetIdOptions {
    /// How many entries the group has read is unknown.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many entries the group is taken to have read, for its lag (7.0.0). Default: unknown.
    #[inline]
    pub fn entries_read(mut self, entries: u64) -> Self {
        self.entries_read = Some(entries);
        self
    }
}

impl ToArgs for XGroupSetIdOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        if let Some(entries) = &self.entries_read {
            command.push(b"ENTRIESREAD");
            entries.to_arg(command);
        }
    }
}

#[inline]
fn push_millis(time: Duration, command: &mut Command<'_>) {
    let millis = Millis(time).count(command);
    command.push_integer(false, millis);
}
