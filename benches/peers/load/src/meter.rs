//! The count of one thread or task, and the latencies of some of its operations.

use crate::histogram::LATENCIES;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Is the time over? A process measures one thing at a time.
pub(crate) static OVER: AtomicBool = AtomicBool::new(false);

/// Counts one thread's or task's operations.
#[derive(Debug)]
pub struct Meter {
    done: u64,
    limit: u64,
    /// Operations until a latency is taken again, and between two of them.
    until: u64,
    every: u64,
    begun: Option<Instant>,
    /// When the time is over, where no other thread says so.
    end: Option<Instant>,
}

impl Meter {
    pub(crate) fn new(number: usize, every: u64, limit: Option<u64>) -> Self {
        let until = number as u64 % every;
        let limit = limit.unwrap_or(u64::MAX);
        Self { done: 0, limit, until, every, begun: None, end: None }
    }

    /// The same, which looks by itself whether the time is over, whenever it reads the clock anyhow.
    pub(crate) fn ending(mut self, end: Option<Instant>) -> Self {
        self.end = end;
        self
    }

    /// Whether there is another operation to do; its time may begin here.
    #[inline]
    pub fn goes_on(&mut self) -> bool {
        if self.done >= self.limit || OVER.load(Ordering::Relaxed) {
            return false;
        }
        if self.until == 0 {
            let now = Instant::now();
            if self.end.is_some_and(|end| now >= end) {
                OVER.store(true, Ordering::Relaxed);
                return false;
            }
            self.until = self.every;
            self.begun = Some(now);
        }
        self.until -= 1;
        true
    }

    /// The result of an operation was read.
    #[inline]
    pub fn done(&mut self) {
        self.done += 1;
        if let Some(begun) = self.begun.take() {
            LATENCIES.record(begun.elapsed().as_nanos() as u64);
        }
    }

    /// How many were done.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.done
    }
}
