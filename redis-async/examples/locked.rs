//! One at a time, across processes: a lock that renews itself, and a store that refuses who comes too late.
//!
//! `cargo run -p redis-async --example locked_async` with a server at `REDIS_URL`, or at `localhost:6379`; run several
//! at once. The example `locked` of `redis-sync` does the same without `.await`.

use redis_async::prelude::*;
use redis_async::{ErrorKind, LockGuard};
use std::time::Duration;

/// Writes only if nobody with a larger fencing token was here: the one thing that a lease cannot promise.
const WRITE_IF_NEWER: &str = "
if tonumber(redis.call('HGET', KEYS[1], 'fence') or '0') > tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'fence', ARGV[1], 'value', ARGV[2])
return 1";

#[tokio::main]
async fn main() -> redis_async::Result<()> {
    let r = match std::env::var("REDIS_URL") {
        Ok(url) => Redis::from_url(&url)?,
        Err(_) => Redis::new(),
    };

    // a short lease, renewed for as long as the guard lives: who crashes is in the way for 3 s at most
    let lock = r
        .lock("locked:report")
        .lease(Duration::from_secs(3))
        .renew(true)
        .blocking_timeout(Duration::from_secs(30))
        .on_lost(|error| eprintln!("the lock was lost: {error}"));
    let guard = lock.acquire().await?;
    println!("our turn, with the fencing token {}", guard.fence());

    for step in 1..=3 {
        if guard.is_lost() {
            return Err(guard.lost().await);
        }
        let was_written = write(&r, &guard, step).await?;
        println!("step {step} {}", if was_written { "is written" } else { "came too late" });
    }

    // the same handle would wait for itself
    let again = lock.acquire().await.map(drop);
    assert!(again.is_err_and(|error| error.kind() == ErrorKind::WouldDeadlock));

    // a drop would do; this one tells whether the lock was ours to the end
    guard.release().await
}

async fn write(r: &Redis, guard: &LockGuard, step: u32) -> redis_async::Result<bool> {
    let script = r.command("EVAL").arg(WRITE_IF_NEWER).arg(1);
    script.key("locked:value").arg(guard.fence()).arg(step).query().await
}
