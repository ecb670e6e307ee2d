//! Macros that are banned, and re-exports that hide where a thing lives.

use crate::source::Source;

pub(crate) fn banned_macros(sources: &[Source]) -> Vec<String> {
    const BANNED: &[&str] = &[
        "maybe_async::maybe_async",
        "maybe_async::sync_impl",
        "maybe_async::async_impl",
        "maybe_async::test",
        "#[maybe_async]",
    ];
    let mut offenders = Vec::new();
    for source in sources.iter().filter(|source| !source.path.starts_with("tests/architecture/")) {
        let may_share =
            source.path.starts_with("redis-core/src/drive/") || source.path.starts_with("tests/");
        for (number, line) in source.code() {
            let out_of_place = line.contains("both!") && !may_share;
            if out_of_place || BANNED.iter().any(|word| line.contains(word)) {
                offenders.push(format!("{}:{number}: {line}", source.path));
            }
        }
    }
    offenders
}

pub(crate) fn glob_re_exports(sources: &[Source]) -> Vec<String> {
    let mut offenders = Vec::new();
    for source in sources.iter().filter(|source| !source.path.starts_with("tests/")) {
        for (number, line) in source.code() {
            if line.starts_with("pub") && line.contains(" use ") && line.ends_with("::*;") {
                offenders.push(format!("{}:{number}: {line}", source.path));
            }
        }
    }
    offenders
}
