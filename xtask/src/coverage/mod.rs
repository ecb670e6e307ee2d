//! `cargo xtask coverage`: holds the methods of the command traits against the commands that servers have.
//!
//! This decides what is covered, left out or missing, and whether what is said of it is true. What a
//! method sends is found by [`methods`]; what a command is, is told by the command table's data.

mod methods;
mod page;

use crate::error::Result;
use crate::spec::{self, Known};
use methods::Method;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const PAGE: &str = "docs/coverage.md";

/// Writes the page; with `--check` only says whether it is what would be written, and whether anything is
/// missing or untrue.
///
/// # Errors
///
/// Data that cannot be read, and with `--check` everything that is not as it should be.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let check = match arguments {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => return Err("`cargo xtask coverage` knows no argument but --check".into()),
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("xtask has no parent")?;
    let coverage = Coverage::new(
        spec::known(root)?,
        methods::find(root)?,
        &spec::read(&root.join("xtask/data/coverage.json"))?,
        &spec::read(&root.join("xtask/data/left_out.json"))?,
    )?;
    let page = page::write(&coverage);
    let path = root.join(PAGE);
    let mut problems = coverage.problems();
    println!("{}", coverage.summary());
    if !check {
        std::fs::create_dir_all(root.join("docs"))?;
        std::fs::write(&path, page).map_err(|error| format!("{PAGE}: {error}"))?;
        println!("{}", problems.join("\n"));
        return Ok(());
    }
    if std::fs::read_to_string(&path).unwrap_or_default() != page {
        problems.push(format!("{PAGE} is not what it would be now: run `cargo xtask coverage`"));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n").into()) }
}

/// A command that has no method, and why.
#[derive(Debug)]
struct LeftOut {
    why: String,
    /// The methods that do what it does.
    instead: Vec<String>,
}

/// Commands on one side, methods on the other.
struct Coverage {
    groups: Vec<String>,
    commands: BTreeMap<String, Known>,
    methods: Vec<Method>,
    left_out: BTreeMap<String, LeftOut>,
}

