//! `cargo xtask msrv`: the libraries are built with the oldest compiler that the manifest promises.
//! Where that compiler cannot be had, what remains is checked: that the promise is the same
//! everywhere, and that clippy refuses what came later.

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
    check_the_promise(&version)?;
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

/// The version stands once in the manifest, readers find the same one, and clippy knows it.
fn check_the_promise(version: &str) -> Result<()> {
    let manifest = std::fs::read_to_string(workspace::root().join("Cargo.toml"))?;
    if !manifest.contains("incompatible_msrv = \"deny\"") {
        return Err("Cargo.toml must deny clippy's `incompatible_msrv`".into());
    }
    let readme = std::fs::read_to_string(workspace::root().join("README.md")).unwrap_or_default();
    if !readme.is_empty() && !readme.contains(&format!("Rust {version}")) {
        return Err(format!("README.md must state the oldest compiler: \"Rust {version}\"").into());
    }
    Ok(())
}
