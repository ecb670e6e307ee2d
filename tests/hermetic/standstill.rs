//! A long pipeline through small buffers, to a peer that takes the next command only when it is rid of
//! the last reply: a client that writes without reading would stand still, and the peer with it.

use redis_core::config::{Endpoint, SocketOptions, TlsOptions};
use redis_core::{Replies, Result};
use socket2::{Domain, Socket, Type};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

const COMMANDS: usize = 20_000;
/// Of the buffers of every socket: far less than the commands (2 MB) and the replies (10 MB). Not less than
/// a segment of the loopback interface, though, or the system announces no window and its timers of a fifth of
/// a second set the pace.
const BUFFER: usize = 128 * 1024;
const REPLY: usize = 500;

/// Where a peer listens that serves every connection, over TLS or not, until it ends.
fn peer(tls: bool) -> SocketAddr {
    let listener = listener();
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || if tls { serve_tls(stream) } else { serve(stream) });
        }
    });
    address
}

/// Whoever is accepted has small buffers.
pub(crate) fn listener() -> TcpListener {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    // what is accepted inherits the sizes
    socket.set_recv_buffer_size(BUFFER).expect("a size");
    socket.set_send_buffer_size(BUFFER).expect("a size");
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("a free port");
    socket.listen(8).expect("a listener");
    // and this, too
    socket.set_tcp_nodelay(true).expect("an option");
    socket.into()
}

#[cfg(feature = "tls")]
fn serve_tls(stream: TcpStream) {
    let server = &redis_tests::certificates::certificates().server;
    let (certificate, key) = (server.certificate.as_bytes(), server.key.as_bytes());
    let identity = native_tls::Identity::from_pkcs8(certificate, key).expect("an identity");
    let acceptor = native_tls::TlsAcceptor::new(identity).expect("an acceptor");
    if let Ok(session) = acceptor.accept(stream) {
        serve(session);
    }
}

#[cfg(not(feature = "tls"))]
fn serve_tls(_: TcpStream) {}

/// Answers one command after the other, each before the next is read.
fn serve(stream: impl Read + Write) {
    let mut stream = BufReader::with_capacity(512, stream);
    let bulk = format!("${REPLY}\r\n{}\r\n", "r".repeat(REPLY));
    while let Ok(words) = request(&mut stream) {
        let reply = match &*words[0] {
            "HELLO" => "-ERR unknown command 'HELLO'\r\n",
            "CLIENT" | "MULTI" => "+OK\r\n",
            "EXEC" => "*-1\r\n",
            "PING" => "+PONG\r\n",
            _ => &bulk,
        };
        if stream.get_mut().write_all(reply.as_bytes()).is_err() {
            return;
        }
    }
}

/// The words of the next command.
pub(crate) fn request(stream: &mut impl BufRead) -> io::Result<Vec<String>> {
    let number = |stream: &mut _| -> io::Result<usize> {
        let mut line = String::new();
        BufRead::read_line(stream, &mut line)?;
        let digits = line.get(1..).unwrap_or_default().trim_end();
        digits.parse().map_err(|_| io::ErrorKind::UnexpectedEof.into())
    };
    let count = number(stream)?;
    let mut words = Vec::new();
    for _ in 0..count {
        let mut word = vec![0; number(stream)? + 2];
        stream.read_exact(&mut word)?;
        word.truncate(word.len() - 2);
        words.push(String::from_utf8_lossy(&word).into_owned());
    }
    Ok(words)
}

/// A connection with small buffers.
pub(crate) fn small(to: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.set_recv_buffer_size(BUFFER).expect("a size");
    socket.set_send_buffer_size(BUFFER).expect("a size");
    socket.set_tcp_nodelay(true).expect("an option");
    socket.connect(&to.into()).expect("the peer listens");
    socket.into()
}

/// Connects with small buffers.
struct Small(SocketAddr);

impl redis_sync::Connector for Small {
    fn connect(
        &self,
        _: &Endpoint,
        _: &SocketOptions,
        _: Option<Instant>,
    ) -> Result<Box<dyn redis_sync::Stream>> {
        Ok(Box::new(small(self.0)))
    }
}

