//! One command and its reply: what a peer may do to it.

use redis_sync::prelude::*;
use redis_sync::{BulkString, CallOptions, Delivery, ErrorKind, RetryPolicy, TimeoutKind, Value};
use redis_tests::scripted::{Handshake, Script, ScriptedServer};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

fn script() -> Script {
    Script::new().handshake(Handshake::Understood)
}

fn client(server: &ScriptedServer) -> Redis {
    let address = server.address();
    let builder = Redis::builder().host(address.ip().to_string()).port(address.port());
    builder.retry(RetryPolicy::none()).build().unwrap()
}

fn get(r: &Redis) -> redis_sync::Result<Option<BulkString>> {
    r.command("GET").key("k").query()
}

#[test]
fn a_reply_that_comes_byte_by_byte_is_read_as_a_whole() {
    let server =
        ScriptedServer::play(script().expect(&["GET", "k"]).drip("$5\r\nhello\r\n").stall());
    assert_eq!(get(&client(&server)).unwrap().unwrap(), "hello");
    server.finish();
}

#[test]
fn a_server_without_hello_is_spoken_to_in_resp2() {
    let script = Script::new().handshake(Handshake::Unknown);
    let server = ScriptedServer::play(script.expect(&["GET", "k"]).send("$1\r\nv\r\n").stall());
    assert_eq!(get(&client(&server)).unwrap().unwrap(), "v");
    server.finish();
}

#[test]
fn a_server_that_closes_instead_of_answering_leaves_the_fate_of_the_command_unknown() {
    let server = ScriptedServer::play(script().expect(&["GET", "k"]).close());
    let error = get(&client(&server)).unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Closed, Delivery::Unknown));
    assert!(error.to_string().starts_with("GET: "), "{error}");
    assert!(error.to_string().contains(&server.address().to_string()), "{error}");
}

#[test]
fn half_a_reply_is_told_from_none() {
    let server = ScriptedServer::play(script().expect(&["GET", "k"]).send("$5\r\nhe").close());
    let error = get(&client(&server)).unwrap_err();
    assert!(error.message().contains("in the middle of a reply"), "{error}");
}

#[test]
fn what_is_no_resp_closes_the_connection() {
    let server = ScriptedServer::play_all(vec![
        script().expect(&["GET", "k"]).send("?nonsense\r\n").stall(),
        script().expect(&["GET", "k"]).send("$1\r\nv\r\n").stall(),
    ]);
    let r = client(&server);
    assert_eq!(get(&r).unwrap_err().kind(), ErrorKind::Protocol);
    assert_eq!(get(&r).unwrap().unwrap(), "v");
    assert_eq!(server.connections(), 2);
    server.finish();
}

#[test]
fn a_reply_of_another_type_leaves_the_connection_good() {
    let server = ScriptedServer::play(
        script()
            .expect(&["GET", "k"])
            .send("*1\r\n:1\r\n")
            .expect(&["GET", "k"])
            .send("_\r\n")
            .stall(),
    );
    let r = client(&server);
    let error = get(&r).unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Conversion, Delivery::Executed));
    assert_eq!(get(&r).unwrap(), None);
    assert_eq!(server.connections(), 1);
    server.finish();
}

#[test]
fn an_error_of_the_server_keeps_its_words_and_the_connection() {
    let server = ScriptedServer::play(
        script()
            .expect(&["GET", "k"])
            .send("-WRONGTYPE no\r\n")
            .expect(&["GET", "k"])
            .send("_\r\n"),
    );
    let r = client(&server);
    let error = get(&r).unwrap_err();
    assert_eq!((error.code(), error.message()), (Some("WRONGTYPE"), "WRONGTYPE no"));
    assert_eq!(error.delivery(), Delivery::Rejected);
    get(&r).unwrap();
    server.finish();
}

