//! Sockets: opening them, speaking TLS over them, and bounding every wait on them.

pub(crate) mod captured;
mod deadline;
mod poll;
#[cfg(unix)]
mod shared;
mod tcp;
#[cfg(feature = "tls")]
mod tls;
#[cfg(unix)]
mod unix;

pub(crate) use deadline::Timed;
#[cfg(unix)]
pub(crate) use poll::wait_for_any;
#[cfg(feature = "tls")]
pub(crate) use tls::{Tls, TlsContext};

use crate::connector::{Sender, Stream};
use crate::resolver::Resolver;
use captured::Captured;
use redis_core::config::{Endpoint, SocketOptions};
use redis_core::{Error, ErrorKind, Result, TimeoutKind};
use std::io::{self, IoSlice, Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Opens a socket to `endpoint`.
pub(crate) fn open(
    endpoint: &Endpoint,
    resolver: &dyn Resolver,
    options: &SocketOptions,
    deadline: Option<Instant>,
) -> Result<Box<dyn Stream>> {
    match endpoint {
        Endpoint::Tcp { host, port } => tcp::open(host, *port, resolver, options, deadline),
        #[cfg(unix)]
        Endpoint::Unix(path) => unix::open(path, deadline),
        _ => Err(Error::config(format!("{endpoint}: this platform cannot open it"))),
    }
}

/// An open connection's bytes, in the clear or over TLS.
pub(crate) enum Wire {
    Plain(Timed),
    #[cfg(feature = "tls")]
    Tls(Box<Tls>),
    Captured(Box<Captured>),
}

impl Wire {
    #[inline]
    pub(crate) fn timed(&self) -> &Timed {
        match self {
            Self::Plain(timed) => timed,
            #[cfg(feature = "tls")]
            Self::Tls(tls) => tls.timed(),
            Self::Captured(captured) => captured.wire.timed(),
        }
    }

    #[inline]
    pub(crate) fn timed_mut(&mut self) -> &mut Timed {
        match self {
            Self::Plain(timed) => timed,
            #[cfg(feature = "tls")]
            Self::Tls(tls) => tls.timed_mut(),
            Self::Captured(captured) => captured.wire.timed_mut(),
        }
    }

    /// Whether commands can be written while their replies are read.
    pub(crate) fn is_duplex(&mut self) -> bool {
        self.timed_mut().stream_mut().duplex().is_some()
    }

    /// Another handle on it, where what is written is what goes out, and nobody looks on.
    pub(crate) fn sender(&self) -> Option<Arc<dyn Sender>> {
        match self {
            Self::Plain(timed) => timed.stream().sender(),
            #[cfg(feature = "tls")]
            Self::Tls(_) => None,
            Self::Captured(_) => None,
        }
    }

    /// Writes as much as goes without waiting; it would block where nothing goes.
    pub(crate) fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.timed_mut().set_probing(true);
        let written = self.write(bytes);
        self.timed_mut().set_probing(false);
        written
    }

    /// Waits until a read or a write would not wait; whether that came about within `time`.
    pub(crate) fn wait(&mut self, time: Option<Duration>) -> io::Result<bool> {
        match self.timed_mut().stream_mut().duplex() {
            Some(duplex) => duplex.wait(time),
            None => Ok(true),
        }
    }

    /// Whether what was written is what went out, and not a cipher of it.
    pub(crate) fn is_plain(&self) -> bool {
        match self {
            Self::Plain(_) => true,
            #[cfg(feature = "tls")]
            Self::Tls(_) => false,
            Self::Captured(captured) => captured.wire.is_plain(),
        }
    }

    /// Whether bytes are there that no socket has any more: TLS has decrypted them.
    #[inline]
    pub(crate) fn has_buffered(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            #[cfg(feature = "tls")]
            Self::Tls(tls) => tls.has_buffered(),
            Self::Captured(captured) => captured.wire.has_buffered(),
        }
    }

    /// Whether nothing has come that was not read: asked without waiting.
    #[inline]
    pub(crate) fn is_quiet(&mut self) -> io::Result<bool> {
        if let Self::Captured(captured) = self {
            return captured.wire.is_quiet();
        }
        if self.has_buffered() {
            return Ok(false);
        }
        Ok(!self.timed_mut().stream_mut().is_readable()?)
    }
}

impl Read for Wire {
    #[inline]
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(timed) => timed.read(into),
            #[cfg(feature = "tls")]
            Self::Tls(tls) => tls.read(into),
            Self::Captured(captured) => captured.read(into),
        }
    }
}

impl Write for Wire {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(timed) => timed.write(bytes),
            #[cfg(feature = "tls")]
            Self::Tls(tls) => tls.write(bytes),
            Self::Captured(captured) => captured.write(bytes),
        }
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Plain(timed) => timed.write_vectored(parts),
            #[cfg(feature = "tls")]
            Self::Tls(tls) => tls.write_vectored(parts),
            Self::Captured(captured) => captured.write_vectored(parts),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(timed) => timed.flush(),
            #[cfg(feature = "tls")]
            Self::Tls(tls) => tls.flush(),
            Self::Captured(captured) => captured.flush(),
        }
    }
}

/// Whether a timeout of the socket ended the operation; systems disagree about the name.
pub(crate) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

/// What is left until the deadline; `Err` when it has passed.
fn left(deadline: Option<Instant>) -> Result<Option<Duration>, io::Error> {
    let Some(deadline) = deadline else { return Ok(None) };
    match deadline.checked_duration_since(Instant::now()) {
        Some(left) if !left.is_zero() => Ok(Some(left)),
        _ => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// Why a connect failed.
fn connect_error(message: String, error: io::Error) -> Error {
    let base = if is_timeout(&error) {
        Error::timeout(TimeoutKind::Connect, message)
    } else {
        Error::new(ErrorKind::Connect, message)
    };
    base.with_source(error)
}
