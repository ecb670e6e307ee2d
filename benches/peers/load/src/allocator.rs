//! An allocator that counts, when it is told to.
#![allow(unsafe_code)] // an allocator is one

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static ON: AtomicBool = AtomicBool::new(false);
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);
static LIVE: AtomicI64 = AtomicI64::new(0);

/// Begins to count, or ends it. Whoever counts runs slower: times and allocations are taken apart.
pub fn counting(on: bool) {
    ON.store(on, Ordering::SeqCst);
}

/// How many allocations were counted so far, and their bytes.
#[must_use]
pub fn counted() -> (u64, u64) {
    (ALLOCATIONS.load(Ordering::SeqCst), BYTES.load(Ordering::SeqCst))
}

/// The bytes that are allocated now, beyond those when counting began.
#[must_use]
pub fn live() -> i64 {
    LIVE.load(Ordering::SeqCst)
}

fn add(bytes: usize, before: usize) {
    if ON.load(Ordering::Relaxed) {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        BYTES.fetch_add(bytes as u64, Ordering::Relaxed);
        LIVE.fetch_add(bytes as i64 - before as i64, Ordering::Relaxed);
    }
}

// SAFETY: everything is handed to the system's allocator as it came; counting touches atomics alone.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size(), 0);
        // SAFETY: as this function's own contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        add(layout.size(), 0);
        // SAFETY: as this function's own contract.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        if ON.load(Ordering::Relaxed) {
            LIVE.fetch_sub(layout.size() as i64, Ordering::Relaxed);
        }
        // SAFETY: as this function's own contract.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        add(size, layout.size());
        // SAFETY: as this function's own contract.
        unsafe { System.realloc(pointer, layout, size) }
    }
}
