//! What is known of a wait that was in vain, and what that points to.
//!
//! This module decides the guess, once for both clients. The facts are gathered where they are known: by
//! the slots of a shared connection, by its I/O task, by the blocking connection and by the pool. It
//! decides nothing that follows: a guess never changes what is tried again.

use super::TimeoutKind;
use std::fmt;
use std::time::Duration;

/// A connection that had been idle for so long may have been forgotten on the way: the shortest such time
/// among the usual load balancers and address translators is a few minutes, less in badly kept networks.
const FORGOTTEN: Duration = Duration::from_secs(60);

/// What was measured; a fact that nobody knows is `None`.
///
/// Times on the async client's shared connection are counted in its ticks of 100 ms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Facts {
    /// How long the command waited in this process before it was submitted to a connection.
    pub queued: Option<Duration>,
    /// How long it was under way on a connection, or how long opening one took so far.
    pub in_flight: Option<Duration>,
    /// How many commands were in flight on the connection when it was submitted. Of a wait for a
    /// connection: how many were ahead in the queue.
    pub in_flight_then: Option<usize>,
    /// How many are in flight now, this one included. Of a wait for a connection of the pool: how many
    /// are in use.
    pub in_flight_now: Option<usize>,
    /// Bytes that lie in the socket's receive queue, unread; counted up to 64 KiB.
    pub unread: Option<usize>,
    /// Bytes of a reply that has begun to arrive.
    pub partial: Option<usize>,
    /// Bytes that were submitted to the connection and not written yet.
    pub unwritten: Option<usize>,
    /// For how long nothing came, although something was awaited.
    pub silent: Option<Duration>,
    /// How long the connection had been idle before.
    pub idle: Option<Duration>,
    /// For how much of the time this process did not look: its thread, or the task that serves the
    /// connection, did not run.
    pub stalled: Option<Duration>,
    /// Whether there was a connection at all.
    pub connected: Option<bool>,
}

/// What a timeout points to: a guess, made of the [`Facts`] alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Suspect {
    /// The server is slow, or busy with something else: the connection is good, and nothing came. Look at
    /// `SLOWLOG` and `LATENCY DOCTOR`.
    Server,
    /// This process: bytes lay unread, or whoever should have read them did not run for half of the time.
    /// Look for blocking calls in tasks, too few threads, a machine short of processors.
    Process,
    /// The connection, or the way to the server: nothing came for much longer than this command waited
    /// although replies were due, or the connection had been idle for a minute and may have been forgotten on
    /// the way, or none could be had.
    Connection,
    /// A reply was arriving, of this command or of one before it, and is large for the time there was.
    Transfer,
    /// More is asked than connections and their queues take. Look at `pool_max_size` and at what holds connections.
    Load,
}

/// Why a timeout may have expired: the facts, and a guess.
///
/// Told by [`Error::diagnosis`](super::Error::diagnosis), and by the error's text. Which timeout it was, the
/// node and the attempt are the error's own: [`timeout_kind`](super::Error::timeout_kind) and
/// [`context`](super::Error::context). A diagnosis is made when a timeout expires; before that, nothing is
/// measured for it that was not measured anyway.
///
/// # Example: react to the cause
///
/// ```
/// use redis_sync::{Error, Suspect};
///
/// fn advice(error: &Error) -> &'static str {
///     match error.diagnosis().map(|diagnosis| diagnosis.suspect()) {
///         Some(Suspect::Server) => "look at SLOWLOG",
///         Some(Suspect::Process) => "look for what blocks the runtime",
///         Some(Suspect::Connection) => "look at the network",
///         Some(Suspect::Load) => "ask for less at once, or allow more connections",
///         _ => "read the message",
///     }
/// }
/// # use redis_core::TimeoutKind;
/// # use std::time::Duration;
/// # let error = Error::timeout(TimeoutKind::Reply, "no reply within 5s").with_facts(|facts| {
/// #     facts.waited(Duration::from_secs(5), Duration::from_secs(5));
/// #     facts.unread = Some(512);
/// # });
/// // an error whose reply lay in the socket, unread
/// assert_eq!(advice(&error), "look for what blocks the runtime");
/// assert!(error.to_string().contains("512 bytes unread; suspect: this process"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    phase: TimeoutKind,
    suspect: Suspect,
    facts: Facts,
}

impl Diagnosis {
    /// What these facts say of a timeout in this phase.
    #[cold]
    #[must_use]
    pub fn new(phase: TimeoutKind, facts: Facts) -> Self {
        Self { phase, suspect: Suspect::of(phase, &facts), facts }
    }

    /// In which phase the time was over.
    #[inline]
    pub fn phase(&self) -> TimeoutKind {
        self.phase
    }

    /// What it points to: a guess.
    #[inline]
    pub fn suspect(&self) -> Suspect {
        self.suspect
    }

