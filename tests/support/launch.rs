//! How a server process is started, known to be ready, and ended. Which program it is and what a
//! test wants of it are decided elsewhere.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::raw::{Raw, Reply};
use crate::scratch::Scratch;

/// How long a server may take until it answers.
const START: Duration = Duration::from_secs(30);
/// Between two questions whether it answers.
const POLL: Duration = Duration::from_millis(5);
/// How often a port may turn out to have been taken since it was found free.
const PORT_RACES: usize = 8;

/// A server program and what it cannot start without.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Program {
    /// What is executed: the server, or the loader that loads it.
    pub path: PathBuf,
    /// What comes before the server's own arguments.
    pub arguments: Vec<String>,
    /// Files of modules to load.
    pub load: Vec<String>,
    /// What is added to the environment.
    pub environment: BTreeMap<String, String>,
}

/// What a server is started with.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Launch {
    /// Arguments such as `--maxmemory`, `1mb`.
    pub arguments: Vec<String>,
    /// Is there a TLS port as well? Its certificates are among the arguments.
    pub tls: bool,
}

/// A server process, ended on drop, or when this process ends in whatever way.
#[derive(Debug)]
#[must_use = "the server is ended on drop"]
pub struct Process {
    child: Child,
    guardian: Option<Child>,
    owner: u32,
    endpoints: Endpoints,
    scratch: Scratch,
    program: Program,
    launch: Launch,
}

/// Where a server listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Endpoints {
    port: u16,
    tls_port: Option<u16>,
}

/// Why a server did not come up.
enum Failure {
    /// Somebody took the port between our asking for a free one and the server's binding it.
    PortTaken,
    Other(io::Error),
}

impl Process {
    /// Starts a server in `scratch`, on free ports and on a unix socket, and waits until it answers.
    ///
    /// # Errors
    /// What the system fails with, or what the server wrote before it ended.
    pub fn start(program: &Program, launch: Launch, scratch: Scratch) -> io::Result<Self> {
        for _ in 0..PORT_RACES {
            let tls_port = if launch.tls { Some(free_port()?) } else { None };
            let endpoints = Endpoints { port: free_port()?, tls_port };
            match spawn(program, &launch, endpoints, scratch.path()) {
                Ok((child, guardian)) => {
                    let (program, owner) = (program.clone(), std::process::id());
                    return Ok(Self {
                        child,
                        guardian,
                        owner,
                        endpoints,
                        scratch,
                        program,
                        launch,
                    });
                }
                Err(Failure::PortTaken) => {}
                Err(Failure::Other(error)) => return Err(error),
            }
        }
        Err(io::Error::new(io::ErrorKind::AddrInUse, "every port found free was taken at once"))
    }

