//! Threads that share a connection, against a peer that knows what comes in which order.
//!
//! A pool of one connection shares it from the first command on, so that a test need not fill others first.
#![cfg(unix)] // elsewhere no socket is written to and read at once

use redis_sync::{
    CallOptions, Capture, CloseReason, Connector, Delivery, DirectConnector, Duplex, Endpoint,
    ErrorKind, ExecuteCommand, FromReply, Redis, RedisBuilder, Reply, Result, RetryPolicy, Sender,
    SocketOptions, Stream, TimeoutKind,
};
use redis_tests::scripted::{Handshake, Script, ScriptedServer};
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, OnceLock};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(60);

fn script() -> Script {
    Script::new().handshake(Handshake::Understood)
}

fn builder(server: &ScriptedServer) -> RedisBuilder {
    let address = server.address();
    Redis::builder()
        .host(address.ip().to_string())
        .port(address.port())
        .retry(RetryPolicy::none())
        .response_timeout(LONG)
        .pool_max_size(1)
        .pool_wait(false)
        .pool_drain_timeout(LONG)
}

fn client(server: &ScriptedServer) -> Redis {
    builder(server).build().unwrap()
}

fn get(r: &Redis, key: &str) -> Result<String> {
    r.command("GET").key(key).query()
}

/// Time enough for another thread to come, before who has no more is gone.
const SOON: Duration = Duration::from_millis(500);

/// The same, with little patience.
fn get_soon(r: &Redis, key: &str) -> Result<String> {
    let soon = CallOptions::new().response_timeout(SOON);
    r.with(soon).command("GET").key(key).query()
}

/// Waits until it is so; for ever only where it never will be, and then not longer than for a reply.
#[track_caller]
fn until(what: impl Fn() -> bool) {
    let begun = Instant::now();
    while !what() {
        assert!(begun.elapsed() < LONG, "it never came true");
        thread::yield_now();
    }
}

type Asking<'s> = ScopedJoinHandle<'s, Result<String>>;

/// A thread whose command is the `count`th that was submitted to a shared connection when this returns.
fn ask<'s>(
    scope: &'s Scope<'s, '_>,
    r: &'s Redis,
    count: u64,
    call: impl FnOnce(&Redis) -> Result<String> + Send + 's,
) -> Asking<'s> {
    let asking = scope.spawn(move || call(r));
    until(|| r.statistics().traffic.commands >= count);
    asking
}

fn outcome(asking: Asking<'_>) -> std::result::Result<String, (ErrorKind, Delivery)> {
    let outcome = asking.join().expect("it does not panic");
    outcome.map_err(|error| (error.kind(), error.delivery()))
}

