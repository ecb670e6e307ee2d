//! What every subject of the benchmark shares: the plan, the clock, the counters and the report.
//!
//! A subject is a program of its own, so that processor time, allocations and memory are one client's. It
//! is told what to do by its [`Plan`], does it by [`threads!`] or [`tasks!`], and prints one line of JSON.
//! An operation counts once its result was read; what is divided by is the time in which they were counted.

mod allocator;
mod backlogs;
mod blocking;
mod histogram;
mod messages;
mod meter;
mod nonblocking;
mod open;
mod plan;
mod process;
mod region;
mod report;
pub mod wire;

pub use allocator::{counted, counting, live};
pub use blocking::{Threads, alone, called_back};
pub use messages::{CHANNEL, LENGTH, Publisher, listen, listen_in_task};
pub use meter::Meter;
pub use nonblocking::{Gate, Round};
pub use open::{Arrivals, pace};
pub use plan::{Flavour, Plan, Runtime, Workload};
pub use region::Region;
pub use report::Report;

/// Runs a subject: reads the plan from the arguments, and prints what came of it.
pub fn main(run: impl FnOnce(&Plan) -> Result<Report, String>) {
    let outcome = Plan::from_arguments().and_then(|plan| {
        if plan.workload == Workload::Publish {
            // not a subject, but what one listens to
            messages::publish(&plan)?;
            std::process::exit(0);
        }
        process::pin(&plan.cores)?;
        run(&plan)
    });
    match outcome {
        Ok(report) => println!("{}", report.as_json()),
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1);
        }
    }
}

/// What a subject says of a workload that it has not.
pub fn unknown<T>(plan: &Plan) -> Result<T, String> {
    Err(format!("unsupported: {} over {:?}", plan.name, plan.flavour))
}

/// Fails the run if a reply is not what it has to be: a wrong one that came fast counts for nothing.
#[inline]
#[track_caller]
pub fn expect<T: PartialEq + std::fmt::Debug>(found: T, expected: T) {
    assert_eq!(found, expected, "another reply than the server has");
}
