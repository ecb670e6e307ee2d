//! From a host name to addresses.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};

/// Finds the addresses of a host, anew at every connect.
pub trait Resolver: Send + Sync {
    /// The addresses of `host`, the preferred one first. Each is tried in turn.
    ///
    /// # Errors
    ///
    /// Whatever keeps the name from being resolved.
    fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
}

/// The operating system's resolver.
///
/// It cannot be interrupted: how long it waits for a name server is the system's own setting, and the
/// connect timeout is looked at when it has answered.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok((host, port).to_socket_addrs()?.collect())
    }
}
