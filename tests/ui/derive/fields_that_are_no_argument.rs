//! Fields that are not one argument, and what to do about it.

use redis_core::command::{Command, table};
use redis_derive::ToArgs;

#[derive(ToArgs)]
struct User {
    name: String,
    verified: bool,
    tags: Vec<String>,
}

#[derive(ToArgs)]
struct Tags(Vec<String>);

fn one_is_wanted(tags: &Tags) {
    let _ = Command::new(&table::GET).key(tags);
}

fn main() {}
