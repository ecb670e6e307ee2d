//! `cargo xtask servers`: every row of the matrix fetched, started once, and written down for the
//! tests. A row that cannot be had is reported with its reason; only a required one is a failure.

use std::io;
use std::path::PathBuf;
use std::time::Instant;

use serde_json::{Value, json};

use crate::error::Result;
use crate::launch::{Launch, Process, Program};
use crate::process;
use crate::raw::{Raw, Reply};
use crate::rows::{ROWS, Row};
use crate::scratch::Scratch;
use crate::workspace;

/// What a server said about itself.
struct Answer {
    version: String,
    valkey: bool,
    modules: Vec<String>,
    tls: bool,
}

/// The servers that this machine has.
#[derive(Debug)]
pub(crate) struct Available {
    /// Name of the row and its program, in the order of the matrix.
    pub(crate) programs: Vec<(&'static str, Program)>,
    /// The rows that this machine has not, and why.
    pub(crate) skipped: Vec<String>,
    /// The file that the tests read.
    pub(crate) written: PathBuf,
}

/// Fetches the whole matrix and prints it.
pub(crate) fn run() -> Result<()> {
    fetch(&ROWS, "servers.json").map(|_| ())
}

/// Fetches these rows, prints what came of it and writes it to `file` for the tests.
pub(crate) fn fetch(rows: &'static [Row], file: &str) -> Result<Available> {
    let mut rows_as_json = Vec::new();
    let mut missing = None;
    let (mut programs, mut skipped) = (Vec::new(), Vec::new());
    println!("{:<16} {:<8} server", "row", "version");
    for row in rows {
        let began = Instant::now();
        match bring_up(row) {
            Ok((program, answer)) => {
                let line = command_line(&program);
                let modules = match answer.modules.as_slice() {
                    [] => String::new(),
                    modules => format!(" ({})", modules.join(", ")),
                };
                let took = began.elapsed().as_secs_f32();
                println!("{:<16} {:<8} {line}{modules} [{took:.1} s]", row.name, answer.version);
                rows_as_json.push(as_json(row, &program, &answer));
                programs.push((row.name, program));
            }
            Err(why) => {
                println!("{:<16} {:<8} skipped: {why}", row.name, "-");
                rows_as_json.push(json!({ "row": row.name, "skipped": why.to_string() }));
                skipped.push(format!("{}: {why}", row.name));
                // who names a server wants that one, not to do without
                if row.required || row.named().is_some() {
                    missing = Some(format!("{}: {why}", row.name));
                }
            }
        }
    }
    let directory = workspace::servers();
    std::fs::create_dir_all(&directory)?;
    let written = directory.join(file);
    std::fs::write(&written, serde_json::to_string_pretty(&Value::Array(rows_as_json))?)?;
    match missing {
        Some(why) => Err(format!("the tests need this server: {why}").into()),
        None => Ok(Available { programs, skipped, written }),
    }
}

/// Starts the server of a row on free ports.
pub(crate) fn start(program: &Program) -> io::Result<Process> {
    Process::start(program, Launch::default(), Scratch::new()?)
}

/// Has the program and sees it answer; what was fetched long ago and does not, is fetched anew.
fn bring_up(row: &Row) -> Result<(Program, Answer)> {
    let had_before = row.named().is_none() && row.is_fetched();
    let attempt = || -> Result<(Program, Answer)> {
        let program = row.program()?;
        let answer = ask(&program)?;
        Ok((program, answer))
    };
    match attempt() {
        Err(_) if had_before => {
            row.clear();
            attempt()
        }
        outcome => outcome,
    }
}

fn ask(program: &Program) -> Result<Answer> {
    let server = start(program)?;
    let mut raw = Raw::tcp(server.address())?;
    let info = raw.try_call(&["INFO", "server"])?;
    // Valkey gives the version of Redis that it is compatible with under Redis's name
    let valkey = info.info("valkey_version");
    let is_valkey = valkey.is_some();
    let version = valkey.or_else(|| info.info("redis_version"));
    let modules = match raw.try_call(&["MODULE", "LIST"])? {
        Reply::Array(modules) => modules.iter().filter_map(module_name).collect(),
        _ => Vec::new(),
    };
    // the last question: a server built without TLS may know the setting and yet crash on it, where
    // one with TLS only misses its certificates
    let refusal = raw.try_call(&["CONFIG", "SET", "tls-port", "1"]);
    let tls = matches!(refusal, Ok(Reply::Error(why)) if why.contains("TLS configuration"));
    let version = version.ok_or("INFO names no version")?;
    Ok(Answer { version, valkey: is_valkey, modules, tls })
}

/// The name in one entry of `MODULE LIST`.
fn module_name(module: &Reply) -> Option<String> {
    let Reply::Array(fields) = module else { return None };
    let at = fields.iter().position(|field| *field == Reply::Bulk(b"name".to_vec()))?;
    match fields.get(at + 1)? {
        Reply::Bulk(name) => Some(String::from_utf8_lossy(name).into_owned()),
        _ => None,
    }
}

fn as_json(row: &Row, program: &Program, answer: &Answer) -> Value {
    json!({
        "row": row.name,
        "version": answer.version,
        "valkey": answer.valkey,
        "modules": answer.modules,
        "tls": answer.tls,
        "program": program.path,
        "arguments": program.arguments,
        "load": program.load,
        "environment": program.environment,
    })
}

/// The server for a human reader: its own path, whatever loads it.
fn command_line(program: &Program) -> String {
    let server = program.arguments.last().cloned();
    let server = server.unwrap_or_else(|| program.path.display().to_string());
    let root = format!("{}/", workspace::root().display());
    let server = server.strip_prefix(&root).unwrap_or(&server).to_owned();
    let found = process::find(&server).map(|path| path.display().to_string());
    found.unwrap_or(server)
}
