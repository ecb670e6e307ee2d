//! What the pool does with its connections, seen from both ends.

use redis_sync::{
    BulkString, CallOptions, CloseReason, Connection, DisconnectScope, ErrorKind, ExecuteCommand,
    FromReply, Pool, PoolOptions, Redis, Reply, Result, RetryPolicy, TimeoutKind,
};
use redis_tests::scripted::{Handshake, Script, ScriptedServer, Words};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

fn script() -> Script {
    Script::new().handshake(Handshake::Understood)
}

/// Answers everything as a server would that knows little.
fn obliging(words: &Words) -> Option<Vec<u8>> {
    let words: Vec<_> = words.iter().map(|word| String::from_utf8_lossy(word)).collect();
    Some(match words[0].as_ref() {
        "GET" => b"$1\r\nv\r\n".to_vec(),
        "PING" => b"+PONG\r\n".to_vec(),
        "ECHO" => format!("${}\r\n{}\r\n", words[1].len(), words[1]).into_bytes(),
        _ => b"+OK\r\n".to_vec(),
    })
}

fn client(server: &ScriptedServer, pool: PoolOptions) -> Redis {
    let address = server.address();
    Redis::builder()
        .host(address.ip().to_string())
        .port(address.port())
        .retry(RetryPolicy::none())
        .pool(pool)
        .build()
        .unwrap()
}

fn get(r: &impl ExecuteCommand<Mode = redis_sync::Blocking>) -> Result<Option<BulkString>> {
    r.command("GET").key("k").query()
}

#[test]
fn nothing_is_opened_before_the_first_command_and_one_connection_serves_the_next() {
    let server = ScriptedServer::play(script().serve(obliging));
    let r = client(&server, PoolOptions::new());
    assert_eq!(server.connections(), 0);
    get(&r).unwrap();
    get(&r).unwrap();
    assert_eq!(server.connections(), 1);
    let statistics = r.statistics();
    assert_eq!((statistics.created, statistics.idle, statistics.in_use), (1, 1, 0));
}

#[test]
fn bytes_that_nobody_asked_for_make_a_connection_unfit() {
    let server = ScriptedServer::play_all(vec![
        script().expect(&["GET", "k"]).send("$1\r\nv\r\n$1\r\nw\r\n").stall(),
        script().expect(&["GET", "k"]).send("$1\r\nx\r\n").stall(),
    ]);
    let r = client(&server, PoolOptions::new());
    assert_eq!(get(&r).unwrap().unwrap(), "v");
    assert_eq!(get(&r).unwrap().unwrap(), "x");
    assert_eq!(r.statistics().closed(CloseReason::Stale), 1);
    server.finish();
}

#[test]
fn a_late_reply_is_drained_and_its_connection_serves_again() {
    let mut owed = None;
    let server = ScriptedServer::play(script().serve(move |words| {
        if words[0] == b"SLOW" {
            owed = Some(b"$4\r\nlate\r\n".to_vec());
            return Some(Vec::new());
        }
        let mut answer = owed.take().unwrap_or_default();
        answer.extend(obliging(words)?);
        Some(answer)
    }));
    let pool = PoolOptions::new().with_drain_timeout(Duration::from_secs(60));
    let r = client(&server, pool);
    let soon = CallOptions::new().response_timeout(Duration::from_millis(1));
    let error = r.with(soon).command("SLOW").query::<String>().unwrap_err();
    assert_eq!(error.timeout_kind(), Some(TimeoutKind::Reply));
    assert_eq!(get(&r).unwrap().unwrap(), "v");
    assert_eq!((r.statistics().recycled, server.connections()), (1, 1));
}

#[test]
fn a_connection_that_cannot_be_drained_in_time_is_closed_and_counted() {
    let server = ScriptedServer::play_all(vec![script().stall(), script().serve(obliging)]);
    let r = client(&server, PoolOptions::new().with_drain_timeout(Duration::from_millis(1)));
    let soon = CallOptions::new().response_timeout(Duration::from_millis(1));
    r.with(soon).command("SLOW").query::<String>().unwrap_err();
    assert_eq!(r.statistics().closed(CloseReason::NotDrained), 1);
    assert_eq!(get(&r).unwrap().unwrap(), "v");
}

