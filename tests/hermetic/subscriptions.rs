//! Subscriptions of a peer that falls silent, hangs up, mixes answers up, or says what nobody asked.

use crate::both::{Heard, both_clients, greeted, text};
use redis_core::event::{CloseReason, Event};
use redis_core::pubsub::{Gap, Overflow, PubSubEvent, PubSubOptions};
use redis_core::{ErrorKind, TimeoutKind};
use redis_tests::scripted::{Script, ScriptedServer};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Longer than anything takes that comes at all.
const PATIENCE: Duration = Duration::from_secs(20);

/// The confirmation of a subscription to `ch`, on RESP3.
const BEGUN: &str = ">3\r\n$9\r\nsubscribe\r\n$2\r\nch\r\n:1\r\n";
const ENDED: &str = ">3\r\n$11\r\nunsubscribe\r\n$2\r\nch\r\n:0\r\n";

fn message(payload: &str) -> String {
    format!(">3\r\n$7\r\nmessage\r\n$2\r\nch\r\n${}\r\n{payload}\r\n", payload.len())
}

/// The confirmation of a subscription, on RESP3.
fn begun_to(channel: &str) -> String {
    format!(">3\r\n$9\r\nsubscribe\r\n${}\r\n{channel}\r\n:1\r\n", channel.len())
}

/// The answer to a command that ends one.
fn ended(command: &str) -> String {
    let channel = command.split(' ').nth(1).unwrap_or_default();
    format!(">3\r\n$11\r\nunsubscribe\r\n${}\r\n{channel}\r\n:0\r\n", channel.len())
}

/// A peer that confirms a subscription to `ch`.
fn begun() -> Script {
    greeted().expect(&["SUBSCRIBE", "ch"]).send(BEGUN)
}

/// Not answered within a second is late, and a connection that is silent for 20 ms is looked after.
fn impatient(server: &ScriptedServer) -> String {
    format!(
        "{}?response_timeout=1s&pool_health_check_interval=20ms&retry_backoff=none",
        server.url()
    )
}

fn word(event: Option<PubSubEvent>) -> String {
    match event {
        Some(PubSubEvent::Message(message)) => message.payload.to_string(),
        Some(PubSubEvent::Subscribed(_)) => "+".to_owned(),
        Some(PubSubEvent::Unsubscribed(_)) => "-".to_owned(),
        Some(PubSubEvent::Gap(Gap::Lost { .. })) => "lost".to_owned(),
        Some(PubSubEvent::Gap(Gap::Restored)) => "restored".to_owned(),
        other => format!("{other:?}"),
    }
}

