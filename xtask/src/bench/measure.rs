//! Running the subjects of a cell by turns, and reading what they report.

use super::bar::Bar;
use super::cells::{Cell, Kind};
use super::field::Field;
use super::options::Options;
use super::redis_benchmark;
use super::results::{Measured, Results, Sample};
use super::subjects::{Subjects, subject};
use crate::process;
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

/// What is needed to measure.
pub(crate) struct Bench<'b> {
    pub(crate) subjects: &'b Subjects,
    pub(crate) field: &'b mut Field,
    pub(crate) options: &'b Options,
    pub(crate) bar: &'b mut Bar,
}

/// How many runs a cell is, for the bar.
pub(crate) fn runs(cell: &Cell, options: &Options) -> usize {
    let rounds = match cell.kind {
        Kind::Timed if options.quick => options.rounds(),
        Kind::Timed => options.rounds().max(cell.rounds),
        Kind::Paced(_) => options.paced_rounds(),
        Kind::Counted => 1,
        Kind::Instructions => 1,
    };
    rounds * cell.runs.len()
}

/// How long measuring these cells is meant to take.
pub(crate) fn planned(cells: &[Cell], options: &Options) -> Duration {
    /// A process begins, connects and ends; of ten thousand tasks all end with the reply they wait for.
    const AROUND: u64 = 25;
    /// Four runs under callgrind, which is some fifty times slower.
    const CALLGRIND: u64 = 4000;
    /// As such runs are told below.
    const COUNTED: u64 = 60 + 30;
    let milliseconds = cells.iter().map(|cell| {
        let run = match cell.kind {
            Kind::Instructions => CALLGRIND,
            Kind::Counted => COUNTED + AROUND,
            Kind::Timed | Kind::Paced(_) => {
                let (time, warmup) = options.milliseconds(cell.kind);
                time + warmup + AROUND
            }
        };
        runs(cell, options) as u64 * run
    });
    Duration::from_millis(milliseconds.sum())
}

impl Bench<'_> {
    /// Measures a cell.
    pub(crate) fn measure(&mut self, cell: &Cell, before: &Results) -> Measured {
        let mut measured = Measured::default();
        let more = match self.told(cell, before) {
            Ok(more) => more,
            Err(why) => {
                for run in &cell.runs {
                    measured.push(run, Err(why.clone()));
                }
                self.bar.advance(runs(cell, self.options), &cell.name);
                return measured;
            }
        };
        let rounds = runs(cell, self.options) / cell.runs.len().max(1);
        for round in 0..rounds {
            let mut order: Vec<_> = cell.runs.clone();
            if round % 2 == 1 {
                order.reverse();
            }
            for run in order {
                self.bar.show(&cell.name, run);
                let outcome = match cell.kind {
                    Kind::Instructions => self.instructions(cell, run, &more),
                    _ => self.run(cell, run, &more),
                };
                measured.push(run, outcome);
                self.bar.advance(1, &cell.name);
            }
        }
        measured
    }

    /// What all runs of a cell are told.
    fn told(&mut self, cell: &Cell, before: &Results) -> Result<Vec<String>, String> {
        let mut told = self.field.arguments(&cell.options).ok_or("the server has no TLS here")?;
        match cell.options.iter().find_map(|option| option.strip_prefix("cores=")) {
            None => told.extend(self.field.place(cell.placement)),
            Some(cores) => {
                let here = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
                if cores.split(',').count() > here {
                    return Err(format!("this machine has {here} processors"));
                }
                self.field.place(cell.placement);
            }
        }
        match cell.kind {
            Kind::Counted => {
                told.extend(["count=1", "milliseconds=60", "warmup=30"].map(str::to_owned));
            }
            Kind::Instructions => told.push("warmup=0".to_owned()),
            Kind::Timed | Kind::Paced(_) => {
                let (time, warmup) = self.options.milliseconds(cell.kind);
                told.extend([format!("milliseconds={time}"), format!("warmup={warmup}")]);
            }
        }
        if let Kind::Paced(of) = cell.kind {
            let rate =
                slowest(before, of).ok_or_else(|| format!("`{of}` was not measured before"))?;
            told.push(format!("rate={}", (rate * 0.8) as u64));
        }
        Ok(told)
    }

    fn run(&self, cell: &Cell, run: &str, more: &[String]) -> Result<Sample, String> {
        if subject(run) == "redis-benchmark" {
            let program = self.subjects.command(run).ok_or("it is missing here")?;
            return redis_benchmark::run(program.first().ok_or("it has no program")?, more);
        }
        let mut command = self.command(&[], run, &cell.workload, more)?;
        let output = command.stderr(Stdio::piped()).output().map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(complaint(&String::from_utf8_lossy(&output.stderr)));
        }
        sample(&String::from_utf8_lossy(&output.stdout))
    }

    /// Instructions a byte: those that a command costs more when its value is longer.
    fn instructions(&self, cell: &Cell, run: &str, more: &[String]) -> Result<Sample, String> {
        const LENGTHS: [usize; 2] = [256 * 1024, 512 * 1024];
        let mut each = Vec::new();
        for length in LENGTHS {
            let workload = format!("{}:{length}", cell.workload);
            let of = |operations: u64| -> Result<f64, String> {
                let mut told = more.to_vec();
                told.push(format!("operations={operations}"));
                self.instructions_of(run, &workload, &told)
            };
            // what starting costs is in both
            each.push((of(12)? - of(4)?) / 8.0);
        }
        let a_byte = match each.as_slice() {
            [short, long] => (long - short) / (LENGTHS[1] - LENGTHS[0]) as f64,
            _ => f64::NAN,
        };
        Ok(Sample::from([("instructions_per_byte".to_owned(), a_byte)]))
    }

    fn instructions_of(&self, run: &str, workload: &str, told: &[String]) -> Result<f64, String> {
        if process::find("valgrind").is_none() {
            return Err("there is no valgrind".to_owned());
        }
        let prefix = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"];
        let mut command = self.command(&prefix, run, workload, told)?;
        let output = command.stderr(Stdio::piped()).output().map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let collected = said.lines().find_map(|line| line.split_once("Collected : "));
        let number = collected.and_then(|(_, number)| number.trim().parse().ok());
        number.ok_or_else(|| said.lines().last().unwrap_or("valgrind said nothing").to_owned())
    }

    fn command(
        &self,
        prefix: &[&str],
        run: &str,
        workload: &str,
        more: &[String],
    ) -> Result<Command, String> {
        let mut parts = run.split('/');
        let (flavour, _, variant) = (parts.next(), parts.next(), parts.next());
        let mut words: Vec<PathBuf> = prefix.iter().map(PathBuf::from).collect();
        words.extend(self.subjects.command(run).ok_or("it is missing here")?);
        let (program, arguments) = words.split_first().ok_or("it has no program")?;
        let mut command = Command::new(program);
        command.args(arguments).arg(flavour.unwrap_or_default());
        let workload = match (variant, workload.split_once(':')) {
            (Some("borrowed" | "struct"), Some((_, count))) => {
                format!("{}:{count}", variant.unwrap_or_default())
            }
            _ => workload.to_owned(),
        };
        command.arg(workload).args(more).stdin(Stdio::null());
        if let Some(variant) = variant {
            command.arg(format!("variant={variant}"));
        }
        Ok(command)
    }
}

