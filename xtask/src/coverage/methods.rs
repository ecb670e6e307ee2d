//! The methods of the command traits, found by reading the sources of `redis-commands`.
//!
//! This is no parser. It leans on the form that rustfmt gives, and these are its rules:
//!
//! * A trait is what stands from `pub trait …Commands:` to the next line `}`; a method begins at a line
//!   `    fn name` in it and ends at the next line `    }`, or where a line ends in `;` before any body.
//!   Its documentation is the `///` lines before it.
//! * A method sends the commands whose statics (`table::NAME`) its body names; those of the methods that it
//!   calls on `self`; and those of the functions outside of traits that it calls and that name statics:
//!   `name(…)`, `Type::name(…)`, or `….name(…)` where the function takes `self`.
//! * From `#[cfg(test)]` before a module of tests on, and in files of tests alone, there are no methods.
//!   There, and under `tests/commands` and `tests/integration`, a test is of a method that it calls
//!   (`.name(`).

use crate::error::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A method of a command trait.
#[derive(Debug, Default)]
pub(crate) struct Method {
    pub(crate) name: String,
    /// The trait that it is in.
    pub(crate) owner: String,
    /// The file that it is in.
    pub(crate) file: String,
    /// Its documentation, without the slashes.
    pub(crate) docs: Vec<String>,
    /// The statics of the commands that it sends.
    pub(crate) statics: BTreeSet<String>,
    /// The tests that call it: of its wire form, and on servers.
    pub(crate) wire_tests: usize,
    pub(crate) server_tests: BTreeSet<String>,
    pub(super) body: String,
}

/// A source file: its path from the root of the workspace, and its text.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// All methods, in the order of their files and places.
pub(crate) fn find(root: &Path) -> Result<Vec<Method>> {
    let sources = files(root, "redis-commands/src")?;
    let mut tests = files(root, "tests/commands")?;
    tests.extend(files(root, "tests/integration")?);
    Ok(methods(&sources, &tests))
}

fn files(root: &Path, folder: &str) -> Result<Vec<Source>> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(root.join(folder)) else { return Ok(found) };
    for entry in entries {
        let entry = entry?;
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            found.extend(files(root, &path)?);
        } else if path.ends_with(".rs") {
            found.push(Source { text: std::fs::read_to_string(entry.path())?, path });
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

/// The methods in `sources`, with the tests of them there and in `tests`.
pub(crate) fn methods(sources: &[Source], tests: &[Source]) -> Vec<Method> {
    let mut methods = Vec::new();
    let mut functions = Vec::new();
    for source in sources {
        Reader { file: &source.path, methods: &mut methods, functions: &mut functions }
            .read(code_of(source));
    }
    functions.retain(|function| !statics(&function.body).is_empty());
    resolve(&mut methods, &functions);
    let wire: Vec<&str> = sources.iter().flat_map(|source| tests_of(source)).collect();
    let on_servers: Vec<(String, &str)> = tests.iter().flat_map(bodies).collect();
    for method in &mut methods {
        let call = format!(".{}(", method.name);
        method.wire_tests = wire.iter().map(|text| text.matches(&call).count()).sum();
        let called = on_servers.iter().filter(|(_, body)| body.contains(&call));
        method.server_tests = called.map(|(name, _)| name.clone()).collect();
    }
    methods
}

fn is_of_tests(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.ends_with("_tests.rs") || path.contains("/tests/")
}

fn split(source: &Source) -> (&str, &str) {
    if is_of_tests(&source.path) {
        return ("", &source.text);
    }
    let at = source.text.find("\n#[cfg(test)]\nmod tests").unwrap_or(source.text.len());
    source.text.split_at(at)
}

fn code_of(source: &Source) -> &str {
    split(source).0
}

fn tests_of(source: &Source) -> Option<&str> {
    Some(split(source).1).filter(|text| !text.is_empty())
}

/// A function outside of traits.
struct Function {
    /// How it is called, up to the parenthesis: `name`, `Type::name` or `.name`.
    call: String,
    body: String,
}

struct Reader<'r> {
    file: &'r str,
    methods: &'r mut Vec<Method>,
    functions: &'r mut Vec<Function>,
}

