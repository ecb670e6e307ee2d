//! TLS over any stream, by the platform's own library.
//!
//! The library reads and writes through a [`Shim`] that answers "would block" where the stream is
//! pending and has left the task's waker with it. One task polls both directions, so whichever the
//! library is waiting for (a read may have to write, a write to read) wakes that task, and neither
//! direction waits for the other.

use super::{Inner, Stream, Transport};
use bytes::{Buf, BytesMut};
use native_tls::{
    Certificate, HandshakeError, Identity, Protocol, TlsConnector, TlsConnectorBuilder,
};
use redis_core::config::{TlsOptions, TlsVerification, TlsVersion};
use redis_core::{Error, ErrorKind};
use std::future::poll_fn;
use std::io::{self, IoSlice, Read, Write};
use std::task::{Context, Poll, Waker};

/// How much is decrypted at once: one TLS record at most.
const RECORD: usize = 16 * 1024;

/// What TLS options come to, made once for all connections of a client.
#[derive(Clone)]
pub(crate) struct Tls {
    connector: TlsConnector,
    server_name: Option<String>,
}

impl Tls {
    /// Reads certificates and keys.
    pub(crate) fn new(options: &TlsOptions) -> Result<Self, Error> {
        let mut builder = TlsConnector::builder();
        builder.min_protocol_version(Some(protocol(options.min_version())));
        builder.disable_built_in_roots(!options.trusts_system());
        verification(&mut builder, options.verification());
        for authority in options.authorities() {
            // a file of authorities may hold several
            let certificates = Certificate::stack_from_pem(authority).map_err(|error| {
                Error::config("`tls_ca` is no PEM certificate").with_source(error)
            })?;
            for certificate in certificates {
                builder.add_root_certificate(certificate);
            }
        }
        if let Some(identity) = options.identity() {
            let identity = Identity::from_pkcs8(identity.certificates(), identity.key()).map_err(|error| {
                Error::config(
                    "the client certificate and its key must be PEM, the key PKCS#8 (`openssl pkcs8 -topk8 -nocrypt` makes one of another)",
                )
                .with_source(error)
            })?;
            builder.identity(identity);
        }
        let connector = builder
            .build()
            .map_err(|error| Error::new(ErrorKind::Tls, "cannot set up TLS").with_source(error))?;
        Ok(Self { connector, server_name: options.server_name().map(str::to_owned) })
    }

    /// Agrees on keys over `stream` and verifies who answers, who should be `host`.
    pub(crate) async fn connect(&self, stream: Stream, host: &str) -> Result<Stream, Error> {
        let name = self.server_name.as_deref().unwrap_or(host);
        let mut start = Some(Shim::new(stream));
        let mut midway = None;
        let agreed = poll_fn(|cx| {
            let step = if let Some(mut shim) = start.take() {
                shim.remember(cx);
                self.connector.connect(name, shim)
            } else if let Some(stopped) = midway.take() {
                let mut stopped: native_tls::MidHandshakeTlsStream<Shim> = stopped;
                stopped.get_mut().remember(cx);
                stopped.handshake()
            } else {
                return Poll::Pending;
            };
            match step {
                Ok(agreed) => Poll::Ready(Ok(agreed)),
                Err(HandshakeError::WouldBlock(stopped)) => {
                    midway = Some(stopped);
                    Poll::Pending
                }
                Err(HandshakeError::Failure(error)) => Poll::Ready(Err(error)),
            }
        })
        .await
        .map_err(|error| {
            Error::new(ErrorKind::Tls, format!("TLS with `{name}` failed: {error}"))
                .with_source(error)
        })?;
        let beneath = &agreed.get_ref().stream;
        let (descriptor, peer) = (beneath.descriptor(), beneath.peer());
        let stream = TlsStream { inner: agreed, record: vec![0; RECORD].into() };
        Ok(Stream(Inner::Other(Box::new(stream), descriptor, peer)))
    }
}

fn protocol(version: TlsVersion) -> Protocol {
    match version {
        TlsVersion::Tls12 => Protocol::Tlsv12,
        // whatever is newer than this library knows is at least 1.3
        _ => Protocol::Tlsv13,
    }
}

fn verification(builder: &mut TlsConnectorBuilder, verification: TlsVerification) {
    match verification {
        TlsVerification::InsecureNone => {
            builder.danger_accept_invalid_certs(true).danger_accept_invalid_hostnames(true);
        }
        TlsVerification::InsecureWithoutHostName => {
            builder.danger_accept_invalid_hostnames(true);
        }
        _ => {}
    }
}

struct TlsStream {
    inner: native_tls::TlsStream<Shim>,
    /// The library wants memory that is initialised; this was, once.
    record: Box<[u8]>,
}

impl Transport for TlsStream {
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut BytesMut,
    ) -> Poll<io::Result<usize>> {
        self.inner.get_mut().remember(cx);
        let room = buffer.capacity().saturating_sub(buffer.len()).clamp(1, RECORD);
        let record = self.record.get_mut(..room).unwrap_or_default();
        pending(self.inner.read(record)).map_ok(|read| {
            buffer.extend_from_slice(record.get(..read).unwrap_or_default());
            read
        })
    }

    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.inner.get_mut().remember(cx);
        // a write that would block must come again with the same beginning; the caller keeps its parts
        // until they are taken, so it does
        let part = parts.iter().find(|part| !part.is_empty());
        pending(self.inner.write(part.map_or(&[], |part| part)))
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner.get_mut().remember(cx);
        pending(self.inner.flush())
    }
}

fn pending<T>(result: io::Result<T>) -> Poll<io::Result<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
        result => Poll::Ready(result),
    }
}

/// A stream that reads and writes as far as it gets.
#[derive(Debug)]
struct Shim {
    stream: Stream,
    arrived: BytesMut,
    waker: Waker,
}

impl Shim {
    fn new(stream: Stream) -> Self {
        Self { stream, arrived: BytesMut::new(), waker: Waker::noop().clone() }
    }

    /// Keeps whom to wake; the library's own calls carry no context.
    fn remember(&mut self, cx: &Context<'_>) {
        self.waker.clone_from(cx.waker());
    }
}

fn would_block<T>(poll: Poll<io::Result<T>>) -> io::Result<T> {
    match poll {
        Poll::Ready(result) => result,
        Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
    }
}

impl Read for Shim {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.arrived.is_empty() {
            self.arrived.reserve(RECORD);
            let mut cx = Context::from_waker(&self.waker);
            would_block(self.stream.poll_read(&mut cx, &mut self.arrived))?;
        }
        let count = buffer.len().min(self.arrived.len());
        self.arrived.copy_to_slice(buffer.get_mut(..count).unwrap_or_default());
        Ok(count)
    }
}

impl Write for Shim {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut cx = Context::from_waker(&self.waker);
        would_block(self.stream.poll_write(&mut cx, &[IoSlice::new(bytes)]))
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut cx = Context::from_waker(&self.waker);
        would_block(self.stream.poll_flush(&mut cx))
    }
}
