//! A peer that wants new keys, by `KeyUpdate` in TLS 1.3 and by a new handshake in TLS 1.2, at the moment when a
//! client can write no more because nobody reads: it takes them, and nothing is lost on either side.

mod peer;

use std::io::{self, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use openssl::ssl::SslVersion;
use redis_core::config::{Endpoint, SocketOptions};
use redis_core::retry::RetryPolicy;
use redis_core::{Delivery, PipelineOptions, Replies, Result};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::both::both_clients;
use crate::standstill::{listener, request, small, trusted};
use peer::Session;

/// Of each pipeline; with `COMMAND` and `REPLY`, 4 MiB and 1 MiB: far more than fits all buffers on the way.
const COMMANDS: usize = 4_000;
const COMMAND: usize = 1_000;
const REPLY: usize = 250;
/// How many are answered from one question for new keys to the next.
const BETWEEN: usize = 500;

/// What a peer does once a client can write no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// Asks for new keys, and goes on serving, and asks again.
    Serve,
    /// Asks for new keys before every reply, and does not wait for anything.
    ServeOneByOne,
    /// Asks for new keys, then takes what comes and says nothing.
    FallSilent,
}

/// A peer on a free port, for as many connections as come.
struct Peer {
    address: SocketAddr,
    full: Full,
    /// How often clients took new keys.
    taken: Arc<AtomicUsize>,
}

/// Told when a client can write no more.
#[derive(Clone, Default)]
struct Full(Arc<(Mutex<bool>, Condvar)>);

impl Full {
    fn tell(&self) {
        *self.0.0.lock().expect("nobody panicked") = true;
        self.0.1.notify_all();
    }

    /// Until the next time.
    fn wait(&self) {
        let patience = Duration::from_secs(20);
        let full = self.0.0.lock().expect("nobody panicked");
        let (mut full, waited) =
            self.0.1.wait_timeout_while(full, patience, |full| !*full).expect("nobody panicked");
        assert!(!waited.timed_out(), "the client was never kept from writing");
        *full = false;
    }
}

impl Peer {
    fn start(version: SslVersion, then: Then) -> Self {
        let listener = listener();
        let address = listener.local_addr().expect("an address");
        let (full, taken) = (Full::default(), Arc::<AtomicUsize>::default());
        let peer = Self { address, full: full.clone(), taken: Arc::clone(&taken) };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (full, taken) = (full.clone(), Arc::clone(&taken));
                std::thread::spawn(move || {
                    let Some(session) = Session::accept(stream, version) else { return };
                    // who asks in vain has gone
                    let _ = serve(session, then, &full, &taken);
                });
            }
        });
        peer
    }

    /// How often clients have taken new keys.
    fn taken(&self) -> usize {
        self.taken.load(Ordering::SeqCst)
    }

    fn connector(&self) -> Watched {
        Watched { address: self.address, full: self.full.clone() }
    }
}

/// Answers one command after the other; of each pipeline it reads a part, and nothing more until its client is
/// kept from writing the rest.
fn serve(session: Session, then: Then, full: &Full, taken: &AtomicUsize) -> io::Result<()> {
    let mut stream = BufReader::with_capacity(512, session);
    let bulk = format!("${REPLY}\r\n{}\r\n", "r".repeat(REPLY));
    let (mut answered, mut told) = (0, 0);
    loop {
        let words = request(&mut stream)?;
        let by_now = Session::taken();
        taken.fetch_add(by_now - std::mem::replace(&mut told, by_now), Ordering::SeqCst);
        let reply = match &*words[0] {
            "HELLO" => "-ERR unknown command 'HELLO'\r\n",
            "CLIENT" => "+OK\r\n",
            "PING" => "+PONG\r\n",
            _ => &bulk,
        };
        if reply == bulk {
            if answered % COMMANDS == 0 && then != Then::ServeOneByOne {
                full.wait();
            }
            if answered % BETWEEN == 0 || then == Then::ServeOneByOne {
                stream.get_mut().ask_for_new_keys()?;
            }
            if then == Then::FallSilent {
                let mut connection = stream.get_ref().connection();
                return io::copy(&mut connection, &mut io::sink()).map(drop);
            }
            answered += 1;
        }
        stream.get_mut().write_all(reply.as_bytes())?;
    }
}

/// Connects with small buffers, and tells when nothing goes into them any more.
struct Watched {
    address: SocketAddr,
    full: Full,
}

struct WatchedStream<S> {
    stream: S,
    full: Full,
}

impl redis_sync::Connector for Watched {
    fn connect(
        &self,
        _: &Endpoint,
        _: &SocketOptions,
        _: Option<Instant>,
    ) -> Result<Box<dyn redis_sync::Stream>> {
        Ok(Box::new(WatchedStream { stream: small(self.address), full: self.full.clone() }))
    }
}

impl<S: Read> Read for WatchedStream<S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.stream.read(into)
    }
}

impl<S: Write> Write for WatchedStream<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl redis_sync::Stream for WatchedStream<TcpStream> {
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.stream.set_read_timeout(timeout)
    }

    fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.stream.set_write_timeout(timeout)
    }

    fn is_readable(&mut self) -> io::Result<bool> {
        redis_sync::Stream::is_readable(&mut self.stream)
    }

    fn duplex(&mut self) -> Option<&mut dyn redis_sync::Duplex> {
        Some(self)
    }
}

