//! `cargo xtask instructions`: how many instructions the hot paths take, compared with what was recorded.
//! A clock would tell the machine's mood; these numbers are the same every time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::apt;
use crate::cargo::cargo;
use crate::error::Result;
use crate::needs::{self, Tls};
use crate::process;
use crate::workspace;

/// What came of it.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// No path takes more than was recorded.
    Kept,
    /// There is no way to count here.
    Skipped(String),
}

/// By how much a path may be slower than recorded: what allocators and hash tables do is not quite the same
/// in every process, and the C library copies by what the processor has.
const TOLERANCE: f64 = 0.10;
/// The same where another compiler made the code.
const TOLERANCE_OF_ANOTHER_COMPILER: f64 = 0.20;
/// How often a path runs in the two runs whose difference is taken: many enough that starting is nothing.
const TIMES: [u64; 2] = [640, 2560];

const RECORDED: &str = "benches/instructions.json";

/// Instructions of each path.
type Counts = BTreeMap<String, f64>;

/// Compares with what was recorded, or records.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    match arguments {
        [] => match check()? {
            Outcome::Kept => Ok(()),
            Outcome::Skipped(why) => {
                println!("skipped: {why}");
                Ok(())
            }
        },
        ["--record"] => record(),
        _ => Err("`cargo xtask instructions` has one option: `--record`".into()),
    }
}

/// Counts, and fails if a path takes more than it did.
pub(crate) fn check() -> Result<Outcome> {
    if let Err(why) = valgrind() {
        return Ok(Outcome::Skipped(format!("instruction counts: {why}")));
    }
    let text = std::fs::read_to_string(workspace::root().join(RECORDED))?;
    let recorded: Value = serde_json::from_str(&text)?;
    if recorded["machine"] != json!(std::env::consts::ARCH) {
        return Ok(Outcome::Skipped(
            "instruction counts: recorded for other processors".to_owned(),
        ));
    }
    let same = recorded["compiler"] == json!(compiler()?);
    let tolerance = if same { TOLERANCE } else { TOLERANCE_OF_ANOTHER_COMPILER };
    let counts = count()?;
    let paths = recorded["paths"].as_object().ok_or("nothing was recorded")?;
    let recorded: Counts =
        paths.iter().filter_map(|(name, count)| Some((name.clone(), count.as_f64()?))).collect();
    let mut worse = Vec::new();
    println!("{:<28} {:>10} {:>10}", "path", "recorded", "now");
    for (path, &now) in &counts {
        let before = recorded.get(path).copied();
        let shown = before.map_or_else(|| "-".to_owned(), |before| format!("{before:.0}"));
        println!("{path:<28} {shown:>10} {now:>10.0}");
        worse.extend(before.and_then(|before| complaint(path, before, now, tolerance)));
    }
    worse.extend(differing(&recorded, &counts));
    if worse.is_empty() { Ok(Outcome::Kept) } else { Err(worse.join("; ").into()) }
}

/// What there is to say against a path.
fn complaint(path: &str, before: f64, now: f64, tolerance: f64) -> Option<String> {
    (now > before * (1.0 + tolerance)).then(|| {
        let more = (now / before - 1.0) * 100.0;
        format!(
            "{path} takes {now:.0} instructions, {more:.0} % more than recorded ({before:.0}): make it \
             faster, or say in the commit why it is worth it and run `cargo xtask instructions --record`"
        )
    })
}

/// Paths that are in one of them only.
fn differing(recorded: &Counts, counts: &Counts) -> Option<String> {
    let missing = |a: &Counts, b: &Counts| -> Vec<String> {
        a.keys().filter(|path| !b.contains_key(*path)).cloned().collect()
    };
    let names = [missing(recorded, counts), missing(counts, recorded)].concat();
    (!names.is_empty()).then(|| {
        format!("{} changed its name: run `cargo xtask instructions --record`", names.join(", "))
    })
}

fn record() -> Result<()> {
    valgrind()?;
    let paths: BTreeMap<String, Value> =
        count()?.into_iter().map(|(path, count)| (path, json!(count.round()))).collect();
    let recorded =
        json!({ "compiler": compiler()?, "machine": std::env::consts::ARCH, "paths": paths });
    std::fs::write(workspace::root().join(RECORDED), format!("{recorded:#}\n"))?;
    println!("recorded in {RECORDED}");
    Ok(())
}

/// Sees to it that valgrind is there.
fn valgrind() -> Result<()> {
    if process::find("valgrind").is_some() {
        return Ok(());
    }
    match apt::may_install() {
        Ok(()) => apt::install(&["valgrind"]),
        Err(why) => Err(format!("there is no valgrind, and {why}").into()),
    }
}

fn compiler() -> Result<String> {
    Ok(process::read(Command::new("rustc").arg("--version"))?.trim().to_owned())
}

fn count() -> Result<Counts> {
    let mut build =
        cargo(&["build", "--release", "--package", "redis-benches", "--bin", "hot-paths"]);
    if let Tls::Missing(why) = needs::tls() {
        println!("counted without TLS: {why}");
    }
    process::run(&mut build)?;
    let program = workspace::target().join("release/hot-paths");
    let paths = process::read(&mut Command::new(&program))?;
    // several at once: they do not disturb each other's counts
    let names: Vec<&str> = paths.lines().collect();
    let workers = std::thread::available_parallelism()?.get();
    let mut counts = Counts::new();
    for some in names.chunks(workers) {
        let counted: Vec<_> = std::thread::scope(|scope| {
            let program = &program;
            let threads: Vec<_> = some
                .iter()
                .map(|&path| {
                    scope.spawn(move || (path, of(program, path).map_err(|e| e.to_string())))
                })
                .collect();
            threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
        });
        for (path, count) in counted {
            counts.insert(path.to_owned(), count?);
        }
    }
    Ok(counts)
}

/// What one run of a path takes: what starting takes is in both counts.
fn of(program: &Path, path: &str) -> Result<f64> {
    let [few, many] = TIMES;
    let counted = collected(program, path, many)? - collected(program, path, few)?;
    Ok(counted / (many - few) as f64)
}

fn collected(program: &Path, path: &str, times: u64) -> Result<f64> {
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(PathBuf::from(program))
        .args([path, &times.to_string()])
        .stdin(Stdio::null());
    let output = valgrind.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = said.lines().find_map(|line| line.split_once("Collected : "));
    let collected = collected.and_then(|(_, count)| count.trim().parse().ok());
    match collected {
        Some(collected) if output.status.success() => Ok(collected),
        _ => {
            let last = said.lines().last().unwrap_or_default();
            Err(format!("{path} did not run under valgrind: {last}").into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Counts, complaint, differing};

    #[test]
    fn a_path_may_be_as_much_slower_as_the_tolerance_says_and_no_more() {
        assert!(complaint("get", 1000.0, 1050.0, 0.05).is_none());
        assert!(complaint("get", 1000.0, 900.0, 0.05).is_none());
        let said = complaint("get", 1000.0, 1100.0, 0.05).expect("a complaint");
        assert!(said.starts_with("get takes 1100 instructions, 10 % more"), "{said}");
    }

    #[test]
    fn a_path_that_was_not_recorded_or_is_gone_is_told() {
        let counts =
            |names: &[&str]| names.iter().map(|&n| (n.to_owned(), 1.0)).collect::<Counts>();
        assert!(differing(&counts(&["get"]), &counts(&["get"])).is_none());
        assert!(differing(&counts(&["get"]), &counts(&["get", "set"])).is_some());
        assert!(differing(&counts(&["get", "set"]), &counts(&["get"])).is_some());
    }
}
