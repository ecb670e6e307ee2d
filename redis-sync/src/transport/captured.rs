//! A connection whose bytes are written down as they go by, in the clear also where TLS is spoken.

use super::Wire;
use redis_core::capture::Onlooker;
use std::io::{self, IoSlice, Read, Write};
use std::time::{Duration, SystemTime};

/// A connection and who looks on.
pub(crate) struct Captured {
    pub(super) wire: Wire,
    onlooker: Box<dyn Onlooker>,
}

impl Captured {
    pub(crate) fn new(wire: Wire, onlooker: Box<dyn Onlooker>) -> Self {
        Self { wire, onlooker }
    }
}

impl Read for Captured {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.wire.read(into)?;
        self.onlooker.received(now(), into.get(..count).unwrap_or_default());
        Ok(count)
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.wire.write(bytes)?;
        self.onlooker.sent(now(), bytes.get(..count).unwrap_or_default());
        Ok(count)
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let count = self.wire.write_vectored(parts)?;
        let mut left = count;
        for part in parts {
            let taken = part.get(..left.min(part.len())).unwrap_or_default();
            self.onlooker.sent(now(), taken);
            left -= taken.len();
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.wire.flush()
    }
}

impl Drop for Captured {
    fn drop(&mut self) {
        self.onlooker.closed(now());
    }
}

/// The time since 1970; a clock that stands before that is none.
pub(crate) fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
