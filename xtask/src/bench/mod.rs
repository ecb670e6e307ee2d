//! `cargo xtask bench`: this project's clients and their peers, measured by turns on one server, and what
//! came of each goal.

mod bar;
mod cells;
mod chart;
mod cost;
mod field;
mod goals;
mod machine;
mod measure;
mod options;
mod redis_benchmark;
mod results;
mod scaling;
mod subjects;
mod table;
mod verdict;

use crate::error::Result;
use crate::needs::{self, Tls};
use crate::process;
use crate::workspace;
use bar::Bar;
use chart::CHARTS;
use field::Field;
use machine::Machine;
use measure::Bench;
use options::Options;
use results::{Measured, Results};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use subjects::Subjects;
use verdict::{Goal, Verdict};

/// Measures what the arguments ask for.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    let options = Options::from_arguments(arguments)?;
    let cells = cells::all(&options);
    let machine = Machine::this();
    let mut skipped = Vec::new();
    if let Tls::Missing(why) = needs::tls() {
        return Err(
            format!("the clients cannot be built with TLS, as they are measured: {why}").into()
        );
    }
    let subjects = Subjects::prepare(&cells);
    skipped.extend(subjects.missing.iter().cloned());
    let mut file = File::of(&machine);
    let mut results = Results::new();
    if options.wants("cost") {
        results.insert("cost".to_owned(), cost::measure(options.quick));
        file.keep(&results)?;
    }
    if !cells.is_empty() {
        let mut field = Field::prepare()?;
        skipped.extend(field.missing.iter().cloned());
        file.server.clone_from(&field.version);
        let all = cells.iter().map(|cell| measure::runs(cell, &options)).sum();
        println!("measuring for {} s", measure::planned(&cells, &options).as_secs().max(1));
        let mut bar = Bar::new(all);
        for cell in &cells {
            let mut bench =
                Bench { subjects: &subjects, field: &mut field, options: &options, bar: &mut bar };
            let measured = bench.measure(cell, &results);
            results.insert(cell.name.clone(), measured);
            // whoever interrupts the run has what was measured until then
            file.keep(&results)?;
        }
        bar.finish();
    }
    table::print(&results);
    scaling::lines(&results).iter().for_each(|line| println!("{line}"));
    let goals = goals::all(&results);
    table::print_goals(&goals);
    file.judge(&goals)?;
    for what in skipped {
        println!("skipped: {what}");
    }
    println!("\n{}\nwritten: {}", machine.described(), file.path.display());
    let missed = goals.iter().filter(|goal| goal.verdict() == Verdict::Missed);
    let missed: Vec<&str> = missed.map(|goal| goal.name).collect();
    if options.strict && !missed.is_empty() {
        return Err(format!("goals that were missed: {}", missed.join(", ")).into());
    }
    Ok(())
}

/// The results of this machine, in `benches/results`: what was measured before stays until it is measured anew.
struct File {
    path: PathBuf,
    machine: Value,
    described: String,
    server: String,
    revision: String,
    before: Map<String, Value>,
    goals: Value,
}

impl File {
    fn of(machine: &Machine) -> Self {
        Self::within(&workspace::root().join("benches/results"), machine)
    }

    fn within(directory: &Path, machine: &Machine) -> Self {
        let path = directory.join(machine.file_name());
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let written: Value = serde_json::from_str(&text).unwrap_or_default();
        let same = written.get("machine").is_some_and(|other| machine.is(other));
        let cells = written.get("cells").and_then(Value::as_object).filter(|_| same);
        let revision = process::read(Command::new("git").args(["rev-parse", "--short", "HEAD"]));
        Self {
            path,
            machine: machine.as_json(),
            described: machine.described(),
            server: String::new(),
            revision: revision.map(|revision| revision.trim().to_owned()).unwrap_or_default(),
            before: cells.cloned().unwrap_or_default(),
            goals: written.get("goals").filter(|_| same).cloned().unwrap_or_default(),
        }
    }

