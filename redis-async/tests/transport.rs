//! Addresses, sockets and proxies: how a client gets to its server.

mod peer;

use bytes::BytesMut;
use redis_async::prelude::*;
use redis_async::{
    BoxFuture, Connector, Delivery, Endpoint, ErrorKind, Redis, Resolver, Result, RetryPolicy,
    SocketOptions, Stream, TimeoutKind, Transport,
};
use std::future::Future;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Serves one connection that does nothing but `ECHO`, by its own two eyes.
async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let mut buffer = Vec::new();
    while stream.read_buf(&mut buffer).await.is_ok_and(|read| read > 0) {
        while let Some((command, length)) = peer::parse(&buffer) {
            buffer.drain(..length);
            let reply = peer::greeting(&command).unwrap_or_else(|| peer::echo(&command));
            if stream.write_all(reply.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}

/// A server on a free port.
async fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    address
}

/// An address where nobody listens.
async fn nobody() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    listener.local_addr().expect("an address")
}

struct Fixed(Vec<SocketAddr>);

impl Resolver for Fixed {
    fn resolve<'a>(&'a self, _: &'a str, _: u16) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        Box::pin(async { Ok(self.0.clone()) })
    }
}

async fn echo(r: &Redis) -> Result<String> {
    r.command("ECHO").arg("hello").query().await
}

#[tokio::test]
async fn every_address_is_tried_until_one_answers() {
    let addresses = vec![nobody().await, nobody().await, server().await];
    let r = Redis::builder().host("many.example").resolver(Fixed(addresses)).build();
    assert_eq!(echo(&r.expect("the settings are right")).await.expect("an answer"), "hello");
}

#[tokio::test]
async fn when_all_addresses_fail_the_error_lists_each_with_its_reason() {
    let addresses = vec![nobody().await, nobody().await];
    let r = Redis::builder()
        .host("many.example")
        .resolver(Fixed(addresses.clone()))
        .retry(RetryPolicy::none())
        .build()
        .expect("the settings are right");
    let error = echo(&r).await.expect_err("nobody listens");
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
    for address in addresses {
        assert!(error.to_string().contains(&format!("{address}: Connection refused")), "{error}");
    }
}

#[tokio::test]
async fn a_name_without_addresses_says_so() {
    let r = Redis::builder()
        .host("none.example")
        .resolver(Fixed(Vec::new()))
        .retry(RetryPolicy::none())
        .build()
        .expect("the settings are right");
    let error = echo(&r).await.expect_err("no address");
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.to_string().contains("`none.example` has no address"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_unix_socket_serves_as_well() {
    let folder = std::env::temp_dir().join(format!("redis-async-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the socket");
    let path = folder.join("server.sock");
    let listener = tokio::net::UnixListener::bind(&path).expect("a socket");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    let r = Redis::builder().unix_socket_path(&path).build().expect("the settings are right");
    for _ in 0..3 {
        assert_eq!(echo(&r).await.expect("an answer"), "hello");
    }
    std::fs::remove_dir_all(&folder).expect("the folder goes away");
}

/// Connects through a SOCKS5 proxy, which resolves the name.
struct Socks5(SocketAddr);

impl Connector for Socks5 {
    fn connect<'a>(
        &'a self,
        endpoint: &'a Endpoint,
        _: &'a SocketOptions,
    ) -> BoxFuture<'a, Result<Stream>> {
        Box::pin(async move {
            let Endpoint::Tcp { host, port } = endpoint else {
                return Err(redis_async::Error::config("a proxy leads to TCP alone"));
            };
            let through = async {
                let mut stream = TcpStream::connect(self.0).await?;
                stream.write_all(&[5, 1, 0]).await?;
                let mut method = [0; 2];
                stream.read_exact(&mut method).await?;
                let mut request = vec![5, 1, 0, 3, host.len() as u8];
                request.extend_from_slice(host.as_bytes());
                request.extend_from_slice(&port.to_be_bytes());
                stream.write_all(&request).await?;
                let mut answer = [0; 10];
                stream.read_exact(&mut answer).await?;
                io::Result::Ok(stream)
            };
            let stream = through.await.map_err(|error| {
                redis_async::Error::new(ErrorKind::Connect, format!("no proxy: {error}"))
            })?;
            Ok(Stream::new(stream))
        })
    }
}

#[tokio::test]
async fn a_connector_may_go_through_a_proxy() {
    let target = server().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let proxy = listener.local_addr().expect("an address");
    let proxied = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await?;
        let mut hello = [0; 3];
        client.read_exact(&mut hello).await?;
        client.write_all(&[5, 0]).await?;
        let mut head = [0; 5];
        client.read_exact(&mut head).await?;
        let mut rest = vec![0; usize::from(head[4]) + 2];
        client.read_exact(&mut rest).await?;
        client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
        let mut server = TcpStream::connect(target).await?;
        tokio::io::copy_bidirectional(&mut client, &mut server).await?;
        io::Result::Ok(String::from_utf8_lossy(&rest[..rest.len() - 2]).into_owned())
    });
    let r = Redis::builder().host("redis.internal").connector(Socks5(proxy)).build();
    let r = r.expect("the settings are right");
    assert_eq!(echo(&r).await.expect("an answer"), "hello");
    drop(r);
    let asked = proxied.await.expect("no panic").expect("the proxy's side");
    assert_eq!(asked, "redis.internal");
}

