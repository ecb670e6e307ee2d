//! Who joins and who does not, and what becomes of those who want a connection for themselves.

use crate::{LONG, ask, builder, client, get, held, once, outcome, script, until};
use redis_sync::{
    Capture, CloseReason, ErrorKind, ExecuteCommand, Recorder, Redis, Result, TimeoutKind,
};
use redis_tests::scripted::ScriptedServer;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

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

/// Keeps the thread of this name where it is told that its first wait was over, until it may go on.
#[derive(Clone, Default)]
struct Keeper(Arc<Kept>);

#[derive(Default)]
struct Kept {
    is_there: AtomicBool,
    may_go_on: AtomicBool,
    /// How long it waited, by what it was told, and how long it was kept then.
    waits: Mutex<Vec<(Duration, Duration)>>,
}

impl Keeper {
    const NAME: &str = "kept";
}

impl Recorder for Keeper {
    fn pool_waited(&self, waited: Duration, _: bool) {
        if thread::current().name() == Some(Self::NAME) {
            let begun = Instant::now();
            self.0.is_there.store(true, Ordering::Release);
            until(|| self.0.may_go_on.load(Ordering::Acquire));
            self.0.waits.lock().unwrap().push((waited, begun.elapsed()));
        }
    }
}

#[test]
fn who_is_called_to_share_and_finds_nothing_to_share_waits_on_as_one_who_asked_long_ago() {
    let go = Arc::new(AtomicBool::new(false));
    let server = ScriptedServer::play(
        once(&go, "$1\r\nA\r\n").expect(&["GET", "b"]).send("$1\r\nB\r\n").stall(),
    );
    let keeper = Keeper::default();
    let kept = Arc::clone(&keeper.0);
    let r = builder(&server).pool_wait(true).pool_acquire_timeout(LONG).recorder(keeper);
    let r = r.build().unwrap();
    let connection = r.connection().unwrap();
    thread::scope(|scope| {
        let a = scope.spawn(|| get(&r, "a"));
        until(|| r.statistics().waiting == 1);
        let b = thread::Builder::new().name(Keeper::NAME.to_owned());
        let b = b.spawn_scoped(scope, || get(&r, "b")).unwrap();
        until(|| r.statistics().waiting == 2);
        // the first has it now, and calls the second
        drop(connection);
        until(|| kept.is_there.load(Ordering::Acquire));
        go.store(true, Ordering::Release);
        assert_eq!(outcome(a), Ok("A".to_owned()));
        let connection = r.connection().unwrap();
        kept.may_go_on.store(true, Ordering::Release);
        until(|| r.statistics().waiting == 1);
        drop(connection);
        assert_eq!(outcome(b), Ok("B".to_owned()));
    });
    let waits = kept.waits.lock().unwrap();
    let [(first, kept), (whole, _)] = waits[..] else { panic!("it waited twice: {waits:?}") };
    assert!(whole >= first + kept, "of {whole:?} it had waited {first:?}, and was kept {kept:?}");
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
