//! The two clients have the same files, but for those that ARCHITECTURE.md announces.

use crate::source::Source;
use std::collections::BTreeSet;

/// The files named in ARCHITECTURE.md under "Files that only one client has": `` * `name.rs` … ``.
pub(crate) fn announced(architecture: &str) -> Vec<String> {
    architecture
        .lines()
        .skip_while(|line| !line.contains("Files that only one client has"))
        .skip(1)
        .take_while(|line| !line.starts_with('#'))
        .filter_map(|line| line.strip_prefix("* `")?.split_once('`'))
        .map(|(name, _)| name.to_owned())
        .collect()
}

pub(crate) fn differences(
    sync: &[Source],
    nonblocking: &[Source],
    announced: &[String],
) -> Vec<String> {
    let names = |sources: &[Source]| -> BTreeSet<String> {
        sources
            .iter()
            .filter_map(|source| source.path.split_once("/src/"))
            .map(|(_, name)| name.to_owned())
            .collect()
    };
    let is_announced = |name: &String| {
        announced.iter().any(|entry| {
            name == entry || (entry.ends_with('/') && name.starts_with(entry.as_str()))
        })
    };
    names(sync)
        .symmetric_difference(&names(nonblocking))
        .filter(|name| !is_announced(name))
        .cloned()
        .collect()
}