    /// Where it listens for plain TCP.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.endpoints.port).into()
    }

    /// Where it listens for TLS, if it does.
    #[must_use]
    pub fn tls_address(&self) -> Option<SocketAddr> {
        self.endpoints.tls_port.map(|port| (Ipv4Addr::LOCALHOST, port).into())
    }

    /// Its unix socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        socket_in(self.scratch.path())
    }

    /// Its working directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.scratch.path()
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has written so far.
    #[must_use]
    pub fn log(&self) -> String {
        log_in(self.scratch.path())
    }

    /// Ends it at once, as a crash would.
    pub fn kill(&mut self) {
        if let Some(mut guardian) = self.guardian.take() {
            // first, or it might end a stranger that got the server's process id
            let _ = guardian.kill();
            let _ = guardian.wait();
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it again where it was, after a kill.
    ///
    /// # Errors
    /// As [`start`](Self::start); also when somebody has taken the port meanwhile, and keeps it.
    pub fn restart(&mut self) -> io::Result<()> {
        self.kill();
        let give_up = Instant::now() + START;
        loop {
            let started = spawn(&self.program, &self.launch, self.endpoints, self.scratch.path());
            match started {
                Ok(started) => {
                    (self.child, self.guardian) = started;
                    return Ok(());
                }
                // while nobody listened, a connection to somewhere else was given it for its own end
                Err(Failure::PortTaken) if Instant::now() < give_up => std::thread::sleep(POLL),
                Err(Failure::PortTaken) => return Err(io::ErrorKind::AddrInUse.into()),
                Err(Failure::Other(error)) => return Err(error),
            }
        }
    }

    /// Stops it where it stands: its sockets stay open and nothing answers.
    ///
    /// # Errors
    /// If the signal could not be sent.
    #[cfg(unix)]
    pub fn pause(&self) -> io::Result<()> {
        self.signal("-STOP")
    }

    /// Lets it go on after a [`pause`](Self::pause).
    ///
    /// # Errors
    /// If the signal could not be sent.
    #[cfg(unix)]
    pub fn resume(&self) -> io::Result<()> {
        self.signal("-CONT")
    }

    #[cfg(unix)]
    fn signal(&self, signal: &str) -> io::Result<()> {
        // the shell has `kill` built in; the program of that name is a package of its own
        let line = format!("kill {signal} {}", self.child.id());
        let status = Command::new("sh").args(["-c", &line]).status()?;
        if status.success() { Ok(()) } else { Err(io::Error::other(format!("`{line}` failed"))) }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // a forked child must not end what its parent uses
        if std::process::id() == self.owner {
            self.kill();
        }
    }
}

/// One attempt at starting on these ports.
fn spawn(
    program: &Program,
    launch: &Launch,
    endpoints: Endpoints,
    directory: &Path,
) -> Result<(Child, Option<Child>), Failure> {
    let mut command = command(program, launch, endpoints, directory).map_err(Failure::Other)?;
    let mut child = command.spawn().map_err(Failure::Other)?;
    let guardian = match guard(child.id(), directory) {
        Ok(guardian) => guardian,
        Err(error) => {
            let _ = child.kill();
            return Err(Failure::Other(error));
        }
    };
    let failure = match wait_until_ready(&mut child, endpoints, directory) {
        Ok(()) => return Ok((child, guardian)),
        Err(error) => error,
    };
    if let Some(mut guardian) = guardian {
        let _ = guardian.kill();
        let _ = guardian.wait();
    }
    let _ = child.kill();
    let _ = child.wait();
    let log = log_in(directory);
    if log.contains("Address already in use") {
        return Err(Failure::PortTaken);
    }
    let lines: Vec<&str> = log.lines().collect();
    let last = lines.get(lines.len().saturating_sub(5)..).unwrap_or_default().join("\n");
    Err(Failure::Other(io::Error::new(failure.kind(), format!("{failure}:\n{last}"))))
}

fn command(
    program: &Program,
    launch: &Launch,
    endpoints: Endpoints,
    directory: &Path,
) -> io::Result<Command> {
    let log = File::create(directory.join("log"))?;
    let mut command = Command::new(&program.path);
    command
        .args(&program.arguments)
        .args(program.load.iter().flat_map(|module| ["--loadmodule", module]))
        .args(["--port", &endpoints.port.to_string()])
        .args(["--bind", "127.0.0.1", "-::1"])
        .arg("--dir")
        .arg(directory)
        .args(["--save", "", "--appendonly", "no", "--daemonize", "no"])
        .args(["--enable-debug-command", "yes"])
        .args(&launch.arguments)
        .envs(&program.environment)
        .stdin(Stdio::null())
        .stderr(log.try_clone()?)
        .stdout(log);
    if cfg!(unix) {
        command.arg("--unixsocket").arg(socket_in(directory));
    }
    if let Some(port) = endpoints.tls_port {
        command.args(["--tls-port", &port.to_string()]);
    }
    Ok(command)
}

/// Waits in another process for this one to end, in whatever way, and ends the server then: what is
/// held by a `static` is never dropped, and a test may be killed.
fn guard(server: u32, directory: &Path) -> io::Result<Option<Child>> {
    if !cfg!(unix) {
        return Ok(None);
    }
    Command::new("sh")
        .args([
            "-c",
            "trap '' INT HUP; read -r _; kill -9 \"$1\"; rm -rf \"$2\"",
            "guardian",
            &server.to_string(),
        ])
        .arg(directory)
        // nothing is ever written; the pipe closes with this process
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map(Some)
}

fn wait_until_ready(child: &mut Child, endpoints: Endpoints, directory: &Path) -> io::Result<()> {
    let give_up = Instant::now() + START;
    while !answers(endpoints, directory) {
        if let Some(status) = child.try_wait()? {
            return Err(io::Error::other(format!("the server ended with {status}")));
        }
        if Instant::now() > give_up {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "the server does not answer"));
        }
        std::thread::sleep(POLL);
    }
    Ok(())
}

fn answers(endpoints: Endpoints, directory: &Path) -> bool {
    #[cfg(unix)]
    let (connected, _) = (Raw::unix(&socket_in(directory)), endpoints);
    #[cfg(not(unix))]
    let (connected, _) = (Raw::tcp((Ipv4Addr::LOCALHOST, endpoints.port).into()), directory);
    match connected.and_then(|mut raw| raw.try_call(&["PING"])) {
        // one that wants a password answers too
        Ok(Reply::Error(error)) => !error.starts_with("LOADING"),
        Ok(_) => true,
        Err(_) => false,
    }
}

/// A port that nobody holds now.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn socket_in(directory: &Path) -> PathBuf {
    directory.join("socket")
}

fn log_in(directory: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(directory.join("log")).unwrap_or_default()).into_owned()
}
