//! A socket that one thread writes to while another reads.

use super::poll;
use crate::connector::{Duplex, Sender, Stream};
use std::io::{self, IoSlice, Read, Write};
use std::net::Shutdown;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::time::Duration;

/// The shortest time that a socket waits: none at all would be for ever.
const SHORTEST: Duration = Duration::from_micros(1);

/// A socket and, by [`Stream::sender`], any number of handles on it.
///
/// TCP or unix: what is done with the two is the same down to the system calls, and as one type it is compiled once.
pub(super) struct Shared(Arc<Socket>);

struct Socket(socket2::Socket);

impl Shared {
    pub(super) fn new(socket: socket2::Socket) -> Self {
        Self(Arc::new(Socket(socket)))
    }

    fn socket(&self) -> &socket2::Socket {
        &self.0.0
    }
}

impl Read for Shared {
    #[inline]
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.socket().read(into)
    }
}

impl Write for Shared {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket().send_with_flags(bytes, poll::QUIETLY)
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        self.socket().send_vectored_with_flags(parts, poll::QUIETLY)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for Shared {
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.socket().set_read_timeout(timeout.map(|time| time.max(SHORTEST)))
    }

    fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.socket().set_write_timeout(timeout.map(|time| time.max(SHORTEST)))
    }

    fn is_readable(&mut self) -> io::Result<bool> {
        poll::is_readable(self.socket())
    }

    fn duplex(&mut self) -> Option<&mut dyn Duplex> {
        Some(self)
    }

    fn sender(&self) -> Option<Arc<dyn Sender>> {
        let socket: Arc<Socket> = Arc::clone(&self.0);
        Some(socket)
    }

    fn unread(&mut self) -> Option<usize> {
        poll::unread(self.socket())
    }

    /// The address; a unix socket's peer has none that would say anything.
    fn peer(&self) -> Option<String> {
        let address = self.socket().peer_addr().ok()?;
        address.as_socket().map(|address| address.to_string())
    }

    fn descriptor(&self) -> Option<RawFd> {
        Some(self.socket().as_raw_fd())
    }
}

impl Duplex for Shared {
    fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        poll::try_write(self.socket(), bytes)
    }

    fn wait(&mut self, time: Option<Duration>) -> io::Result<bool> {
        poll::wait(self.socket(), time)
    }
}

impl Sender for Socket {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        poll::try_write(&self.0, bytes)
    }

    fn wait(&self, time: Option<Duration>) -> io::Result<bool> {
        poll::wait(&self.0, time)
    }

    fn shut(&self) {
        // whoever reads or writes meets whatever keeps it from being shut
        let _ = self.0.shutdown(Shutdown::Both);
    }

    fn unread(&self) -> Option<usize> {
        poll::unread(&self.0)
    }
}
