//! Opening a connection that is ready for commands: socket, TLS, greeting, the user's hooks.

use crate::connection::Connection;
use crate::connector::Connector;
use crate::link::{Link, within};
use crate::resolver::BoxFuture;
use crate::transport::Stream;
#[cfg(feature = "tls")]
use crate::transport::tls::Tls;
use redis_core::config::{Config, LibraryInfo};
use redis_core::connection::Protocol;
use redis_core::event::{CloseReason, Event};
use redis_core::fork::{self, Descriptors};
use redis_core::pool::{Home, Residue};
use redis_core::{Delivery, Error, ErrorKind, Result, TimeoutKind};
use std::sync::{Arc, OnceLock};
use tokio::sync::Notify;
use tokio::time::Instant;

/// What is run on each new connection before it serves.
pub(crate) type Hook = dyn for<'c> Fn(&'c Connection) -> BoxFuture<'c, Result<()>> + Send + Sync;

/// How connections are opened, all in the same way.
pub(crate) struct Dialer {
    pub(crate) config: Config,
    connector: Arc<dyn Connector>,
    hooks: Vec<Arc<Hook>>,
    /// What the hooks did to a connection, the same for all.
    prepared: OnceLock<Residue>,
    /// Whether anybody measures; where not, no clock is read.
    pub(crate) recording: bool,
    #[cfg(feature = "tls")]
    tls: OnceLock<Tls>,
}

impl Dialer {
    pub(crate) fn new(
        config: Config,
        connector: Arc<dyn Connector>,
        hooks: Vec<Arc<Hook>>,
    ) -> Self {
        let own = LibraryInfo::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        let config = config.with_default_library(own);
        Self {
            recording: config.recorder().is_enabled(),
            config,
            connector,
            hooks,
            prepared: OnceLock::new(),
            #[cfg(feature = "tls")]
            tls: OnceLock::new(),
        }
    }

    /// The same for another database.
    #[inline]
    pub(crate) fn with_database(&self, database: u32) -> Self {
        let config = self.config.with_database(database);
        Self::new(config, Arc::clone(&self.connector), self.hooks.clone())
    }

    /// What a connection is like when nobody uses it.
    pub(crate) fn home(&self) -> Home {
        let mut home = Home::default();
        home.database = self.config.database();
        home.client_name = self.config.client_name().unwrap_or_default().to_owned();
        home.prepared = self.prepared.get().copied().unwrap_or_default();
        home
    }

    async fn stream(&self) -> Result<Stream> {
        let config = &self.config;
        let stream = self.connector.connect(config.endpoint(), config.socket()).await?;
        if config.tls().is_none() { Ok(stream) } else { self.secure(stream).await }
    }

    #[cfg(feature = "tls")]
    async fn secure(&self, stream: Stream) -> Result<Stream> {
        use redis_core::config::Endpoint;
        let host = match self.config.endpoint() {
            Endpoint::Tcp { host, .. } => host,
            _ => "localhost",
        };
        let tls = match self.tls.get() {
            Some(tls) => tls,
            None => {
                let made = Tls::new(&self.config.tls().cloned().unwrap_or_default())?;
                self.tls.get_or_init(|| made)
            }
        };
        tls.connect(stream, host).await
    }

    #[cfg(not(feature = "tls"))]
    async fn secure(&self, _: Stream) -> Result<Stream> {
        Err(Error::config("TLS is configured, but the feature `tls` of this crate is off"))
    }
}

/// Opens connections for one client in one process.
pub(crate) struct Opener {
    dialer: Arc<Dialer>,
    descriptors: Arc<Descriptors>,
    process: u32,
    /// Wakes who closes the client and waits for its parts to end.
    changed: Notify,
}

impl Opener {
    pub(crate) fn new(dialer: Arc<Dialer>) -> Self {
        Self {
            dialer,
            descriptors: Arc::new(Descriptors::new()),
            process: fork::process(),
            changed: Notify::new(),
        }
    }

    #[inline]
    pub(crate) fn dialer(&self) -> &Arc<Dialer> {
        &self.dialer
    }

    pub(crate) fn descriptors(&self) -> &Arc<Descriptors> {
        &self.descriptors
    }

    /// Told whenever a part of a client that is being closed has ended.
    pub(crate) fn changed(&self) -> &Notify {
        &self.changed
    }

    /// Refuses to go on in a process that was made without running the fork handlers.
    pub(crate) fn check_process(&self) -> Result<()> {
        if self.process == fork::process() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Forked,
            "this process was made by a bare `clone` system call, which cannot be noticed in time: use `fork`",
        ))
    }

    /// Opens a connection, greets the server and runs the user's hooks. Whatever fails, no command was
    /// sent.
    ///
    /// In a box, so that all of connecting is compiled once and not for everybody who waits for it.
    pub(crate) fn open(&self) -> BoxFuture<'_, Result<Link>> {
        Box::pin(self.opened())
    }

    async fn opened(&self) -> Result<Link> {
        self.check_process()?;
        let config = &self.dialer.config;
        let endpoint = config.endpoint();
        config.events().emit_with(|| Event::Connecting { endpoint: endpoint.clone() });
        let started = Instant::now();
        match self.greeted().await {
            Ok(link) => {
                config.recorder().connection_opened(started.elapsed());
                Ok(link)
            }
            Err(error) => {
                let error = error.with_endpoint(endpoint).with_delivery(Delivery::NotSent);
                config.recorder().connection_failed(error.kind());
                config.events().emit_with(|| Event::ConnectFailed {
                    endpoint: endpoint.clone(),
                    error: error.clone(),
                });
                Err(error)
            }
        }
    }

    async fn greeted(&self) -> Result<Link> {
        let config = &self.dialer.config;
        let limit = config.socket().connect_timeout();
        let stream = within(limit, TimeoutKind::Connect, self.dialer.stream()).await?;
        let mut link = Link::new(stream, self);
        config.events().emit_with(|| Event::Connected {
            connection: link.id(),
            endpoint: config.endpoint().clone(),
            peer: match link.stream.peer() {
                Some(peer) => peer.to_string(),
                None => config.endpoint().to_string(),
            },
        });
        let limit = config.response_timeout().or(limit);
        if let Err(error) = within(limit, TimeoutKind::Handshake, link.greet()).await {
            let error = link.with_facts(error);
            link.close_with(CloseReason::Broken, Some(&error));
            return Err(error);
        }
        config.events().emit_with(|| Event::HandshakeDone {
            connection: link.id(),
            protocol: match link.server().protocol() {
                Protocol::Resp2 => 2,
                _ => 3,
            },
            server: link.server_name(),
        });
        let mut link = self.prepared(link).await?;
        if let Err(error) = link.expect_silence() {
            link.close_with(CloseReason::Broken, Some(&error));
            return Err(error);
        }
        Ok(link)
    }

    /// Runs the user's hooks.
    async fn prepared(&self, link: Link) -> Result<Link> {
        if self.dialer.hooks.is_empty() {
            return Ok(link);
        }
        let connection = Connection::unpooled(link);
        for hook in &self.dialer.hooks {
            hook(&connection).await?;
        }
        let mut link = connection.into_link().ok_or_else(|| {
            Error::new(ErrorKind::Misuse, "an `on_connect` hook left a command unfinished")
        })?;
        let residue = std::mem::take(&mut link.residue);
        self.dialer.prepared.get_or_init(|| residue);
        Ok(link)
    }
}
