//! How sockets are opened and kept.

use super::Timeout;
use std::time::Duration;

/// How sockets are opened and kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketOptions {
    pub(crate) connect_timeout: Timeout,
    pub(crate) nodelay: bool,
    pub(crate) keepalive: Option<Keepalive>,
    pub(crate) user_timeout: Option<Duration>,
    pub(crate) read_buffer: usize,
}

/// When the operating system probes a silent peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Keepalive {
    /// Silence before the first probe. Default: 30 s.
    pub idle: Duration,
    /// Time between probes. Default: 5 s.
    pub interval: Duration,
    /// Unanswered probes after which the connection is dead. Default: 3.
    pub count: u32,
}