const LATE: (ErrorKind, Delivery) = (ErrorKind::Timeout(TimeoutKind::Reply), Delivery::Unknown);

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
            .expect(&["GET", "a"])
            .expect(&["GET", "late"])
            .expect(&["GET", "c"])
            .send("$1\r\nA\r\n$4\r\nlate\r\n$1\r\nC\r\n")
            .stall(),
    );
    let r = client(&server);
    thread::scope(|scope| {
        let a = ask(scope, &r, 1, |r| get(r, "a"));
        let error = get_soon(&r, "late").unwrap_err();
        assert_eq!((error.kind(), error.delivery()), LATE);
        let facts = *error.diagnosis().expect("a timeout has one").facts();
        assert_eq!((facts.in_flight_then, facts.in_flight_now), (Some(1), Some(2)));
        assert!(facts.in_flight >= Some(SOON), "never early: {facts:?}");
        assert!(error.to_string().starts_with("GET: no reply within 500ms ("), "{error}");
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
            .expect(&["GET", "late"])
            .expect(&["GET", "b"])
            .expect(&["GET", "c"])
            .send("$4\r\nlate\r\n$1\r\nB\r\n$1\r\nC\r\n")
            .stall(),
    );
    let r = client(&server);
    thread::scope(|scope| {
        let late = ask(scope, &r, 1, |r| get_soon(r, "late"));
        let b = ask(scope, &r, 2, |r| get(r, "b"));
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

/// An answer that is given once the flag is set.
fn once(flag: &Arc<AtomicBool>, answer: &'static str) -> Script {
    held(script(), flag, answer)
}

fn held(script: Script, flag: &Arc<AtomicBool>, answer: &'static str) -> Script {
    let flag = Arc::clone(flag);
    script.answer(move |_| {
        until(|| flag.load(Ordering::Acquire));
        Some(answer.as_bytes().to_vec())
    })
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

#[test]
fn who_wants_a_connection_for_itself_is_not_kept_waiting_by_those_who_share() {
    let go = Arc::new(AtomicBool::new(false));
    let server = ScriptedServer::play(
        once(&go, "$1\r\nA\r\n")
            .expect(&["GET", "own"])
            .send("$3\r\nown\r\n")
            .expect(&["GET", "c"])
            .send("$1\r\nC\r\n")
            .stall(),
    );
    let r = builder(&server).pool_wait(true).pool_acquire_timeout(LONG).build().unwrap();
    thread::scope(|scope| {
        let a = ask(scope, &r, 1, |r| get(r, "a"));
        let own = scope.spawn(|| r.connection()?.command("GET").key("own").query::<String>());
        until(|| r.statistics().waiting == 1);
        let c = scope.spawn(|| get(&r, "c"));
        until(|| r.statistics().waiting == 2);
        assert_eq!(r.statistics().in_flight, 1, "it stands behind the one who wants it alone");
        go.store(true, Ordering::Release);
        assert_eq!(outcome(a), Ok("A".to_owned()));
        assert_eq!(own.join().unwrap().unwrap(), "own");
        assert_eq!(c.join().unwrap().unwrap(), "C");
    });
    server.finish();
}

#[test]
fn commands_that_wait_for_a_connection_join_as_soon_as_one_of_them_has_it() {
    let server = ScriptedServer::play(
        script().expect_any().expect_any().expect_any().send("+1\r\n+2\r\n+3\r\n").stall(),
    );
    let r = builder(&server).pool_wait(true).pool_acquire_timeout(LONG).build().unwrap();
    let connection = r.connection().unwrap();
    thread::scope(|scope| {
        let waiting: Vec<_> = (0..3).map(|_| scope.spawn(|| get(&r, "k"))).collect();
        until(|| r.statistics().waiting == 3);
        drop(connection);
        let mut answers: Vec<_> = waiting.into_iter().map(outcome).map(|it| it.unwrap()).collect();
        answers.sort();
        assert_eq!(answers, ["1", "2", "3"]);
    });
    let statistics = r.statistics();
    assert_eq!((statistics.joined, statistics.waiting, statistics.created), (2, 0, 1));
    server.finish();
}

#[test]
fn with_four_connections_in_use_the_fifth_is_shared() {
    let go = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&go);
    let server = ScriptedServer::play_each(move |number| match number {
        5 => script().expect_any().expect_any().send("+5\r\n+6\r\n").stall(),
        _ => once(&flag, "+OK\r\n").stall(),
    });
    let address = server.address();
    let r = Redis::at(address.ip().to_string(), address.port()).unwrap();
    thread::scope(|scope| {
        let mut alone = Vec::new();
        for count in 1..=4 {
            alone.push(scope.spawn(|| get(&r, "k")));
            until(|| r.statistics().in_use == count);
        }
        assert_eq!(r.statistics().in_flight, 0, "each is alone");
        let fifth = ask(scope, &r, 1, |r| get(r, "k"));
        let sixth = ask(scope, &r, 2, |r| get(r, "k"));
        assert_eq!(outcome(fifth), Ok("5".to_owned()));
        assert_eq!(outcome(sixth), Ok("6".to_owned()));
        go.store(true, Ordering::Release);
        for asked in alone {
            assert_eq!(outcome(asked), Ok("OK".to_owned()));
        }
    });
    let statistics = r.statistics();
    assert_eq!((statistics.created, statistics.joined), (5, 1));
}

/// What a second command is told while the first is under way on the only connection.
fn second(
    r: &Redis,
    go: &AtomicBool,
    call: impl FnOnce(&Redis) -> Result<String>,
) -> Result<String> {
    thread::scope(|scope| {
        let first = scope.spawn(|| get(r, "a"));
        until(|| r.statistics().in_use == 1);
        let second = call(r);
        go.store(true, Ordering::Release);
        assert_eq!(outcome(first), Ok("A".to_owned()));
        second
    })
}

#[test]
fn where_sharing_is_off_nobody_joins() {
    let go = Arc::new(AtomicBool::new(false));
    let server = ScriptedServer::play(once(&go, "$1\r\nA\r\n").stall());
    let r = builder(&server).pool_sharing(false).build().unwrap();
    let refused = second(&r, &go, |r| get(r, "b")).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PoolExhausted);
    assert_eq!(r.statistics().joined, 0);
    server.finish();
}

#[test]
fn what_is_large_waits_on_the_server_or_is_a_pipeline_never_joins() {
    let go = Arc::new(AtomicBool::new(false));
    let server = ScriptedServer::play(once(&go, "$1\r\nA\r\n").stall());
    let r = client(&server);
    let refused = second(&r, &go, |r| {
        let large = r.command("SET").key("k").arg("x".repeat(20_000)).query::<String>();
        let long = r.command("SADD").key("k").args(vec!["0123456789"; 5_000]).query::<String>();
        let blocking = r.command("BLPOP").key("k").arg(1).query::<String>();
        let kinds = [large, long, blocking].map(|result| result.unwrap_err().kind());
        assert!(
            kinds.iter().all(|kind| *kind != ErrorKind::Timeout(TimeoutKind::Reply)),
            "{kinds:?}"
        );
        assert_eq!(kinds[..2], [ErrorKind::PoolExhausted; 2]);
        let pipe = r.pipeline();
        pipe.command("GET").key("k").query::<String>();
        pipe.execute::<(String,)>().map(|(text,)| text)
    });
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::PoolExhausted);
    assert_eq!(r.statistics().joined, 0);
    server.finish();
}

#[test]
fn nobody_joins_on_a_connection_that_is_written_down() {
    let go = Arc::new(AtomicBool::new(false));
    let server = ScriptedServer::play(once(&go, "$1\r\nA\r\n").stall());
    let r = builder(&server).capture(Capture::to_writer(io::sink())).build().unwrap();
    let refused = second(&r, &go, |r| get(r, "b")).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PoolExhausted);
    server.finish();
}