both_clients! {
    async fn a_connection_that_merely_looks_open_is_found_out_and_replaced() {
        let server = ScriptedServer::play_each(|number| match number {
            1 => begun().expect(&["PING"]).send("+PONG\r\n").expect(&["PING"]).stall(),
            _ => begun().send(message("after")).serve(|words| match text(words).as_str() {
                "PING" => Some(b"+PONG\r\n".to_vec()),
                _ => Some(ENDED.as_bytes().to_vec()),
            }),
        });
        let client = Redis::from_url(&impatient(&server))?;
        let mut p = client.pubsub();
        p.subscribe("ch").await?;
        for wanted in ["+", "lost", "restored", "after"] {
            let event = p.get_message(PATIENCE).await?;
            assert_eq!(word(event), wanted);
        }
        drop((p, client));
        server.finish();
    }

    async fn a_subscription_that_is_not_confirmed_in_time_is_taken_back() {
        let server = ScriptedServer::play_each(|_| greeted().serve(|words| match text(words).as_str() {
            "SUBSCRIBE ch" | "PING" => Some(Vec::new()),
            _ => Some(BEGUN.replace("ch", "hc").into_bytes()),
        }));
        let client = Redis::from_url(&impatient(&server))?;
        let mut p = client.pubsub();
        let error = p.subscribe("ch").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutKind::Reply), "{error}");
        assert!(error.to_string().starts_with("SUBSCRIBE: "), "{error}");
        assert!(p.subscriptions().is_empty());
        drop((p, client));
        server.finish();
    }

    async fn who_waits_for_room_keeps_nobody_else_from_subscribing() {
        let burst = [begun_to("go"), message("1"), message("2"), message("3")].concat();
        let script = begun().expect(&["SUBSCRIBE", "go"]).send(burst)
            .serve(|words| match text(words).as_str() {
                "SUBSCRIBE hc" => Some(begun_to("hc").into_bytes()),
                other => Some(ended(other).into_bytes()),
            });
        let server = ScriptedServer::play(script);
        let client = Redis::from_url(&impatient(&server).replace("20ms", "20s"))?;
        let options = PubSubOptions::new().ignore_subscribe_messages(true);
        let mut slow = client.pubsub_with(options.clone().queue_messages(1).overflow(Overflow::Wait));
        let (mut fast, mut third) = (client.pubsub_with(options), client.pubsub());
        slow.subscribe("ch").await?;
        fast.subscribe("ch").await?;
        fast.subscribe("go").await?;
        for wanted in ["1", "2", "3"] {
            let event = fast.get_message(PATIENCE).await?;
            assert_eq!(word(event), wanted);
        }
        third.subscribe("hc").await?;
        for wanted in ["1", "2", "3"] {
            let event = slow.get_message(PATIENCE).await?;
            assert_eq!(word(event), wanted);
        }
        drop((slow, fast, third, client));
        server.finish();
    }

    async fn a_wait_ends_with_its_time_although_handlers_are_busy() {
        let burst = [message("1"), message("2"), message("3")].concat();
        let server = ScriptedServer::play(greeted().expect(&["SUBSCRIBE", "ch"])
            .send([BEGUN.to_owned(), burst].concat()).stall());
        let client = Redis::from_url(&server.url())?;
        let mut p = client.pubsub_with(PubSubOptions::new().ignore_subscribe_messages(true));
        let told = Heard::new();
        let noted = told.clone();
        let limit = Duration::from_millis(1);
        p.on("ch", move |message| {
            // the time is over when the first is told
            let begun = Instant::now();
            while begun.elapsed() < limit * 2 {}
            noted.push(message.payload.clone());
        });
        p.subscribe("ch").await?;
        // in its time the first may not have come yet
        while told.all().is_empty() {
            let event = p.get_message(limit).await?;
            assert!(event.is_none());
        }
        assert_eq!(told.all(), ["1"]);
        drop((p, client));
        server.finish();
    }

    async fn what_nobody_asked_for_is_nobodys_answer() {
        let stray = ">3\r\n$11\r\nunsubscribe\r\n$2\r\nhc\r\n:0\r\n>3\r\n$12\r\npunsubscribe\r\n_\r\n:0\r\n";
        let script = greeted().expect(&["SUBSCRIBE", "ch"]).send(stray).send(BEGUN).send(stray)
            .expect(&["SUBSCRIBE", "hc"]).send(message("1")).send(BEGUN.replace("ch", "hc")).send(message("2"));
        let server = ScriptedServer::play(script.stall());
        let client = Redis::from_url(&server.url())?;
        let mut p = client.pubsub();
        p.subscribe("ch").await?;
        p.subscribe("hc").await?;
        for wanted in ["+", "1", "+", "2"] {
            let event = p.get_message(PATIENCE).await?;
            assert_eq!(word(event), wanted);
        }
        drop((p, client));
        server.finish();
    }

    async fn a_reply_that_is_no_subscriptions_ends_the_connection_and_not_the_subscription() {
        let server = ScriptedServer::play_all(vec![
            begun().send(message("1")).send("*1\r\n$5\r\nstray\r\n").send(message("never")).stall(),
            begun().send(message("2")).stall(),
        ]);
        let heard = Heard::new();
        let client = Redis::builder().host("127.0.0.1").port(server.address().port())
            .retry_backoff(redis_core::retry::NoBackoff).on_event(heard.listener()).build()?;
        let mut p = client.pubsub();
        p.subscribe("ch").await?;
        for wanted in ["+", "1", "lost", "restored", "2"] {
            let event = p.get_message(PATIENCE).await?;
            assert_eq!(word(event), wanted);
        }
        let ended = heard.all().into_iter().find_map(|event| match event {
            Event::Disconnected { error, .. } => error,
            _ => None,
        });
        assert_eq!(ended.map(|error| error.kind()), Some(ErrorKind::Protocol));
        drop((p, client));
        server.finish();
    }

    async fn a_push_of_another_kind_goes_to_its_handlers() {
        let script = begun().send(">2\r\n$10\r\ninvalidate\r\n_\r\n").send(message("1"));
        let server = ScriptedServer::play(script.stall());
        let heard = Heard::new();
        let pushed = heard.clone();
        let client = Redis::builder().host("127.0.0.1").port(server.address().port())
            .on_push("invalidate", move |_| pushed.push(())).build()?;
        let mut p = client.pubsub();
        p.subscribe("ch").await?;
        p.next_message().await?;
        assert_eq!(heard.all().len(), 1);
        drop((p, client));
        server.finish();
    }

    async fn a_password_that_is_wrong_by_now_is_the_end_and_is_told() {
        let wrong = "-WRONGPASS invalid username-password pair\r\n";
        let server = ScriptedServer::play_all(vec![
            begun().send(message("1")).close(),
            Script::new().serve(move |_| Some(wrong.as_bytes().to_vec())),
        ]);
        let host = server.address();
        let client = Redis::from_url(&format!("redis://:secret@{host}?retry_backoff=none"))?;
        let mut p = client.pubsub();
        p.subscribe("ch").await?;
        for wanted in ["+", "1", "lost"] {
            let event = p.get_message(PATIENCE).await?;
            assert_eq!(word(event), wanted);
        }
        let error = p.get_message(PATIENCE).await.unwrap_err();
        assert_eq!(error.code(), Some("WRONGPASS"), "{error}");
        assert!(p.subscriptions().is_empty());
        let nothing = p.get_message(None).await?;
        assert!(nothing.is_none());
        drop((p, client));
        server.finish();
    }

    async fn a_server_that_drips_is_understood() {
        let script = greeted().expect(&["SUBSCRIBE", "ch"]).drip(BEGUN).drip(message("drop by drop"))
            .expect(&["UNSUBSCRIBE", "ch"]).drip(message("last")).drip(ENDED);
        let server = ScriptedServer::play(script.stall());
        let client = Redis::from_url(&server.url())?;
        let mut p = client.pubsub();
        p.subscribe("ch").await?;
        p.unsubscribe("ch").await?;
        let mut seen = Vec::new();
        while let Some(event) = p.get_message(None).await? {
            seen.push(word(Some(event)));
        }
        assert_eq!(seen, ["+", "drop by drop", "last", "-"]);
        drop((p, client));
        server.finish();
    }
}