/// Where a line stands.
enum Place {
    Outside,
    Trait(String),
    Type(String),
}

impl Reader<'_> {
    fn read(&mut self, code: &str) {
        let mut place = Place::Outside;
        let mut docs: Vec<String> = Vec::new();
        let mut lines = code.lines();
        while let Some(line) = lines.next() {
            if let Some(doc) = line.trim_start().strip_prefix("///") {
                docs.push(doc.strip_prefix(' ').unwrap_or(doc).to_owned());
                continue;
            }
            let (indented, bare) = (line.starts_with("    "), line.trim_start());
            if let Some((name, head)) = function(bare, line.len() - bare.len()) {
                let end = if indented { "    }" } else { "}" };
                let body = body(line, end, &mut lines);
                self.keep(&place, name, head, body, std::mem::take(&mut docs));
            } else if !indented {
                place = Self::place(line, place);
            }
            if !bare.starts_with("#[") {
                docs.clear();
            }
        }
    }

    fn place(line: &str, before: Place) -> Place {
        if let Some(rest) = line.strip_prefix("pub trait ") {
            let name = word(rest);
            return if name.ends_with("Commands") { Place::Trait(name) } else { Place::Outside };
        }
        if line.starts_with("impl") {
            let of = line.rsplit(" for ").next().unwrap_or(line);
            let of = if of == line { line.trim_start_matches("impl").trim_start() } else { of };
            let of = if of.starts_with('<') { of.split("> ").nth(1).unwrap_or(of) } else { of };
            return Place::Type(word(of));
        }
        if line == "}" { Place::Outside } else { before }
    }

    fn keep(&mut self, place: &Place, name: String, head: &str, body: String, docs: Vec<String>) {
        let takes_self = head.contains("self");
        match place {
            Place::Trait(owner) => self.methods.push(Method {
                name,
                owner: owner.clone(),
                file: self.file.to_owned(),
                docs,
                body,
                ..Method::default()
            }),
            Place::Type(_) if takes_self || body_takes_self(&body) => {
                self.functions.push(Function { call: format!(".{name}("), body });
            }
            Place::Type(of) => {
                self.functions.push(Function { call: format!("{of}::{name}("), body });
            }
            Place::Outside => self.functions.push(Function { call: format!("{name}("), body }),
        }
    }
}

/// Whether a signature that rustfmt broke takes `self`.
fn body_takes_self(body: &str) -> bool {
    body.lines().nth(1).is_some_and(|line| line.trim_start().contains("self,"))
}

/// The name of the function that begins in this line, and the rest of the line.
fn function(bare: &str, indentation: usize) -> Option<(String, &str)> {
    let mut rest = bare;
    for word in ["pub(crate) ", "pub(super) ", "pub ", "const "] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    let rest = rest.strip_prefix("fn ").filter(|_| indentation <= 4)?;
    Some((word(rest), rest))
}

