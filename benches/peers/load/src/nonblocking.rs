//! Tasks that share a connection.

use crate::meter::{Meter, OVER};
use crate::plan::Plan;
use crate::region::Region;
use crate::report::Report;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

/// One round of an async subject: its tasks begin together and end together.
#[derive(Debug)]
pub struct Round {
    gate: Arc<Semaphore>,
    running: Vec<JoinHandle<u64>>,
    time: Duration,
    bounded: bool,
    count: bool,
}

/// Where a task waits until all of them are there.
#[derive(Debug, Clone)]
pub struct Gate(Arc<Semaphore>);

impl Gate {
    /// Waits until the round begins.
    ///
    /// # Panics
    /// Never: the gate is not closed.
    pub async fn pass(&self) {
        self.0.acquire().await.expect("an open gate").forget();
    }
}

impl Round {
    /// The rounds of a plan: one that warms up, and the one that counts.
    pub fn all(plan: &Plan) -> impl Iterator<Item = Self> {
        let bounded = plan.operations.is_some();
        let counts = [false, plan.count];
        [plan.warmup, plan.time].into_iter().zip(counts).map(move |(time, count)| {
            OVER.store(false, Ordering::SeqCst);
            Self { gate: Arc::new(Semaphore::new(0)), running: Vec::new(), time, bounded, count }
        })
    }

    /// What the next task needs.
    #[must_use]
    pub fn place(&self, plan: &Plan) -> (Gate, Meter) {
        let meter = Meter::new(self.running.len(), plan.sampling(), plan.operations);
        (Gate(Arc::clone(&self.gate)), meter)
    }

    /// Takes a task that returns how many operations it did.
    pub fn push(&mut self, task: JoinHandle<u64>) {
        self.running.push(task);
    }

    /// Lets them run their time, and waits for the last reply.
    ///
    /// # Panics
    /// If a task did.
    pub async fn measure(self) -> Report {
        // every task is at the gate before the time begins
        tokio::time::sleep(Duration::from_millis(5)).await;
        let region = Region::begin(self.count);
        self.gate.add_permits(self.running.len());
        if !self.bounded {
            tokio::time::sleep(self.time).await;
            OVER.store(true, Ordering::SeqCst);
        }
        let mut done = 0;
        for task in self.running {
            done += task.await.expect("a task");
        }
        region.end(done)
    }
}

/// Does an operation in the tasks of a plan: `tasks!(plan, |client| source, operation)`, where `source` is
/// evaluated once a task and is what the operation calls `client`. With a rate in the plan, each operation is a
/// task of its own that begins when its time has come.
#[macro_export]
macro_rules! tasks {
    ($plan:expr, |$client:ident| $source:expr, $operation:expr) => {{
        let plan: &$crate::Plan = $plan;
        if plan.rate.is_some() {
            $crate::pace(plan, |arrivals| {
                #[allow(unused_mut)]
                let mut $client = $source;
                let due = arrivals.next();
                tokio::spawn(async move {
                    $operation;
                    due.done();
                });
            })
            .await
        } else {
            let mut last = $crate::Report::default();
            for mut round in $crate::Round::all(plan) {
                for _ in 0..plan.tasks {
                    let (gate, mut meter) = round.place(plan);
                    #[allow(unused_mut)]
                    let mut $client = $source;
                    round.push(tokio::spawn(async move {
                        gate.pass().await;
                        while meter.goes_on() {
                            $operation;
                            meter.done();
                        }
                        meter.operations()
                    }));
                }
                last = round.measure().await;
            }
            Ok::<_, String>(last)
        }
    }};
}