    /// How long the command waited in this process before it was submitted to a connection.
    #[inline]
    pub fn queued(&self) -> Option<Duration> {
        self.facts.queued
    }

    /// How long it was under way on a connection, or how long opening one took so far.
    #[inline]
    pub fn in_flight(&self) -> Option<Duration> {
        self.facts.in_flight
    }

    /// How many commands were in flight when it was submitted; of a wait for a connection, how many were
    /// ahead in the queue.
    #[inline]
    pub fn in_flight_then(&self) -> Option<usize> {
        self.facts.in_flight_then
    }

    /// How many were in flight when the time was over, this one included; of a wait for a connection of the
    /// pool, how many were in use.
    #[inline]
    pub fn in_flight_now(&self) -> Option<usize> {
        self.facts.in_flight_now
    }

    /// Bytes that lay in the socket's receive queue, unread; counted up to 64 KiB.
    #[inline]
    pub fn unread(&self) -> Option<usize> {
        self.facts.unread
    }

    /// Everything that was measured.
    #[inline]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }
}

impl Facts {
    /// It was in flight for so long, where `allowed` was the time it had: who noticed later did not look
    /// earlier.
    #[inline]
    pub fn waited(&mut self, waited: Duration, allowed: Duration) {
        self.in_flight = Some(waited);
        self.stalled = Some(waited.saturating_sub(allowed));
    }

    /// A stall that explains something, and no late timer.
    #[inline]
    fn notable_stall(&self) -> Option<Duration> {
        let waited = self.in_flight.or(self.queued).unwrap_or_default();
        self.stalled.filter(|stalled| !stalled.is_zero() && stalled.saturating_mul(10) >= waited)
    }
}

impl Suspect {
    #[inline]
    fn of(phase: TimeoutKind, facts: &Facts) -> Self {
        let waited = facts.in_flight.or(facts.queued).unwrap_or_default();
        let stalled = facts.stalled.unwrap_or_default();
        // who did not look cannot blame anybody else
        let starved = !stalled.is_zero() && stalled.saturating_mul(2) >= waited;
        if starved || facts.unread.is_some_and(|bytes| bytes > 0) {
            return Self::Process;
        }
        match phase {
            TimeoutKind::Acquire if facts.connected == Some(false) => Self::Connection,
            TimeoutKind::Acquire => Self::Load,
            TimeoutKind::Connect => Self::Connection,
            TimeoutKind::Handshake | TimeoutKind::Write | TimeoutKind::Reply => {
                let silent = facts.silent.unwrap_or(waited);
                let forgotten = facts.idle.is_some_and(|idle| idle >= FORGOTTEN);
                if facts.partial.is_some_and(|bytes| bytes > 0) && silent < waited {
                    Self::Transfer
                } else if silent >= waited.saturating_mul(2).max(Duration::from_nanos(1))
                    || (forgotten && silent >= waited)
                {
                    Self::Connection
                } else {
                    Self::Server
                }
            }
        }
    }
}

impl fmt::Display for Suspect {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server => "the server is slow",
            Self::Process => "this process did not get to read the reply",
            Self::Connection => "the connection is dead",
            Self::Transfer => "the reply is large for the time there was",
            Self::Load => "more is asked than the connections take",
        })
    }
}

/// The facts that are known, and the guess: `in flight for 300ms, 3 commands before it, …; suspect: …`.
impl fmt::Display for Diagnosis {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Facts { queued, in_flight, in_flight_then, in_flight_now, unread, .. } = self.facts;
        let Facts { partial, unwritten, silent, idle, connected, .. } = self.facts;
        let mut list = List { f, any: false };
        list.time("queued for", queued.filter(|time| in_flight.is_none() || !time.is_zero()))?;
        list.time("in flight for", in_flight)?;
        if self.phase == TimeoutKind::Acquire {
            list.count(in_flight_then, "ahead of it")?;
            list.count(in_flight_now, "in use")?;
            if connected == Some(false) {
                list.item(format_args!("no connection"))?;
            }
        } else {
            list.count(in_flight_then, "in flight before it")?;
            list.count(in_flight_now, "now")?;
        }
        list.count(unread, "bytes unread")?;
        list.count(partial.filter(|bytes| *bytes > 0), "bytes of a reply read")?;
        list.count(unwritten.filter(|bytes| *bytes > 0), "bytes unwritten")?;
        list.time("nothing received for", silent.filter(|silent| in_flight != Some(*silent)))?;
        list.time("idle before for", idle.filter(|idle| *idle >= FORGOTTEN))?;
        list.time("not looked for", self.facts.notable_stall())?;
        let separator = if list.any { "; " } else { "" };
        write!(f, "{separator}suspect: {}", self.suspect)
    }
}

/// Items between commas.
struct List<'f, 'w> {
    f: &'f mut fmt::Formatter<'w>,
    any: bool,
}

