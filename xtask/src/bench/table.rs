//! What was measured, for who sits at a terminal.

use super::results::{Measured, Results};
use super::verdict::{Goal, figure};

/// A column: the figure, its heading, and what it is divided by.
const COLUMNS: [(&str, &str, f64); 6] = [
    ("rate", "per s", 1.0),
    ("cpu_us", "CPU µs", 1.0),
    ("p50_ns", "p50 µs", 1e3),
    ("p99_ns", "p99 µs", 1e3),
    ("p999_ns", "p99.9 µs", 1e3),
    ("peak_kib", "MiB", 1024.0),
];

/// Prints every cell, and under it who did it.
pub(crate) fn print(results: &Results) {
    for (name, measured) in results {
        print!("\n{name:<32}");
        let others = others(measured);
        for (_, heading, _) in COLUMNS.iter().filter(|(figure, ..)| has(measured, figure)) {
            print!("{heading:>11}");
        }
        for other in &others {
            print!("{other:>23}");
        }
        println!("  spread");
        for run in measured.runs() {
            print!("  {run:<30}");
            for (column, _, unit) in COLUMNS.iter().filter(|(figure, ..)| has(measured, figure)) {
                let value = measured.median(run, column).map(|value| figure(value / unit));
                print!("{:>11}", value.unwrap_or_else(|| "-".to_owned()));
            }
            for other in &others {
                let value = measured.median(run, other).map(figure);
                print!("{:>23}", value.unwrap_or_else(|| "-".to_owned()));
            }
            match measured.summary(run, "cpu_us") {
                Some(summary) => println!("  ±{:.0} %", summary.spread * 50.0),
                None => println!(),
            }
        }
        for (run, why) in &measured.failures {
            println!("  {run:<30} failed: {why}");
        }
    }
}

fn has(measured: &Measured, figure: &str) -> bool {
    measured.runs().any(|run| measured.median(run, figure).is_some_and(|value| value > 0.0))
}

/// The figures that only this cell has.
fn others(measured: &Measured) -> Vec<&'static str> {
    const OTHERS: [&str; 9] = [
        "allocations_each",
        "allocated_each",
        "instructions_per_byte",
        "idle_connection_bytes",
        "waiting_bytes",
        "future_bytes",
        "crates",
        "build_seconds",
        "bytes",
    ];
    OTHERS.into_iter().filter(|other| has(measured, other)).collect()
}

/// Prints the lines of the goals: all of them, always.
pub(crate) fn print_goals(goals: &[Goal]) {
    println!();
    for goal in goals {
        println!("{goal}");
    }
}
