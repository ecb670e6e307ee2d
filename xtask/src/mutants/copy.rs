//! The copy of the tree in which defects are made, so that nobody ever finds one in the tree itself.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::workspace;

/// A copy of the workspace's files.
#[derive(Debug)]
pub(super) struct Copy {
    root: PathBuf,
}

/// Directories that are made and not written.
const MADE: [&str; 2] = ["target", ".git"];

impl Copy {
    /// The copy, with what differs from the tree written anew: what is the same is not built again.
    pub(super) fn renewed() -> Result<Self> {
        let copy = Self { root: workspace::target().join("mutants/tree") };
        std::fs::create_dir_all(&copy.root)?;
        let written = files(workspace::root())?;
        for stale in files(&copy.root)?.difference(&written) {
            std::fs::remove_file(copy.root.join(stale))?;
        }
        for file in &written {
            let (from, to) = (workspace::root().join(file), copy.root.join(file));
            let content = std::fs::read(from)?;
            if std::fs::read(&to).is_ok_and(|there| there == content) {
                continue;
            }
            if let Some(directory) = to.parent() {
                std::fs::create_dir_all(directory)?;
            }
            std::fs::write(to, content)?;
        }
        Ok(copy)
    }

    /// Where it lies.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// A file of it.
    pub(super) fn path(&self, file: &str) -> PathBuf {
        self.root.join(file)
    }
}

/// Every file below a root that somebody wrote, by its path from there.
fn files(root: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut files = BTreeSet::new();
    let mut directories = vec![root.to_path_buf()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory)? {
            let entry = entry?;
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                if !MADE.iter().any(|made| entry.file_name() == *made) {
                    directories.push(path);
                }
            } else if entry.file_type()?.is_file() && entry.file_name() != ".git" {
                files.insert(path.strip_prefix(root)?.to_path_buf());
            }
        }
    }
    Ok(files)
}
