//! A socket that one thread writes to while another reads.

use super::poll;
use crate::connector::{Duplex, Sender, Stream};
use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

/// A socket and, by [`Stream::sender`], any number of handles on it.
pub(super) struct Shared<S>(Arc<S>);

/// What the standard library's sockets can do through a reference, each by methods of its own.
pub(super) trait Socket: AsFd + AsRawFd + Sender + 'static {
    fn read(&self, into: &mut [u8]) -> io::Result<usize>;
    fn write(&self, bytes: &[u8]) -> io::Result<usize>;
    fn write_vectored(&self, parts: &[IoSlice<'_>]) -> io::Result<usize>;
    fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()>;
    fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()>;
    fn peer(&self) -> Option<String>;
}

macro_rules! sockets {
    ($($socket:ty: $peer:expr;)*) => { $(
        impl Socket for $socket {
            #[inline]
            fn read(&self, into: &mut [u8]) -> io::Result<usize> {
                Read::read(&mut &*self, into)
            }

            #[inline]
            fn write(&self, bytes: &[u8]) -> io::Result<usize> {
                Write::write(&mut &*self, bytes)
            }

            fn write_vectored(&self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
                Write::write_vectored(&mut &*self, parts)
            }

            fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
                <$socket>::set_read_timeout(self, timeout)
            }

            fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
                <$socket>::set_write_timeout(self, timeout)
            }

            fn peer(&self) -> Option<String> {
                let peer: fn(&$socket) -> Option<String> = $peer;
                peer(self)
            }
        }

        impl Sender for $socket {
            fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
                poll::try_write(self, bytes)
            }

            fn wait(&self, time: Option<Duration>) -> io::Result<bool> {
                poll::wait(self, time)
            }

            fn shut(&self) {
                // whoever reads or writes meets whatever keeps it from being shut
                let _ = self.shutdown(Shutdown::Both);
            }

            fn unread(&self) -> Option<usize> {
                poll::unread(self)
            }
        }
    )* };
}

sockets! {
    TcpStream: |socket| socket.peer_addr().ok().map(|address| address.to_string());
    UnixStream: |_| None;
}

impl<S> Shared<S> {
    pub(super) fn new(socket: S) -> Self {
        Self(Arc::new(socket))
    }
}

impl<S: Socket> Read for Shared<S> {
    #[inline]
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        Socket::read(&*self.0, into)
    }
}

impl<S: Socket> Write for Shared<S> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Socket::write(&*self.0, bytes)
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        Socket::write_vectored(&*self.0, parts)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<S: Socket> Stream for Shared<S> {
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        Socket::set_read_timeout(&*self.0, timeout)
    }

    fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        Socket::set_write_timeout(&*self.0, timeout)
    }

    fn is_readable(&mut self) -> io::Result<bool> {
        poll::is_readable(&*self.0)
    }

    fn duplex(&mut self) -> Option<&mut dyn Duplex> {
        Some(self)
    }

    fn sender(&self) -> Option<Arc<dyn Sender>> {
        let socket: Arc<S> = Arc::clone(&self.0);
        Some(socket)
    }

    fn unread(&mut self) -> Option<usize> {
        poll::unread(&*self.0)
    }

    fn peer(&self) -> Option<String> {
        Socket::peer(&*self.0)
    }

    fn descriptor(&self) -> Option<RawFd> {
        Some(self.0.as_raw_fd())
    }
}

impl<S: Socket> Duplex for Shared<S> {
    fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        poll::try_write(&*self.0, bytes)
    }

    fn wait(&mut self, time: Option<Duration>) -> io::Result<bool> {
        poll::wait(&*self.0, time)
    }
}
