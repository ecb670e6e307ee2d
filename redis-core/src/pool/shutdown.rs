//! How a client that is closed comes to its end.
//!
//! ```text
//!   draining ──▶ done                     nothing is left
//!      │ ▲ └ ends waits on the server
//!      │ └── waits for a change
//!      └ deadline ──▶ forced ──▶ done     the sockets are shut; tasks and threads have a little time to see it
//! ```
//!
//! This module decides when a wait on the server is ended, when what is left is ended by force, and what is
//! reported. That nobody gets a connection any more is decided by [`Accounting::close`](super::Accounting::close);
//! what there still is it is told.

use crate::error::{Error, ErrorKind};
use std::time::{Duration, Instant};

/// How long tasks and threads are waited for whose sockets were shut: the clock of a shared connection ticks ten
/// times a second, and a machine may be busy.
const GRACE: Duration = Duration::from_secs(1);

/// The pauses between two attempts to end the waits on the server: a command may not have been there yet.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// What became of a client that was closed, of what was under way when that began.
///
/// # Example: say what was left
///
/// ```
/// use redis_sync::Redis;
/// use std::time::Duration;
///
/// let r = Redis::new();
/// let closed = r.close(Duration::from_secs(5));
/// if !closed.is_clean() {
///     eprintln!("{} commands were not answered in time", closed.abandoned);
/// }
/// # assert!(closed.is_clean());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Closed {
    /// Commands on the shared connection, and uses of a connection of one's own, that came to their end in time.
    pub finished: u64,
    /// Those that did not: whether their commands ran is [unknown](crate::Delivery::Unknown).
    pub abandoned: u64,
    /// Callers that waited for a connection, or for room on the shared one: they were refused, and nothing of
    /// theirs was sent.
    pub refused: u64,
    /// Blocking commands whose wait was ended on the server: they took nothing.
    pub unblocked: u64,
    /// Connections that were closed by force, since they were in use when the time was over.
    pub forced: u64,
    /// Subscribers whose subscriptions ended.
    pub subscribers: u64,
    /// Locks that are not renewed any more.
    pub renewals: u64,
    /// Tasks and threads that had not ended yet; they end by themselves.
    pub running: u64,
}

impl Closed {
    /// Whether nothing had to be ended by force.
    #[must_use]
    #[inline]
    pub fn is_clean(&self) -> bool {
        self.abandoned == 0 && self.forced == 0 && self.running == 0
    }
}

/// What there still is of a client that is being closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Remains {
    /// Replies that are to come on the shared connection.
    pub commands: u64,
    /// Connections that are in use or being opened.
    pub connections: u64,
    /// Those on which a blocking command waits, as the server knows them.
    pub blocked: Vec<i64>,
    /// Tasks and threads.
    pub workers: u64,
}

impl Remains {
    /// What is under way.
    #[inline]
    fn work(&self) -> u64 {
        self.commands.saturating_add(self.connections)
    }
}

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Wait for something to change, for so long at most.
    Wait(Duration),
    /// End the waits of blocking commands on the server, in so long at most.
    Unblock(Option<Duration>),
    /// Shut what is left, and say how much that was by [`forced`](Shutdown::forced).
    Force,
    /// It is over.
    Done(Closed),
}

/// The end of a client.
#[derive(Debug)]
pub struct Shutdown {
    closed: Closed,
    begun: u64,
    deadline: Option<Instant>,
    /// Until when tasks and threads are waited for, once the sockets are shut.
    grace: Option<Instant>,
    /// When to end waits on the server again.
    unblock: Instant,
    pause: Duration,
}

impl Shutdown {
    /// Begins at `now`, with so much under way when nobody was let in any more. `closed` says what ended at once.
    #[inline]
    pub fn new(closed: Closed, begun: u64, now: Instant, time: Duration) -> Self {
        Self {
            closed,
            begun,
            deadline: now.checked_add(time),
            grace: None,
            unblock: now,
            pause: FIRST_PAUSE,
        }
    }

    /// What is to be done next, now that this is left.
    #[inline]
    pub fn next(&mut self, remains: &Remains, now: Instant) -> Step {
        if let Some(grace) = self.grace {
            return match grace.saturating_duration_since(now) {
                left if remains.workers > 0 && !left.is_zero() => Step::Wait(left),
                _ => self.done(remains),
            };
        }
        let work = remains.work();
        if work == 0 && remains.workers == 0 {
            self.closed.finished = self.begun;
            return self.done(remains);
        }
        let left = self.deadline.map(|deadline| deadline.saturating_duration_since(now));
        if left == Some(Duration::ZERO) {
            self.closed.abandoned = work;
            self.closed.finished = self.begun.saturating_sub(work);
            return Step::Force;
        }
        let mut wait = left.unwrap_or(Duration::MAX);
        if !remains.blocked.is_empty() {
            let until = self.unblock.saturating_duration_since(now);
            if until.is_zero() {
                self.unblock = now.checked_add(self.pause).unwrap_or(now);
                self.pause = self.pause.saturating_mul(2).min(LONGEST_PAUSE);
                return Step::Unblock(left);
            }
            wait = wait.min(until);
        }
        Step::Wait(wait)
    }

    /// A wait on the server was ended.
    #[inline]
    pub fn unblocked(&mut self) {
        self.closed.unblocked += 1;
    }

    /// So many connections were shut by force; `patient` is whether anything can be waited for.
    #[inline]
    pub fn forced(&mut self, connections: u64, patient: bool, now: Instant) {
        self.closed.forced = connections;
        let grace = if patient { GRACE } else { Duration::ZERO };
        self.grace = Some(now.checked_add(grace).unwrap_or(now));
    }

