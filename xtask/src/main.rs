//! The tasks of the project: what each is called and which file does it. Decides nothing else.

mod address;
mod apt;
mod bench;
mod cargo;
mod compiler;
mod coverage;
mod demo;
mod error;
mod faults;
mod fuzz;
mod instructions;
// The one description of how a server process is started and asked, shared with the tests: they
// must not depend on each other, since this package has to build where OpenSSL is missing.
#[allow(dead_code, unreachable_pub, reason = "written for the tests, which use all of it")]
#[path = "../../tests/support/launch.rs"]
mod launch;
mod loom;
mod msrv;
mod mutants;
mod needs;
mod pip;
mod process;
mod progress;
#[allow(dead_code, unreachable_pub, reason = "written for the tests, which use all of it")]
#[path = "../../tests/support/raw.rs"]
mod raw;
mod replay;
mod rows;
#[allow(dead_code, unreachable_pub, reason = "written for the tests, which use all of it")]
#[path = "../../tests/support/scratch.rs"]
mod scratch;
mod servers;
mod soak;
mod spec;
mod test;
mod workspace;

use std::process::ExitCode;

use crate::error::Result;

const HELP: &str = "\
cargo xtask demo            bring up a real server and run the tour on it
cargo xtask test            everything: format, lints, tests, docs, servers, oldest compiler
cargo xtask test --quick    without documentation, oldest compiler and all servers but the first
cargo xtask servers         fetch the servers that the tests run on, and say what was skipped
cargo xtask soak --minutes 10 --seed 7
                            kill connections and servers under both clients for so long, and tell what was lost
cargo xtask spec            generate the command table from xtask/data/commands.json
cargo xtask spec --check    fail if the command table is not what would be generated
cargo xtask coverage        write docs/coverage.md: which method sends which command, and what is missing
cargo xtask coverage --check  fail if a command is missing, or the page or a method's documentation is not true
cargo xtask fuzz            hostile bytes for everything that reads bytes; also: TARGET …, --runs N, --address
cargo xtask address         the tests that reach unsafe code, under an address sanitizer
cargo xtask faults --upstream HOST:PORT --script 'out every 20..80 frames reset' --seed 7
                            a proxy in front of a server that does what networks do at their worst
cargo xtask bench           measure the clients, their peers and the floors, and judge every goal
    --quick                 in under two minutes of measuring
    --strict                fail if a goal is missed
    --only NAME             only what has this in its name: `shared/`, `many/lrange`, `cost`, …
    --cores 1,2,4           the shared cases on so many processors, too
cargo xtask instructions    count the hot paths' instructions, and fail if they are more than recorded
cargo xtask instructions --record  record them anew
cargo xtask replay FILE     play a capture of a client again, and say where it broke
cargo xtask loom            every order in which threads may meet at the locks; also: WORD … of a model's name
cargo xtask mutants         make the kept defects one by one: each must be caught by its test; also: NAME …
cargo xtask mutants --list  the defects, what each breaks and which test must notice
cargo xtask mutants --check  fail if a defect cannot be made any more, or its test is gone
cargo xtask msrv            build the libraries with the oldest compiler that is supported";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<()> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["demo"] => demo::run(),
        ["test"] => test::run(test::Extent::Full),
        ["test", "--quick"] => test::run(test::Extent::Quick),
        ["servers"] => servers::run(),
        ["soak", ..] => soak::run(arguments.get(1..).unwrap_or_default()),
        ["spec", ..] => spec::run(arguments.get(1..).unwrap_or_default()),
        ["coverage", ..] => coverage::run(arguments.get(1..).unwrap_or_default()),
        ["fuzz", ..] => fuzz::run(arguments.get(1..).unwrap_or_default()),
        ["address"] => address::run(),
        ["faults", ..] => faults::run(arguments.get(1..).unwrap_or_default()),
        ["bench", options @ ..] => bench::run(options),
        ["instructions", options @ ..] => instructions::run(options),
        ["mutants", ..] => mutants::run(arguments.get(1..).unwrap_or_default()),
        ["loom", ..] => loom::run(arguments.get(1..).unwrap_or_default()),
        ["msrv"] => msrv::run(),
        ["replay", file] => replay::run(file),
        [] | ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            Ok(())
        }
        _ => Err(format!("no such task: `{}`\n\n{HELP}", arguments.join(" ")).into()),
    }
}
