//! Other ways to a server: through memory, through a proxy, by a resolver of one's own.

mod memory;

use memory::Memory;
use redis_core::pool::Check;
use redis_sync::{
    BasicKeyCommands, CloseReason, Connector, DirectConnector, Endpoint, Error, ErrorKind,
    ExecuteCommand, Redis, Replies, Resolver, Result, RetryPolicy, SocketOptions, Stream,
};
use redis_tests::scripted::{Handshake, Script, ScriptedServer};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

fn get(r: &Redis) -> Result<Option<String>> {
    r.command("GET").key("k").query()
}

#[test]
fn a_server_in_memory_is_as_good_as_any() {
    let server = Memory::obliging();
    let r = Redis::builder().connector(server.clone()).build().unwrap();
    assert_eq!(get(&r).unwrap().as_deref(), Some("v"));
    assert_eq!(server.log(), ["GET k"]);
    drop(r);
    assert_eq!((server.opened(), server.open()), (1, 0));
}

/// A client that tries nothing again, and the server that closed its only connection.
fn whose_idle_connection_was_closed() -> (Memory, Redis) {
    let server = Memory::obliging();
    let r = Redis::builder().connector(server.clone()).retry(RetryPolicy::none()).build().unwrap();
    get(&r).unwrap();
    server.close_all();
    // idle is who has served nobody for so long
    std::thread::sleep(Check::MOMENT);
    (server, r)
}

#[test]
fn an_idle_connection_that_the_server_closed_is_replaced_without_an_error() {
    let (server, r) = whose_idle_connection_was_closed();
    assert_eq!(r.command("INCR").key("k").query::<i64>().unwrap(), 1);
    assert_eq!(r.statistics().closed(CloseReason::Stale), 1);
    assert_eq!((server.opened(), server.open()), (2, 1));
}

#[test]
fn a_pipeline_is_not_sent_over_an_idle_connection_that_the_server_closed() {
    let (_server, r) = whose_idle_connection_was_closed();
    let pipe = r.pipeline();
    let (one, two) = (pipe.incr("k").slot(), pipe.incr("k").slot());
    let replies: Replies = pipe.execute().unwrap();
    assert_eq!((replies.take(one).unwrap(), replies.take(two).unwrap()), (1, 1));
    assert_eq!(r.statistics().closed(CloseReason::Stale), 1);
}

/// A SOCKS5 proxy is asked for the endpoint by name, so that it resolves it.
struct Socks5 {
    proxy: SocketAddr,
}

impl Connector for Socks5 {
    fn connect(
        &self,
        endpoint: &Endpoint,
        options: &SocketOptions,
        deadline: Option<Instant>,
    ) -> Result<Box<dyn Stream>> {
        let Endpoint::Tcp { host, port } = endpoint else {
            return Err(Error::config("a proxy leads to TCP endpoints alone"));
        };
        let proxy = Endpoint::tcp(self.proxy.ip().to_string(), self.proxy.port());
        let mut stream = DirectConnector::default().connect(&proxy, options, deadline)?;
        let failed = |error: io::Error| Error::new(ErrorKind::Connect, error.to_string());
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        stream.set_read_timeout(left.or(Some(Duration::from_secs(5)))).map_err(failed)?;
        ask_proxy(&mut *stream, host, *port).map_err(failed)?;
        stream.set_read_timeout(None).map_err(failed)?;
        Ok(stream)
    }
}

fn ask_proxy(stream: &mut dyn Stream, host: &str, port: u16) -> io::Result<()> {
    stream.write_all(&[5, 1, 0])?; // version 5, one method: no authentication
    let mut method = [0; 2];
    stream.read_exact(&mut method)?;
    let mut request = vec![5, 1, 0, 3, host.len() as u8]; // connect to a name
    request.extend_from_slice(host.as_bytes());
    request.extend_from_slice(&port.to_be_bytes());
    stream.write_all(&request)?;
    let mut answer = [0; 10];
    stream.read_exact(&mut answer)?;
    if answer[1] == 0 { Ok(()) } else { Err(io::ErrorKind::ConnectionRefused.into()) }
}

/// Serves one client: leads it to `target`, whatever it asks for, and returns what it asked for.
fn proxy(listener: &TcpListener, target: SocketAddr) -> io::Result<(String, u16)> {
    let (mut client, _) = listener.accept()?;
    client.read_exact(&mut [0; 3])?;
    client.write_all(&[5, 0])?;
    let mut head = [0; 5];
    client.read_exact(&mut head)?;
    let mut rest = vec![0; usize::from(head[4]) + 2];
    client.read_exact(&mut rest)?;
    let server = TcpStream::connect(target)?;
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
    let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
    std::thread::spawn(move || io::copy(&mut from, &mut to));
    std::thread::spawn(move || io::copy(&mut { server }, &mut client));
    let port = u16::from_be_bytes([rest[rest.len() - 2], rest[rest.len() - 1]]);
    rest.truncate(rest.len() - 2);
    Ok((String::from_utf8_lossy(&rest).into_owned(), port))
}

#[test]
fn a_connector_may_lead_through_a_proxy_that_resolves_the_name() {
    let script = Script::new().handshake(Handshake::Understood);
    let server = ScriptedServer::play(script.expect(&["GET", "k"]).send("$1\r\nv\r\n").stall());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let connector = Socks5 { proxy: listener.local_addr().unwrap() };
    let target = server.address();
    let proxied = std::thread::spawn(move || proxy(&listener, target));

    let r =
        Redis::builder().host("redis.internal").port(6400).connector(connector).build().unwrap();
    assert_eq!(get(&r).unwrap().as_deref(), Some("v"));
    assert_eq!(proxied.join().unwrap().unwrap(), ("redis.internal".to_owned(), 6400));
    assert_eq!(server.connections(), 1);
}

/// Knows one host.
struct Fixed(Vec<SocketAddr>);

impl Resolver for Fixed {
    fn resolve(&self, _: &str, _: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(self.0.clone())
    }
}

/// An address where nobody listens: one that was just given up.
fn deserted() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[test]
fn every_address_of_a_host_is_tried_until_one_answers() {
    let script = Script::new().handshake(Handshake::Understood);
    let server = ScriptedServer::play(script.expect(&["GET", "k"]).send("$1\r\nv\r\n").stall());
    let resolver = Fixed(vec![deserted(), server.address()]);
    let r = Redis::builder().host("two.example").resolver(resolver).build().unwrap();
    assert_eq!(get(&r).unwrap().as_deref(), Some("v"));
    server.finish();
}

#[test]
fn when_no_address_answers_the_error_lists_each_with_its_reason() {
    let (first, second) = (deserted(), deserted());
    let resolver = Fixed(vec![first, second]);
    let builder = Redis::builder().host("two.example").resolver(resolver);
    let error = get(&builder.retry(RetryPolicy::none()).build().unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    let text = error.to_string();
    for address in [first, second] {
        assert!(text.contains(&format!("{address}: ")), "{text}");
    }
    assert!(text.contains("two.example:6379"), "{text}");
}

#[test]
fn a_name_without_an_address_says_so() {
    let builder = Redis::builder().host("none.example").resolver(Fixed(Vec::new()));
    let error = get(&builder.retry(RetryPolicy::none()).build().unwrap()).unwrap_err();
    assert!(error.to_string().contains("`none.example` has no address"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_unix_socket_without_a_server_says_which() {
    let builder = Redis::builder().unix_socket_path("/nowhere/redis.sock");
    let error = get(&builder.retry(RetryPolicy::none()).build().unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.to_string().contains("/nowhere/redis.sock"), "{error}");
}