#[test]
fn a_connection_to_a_server_that_became_a_replica_lets_nobody_in_and_ends() {
    let (refuse, go) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let refused = once(&refuse, "-READONLY You can't write against a read only replica.\r\n");
    let server = ScriptedServer::play_all(vec![
        held(refused, &go, "$1\r\nA\r\n").stall(),
        script().expect(&["GET", "c"]).send("$1\r\nC\r\n").stall(),
    ]);
    let r = client(&server);
    thread::scope(|scope| {
        let set = ask(scope, &r, 1, |r| r.command("SET").key("k").arg("v").query());
        let a = ask(scope, &r, 2, |r| get(r, "a"));
        refuse.store(true, Ordering::Release);
        assert_eq!(set.join().unwrap().unwrap_err().code(), Some("READONLY"));
        assert_eq!(get(&r, "b").unwrap_err().kind(), ErrorKind::PoolExhausted);
        go.store(true, Ordering::Release);
        assert_eq!(outcome(a), Ok("A".to_owned()));
    });
    assert_eq!(get(&r, "c").unwrap(), "C");
    assert_eq!(r.statistics().closed(CloseReason::Broken), 1);
    server.finish();
}

#[test]
fn a_lone_reply_that_the_server_is_a_replica_ends_the_connection_too() {
    let server = ScriptedServer::play_all(vec![
        script()
            .expect_any()
            .send("-READONLY You can't write against a read only replica.\r\n")
            .stall(),
        script().expect(&["GET", "c"]).send("$1\r\nC\r\n").stall(),
    ]);
    let r = client(&server);
    r.command("SET").key("k").arg("v").query::<()>().unwrap_err();
    assert_eq!(get(&r, "c").unwrap(), "C");
    server.finish();
}

