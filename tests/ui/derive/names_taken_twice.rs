//! Two fields, or two variants, of one name.

use redis_derive::FromReply;

#[derive(FromReply)]
struct User {
    name: String,
    #[redis(rename = "name")]
    nick: String,
    #[redis(alias = "nick", alias = "name")]
    last: String,
}

#[derive(FromReply)]
#[redis(rename_all = "lowercase")]
enum Role {
    Master,
    #[redis(alias = "master")]
    Primary,
}

fn main() {}
