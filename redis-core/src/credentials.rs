//! Who asks.

use crate::error::Result;
use std::fmt;

/// A user name and a secret; neither is ever printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub(crate) username: Option<String>,
    pub(crate) password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// Says who asks, anew at each connect.
pub trait CredentialsProvider: Send + Sync {
    /// The credentials for a connection that is about to be opened.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from knowing; the connect fails with it.
    fn credentials(&self) -> Result<Credentials>;
}
