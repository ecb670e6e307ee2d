//! How sockets are opened and kept.

use super::Timeout;
use std::time::Duration;

/// How sockets are opened and kept.
///
/// # Example
///
/// ```
/// use redis_sync::SocketOptions;
/// use std::time::Duration;
///
/// let options = SocketOptions::new().with_connect_timeout(Duration::from_millis(800));
/// assert_eq!(options.connect_timeout(), Some(Duration::from_millis(800)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct SocketOptions {
    pub(super) connect_timeout: Timeout,
    pub(super) nodelay: bool,
    pub(super) keepalive: bool,
    pub(super) probes: Keepalive,
    pub(super) user_timeout: Option<Duration>,
    pub(super) read_buffer: usize,
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

impl Keepalive {
    /// Probes after `idle` of silence, every `interval`, dead after `count` without an answer.
    #[must_use]
    #[inline]
    pub const fn new(idle: Duration, interval: Duration, count: u32) -> Self {
        Self { idle, interval, count }
    }
}

impl Default for Keepalive {
    #[inline]
    fn default() -> Self {
        Self::new(Duration::from_secs(30), Duration::from_secs(5), 3)
    }
}

impl SocketOptions {
    /// How long a connect may take where nothing else is said: 5 s.
    pub const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

    /// The defaults.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with another limit on resolving, connecting (every address tried) and TLS together.
    pub fn with_connect_timeout(mut self, timeout: impl Into<Timeout>) -> Self {
        self.connect_timeout = timeout.into();
        self
    }

    /// The same, with small segments sent at once (`TCP_NODELAY`) or gathered.
    #[inline]
    pub fn with_nodelay(mut self, nodelay: bool) -> Self {
        self.nodelay = nodelay;
        self
    }

    /// The same with other keepalive probes, or none.
    pub fn with_keepalive(mut self, keepalive: impl Into<Option<Keepalive>>) -> Self {
        let keepalive = keepalive.into();
        self.keepalive = keepalive.is_some();
        self.probes = keepalive.unwrap_or_default();
        self
    }

    /// The same with a limit on how long sent bytes may stay unacknowledged (`TCP_USER_TIMEOUT`,
    /// where the platform has it), or the operating system's own.
    pub fn with_user_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.user_timeout = timeout.into();
        self
    }

    /// The same with another size of the read buffer, in bytes.
    #[inline]
    pub fn with_read_buffer(mut self, bytes: usize) -> Self {
        self.read_buffer = bytes;
        self
    }

    /// How long resolving, connecting and TLS may take together; `None` is for ever. Default: 5 s.
    #[inline]
    pub fn connect_timeout(&self) -> Option<Duration> {
        self.connect_timeout.or(Timeout::After(Self::DEFAULT_CONNECT_TIMEOUT)).duration()
    }

    /// Whether small segments are sent at once. Default: yes.
    #[inline]
    pub fn nodelay(&self) -> bool {
        self.nodelay
    }

    /// The keepalive probes, if there are any. Default: 30 s, 5 s, 3.
    #[inline]
    pub fn keepalive(&self) -> Option<Keepalive> {
        self.keepalive.then_some(self.probes)
    }

    /// How long sent bytes may stay unacknowledged. Default: as the operating system does, since the
    /// response timeout bounds a connection in use and keepalive an idle one.
    #[inline]
    pub fn user_timeout(&self) -> Option<Duration> {
        self.user_timeout
    }

    /// The size of a connection's read buffer, in bytes. Default: 32 KiB.
    #[inline]
    pub fn read_buffer(&self) -> usize {
        self.read_buffer
    }
}

impl Default for SocketOptions {
    #[inline]
    fn default() -> Self {
        Self {
            connect_timeout: Timeout::Inherit,
            nodelay: true,
            keepalive: true,
            probes: Keepalive::default(),
            user_timeout: None,
            read_buffer: 32 * 1024,
        }
    }
}
