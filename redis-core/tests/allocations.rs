//! What decoding allocates: the value, and nothing else.
#![allow(unsafe_code, reason = "an allocator that counts can be written in no other way")]

use bytes::Bytes;
use redis_core::resp::{Frame, Framer, Limits};
use redis_core::{BulkString, FromReply, Reply};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller keeps the contract of `GlobalAlloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `GlobalAlloc`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller keeps the contract of `GlobalAlloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn counted<T>(run: impl FnOnce() -> T) -> (T, usize) {
    let before = ALLOCATIONS.get();
    let value = run();
    (value, ALLOCATIONS.get() - before)
}

/// Reads one reply from a buffer, as a blocking client does.
fn read<T: FromReply>(framer: &mut Framer, wire: &[u8]) -> T {
    let framed = framer.frame(wire).unwrap().expect("a whole reply");
    let value = T::from_reply(Reply::new(wire, None, framed.tape.nodes())).unwrap();
    framer.recycle(framed.tape);
    value
}

#[test]
fn a_scalar_costs_the_value_returned_and_a_number_nothing() {
    let framer = &mut Framer::new(Limits::default());
    assert_eq!(counted(|| read::<i64>(framer, b":42\r\n")), (42, 0));
    assert_eq!(counted(|| read::<i64>(framer, b"$2\r\n42\r\n")), (42, 0));
    assert_eq!(counted(|| read::<()>(framer, b"+OK\r\n")), ((), 0));
    assert_eq!(counted(|| read::<Option<String>>(framer, b"$-1\r\n")), (None, 0));
    assert_eq!(counted(|| read::<BulkString>(framer, b"$3\r\nabc\r\n")), ("abc".into(), 1));
    assert_eq!(counted(|| read::<String>(framer, b"$3\r\nabc\r\n")), ("abc".into(), 1));
    assert_eq!(counted(|| read::<Vec<u8>>(framer, b"$3\r\nabc\r\n")), (b"abc".into(), 1));
    assert_eq!(counted(|| read::<(i64, i64)>(framer, b"*2\r\n:1\r\n:2\r\n")).0, (1, 2));
}

#[test]
fn a_list_costs_its_elements_and_itself_once_the_tape_has_grown() {
    let framer = &mut Framer::new(Limits::default());
    let wire = [b"*100\r\n".to_vec(), b"$3\r\nabc\r\n".repeat(100)].concat();
    let (_, first) = counted(|| read::<Vec<String>>(framer, &wire));
    assert_eq!(first, 103, "the elements, the list, the tape and the stack of what is open");
    let (_, second) = counted(|| read::<Vec<String>>(framer, &wire));
    assert_eq!(second, 101, "the elements and the list");
}

#[test]
fn a_value_in_a_shared_frame_costs_one_allocation_if_small_and_no_copy_if_large() {
    let small = Bytes::from_static(b"$3\r\nabc\r\n");
    let large =
        Bytes::from_owner([b"$5000\r\n".to_vec(), vec![b'x'; 5000], b"\r\n".to_vec()].concat());
    for (bytes, allocations) in [(small, 1), (large, 0)] {
        let mut framer = Framer::new(Limits::default());
        let (_, counted) = counted(|| {
            let framed = framer.frame(&bytes).unwrap().expect("a whole reply");
            BulkString::from_reply(Frame::new(bytes.clone(), framed.tape).reply()).unwrap()
        });
        assert_eq!(counted, allocations);
    }
}
