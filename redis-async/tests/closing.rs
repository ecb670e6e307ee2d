//! A client that is closed: what is under way on the shared connection, dropped futures, no runtime.

mod peer;

use peer::{bulk, client, echo};
use redis_async::prelude::*;
use redis_async::{CommandFuture, Delivery, ErrorKind, Event, Redis, RetryPolicy};
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Waker};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

fn ask(r: &Redis, text: impl ToArg) -> CommandFuture<'_, String> {
    r.command("ECHO").arg(text).query()
}

fn poll_once<F: Future + Unpin>(future: &mut F) {
    let mut cx = Context::from_waker(Waker::noop());
    assert!(pin!(future).poll(&mut cx).is_pending());
}

#[tokio::test]
async fn what_was_sent_is_answered_and_who_waits_for_the_connection_is_refused() {
    let (r, connector, mut peer) = client(|b| b.retry(RetryPolicy::none()));
    let mut session = peer.accept_and(&r).await;
    let mut before = ask(&r, "before");
    poll_once(&mut before);
    assert_eq!(r.statistics().in_flight, 1);
    let closing = r.close(MINUTE);
    let error = ask(&r, "after").await.expect_err("the client is closed");
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Shutdown, Delivery::NotSent));
    let answer = async {
        assert_eq!(session.line().await, "ECHO before");
        session.send(&bulk("before")).await;
        assert!(session.next().await.is_none(), "nothing more, and the connection is closed");
    };
    let (closed, answered, ()) = tokio::join!(closing, before, answer);
    assert_eq!(answered.expect("an answer"), "before");
    assert!(closed.is_clean(), "{closed:?}");
    assert_eq!((closed.finished, closed.abandoned), (1, 0), "{closed:?}");
    assert_eq!(connector.connects(), 1);
    assert_eq!(r.statistics().in_use, 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_answered_when_the_time_is_over_is_in_doubt() {
    let (r, _, mut peer) = client(|b| b.response_timeout(None));
    let mut session = peer.accept_and(&r).await;
    let mut lost = [ask(&r, "one"), ask(&r, "two")];
    lost.iter_mut().for_each(poll_once);
    assert_eq!(session.line().await, "ECHO one");
    let closed = r.close(Duration::from_secs(1)).await;
    assert!(!closed.is_clean());
    assert_eq!((closed.finished, closed.abandoned, closed.running), (0, 2, 0), "{closed:?}");
    for future in lost {
        let error = future.await.expect_err("nobody answered");
        assert_eq!(error.kind(), ErrorKind::Shutdown, "{error}");
        assert_eq!(error.delivery(), Delivery::Unknown, "{error}");
    }
}

#[tokio::test]
async fn who_waits_while_the_connection_is_opened_is_refused_and_nothing_was_sent() {
    // nobody accepts
    let (r, _, _peer) = client(|b| b.retry(RetryPolicy::none()));
    let mut waiting = ask(&r, "x");
    poll_once(&mut waiting);
    let closed = r.close(MINUTE).await;
    assert!(closed.is_clean(), "{closed:?}");
    assert_eq!((closed.finished, closed.refused), (0, 1), "{closed:?}");
    let error = waiting.await.expect_err("the client is closed");
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Shutdown, Delivery::NotSent));
}

#[tokio::test]
async fn a_closing_that_is_dropped_leaves_the_client_closed_and_what_is_under_way_alone() {
    let (r, _, mut peer) = client(|b| b);
    let mut session = peer.accept_and(&r).await;
    let mut before = ask(&r, "before");
    poll_once(&mut before);
    drop(r.close(MINUTE));
    let mut polled = Box::pin(r.close(MINUTE));
    poll_once(&mut polled);
    drop(polled);
    let error = ask(&r, "after").await.expect_err("the client is closed");
    assert_eq!(error.kind(), ErrorKind::Shutdown);
    assert_eq!(session.line().await, "ECHO before");
    session.send(&bulk("before")).await;
    assert_eq!(before.await.expect("an answer"), "before");
    assert!(session.next().await.is_none(), "and then the connection is closed");
}

#[test]
fn without_a_runtime_nothing_is_waited_for() {
    let r = Redis::new();
    let mut cx = Context::from_waker(Waker::noop());
    let closed = pin!(r.close(MINUTE)).poll(&mut cx);
    assert!(matches!(closed, std::task::Poll::Ready(closed) if closed.is_clean()));

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime can be made");
    let (r, _, mut peer) = client(|b| b);
    let mut lost = ask(&r, "x");
    let _session = runtime.block_on(async {
        let session = peer.accept_and(&r).await;
        poll_once(&mut lost);
        session
    });
    let closed = pin!(r.close(MINUTE)).poll(&mut cx);
    let std::task::Poll::Ready(closed) = closed else { panic!("it waits for nobody") };
    // the runtime that carries the connection does not run
    assert_eq!((closed.abandoned, closed.running), (1, 1), "{closed:?}");
    let error = runtime.block_on(lost).expect_err("it was cut off");
    // and did not run since, so that nothing was written
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Shutdown, Delivery::NotSent));
}

#[tokio::test]
async fn a_listener_may_close_the_client_that_calls_it() {
    static CLIENT: OnceLock<Redis> = OnceLock::new();
    let closed = Arc::new(Mutex::new(None));
    let place = Arc::clone(&closed);
    let (r, _, peer) = client(|b| {
        b.retry(RetryPolicy::none()).on_event(move |event| {
            if let (Event::HandshakeDone { .. }, Some(r)) = (event, CLIENT.get()) {
                *place.lock().expect("nobody panicked") = Some(tokio::spawn(r.close(MINUTE)));
            }
        })
    });
    peer.serve(echo);
    let r = CLIENT.get_or_init(|| r);
    let error = ask(r, "x").await.expect_err("it was closed before it was sent");
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Shutdown, Delivery::NotSent));
    let closing = closed.lock().expect("nobody panicked").take().expect("the listener was called");
    let closed = closing.await.expect("no panic");
    assert!(closed.is_clean(), "{closed:?}");
}