/// From the line of the signature to the line `end`; or to the signature's own end.
fn body<'l>(first: &str, end: &str, lines: &mut impl Iterator<Item = &'l str>) -> String {
    let mut body = first.to_owned();
    let mut opened = first.ends_with('{');
    if first.ends_with(';') || first.ends_with('}') {
        return body;
    }
    for line in lines {
        body.push('\n');
        body.push_str(line);
        opened |= line.ends_with('{');
        if line == end || (!opened && line.ends_with(';')) {
            break;
        }
    }
    body
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The statics that a body names.
fn statics(body: &str) -> BTreeSet<String> {
    body.split("table::").skip(1).map(word).filter(|name| !name.is_empty()).collect()
}

fn resolve(methods: &mut [Method], functions: &[Function]) {
    let mut sent: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for method in methods.iter() {
        let mut all = statics(&method.body);
        for function in functions.iter().filter(|function| calls(&method.body, &function.call)) {
            all.extend(statics(&function.body));
        }
        sent.entry(method.name.clone()).or_default().extend(all);
    }
    // as often as one method may lean on the next
    for _ in 0..4 {
        for method in methods.iter() {
            let called: Vec<String> = method
                .body
                .split("self.")
                .skip(1)
                .map(word)
                .filter(|name| *name != method.name)
                .collect();
            let more: BTreeSet<String> =
                called.iter().filter_map(|name| sent.get(name)).flatten().cloned().collect();
            sent.entry(method.name.clone()).or_default().extend(more);
        }
    }
    for method in methods {
        method.statics = sent.get(&method.name).cloned().unwrap_or_default();
    }
}

/// Whether a body has the call, and not one whose name ends like it.
fn calls(body: &str, call: &str) -> bool {
    body.match_indices(call).any(|(at, _)| {
        let before = body[..at].chars().next_back();
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '.' || c == ':';
        // a signature is no call
        call.starts_with('.') || (!before.is_some_and(is_part) && !body[..at].ends_with("fn "))
    })
}

/// The functions in a file of tests: `file::name`, and the text of each.
fn bodies(source: &Source) -> Vec<(String, &str)> {
    let file = source.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
    let mut found: Vec<(String, &str)> = Vec::new();
    let starts: Vec<usize> = source.text.match_indices("fn ").map(|(at, _)| at).collect();
    for (index, start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(source.text.len());
        let text = &source.text[*start..end];
        found.push((format!("{file}::{}", word(&text[3..])), text));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planted(path: &str, text: &str) -> Source {
        Source { path: path.to_owned(), text: text.to_owned() }
    }

    const SOURCE: &str = r#"
/// Commands.
pub trait ThingCommands: ExecuteCommand {
    /// Takes.
    ///
    /// [`TAKE`](https://redis.io/) · since 1.0.0
    #[doc(alias = "grab")]
    fn take(&self, key: impl ToArg) -> Response<'_, Self, i64> {
        self.take_with(key, TakeOptions::new())
    }

    /// With options.
    fn take_with(
        &self,
        key: impl ToArg,
        options: TakeOptions,
    ) -> Response<'_, Self, i64> {
        self.execute_command(Command::new(options.spec()).key(&key))
    }

    /// Gives.
    fn give(&self) -> Response<'_, Self, ()> {
        self.execute_command(give_one(Command::new(&table::GIVE)))
    }
}

impl<C: ExecuteCommand + ?Sized> ThingCommands for C {}

impl<'a> Chooses for TakeOptions<'a> {
    fn spec(&self) -> &'static CommandSpec {
        if self.ms { &table::PTAKE } else { &table::TAKE }
    }

    fn new() -> Self {
        Self
    }
}

fn give_one(command: Command<'_>) -> Command<'_> {
    let _ = &table::GIVE_ONE;
    command
}

#[cfg(test)]
mod tests {
    fn commands_are_written() {
        wire(|r| r.take("k"));
        Command::new(&table::NEVER);
    }
}
"#;

    fn read() -> Vec<Method> {
        let tests = [planted(
            "tests/commands/things.rs",
            "both_clients! {\n    async fn taking_takes(test) {\n        test.client.take(&key).await?;\n    }\n}\n",
        )];
        methods(&[planted("redis-commands/src/things.rs", SOURCE)], &tests)
    }

    fn sends(method: &Method) -> Vec<&str> {
        method.statics.iter().map(String::as_str).collect()
    }

    #[test]
    fn a_method_sends_what_it_and_those_it_leans_on_name() {
        let methods = read();
        let names: Vec<&str> = methods.iter().map(|method| &*method.name).collect();
        assert_eq!(names, ["take", "take_with", "give"]);
        assert_eq!(sends(&methods[0]), ["PTAKE", "TAKE"]);
        assert_eq!(sends(&methods[1]), ["PTAKE", "TAKE"]);
        assert_eq!(sends(&methods[2]), ["GIVE", "GIVE_ONE"]);
        assert!(methods.iter().all(|method| method.owner == "ThingCommands"));
    }

    #[test]
    fn documentation_is_what_stands_before_a_method() {
        let methods = read();
        assert_eq!(methods[0].docs[0], "Takes.");
        assert_eq!(methods[1].docs, ["With options."]);
    }

    #[test]
    fn a_test_is_of_the_methods_that_it_calls() {
        let methods = read();
        assert_eq!(methods[0].wire_tests, 1);
        assert_eq!(methods[0].server_tests, BTreeSet::from(["things::taking_takes".to_owned()]));
        assert_eq!((methods[1].wire_tests, methods[1].server_tests.len()), (0, 0));
    }
}
