//! Generates the command table of `redis-core` from what servers say of their commands
//! (`xtask/data/commands.json`) and what they do not say (`xtask/data/facts.json`).
//!
//! This file decides how the servers' words become flags, keys and policies. It decides nothing about
//! single commands: that is what the facts are for.

use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

const TABLE: &str = "redis-core/src/command/table.rs";

/// Writes the table; with `--check` only says whether it is what would be written.
///
/// # Errors
///
/// Data that cannot be read or that contradicts itself, and with `--check` a table that differs.
pub(crate) fn run(arguments: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    let check = match arguments {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => return Err("`cargo xtask spec` knows no argument but --check".into()),
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("xtask has no parent")?;
    let (commands, facts) = data(root)?;
    let table = generate(&commands, &facts)?;
    let path = root.join(TABLE);
    if check {
        let found = std::fs::read_to_string(&path).map_err(|error| format!("{TABLE}: {error}"))?;
        return if found == table {
            Ok(())
        } else {
            Err(format!("{TABLE} is not what its data make: run `cargo xtask spec`").into())
        };
    }
    std::fs::write(&path, table).map_err(|error| format!("{TABLE}: {error}").into())
}

fn data(root: &Path) -> Result<(Map<String, Value>, Facts), String> {
    let commands = read(&root.join("xtask/data/commands.json"))?;
    Ok((commands, Facts::new(read(&root.join("xtask/data/facts.json"))?)?))
}

/// What is known of one command, for those who hold something against it.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Its static in the table.
    pub(crate) id: String,
    pub(crate) group: String,
    pub(crate) since: String,
    pub(crate) complexity: String,
    pub(crate) flags: Vec<&'static str>,
    /// Where its keys are, as the table writes it.
    pub(crate) keys: String,
    pub(crate) servers: Vec<String>,
    pub(crate) deprecated_since: Option<String>,
}

/// Every command that a server has, by its name.
///
/// # Errors
///
/// Data that cannot be read.
pub(crate) fn known(root: &Path) -> Result<BTreeMap<String, Known>, String> {
    let (commands, facts) = data(root)?;
    let mut all = BTreeMap::new();
    for (name, command) in &commands {
        let said = |field: &str| text(command.get(field)).to_owned();
        let known = Known {
            id: id_of(name),
            group: group_of(name, &said("group"), &facts).to_owned(),
            since: said("since"),
            complexity: said("complexity"),
            flags: flags_of(name, command, &facts),
            keys: facts
                .keys
                .get(name)
                .map_or_else(|| keys_of(name, command), |keys| Ok(keys.clone()))?,
            servers: strings(command.get("servers")).into_iter().map(str::to_owned).collect(),
            deprecated_since: Some(said("deprecated_since")).filter(|since| !since.is_empty()),
        };
        all.insert(name.clone(), known);
    }
    Ok(all)
}

pub(crate) fn read(path: &Path) -> Result<Map<String, Value>, String> {
    let in_file = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| in_file(&error))?;
    serde_json::from_str(&text).map_err(|error| in_file(&error))
}

/// What servers do not say.
struct Facts {
    lists: BTreeMap<&'static str, BTreeSet<String>>,
    keys: BTreeMap<String, String>,
    shapes: BTreeMap<String, String>,
    groups: BTreeMap<String, String>,
}

const LISTS: [&str; 6] =
    ["always_blocks", "binds", "cacheable", "not_read_only", "read_only", "repeatable"];

impl Facts {
    fn new(facts: Map<String, Value>) -> Result<Self, String> {
        let mut lists = BTreeMap::new();
        for name in LISTS {
            let list = strings(facts.get(name).and_then(|fact| fact.get("commands")));
            lists.insert(name, list.into_iter().map(str::to_owned).collect());
        }
        let texts = |name: &str, field: &str| -> Result<BTreeMap<String, String>, String> {
            let map = facts.get(name).and_then(|fact| fact.get(field)).and_then(Value::as_object);
            let map = map.ok_or_else(|| format!("facts.json: `{name}` has no `{field}`"))?;
            Ok(map.iter().map(|(key, value)| (key.clone(), text(Some(value)).to_owned())).collect())
        };
        Ok(Self {
            lists,
            keys: texts("keys", "commands")?,
            shapes: texts("shapes", "commands")?,
            groups: texts("groups", "prefixes")?,
        })
    }

