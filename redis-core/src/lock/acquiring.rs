//! The way to a lock: what is sent next, when to try again, when to give up.

use super::tenure::until;
use super::{LockOptions, LockPlan, Tally, Tenure};
use crate::error::{Error, ErrorKind};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How long one goes without looking at several servers, at most: none of them could wake it.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// Longer than this a server need not be asked to wait.
const LONGEST_SLEEP: Duration = Duration::from_secs(24 * 3600);

/// The state of an acquisition.
///
/// ```text
///              ┌────────────────── Wait, Pause ◀────────────┐
///              ▼                                             │ somebody else's
///   Refresh ▶ Attempt ──────── mine ──▶ (Raise) ──▶ next lock, Held
///              │                                             │
///              └─ unreachable, time is over ──▶ Abandon ─▶ GiveUp
/// ```
#[derive(Debug)]
pub struct Acquiring<'p> {
    plan: &'p LockPlan,
    sleep: Duration,
    blocking: bool,
    deadline: Option<Instant>,
    tenure: Tenure,
    steps: VecDeque<Step>,
    /// What a majority gave, but does not agree upon the fence of.
    uneven: Option<(u64, Instant)>,
}

/// What is to be done next. Locks are told by their number in the plan.
#[derive(Clone, Debug)]
pub enum Step {
    /// To ask for a lock.
    Attempt(usize),
    /// To tell all servers the fence.
    Raise(usize, u64),
    /// To give the lease of a lock that is held its full length again: others are still to be waited for.
    Refresh(usize),
    /// To give a lock back whether it was acquired or not.
    Abandon(usize),
    /// To wait on the server until a lock is released, for so long at most.
    Wait(usize, Duration),
    /// To wait for so long.
    Pause(Duration),
    /// Nothing: all are held.
    Held(Tenure),
    /// Nothing: it failed, and nothing is held.
    GiveUp(Error),
}

impl<'p> Acquiring<'p> {
    /// An acquisition that begins now.
    #[must_use]
    #[inline]
    pub fn new(plan: &'p LockPlan, options: &LockOptions, now: Instant) -> Self {
        Self {
            plan,
            sleep: options.sleep.clamp(Duration::from_millis(1), LONGEST_SLEEP),
            blocking: options.blocking,
            deadline: options.blocking_timeout.and_then(|time| now.checked_add(time)),
            tenure: Tenure::new(plan),
            steps: VecDeque::new(),
            uneven: None,
        }
    }

    /// What is next.
    #[inline]
    pub fn next(&mut self, now: Instant) -> Step {
        if let Some(step) = self.steps.pop_front() {
            return step;
        }
        let lock = self.tenure.len();
        if lock == self.plan.locks().len() {
            if !self.tenure.is_over(now) {
                return Step::Held(std::mem::replace(&mut self.tenure, Tenure::new(self.plan)));
            }
            return self.start_over(now);
        }
        let third = self.plan.lease().and_then(|lease| now.checked_sub(lease / 3));
        match third.and_then(|third| self.tenure.oldest_before(third)) {
            Some(older) => Step::Refresh(older),
            None => Step::Attempt(lock),
        }
    }

    /// Takes note of what the servers answered to an [`Attempt`](Step::Attempt) that was sent at `asked`. `random`
    /// is 64 uniformly random bits.
    #[inline]
    pub fn attempted(&mut self, asked: Instant, now: Instant, tally: &Tally, random: u64) {
        let lock = self.tenure.len();
        let fence = tally.largest().and_then(|fence| u64::try_from(fence).ok());
        match fence.filter(|_| tally.is_mine()) {
            Some(fence) if tally.is_uneven() => {
                self.uneven = Some((fence, asked));
                self.steps.push_back(Step::Raise(lock, fence));
            }
            Some(fence) => self.hold(fence, asked, now, random),
            None => self.refused(now, tally, random),
        }
    }

    /// Takes note of what they answered to a [`Raise`](Step::Raise).
    #[inline]
    pub fn raised(&mut self, now: Instant, tally: &Tally, random: u64) {
        match self.uneven.take() {
            Some((fence, asked)) if tally.is_mine() => self.hold(fence, asked, now, random),
            _ => {
                self.steps.push_back(Step::Abandon(self.tenure.len()));
                self.refused(now, tally, random);
            }
        }
    }

