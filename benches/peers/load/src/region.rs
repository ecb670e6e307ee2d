//! The part of a run that counts, and what it cost.

use crate::allocator::{counted, counting};
use crate::histogram::LATENCIES;
use crate::process;
use crate::report::Report;
use std::time::{Duration, Instant};

/// What is measured from here to [`end`](Self::end).
#[derive(Debug)]
pub struct Region {
    begun: Instant,
    processor: Duration,
    allocations: (u64, u64),
}

impl Region {
    /// Begins; allocations are counted if `count`.
    #[must_use]
    pub fn begin(count: bool) -> Self {
        LATENCIES.clear();
        counting(count);
        let allocations = counted();
        Self { allocations, processor: process::processor_time(), begun: Instant::now() }
    }

    /// Ends, with so many operations done.
    #[must_use]
    pub fn end(self, operations: u64) -> Report {
        let wall = self.begun.elapsed();
        let processor = process::processor_time() - self.processor;
        let allocated = counted();
        counting(false);
        Report {
            operations,
            wall,
            processor,
            allocations: allocated.0 - self.allocations.0,
            allocated: allocated.1 - self.allocations.1,
            p50: LATENCIES.quantile(0.5),
            p99: LATENCIES.quantile(0.99),
            p999: LATENCIES.quantile(0.999),
            peak_memory: process::peak_memory(),
            more: Vec::new(),
        }
    }
}
