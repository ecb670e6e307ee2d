//! hiredis's async connection: one thread, many commands in flight, a callback for each reply.
#![allow(unsafe_code)] // functions of C

use crate::ffi::{Words, look};
use load::{Meter, Plan, Report};
use std::cell::Cell;
use std::ffi::{CString, c_char, c_int, c_void};

type Callback = extern "C" fn(*mut c_void, *mut c_void, *mut c_void);

unsafe extern "C" {
    fn loop_open(host: *const c_char, port: c_int) -> *mut c_void;
    fn loop_send(
        of: *mut c_void,
        answered: Callback,
        data: *mut c_void,
        count: c_int,
        words: *const *const c_char,
        lengths: *const usize,
    ) -> c_int;
    fn loop_turn(of: *mut c_void) -> c_int;
}

/// Does the command of the plan as often as it can, so many at a time as the plan has tasks.
pub(crate) fn run(plan: &Plan, words: &[String]) -> Result<Report, String> {
    let host = plan.address.split(':').next().unwrap_or_default();
    let host = CString::new(host).map_err(|error| error.to_string())?;
    // SAFETY: a C string that lives as long as the call.
    let connection = unsafe { loop_open(host.as_ptr(), c_int::from(plan.port())) };
    if connection.is_null() {
        return Err("hiredis did not connect".to_owned());
    }
    let (words, running, done) = (Words::new(words), Cell::new(0), Cell::new(0));
    Ok(load::called_back(plan, |meters| {
        running.set(meters.len());
        done.set(0);
        let caller =
            |meter| Caller { connection, words: &words, running: &running, done: &done, meter };
        // where they are is where hiredis finds them: none is moved until all have ended
        let mut callers: Vec<Caller<'_>> = meters.into_iter().map(caller).collect();
        callers.iter_mut().for_each(Caller::go_on);
        while running.get() > 0 {
            // SAFETY: opened above and never freed; its callbacks find callers that are still there.
            assert_eq!(unsafe { loop_turn(connection) }, 0, "hiredis waits in vain");
        }
        done.get()
    }))
}

/// What a task would be: it has one command in flight, and sends the next when that is answered.
struct Caller<'r> {
    connection: *mut c_void,
    words: &'r Words,
    running: &'r Cell<usize>,
    done: &'r Cell<u64>,
    meter: Meter,
}

impl Caller<'_> {
    fn go_on(&mut self) {
        if !self.meter.goes_on() {
            self.running.set(self.running.get() - 1);
            self.done.set(self.done.get() + self.meter.operations());
            return;
        }
        let (count, words, lengths) = self.words.parts();
        let data = std::ptr::from_mut(self).cast();
        // SAFETY: the words live as long as the call, the caller until it was called back.
        let sent = unsafe { loop_send(self.connection, answered, data, count, words, lengths) };
        assert_eq!(sent, 0, "hiredis has no memory");
    }
}

/// hiredis frees the reply afterwards.
extern "C" fn answered(_: *mut c_void, reply: *mut c_void, caller: *mut c_void) {
    look(reply);
    // SAFETY: what `go_on` gave it, which nobody else uses meanwhile.
    let caller = unsafe { &mut *caller.cast::<Caller<'_>>() };
    caller.meter.done();
    caller.go_on();
}