impl List<'_, '_> {
    #[inline]
    fn item(&mut self, item: fmt::Arguments<'_>) -> fmt::Result {
        if std::mem::replace(&mut self.any, true) {
            self.f.write_str(", ")?;
        }
        self.f.write_fmt(item)
    }

    #[inline]
    fn time(&mut self, what: &str, time: Option<Duration>) -> fmt::Result {
        // nobody reads nanoseconds of seconds
        let Some(time) = time else { return Ok(()) };
        let time = if time < Duration::from_millis(1) {
            time
        } else {
            Duration::from_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
        };
        self.item(format_args!("{what} {time:?}"))
    }

    #[inline]
    fn count(&mut self, count: Option<usize>, what: &str) -> fmt::Result {
        count.map_or(Ok(()), |count| self.item(format_args!("{count} {what}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn suspect(phase: TimeoutKind, facts: Facts) -> Suspect {
        Diagnosis::new(phase, facts).suspect()
    }

    fn waited() -> Facts {
        Facts { in_flight: Some(SECOND), unread: Some(0), ..Facts::default() }
    }

    #[test]
    fn a_server_that_answers_nobody_for_the_time_of_one_wait_is_slow() {
        assert_eq!(suspect(TimeoutKind::Reply, waited()), Suspect::Server);
        let silent = Facts { silent: Some(SECOND * 2 - SECOND / 10), ..waited() };
        assert_eq!(suspect(TimeoutKind::Reply, silent), Suspect::Server);
    }

    #[test]
    fn a_connection_that_is_silent_for_twice_the_wait_is_dead() {
        let silent = Facts { silent: Some(SECOND * 2), ..waited() };
        assert_eq!(suspect(TimeoutKind::Reply, silent), Suspect::Connection);
    }

    #[test]
    fn a_connection_that_had_rested_for_a_minute_may_have_been_forgotten_on_the_way() {
        for (idle, guess) in
            [(FORGOTTEN - SECOND, Suspect::Server), (FORGOTTEN, Suspect::Connection)]
        {
            let facts = Facts { idle: Some(idle), ..waited() };
            assert_eq!(suspect(TimeoutKind::Reply, facts), guess);
        }
        // it has spoken since
        let alive = Facts { idle: Some(FORGOTTEN), silent: Some(SECOND / 2), ..waited() };
        assert_eq!(suspect(TimeoutKind::Reply, alive), Suspect::Server);
    }

    #[test]
    fn bytes_that_lie_unread_and_time_that_nobody_looked_point_to_this_process() {
        let unread = Facts { unread: Some(1), ..waited() };
        assert_eq!(suspect(TimeoutKind::Reply, unread), Suspect::Process);
        for (stalled, guess) in [(SECOND / 2, Suspect::Process), (SECOND / 3, Suspect::Server)] {
            let facts = Facts { stalled: Some(stalled), ..waited() };
            assert_eq!(suspect(TimeoutKind::Reply, facts), guess);
        }
        let stalled = Facts { stalled: Some(SECOND), ..waited() };
        for phase in [TimeoutKind::Acquire, TimeoutKind::Connect, TimeoutKind::Handshake] {
            assert_eq!(suspect(phase, stalled), Suspect::Process);
        }
    }

    #[test]
    fn a_reply_that_is_still_arriving_is_large() {
        let facts = Facts { partial: Some(9), silent: Some(Duration::ZERO), ..waited() };
        assert_eq!(suspect(TimeoutKind::Reply, facts), Suspect::Transfer);
        let stuck = Facts { partial: Some(9), ..waited() };
        assert_eq!(suspect(TimeoutKind::Reply, stuck), Suspect::Server);
    }

    #[test]
    fn who_waits_for_a_connection_waits_for_others_or_for_the_way_there() {
        let facts = Facts { queued: Some(SECOND), ..Facts::default() };
        assert_eq!(suspect(TimeoutKind::Acquire, facts), Suspect::Load);
        let down = Facts { connected: Some(false), ..facts };
        assert_eq!(suspect(TimeoutKind::Acquire, down), Suspect::Connection);
        assert_eq!(suspect(TimeoutKind::Connect, facts), Suspect::Connection);
    }

    #[test]
    fn nothing_known_is_nothing_said_but_the_guess() {
        let nothing = Diagnosis::new(TimeoutKind::Reply, Facts::default());
        assert_eq!(nothing.to_string(), "suspect: the server is slow");
    }

    #[test]
    fn the_text_lists_what_is_known() {
        let facts = Facts {
            queued: Some(SECOND / 5),
            in_flight_then: Some(3),
            in_flight_now: Some(7),
            silent: Some(SECOND * 3),
            ..waited()
        };
        assert_eq!(
            Diagnosis::new(TimeoutKind::Reply, facts).to_string(),
            "queued for 200ms, in flight for 1s, 3 in flight before it, 7 now, 0 bytes unread, \
             nothing received for 3s; suspect: the connection is dead"
        );
    }
}
