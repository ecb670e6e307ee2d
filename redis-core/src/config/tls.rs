//! TLS wishes, as data: no TLS library is named here.

/// How TLS is spoken. By default the certificate and the host name are verified against the system's
/// authorities.
#[derive(Clone, PartialEq, Eq)]
pub struct TlsOptions {
    pub(crate) authorities: Vec<Vec<u8>>,
    pub(crate) identity: Option<(Vec<u8>, Vec<u8>)>,
    pub(crate) server_name: Option<String>,
    pub(crate) min_version: Option<TlsVersion>,
    pub(crate) verification: TlsVerification,
}

/// The oldest version of TLS that is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
}

/// What is verified of the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsVerification {
    /// The certificate and the host name.
    #[default]
    Full,
    /// The certificate alone: any host that the authority has signed for is believed.
    InsecureWithoutHostName,
    /// Nothing: whoever answers is believed.
    InsecureNone,
}
