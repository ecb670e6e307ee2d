//! What clients speak with a server through a proxy: RESP in the clear, or within TLS, which passes through it.

use std::io;
use std::net::SocketAddr;

use redis_faults::Script;
use redis_tests::matrix::Row;
#[cfg(feature = "tls")]
use redis_tests::scratch::Scratch;
use redis_tests::server::{Server, ServerOptions};

/// What a greeting over TLS puts before everything else, as far as no fault is to hit it every time: the
/// client's hello; the server's, its certificate and its tickets.
#[cfg(feature = "tls")]
const TLS_GREETING: (u64, u64) = (500, 1800);

/// In the clear, or not.
pub(crate) struct Wire {
    /// Where the authority lies that is to be trusted, if TLS is spoken.
    #[cfg(feature = "tls")]
    authority: Option<Scratch>,
}

impl Wire {
    /// In the clear, or over TLS.
    #[cfg(feature = "tls")]
    pub(crate) fn new(tls: bool) -> io::Result<Self> {
        if !tls {
            return Ok(Self { authority: None });
        }
        let scratch = Scratch::new()?;
        let authority = &redis_tests::certificates::certificates().authority;
        std::fs::write(scratch.path().join("ca.pem"), authority)?;
        Ok(Self { authority: Some(scratch) })
    }

    /// In the clear: nothing else can be built.
    #[cfg(not(feature = "tls"))]
    pub(crate) fn new(tls: bool) -> io::Result<Self> {
        if tls { Err(io::ErrorKind::Unsupported.into()) } else { Ok(Self {}) }
    }

    /// Whether TLS is spoken.
    pub(crate) fn is_tls(&self) -> bool {
        #[cfg(feature = "tls")]
        return self.authority.is_some();
        #[cfg(not(feature = "tls"))]
        return false;
    }

    /// A server that can be asked so, to be set up further.
    pub(crate) fn server(&self, row: &'static Row) -> ServerOptions {
        let server = Server::of(row);
        #[cfg(feature = "tls")]
        let server = if self.is_tls() { server.tls() } else { server };
        server
    }

    /// Where it is asked.
    pub(crate) fn address(&self, server: &Server) -> SocketAddr {
        #[cfg(feature = "tls")]
        if self.is_tls() {
            return server.tls_address();
        }
        server.address()
    }

    /// What a proxy before it is to do. Where TLS passes through it, what is a frame in the clear is a record,
    /// and bytes are counted from the end of the greeting on, more or less.
    pub(crate) fn script(&self, text: &str) -> Script {
        let script: Script = text.parse().unwrap_or_else(|error| panic!("{error}"));
        #[cfg(feature = "tls")]
        if self.is_tls() {
            return script.later(TLS_GREETING.0, TLS_GREETING.1);
        }
        script
    }

    /// The URL of a client with these settings.
    pub(crate) fn url(&self, at: SocketAddr, settings: &str) -> String {
        #[cfg(feature = "tls")]
        if let Some(authority) = &self.authority {
            let file = authority.path().join("ca.pem");
            return format!("rediss://{at}?tls_ca_file={}&{settings}", file.display());
        }
        format!("redis://{at}?{settings}")
    }
}
