//! Facts that do not exist or contradict each other.

#![allow(unused_imports)]

use redis_derive::commands;
use std::time::Duration;

#[commands]
trait Facts {
    #[command]
    fn nameless(&self);

    #[command("")]
    fn empty(&self);

    #[command("X.FACT", readonly)]
    fn misspelt(&self);

    #[command("X.BOTH", read_only, write)]
    fn both(&self);

    #[command("X.TWICE", write, write)]
    fn twice(&self);

    #[command("X.SHAPE", shape = "table")]
    fn shape(&self);

    #[command("X.WAIT", blocking = patience)]
    fn wait_for(&self, timeout: Duration);

    #[command("X.KEY")]
    fn key(&self, #[key(every)] keys: &[&str]);
}

#[commands(shared)]
trait Shared {}

fn main() {}
