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
#![cfg_attr(unix, allow(unsafe_code))] // registering the handler; the reason stands at the call

use std::sync::atomic::{AtomicU32, Ordering};

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

/// Closes descriptors that a child inherited, and says nothing to the peer: no shutdown, no TLS
/// farewell, which would end the parent's connection.
///
/// For the owner of an old generation, in the child only.
#[cfg(unix)]
pub fn close_inherited(descriptors: impl IntoIterator<Item = std::os::fd::RawFd>) {
    for descriptor in descriptors {
        // SAFETY: `close` takes any number; the caller gives those of sockets whose owning objects it
        // has forgotten and will never touch again, so nothing in this process uses them any more.
        unsafe { libc::close(descriptor) };
    }
}
