//! Opening a unix domain socket.

use super::shared::Shared;
use super::{connect_error, left, poll};
use crate::connector::{Duplex, Stream};
use redis_core::Result;
use socket2::{Domain, SockAddr, Socket, Type};
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

pub(super) fn open(path: &Path, deadline: Option<Instant>) -> Result<Box<dyn Stream>> {
    match connect(path, deadline) {
        Ok(socket) => Ok(Box::new(Shared::new(socket))),
        Err(error) => {
            Err(connect_error(format!("cannot connect to {}: {error}", path.display()), error))
        }
    }
}

/// A connect waits only while the server's backlog is full; the write timeout bounds that wait.
fn connect(path: &Path, deadline: Option<Instant>) -> io::Result<Socket> {
    let address = SockAddr::unix(path)?;
    loop {
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.set_write_timeout(left(deadline)?)?;
        match socket.connect(&address) {
            Ok(()) => {
                socket.set_write_timeout(None)?;
                return Ok(socket);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

impl Stream for UnixStream {
    #[inline]
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        Self::set_read_timeout(self, timeout)
    }

    #[inline]
    fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        Self::set_write_timeout(self, timeout)
    }

    #[inline]
    fn is_readable(&mut self) -> io::Result<bool> {
        poll::is_readable(self)
    }

    #[inline]
    fn duplex(&mut self) -> Option<&mut dyn Duplex> {
        Some(self)
    }

    #[inline]
    fn unread(&mut self) -> Option<usize> {
        poll::unread(self)
    }

    #[inline]
    fn descriptor(&self) -> Option<RawFd> {
        Some(self.as_raw_fd())
    }
}

impl Duplex for UnixStream {
    #[inline]
    fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        poll::try_write(self, bytes)
    }

    #[inline]
    fn wait(&mut self, time: Option<Duration>) -> io::Result<bool> {
        poll::wait(self, time)
    }
}
