//! What a server says of its libraries of functions, and of the function that is running.

use redis_core::{BulkString, Error, FromReply, Reply, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A library of functions that the server has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoadedLibrary {
    /// Its name.
    pub name: String,
    /// What runs it, in capitals: `LUA`.
    pub engine: String,
    /// Its functions.
    pub functions: Vec<LoadedFunction>,
    /// Its code, if that was asked for.
    pub code: Option<BulkString>,
}

/// A function that the server has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoadedFunction {
    /// Its name.
    pub name: String,
    /// What its library says of it, if it says anything.
    pub description: Option<String>,
    /// What may be expected of it, as its library registered it: `no-writes`, `allow-stale`.
    pub flags: BTreeSet<String>,
}

/// What runs functions, and which one is running.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FunctionStats {
    /// The function that is running, if one is.
    pub running: Option<RunningFunction>,
    /// The engines by name: `LUA`.
    pub engines: BTreeMap<String, FunctionEngine>,
}

/// A function that is running.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunningFunction {
    /// Its name.
    pub name: String,
    /// The command that called it, word for word.
    pub command: Vec<BulkString>,
    /// How long it has been running.
    pub duration: Duration,
}

/// What an engine has loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FunctionEngine {
    /// How many libraries.
    pub libraries: u64,
    /// How many functions.
    pub functions: u64,
}

impl FromReply for LoadedLibrary {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let mut library = Self::default();
        for (name, value) in reply.entries()? {
            match name.scalar("name of a fact")? {
                b"library_name" => library.name = String::from_reply(value)?,
                b"engine" => library.engine = String::from_reply(value)?,
                b"functions" => library.functions = Vec::from_reply(value)?,
                b"library_code" => library.code = Option::from_reply(value)?,
                _ => {}
            }
        }
        if library.name.is_empty() { Err(nameless("library of functions")) } else { Ok(library) }
    }
}

impl FromReply for LoadedFunction {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let mut function = Self::default();
        for (name, value) in reply.entries()? {
            match name.scalar("name of a fact")? {
                b"name" => function.name = String::from_reply(value)?,
                b"description" => function.description = Option::from_reply(value)?,
                b"flags" => function.flags = BTreeSet::from_reply(value)?,
                _ => {}
            }
        }
        if function.name.is_empty() { Err(nameless("function")) } else { Ok(function) }
    }
}

impl FromReply for FunctionStats {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let mut stats = Self::default();
        for (name, value) in reply.entries()? {
            match name.scalar("name of a fact")? {
                b"running_script" => stats.running = Option::from_reply(value)?,
                b"engines" => stats.engines = BTreeMap::from_reply(value)?,
                _ => {}
            }
        }
        Ok(stats)
    }
}

impl FromReply for RunningFunction {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let mut running = Self::default();
        for (name, value) in reply.entries()? {
            match name.scalar("name of a fact")? {
                b"name" => running.name = String::from_reply(value)?,
                b"command" => running.command = Vec::from_reply(value)?,
                b"duration_ms" => {
                    running.duration = Duration::from_millis(u64::from_reply(value)?);
                }
                _ => {}
            }
        }
        Ok(running)
    }
}

impl FromReply for FunctionEngine {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let mut engine = Self::default();
        for (name, value) in reply.entries()? {
            match name.scalar("name of a fact")? {
                b"libraries_count" => engine.libraries = u64::from_reply(value)?,
                b"functions_count" => engine.functions = u64::from_reply(value)?,
                _ => {}
            }
        }
        Ok(engine)
    }
}

#[cold]
fn nameless(what: &str) -> Error {
    Error::conversion(what, "one without a name")
}
