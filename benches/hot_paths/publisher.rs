//! A server in memory that publishes, to whoever subscribes: so many messages, and then it is silent.

use crate::peer::{Link, Peer};
use bytes::BytesMut;
use std::io::{self, IoSlice, Read, Write};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

/// What is published to.
pub(crate) const CHANNEL: &str = "messages:16";

/// What is published, again and again.
#[derive(Clone)]
pub(crate) struct Publisher {
    peer: Peer,
    messages: Arc<[u8]>,
    /// How many bytes of it in all.
    length: usize,
}

impl Publisher {
    /// One that has so many messages for a subscriber.
    pub(crate) fn new(messages: usize) -> Self {
        let name = format!("${}\r\n{CHANNEL}\r\n", CHANNEL.len());
        let confirmation = format!(">3\r\n$9\r\nsubscribe\r\n{name}:1\r\n");
        let message = format!(">3\r\n$7\r\nmessage\r\n{name}$16\r\n0123456789abcdef\r\n");
        let peer = Peer::new(&["SUBSCRIBE", CHANNEL], confirmation.as_bytes());
        let length = message.len() * messages;
        Self { peer, messages: message.repeat(1000).into_bytes().into(), length }
    }

    pub(crate) fn publication(&self) -> Publication {
        let (link, publisher) = (self.peer.link(), self.clone());
        Publication { link, publisher, writes: 0, published: 0, patience: None }
    }
}

/// A connection to it.
pub(crate) struct Publication {
    link: Link,
    publisher: Publisher,
    /// The greeting is one, the subscription another.
    writes: u32,
    published: usize,
    patience: Option<Duration>,
}

impl Publication {
    /// The next messages, as much of them as there is room for.
    fn next(&mut self, room: usize) -> &[u8] {
        let Publisher { messages, length, .. } = &self.publisher;
        let unsaid = if self.writes < 2 { 0 } else { length - self.published };
        let rest = &messages[self.published % messages.len()..];
        let next = &rest[..rest.len().min(room).min(unsaid)];
        self.published += next.len();
        next
    }
}

impl Read for Publication {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        match self.link.read(room) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let next = self.next(room.len());
                room[..next.len()].copy_from_slice(next);
                if next.is_empty() {
                    thread::park_timeout(self.patience.unwrap_or(Duration::MAX));
                    return Err(error);
                }
                Ok(next.len())
            }
            read => read,
        }
    }
}

impl Write for Publication {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writes += 1;
        self.link.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl redis_sync::Stream for Publication {
    fn set_read_timeout(&mut self, time: Option<Duration>) -> io::Result<()> {
        self.patience = time;
        Ok(())
    }

    fn set_write_timeout(&mut self, _: Option<Duration>) -> io::Result<()> {
        Ok(())
    }

    fn is_readable(&mut self) -> io::Result<bool> {
        let publishes = self.writes >= 2 && self.published < self.publisher.length;
        Ok(publishes || self.link.is_readable()?)
    }
}

impl redis_async::Transport for Publication {
    fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut BytesMut,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(read) = self.link.poll_read(context, buffer) {
            return Poll::Ready(read);
        }
        let next = self.next(buffer.capacity() - buffer.len());
        buffer.extend_from_slice(next);
        if next.is_empty() { Poll::Pending } else { Poll::Ready(Ok(next.len())) }
    }

    fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.writes += 1;
        self.link.poll_write(context, parts)
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
