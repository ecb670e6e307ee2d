//! The list of descriptors that a forked child reads without a lock: the library's own file, with atomics that the
//! checker sees, and sockets that are numbers.

#[allow(dead_code)] // what cuts sockets off
#[path = "../../redis-core/src/fork/descriptors.rs"]
mod descriptors;

use descriptors::Descriptors;
use loom::thread;
use std::sync::{Arc, Mutex};

/// What the list locks with.
mod sync {
    pub(super) use loom::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
}

/// What was closed, in the order in which it was.
static CLOSED: Mutex<Vec<i32>> = Mutex::new(Vec::new());

fn socket_identity(descriptor: i32) -> Option<u64> {
    Some(identity(descriptor))
}

fn close_socket(descriptor: i32, found: u64) {
    assert_eq!(found, identity(descriptor), "a number with the file of another");
    CLOSED.lock().unwrap().push(descriptor);
}

/// Closing a client cuts sockets off; nobody does here.
fn shut_socket(_: i32, _: u64) -> bool {
    false
}

fn identity(descriptor: i32) -> u64 {
    descriptor as u64 + 100
}

pub(crate) fn two_register_and_leave() {
    CLOSED.lock().unwrap().clear();
    let list = Arc::new(Descriptors::new());
    let user = |descriptor: i32| {
        let list = Arc::clone(&list);
        thread::spawn(move || {
            // opened and closed, and its number given to the next at once
            drop(list.register(Some(descriptor)));
            list.register(Some(descriptor + 1))
        })
    };
    let threads = [user(10), user(20)];
    let kept = threads.map(|thread| thread.join().unwrap());
    list.close_inherited();
    let closed = CLOSED.lock().unwrap();
    for descriptor in [11, 21] {
        let count = closed.iter().filter(|closed| **closed == descriptor).count();
        assert_eq!(count, 1, "{descriptor} of {closed:?}");
    }
    drop(closed);
    drop(kept);
}
