//! A server in memory that knows one command: so many bytes of it are one, and each has the same reply. Or it
//! publishes, to whoever subscribes.

use bytes::BytesMut;
use redis_sync::Result;
use std::io::{self, IoSlice, Read, Write};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// The answer to the greeting: `HELLO 3` and twice `CLIENT SETINFO`.
const GREETING: &[u8] = b"%2\r\n+server\r\n+memory\r\n+proto\r\n:3\r\n+OK\r\n+OK\r\n";

/// What is written, and what comes back.
#[derive(Clone)]
pub(crate) struct Peer {
    request: usize,
    reply: Arc<[u8]>,
    /// What it says after that again and again, and how many bytes of it; then nothing, for so long as it is listened
    /// to.
    published: Option<(Arc<[u8]>, usize)>,
}

impl Peer {
    /// One that answers the command of these words by this reply.
    pub(crate) fn new(words: &[&str], reply: &[u8]) -> Self {
        let header = format!("*{}\r\n", words.len()).len();
        let each = words.iter().map(|word| format!("${}\r\n{word}\r\n", word.len()).len());
        Self { request: header + each.sum::<usize>(), reply: reply.into(), published: None }
    }

    /// One that confirms the subscription to [`CHANNEL`], and with that says all that is ever published there: so
    /// many messages.
    pub(crate) fn publisher(messages: usize) -> Self {
        let length = CHANNEL.len();
        let confirmation = format!(">3\r\n$9\r\nsubscribe\r\n${length}\r\n{CHANNEL}\r\n:1\r\n");
        let message =
            format!(">3\r\n$7\r\nmessage\r\n${length}\r\n{CHANNEL}\r\n$16\r\n0123456789abcdef\r\n");
        let published = message.repeat(1000).into_bytes();
        let published = Some((published.into(), message.len() * messages));
        Self { published, ..Self::new(&["SUBSCRIBE", CHANNEL], confirmation.as_bytes()) }
    }

    fn link(&self) -> Link {
        let peer = self.clone();
        Link {
            peer,
            greeted: false,
            requested: 0,
            said: Vec::new(),
            read: 0,
            published: 0,
            reader: None,
            patience: None,
        }
    }
}

/// A connection to it.
pub(crate) struct Link {
    peer: Peer,
    greeted: bool,
    /// Bytes of a command that is not complete.
    requested: usize,
    said: Vec<u8>,
    /// So many bytes of what was said were read.
    read: usize,
    /// So many bytes of what is published are still to be said.
    published: usize,
    reader: Option<Waker>,
    patience: Option<Duration>,
}

impl Link {
    fn written(&mut self, bytes: usize) {
        if !self.greeted {
            self.greeted = true;
            self.said.extend_from_slice(GREETING);
            return;
        }
        self.requested += bytes;
        while self.requested >= self.peer.request {
            self.requested -= self.peer.request;
            self.said.extend_from_slice(&self.peer.reply);
            self.published = self.peer.published.as_ref().map_or(0, |(_, bytes)| *bytes);
        }
    }

    fn has_nothing(&self) -> bool {
        self.read == self.said.len() && self.published == 0
    }

    fn take(&mut self, room: usize, mut into: impl FnMut(&[u8])) -> usize {
        let unread = &self.said[self.read..];
        if let (true, Some((published, bytes))) = (unread.is_empty(), &self.peer.published) {
            let unsaid = &published[(bytes - self.published) % published.len()..];
            let length = room.min(unsaid.len()).min(self.published);
            into(&unsaid[..length]);
            self.published -= length;
            return length;
        }
        let length = room.min(unread.len());
        into(&unread[..length]);
        self.read += length;
        if self.read == self.said.len() {
            self.said.clear();
            self.read = 0;
        }
        length
    }
}

impl Read for Link {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.has_nothing() {
            if self.peer.published.is_some() {
                thread::park_timeout(self.patience.unwrap_or(Duration::MAX));
            }
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
    fn set_read_timeout(&mut self, time: Option<Duration>) -> io::Result<()> {
        self.patience = time;
        Ok(())
    }

    fn set_write_timeout(&mut self, _: Option<Duration>) -> io::Result<()> {
        Ok(())
    }

    fn is_readable(&mut self) -> io::Result<bool> {
        Ok(!self.has_nothing())
    }
}

impl redis_sync::Connector for Peer {
    fn connect(
        &self,
        _: &redis_sync::Endpoint,
        _: &redis_sync::SocketOptions,
        _: Option<Instant>,
    ) -> Result<Box<dyn redis_sync::Stream>> {
        Ok(Box::new(self.link()))
    }
}

impl redis_async::Transport for Link {
    fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut BytesMut,
    ) -> Poll<io::Result<usize>> {
        if self.has_nothing() {
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

impl redis_async::Connector for Peer {
    fn connect<'a>(
        &'a self,
        _: &'a redis_async::Endpoint,
        _: &'a redis_async::SocketOptions,
    ) -> redis_async::BoxFuture<'a, Result<redis_async::Stream>> {
        Box::pin(async { Ok(redis_async::Stream::new(self.link())) })
    }
}

/// A string of 16 bytes on the wire.
pub(crate) const STRING: &[u8] = b"$16\r\n0123456789abcdef\r\n";

/// What is published to.
pub(crate) const CHANNEL: &str = "messages:16";

/// A list of a hundred of them.
pub(crate) fn list() -> Vec<u8> {
    [b"*100\r\n".to_vec(), STRING.repeat(100)].concat()
}
