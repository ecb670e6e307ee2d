//! Messages of a channel, which the consumer takes one by one: so often ten of them.

use crate::linked::Linked;
use crate::publisher::{CHANNEL, Publisher};
use std::hint::black_box;

pub(crate) fn blocking(times: usize) {
    let messages = times * 10;
    let publisher = Publisher::new(messages);
    let r = redis_sync::Redis::builder()
        .connector(Linked(move || publisher.publication()))
        .build()
        .expect("a client");
    let mut subscriber = r.pubsub();
    subscriber.subscribe(CHANNEL).expect("a subscription");
    for _ in 0..messages {
        black_box(subscriber.next_message().expect("a connection").expect("a message"));
    }
}

pub(crate) fn nonblocking(times: usize) {
    let messages = times * 10;
    let publisher = Publisher::new(messages);
    let r = redis_async::Redis::builder()
        .connector(Linked(move || publisher.publication()))
        .build()
        .expect("a client");
    crate::nonblocking::run(async {
        let mut subscriber = r.pubsub();
        subscriber.subscribe(CHANNEL).await.expect("a subscription");
        for _ in 0..messages {
            black_box(subscriber.next_message().await.expect("a connection").expect("a message"));
        }
    });
}
