//! `fork`, `poll`, `waitpid` and signals, as safe functions: the only unsafe code of these tests.
//!
//! A child runs its body and leaves by `_exit`: what the parent registered for its own end is not run, and
//! nothing of the parent's is dropped.
#![allow(unsafe_code)] // the system calls themselves; the standard library has none of them

use std::io;
#[cfg(target_os = "linux")]
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::thread::JoinHandleExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// After how long a child counts as hanging.
const PATIENCE: Duration = Duration::from_secs(30);

/// A child process. One that is not waited for is a leak, and the test that forgets it is wrong.
#[must_use = "a child is waited for"]
pub(crate) struct Child(libc::pid_t);

/// How a child ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Well,
    /// Its body failed; what it says of it stands on the error output.
    Badly,
    /// It did not end in time and was killed.
    Hanging,
}

/// Forks; the child runs `body`.
pub(crate) fn fork(body: impl FnOnce() -> Result<(), String>) -> Child {
    // SAFETY: the child runs `body` alone, in the one thread that it has, and leaves by `_exit`
    // whatever happens, panics included. `malloc` is usable in it: the C library sees to that.
    match unsafe { libc::fork() } {
        -1 => panic!("no fork: {}", io::Error::last_os_error()),
        0 => {
            let outcome = catch_unwind(AssertUnwindSafe(body));
            let code = match outcome {
                Ok(Ok(())) => 0,
                Ok(Err(message)) => tell(&message),
                Err(panic) => tell(panic.downcast_ref::<String>().map_or("a panic", |text| text)),
            };
            // SAFETY: ends this process at once; nothing of it is used afterwards.
            unsafe { libc::_exit(code) }
        }
        child => Child(child),
    }
}

/// Writes without any lock: another thread of the parent may have held that of `stderr`.
fn tell(message: &str) -> i32 {
    let line = format!("child {}: {message}\n", std::process::id());
    // SAFETY: a descriptor that is only written to, and bytes that live through the call.
    unsafe { libc::write(2, line.as_ptr().cast(), line.len()) };
    1
}

impl Child {
    /// Waits for its end, and ends it if it hangs.
    ///
    /// Without a thread that watches: one that begins or ends while another test forks would leave a lock of the
    /// standard library held in that test's child.
    pub(crate) fn wait(self) -> Ended {
        let child = self.0;
        let hanging = !ends_within(child, PATIENCE);
        if hanging {
            // SAFETY: a number that is still the child's: nobody has reaped it.
            unsafe { libc::kill(child, libc::SIGKILL) };
        }
        let mut status = 0;
        // SAFETY: reaps a child of this process; the pointer is to a local.
        retrying(|| unsafe { libc::waitpid(child, &mut status, 0) });
        match (hanging, libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0) {
            (true, _) => Ended::Hanging,
            (false, true) => Ended::Well,
            (false, false) => Ended::Badly,
        }
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// If it hangs or fails.
    #[track_caller]
    pub(crate) fn join(self) {
        assert_eq!(self.wait(), Ended::Well, "a child went wrong");
    }
}

/// Whether a child of this process ends in time. It is not reaped, so that its number stays its own.
#[cfg(target_os = "linux")]
fn ends_within(child: libc::pid_t, patience: Duration) -> bool {
    // SAFETY: the call takes two numbers, and returns a descriptor that is this function's own.
    let descriptor = unsafe { libc::syscall(libc::SYS_pidfd_open, child, 0) };
    let descriptor = i32::try_from(descriptor).unwrap_or(-1);
    assert!(descriptor >= 0, "no descriptor of a child: {}", io::Error::last_os_error());
    // SAFETY: it was opened just now, and nobody else knows of it.
    let descriptor = unsafe { OwnedFd::from_raw_fd(descriptor) };
    let mut asked = libc::pollfd { fd: descriptor.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    let end = Instant::now() + patience;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let milliseconds = libc::c_int::try_from(left.as_millis()).unwrap_or(libc::c_int::MAX);
        // SAFETY: the pointer is to one local that is what the call wants.
        match unsafe { libc::poll(&mut asked, 1, milliseconds) } {
            0 => return false,
            -1 => assert_eq!(io::Error::last_os_error().kind(), io::ErrorKind::Interrupted),
            _ => return true,
        }
    }
}

/// The same where a process has no descriptor: by asking again and again.
#[cfg(not(target_os = "linux"))]
fn ends_within(child: libc::pid_t, patience: Duration) -> bool {
    let end = Instant::now() + patience;
    let id = libc::id_t::try_from(child).unwrap_or_default();
    while Instant::now() < end {
        // SAFETY: an all-zero `siginfo_t` is a valid one, and is a local.
        let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
        let how = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
        // SAFETY: asks for a child of this process; the pointer is to a local.
        retrying(|| unsafe { libc::waitid(libc::P_PID, id, &mut info, how) });
        // none is told of while it runs
        if info.si_signo == libc::SIGCHLD {
            return true;
        }
        // SAFETY: there is nothing to look at, so that it merely waits.
        unsafe { libc::poll(std::ptr::null_mut(), 0, 5) };
    }
    false
}

/// Again for as long as a signal interrupts it.
fn retrying(mut call: impl FnMut() -> i32) {
    while call() == -1 {
        let error = io::Error::last_os_error();
        assert_eq!(error.kind(), io::ErrorKind::Interrupted, "no wait: {error}");
    }
}

/// From now on `SIGUSR1` interrupts what a thread waits in, and does nothing else.
pub(crate) fn let_signals_interrupt() {
    extern "C" fn nothing(_: libc::c_int) {}
    let handler: extern "C" fn(libc::c_int) = nothing;
    // SAFETY: the handler does nothing; the structure is a local whose zeros mean no flags, so that
    // system calls are not restarted, and no blocked signals.
    let refused = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler as libc::sighandler_t;
        libc::sigaction(libc::SIGUSR1, &action, std::ptr::null_mut())
    };
    assert_eq!(refused, 0, "no handler: {}", io::Error::last_os_error());
}

/// Interrupts a thread, if it has not ended.
pub(crate) fn interrupt<T>(thread: &JoinHandle<T>) {
    if !thread.is_finished() {
        // SAFETY: the handle is not joined, so the number is the thread's, ended or not.
        unsafe { libc::pthread_kill(thread.as_pthread_t(), libc::SIGUSR1) };
    }
}

#[test]
fn a_child_that_does_not_end_is_told_from_one_that_does() {
    let waiting = fork(|| {
        loop {
            std::thread::park();
        }
    });
    assert!(!ends_within(waiting.0, Duration::from_millis(20)));
    // SAFETY: a number that is still the child's: nobody has reaped it.
    unsafe { libc::kill(waiting.0, libc::SIGKILL) };
    assert!(ends_within(waiting.0, PATIENCE));
    assert_eq!(waiting.wait(), Ended::Badly);
    assert_eq!(fork(|| Err("as it should".to_owned())).wait(), Ended::Badly);
    assert_eq!(fork(|| Ok(())).wait(), Ended::Well);
}
