//! What becomes of a connection on which the server waits for somebody who has gone.

mod peer;

use peer::{Peer, Session, client};
use redis_async::prelude::*;
use redis_async::{CallOptions, CloseReason, Orphan, PoolOptions, RetryPolicy, TimeoutKind};
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::oneshot;

const POPPED: &str = "*2\r\n$4\r\njobs\r\n$3\r\njob\r\n";

/// The next connection, greeted by a server that says which number it has.
async fn accept(peer: &mut Peer, number: u32) -> Session {
    let mut session = peer.accept_raw().await;
    let hello = format!("%2\r\n$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:{number}\r\n");
    for reply in [hello.as_str(), "+OK\r\n", "+OK\r\n"] {
        session.line().await;
        session.send(reply).await;
    }
    session
}

/// Answers the fence, `late` before it.
async fn answer_fence(session: &mut Session, late: &str) {
    let fence = session.line().await;
    let nonce = fence.strip_prefix("ECHO ").expect("a fence").to_owned();
    session.send(&format!("{late}{}", peer::bulk(&nonce))).await;
}

/// Begins a `BLPOP`, and drops it once the server has it.
async fn begin_and_drop(r: &Redis, seen: oneshot::Receiver<()>) {
    tokio::select! {
        _ = r.blpop("jobs", Duration::ZERO) => panic!("nobody answered"),
        seen = seen => seen.expect("the server's side"),
    }
}

/// Orphans, as they come.
fn orphanage() -> (Arc<Mutex<Vec<Orphan>>>, impl Fn(Orphan) + Send + Sync + 'static) {
    let orphans = Arc::new(Mutex::new(Vec::new()));
    let given = Arc::clone(&orphans);
    (orphans, move |orphan| given.lock().unwrap().push(orphan))
}

#[tokio::test(start_paused = true)]
async fn another_connection_ends_the_wait_and_the_same_one_serves_again() {
    let (orphans, keep) = orphanage();
    let (r, connector, mut peer) = client(|b| b.on_orphan(keep));
    let (sent, seen) = oneshot::channel();
    let server = tokio::spawn(async move {
        let mut blocked = accept(&mut peer, 7).await;
        assert_eq!(blocked.line().await, "BLPOP jobs 0.000");
        sent.send(()).unwrap();
        let mut shared = accept(&mut peer, 8).await;
        assert_eq!(shared.line().await, "CLIENT UNBLOCK 7 ERROR");
        shared.send(":1\r\n").await;
        answer_fence(&mut blocked, "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n").await;
        assert_eq!(blocked.line().await, "BLPOP jobs 1.000");
        blocked.send(POPPED).await;
        (blocked, shared)
    });
    begin_and_drop(&r, seen).await;
    assert_eq!(r.statistics().blocking, 1, "it counts until it is free");
    while r.statistics().blocking > 0 {
        tokio::task::yield_now().await;
    }
    let popped = r.blpop("jobs", Duration::from_secs(1)).await.expect("an answer");
    assert!(popped.is_some_and(|(_, job)| job == "job"));
    let counted = r.statistics();
    assert_eq!((counted.recycled, counted.orphaned, counted.closed_total()), (1, 0, 0));
    assert_eq!(connector.connects(), 2);
    assert!(orphans.lock().unwrap().is_empty());
    server.await.expect("the server's side");
}

#[tokio::test(start_paused = true)]
async fn what_was_popped_before_the_wait_was_ended_is_an_orphan() {
    let (orphans, keep) = orphanage();
    let (r, _, mut peer) = client(|b| b.on_orphan(keep));
    let (sent, seen) = oneshot::channel();
    let server = tokio::spawn(async move {
        let mut blocked = accept(&mut peer, 7).await;
        blocked.line().await;
        sent.send(()).unwrap();
        let mut shared = accept(&mut peer, 8).await;
        shared.line().await;
        // it waits no more
        shared.send(":0\r\n").await;
        answer_fence(&mut blocked, POPPED).await;
        (blocked, shared)
    });
    begin_and_drop(&r, seen).await;
    let sessions = server.await.expect("the server's side");
    while r.statistics().orphaned == 0 {
        tokio::task::yield_now().await;
    }
    let orphans = orphans.lock().unwrap().clone();
    let [orphan] = &orphans[..] else { panic!("{orphans:?}") };
    assert_eq!(orphan.command(), "BLPOP");
    let popped: (String, String) = orphan.decode().unwrap();
    assert_eq!(popped, ("jobs".to_owned(), "job".to_owned()));
    drop(sessions);
}

#[tokio::test(start_paused = true)]
async fn a_command_that_comes_to_the_server_after_its_end_was_asked_for_is_ended_all_the_same() {
    let (r, _, mut peer) = client(|b| b);
    let (sent, seen) = oneshot::channel();
    let server = tokio::spawn(async move {
        let mut blocked = accept(&mut peer, 7).await;
        blocked.line().await;
        sent.send(()).unwrap();
        let mut shared = accept(&mut peer, 8).await;
        // two connections are read in any order: the command was not there yet
        for answer in [":0\r\n", ":0\r\n", ":1\r\n"] {
            assert_eq!(shared.line().await, "CLIENT UNBLOCK 7 ERROR");
            shared.send(answer).await;
        }
        answer_fence(&mut blocked, "-UNBLOCKED\r\n").await;
        (blocked, shared)
    });
    begin_and_drop(&r, seen).await;
    let sessions = server.await.expect("the server's side");
    while r.statistics().blocking > 0 {
        tokio::task::yield_now().await;
    }
    let counted = r.statistics();
    assert_eq!((counted.recycled, counted.closed_total()), (1, 0), "{counted:?}");
    drop(sessions);
}

