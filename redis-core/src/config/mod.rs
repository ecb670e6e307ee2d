//! Settings: values that every topology shares, and the [`Config`] that joins them.
//!
//! This module decides what can be set, what the defaults are and what is refused. It opens nothing.

mod endpoint;
mod pool;
mod socket;
mod timeout;
mod tls;

pub use endpoint::Endpoint;
pub use pool::PoolOptions;
pub use socket::SocketOptions;
pub use timeout::Timeout;
pub use tls::{TlsOptions, TlsVerification, TlsVersion};

use crate::credentials::CredentialsProvider;
use crate::resp::Limits;
use crate::retry::RetryPolicy;
use std::sync::Arc;

/// Everything that a client is told: where the server is, who asks, and how.
#[derive(Clone)]
pub struct Config {
    pub(crate) endpoint: Endpoint,
    pub(crate) database: u32,
    pub(crate) protocol: ProtocolChoice,
    pub(crate) credentials: Option<Arc<dyn CredentialsProvider>>,
    pub(crate) client_name: Option<String>,
    pub(crate) library: LibraryInfo,
    pub(crate) response_timeout: Timeout,
    pub(crate) socket: SocketOptions,
    pub(crate) tls: Option<TlsOptions>,
    pub(crate) pool: PoolOptions,
    pub(crate) retry: RetryPolicy,
    pub(crate) limits: Limits,
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

/// What `CLIENT SETINFO` tells the server about this library.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LibraryInfo {
    /// `LIB-NAME`; `None` says nothing.
    pub name: Option<String>,
    /// `LIB-VER`; `None` says nothing.
    pub version: Option<String>,
}
