//! The oldest compiler that is supported: found among rustup's, or unpacked from a Debian suite that
//! has it. Nothing is installed on the machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::apt::Suite;
use crate::error::Result;
use crate::process;
use crate::workspace;

/// A cargo and a rustc of one version.
#[derive(Debug)]
pub(crate) struct Compiler {
    cargo: PathBuf,
    rustc: PathBuf,
}

/// The Debian suite whose compiler is the oldest one that is supported.
const SUITE: &str = "trixie";

impl Compiler {
    /// The compiler of this version, such as `1.85`.
    pub(crate) fn find(version: &str) -> Result<Self> {
        let compiler = match Self::of_rustup(version) {
            Some(compiler) => compiler,
            None => Self::of_debian(version)?,
        };
        let printed = process::read(Command::new(&compiler.rustc).arg("--version"))?;
        if printed.starts_with(&format!("rustc {version}.")) {
            return Ok(compiler);
        }
        Err(format!("{SUITE} now has {}, not {version}", printed.trim()).into())
    }

    /// A cargo command that builds by this compiler, into a directory of its own.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.cargo);
        command
            .args(arguments)
            .current_dir(workspace::root())
            .env("RUSTC", &self.rustc)
            .env("CARGO_TARGET_DIR", directory().join("build"))
            .env_remove("RUSTUP_TOOLCHAIN")
            .env_remove("RUSTC_WRAPPER")
            .env_remove("CARGO");
        command
    }

    fn of_rustup(version: &str) -> Option<Self> {
        let which = |program: &str| {
            let mut command = Command::new("rustup");
            command.args(["which", "--toolchain", version, program]);
            process::read(&mut command).ok().map(|path| PathBuf::from(path.trim()))
        };
        // asking for one that is absent must not install it
        let installed = process::read(Command::new("rustup").args(["toolchain", "list"])).ok()?;
        if !installed.lines().any(|line| line.starts_with(&format!("{version}-"))) {
            return None;
        }
        Some(Self { cargo: which("cargo")?, rustc: which("rustc")? })
    }

    fn of_debian(version: &str) -> Result<Self> {
        let suite = Suite::new(SUITE, directory().join(SUITE));
        let standard_library = format!("libstd-rust-{version}");
        let programs = ["rustc", "cargo", "libstd-rust-dev", &standard_library];
        // what those are linked to; not what they depend on, which is a C compiler besides
        let libraries = [
            "libllvm19",
            "libgit2-1.9",
            "libcurl4t64",
            "libsqlite3-0",
            "libssh2-1t64",
            "libssl3t64",
        ];
        suite.fetch(&programs, &libraries)?;
        let usr = suite.root().join("usr");
        let sysroot = format!("--sysroot {}", quoted(&usr));
        Ok(Self {
            cargo: write_wrapper(&suite, "cargo", "")?,
            rustc: write_wrapper(&suite, "rustc", &sysroot)?,
        })
    }
}

/// A script that starts a program of the suite through the suite's loader.
fn write_wrapper(suite: &Suite, program: &str, arguments: &str) -> Result<PathBuf> {
    let wrapper = directory().join(program);
    let script = format!(
        "#!/bin/sh\nexec {} --library-path {} {} {arguments} \"$@\"\n",
        quoted(&suite.loader()?),
        quoted(&suite.libraries()),
        quoted(&suite.root().join("usr/bin").join(program)),
    );
    std::fs::write(&wrapper, script)?;
    process::make_executable(&wrapper)?;
    Ok(wrapper)
}

/// A path as a shell reads it back.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', "'\\''"))
}

fn directory() -> PathBuf {
    workspace::target().join("msrv")
}
