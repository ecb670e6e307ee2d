//! Certificates to test TLS with, made anew in every test process. Decides who vouches for whom:
//! one authority that the tests trust, another that they do not.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A certificate and its private key (PKCS #8), both as PEM.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Identity {
    /// The certificate.
    pub certificate: String,
    /// Its private key.
    pub key: String,
}

/// Everything that the tests of TLS hold out or trust.
#[derive(Debug)]
#[non_exhaustive]
pub struct Certificates {
    /// The authority that the tests trust, as PEM.
    pub authority: String,
    /// A server called `localhost`, 127.0.0.1 and ::1.
    pub server: Identity,
    /// A server of those names whose certificate ran out yesterday.
    pub expired: Identity,
    /// A server called `elsewhere.example`.
    pub elsewhere: Identity,
    /// A client called `client`.
    pub client: Identity,
    /// Another authority, as PEM.
    pub other_authority: String,
    /// A server called `localhost` that the other authority vouches for.
    pub other_server: Identity,
    /// A client called `client` that the other authority vouches for.
    pub other_client: Identity,
}

/// The certificates of this process.
///
/// # Panics
/// If they cannot be made.
#[must_use]
pub fn certificates() -> &'static Certificates {
    static MADE: OnceLock<Certificates> = OnceLock::new();
    MADE.get_or_init(|| {
        Certificates::make().unwrap_or_else(|error| panic!("certificates: {error}"))
    })
}

const HERE: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

impl Certificates {
    fn make() -> Result<Self, rcgen::Error> {
        let trusted = authority("redis tests")?;
        let other = authority("somebody else")?;
        let mut expired = server(&HERE)?;
        expired.not_after = (SystemTime::now() - DAY).into();
        Ok(Self {
            server: identity(&server(&HERE)?, &trusted)?,
            expired: identity(&expired, &trusted)?,
            elsewhere: identity(&server(&["elsewhere.example"])?, &trusted)?,
            client: identity(&client()?, &trusted)?,
            other_server: identity(&server(&HERE)?, &other)?,
            other_client: identity(&client()?, &other)?,
            authority: trusted.pem(),
            other_authority: other.pem(),
        })
    }
}

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Result<Authority, rcgen::Error> {
    let mut params = params(name, &[])?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

fn server(names: &[&str]) -> Result<CertificateParams, rcgen::Error> {
    let mut params = params("server", names)?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}

fn client() -> Result<CertificateParams, rcgen::Error> {
    let mut params = params("client", &[])?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    Ok(params)
}

fn params(name: &str, names: &[&str]) -> Result<CertificateParams, rcgen::Error> {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, name);
    // macOS trusts no server certificate that lives longer than 825 days
    params.not_before = (SystemTime::now() - 30 * DAY).into();
    params.not_after = (SystemTime::now() + 365 * DAY).into();
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    Ok(params)
}

fn identity(params: &CertificateParams, by: &Authority) -> Result<Identity, rcgen::Error> {
    let key = KeyPair::generate()?;
    let certificate = params.clone().signed_by(&key, by)?;
    Ok(Identity { certificate: certificate.pem(), key: key.serialize_pem() })
}

#[cfg(all(test, feature = "servers"))]
mod tests {
    use std::net::TcpStream;

    use super::{Identity, certificates};
    use crate::matrix::{Row, matrix};
    use crate::raw::Raw;
    use crate::server::{Server, ServerOptions, shared};

    /// What a client that trusts the tests' authority gets from `PING`.
    fn ping(server: &Server, client: Option<&Identity>) -> Result<String, String> {
        let authority = certificates().authority.as_bytes();
        let authority = native_tls::Certificate::from_pem(authority).expect("authority");
        let mut connector = native_tls::TlsConnector::builder();
        connector.disable_built_in_roots(true).add_root_certificate(authority);
        if let Some(client) = client {
            let (certificate, key) = (client.certificate.as_bytes(), client.key.as_bytes());
            let identity = native_tls::Identity::from_pkcs8(certificate, key).expect("identity");
            connector.identity(identity);
        }
        let connector = connector.build().expect("connector");
        let stream = TcpStream::connect(server.tls_address()).expect("tcp");
        let stream = connector.connect("localhost", stream).map_err(|error| error.to_string())?;
        let reply = Raw::over(stream).try_call(&["PING"]).map_err(|error| error.to_string())?;
        Ok(reply.text())
    }

    /// A server with TLS for each row that has it.
    fn each(start: impl Fn(ServerOptions) -> ServerOptions) -> impl Iterator<Item = Server> {
        let rows = matrix().iter().filter(|row: &&Row| row.has_tls());
        rows.map(move |row| start(Server::of(row)).start())
    }

    #[test]
    fn the_servers_certificate_is_trusted_on_every_row() {
        for row in matrix().iter().filter(|row| row.has_tls()) {
            assert_eq!(ping(shared(row), None).as_deref(), Ok("PONG"), "{row:?}");
        }
    }

    #[test]
    fn an_expired_an_elsewhere_and_an_others_certificate_are_refused() {
        let made = certificates();
        for identity in [&made.expired, &made.elsewhere, &made.other_server] {
            for server in each(|options| options.tls_as(identity)).take(1) {
                assert!(ping(&server, None).is_err());
            }
        }
    }

    #[test]
    fn mutual_tls_wants_a_client_of_the_same_authority() {
        for server in each(ServerOptions::mutual_tls) {
            assert!(ping(&server, None).is_err());
            assert!(ping(&server, Some(&certificates().other_client)).is_err());
            let trusted = ping(&server, Some(&certificates().client));
            assert_eq!(trusted.as_deref(), Ok("PONG"));
        }
    }
}