    #[inline]
    fn done(&mut self, remains: &Remains) -> Step {
        self.closed.running = remains.workers;
        Step::Done(std::mem::take(&mut self.closed))
    }
}

/// The error of whoever asks a closed client for anything.
#[cold]
pub fn closed() -> Error {
    Error::new(ErrorKind::Shutdown, "the client was closed")
}

/// What the caller of a blocking command is told whose wait was ended, since the client was closed: it took
/// nothing. Every other error stays what it is.
#[cold]
pub fn ended_by_closing(error: Error) -> Error {
    if error.code() != Some("UNBLOCKED") {
        return error;
    }
    let delivery = error.delivery();
    Error::new(ErrorKind::Shutdown, "the client was closed while the command waited on the server")
        .with_delivery(delivery)
        .with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Delivery;

    const SECOND: Duration = Duration::from_secs(1);

    fn remains(commands: u64, connections: u64, workers: u64) -> Remains {
        Remains { commands, connections, blocked: Vec::new(), workers }
    }

    fn done(step: Step) -> Closed {
        match step {
            Step::Done(closed) => closed,
            other => panic!("expected the end, found {other:?}"),
        }
    }

    #[test]
    fn where_nothing_is_under_way_it_is_over_at_once() {
        let now = Instant::now();
        let at_once = Closed { subscribers: 2, ..Closed::default() };
        let mut shutdown = Shutdown::new(at_once, 0, now, Duration::ZERO);
        let closed = done(shutdown.next(&remains(0, 0, 0), now));
        assert!(closed.is_clean());
        assert_eq!((closed.finished, closed.subscribers), (0, 2));
    }

    #[test]
    fn what_ends_in_time_is_finished() {
        let now = Instant::now();
        let mut shutdown = Shutdown::new(Closed::default(), 5, now, SECOND);
        assert_eq!(shutdown.next(&remains(3, 2, 1), now), Step::Wait(SECOND));
        let later = now + SECOND / 2;
        assert_eq!(shutdown.next(&remains(0, 0, 1), later), Step::Wait(SECOND / 2), "a task runs");
        let closed = done(shutdown.next(&remains(0, 0, 0), later));
        assert_eq!((closed.finished, closed.abandoned), (5, 0));
        assert!(closed.is_clean());
    }

    #[test]
    fn what_is_left_at_the_deadline_is_ended_by_force_and_told() {
        let now = Instant::now();
        let mut shutdown = Shutdown::new(Closed::default(), 5, now, SECOND);
        let end = now + SECOND;
        assert_eq!(shutdown.next(&remains(1, 1, 1), end), Step::Force);
        shutdown.forced(2, true, end);
        // who holds a connection may hold it for ever; tasks and threads have a little time
        assert_eq!(shutdown.next(&remains(1, 1, 1), end), Step::Wait(GRACE));
        let closed = done(shutdown.next(&remains(0, 1, 0), end));
        assert_eq!((closed.finished, closed.abandoned, closed.forced), (3, 2, 2));
        assert!(!closed.is_clean());
    }

    #[test]
    fn a_task_that_does_not_end_is_told_and_not_waited_for_for_ever() {
        let now = Instant::now();
        let mut shutdown = Shutdown::new(Closed::default(), 0, now, SECOND);
        assert_eq!(shutdown.next(&remains(0, 0, 1), now + SECOND), Step::Force);
        shutdown.forced(0, true, now + SECOND);
        let closed = done(shutdown.next(&remains(0, 0, 1), now + SECOND + GRACE));
        assert_eq!((closed.abandoned, closed.running), (0, 1));
        assert!(!closed.is_clean());
    }

    #[test]
    fn where_nothing_can_be_waited_for_nothing_is() {
        let now = Instant::now();
        let mut shutdown = Shutdown::new(Closed::default(), 1, now, Duration::ZERO);
        assert_eq!(shutdown.next(&remains(1, 0, 1), now), Step::Force);
        shutdown.forced(1, false, now);
        assert_eq!(done(shutdown.next(&remains(1, 0, 1), now)).abandoned, 1);
    }

    #[test]
    fn waits_on_the_server_are_ended_again_and_again_ever_more_slowly() {
        let now = Instant::now();
        let left = Remains { blocked: vec![7], ..remains(0, 1, 0) };
        let mut shutdown = Shutdown::new(Closed::default(), 1, now, SECOND);
        assert_eq!(shutdown.next(&left, now), Step::Unblock(Some(SECOND)));
        assert_eq!(shutdown.next(&left, now), Step::Wait(FIRST_PAUSE));
        let later = now + FIRST_PAUSE;
        assert_eq!(shutdown.next(&left, later), Step::Unblock(Some(SECOND - FIRST_PAUSE)));
        assert_eq!(shutdown.next(&left, later), Step::Wait(2 * FIRST_PAUSE));
        shutdown.unblocked();
        assert_eq!(done(shutdown.next(&remains(0, 0, 0), later)).unblocked, 1);
    }

    #[test]
    fn a_deadline_that_no_clock_reaches_is_none() {
        let now = Instant::now();
        let mut shutdown = Shutdown::new(Closed::default(), 1, now, Duration::MAX);
        assert_eq!(shutdown.next(&remains(1, 0, 1), now), Step::Wait(Duration::MAX));
    }

    #[test]
    fn only_a_wait_that_was_ended_is_said_to_have_been_ended() {
        let error =
            ended_by_closing(Error::server(b"UNBLOCKED client unblocked via CLIENT UNBLOCK"));
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Shutdown, Delivery::Executed));
        let other = ended_by_closing(Error::server(b"WRONGTYPE no"));
        assert_eq!(other.code(), Some("WRONGTYPE"));
    }
}
