//! Real servers for tests: one that all tests of a process share, or one of a test's own with the
//! options it wants.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

#[cfg(feature = "tls")]
use crate::certificates::{Identity, certificates};
use crate::launch::{Launch, Process};
use crate::matrix::{self, Row};
use crate::raw::Raw;
use crate::scratch::Scratch;

/// A running server, ended on drop.
#[derive(Debug)]
#[must_use = "the server is ended on drop"]
pub struct Server {
    row: &'static Row,
    process: Process,
    password: Option<String>,
}

/// What a server of a test's own is started with.
#[derive(Debug)]
#[must_use = "nothing is started yet"]
pub struct ServerOptions {
    row: &'static Row,
    arguments: Vec<String>,
    password: Option<String>,
    #[cfg(feature = "tls")]
    tls: Option<Tls>,
}

#[cfg(feature = "tls")]
#[derive(Debug)]
struct Tls {
    identity: Identity,
    clients: &'static str,
}

/// The server of this row that all tests of the process share, or `None` after saying on the error
/// output that the row is skipped.
///
/// Tests run in parallel on it: each keeps to [keys of its own](unique) and changes no setting.
///
/// # Panics
/// If the server cannot be started.
#[must_use]
pub fn server_for(row: &str) -> Option<&'static Server> {
    matrix::row(row).map(shared)
}

/// The server of this row that all tests of the process share; it has a TLS port if it can.
///
/// # Panics
/// If the server cannot be started.
pub fn shared(row: &'static Row) -> &'static Server {
    type Cell = &'static OnceLock<Server>;
    static SHARED: Mutex<BTreeMap<&'static str, Cell>> = Mutex::new(BTreeMap::new());
    let cell = {
        let mut cells = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        *cells.entry(row.name()).or_insert_with(|| Box::leak(Box::default()))
    };
    cell.get_or_init(|| {
        let options = Server::of(row);
        #[cfg(feature = "tls")]
        let options = if row.has_tls() { options.tls() } else { options };
        options.start()
    })
}

/// A name that no other test uses, beginning with `name`.
#[must_use]
pub fn unique(name: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{name}:{}:{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

impl Server {
    /// A server of a test's own, of this row.
    pub fn of(row: &'static Row) -> ServerOptions {
        ServerOptions {
            row,
            arguments: Vec::new(),
            password: None,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }

    /// Its row of the matrix.
    #[must_use]
    pub fn row(&self) -> &'static Row {
        self.row
    }

    /// Where it listens for plain TCP; on ::1 as well where there is IPv6.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.process.address()
    }

    /// Where it listens for TLS.
    ///
    /// # Panics
    /// If it was started without.
    #[must_use]
    pub fn tls_address(&self) -> SocketAddr {
        self.process.tls_address().unwrap_or_else(|| panic!("{} has no TLS port", self.row.name()))
    }

    /// Its unix socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.process.socket()
    }

    /// `redis://127.0.0.1:port`, without a password.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://{}", self.address())
    }

    /// `rediss://localhost:port`, without a password.
    #[must_use]
    pub fn tls_url(&self) -> String {
        format!("rediss://localhost:{}", self.tls_address().port())
    }

    /// `unix:///path/of/the/socket`, without a password.
    #[must_use]
    pub fn unix_url(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// Its working directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.process.directory()
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// What it has written to its log so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// A connection of the witness, with the password if there is one.
    ///
    /// # Panics
    /// If it cannot connect.
    #[must_use]
    #[track_caller]
    pub fn raw(&self) -> Raw {
        #[cfg(unix)]
        let connected = Raw::unix(&self.socket());
        #[cfg(not(unix))]
        let connected = Raw::tcp(self.address());
        let mut raw = connected.unwrap_or_else(|error| panic!("no witness: {error}"));
        if let Some(password) = &self.password {
            let _ = raw.call(&["AUTH", password]);
        }
        raw
    }

    /// Ends it at once, as a crash would.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again, empty, on the same ports.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn restart(&mut self) {
        self.process.restart().unwrap_or_else(|error| self.not_started(&error));
    }

    /// Stops it where it stands: its sockets stay open and nothing answers.
    ///
    /// # Panics
    /// If the signal cannot be sent.
    #[cfg(unix)]
    pub fn pause(&self) {
        self.process.pause().unwrap_or_else(|error| panic!("{error}"));
    }

    /// Lets it go on after a [`pause`](Self::pause).
    ///
    /// # Panics
    /// If the signal cannot be sent.
    #[cfg(unix)]
    pub fn resume(&self) {
        self.process.resume().unwrap_or_else(|error| panic!("{error}"));
    }

    fn not_started(&self, error: &io::Error) -> ! {
        panic!("{} was not started: {error}", self.row.name())
    }
}

impl ServerOptions {
    /// Clients must say this password.
    pub fn password(mut self, password: &str) -> Self {
        self.password = Some(password.to_owned());
        self.arguments(&["--requirepass", password])
    }

    /// A user with these rules, such as `on >secret ~* +@all`.
    pub fn user(self, name: &str, rules: &str) -> Self {
        let line = self.arguments(&["--user", name]);
        line.arguments(&rules.split_whitespace().collect::<Vec<_>>())
    }

