//! What only some programs use is compiled where it is used.
//!
//! A function that is neither generic nor inline is compiled into its library, and all that it calls, whoever needs it.

use crate::source::Source;

/// Where nothing is that every program needs: files, and folders by a slash at the end. Below `redis-sync/src` and
/// `redis-async/src` where no crate is named.
const OF_SOME: &[&str] = &[
    "redis-commands/src/",
    "redis-core/src/capture/",
    "redis-core/src/config/builder.rs",
    "redis-core/src/config/notation.rs",
    "redis-core/src/config/origin.rs",
    "redis-core/src/config/setters.rs",
    "redis-core/src/config/url.rs",
    "redis-core/src/config/validate.rs",
    "redis-core/src/consumer/",
    "redis-core/src/convert/",
    "redis-core/src/lock/",
    "redis-core/src/monitor.rs",
    "redis-core/src/pipeline/",
    "redis-core/src/pubsub/",
    "redis-core/src/raw.rs",
    "redis-core/src/script/",
    "builder.rs",
    "capture.rs",
    "closing.rs",
    "consumed_entry.rs",
    "consumer.rs",
    "keyspace.rs",
    "link/batch.rs",
    "link/raw.rs",
    "lock/",
    "monitor.rs",
    "optimistic.rs",
    "paged.rs",
    "pipeline.rs",
    "pubsub/",
    "raw_connection.rs",
    "scans.rs",
    "stop_handle.rs",
    "transaction.rs",
];

/// Functions there that everybody would have to compile.
pub(crate) fn eager(sources: &[Source]) -> Vec<String> {
    let lazy = |source: &&Source| is_of_some(&source.path) && !source.path.contains("/tests");
    sources.iter().filter(lazy).flat_map(eager_in).collect()
}

fn is_of_some(path: &str) -> bool {
    let client = ["redis-sync/src/", "redis-async/src/"];
    let within = client.iter().find_map(|client| path.strip_prefix(client)).unwrap_or(path);
    OF_SOME.iter().any(|part| match part.ends_with('/') {
        true => within.starts_with(part),
        false => within == *part,
    })
}

fn eager_in(source: &Source) -> Vec<String> {
    let lines: Vec<&str> = source.text.lines().collect();
    let mut offenders = Vec::new();
    // of the item that begins in the first column: whether it is compiled once for each of many types, or for none
    let mut is_generic = false;
    for (at, line) in lines.iter().enumerate() {
        if *line == "mod tests {" {
            break;
        }
        if line.starts_with(|first: char| first.is_ascii_alphabetic()) && *line != "where" {
            is_generic = begins_generic(&lines[at..]);
        }
        let Some(name) = function(line).filter(|_| !is_generic) else { continue };
        let signature = signature(&lines[at..]);
        let has_body = signature.ends_with('{');
        if has_body && !is_generic_function(&signature, name) && !is_marked(&lines[..at]) {
            offenders.push(format!("{}:{}: {name}", source.path, at + 1));
        }
    }
    offenders
}

/// Whether this item of a file is a trait, a macro, or an implementation for more than one type.
fn begins_generic(lines: &[&str]) -> bool {
    let head = lines[0];
    let is_trait = ["trait ", "pub trait ", "pub(crate) trait ", "pub(super) trait "];
    let is_macro = head.starts_with("macro_rules!") || head.contains("! {");
    if is_macro || is_trait.iter().any(|word| head.starts_with(word)) {
        return true;
    }
    head.strip_prefix("impl<").is_some_and(|rest| has_types(between_angles(rest)))
}

/// The name of the function that begins in this line.
fn function(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace().skip_while(|word| {
        word.starts_with("pub") || ["in", "const", "async", "unsafe"].contains(word)
    });
    let rest = words.next().filter(|word| *word == "fn").and_then(|_| words.next())?;
    rest.split(['(', '<']).next()
}

/// From a function's first line to its body, or to its semicolon.
fn signature(lines: &[&str]) -> String {
    let end = |line: &&&str| line.trim_end().ends_with(['{', ';', '}']);
    let last = lines.iter().position(|line| end(&line)).unwrap_or(0);
    let text = lines[..=last].join(" ");
    // a body on the same line is one, too
    text.split_inclusive(['{', ';']).next().unwrap_or_default().to_owned()
}

fn is_generic_function(signature: &str, name: &str) -> bool {
    let rest = signature.split_once(name).map_or("", |(_, rest)| rest);
    let arguments = rest.split("->").next().unwrap_or_default();
    let types = rest.strip_prefix('<').is_some_and(|rest| has_types(between_angles(rest)));
    types || arguments.contains("impl ")
}

fn between_angles(rest: &str) -> &str {
    rest.split(['>', ':']).next().unwrap_or_default()
}

fn has_types(parameters: &str) -> bool {
    parameters.split(',').any(|one| !one.trim().starts_with('\''))
}

/// Whether the attributes above say that it is compiled elsewhere, or that it is short and cold: an error's making.
fn is_marked(above: &[&str]) -> bool {
    let attributes = above
        .iter()
        .rev()
        .map(|line| line.trim())
        .take_while(|line| line.starts_with("#[") || line.starts_with("//") || *line == ")]");
    attributes.into_iter().any(|line| line.starts_with("#[inline") || line == "#[cold]")
}