    /// Takes note of what they answered to a [`Refresh`](Step::Refresh) of this lock.
    #[inline]
    pub fn refreshed(&mut self, lock: usize, asked: Instant, now: Instant, tally: &Tally) {
        match self.tenure.extended(lock, asked, tally) {
            Ok(()) => {}
            Err(error)
                if matches!(error.kind(), ErrorKind::LockExpired | ErrorKind::LockNotOwned) =>
            {
                let step = self.start_over(now);
                self.steps.push_front(step);
            }
            Err(error) => self.give_up(error),
        }
    }

    /// Takes note that a [`Wait`](Step::Wait) was not possible, or broke off: then a pause takes its place.
    #[inline]
    pub fn not_waited(&mut self, time: Duration, random: u64) {
        self.steps.push_back(Step::Pause(spread(time.min(LONGEST_PAUSE), random)));
    }

    #[inline]
    fn hold(&mut self, fence: u64, asked: Instant, now: Instant, random: u64) {
        let lock = self.tenure.len();
        let until = until(asked, self.plan.lease());
        if until.is_some_and(|until| until <= now) {
            // it took so long to hear of it that it may be somebody else's already
            self.steps.push_back(Step::Abandon(lock));
            self.try_later(now, Some(Duration::ZERO), random);
        } else {
            self.tenure.add(&self.plan.locks()[lock], fence, asked, until);
        }
    }

    #[inline]
    fn refused(&mut self, now: Instant, tally: &Tally, random: u64) {
        if tally.leaves_traces() {
            self.steps.push_back(Step::Abandon(self.tenure.len()));
        }
        match tally.unreachable() {
            Some(error) => self.give_up(error),
            None => self.try_later(now, tally.others_left(), random),
        }
    }

    #[inline]
    fn try_later(&mut self, now: Instant, left: Option<Duration>, random: u64) {
        let patience = self.deadline.map(|deadline| deadline.saturating_duration_since(now));
        if !self.blocking || patience == Some(Duration::ZERO) {
            return self.give_up(not_acquired());
        }
        // what is held meanwhile must be given its full lease again before long
        let third = self.plan.lease().filter(|_| self.tenure.len() > 0).map(|lease| lease / 3);
        let bounds = [patience, third];
        let at_most = bounds.into_iter().flatten().fold(self.sleep, Duration::min);
        self.steps.push_back(if self.plan.servers() > 1 {
            Step::Pause(spread(at_most.min(LONGEST_PAUSE), random))
        } else {
            // a lease of no milliseconds left is over with the next
            let over = left.map(|left| left.saturating_add(Duration::from_millis(1)));
            let time = over.map_or(at_most, |over| over.min(at_most));
            Step::Wait(self.tenure.len(), time.max(Duration::from_millis(1)))
        });
    }

    /// Gives back what was held, since not all of it can be relied upon any more, and begins anew.
    #[inline]
    fn start_over(&mut self, now: Instant) -> Step {
        let is_late = self.deadline.is_some_and(|deadline| deadline <= now);
        if is_late || !self.blocking {
            self.give_up(not_acquired());
        } else {
            self.abandon_held();
        }
        self.steps.pop_front().unwrap_or(Step::Attempt(0))
    }

    #[inline]
    fn give_up(&mut self, error: Error) {
        self.abandon_held();
        self.steps.push_back(Step::GiveUp(error));
    }

    #[inline]
    fn abandon_held(&mut self) {
        let held = std::mem::replace(&mut self.tenure, Tenure::new(self.plan));
        self.steps.extend((0..held.len()).rev().map(Step::Abandon));
    }
}

/// A time between the half and the whole, so that those who lost together do not try together again.
#[inline]
fn spread(time: Duration, random: u64) -> Duration {
    let half = time / 2;
    let nanoseconds = u64::try_from(half.as_nanos()).unwrap_or(u64::MAX);
    half + Duration::from_nanos(random % nanoseconds.max(1))
}

#[cold]
fn not_acquired() -> Error {
    Error::new(
        ErrorKind::LockNotAcquired,
        "somebody else held the lock for as long as this one waited",
    )
}

#[cfg(test)]
mod tests;
