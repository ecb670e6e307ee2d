//! A monitor as a `Stream`, which the tests of both clients cannot ask of an iterator.

mod peer;

use futures_core::Stream;
use peer::client;
use redis_async::{ErrorKind, Monitor, MonitorEvent, Result};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Waker};

/// As every adapter of streams does.
async fn next(
    stream: &mut (impl Stream<Item = Result<MonitorEvent>> + Unpin),
) -> Option<Result<MonitorEvent>> {
    poll_fn(|cx| Pin::new(&mut *stream).poll_next(cx)).await
}

#[tokio::test]
async fn events_come_as_a_stream_which_ends_after_an_error() {
    let (r, connector, mut peer) = client(|builder| builder);
    let (monitor, mut session) = tokio::join!(r.monitor(), async {
        let mut session = peer.accept().await;
        assert_eq!(session.line().await, "MONITOR");
        session.send("+OK\r\n").await;
        session
    });
    let mut monitor: Monitor = monitor.expect("it begins");
    let mut cx = Context::from_waker(Waker::noop());
    assert!(Pin::new(&mut monitor).poll_next(&mut cx).is_pending());
    // two at once, of which the second is cut
    session.send("+1.000001 [0 lua] \"a\"\r\n+1.000002 [0 lua] \"b\" \"").await;
    assert_eq!(next(&mut monitor).await.expect("one").expect("an event").command, "a");
    assert!(Pin::new(&mut monitor).poll_next(&mut cx).is_pending());
    session.send("c\"\r\n").await;
    assert_eq!(monitor.next().await.expect("one").expect("an event").arguments, ["c"]);
    drop(session);
    let error = next(&mut monitor).await.expect("an error").expect_err("it is over");
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert!(next(&mut monitor).await.is_none());
    assert_eq!((connector.connects(), r.statistics().open()), (1, 0));
}
