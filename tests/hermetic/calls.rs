//! The time that a call may take as a whole.

use crate::both::{both_clients, greeted};
use redis_core::command::CallOptions;
use redis_core::config::Timeout;
use redis_core::{Delivery, ErrorKind, PipelineOptions, Replies, TimeoutKind};
use redis_tests::scripted::{Script, ScriptedServer};
use std::time::Duration;

const SHORT: Duration = Duration::from_millis(150);

/// Greets, and answers nothing.
fn silent() -> Script {
    greeted().serve(|_| Some(Vec::new()))
}

/// Greets, and is never ready.
fn loading() -> Script {
    greeted().serve(|_| Some(b"-LOADING Redis is loading the dataset in memory\r\n".to_vec()))
}

both_clients! {
    async fn the_time_of_a_call_covers_all_its_attempts() {
        let server = ScriptedServer::play_each(|_| silent());
        let settings = "response_timeout=60ms&call_timeout=500ms&retries=1000000&retry_backoff=none&pool_drain_timeout=1ms";
        let client = Redis::from_url(&format!("{}?{settings}", server.url()))?;
        let error = client.get("k").await.unwrap_err();
        assert!(error.is_timeout(), "{error:?}");
        let attempts = error.context().attempt.unwrap_or(1);
        assert!((2..1000).contains(&attempts), "{error:?}");
    }

    async fn no_pause_is_begun_that_the_time_of_the_call_does_not_outlast() {
        let server = ScriptedServer::play_each(|_| loading());
        let settings = "call_timeout=1m&retries=1000000&retry_backoff=constant:1h";
        let client = Redis::from_url(&format!("{}?{settings}", server.url()))?;
        let error = client.get("k").await.unwrap_err();
        assert!(error.server_error().is_some(), "{error:?}");
        assert_eq!((error.context().attempt, client.statistics().retries), (Some(1), 0));
    }

    async fn to_wait_for_a_connection_is_a_part_of_it() {
        let server = ScriptedServer::play_each(|_| silent());
        let settings = "pool_max_size=1&pool_acquire_timeout=1h&response_timeout=1h&call_timeout=150ms";
        let client = Redis::from_url(&format!("{}?{settings}", server.url()))?;
        let held = client.connection().await?;
        let limited = client.with(CallOptions::new().call_timeout(SHORT));
        let error = limited.blpop("k", Duration::from_secs(3600)).await.unwrap_err();
        // one that may wait in the queue of the blocking alone is told of that limit
        let kinds = [ErrorKind::Timeout(TimeoutKind::Acquire), ErrorKind::BlockingLimit];
        assert!(kinds.contains(&error.kind()), "{error:?}");
        assert_eq!(error.delivery(), Delivery::NotSent, "{error:?}");
        drop(held);
    }

    async fn to_open_a_connection_is_a_part_of_it() {
        let server = ScriptedServer::play_each(|_| Script::new().stall());
        let settings = "connect_timeout=1h&response_timeout=1h&pool_acquire_timeout=1h&call_timeout=150ms";
        let client = Redis::from_url(&format!("{}?{settings}", server.url()))?;
        let error = client.get("k").await.unwrap_err();
        assert!(error.is_timeout(), "{error:?}");
        assert_eq!(error.delivery(), Delivery::NotSent, "{error:?}");
        let limited = client.with(CallOptions::new().call_timeout(SHORT));
        let error = limited.blpop("k", Duration::from_secs(3600)).await.unwrap_err();
        assert!(error.is_timeout(), "{error:?}");
        assert_eq!(error.delivery(), Delivery::NotSent, "{error:?}");
    }

    async fn to_wait_for_the_reply_is_a_part_of_it_on_every_kind_of_connection() {
        let server = ScriptedServer::play_each(|_| silent());
        let settings = "response_timeout=1h&retries=0&pool_drain_timeout=1ms";
        let client = Redis::from_url(&format!("{}?{settings}", server.url()))?;
        let options = CallOptions::new().call_timeout(SHORT);
        let connection = client.connection().await?;
        let shared = client.with(options.clone()).incr("k").await.unwrap_err();
        let limited = client.with(options.clone());
        let blocking = limited.blpop("k", Duration::from_secs(3600)).await.unwrap_err();
        let own = connection.with(options).incr("k").await.unwrap_err();
        let mut errors = Vec::from([shared, blocking, own]);
        for contiguous in [1, 1024] {
            let options = PipelineOptions::new().call_timeout(SHORT).contiguous_commands(contiguous);
            let pipe = client.pipeline_with(options);
            pipe.incr("k").incr("k");
            errors.push(pipe.execute::<(i64, i64)>().await.unwrap_err());
        }
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutKind::Reply), "{error:?}");
            assert_eq!(error.delivery(), Delivery::Unknown, "{error:?}");
        }
    }

    async fn a_pipeline_whose_replies_trickle_ends_when_its_time_is_over() {
        // every reply is in time for itself
        let server = ScriptedServer::play_each(|_| greeted().serve(|_| {
            std::thread::sleep(Duration::from_millis(30));
            Some(b":1\r\n".to_vec())
        }));
        let client = Redis::from_url(&format!("{}?response_timeout=1h&retries=0", server.url()))?;
        for contiguous in [1, 1024] {
            let options = PipelineOptions::new().call_timeout(SHORT).contiguous_commands(contiguous);
            let pipe = client.pipeline_with(options);
            for _ in 0..40 {
                pipe.incr("k");
            }
            let replies: Replies = pipe.execute().await?;
            let error = replies.failure().expect("forty times thirty milliseconds are longer");
            assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutKind::Reply), "{error:?}");
        }
    }

    async fn what_a_call_says_comes_before_what_the_client_is_set_to() {
        // late where anybody hurries, and then silent
        let server = ScriptedServer::play_each(|_| greeted().serve(|words| {
            if words[1] == b"silent" {
                return Some(Vec::new());
            }
            std::thread::sleep(2 * SHORT);
            Some(b"$1\r\nv\r\n".to_vec())
        }));
        let client = Redis::from_url(&format!("{}?call_timeout=1ms&retries=0", server.url()))?;
        let patient = client.with(CallOptions::new().call_timeout(Timeout::Never));
        let value = patient.get("late").await?;
        assert_eq!(value.unwrap(), "v");
        let error = client.get("silent").await.unwrap_err();
        assert!(error.is_timeout(), "{error:?}");
    }
}
