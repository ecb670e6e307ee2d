//! Cargo, called from the root of the workspace with the cargo that runs this, and for whom it builds.

use std::ffi::OsString;
use std::process::Command;

use crate::error::Result;
use crate::process;
use crate::workspace;

/// A cargo command.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.args(arguments).current_dir(workspace::root());
    // cargo sets these for what it runs; to a cargo inside they would say the wrong thing
    for inherited in ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "CARGO_MANIFEST_PATH"] {
        command.env_remove(inherited);
    }
    command
}

/// The machine that this runs on, as the compiler calls it. Flags that are given with it reach what is built for
/// it, and neither build scripts nor macros.
pub(crate) fn host() -> Result<String> {
    let said = process::read(Command::new("rustc").arg("-vV"))?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.ok_or("the compiler does not say for whom it builds")?.to_owned())
}