impl redis_async::Connector for Small {
    fn connect<'a>(
        &'a self,
        _: &'a Endpoint,
        _: &'a SocketOptions,
    ) -> redis_async::BoxFuture<'a, Result<redis_async::Stream>> {
        let stream = small(self.0);
        stream.set_nonblocking(true).expect("a mode");
        let stream = tokio::net::TcpStream::from_std(stream).expect("a runtime");
        Box::pin(async move { Ok(redis_async::Stream::new(stream)) })
    }
}

/// Connects with small buffers, to a stream that cannot write without waiting.
struct HalfDuplex(Small);

struct OneWay(TcpStream);

impl redis_sync::Connector for HalfDuplex {
    fn connect(
        &self,
        _: &Endpoint,
        _: &SocketOptions,
        _: Option<Instant>,
    ) -> Result<Box<dyn redis_sync::Stream>> {
        Ok(Box::new(OneWay(small(self.0.0))))
    }
}

impl Read for OneWay {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

impl Write for OneWay {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl redis_sync::Stream for OneWay {
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.0.set_read_timeout(timeout)
    }

    fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.0.set_write_timeout(timeout)
    }

    fn is_readable(&mut self) -> io::Result<bool> {
        Ok(false)
    }
}

/// Trusts the tests' authority.
pub(crate) fn trusted() -> TlsOptions {
    let options = TlsOptions::new();
    #[cfg(feature = "tls")]
    let options =
        options.with_authority(redis_tests::certificates::certificates().authority.clone());
    options
}

fn blocking(connector: impl redis_sync::Connector + 'static, tls: bool) -> redis_sync::Redis {
    let builder = redis_sync::Redis::builder().host("localhost").connector(connector);
    let builder = if tls { builder.tls(trusted()) } else { builder };
    builder.build().expect("the settings are good")
}

fn nonblocking(address: SocketAddr, tls: bool) -> redis_async::Redis {
    let builder = redis_async::Redis::builder().host("localhost").connector(Small(address));
    let builder = if tls { builder.tls(trusted()) } else { builder };
    builder.build().expect("the settings are good")
}

fn check(replies: &Replies) {
    assert_eq!((replies.len(), replies.errors().count()), (COMMANDS, 0));
    for index in [0, 1, COMMANDS / 2, COMMANDS - 1] {
        assert_eq!(replies.read::<String>(index).expect("a reply").len(), REPLY);
    }
}

fn through_the_blocking_client(client: &redis_sync::Redis) {
    use redis_sync::prelude::*;
    let pipe = client.pipeline();
    for index in 0..COMMANDS {
        pipe.echo(format!("{index:0>100}"));
    }
    for _ in 0..2 {
        check(&pipe.execute().expect("answered"));
    }
    client.ping().expect("the connection goes on");
    assert_eq!(client.statistics().created, 1);
}

fn through_the_async_client(client: &redis_async::Redis) {
    use redis_async::prelude::*;
    for builder in [
        &mut tokio::runtime::Builder::new_current_thread(),
        &mut tokio::runtime::Builder::new_multi_thread(),
    ] {
        builder.enable_all().build().expect("a runtime").block_on(async {
            let pipe = client.pipeline();
            for index in 0..COMMANDS {
                pipe.echo(format!("{index:0>100}"));
            }
            // over a connection of its own, and over the shared one
            check(&pipe.execute().await.expect("answered"));
            let options = redis_async::PipelineOptions::new();
            let options = options.contiguous_commands(COMMANDS).contiguous_bytes(usize::MAX);
            let pipe = client.pipeline_with(options);
            for index in 0..COMMANDS {
                pipe.echo(format!("{index:0>100}"));
            }
            check(&pipe.execute().await.expect("answered"));
            client.ping().await.expect("the connection goes on");
        });
    }
}

#[test]
fn a_long_pipeline_of_the_blocking_client_does_not_stand_still() {
    through_the_blocking_client(&blocking(Small(peer(false)), false));
}

#[test]
fn a_long_pipeline_over_a_stream_that_waits_does_not_stand_still() {
    through_the_blocking_client(&blocking(HalfDuplex(Small(peer(false))), false));
}

#[test]
fn a_long_pipeline_of_the_async_client_does_not_stand_still() {
    through_the_async_client(&nonblocking(peer(false), false));
}

#[test]
#[cfg(feature = "tls")]
fn a_long_pipeline_over_tls_does_not_stand_still() {
    through_the_blocking_client(&blocking(Small(peer(true)), true));
    through_the_async_client(&nonblocking(peer(true), true));
}
