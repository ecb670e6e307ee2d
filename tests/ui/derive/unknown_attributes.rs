//! Attributes that do not exist, or that stand where they say nothing.

use redis_derive::FromReply;

#[derive(FromReply)]
#[redis(renameall = "lowercase")]
struct Container {
    name: String,
}

#[derive(FromReply)]
#[redis(rename_all = "Title Case")]
struct Case {
    name: String,
}

#[derive(FromReply)]
struct Field {
    #[redis(optional)]
    name: String,
    #[redis(rename = "a", rename = "b")]
    age: u32,
}

#[derive(FromReply)]
struct Skipped {
    #[redis(skip, rename = "a")]
    name: String,
}

#[derive(FromReply)]
struct Flattened {
    #[redis(flatten, rename = "a")]
    name: String,
}

#[derive(FromReply)]
#[redis(array)]
enum Word {
    One,
}

#[derive(FromReply)]
enum Other {
    #[redis(other)]
    One,
    #[redis(other)]
    Two,
}

fn main() {}
