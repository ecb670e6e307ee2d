//! Attributes that say nothing where they stand, or not enough, to `ToArgs`.

use redis_derive::ToArgs;

#[derive(ToArgs)]
struct Read {
    #[redis(with = read_it)]
    name: String,
}

#[derive(ToArgs)]
struct Unknown {
    #[redis(skip_if = is_empty)]
    name: String,
}

#[derive(ToArgs)]
struct Skipped {
    #[redis(skip, write_with = text)]
    name: String,
}

#[derive(ToArgs)]
#[redis(array)]
struct Positions {
    #[redis(rename = "n")]
    name: String,
}

#[derive(ToArgs)]
struct Whole(#[redis(flatten)] Vec<u32>);

#[derive(ToArgs)]
struct Twice {
    name: String,
    #[redis(rename = "name")]
    other: String,
}

fn main() {}