/// What there is to a command.
enum State<'c> {
    Covered(Vec<&'c Method>),
    LeftOut(&'c LeftOut),
    Missing,
}

impl Coverage {
    fn new(
        commands: BTreeMap<String, Known>,
        methods: Vec<Method>,
        settings: &Map<String, Value>,
        left_out: &Map<String, Value>,
    ) -> Result<Self> {
        let strings = |value: Option<&Value>| -> Vec<String> {
            let list = value.and_then(Value::as_array).into_iter().flatten();
            list.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let mut reasons = BTreeMap::new();
        for (name, entry) in left_out {
            let why = entry.get("why").and_then(Value::as_str);
            let why = why.ok_or_else(|| format!("left_out.json: `{name}` does not say why"))?;
            let instead = strings(entry.get("instead"));
            reasons.insert(name.clone(), LeftOut { why: why.to_owned(), instead });
        }
        let groups = strings(settings.get("groups"));
        Ok(Self { groups, commands, methods, left_out: reasons })
    }

    /// The commands of a group, by name. A container is nothing without its subcommand.
    fn of_group(&self, group: &str) -> impl Iterator<Item = (&str, &Known)> {
        let of_group = self.commands.iter().filter(move |(_, known)| known.group == group);
        of_group
            .filter(|(name, _)| {
                let within = format!("{name} ");
                !self.commands.keys().any(|other| other.starts_with(&within))
            })
            .map(|(name, known)| (name.as_str(), known))
    }

    fn state(&self, name: &str, known: &Known) -> State<'_> {
        let sends = |method: &&Method| method.statics.contains(&known.id);
        let methods: Vec<&Method> = self.methods.iter().filter(sends).collect();
        match self.left_out.get(name) {
            _ if !methods.is_empty() => State::Covered(methods),
            Some(reason) => State::LeftOut(reason),
            None => State::Missing,
        }
    }

    /// The servers that the commands were asked of.
    fn servers(&self) -> BTreeSet<&str> {
        self.commands.values().flat_map(|known| &known.servers).map(String::as_str).collect()
    }

    /// How many commands of a group are covered, left out and missing.
    fn count(&self, group: &str) -> [usize; 3] {
        let mut count = [0; 3];
        for (name, known) in self.of_group(group) {
            let at = match self.state(name, known) {
                State::Covered(_) => 0,
                State::LeftOut(_) => 1,
                State::Missing => 2,
            };
            count[at] += 1;
        }
        count
    }

    fn summary(&self) -> String {
        let mut text = String::new();
        let mut all = [0; 3];
        for group in &self.groups {
            let count = self.count(group);
            let [covered, left_out, missing] = count;
            text.push_str(&format!(
                "{group:<12} {covered:>3} covered, {left_out:>2} left out, {missing:>2} missing\n"
            ));
            all.iter_mut().zip(count).for_each(|(all, more)| *all += more);
        }
        let [covered, left_out, missing] = all;
        text.push_str(&format!(
            "{:<12} {covered:>3} covered, {left_out:>2} left out, {missing:>2} missing; {} methods",
            "all",
            self.methods.len()
        ));
        text
    }

    /// Everything that is not as it should be, a line each.
    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let all = self.servers().len();
        for group in &self.groups {
            for (name, known) in self.of_group(group) {
                if let State::Missing = self.state(name, known) {
                    let servers = page::on(known, all);
                    problems.push(format!(
                        "missing: {name} ({group}; since {}; on {servers})",
                        known.since
                    ));
                }
            }
        }
        self.untrue_reasons(&mut problems);
        for method in &self.methods {
            self.check(method, &mut problems);
        }
        problems
    }

    /// What is said of commands that are left out.
    fn untrue_reasons(&self, problems: &mut Vec<String>) {
        let names: BTreeSet<&str> = self.methods.iter().map(|method| &*method.name).collect();
        for (name, reason) in &self.left_out {
            let Some(known) = self.commands.get(name) else {
                problems.push(format!("left_out.json: no server has `{name}`"));
                continue;
            };
            if let State::Covered(methods) = self.state(name, known) {
                let method = methods.first().map_or("", |method| &method.name);
                problems.push(format!("left_out.json: `{name}` is not left out: see `{method}`"));
            }
            if reason.why.starts_with("deprecated") && known.deprecated_since.is_none() {
                problems.push(format!("left_out.json: `{name}` is not deprecated"));
            }
            for instead in reason.instead.iter().filter(|instead| !names.contains(&***instead)) {
                problems.push(format!(
                    "left_out.json: there is no `{instead}` to take instead of `{name}`"
                ));
            }
        }
    }

    /// What a method says of its command, and that it is tested.
    fn check(&self, method: &Method, problems: &mut Vec<String>) {
        let Method { file, name, .. } = method;
        let file = file.trim_start_matches("redis-commands/src/");
        let mut problem = |text: String| problems.push(format!("{file}: {name}: {text}"));
        let sent: Vec<(&String, &Known)> =
            self.commands.iter().filter(|(_, known)| method.statics.contains(&known.id)).collect();
        if sent.is_empty() {
            problem("sends no command of the table".to_owned());
        }
        let reference = reference(&method.docs);
        let expected: Vec<String> = sent.iter().map(|(name, known)| said_of(name, known)).collect();
        if !sent.is_empty() && !expected.contains(&reference) {
            let named = reference.split('`').nth(1).unwrap_or_default();
            let wanted = sent.iter().position(|(name, _)| *name == named).unwrap_or_default();
            problem(match (&*reference, expected.get(wanted)) {
                ("", _) => "its documentation names no command".to_owned(),
                (_, Some(wanted)) => format!(
                    "its documentation says\n    {reference}\n  and the table\n    {wanted}"
                ),
                (_, None) => String::new(),
            });
        }
        if method.wire_tests == 0 && method.server_tests.is_empty() {
            problem("no test calls it".to_owned());
        }
    }
}

/// The paragraph of the documentation that names the command, on one line, without Markdown's escapes.
fn reference(docs: &[String]) -> String {
    let sites = ["](https://redis.io/", "](https://valkey.io/"];
    let names =
        |line: &&String| line.starts_with("[`") && sites.iter().any(|site| line.contains(site));
    let lines = docs.iter().skip_while(|line| !names(line)).map(String::as_str);
    let lines: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
    lines.join(" ").replace('\\', "")
}

