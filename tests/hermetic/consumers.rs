//! What a consumer of streams holds while it waits.

use crate::both::{both_clients, greeted, text};
use redis_tests::scripted::ScriptedServer;
use std::sync::{Arc, OnceLock};

both_clients! {
    async fn a_consumer_that_waits_holds_a_place_of_the_blocking_commands() {
        let watched = Arc::new(OnceLock::new());
        let counted = Arc::new(OnceLock::new());
        let (watching, counting) = (Arc::clone(&watched), Arc::clone(&counted));
        let server = ScriptedServer::play_each(move |_| {
            let (watching, counting) = (Arc::clone(&watching), Arc::clone(&counting));
            greeted().serve(move |words| {
                if text(words).contains("BLOCK") {
                    let (client, stop): &(Redis, StopHandle) = watching.get().expect("set below");
                    counting.get_or_init(|| client.statistics().blocking);
                    stop.stop();
                }
                Some(b"_\r\n".to_vec())
            })
        });
        let client = Redis::from_url(&server.url())?;
        let mut consumer = client.stream_consumer("s", "g", "anna")?;
        assert!(watched.set((client.clone(), consumer.stop_handle())).is_ok());
        let end = consumer.next().await;
        assert!(end.is_none(), "{end:?}");
        assert_eq!(counted.get(), Some(&1), "it waits on the server");
        assert_eq!(client.statistics().blocking, 0);
        drop((watched, consumer, client));
        server.finish();
    }
}
