//! Which failures a policy can speak of.

use crate::error::{ErrorKind, ServerErrorKind, TimeoutKind};

/// A class of failures that may pass by themselves; a policy says for each whether it is tried again
/// and with which backoff.
///
/// What is in no class is never tried again by itself: see [`RetryClass::of`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RetryClass {
    /// The server could not be reached, or the connection was lost: resolving, connecting, the
    /// handshake's time, input and output, a peer that broke the protocol. On by default.
    Connection,
    /// No reply in time, or a write that could not be finished in time. On by default, and, as the
    /// command may have run, only for commands that may be repeated.
    Timeout,
    /// The server says "not now": `LOADING`, `BUSY`, `TRYAGAIN`, `CLUSTERDOWN`, `MASTERDOWN`, too many
    /// clients. On by default.
    Unavailable,
    /// `READONLY`: the server has become a replica. On by default, over a new connection, which finds
    /// the new primary where a name leads to it.
    ReadOnly,
    /// TLS could not be agreed upon. Off by default: a certificate does not mend itself.
    Tls,
    /// The credentials provider failed. Off by default: a provider that fetches tokens tries again by
    /// itself.
    Credentials,
    /// The pool had no connection, or none for a blocking command, at once or in time. Off by default: who waits longer sets a longer
    /// acquire timeout.
    Pool,
    /// A bound of the client was reached. Off by default: it is there to be noticed.
    Overloaded,
}

impl RetryClass {
    /// Every class.
    pub const ALL: [Self; 8] = [
        Self::Connection,
        Self::Timeout,
        Self::Unavailable,
        Self::ReadOnly,
        Self::Tls,
        Self::Credentials,
        Self::Pool,
        Self::Overloaded,
    ];

    pub(super) const COUNT: usize = Self::ALL.len();

    /// The class of a kind of error; `None` where trying again cannot help, or is not a matter of
    /// waiting: the caller's faults, refusals, redirections.
    pub const fn of(kind: ErrorKind) -> Option<Self> {
        match kind {
            ErrorKind::Connect
            | ErrorKind::Closed
            | ErrorKind::Io
            | ErrorKind::Protocol
            | ErrorKind::Timeout(TimeoutKind::Connect | TimeoutKind::Handshake) => {
                Some(Self::Connection)
            }
            ErrorKind::Timeout(TimeoutKind::Write | TimeoutKind::Reply) => Some(Self::Timeout),
            ErrorKind::Timeout(TimeoutKind::Acquire)
            | ErrorKind::PoolExhausted
            | ErrorKind::BlockingLimit => Some(Self::Pool),
            ErrorKind::Tls => Some(Self::Tls),
            ErrorKind::Credentials => Some(Self::Credentials),
            ErrorKind::Overloaded => Some(Self::Overloaded),
            ErrorKind::Server(server) => Self::of_server(server),
            ErrorKind::Config
            | ErrorKind::Argument
            | ErrorKind::Misuse
            | ErrorKind::Conversion
            | ErrorKind::Shutdown
            | ErrorKind::Forked
            | ErrorKind::WatchFailed
            | ErrorKind::LockNotAcquired
            | ErrorKind::LockExpired
            | ErrorKind::LockNotOwned
            | ErrorKind::WouldDeadlock => None,
        }
    }

    const fn of_server(kind: ServerErrorKind) -> Option<Self> {
        use ServerErrorKind as Server;
        match kind {
            Server::Busy
            | Server::ClusterDown
            | Server::Loading
            | Server::MasterDown
            | Server::MaxClients
            | Server::TryAgain => Some(Self::Unavailable),
            Server::ReadOnly => Some(Self::ReadOnly),
            Server::Ask
            | Server::Authentication
            | Server::BusyGroup
            | Server::BusyKey
            | Server::CrossSlot
            | Server::ExecAbort
            | Server::ExternalAuthProvider
            | Server::MisConf
            | Server::Module
            | Server::Moved
            | Server::NoGroup
            | Server::NoPermission
            | Server::NoProto
            | Server::NoReplicas
            | Server::NoScript
            | Server::NoSuchFieldset
            | Server::NotBusy
            | Server::OutOfMemory
            | Server::Response
            | Server::UnknownCommand
            | Server::Unkillable
            | Server::WrongType => None,
        }
    }

    pub(super) const fn index(self) -> usize {
        self as usize
    }

    pub(super) const fn is_on_by_default(self) -> bool {
        match self {
            Self::Connection | Self::Timeout | Self::Unavailable | Self::ReadOnly => true,
            Self::Tls | Self::Credentials | Self::Pool | Self::Overloaded => false,
        }
    }
}
