//! A progress bar: redrawn in place on a terminal, a line a tenth elsewhere.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicU64, Ordering};

/// A count towards a known total.
pub struct Progress {
    label: &'static str,
    total: u64,
    done: AtomicU64,
}

impl Progress {
    /// A bar at zero.
    pub fn new(label: &'static str, total: u64) -> Self {
        Self { label, total, done: AtomicU64::new(0) }
    }

    /// Counts one, and draws where that changes what is seen.
    pub fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let parts = if std::io::stdout().is_terminal() { 100 } else { 10 };
        let before = (done - 1) * parts / self.total;
        if done * parts / self.total != before {
            self.draw(done);
        }
    }

    /// Ends the line.
    pub fn finish(&self) {
        if std::io::stdout().is_terminal() {
            println!();
        }
    }

    fn draw(&self, done: u64) {
        const WIDTH: usize = 40;
        let filled = (done * WIDTH as u64 / self.total) as usize;
        let bar = format!("{:<WIDTH$}", "#".repeat(filled));
        let percent = done * 100 / self.total;
        let mut out = std::io::stdout().lock();
        // a bar that cannot be drawn is no reason to fail
        let _ = if std::io::stdout().is_terminal() {
            write!(out, "\r      {} [{bar}] {percent:>3} %", self.label)
        } else {
            writeln!(out, "      {} [{bar}] {percent:>3} %", self.label)
        };
        let _ = out.flush();
    }
}
