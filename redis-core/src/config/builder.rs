//! Setting what a client is told.

use super::settings::Settings;
use super::{Config, Origin, Origins, url, validate};
use crate::error::{Error, Result};

/// Sets what a client is told; [`build`](Self::build) validates it and makes the [`Config`].
///
/// A later setter wins over an earlier one, and every setter over a URL.
///
/// # Example: a URL with one thing changed
///
/// ```
/// use redis_sync::{ConfigBuilder, Origin};
/// use std::time::Duration;
///
/// let config = ConfigBuilder::from_url("redis://cache.example:6380/2?pool_max_size=20")?
///     .response_timeout(Duration::from_millis(200))
///     .build()?;
/// assert_eq!(config.origin("database"), Origin::Url);
/// assert_eq!(config.origin("response_timeout"), Origin::Builder);
/// assert_eq!(config.origin("connect_timeout"), Origin::Default);
/// # Ok::<(), redis_sync::Error>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct ConfigBuilder {
    pub(super) settings: Settings,
    pub(super) origins: Origins,
}

impl ConfigBuilder {
    /// The defaults.
    #[inline]
    pub fn new() -> Self {
        Self { settings: Settings::default(), origins: Origins::new() }
    }

    /// What a URL says; see [`Config::from_url`].
    ///
    /// # Errors
    ///
    /// As [`Config::from_url`], except for what only [`build`](Self::build) can tell.
    #[inline]
    pub fn from_url(text: &str) -> Result<Self> {
        url::read(text, Origin::Url)
    }

    /// What the URL in the environment variable `REDIS_URL` says; see [`Config::from_env`].
    ///
    /// # Errors
    ///
    /// As [`from_url`](Self::from_url); the variable is not set.
    #[inline]
    pub fn from_env() -> Result<Self> {
        match std::env::var(Config::VARIABLE) {
            Ok(text) => url::read(&text, Origin::Environment),
            Err(std::env::VarError::NotPresent) => Err(Error::config(
                "the environment variable `REDIS_URL` is not set: it holds a URL such as \
                 `redis://localhost:6379/0`",
            )),
            Err(std::env::VarError::NotUnicode(_)) => {
                Err(Error::config("the environment variable `REDIS_URL` is not UTF-8"))
            }
        }
    }

    /// Validates it all.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config), naming the setting and what is allowed: a
    /// value out of range, two settings that exclude each other, a file that cannot be read. Never
    /// holds a secret.
    #[inline]
    pub fn build(self) -> Result<Config> {
        validate::build(self)
    }
}

macro_rules! define {
    ($(
        $(#[$doc:meta])*
        $name:ident($($argument:ident: $type:ty),* $(,)?) |$settings:ident| $body:expr;
    )*) => {
        impl ConfigBuilder { $(
            $(#[$doc])*
            #[inline]
            pub fn $name(mut self, $($argument: $type),*) -> Self {
                let $settings = &mut self.settings;
                $body;
                self.origins.mark(origin_of(stringify!($name)), Origin::Builder);
                self
            }
        )* }

        /// Every setter, for the tests.
        #[cfg(test)]
        pub(super) const SETTERS: &[&str] = &[$(stringify!($name)),*];
    };
}

crate::__config_setter_list! { define }

/// Which setting a setter sets.
#[inline]
pub(super) fn origin_of(setter: &str) -> &str {
    match setter {
        "on_event" => "events",
        "on_push" => "pushes",
        "on_orphan" => "orphans",
        _ => setter,
    }
}

impl Default for ConfigBuilder {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for ConfigBuilder {
    #[inline]
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        super::show(f, "ConfigBuilder", &self.settings, &self.origins)
    }
}
