//! What becomes of the others when one connection serves many and its peer misbehaves. For the async
//! client alone: the blocking one gives each command in flight a connection of its own.

use crate::both::greeted;
use redis_async::prelude::*;
use redis_core::{Delivery, ErrorKind, Result};
use redis_tests::scripted::{Script, ScriptedServer};

/// Three commands at once, on a connection that plays `script` once it has read them all.
fn three_at_once(script: Script) -> [Result<String>; 3] {
    let server = ScriptedServer::play(script);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime can be made");
    let url = format!("{}?retries=0", server.url());
    let client = Redis::from_url(&url).expect("the URL is good");
    let get = |key| client.command("GET").key(key).query::<String>();
    let (a, b, c) = runtime.block_on(async {
        // once the connection is there, they go out as they are polled first: in order
        let _ = client.command("PING").query::<()>().await;
        tokio::join!(get("a"), get("b"), get("c"))
    });
    assert_eq!(server.connections(), 1);
    drop(client);
    drop(runtime);
    server.finish();
    [a, b, c]
}

fn asked() -> Script {
    greeted()
        .expect(&["PING"])
        .send("+PONG\r\n")
        .expect(&["GET", "a"])
        .expect(&["GET", "b"])
        .expect(&["GET", "c"])
}

fn outcomes(
    results: [Result<String>; 3],
) -> [std::result::Result<String, (ErrorKind, Delivery)>; 3] {
    results.map(|result| result.map_err(|error| (error.kind(), error.delivery())))
}

#[test]
fn who_was_answered_before_a_lie_has_the_answer_and_the_others_are_in_doubt() {
    let doubt = || Err((ErrorKind::Protocol, Delivery::Unknown));
    let results = three_at_once(asked().send("$1\r\na\r\n@").stall());
    assert_eq!(outcomes(results), [Ok("a".to_owned()), doubt(), doubt()]);
}

#[test]
fn who_was_answered_before_a_hang_up_has_the_answer_and_the_others_are_in_doubt() {
    let doubt = || Err((ErrorKind::Closed, Delivery::Unknown));
    let results = three_at_once(asked().send("$1\r\na\r\n$1\r\n").close());
    assert_eq!(outcomes(results), [Ok("a".to_owned()), doubt(), doubt()]);
}

#[test]
fn a_reply_of_another_type_or_an_error_is_one_commands_own() {
    let conversion = Err((ErrorKind::Conversion, Delivery::Executed));
    let replies = "*1\r\n:1\r\n-WRONGTYPE no\r\n$1\r\nc\r\n";
    let [a, b, c] = outcomes(three_at_once(asked().send(replies).stall()));
    assert_eq!((a, c), (conversion, Ok("c".to_owned())));
    assert_eq!(b.map_err(|(_, delivery)| delivery), Err(Delivery::Rejected));
}

#[test]
fn a_push_between_replies_moves_none_of_them() {
    let replies = "$1\r\na\r\n>2\r\n+invalidate\r\n*0\r\n$1\r\nb\r\n|1\r\n+k\r\n:1\r\n$1\r\nc\r\n";
    let results = three_at_once(asked().drip(replies).stall());
    assert_eq!(outcomes(results), ["a", "b", "c"].map(|value| Ok(value.to_owned())));
}
