//! From an endpoint to an open stream.
//!
//! This module decides in which order addresses are tried and how the time is shared among them. TLS
//! and the handshake come after it, whatever connector made the stream.

use crate::resolver::{BoxFuture, Resolver, SystemResolver};
use crate::transport::{self, Stream};
use redis_core::config::{Endpoint, SocketOptions};
use redis_core::{Error, ErrorKind, Result, TimeoutKind};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Opens streams: the seam for proxies, tunnels, in-memory servers and other TLS libraries.
///
/// # Example: a server in the same process
///
/// ```
/// use redis_async::{BoxFuture, Connector, Endpoint, Result, SocketOptions, Stream};
///
/// struct InMemory;
///
/// impl Connector for InMemory {
///     fn connect<'a>(
///         &'a self,
///         _endpoint: &'a Endpoint,
///         _options: &'a SocketOptions,
///     ) -> BoxFuture<'a, Result<Stream>> {
///         Box::pin(async {
///             let (client, server) = tokio::io::duplex(4096);
///             drop(server); // a server would serve this end
///             Ok(Stream::new(client))
///         })
///     }
/// }
/// ```
pub trait Connector: Send + Sync {
    /// Opens a stream to `endpoint`. Where TLS is configured, it is spoken over that stream.
    ///
    /// The client applies its connect timeout to the whole.
    ///
    /// # Errors
    ///
    /// Why there is none; [`ErrorKind::Connect`] where nobody answered.
    fn connect<'a>(
        &'a self,
        endpoint: &'a Endpoint,
        options: &'a SocketOptions,
    ) -> BoxFuture<'a, Result<Stream>>;
}

/// Opens TCP and unix sockets, as one would expect.
#[derive(Clone)]
pub struct DirectConnector {
    resolver: Arc<dyn Resolver>,
}

impl DirectConnector {
    /// A connector that finds addresses by `resolver`.
    pub fn new(resolver: impl Resolver + 'static) -> Self {
        Self { resolver: Arc::new(resolver) }
    }
}

impl Default for DirectConnector {
    fn default() -> Self {
        Self::new(SystemResolver)
    }
}

impl Connector for DirectConnector {
    fn connect<'a>(
        &'a self,
        endpoint: &'a Endpoint,
        options: &'a SocketOptions,
    ) -> BoxFuture<'a, Result<Stream>> {
        Box::pin(async move {
            match endpoint {
                Endpoint::Tcp { host, port } => {
                    connect_tcp(&*self.resolver, host, *port, options).await
                }
                #[cfg(unix)]
                Endpoint::Unix(path) => transport::unix::connect(path).await.map_err(|error| {
                    Error::new(
                        ErrorKind::Connect,
                        format!("cannot connect to {}: {error}", path.display()),
                    )
                    .with_source(error)
                }),
                _ => Err(Error::config("this platform has no such sockets")),
            }
        })
    }
}

/// Longer than it takes to say what was tried.
const A_MOMENT: Duration = Duration::from_millis(10);

async fn connect_tcp(
    resolver: &dyn Resolver,
    host: &str,
    port: u16,
    options: &SocketOptions,
) -> Result<Stream> {
    let started = Instant::now();
    let addresses = resolver.resolve(host, port).await.map_err(|error| {
        Error::new(ErrorKind::Connect, format!("cannot resolve `{host}`: {error}"))
            .with_source(error)
    })?;
    let mut tried = Tried::default();
    for (at, &address) in addresses.iter().enumerate() {
        let share = options.connect_timeout().map(|whole| {
            let left = whole.saturating_sub(started.elapsed());
            // the whole ends a moment later, or nobody would tell what was tried
            let left = left.saturating_sub((left / 16).min(A_MOMENT));
            // an address that swallows everything must leave the others their chance
            Instant::now() + left / u32::try_from(addresses.len() - at).unwrap_or(u32::MAX)
        });
        let attempt = transport::tcp::connect(address, options);
        let outcome = match share {
            Some(share) => timeout_at(share, attempt).await.unwrap_or_else(|_| {
                Err(io::Error::new(io::ErrorKind::TimedOut, "no answer in its share of the time"))
            }),
            None => attempt.await,
        };
        match outcome {
            Ok(stream) => return Ok(stream),
            Err(error) => tried.push(address, error),
        }
    }
    Err(tried.into_error(host))
}

/// The addresses that were tried, each with what came of it.
#[derive(Default)]
struct Tried {
    list: Vec<String>,
    /// The first reason that is not lack of time, or else the first.
    telling: Option<io::Error>,
}

impl Tried {
    fn push(&mut self, address: SocketAddr, error: io::Error) {
        self.list.push(format!("{address}: {error}"));
        if self.telling.as_ref().is_none_or(|known| lacked_time(known) && !lacked_time(&error)) {
            self.telling = Some(error);
        }
    }

    /// One error that lists each address with its reason. It is a timeout if nothing but time was lacking.
    fn into_error(self, host: &str) -> Error {
        let message = match self.list.as_slice() {
            [] => format!("`{host}` has no address"),
            [one] => format!("cannot connect to {one}"),
            many => format!("cannot connect to any address of `{host}`: {}", many.join("; ")),
        };
        match self.telling {
            None => Error::new(ErrorKind::Connect, message),
            Some(error) if lacked_time(&error) => {
                Error::timeout(TimeoutKind::Connect, message).with_source(error)
            }
            Some(error) => Error::new(ErrorKind::Connect, message).with_source(error),
        }
    }
}

fn lacked_time(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::TimedOut
}
