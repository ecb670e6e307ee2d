//! The shared connection where it is silent, stuck or full, and where a peer answers too early.

mod peer;

use peer::{bulk, client, echo};
use redis_async::prelude::*;
use redis_async::{CallOptions, CommandFuture, Delivery, Redis, Result, RetryPolicy, TimeoutKind};
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::time::Duration;
use tokio::time::Instant;

/// A command whose reply tells whose it is; repeatable nowhere in the table.
fn ask(r: &Redis, text: impl ToArg) -> CommandFuture<'_, String> {
    r.command("ECHO").arg(text).query()
}

fn poll_once<F: Future + Unpin>(future: &mut F) {
    let mut cx = Context::from_waker(Waker::noop());
    assert!(pin!(future).poll(&mut cx).is_pending());
}

#[tokio::test(start_paused = true)]
async fn who_is_more_patient_than_usual_keeps_a_silent_connection_alive() {
    let (r, connector, mut peer) = client(|b| b.response_timeout(Duration::from_millis(100)));
    let mut session = peer.accept_and(&r).await;
    let patient = CallOptions::new().response_timeout(Duration::from_secs(60));
    let patient = patient.retry(RetryPolicy::none());
    let asked = r.with(patient);
    let answer = asked.command("ECHO").arg("slow").query::<String>();
    let (answer, usual, ()) = tokio::join!(answer, ask(&r, "usual"), async {
        assert_eq!(session.line().await, "ECHO slow");
        tokio::time::sleep(Duration::from_secs(30)).await;
        session.send(&bulk("slow")).await;
    });
    assert_eq!(answer.expect("its own time is not over"), "slow");
    assert!(usual.expect_err("its time was over").is_timeout());
    assert_eq!(connector.connects(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_is_more_patient_than_usual_is_failed_in_the_end_all_the_same() {
    let (r, _, mut peer) = client(|b| b.response_timeout(Duration::from_millis(100)));
    let _session = peer.accept_and(&r).await;
    let patient = CallOptions::new().response_timeout(Duration::from_secs(60));
    let patient = patient.retry(RetryPolicy::none());
    let begun = Instant::now();
    let answer = r.with(patient).command("ECHO").arg("slow").query::<String>().await;
    assert!(answer.expect_err("there was no answer").is_timeout());
    assert!(begun.elapsed() >= Duration::from_secs(60));
}

#[tokio::test(start_paused = true)]
async fn the_last_handle_closes_a_connection_whose_peer_does_not_read() {
    let (sender, mut ended) = tokio::sync::mpsc::unbounded_channel();
    let (r, _, mut peer) = client(|b| {
        b.response_timeout(None).on_event(move |event| {
            if let redis_async::Event::Disconnected { .. } = event {
                let _ = sender.send(());
            }
        })
    });
    let _session = peer.accept_and(&r).await;
    let mut stuck = ask(&r, vec![b'x'; 1 << 20]);
    poll_once(&mut stuck);
    tokio::time::sleep(Duration::from_secs(1)).await;
    drop(stuck);
    drop(r);
    let outcome = tokio::time::timeout(Duration::from_secs(3600), ended.recv()).await;
    outcome.expect("the connection is closed").expect("and its end told");
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_room_ends_in_time_also_where_the_connections_clock_had_come_to_rest() {
    let (r, _, peer) = client(|b| b);
    peer.serve(echo);
    ask(&r, "connect").await.expect("an answer");
    // as many as a connection may hold, answered and not collected
    let mut held: Vec<_> = (0..1 << 16).map(|_| ask(&r, "x")).collect();
    held.iter_mut().for_each(poll_once);
    tokio::time::sleep(Duration::from_secs(20)).await;
    let begun = Instant::now();
    let impatient = CallOptions::new().response_timeout(Duration::from_millis(150));
    let asked = r.with(impatient.retry(RetryPolicy::none()));
    let answer = asked.command("ECHO").arg("one more").query::<String>().await;
    let error = answer.expect_err("there is no room");
    let waited = begun.elapsed();
    assert_eq!(error.timeout_kind(), Some(TimeoutKind::Acquire), "{error}");
    assert_eq!(error.delivery(), Delivery::NotSent);
    assert!(waited <= Duration::from_millis(301), "{waited:?}");
}

/// A connector that never comes back.
struct Nowhere;

impl redis_async::Connector for Nowhere {
    fn connect<'a>(
        &'a self,
        _: &'a redis_async::Endpoint,
        _: &'a redis_async::SocketOptions,
    ) -> redis_async::BoxFuture<'a, Result<redis_async::Stream>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_over_the_bound_is_refused_at_once_and_was_not_sent() {
    let r = Redis::builder().connector(Nowhere).connect_timeout(None).response_timeout(None);
    let r = r.build().expect("the settings are right");
    // four values of 64 MiB fill the 256 MiB that may wait for the connection
    let value = bytes::Bytes::from(vec![0; 64 << 20]);
    let mut waiting: Vec<_> = (0..4).map(|_| ask(&r, value.clone())).collect();
    waiting.iter_mut().for_each(poll_once);
    let error = ask(&r, "one more").await.expect_err("it is over the bound");
    assert_eq!(error.kind(), redis_async::ErrorKind::Overloaded, "{error}");
    assert_eq!(error.delivery(), Delivery::NotSent);
    assert_eq!(error.context().attempt, Some(1), "it was tried again");
    let counts = r.statistics();
    assert_eq!((counts.in_flight, counts.queued, counts.refused, counts.overloaded), (0, 4, 1, 1));
    assert!(counts.queued_bytes >= 256 << 20, "{counts:?}");
    drop(waiting);
}

#[tokio::test(start_paused = true)]
async fn what_went_away_while_it_waited_leaves_its_room_to_others() {
    let r = Redis::builder().connector(Nowhere).connect_timeout(None).response_timeout(None);
    let r = r.build().expect("the settings are right");
    let value = bytes::Bytes::from(vec![0; 64 << 20]);
    let mut waiting = ask(&r, "waits on");
    poll_once(&mut waiting);
    for _ in 0..3 {
        let mut gone: Vec<_> = (0..2).map(|_| ask(&r, value.clone())).collect();
        gone.iter_mut().for_each(poll_once);
        drop(gone);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    poll_once(&mut ask(&r, "finds room"));
    poll_once(&mut waiting);
}

#[tokio::test]
async fn a_waker_that_takes_a_command_with_it_when_it_goes_does_no_harm() {
    /// A task of an executor of its own, which nothing but a waker keeps.
    struct Task {
        _owned: Mutex<CommandFuture<'static, String>>,
    }
    impl std::task::Wake for Task {
        fn wake(self: Arc<Self>) {}
    }
    let (r, _, mut peer) = client(|b| b);
    let _session = peer.accept_and(&r).await;
    let r: &'static Redis = Box::leak(Box::new(r));
    let with_a_task = || {
        let mut owned = ask(r, "the task's");
        poll_once(&mut owned);
        let waker = Waker::from(Arc::new(Task { _owned: Mutex::new(owned) }));
        let mut future = ask(r, "in its name");
        assert!(pin!(&mut future).poll(&mut Context::from_waker(&waker)).is_pending());
        future
    };
    poll_once(&mut with_a_task());
    drop(with_a_task());
    let pipeline_with_a_task = || {
        let mut owned = ask(r, "the task's");
        poll_once(&mut owned);
        let waker = Waker::from(Arc::new(Task { _owned: Mutex::new(owned) }));
        let mut future = Box::pin(async {
            let pipe = r.pipeline();
            pipe.get("in its name");
            pipe.execute::<(Option<String>,)>().await
        });
        assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        future
    };
    poll_once(&mut pipeline_with_a_task());
    drop(pipeline_with_a_task());
}

/// Opens one half of a socket pair, the other of which is the test's.
#[cfg(unix)]
struct Half(Mutex<Option<tokio::net::UnixStream>>);

#[cfg(unix)]
impl redis_async::Connector for Half {
    fn connect<'a>(
        &'a self,
        _: &'a redis_async::Endpoint,
        _: &'a redis_async::SocketOptions,
    ) -> redis_async::BoxFuture<'a, Result<redis_async::Stream>> {
        let half = self.0.lock().expect("nobody panicked").take().expect("one connection");
        Box::pin(async { Ok(redis_async::Stream::new(half)) })
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_command_that_is_answered_before_it_is_sent_is_sent_whole_before_the_next() {
    use std::io::{Read, Write};
    use tokio::net::UnixStream;
    let (half, server) = UnixStream::pair().expect("a pair of sockets");
    let (mut bell, ringer) = UnixStream::pair().expect("a pair of sockets");
    let r = Redis::builder().connector(Half(Mutex::new(Some(half)))).build();
    let r = r.expect("the settings are right");
    let value = vec![b'v'; 8 << 20];
    let mut set = r.command("SET").key("k").arg(&value).query::<String>();
    poll_once(&mut set);

    let mut received = Vec::new();
    for _ in 0..3 {
        let (words, length) = loop {
            if let Some(found) = peer::parse(&received) {
                break found;
            }
            server.readable().await.expect("a greeting comes");
            let _ = server.try_read_buf(&mut received);
        };
        received.drain(..length);
        let reply = peer::greeting(&words).expect("a greeting");
        assert_eq!(server.try_write(reply.as_bytes()).expect("there is room"), reply.len());
    }
    // it is answered although most of it is still to come
    while received.is_empty() {
        server.readable().await.expect("the command begins");
        let mut first = [0; 1];
        if server.try_read(&mut first).is_ok() {
            received.extend_from_slice(&first);
        }
    }
    assert_eq!(server.try_write(b"+OK\r\n").expect("there is room"), 5);
    assert_eq!(set.await.expect("the answer"), "OK");

    // the next command comes when the socket has room again, and before the I/O task hears of it
    let (mut server, mut ringer) =
        (server.into_std().expect("a socket"), ringer.into_std().expect("a socket"));
    ringer.write_all(b"!").expect("there is room");
    let mut chunk = vec![0; 1 << 20];
    while let Ok(count) = server.read(&mut chunk) {
        received.extend_from_slice(&chunk[..count]);
    }
    tokio::io::AsyncReadExt::read_u8(&mut bell).await.expect("it rings");
    let mut next = ask(&r, "next");
    poll_once(&mut next);

    let mut expected = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$8388608\r\n".to_vec();
    expected.extend_from_slice(&value);
    expected.extend_from_slice(b"\r\n*2\r\n$4\r\nECHO\r\n$4\r\nnext\r\n");
    let server = UnixStream::from_std(server).expect("a socket");
    while received.len() < expected.len() {
        server.readable().await.expect("the rest comes");
        let _ = server.try_read_buf(&mut received);
    }
    assert!(received == expected, "something was written into the middle of a command");
}