#[test]
fn closing_waits_for_those_who_share_and_lets_nobody_join_them() {
    let go = Arc::new(AtomicBool::new(false));
    let server = ScriptedServer::play(held(once(&go, "$1\r\nA\r\n"), &go, "$1\r\nB\r\n").stall());
    let r = client(&server);
    thread::scope(|scope| {
        let a = ask(scope, &r, 1, |r| get(r, "a"));
        let b = ask(scope, &r, 2, |r| get(r, "b"));
        let closing = scope.spawn(|| r.pool().close(LONG));
        until(|| r.connection().is_err_and(|error| error.kind() == ErrorKind::Shutdown));
        assert_eq!(get(&r, "c").unwrap_err().kind(), ErrorKind::Shutdown);
        go.store(true, Ordering::Release);
        assert_eq!((outcome(a), outcome(b)), (Ok("A".to_owned()), Ok("B".to_owned())));
        let closed = closing.join().unwrap();
        assert!(closed.is_clean(), "{closed:?}");
    });
    assert_eq!(r.statistics().closed(CloseReason::Shutdown), 1);
}

#[test]
fn what_is_disconnected_is_left_by_those_who_share_it_and_joined_by_nobody() {
    let go = Arc::new(AtomicBool::new(false));
    let server = ScriptedServer::play_all(vec![
        held(once(&go, "$1\r\nA\r\n"), &go, "$1\r\nB\r\n").stall(),
        script().expect(&["GET", "d"]).send("$1\r\nD\r\n").stall(),
    ]);
    let r = client(&server);
    thread::scope(|scope| {
        let a = ask(scope, &r, 1, |r| get(r, "a"));
        let b = ask(scope, &r, 2, |r| get(r, "b"));
        r.pool().disconnect(redis_sync::DisconnectScope::All);
        assert_eq!(get(&r, "c").unwrap_err().kind(), ErrorKind::PoolExhausted);
        go.store(true, Ordering::Release);
        assert_eq!((outcome(a), outcome(b)), (Ok("A".to_owned()), Ok("B".to_owned())));
    });
    assert_eq!(get(&r, "d").unwrap(), "D");
    assert_eq!(r.statistics().closed(CloseReason::Disconnected), 1);
    server.finish();
}

/// A socket that does as it is told.
#[derive(Clone, Default)]
struct Gate(Arc<Told>);

#[derive(Default)]
struct Told {
    /// Nothing goes out.
    is_shut: AtomicBool,
    /// Every other write would block, and the others take a byte.
    drips: AtomicBool,
    /// Each write fails.
    fails: AtomicBool,
    /// What is read opens the gate.
    opens_by_reading: AtomicBool,
    /// The next read panics when it has read.
    panics: AtomicBool,
    turn: AtomicBool,
    tried: AtomicBool,
}

struct Gated {
    stream: Box<dyn Stream>,
    gate: Gate,
}

struct Out {
    sender: Arc<dyn Sender>,
    gate: Gate,
}

impl Connector for Gate {
    fn connect(
        &self,
        endpoint: &Endpoint,
        options: &SocketOptions,
        deadline: Option<Instant>,
    ) -> Result<Box<dyn Stream>> {
        let stream = DirectConnector::default().connect(endpoint, options, deadline)?;
        Ok(Box::new(Gated { stream, gate: self.clone() }))
    }
}

