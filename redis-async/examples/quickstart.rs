//! What one does first: values, an expiry, a struct as a hash, a list as a queue, a stream, a transaction,
//! errors.
//!
//! `cargo run -p redis-async --example quickstart_async` with a server at `REDIS_URL`, or at `localhost:6379`.
//! The example `quickstart` of `redis-sync` does the same without `.await`.

use redis_async::prelude::*;
use redis_async::{ErrorKind, SetOptions, XReadOptions};
use std::time::Duration;

/// A hash by its fields' names.
#[derive(Debug, PartialEq, FromReply, ToArgs)]
struct User {
    name: String,
    visits: u32,
    email: Option<String>,
}

#[tokio::main]
async fn main() -> redis_async::Result<()> {
    let r = match std::env::var("REDIS_URL") {
        Ok(url) => Redis::from_url(&url)?,
        Err(_) => Redis::new(),
    };
    r.del(["quick:name", "quick:hits", "quick:user", "quick:jobs", "quick:events"]).await?;

    // values: as they were stored, or decoded into what one wants
    r.set("quick:name", "Ada").await?;
    println!("{:?}", r.get("quick:name").await?);
    r.incrby("quick:hits", 41).await?;
    let hits: u32 = r.typed().get("quick:hits").await?;
    println!("{hits} hits");

    // options are a value of their own
    let options = SetOptions::new().expiry(Duration::from_secs(60));
    r.set_with("quick:name", "Grace", options).await?;
    println!("{:?} left", r.ttl("quick:name").await?);

    // a struct is a hash
    let user = User { name: "Ada".to_owned(), visits: 1, email: None };
    r.hset("quick:user", &user).await?;
    r.hincrby("quick:user", "visits", 1).await?;
    let user: Option<User> = r.typed().hgetall("quick:user").await?;
    println!("{user:?}");

    // a list is a queue
    r.rpush("quick:jobs", ["wash", "iron"]).await?;
    while let Some((_, job)) = r.blpop("quick:jobs", Duration::from_millis(100)).await? {
        println!("to do: {job}");
    }

    // a stream is a log
    r.xadd("quick:events", [("what", "started")]).await?;
    let options = XReadOptions::new().count(10);
    for entry in r.xread_with([("quick:events", "0")], options).await?.get("quick:events") {
        println!("{}: {:?}", entry.id, entry.get("what"));
    }

    // many commands in one write, and as one: a transaction
    let pipe = r.pipeline().atomic();
    pipe.incr("quick:hits").get("quick:name");
    let (hits, name): (u32, String) = pipe.execute().await?;
    println!("{name}: {hits}");

    // an error says whose fault it is, and whether the command ran
    match r.incr("quick:name").await {
        Ok(_) => println!("a name was counted up"),
        Err(error) if matches!(error.kind(), ErrorKind::Server(_)) => {
            println!("{error}: {}", error.delivery());
        }
        Err(error) => return Err(error),
    }
    Ok(())
}