impl redis_sync::Duplex for WatchedStream<TcpStream> {
    fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = redis_sync::Duplex::try_write(&mut self.stream, bytes);
        if written.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock) {
            self.full.tell();
        }
        written
    }

    fn wait(&mut self, time: Option<Duration>) -> io::Result<bool> {
        redis_sync::Duplex::wait(&mut self.stream, time)
    }
}

impl redis_async::Connector for Watched {
    fn connect<'a>(
        &'a self,
        _: &'a Endpoint,
        _: &'a SocketOptions,
    ) -> redis_async::BoxFuture<'a, Result<redis_async::Stream>> {
        let stream = small(self.address);
        stream.set_nonblocking(true).expect("a mode");
        let stream = tokio::net::TcpStream::from_std(stream).expect("a runtime");
        let stream = WatchedStream { stream, full: self.full.clone() };
        Box::pin(async move { Ok(redis_async::Stream::new(stream)) })
    }
}

impl AsyncRead for WatchedStream<tokio::net::TcpStream> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl AsyncWrite for WatchedStream<tokio::net::TcpStream> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        if written.is_pending() {
            self.full.tell();
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Of the async client's pipelines these go over the shared connection, and all others over one of their own.
fn shared() -> PipelineOptions {
    PipelineOptions::new().contiguous_commands(COMMANDS).contiguous_bytes(usize::MAX)
}

fn assert_whole(replies: &Replies) {
    if let Some(error) = replies.errors().next() {
        panic!("of {}, {} failed: {error}", replies.len(), replies.errors().count());
    }
    assert_eq!(replies.len(), COMMANDS);
    for index in [0, 1, COMMANDS / 2, COMMANDS - 1] {
        assert_eq!(replies.read::<String>(index).expect("a reply").len(), REPLY);
    }
}

both_clients! {
    async fn a_peer_that_updates_its_keys_while_nothing_can_be_written_loses_nothing() {
        let peer = Peer::start(SslVersion::TLS1_3, Then::Serve);
        let r = Redis::builder().host("localhost").connector(peer.connector()).tls(trusted()).build()?;
        for (number, options) in [PipelineOptions::new(), shared()].into_iter().enumerate() {
            let pipe = r.pipeline_with(options);
            for index in 0..COMMANDS {
                pipe.echo(format!("{index:0>COMMAND$}"));
            }
            let replies = pipe.execute::<Replies>().await?;
            assert_whole(&replies);
            // the first, at least, were asked for while nothing could be written
            assert!(peer.taken() > number, "{} times new keys were taken", peer.taken());
        }
        let answer = r.ping().await?;
        assert_eq!(answer, "PONG");
    }

    async fn a_peer_that_renegotiates_between_commands_loses_nothing() {
        let peer = Peer::start(SslVersion::TLS1_2, Then::ServeOneByOne);
        let r = Redis::builder().host("localhost").connector(peer.connector()).tls(trusted()).build()?;
        for index in 0..50 {
            let reply: String = r.command("ECHO").arg(index).query().await?;
            assert_eq!(reply.len(), REPLY);
        }
        assert!(peer.taken() >= 10, "{} times new keys were taken", peer.taken());
    }

    // a library that reads replies while it waits for the other's handshake is not what we have
    async fn a_peer_that_renegotiates_while_nothing_can_be_written_costs_a_connection_at_most() {
        let peer = Peer::start(SslVersion::TLS1_2, Then::Serve);
        let r = Redis::builder().host("localhost").connector(peer.connector()).tls(trusted())
            .retry(RetryPolicy::none()).build()?;
        for options in [PipelineOptions::new(), shared()] {
            let pipe = r.pipeline_with(options);
            for index in 0..COMMANDS {
                pipe.echo(format!("{index:0>COMMAND$}"));
            }
            let replies = pipe.execute::<Replies>().await;
            for error in replies.iter().flat_map(|replies| replies.errors()).chain(replies.as_ref().err().cloned()) {
                assert!(error.is_connection_error(), "{error}");
                assert_ne!(error.delivery(), Delivery::Executed, "{error}");
            }
            let answer = r.ping().await?;
            assert_eq!(answer, "PONG");
        }
    }

    async fn a_peer_that_asks_for_new_keys_and_falls_silent_is_a_timeout() {
        for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
            let peer = Peer::start(version, Then::FallSilent);
            let r = Redis::builder().host("localhost").connector(peer.connector()).tls(trusted())
                .retry(RetryPolicy::none()).response_timeout(Duration::from_millis(200)).build()?;
            for options in [PipelineOptions::new(), shared()] {
                let pipe = r.pipeline_with(options);
                for index in 0..COMMANDS {
                    pipe.echo(format!("{index:0>COMMAND$}"));
                }
                let error = pipe.execute::<Replies>().await.unwrap_err();
                assert!(error.is_timeout(), "{error}");
                assert_eq!(error.delivery(), Delivery::Unknown, "{error}");
            }
        }
    }
}
