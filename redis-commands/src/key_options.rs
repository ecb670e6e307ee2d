//! The options of the commands on keys and strings.

use crate::expiry::{Expiry, Millis, RestoreExpiry, SetExpiry};
use crate::value_condition::{ValueCondition, ValueDigest};
use redis_core::command::{Command, ToArg, ToArgs};
use std::time::Duration;

/// The options of [`set_with`](crate::BasicKeyCommands::set_with) and
/// [`set_get`](crate::BasicKeyCommands::set_get).
///
/// A condition is chosen where the options are made, so that two of them cannot meet.
///
/// # Example: a lock that lets go by itself
///
/// ```
/// use redis_sync::SetOptions;
/// use std::time::Duration;
///
/// let options = SetOptions::if_absent().expiry(Duration::from_secs(30));
/// ```
///
/// Two conditions do not compile:
///
/// ```compile_fail,E0599
/// redis_sync::SetOptions::new().expiry(redis_sync::KeepTtl).if_absent();
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct SetOptions {
    condition: Condition,
    expiry: Option<SetExpiry>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Condition {
    #[default]
    None,
    Existence(&'static str),
    Value(ValueCondition),
}

impl SetOptions {
    /// Whatever is there is replaced, and its expiry taken away.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only if the key does not exist (`NX`).
    #[inline]
    pub fn if_absent() -> Self {
        Self::on(Condition::Existence("NX"))
    }

    /// Only if the key exists (`XX`).
    #[inline]
    pub fn if_present() -> Self {
        Self::on(Condition::Existence("XX"))
    }

    /// Only if the key holds `value` now (`IFEQ`; Redis 8.4.0, Valkey 8.1.0).
    pub fn if_equal(value: impl ToArg) -> Self {
        Self::on(Condition::Value(ValueCondition::equal(value)))
    }

    /// Only if the key does not exist, or holds another value than this (`IFNE`; Redis 8.4.0).
    pub fn if_not_equal(value: impl ToArg) -> Self {
        Self::on(Condition::Value(ValueCondition::not_equal(value)))
    }

    /// Only if the key holds a value of this digest (`IFDEQ`; Redis 8.4.0).
    #[inline]
    pub fn if_digest(digest: ValueDigest) -> Self {
        Self::on(Condition::Value(ValueCondition::digest(digest)))
    }

    /// Only if the key does not exist, or holds a value of another digest (`IFDNE`; Redis 8.4.0).
    #[inline]
    pub fn if_not_digest(digest: ValueDigest) -> Self {
        Self::on(Condition::Value(ValueCondition::not_digest(digest)))
    }

    /// When the value expires: after a [`Duration`] or at a
    /// [`SystemTime`](std::time::SystemTime); [`KeepTtl`](crate::KeepTtl) leaves what is set. Default: never.
    pub fn expiry(mut self, expiry: impl Into<SetExpiry>) -> Self {
        self.expiry = Some(expiry.into());
        self
    }

    #[inline]
    fn on(condition: Condition) -> Self {
        Self { condition, expiry: None }
    }
}

impl ToArgs for SetOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        match &self.condition {
            Condition::None => {}
            Condition::Existence(word) => command.push(word.as_bytes()),
            Condition::Value(condition) => condition.to_args(command),
        }
        self.expiry.to_args(command);
    }
}

/// The options of [`msetex_with`](crate::BasicKeyCommands::msetex_with).
///
/// A condition is chosen where the options are made; it holds for all keys or for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct MSetExOptions {
    condition: Option<&'static str>,
    expiry: Option<SetExpiry>,
}

impl MSetExOptions {
    /// Whatever is there is replaced, and its expiry taken away.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only if none of the keys exists (`NX`).
    #[inline]
    pub fn if_absent() -> Self {
        Self { condition: Some("NX"), expiry: None }
    }

    /// Only if all of the keys exist (`XX`).
    #[inline]
    pub fn if_present() -> Self {
        Self { condition: Some("XX"), expiry: None }
    }

    /// When the values expire: after a [`Duration`] or at a
    /// [`SystemTime`](std::time::SystemTime); [`KeepTtl`](crate::KeepTtl) leaves what is set. Default: never.
    pub fn expiry(mut self, expiry: impl Into<SetExpiry>) -> Self {
        self.expiry = Some(expiry.into());
        self
    }
}

