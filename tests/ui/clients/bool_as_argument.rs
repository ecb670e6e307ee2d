//! Redis has no boolean argument.

use redis_sync::prelude::*;

fn main() {
    let r = Redis::new();
    let _ = r.set("key", true);
    let _ = r.hset("key", [("field", false)]);
}
