//! Opening a connection that is ready for commands: socket, TLS, greeting, the user's hooks.

use crate::connection::Connection;
use crate::connector::Connector;
use crate::link::Link;
#[cfg(feature = "tls")]
use crate::transport::TlsContext;
use crate::transport::captured::{self, Captured};
use crate::transport::{Timed, Wire};
use redis_core::config::Config;
use redis_core::connection::{Handshake, Protocol};
use redis_core::drive::blocking;
use redis_core::event::{ConnectionId, Event};
use redis_core::fork::Descriptors;
use redis_core::pool::{Home, Residue};
use redis_core::retry::shorter;
use redis_core::{Delivery, Error, Result};
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What is run on each new connection before it serves.
pub(crate) type Hook = dyn Fn(&Connection) -> Result<()> + Send + Sync;

/// Opens connections, all in the same way.
pub(crate) struct Dialer {
    pub(crate) config: Config,
    connector: Arc<dyn Connector>,
    hooks: Vec<Arc<Hook>>,
    /// What the hooks did to a connection, the same for all.
    prepared: OnceLock<Residue>,
    #[cfg(feature = "tls")]
    tls: OnceLock<TlsContext>,
}

impl Dialer {
    pub(crate) fn new(
        config: Config,
        connector: Arc<dyn Connector>,
        hooks: Vec<Arc<Hook>>,
    ) -> Self {
        Self {
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

    /// Opens a connection, in so long at most if that is less than the timeouts allow. Whatever fails, no
    /// command was sent.
    pub(crate) fn dial_within(
        &self,
        descriptors: &Arc<Descriptors>,
        limit: Option<Duration>,
    ) -> Result<Link> {
        static OPENED: AtomicU64 = AtomicU64::new(1);
        let begun = Instant::now();
        let id = ConnectionId::new(OPENED.fetch_add(1, Ordering::Relaxed));
        let opened = self.open(id, begun, descriptors, limit).and_then(|link| self.prepare(link));
        match opened.and_then(|mut link| link.expect_silence().map(|()| link)) {
            Ok(link) => {
                self.config.recorder().connection_opened(begun.elapsed());
                Ok(link)
            }
            Err(error) => Err(self.failed(error, begun, limit)),
        }
    }

    /// What a connection is like when nobody uses it.
    pub(crate) fn home(&self) -> Home {
        let mut home = Home::default();
        home.database = self.config.database();
        home.client_name = self.config.client_name().unwrap_or_default().to_owned();
        home.prepared = self.prepared.get().copied().unwrap_or_default();
        home
    }

    fn open(
        &self,
        id: ConnectionId,
        begun: Instant,
        descriptors: &Arc<Descriptors>,
        limit: Option<Duration>,
    ) -> Result<Link> {
        let config = &self.config;
        // asked anew each time: tokens expire
        let credentials =
            config.credentials().map(|provider| provider.credentials()).transpose()?;
        let events = config.events();
        events.emit(Event::Connecting { endpoint: config.endpoint().clone() });
        let wire = self.wire(begun, descriptors, limit)?;
        if !events.is_empty() {
            let peer = wire.timed().stream().peer();
            let peer = peer.unwrap_or_else(|| config.endpoint().to_string());
            let endpoint = config.endpoint().clone();
            events.emit(Event::Connected { connection: id, endpoint, peer });
        }
        let wire = match config.capture().open(id, captured::now, config.endpoint()) {
            None => wire,
            Some(onlooker) => Wire::Captured(Box::new(Captured::new(wire, onlooker))),
        };
        let buffer = (config.socket().read_buffer(), config.limits());
        let mut link =
            Link::new(wire, id, buffer, (config.pushes().clone(), config.events().clone()));
        // a peer that never greets must not hold the caller for ever
        let usual = config.response_timeout().or_else(|| config.socket().connect_timeout());
        let left = limit.map(|limit| limit.saturating_sub(begun.elapsed()));
        link.begin(shorter(usual, left));
        let done = blocking::handshake(&mut link, Handshake::new(config, credentials))?;
        for refused in done.refused {
            let (step, error) = (refused.step, refused.error);
            events.emit(Event::HandshakeStepRefused { connection: id, step, error });
        }
        link.set_ready(done.server);
        if !events.is_empty() {
            let server = link.server();
            events.emit(Event::HandshakeDone {
                connection: id,
                protocol: if server.protocol() == Protocol::Resp3 { 3 } else { 2 },
                server: server.version().map(Into::into),
            });
        }
        Ok(link)
    }

    /// An open stream, with TLS if it is asked for, by the connect timeout.
    fn wire(
        &self,
        begun: Instant,
        descriptors: &Arc<Descriptors>,
        limit: Option<Duration>,
    ) -> Result<Wire> {
        let config = &self.config;
        let time = shorter(config.socket().connect_timeout(), limit);
        #[cfg(feature = "tls")]
        let tls = config.tls().map(|options| self.tls_context(options)).transpose()?;
        #[cfg(not(feature = "tls"))]
        if config.tls().is_some() {
            return Err(Error::config("TLS is asked for, and the feature `tls` is off"));
        }
        let deadline = time.and_then(|time| begun.checked_add(time));
        let stream = self.connector.connect(config.endpoint(), config.socket(), deadline)?;
        let mut timed = Timed::new(stream);
        // before anything else is waited for: another thread may fork meanwhile
        timed.register(descriptors);
        #[cfg(feature = "tls")]
        if let Some(tls) = tls {
            timed.begin(begun, time);
            return Ok(Wire::Tls(Box::new(tls.connect(timed)?)));
        }
        timed.begin(begun, None);
        Ok(Wire::Plain(timed))
    }

    /// Not by `get_or_init`, which a thread could be in the middle of when another forks.
    #[cfg(feature = "tls")]
    fn tls_context(&self, options: &redis_core::config::TlsOptions) -> Result<&TlsContext> {
        if self.tls.get().is_none() {
            let _ = self.tls.set(TlsContext::new(options, self.config.endpoint())?);
        }
        self.tls.get().ok_or_else(|| Error::config("TLS is not set up"))
    }

    /// Runs the user's hooks on a connection that is not the pool's yet.
    fn prepare(&self, link: Link) -> Result<Link> {
        if self.hooks.is_empty() {
            return Ok(link);
        }
        let connection = Connection::unpooled(link, self.config.response_timeout());
        for hook in &self.hooks {
            hook(&connection)?;
        }
        let (link, residue) = connection.into_link()?;
        let _ = self.prepared.set(residue);
        Ok(link)
    }

    #[cold]
    fn failed(&self, error: Error, begun: Instant, limit: Option<Duration>) -> Error {
        let endpoint = self.config.endpoint();
        self.config.recorder().connection_failed(error.kind());
        let allowed = shorter(self.config.socket().connect_timeout(), limit);
        let mut error = error.with_endpoint(endpoint).with_facts(|facts| {
            if let (None, Some(allowed)) = (facts.in_flight, allowed) {
                facts.waited(begun.elapsed(), allowed);
            }
        });
        if error.delivery() != Delivery::NotSent {
            // of the handshake that may be; of the caller's command not a byte was written
            error = error.with_delivery(Delivery::NotSent);
        }
        let event = Event::ConnectFailed { endpoint: endpoint.clone(), error: error.clone() };
        self.config.events().emit(event);
        error
    }
}