#[test]
fn a_push_between_command_and_reply_goes_to_its_handlers() {
    let server = ScriptedServer::play(
        script()
            .expect(&["GET", "k"])
            .send(">2\r\n+news\r\n+x\r\n$1\r\nv\r\n>1\r\n+news\r\n")
            .stall(),
    );
    let pushes = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&pushes);
    let address = server.address();
    let r = Redis::builder()
        .host(address.ip().to_string())
        .port(address.port())
        .on_push("news", move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
        })
        .build()
        .unwrap();
    assert_eq!(get(&r).unwrap().unwrap(), "v");
    assert_eq!(pushes.load(Ordering::Relaxed), 2);
    assert_eq!(r.statistics().idle, 1, "what followed the reply was a push and no dirt");
}

#[test]
fn a_reply_that_does_not_come_is_a_reply_timeout_and_says_unknown() {
    let server = ScriptedServer::play(script().expect(&["INCR", "k"]).stall());
    let soon = CallOptions::new().response_timeout(Duration::from_millis(1));
    let r = client(&server);
    let error = r.with(soon).command("INCR").key("k").query::<i64>().unwrap_err();
    assert_eq!(error.timeout_kind(), Some(TimeoutKind::Reply));
    assert_eq!(error.message(), "no reply within 1ms");
    assert_eq!(error.delivery(), Delivery::Unknown);
}

#[test]
fn a_handshake_that_is_not_answered_is_a_handshake_timeout_and_nothing_was_sent() {
    let server = ScriptedServer::play(Script::new().expect_any().stall());
    let address = server.address();
    let r = Redis::builder()
        .host(address.ip().to_string())
        .port(address.port())
        .retry(RetryPolicy::none())
        .response_timeout(Duration::from_millis(1))
        .build()
        .unwrap();
    let error = get(&r).unwrap_err();
    assert_eq!(error.timeout_kind(), Some(TimeoutKind::Handshake));
    assert_eq!(error.delivery(), Delivery::NotSent);
}

#[test]
fn a_command_that_cannot_be_sent_twice_is_not_tried_again_when_its_fate_is_unknown() {
    let server = ScriptedServer::play(script().expect(&["INCR", "k"]).close());
    let address = server.address();
    let r = Redis::at(address.ip().to_string(), address.port()).unwrap();
    let error = r.command("INCR").key("k").query::<i64>().unwrap_err();
    assert_eq!(error.delivery(), Delivery::Unknown);
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_command_that_only_reads_is_tried_again_on_a_new_connection() {
    let server = ScriptedServer::play_all(vec![
        script().expect(&["GET", "k"]).close(),
        script().expect(&["GET", "k"]).send("$1\r\nv\r\n").stall(),
    ]);
    let address = server.address();
    let r = Redis::at(address.ip().to_string(), address.port()).unwrap();
    assert_eq!(get(&r).unwrap().unwrap(), "v");
    server.finish();
}

#[test]
fn a_large_argument_arrives_as_it_was() {
    let large = "x".repeat(3 * redis_core::command::COPY_THRESHOLD);
    let server = ScriptedServer::play(script().expect(&["SET", "k", &large]).send("+OK\r\n"));
    client(&server).command("SET").key("k").arg(&large).query::<()>().unwrap();
    server.finish();
}

#[test]
fn a_large_reply_is_read_whole_and_its_memory_does_not_stay() {
    let value = "y".repeat(5_000_000);
    let reply = format!("${}\r\n{value}\r\n", value.len());
    let server = ScriptedServer::play(
        script().expect(&["GET", "k"]).send(reply).expect(&["GET", "k"]).send("$1\r\nv\r\n"),
    );
    let r = client(&server);
    assert_eq!(get(&r).unwrap().unwrap().len(), 5_000_000);
    assert_eq!(get(&r).unwrap().unwrap(), "v");
    server.finish();
}

#[test]
fn what_binds_a_connection_is_refused_before_any_connection_is_opened() {
    let server = ScriptedServer::play_all(Vec::new());
    let r = client(&server);
    for (command, argument) in [("SELECT", "1"), ("CLIENT", "REPLY"), ("SUBSCRIBE", "c")] {
        let error = r.command(command).arg(argument).arg("OFF").query::<Value>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Misuse, "{command}");
        assert!(error.to_string().contains("connection()"), "{error}");
    }
    assert_eq!(server.connections(), 0);
}
