//! What must not compile, and what the compiler then says; and that the README does compile. After a change that is meant, `TRYBUILD=overwrite
//! cargo test -p redis-tests --test ui` writes the messages anew: read them before they are committed.

use std::path::Path;

#[test]
fn what_is_wrong_is_said_where_it_stands() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/derive/*.rs");
    cases.compile_fail("ui/commands/*.rs");
    cases.compile_fail("ui/clients/*.rs");
}

#[test]
fn every_piece_of_the_readme_compiles() {
    let readme = include_str!("../README.md");
    let pieces = readme.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next());
    let mut program = String::from(PREPARED);
    for (number, piece) in pieces.enumerate() {
        let (function, client) = match piece.contains(".await") {
            true => ("async fn", "redis_async"),
            false => ("fn", "redis_sync"),
        };
        program += &format!(
            "{function} piece_{number}() -> {client}::Result<()> {{\n\
             use {client}::prelude::*;\n{piece}\nOk(())\n}}\n"
        );
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme.rs");
    std::fs::write(&path, program).expect("the target directory can be written to");
    trybuild::TestCases::new().pass(path);
}

/// What the README speaks of without showing it. Nothing of it runs, so no server is needed.
const PREPARED: &str = "
#![allow(unused, dead_code)]
static REDIS: redis_async::Redis = redis_async::Redis::new();
#[derive(Debug, redis_async::FromReply)]
struct User { name: String }
fn main() {}
";
