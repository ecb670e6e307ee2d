//! Where a server listens.

use std::fmt;
use std::path::PathBuf;

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// A host name or address, and a port.
    Tcp {
        /// A name that is resolved anew at every connect, or an address (IPv6 without brackets).
        host: String,
        /// The port.
        port: u16,
    },
    /// The path of a unix domain socket.
    Unix(PathBuf),
}

impl Endpoint {
    /// The port that Redis listens on where nothing else is said.
    pub const DEFAULT_PORT: u16 = 6379;

    /// A host and a port.
    pub fn tcp(host: impl Into<String>, port: u16) -> Self {
        Self::Tcp { host: host.into(), port }
    }

    /// A unix domain socket.
    pub fn unix(path: impl Into<PathBuf>) -> Self {
        Self::Unix(path.into())
    }
}

impl Default for Endpoint {
    #[inline]
    fn default() -> Self {
        Self::tcp("localhost", Self::DEFAULT_PORT)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}
