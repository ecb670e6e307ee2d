//! What a consumer of streams holds while it waits.

use crate::both::{both_clients, greeted, text};
use redis_sync::StreamConsumerOptions;
use redis_tests::scripted::ScriptedServer;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
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

/// What stops a consumer, once it is there.
type Stop = Arc<OnceLock<Box<dyn Fn() + Send + Sync>>>;

/// A peer with an entry that was delivered nine times; it stops whoever asks for new ones.
fn deadly(stop: &Stop) -> ScriptedServer {
    let stop = Arc::clone(stop);
    ScriptedServer::play_each(move |_| {
        let stop = Arc::clone(&stop);
        greeted().serve(move |words| {
            let said = text(words);
            let reply = match said.split(' ').next() {
                Some("XREADGROUP") if said.contains("BLOCK") => {
                    stop.get().expect("set by the test")();
                    "_\r\n"
                }
                Some("XREADGROUP") if said.ends_with(" 0-0") => {
                    "%1\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n"
                }
                Some("XREADGROUP") => "_\r\n",
                Some("XPENDING") => "*1\r\n*4\r\n$3\r\n1-1\r\n$4\r\nanna\r\n:0\r\n:9\r\n",
                Some("MULTI") => "+OK\r\n",
                Some("XACK") => "+QUEUED\r\n",
                Some("EXEC") => "*1\r\n:1\r\n",
                _ => return None,
            };
            Some(reply.into())
        })
    })
}

/// Gives up entries that were delivered before, and dies of the first.
fn dies_once(calls: &Arc<AtomicU32>) -> StreamConsumerOptions {
    let calls = Arc::clone(calls);
    StreamConsumerOptions::new().dead_letter_hook(1, move |_| {
        assert!(calls.fetch_add(1, Ordering::Relaxed) > 0, "a hook's own fault");
    })
}

#[test]
fn a_consumer_of_the_blocking_client_goes_on_after_its_hook_panicked() {
    use redis_sync::Redis;
    let (stop, calls) = (Stop::default(), Arc::default());
    let server = deadly(&stop);
    let client = Redis::from_url(&server.url()).expect("the URL is good");
    let consumer = client.stream_consumer_with("s", "g", "anna", dies_once(&calls));
    let mut consumer = consumer.expect("it names a stream");
    let handle = consumer.stop_handle();
    assert!(stop.set(Box::new(move || handle.stop())).is_ok());
    assert!(catch_unwind(AssertUnwindSafe(|| consumer.next())).is_err());
    assert!(consumer.next().is_none());
    assert_eq!(calls.load(Ordering::Relaxed), 2, "the entry is put aside when it is asked again");
    drop((stop, consumer, client));
    server.finish();
}

#[tokio::test]
async fn a_consumer_of_the_async_client_goes_on_after_its_hook_panicked() {
    use redis_async::Redis;
    use std::future::{Future, poll_fn};
    use std::task::Poll;
    let (stop, calls) = (Stop::default(), Arc::default());
    let server = deadly(&stop);
    let client = Redis::from_url(&server.url()).expect("the URL is good");
    let consumer = client.stream_consumer_with("s", "g", "anna", dies_once(&calls));
    let mut consumer = consumer.expect("it names a stream");
    let handle = consumer.stop_handle();
    assert!(stop.set(Box::new(move || handle.stop())).is_ok());
    {
        let mut next = std::pin::pin!(consumer.next());
        let died = poll_fn(|cx| {
            let polled = catch_unwind(AssertUnwindSafe(|| next.as_mut().poll(cx).is_pending()));
            match polled {
                Ok(true) => Poll::Pending,
                Ok(false) => Poll::Ready(false),
                Err(_) => Poll::Ready(true),
            }
        });
        assert!(died.await);
    }
    let end = consumer.next().await;
    assert!(end.is_none(), "{end:?}");
    assert_eq!(calls.load(Ordering::Relaxed), 2, "the entry is put aside when it is asked again");
    drop((stop, consumer, client));
    server.finish();
}
