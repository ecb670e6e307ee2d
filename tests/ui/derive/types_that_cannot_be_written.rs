//! Types that `ToArgs` can make nothing of.

use redis_derive::ToArgs;

#[derive(ToArgs)]
union Either {
    one: u32,
    other: f32,
}

#[derive(ToArgs)]
struct Nothing;

#[derive(ToArgs)]
struct Skipped {
    #[redis(skip)]
    name: String,
}

#[derive(ToArgs)]
struct Pair(u32, u32);

#[derive(ToArgs)]
enum Empty {}

#[derive(ToArgs)]
enum Payload {
    One,
    Two(u32),
}

#[derive(ToArgs)]
#[redis(array, transparent)]
struct Both {
    name: String,
}

#[derive(ToArgs)]
#[redis(transparent)]
struct Two {
    name: String,
    age: u32,
}

fn main() {}