impl Read for Gated {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(into)?;
        assert!(!self.gate.0.panics.swap(false, Ordering::AcqRel), "a stream's own fault");
        if self.gate.0.opens_by_reading.load(Ordering::Acquire) {
            self.gate.0.is_shut.store(false, Ordering::Release);
        }
        Ok(count)
    }
}

impl Write for Gated {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl Stream for Gated {
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.stream.set_read_timeout(timeout)
    }

    fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.stream.set_write_timeout(timeout)
    }

    fn is_readable(&mut self) -> io::Result<bool> {
        self.stream.is_readable()
    }

    fn duplex(&mut self) -> Option<&mut dyn Duplex> {
        self.stream.duplex()
    }

    fn sender(&self) -> Option<Arc<dyn Sender>> {
        let sender = self.stream.sender()?;
        Some(Arc::new(Out { sender, gate: self.gate.clone() }))
    }
}

impl Sender for Out {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let told = &self.gate.0;
        told.tried.store(true, Ordering::Release);
        if told.fails.load(Ordering::Acquire) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let drips = told.drips.load(Ordering::Acquire);
        let turn = drips && told.turn.fetch_xor(true, Ordering::AcqRel);
        if told.is_shut.load(Ordering::Acquire) || turn {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.sender.try_write(if drips { &bytes[..1] } else { bytes })
    }

    fn wait(&self, time: Option<Duration>) -> io::Result<bool> {
        if self.gate.0.is_shut.load(Ordering::Acquire) {
            // the socket itself could be written to: as one that can't, it only waits to be read
            thread::yield_now();
            return Ok(true);
        }
        self.sender.wait(time)
    }

    fn shut(&self) {
        self.sender.shut();
    }
}

fn gated(server: &ScriptedServer) -> (Redis, Gate) {
    let gate = Gate::default();
    (builder(server).connector(gate.clone()).build().unwrap(), gate)
}

fn tell(flag: &AtomicBool, value: bool) {
    flag.store(value, Ordering::Release);
}

#[test]
fn a_socket_that_takes_little_at_a_time_gets_all_of_it_in_order() {
    let server = ScriptedServer::play(
        script()
            .expect(&["GET", "a"])
            .expect(&["GET", "b"])
            .expect(&["GET", "c"])
            .send("$1\r\nA\r\n$1\r\nB\r\n$1\r\nC\r\n")
            .stall(),
    );
    let (r, gate) = gated(&server);
    tell(&gate.0.drips, true);
    thread::scope(|scope| {
        let a = ask(scope, &r, 1, |r| get(r, "a"));
        let b = ask(scope, &r, 2, |r| get(r, "b"));
        let c = ask(scope, &r, 3, |r| get(r, "c"));
        for (asked, answer) in [(a, "A"), (b, "B"), (c, "C")] {
            assert_eq!(outcome(asked), Ok(answer.to_owned()));
        }
    });
    server.finish();
}

#[test]
fn who_cannot_write_reads_where_nobody_else_does() {
    let go = Arc::new(AtomicBool::new(false));
    let server = ScriptedServer::play(
        once(&go, "$4\r\nlate\r\n").expect(&["GET", "b"]).send("$1\r\nB\r\n").stall(),
    );
    let (r, gate) = gated(&server);
    thread::scope(|scope| {
        let late = ask(scope, &r, 1, |r| get_soon(r, "late"));
        // from here on the peer takes nothing before what it said was read
        tell(&gate.0.is_shut, true);
        tell(&gate.0.opens_by_reading, true);
        let b = ask(scope, &r, 2, |r| get(r, "b"));
        assert_eq!(outcome(late), Err(LATE));
        tell(&go, true);
        assert_eq!(outcome(b), Ok("B".to_owned()));
    });
    server.finish();
}

