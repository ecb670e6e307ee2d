//! Settings: values that every topology shares, and the [`Config`] that joins them.
//!
//! This module decides what can be set, what the defaults are and what is refused. It opens nothing.

mod builder;
mod endpoint;
mod library;
pub(crate) mod notation;
mod origin;
mod pool;
mod setters;
mod settings;
mod socket;
#[cfg(test)]
mod tests;
mod timeout;
mod tls;
mod url;
mod validate;

pub use builder::ConfigBuilder;
pub use endpoint::Endpoint;
pub use library::LibraryInfo;
pub use origin::Origin;
pub use pool::PoolOptions;
pub use socket::{Keepalive, SocketOptions};
pub use timeout::Timeout;
pub use tls::{TlsIdentity, TlsOptions, TlsVerification, TlsVersion};

use crate::capture::CaptureSink;
use crate::credentials::CredentialsProvider;
use crate::error::Result;
use crate::event::{ConnectionId, Event, Events};
use crate::orphan::{Orphan, OrphanHandler};
use crate::push::PushHandlers;
use crate::recorder::{Guarded, Recorder};
use crate::resp::Limits;
use crate::retry::RetryPolicy;
use origin::Origins;
use settings::{DEFAULT_RESPONSE_TIMEOUT, SETTINGS, Setting, Settings};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// Everything that a client is told: where the server is, who asks, and how. It is valid: whatever
/// is wrong was refused when it was made.
///
/// Printed, it is a URL without its secret: `redis://user:***@host:6379/0`.
///
/// # URLs
///
/// ```text
/// redis://[user[:password]@][host][:port][/database][?parameters]      rediss:// with TLS
/// unix://[user[:password]@]/path[?parameters]
/// ```
///
/// User name, password, host, path and the values of parameters are percent-decoded (`@` is `%40`, `/`
/// is `%2F`, `?` is `%3F`, `#` is `%23`, `%` is `%25`); a `+` stays a `+`. Each setting is given at most
/// once, `db` being another name for `database`; an unknown parameter is an error. Every parameter has
/// the name of its setter in [`ConfigBuilder`], where its meaning and its worst case are written:
///
#[doc = include_str!("settings.md")]
///
/// # Example: where each value came from
///
/// ```
/// use redis_sync::Config;
///
/// let config = Config::from_url("redis://:secret@cache.example/1")?;
/// for (name, value, origin) in config.settings() {
///     println!("{name} = {value} ({origin})");
/// }
/// assert_eq!(config.to_string(), "redis://:***@cache.example:6379/1");
/// # Ok::<(), redis_sync::Error>(())
/// ```
#[derive(Clone)]
pub struct Config {
    settings: Settings,
    origins: Origins,
    endpoint: Endpoint,
    credentials: Option<Arc<dyn CredentialsProvider>>,
}

/// Which protocol a connection asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProtocolChoice {
    /// RESP3, and RESP2 where the server does not know `HELLO 3`.
    #[default]
    Auto,
    /// RESP2, without asking for more.
    Resp2,
    /// RESP3 or an error.
    Resp3,
}

impl Config {
    /// The environment variable that [`from_env`](Self::from_env) reads.
    pub const VARIABLE: &'static str = "REDIS_URL";

