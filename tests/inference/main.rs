//! What compiles without any annotation. Nothing here runs: that it compiles is the test, so that it
//! needs no server.

#![allow(dead_code)]

mod blocking;
mod nonblocking;
mod sharing;

/// Refuses what cannot go to another thread or outlive its borrow.
fn spawnable<F: Future + Send + 'static>(_: F) {}

#[test]
fn statements_of_the_readme_compile_without_annotation() {
    // the bodies are in the modules; a function pointer is enough to have them checked
    let _: fn() -> redis_sync::Result<()> = blocking::script;
    let _: fn() = nonblocking::spawned;
}
