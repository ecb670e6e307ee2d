//! The kinds of error, and what each implies.

use super::{Delivery, ServerErrorKind};
use std::fmt;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting is wrong; found before any I/O.
    Config,
    /// An argument has no valid wire form; found before any I/O.
    Argument,
    /// The API was used in a way that cannot work, such as `SELECT` on a shared client.
    Misuse,
    /// The credentials provider failed.
    Credentials,
    /// No connection could be made: a name that does not resolve, nobody listening.
    Connect,
    /// TLS could not be agreed upon, or the certificate was not accepted.
    Tls,
    /// A timeout expired; which one is told.
    Timeout(TimeoutKind),
    /// The connection ended while something was under way.
    Closed,
    /// Reading or writing failed.
    Io,
    /// The peer broke the protocol; the connection was closed.
    Protocol,
    /// The reply has another type than the one asked for; the connection is good.
    Conversion,
    /// The pool is at its maximum and was told not to wait.
    PoolExhausted,
    /// As many blocking commands wait on the server as may at once; the pool may well have connections left.
    BlockingLimit,
    /// The client or pool was closed by its owner.
    Shutdown,
    /// A bound of the client was reached (queued bytes, commands in flight).
    Overloaded,
    /// The process was forked and this object belongs to its parent.
    Forked,
    /// A watched key had changed, so the transaction did not run.
    WatchFailed,
    /// Somebody else held the lock for as long as this one was to wait.
    LockNotAcquired,
    /// The lock is nobody's any more: its lease ran out, or it was deleted.
    LockExpired,
    /// The lock is somebody else's.
    LockNotOwned,
    /// The handle holds the lock already: to wait for it would be to wait for itself.
    WouldDeadlock,
    /// The server answered with an error.
    Server(ServerErrorKind),
}

/// Whose fault an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// The caller's: a setting, an argument, a use, a wrong type asked for.
    Caller,
    /// The client's own bounds: pool, queues, shutdown.
    Client,
    /// The way between client and server.
    Network,
    /// The server's answer.
    Server,
}

/// Which timeout expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeoutKind {
    /// Waiting for a connection of the pool.
    Acquire,
    /// Resolving the name and opening the socket (TLS included).
    Connect,
    /// The handshake after the socket was open.
    Handshake,
    /// Writing a command.
    Write,
    /// Waiting for the reply.
    Reply,
}

impl ErrorKind {
    /// Whose fault it is.
    pub const fn fault(self) -> Fault {
        match self {
            Self::Config
            | Self::Argument
            | Self::Misuse
            | Self::Credentials
            | Self::Conversion
            | Self::WouldDeadlock => Fault::Caller,
            Self::PoolExhausted
            | Self::BlockingLimit
            | Self::Shutdown
            | Self::Overloaded
            | Self::Forked
            | Self::Timeout(TimeoutKind::Acquire) => Fault::Client,
            Self::Connect | Self::Tls | Self::Timeout(_) | Self::Closed | Self::Io => {
                Fault::Network
            }
            Self::Protocol
            | Self::WatchFailed
            | Self::LockNotAcquired
            | Self::LockExpired
            | Self::LockNotOwned
            | Self::Server(_) => Fault::Server,
        }
    }

    /// What the kind alone implies for the command; whoever knows more says so with
    /// [`Error::with_delivery`](super::Error::with_delivery).
    pub const fn delivery(self) -> Delivery {
        match self {
            Self::Config
            | Self::Argument
            | Self::Misuse
            | Self::Credentials
            | Self::Connect
            | Self::Tls
            | Self::PoolExhausted
            | Self::BlockingLimit
            | Self::Shutdown
            | Self::Overloaded
            | Self::Forked
            | Self::WouldDeadlock
            | Self::Timeout(TimeoutKind::Acquire | TimeoutKind::Connect | TimeoutKind::Handshake) => {
                Delivery::NotSent
            }
            Self::Timeout(TimeoutKind::Write | TimeoutKind::Reply)
            | Self::Closed
            | Self::Io
            | Self::Protocol => Delivery::Unknown,
            Self::Conversion => Delivery::Executed,
            Self::WatchFailed
            | Self::LockNotAcquired
            | Self::LockExpired
            | Self::LockNotOwned
            | Self::Server(_) => Delivery::Rejected,
        }
    }

    /// Whether the connection is gone, or never was.
    pub const fn is_connection_lost(self) -> bool {
        match self {
            Self::Connect
            | Self::Tls
            | Self::Timeout(TimeoutKind::Connect | TimeoutKind::Handshake)
            | Self::Closed
            | Self::Io
            | Self::Protocol => true,
            Self::Config
            | Self::Argument
            | Self::Misuse
            | Self::Credentials
            | Self::Timeout(TimeoutKind::Acquire | TimeoutKind::Write | TimeoutKind::Reply)
            | Self::Conversion
            | Self::PoolExhausted
            | Self::BlockingLimit
            | Self::Shutdown
            | Self::Overloaded
            | Self::Forked
            | Self::WatchFailed
            | Self::LockNotAcquired
            | Self::LockExpired
            | Self::LockNotOwned
            | Self::WouldDeadlock
            | Self::Server(_) => false,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Config => "wrong configuration",
            Self::Argument => "wrong argument",
            Self::Misuse => "misuse",
            Self::Credentials => "no credentials",
            Self::Connect => "cannot connect",
            Self::Tls => "TLS failed",
            Self::Timeout(kind) => return write!(f, "{kind} timeout"),
            Self::Closed => "connection closed",
            Self::Io => "input/output failed",
            Self::Protocol => "protocol broken by the peer",
            Self::Conversion => "reply of another type",
            Self::PoolExhausted => "pool exhausted",
            Self::BlockingLimit => "too many blocking commands",
            Self::Shutdown => "client closed",
            Self::Overloaded => "client overloaded",
            Self::Forked => "process was forked",
            Self::WatchFailed => "a watched key changed",
            Self::LockNotAcquired => "lock not acquired",
            Self::LockExpired => "lock expired",
            Self::LockNotOwned => "lock held by somebody else",
            Self::WouldDeadlock => "lock held by this handle already",
            Self::Server(_) => "error from the server",
        })
    }
}

impl fmt::Display for TimeoutKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Acquire => "acquire",
            Self::Connect => "connect",
            Self::Handshake => "handshake",
            Self::Write => "write",
            Self::Reply => "reply",
        })
    }
}
