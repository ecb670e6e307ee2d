//! A list is not one argument.

use redis_sync::prelude::*;

fn main() {
    let r = Redis::new();
    let _ = r.get(vec!["a", "b"]);
    let _ = r.set("key", ["a", "b"]);
    let _ = r.set("key", Some("a"));
}
