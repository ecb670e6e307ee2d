//! Who is measured: how each program is built or fetched, and who is missing here, and why.

use super::cells::Cell;
use crate::apt;
use crate::cargo::cargo;
use crate::error::Result;
use crate::process;
use crate::workspace;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

/// The programs that there are, by subject.
#[derive(Debug, Default)]
pub(crate) struct Subjects {
    programs: BTreeMap<&'static str, Vec<PathBuf>>,
    /// Who is missing, and why.
    pub(crate) missing: Vec<String>,
}

/// The subjects that are crates of `benches/peers`, and the Debian package that one needs.
const CRATES: [(&str, &str, Option<&str>); 6] = [
    ("ours", "load-ours", None),
    ("floor", "load-floors", None),
    ("redis-rs", "load-redis-rs", None),
    ("fred", "load-fred", None),
    ("rustis", "load-rustis", None),
    ("hiredis", "load-hiredis", Some("libhiredis-dev")),
];

/// The subjects that are Python, and what each has installed.
const PYTHON: [(&str, &[&str]); 2] =
    [("redis-py", &["redis==8.1.0"]), ("redis-py-hiredis", &["redis==8.1.0", "hiredis==3.5.0"])];

impl Subjects {
    /// Builds and fetches those that these cells ask for. A failure is one subject's.
    pub(crate) fn prepare(cells: &[Cell]) -> Self {
        let mut subjects = Self::default();
        let wanted =
            |name: &str| cells.iter().flat_map(|cell| &cell.runs).any(|run| subject(run) == name);
        for (name, package, needs) in CRATES.into_iter().filter(|(name, ..)| wanted(name)) {
            println!("building {name}");
            let built = needs.map_or(Ok(()), installed).and_then(|()| build(package));
            subjects.add(name, built.map(|program| vec![program]));
        }
        for (name, packages) in PYTHON.into_iter().filter(|(name, _)| wanted(name)) {
            println!("fetching {name}");
            subjects.add(name, environment(name, packages));
        }
        if wanted("redis-benchmark") {
            let found = process::find("redis-benchmark");
            let found = found.ok_or_else(|| "it is not on the PATH (Debian: redis-tools)".into());
            subjects.add("redis-benchmark", found.map(|program| vec![program]));
        }
        subjects
    }

    fn add(&mut self, name: &'static str, program: Result<Vec<PathBuf>>) {
        match program {
            Ok(program) => drop(self.programs.insert(name, program)),
            Err(why) => {
                println!("skipped: {name}: {why}");
                self.missing.push(format!("{name}: {why}"));
            }
        }
    }

    /// The program of a run, ready for its arguments; `None` if the subject is missing.
    pub(crate) fn command(&self, run: &str) -> Option<Vec<PathBuf>> {
        self.programs.get(subject(run)).cloned()
    }
}

/// The subject in `async/floor/slots`.
pub(crate) fn subject(run: &str) -> &str {
    run.split('/').nth(1).unwrap_or(run)
}

/// Where the subjects are built: apart from the project, whose features are others.
pub(crate) fn target() -> PathBuf {
    workspace::target().join("bench")
}

/// Builds one subject by itself: what another asks of a crate that both use is not turned on in it.
fn build(package: &str) -> Result<PathBuf> {
    let manifest = workspace::root().join("benches/peers/Cargo.toml");
    let mut build = cargo(&["build", "--release", "--locked", "--quiet", "--package", package]);
    build.arg("--manifest-path").arg(manifest).env("CARGO_TARGET_DIR", target());
    process::read(&mut build)?;
    Ok(target().join("release").join(package))
}

/// Sees to it that a library and a C compiler are there.
fn installed(package: &str) -> Result<()> {
    if process::find("cc").is_none() {
        return Err("there is no C compiler".into());
    }
    let header = std::path::Path::new("/usr/include/hiredis/hiredis.h");
    if header.exists() {
        return Ok(());
    }
    match apt::may_install() {
        Ok(()) => apt::install(&[package]),
        Err(why) => Err(format!("{package} is not installed, and {why}").into()),
    }
}

/// A virtual environment with these packages, and the script that runs in it.
fn environment(name: &str, packages: &[&str]) -> Result<Vec<PathBuf>> {
    let directory = target().join(name);
    let python = directory.join("bin/python");
    let stamp = directory.join("packages");
    let wanted = packages.join(" ");
    if std::fs::read_to_string(&stamp).ok().as_deref() != Some(&wanted) {
        let own = process::find("python3").ok_or("there is no python3")?;
        process::read(Command::new(own).args(["-m", "venv", "--clear"]).arg(&directory))?;
        process::read(
            Command::new(&python)
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
                .args(packages),
        )?;
        std::fs::write(stamp, wanted)?;
    }
    Ok(vec![python, workspace::root().join("benches/peers/python/load.py")])
}