#[test]
fn a_full_pool_that_does_not_wait_says_so_at_once() {
    let server = ScriptedServer::play(script().serve(obliging));
    let r = client(&server, PoolOptions::new().with_max_size(1).with_wait(false));
    let connection = r.connection().unwrap();
    let error = get(&r).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PoolExhausted);
    assert!(error.is_pool_exhausted());
    drop(connection);
    get(&r).unwrap();
    assert_eq!(r.statistics().refused, 1);
}

#[test]
fn waiting_for_a_connection_has_a_timeout_of_its_own() {
    let server = ScriptedServer::play(script().serve(obliging));
    let pool = PoolOptions::new().with_max_size(1).with_acquire_timeout(Duration::from_millis(1));
    let r = client(&server, pool);
    let _connection = r.connection().unwrap();
    let error = get(&r).unwrap_err();
    assert_eq!(error.timeout_kind(), Some(TimeoutKind::Acquire));
    let statistics = r.statistics();
    assert_eq!((statistics.waits, statistics.timeouts, statistics.waiting), (1, 1, 0));
}

#[test]
fn those_who_wait_get_the_connection_when_it_comes_back() {
    let server = ScriptedServer::play(script().serve(obliging));
    let pool = PoolOptions::new().with_max_size(1).with_acquire_timeout(Duration::from_secs(60));
    let r = client(&server, pool);
    let connection = r.connection().unwrap();
    std::thread::scope(|scope| {
        let waiting: Vec<_> = (0..4).map(|_| scope.spawn(|| get(&r))).collect();
        while r.statistics().waiting < 4 {
            std::thread::yield_now();
        }
        drop(connection);
        for thread in waiting {
            assert_eq!(thread.join().unwrap().unwrap().unwrap(), "v");
        }
    });
    assert_eq!(server.connections(), 1);
}

#[test]
fn one_who_waits_learns_that_the_pool_was_closed() {
    let server = ScriptedServer::play(script().serve(obliging));
    let pool = PoolOptions::new().with_max_size(1).with_acquire_timeout(Duration::from_secs(60));
    let r = client(&server, pool);
    let connection = r.connection().unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| get(&r));
        while r.statistics().waiting < 1 {
            std::thread::yield_now();
        }
        let closed = r.pool().close(Duration::ZERO);
        assert_eq!((closed.refused, closed.abandoned, closed.forced), (1, 1, 1), "{closed:?}");
        assert_eq!(waiting.join().unwrap().unwrap_err().kind(), ErrorKind::Shutdown);
    });
    drop(connection);
    assert_eq!(r.statistics().closed(CloseReason::Shutdown), 1);
}

#[test]
fn what_a_user_changed_is_undone_before_the_next_one_gets_the_connection() {
    let server = ScriptedServer::play(
        script()
            .expect(&["SELECT", "7"])
            .send("+OK\r\n")
            .expect(&["WATCH", "k"])
            .send("+OK\r\n")
            .expect(&["UNWATCH"])
            .send("+OK\r\n")
            .expect(&["SELECT", "0"])
            .send("+OK\r\n")
            .expect(&["GET", "k"])
            .send("_\r\n"),
    );
    let r = client(&server, PoolOptions::new());
    let connection = r.connection().unwrap();
    connection.command("SELECT").arg(7).query::<()>().unwrap();
    connection.command("WATCH").key("k").query::<()>().unwrap();
    drop(connection);
    get(&r).unwrap();
    server.finish();
}

#[test]
fn what_cannot_be_undone_closes_the_connection() {
    let server = ScriptedServer::play_all(vec![
        script().expect(&["RESET"]).send("+RESET\r\n").stall(),
        script().serve(obliging),
    ]);
    let r = client(&server, PoolOptions::new());
    let connection = r.connection().unwrap();
    connection.command("RESET").query::<()>().unwrap();
    drop(connection);
    get(&r).unwrap();
    assert_eq!(r.statistics().closed(CloseReason::Residue), 1);
    server.finish();
}

#[test]
fn a_connection_that_was_lost_is_not_replaced_behind_its_owners_back() {
    let server = ScriptedServer::play(script().expect(&["GET", "k"]).close());
    let r = client(&server, PoolOptions::new());
    let connection = r.connection().unwrap();
    get(&connection).unwrap_err();
    let error = get(&connection).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert!(error.was_not_executed(), "{error:?}");
    drop(connection);
    assert_eq!(r.statistics().closed(CloseReason::Broken), 1);
}

