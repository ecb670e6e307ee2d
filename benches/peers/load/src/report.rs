//! What came of a run, as the line that the runner reads.

use std::time::Duration;

/// What came of a run.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Operations whose result was read.
    pub operations: u64,
    /// In how much time.
    pub wall: Duration,
    /// For how much processor time of this process.
    pub processor: Duration,
    /// Allocations, if they were counted.
    pub allocations: u64,
    /// Their bytes.
    pub allocated: u64,
    /// The median latency in nanoseconds.
    pub p50: u64,
    /// The 99th percentile.
    pub p99: u64,
    /// The 99.9th percentile.
    pub p999: u64,
    /// The most memory the process had, in KiB.
    pub peak_memory: u64,
    /// What only some workloads have, by name.
    pub more: Vec<(&'static str, f64)>,
}

impl Report {
    /// Adds a figure that only some workloads have.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: f64) -> Self {
        self.more.push((name, value));
        self
    }

    /// One line of JSON.
    #[must_use]
    pub fn as_json(&self) -> String {
        let mut line = format!(
            "{{\"operations\":{},\"wall_ns\":{},\"cpu_ns\":{},\"allocations\":{},\"allocated\":{},\
             \"p50_ns\":{},\"p99_ns\":{},\"p999_ns\":{},\"peak_kib\":{}",
            self.operations,
            self.wall.as_nanos(),
            self.processor.as_nanos(),
            self.allocations,
            self.allocated,
            self.p50,
            self.p99,
            self.p999,
            self.peak_memory,
        );
        for (name, value) in &self.more {
            line.push_str(&format!(",\"{name}\":{value}"));
        }
        line.push('}');
        line
    }
}
