//! Byte streams to a server.
//!
//! This module decides how bytes get in and out of a stream without waiting on the other direction,
//! and which streams a caller's own task may write to. It does not decide what the bytes are.

pub(crate) mod captured;
pub(crate) mod tcp;
#[cfg(feature = "tls")]
pub(crate) mod tls;
#[cfg(unix)]
pub(crate) mod unix;

use bytes::BytesMut;
use socket2::SockRef;
use std::any::Any;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::TcpStream;

/// A byte stream to a server, as a [`Connector`](crate::Connector) makes it.
///
/// Implemented for every tokio stream. Both directions are polled from one task, each as far as it
/// gets: a read that has to write first (TLS does) must not wait for the caller's own write, and the
/// other way round.
pub trait Transport: Send + 'static {
    /// Appends what has arrived to `buffer`, at most what fits its capacity; zero bytes is the end.
    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut BytesMut)
    -> Poll<io::Result<usize>>;

    /// Writes from the front of `parts`; returns how many bytes were taken. What was not taken comes again,
    /// with the same beginning, or the stream is written to no more.
    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>>;

    /// Sends on what was taken and is still held back.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Transport for T {
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut BytesMut,
    ) -> Poll<io::Result<usize>> {
        poll_read_buffer(self, cx, buffer)
    }

    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(self).poll_write_vectored(cx, parts)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncWrite::poll_flush(Pin::new(self), cx)
    }
}

/// Reads into the unused part of `buffer`, which nobody has zeroed.
fn poll_read_buffer(
    reader: &mut (impl AsyncRead + Unpin),
    cx: &mut Context<'_>,
    buffer: &mut BytesMut,
) -> Poll<io::Result<usize>> {
    // a future without a state of its own: made anew at each poll, it loses nothing
    pin!(reader.read_buf(buffer)).poll(cx)
}

/// A stream to a server.
///
/// TCP and unix sockets are known as such, so that a caller's own task may write to them.
pub struct Stream(pub(crate) Inner);

pub(crate) enum Inner {
    Tcp(tcp::Tcp),
    #[cfg(unix)]
    Unix(unix::Unix),
    #[cfg_attr(not(unix), expect(dead_code, reason = "only a child of `fork` asks for it"))]
    Other(Box<dyn Transport>, Option<Descriptor>, Option<SocketAddr>),
}

/// What the system calls a socket; kept where a forked child can find it.
#[cfg(unix)]
pub(crate) type Descriptor = std::os::fd::RawFd;
/// There is no fork here.
#[cfg(not(unix))]
pub(crate) type Descriptor = i32;

impl Stream {
    /// A stream over anything that carries bytes.
    pub fn new(transport: impl Transport) -> Self {
        let mut given = Some(transport);
        let any: &mut dyn Any = &mut given;
        if let Some(tcp) = any.downcast_mut::<Option<TcpStream>>().and_then(Option::take) {
            return Self::tcp(tcp);
        }
        #[cfg(unix)]
        {
            let any: &mut dyn Any = &mut given;
            let unix = any.downcast_mut::<Option<tokio::net::UnixStream>>();
            if let Some(unix) = unix.and_then(Option::take) {
                return Self::unix(unix);
            }
        }
        match given {
            Some(transport) => Self(Inner::Other(Box::new(transport), None, None)),
            // taken above means returned above
            None => Self(Inner::Other(Box::new(tokio::io::empty()), None, None)),
        }
    }

    pub(crate) fn tcp(stream: TcpStream) -> Self {
        Self(Inner::Tcp(tcp::Tcp::new(stream)))
    }

    #[cfg(unix)]
    pub(crate) fn unix(stream: tokio::net::UnixStream) -> Self {
        Self(Inner::Unix(unix::Unix::new(stream)))
    }

    /// The half that a caller's own task may write to, where there is one: a stream that holds bytes
    /// back, as TLS does, belongs to one task.
    pub(crate) fn direct(&self) -> Option<Direct> {
        match &self.0 {
            Inner::Tcp(tcp) => Some(Direct::Tcp(Arc::clone(&tcp.write))),
            #[cfg(unix)]
            Inner::Unix(unix) => Some(Direct::Unix(Arc::clone(&unix.write))),
            Inner::Other(..) => None,
        }
    }

    /// Whether it may keep the beginning of what it did not take, as TLS does.
    pub(crate) fn holds_back(&self) -> bool {
        matches!(self.0, Inner::Other(..))
    }

