//! Where a capture goes: a file, or anything that takes bytes.
//!
//! What stands in it is decided by [`redis_core::capture`]; this module writes it, outside of its lock.

use redis_core::capture::{HEADER, Sink};
use redis_core::{Error, Result, fork};
use std::fmt;
use std::fs::File;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What goes over the connections of a client, written down: see [`redis_core::capture`] for the format, and
/// `cargo xtask replay FILE` of this repository for a reader.
///
/// Passwords are struck out; **values and replies are not**. It ends at a limit, 64 MiB where nothing else is
/// said. What cannot be written ends it too, and no command fails by that. A child of `fork` writes nothing.
///
/// # Example: into a file
///
/// ```no_run
/// use redis_sync::{Capture, Redis};
///
/// # fn main() -> redis_sync::Result<()> {
/// let capture = Capture::to_file("redis.capture")?.limit(1024 * 1024);
/// let r = Redis::builder().capture(capture).build()?;
/// # let _ = r;
/// # Ok(()) }
/// ```
#[must_use]
pub struct Capture {
    state: Mutex<State>,
    open: AtomicBool,
    generation: u32,
}

struct State {
    /// Absent while somebody writes.
    writer: Option<Box<dyn Write + Send>>,
    /// Lines that whoever writes will write, too.
    waiting: Vec<u8>,
    /// How many bytes may still come.
    left: u64,
}

impl Capture {
    /// How many bytes are written where nothing else is said.
    pub const DEFAULT_LIMIT: u64 = 64 * 1024 * 1024;

    /// Into this file, which is made, or emptied.
    ///
    /// # Errors
    ///
    /// That it cannot be made.
    pub fn to_file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = File::create(path).map_err(|error| {
            Error::config(format!("cannot write a capture to {}", path.display()))
                .with_source(error)
        })?;
        Ok(Self::to_writer(file))
    }

    /// Into anything that takes bytes.
    pub fn to_writer(writer: impl Write + Send + 'static) -> Self {
        let writer: Box<dyn Write + Send> = Box::new(writer);
        let waiting = HEADER.as_bytes().to_vec();
        let state = State { writer: Some(writer), waiting, left: Self::DEFAULT_LIMIT };
        Self { state: Mutex::new(state), open: AtomicBool::new(true), generation: fork::watch() }
    }

    /// The same with another limit, in bytes.
    #[inline]
    pub fn limit(mut self, bytes: u64) -> Self {
        self.state.get_mut().unwrap_or_else(PoisonError::into_inner).left = bytes;
        self
    }

    #[inline]
    fn lock(&self) -> MutexGuard<'_, State> {
        // nothing panics under it
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Capture {
    #[inline]
    fn take(&self, lines: &[u8]) {
        if !self.is_open() {
            return;
        }
        let mut state = self.lock();
        match state.left.checked_sub(lines.len() as u64) {
            Some(left) => {
                state.left = left;
                state.waiting.extend_from_slice(lines);
            }
            None if self.open.swap(false, Ordering::Relaxed) => {
                state.waiting.extend_from_slice(b"0.000000 0 . limit reached\n");
            }
            None => return,
        }
        // who finds somebody writing leaves its lines to them
        let Some(mut writer) = state.writer.take() else { return };
        while !state.waiting.is_empty() {
            let lines = std::mem::take(&mut state.waiting);
            drop(state);
            let write = || writer.write_all(&lines).and_then(|()| writer.flush());
            let written = catch_unwind(AssertUnwindSafe(write));
            state = self.lock();
            if !matches!(written, Ok(Ok(()))) {
                self.open.store(false, Ordering::Relaxed);
                state.waiting = Vec::new();
            }
        }
        state.writer = Some(writer);
    }

    #[inline]
    fn is_open(&self) -> bool {
        // in a child somebody who is not there may hold the lock
        self.open.load(Ordering::Relaxed) && self.generation == fork::generation()
    }
}

impl fmt::Debug for Capture {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture").field("open", &self.is_open()).finish_non_exhaustive()
    }
}
