//! `cargo xtask replay`: a capture of a client, played again to the client's own decisions.

use crate::cargo::cargo;
use crate::error::Result;
use crate::process;

/// Plays the capture in this file.
pub(crate) fn run(file: &str) -> Result<()> {
    // the player needs the client's core, which this package builds without
    let mut player = cargo(&["run", "--quiet", "--package", "redis-tests", "--example", "replay"]);
    process::run(player.args(["--no-default-features", "--", file]))
}
