//! Asking a socket what it can do, without waiting or for a time, and writing without waiting.
#![cfg_attr(unix, allow(unsafe_code))] // `poll(2)`, which the standard library does not have

use std::io;

/// Whether a read would return at once: with bytes, with the end of the stream or with an error.
#[cfg(unix)]
pub(super) fn is_readable(socket: &impl std::os::fd::AsRawFd) -> io::Result<bool> {
    poll(socket, libc::POLLIN | libc::POLLPRI, Some(std::time::Duration::ZERO))
}

/// Waits until a read or a write would not wait; whether that came about within `time`.
#[cfg(unix)]
pub(super) fn wait(
    socket: &impl std::os::fd::AsRawFd,
    time: Option<std::time::Duration>,
) -> io::Result<bool> {
    poll(socket, libc::POLLIN | libc::POLLOUT, time)
}

/// How to write: a peer that is gone is an error here, not a signal; Apple's sockets are told so once.
#[cfg(all(unix, not(target_vendor = "apple")))]
pub(super) const QUIETLY: i32 = libc::MSG_NOSIGNAL;
#[cfg(target_vendor = "apple")]
pub(super) const QUIETLY: i32 = 0;

/// Writes as much as goes without waiting; it would block where nothing goes.
#[cfg(unix)]
pub(super) fn try_write(socket: &impl std::os::fd::AsFd, bytes: &[u8]) -> io::Result<usize> {
    socket2::SockRef::from(socket).send_with_flags(bytes, libc::MSG_DONTWAIT | QUIETLY)
}

/// Waits until one of two descriptors can be read, for so long at most; which of them can.
#[cfg(unix)]
pub(crate) fn wait_for_any(
    sockets: [std::os::fd::RawFd; 2],
    time: Option<std::time::Duration>,
) -> io::Result<[bool; 2]> {
    let mut asked =
        sockets.map(|fd| libc::pollfd { fd, events: libc::POLLIN | libc::POLLPRI, revents: 0 });
    poll_all(&mut asked, time)?;
    Ok(asked.map(|one| one.revents != 0))
}

/// How many bytes lie in the receive queue, counted up to a limit; `None` where the socket has failed.
#[cfg(unix)]
#[cold]
pub(super) fn unread(socket: &impl std::os::fd::AsFd) -> Option<usize> {
    /// More says no more.
    const MOST: usize = 64 * 1024;
    let mut room = vec![std::mem::MaybeUninit::uninit(); MOST];
    let flags = libc::MSG_PEEK | libc::MSG_DONTWAIT;
    match socket2::SockRef::from(socket).recv_with_flags(&mut room, flags) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Some(0),
        Err(_) => None,
    }
}

#[cfg(unix)]
fn poll(
    socket: &impl std::os::fd::AsRawFd,
    events: libc::c_short,
    time: Option<std::time::Duration>,
) -> io::Result<bool> {
    poll_all(&mut [libc::pollfd { fd: socket.as_raw_fd(), events, revents: 0 }], time)
}

/// Waits until one of them has something to say; whether that came about within `time`.
#[cfg(unix)]
fn poll_all(asked: &mut [libc::pollfd], time: Option<std::time::Duration>) -> io::Result<bool> {
    // who does not wait need not know the time
    let begun = time.filter(|time| !time.is_zero()).map(|_| std::time::Instant::now());
    // a handful at most
    let count = asked.len() as libc::nfds_t;
    loop {
        let spent = begun.map_or(std::time::Duration::ZERO, |begun| begun.elapsed());
        let left = time.map(|time| time.saturating_sub(spent));
        // rounded up: a rest of less than a millisecond is no reason to spin
        let milliseconds = left
            .map_or(-1, |left| i32::try_from(left.as_micros().div_ceil(1000)).unwrap_or(i32::MAX));
        // SAFETY: `pollfd`s that live through the call, and their count; no pointer is kept.
        match unsafe { libc::poll(asked.as_mut_ptr(), count, milliseconds) } {
            -1 => {
                let error = io::Error::last_os_error();
                if error.kind() != io::ErrorKind::Interrupted {
                    return Err(error);
                }
            }
            ready => return Ok(ready > 0),
        }
    }
}

/// Whether a read would return at once: with bytes, with the end of the stream or with an error.
#[cfg(not(unix))]
pub(super) fn is_readable(socket: &std::net::TcpStream) -> io::Result<bool> {
    socket.set_nonblocking(true)?;
    let peeked = socket.peek(&mut [0]);
    socket.set_nonblocking(false)?;
    match peeked {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
        Err(_) | Ok(_) => Ok(true),
    }
}