#[test]
fn a_disconnect_of_all_closes_idle_ones_now_and_used_ones_at_their_release() {
    let server = ScriptedServer::play_each(|_| script().serve(obliging));
    let r = client(&server, PoolOptions::new());
    let (used, idle) = (r.connection().unwrap(), r.connection().unwrap());
    drop(idle);
    r.disconnect(DisconnectScope::All);
    assert_eq!((r.statistics().idle, r.statistics().in_use), (0, 1));
    get(&used).unwrap();
    drop(used);
    assert_eq!(r.statistics().closed(CloseReason::Disconnected), 2);
    get(&r).unwrap();
    assert_eq!(server.connections(), 3);
}

#[test]
fn a_connection_is_checked_after_silence_if_that_is_asked_for() {
    let server = ScriptedServer::play(
        script()
            .expect(&["GET", "k"])
            .send("_\r\n")
            .expect(&["PING"])
            .send("+PONG\r\n")
            .expect(&["GET", "k"])
            .send("_\r\n"),
    );
    let interval = Duration::from_millis(1);
    let r = client(&server, PoolOptions::new().with_health_check_interval(interval));
    get(&r).unwrap();
    let returned = Instant::now();
    while returned.elapsed() <= interval {
        std::thread::yield_now();
    }
    get(&r).unwrap();
    server.finish();
}

#[test]
fn the_minimum_is_opened_in_the_background_and_ends_with_the_last_handle() {
    let server = ScriptedServer::play_each(|_| script().serve(obliging));
    let r = client(&server, PoolOptions::new().with_min_idle(3));
    get(&r).unwrap();
    while r.statistics().idle < 3 {
        std::thread::yield_now();
    }
    drop(r); // joins the thread: a leak would hang or fail here
}

