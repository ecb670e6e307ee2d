//! Subscriptions over a stream that the system cannot wait for, and over pools that are closed.

mod memory;

use memory::Memory;
use redis_sync::{Error, ErrorKind, Pool, PubSubEvent, Redis};
use std::time::Duration;

/// Confirms what is asked for, with a message behind it.
fn confirming() -> Memory {
    Memory::new(|words| {
        let [command, name] = words else { return Some(b"+PONG\r\n".to_vec()) };
        let (kind, length) = (command.to_lowercase(), command.len());
        let confirmed = format!(">3\r\n${length}\r\n{kind}\r\n${}\r\n{name}\r\n:1\r\n", name.len());
        let message = format!(">3\r\n$7\r\nmessage\r\n${}\r\n{name}\r\n$1\r\nm\r\n", name.len());
        Some((confirmed + &message).into_bytes())
    })
}

fn client(memory: &Memory) -> Redis {
    Redis::builder().connector(memory.clone()).build().unwrap()
}

#[test]
fn a_stream_without_a_descriptor_carries_subscriptions_too() {
    let memory = confirming();
    let mut p = client(&memory).pubsub();
    for name in ["a", "bc"] {
        p.subscribe(name).unwrap();
        let message = p.next_message().unwrap().unwrap();
        assert!(message.channel == name && message.payload == "m");
    }
    p.unsubscribe_all().unwrap();
    assert!(p.subscriptions().is_empty());
    assert_eq!(memory.log()[..2], ["SUBSCRIBE a", "SUBSCRIBE bc"]);
}

#[test]
fn a_pool_that_is_closed_ends_its_subscriptions_and_says_so() {
    let r = client(&confirming());
    let mut p = r.pubsub();
    p.subscribe("a").unwrap();
    let pool: Pool = r.pool().clone();
    let closed = pool.close(Duration::from_secs(60));
    assert!(closed.is_clean() && closed.subscribers == 1, "{closed:?}");
    let ended = p.find_map(Result::err);
    assert_eq!(ended.as_ref().map(Error::kind), Some(ErrorKind::Shutdown));
    assert!(p.subscriptions().is_empty());
    assert_eq!(p.subscribe("a").unwrap_err().kind(), ErrorKind::Shutdown);
}

#[test]
fn events_are_those_of_any_connection_and_the_pool_counts_none() {
    let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = std::sync::Arc::clone(&told);
    let r = Redis::builder()
        .connector(confirming())
        .on_event(move |event| {
            let text = format!("{event:?}");
            log.lock().unwrap().push(text.split([' ', '{']).next().unwrap_or("").to_owned());
        })
        .build()
        .unwrap();
    let mut p = r.pubsub();
    p.subscribe("a").unwrap();
    assert!(matches!(p.next(), Some(Ok(PubSubEvent::Subscribed(_)))));
    assert_eq!(*told.lock().unwrap(), ["Connecting", "Connected", "HandshakeDone"]);
    assert_eq!(r.statistics().open(), 0);
}
