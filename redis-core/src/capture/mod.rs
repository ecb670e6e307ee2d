//! What goes over connections, written down: to be read, sent along with a report, and played again.
//!
//! This module decides the format and what is struck out. It writes nothing itself: a [`Sink`] does, which
//! a client makes of a file, and the clock is the client's too.
//!
//! # The format
//!
//! Lines of text. The first is `redis-capture 1`; each of the others has the time in seconds since 1970 with
//! six decimals, the connection's number, a sign, and what the sign says, one space apart:
//!
//! ```text
//! 1763640000.000001 7 . opened 10.0.0.3:6379
//! 1763640000.000120 7 > "HELLO" "3" "AUTH" "ada" ***
//! 1763640000.000480 7 < "%1\r\n$5\r\nproto\r\n:3\r\n"
//! 1763640000.731201 7 ? 12 bytes that are no command
//! 1763640009.000000 7 . closed
//! 1763640009.000000 0 . limit reached
//! ```
//!
//! `>` is a command as soon as all of it was handed to the stream, `<` what one read brought, cut as it came,
//! `?` bytes of a raw connection, which may be anything and are not kept. Text in quotes is escaped as
//! `redis-cli` does. Secrets stand as `***`: see [`secrets`](crate::command::secrets).
//!
//! **Values are not struck out**, nor are replies, be they those of `CONFIG GET requirepass`: keep a capture as
//! the data itself.

mod record;
mod replay;
mod tap;

pub use record::{Record, RecordKind};
pub use replay::{Outcome, Replay, Step};
pub use tap::Tap;

use crate::event::ConnectionId;
use std::fmt::{self, Display};
use std::sync::Arc;
use std::time::Duration;

/// The first line of a capture.
pub const HEADER: &str = "redis-capture 1\n";

/// What takes the lines of a capture: for the clients, and for whoever keeps captures elsewhere than in a file.
///
/// Called where bytes go out and come in, by several connections at once; a slow one slows the client down.
pub trait Sink: Send + Sync {
    /// Takes some whole lines. What cannot be written is dropped.
    fn take(&self, lines: &[u8]);

    /// Whether more is wanted. Where not, nothing is made for it.
    fn is_open(&self) -> bool {
        true
    }
}

/// Looks on at what goes over one connection. Times are since 1970.
pub trait Onlooker: Send + Sync {
    /// These bytes were taken by the stream.
    fn sent(&mut self, at: Duration, bytes: &[u8]);

    /// A read brought these bytes.
    fn received(&mut self, at: Duration, bytes: &[u8]);

    /// The connection ended; once is enough.
    fn closed(&mut self, at: Duration);
}

/// Makes the onlooker of a connection that was just opened.
type Open = fn(ConnectionId, &Arc<dyn Sink>, Duration, &dyn Display) -> Box<dyn Onlooker>;

/// Who takes the capture of a client: nobody, or one sink.
///
/// Only who has a sink has the code that writes lines for it, too: both come in by [`new`](Self::new).
#[derive(Clone, Default)]
#[must_use]
pub struct CaptureSink(Option<(Arc<dyn Sink>, Open)>);

impl CaptureSink {
    /// This sink.
    pub fn new(sink: impl Sink + 'static) -> Self {
        let open: Open =
            |connection, sink, at, endpoint| Box::new(Tap::new(connection, sink, at, endpoint));
        Self(Some((Arc::new(sink), open)))
    }

    /// Whether there is one.
    #[inline]
    pub fn is_set(&self) -> bool {
        self.0.is_some()
    }

    /// Who looks on at a connection that was just opened, if anybody wants to know.
    pub fn open(
        &self,
        connection: ConnectionId,
        at: impl FnOnce() -> Duration,
        endpoint: &dyn Display,
    ) -> Option<Box<dyn Onlooker>> {
        let (sink, open) = self.0.as_ref().filter(|(sink, _)| sink.is_open())?;
        Some(open(connection, sink, at(), endpoint))
    }
}

impl fmt::Debug for CaptureSink {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_set() { "CaptureSink" } else { "CaptureSink(none)" })
    }
}