    /// Arguments of the server, such as `--maxmemory`, `1mb`.
    pub fn arguments(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|&argument| argument.to_owned()));
        self
    }

    /// A TLS port besides, which asks clients for no certificate.
    #[cfg(feature = "tls")]
    pub fn tls(self) -> Self {
        self.tls_as(&certificates().server)
    }

    /// A TLS port besides, whose server holds out this certificate.
    #[cfg(feature = "tls")]
    pub fn tls_as(mut self, identity: &Identity) -> Self {
        self.tls = Some(Tls { identity: identity.clone(), clients: "no" });
        self
    }

    /// A TLS port besides, on which a client must hold out a certificate of the tests' authority.
    #[cfg(feature = "tls")]
    pub fn mutual_tls(mut self) -> Self {
        self.tls = Some(Tls { identity: certificates().server.clone(), clients: "yes" });
        self
    }

    /// Starts it and waits until it answers.
    ///
    /// # Panics
    /// If it cannot be started; the message quotes its log.
    #[track_caller]
    pub fn start(self) -> Server {
        let (row, password) = (self.row, self.password.clone());
        match self.try_start() {
            Ok(process) => Server { row, process, password },
            Err(error) => panic!("{} was not started: {error}", row.name()),
        }
    }

    fn try_start(self) -> io::Result<Process> {
        let scratch = Scratch::new()?;
        let program = self.row.program();
        let launch = self.launch(scratch.path())?;
        Process::start(program, launch, scratch)
    }

    #[cfg(feature = "tls")]
    fn launch(self, directory: &Path) -> io::Result<Launch> {
        let mut launch = Launch { arguments: self.arguments, tls: self.tls.is_some() };
        let Some(tls) = self.tls else { return Ok(launch) };
        for (setting, name, pem) in [
            ("--tls-cert-file", "server.crt", &tls.identity.certificate),
            ("--tls-key-file", "server.key", &tls.identity.key),
            ("--tls-ca-cert-file", "authority.crt", &certificates().authority),
        ] {
            let file = directory.join(name);
            std::fs::write(&file, pem)?;
            launch.arguments.extend([setting.to_owned(), file.display().to_string()]);
        }
        launch.arguments.extend(["--tls-auth-clients".to_owned(), tls.clients.to_owned()]);
        Ok(launch)
    }

    #[cfg(not(feature = "tls"))]
    fn launch(self, _directory: &Path) -> io::Result<Launch> {
        Ok(Launch { arguments: self.arguments, tls: false })
    }
}

#[cfg(all(test, feature = "servers"))]
mod tests {
    use super::{Server, server_for, shared, unique};
    use crate::matrix::matrix;
    use crate::raw::{Raw, Reply};

    #[test]
    fn every_row_answers_by_tcp_and_by_unix_socket() {
        for row in matrix() {
            let server = shared(row);
            let key = unique("support");
            let mut tcp = Raw::tcp(server.address()).expect("tcp");
            assert_eq!(tcp.call(&["SET", &key, "v"]), Reply::Simple("OK".to_owned()), "{row:?}");
            assert_eq!(server.raw().call(&["GET", &key]).text(), "v", "{row:?}");
        }
    }

    #[test]
    fn tests_of_one_process_share_the_server_of_a_row() {
        let [Some(one), Some(other)] = [server_for("redis-7.0"), server_for("redis-7.0")] else {
            return;
        };
        assert_eq!(one.id(), other.id());
    }

    #[test]
    fn a_row_that_is_not_in_the_matrix_is_none() {
        assert!(server_for("redis-1.0").is_none());
    }

    #[test]
    fn a_password_is_asked_for_and_a_user_has_its_rules() {
        for row in matrix() {
            let server =
                Server::of(row).password("secret").user("alice", "on >wonder ~a:* +get").start();
            let mut stranger = Raw::tcp(server.address()).expect("tcp");
            let refusal = stranger.try_call(&["GET", "a:1"]).expect("reply");
            assert!(matches!(&refusal, Reply::Error(e) if e.starts_with("NOAUTH")), "{refusal:?}");
            let _ = stranger.call(&["AUTH", "alice", "wonder"]);
            assert_eq!(stranger.call(&["GET", "a:1"]), Reply::Nil);
            let refusal = stranger.try_call(&["SET", "a:1", "x"]).expect("reply");
            assert!(matches!(&refusal, Reply::Error(e) if e.starts_with("NOPERM")), "{refusal:?}");
            assert_eq!(server.raw().call(&["PING"]).text(), "PONG");
        }
    }

    #[test]
    fn a_server_that_was_killed_comes_back_empty_where_it_was() {
        let Some(first) = matrix().first() else { return };
        let mut server = Server::of(first).start();
        let (address, id) = (server.address(), server.id());
        let _ = server.raw().call(&["SET", "k", "v"]);
        server.kill();
        assert!(Raw::tcp(address).is_err());
        server.restart();
        assert_ne!(server.id(), id);
        assert_eq!(Raw::tcp(address).expect("tcp").call(&["GET", "k"]), Reply::Nil);
    }

    #[test]
    fn the_directory_of_a_server_goes_with_it() {
        let Some(first) = matrix().first() else { return };
        let server = Server::of(first).start();
        let directory = server.directory().to_owned();
        assert!(directory.exists());
        drop(server);
        assert!(!directory.exists());
    }
}