#[tokio::test(start_paused = true)]
async fn a_connection_whose_wait_nobody_can_end_is_closed_in_bounded_time() {
    let (r, _, mut peer) = client(|b| b);
    let (sent, seen) = oneshot::channel();
    let server = tokio::spawn(async move {
        let mut blocked = accept(&mut peer, 7).await;
        blocked.line().await;
        sent.send(()).unwrap();
        let shared = accept(&mut peer, 8).await;
        // whatever comes is read, and nothing answered
        while blocked.next().await.is_some() {}
        shared
    });
    begin_and_drop(&r, seen).await;
    let begun = tokio::time::Instant::now();
    let shared = server.await.expect("the server's side");
    assert_eq!(begun.elapsed().as_millis(), 100, "the drain timeout");
    let counted = r.statistics();
    assert_eq!((counted.closed(CloseReason::NotDrained), counted.blocking), (1, 0), "{counted:?}");
    drop(shared);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_is_less_patient_than_its_command_ends_the_wait_too() {
    let (orphans, keep) = orphanage();
    let (r, _, mut peer) = client(|b| b.on_orphan(keep));
    let server = tokio::spawn(async move {
        let mut blocked = accept(&mut peer, 7).await;
        blocked.line().await;
        let mut shared = accept(&mut peer, 8).await;
        assert_eq!(shared.line().await, "CLIENT UNBLOCK 7 ERROR");
        shared.send(":0\r\n").await;
        answer_fence(&mut blocked, POPPED).await;
        (blocked, shared)
    });
    let soon =
        CallOptions::new().response_timeout(Duration::from_millis(1)).retry(RetryPolicy::none());
    let error = r.with(soon).blpop("jobs", Duration::ZERO).await.expect_err("no answer");
    assert_eq!(error.timeout_kind(), Some(TimeoutKind::Reply));
    let sessions = server.await.expect("the server's side");
    while r.statistics().orphaned == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(orphans.lock().unwrap().len(), 1);
    drop(sessions);
}

#[tokio::test(start_paused = true)]
async fn what_reads_and_takes_nothing_leaves_no_orphan() {
    let (r, _, mut peer) = client(|b| b.pool(PoolOptions::new().with_max_size(1)));
    let (sent, seen) = oneshot::channel();
    let server = tokio::spawn(async move {
        let mut blocked = accept(&mut peer, 7).await;
        blocked.line().await;
        sent.send(()).unwrap();
        let mut shared = accept(&mut peer, 8).await;
        shared.line().await;
        shared.send(":0\r\n").await;
        answer_fence(&mut blocked, "%1\r\n$1\r\ns\r\n*0\r\n").await;
        (blocked, shared)
    });
    let options = redis_async::XReadOptions::new().block(Duration::ZERO);
    tokio::select! {
        _ = r.xread_with(("s", "$"), options) => panic!("nobody answered"),
        seen = seen => seen.expect("the server's side"),
    }
    // the pool's only connection comes back
    let connection = r.connection().await.expect("a connection");
    assert_eq!((r.statistics().recycled, r.statistics().orphaned), (1, 0));
    drop((connection, server.await));
}

#[tokio::test(start_paused = true)]
async fn a_command_dropped_on_a_connection_of_ones_own_is_ended_when_that_goes_back() {
    let (orphans, keep) = orphanage();
    let (r, _, mut peer) = client(|b| b.on_orphan(keep));
    let (sent, seen) = oneshot::channel();
    let server = tokio::spawn(async move {
        let mut blocked = accept(&mut peer, 7).await;
        blocked.line().await;
        sent.send(()).unwrap();
        let mut shared = accept(&mut peer, 8).await;
        shared.line().await;
        shared.send(":0\r\n").await;
        answer_fence(&mut blocked, POPPED).await;
        (blocked, shared)
    });
    let connection = r.connection().await.expect("a connection");
    tokio::select! {
        _ = connection.blpop("jobs", Duration::ZERO) => panic!("nobody answered"),
        seen = seen => seen.expect("the server's side"),
    }
    assert_eq!(r.statistics().blocking, 0, "who holds a connection is not counted");
    connection.ping().await.expect_err("the reply before it is still owed");
    drop(connection);
    let sessions = server.await.expect("the server's side");
    while r.statistics().orphaned == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!((orphans.lock().unwrap().len(), r.statistics().recycled), (1, 1));
    drop(sessions);
}

#[tokio::test]
async fn a_loop_over_transactions_goes_on_where_its_attempt_was_dropped() {
    let (r, _, peer) = client(|b| b);
    peer.serve(peer::echo);
    let mut attempts = r.optimistic("k");
    {
        let mut dropped = std::pin::pin!(attempts.attempt());
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(dropped.as_mut().poll(&mut cx).is_pending());
    }
    let tx = attempts.attempt().await.expect("the keys are watched");
    assert!(tx.is_some(), "nobody had an attempt yet");
    let tx = attempts.attempt().await.expect("nothing failed");
    assert!(tx.is_none(), "the attempt was not executed");
}
