//! What a person sees of a long task: a line as each step begins, its time as it ends, and the sum
//! of all tests at the very end.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::error::Result;

/// The steps of one task, in order.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    done: Vec<(&'static str, Duration)>,
    skipped: Vec<String>,
    tally: Tally,
}

/// How many tests ended which way.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Tally {
    passed: usize,
    failed: usize,
}

impl Progress {
    /// Runs one step; its failure is named after it.
    pub(crate) fn step<T>(
        &mut self,
        name: &'static str,
        step: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        println!("\n=== {name}");
        let began = Instant::now();
        let outcome = step(self);
        let took = began.elapsed();
        let word = if outcome.is_ok() { "ok" } else { "FAILED" };
        println!("=== {name}: {word} ({:.1} s)", took.as_secs_f32());
        self.done.push((name, took));
        outcome.map_err(|error| format!("{name}: {error}").into())
    }

    /// Runs a `cargo test`, shows what it prints and counts the tests in it.
    pub(crate) fn tests(&mut self, command: &mut Command) -> Result<()> {
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().ok_or("cargo has no output")?;
        for line in BufReader::new(output).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            self.tally.add(&line);
        }
        let status = child.wait()?;
        if status.success() { Ok(()) } else { Err(format!("cargo test failed: {status}").into()) }
    }

    /// Tells at the end, too, that something was not done here, and why.
    pub(crate) fn skipped(&mut self, what: String) {
        println!("skipped: {what}");
        self.skipped.push(what);
    }

    /// Prints the time of every step, what was skipped, and the sum of all tests as the last line.
    pub(crate) fn finish(&self) {
        println!();
        for (name, took) in &self.done {
            println!("{:>8.1} s  {name}", took.as_secs_f32());
        }
        let total: Duration = self.done.iter().map(|(_, took)| *took).sum();
        println!("{:>8.1} s  in all\n", total.as_secs_f32());
        for what in &self.skipped {
            println!("skipped: {what}");
        }
        println!("{} passed, {} failed", self.tally.passed, self.tally.failed);
    }
}

impl Tally {
    /// Adds what libtest says at the end of one binary; any other line counts nothing.
    fn add(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else { return };
        // "ok. 3 passed; 0 failed; 1 ignored; ..."
        for part in result.split([';', '.']) {
            match part.trim().split_once(' ') {
                Some((number, "passed")) => self.passed += number.parse::<usize>().unwrap_or(0),
                Some((number, "failed")) => self.failed += number.parse::<usize>().unwrap_or(0),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn the_tally_sums_what_each_test_binary_reports() {
        let mut tally = Tally::default();
        for line in [
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; finished in 0.01s",
            "test a_test_result: ok",
            "test result: FAILED. 40 passed; 2 failed; 0 ignored; 0 measured",
        ] {
            tally.add(line);
        }
        assert_eq!(tally, Tally { passed: 43, failed: 2 });
    }
}
