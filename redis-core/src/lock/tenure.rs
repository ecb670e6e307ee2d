//! A lock while it is held: until when that may be relied upon, and when it is renewed.

use super::tally::expired;
use super::{LockKeys, LockPlan, Tally};
use crate::error::{Error, ErrorKind, Result};
use bytes::Bytes;
use std::time::{Duration, Instant};

/// How much of a time clocks of different speed may take away, and its rounding to milliseconds by the server.
#[inline]
fn without_drift(time: Duration) -> Duration {
    time.saturating_sub(time / 100 + Duration::from_millis(2))
}

/// Until when a time may be relied upon that a server counts, where it began to at `asked` or later.
#[inline]
pub(super) fn until(asked: Instant, time: Option<Duration>) -> Option<Instant> {
    asked.checked_add(without_drift(time?))
}

/// A lock, or several, from their acquisition to their end.
///
/// ```text
///           released
///   Held ──────────────▶ Released
///     │ refused, or the time is over
///     └───────────────────────────▶ Lost
/// ```
#[derive(Clone, Debug)]
pub struct Tenure {
    locks: Vec<Held>,
    lease: Option<Duration>,
    state: State,
    /// How often anything changed.
    version: u64,
    /// Whether it is worth renewing: until its client is closed.
    is_renewed: bool,
}

#[derive(Clone, Debug)]
struct Held {
    name: Bytes,
    fence: u64,
    /// No later than the server's end of the lease; `None` if it has none.
    until: Option<Instant>,
    /// When that was asked for.
    since: Instant,
    /// When a renewal that failed is tried again.
    retry: Option<Instant>,
}

impl Held {
    /// Never more than when it was asked for, should the clock have gone back.
    #[inline]
    fn remaining(&self, now: Instant) -> Option<Duration> {
        self.until.map(|until| until.saturating_duration_since(now.max(self.since)))
    }

    /// When its lease is to get another end.
    #[inline]
    fn due(&self, lease: Duration) -> Option<Instant> {
        self.retry.or_else(|| self.since.checked_add(lease / 3))
    }
}

#[derive(Clone, Debug)]
enum State {
    Held,
    Released,
    Lost(Error),
}

/// What is known of a lock that is being given back.
#[derive(Clone, Debug)]
pub struct Leaving {
    lost: Option<Error>,
    /// Whether its lease cannot have been over before.
    is_sure: bool,
}

impl Leaving {
    /// Takes note of what the servers say of the release of one lock. `again`: the command was sent before,
    /// and what became of that is unknown.
    #[inline]
    pub fn released(&mut self, tally: &Tally, again: bool) {
        let Err(error) = tally.check() else { return };
        // it cannot have expired before: what is not its own any more went by the first sending
        let went_before = again && self.is_sure && is_loss(&error);
        if !went_before && self.lost.is_none() {
            self.lost = Some(error);
        }
    }

    /// What came of it.
    ///
    /// # Errors
    ///
    /// Why it was lost before, or what kept it from being released.
    #[inline]
    pub fn outcome(self) -> Result<()> {
        self.lost.map_or(Ok(()), Err)
    }
}

/// What is next for whoever renews.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// To wait for so long.
    After(Duration),
    /// To extend the lease.
    Due,
    /// Nothing any more.
    Over,
}

impl Tenure {
    #[inline]
    pub(super) fn new(plan: &LockPlan) -> Self {
        Self {
            locks: Vec::new(),
            lease: plan.lease(),
            state: State::Held,
            version: 0,
            is_renewed: true,
        }
    }

    #[inline]
    pub(super) fn add(
        &mut self,
        keys: &LockKeys,
        fence: u64,
        since: Instant,
        until: Option<Instant>,
    ) {
        let name = keys.lock().clone();
        self.locks.push(Held { name, fence, until, since, retry: None });
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.locks.len()
    }

    /// The fencing token of the lock of this name, or of the first where none is named.
    #[must_use]
    #[inline]
    pub fn fence(&self, name: Option<&[u8]>) -> Option<u64> {
        let mut locks = self.locks.iter();
        let held = locks.find(|held| name.is_none_or(|name| held.name == name));
        held.map(|held| held.fence)
    }

    /// How long it may be relied upon; `None` if there is no end. Zero once it was lost or released.
    #[must_use]
    #[inline]
    pub fn remaining(&self, now: Instant) -> Option<Duration> {
        match self.state {
            State::Held => self.locks.iter().filter_map(|held| held.remaining(now)).min(),
            State::Released | State::Lost(_) => Some(Duration::ZERO),
        }
    }

    /// Why it was lost, if it was.
    #[must_use]
    #[inline]
    pub fn lost(&self, now: Instant) -> Option<Error> {
        match &self.state {
            State::Lost(error) => Some(error.clone()),
            State::Released => None,
            State::Held => self.end().is_some_and(|end| end <= now).then(expired),
        }
    }

