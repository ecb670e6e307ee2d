//! TCP: every address of a host is tried, with the options set before the connect.

use super::Stream;
use redis_core::config::SocketOptions;
use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::net::{TcpSocket, TcpStream, tcp};

/// A TCP stream whose writing half is shared.
pub(crate) struct Tcp {
    pub(crate) read: tcp::OwnedReadHalf,
    pub(crate) write: Arc<tcp::OwnedWriteHalf>,
}

impl Tcp {
    pub(crate) fn new(stream: TcpStream) -> Self {
        let (read, write) = stream.into_split();
        Self { read, write: Arc::new(write) }
    }

    pub(crate) fn poll_write(
        &self,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let stream: &TcpStream = self.write.as_ref().as_ref();
        loop {
            ready!(stream.poll_write_ready(cx))?;
            let written = match parts {
                [part] => stream.try_write(part),
                parts => stream.try_write_vectored(parts),
            };
            match written {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }
}

/// Opens a connection to one address.
pub(crate) async fn connect(address: SocketAddr, options: &SocketOptions) -> io::Result<Stream> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    configure(&SockRef::from(&socket), options)?;
    let socket = TcpSocket::from_std_stream(socket.into());
    Ok(Stream::tcp(socket.connect(address).await?))
}

fn configure(socket: &SockRef<'_>, options: &SocketOptions) -> io::Result<()> {
    socket.set_tcp_nodelay(options.nodelay())?;
    if let Some(keepalive) = options.keepalive() {
        let wish = TcpKeepalive::new().with_time(keepalive.idle);
        #[cfg(not(target_os = "openbsd"))]
        let wish = wish.with_interval(keepalive.interval);
        #[cfg(not(any(target_os = "openbsd", target_os = "windows")))]
        let wish = wish.with_retries(keepalive.count);
        socket.set_tcp_keepalive(&wish)?;
    }
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "fuchsia"))]
    if let Some(timeout) = options.user_timeout() {
        socket.set_tcp_user_timeout(Some(timeout))?;
    }
    Ok(())
}
