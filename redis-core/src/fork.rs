//! Noticing that the process was forked, for the price of one load.
//!
//! A child of `fork` inherits sockets that it must not use and locks that nobody will release. Whoever
//! owns such things keeps the [`generation`] they were made in and compares it before touching
//! any of them. This module says when a generation has ended; what to do about it is the owner's part.
//!
//! Asking the system for the process's number would cost half an asynchronous command, so a child
//! handler of `pthread_atfork` counts instead. It does nothing else: between `fork` and `exec` little
//! is allowed. A raw `clone` system call runs no handlers; where a connection is opened or
//! checked out, [`process`] is compared as well.
#![cfg_attr(unix, allow(unsafe_code))] // registering the handler, closing sockets; the reasons stand at the calls

mod descriptors;

pub use descriptors::{Descriptors, Registration};

use std::sync::atomic::{AtomicU32, Ordering};

/// The atomics of the list of descriptors, whose file `loom/` compiles with others.
mod sync {
    pub(super) use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
}

static GENERATION: AtomicU32 = AtomicU32::new(0);

/// How many forks lie between the first process that asked and this one.
///
/// Only forks after the first call of [`watch`] count.
#[inline]
pub fn generation() -> u32 {
    GENERATION.load(Ordering::Relaxed)
}

/// The number of this process, for the places that can afford to ask.
#[inline]
pub fn process() -> u32 {
    std::process::id()
}

/// Begins to count forks, once for the whole process; returns the current generation.
///
/// Whatever must not outlive a fork calls this when it is made.
pub fn watch() -> u32 {
    #[cfg(unix)]
    {
        static REGISTERED: std::sync::Once = std::sync::Once::new();
        REGISTERED.call_once(register);
    }
    generation()
}

#[cfg(unix)]
fn register() {
    extern "C" fn in_child() {
        GENERATION.fetch_add(1, Ordering::Relaxed);
    }
    // SAFETY: the handler is a plain function that lives as long as the program, touches one atomic
    // and calls nothing, which is all that a child may do before it execs.
    let refused = unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
    // ENOMEM is the only refusal there is; then `process` alone notices a fork
    debug_assert_eq!(refused, 0);
}

/// Which file a socket's descriptor means: no other open socket has this number. `None` where it is no
/// socket.
#[cfg(unix)]
fn socket_identity(descriptor: std::os::fd::RawFd) -> Option<u64> {
    let mut facts = std::mem::MaybeUninit::<libc::stat>::zeroed();
    // SAFETY: `fstat` takes any number, and writes no more than the one `stat` that it is given.
    let failed = unsafe { libc::fstat(descriptor, facts.as_mut_ptr()) } != 0;
    // SAFETY: `stat` is plain numbers, for which zeroes are values too, whatever was written.
    let facts = unsafe { facts.assume_init() };
    let is_socket = !failed && facts.st_mode & libc::S_IFMT == libc::S_IFSOCK;
    #[allow(clippy::unnecessary_cast)] // of another width on other systems
    is_socket.then_some(facts.st_ino as u64)
}

/// Closes a socket that a child inherited, if the descriptor still means it.
#[cfg(unix)]
fn close_socket(descriptor: std::os::fd::RawFd, identity: u64) {
    if socket_identity(descriptor) == Some(identity) {
        // SAFETY: the number means the very socket whose owning object the caller has forgotten and
        // will never touch again, so nothing in this process uses it any more.
        unsafe { libc::close(descriptor) };
    }
}

/// Ends the conversation on a socket, both ways, if the descriptor still means it; whether it did. Its owner may
/// close it at any moment and its number be another's, so all is done to a duplicate, which nobody else knows.
#[cfg(unix)]
fn shut_socket(descriptor: std::os::fd::RawFd, identity: u64) -> bool {
    use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};
    // SAFETY: `fcntl` takes any number, and makes a descriptor of its own where that is one.
    let duplicate = unsafe { libc::fcntl(descriptor, libc::F_DUPFD_CLOEXEC, 0) };
    if duplicate < 0 {
        return false;
    }
    // SAFETY: it was just made, and nobody else knows of it.
    let duplicate = unsafe { OwnedFd::from_raw_fd(duplicate) };
    // SAFETY: `shutdown` takes any number, and this one is open.
    socket_identity(duplicate.as_raw_fd()) == Some(identity)
        && unsafe { libc::shutdown(duplicate.as_raw_fd(), libc::SHUT_RDWR) } == 0
}
