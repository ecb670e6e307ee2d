//! What subscribers of one client alone have: futures that are dropped, runtimes that end, threads, tasks.

use crate::both::{on_every_server, runtime};
use crate::pubsub::{PATIENCE, payload, word};
use redis_core::pubsub::PubSubEvent;
use std::sync::mpsc::RecvTimeoutError;
use std::task::Poll;
use tokio::time::timeout;

/// Polls a future so often at most; what it came to, if it did.
async fn polled<T>(future: impl Future<Output = T>, polls: usize) -> Option<T> {
    let mut future = Box::pin(future);
    let mut polled = 0;
    std::future::poll_fn(|cx| {
        polled += 1;
        if polled > polls {
            return Poll::Ready(None);
        }
        future.as_mut().poll(cx).map(Some)
    })
    .await
}

/// For the async client alone: the blocking one has no futures.
#[test]
fn futures_dropped_at_every_await_leave_nothing_behind_and_lose_no_message() {
    use redis_async::prelude::*;
    on_every_server("dropped", (0, 0), crate::both::async_client, |test| {
        runtime().block_on(async {
            let (kept, other) = (test.key("kept"), test.key("other"));
            let mut p = test.client.pubsub();
            p.subscribe(&kept).await?;
            let mut number = 0;
            for round in 0..40 {
                let (polls, begins) = (round % 8, round % 2 == 0);
                let asked = match begins {
                    true => polled(p.subscribe([&other, &kept]), polls).await,
                    false => polled(p.unsubscribe(&other), polls).await,
                };
                let there = p.subscriptions().iter().any(|it| it.name == other.as_str());
                // dropped, it is as if it had not been asked for; an end is one from the beginning
                let finished = asked.transpose()?.is_some();
                assert_eq!(there, begins && finished, "round {round}");
                // whatever was dropped, what comes next is whole
                number += 1;
                test.client.publish(&kept, number).await?;
                loop {
                    let Some(event) = polled(p.next(), 1).await else { continue };
                    match event.expect("it is subscribed")? {
                        PubSubEvent::Message(it) if it.channel == kept.as_str() => {
                            assert_eq!(it.payload.parse::<u64>()?, number);
                            break;
                        }
                        PubSubEvent::Subscribed(_) | PubSubEvent::Unsubscribed(_) => {}
                        event => panic!("{event:?}"),
                    }
                }
            }
            p.unsubscribe_all().await?;
            assert!(p.subscriptions().is_empty());
            let nobody = test.client.publish(&other, "x").await?;
            assert_eq!(nobody, 0);
            Ok(())
        })
    });
}

/// For the async client alone: the blocking one has no futures.
#[test]
fn futures_dropped_between_messages_that_were_read_together_lose_none() {
    use redis_async::prelude::*;
    const MANY: u64 = 2_000;
    on_every_server("together", (0, 0), crate::both::async_client, |test| {
        runtime().block_on(async {
            let channel = test.key("ch");
            let mut p = test.client.pubsub();
            p.subscribe(&channel).await?;
            let pipe = test.client.pipeline();
            for number in 1..=MANY {
                pipe.publish(&channel, number);
            }
            pipe.execute::<Vec<u64>>().await?;
            let (mut seen, mut given_up) = (0, 0);
            while seen < MANY {
                // now by one, now by another, and every other time it is let go of before it is asked
                let polls = usize::from(given_up % 2 == 0);
                let found = match given_up % 6 {
                    0 | 1 => polled(p.next_message(), polls).await.transpose()?.flatten(),
                    2 | 3 => polled(p.messages().next(), polls).await.flatten().transpose()?,
                    _ => match polled(p.next(), polls).await.flatten().transpose()? {
                        Some(PubSubEvent::Message(message)) => Some(message),
                        _ => None,
                    },
                };
                given_up += 1;
                if let Some(message) = found {
                    seen += 1;
                    assert_eq!(message.payload.parse::<u64>()?, seen);
                }
                tokio::task::yield_now().await;
            }
            assert_eq!(p.dropped(), 0);
            Ok(())
        })
    });
}

/// For the async client alone: the blocking one has a thread of its own.
#[test]
fn subscriptions_outlive_the_runtime_that_carried_them() {
    on_every_server("runtimes", (0, 0), crate::both::async_client, |test| {
        let channel = test.key("ch");
        let mut p = test.client.pubsub();
        let first = runtime();
        first.block_on(p.subscribe(&channel))?;
        drop(first);
        runtime().block_on(async {
            use redis_async::prelude::*;
            let mut seen = Vec::new();
            while seen.last().is_none_or(|last| last != "restored") {
                seen.push(word(&p.next().await.expect("it is subscribed")?));
            }
            assert_eq!(seen, ["+Channel", "lost", "restored"]);
            // a client of this runtime's
            let client = Redis::from_url(&test.server.url())?;
            client.publish(&channel, "still there").await?;
            assert_eq!(payload(p.get_message(PATIENCE).await?), "still there");
            Ok(())
        })
    });
}

#[test]
fn a_listener_hands_messages_on_until_it_is_stopped() {
    on_every_server("threads", (0, 0), crate::both::blocking_client, |test| {
        use redis_sync::prelude::*;
        let channel = test.key("ch");
        let (said, heard) = std::sync::mpsc::channel();
        let mut p = test.client.pubsub();
        p.on(&channel, move |message| said.send(message.payload.clone()).expect("it is heard"));
        p.subscribe(&channel)?;
        let listener = p.run_in_thread()?;
        for number in 1..=10 {
            test.client.publish(&channel, number)?;
        }
        for number in 1..=10 {
            assert_eq!(heard.recv_timeout(PATIENCE)?.parse::<u32>()?, number);
        }
        assert!(!listener.is_finished());
        listener.stop()?;
        // the handler is gone, and so is the subscription
        assert_eq!(heard.recv_timeout(PATIENCE), Err(RecvTimeoutError::Disconnected));
        Ok(())
    });
    on_every_server("tasks", (0, 0), crate::both::async_client, |test| {
        use redis_async::prelude::*;
        runtime().block_on(async {
            let channel = test.key("ch");
            let (said, mut heard) = tokio::sync::mpsc::unbounded_channel();
            let mut p = test.client.pubsub();
            p.on(&channel, move |message| said.send(message.payload.clone()).expect("it is heard"));
            p.subscribe(&channel).await?;
            let listener = p.run_in_task()?;
            for number in 1..=10 {
                test.client.publish(&channel, number).await?;
            }
            for number in 1..=10 {
                let said = timeout(PATIENCE, heard.recv()).await?;
                assert_eq!(said.expect("it is said").parse::<u32>()?, number);
            }
            listener.stop().await?;
            let nothing = timeout(PATIENCE, heard.recv()).await?;
            assert!(nothing.is_none());
            Ok(())
        })
    });
}

#[test]
fn subscribers_may_be_sent_between_threads_and_not_shared() {
    fn sent<T: Send>() {}
    sent::<redis_sync::PubSub>();
    sent::<redis_async::PubSub>();
    sent::<redis_async::Confirmation<'_>>();
    sent::<redis_sync::PubSubListener>();
    sent::<redis_async::PubSubListener>();
    // an `impl` for what is shared would make this ambiguous
    trait Shared<Marker> {
        fn is_not() {}
    }
    struct Marked;
    impl<T> Shared<()> for T {}
    impl<T: Sync> Shared<Marked> for T {}
    <redis_sync::PubSub as Shared<_>>::is_not();
    <redis_async::PubSub as Shared<_>>::is_not();
}
