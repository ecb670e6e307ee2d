//! `cargo xtask demo`: a real server, found or installed, and the tour run on it.

use crate::cargo::cargo;
use crate::error::Result;
use crate::needs::{self, Tls};
use crate::process;
use crate::rows::ROWS;
use crate::servers;
use crate::workspace;

/// Where the tour lies.
const TOUR: &str = "tests/examples/tour.rs";

/// Runs the tour.
pub(crate) fn run() -> Result<()> {
    if !workspace::root().join(TOUR).is_file() {
        return Err(format!("there is no tour in this tree: {TOUR} is missing").into());
    }
    let [first, ..] = &ROWS;
    let program = first.program()?;
    let server = servers::start(&program)?;
    println!("{} listens on {}", program.path.display(), server.address());
    let mut tour = cargo(&["run", "--release", "--package", "redis-tests", "--example", "tour"]);
    if let Tls::Missing(why) = needs::tls() {
        println!("building without TLS: {why}");
        tour.arg("--no-default-features");
    }
    tour.env("REDIS_URL", format!("redis://{}", server.address()));
    println!("building the tour (the first time takes a minute)");
    process::run(&mut tour)
}
