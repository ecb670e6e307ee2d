//! Whether a command that was written in part can have run.

/// How many bytes at the end of a command are not counted on: the line end behind its last argument. Every
/// server waits for it today; one that does not could run the command without.
const SPARED: usize = 2;

/// Whether a server that was sent the first `sent` bytes of a command, and will be sent no more of it, can have
/// run it: a server runs what is whole, and forgets the rest with the connection.
///
/// # Example
///
/// ```
/// use redis_core::connection::reached;
///
/// let ping = b"*1\r\n$4\r\nPING\r\n".len();
/// assert!(!reached(ping - 3, ping));
/// assert!(reached(ping - 2, ping)); // only the line end is missing: better not counted on
/// ```
#[must_use]
#[inline]
pub const fn reached(sent: usize, size: usize) -> bool {
    sent > 0 && sent.saturating_add(SPARED) >= size
}
