//! Raw connections: what they begin with, what is no RESP, and what is given up half-way.

use crate::both::{both_clients, greeted, runtimes};
use redis_core::event::CloseReason;
use redis_core::resp::Kind;
use redis_core::{Delivery, ErrorKind, TimeoutKind};
use redis_tests::scripted::ScriptedServer;
use std::future::Future;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

both_clients! {
    async fn what_is_no_resp_stays_and_is_received_as_lines_or_bytes() {
        let script = greeted().expect(&["SPEAK"]).drip("@hello\r\nworld\n12345+OK\r\n$3\r\nab").expect_any();
        let server = ScriptedServer::play(script.send("c\r\n").stall());
        let client = Redis::from_url(&server.url())?;
        let mut raw = client.raw_connection().await?;
        raw.send(["SPEAK"]).await?;
        for _ in 0..2 {
            let error = raw.receive().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Protocol, "{error:?}");
            assert!(error.context().endpoint.is_some());
        }
        let hello = raw.receive_line().await?;
        let world = raw.receive_line().await?;
        let nothing = raw.receive_bytes(0).await?;
        let digits = raw.receive_bytes(5).await?;
        assert_eq!([&*hello, &*world, &*nothing, &*digits], [&b"@hello"[..], b"world", b"", b"12345"]);
        let ok = raw.receive().await?;
        assert_eq!(ok.kind(), Kind::SimpleString);
        raw.set_response_timeout(Some(Duration::from_millis(10)));
        for error in [raw.receive().await.err(), raw.receive_bytes(99).await.err()] {
            let error = error.expect("it has not come yet");
            assert_eq!(error.timeout_kind(), Some(TimeoutKind::Reply), "{error:?}");
            let endpoint = server.address().to_string();
            assert_eq!(error.context().endpoint.as_deref(), Some(endpoint.as_str()));
        }
        raw.send_bytes(b"*1\r\n$4\r\nMORE\r\n").await?;
        raw.set_response_timeout(None);
        let abc = raw.receive().await?.read::<String>()?;
        assert_eq!(abc, "abc");
        drop((raw, client));
        server.finish();
    }

    async fn a_connection_with_a_reply_to_come_cannot_become_a_raw_one() {
        let server = ScriptedServer::play(greeted().expect(&["GET", "k"]).stall());
        let client = Redis::from_url(&format!("{}?response_timeout=300ms&pool_drain_timeout=1ms", server.url()))?;
        let connection = client.connection().await?;
        let late = connection.get("k").await.unwrap_err();
        assert!(late.is_timeout(), "{late:?}");
        let error = connection.into_raw().unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Closed, Delivery::NotSent), "{error:?}");
        drop(client);
        server.finish();
    }

    async fn a_stray_reply_is_not_handed_to_a_raw_connection() {
        let script = greeted().expect(&["ECHO", "a"]).send("$1\r\na\r\n$5\r\nstray\r\n");
        let server = ScriptedServer::play(script.stall());
        let client = Redis::from_url(&server.url())?;
        let connection = client.connection().await?;
        connection.echo("a").await?;
        let error = connection.into_raw().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{error:?}");
        drop(client);
        server.finish();
    }

    async fn what_cannot_be_written_in_time_leaves_its_connection_without_use() {
        let peer = Deaf::new();
        let client = Redis::builder().host("127.0.0.1").port(peer.port)
            .response_timeout(Duration::from_secs(1)).build()?;
        let mut raw = client.raw_connection().await?;
        raw.send(["SPEAK"]).await?;
        let one = raw.receive().await?.read::<String>()?;
        assert_eq!(one, "one");
        let large = vec![b'x'; 64 << 20];
        let error = raw.send(("SET", "k", large)).await.unwrap_err();
        assert_eq!(error.timeout_kind(), Some(TimeoutKind::Write), "{error:?}");
        assert_eq!((error.delivery(), error.context().command.as_deref()), (Delivery::Unknown, Some("SET")));
        let error = raw.send(["PING"]).await.unwrap_err();
        assert_eq!(error.delivery(), Delivery::NotSent, "{error:?}");
        drop(raw);
        let statistics = client.statistics();
        assert_eq!((statistics.in_use, statistics.closed(CloseReason::Broken)), (0, 1));
        drop((client, peer));
    }

    async fn a_hang_up_in_the_middle_of_a_frame_is_told_after_the_whole_ones() {
        let script = greeted().expect(&["SPEAK"]).send("+one\r\n+two\r\n$5\r\nhal").close();
        let server = ScriptedServer::play(script);
        let client = Redis::from_url(&server.url())?;
        let mut raw = client.raw_connection().await?;
        raw.send(["SPEAK"]).await?;
        for text in ["one", "two"] {
            let received = raw.receive().await?.read::<String>()?;
            assert_eq!(received, text);
        }
        let error = raw.receive().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed, "{error:?}");
        // what came of it can still be looked at
        let header = raw.receive_line().await?;
        let rest = raw.receive_bytes(3).await?;
        assert_eq!((&*header, &*rest), (&b"$5"[..], &b"hal"[..]));
        drop((raw, client));
        server.finish();
    }
}

