//! The options of the commands on keys and strings.

use crate::expiry::SetExpiry;
use redis_core::command::{Command, ToArg, ToArgs};

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
    condition: Option<&'static str>,
    expiry: Option<SetExpiry>,
}

impl SetOptions {
    /// Whatever is there is replaced, and its expiry taken away.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only if the key does not exist (`NX`).
    pub fn if_absent() -> Self {
        Self { condition: Some("NX"), expiry: None }
    }

    /// Only if the key exists (`XX`).
    pub fn if_present() -> Self {
        Self { condition: Some("XX"), expiry: None }
    }

    /// When the value expires: after a [`Duration`](std::time::Duration) or at a
    /// [`SystemTime`](std::time::SystemTime); [`KeepTtl`](crate::KeepTtl) leaves what is set. Default: never.
    pub fn expiry(mut self, expiry: impl Into<SetExpiry>) -> Self {
        self.expiry = Some(expiry.into());
        self
    }
}

impl ToArgs for SetOptions {
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
    pub fn new() -> Self {
        Self::default()
    }

    /// Only if no expiry is set (`NX`).
    pub fn if_persistent() -> Self {
        Self { condition: Some("NX") }
    }

    /// Only if an expiry is set (`XX`).
    pub fn if_expiring() -> Self {
        Self { condition: Some("XX") }
    }

    /// Only if it is later than the one that is set; none is the latest (`GT`).
    pub fn if_later() -> Self {
        Self { condition: Some("GT") }
    }

    /// Only if it is sooner than the one that is set; none is the latest (`LT`).
    pub fn if_sooner() -> Self {
        Self { condition: Some("LT") }
    }
}

impl ToArgs for ExpireOptions {
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
    pub fn new() -> Self {
        Self::default()
    }

    /// Into another database. Default: the connection's own.
    pub fn database(mut self, database: u32) -> Self {
        self.database = Some(database);
        self
    }

    /// Over what is there. Default: no.
    pub fn replace(mut self) -> Self {
        self.replace = true;
        self
    }
}

impl ToArgs for CopyOptions {
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
