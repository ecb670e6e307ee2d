//! TLS wishes, as data: no TLS library is named here.

use crate::error::{Error, Result};
use std::fmt;
use std::path::{Path, PathBuf};

/// How TLS is spoken. By default the certificate and the host name are verified against the system's
/// authorities.
///
/// Files named here are read when the configuration is built.
///
/// # Example: an authority and a client certificate of one's own
///
/// ```
/// use redis_sync::TlsOptions;
///
/// let options = TlsOptions::new()
///     .with_authority_file("/etc/redis/ca.crt")
///     .with_identity_files("/etc/redis/client.crt", "/etc/redis/client.key");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct TlsOptions {
    pub(super) authorities: Vec<Vec<u8>>,
    pub(super) identity: Option<TlsIdentity>,
    pub(super) files: TlsFiles,
    pub(super) server_name: Option<String>,
    pub(super) min_version: TlsVersion,
    pub(super) verification: TlsVerification,
}

/// Who the client is to the server: a certificate chain and its key, in PEM. The key is never printed.
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct TlsIdentity {
    certificates: Vec<u8>,
    key: Vec<u8>,
}

/// What is still to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TlsFiles {
    pub(super) authority: Option<PathBuf>,
    pub(super) certificate: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
}

/// The oldest version of TLS that is accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.2.
    #[default]
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

impl TlsIdentity {
    /// A certificate chain and its PKCS #8 key, both in PEM.
    pub fn new(certificates: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        Self { certificates: certificates.into(), key: key.into() }
    }

    /// The certificate chain, in PEM.
    #[inline]
    pub fn certificates(&self) -> &[u8] {
        &self.certificates
    }

    /// The PKCS #8 key, in PEM.
    #[inline]
    pub fn key(&self) -> &[u8] {
        &self.key
    }
}

impl fmt::Debug for TlsIdentity {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsIdentity(***)")
    }
}

impl TlsOptions {
    /// The defaults.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, trusting this authority (PEM, one certificate or several) and others that are named, and
    /// no longer the system's.
    pub fn with_authority(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.authorities.push(pem.into());
        self
    }

    /// The same, trusting the authorities in this PEM file and others that are named, and no longer the
    /// system's.
    pub fn with_authority_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.files.authority = Some(path.into());
        self
    }

    /// The same with a client certificate.
    #[inline]
    pub fn with_identity(mut self, identity: TlsIdentity) -> Self {
        self.identity = Some(identity);
        self
    }

    /// The same with a client certificate and its PKCS #8 key in these PEM files.
    pub fn with_identity_files(
        mut self,
        certificates: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Self {
        self.files.certificate = Some(certificates.into());
        self.files.key = Some(key.into());
        self
    }

    /// The same, asking for and verifying this name instead of the host's.
    pub fn with_server_name(mut self, name: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self
    }

    /// The same, refusing versions older than this one.
    #[inline]
    pub fn with_min_version(mut self, version: TlsVersion) -> Self {
        self.min_version = version;
        self
    }

    /// The same with another verification of the server; less than the default is insecure.
    #[inline]
    pub fn with_verification(mut self, verification: TlsVerification) -> Self {
        self.verification = verification;
        self
    }

    /// Whether the system's authorities are trusted: who names authorities trusts these and no others.
    #[inline]
    pub fn trusts_system(&self) -> bool {
        self.authorities.is_empty()
    }

    /// The authorities that are trusted instead of the system's, in PEM.
    #[inline]
    pub fn authorities(&self) -> impl Iterator<Item = &[u8]> {
        self.authorities.iter().map(Vec::as_slice)
    }

    /// The client certificate, if there is one.
    #[inline]
    pub fn identity(&self) -> Option<&TlsIdentity> {
        self.identity.as_ref()
    }

    /// The name to ask for and verify; `None` is the host's.
    #[inline]
    pub fn server_name(&self) -> Option<&str> {
        self.server_name.as_deref()
    }

    /// The oldest version that is accepted. Default: TLS 1.2.
    #[inline]
    pub fn min_version(&self) -> TlsVersion {
        self.min_version
    }

    /// What is verified of the server. Default: certificate and host name.
    #[inline]
    pub fn verification(&self) -> TlsVerification {
        self.verification
    }

    /// Reads the files.
    #[inline]
    pub(super) fn load(&mut self) -> Result<()> {
        if let Some(path) = &self.files.authority {
            let pem = read("tls_ca_file", path)?;
            if !self.authorities.contains(&pem) {
                self.authorities.push(pem);
            }
        }
        match (&self.files.certificate, &self.files.key) {
            (Some(certificate), Some(key)) => {
                let certificate = read("tls_cert_file", certificate)?;
                self.identity = Some(TlsIdentity::new(certificate, read("tls_key_file", key)?));
                Ok(())
            }
            (Some(_), None) => Err(Error::config("`tls_cert_file` needs `tls_key_file`")),
            (None, Some(_)) => Err(Error::config("`tls_key_file` needs `tls_cert_file`")),
            (None, None) => Ok(()),
        }
    }
}

impl fmt::Debug for TlsOptions {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsOptions")
            .field("authorities", &self.authorities.len())
            .field("identity", &self.identity)
            .field("files", &self.files)
            .field("server_name", &self.server_name)
            .field("min_version", &self.min_version)
            .field("verification", &self.verification)
            .finish()
    }
}

#[inline]
fn read(setting: &str, path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        let message = format!("`{setting}`: cannot read {}: {error}", path.display());
        Error::config(message).with_source(error)
    })
}
