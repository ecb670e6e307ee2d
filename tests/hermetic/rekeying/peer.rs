//! A TLS server that asks its client for new keys in the middle of everything: by `KeyUpdate` in TLS 1.3, by
//! `HelloRequest`, which begins a new handshake, in TLS 1.2.
//!
//! OpenSSL can do both, and its bindings for Rust name neither.
#![allow(unsafe_code)] // three functions of OpenSSL

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::io::{self, Read, Write};
use std::net::TcpStream;

use foreign_types::ForeignTypeRef;
use openssl::pkey::PKey;
use openssl::ssl::{SslAcceptor, SslMethod, SslStream, SslVersion};
use openssl::x509::X509;
use redis_tests::certificates::certificates;

unsafe extern "C" {
    fn SSL_key_update(session: *mut c_void, kind: c_int) -> c_int;
    fn SSL_renegotiate(session: *mut c_void) -> c_int;
    fn SSL_set_msg_callback(session: *mut c_void, callback: Option<MessageCallback>);
}

type MessageCallback =
    extern "C" fn(c_int, c_int, c_int, *const c_void, usize, *mut c_void, *mut c_void);

/// `SSL_KEY_UPDATE_REQUESTED`: the client is to take new keys too.
const REQUESTED: c_int = 1;
/// Of a record that holds a handshake message, and of two such messages.
const HANDSHAKE: c_int = 22;
const CLIENT_HELLO: u8 = 1;
const KEY_UPDATE: u8 = 24;

thread_local! {
    /// How many messages by which a client takes new keys the session of this thread has got.
    static TAKEN: Cell<usize> = const { Cell::new(0) };
}

/// A session with one client, which lives on one thread.
pub(super) struct Session(SslStream<TcpStream>);

impl Session {
    /// Agrees on keys with a client, in TLS 1.2 or 1.3.
    pub(super) fn accept(stream: TcpStream, version: SslVersion) -> Option<Self> {
        let server = &certificates().server;
        let mut acceptor =
            SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).expect("an acceptor");
        let certificate = X509::from_pem(server.certificate.as_bytes()).expect("a certificate");
        let key = PKey::private_key_from_pem(server.key.as_bytes()).expect("a key");
        acceptor.set_certificate(&certificate).expect("a certificate");
        acceptor.set_private_key(&key).expect("a key");
        acceptor.set_min_proto_version(Some(version)).expect("a version");
        acceptor.set_max_proto_version(Some(version)).expect("a version");
        let stream = acceptor.build().accept(stream).ok()?;
        let mut session = Self(stream);
        TAKEN.set(0);
        // SAFETY: the session lives, and the callback reads what it is given during the call alone.
        unsafe { SSL_set_msg_callback(session.pointer(), Some(note)) };
        Some(session)
    }

    /// Asks the client for new keys, and goes on.
    pub(super) fn ask_for_new_keys(&mut self) -> io::Result<()> {
        let session = self.pointer();
        // SAFETY: the session lives, and no other thread knows of it.
        let began = unsafe {
            match self.0.ssl().version2() {
                Some(SslVersion::TLS1_3) => SSL_key_update(session, REQUESTED),
                _ => SSL_renegotiate(session),
            }
        };
        assert_eq!(began, 1, "OpenSSL refuses to ask");
        // sends what was begun, and waits for nothing
        self.0.do_handshake().map_err(io::Error::other)
    }

    /// How often the client has taken new keys.
    pub(super) fn taken() -> usize {
        TAKEN.get()
    }

    /// The connection beneath.
    pub(super) fn connection(&self) -> &TcpStream {
        self.0.get_ref()
    }

    fn pointer(&mut self) -> *mut c_void {
        self.0.ssl().as_ptr().cast()
    }
}

extern "C" fn note(
    is_ours: c_int,
    _version: c_int,
    content: c_int,
    message: *const c_void,
    length: usize,
    _session: *mut c_void,
    _argument: *mut c_void,
) {
    if is_ours != 0 || content != HANDSHAKE || length == 0 {
        return;
    }
    // SAFETY: OpenSSL lends `length` bytes for the time of the call, and there is one at least.
    let kind = unsafe { *message.cast::<u8>() };
    if kind == CLIENT_HELLO || kind == KEY_UPDATE {
        TAKEN.set(TAKEN.get() + 1);
    }
}

impl Read for Session {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

impl Write for Session {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
