//! Who asks.
//!
//! This module decides how a user name and a secret are held and handed over, and that neither is ever
//! printed. It does not decide when they are sent: that is the handshake's part.

use crate::error::Result;
use std::fmt;
use std::sync::Arc;

/// A user name and a secret; neither is ever printed.
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct Credentials {
    username: Option<String>,
    password: String,
}

impl Credentials {
    /// A user of the server's access control list and its password.
    pub fn new(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self { username: Some(username.into()), password: password.into() }
    }

    /// The password of the default user (`requirepass`).
    pub fn password_only(password: impl Into<String>) -> Self {
        Self { username: None, password: password.into() }
    }

    /// The user's name; `None` is the default user.
    #[inline]
    pub fn username(&self) -> Option<&str> {
        self.username.as_deref()
    }

    /// The password or token.
    #[inline]
    pub fn password(&self) -> &str {
        &self.password
    }
}

impl fmt::Debug for Credentials {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(***)")
    }
}

/// Says who asks, anew at each connect.
///
/// Both clients ask it where they must not wait, so it answers from memory: a provider of short-lived
/// tokens fetches them in a thread or task of its own and hands out the newest here.
///
/// # Example: a token that another thread renews
///
/// ```
/// use redis_sync::{Credentials, CredentialsProvider};
/// use std::sync::{Arc, RwLock};
///
/// struct Token(Arc<RwLock<String>>);
///
/// impl CredentialsProvider for Token {
///     fn credentials(&self) -> redis_sync::Result<Credentials> {
///         let token = self.0.read().map_err(|_| {
///             redis_sync::Error::new(redis_sync::ErrorKind::Credentials, "the token is lost")
///         })?;
///         Ok(Credentials::new("service", token.as_str()))
///     }
/// }
/// ```
pub trait CredentialsProvider: Send + Sync {
    /// The credentials for a connection that is about to be opened. Must not block.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from knowing; the connect fails with it.
    fn credentials(&self) -> Result<Credentials>;
}

impl<P: CredentialsProvider + ?Sized> CredentialsProvider for Arc<P> {
    fn credentials(&self) -> Result<Credentials> {
        (**self).credentials()
    }
}

/// The same credentials each time: what a user name and a password in the configuration become.
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct StaticCredentials(Credentials);

impl StaticCredentials {
    /// These credentials each time.
    #[inline]
    pub fn new(credentials: Credentials) -> Self {
        Self(credentials)
    }
}

impl CredentialsProvider for StaticCredentials {
    #[inline]
    fn credentials(&self) -> Result<Credentials> {
        Ok(self.0.clone())
    }
}

impl fmt::Debug for StaticCredentials {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StaticCredentials(***)")
    }
}
