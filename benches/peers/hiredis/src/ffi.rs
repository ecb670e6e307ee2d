//! The few functions of libhiredis that are measured, and nothing of its structs but the field that every
//! version has first.
#![allow(unsafe_code)] // functions of C

use load::Plan;
use std::ffi::{CString, c_char, c_int, c_void};

#[link(name = "hiredis")]
unsafe extern "C" {
    fn redisConnect(ip: *const c_char, port: c_int) -> *mut c_void;
    fn redisConnectUnix(path: *const c_char) -> *mut c_void;
    fn redisFree(context: *mut c_void);
    fn redisCommandArgv(
        context: *mut c_void,
        count: c_int,
        words: *const *const c_char,
        lengths: *const usize,
    ) -> *mut c_void;
    fn redisAppendCommandArgv(
        context: *mut c_void,
        count: c_int,
        words: *const *const c_char,
        lengths: *const usize,
    ) -> c_int;
    fn redisGetReply(context: *mut c_void, reply: *mut *mut c_void) -> c_int;
    fn freeReplyObject(reply: *mut c_void);
}

/// What `type` says of a reply that is an error, and of one that is nil.
const ERROR: c_int = 6;
const NIL: c_int = 4;

/// A connection, freed on drop.
pub(crate) struct Context(*mut c_void);

// SAFETY: hiredis has no state beyond the context, which one thread uses at a time.
unsafe impl Send for Context {}

impl Context {
    /// Connects to the server of the plan.
    pub(crate) fn connect(plan: &Plan) -> Option<Self> {
        let context = match &plan.socket {
            Some(socket) => {
                let path = CString::new(socket.to_str()?).ok()?;
                // SAFETY: a C string that lives as long as the call.
                unsafe { redisConnectUnix(path.as_ptr()) }
            }
            None => {
                let host = CString::new(plan.address.split(':').next()?).ok()?;
                // SAFETY: a C string that lives as long as the call.
                unsafe { redisConnect(host.as_ptr(), c_int::from(plan.port())) }
            }
        };
        (!context.is_null()).then_some(Self(context))
    }

    /// One command and its reply.
    pub(crate) fn command(&mut self, words: &Words) {
        let Words { pointers, lengths, .. } = words;
        let count = lengths.len() as c_int;
        // SAFETY: the context is this value's own; the arrays have `count` elements and live as long
        // as the call.
        let reply = unsafe { redisCommandArgv(self.0, count, pointers.as_ptr(), lengths.as_ptr()) };
        take(reply);
    }

    /// Puts a command into the buffer.
    pub(crate) fn append(&mut self, words: &Words) {
        let Words { pointers, lengths, .. } = words;
        let count = lengths.len() as c_int;
        // SAFETY: as in `command`.
        let outcome =
            unsafe { redisAppendCommandArgv(self.0, count, pointers.as_ptr(), lengths.as_ptr()) };
        assert_eq!(outcome, 0, "hiredis has no memory");
    }

    /// The next reply to what was appended.
    pub(crate) fn reply(&mut self) {
        let mut reply = std::ptr::null_mut();
        // SAFETY: the context is this value's own, and the reply is written to where one fits.
        let outcome = unsafe { redisGetReply(self.0, &raw mut reply) };
        assert_eq!(outcome, 0, "hiredis lost its connection");
        take(reply);
    }

    /// So many times the same command, in one write.
    pub(crate) fn pipeline(&mut self, words: &Words, count: usize) {
        (0..count).for_each(|_| self.append(words));
        (0..count).for_each(|_| self.reply());
    }
}

/// Words as C takes them, made once a connection would be made: hiredis is not to pay for it.
pub(crate) struct Words {
    _owned: Vec<String>,
    pointers: Vec<*const c_char>,
    lengths: Vec<usize>,
}

// SAFETY: the pointers are into the strings that are kept beside them, which nobody changes.
unsafe impl Send for Words {}

impl Words {
    /// These words.
    pub(crate) fn new(words: &[String]) -> Self {
        let owned = words.to_vec();
        let pointers = owned.iter().map(|word| word.as_ptr().cast()).collect();
        let lengths = owned.iter().map(String::len).collect();
        Self { _owned: owned, pointers, lengths }
    }

    /// How many they are, where they are, and how long.
    pub(crate) fn parts(&self) -> (c_int, *const *const c_char, *const usize) {
        (self.lengths.len() as c_int, self.pointers.as_ptr(), self.lengths.as_ptr())
    }
}

/// Looks at a reply and frees it.
fn take(reply: *mut c_void) {
    look(reply);
    // SAFETY: hiredis made it, and it is freed once.
    unsafe { freeReplyObject(reply) }
}

/// Looks at a reply.
pub(crate) fn look(reply: *mut c_void) {
    assert!(!reply.is_null(), "hiredis lost its connection");
    // SAFETY: a `redisReply` begins with its type.
    let kind = unsafe { *reply.cast::<c_int>() };
    assert!(kind != ERROR && kind != NIL, "another reply than the server has");
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: connected once, freed once.
        unsafe { redisFree(self.0) }
    }
}