#[tokio::test(start_paused = true)]
async fn a_connector_that_never_comes_back_meets_the_connect_timeout() {
    struct Never;
    impl Connector for Never {
        fn connect<'a>(
            &'a self,
            _: &'a Endpoint,
            _: &'a SocketOptions,
        ) -> BoxFuture<'a, Result<Stream>> {
            Box::pin(std::future::pending())
        }
    }
    let r = Redis::builder()
        .connector(Never)
        .connect_timeout(Duration::from_secs(2))
        .retry(RetryPolicy::none())
        .build()
        .expect("the settings are right");
    let error = echo(&r).await.expect_err("no connection");
    assert_eq!(error.timeout_kind(), Some(TimeoutKind::Connect), "{error}");
    assert_eq!(error.delivery(), Delivery::NotSent);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_greet_meets_the_handshake_timeout() {
    let (r, _, mut peer) = peer::client(|b| b.retry(RetryPolicy::none()));
    let server = tokio::spawn(async move {
        let mut session = peer.accept_raw().await;
        while session.next().await.is_some() {}
    });
    // the call's own time would be over first
    let call = redis_async::CallOptions::new().response_timeout(Duration::from_secs(60));
    let error = r.with(call.retry(RetryPolicy::none())).command("ECHO").arg("x").query::<()>();
    let error = error.await.expect_err("no connection");
    assert_eq!(error.timeout_kind(), Some(TimeoutKind::Handshake), "{error}");
    server.await.expect("the server's side");
}

/// A stream that holds back what it could not write at once, as TLS does, and takes the beginning of the next
/// write for it.
struct HoldsBack {
    inner: tokio::io::DuplexStream,
    full: Arc<AtomicBool>,
    held: Vec<u8>,
}

impl Transport for HoldsBack {
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut BytesMut,
    ) -> Poll<io::Result<usize>> {
        Transport::poll_read(&mut self.inner, cx, buffer)
    }

    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.held.is_empty() {
            self.held = parts.first().map(|part| part.to_vec()).unwrap_or_default();
        }
        if self.full.load(Ordering::Relaxed) {
            return Poll::Pending;
        }
        let held = std::mem::take(&mut self.held);
        Transport::poll_write(&mut self.inner, cx, &[IoSlice::new(&held)])
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Transport::poll_flush(&mut self.inner, cx)
    }
}

/// Connects to such a stream, with a peer that answers.
struct HeldBack(Arc<AtomicBool>);

impl Connector for HeldBack {
    fn connect<'a>(
        &'a self,
        _: &'a Endpoint,
        _: &'a SocketOptions,
    ) -> BoxFuture<'a, Result<Stream>> {
        let (inner, peer) = tokio::io::duplex(1 << 16);
        tokio::spawn(serve(peer));
        let full = Arc::clone(&self.0);
        Box::pin(async { Ok(Stream::new(HoldsBack { inner, full, held: Vec::new() })) })
    }
}

#[tokio::test]
async fn a_raw_send_that_a_stream_may_hold_back_when_it_is_dropped_does_not_mix_with_the_next() {
    let full = Arc::new(AtomicBool::new(false));
    let r = Redis::builder().connector(HeldBack(Arc::clone(&full))).build();
    let r = r.expect("the settings are right");
    let mut raw = r.raw_connection().await.expect("a connection");
    raw.send(("ECHO", "before")).await.expect("sent");
    let before = raw.receive().await.expect("an answer").read::<String>().expect("text");
    assert_eq!(before, "before");
    full.store(true, Ordering::Relaxed);
    {
        let mut send = pin!(raw.send(("ECHO", "a")));
        assert!(send.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    full.store(false, Ordering::Relaxed);
    let error =
        raw.send(("ECHO", "another")).await.expect_err("the first may be within the stream");
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Closed, Delivery::NotSent), "{error}");
    assert!(error.to_string().contains("half-way"), "{error}");
}
