//! What a timeout tells of its cause. What only a shared connection knows is tested in `redis-async`.

use crate::both::{both_clients, greeted};
use redis_core::command::CallOptions;
use redis_core::error::Suspect;
use redis_core::{ErrorKind, TimeoutKind};
use redis_tests::scripted::{Script, ScriptedServer};
use std::time::Duration;

const LIMIT: Duration = Duration::from_millis(50);

both_clients! {
    async fn a_server_that_does_not_answer_is_the_suspect() {
        let script = greeted().expect(&["PING"]).send("+PONG\r\n").expect(&["GET", "k"]).stall();
        let server = ScriptedServer::play(script);
        let client = Redis::from_url(&format!("{}?retries=0", server.url()))?;
        client.ping().await?; // opening the connection may take as long as it does
        let impatient = CallOptions::new().response_timeout(LIMIT);
        let error = client.with(impatient).command("GET").key("k").query::<redis_core::Value>().await.unwrap_err();
        let told = *error.diagnosis().expect("a timeout has a diagnosis");
        assert_eq!((told.phase(), told.suspect()), (TimeoutKind::Reply, Suspect::Server), "{error}");
        assert_eq!((told.in_flight_then(), told.in_flight_now()), (Some(0), Some(1)), "{error}");
        assert_eq!(told.unread(), Some(0), "{error}");
        assert!(told.in_flight().is_some_and(|time| time >= LIMIT), "{error}");
        let text = error.to_string();
        let node = server.address().to_string();
        assert!(text.starts_with("GET: no reply within 50ms (") && text.contains(&node), "{text}");
        assert!(text.contains("0 bytes unread") && text.ends_with("; suspect: the server is slow]"), "{text}");
    }

    async fn a_server_that_does_not_greet_is_the_suspect() {
        let server = ScriptedServer::play(Script::new().expect_any().stall());
        let url = format!("{}?retries=0&response_timeout=50ms", server.url());
        let client = Redis::from_url(&url)?;
        let error = client.command("GET").key("k").query::<redis_core::Value>().await.unwrap_err();
        let told = *error.diagnosis().expect("a timeout has a diagnosis");
        assert_eq!((told.phase(), told.suspect()), (TimeoutKind::Handshake, Suspect::Server), "{error}");
        assert!(told.in_flight().is_some_and(|time| time >= LIMIT), "{error}");
    }

    async fn a_reply_that_began_and_stopped_tells_how_much_of_it_came() {
        let server = ScriptedServer::play(greeted().expect(&["GET", "k"]).send("$100\r\nabc").stall());
        let url = format!("{}?retries=0&response_timeout=300ms", server.url());
        let client = Redis::from_url(&url)?;
        let error = client.command("GET").key("k").query::<redis_core::Value>().await.unwrap_err();
        let told = *error.diagnosis().expect("a timeout has a diagnosis");
        assert_eq!(told.facts().partial, Some("$100\r\nabc".len()), "{error}");
    }

    async fn a_pool_that_is_in_use_is_the_suspect_of_who_waits_for_it() {
        let server = ScriptedServer::play_each(|_| greeted().stall());
        let url = format!("{}?pool_max_size=1&pool_acquire_timeout=50ms", server.url());
        let client = Redis::from_url(&url)?;
        let held = client.connection().await?;
        let error = client.connection().await.map(drop).unwrap_err();
        let told = *error.diagnosis().expect("a timeout has a diagnosis");
        assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutKind::Acquire));
        assert_eq!((told.phase(), told.suspect()), (TimeoutKind::Acquire, Suspect::Load), "{error}");
        assert_eq!((told.queued(), told.in_flight_now()), (Some(LIMIT), Some(1)), "{error}");
        drop(held);
    }

    async fn what_is_no_timeout_has_no_diagnosis() {
        let server = ScriptedServer::play(greeted().expect(&["GET", "k"]).close());
        let client = Redis::from_url(&format!("{}?retries=0", server.url()))?;
        let error = client.command("GET").key("k").query::<redis_core::Value>().await.unwrap_err();
        assert!(error.diagnosis().is_none(), "{error}");
    }
}

/// The test itself holds the only thread for ten times the limit.
#[test]
fn a_runtime_that_its_own_user_blocks_is_the_suspect() {
    use redis_async::prelude::*;
    let server = ScriptedServer::play(greeted().expect(&["GET", "k"]).stall());
    let url = format!("{}?retries=0", server.url());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be made").block_on(async {
        let client = Redis::from_url(&url).expect("the URL is right");
        let connection = client.connection().await.expect("a connection");
        let blocked = async { std::thread::sleep(10 * LIMIT) };
        let impatient = connection.with(CallOptions::new().response_timeout(LIMIT));
        let (outcome, ()) = tokio::join!(impatient.get("k"), blocked);
        let error = outcome.expect_err("nobody answers");
        let told = *error.diagnosis().expect("a timeout has a diagnosis");
        assert_eq!(told.suspect(), Suspect::Process, "{error}");
        assert!(told.facts().stalled.is_some_and(|time| time >= 8 * LIMIT), "{error}");
    });
}