    /// A builder that begins with the defaults.
    #[inline]
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder::new()
    }

    /// What a URL says.
    ///
    /// # Errors
    ///
    /// A URL that is none, an unknown or repeated parameter, a value that is not allowed. The error
    /// names what is wrong and what is allowed; it never holds a secret.
    #[inline]
    pub fn from_url(url: &str) -> Result<Self> {
        ConfigBuilder::from_url(url)?.build()
    }

    /// What the URL in the environment variable `REDIS_URL` says.
    ///
    /// # Errors
    ///
    /// As [`from_url`](Self::from_url); the variable is not set.
    #[inline]
    pub fn from_env() -> Result<Self> {
        ConfigBuilder::from_env()?.build()
    }

    /// A builder that begins with this configuration.
    #[inline]
    pub fn to_builder(&self) -> ConfigBuilder {
        ConfigBuilder { settings: self.settings.clone(), origins: self.origins.clone() }
    }

    /// The same configuration for another database.
    #[must_use]
    #[inline]
    pub fn with_database(&self, database: u32) -> Self {
        let mut other = self.clone();
        other.settings.database = database;
        other.origins.mark("database", Origin::Builder);
        other
    }

    /// The same configuration, telling the server about this library unless the user said what to
    /// tell: for client crates.
    #[must_use]
    #[inline]
    pub fn with_default_library(mut self, library: LibraryInfo) -> Self {
        const NAME: usize = Setting::place("library_name");
        const VERSION: usize = Setting::place("library_version");
        let own = &mut self.settings.introduction.library;
        if self.origins.at(NAME) == Origin::Default {
            own.name = library.name;
        }
        if self.origins.at(VERSION) == Origin::Default {
            own.version = library.version;
        }
        self
    }

    /// Where the server listens. Default: `localhost:6379`.
    #[inline]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The number of the database. Default: 0.
    #[inline]
    pub fn database(&self) -> u32 {
        self.settings.database
    }

    /// Which protocol to ask for. Default: RESP3, and RESP2 where the server does not know it.
    #[inline]
    pub fn protocol(&self) -> ProtocolChoice {
        self.settings.protocol
    }

    /// Who knows the credentials, if there are any.
    #[inline]
    pub fn credentials(&self) -> Option<&Arc<dyn CredentialsProvider>> {
        self.credentials.as_ref()
    }

    /// The name of the connections in `CLIENT LIST`.
    #[inline]
    pub fn client_name(&self) -> Option<&str> {
        self.settings.introduction.client_name.as_deref()
    }

    /// What `CLIENT SETINFO` tells the server.
    #[inline]
    pub fn library(&self) -> &LibraryInfo {
        &self.settings.introduction.library
    }

    /// How long to wait for a reply; `None` is for ever. Default: 5 s.
    #[inline]
    pub fn response_timeout(&self) -> Option<Duration> {
        self.settings.response_timeout.or(Timeout::After(DEFAULT_RESPONSE_TIMEOUT)).duration()
    }

    /// How long a call may take as a whole, with all its attempts; `None` is without end. Default: none.
    #[inline]
    pub fn call_timeout(&self) -> Option<Duration> {
        self.settings.call_timeout.duration()
    }

    /// How sockets are opened and kept.
    #[inline]
    pub fn socket(&self) -> &SocketOptions {
        &self.settings.socket
    }

    /// How TLS is spoken, if it is.
    #[inline]
    pub fn tls(&self) -> Option<&TlsOptions> {
        self.settings.tls.enabled.then_some(&self.settings.tls.options)
    }

    /// How many connections there are, and for how long.
    #[inline]
    pub fn pool(&self) -> &PoolOptions {
        &self.settings.pool
    }

    /// What is tried again, how often, after which pause.
    #[inline]
    pub fn retry(&self) -> &RetryPolicy {
        &self.settings.retry
    }

    /// What a server may announce before it is not believed.
    #[inline]
    pub fn limits(&self) -> Limits {
        self.settings.limits
    }

    /// Who is told of events.
    #[inline]
    pub fn events(&self) -> &Events {
        &self.settings.seams.events
    }

    /// Who is told of what the server pushes.
    #[inline]
    pub fn pushes(&self) -> &PushHandlers {
        &self.settings.seams.pushes
    }

    /// Who is given what a blocking command took for nobody.
    #[inline]
    pub fn orphans(&self) -> &OrphanHandler {
        &self.settings.seams.orphans
    }

    /// Tells of what a blocking command took for nobody: its handler, and before that the listeners. Call it
    /// outside every lock.
    #[inline]
    pub fn tell_orphaned(&self, connection: ConnectionId, orphans: Vec<Orphan>) {
        for orphan in orphans {
            let command = orphan.command().to_owned().into();
            self.events().emit_with(|| Event::Orphaned { connection, command });
            self.orphans().hand_over(orphan);
        }
    }

    /// How many panics of listeners and handlers were caught.
    #[inline]
    pub fn caught_panics(&self) -> u64 {
        self.events().panics() + self.pushes().panics() + self.orphans().panics()
    }

    /// Who counts and measures.
    #[inline]
    pub fn recorder(&self) -> &Arc<dyn Recorder> {
        &self.settings.seams.recorder
    }

    /// Who takes a capture of what goes over the connections.
    #[inline]
    pub fn capture(&self) -> &CaptureSink {
        &self.settings.seams.capture
    }

    /// Where the value of a setting came from; a setting has the name of its setter. What is no
    /// setting is `Default`.
    #[inline]
    pub fn origin(&self, setting: &str) -> Origin {
        self.origins.of(setting)
    }

    /// Every setting: its name, its value as text (a secret as `***`), and where it came from.
    #[inline]
    pub fn settings(&self) -> impl Iterator<Item = (&'static str, String, Origin)> + '_ {
        rows(&self.settings, &self.origins)
    }
}

impl Default for Config {
    #[inline]
    fn default() -> Self {
        Self {
            settings: Settings::default(),
            origins: Origins::new(),
            endpoint: Endpoint::default(),
            credentials: None,
        }
    }
}

impl FromStr for Config {
    type Err = crate::Error;

    #[inline]
    fn from_str(url: &str) -> Result<Self> {
        Self::from_url(url)
    }
}

impl fmt::Display for Config {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        url::write(f, self)
    }
}

impl fmt::Debug for Config {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, "Config", &self.settings, &self.origins)
    }
}

/// A recorder whose panics stay its own.
pub(crate) fn guarded(recorder: impl Recorder + 'static) -> Arc<dyn Recorder> {
    Arc::new(Guarded(recorder))
}

#[inline]
fn rows<'s>(
    settings: &'s Settings,
    origins: &'s Origins,
) -> impl Iterator<Item = (&'static str, String, Origin)> + 's {
    SETTINGS
        .iter()
        .zip(origins.iter())
        .map(|(setting, origin)| (setting.name, (setting.show)(settings), origin))
}

/// What somebody set, without secrets.
#[inline]
fn show(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    settings: &Settings,
    origins: &Origins,
) -> fmt::Result {
    let mut out = f.debug_struct(name);
    for (name, value, origin) in rows(settings, origins) {
        if origin != Origin::Default {
            out.field(name, &format_args!("{value}"));
        }
    }
    out.finish_non_exhaustive()
}
