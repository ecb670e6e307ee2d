//! Threads that wait for each reply.

use crate::meter::{Meter, OVER};
use crate::plan::Plan;
use crate::region::Region;
use crate::report::Report;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Barrier};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// One round of a blocking subject: its threads begin together and end together.
#[derive(Debug)]
pub struct Threads {
    barrier: Arc<Barrier>,
    running: Vec<JoinHandle<u64>>,
    time: Duration,
    bounded: bool,
    count: bool,
}

impl Threads {
    /// The rounds of a plan: one that warms up, and the one that counts.
    pub fn rounds(plan: &Plan) -> impl Iterator<Item = Self> {
        let times = [plan.warmup, plan.time];
        let (threads, bounded) = (plan.threads, plan.operations.is_some());
        let counts = [false, plan.count];
        times.into_iter().zip(counts).map(move |(time, count)| {
            OVER.store(false, Ordering::SeqCst);
            let barrier = Arc::new(Barrier::new(threads + 1));
            Self { barrier, running: Vec::new(), time, bounded, count }
        })
    }

    /// Starts a thread that does its operations once all have started.
    pub fn start(&mut self, plan: &Plan, mut run: impl FnMut(&mut Meter) + Send + 'static) {
        let mut meter = Meter::new(self.running.len(), plan.sampling(), plan.operations);
        let barrier = Arc::clone(&self.barrier);
        self.running.push(thread::spawn(move || {
            barrier.wait();
            run(&mut meter);
            meter.operations()
        }));
    }

    /// Lets them run their time, and waits for the last reply.
    ///
    /// # Panics
    /// If a thread did.
    #[must_use]
    pub fn measure(self) -> Report {
        let region = Region::begin(self.count);
        self.barrier.wait();
        if !self.bounded {
            thread::sleep(self.time);
            OVER.store(true, Ordering::SeqCst);
        }
        let done = self.running.into_iter().map(|thread| thread.join().expect("a thread")).sum();
        region.end(done)
    }
}

/// Does `operation` on this thread alone, first to warm up and then for the time of the plan.
pub fn alone(plan: &Plan, mut operation: impl FnMut()) -> Report {
    on_this_thread(plan, 1, |mut meters| {
        let Some(mut meter) = meters.pop() else { return 0 };
        while meter.goes_on() {
            operation();
            meter.done();
        }
        meter.operations()
    })
}

/// Lets `round` do as many operations at a time as the plan has tasks, on this thread, by callbacks: it has a
/// meter for each, goes on until none of them does, and tells how many operations it did.
pub fn called_back(plan: &Plan, round: impl FnMut(Vec<Meter>) -> u64) -> Report {
    on_this_thread(plan, plan.tasks, round)
}

/// No other thread is begun, not to keep the time either: where there is a second one, the allocator locks.
fn on_this_thread(plan: &Plan, meters: usize, mut round: impl FnMut(Vec<Meter>) -> u64) -> Report {
    let mut last = Report::default();
    for (time, count) in [(plan.warmup, false), (plan.time, plan.count)] {
        OVER.store(false, Ordering::SeqCst);
        let region = Region::begin(count);
        let end = plan.operations.is_none().then(|| Instant::now() + time);
        let meter = |number| Meter::new(number, plan.sampling(), plan.operations).ending(end);
        let meters = (0..meters).map(meter).collect();
        last = region.end(round(meters));
    }
    last
}

/// Does an operation on the threads of a plan: `threads!(plan, |connection| source, operation)`, where `source`
/// is evaluated once a thread and is what the operation calls `connection`. One thread is that of the program, as
/// with an async subject on one thread.
#[macro_export]
macro_rules! threads {
    ($plan:expr, |$client:ident| $source:expr, $operation:expr) => {{
        let plan: &$crate::Plan = $plan;
        let last = if plan.threads == 1 {
            #[allow(unused_mut)]
            let mut $client = $source;
            $crate::alone(plan, || {
                $operation;
            })
        } else {
            let mut last = $crate::Report::default();
            for mut round in $crate::Threads::rounds(plan) {
                for _ in 0..plan.threads {
                    #[allow(unused_mut)]
                    let mut $client = $source;
                    round.start(plan, move |meter| {
                        while meter.goes_on() {
                            $operation;
                            meter.done();
                        }
                    });
                }
                last = round.measure();
            }
            last
        };
        Ok::<_, String>(last)
    }};
}
