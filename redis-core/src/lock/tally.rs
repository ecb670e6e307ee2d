//! What the servers answered, counted.

use super::LockPlan;
use crate::error::{Delivery, Error, ErrorKind, Result};
use std::time::Duration;

/// What one server says of a lock: whose it is, and a number that depends on the question.
pub type Answer = (i64, i64);

/// What all servers answered to one question.
#[derive(Debug)]
pub struct Tally {
    quorum: usize,
    servers: usize,
    /// The numbers of those that said it was the caller's, the largest first.
    mine: Vec<i64>,
    free: usize,
    others: usize,
    /// The shortest that somebody else's lease lasts, where one has an end.
    shortest: Option<Duration>,
    failures: Vec<Error>,
}

impl Tally {
    /// Counts the answers to a question of this plan.
    #[must_use]
    pub fn new(plan: &LockPlan, answers: impl IntoIterator<Item = Result<Answer>>) -> Self {
        let mut tally = Self {
            quorum: plan.quorum(),
            servers: plan.servers(),
            mine: Vec::new(),
            free: 0,
            others: 0,
            shortest: None,
            failures: Vec::new(),
        };
        for answer in answers {
            match answer {
                Ok((1, number)) => tally.mine.push(number),
                Ok((0, _)) => tally.free += 1,
                Ok((_, left)) => tally.count_others(left),
                Err(error) => tally.failures.push(error),
            }
        }
        tally.mine.sort_unstable_by(|one, other| other.cmp(one));
        tally
    }

    #[inline]
    fn count_others(&mut self, left: i64) {
        self.others += 1;
        if let Ok(left) = u64::try_from(left) {
            let left = Duration::from_millis(left);
            self.shortest = Some(self.shortest.map_or(left, |shortest| shortest.min(left)));
        }
    }

    /// Whether a majority says that it is the caller's.
    #[must_use]
    #[inline]
    pub fn is_mine(&self) -> bool {
        self.mine.len() >= self.quorum
    }

    /// Whether any server may hold the lock for the caller: it said so, or what became of the question is unknown.
    #[must_use]
    #[inline]
    pub fn leaves_traces(&self) -> bool {
        !self.mine.is_empty() || self.failures.iter().any(|error| !error.was_not_executed())
    }

    /// Whether a majority says that it is somebody's, whoever that is.
    #[must_use]
    #[inline]
    pub fn is_locked(&self) -> bool {
        self.mine.len() + self.others >= self.quorum
    }

    /// The largest number, where servers said that it was the caller's.
    #[must_use]
    #[inline]
    pub fn largest(&self) -> Option<i64> {
        self.mine.first().copied()
    }

    /// Whether those numbers differ, or are not everybody's.
    #[must_use]
    #[inline]
    pub fn is_uneven(&self) -> bool {
        self.mine.first() != self.mine.last()
    }

    /// How long a majority of the servers keeps it at least, where that has an end; the caller must have a majority.
    #[must_use]
    #[inline]
    pub fn kept(&self) -> Option<Duration> {
        let left =
            self.mine.get(self.quorum - 1).copied().and_then(|left| u64::try_from(left).ok());
        left.map(Duration::from_millis)
    }

    /// How long until the first of somebody else's leases is over, if one has an end.
    #[must_use]
    #[inline]
    pub fn others_left(&self) -> Option<Duration> {
        self.shortest
    }

    /// Whether what became of the question is unknown on so many servers that it may have been carried out by a majority.
    #[must_use]
    #[inline]
    pub fn is_in_doubt(&self) -> bool {
        let unknown = |error: &&Error| error.delivery() == Delivery::Unknown;
        !self.is_mine()
            && self.mine.len() + self.failures.iter().filter(unknown).count() >= self.quorum
    }

