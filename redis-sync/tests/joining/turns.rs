//! Whose reply is whose, and who reads when somebody leaves.

use crate::{LATE, SOON, ask, builder, client, get, get_soon, held, outcome, script};
use redis_sync::{
    CloseReason, Delivery, ErrorKind, ExecuteCommand, FromReply, Redis, Reply, Result, RetryPolicy,
};
use redis_tests::scripted::ScriptedServer;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;

#[test]
fn commands_of_several_threads_go_together_and_each_gets_its_own_reply() {
    let server = ScriptedServer::play(
        script()
            .expect(&["GET", "a"])
            .expect(&["GET", "b"])
            .expect(&["GET", "c"])
            .send("$1\r\nA\r\n$1\r\nB\r\n-WRONGTYPE no\r\n")
            .stall(),
    );
    let r = client(&server);
    thread::scope(|scope| {
        let a = ask(scope, &r, 1, |r| get(r, "a"));
        let b = ask(scope, &r, 2, |r| get(r, "b"));
        let c = ask(scope, &r, 3, |r| get(r, "c"));
        assert_eq!(outcome(a), Ok("A".to_owned()));
        assert_eq!(outcome(b), Ok("B".to_owned()));
        assert_eq!(outcome(c).map_err(|(_, delivery)| delivery), Err(Delivery::Rejected));
    });
    let statistics = r.statistics();
    assert_eq!((statistics.created, statistics.idle, statistics.in_flight), (1, 1, 0));
    assert_eq!((statistics.joined, statistics.traffic.commands), (2, 3));
    server.finish();
}

#[test]
fn who_has_its_reply_does_not_wait_for_others() {
    let server = ScriptedServer::play(
        script()
            .expect(&["GET", "fast"])
            .expect(&["GET", "slow"])
            .send("$4\r\nfast\r\n")
            .expect(&["GET", "next"])
            .send("$4\r\nslow\r\n$4\r\nnext\r\n")
            .stall(),
    );
    let r = client(&server);
    thread::scope(|scope| {
        let fast = ask(scope, &r, 1, |r| get(r, "fast"));
        let slow = ask(scope, &r, 2, |r| get(r, "slow"));
        assert_eq!(outcome(fast), Ok("fast".to_owned()));
        // the server answers the slow one only when this has come: somebody else reads by now
        assert_eq!(get(&r, "next").unwrap(), "next");
        assert_eq!(outcome(slow), Ok("slow".to_owned()));
    });
    server.finish();
}

#[test]
fn a_follower_whose_time_is_over_leaves_and_its_reply_is_nobodys() {
    let server = ScriptedServer::play(
        script()
            .expect(&["GET", "first"])
            .expect(&["GET", "a"])
            .expect(&["GET", "late"])
            .send("$5\r\nfirst\r\n")
            .expect(&["GET", "c"])
            .send("$1\r\nA\r\n$4\r\nlate\r\n$1\r\nC\r\n")
            .stall(),
    );
    let r = client(&server);
    thread::scope(|scope| {
        let first = ask(scope, &r, 1, |r| get(r, "first"));
        let a = ask(scope, &r, 2, |r| get(r, "a"));
        let error = get_soon(&r, "late").unwrap_err();
        assert_eq!((error.kind(), error.delivery()), LATE);
        let facts = *error.diagnosis().expect("a timeout has one").facts();
        assert_eq!((facts.in_flight_then, facts.in_flight_now), (Some(2), Some(2)));
        assert!(facts.in_flight >= Some(SOON), "never early: {facts:?}");
        assert!(error.to_string().starts_with("GET: no reply within 500ms ("), "{error}");
        assert_eq!(outcome(first), Ok("first".to_owned()));
        assert_eq!(get(&r, "c").unwrap(), "C");
        assert_eq!(outcome(a), Ok("A".to_owned()));
    });
    assert_eq!(r.statistics().traffic.reply_timeouts, 1);
    assert_eq!((r.statistics().open(), r.statistics().created), (1, 1), "the connection is good");
    server.finish();
}