    fn says(&self, list: &str, command: &str) -> bool {
        self.lists.get(list).is_some_and(|list| list.contains(command))
    }

    /// A fact about a command that no server has is a slip of the pen.
    fn check(&self, commands: &Map<String, Value>) -> Result<(), String> {
        let named = self.lists.values().flatten().chain(self.keys.keys()).chain(self.shapes.keys());
        for name in named {
            if !commands.contains_key(name) {
                return Err(format!("facts.json: no server has `{name}`"));
            }
        }
        Ok(())
    }
}

fn text(value: Option<&Value>) -> &str {
    value.and_then(Value::as_str).unwrap_or_default()
}

fn strings(value: Option<&Value>) -> Vec<&str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

const HEAD: &str = r#"// @generated by cargo xtask spec; do not edit
//! The commands that servers know, with the facts about each, sorted by name.

use super::spec::{
    CommandSpec, Flags, KeySpec as K, RequestPolicy as Q, ResponsePolicy as P, subcommands,
};
use crate::reply::Shape as S;

macro_rules! specs {
    ($($id:ident $name:literal $words:literal $header:literal [$($flag:ident)*] [$($keys:tt)*] [$request:ident $response:ident]
    [$($shape:tt)*] $group:literal $since:literal $complexity:literal;)*) => {
        $(
            #[doc = concat!("The command `", $name, "`.")]
            pub static $id: CommandSpec = CommandSpec {
                name: $name,
                header: $header,
                words: $words,
                flags: Flags::NONE$(.union(Flags::$flag))*,
                keys: $($keys)*,
                request: Q::$request,
                response: P::$response,
                shape: $($shape)*,
                group: $group,
                since: $since,
                complexity: $complexity,
                subcommands: subcommands(Flags::NONE$(.union(Flags::$flag))*),
            };
        )*
        /// All of them, sorted by the bytes of their names.
        pub static ALL: &[&CommandSpec] = &[$(&$id),*];
    };
}

/// The first argument is the one key.
const ONE: K = K::Range { first: 0, last: 0, step: 1 };
/// The first two arguments are keys.
const TWO: K = K::Range { first: 0, last: 1, step: 1 };
/// Every argument is a key.
const EVERY: K = K::Range { first: 0, last: -1, step: 1 };