/// A peer that greets, answers once, and then reads no more.
struct Deaf {
    port: u16,
    done: Option<std::sync::mpsc::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Deaf {
    fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let (done, end) = std::sync::mpsc::channel::<()>();
        let thread = std::thread::spawn(move || {
            const HELLO: &str = "%2\r\n+server\r\n+redis\r\n+proto\r\n:3\r\n+OK\r\n+OK\r\n";
            let (mut stream, _) = listener.accept().expect("a client");
            for answer in [HELLO, "+one\r\n"] {
                let _ = stream.read(&mut [0; 4096]).expect("a command");
                stream.write_all(answer.as_bytes()).expect("written");
            }
            // until the test is over
            let _ = end.recv();
        });
        Self { port, done: Some(done), thread: Some(thread) }
    }
}

impl Drop for Deaf {
    fn drop(&mut self) {
        drop(self.done.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Polls a future once.
fn once<F: Future>(future: F) -> impl Future<Output = Option<F::Output>> {
    let mut future = Box::pin(future);
    std::future::poll_fn(move |cx| {
        std::task::Poll::Ready(match future.as_mut().poll(cx) {
            std::task::Poll::Ready(output) => Some(output),
            std::task::Poll::Pending => None,
        })
    })
}

/// For the async client alone: the blocking one has no futures to drop.
#[test]
fn a_receive_that_is_dropped_after_each_byte_loses_none() {
    const SPEECH: &str = "+one\r\n>2\r\n+two\r\n$5\r\nthree\r\n$4\r\nfour\r\nline\r\nbytes:5\r\n";
    let (mut current, mut many) = runtimes();
    for builder in [current.enable_all(), many.worker_threads(2).enable_all()] {
        let server = ScriptedServer::play(greeted().expect(&["SPEAK"]).drip(SPEECH).stall());
        let client = redis_async::Redis::from_url(&server.url()).expect("the URL is good");
        builder.build().expect("a runtime can be made").block_on(async {
            let mut raw = client.raw_connection().await.expect("a connection");
            raw.send(["SPEAK"]).await.expect("sent");
            macro_rules! at_last {
                ($receive:expr) => {
                    loop {
                        match once($receive).await {
                            Some(outcome) => break outcome.expect("whole at last"),
                            None => tokio::task::yield_now().await,
                        }
                    }
                };
            }
            assert_eq!(at_last!(raw.receive()).read::<String>().expect("text"), "one");
            let push = at_last!(raw.receive());
            assert!(push.is_push());
            assert_eq!(push.read::<[String; 2]>().expect("two"), ["two", "three"]);
            assert_eq!(at_last!(raw.receive()).read::<String>().expect("text"), "four");
            assert_eq!(&*at_last!(raw.receive_line()), b"line");
            assert_eq!(&*at_last!(raw.receive_bytes(6)), b"bytes:");
            assert_eq!(&*at_last!(raw.receive_line()), b"5");
        });
        drop(client);
        server.finish();
    }
}

/// For the async client alone: the blocking one has no futures to drop.
#[test]
fn a_send_that_is_dropped_half_way_leaves_its_connection_without_use() {
    let (mut current, mut many) = runtimes();
    for builder in [current.enable_all(), many.worker_threads(2).enable_all()] {
        let peer = Deaf::new();
        let client = redis_async::Redis::builder().host("127.0.0.1").port(peer.port).build();
        let client = client.expect("the settings are good");
        builder.build().expect("a runtime can be made").block_on(async {
            let mut raw = client.raw_connection().await.expect("a connection");
            raw.send(["SPEAK"]).await.expect("sent");
            assert_eq!(raw.receive().await.expect("one").read::<String>().expect("text"), "one");
            let large = vec![b'x'; 64 << 20];
            drop(raw.send_bytes(&large));
            assert!(
                once(raw.send_bytes(b"*1\r\n$4\r\nPING\r\n"))
                    .await
                    .is_some_and(|sent| sent.is_ok())
            );
            assert!(once(raw.send_bytes(&large)).await.is_none(), "the buffers hold it");
            for _ in 0..2 {
                let error = raw.send(["PING"]).await.unwrap_err();
                assert_eq!(
                    (error.kind(), error.delivery()),
                    (ErrorKind::Closed, Delivery::NotSent)
                );
                assert!(error.to_string().contains("half-way"), "{error}");
                let error = raw.receive().await.unwrap_err();
                assert!(error.to_string().contains("half-way"), "{error}");
            }
            drop(raw);
            let statistics = client.statistics();
            assert_eq!((statistics.in_use, statistics.closed_total()), (0, 1));
        });
        drop(client);
        drop(peer);
    }
}