#[test]
fn a_leader_whose_time_is_over_leaves_the_reading_to_another() {
    let server = ScriptedServer::play(
        script()
            .expect(&["GET", "first"])
            .expect(&["GET", "late"])
            .expect(&["GET", "b"])
            .send("$5\r\nfirst\r\n")
            .expect(&["GET", "c"])
            .send("$4\r\nlate\r\n$1\r\nB\r\n$1\r\nC\r\n")
            .stall(),
    );
    let r = client(&server);
    thread::scope(|scope| {
        let first = ask(scope, &r, 1, |r| get(r, "first"));
        // the first who waits reads as soon as the one before it has its reply
        let late = ask(scope, &r, 2, |r| get_soon(r, "late"));
        let b = ask(scope, &r, 3, |r| get(r, "b"));
        assert_eq!(outcome(first), Ok("first".to_owned()));
        let error = late.join().unwrap().unwrap_err();
        assert_eq!((error.kind(), error.delivery()), LATE);
        assert_eq!(get(&r, "c").unwrap(), "C");
        assert_eq!(outcome(b), Ok("B".to_owned()));
    });
    assert_eq!(r.statistics().traffic.reply_timeouts, 1);
    assert_eq!(r.statistics().created, 1);
    server.finish();
}

#[test]
fn a_connection_that_was_silent_for_all_of_somebodys_time_lets_nobody_in_any_more() {
    let go = Arc::new(AtomicBool::new(false));
    let silent = held(script().expect(&["GET", "a"]), &go, "$1\r\nA\r\n$4\r\nlate\r\n");
    let server = ScriptedServer::play(silent.expect(&["GET", "c"]).send("$1\r\nC\r\n").stall());
    let r = client(&server);
    thread::scope(|scope| {
        let a = ask(scope, &r, 1, |r| get(r, "a"));
        let late = ask(scope, &r, 2, |r| get_soon(r, "late"));
        assert_eq!(outcome(late), Err(LATE));
        assert_eq!(get(&r, "b").unwrap_err().kind(), ErrorKind::PoolExhausted);
        go.store(true, Ordering::Release);
        assert_eq!(outcome(a), Ok("A".to_owned()), "who is in is served");
    });
    assert_eq!(get(&r, "c").unwrap(), "C");
    assert_eq!(r.statistics().created, 1);
    server.finish();
}

#[test]
fn when_all_have_left_what_is_owed_is_drained_and_the_connection_serves_again() {
    let (released, mut late) = (Arc::new(AtomicBool::new(false)), 0);
    let may_answer = Arc::clone(&released);
    let server = ScriptedServer::play(script().serve(move |words| {
        if words[0] == b"GET" && !may_answer.load(Ordering::Acquire) {
            late += 1;
            may_answer.store(late == 2, Ordering::Release);
            return Some(Vec::new());
        }
        let mut answer = b"$4\r\nlate\r\n".repeat(std::mem::take(&mut late));
        match words[0].as_slice() {
            b"ECHO" => {
                answer.extend(format!("${}\r\n", words[1].len()).bytes());
                answer.extend(&words[1]);
                answer.extend(b"\r\n");
            }
            _ => answer.extend(b"$2\r\nok\r\n"),
        }
        Some(answer)
    }));
    let r = client(&server);
    thread::scope(|scope| {
        let a = ask(scope, &r, 1, |r| get_soon(r, "a"));
        let b = ask(scope, &r, 2, |r| get_soon(r, "b"));
        assert_eq!((outcome(a), outcome(b)), (Err(LATE), Err(LATE)));
    });
    assert!(released.load(Ordering::Acquire));
    assert_eq!(get(&r, "c").unwrap(), "ok");
    assert_eq!((r.statistics().recycled, server.connections()), (1, 1));
}

#[test]
fn when_the_connection_ends_each_learns_it_and_who_was_answered_has_its_answer() {
    let server = ScriptedServer::play_all(vec![
        script()
            .expect(&["GET", "a"])
            .expect(&["GET", "b"])
            .expect(&["GET", "c"])
            .send("$1\r\nA\r\n$1\r\n")
            .close(),
        script().expect(&["GET", "d"]).send("$1\r\nD\r\n").stall(),
    ]);
    let r = client(&server);
    thread::scope(|scope| {
        let a = ask(scope, &r, 1, |r| get(r, "a"));
        let b = ask(scope, &r, 2, |r| get(r, "b"));
        let c = ask(scope, &r, 3, |r| get(r, "c"));
        assert_eq!(outcome(a), Ok("A".to_owned()));
        for lost in [b, c] {
            assert_eq!(outcome(lost), Err((ErrorKind::Closed, Delivery::Unknown)));
        }
    });
    assert_eq!(get(&r, "d").unwrap(), "D");
    let statistics = r.statistics();
    assert_eq!((statistics.closed(CloseReason::Broken), statistics.open()), (1, 1));
    server.finish();
}