/// The blocking client's alone: the async one has no pool to close.
#[test]
fn a_pool_is_closed_although_a_subscriber_waits_for_room() {
    let burst = [begun_to("go"), message("1"), message("2"), message("3")].concat();
    let script = begun().expect(&["SUBSCRIBE", "go"]).send(burst).stall();
    let server = ScriptedServer::play(script);
    let (said, heard) = std::sync::mpsc::channel();
    let client = redis_sync::Redis::builder()
        .host("127.0.0.1")
        .port(server.address().port())
        .on_event(move |event| {
            if let Event::Disconnected { reason, .. } = event {
                let _ = said.send(*reason);
            }
        })
        .build()
        .unwrap();
    let options = PubSubOptions::new().ignore_subscribe_messages(true);
    let mut slow = client.pubsub_with(options.clone().queue_messages(1).overflow(Overflow::Wait));
    let mut fast = client.pubsub_with(options);
    slow.subscribe("ch").unwrap();
    fast.subscribe("ch").unwrap();
    fast.subscribe("go").unwrap();
    for wanted in ["1", "2", "3"] {
        assert_eq!(word(fast.get_message(PATIENCE).unwrap()), wanted);
    }
    client.pool().close(Duration::from_secs(5));
    // the connection ends although nobody has read anything
    assert_eq!(heard.recv_timeout(PATIENCE), Ok(CloseReason::Shutdown));
    server.finish();
    for wanted in ["1", "2", "3"] {
        assert_eq!(word(slow.get_message(PATIENCE).unwrap()), wanted);
    }
    let error = slow.get_message(PATIENCE).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Shutdown, "{error}");
}

/// The async client's alone: its listener cannot be joined where it is dropped, and must end by itself.
#[test]
fn a_listener_that_is_dropped_tells_its_handlers_nothing_more() {
    let (mut current, mut many) = crate::both::runtimes();
    for builder in [current.enable_all(), many.worker_threads(2).enable_all()] {
        let burst = [BEGUN.to_owned(), message("1"), message("2"), message("3")].concat();
        let server =
            ScriptedServer::play(greeted().expect(&["SUBSCRIBE", "ch"]).send(burst).stall());
        let runtime = builder.build().expect("a runtime can be made");
        let (said, heard) = std::sync::mpsc::channel();
        let slot = Arc::new(Mutex::new(None));
        runtime.block_on(async {
            let client = redis_async::Redis::from_url(&server.url()).expect("it is valid");
            let mut p = client.pubsub();
            let place = Arc::clone(&slot);
            p.on("ch", move |message| {
                said.send(message.payload.to_string()).expect("it is heard");
                drop(place.lock().expect("nobody panicked").take());
            });
            p.subscribe("ch").await.expect("it is confirmed");
            // the handler waits until the listener is in its place
            let mut place = slot.lock().expect("nobody panicked");
            *place = Some(p.run_in_task().expect("there is a runtime"));
        });
        let heard = runtime.block_on(async move {
            let collected = tokio::task::spawn_blocking(move || heard.iter().collect::<Vec<_>>());
            tokio::time::timeout(PATIENCE, collected).await
        });
        assert_eq!(heard.expect("it ends").expect("nobody panicked"), ["1"]);
        server.finish();
    }
}
