//! Stopping a consumer that waits.

use crate::flavour::both_flavours;
use crate::witness::Witness;
use redis_sync::{CloseReason, StreamConsumerOptions};
use redis_tests::server::Server;
use std::time::Duration;

both_flavours! {
    parts {
        async fn cut_short(
            stop: StopHandle,
            server: &'static Server,
            name: String,
        ) -> redis_core::Result<bool> {
            let mut witness = Witness::of(server);
            until("it waits", || witness.blocked(&name) == 1).await;
            stop.stop_now().await
        }

        async fn stopped(stop: StopHandle) {
            stop.stop();
        }
    }

    async fn a_stop_ends_the_wait_at_once(test) {
        let name = test.key("c");
        let url = format!("{}?protocol={}&client_name={name}", test.server.url(), test.protocol);
        let (r, key, server) = (Redis::from_url(&url)?, test.key("stream"), test.server);
        // it would wait for ever
        let options = StreamConsumerOptions::new().create_group("$").block(Duration::ZERO);
        let mut consumer = r.stream_consumer_with(&key, "g", "anna", options)?;
        let stop = consumer.stop_handle();
        let stopping = beside(move || cut_short(stop, server, name));
        let end = consumer.next().await;
        assert!(end.is_none());
        let cut = stopping.outcome().await?;
        assert!(cut, "there was a wait to be cut short");
        // nobody waits any more
        let cut = consumer.stop_handle().stop_now().await?;
        assert!(!cut);
        // an unblocking that comes late must not end the wait of whoever would have the connection next
        let counted = r.statistics();
        assert_eq!(counted.closed(CloseReason::Residue), 1, "{counted:?}");
    }

    async fn a_stop_is_noticed_when_the_wait_is_over(test) {
        let options = StreamConsumerOptions::new().create_group("$").block(Duration::from_millis(20));
        let key = test.key("stream");
        let mut consumer = test.client.stream_consumer_with(&key, "g", "anna", options)?;
        let stop = consumer.stop_handle();
        let stopping = beside(move || stopped(stop));
        let end = consumer.next().await;
        stopping.outcome().await;
        assert!(end.is_none() && consumer.stop_handle().is_stopped());
    }
}
