//! From an endpoint to an open stream: what a user may replace to go through a proxy, a tunnel or memory.
//!
//! TLS, where it is asked for, is spoken on top of whatever a connector opens.

use crate::resolver::{Resolver, SystemResolver};
use crate::transport;
use redis_core::Result;
use redis_core::config::{Endpoint, SocketOptions};
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// An open stream of bytes, in both directions.
pub trait Stream: Read + Write + Send {
    /// After how long a read gives up with [`io::ErrorKind::WouldBlock`] or
    /// [`io::ErrorKind::TimedOut`]; `None` waits for ever. Never zero.
    ///
    /// # Errors
    ///
    /// Whatever keeps the timeout from being set; the connection then ends.
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()>;

    /// The same for a write.
    ///
    /// # Errors
    ///
    /// As [`set_read_timeout`](Self::set_read_timeout).
    fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()>;

    /// Whether a read would return at once: with bytes, with the end of the stream or with an error.
    ///
    /// An idle connection is asked this before it is used again. Where it cannot be known, `false` is
    /// the answer.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from being known; the connection then ends.
    fn is_readable(&mut self) -> io::Result<bool>;

    /// This stream, where it can write without waiting: a long pipeline's replies are then read while its
    /// commands are written. Where it cannot, some kilobytes are written and their replies read, by turns.
    fn duplex(&mut self) -> Option<&mut dyn Duplex> {
        None
    }

    /// Another handle on this stream, where one thread can write to it while another reads: commands of several
    /// threads may then go over it together. Where there is none, each thread has a connection of its own.
    fn sender(&self) -> Option<Arc<dyn Sender>> {
        None
    }

    /// How many bytes have come and were not read, counted up to some limit, for the diagnosis of a timeout;
    /// `None` where it cannot be known. Must not wait.
    fn unread(&mut self) -> Option<usize> {
        None
    }

    /// The address that answered, for events.
    fn peer(&self) -> Option<String> {
        None
    }

    /// The descriptor of the socket, if there is one: a child of `fork` closes it.
    #[cfg(unix)]
    fn descriptor(&self) -> Option<std::os::fd::RawFd> {
        None
    }
}

/// A stream that can write without waiting, and wait in both directions at once.
pub trait Duplex {
    /// Writes as many bytes as go without waiting.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::WouldBlock`] where none goes; whatever else ends the connection.
    fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Waits until a read or a write would not wait; whether that came about within `time`.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from being known; the connection then ends.
    fn wait(&mut self, time: Option<Duration>) -> io::Result<bool>;
}

/// A handle on a stream that writes while another thread reads. It may outlive the connection by the time of one
/// call, and then may only fail.
pub trait Sender: Send + Sync {
    /// Writes as many bytes as go without waiting.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::WouldBlock`] where none goes; whatever else ends the connection.
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize>;

    /// Waits until a read or a write would not wait; whether that came about within `time`.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from being known; the connection then ends.
    fn wait(&self, time: Option<Duration>) -> io::Result<bool>;

    /// Ends the stream, both ways: whoever reads finds what has come, and then its end.
    fn shut(&self);

    /// As [`Stream::unread`].
    fn unread(&self) -> Option<usize> {
        None
    }
}

/// Opens streams.
pub trait Connector: Send + Sync {
    /// Opens a stream to `endpoint`, by `deadline` if there is one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Connect`](redis_core::ErrorKind::Connect), or a timeout of kind
    /// [`Connect`](redis_core::TimeoutKind::Connect).
    fn connect(
        &self,
        endpoint: &Endpoint,
        options: &SocketOptions,
        deadline: Option<Instant>,
    ) -> Result<Box<dyn Stream>>;
}

/// Opens TCP and unix sockets, as one would expect.
#[derive(Clone)]
pub struct DirectConnector {
    resolver: Arc<dyn Resolver>,
}

impl DirectConnector {
    /// A connector that finds addresses by `resolver`.
    pub fn new(resolver: impl Resolver + 'static) -> Self {
        Self { resolver: Arc::new(resolver) }
    }
}

impl Default for DirectConnector {
    fn default() -> Self {
        Self::new(SystemResolver)
    }
}

impl Connector for DirectConnector {
    fn connect(
        &self,
        endpoint: &Endpoint,
        options: &SocketOptions,
        deadline: Option<Instant>,
    ) -> Result<Box<dyn Stream>> {
        transport::open(endpoint, &*self.resolver, options, deadline)
    }
}
