//! Every command's documentation says the same things in the same order, and what it says of the command
//! is what the command table says.

use redis_core::command::{CommandSpec, find};
use std::fs;
use std::path::Path;

/// A method of a command trait: where it is, its name and its documentation.
struct Method {
    place: String,
    name: String,
    docs: Vec<String>,
}

/// All methods of all command traits, as their files have them.
fn methods() -> Vec<Method> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut methods = Vec::new();
    for file in fs::read_dir(sources).expect("src can be listed") {
        let path = file.expect("an entry of src").path();
        // a trait lies in one file; beside it, in a folder of its name, are its tests
        if path.is_dir() {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a source file can be read");
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut inside = false;
        let mut docs: Vec<String> = Vec::new();
        for line in text.lines() {
            if line.starts_with("pub trait ") {
                inside = line.contains("Commands: E");
            } else if line == "}" {
                inside = false;
            }
            let line = line.trim_start();
            if let Some(doc) = line.strip_prefix("///") {
                docs.push(doc.strip_prefix(' ').unwrap_or(doc).to_owned());
            } else if let Some(rest) = line.strip_prefix("fn ").filter(|_| inside) {
                let name = rest.split(['(', '<']).next().unwrap_or_default().to_owned();
                let place = format!("{file}: {name}");
                methods.push(Method { place, name, docs: std::mem::take(&mut docs) });
            } else if !line.starts_with("#[") {
                docs.clear();
            }
        }
    }
    methods
}

impl Method {
    /// The paragraph that names the command, on one line, without Markdown's escapes.
    fn reference(&self) -> String {
        let lines = self.docs.iter().skip_while(|line| !names_command(line)).map(String::as_str);
        let lines: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
        lines.join(" ").replace('\\', "")
    }

    fn spec(&self) -> &'static CommandSpec {
        let reference = self.reference();
        let name = reference.split('`').nth(1).unwrap_or_default();
        find(name).unwrap_or_else(|| panic!("{}: the table does not know `{name}`", self.place))
    }

    fn at(&self, start: &str) -> Option<usize> {
        self.docs.iter().position(|line| line.starts_with(start))
    }
}

fn names_command(line: &str) -> bool {
    line.starts_with("[`")
        && (line.contains("](https://redis.io/") || line.contains("](https://valkey.io/"))
}

#[test]
fn there_are_methods_to_look_at() {
    let methods = methods();
    assert!(methods.len() > 60, "{} methods", methods.len());
    for name in ["get", "hgetall", "xadd", "select", "info"] {
        assert!(methods.iter().any(|method| method.name == name), "{name}");
    }
}

#[test]
fn each_says_what_it_does_then_its_reply_its_errors_its_command_and_an_example() {
    for method in methods() {
        let place = &method.place;
        let reply = method.at("# Reply").unwrap_or_else(|| panic!("{place}: no `# Reply`"));
        let command = method.docs.iter().position(|line| names_command(line));
        let command = command.unwrap_or_else(|| panic!("{place}: no command is named"));
        let example =
            method.at("# Example: ").unwrap_or_else(|| panic!("{place}: no `# Example: `"));
        let errors = method.at("# Errors").unwrap_or(reply);
        let code = method.at("```").unwrap_or_else(|| panic!("{place}: no code"));
        assert!(reply > 0, "{place}: the meaning comes first");
        assert!(
            reply <= errors && errors < command && command < example && example < code,
            "{place}: the order is meaning, reply, errors, command, example"
        );
    }
}

#[test]
fn what_is_said_of_the_command_is_what_the_table_says() {
    for method in methods() {
        let spec = method.spec();
        let page = spec.name().to_ascii_lowercase().replace(' ', "-");
        // what Valkey alone has is in its reference
        let of_valkey = method.reference().contains("](https://valkey.io/");
        let site = if of_valkey { "valkey.io/commands" } else { "redis.io/docs/latest/commands" };
        let mut expected =
            format!("[`{}`](https://{site}/{page}/) · since {}", spec.name(), spec.since());
        if !spec.complexity().is_empty() {
            expected.push_str(" · ");
            expected.push_str(spec.complexity());
        }
        assert_eq!(method.reference(), expected, "{}", method.place);
    }
}

#[test]
fn examples_that_run_side_by_side_use_keys_of_their_own() {
    for method in methods() {
        let spec = method.spec();
        if spec.keys() == redis_core::command::KeySpec::None {
            continue;
        }
        let example = method.docs[method.at("# Example: ").unwrap_or_default()..].join("\n");
        let own = [format!("\"{}:", method.name), format!("\"{{{}}}:", method.name)];
        assert!(own.iter().any(|key| example.contains(key)), "{}: no key of its own", method.place);
    }
}

#[test]
fn an_example_asks_for_the_server_that_has_the_command() {
    for method in methods() {
        let asked = method.docs.iter().find_map(|line| line.split("doc_client(\"").nth(1));
        let Some(asked) = asked.and_then(|rest| rest.split('"').next()) else { continue };
        let asked = asked.strip_prefix("valkey ").unwrap_or(asked);
        let version = |text: &str| -> Vec<u32> {
            text.split('.').map(|part| part.parse().expect("a version")).collect()
        };
        assert!(version(asked) >= version(method.spec().since()), "{}", method.place);
    }
}