impl ToArgs for MSetExOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        self.condition.to_args(command);
        self.expiry.to_args(command);
    }
}

/// The options of [`expire_with`](crate::BasicKeyCommands::expire_with) and its relatives: the condition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct ExpireOptions {
    condition: Option<&'static str>,
}

impl ExpireOptions {
    /// In any case.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only if no expiry is set (`NX`).
    #[inline]
    pub fn if_persistent() -> Self {
        Self { condition: Some("NX") }
    }

    /// Only if an expiry is set (`XX`).
    #[inline]
    pub fn if_expiring() -> Self {
        Self { condition: Some("XX") }
    }

    /// Only if it is later than the one that is set; none is the latest (`GT`).
    #[inline]
    pub fn if_later() -> Self {
        Self { condition: Some("GT") }
    }

    /// Only if it is sooner than the one that is set; none is the latest (`LT`).
    #[inline]
    pub fn if_sooner() -> Self {
        Self { condition: Some("LT") }
    }
}

impl ToArgs for ExpireOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        self.condition.to_args(command);
    }
}

/// The options of [`copy_with`](crate::BasicKeyCommands::copy_with).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct CopyOptions {
    database: Option<u32>,
    replace: bool,
}

impl CopyOptions {
    /// Within the database, to a key that must not exist.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Into another database. Default: the connection's own.
    #[inline]
    pub fn database(mut self, database: u32) -> Self {
        self.database = Some(database);
        self
    }

    /// Over what is there. Default: no.
    #[inline]
    pub fn replace(mut self) -> Self {
        self.replace = true;
        self
    }
}

impl ToArgs for CopyOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        if let Some(database) = &self.database {
            command.push(b"DB");
            database.to_arg(command);
        }
        if self.replace {
            command.push(b"REPLACE");
        }
    }
}

/// The options of [`restore_with`](crate::BasicKeyCommands::restore_with).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct RestoreOptions {
    expiry: Option<Expiry>,
    replace: bool,
    usage: Option<KeyUsage>,
}

impl RestoreOptions {
    /// For good, to a key that must not exist.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// When the key expires: after a [`Duration`] or at a [`SystemTime`](std::time::SystemTime).
    /// Default: never.
    pub fn expiry(mut self, expiry: impl Into<Expiry>) -> Self {
        self.expiry = Some(expiry.into());
        self
    }

    /// Over what is there. Default: no.
    #[inline]
    pub fn replace(mut self) -> Self {
        self.replace = true;
        self
    }

    /// How much the key was used, for a server that evicts keys. Default: just now.
    #[inline]
    pub fn usage(mut self, usage: KeyUsage) -> Self {
        self.usage = Some(usage);
        self
    }

    /// What stands before the value.
    #[inline]
    pub(crate) fn time_to_live(&self) -> RestoreExpiry {
        RestoreExpiry(self.expiry)
    }
}

impl ToArgs for RestoreOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        if self.replace {
            command.push(b"REPLACE");
        }
        if let Some(Expiry::At(_)) = self.expiry {
            command.push(b"ABSTTL");
        }
        match &self.usage {
            None => {}
            Some(KeyUsage(Usage::Idle(time))) => {
                command.push(b"IDLETIME");
                let millis = Millis(*time).count(command);
                command.push_integer(false, millis / 1000);
            }
            Some(KeyUsage(Usage::Frequency(counter))) => {
                command.push(b"FREQ");
                counter.to_arg(command);
            }
        }
    }
}

/// How much a key was used: since when not, or how often; which of them counts is up to the server's policy
/// of eviction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct KeyUsage(Usage);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Usage {
    Idle(Duration),
    Frequency(u8),
}

impl KeyUsage {
    /// Not for so long, in whole seconds; a fraction is left away
    /// ([`object_idletime`](crate::BasicKeyCommands::object_idletime)).
    #[inline]
    pub fn idle(time: Duration) -> Self {
        Self(Usage::Idle(time))
    }

    /// The counter, which is logarithmic ([`object_freq`](crate::BasicKeyCommands::object_freq)).
    #[inline]
    pub fn frequency(counter: u8) -> Self {
        Self(Usage::Frequency(counter))
    }
}
