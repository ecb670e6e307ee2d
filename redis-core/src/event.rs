//! What a client tells its listeners.
//!
//! This module decides what the events are and how listeners are called: in the order of their
//! registration, outside every lock, a panic caught and counted. It does not decide when something
//! happens. The list of listeners is made with the configuration and does not change afterwards, so
//! telling them takes no lock, and a listener may call the client again.

use crate::config::Endpoint;
use crate::error::Error;
use std::borrow::Cow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Something that happened to a client or one of its connections. Never holds a secret, nor an
/// argument's value.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A connection is about to be opened.
    Connecting {
        /// Where to.
        endpoint: Endpoint,
    },
    /// A socket is open, TLS included; the handshake follows.
    Connected {
        /// The connection, from now on.
        connection: ConnectionId,
        /// Where to.
        endpoint: Endpoint,
        /// The address that answered.
        peer: String,
    },
    /// A connection could not be opened, or its handshake failed.
    ConnectFailed {
        /// Where to.
        endpoint: Endpoint,
        /// Why.
        error: Error,
    },
    /// A connection is ready for commands.
    HandshakeDone {
        /// The connection.
        connection: ConnectionId,
        /// The protocol's version, 2 or 3.
        protocol: u8,
        /// The server's name and version, where it told them.
        server: Option<Box<str>>,
    },
    /// The server refused a step of the handshake that is not needed.
    HandshakeStepRefused {
        /// The connection.
        connection: ConnectionId,
        /// The step's command, such as `CLIENT SETINFO`.
        step: String,
        /// What the server answered.
        error: Error,
    },
    /// A connection was taken from the pool.
    Acquired {
        /// The connection.
        connection: ConnectionId,
    },
    /// A connection went back to the pool.
    Released {
        /// The connection.
        connection: ConnectionId,
    },
    /// A connection whose exchange did not finish was brought back into a known state.
    Recycled {
        /// The connection.
        connection: ConnectionId,
    },
    /// A blocking command took something when nobody waited for it any more.
    Orphaned {
        /// The connection.
        connection: ConnectionId,
        /// The command's name.
        command: Cow<'static, str>,
    },
    /// A connection was given new credentials.
    ReAuthenticated {
        /// The connection.
        connection: ConnectionId,
    },
    /// A connection ended.
    Disconnected {
        /// The connection.
        connection: ConnectionId,
        /// Why.
        reason: CloseReason,
        /// The failure, where one ended it.
        error: Option<Error>,
    },
    /// A command failed and is tried again.
    Retried {
        /// The command's name.
        command: Cow<'static, str>,
        /// Why it failed.
        error: Error,
        /// The attempt that failed, from 1.
        attempt: u32,
        /// The pause before the next.
        after: Duration,
    },
    /// A handler of messages panicked. It goes on being told of messages, and so do the others.
    HandlerPanicked {
        /// How many panics of the same subscriber's handlers there were.
        panics: u64,
    },
    /// The server pushed something that no handler is there for.
    UnknownPush {
        /// The connection.
        connection: ConnectionId,
        /// The push's kind.
        kind: String,
    },
}

/// Which connection of a client: a number that is not used twice in a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(u64);

impl ConnectionId {
    /// The connection of this number.
    #[must_use]
    #[inline]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[inline]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ConnectionId {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a connection ended: what events tell and [`PoolStatistics`](crate::pool::PoolStatistics) counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CloseReason {
    /// It was idle for longer than the idle timeout.
    Idle,
    /// It had reached its lifetime.
    Lifetime,
    /// Its owner closed it: by `disconnect`, or by dropping the last handle.
    Disconnected,
    /// It failed while it was opened or in use; the event has the error, where one is known.
    Broken,
    /// It was found closed by the peer, or with stray bytes, when it was to be reused.
    Stale,
    /// It did not answer a health check.
    Unhealthy,
    /// Its late reply did not come in the time that was allowed for it.
    NotDrained,
    /// Its user left a state behind that cannot be undone.
    Residue,
    /// The pool was closed.
    Shutdown,
}

impl CloseReason {
    /// All reasons.
    pub const ALL: [Self; 9] = [
        Self::Idle,
        Self::Lifetime,
        Self::Disconnected,
        Self::Broken,
        Self::Stale,
        Self::Unhealthy,
        Self::NotDrained,
        Self::Residue,
        Self::Shutdown,
    ];
}

