//! Debian packages: installed on this machine, or a whole other suite unpacked beside it without
//! upgrading anything. The mirror is the one this machine is configured for.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};
use crate::process;

/// Installs packages; only root on a Debian-like machine may.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    may_install()?;
    println!("installing {} with apt-get", packages.join(" "));
    process::read(Command::new("apt-get").arg("update"))?;
    process::read(
        Command::new("apt-get")
            .args(["install", "--yes", "--no-install-recommends"])
            .args(packages)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )?;
    Ok(())
}

/// Why nothing can be installed here, if so.
pub(crate) fn may_install() -> Result<()> {
    if process::find("apt-get").is_none() {
        return Err("there is no apt-get on this machine".into());
    }
    if !process::is_root() {
        return Err("installing needs root".into());
    }
    Ok(())
}

/// A Debian suite of which some packages are unpacked into a directory of its own.
#[derive(Debug)]
pub(crate) struct Suite {
    name: &'static str,
    directory: PathBuf,
}

impl Suite {
    /// The suite of this name, to be unpacked under `directory`.
    pub(crate) fn new(name: &'static str, directory: PathBuf) -> Self {
        Self { name, directory }
    }

    /// Where packages are unpacked.
    pub(crate) fn root(&self) -> PathBuf {
        self.directory.join("root")
    }

    /// The suite's libraries.
    pub(crate) fn libraries(&self) -> PathBuf {
        self.root().join("usr/lib").join(triplet())
    }

    /// The suite's own loader, since its libc may be newer than this machine's.
    pub(crate) fn loader(&self) -> Result<PathBuf> {
        std::fs::read_dir(self.libraries())?
            .flatten()
            .map(|entry| entry.path())
            .find(|file| {
                file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("ld-linux"))
            })
            .ok_or_else(|| format!("{} has no loader", self.name).into())
    }

    /// Unpacks `packages`, and what the packages `with_dependencies` need; does nothing where that
    /// was done before.
    pub(crate) fn fetch(&self, packages: &[&str], with_dependencies: &[&str]) -> Result<()> {
        let stamp = self.directory.join("packages");
        let wanted = [packages, with_dependencies].concat().join(" ");
        if std::fs::read_to_string(&stamp).is_ok_and(|had| had == wanted) {
            return Ok(());
        }
        self.prepare()?;
        process::read(&mut self.apt("apt-get", &["update"]))?;
        let mut names: Vec<String> = packages.iter().map(|&name| name.to_owned()).collect();
        if !with_dependencies.is_empty() {
            names.extend(self.closure(with_dependencies)?);
        }
        names.sort();
        names.dedup();
        let mut download = self.apt("apt-get", &["download"]);
        process::read(download.args(&names).current_dir(self.directory.join("archives")))?;
        self.unpack()?;
        // the index of a suite is ten times what was wanted of it
        std::fs::remove_dir_all(self.directory.join("lists"))?;
        std::fs::remove_dir_all(self.directory.join("archives"))?;
        Ok(std::fs::write(stamp, wanted)?)
    }

    fn prepare(&self) -> Result<()> {
        if process::find("apt-get").is_none() || process::find("dpkg").is_none() {
            return Err("there is no apt-get and dpkg on this machine".into());
        }
        if self.directory.exists() {
            std::fs::remove_dir_all(&self.directory)?;
        }
        for directory in ["lists/partial", "cache/archives/partial", "archives", "root"] {
            std::fs::create_dir_all(self.directory.join(directory))?;
        }
        let source = source_for(self.name)?;
        Ok(std::fs::write(self.directory.join(source.file_name), source.text)?)
    }

    fn apt(&self, program: &str, arguments: &[&str]) -> Command {
        let directory = self.directory.display();
        let list = ["suite.sources", "suite.list"]
            .map(|name| self.directory.join(name))
            .into_iter()
            .find(|file| file.exists())
            .unwrap_or_default();
        let mut command = Command::new(program);
        command
            .arg(format!("-oDir::Etc::SourceList={}", list.display()))
            .arg("-oDir::Etc::SourceParts=/dev/null")
            .arg(format!("-oDir::State::Lists={directory}/lists"))
            .arg(format!("-oDir::Cache={directory}/cache"))
            .arg("-oAPT::Sandbox::User=root")
            .args(arguments)
            .env("LC_ALL", "C");
        command
    }

    /// The packages that these need, themselves included.
    fn closure(&self, packages: &[&str]) -> Result<Vec<String>> {
        let mut depends = self.apt("apt-cache", &["depends", "--recurse"]);
        for relation in ["recommends", "suggests", "conflicts", "breaks", "replaces", "enhances"] {
            depends.arg(format!("--no-{relation}"));
        }
        let tree = process::read(depends.args(packages))?;
        let names = tree.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
        Ok(names.map(str::to_owned).collect())
    }

    fn unpack(&self) -> Result<()> {
        for entry in std::fs::read_dir(self.directory.join("archives"))? {
            process::read(Command::new("dpkg").arg("-x").arg(entry?.path()).arg(self.root()))?;
        }
        Ok(())
    }
}