    /// Writes what there is now, and draws it.
    fn keep(&mut self, results: &Results) -> Result<()> {
        for (name, measured) in results {
            let mut cell = measured.as_json();
            cell["server"] = json!(self.server);
            cell["revision"] = json!(self.revision);
            self.before.insert(name.clone(), cell);
        }
        self.write()
    }

    /// Notes what came of the goals, of those that this run could judge.
    fn judge(&mut self, goals: &[Goal]) -> Result<()> {
        let mut all = self.goals.as_object().cloned().unwrap_or_default();
        for goal in goals {
            if goal.verdict() != Verdict::NotMeasured || !all.contains_key(goal.name) {
                let parts: Vec<String> = goal.parts.iter().map(ToString::to_string).collect();
                let verdict = goal.verdict().to_string();
                let revision = &self.revision;
                let (title, name) = (goal.title, goal.name.to_owned());
                let why_not = &goal.why_not;
                all.insert(name, json!({ "title": title, "verdict": verdict, "parts": parts, "why": why_not, "revision": revision }));
            }
        }
        self.goals = Value::Object(all);
        self.write()
    }

    fn write(&self) -> Result<()> {
        let directory = self.path.parent().ok_or("results have no directory")?;
        std::fs::create_dir_all(directory)?;
        let all = json!({ "machine": self.machine, "cells": self.before, "goals": self.goals });
        // in one step: an interruption leaves the old file or the new one
        let fresh = self.path.with_extension("json.new");
        std::fs::write(&fresh, serde_json::to_string_pretty(&all)?)?;
        std::fs::rename(&fresh, &self.path)?;
        let read = |(name, cell): (&String, &Value)| (name.clone(), Measured::from_json(cell));
        let results: Results = self.before.iter().map(read).collect();
        for chart in CHARTS {
            if let Some(drawn) = chart.draw(&results, &self.described) {
                std::fs::write(directory.join(chart.file).with_extension("svg"), drawn)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{File, Machine, Measured, Results};
    use crate::bench::results::Sample;
    use crate::scratch::Scratch;
    use serde_json::Value;

    fn results(cell: &str, rate: f64) -> Results {
        let mut measured = Measured::default();
        measured.push("async/ours", Ok(Sample::from([("rate".to_owned(), rate)])));
        Results::from([(cell.to_owned(), measured)])
    }

    fn rate(file: &File, cell: &str) -> Option<f64> {
        let written = std::fs::read_to_string(&file.path).expect("a file");
        let written: Value = serde_json::from_str(&written).expect("whole");
        Measured::from_json(written.get("cells")?.get(cell)?).median("async/ours", "rate")
    }

    #[test]
    fn what_was_measured_is_written_cell_by_cell_and_stays_until_it_is_measured_anew() {
        let scratch = Scratch::new().expect("a directory");
        let machine = Machine::this();
        let mut first = File::within(scratch.path(), &machine);
        first.keep(&results("alone/get:16", 1.0)).expect("written");
        first.keep(&results("shared/get:16/256", 2.0)).expect("written");
        // interrupted here: no goal was judged
        assert_eq!(rate(&first, "alone/get:16"), Some(1.0));
        let mut second = File::within(scratch.path(), &machine);
        second.keep(&results("shared/get:16/256", 3.0)).expect("written");
        assert_eq!(rate(&second, "alone/get:16"), Some(1.0));
        assert_eq!(rate(&second, "shared/get:16/256"), Some(3.0));
    }

    #[test]
    fn another_machine_s_cells_are_not_merged_with_this_one_s() {
        let scratch = Scratch::new().expect("a directory");
        let this = Machine::this();
        let mut file = File::within(scratch.path(), &this);
        file.keep(&results("alone/get:16", 1.0)).expect("written");
        // the same name, and a compiler of its own
        let written = std::fs::read_to_string(&file.path).expect("a file");
        let other = written.replacen("\"compiler\": \"", "\"compiler\": \"another ", 1);
        std::fs::write(&file.path, other).expect("written");
        let mut file = File::within(scratch.path(), &this);
        file.keep(&results("tls/get:16", 2.0)).expect("written");
        assert_eq!(rate(&file, "alone/get:16"), None);
        assert_eq!(rate(&file, "tls/get:16"), Some(2.0));
    }
}
