//! A stream whose bytes are written down as they go by, in the clear also where TLS is spoken.

use super::{Inner, Stream, Transport};
use bytes::BytesMut;
use redis_core::capture::Onlooker;
use std::io::{self, IoSlice};
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime};

/// A stream and who looks on.
struct Captured {
    stream: Stream,
    onlooker: Box<dyn Onlooker>,
}

/// The same stream, with somebody who looks on. Only its own task writes to it.
#[inline]
pub(crate) fn captured(stream: Stream, onlooker: Box<dyn Onlooker>) -> Stream {
    let (descriptor, peer) = (stream.descriptor(), stream.peer());
    Stream(Inner::Other(Box::new(Captured { stream, onlooker }), descriptor, peer))
}

impl Transport for Captured {
    #[inline]
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut BytesMut,
    ) -> Poll<io::Result<usize>> {
        let before = buffer.len();
        let count = ready!(self.stream.poll_read(cx, buffer))?;
        self.onlooker.received(now(), buffer.get(before..).unwrap_or_default());
        Poll::Ready(Ok(count))
    }

    #[inline]
    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let count = ready!(self.stream.poll_write(cx, parts))?;
        let mut left = count;
        for part in parts {
            let taken = part.get(..left.min(part.len())).unwrap_or_default();
            self.onlooker.sent(now(), taken);
            left -= taken.len();
        }
        Poll::Ready(Ok(count))
    }

    #[inline]
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.poll_flush(cx)
    }
}

impl Drop for Captured {
    #[inline]
    fn drop(&mut self) {
        self.onlooker.closed(now());
    }
}

/// The time since 1970; a clock that stands before that is none.
#[inline]
pub(crate) fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
