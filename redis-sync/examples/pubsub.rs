//! Subscribers: one that reads, one whose messages go to handlers in a thread, one that is told of expired keys.
//!
//! `cargo run -p redis-sync --example pubsub` with a server at `REDIS_URL`, or at `localhost:6379`. The example
//! of the same name in `redis-async` does the same with `.await`.

use redis_sync::prelude::*;
use redis_sync::{
    EventDatabase, Gap, KeyEvent, KeyEventKind, KeyspacePattern, Overflow, PubSubEvent,
    PubSubOptions, SetOptions,
};
use std::time::Duration;

fn main() -> redis_sync::Result<()> {
    let r = match std::env::var("REDIS_URL") {
        Ok(url) => Redis::from_url(&url)?,
        Err(_) => Redis::new(),
    };

    // one that reads, and is told where messages may be missing
    let options = PubSubOptions::new().queue_bytes(1 << 20).overflow(Overflow::DropOldest);
    let mut p = r.pubsub_with(options);
    p.subscribe(["pubsub:weather", "pubsub:sports"])?;
    r.publish("pubsub:weather", "it rains")?;
    r.publish("pubsub:sports", "2 : 1")?;
    p.unsubscribe_all()?;
    for event in &mut p {
        match event? {
            PubSubEvent::Message(message) => println!("{}: {}", message.channel, message.payload),
            PubSubEvent::Gap(Gap::Restored) => println!("the connection was lost meanwhile"),
            event => println!("{event:?}"),
        }
    }

    // one whose messages go to handlers, in a thread of their own
    let mut p = r.pubsub();
    p.on("pubsub:w*", |message| println!("heard of {}: {}", message.channel, message.payload));
    p.psubscribe("pubsub:w*")?;
    let listener = p.run_in_thread()?;
    println!("{} heard it", r.publish("pubsub:weather", "the sun shines")?);
    listener.stop()?;

    // one that is told when the time of a key is over
    let expired = KeyspacePattern::of_event(EventDatabase::Number(0), &KeyEventKind::Expired);
    r.add_keyspace_events(expired.needs())?;
    let mut p = r.pubsub();
    p.psubscribe(&expired)?;
    r.set_with("pubsub:soon", "gone", SetOptions::new().expiry(Duration::from_millis(1)))?;
    if let Some(event) = p.next_message()?.and_then(|message| KeyEvent::read(&message)) {
        println!("{}: {}", event.key, event.event);
    }
    Ok(())
}
