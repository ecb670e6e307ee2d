//! What the callers were told, held against what the server did.

use std::collections::HashMap;
use std::fmt;

use redis_core::{Delivery, Error, Result};

/// What callers were told of unique writes.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    told: HashMap<String, Told>,
}

/// What was told of one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Done,
    InDoubt,
    NotRun,
}

impl Told {
    fn of(error: &Error) -> Self {
        match error.delivery() {
            Delivery::NotSent | Delivery::Rejected => Self::NotRun,
            Delivery::Unknown => Self::InDoubt,
            _ => panic!("it failed after it ran: {error:?}"),
        }
    }
}

/// The tally of one ledger and what the server has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) done: u64,
    pub(crate) in_doubt: u64,
    /// Of those, the ones that had run.
    pub(crate) in_doubt_ran: u64,
    pub(crate) not_run: u64,
    /// Told done, and not there.
    pub(crate) lost: u64,
    /// There more than once.
    pub(crate) duplicated: u64,
    /// Told not run, and there; or there, and nobody's.
    pub(crate) untrue: u64,
}

impl Ledger {
    /// What became of one write.
    pub(crate) fn note<T>(&mut self, id: &str, outcome: &Result<T>) {
        let told = outcome.as_ref().map_or_else(Told::of, |_| Told::Done);
        let before = self.told.insert(id.to_owned(), told);
        assert!(before.is_none(), "{id} was written twice by the test itself");
    }

    /// What became of several that went together.
    pub(crate) fn note_each<T>(&mut self, ids: &[String], outcome: &Result<Vec<Result<T>>>) {
        match outcome {
            Ok(each) => {
                assert_eq!(each.len(), ids.len());
                ids.iter().zip(each).for_each(|(id, outcome)| self.note(id, outcome));
            }
            Err(error) => ids.iter().for_each(|id| self.note::<T>(id, &Err(error.clone()))),
        }
    }

    /// What became of several that went as one.
    pub(crate) fn note_all<T>(&mut self, ids: &[String], outcome: &Result<T>) {
        ids.iter().for_each(|id| self.note(id, outcome));
    }

    pub(crate) fn absorb(&mut self, other: Self) {
        self.told.extend(other.told);
    }

    /// Holds it against what the server has.
    pub(crate) fn audit(&self, found: &[String]) -> Tally {
        let mut there: HashMap<&str, u64> = HashMap::new();
        for id in found {
            *there.entry(id).or_default() += 1;
        }
        let mut tally = Tally::default();
        for (id, told) in &self.told {
            let times = there.remove(id.as_str()).unwrap_or(0);
            tally.duplicated += u64::from(times > 1);
            match told {
                Told::Done => {
                    tally.done += 1;
                    tally.lost += u64::from(times == 0);
                }
                Told::InDoubt => {
                    tally.in_doubt += 1;
                    tally.in_doubt_ran += u64::from(times > 0);
                }
                Told::NotRun => {
                    tally.not_run += 1;
                    tally.untrue += u64::from(times > 0);
                }
            }
        }
        tally.untrue += there.len() as u64;
        tally
    }
}

impl Tally {
    /// Whether everything that was told is true.
    pub(crate) fn is_true(&self) -> bool {
        (self.lost, self.duplicated, self.untrue) == (0, 0, 0)
    }

    #[track_caller]
    pub(crate) fn assert_true(&self) {
        assert!(self.is_true(), "{self}");
        println!("{self}");
    }

    #[allow(dead_code, reason = "the long form of the battery sums its rounds")]
    pub(crate) fn absorb(&mut self, other: Self) {
        self.done += other.done;
        self.in_doubt += other.in_doubt;
        self.in_doubt_ran += other.in_doubt_ran;
        self.not_run += other.not_run;
        self.lost += other.lost;
        self.duplicated += other.duplicated;
        self.untrue += other.untrue;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { done, in_doubt, in_doubt_ran, not_run, lost, duplicated, untrue } = self;
        write!(
            f,
            "done {done}, in doubt {in_doubt} (of which ran {in_doubt_ran}), not run {not_run}; \
             lost {lost}, duplicated {duplicated}, untrue {untrue}"
        )
    }
}

/// What callers were told of counting upwards.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counted {
    pub(crate) done: i64,
    pub(crate) in_doubt: i64,
    pub(crate) not_run: i64,
}

impl Counted {
    pub(crate) fn note(&mut self, outcome: &Result<i64>) {
        match outcome.as_ref().map_err(Told::of) {
            Ok(_) => self.done += 1,
            Err(Told::InDoubt) => self.in_doubt += 1,
            Err(_) => self.not_run += 1,
        }
    }

    pub(crate) fn absorb(&mut self, other: Self) {
        self.done += other.done;
        self.in_doubt += other.in_doubt;
        self.not_run += other.not_run;
    }

    /// How many commands it stands for.
    pub(crate) fn all(&self) -> i64 {
        self.done + self.in_doubt + self.not_run
    }

    /// Whether the counter may stand at `ran`: every success, and some of those in doubt.
    pub(crate) fn explains(&self, ran: i64) -> bool {
        (self.done..=self.done + self.in_doubt).contains(&ran)
    }

    #[track_caller]
    pub(crate) fn assert_explains(&self, ran: i64) {
        assert!(self.explains(ran), "the counter stands at {ran}: {self:?}");
        println!("the counter stands at {ran}: {self:?}");
    }
}

#[cfg(test)]
mod tests {
    use redis_core::{Delivery, Error, ErrorKind};

    use super::{Counted, Ledger};

    #[test]
    fn a_ledger_finds_what_was_lost_doubled_and_told_untruly() {
        let failed =
            |delivery| Err::<i64, _>(Error::new(ErrorKind::Closed, "").with_delivery(delivery));
        let mut ledger = Ledger::default();
        ledger.note("done", &Ok(1));
        ledger.note("lost", &Ok(1));
        ledger.note("twice", &Ok(1));
        ledger.note("ran", &failed(Delivery::Unknown));
        ledger.note("did not", &failed(Delivery::Unknown));
        ledger.note("not", &failed(Delivery::NotSent));
        ledger.note("all the same", &failed(Delivery::Rejected));
        let there = ["done", "twice", "twice", "ran", "all the same", "nobody's"];
        let tally = ledger.audit(&there.map(str::to_owned));
        assert_eq!((tally.done, tally.in_doubt, tally.in_doubt_ran, tally.not_run), (3, 2, 1, 2));
        assert_eq!((tally.lost, tally.duplicated, tally.untrue), (1, 1, 2));
        assert!(!tally.is_true());
    }

    #[test]
    fn a_count_explains_its_successes_and_some_of_those_in_doubt() {
        let counted = Counted { done: 5, in_doubt: 2, not_run: 1 };
        let explained: Vec<i64> = (0..10).filter(|&ran| counted.explains(ran)).collect();
        assert_eq!(explained, [5, 6, 7]);
    }
}
