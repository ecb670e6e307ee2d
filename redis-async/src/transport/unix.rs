//! Unix domain sockets.

use super::Stream;
use std::io::{self, IoSlice};
use std::path::Path;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::net::{UnixStream, unix};

/// A unix stream whose writing half is shared.
pub(crate) struct Unix {
    pub(crate) read: unix::OwnedReadHalf,
    pub(crate) write: Arc<unix::OwnedWriteHalf>,
}

impl Unix {
    pub(crate) fn new(stream: UnixStream) -> Self {
        let (read, write) = stream.into_split();
        Self { read, write: Arc::new(write) }
    }

    pub(crate) fn poll_write(
        &self,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let stream: &UnixStream = self.write.as_ref().as_ref();
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

/// Opens a connection to the socket at `path`.
pub(crate) async fn connect(path: &Path) -> io::Result<Stream> {
    Ok(Stream::unix(UnixStream::connect(path).await?))
}
