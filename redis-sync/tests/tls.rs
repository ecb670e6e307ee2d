//! TLS: who is believed, and that it is as good a connection as any.

mod memory;

use memory::{greeting, obliging, request};
use native_tls::{Identity, TlsAcceptor};
use redis_sync::{
    BulkString, CallOptions, CloseReason, Error, ErrorKind, ExecuteCommand, PoolOptions, Redis,
    Result, RetryPolicy, TimeoutKind, TlsIdentity, TlsOptions, TlsVerification,
};
use redis_tests::certificates::{self, certificates};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A server that speaks TLS; its threads end with their connections, and with the process.
struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Server {
    fn start(
        identity: &certificates::Identity,
        handler: impl Fn(&[String]) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        let identity =
            Identity::from_pkcs8(identity.certificate.as_bytes(), identity.key.as_bytes()).unwrap();
        let acceptor = TlsAcceptor::new(identity).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let (count, handler) = (Arc::clone(&connections), Arc::new(handler));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let Ok(mut session) = acceptor.accept(stream) else { continue };
                count.fetch_add(1, Ordering::AcqRel);
                let handler = Arc::clone(&handler);
                std::thread::spawn(move || serve(&mut session, &*handler));
            }
        });
        Self { address, connections }
    }

    fn client(&self, tls: TlsOptions) -> Redis {
        Redis::builder()
            .host("localhost")
            .port(self.address.port())
            .resolver(Here)
            .retry(RetryPolicy::none())
            .tls(tls)
            .pool(PoolOptions::new().with_drain_timeout(Duration::from_secs(60)))
            .build()
            .unwrap()
    }
}

/// The server listens on IPv4 alone, whatever `localhost` means here.
struct Here;

impl redis_sync::Resolver for Here {
    fn resolve(&self, _: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
        Ok(vec![([127, 0, 0, 1], port).into()])
    }
}

fn serve(
    session: &mut (impl Read + Write),
    handler: &(impl Fn(&[String]) -> Option<Vec<u8>> + ?Sized),
) {
    let (mut pending, mut room) = (Vec::new(), [0; 4096]);
    while let Ok(count @ 1..) = session.read(&mut room) {
        pending.extend_from_slice(&room[..count]);
        while let Some((words, length)) = request(&pending) {
            pending.drain(..length);
            let Some(answer) = greeting(&words).or_else(|| handler(&words)) else { return };
            if session.write_all(&answer).is_err() {
                return;
            }
        }
    }
}

fn trusted() -> TlsOptions {
    TlsOptions::new().with_authority(certificates().authority.as_bytes())
}

fn get(r: &Redis) -> Result<Option<BulkString>> {
    r.command("GET").key("k").query()
}

#[test]
fn a_server_that_a_trusted_authority_vouches_for_is_believed() {
    let server = Server::start(&certificates().server, obliging);
    let r = server.client(trusted());
    assert_eq!(get(&r).unwrap().unwrap(), "v");
    assert_eq!(get(&r).unwrap().unwrap(), "v");
    assert_eq!(server.connections.load(Ordering::Acquire), 1, "session tickets are no dirt");
}

fn refused(identity: &certificates::Identity, tls: TlsOptions) -> Error {
    let server = Server::start(identity, obliging);
    let error = get(&server.client(tls)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error:?}");
    assert!(error.was_not_executed());
    error
}

#[test]
fn a_server_that_nobody_trusted_vouches_for_is_refused() {
    refused(&certificates().other_server, trusted());
    refused(&certificates().server, TlsOptions::new());
}

#[test]
fn a_server_of_another_name_is_refused_unless_that_name_is_asked_for() {
    let elsewhere = &certificates().elsewhere;
    assert!(refused(elsewhere, trusted()).to_string().contains("localhost"));
    let server = Server::start(elsewhere, obliging);
    get(&server.client(trusted().with_server_name("elsewhere.example"))).unwrap();
}

#[test]
fn a_certificate_that_ran_out_is_refused() {
    refused(&certificates().expired, trusted());
}

#[test]
fn the_insecure_ways_believe_what_their_names_say() {
    let without_name = trusted().with_verification(TlsVerification::InsecureWithoutHostName);
    let server = Server::start(&certificates().elsewhere, obliging);
    get(&server.client(without_name.clone())).unwrap();
    refused(&certificates().other_server, without_name);

    let none = TlsOptions::new().with_verification(TlsVerification::InsecureNone);
    let server = Server::start(&certificates().expired, obliging);
    get(&server.client(none)).unwrap();
}

#[test]
fn megabytes_go_both_ways() {
    let server = Server::start(&certificates().server, |words| {
        let value = words.last()?;
        Some(format!("${}\r\n{value}\r\n", value.len()).into_bytes())
    });
    let r = server.client(trusted());
    let value = "z".repeat(3_000_000);
    assert_eq!(r.command("ECHO").arg(&value).query::<String>().unwrap(), value);
}

#[test]
fn a_session_survives_a_late_reply() {
    let slow = AtomicUsize::new(0);
    let server = Server::start(&certificates().server, move |words| {
        if words[0] == "SLOW" {
            slow.store(1, Ordering::Relaxed);
            return Some(Vec::new());
        }
        let late = if slow.swap(0, Ordering::Relaxed) == 1 { "$4\r\nlate\r\n" } else { "" };
        let word = words.last()?;
        Some(format!("{late}${}\r\n{word}\r\n", word.len()).into_bytes())
    });
    let r = server.client(trusted());
    let soon = CallOptions::new().response_timeout(Duration::from_millis(20));
    let error = r.with(soon).command("SLOW").query::<String>().unwrap_err();
    assert_eq!(error.timeout_kind(), Some(TimeoutKind::Reply));
    assert_eq!(get(&r).unwrap().unwrap(), "k");
    assert_eq!(r.statistics().recycled, 1);
    assert_eq!(server.connections.load(Ordering::Acquire), 1);
}

#[test]
fn a_session_that_ended_in_the_middle_of_a_reply_is_told_so() {
    let server = Server::start(&certificates().server, |_| None);
    let error = get(&server.client(trusted())).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Closed | ErrorKind::Io), "{error:?}");
}

#[test]
fn a_peer_that_never_agrees_on_a_session_is_a_connect_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let options = redis_sync::SocketOptions::new().with_connect_timeout(Duration::from_millis(20));
    let r = Redis::builder()
        .host("localhost")
        .port(listener.local_addr().unwrap().port())
        .resolver(Here)
        .retry(RetryPolicy::none())
        .socket(options)
        .tls(trusted())
        .build()
        .unwrap();
    assert_eq!(get(&r).unwrap_err().timeout_kind(), Some(TimeoutKind::Connect));
}

#[test]
fn a_key_in_the_old_form_is_refused_with_the_way_to_convert_it() {
    let certificate = certificates().client.certificate.as_bytes();
    let key = b"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    let server = Server::start(&certificates().server, obliging);
    let tls = trusted().with_identity(TlsIdentity::new(certificate, &key[..]));
    let error = get(&server.client(tls)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("openssl pkcs8"), "{error}");
}

#[test]
fn a_dead_session_is_replaced_without_an_error() {
    let asked = AtomicUsize::new(0);
    let server = Server::start(&certificates().server, move |words| {
        match asked.fetch_add(1, Ordering::Relaxed) {
            1 => None, // the second command ends the first session
            _ => obliging(words),
        }
    });
    let r = server.client(trusted());
    get(&r).unwrap();
    get(&r).unwrap_err();
    get(&r).unwrap();
    assert_eq!(r.statistics().closed(CloseReason::Broken), 1);
}
