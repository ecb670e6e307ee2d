//! `cargo xtask loom`: every order in which threads may meet at the library's locks.
//!
//! The models lie in `loom/`, a workspace of its own, so that nobody else builds the checker. Words choose the
//! models whose names hold them; `LOOM_MAX_PREEMPTIONS=3` looks deeper, and takes many times as long.

use crate::cargo::cargo;
use crate::error::Result;
use crate::process;
use crate::workspace;

/// `cargo xtask loom [WORD …]`
pub(crate) fn run(words: &[String]) -> Result<()> {
    let mut run = cargo(&["run", "--quiet", "--release", "--manifest-path", "loom/Cargo.toml"]);
    run.arg("--target-dir").arg(workspace::target().join("loom")).arg("--").args(words);
    process::run(&mut run)
}