    /// What the system calls it, where that is known.
    #[cfg(unix)]
    pub(crate) fn descriptor(&self) -> Option<Descriptor> {
        use std::os::fd::AsRawFd;
        match &self.0 {
            Inner::Tcp(tcp) => Some(tcp.write.as_ref().as_ref().as_raw_fd()),
            Inner::Unix(unix) => Some(unix.write.as_ref().as_ref().as_raw_fd()),
            Inner::Other(_, descriptor, _) => *descriptor,
        }
    }

    #[cfg(not(unix))]
    pub(crate) fn descriptor(&self) -> Option<Descriptor> {
        None
    }

    /// Ready when the runtime has heard that there is something to read; at once where it cannot be asked.
    pub(crate) fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &self.0 {
            Inner::Tcp(tcp) => {
                let stream: &TcpStream = tcp.read.as_ref();
                stream.poll_read_ready(cx)
            }
            #[cfg(unix)]
            Inner::Unix(unix) => {
                let stream: &tokio::net::UnixStream = unix.read.as_ref();
                stream.poll_read_ready(cx)
            }
            Inner::Other(..) => Poll::Ready(Ok(())),
        }
    }

    /// Whether a read would return at once, asked of the system and not of the runtime, which may not
    /// have heard of it yet. `false` where it cannot be known.
    pub(crate) fn is_readable(&self) -> bool {
        self.direct().is_some_and(|direct| direct.is_readable())
    }

    /// How many bytes lie in the receive queue, counted up to a limit; `None` where it cannot be known.
    #[cold]
    pub(crate) fn unread(&self) -> Option<usize> {
        /// More says no more.
        const MOST: usize = 64 * 1024;
        let mut room = vec![MaybeUninit::uninit(); MOST];
        match self.direct()?.peek(&mut room) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Some(0),
            Err(_) => None,
        }
    }

    /// Who answered, where that has an address.
    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        match &self.0 {
            Inner::Tcp(tcp) => tcp.write.as_ref().as_ref().peer_addr().ok(),
            #[cfg(unix)]
            Inner::Unix(_) => None,
            Inner::Other(.., peer) => *peer,
        }
    }
}

impl Transport for Stream {
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut BytesMut,
    ) -> Poll<io::Result<usize>> {
        match &mut self.0 {
            Inner::Tcp(tcp) => poll_read_buffer(&mut tcp.read, cx, buffer),
            #[cfg(unix)]
            Inner::Unix(unix) => poll_read_buffer(&mut unix.read, cx, buffer),
            Inner::Other(other, ..) => other.poll_read(cx, buffer),
        }
    }

    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.0 {
            Inner::Tcp(tcp) => tcp.poll_write(cx, parts),
            #[cfg(unix)]
            Inner::Unix(unix) => unix.poll_write(cx, parts),
            Inner::Other(other, ..) => other.poll_write(cx, parts),
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.0 {
            Inner::Tcp(_) => Poll::Ready(Ok(())),
            #[cfg(unix)]
            Inner::Unix(_) => Poll::Ready(Ok(())),
            Inner::Other(other, ..) => other.poll_flush(cx),
        }
    }
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match &self.0 {
            Inner::Tcp(_) => "Stream(tcp)",
            #[cfg(unix)]
            Inner::Unix(_) => "Stream(unix)",
            Inner::Other(..) => "Stream(other)",
        })
    }
}

/// The writing half of a socket that several tasks may write to, one at a time.
#[derive(Clone)]
pub(crate) enum Direct {
    Tcp(Arc<tokio::net::tcp::OwnedWriteHalf>),
    #[cfg(unix)]
    Unix(Arc<tokio::net::unix::OwnedWriteHalf>),
}

impl Direct {
    /// Whether a read would return at once; see [`Stream::is_readable`].
    pub(crate) fn is_readable(&self) -> bool {
        let peeked = self.peek(&mut [MaybeUninit::uninit()]);
        !matches!(peeked, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }

    fn peek(&self, room: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
        match self {
            Self::Tcp(half) => {
                let stream: &TcpStream = half.as_ref().as_ref();
                SockRef::from(stream).peek(room)
            }
            #[cfg(unix)]
            Self::Unix(half) => {
                let stream: &tokio::net::UnixStream = half.as_ref().as_ref();
                SockRef::from(stream).peek(room)
            }
        }
    }

    /// Writes what the socket takes at once.
    pub(crate) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(half) => half.try_write(bytes),
            #[cfg(unix)]
            Self::Unix(half) => half.try_write(bytes),
        }
    }
}