#[test]
fn a_hook_that_panics_in_the_background_does_not_end_the_housekeeping() {
    let server = ScriptedServer::play_each(|_| script().serve(obliging));
    let address = server.address();
    let (panics, counted) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let counting = Arc::clone(&counted);
    let hook = move |_: &Connection| {
        if std::thread::current().name() == Some("redis-sync pool") {
            assert!(panics.fetch_add(1, Ordering::Relaxed) > 0, "the hook's own fault");
            counting.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    };
    let r = Redis::builder()
        .host(address.ip().to_string())
        .port(address.port())
        .pool(PoolOptions::new().with_min_idle(2).with_idle_timeout(Duration::from_millis(10)))
        .on_connect(hook)
        .build()
        .unwrap();
    get(&r).unwrap();
    let looked = (0..10_000_000).any(|_| {
        counted.load(Ordering::Relaxed) > 0 || {
            std::thread::yield_now();
            false
        }
    });
    assert!(looked, "nobody keeps house any more");
    let statistics = r.statistics();
    assert_eq!(statistics.failed, 1, "{statistics:?}");
}

#[test]
fn several_handles_share_a_pool_and_a_database_has_its_own() {
    let server = ScriptedServer::play_each(|_| script().serve(obliging));
    let first = client(&server, PoolOptions::new());
    let pool: Pool = first.pool().clone();
    let second = Redis::from_pool(pool);
    get(&first).unwrap();
    get(&second).unwrap();
    assert_eq!(server.connections(), 1);

    let other = first.database(2);
    get(&other).unwrap();
    assert_eq!((server.connections(), other.pool().config().database()), (2, 2));
}

#[test]
fn a_server_that_refuses_every_connection_leaves_no_place_taken() {
    let server = ScriptedServer::play_all(Vec::new());
    let r = client(&server, PoolOptions::new().with_max_size(1));
    for _ in 0..3 {
        let error = get(&r).unwrap_err();
        assert!(error.is_connection_error(), "{error:?}");
        assert!(error.was_not_executed(), "{error:?}");
    }
    let statistics = r.statistics();
    assert_eq!((statistics.failed, statistics.opening, statistics.open()), (3, 0, 0));
}

#[test]
fn idle_connections_end_on_time_though_nobody_uses_the_pool() {
    let server = ScriptedServer::play(script().serve(obliging));
    let r = client(&server, PoolOptions::new().with_idle_timeout(Duration::from_millis(1)));
    get(&r).unwrap();
    while r.statistics().closed(CloseReason::Idle) < 1 {
        std::thread::yield_now();
    }
    assert_eq!(r.statistics().open(), 0);
}

#[test]
fn a_reply_type_that_panics_leaves_the_pool_whole() {
    struct Panics;
    impl FromReply for Panics {
        fn from_reply(_: Reply<'_>) -> Result<Self> {
            panic!("a reply type of a test");
        }
    }
    let server = ScriptedServer::play(script().serve(obliging));
    let r = client(&server, PoolOptions::new().with_max_size(1));
    let caught = std::panic::catch_unwind(|| drop(r.command("GET").key("k").query::<Panics>()));
    assert!(caught.is_err());
    assert_eq!(get(&r).unwrap().unwrap(), "v");
    assert_eq!(server.connections(), 1, "the reply was read: the connection is good");
}

#[test]
fn a_panic_in_the_middle_of_a_blocking_call_leaves_its_own_connection_and_the_pool_in_step() {
    struct Panics;
    impl FromReply for Panics {
        fn from_reply(_: Reply<'_>) -> Result<Self> {
            panic!("a reply type of a test");
        }
    }
    let server = ScriptedServer::play(script().serve(obliging));
    let r = client(&server, PoolOptions::new().with_max_size(1));
    let pop = |on: &dyn Fn() -> Result<Panics>| {
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(on())));
        assert!(caught.is_err());
    };
    let connection = r.connection().unwrap();
    pop(&|| connection.command("BLPOP").key("k").arg(0).query::<Panics>());
    assert_eq!(get(&connection).unwrap().unwrap(), "v", "the reply was read");
    drop(connection);
    pop(&|| r.command("BLPOP").key("k").arg(0).query::<Panics>());
    let counted = r.statistics();
    assert_eq!((counted.blocking, counted.in_use, counted.idle), (0, 0, 1), "{counted:?}");
    assert_eq!(get(&r).unwrap().unwrap(), "v");
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_reply_type_that_uses_the_connection_it_is_read_from_is_refused() {
    thread_local! {
        static CONNECTION: std::cell::OnceCell<Connection> = const { std::cell::OnceCell::new() };
    }
    struct Curious(ErrorKind);
    impl FromReply for Curious {
        fn from_reply(_: Reply<'_>) -> Result<Self> {
            let again = CONNECTION.with(|connection| get(connection.get().unwrap()));
            Ok(Self(again.unwrap_err().kind()))
        }
    }
    let server = ScriptedServer::play(script().serve(obliging));
    let r = client(&server, PoolOptions::new());
    CONNECTION.with(|cell| {
        let connection = cell.get_or_init(|| r.connection().unwrap());
        let Curious(kind) = connection.command("GET").key("k").query().unwrap();
        assert_eq!(kind, ErrorKind::Misuse);
    });
}

#[test]
fn clients_are_shared_between_threads_and_connections_sent() {
    fn is_shared<T: Send + Sync + 'static>() {}
    fn is_sent<T: Send + 'static>() {}
    is_shared::<Redis>();
    is_shared::<Pool>();
    is_sent::<Connection>();
}

#[test]
fn what_would_mix_up_replies_is_refused_even_on_a_connection_of_ones_own() {
    let server = ScriptedServer::play(script().expect(&["GET", "k"]).send("_\r\n"));
    let r = client(&server, PoolOptions::new());
    let connection = r.connection().unwrap();
    for (name, argument) in [("MONITOR", ""), ("SUBSCRIBE", "c"), ("CLIENT REPLY", "OFF")] {
        let error = connection.command(name).arg(argument).query::<()>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Misuse, "{name}");
    }
    get(&connection).unwrap();
    server.finish();
}

#[test]
fn a_connection_on_which_the_server_still_waits_is_closed_without_trying_to_drain_it() {
    let server = ScriptedServer::play(script().expect(&["BLPOP", "k", "0"]).stall());
    let r = client(&server, PoolOptions::new().with_drain_timeout(Duration::from_secs(60)));
    let soon = CallOptions::new().response_timeout(Duration::from_millis(1));
    let pop = r.with(soon).command("BLPOP").key("k").arg(0).query::<Option<(String, String)>>();
    assert_eq!(pop.unwrap_err().timeout_kind(), Some(TimeoutKind::Reply));
    assert_eq!(r.statistics().closed(CloseReason::Broken), 1);
}
