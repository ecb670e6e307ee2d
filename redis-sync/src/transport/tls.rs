//! TLS over any stream, by the platform's own library.

use super::{Timed, is_timeout};
use native_tls::{Certificate, HandshakeError, Identity, Protocol, TlsConnector, TlsStream};
use redis_core::config::{Endpoint, TlsOptions, TlsVerification, TlsVersion};
use redis_core::{Error, ErrorKind, Result, TimeoutKind};
use std::io::{self, Read, Write};

/// What every TLS connection of a client has in common: made once, so that certificates are parsed once.
pub(crate) struct TlsContext {
    connector: TlsConnector,
    server_name: String,
}

/// An open TLS session.
pub(crate) struct Tls(TlsStream<Timed>);

impl TlsContext {
    pub(crate) fn new(options: &TlsOptions, endpoint: &Endpoint) -> Result<Self> {
        let server_name = match (options.server_name(), endpoint) {
            (Some(name), _) => name.to_owned(),
            (None, Endpoint::Tcp { host, .. }) => host.clone(),
            (None, _) => {
                return Err(Error::config(format!(
                    "TLS over {endpoint} needs the server's name to verify: set `server_name`"
                )));
            }
        };
        let mut builder = TlsConnector::builder();
        builder.min_protocol_version(Some(match options.min_version() {
            TlsVersion::Tls12 => Protocol::Tlsv12,
            // whatever is newer than this library knows is at least 1.3
            _ => Protocol::Tlsv13,
        }));
        builder.disable_built_in_roots(!options.trusts_system());
        match options.verification() {
            TlsVerification::InsecureNone => {
                builder.danger_accept_invalid_certs(true).danger_accept_invalid_hostnames(true);
            }
            TlsVerification::InsecureWithoutHostName => {
                builder.danger_accept_invalid_hostnames(true);
            }
            _ => {}
        }
        for pem in options.authorities() {
            let certificates = Certificate::stack_from_pem(pem)
                .map_err(|error| wrong("a certificate authority is not valid PEM", error))?;
            if certificates.is_empty() {
                return Err(Error::config("a certificate authority's PEM holds no certificate"));
            }
            for certificate in certificates {
                builder.add_root_certificate(certificate);
            }
        }
        if let Some(identity) = options.identity() {
            builder.identity(read_identity(identity.certificates(), identity.key())?);
        }
        let connector = builder.build().map_err(|error| wrong("TLS cannot be set up", error))?;
        Ok(Self { connector, server_name })
    }

    /// Agrees on a session. The stream's deadline bounds it.
    pub(crate) fn connect(&self, stream: Timed) -> Result<Tls> {
        match self.connector.connect(&self.server_name, stream) {
            Ok(session) => Ok(Tls(session)),
            // only a timeout makes a blocking stream say that it would block
            Err(HandshakeError::WouldBlock(_)) => {
                Err(Error::timeout(TimeoutKind::Connect, "TLS was not agreed upon in time"))
            }
            Err(HandshakeError::Failure(error)) => {
                let message = format!("TLS with `{}` failed: {error}", self.server_name);
                Err(Error::new(ErrorKind::Tls, message).with_source(error))
            }
        }
    }
}

fn read_identity(certificates: &[u8], key: &[u8]) -> Result<Identity> {
    Identity::from_pkcs8(certificates, key).map_err(|error| {
        let is_pkcs1 = String::from_utf8_lossy(key).contains("BEGIN RSA PRIVATE KEY");
        let message = if is_pkcs1 {
            "the client's key is PKCS #1 and must be PKCS #8: convert it by `openssl pkcs8 -topk8 -nocrypt`"
        } else {
            "the client's certificate and key are not valid PEM"
        };
        wrong(message, error)
    })
}

fn wrong(message: &'static str, error: native_tls::Error) -> Error {
    Error::config(format!("{message}: {error}")).with_source(error)
}

impl Tls {
    pub(crate) fn timed(&self) -> &Timed {
        self.0.get_ref()
    }

    pub(crate) fn timed_mut(&mut self) -> &mut Timed {
        self.0.get_mut()
    }

    /// Whether bytes are there that TLS has already decrypted.
    pub(crate) fn has_buffered(&self) -> bool {
        self.0.buffered_read_size().is_ok_and(|size| size > 0)
    }
}

impl Read for Tls {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.0.read(into) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => return Err(io::ErrorKind::WouldBlock.into()),
                result => return result,
            }
        }
    }
}

impl Write for Tls {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