    /// Whether it was given back.
    #[must_use]
    #[inline]
    pub fn is_released(&self) -> bool {
        matches!(self.state, State::Released)
    }

    /// Says why nothing can be done with it any more, if so.
    ///
    /// # Errors
    ///
    /// Why it was lost, or that it was released. That its time is over by this clock is for the servers to
    /// confirm.
    #[inline]
    pub fn check(&self) -> Result<()> {
        match &self.state {
            State::Held => Ok(()),
            State::Lost(error) => Err(error.clone()),
            State::Released => Err(Error::new(ErrorKind::Misuse, "the lock was released before")),
        }
    }

    /// Says why its lease cannot get another end, if so.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check); a misuse, if the lock has no lease.
    #[inline]
    pub fn check_extension(&self) -> Result<Duration> {
        self.check()?;
        let none = || Error::new(ErrorKind::Misuse, "a lock without a lease has nothing to extend");
        self.lease.ok_or_else(none)
    }

    /// Takes note of what the servers say of an extension of lock number `lock` that was asked for at `asked`.
    ///
    /// # Errors
    ///
    /// As [`Tally::check`]; a loss is remembered.
    #[inline]
    pub fn extended(&mut self, lock: usize, asked: Instant, tally: &Tally) -> Result<()> {
        self.check()?;
        if let Err(error) = tally.check() {
            self.note_failure(lock, asked, &error);
            return Err(error);
        }
        self.version += 1;
        if let Some(held) = self.locks.get_mut(lock) {
            held.retry = None;
            if let Some(kept) = tally.kept() {
                held.until = until(asked, Some(kept));
                held.since = asked;
            }
        }
        Ok(())
    }

    /// Ends it, since it is about to be given back: whatever is heard of it from now on is no loss.
    #[inline]
    pub fn leave(&mut self, now: Instant) -> Leaving {
        let lost = match std::mem::replace(&mut self.state, State::Released) {
            State::Lost(error) => Some(error),
            State::Held | State::Released => None,
        };
        self.version += 1;
        Leaving { lost, is_sure: self.end().is_none_or(|end| now < end) }
    }

    /// Ends its renewals, since what renews it was closed: it is held for as long as its lease lasts. `None` if it
    /// was not held any more.
    #[inline]
    pub fn stop_renewals(&mut self) -> Option<()> {
        self.is_renewed = false;
        self.version += 1;
        matches!(self.state, State::Held).then_some(())
    }

    /// How often anything changed: what has to be known to wait for the next change without missing it.
    #[must_use]
    #[inline]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// What is next for whoever renews: a third of the lease after it last got its end, and where that failed
    /// a twelfth later, until its time is over.
    #[inline]
    pub fn renewal(&mut self, now: Instant) -> Renewal {
        let (State::Held, Some(lease), true) = (&self.state, self.lease, self.is_renewed) else {
            return Renewal::Over;
        };
        if self.end().is_some_and(|end| end <= now) {
            self.lose(expired());
            return Renewal::Over;
        }
        let due = self.locks.iter().filter_map(|held| held.due(lease)).min();
        let Some(due) = due else { return Renewal::Over };
        let due = self.end().map_or(due, |end| due.min(end));
        match due.saturating_duration_since(now) {
            Duration::ZERO => Renewal::Due,
            wait => Renewal::After(wait),
        }
    }

    /// Remembers a loss; after another failure a renewal is tried again soon.
    #[inline]
    fn note_failure(&mut self, lock: usize, now: Instant, error: &Error) {
        if is_loss(error) {
            self.lose(error.clone());
        } else if let (Some(lease), Some(held)) = (self.lease, self.locks.get_mut(lock)) {
            // each by itself: another's success is no reason to ask again at once
            held.retry = now.checked_add(lease / 12);
        }
    }

    /// Takes note that it is somebody else's or nobody's.
    #[inline]
    pub fn found(&mut self, tally: &Tally) {
        if matches!(self.state, State::Held) {
            if let Err(error) = tally.check() {
                if is_loss(&error) {
                    self.lose(error);
                }
            }
        }
    }

    #[inline]
    fn lose(&mut self, error: Error) {
        self.state = State::Lost(error);
        self.version += 1;
    }

    /// The first end of its leases.
    #[inline]
    fn end(&self) -> Option<Instant> {
        self.locks.iter().filter_map(|held| held.until).min()
    }

    /// The first of the locks whose lease last got its end before this moment.
    #[inline]
    pub(super) fn oldest_before(&self, moment: Instant) -> Option<usize> {
        self.locks.iter().position(|held| held.since < moment)
    }

    #[inline]
    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.end().is_some_and(|end| end <= now)
    }
}

#[inline]
fn is_loss(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::LockExpired | ErrorKind::LockNotOwned)
}
