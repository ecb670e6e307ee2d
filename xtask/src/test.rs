//! `cargo xtask test`: which checks there are and in which order, the cheap and telling ones first.

use crate::cargo::cargo;
use crate::coverage;
use crate::error::Result;
use crate::fuzz;
use crate::instructions;
use crate::loom;
use crate::msrv::{self, Outcome};
use crate::mutants;
use crate::needs::{self, Tls};
use crate::process;
use crate::progress::Progress;
use crate::rows::ROWS;
use crate::servers::{self, Available};
use crate::spec;

/// How much is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Everything.
    Full,
    /// What tells most in the least time.
    Quick,
}

/// The types of other crates, which are off by default.
const CONVERSIONS: &str = "redis-tests/conversions,redis-tests/tracing";

/// Runs every check, until one fails.
pub(crate) fn run(extent: Extent) -> Result<()> {
    let mut progress = Progress::default();
    let outcome = steps(&mut progress, extent);
    progress.finish();
    outcome
}

fn steps(progress: &mut Progress, extent: Extent) -> Result<()> {
    let features = progress.step("what building needs", |progress| Ok(features(progress)))?;
    let available = progress.step("servers", |progress| fetch(progress, extent))?;
    progress.step("format", |_| process::run(&mut cargo(&["fmt", "--all", "--check"])))?;
    progress.step("generated is current", |_| spec::run(&["--check".to_owned()]))?;
    progress.step("every command has its method", |_| coverage::run(&["--check".to_owned()]))?;
    progress.step("every kept defect can be made", |_| mutants::check())?;
    progress.step("clippy", |_| clippy(features))?;
    progress.step("tests without a server", |progress| {
        let targets = ["test", "--lib", "--bins", "--tests", "--examples"];
        progress.tests(cargo(&targets).args(features))
    })?;
    progress.step("types of other crates", |progress| {
        // apart, so that everything else is tested without the features that bring them
        let tests = ["--test", "conversions", "--features", "conversions"];
        progress.tests(cargo(&["test", "--package", "redis-tests"]).args(tests).args(features))?;
        let core = ["--package", "redis-core", "--features", "json,uuid", "convert"];
        progress.tests(cargo(&["test"]).args(core))?;
        let tests = ["--test", "tracing", "--features", "tracing"];
        progress.tests(cargo(&["test", "--package", "redis-tests"]).args(tests).args(features))
    })?;
    progress.step("tests on the servers", |progress| {
        let mut tests = cargo(&["test", "--package", "redis-tests", "--features", "servers"]);
        progress.tests(tests.args(features).env("REDIS_SERVERS_JSON", &available.written))
    })?;
    if extent == Extent::Quick {
        return Ok(());
    }
    progress.step("examples in the documentation", |progress| {
        doc_tests(progress, features, &available)
    })?;
    progress.step("documentation", |_| {
        let mut doc = cargo(&["doc", "--no-deps", "--document-private-items"]);
        doc.args(["--features", CONVERSIONS]);
        process::run(doc.args(features).env("RUSTDOCFLAGS", "-D warnings"))
    })?;
    progress.step("hostile bytes", |progress| {
        match fuzz::smoke()? {
            fuzz::Outcome::Skipped(why) => progress.skipped(why),
            fuzz::Outcome::Clean(counts) => println!("inputs, and nothing found: {counts:?}"),
        }
        Ok(())
    })?;
    progress.step("instructions of the hot paths", |progress| {
        if let instructions::Outcome::Skipped(why) = instructions::check()? {
            progress.skipped(why);
        }
        Ok(())
    })?;
    progress.step("every order of threads", |_| loom::run(&[]))?;
    progress.step("oldest compiler", |progress| {
        if let Outcome::Skipped(why) = msrv::check()? {
            progress.skipped(why);
        }
        Ok(())
    })
}

/// What cargo is told everywhere: nothing, or to leave out TLS where it cannot be built.
fn features(progress: &mut Progress) -> &'static [&'static str] {
    match needs::tls() {
        Tls::Buildable => &[],
        Tls::Missing(why) => {
            progress.skipped(format!("TLS: {why}"));
            &["--no-default-features"]
        }
    }
}

fn fetch(progress: &mut Progress, extent: Extent) -> Result<Available> {
    let available = match extent {
        Extent::Full => servers::fetch(&ROWS, "servers.json"),
        Extent::Quick => servers::fetch(&ROWS[..1], "servers-quick.json"),
    }?;
    for what in &available.skipped {
        progress.skipped(what.clone());
    }
    Ok(available)
}

fn clippy(features: &[&str]) -> Result<()> {
    let deny = ["--", "-D", "warnings"];
    let mut everything = cargo(&["clippy", "--all-targets", "--features", "redis-tests/servers"]);
    everything.args(["--features", CONVERSIONS]);
    process::run(everything.args(features).args(deny))?;
    let clients = ["--package", "redis-sync", "--package", "redis-async"];
    // without their tests, whose packages would turn everything on again
    for alone in ["", "derive", "tls"] {
        if alone == "tls" && features.contains(&"--no-default-features") {
            continue;
        }
        let mut plain = cargo(&["clippy", "--no-default-features", "--features", alone]);
        process::run(plain.args(clients).args(deny))?;
    }
    Ok(())
}

/// The examples run on the newest Redis there is, or those for newer servers would all be skipped.
fn doc_tests(progress: &mut Progress, features: &[&str], available: &Available) -> Result<()> {
    let newest = available.programs.iter().rev().find(|(row, _)| row.starts_with("redis-"));
    let (row, program) = newest.ok_or("there is no server for the examples")?;
    let server = servers::start(program)?;
    println!("examples run on {row}");
    let url = format!("redis://{}", server.address());
    let examples = ["test", "--doc", "--features", CONVERSIONS];
    progress.tests(cargo(&examples).args(features).env("REDIS_DOC_URL", url))
}