/// What a subject that failed said last; of a panic what it was about and not the advice that follows.
fn complaint(said: &str) -> String {
    let mut lines = said.lines().skip_while(|line| !line.contains("panicked at"));
    match (lines.next(), lines.next()) {
        (Some(place), Some(about)) => format!("{about} ({})", place.trim_end_matches(':')),
        _ => said.lines().last().unwrap_or("it failed silently").to_owned(),
    }
}

/// Operations a second of the slowest client of a cell; a floor is no client.
fn slowest(results: &Results, cell: &str) -> Option<f64> {
    let measured = results.get(cell)?;
    let clients = measured.runs().filter(|run| !run.contains("/floor"));
    clients.filter_map(|run| measured.median(run, "rate")).min_by(f64::total_cmp)
}

/// The line that a subject prints, with what follows from it.
fn sample(line: &str) -> Result<Sample, String> {
    let value: Value =
        serde_json::from_str(line.trim()).map_err(|_| format!("it said `{line}`"))?;
    let figures = value.as_object().ok_or("it reported no figures")?;
    let mut sample: Sample =
        figures.iter().filter_map(|(name, value)| Some((name.clone(), value.as_f64()?))).collect();
    let get = |name: &str| sample.get(name).copied().unwrap_or(0.0);
    let operations = get("operations");
    if operations == 0.0 {
        return Err("not one operation ended in time".to_owned());
    }
    let derived = [
        ("rate", operations / (get("wall_ns") / 1e9)),
        ("cpu_us", get("cpu_ns") / operations / 1e3),
        ("allocations_each", get("allocations") / operations),
        ("allocated_each", get("allocated") / operations),
    ];
    for (name, value) in derived {
        if value.is_finite() {
            sample.insert(name.to_owned(), value);
        }
    }
    for name in ["wall_ns", "cpu_ns", "allocations", "allocated"] {
        sample.remove(name);
    }
    Ok(sample)
}

#[cfg(test)]
mod tests {
    use super::{Options, complaint, planned, sample};
    use crate::bench::cells;

    #[test]
    fn what_is_told_of_an_operation_is_divided_by_how_many_there_were() {
        let line = r#"{"operations":2000,"wall_ns":1000000,"cpu_ns":4000000,"allocations":2000,"allocated":32000}"#;
        let sample = sample(line).expect("figures");
        assert_eq!(sample.get("rate"), Some(&2_000_000.0));
        assert_eq!(sample.get("cpu_us"), Some(&2.0));
        assert_eq!(sample.get("allocations_each"), Some(&1.0));
        assert_eq!(sample.get("allocated_each"), Some(&16.0));
    }

    #[test]
    fn a_quick_run_measures_for_less_than_two_minutes_and_a_full_one_for_about_twenty() {
        let minutes = |quick| {
            let options = Options { quick, ..Options::default() };
            planned(&cells::all(&options), &options).as_secs_f64() / 60.0
        };
        assert!(minutes(true) < 2.0, "{} minutes", minutes(true));
        assert!((10.0..25.0).contains(&minutes(false)), "{} minutes", minutes(false));
    }

    #[test]
    fn of_a_panic_it_is_told_what_it_was_about() {
        let said = "\nthread 'main' panicked at src/main.rs:7:5:\nno reply within 5s\nnote: run with \
                    `RUST_BACKTRACE=1` to see where\n";
        let told = "no reply within 5s (thread 'main' panicked at src/main.rs:7:5)";
        assert_eq!(complaint(said), told);
        assert_eq!(complaint("unsupported: pipeline:10"), "unsupported: pipeline:10");
        assert_eq!(complaint(""), "it failed silently");
    }

    #[test]
    fn a_run_without_an_operation_is_a_failure() {
        assert!(sample(r#"{"operations":0,"wall_ns":1}"#).is_err());
        assert!(sample("thread panicked").is_err());
    }
}