impl fmt::Display for CloseReason {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Idle => "idle for too long",
            Self::Lifetime => "end of its lifetime",
            Self::Disconnected => "disconnect was asked for",
            Self::Broken => "it failed in use",
            Self::Stale => "found dead or dirty",
            Self::Unhealthy => "health check failed",
            Self::NotDrained => "late reply did not come",
            Self::Residue => "state left behind",
            Self::Shutdown => "pool closed",
        })
    }
}

/// Who is told of events. Must not block: it is called where the event happened.
pub type Listener = dyn Fn(&Event) + Send + Sync;

/// The listeners of a client: a cheap clone, immutable.
///
/// # Example: count what was tried again
///
/// ```
/// use redis_sync::{Error, ErrorKind, Event, Events};
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use std::time::Duration;
///
/// let retried = Arc::new(AtomicU32::new(0));
/// let counter = Arc::clone(&retried);
/// let events = Events::new().with(move |event| {
///     if let Event::Retried { .. } = event {
///         counter.fetch_add(1, Ordering::Relaxed);
///     }
/// });
/// events.emit(Event::Retried {
///     command: "GET".into(),
///     error: Error::new(ErrorKind::Closed, "gone"),
///     attempt: 1,
///     after: Duration::ZERO,
/// });
/// assert_eq!(retried.load(Ordering::Relaxed), 1);
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct Events {
    listeners: Arc<[Arc<Listener>]>,
    panics: Arc<AtomicU64>,
}

impl Events {
    /// No listener.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one more listener, which is told after the others.
    pub fn with(self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        let one_more: Arc<Listener> = Arc::new(listener);
        let listeners = self.listeners.iter().cloned().chain([one_more]).collect();
        Self { listeners, panics: self.panics }
    }

    /// Whether nobody listens.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.listeners.is_empty()
    }

    /// How many listen.
    #[inline]
    pub fn len(&self) -> usize {
        self.listeners.len()
    }

    /// Tells every listener. Call it outside every lock.
    #[inline]
    pub fn emit(&self, event: Event) {
        if !self.is_empty() {
            self.tell(&event);
        }
    }

    /// Tells every listener of an event that is made only if there is one: for what happens often.
    #[inline]
    pub fn emit_with(&self, event: impl FnOnce() -> Event) {
        if !self.is_empty() {
            self.tell(&event());
        }
    }

    /// How many panics of listeners were caught.
    #[inline]
    pub fn panics(&self) -> u64 {
        self.panics.load(Ordering::Relaxed)
    }

    #[cold]
    fn tell(&self, event: &Event) {
        for listener in &*self.listeners {
            if catch_unwind(AssertUnwindSafe(|| listener(event))).is_err() {
                self.panics.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

impl fmt::Debug for Events {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Events({} listeners)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    const RELEASED: Event = Event::Released { connection: ConnectionId::new(7) };

    #[test]
    fn listeners_are_told_in_the_order_of_registration_past_one_that_panics() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let listener = |name: &'static str| {
            let told = Arc::clone(&told);
            move |_: &Event| told.lock().unwrap().push(name)
        };
        let events = Events::new()
            .with(listener("first"))
            .with(|_| panic!("a listener's own fault"))
            .with(listener("last"));
        events.emit(RELEASED);
        assert_eq!(*told.lock().unwrap(), ["first", "last"]);
        assert_eq!(events.panics(), 1);
    }

    #[test]
    fn a_listener_may_emit_again() {
        let told = Arc::new(AtomicU64::new(0));
        let inner = Events::new().with({
            let told = Arc::clone(&told);
            move |_| {
                told.fetch_add(1, Ordering::Relaxed);
            }
        });
        let outer = Events::new().with(move |event| inner.emit(event.clone()));
        outer.emit(RELEASED);
        assert_eq!(told.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn an_event_that_nobody_listens_to_is_not_made() {
        Events::new().emit_with(|| unreachable!("nobody listens"));
    }

    #[test]
    fn adding_a_listener_leaves_earlier_clones_alone() {
        let before = Events::new();
        let after = before.clone().with(|_| {});
        assert!(before.is_empty());
        assert_eq!(after.len(), 1);
    }
}
