//! What one does first: values, an expiry, a struct as a hash, a list as a queue, a stream, a transaction,
//! errors.
//!
//! `cargo run -p redis-sync --example quickstart` with a server at `REDIS_URL`, or at `localhost:6379`.
//! The example of the same name in `redis-async` does the same with `.await`.

use redis_sync::prelude::*;
use redis_sync::{ErrorKind, SetOptions, XReadOptions};
use std::time::Duration;

/// A hash by its fields' names.
#[derive(Debug, PartialEq, FromReply, ToArgs)]
struct User {
    name: String,
    visits: u32,
    email: Option<String>,
}

fn main() -> redis_sync::Result<()> {
    let r = match std::env::var("REDIS_URL") {
        Ok(url) => Redis::from_url(&url)?,
        Err(_) => Redis::new(),
    };
    r.del(["quick:name", "quick:hits", "quick:user", "quick:jobs", "quick:events"])?;

    // values: as they were stored, or decoded into what one wants
    r.set("quick:name", "Ada")?;
    println!("{:?}", r.get("quick:name")?);
    r.incrby("quick:hits", 41)?;
    let hits: u32 = r.typed().get("quick:hits")?;
    println!("{hits} hits");

    // options are a value of their own
    let options = SetOptions::new().expiry(Duration::from_secs(60));
    r.set_with("quick:name", "Grace", options)?;
    println!("{:?} left", r.ttl("quick:name")?);

    // a struct is a hash
    let user = User { name: "Ada".to_owned(), visits: 1, email: None };
    r.hset("quick:user", &user)?;
    r.hincrby("quick:user", "visits", 1)?;
    let user: Option<User> = r.typed().hgetall("quick:user")?;
    println!("{user:?}");

    // a list is a queue
    r.rpush("quick:jobs", ["wash", "iron"])?;
    while let Some((_, job)) = r.blpop("quick:jobs", Duration::from_millis(100))? {
        println!("to do: {job}");
    }

    // a stream is a log
    r.xadd("quick:events", [("what", "started")])?;
    let options = XReadOptions::new().count(10);
    for entry in r.xread_with([("quick:events", "0")], options)?.get("quick:events") {
        println!("{}: {:?}", entry.id, entry.get("what"));
    }

    // many commands in one write, and as one: a transaction
    let pipe = r.pipeline().atomic();
    pipe.incr("quick:hits").get("quick:name");
    let (hits, name): (u32, String) = pipe.execute()?;
    println!("{name}: {hits}");

    // an error says whose fault it is, and whether the command ran
    match r.incr("quick:name") {
        Ok(_) => println!("a name was counted up"),
        Err(error) if matches!(error.kind(), ErrorKind::Server(_)) => {
            println!("{error}: {}", error.delivery());
        }
        Err(error) => return Err(error),
    }
    Ok(())
}
