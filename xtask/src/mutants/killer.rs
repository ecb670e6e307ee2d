//! Building and running the test that must notice a defect.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::copy::Copy;
use super::defect::Killer;
use crate::cargo::cargo;
use crate::error::Result;
use crate::workspace;

/// How many seeds each world of the simulation is given here: enough for a defect, and quickly played.
const SEEDS: &str = "20000";

/// The program that a test is in.
#[derive(Debug)]
pub(super) struct Test {
    program: PathBuf,
    package: PathBuf,
}

/// How a run ended, and what it printed.
#[derive(Debug)]
pub(super) enum Ending {
    Passed(String),
    Failed(String),
    Never(String),
}

impl Test {
    /// Builds it in the copy; the inner error is the compiler's.
    pub(super) fn build(copy: &Copy, killer: &Killer) -> Result<std::result::Result<Self, String>> {
        let package = killer.package.as_str();
        let mut build = match (package, killer.target.as_str()) {
            ("redis-loom", _) => {
                cargo(&["build", "--release", "--manifest-path", "loom/Cargo.toml"])
            }
            (_, "lib") => cargo(&["test", "--no-run", "--package", package, "--lib"]),
            (_, target) => cargo(&["test", "--no-run", "--package", package, "--test", target]),
        };
        if package == "redis-tests" {
            build.args(["--features", "servers"]);
        }
        build.args(["--quiet", "--message-format", "json-render-diagnostics"]);
        build.current_dir(copy.root());
        build.env("CARGO_TARGET_DIR", workspace::target().join("mutants/build"));
        // nobody looks at these programs in a debugger, and each is linked many times
        build.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_PROFILE_TEST_DEBUG", "0");
        let output = build.stdin(Stdio::null()).output()?;
        if !output.status.success() {
            let complaint = String::from_utf8_lossy(&output.stderr);
            let error = complaint.lines().skip_while(|line| !line.starts_with("error")).take(12);
            return Ok(Err(error.collect::<Vec<_>>().join("\n")));
        }
        let built = String::from_utf8_lossy(&output.stdout);
        let messages = built.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let test = messages.filter_map(|message| Self::told(&message)).next_back();
        test.map(Ok).ok_or_else(|| format!("cargo names no program of {killer}").into())
    }

    fn told(message: &Value) -> Option<Self> {
        let program = PathBuf::from(message.get("executable")?.as_str()?);
        let manifest = PathBuf::from(message.get("manifest_path")?.as_str()?);
        Some(Self { program, package: manifest.parent()?.to_path_buf() })
    }

    /// Runs the tests whose names contain one of these; what they print is kept in a file of this name.
    pub(super) fn run(
        &self,
        tests: &[&str],
        name: &str,
        patience: Duration,
        servers: Option<&Path>,
    ) -> Result<Ending> {
        let logs = workspace::target().join("mutants/logs");
        std::fs::create_dir_all(&logs)?;
        let log = logs.join(format!("{name}.log"));
        let printed = std::fs::File::create(&log)?;
        let mut command = Command::new(&self.program);
        command.args(tests).current_dir(&self.package).stdin(Stdio::null());
        command.stdout(printed.try_clone()?).stderr(printed);
        if std::env::var_os("REDIS_SIMULATION_SEEDS").is_none() {
            command.env("REDIS_SIMULATION_SEEDS", SEEDS);
        }
        if let Some(servers) = servers {
            command.env("REDIS_SERVERS_JSON", servers);
        }
        let status = wait(&mut command.spawn()?, patience)?;
        let printed = String::from_utf8_lossy(&std::fs::read(&log)?).into_owned();
        Ok(match status {
            None => Ending::Never(printed),
            Some(status) if status.success() => Ending::Passed(printed),
            Some(_) => Ending::Failed(printed),
        })
    }
}

impl Ending {
    /// The lines that name a test that passed, or a model that holds.
    pub(super) fn passed(&self) -> Vec<&str> {
        let (Self::Passed(printed) | Self::Failed(printed) | Self::Never(printed)) = self;
        let is_good = |line: &&str| line.ends_with(" ... ok") || line.contains(" orders in ");
        printed.lines().filter(is_good).collect()
    }
}

impl fmt::Display for Ending {
    /// The end of what was printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (how, printed) = match self {
            Self::Passed(printed) => ("it passed", printed),
            Self::Failed(printed) => ("it failed", printed),
            Self::Never(printed) => ("it did not end", printed),
        };
        let lines: Vec<&str> = printed.lines().collect();
        let last = lines.get(lines.len().saturating_sub(20)..).unwrap_or_default();
        write!(f, "{how}\n{}", last.join("\n"))
    }
}

/// Waits for so long, then ends it; `None` where it had to be ended.
fn wait(child: &mut Child, patience: Duration) -> Result<Option<ExitStatus>> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
