//! `cargo xtask address`: the tests that reach unsafe code, under an address sanitizer.
//!
//! Unsafe code of the libraries asks sockets, closes descriptors, notices forks and takes ASCII for text; what reaches
//! it are the core's own tests, those of the blocking client, the hermetic ones and the real forks. The standard library is
//! not built anew, so that what happens inside of it is not watched. Leaks are not looked for: what is left to
//! the children of a fork is left on purpose, and `tests/leaks` counts. `cargo xtask fuzz --address` is the same
//! for hostile bytes.

use crate::cargo::{cargo, host};
use crate::error::Result;
use crate::process;
use crate::rows::ROWS;
use crate::servers;
use crate::workspace;

/// What is run, each with what it is built by. Allocators that count are left to themselves.
const TESTS: [&[&str]; 4] = [
    &["--package", "redis-core", "--lib", "--tests"],
    &["--package", "redis-sync", "--lib", "--test", "exchange", "--test", "connectors"],
    &["--package", "redis-async", "--lib", "--test", "fork", "--test", "multiplexer"],
    &["--package", "redis-tests", "--features", "servers", "--test", "hermetic", "--test", "fork"],
];

/// Builds them and runs them, until one fails.
pub(crate) fn run() -> Result<()> {
    let servers = servers::fetch(&ROWS[..1], "servers-quick.json")?;
    let (host, directory) = (host()?, workspace::target().join("address"));
    for tests in TESTS {
        let mut command = cargo(&["test", "--target", &host]);
        command.args(tests).arg("--target-dir").arg(&directory);
        // the flag is not a stable one yet
        command.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", "-Zsanitizer=address");
        command.env("ASAN_OPTIONS", "detect_leaks=0:detect_stack_use_after_return=1");
        process::run(command.env("REDIS_SERVERS_JSON", &servers.written))?;
    }
    println!("nothing found");
    Ok(())
}
