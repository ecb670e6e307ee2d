//! Cargo, called from the root of the workspace with the cargo that runs this.

use std::ffi::OsString;
use std::process::Command;

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
