//! Whether a command's arguments are what the servers' own grammar says.
//!
//! The grammar is a tree of arguments; options that stand side by side may come in any order, as servers
//! take them.

use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::LazyLock;

static COMMANDS: LazyLock<Value> = LazyLock::new(|| {
    let text = include_str!("../../../xtask/data/commands.json");
    serde_json::from_str(text).expect("the command data are JSON")
});

/// Options that a server of the matrix takes and does not describe, found by asking it: Valkey's, but for
/// `OVERFLOW`, which may also stand where no write follows.
const UNDESCRIBED: &[(&str, &[&str])] = &[
    ("BITFIELD", &["OVERFLOW"]),
    ("CLIENT KILL", &["IDLE", "NAME", "FLAGS", "LIB-NAME", "LIB-VER", "DB", "CAPA", "IP"]),
    ("CLIENT LIST", &["SKIPME", "ADDR", "LADDR", "USER", "MAXAGE"]),
    ("GEOSEARCH", &["BYPOLYGON"]),
    ("GEOSEARCHSTORE", &["BYPOLYGON"]),
    ("HSETEX", &["NX", "XX"]),
];

/// Fails, naming the command, if its arguments are none that the grammar allows.
#[inline]
pub(super) fn check(name: &str, arguments: &[Vec<u8>]) {
    let words: Vec<String> =
        arguments.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect();
    let undescribed = UNDESCRIBED.iter().filter(|(command, _)| *command == name);
    if undescribed.flat_map(|(_, words)| *words).any(|word| words.iter().any(|w| w == word)) {
        return;
    }
    let command = COMMANDS.get(name).unwrap_or_else(|| panic!("no server describes {name}"));
    let ends = sequence(children(command), &words, 0);
    assert!(ends.contains(&words.len()), "the grammar of {name} has no {words:?}");
}

type Ends = BTreeSet<usize>;

#[inline]
fn children(node: &Value) -> &[Value] {
    node.get("arguments").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[inline]
fn has_flag(node: &Value, flag: &str) -> bool {
    let flags = node.get("flags").and_then(Value::as_array);
    flags.is_some_and(|flags| flags.iter().any(|found| found == flag))
}

/// Where the arguments may end that begin at `at`; neighbouring options in any order.
#[inline]
fn sequence(nodes: &[Value], words: &[String], at: usize) -> Ends {
    let Some(first) = nodes.first() else { return Ends::from([at]) };
    let options = nodes.iter().take_while(|node| has_flag(node, "optional")).count();
    if options == 0 {
        let ends = several(first, words, at);
        return ends.into_iter().flat_map(|end| sequence(&nodes[1..], words, end)).collect();
    }
    let mut reached = BTreeSet::from([(0_u32, at)]);
    let mut todo = vec![(0_u32, at)];
    while let Some((used, at)) = todo.pop() {
        for (index, option) in nodes[..options].iter().enumerate() {
            let bit = 1 << index;
            if used & bit != 0 {
                continue;
            }
            for end in several(option, words, at).into_iter().filter(|&end| end > at) {
                if reached.insert((used | bit, end)) {
                    todo.push((used | bit, end));
                }
            }
        }
    }
    let ends: Ends = reached.into_iter().map(|(_, end)| end).collect();
    ends.into_iter().flat_map(|end| sequence(&nodes[options..], words, end)).collect()
}

/// Once, or as often as it may come.
#[inline]
fn several(node: &Value, words: &[String], at: usize) -> Ends {
    let Some(at) = after_token(node, words, at) else { return Ends::new() };
    let mut ends = once(node, words, at);
    if has_flag(node, "multiple") {
        let mut todo: Vec<usize> = ends.iter().copied().collect();
        while let Some(end) = todo.pop() {
            let next = match has_flag(node, "multiple_token") {
                true => after_token(node, words, end),
                false => Some(end),
            };
            let more = next.map(|next| once(node, words, next)).unwrap_or_default();
            todo.extend(more.into_iter().filter(|&end| ends.insert(end)));
        }
    }
    ends
}

#[inline]
fn after_token(node: &Value, words: &[String], at: usize) -> Option<usize> {
    match node.get("token").and_then(Value::as_str) {
        None => Some(at),
        Some(token) => {
            let found = words.get(at)?;
            found.eq_ignore_ascii_case(token.trim_matches('"')).then_some(at + 1)
        }
    }
}

#[inline]
fn once(node: &Value, words: &[String], at: usize) -> Ends {
    let one = |holds: fn(&str) -> bool| -> Ends {
        words.get(at).filter(|word| holds(word)).map(|_| at + 1).into_iter().collect()
    };
    match node.get("type").and_then(Value::as_str) {
        Some("pure-token") => Ends::from([at]),
        Some("block") => sequence(children(node), words, at),
        Some("oneof") => children(node).iter().flat_map(|node| several(node, words, at)).collect(),
        Some("integer" | "unix-time" | "double") => one(is_number),
        _ => one(|_| true),
    }
}

/// The data call the increment of `ZINCRBY`, the digest of `DELEX` and the offsets of `BITFIELD` (`#1`)
/// integers, and the ends of score ranges (`(1`) doubles.
#[inline]
fn is_number(word: &str) -> bool {
    let is_digest = word.len() == 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest || word.strip_prefix(['(', '#']).unwrap_or(word).parse::<f64>().is_ok()
}

#[test]
#[inline]
fn what_no_server_understands_is_outside_of_the_grammar() {
    let allows = |name: &str, words: &[&str]| {
        let words: Vec<Vec<u8>> = words.iter().map(|word| word.as_bytes().to_vec()).collect();
        std::panic::catch_unwind(|| check(name, &words)).is_ok()
    };
    assert!(allows("SET", &["k", "v", "EX", "10", "NX"]));
    assert!(allows("ZADD", &["k", "GT", "CH", "1", "m", "2", "n"]));
    assert!(allows("XREAD", &["COUNT", "2", "STREAMS", "a", "b", "0", "0"]));
    assert!(!allows("SET", &["k"]));
    assert!(!allows("SET", &["k", "v", "EX", "soon"]));
    assert!(!allows("SET", &["k", "v", "NX", "XX"]));
    assert!(!allows("ZADD", &["k", "1"]));
    assert!(!allows("HGET", &["k", "f", "g"]));
}
