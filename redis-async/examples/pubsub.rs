//! Subscribers: one that reads, one whose messages go to handlers in a task, one that is told of expired keys.
//!
//! `cargo run -p redis-async --example pubsub_async` with a server at `REDIS_URL`, or at `localhost:6379`.

use redis_async::prelude::*;
use redis_async::{
    EventDatabase, Gap, KeyEvent, KeyEventKind, KeyspacePattern, Overflow, PubSubEvent,
    PubSubOptions, SetOptions,
};
use std::time::Duration;

#[tokio::main(flavor = "current_thread")]
async fn main() -> redis_async::Result<()> {
    let r = match std::env::var("REDIS_URL") {
        Ok(url) => Redis::from_url(&url)?,
        Err(_) => Redis::new(),
    };

    // one that reads, and is told where messages may be missing
    let options = PubSubOptions::new().queue_bytes(1 << 20).overflow(Overflow::DropOldest);
    let mut p = r.pubsub_with(options);
    p.subscribe(["pubsub:weather", "pubsub:sports"]).await?;
    r.publish("pubsub:weather", "it rains").await?;
    r.publish("pubsub:sports", "2 : 1").await?;
    p.unsubscribe_all().await?;
    while let Some(event) = p.next().await {
        match event? {
            PubSubEvent::Message(message) => println!("{}: {}", message.channel, message.payload),
            PubSubEvent::Gap(Gap::Restored) => println!("the connection was lost meanwhile"),
            event => println!("{event:?}"),
        }
    }

    // one whose messages go to handlers, in a task of their own
    let mut p = r.pubsub();
    p.on("pubsub:w*", |message| println!("heard of {}: {}", message.channel, message.payload));
    p.psubscribe("pubsub:w*").await?;
    let listener = p.run_in_task()?;
    println!("{} heard it", r.publish("pubsub:weather", "the sun shines").await?);
    listener.stop().await?;

    // one that is told when the time of a key is over
    let expired = KeyspacePattern::of_event(EventDatabase::Number(0), &KeyEventKind::Expired);
    r.add_keyspace_events(expired.needs()).await?;
    let mut p = r.pubsub();
    p.psubscribe(&expired).await?;
    r.set_with("pubsub:soon", "gone", SetOptions::new().expiry(Duration::from_millis(1))).await?;
    if let Some(event) = p.next_message().await?.and_then(|message| KeyEvent::read(&message)) {
        println!("{}: {}", event.key, event.event);
    }
    Ok(())
}
