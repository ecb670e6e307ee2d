//! A kept defect: what it breaks, the text that is exchanged, and the test that must notice.

use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::{Error, Result};
use crate::workspace;

/// One defect of `xtask/data/mutants.json`.
#[derive(Debug)]
pub(super) struct Defect {
    pub(super) name: String,
    /// What goes wrong with it, in words.
    pub(super) breaks: String,
    /// Below the root of the workspace.
    pub(super) file: String,
    text: String,
    becomes: String,
    pub(super) killer: Killer,
    /// Whether its test never ends, and is caught by that.
    pub(super) hangs: bool,
}

/// The test that must fail.
#[derive(Debug)]
pub(super) struct Killer {
    pub(super) package: String,
    /// `lib`, or the name of a test target; `models` of the checker's workspace.
    pub(super) target: String,
    /// The name of its function: of all that are made from it, both clients' say, one failure is enough.
    pub(super) test: String,
}

/// All of them, in their order.
pub(super) fn kept() -> Result<Vec<Defect>> {
    let file = workspace::root().join("xtask/data/mutants.json");
    let list: Value = serde_json::from_slice(&std::fs::read(&file)?)?;
    list.as_array().ok_or("mutants.json is no list")?.iter().map(Defect::read).collect()
}

/// The names that two of them have.
pub(super) fn repeated(defects: &[Defect]) -> Vec<String> {
    let mut names: Vec<_> = defects.iter().map(|defect| defect.name.as_str()).collect();
    names.sort_unstable();
    let twice = names.windows(2).filter(|pair| pair.first() == pair.last());
    twice.map(|pair| format!("{} stands there twice", pair.concat())).collect()
}

impl Defect {
    fn read(entry: &Value) -> Result<Self> {
        let name = text(entry, "name")?;
        let field = |field: &str| text(entry, field).map_err(|error| format!("{name}: {error}"));
        Ok(Self {
            breaks: field("breaks")?,
            file: field("file")?,
            text: field("text")?,
            becomes: field("becomes")?,
            killer: Killer::read(&field("killer")?).ok_or_else(|| {
                format!("{name}: its killer is to be a package, a target and a test")
            })?,
            hangs: entry.get("hangs").and_then(Value::as_bool).unwrap_or(false),
            name,
        })
    }

    /// The file as it is, and with the defect.
    pub(super) fn made(&self) -> Result<(String, String)> {
        let file = workspace::root().join(&self.file);
        let sane = std::fs::read_to_string(file)
            .map_err(|error| Error::from(format!("{} cannot be read: {error}", self.file)))?;
        let broken = self.exchange(&sane)?;
        Ok((sane, broken))
    }

    /// The text is exchanged where it stands; it must stand there, and once.
    fn exchange(&self, sane: &str) -> Result<String> {
        match sane.matches(&self.text).count() {
            0 => Err(format!("its text is not in {} any more", self.file).into()),
            1 if self.text == self.becomes => Err("it changes nothing".into()),
            1 => Ok(sane.replacen(&self.text, &self.becomes, 1)),
            many => Err(format!("its text is in {} {many} times", self.file).into()),
        }
    }

    /// Unit tests first, then what is built on least: so the fewest things are built twice.
    pub(super) fn order(&self) -> impl Ord {
        let killer = &self.killer;
        let below = self.file.split('/').next().unwrap_or_default().to_owned();
        let rank = ["redis-async", "redis-sync"].iter().position(|it| *it == below);
        let is_lib = killer.target == "lib";
        (
            !is_lib,
            killer.package.clone(),
            killer.target.clone(),
            rank.unwrap_or(2),
            self.file.clone(),
        )
    }
}

impl Killer {
    fn read(words: &str) -> Option<Self> {
        let mut words = words.splitn(3, ' ').map(str::to_owned);
        Some(Self { package: words.next()?, target: words.next()?, test: words.next()? })
    }

    /// Whether it is in the same program.
    pub(super) fn is_built_with(&self, other: &Self) -> bool {
        (&self.package, &self.target) == (&other.package, &other.target)
    }

    /// Whether it is one of those that `cargo test` leaves out, since they need servers.
    pub(super) fn needs_servers(&self) -> bool {
        let targets = ["commands", "conversations", "fork", "integration", "live"];
        self.package == "redis-tests" && targets.contains(&self.target.as_str())
    }

    /// What is wrong with it, if its function is nowhere.
    pub(super) fn missing(&self) -> Result<Option<String>> {
        let root = workspace::root();
        let source = match (self.package.as_str(), self.target.as_str()) {
            ("redis-loom", _) => root.join("loom/src"),
            ("redis-tests", target) => root.join("tests").join(target),
            (package, "lib") => root.join(package).join("src"),
            (package, target) => root.join(package).join("tests").join(target),
        };
        let test = &self.test;
        // a macro that makes tests is told a name, and what the test does; a model's name is a text
        let ways = [format!("fn {test}("), format!("{test}: |"), format!("\"{test}\"")];
        // a program of one file has no folder
        let file = source.with_extension("rs");
        let found = if source.is_dir() {
            holds(&source, &ways)?
        } else {
            file.is_file() && stands_in(&file, &ways)?
        };
        Ok((!found).then(|| format!("there is no test `{test}` in {}", source.display())))
    }
}

impl fmt::Display for Killer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.package, self.target, self.test)
    }
}

/// A field that is a text, or its lines.
fn text(entry: &Value, field: &str) -> Result<String> {
    match entry.get(field) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Array(lines)) => {
            let lines: Option<Vec<_>> = lines.iter().map(Value::as_str).collect();
            Ok(lines.ok_or_else(|| format!("`{field}` is to be text"))?.join("\n"))
        }
        _ => Err(format!("`{field}` is missing").into()),
    }
}

/// Whether one of these stands in a file of Rust there.
fn holds(directory: &Path, texts: &[String]) -> Result<bool> {
    let mut directories = vec![PathBuf::from(directory)];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory)? {
            let path = entry?.path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && stands_in(&path, texts)?
            {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Whether one of these stands in this file.
fn stands_in(file: &Path, texts: &[String]) -> Result<bool> {
    let source = std::fs::read_to_string(file)?;
    Ok(texts.iter().any(|text| source.contains(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defect(text: &str, becomes: &str) -> Defect {
        let entry = serde_json::json!({
            "name": "n", "breaks": "b", "file": "f.rs", "killer": "p lib a test",
            "text": text.lines().collect::<Vec<_>>(), "becomes": becomes,
        });
        Defect::read(&entry).unwrap()
    }

    #[test]
    fn a_defect_is_made_where_its_text_stands_once_and_nowhere_else() {
        let source = "one\ntwo\nthree\ntwo\n";
        assert_eq!(defect("one\ntwo", "2").exchange(source).unwrap(), "2\nthree\ntwo\n");
        for (text, becomes, why) in [
            ("two", "2", "its text is in f.rs 2 times"),
            ("four", "4", "its text is not in f.rs any more"),
            ("one", "one", "it changes nothing"),
        ] {
            let error = defect(text, becomes).exchange(source).unwrap_err();
            assert_eq!(error.to_string(), why);
        }
    }

    #[test]
    fn a_killer_is_a_package_a_target_and_a_name_that_may_be_a_sentence() {
        let killer = Killer::read("redis-loom models nobody is lost").unwrap();
        assert_eq!((killer.target.as_str(), killer.test.as_str()), ("models", "nobody is lost"));
        assert!(Killer::read("redis-core lib").is_none());
    }
}
