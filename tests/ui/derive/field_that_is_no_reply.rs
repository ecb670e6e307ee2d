//! A field's type that no reply can become: the error stands at that type.

use redis_derive::FromReply;

struct Opaque;

#[derive(FromReply)]
struct User {
    name: String,
    secret: Opaque,
}

fn main() {}
