//! Load that does not wait for the one it is put on: operations arrive at a rate, and the latency of each
//! is counted from when it was to begin, so that a stall is paid by all who came meanwhile.

use crate::histogram::LATENCIES;
use crate::plan::Plan;
use crate::region::Region;
use crate::report::Report;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// More than this at once and the subject has lost: it is told so instead of running out of memory.
const MOST: u64 = 200_000;
/// For so long it may go on without one of them ending.
const PATIENCE: Duration = Duration::from_secs(10);

/// The operations that arrive.
#[derive(Debug)]
pub struct Arrivals {
    done: Arc<AtomicU64>,
    due: Instant,
}

/// An operation that is to begin now.
#[derive(Debug)]
pub struct Due {
    at: Instant,
    done: Arc<AtomicU64>,
}

impl Arrivals {
    /// The next that is due.
    #[must_use]
    #[allow(clippy::should_implement_trait, reason = "there is always a next one")]
    pub fn next(&self) -> Due {
        Due { at: self.due, done: Arc::clone(&self.done) }
    }
}

impl Due {
    /// The result was read.
    pub fn done(self) {
        LATENCIES.record(self.at.elapsed().as_nanos() as u64);
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}

/// Calls `begin` at the rate of the plan, without waiting for what it began, and then for the last of them.
///
/// # Errors
/// If the subject cannot keep up.
pub async fn pace(plan: &Plan, mut begin: impl FnMut(&Arrivals)) -> Result<Report, String> {
    let rate = plan.rate.unwrap_or(1).max(1);
    let mut last = Report::default();
    for time in [plan.warmup, plan.time] {
        let begun = Instant::now();
        let done = Arc::new(AtomicU64::new(0));
        let mut arrivals = Arrivals { done: Arc::clone(&done), due: begun };
        let region = Region::begin(plan.count);
        let all = (time.as_secs_f64() * rate as f64) as u64;
        let mut sent = 0;
        while sent < all {
            let due = (begun.elapsed().as_secs_f64() * rate as f64) as u64;
            while sent < due.min(all) {
                arrivals.due = begun + Duration::from_secs_f64(sent as f64 / rate as f64);
                begin(&arrivals);
                sent += 1;
            }
            if sent - done.load(Ordering::Relaxed) > MOST {
                return Err(format!("cannot keep up with {rate} operations a second"));
            }
            tokio::task::yield_now().await;
        }
        let sent_all = Instant::now();
        while done.load(Ordering::Relaxed) < all {
            if sent_all.elapsed() > PATIENCE {
                return Err("operations never ended".to_owned());
            }
            tokio::task::yield_now().await;
        }
        last = region.end(all);
    }
    Ok(last)
}