#[test]
fn what_could_not_be_written_in_time_was_not_sent_and_never_is() {
    let server = ScriptedServer::play(script().expect(&["GET", "b"]).send("$1\r\nB\r\n").stall());
    let (r, gate) = gated(&server);
    tell(&gate.0.is_shut, true);
    let error = get_soon(&r, "a").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutKind::Write));
    assert_eq!(error.delivery(), Delivery::NotSent);
    assert!(error.to_string().starts_with("GET: could not be written within 500ms ("), "{error}");
    tell(&gate.0.is_shut, false);
    assert_eq!(get(&r, "b").unwrap(), "B");
    assert_eq!((r.statistics().created, r.statistics().traffic.write_timeouts), (1, 1));
    server.finish();
}

#[test]
fn after_a_write_that_failed_those_whose_commands_did_not_go_out_know_it() {
    let server = ScriptedServer::play_all(vec![
        script().expect(&["GET", "a"]).stall(),
        script().expect(&["GET", "c"]).send("$1\r\nC\r\n").stall(),
    ]);
    let (r, gate) = gated(&server);
    thread::scope(|scope| {
        let a = ask(scope, &r, 1, |r| get(r, "a"));
        tell(&gate.0.fails, true);
        let error = get(&r, "b").unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Closed, Delivery::NotSent));
        assert_eq!(outcome(a), Err((ErrorKind::Closed, Delivery::Unknown)));
    });
    tell(&gate.0.fails, false);
    assert_eq!(get(&r, "c").unwrap(), "C");
    server.finish();
}

#[test]
fn when_the_one_who_reads_panics_nobody_is_left_waiting() {
    let server = ScriptedServer::play_all(vec![
        script().expect(&["GET", "a"]).expect(&["GET", "b"]).send("$1\r\n").stall(),
        script().expect(&["GET", "c"]).send("$1\r\nC\r\n").stall(),
    ]);
    let (r, gate) = gated(&server);
    thread::scope(|scope| {
        let a = ask(scope, &r, 1, |r| get(r, "a"));
        tell(&gate.0.panics, true);
        let b = ask(scope, &r, 2, |r| get(r, "b"));
        assert!(a.join().is_err(), "it panics");
        assert_eq!(outcome(b), Err((ErrorKind::Closed, Delivery::Unknown)));
    });
    assert_eq!(get(&r, "c").unwrap(), "C");
    assert_eq!(r.statistics().closed(CloseReason::Broken), 1);
    server.finish();
}

#[test]
fn many_threads_with_little_patience_never_get_each_others_replies() {
    let server = ScriptedServer::play_each(|_| {
        let mut count = 0_u32;
        script().serve(move |words| {
            count += 1;
            if count % 50 == 0 {
                thread::yield_now();
            }
            let text = words.get(1)?;
            Some([format!("${}\r\n", text.len()).as_bytes(), text, b"\r\n"].concat())
        })
    });
    let r = builder(&server).pool_max_size(2).pool_wait(true).build().unwrap();
    let begin = Barrier::new(8);
    thread::scope(|scope| {
        for thread in 0..8_u64 {
            let (r, begin) = (&r, &begin);
            scope.spawn(move || {
                begin.wait();
                for round in 0..400 {
                    let mine = format!("{thread}:{round}").repeat(1 + (round % 7) as usize * 200);
                    let patience = Duration::from_micros(50 + (round * 131 + thread * 977) % 3000);
                    let soon = CallOptions::new().response_timeout(patience);
                    match r.with(soon).command("ECHO").arg(&mine).query::<String>() {
                        Ok(answer) => {
                            assert!(answer == mine, "a foreign reply to {thread}:{round}")
                        }
                        Err(error) => assert!(error.is_timeout(), "{error}"),
                    }
                }
            });
        }
    });
    assert!(r.statistics().joined > 0);
    assert_eq!(r.statistics().in_flight, 0);
}
