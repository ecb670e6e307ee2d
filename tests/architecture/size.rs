//! How large a file may be, and what it may be called.

use crate::source::Source;

const MOST_LINES: usize = 1000;
const MOST_CODE: usize = 600;

/// Files over 600 lines of code or 1,000 in all. A command group's total is its documentation; what is
/// generated is nobody's to read.
pub(crate) fn oversized(sources: &[Source]) -> Vec<String> {
    let mut offenders = Vec::new();
    for source in sources.iter().filter(|source| !source.is_generated()) {
        let all = source.text.lines().count();
        let code = source
            .text
            .lines()
            .filter(|line| {
                let line = line.trim_start();
                !line.starts_with("///") && !line.starts_with("//!")
            })
            .count();
        let is_group = source.path.starts_with("redis-commands/src/");
        if code > MOST_CODE {
            offenders.push(format!("{}: {code} lines of code, at most {MOST_CODE}", source.path));
        } else if all > MOST_LINES && !is_group {
            offenders.push(format!("{}: {all} lines, at most {MOST_LINES}", source.path));
        }
    }
    offenders
}

pub(crate) fn nameless(sources: &[Source]) -> Vec<String> {
    const NAMES: &[&str] =
        &["utils", "util", "helpers", "helper", "common", "misc", "types", "base", "manager"];
    sources
        .iter()
        .filter(|source| {
            source.path.trim_end_matches(".rs").split('/').any(|part| NAMES.contains(&part))
        })
        .map(|source| source.path.clone())
        .collect()
}
