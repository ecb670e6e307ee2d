//! The servers that this machine has, as `cargo xtask servers` wrote them down. Decides what a test
//! may ask of a row; starts nothing.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;

use crate::launch::Program;

/// A server of the matrix.
#[derive(Debug, Clone)]
pub struct Row {
    name: String,
    version: (u32, u32, u32),
    valkey: bool,
    modules: Vec<String>,
    tls: bool,
    program: Program,
}

/// Every row that this machine has, oldest first. Those it has not are named on the error output,
/// once in a process.
///
/// # Panics
/// If `cargo xtask servers` was not run, or wrote something else.
#[must_use]
pub fn matrix() -> &'static [Row] {
    static MATRIX: OnceLock<Vec<Row>> = OnceLock::new();
    MATRIX.get_or_init(|| {
        let file = written();
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| {
            panic!("run `cargo xtask servers` first: {}: {error}", file.display())
        });
        let rows = serde_json::from_str(&text).ok().and_then(|json| read(&json));
        rows.unwrap_or_else(|| panic!("run `cargo xtask servers` again: {text}"))
    })
}

/// The row of this name, or `None` after saying on the error output that it is skipped.
#[must_use]
pub fn row(name: &str) -> Option<&'static Row> {
    let found = matrix().iter().find(|row| row.name == name);
    if found.is_none() {
        tell(&format!("skipped: this machine has no {name}"));
    }
    found
}

impl Row {
    /// Such as `redis-7.0`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Such as `(7, 0, 15)`; Valkey's own.
    #[must_use]
    pub fn version(&self) -> (u32, u32, u32) {
        self.version
    }

    /// Is this Valkey?
    #[must_use]
    pub fn is_valkey(&self) -> bool {
        self.valkey
    }

    /// Has it what Redis of this version has? Valkey has what Redis had up to 7.2.
    #[must_use]
    pub fn has_redis(&self, major: u32, minor: u32) -> bool {
        let (had_major, had_minor, _) = if self.is_valkey() { (7, 2, 4) } else { self.version };
        (had_major, had_minor) >= (major, minor)
    }

    /// Is this module loaded? Names as `MODULE LIST` gives them.
    #[must_use]
    pub fn has_module(&self, name: &str) -> bool {
        self.modules.iter().any(|module| module == name)
    }

    /// Was it built with TLS?
    #[must_use]
    pub fn has_tls(&self) -> bool {
        self.tls
    }

    /// How it is started.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }
}

/// What xtask says it wrote, or where it writes when nobody says anything.
fn written() -> PathBuf {
    if let Some(file) = std::env::var_os("REDIS_SERVERS_JSON") {
        return file.into();
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    root.join(target).join("servers/servers.json")
}

fn read(json: &Value) -> Option<Vec<Row>> {
    let mut rows = Vec::new();
    for row in json.as_array()? {
        match row.get("skipped") {
            Some(why) => tell(&format!("skipped: {}: {}", row["row"].as_str()?, why.as_str()?)),
            None => rows.push(read_row(row)?),
        }
    }
    Some(rows)
}

fn read_row(row: &Value) -> Option<Row> {
    let mut environment = BTreeMap::new();
    for (name, value) in row.get("environment")?.as_object()? {
        environment.insert(name.clone(), value.as_str()?.to_owned());
    }
    let program = Program {
        path: row.get("program")?.as_str()?.into(),
        arguments: strings(row.get("arguments")?)?,
        load: strings(row.get("load")?)?,
        environment,
    };
    let mut version =
        row.get("version")?.as_str()?.split('.').map(|part| part.parse().unwrap_or(0));
    let mut part = || version.next().unwrap_or(0);
    Some(Row {
        name: row.get("row")?.as_str()?.to_owned(),
        version: (part(), part(), part()),
        valkey: row.get("valkey")?.as_bool()?,
        modules: strings(row.get("modules")?)?,
        tls: row.get("tls")?.as_bool()?,
        program,
    })
}

fn strings(list: &Value) -> Option<Vec<String>> {
    list.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
}

/// Past the capture of the test harness, which would hide it in a test that passes.
fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
