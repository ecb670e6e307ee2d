//! `cargo xtask msrv`: the libraries are built with the oldest compiler that the manifest promises.
//! Where that compiler cannot be had, what remains is that clippy refuses what came later. Whether
//! the documentation states the same version is checked by the architecture test.

use crate::compiler::Compiler;
use crate::error::Result;
use crate::needs::{self, Tls};
use crate::process;
use crate::workspace;

/// What a user of the project compiles.
const LIBRARIES: [&str; 5] =
    ["redis-core", "redis-commands", "redis-derive", "redis-sync", "redis-async"];

/// What came of the check.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The libraries build.
    Built,
    /// That compiler cannot be had here.
    Skipped(String),
}

/// Builds the libraries and says what came of it.
pub(crate) fn run() -> Result<()> {
    if let Outcome::Skipped(why) = check()? {
        println!("skipped: {why}");
    }
    Ok(())
}

/// Builds the libraries, with and without TLS.
pub(crate) fn check() -> Result<Outcome> {
    let version = workspace::rust_version()?;
    check_the_lint()?;
    let compiler = match Compiler::find(&version) {
        Ok(compiler) => compiler,
        Err(why) => {
            let advice = format!("`rustup toolchain install {version}` would bring it");
            return Ok(Outcome::Skipped(format!("Rust {version}: {why} ({advice})")));
        }
    };
    let mut build = vec!["check", "--locked"];
    build.extend(LIBRARIES.iter().flat_map(|name| ["--package", name]));
    match needs::tls() {
        Tls::Buildable => process::run(&mut compiler.cargo(&build))?,
        Tls::Missing(why) => println!("not built with TLS: {why}"),
    }
    process::run(compiler.cargo(&build).arg("--no-default-features"))?;
    println!("the libraries build with Rust {version}");
    Ok(Outcome::Built)
}

/// Clippy knows the version, and refuses what came after it.
fn check_the_lint() -> Result<()> {
    let manifest = std::fs::read_to_string(workspace::root().join("Cargo.toml"))?;
    if manifest.contains("incompatible_msrv = \"deny\"") {
        return Ok(());
    }
    Err("Cargo.toml must deny clippy's `incompatible_msrv`".into())
}
