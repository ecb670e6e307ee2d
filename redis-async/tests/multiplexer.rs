//! The shared connection: whose reply is whose, time, loss and return.

mod peer;

use peer::{bulk, client, echo};
use redis_async::prelude::*;
use redis_async::{
    Async, CallOptions, CommandFuture, Delivery, ErrorKind, Redis, Result, RetryPolicy, TimeoutKind,
};
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// A command whose reply tells whose it is; repeatable nowhere in the table.
fn ask(r: &Redis, text: impl ToArg) -> CommandFuture<'_, String> {
    r.command("ECHO").arg(text).query()
}

/// A command that may run twice.
fn read(r: &Redis) -> CommandFuture<'_, String> {
    r.command("GET").key("k").query()
}

fn impatient(milliseconds: u64) -> CallOptions {
    CallOptions::new()
        .response_timeout(Duration::from_millis(milliseconds))
        .retry(RetryPolicy::none())
}

fn poll_once<F: Future + Unpin>(future: &mut F) {
    let mut cx = Context::from_waker(Waker::noop());
    assert!(pin!(future).poll(&mut cx).is_pending());
}

#[tokio::test]
async fn a_thousand_tasks_get_each_its_own_reply() {
    let (r, connector, peer) = client(|b| b);
    peer.serve(echo);
    let mut tasks = JoinSet::new();
    for number in 0..1000 {
        let r = r.clone();
        tasks.spawn(async move {
            for round in 0..10 {
                let text = format!("{number}.{round}");
                assert_eq!(ask(&r, &*text).await.expect("an answer"), text);
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(connector.connects(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn futures_that_are_dropped_at_random_shift_no_reply() {
    let (r, _, peer) = client(|b| b);
    peer.serve(echo);
    let mut tasks = JoinSet::new();
    for task in 0..64_u64 {
        let r = r.clone();
        tasks.spawn(async move {
            let mut random = task;
            for round in 0..200 {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let text = format!("{task}.{round}");
                let mut future = ask(&r, &*text);
                match (random >> 33) % 4 {
                    0 => drop(future),
                    1 => {
                        tokio::select! {
                            biased;
                            answer = &mut future => assert_eq!(answer.expect("an answer"), text),
                            () = tokio::task::yield_now() => {}
                        }
                    }
                    _ => assert_eq!(future.await.expect("an answer"), text),
                }
            }
        });
    }
    tasks.join_all().await;
}

#[tokio::test]
async fn a_reply_that_nobody_collects_delays_nobody() {
    let (r, _, peer) = client(|b| b);
    peer.serve(echo);
    ask(&r, "connect").await.expect("an answer");
    let mut lazy = ask(&r, "lazy");
    poll_once(&mut lazy);
    for number in 0..100 {
        assert_eq!(ask(&r, number).await.expect("an answer"), number.to_string());
    }
    assert_eq!(lazy.await.expect("an answer"), "lazy");
}

/// A command that is given up after so many milliseconds, and not tried again.
async fn ask_within(r: &Redis, milliseconds: u64, text: &str) -> Result<String> {
    r.with(impatient(milliseconds)).command("ECHO").arg(text).query().await
}

#[tokio::test(start_paused = true)]
async fn a_timeout_is_never_early_and_at_most_a_tick_late() {
    let (r, _, mut peer) = client(|b| b);
    let silent = tokio::spawn(async move {
        let mut session = peer.accept().await;
        while session.next().await.is_some() {}
    });
    for milliseconds in [50, 100, 130, 250] {
        let begun = Instant::now();
        let error = ask_within(&r, milliseconds, "x").await.expect_err("no answer");
        let waited = begun.elapsed();
        assert_eq!(error.timeout_kind(), Some(TimeoutKind::Reply), "{error}");
        assert_eq!(error.delivery(), Delivery::Unknown);
        assert!(waited >= Duration::from_millis(milliseconds), "{waited:?}");
        // whole ticks, one more for the tick that was running, and the timer's own millisecond
        let latest = (milliseconds.div_ceil(100) + 1) * 100 + 1;
        assert!(waited <= Duration::from_millis(latest), "{milliseconds} ms: {waited:?}");
        assert!(error.to_string().contains(&format!("{milliseconds}ms")), "{error}");
    }
    drop(r);
    silent.await.expect("the connection was closed with its client");
}

#[tokio::test(start_paused = true)]
async fn a_timeout_holds_also_where_the_connections_clock_had_come_to_rest() {
    let (r, _, mut peer) = client(|b| b);
    let mut silent = peer.accept_and(&r).await;
    tokio::time::sleep(Duration::from_secs(20)).await;
    let begun = Instant::now();
    let error = ask_within(&r, 150, "x").await.expect_err("no answer");
    let waited = begun.elapsed();
    assert_eq!(error.timeout_kind(), Some(TimeoutKind::Reply), "{error}");
    assert!(waited >= Duration::from_millis(150), "{waited:?}");
    assert!(waited <= Duration::from_millis(301), "{waited:?}");
    assert_eq!(silent.line().await, "ECHO x");
}

#[tokio::test(start_paused = true)]
async fn a_late_reply_is_dropped_and_the_connection_goes_on() {
    let (r, connector, mut peer) = client(|b| b);
    let server = tokio::spawn(async move {
        let mut session = peer.accept().await;
        assert_eq!(session.line().await, "ECHO late");
        assert_eq!(session.line().await, "ECHO next");
        session.send(&bulk("late")).await;
        session.send(&bulk("next")).await;
        session.next().await
    });
    ask_within(&r, 100, "late").await.expect_err("no answer");
    assert_eq!(ask(&r, "next").await.expect("an answer"), "next");
    assert_eq!(connector.connects(), 1);
    drop(r);
    server.await.expect("the server's side");
}

#[tokio::test(start_paused = true)]
async fn a_black_hole_is_found_under_traffic() {
    let (r, connector, mut peer) = client(|b| b.response_timeout(Duration::from_secs(1)));
    let mut hole = peer.accept_and(&r).await;
    let begun = Instant::now();
    while connector.connects() == 1 {
        let _ = ask_within(&r, 500, "x").await;
        if connector.connects() == 1 {
            assert!(begun.elapsed() < Duration::from_secs(5), "not found");
        }
    }
    assert!(begun.elapsed() >= Duration::from_secs(3), "given up too early");
    while hole.next().await.is_some() {}
}

#[tokio::test(start_paused = true)]
async fn a_black_hole_is_found_without_traffic() {
    let (r, _, mut peer) = client(|b| b.response_timeout(Duration::from_secs(1)));
    let mut hole = peer.accept_and(&r).await;
    let begun = Instant::now();
    assert_eq!(hole.line().await, "PING");
    assert!(hole.next().await.is_none(), "the connection is given up");
    let found = begun.elapsed();
    assert!(found > Duration::from_secs(30) && found < Duration::from_secs(40), "{found:?}");
}

#[tokio::test(start_paused = true)]
async fn a_slow_server_that_lives_is_not_given_up() {
    let (r, connector, mut peer) = client(|b| b.response_timeout(Duration::from_secs(1)));
    let server = tokio::spawn(async move {
        let mut session = peer.accept().await;
        while let Some(command) = session.next().await {
            tokio::time::sleep(Duration::from_millis(2500)).await;
            session.send(&bulk(&command[1])).await;
        }
    });
    for _ in 0..10 {
        let error = ask_within(&r, 1000, "slow").await.expect_err("too slow");
        assert_eq!(error.timeout_kind(), Some(TimeoutKind::Reply));
    }
    assert_eq!(connector.connects(), 1);
    drop(r);
    server.await.expect("the server's side");
}

#[tokio::test]
async fn a_lost_connection_is_opened_again_for_what_may_run_twice() {
    let (r, connector, mut peer) = client(|b| b);
    let server = tokio::spawn(async move {
        let mut session = peer.accept().await;
        assert_eq!(session.line().await, "GET k");
        drop(session);
        let mut session = peer.accept().await;
        assert_eq!(session.line().await, "GET k");
        session.send(&bulk("v")).await;
        session
    });
    assert_eq!(read(&r).await.expect("an answer"), "v");
    assert_eq!(connector.connects(), 2);
    let _open = server.await.expect("the server's side");
    let counts = r.statistics();
    assert_eq!((counts.created, counts.open(), counts.closed_total()), (2, 1, 1), "{counts:?}");
    assert_eq!(counts.closed(redis_async::CloseReason::Broken), 1);
}

#[tokio::test]
async fn a_write_that_may_have_run_surfaces() {
    let (r, connector, mut peer) = client(|b| b);
    let server = tokio::spawn(async move {
        let mut session = peer.accept().await;
        assert_eq!(session.line().await, "INCR n");
    });
    let error = r.command("INCR").key("n").query::<i64>().await.expect_err("lost");
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert_eq!(error.delivery(), Delivery::Unknown);
    assert_eq!(error.context().command.as_deref(), Some("INCR"));
    assert_eq!(error.context().endpoint.as_deref(), Some("localhost:6379"));
    assert_eq!(error.context().attempt, Some(1));
    assert_eq!(connector.connects(), 1);
    server.await.expect("the server's side");
}

#[tokio::test]
async fn a_write_that_was_not_sent_is_sent_again() {
    let (r, _, mut peer) = client(|b| b);
    let server = tokio::spawn(async move {
        // hangs up in the middle of the greeting
        drop(peer.accept_raw().await);
        let mut session = peer.accept().await;
        assert_eq!(session.line().await, "INCR n");
        session.send(":1\r\n").await;
        session.next().await
    });
    assert_eq!(r.command("INCR").key("n").query::<i64>().await.expect("an answer"), 1);
    drop(r);
    server.await.expect("the server's side");
}

#[tokio::test]
async fn who_comes_while_the_connection_is_being_opened_is_served_in_order() {
    let (r, connector, mut peer) = client(|b| b);
    let mut futures: Vec<_> = (0..100).map(|number| ask(&r, number)).collect();
    futures.iter_mut().for_each(poll_once);
    let server = tokio::spawn(async move {
        let mut session = peer.accept().await;
        for number in 0..100 {
            let line = session.line().await;
            assert_eq!(line, format!("ECHO {number}"));
            session.send(&bulk(&number.to_string())).await;
        }
        session
    });
    for (number, future) in futures.into_iter().enumerate() {
        assert_eq!(future.await.expect("an answer"), number.to_string());
    }
    assert_eq!(connector.connects(), 1);
    server.await.expect("the server's side");
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_connection_too_long_was_not_sent() {
    let (r, connector, mut peer) = client(|b| b.response_timeout(Duration::from_secs(60)));
    let error = ask_within(&r, 200, "x").await.expect_err("no connection");
    assert_eq!(error.timeout_kind(), Some(TimeoutKind::Acquire), "{error}");
    assert_eq!(error.delivery(), Delivery::NotSent);
    let mut session = peer.accept().await;
    let (answer, line) = tokio::join!(ask(&r, "y"), async {
        let line = session.line().await;
        session.send(&bulk("y")).await;
        line
    });
    assert_eq!((answer.expect("an answer"), line), ("y".to_owned(), "ECHO y".to_owned()));
    // what was begun for the first was gone on with for the second
    assert_eq!(connector.connects(), 1);
}

#[tokio::test]
async fn a_reply_that_nobody_asked_for_ends_the_connection() {
    let (r, connector, mut peer) = client(|b| b);
    let mut session = peer.accept_and(&r).await;
    session.send("+what?\r\n").await;
    assert!(session.next().await.is_none(), "the client hangs up");
    peer.serve(echo);
    assert_eq!(ask(&r, "again").await.expect("an answer"), "again");
    assert_eq!(connector.connects(), 2);
}

#[tokio::test]
async fn bytes_that_are_no_reply_end_the_connection_with_a_protocol_error() {
    let (r, _, mut peer) = client(|b| b.retry(RetryPolicy::none()));
    let server = tokio::spawn(async move {
        let mut session = peer.accept().await;
        session.line().await;
        session.send("HTTP/1.1 400 Bad Request\r\n").await;
        assert!(session.next().await.is_none(), "the client hangs up");
    });
    let error = ask(&r, "x").await.expect_err("no reply");
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
    assert_eq!(error.delivery(), Delivery::Unknown);
    server.await.expect("the server's side");
}

#[tokio::test]
async fn what_came_whole_before_the_fault_reaches_its_caller() {
    let (r, _, mut peer) = client(|b| b.retry(RetryPolicy::none()));
    let server = tokio::spawn(async move {
        let mut session = peer.accept().await;
        session.line().await;
        session.line().await;
        session.send("$5\r\nfirst\r\nnonsense\r\n").await;
        session.next().await
    });
    let (first, second) = tokio::join!(ask(&r, "first"), ask(&r, "second"));
    assert_eq!(first.expect("an answer"), "first");
    assert_eq!(second.expect_err("no reply").kind(), ErrorKind::Protocol);
    server.await.expect("the server's side");
}

#[tokio::test]
async fn a_reply_of_another_type_fails_one_command_and_harms_no_connection() {
    let (r, connector, peer) = client(|b| b);
    peer.serve(echo);
    let error = r.command("ECHO").arg("text").query::<i64>().await.expect_err("no number");
    assert_eq!(error.kind(), ErrorKind::Conversion);
    assert_eq!(error.delivery(), Delivery::Executed);
    assert_eq!(error.context().command.as_deref(), Some("ECHO"));
    assert_eq!(ask(&r, "text").await.expect("an answer"), "text");
    assert_eq!(connector.connects(), 1);
}

#[tokio::test]
async fn a_server_that_loads_its_data_is_asked_again() {
    let (r, _, mut peer) = client(|b| b);
    let retried = Arc::new(Mutex::new(Vec::new()));
    let server = tokio::spawn(async move {
        let mut session = peer.accept().await;
        session.line().await;
        session.send("-LOADING Redis is loading the dataset in memory\r\n").await;
        session.line().await;
        session.send(":7\r\n").await;
        session.next().await
    });
    let log = Arc::clone(&retried);
    let policy = RetryPolicy::default().on_failure(move |failure, _| {
        log.lock().expect("not poisoned").push(failure.attempt);
    });
    let call = r.with(CallOptions::new().retry(policy));
    assert_eq!(call.command("INCR").key("n").query::<i64>().await.expect("an answer"), 7);
    assert_eq!(*retried.lock().expect("not poisoned"), [1]);
    drop(r);
    server.await.expect("the server's side");
}

#[tokio::test]
async fn pushes_go_to_their_handlers_and_to_nobody_elses_slot() {
    let pushed = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&pushed);
    let (r, _, mut peer) = client(|b| {
        b.on_push("invalidate", move |push: &redis_async::Reply<'_>| {
            let count = push.items().map_or(0, |items| items.len());
            log.lock().expect("not poisoned").push(count);
        })
    });
    let server = tokio::spawn(async move {
        let mut session = peer.accept().await;
        session.line().await;
        session.send(">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n$1\r\nx\r\n").await;
        session.next().await
    });
    assert_eq!(ask(&r, "x").await.expect("an answer"), "x");
    drop(r);
    server.await.expect("the server's side");
    assert_eq!(*pushed.lock().expect("not poisoned"), [2]);
}

#[test]
fn a_client_outlives_the_runtime_that_carried_its_connection() {
    static R: Redis = Redis::new();
    let runtime =
        || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (r, connector, mut peer) = client(|b| b);
    let mut stranded = r.command("INCR").key("n").query::<i64>();
    let first = runtime();
    first.block_on(async {
        let mut session = peer.accept_and(&r).await;
        poll_once(&mut stranded);
        assert_eq!(session.line().await, "INCR n");
    });
    drop(first);
    runtime().block_on(async {
        peer.serve(echo);
        let error = stranded.await.expect_err("its runtime is gone");
        assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
        assert_eq!(error.delivery(), Delivery::Unknown);
        assert_eq!(ask(&r, "again").await.expect("an answer"), "again");
    });
    assert_eq!(connector.connects(), 2);
    let of_a_static: CommandFuture<'static, i64> = R.command("INCR").key("n").query();
    drop(of_a_static);
}

#[test]
fn without_a_runtime_a_command_says_so() {
    let (r, _, _peer) = client(|b| b);
    let mut cx = Context::from_waker(Waker::noop());
    let future = pin!(ask(&r, "x"));
    let std::task::Poll::Ready(Err(error)) = future.poll(&mut cx) else { panic!("no error") };
    assert_eq!(error.kind(), ErrorKind::Misuse);
    assert!(error.to_string().contains("tokio runtime"), "{error}");
    assert_eq!(error.delivery(), Delivery::NotSent);
}

#[tokio::test]
async fn what_binds_a_connection_is_refused_before_anything_is_opened() {
    let (r, connector, _peer) = client(|b| b);
    let error = r.command("SELECT").arg(1).query::<()>().await.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Misuse);
    assert!(error.to_string().contains("connection()"), "{error}");
    assert_eq!(connector.connects(), 0);
}

#[tokio::test]
async fn an_argument_of_a_megabyte_arrives_whole_among_small_ones() {
    let (r, _, peer) = client(|b| b);
    peer.serve(|command| format!(":{}\r\n", command[1].len()));
    let big = "x".repeat(1 << 20);
    let sizes = tokio::join!(
        r.command("ECHO").arg("small").query::<usize>(),
        r.command("ECHO").arg(&*big).query::<usize>(),
        r.command("ECHO").arg("again small").query::<usize>(),
    );
    assert_eq!((sizes.0.ok(), sizes.1.ok(), sizes.2.ok()), (Some(5), Some(1 << 20), Some(11)));
}

#[tokio::test]
async fn disconnect_closes_what_is_idle_and_the_next_command_opens_anew() {
    let (r, connector, peer) = client(|b| b);
    peer.serve(echo);
    for connects in 1..=3 {
        assert_eq!(ask(&r, "x").await.expect("an answer"), "x");
        assert_eq!(connector.connects(), connects);
        assert_eq!(r.statistics().in_use, 1);
        r.disconnect(redis_async::DisconnectScope::Idle);
    }
}

#[tokio::test]
async fn what_comes_after_disconnect_waits_for_what_was_before_and_then_for_the_next_connection() {
    let (r, connector, mut peer) = client(|b| b.retry(RetryPolicy::none()));
    let mut session = peer.accept_and(&r).await;
    let mut before = ask(&r, "before");
    poll_once(&mut before);
    r.disconnect(redis_async::DisconnectScope::All);
    let mut after = ask(&r, "after");
    poll_once(&mut after);
    assert_eq!(session.line().await, "ECHO before");
    session.send(&bulk("before")).await;
    assert!(session.next().await.is_none(), "nothing more on this connection");
    peer.serve(echo);
    assert_eq!(before.await.expect("an answer"), "before");
    assert_eq!(after.await.expect("an answer"), "after");
    assert_eq!(connector.connects(), 2);
}

#[tokio::test]
async fn generic_code_over_any_async_client_can_be_spawned() {
    async fn twice<C: ExecuteCommand<Mode = Async> + Sync>(c: &C) -> Result<(String, String)> {
        let first = c.command("ECHO").arg("a").query().await?;
        Ok((first, c.command("ECHO").arg("b").query().await?))
    }
    let (r, _, peer) = client(|b| b);
    peer.serve(echo);
    let answers = tokio::spawn(async move { twice(&r).await }).await.expect("no panic");
    assert_eq!(answers.expect("answers"), ("a".to_owned(), "b".to_owned()));
}

#[tokio::test]
async fn a_ready_and_a_boxed_future_stand_for_a_command() {
    assert_eq!(CommandFuture::ready(Ok(1)).await.expect("ready"), 1);
    assert_eq!(CommandFuture::boxed(async { Ok(2) }).await.expect("boxed"), 2);
}