specs! {
"#;

fn generate(commands: &Map<String, Value>, facts: &Facts) -> Result<String, String> {
    facts.check(commands)?;
    let mut lines = BTreeMap::new();
    for (name, command) in commands {
        let line = line(name, command, facts).map_err(|error| format!("{name}: {error}"))?;
        lines.insert(name.clone(), line);
        if let Some((container, _)) = name.split_once(' ') {
            if !commands.contains_key(container) {
                let group = text(command.get("group"));
                lines.entry(container.to_owned()).or_insert_with(|| {
                    let group = group_of(container, group, facts);
                    row(
                        container,
                        "WRITE CONTAINER",
                        "K::None",
                        "Default Default",
                        "S::AsIs",
                        [group, "", ""],
                    )
                });
            }
        }
    }
    let mut table = HEAD.to_owned();
    for line in lines.values() {
        table.push_str("    ");
        table.push_str(line);
        table.push('\n');
    }
    table.push_str("}\n");
    Ok(table)
}

fn line(name: &str, command: &Value, facts: &Facts) -> Result<String, String> {
    let keys = match facts.keys.get(name) {
        Some(keys) => keys.clone(),
        None => keys_of(name, command)?,
    };
    let shape = facts.shapes.get(name).map_or("S::AsIs", String::as_str);
    Ok(row(
        name,
        &flags_of(name, command, facts).join(" "),
        &keys,
        &policies(command)?,
        shape,
        [
            group_of(name, text(command.get("group")), facts),
            text(command.get("since")),
            text(command.get("complexity")),
        ],
    ))
}

fn row(
    name: &str,
    flags: &str,
    keys: &str,
    policies: &str,
    shape: &str,
    said: [&str; 3],
) -> String {
    let id = id_of(name);
    let words: Vec<&str> = name.split(' ').collect();
    let mut header = String::new();
    for word in &words {
        let _ = write!(header, "${}\\r\\n{word}\\r\\n", word.len());
    }
    let [group, since, complexity] = said;
    format!(
        "{id} {name:?} {} b\"{header}\" [{flags}] [{keys}] [{policies}] [{shape}] {group:?} {since:?} {complexity:?};",
        words.len()
    )
}

/// The name of a command's static.
fn id_of(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

fn group_of<'a>(name: &str, group: &'a str, facts: &'a Facts) -> &'a str {
    if group != "module" {
        return group;
    }
    let known = facts.groups.iter().find(|(prefix, _)| name.starts_with(prefix.as_str()));
    known.map_or(group, |(_, group)| group)
}

fn flags_of(name: &str, command: &Value, facts: &Facts) -> Vec<&'static str> {
    let said = strings(command.get("flags"));
    let server = |flag| said.contains(&flag);
    let changes = facts.says("not_read_only", name);
    let reads = (server("readonly") && !changes) || facts.says("read_only", name);
    let waits = facts.says("always_blocks", name);
    let binds = facts.says("binds", name);
    let writes = changes || (server("write") && !reads) || runs_code(name, reads);
    let asks = facts.says("repeatable", name) || name.ends_with(" HELP");
    let flags = [
        ("READ_ONLY", reads),
        ("WRITE", writes),
        ("REPEATABLE", (reads && !waits && !binds) || asks),
        ("BLOCKS", server("blocking")),
        ("ALWAYS_BLOCKS", waits),
        ("BINDS", binds),
        ("CACHEABLE", facts.says("cacheable", name)),
        ("ADMIN", server("admin")),
        ("PUBSUB", server("pubsub")),
        ("WHILE_LOADING", server("loading")),
    ];
    flags.into_iter().filter(|(_, holds)| *holds).map(|(flag, _)| flag).collect()
}

/// What a script does the servers leave open; it is taken to write unless its command forbids it.
fn runs_code(name: &str, reads: bool) -> bool {
    matches!(name, "EVAL" | "EVALSHA" | "FCALL") && !reads
}

fn policies(command: &Value) -> Result<String, String> {
    let (mut request, mut response) = ("Default", "Default");
    for tip in strings(command.get("tips")) {
        match tip.split_once(':') {
            Some(("request_policy", policy)) => {
                request = match policy {
                    "all_nodes" => "AllNodes",
                    "all_shards" => "AllShards",
                    "multi_shard" => "MultiShard",
                    "special" => "Special",
                    _ => return Err(format!("request policy `{policy}` is new")),
                }
            }
            Some(("response_policy", policy)) => {
                response = match policy {
                    "one_succeeded" => "OneSucceeded",
                    "all_succeeded" => "AllSucceeded",
                    "agg_min" => "AggMin",
                    "agg_max" => "AggMax",
                    "agg_sum" => "AggSum",
                    "agg_logical_and" => "AggLogicalAnd",
                    "agg_logical_or" => "AggLogicalOr",
                    "special" => "Special",
                    _ => return Err(format!("response policy `{policy}` is new")),
                }
            }
            _ => {}
        }
    }
    Ok(format!("{request} {response}"))
}

/// One of the servers' key specifications.
enum Found {
    /// From argument `first` to `last` (negative: from the end), every `step`th.
    Range { first: i64, last: i64, step: i64 },
    /// A number at `at` and as many keys after it, every `step`th.
    Counted { at: i64, step: i64 },
    /// The first half of what follows a keyword.
    After { keyword: String, from: i64 },
    /// After a keyword, one key or the rest; or the server cannot say.
    Elsewhere,
}

fn found(spec: &Value, words: i64) -> Result<Found, String> {
    let search = spec.get("begin_search").ok_or("a key specification without begin_search")?;
    let find = spec.get("find_keys").ok_or("a key specification without find_keys")?;
    let number = |part: &Value, field: &str| {
        part.get("spec").and_then(|spec| spec.get(field)).and_then(Value::as_i64)
    };
    let missing = "a key specification lacks a number";
    let begin = number(search, "index").map(|index| index - words);
    let result = match (text(search.get("type")), text(find.get("type")), begin) {
        ("index", "range", Some(first)) => {
            let last = number(find, "lastkey").ok_or(missing)?;
            let last = if last < 0 { last } else { first + last };
            Found::Range { first, last, step: number(find, "keystep").ok_or(missing)? }
        }
        ("index", "keynum", Some(first)) => Found::Counted {
            at: first + number(find, "keynumidx").ok_or(missing)?,
            step: number(find, "keystep").ok_or(missing)?,
        },
        ("keyword", "range", _) if number(find, "limit") == Some(2) => Found::After {
            keyword: text(search.get("spec").and_then(|spec| spec.get("keyword"))).to_owned(),
            from: number(search, "startfrom").ok_or(missing)? - words,
        },
        ("keyword" | "unknown", _, _) => Found::Elsewhere,
        other => return Err(format!("key specification {other:?} is new")),
    };
    Ok(result)
}

fn keys_of(name: &str, command: &Value) -> Result<String, String> {
    let words = i64::try_from(name.split(' ').count()).map_err(|error| error.to_string())?;
    let specs = command.get("key_specs").and_then(Value::as_array);
    let mut all = Vec::new();
    for spec in specs.into_iter().flatten() {
        match found(spec, words)? {
            // the first key is elsewhere described, and the rest lie in its slot
            Found::Elsewhere => {}
            known => all.push(known),
        }
    }
    Ok(match all.as_slice() {
        [] => "K::None".into(),
        [Found::Range { first, last, step }] => range(*first, *last, *step),
        // two keys, or one and then all that follow
        [
            Found::Range { first, last, step: 1 },
            Found::Range { first: next, last: end, step: 1 },
        ] if last == first && *next == first + 1 => range(*first, *end, 1),
        [Found::Counted { at, step }] => format!("K::Counted {{ at: {at}, step: {step} }}"),
        [Found::Range { first: 0, last: 0, .. }, Found::Counted { at, step: 1 }] => {
            format!("K::FirstAndCounted {{ at: {at} }}")
        }
        [Found::After { keyword, from }] => {
            format!("K::After {{ keyword: {keyword:?}, from: {from} }}")
        }
        _ => return Err("its key specifications make no pattern that is known".into()),
    })
}

fn range(first: i64, last: i64, step: i64) -> String {
    match (first, last, step) {
        (0, 0, _) => "ONE".into(),
        (0, 1, 1) => "TWO".into(),
        (0, -1, 1) => "EVERY".into(),
        _ => format!("K::Range {{ first: {first}, last: {last}, step: {step} }}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn keys(name: &str, specs: Value) -> String {
        keys_of(name, &json!({ "key_specs": specs })).unwrap()
    }

    fn index(index: i64, kind: &str, find: Value) -> Value {
        json!({
            "begin_search": { "type": "index", "spec": { "index": index } },
            "find_keys": { "type": kind, "spec": find },
        })
    }

    #[test]
    fn positions_are_counted_after_the_words_of_the_name() {
        let one = json!({ "lastkey": 0, "keystep": 1, "limit": 0 });
        assert_eq!(keys("GET", json!([index(1, "range", one.clone())])), "ONE");
        assert_eq!(keys("OBJECT FREQ", json!([index(2, "range", one)])), "ONE");
    }

    #[test]
    fn a_destination_before_counted_keys_is_a_key_too() {
        let one = json!({ "lastkey": 0, "keystep": 1, "limit": 0 });
        let counted = json!({ "keynumidx": 0, "firstkey": 1, "keystep": 1 });
        let specs = json!([index(1, "range", one), index(2, "keynum", counted)]);
        assert_eq!(keys("ZUNIONSTORE", specs), "K::FirstAndCounted { at: 1 }");
    }

    #[test]
    fn a_fact_about_a_command_that_does_not_exist_is_refused() {
        let facts = json!({
            "binds": { "commands": ["SELCT"] },
            "keys": { "commands": {} }, "shapes": { "commands": {} }, "groups": { "prefixes": {} },
        });
        let facts = Facts::new(facts.as_object().cloned().unwrap()).unwrap();
        let error = generate(&Map::new(), &facts).unwrap_err();
        assert_eq!(error, "facts.json: no server has `SELCT`");
    }

    #[test]
    fn the_table_on_disk_is_what_the_data_make() {
        run(&["--check".to_owned()]).unwrap();
    }
}
