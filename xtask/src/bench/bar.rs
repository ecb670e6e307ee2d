//! The bar that moves while something is measured, where somebody looks; a line a cell where nobody does.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// How far it is.
#[derive(Debug)]
pub(crate) struct Bar {
    begun: Instant,
    done: usize,
    all: usize,
    terminal: bool,
    last: String,
}

impl Bar {
    /// A bar of so many runs.
    pub(crate) fn new(all: usize) -> Self {
        let terminal = std::io::stderr().is_terminal();
        Self { begun: Instant::now(), done: 0, all, terminal, last: String::new() }
    }

    /// Names what is going on.
    pub(crate) fn show(&self, cell: &str, run: &str) {
        if self.terminal {
            let line = line(self.done, self.all, self.begun.elapsed());
            eprint!("\r{line} {cell} {run}\x1b[K");
            let _ = std::io::stderr().flush();
        }
    }

    /// So many runs are done.
    pub(crate) fn advance(&mut self, runs: usize, cell: &str) {
        self.done += runs;
        if !self.terminal && self.last != cell {
            eprintln!("{} {cell}", line(self.done, self.all, self.begun.elapsed()));
            cell.clone_into(&mut self.last);
        }
    }

    /// It is over.
    pub(crate) fn finish(&self) {
        if self.terminal {
            eprint!("\r\x1b[K");
        }
        eprintln!("measured for {:.0} s", self.begun.elapsed().as_secs_f32());
    }
}

fn line(done: usize, all: usize, elapsed: Duration) -> String {
    const WIDTH: usize = 24;
    let part = done as f64 / all.max(1) as f64;
    let full = (part * WIDTH as f64) as usize;
    let left = if done == 0 { 0.0 } else { elapsed.as_secs_f64() * (1.0 - part) / part };
    let (bar, rest) = ("█".repeat(full), "░".repeat(WIDTH.saturating_sub(full)));
    format!("{bar}{rest} {:>3.0} % {left:>4.0} s left", part * 100.0)
}
