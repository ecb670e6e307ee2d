//! A server in memory that knows one command: so many bytes of it are one, and each has the same reply.

use bytes::BytesMut;
use std::io::{self, IoSlice, Read, Write};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// The answer to the greeting: `HELLO 3` and twice `CLIENT SETINFO`.
const GREETING: &[u8] = b"%2\r\n+server\r\n+memory\r\n+proto\r\n:3\r\n+OK\r\n+OK\r\n";

/// What is written, and what comes back.
#[derive(Clone)]
pub(crate) struct Peer {
    request: usize,
    reply: Arc<[u8]>,
}

impl Peer {
    /// One that answers the command of these words by this reply.
    pub(crate) fn new(words: &[&str], reply: &[u8]) -> Self {
        let header = format!("*{}\r\n", words.len()).len();
        let each = words.iter().map(|word| format!("${}\r\n{word}\r\n", word.len()).len());
        Self { request: header + each.sum::<usize>(), reply: reply.into() }
    }

    pub(crate) fn link(&self) -> Link {
        Link { peer: self.clone(), greeted: false, requested: 0, unread: Vec::new(), reader: None }
    }
}

/// A connection to it.
pub(crate) struct Link {
    peer: Peer,
    greeted: bool,
    /// Bytes of a command that is not complete.
    requested: usize,
    unread: Vec<u8>,
    reader: Option<Waker>,
}

impl Link {
    fn written(&mut self, bytes: usize) {
        if !self.greeted {
            self.greeted = true;
            self.unread.extend_from_slice(GREETING);
            return;
        }
        self.requested += bytes;
        while self.requested >= self.peer.request {
            self.requested -= self.peer.request;
            self.unread.extend_from_slice(&self.peer.reply);
        }
    }

    fn take(&mut self, room: usize, mut into: impl FnMut(&[u8])) -> usize {
        let length = room.min(self.unread.len());
        into(&self.unread[..length]);
        self.unread.drain(..length);
        length
    }
}

impl Read for Link {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.unread.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let length = room.len();
        Ok(self.take(length, |bytes| room[..bytes.len()].copy_from_slice(bytes)))
    }
}

impl Write for Link {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl redis_sync::Stream for Link {
    fn set_read_timeout(&mut self, _: Option<Duration>) -> io::Result<()> {
        Ok(())
    }

    fn set_write_timeout(&mut self, _: Option<Duration>) -> io::Result<()> {
        Ok(())
    }

    fn is_readable(&mut self) -> io::Result<bool> {
        Ok(!self.unread.is_empty())
    }
}

impl redis_async::Transport for Link {
    fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut BytesMut,
    ) -> Poll<io::Result<usize>> {
        if self.unread.is_empty() {
            self.reader = Some(context.waker().clone());
            return Poll::Pending;
        }
        let room = buffer.capacity() - buffer.len();
        Poll::Ready(Ok(self.take(room, |bytes| buffer.extend_from_slice(bytes))))
    }

    fn poll_write(
        &mut self,
        _: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let length = parts.iter().map(|part| part.len()).sum();
        self.written(length);
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
        Poll::Ready(Ok(length))
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A string of 16 bytes on the wire.
pub(crate) const STRING: &[u8] = b"$16\r\n0123456789abcdef\r\n";

/// A list of a hundred of them.
pub(crate) fn list() -> Vec<u8> {
    [b"*100\r\n".to_vec(), STRING.repeat(100)].concat()
}
