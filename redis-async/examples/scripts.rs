//! Scripts and functions: a rate limit that no two clients can get around, and a leaderboard as a library.
//!
//! `cargo run -p redis-async --example scripts` with a server (7.0 or newer) at `REDIS_URL`, or at
//! `localhost:6379`. The example of the same name in `redis-sync` does the same without `.await`.

use redis_async::prelude::*;
use redis_async::{Delivery, Library, Script};

/// Lets so many through in a window of so many seconds.
static LIMIT: Script = Script::new(
    "local count = redis.call('INCR', KEYS[1])
     if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
     if count > tonumber(ARGV[1]) then return redis.error_reply('LIMITED wait a moment') end
     return ARGV[1] - count",
);

/// Functions stay with the server's data; the name of the library is in its first line.
const LEADERBOARD: &str = "#!lua name=example_leaderboard
    redis.register_function('example_score', function(keys, args)
        redis.call('ZINCRBY', keys[1], args[2], args[1])
        return redis.call('ZREVRANK', keys[1], args[1]) + 1
    end)";

#[tokio::main]
async fn main() -> redis_async::Result<()> {
    let r = match std::env::var("REDIS_URL") {
        Ok(url) => Redis::from_url(&url)?,
        Err(_) => Redis::new(),
    };
    r.del(["scripts:ada", "scripts:board"]).await?;

    // by its digest; whole where the server does not know it yet
    for _ in 0..2 {
        let left: u32 = LIMIT.key("scripts:ada").args([2, 60]).query(&r).await?;
        println!("{left} left");
    }
    // what a script says itself is handed on; it may have written before
    let error = LIMIT.key("scripts:ada").args([2, 60]).run(&r).await.unwrap_err();
    assert_eq!((error.code(), error.delivery()), (Some("LIMITED"), Delivery::Unknown));

    // in a transaction, between other commands
    let tx = r.pipeline().atomic();
    tx.del("scripts:ada");
    LIMIT.key("scripts:ada").args([2, 60]).run(&tx);
    let (_, left): (i64, u32) = tx.execute().await?;
    assert_eq!(left, 1);

    // a library is loaded where one of its functions is missing
    let board = Library::from_code(LEADERBOARD)?;
    let score = |name: &'static str, points: i64| {
        board.function("example_score").key("scripts:board").arg(name).arg(points)
    };
    let ranks: (u32, u32, u32) = (
        score("Ada", 10).query(&r).await?,
        score("Grace", 20).query(&r).await?,
        score("Ada", 15).query(&r).await?,
    );
    assert_eq!(ranks, (1, 1, 1));
    println!("the board: {:?}", r.zrange_with_scores("scripts:board", 0, -1).await?);
    Ok(())
}
