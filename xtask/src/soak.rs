//! `cargo xtask soak`: the truth battery for as long as one likes, on every server there is.

use crate::cargo::cargo;
use crate::error::Result;
use crate::needs::{self, Tls};
use crate::process;
use crate::rows::ROWS;
use crate::servers;

/// Fetches the servers and runs the battery, with the options as they were given.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let available = servers::fetch(&ROWS, "servers.json")?;
    let mut soak = cargo(&["run", "--release", "--package", "redis-tests", "--example", "soak"]);
    if let Tls::Missing(why) = needs::tls() {
        println!("building without TLS: {why}");
        soak.arg("--no-default-features");
    }
    soak.arg("--").args(arguments).env("REDIS_SERVERS_JSON", &available.written);
    process::run(&mut soak)
}
