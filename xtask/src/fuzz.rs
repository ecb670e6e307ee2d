//! `cargo xtask fuzz`: hostile bytes, made by libFuzzer, for everything that reads bytes.
//!
//! The targets lie in `fuzz/`, a workspace of its own, laid out as cargo-fuzz expects it; this builds them
//! with the same compiler flags, so that nothing has to be installed but a C++ compiler. Inputs that
//! reach new code are kept below `target`; what lies in `fuzz/corpus` is where they begin. An input that
//! breaks a promise is written to `target/fuzz/found`, and belongs into the corpus once it is mended.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::apt;
use crate::cargo::{cargo, host};
use crate::error::Result;
use crate::process;
use crate::workspace;

/// The targets, and how many inputs each is given by `cargo xtask test`.
const TARGETS: [(&str, u64); 6] = [
    ("decoder", 10_000_000),
    ("reference", 500_000),
    ("typed", 250_000),
    ("derived", 250_000),
    ("session", 250_000),
    ("url", 100_000),
];

/// The longest input: what a short one does not find, a longer one of the same parts hardly does.
const LONGEST: &str = "-max_len=256";

/// What coverage costs the compiler: the flags that cargo-fuzz passes too.
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// What came of it.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Nothing was found in so many inputs of each target.
    Clean(Vec<(&'static str, u64)>),
    /// It cannot be built here.
    Skipped(String),
}

/// How it is asked for on the command line.
#[derive(Debug, Default)]
struct Plan {
    targets: Vec<&'static str>,
    runs: Option<u64>,
    address: bool,
}

/// `cargo xtask fuzz [TARGET …] [--runs N] [--address]`
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    match carry_out(&Plan::read(arguments)?)? {
        Outcome::Skipped(why) => println!("skipped: {why}"),
        Outcome::Clean(counts) => {
            for (target, runs) in counts {
                println!("{target:>10}: {runs} inputs, nothing found");
            }
        }
    }
    Ok(())
}

/// What `cargo xtask test` does: each target, briefly.
pub(crate) fn smoke() -> Result<Outcome> {
    carry_out(&Plan::default())
}

impl Plan {
    fn read(arguments: &[String]) -> Result<Self> {
        let mut plan = Self::default();
        let mut words = arguments.iter().map(String::as_str);
        while let Some(word) = words.next() {
            match word {
                "--address" => plan.address = true,
                "--runs" => {
                    let runs = words.next().ok_or("`--runs` wants a number")?;
                    plan.runs = Some(runs.replace('_', "").parse()?);
                }
                name => {
                    let known = TARGETS.iter().find(|(target, _)| *target == name);
                    let names: Vec<_> = TARGETS.iter().map(|(target, _)| *target).collect();
                    let unknown = || format!("no target `{name}`: there are {}", names.join(", "));
                    plan.targets.push(known.ok_or_else(unknown)?.0);
                }
            }
        }
        Ok(plan)
    }

    fn wants(&self, target: &str) -> bool {
        self.targets.is_empty() || self.targets.contains(&target)
    }
}

fn carry_out(plan: &Plan) -> Result<Outcome> {
    if let Err(why) = find_compiler() {
        return Ok(Outcome::Skipped(format!("fuzzing: {why}")));
    }
    let programs = build(plan.address)?;
    let mut running = Vec::new();
    for (target, runs) in TARGETS.into_iter().filter(|(target, _)| plan.wants(target)) {
        running.push((target, start(&programs.join(target), target, plan.runs.unwrap_or(runs))?));
    }
    let mut counts = Vec::new();
    for (target, child) in running {
        counts.push((target, finish(target, child)?));
    }
    Ok(Outcome::Clean(counts))
}

/// libFuzzer is C++.
fn find_compiler() -> Result<()> {
    if !cfg!(target_os = "linux") {
        return Err("libFuzzer is built here on Linux alone".into());
    }
    if process::find("c++").is_some() {
        return Ok(());
    }
    apt::may_install().and_then(|()| apt::install(&["g++"]))
}

/// Builds the targets; returns where they lie.
fn build(address: bool) -> Result<PathBuf> {
    let host = host()?;
    let directory = workspace::target().join(if address { "fuzz/address" } else { "fuzz" });
    let mut build = cargo(&["build", "--quiet", "--release", "--bins", "--target", &host]);
    build.args(["--manifest-path", "fuzz/Cargo.toml"]).arg("--target-dir").arg(&directory);
    let mut flags = COVERAGE.to_owned();
    if address {
        flags.push_str(" -Zsanitizer=address");
        build.env("RUSTC_BOOTSTRAP", "1");
    }
    process::run(build.env("RUSTFLAGS", flags))?;
    Ok(directory.join(host).join("release"))
}

fn start(program: &std::path::Path, target: &str, runs: u64) -> Result<std::process::Child> {
    let grown = workspace::target().join("fuzz/corpus").join(target);
    let found = workspace::target().join("fuzz/found");
    std::fs::create_dir_all(&grown)?;
    std::fs::create_dir_all(&found)?;
    let log = std::fs::File::create(found.join(format!("{target}.log")))?;
    let mut command = Command::new(program);
    command
        .arg(&grown)
        .arg(workspace::root().join("fuzz/corpus").join(target))
        .args([LONGEST, "-print_final_stats=1", "-timeout=30"])
        .arg(format!("-runs={runs}"))
        .arg(format!("-artifact_prefix={}/{target}-", found.display()));
    Ok(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn()?)
}

/// Waits for a target; returns how many inputs it was given.
fn finish(target: &str, mut child: std::process::Child) -> Result<u64> {
    let status = child.wait()?;
    let log = workspace::target().join("fuzz/found").join(format!("{target}.log"));
    let said = String::from_utf8_lossy(&std::fs::read(&log)?).into_owned();
    if !status.success() {
        let lines: Vec<&str> = said.lines().filter(|line| !line.starts_with('#')).collect();
        let last = lines.get(lines.len().saturating_sub(30)..).unwrap_or_default().join("\n");
        return Err(
            format!("{target} found something:\n{last}\n(all of it: {})", log.display()).into()
        );
    }
    let count = said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    Ok(count.and_then(|count| count.trim().parse().ok()).unwrap_or(0))
}
