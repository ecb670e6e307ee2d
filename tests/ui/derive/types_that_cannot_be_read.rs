//! What the derive does not read, and what to do instead.

use redis_derive::FromReply;

#[derive(FromReply)]
union Either {
    left: u32,
    right: f32,
}

#[derive(FromReply)]
struct Pair(u32, u32);

#[derive(FromReply)]
struct Unit;

#[derive(FromReply)]
struct Nothing {
    #[redis(skip)]
    name: String,
}

#[derive(FromReply)]
enum Shape {
    Circle { radius: f64 },
}

#[derive(FromReply)]
enum Never {}

#[derive(FromReply)]
#[redis(transparent)]
struct Two {
    left: u32,
    right: u32,
}

#[derive(FromReply)]
#[redis(array)]
struct Named {
    #[redis(rename = "l")]
    left: u32,
}

fn main() {}