/// What the documentation of a method is to say of its command. What Valkey alone has is in its reference.
fn said_of(name: &str, known: &Known) -> String {
    let page = name.to_ascii_lowercase().replace(' ', "-");
    let is_valkeys = known.servers.iter().all(|server| server.starts_with("valkey"));
    let site = match is_valkeys && !known.servers.is_empty() {
        true => "valkey.io/commands",
        false => "redis.io/docs/latest/commands",
    };
    let mut said = format!("[`{name}`](https://{site}/{page}/) · since {}", known.since);
    if !known.complexity.is_empty() {
        said.push_str(" · ");
        said.push_str(&known.complexity);
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn known(id: &str, deprecated_since: Option<&str>) -> Known {
        Known {
            id: id.to_owned(),
            group: "thing".to_owned(),
            since: "1.0.0".to_owned(),
            complexity: "O(1)".to_owned(),
            keys: "ONE".to_owned(),
            deprecated_since: deprecated_since.map(str::to_owned),
            ..Known::default()
        }
    }

    fn method(name: &str, id: &str, doc: &str) -> Method {
        Method {
            name: name.to_owned(),
            file: "redis-commands/src/things.rs".to_owned(),
            docs: vec!["Takes.".to_owned(), String::new(), doc.to_owned()],
            statics: BTreeSet::from([id.to_owned()]),
            wire_tests: 1,
            ..Method::default()
        }
    }

    const TAKE: &str = "[`TAKE`](https://redis.io/docs/latest/commands/take/) · since 1.0.0 · O(1)";

    fn problems(methods: Vec<Method>, left_out: Value) -> Vec<String> {
        let commands = [("TAKE", None), ("GIVE", None), ("GRAB", Some("2.0.0"))];
        let commands = commands.map(|(name, since)| (name.to_owned(), known(name, since)));
        let settings = json!({ "groups": ["thing"] });
        let (Some(settings), Some(left_out)) = (settings.as_object(), left_out.as_object()) else {
            panic!("they are objects");
        };
        Coverage::new(BTreeMap::from(commands), methods, settings, left_out).unwrap().problems()
    }

    #[test]
    fn a_command_without_a_method_and_without_a_reason_is_missing() {
        let left_out = json!({ "GRAB": { "why": "deprecated", "instead": ["take"] } });
        let found = problems(vec![method("take", "TAKE", TAKE)], left_out);
        assert_eq!(found, ["missing: GIVE (thing; since 1.0.0; on all)"]);
    }

    #[test]
    fn a_reason_that_is_not_true_is_told() {
        let left_out = json!({
            "GRAB": { "why": "deprecated", "instead": ["snatch"] },
            "GIVE": { "why": "deprecated: do without" },
            "TAKE": { "why": "later" },
            "LEND": { "why": "later" },
        });
        let found = problems(vec![method("take", "TAKE", TAKE)], left_out);
        let wanted = [
            "left_out.json: `GIVE` is not deprecated",
            "left_out.json: there is no `snatch` to take instead of `GRAB`",
            "left_out.json: no server has `LEND`",
            "left_out.json: `TAKE` is not left out: see `take`",
        ];
        assert_eq!(found, wanted);
    }

    #[test]
    fn what_valkey_alone_has_is_in_its_reference() {
        let servers = vec!["valkey-9.1.2".to_owned()];
        let of_valkey = Known { servers, ..known("DELIFEQ", None) };
        let said = said_of("DELIFEQ", &of_valkey);
        assert_eq!(said, "[`DELIFEQ`](https://valkey.io/commands/delifeq/) · since 1.0.0 · O(1)");
        assert_eq!(reference(std::slice::from_ref(&said)), said);
    }

    #[test]
    fn a_method_that_says_another_thing_than_the_table_is_told() {
        let left_out = json!({ "GRAB": { "why": "deprecated" }, "GIVE": { "why": "later" } });
        let old = TAKE.replace("1.0.0", "2.0.0");
        let found = problems(vec![method("take", "TAKE", &old)], left_out.clone());
        assert!(found[0].starts_with("things.rs: take: its documentation says"), "{found:?}");
        let mut untested = method("take", "TAKE", TAKE);
        untested.wire_tests = 0;
        assert_eq!(problems(vec![untested], left_out), ["things.rs: take: no test calls it"]);
    }
}