    /// Why no majority can be had, where too few servers answered: the last error, and how many did.
    #[must_use]
    #[inline]
    pub fn unreachable(&self) -> Option<Error> {
        let answered = self.servers - self.failures.len();
        let last = self.failures.last().filter(|_| answered < self.quorum)?;
        if self.servers == 1 {
            return Some(last.clone());
        }
        let (all, quorum) = (self.servers, self.quorum);
        let message = format!("{answered} of {all} servers answered, {quorum} are needed: {last}");
        let delivery = if self.leaves_traces() { Delivery::Unknown } else { last.delivery() };
        Some(Error::new(last.kind(), message).with_source(last.clone()).with_delivery(delivery))
    }

    /// Whether the lock is the caller's, as a result.
    ///
    /// # Errors
    ///
    /// Of kind [`LockNotOwned`](ErrorKind::LockNotOwned) or [`LockExpired`](ErrorKind::LockExpired), or why too few
    /// servers answered to tell.
    #[inline]
    pub fn check(&self) -> Result<()> {
        if self.is_mine() {
            return Ok(());
        }
        // what answered decides, where no majority is possible any more
        if self.mine.len() + self.failures.len() >= self.quorum {
            if let Some(error) = self.failures.last() {
                return Err(self.unreachable().unwrap_or_else(|| error.clone()));
            }
        }
        Err(if self.others > self.free { not_owned() } else { expired() })
    }
}

#[cold]
pub(super) fn expired() -> Error {
    let message = "the lock is no longer held: its lease ran out, or it was deleted";
    Error::new(ErrorKind::LockExpired, message)
}

#[cold]
pub(super) fn not_owned() -> Error {
    Error::new(ErrorKind::LockNotOwned, "the lock is somebody else's")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::LockOptions;

    fn tally(answers: &[Result<Answer>]) -> Tally {
        let plan =
            LockPlan::new([b"a".as_slice()], &LockOptions::new(), answers.len(), [0, 0]).unwrap();
        Tally::new(&plan, answers.iter().cloned())
    }

    fn away() -> Result<Answer> {
        Err(Error::new(ErrorKind::Connect, "away"))
    }

    fn lost() -> Result<Answer> {
        Err(Error::new(ErrorKind::Closed, "lost"))
    }

    fn kind(answers: &[Result<Answer>]) -> ErrorKind {
        tally(answers).check().unwrap_err().kind()
    }

    #[test]
    fn a_majority_decides() {
        assert!(tally(&[Ok((1, 5)), Ok((1, 5)), away()]).check().is_ok());
        assert_eq!(kind(&[Ok((1, 5)), Ok((0, 0)), Ok((0, 0))]), ErrorKind::LockExpired);
        assert_eq!(kind(&[Ok((1, 5)), Ok((-1, 9)), Ok((-1, 9))]), ErrorKind::LockNotOwned);
    }

    #[test]
    fn of_one_server_the_error_is_its_own() {
        assert_eq!(kind(&[away()]), ErrorKind::Connect);
        assert_eq!(kind(&[Ok((0, 0))]), ErrorKind::LockExpired);
        assert_eq!(kind(&[Ok((-1, 1))]), ErrorKind::LockNotOwned);
    }

    #[test]
    fn with_too_few_answers_nobody_says_that_it_is_lost() {
        let error = tally(&[Ok((1, 5)), away(), away()]).check().unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Connect, Delivery::Unknown));
        assert!(error.to_string().contains("1 of 3"), "{error}");
        // one that is away could make the majority
        assert_eq!(kind(&[Ok((1, 5)), Ok((0, 0)), away()]), ErrorKind::Connect);
    }

    #[test]
    fn a_lock_is_kept_as_long_as_the_least_of_the_longest_majority() {
        assert_eq!(
            tally(&[Ok((1, 9)), Ok((1, 3)), Ok((1, 7))]).kept(),
            Some(Duration::from_millis(7))
        );
        assert_eq!(tally(&[Ok((1, -1))]).kept(), None);
    }

    #[test]
    fn an_unknown_fate_is_a_trace_and_one_that_did_not_run_is_none() {
        assert!(tally(&[lost()]).leaves_traces() && tally(&[lost()]).is_in_doubt());
        assert!(!tally(&[away()]).leaves_traces() && !tally(&[away()]).is_in_doubt());
    }
}
