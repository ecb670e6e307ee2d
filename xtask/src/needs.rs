//! What building needs beyond the Rust toolchain, and whether this machine has it: the headers of
//! OpenSSL, which native-tls is linked to where the platform has no TLS of its own.

use std::process::Command;

use crate::apt;
use crate::process;

/// Can TLS be built here?
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tls {
    /// Yes.
    Buildable,
    /// No, and this is why and what to do.
    Missing(String),
}

/// Sees to it that TLS can be built, by installing what is missing if that is allowed.
pub(crate) fn tls() -> Tls {
    if has_openssl() {
        return Tls::Buildable;
    }
    let advice = "OpenSSL's headers and pkg-config are missing (Debian: libssl-dev pkg-config; \
                  Fedora: openssl-devel pkgconf)";
    match apt::may_install().and_then(|()| apt::install(&["libssl-dev", "pkg-config"])) {
        Ok(()) if has_openssl() => Tls::Buildable,
        Ok(()) => Tls::Missing(format!("{advice}, although they were just installed")),
        Err(why) => Tls::Missing(format!("{advice}; {why}")),
    }
}

fn has_openssl() -> bool {
    // macOS and Windows have their own; whoever sets the directory knows where theirs is
    if cfg!(any(target_vendor = "apple", windows)) || std::env::var_os("OPENSSL_DIR").is_some() {
        return true;
    }
    process::read(Command::new("pkg-config").args(["--exists", "openssl"])).is_ok()
}
