//! The sources that are checked.

use std::fs;
use std::path::{Path, PathBuf};

/// A source file: its path from the root of the project, and its text.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn planted(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// The lines that are neither comments nor within string literals of tests, with their numbers.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(at, line)| (at + 1, line.trim()))
            .filter(|(_, line)| !line.starts_with("//") && !line.is_empty())
    }

    /// The code above the tests at the end of the file.
    pub(crate) fn code_without_tests(&self) -> impl Iterator<Item = (usize, &str)> {
        let is_tests = self.path.ends_with("/tests.rs");
        self.code().take_while(move |_| !is_tests).take_while(|(_, line)| {
            !line.starts_with("#[cfg(test)]") && !line.starts_with("mod tests")
        })
    }

    pub(crate) fn is_generated(&self) -> bool {
        self.text.starts_with("// @generated")
    }
}

/// The Rust sources of every crate, tests, benches and tasks included.
pub(crate) fn all() -> Vec<Source> {
    let mut found = Vec::new();
    for folder in fs::read_dir(root()).expect("the root can be read").flatten() {
        let name = folder.file_name().to_string_lossy().into_owned();
        if folder.path().is_dir() && name != "target" && !name.starts_with('.') {
            collect(&folder.path(), &mut found);
        }
    }
    assert!(found.len() > 20, "the sources were not found from {}", root().display());
    found
}

/// The sources of one crate.
pub(crate) fn of(krate: &str) -> Vec<Source> {
    let mut found = Vec::new();
    collect(&root().join(krate).join("src"), &mut found);
    found
}

/// The manifests of the crates, by crate.
pub(crate) fn manifests() -> Vec<Source> {
    ["redis-core", "redis-commands", "redis-derive", "redis-sync", "redis-async", "tests", "xtask"]
        .map(|krate| {
            let path = format!("{krate}/Cargo.toml");
            Source { text: text(&path), path }
        })
        .into()
}

/// One file of the project.
pub(crate) fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// One file of the project, if it is there.
pub(crate) fn find(path: &str) -> Option<String> {
    fs::read_to_string(root().join(path)).ok()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the project").to_owned()
}

fn collect(folder: &Path, found: &mut Vec<Source>) {
    let mut entries: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().collect();
    entries.sort_by_key(fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target") {
                collect(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let from_root = path.strip_prefix(root()).expect("found below the root");
            let text = fs::read_to_string(&path).expect("a source can be read");
            found.push(Source { path: from_root.to_string_lossy().replace('\\', "/"), text });
        }
    }
}
