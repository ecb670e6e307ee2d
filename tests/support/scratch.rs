//! A directory of its own for whoever asks, gone with its owner.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A fresh directory, removed on drop. Its path is short enough for a unix socket in it.
#[derive(Debug)]
#[must_use = "the directory is removed on drop"]
pub struct Scratch {
    path: PathBuf,
    owner: u32,
}

impl Scratch {
    /// Makes a directory under the system's temporary one.
    ///
    /// # Errors
    /// Whatever making the directory fails with.
    pub fn new() -> io::Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let owner = std::process::id();
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("redis-rs-{owner}-{number}"));
            match std::fs::create_dir(&path) {
                Ok(()) => return Ok(Self { path, owner }),
                // left behind by an earlier process of the same id
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // a forked child must not clear away what its parent uses
        if std::process::id() == self.owner {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}
