//! Opening a TCP connection: every address in turn, under one timeout.

#[cfg(unix)]
use super::shared::Shared;
use super::{connect_error, is_timeout, left, poll};
#[cfg(unix)]
use crate::connector::Duplex;
use crate::connector::Stream;
use crate::resolver::Resolver;
use redis_core::config::SocketOptions;
use redis_core::{Error, ErrorKind, Result};
use socket2::{Domain, Protocol, Socket, TcpKeepalive, Type};
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Longer than any connect takes; the system wants some number.
const FOR_EVER: Duration = Duration::from_secs(24 * 3600);

/// Resolves the host and tries each address until one answers.
///
/// Each address may take its fair share of what is left of the time: a first one that is silent does
/// not keep a second one from being tried.
pub(super) fn open(
    host: &str,
    port: u16,
    resolver: &dyn Resolver,
    options: &SocketOptions,
    deadline: Option<Instant>,
) -> Result<Box<dyn Stream>> {
    let addresses = resolver.resolve(host, port).map_err(|error| {
        Error::new(ErrorKind::Connect, format!("cannot resolve `{host}`: {error}"))
            .with_source(error)
    })?;
    let mut failures = Vec::new();
    for (tried, &address) in addresses.iter().enumerate() {
        let untried = u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
        let attempt = left(deadline).and_then(|left| {
            connect(address, options, left.map_or(FOR_EVER, |left| left / untried))
        });
        match attempt {
            #[cfg(unix)]
            Ok(socket) => return Ok(Box::new(Shared::new(socket))),
            #[cfg(not(unix))]
            Ok(socket) => return Ok(Box::new(TcpStream::from(socket))),
            Err(error) => failures.push((address, error)),
        }
    }
    Err(all_failed(host, failures))
}

/// Sets the options first: some, such as buffer sizes, count only before the connect.
fn connect(address: SocketAddr, options: &SocketOptions, time: Duration) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_tcp_nodelay(options.nodelay())?;
    if let Some(keepalive) = options.keepalive() {
        let probes = TcpKeepalive::new().with_time(keepalive.idle);
        #[cfg(not(any(target_os = "openbsd", target_os = "haiku", target_os = "solaris")))]
        let probes = probes.with_interval(keepalive.interval).with_retries(keepalive.count);
        socket.set_tcp_keepalive(&probes)?;
    }
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    if let Some(timeout) = options.user_timeout() {
        socket.set_tcp_user_timeout(Some(timeout))?;
    }
    socket.connect_timeout(&address.into(), time)?;
    Ok(socket)
}

/// One error that lists each address with its reason. It is a timeout if nothing but time was lacking.
fn all_failed(host: &str, failures: Vec<(SocketAddr, io::Error)>) -> Error {
    let list: Vec<String> =
        failures.iter().map(|(address, error)| format!("{address}: {}", reason(error))).collect();
    let only_time_lacked = failures.iter().all(|(_, error)| is_timeout(error));
    let message = match list.as_slice() {
        [] => format!("`{host}` has no address"),
        [one] => format!("cannot connect to {one}"),
        many => format!("cannot connect to any address of `{host}`: {}", many.join("; ")),
    };
    let telling =
        failures.into_iter().map(|(_, error)| error).find(|e| only_time_lacked || !is_timeout(e));
    match telling {
        Some(error) => connect_error(message, error),
        None => Error::new(ErrorKind::Connect, message),
    }
}

fn reason(error: &io::Error) -> String {
    if is_timeout(error) { "no answer in time".to_owned() } else { error.to_string() }
}

impl Stream for TcpStream {
    #[inline]
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        Self::set_read_timeout(self, timeout)
    }

    #[inline]
    fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        Self::set_write_timeout(self, timeout)
    }

    #[inline]
    fn is_readable(&mut self) -> io::Result<bool> {
        poll::is_readable(self)
    }

    #[cfg(unix)]
    #[inline]
    fn duplex(&mut self) -> Option<&mut dyn Duplex> {
        Some(self)
    }

    #[cfg(unix)]
    #[inline]
    fn unread(&mut self) -> Option<usize> {
        poll::unread(self)
    }

    #[inline]
    fn peer(&self) -> Option<String> {
        self.peer_addr().ok().map(|address| address.to_string())
    }

    #[cfg(unix)]
    #[inline]
    fn descriptor(&self) -> Option<std::os::fd::RawFd> {
        Some(std::os::fd::AsRawFd::as_raw_fd(self))
    }
}

#[cfg(unix)]
impl Duplex for TcpStream {
    #[inline]
    fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        poll::try_write(self, bytes)
    }

    #[inline]
    fn wait(&mut self, time: Option<Duration>) -> io::Result<bool> {
        poll::wait(self, time)
    }
}
