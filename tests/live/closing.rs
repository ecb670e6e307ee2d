//! A client that is closed: what ends by itself, what is waited for, what is cut off, and what is said of it.

use redis_core::{Delivery, ErrorKind, Replies};
use std::time::Duration;

use crate::flavour::both_flavours;
use crate::witness::Witness;

/// Longer than any of these takes, unless something stands still.
const MINUTE: Duration = Duration::from_secs(60);

both_flavours! {
    parts {
        async fn take(r: Redis) -> redis_core::Result<()> {
            r.connection().await.map(drop)
        }

        async fn close(r: Redis, time: Duration) -> redis_core::pool::Closed {
            r.close(time).await
        }

        async fn pop(r: Redis, key: String) -> redis_core::Result<()> {
            r.blpop(&key, Duration::ZERO).await.map(drop)
        }

        /// What a consumer without entries says until it ends.
        async fn consume(r: Redis, stream: String) -> redis_core::Result<Vec<ErrorKind>> {
            let options = redis_sync::StreamConsumerOptions::new()
                .create_group("$")
                .block(MINUTE);
            let mut consumer = r.stream_consumer_with(&stream, "group", "anna", options)?;
            let mut said = Vec::new();
            loop {
                match consumer.next().await {
                    Some(entry) => said.extend(entry.err().map(|error| error.kind())),
                    None => return Ok(said),
                }
            }
        }

        async fn named(test: &str, name: &str, more: &str) -> redis_core::Result<Redis> {
            Redis::from_url(&format!("{test}&client_name={name}{more}"))
        }
    }

    async fn an_idle_client_ends_at_once_and_for_good(test) {
        let name = test.key("c");
        let url = format!("{}?protocol={}", test.server.url(), test.protocol);
        let r = named(&url, &name, "&pool_min_idle=2").await?;
        let mut witness = Witness::of(test.server);
        let _ = r.ping().await?;
        drop(r.connection().await?);
        let other = r.clone();
        let closed = r.close(MINUTE).await;
        assert!(closed.is_clean(), "{closed:?}");
        assert_eq!((closed.abandoned, closed.refused, closed.subscribers), (0, 0, 0), "{closed:?}");
        until("nothing is open", || witness.count(&name) == 0).await;
        assert_eq!(r.statistics().open(), 0);

        let error = other.ping().await.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Shutdown, Delivery::NotSent), "{error}");
        let error = other.connection().await.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Shutdown, Delivery::NotSent), "{error}");
        let error = other.blpop("none", Duration::ZERO).await.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Shutdown, Delivery::NotSent), "{error}");
        let error = other.pipeline().get("a").get("b").execute::<Replies>().await;
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Shutdown);
        let again = other.close(MINUTE).await;
        assert_eq!(again, redis_core::pool::Closed::default(), "there was nothing to close");
        assert_eq!(witness.count(&name), 0, "and nothing was opened");
    }

    async fn who_waits_is_refused_and_who_has_a_connection_is_waited_for(test) {
        let name = test.key("c");
        let url = format!("{}?protocol={}", test.server.url(), test.protocol);
        let r = named(&url, &name, "&pool_max_size=1&pool_acquire_timeout=60s").await?;
        let mut witness = Witness::of(test.server);
        let held = r.connection().await?;
        let waiter = r.clone();
        let waiting = beside(move || take(waiter));
        until("one waits", || r.statistics().waiting == 1).await;
        let closer = r.clone();
        let closing = beside(move || close(closer, MINUTE));

        let error = waiting.outcome().await.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Shutdown, Delivery::NotSent), "{error}");
        let error = r.connection().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Shutdown, "{error}");
        let answer = held.ping().await?;
        assert_eq!(answer, "PONG", "who holds one goes on");
        drop(held);
        let closed = closing.outcome().await;
        assert!(closed.is_clean(), "{closed:?}");
        assert_eq!((closed.finished, closed.refused), (1, 1), "{closed:?}");
        until("nothing is open", || witness.count(&name) == 0).await;
    }

    async fn what_is_left_when_the_time_is_over_is_cut_off_and_told(test) {
        let name = test.key("c");
        let url = format!("{}?protocol={}", test.server.url(), test.protocol);
        let r = named(&url, &name, "&retries=0").await?;
        let mut witness = Witness::of(test.server);
        let held = r.connection().await?;
        let closed = r.close(Duration::ZERO).await;
        assert!(!closed.is_clean());
        assert_eq!((closed.finished, closed.abandoned, closed.forced), (0, 1, 1), "{closed:?}");
        until("it is closed, although it is held", || witness.count(&name) == 0).await;
        let error = held.ping().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
        drop(held);
        assert_eq!(r.statistics().open(), 0);
    }

    async fn a_blocking_command_is_ended_on_the_server_and_takes_nothing(test) {
        let (name, key) = (test.key("c"), test.key("list"));
        let url = format!("{}?protocol={}", test.server.url(), test.protocol);
        let r = named(&url, &name, "").await?;
        let mut witness = Witness::of(test.server);
        let popper = r.clone();
        let list = key.clone();
        let popping = beside(move || pop(popper, list));
        until("it waits", || witness.blocked(&name) == 1).await;
        let closed = r.close(MINUTE).await;
        let error = popping.outcome().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Shutdown, "{error}");
        assert!(closed.is_clean(), "{closed:?}");
        assert_eq!((closed.finished, closed.unblocked), (1, 1), "{closed:?}");
        witness.call(&["RPUSH", &key, "job"]);
        assert_eq!(witness.call(&["LLEN", &key]).integer(), 1, "nobody waits for it any more");
        until("nothing is open", || witness.count(&name) == 0).await;
    }

    async fn a_consumer_is_ended_and_says_why(test) {
        let (name, key) = (test.key("c"), test.key("stream"));
        let url = format!("{}?protocol={}", test.server.url(), test.protocol);
        let r = named(&url, &name, "").await?;
        let mut witness = Witness::of(test.server);
        let consumer = r.clone();
        let consuming = beside(move || consume(consumer, key));
        until("it waits", || witness.blocked(&name) == 1).await;
        let closed = r.close(MINUTE).await;
        let said = consuming.outcome().await?;
        assert_eq!(said, [ErrorKind::Shutdown], "it says so once, and ends");
        assert!(closed.is_clean(), "{closed:?}");
        assert!(closed.unblocked >= 1, "{closed:?}");
    }

    async fn subscriptions_end_and_say_why(test) {
        let name = test.key("c");
        let url = format!("{}?protocol={}", test.server.url(), test.protocol);
        let r = named(&url, &name, "").await?;
        let mut witness = Witness::of(test.server);
        let mut listening = r.pubsub();
        listening.subscribe(test.key("channel")).await?;
        let mut idle = r.pubsub();
        let closed = r.close(MINUTE).await;
        assert!(closed.is_clean(), "{closed:?}");
        assert_eq!(closed.subscribers, 1, "{closed:?}");
        let begun = listening.next().await.expect("what was left in the mailbox is told first");
        assert!(begun.is_ok(), "{begun:?}");
        let told = listening.next().await.expect("and then the end");
        assert_eq!(told.unwrap_err().kind(), ErrorKind::Shutdown);
        let error = idle.subscribe("another").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Shutdown, "{error}");
        until("nothing is open", || witness.count(&name) == 0).await;
    }

    async fn a_lock_is_renewed_no_more(test) {
        let r = Redis::from_url(&format!("{}?protocol={}", test.server.url(), test.protocol))?;
        let key = test.key("lock");
        let guard = r.lock(&key).lease(Duration::from_millis(300)).renew(true).acquire().await?;
        let closed = r.close(MINUTE).await;
        assert!(closed.is_clean(), "{closed:?}");
        assert_eq!(closed.renewals, 1, "{closed:?}");
        let mut witness = Witness::of(test.server);
        until("the lease has run out", || witness.call(&["EXISTS", &key]).integer() == 0).await;
        assert!(guard.is_lost());
    }
}
