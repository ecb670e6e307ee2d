//! Moving keys to another server: to which, how, and what came of it.

use crate::expiry::Millis;
use redis_core::command::{Command, ToArg, ToArgs};
use redis_core::credentials::Credentials;
use redis_core::{Error, FromReply, Reply, Result};
use std::time::Duration;

/// The server that [`migrate`](crate::BasicKeyCommands::migrate) moves keys to, as the server that has them
/// reaches it.
///
/// # Example
///
/// ```
/// use redis_sync::{Credentials, MigrateTarget};
/// use std::time::Duration;
///
/// let target = MigrateTarget::new("10.0.0.7", 6379)
///     .database(2)
///     .timeout(Duration::from_secs(1))
///     .credentials(Credentials::new("mover", "secret"));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct MigrateTarget {
    host: String,
    port: u16,
    database: u32,
    timeout: Duration,
    credentials: Option<Credentials>,
}

impl MigrateTarget {
    /// A server by its host and port.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        let timeout = Duration::from_secs(5);
        Self { host: host.into(), port, database: 0, timeout, credentials: None }
    }

    /// The database that the keys go to. Default: 0.
    #[inline]
    pub fn database(mut self, database: u32) -> Self {
        self.database = database;
        self
    }

    /// How long either server may be silent, to the millisecond; zero is refused before any I/O.
    /// Default: 5 s.
    #[inline]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Who one is there (`AUTH`; with a user's name `AUTH2`, 6.0.0). Default: nobody.
    #[inline]
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    #[inline]
    pub(crate) fn silence(&self) -> Duration {
        self.timeout
    }
}

/// What stands before the options: the key's place stays empty, since the keys come last.
impl ToArgs for MigrateTarget {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        if self.timeout.is_zero() {
            command.reject(Error::argument("`timeout` is zero: the server would take a second"));
        }
        self.host.to_arg(command);
        self.port.to_arg(command);
        command.push(b"");
        self.database.to_arg(command);
        let millis = Millis(self.timeout).count(command);
        command.push_integer(false, millis);
    }
}

/// Who one is on the other server.
pub(crate) struct MigrateLogin<'t>(pub(crate) &'t MigrateTarget);

impl ToArgs for MigrateLogin<'_> {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        let Some(credentials) = &self.0.credentials else { return };
        match credentials.username() {
            Some(username) => {
                command.push(b"AUTH2");
                username.to_arg(command);
            }
            None => command.push(b"AUTH"),
        }
        credentials.password().to_arg(command);
    }
}

/// The options of [`migrate_with`](crate::BasicKeyCommands::migrate_with).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct MigrateOptions {
    copy: bool,
    replace: bool,
}

impl MigrateOptions {
    /// The keys move, to where none of them exists.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// The keys stay here too. Default: they are deleted here.
    #[inline]
    pub fn copy(mut self) -> Self {
        self.copy = true;
        self
    }

    /// Over what is there. Default: that is an error.
    #[inline]
    pub fn replace(mut self) -> Self {
        self.replace = true;
        self
    }
}

impl ToArgs for MigrateOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        if self.copy {
            command.push(b"COPY");
        }
        if self.replace {
            command.push(b"REPLACE");
        }
    }
}

/// What came of moving keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Migration {
    /// Those of the keys that exist were moved.
    Done,
    /// None of the keys exists.
    NoKey,
}

impl FromReply for Migration {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        match reply.scalar("outcome of a migration")? {
            b"OK" => Ok(Self::Done),
            b"NOKEY" => Ok(Self::NoKey),
            _ => Err(reply.mismatch("outcome of a migration")),
        }
    }
}