/// A list of sources for apt, and the name by which apt knows its format.
struct Source {
    file_name: &'static str,
    text: String,
}

/// This machine's first Debian source, with the suite replaced.
fn source_for(suite: &str) -> Result<Source> {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    if !release.lines().any(|line| line == "ID=debian") {
        return Err("this machine is not Debian, so it knows no Debian mirror".into());
    }
    let mut files = vec![PathBuf::from("/etc/apt/sources.list")];
    let parts: Vec<_> =
        std::fs::read_dir("/etc/apt/sources.list.d").into_iter().flatten().collect();
    files.extend(parts.into_iter().flatten().map(|entry| entry.path()));
    files.sort();
    files.iter().find_map(|file| source_in(file, suite)).ok_or_else(no_mirror)
}

fn no_mirror() -> Error {
    "the apt configuration of this machine names no Debian mirror".into()
}

fn source_in(file: &Path, suite: &str) -> Option<Source> {
    let text = std::fs::read_to_string(file).ok()?;
    match file.extension()?.to_str()? {
        "sources" => text
            .split("\n\n")
            .find_map(|stanza| stanza_for(stanza, suite))
            .map(|text| Source { file_name: "suite.sources", text }),
        "list" => text
            .lines()
            .find_map(|line| line_for(line, suite))
            .map(|text| Source { file_name: "suite.list", text }),
        _ => None,
    }
}

/// A deb822 stanza of Debian's main archive, moved to another suite.
fn stanza_for(stanza: &str, suite: &str) -> Option<String> {
    let lines = stanza.lines().filter(|line| !line.starts_with('#'));
    let mut is_debian = false;
    let mut moved = String::new();
    for line in lines {
        match line.split_once(':') {
            Some(("Suites", _)) => moved.push_str(&format!("Suites: {suite}")),
            Some(("URIs", uris)) => {
                is_debian = uris.trim_end().trim_end_matches('/').ends_with("debian");
                moved.push_str(line);
            }
            Some(("Types", _)) => moved.push_str("Types: deb"),
            Some(("Components", _)) => moved.push_str("Components: main"),
            _ => moved.push_str(line),
        }
        moved.push('\n');
    }
    is_debian.then_some(moved)
}

/// A one-line source of Debian's main archive, moved to another suite.
fn line_for(line: &str, suite: &str) -> Option<String> {
    let rest = line.strip_prefix("deb ")?.trim_start();
    let (options, rest) = match rest.strip_prefix('[') {
        Some(bracketed) => {
            bracketed.split_once(']').map(|(options, rest)| (Some(options), rest))?
        }
        None => (None, rest),
    };
    let mirror = rest.split_whitespace().next()?;
    if !mirror.trim_end_matches('/').ends_with("debian") {
        return None;
    }
    let options = options.map(|options| format!("[{options}] ")).unwrap_or_default();
    Some(format!("deb {options}{mirror} {suite} main\n"))
}

/// Debian's name for this machine's kind, as library folders are called.
fn triplet() -> String {
    format!("{}-linux-gnu", std::env::consts::ARCH)
}

#[cfg(test)]
mod tests {
    use super::{line_for, stanza_for};

    #[test]
    fn a_stanza_keeps_its_mirror_and_its_key_and_changes_its_suite() {
        let stanza = "Types: deb deb-src\n# a remark\nURIs: http://mirror.example/debian\n\
                      Suites: bookworm bookworm-updates\nComponents: main contrib\nSigned-By: /k.gpg\n";
        let moved = "Types: deb\nURIs: http://mirror.example/debian\nSuites: trixie\n\
                     Components: main\nSigned-By: /k.gpg\n";
        assert_eq!(stanza_for(stanza, "trixie").as_deref(), Some(moved));
    }

    #[test]
    fn a_source_of_another_archive_is_passed_over() {
        let stanza = "Types: deb\nURIs: http://mirror.example/debian-security\nSuites: x\n";
        assert_eq!(stanza_for(stanza, "trixie"), None);
        assert_eq!(line_for("deb http://mirror.example/node stable main", "trixie"), None);
    }

    #[test]
    fn a_one_line_source_keeps_its_options() {
        let line = "deb [signed-by=/k.gpg] http://mirror.example/debian/ bookworm main contrib";
        let moved = "deb [signed-by=/k.gpg] http://mirror.example/debian/ forky main\n";
        assert_eq!(line_for(line, "forky").as_deref(), Some(moved));
    }
}
