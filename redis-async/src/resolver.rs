//! From host names to addresses.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;

/// A future on the heap: what traits that users implement return.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Turns a host name into addresses, anew at every connect.
///
/// # Example: a fixed table
///
/// ```
/// use redis_async::{BoxFuture, Resolver};
/// use std::net::SocketAddr;
///
/// struct Fixed(SocketAddr);
///
/// impl Resolver for Fixed {
///     fn resolve<'a>(
///         &'a self,
///         _host: &'a str,
///         _port: u16,
///     ) -> BoxFuture<'a, std::io::Result<Vec<SocketAddr>>> {
///         Box::pin(async move { Ok(vec![self.0]) })
///     }
/// }
/// ```
pub trait Resolver: Send + Sync {
    /// The addresses of `host`, in the order in which they are to be tried.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from knowing; the connect fails with it.
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        port: u16,
    ) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>>;
}

/// The system's resolver, asked on a thread where asking blocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        port: u16,
    ) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
    }
}
