//! What the `tracing` crate is told of a client: targets, levels and fields, and no value of anybody's.

use redis_core::config::Config;
use redis_tests::scripted::{Handshake, Script, ScriptedServer};
use std::fmt;
use std::sync::{Arc, Mutex};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// What was told: target, level, and the fields as `name=value`.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<Line>>>);

/// One event.
type Line = (String, Level, Vec<String>);

impl Told {
    /// The fields of the first event of this message.
    fn fields(&self, target: &str, level: Level, message: &str) -> Vec<String> {
        let told = self.0.lock().expect("nobody panicked");
        let message = format!("message={message}");
        let found = told
            .iter()
            .find(|(at, of, fields)| at == target && *of == level && fields.contains(&message));
        let (.., fields) =
            found.unwrap_or_else(|| panic!("no {target} {level} {message}: {told:?}"));
        fields.iter().filter(|field| **field != message).cloned().collect()
    }

    fn text(&self) -> String {
        format!("{:?}", self.0.lock().expect("nobody panicked"))
    }
}

impl Subscriber for Told {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("redis::")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(Vec::new());
        event.record(&mut fields);
        let metadata = event.metadata();
        let told = (metadata.target().to_owned(), *metadata.level(), fields.0);
        self.0.lock().expect("nobody panicked").push(told);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Fields(Vec<String>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push(format!("{}={value}", field.name()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push(format!("{}={value:?}", field.name()));
    }
}

/// Hangs up on the first connection, answers on the second, and then knows a command not.
fn server() -> ScriptedServer {
    let script = || Script::new().handshake(Handshake::Understood);
    let unknown = "-ERR unknown command 'FOO', with args beginning with: 'canary' \r\n";
    ScriptedServer::play_all(vec![
        script().expect(&["GET", "canary"]).close(),
        script()
            .expect(&["GET", "canary"])
            .send("$1\r\nv\r\n")
            .expect(&["FOO", "canary"])
            .send(unknown)
            .stall(),
    ])
}

fn config(server: &ScriptedServer) -> Config {
    let address = server.address();
    let url = format!("redis://canary-user:canary-password@{address}?retry_backoff=none");
    Config::from_url(&url).expect("the URL is right")
}

fn check(told: &Told, server: &ScriptedServer) {
    let endpoint = format!("endpoint={}", server.address());
    let connecting = told.fields("redis::connection", Level::DEBUG, "connecting");
    assert_eq!(connecting, std::slice::from_ref(&endpoint));
    let connected = told.fields("redis::connection", Level::DEBUG, "connected");
    assert!(connected[0].starts_with("connection=") && connected[1] == endpoint, "{connected:?}");
    let ready = told.fields("redis::connection", Level::DEBUG, "ready");
    assert_eq!(ready[1], "protocol=3");
    let lost = told.fields("redis::connection", Level::WARN, "disconnected");
    assert_eq!(lost[1], "reason=it failed in use");
    let retried = told.fields("redis::command", Level::INFO, "retried");
    let (begun, error) = retried.split_at(5);
    let expected =
        ["command=GET", "attempt=1", "after_us=0", "kind=connection closed", "delivery=unknown"];
    assert_eq!(begun, expected);
    assert!(error[0].starts_with("error=GET: the server closed the connection"), "{error:?}");
    let finished = told.fields("redis::command", Level::DEBUG, "finished");
    assert_eq!(finished[..2], ["command=GET", "attempts=2"]);
    let failed = told.fields("redis::command", Level::INFO, "failed");
    assert_eq!((&*failed[0], &*failed[4]), ("command=FOO", "delivery=rejected"));
    assert!(failed[5].starts_with("error=FOO: ERR unknown command 'FOO' ("), "{failed:?}");
    assert!(!told.text().contains("canary"), "{}", told.text());
}

#[test]
fn the_blocking_client_tells_what_happens_and_no_values() {
    use redis_sync::prelude::*;
    let (told, server) = (Told::default(), server());
    tracing::subscriber::with_default(told.clone(), || {
        let builder = Redis::builder().config(&config(&server));
        let builder = builder.on_event(redis_sync::trace::event);
        let r =
            builder.recorder(redis_sync::trace::Commands).build().expect("the settings are right");
        assert_eq!(r.get("canary").expect("an answer").expect("a value"), "v");
        r.command("FOO").arg("canary").query::<()>().expect_err("nobody knows it");
    });
    check(&told, &server);
}

#[test]
fn the_async_client_tells_what_happens_and_no_values() {
    use redis_async::prelude::*;
    let (told, server) = (Told::default(), server());
    tracing::subscriber::with_default(told.clone(), || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime can be made").block_on(async {
            let builder = Redis::builder().config(&config(&server));
            let builder = builder.on_event(redis_async::trace::event);
            let r = builder.recorder(redis_async::trace::Commands).build();
            let r = r.expect("the settings are right");
            assert_eq!(r.get("canary").await.expect("an answer").expect("a value"), "v");
            let unknown = r.command("FOO").arg("canary").query::<()>().await;
            unknown.expect_err("nobody knows it");
        });
    });
    check(&told, &server);
}

#[test]
fn a_client_that_was_not_told_to_tell_tells_nothing() {
    use redis_sync::prelude::*;
    let (told, server) = (Told::default(), server());
    tracing::subscriber::with_default(told.clone(), || {
        let r = Redis::from_config(config(&server));
        assert_eq!(r.get("canary").expect("an answer").expect("a value"), "v");
        r.command("FOO").arg("canary").query::<()>().expect_err("nobody knows it");
    });
    assert_eq!(told.text(), "[]");
}