#[test]
fn what_may_be_repeated_is_sent_again_over_another_connection() {
    let server = ScriptedServer::play_all(vec![
        script().expect(&["GET", "a"]).expect(&["GET", "b"]).reset(),
        script().serve(|words| Some([b"$1\r\n", words[1].as_slice(), b"\r\n"].concat())),
    ]);
    let r = builder(&server)
        .pool_wait(true)
        .retry(RetryPolicy::new(redis_sync::NoBackoff, 1))
        .build()
        .unwrap();
    thread::scope(|scope| {
        let a = ask(scope, &r, 1, |r| get(r, "a"));
        let b = ask(scope, &r, 2, |r| get(r, "b"));
        assert_eq!(outcome(a), Ok("a".to_owned()));
        assert_eq!(outcome(b), Ok("b".to_owned()));
    });
    assert_eq!(r.statistics().retries, 2);
    server.finish();
}

#[test]
fn a_reply_that_nobody_asked_for_ends_the_connection_and_reaches_nobody() {
    let server = ScriptedServer::play_all(vec![
        script()
            .expect(&["GET", "a"])
            .expect(&["GET", "b"])
            .send("$1\r\nA\r\n$1\r\nB\r\n$1\r\n?\r\n")
            .stall(),
        script().expect(&["GET", "c"]).send("$1\r\nC\r\n").stall(),
    ]);
    let r = client(&server);
    thread::scope(|scope| {
        let a = ask(scope, &r, 1, |r| get(r, "a"));
        let b = ask(scope, &r, 2, |r| get(r, "b"));
        assert_eq!(outcome(a), Ok("A".to_owned()));
        assert_eq!(outcome(b), Ok("B".to_owned()));
    });
    assert_eq!(get(&r, "c").unwrap(), "C");
    assert_eq!(r.statistics().closed_total(), 1);
    server.finish();
}

#[test]
fn pushes_between_replies_go_to_their_handlers_who_wait_for_nobody_that_waits_for_them() {
    let replies = "$1\r\nA\r\n>2\r\n+invalidate\r\n*0\r\n$1\r\nB\r\n";
    let server = ScriptedServer::play(
        script().expect(&["GET", "a"]).expect(&["GET", "b"]).send(replies).stall(),
    );
    static CLIENT: OnceLock<Redis> = OnceLock::new();
    static HEARD: OnceLock<ErrorKind> = OnceLock::new();
    let built = builder(&server).on_push("invalidate", |_: &Reply<'_>| {
        // over the connection that this thread reads, it would wait for itself
        let refused = get(CLIENT.get().expect("it is there"), "within").unwrap_err();
        HEARD.get_or_init(|| refused.kind());
    });
    let r = CLIENT.get_or_init(|| built.build().unwrap());
    thread::scope(|scope| {
        let a = ask(scope, r, 1, |r| get(r, "a"));
        let b = ask(scope, r, 2, |r| get(r, "b"));
        assert_eq!(outcome(a), Ok("A".to_owned()));
        assert_eq!(outcome(b), Ok("B".to_owned()));
    });
    assert_eq!(HEARD.get(), Some(&ErrorKind::PoolExhausted));
    server.finish();
}

#[test]
fn a_reply_type_may_call_the_client_again() {
    static CLIENT: OnceLock<Redis> = OnceLock::new();
    struct Nested(String);
    impl FromReply for Nested {
        fn from_reply(reply: Reply<'_>) -> Result<Self> {
            let outer = String::from_reply(reply)?;
            Ok(Self(outer + &get(CLIENT.get().expect("it is there"), "inner")?))
        }
    }
    let server = ScriptedServer::play(
        script()
            .expect(&["GET", "outer"])
            .send("$1\r\nO\r\n")
            .expect(&["GET", "inner"])
            .send("$1\r\nI\r\n")
            .stall(),
    );
    let r = CLIENT.get_or_init(|| client(&server));
    let nested: Nested = r.command("GET").key("outer").query().unwrap();
    assert_eq!(nested.0, "OI");
    server.finish();
}
