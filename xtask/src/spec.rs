//! The generator of the command table. Absent from this tree.

use crate::error::Result;

/// Generates `redis-core/src/command/table.rs`, or with `--check` compares it.
pub(crate) fn run(_arguments: &[String]) -> Result<()> {
    Err("the generator of the command table is absent from this tree".into())
}
