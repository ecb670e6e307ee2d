//! Where things lie: the root of the workspace and what is built or fetched under `target`.

use std::path::{Path, PathBuf};

use crate::error::Result;

/// The root of the workspace.
pub(crate) fn root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}

/// Where cargo builds: `target`, unless the environment says otherwise.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(directory) => root().join(directory),
        None => root().join("target"),
    }
}

/// Where the servers lie once fetched.
pub(crate) fn servers() -> PathBuf {
    target().join("servers")
}

/// The `rust-version` that the workspace promises.
pub(crate) fn rust_version() -> Result<String> {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml"))?;
    manifest
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = \"")?.strip_suffix('"'))
        .map(str::to_owned)
        .ok_or_else(|| "Cargo.toml states no `rust-version`".into())
}
