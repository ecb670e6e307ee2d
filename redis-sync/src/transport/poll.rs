//! Asking a socket whether it has something to say, without waiting and without reading.
#![cfg_attr(unix, allow(unsafe_code))] // `poll(2)`, which the standard library does not have

use std::io;

/// Whether a read would return at once: with bytes, with the end of the stream or with an error.
#[cfg(unix)]
pub(super) fn is_readable(socket: &impl std::os::fd::AsRawFd) -> io::Result<bool> {
    let mut asked =
        libc::pollfd { fd: socket.as_raw_fd(), events: libc::POLLIN | libc::POLLPRI, revents: 0 };
    loop {
        // SAFETY: one `pollfd` that lives through the call, and its count; no pointer is kept.
        match unsafe { libc::poll(&mut asked, 1, 0) } {
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
