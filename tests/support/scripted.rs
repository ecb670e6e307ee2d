//! A peer that says what a test tells it to, true or not: it plays one script for each connection,
//! checks what it is sent against it, and reports what differed. It parses requests by itself and
//! knows Redis only as far as a handshake.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long a client may take for its next command before the script counts as not followed.
const PATIENCE: Duration = Duration::from_secs(30);

/// The words of one command.
pub type Words = Vec<Vec<u8>>;

/// What a handler answers a command with; `None` closes the connection.
type Handler = Box<dyn FnMut(&Words) -> Option<Vec<u8>> + Send>;

/// The script of a connection by its number, from 1; none for one that is closed at once.
type Scripts = Box<dyn FnMut(usize) -> Option<Script> + Send>;

/// What the peer does on one connection, from its beginning to its end.
#[derive(Debug, Default)]
#[must_use = "a script does nothing until a server plays it"]
pub struct Script {
    steps: Vec<Step>,
    handshake: Option<Handshake>,
}

/// What the peer makes of a handshake that the script does not spell out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Handshake {
    /// `HELLO` is answered as a server of today does, in the protocol that was asked for.
    Understood,
    /// `HELLO` is an unknown command, as before Redis 6.
    Unknown,
}

enum Step {
    Expect(Words),
    ExpectAny,
    Send(Vec<u8>),
    Drip(Vec<u8>),
    Answer(Handler),
    Serve(Handler),
    ReadSome(usize),
    Close,
    Reset,
    Stall,
}

/// A peer on a free port that plays scripts.
#[derive(Debug)]
#[must_use = "the peer goes away on drop; `finish` says whether its scripts were followed"]
pub struct ScriptedServer {
    address: SocketAddr,
    stage: Arc<Stage>,
    acceptor: Option<JoinHandle<Vec<JoinHandle<()>>>>,
    /// How many connections there must be.
    scripts: usize,
}

/// What the threads of one peer share.
#[derive(Debug, Default)]
struct Stage {
    /// Where the connection comes from that ends the accepting.
    last: Mutex<Option<SocketAddr>>,
    accepted: AtomicUsize,
    /// The connections that are open, by number.
    streams: Mutex<BTreeMap<usize, TcpStream>>,
    differences: Mutex<Vec<String>>,
}

/// Why a connection ended before its script.
enum Ended {
    Differently(String),
    Failed(io::Error),
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

impl Script {
    /// A script without steps. A connection is closed at the end of its script.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers what belongs to a handshake (`HELLO`, `AUTH`, `CLIENT`, `SELECT`) by itself wherever
    /// a command is awaited and the script expects another.
    pub fn handshake(mut self, handshake: Handshake) -> Self {
        self.handshake = Some(handshake);
        self
    }

    /// The next command has exactly these words.
    pub fn expect<A: AsRef<[u8]>>(self, words: &[A]) -> Self {
        self.then(Step::Expect(words.iter().map(|word| word.as_ref().to_vec()).collect()))
    }

    /// A command comes, whatever it is.
    pub fn expect_any(self) -> Self {
        self.then(Step::ExpectAny)
    }

    /// These bytes are sent at once.
    pub fn send(self, bytes: impl AsRef<[u8]>) -> Self {
        self.then(Step::Send(bytes.as_ref().to_vec()))
    }

    /// These bytes are sent one by one, each in a packet of its own.
    pub fn drip(self, bytes: impl AsRef<[u8]>) -> Self {
        self.then(Step::Drip(bytes.as_ref().to_vec()))
    }

    /// The next command is answered by `handler`; `None` closes the connection.
    pub fn answer(self, handler: impl FnMut(&Words) -> Option<Vec<u8>> + Send + 'static) -> Self {
        self.then(Step::Answer(Box::new(handler)))
    }

    /// Every further command is answered by `handler`, until it answers `None` or the client goes.
    pub fn serve(self, handler: impl FnMut(&Words) -> Option<Vec<u8>> + Send + 'static) -> Self {
        self.then(Step::Serve(Box::new(handler)))
    }

    /// So many bytes are read, whatever they are, once the handshake is over.
    pub fn read_some(self, bytes: usize) -> Self {
        self.then(Step::ReadSome(bytes))
    }

    /// The connection is closed in order.
    pub fn close(self) -> Self {
        self.then(Step::Close)
    }

    /// The connection is torn down, as when the machine behind it was restarted.
    pub fn reset(self) -> Self {
        self.then(Step::Reset)
    }

    /// The connection stays open, commands are taken, and no answer comes until the client goes.
    pub fn stall(self) -> Self {
        self.then(Step::Stall)
    }

    fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}

impl ScriptedServer {
    /// A peer that plays one script, on the first connection.
    ///
    /// # Panics
    /// If there is no free port.
    pub fn play(script: Script) -> Self {
        Self::play_all(vec![script])
    }

    /// A peer that plays the first script on the first connection, the second on the second, and
    /// closes any further connection at once.
    ///
    /// # Panics
    /// If there is no free port.
    pub fn play_all(scripts: Vec<Script>) -> Self {
        let count = scripts.len();
        let mut scripts = scripts.into_iter();
        Self::start(count, Box::new(move |_| scripts.next()))
    }

    /// A peer for any number of connections, whose scripts `script` makes; it is told the number of
    /// the connection, from 1.
    ///
    /// # Panics
    /// If there is no free port.
    pub fn play_each(mut script: impl FnMut(usize) -> Script + Send + 'static) -> Self {
        Self::start(0, Box::new(move |number| Some(script(number))))
    }

    fn start(scripts: usize, next: Scripts) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let listener = listener.unwrap_or_else(|error| panic!("no free port: {error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("no address: {error}"));
        let stage = Arc::new(Stage::default());
        let acceptor = {
            let stage = Arc::clone(&stage);
            std::thread::spawn(move || accept(&listener, &stage, next))
        };
        Self { address, stage, acceptor: Some(acceptor), scripts }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `redis://127.0.0.1:port`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// How many connections were accepted so far, those beyond the scripts included.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.stage.accepted.load(Ordering::Acquire)
    }

    /// Ends every connection and says whether the scripts were followed to their end.
    ///
    /// # Panics
    /// If a client sent something else than its script expects, or less, or did not connect.
    #[track_caller]
    pub fn finish(mut self) {
        self.stop();
        let missing = self.scripts.saturating_sub(self.connections());
        let mut differences = std::mem::take(&mut *lock(&self.stage.differences));
        if missing > 0 {
            differences.push(format!("{missing} of {} connections never came", self.scripts));
        }
        assert!(
            differences.is_empty(),
            "the scripts were not followed:\n{}",
            differences.join("\n")
        );
    }

    fn stop(&mut self) {
        let Some(acceptor) = self.acceptor.take() else { return };
        {
            // held while connecting, so that the acceptor cannot take it for a client
            let mut last = lock(&self.stage.last);
            *last = TcpStream::connect(self.address).and_then(|last| last.local_addr()).ok();
        }
        let connections = acceptor.join().unwrap_or_default();
        // what was sent is still read; whoever waits for more learns that none will come
        for stream in lock(&self.stage.streams).values() {
            let _ = stream.shutdown(Shutdown::Read);
        }
        for connection in connections {
            let _ = connection.join();
        }
    }
}

impl Drop for ScriptedServer {
    fn drop(&mut self) {
        let differed = lock(&self.stage.differences).join("\n");
        self.stop();
        if !differed.is_empty() && !std::thread::panicking() {
            panic!("the scripts were not followed:\n{differed}");
        }
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expect(words) => write!(f, "expect {}", shown(words)),
            Self::ExpectAny => f.write_str("expect anything"),
            Self::Send(bytes) => write!(f, "send \"{}\"", bytes.escape_ascii()),
            Self::Drip(bytes) => write!(f, "drip \"{}\"", bytes.escape_ascii()),
            Self::Answer(_) => f.write_str("answer"),
            Self::Serve(_) => f.write_str("serve"),
            Self::ReadSome(bytes) => write!(f, "read {bytes} bytes"),
            Self::Close => f.write_str("close"),
            Self::Reset => f.write_str("reset"),
            Self::Stall => f.write_str("stall"),
        }
    }
}

fn accept(listener: &TcpListener, stage: &Arc<Stage>, mut next: Scripts) -> Vec<JoinHandle<()>> {
    let mut connections = Vec::new();
    for stream in listener.incoming().flatten() {
        if stream.peer_addr().ok() == *lock(&stage.last) {
            break;
        }
        let number = stage.accepted.fetch_add(1, Ordering::AcqRel) + 1;
        let Some(script) = next(number) else { continue };
        let stage = Arc::clone(stage);
        // before the thread starts, or `stop` might miss it
        lock(&stage.streams).extend(stream.try_clone().map(|stream| (number, stream)));
        connections.push(std::thread::spawn(move || {
            if let Err(difference) = play(&stream, script) {
                lock(&stage.differences).push(format!("connection {number}: {difference}"));
            }
            // the clone would keep open what is to be closed
            lock(&stage.streams).remove(&number);
        }));
    }
    connections
}

/// Plays one script; an error says at which step the client did something else.
fn play(stream: &TcpStream, script: Script) -> Result<(), String> {
    let mut peer = Peer { stream: BufReader::new(stream), handshake: script.handshake };
    let prepared = stream.set_nodelay(true).and_then(|()| stream.set_read_timeout(Some(PATIENCE)));
    prepared.map_err(|error| error.to_string())?;
    for (number, step) in (1..).zip(script.steps) {
        let named = format!("step {number} ({step:?})");
        let goes_on = peer.take(step).map_err(|ended| match ended {
            Ended::Differently(what) => format!("{named}: {what}"),
            Ended::Failed(error) => format!("{named}: the client was gone: {error}"),
        })?;
        if !goes_on {
            break;
        }
    }
    Ok(())
}

/// One connection of the peer.
struct Peer<'a> {
    stream: BufReader<&'a TcpStream>,
    handshake: Option<Handshake>,
}

impl Peer<'_> {
    /// Takes one step; `false` after the last.
    fn take(&mut self, step: Step) -> Result<bool, Ended> {
        match step {
            Step::Expect(wanted) => {
                let came = self.next(Some(&wanted))?;
                if came != wanted {
                    return Err(Ended::Differently(format!("{} came", shown(&came))));
                }
            }
            Step::ExpectAny => drop(self.next(None)?),
            Step::Send(bytes) => self.stream.get_mut().write_all(&bytes)?,
            Step::Drip(bytes) => {
                for byte in bytes {
                    self.stream.get_mut().write_all(&[byte])?;
                    std::thread::yield_now();
                }
            }
            Step::Answer(mut handler) => {
                let command = self.next(None)?;
                let Some(answer) = handler(&command) else { return Ok(false) };
                self.stream.get_mut().write_all(&answer)?;
            }
            Step::Serve(mut handler) => {
                while let Ok(command) = self.next(None) {
                    let Some(answer) = handler(&command) else { break };
                    // a client that goes before it is answered has gone
                    if self.stream.get_mut().write_all(&answer).is_err() {
                        break;
                    }
                }
                return Ok(false);
            }
            Step::ReadSome(bytes) => self.read_some(bytes)?,
            Step::Stall => {
                while self.next(None).is_ok() {}
                return Ok(false);
            }
            Step::Reset => {
                // no lingering: what is closed so is torn down
                socket2::SockRef::from(*self.stream.get_ref()).set_linger(Some(Duration::ZERO))?;
                return Ok(false);
            }
            Step::Close => {
                // in order, although there may be commands that nobody has read
                self.stream.get_ref().shutdown(Shutdown::Write)?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads so many bytes of what comes after the handshake, if there is one.
    fn read_some(&mut self, bytes: usize) -> io::Result<()> {
        while let Some(handshake) = self.handshake {
            // the handshake's commands are short, and each arrives whole
            let begun = self.stream.fill_buf()?;
            let Ok(command) = request(&mut &*begun) else { break };
            let Some(answer) = handshake.answer(&command) else { break };
            request(&mut self.stream)?;
            self.stream.get_mut().write_all(answer.as_bytes())?;
        }
        let read = io::copy(&mut io::Read::take(&mut self.stream, bytes as u64), &mut io::sink())?;
        if read < bytes as u64 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    /// The next command; what belongs to a handshake is answered on the way, unless it is wanted.
    fn next(&mut self, wanted: Option<&Words>) -> io::Result<Words> {
        loop {
            let command = request(&mut self.stream)?;
            let answer = self.handshake.and_then(|handshake| handshake.answer(&command));
            match answer {
                Some(answer) if wanted != Some(&command) => {
                    self.stream.get_mut().write_all(answer.as_bytes())?;
                }
                _ => return Ok(command),
            }
        }
    }
}

impl Handshake {
    /// The answer to a command that belongs to a handshake.
    fn answer(self, command: &Words) -> Option<&'static str> {
        let name = command.first()?.to_ascii_uppercase();
        match (name.as_slice(), self) {
            (b"HELLO", Self::Unknown) => Some("-ERR unknown command 'HELLO'\r\n"),
            (b"HELLO", Self::Understood) => {
                let resp3 = command.get(1).is_some_and(|version| version == b"3");
                Some(if resp3 { HELLO_3 } else { HELLO_2 })
            }
            (b"AUTH" | b"CLIENT" | b"SELECT", _) => Some("+OK\r\n"),
            _ => None,
        }
    }
}

const HELLO_3: &str = "%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.0.0\r\n\
    $5\r\nproto\r\n:3\r\n$2\r\nid\r\n:7\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n\
    $4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n";
const HELLO_2: &str = "*14\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.0.0\r\n\
    $5\r\nproto\r\n:2\r\n$2\r\nid\r\n:7\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n\
    $4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n";

/// Reads one command: an array of bulk strings, as every client sends.
fn request(stream: &mut impl BufRead) -> io::Result<Words> {
    let count = length(stream, b'*')?;
    let mut words = Vec::new();
    for _ in 0..count {
        let mut word = vec![0; length(stream, b'$')?];
        stream.read_exact(&mut word)?;
        let mut end = [0; 2];
        stream.read_exact(&mut end)?;
        words.push(word);
    }
    Ok(words)
}

fn length(stream: &mut impl BufRead, kind: u8) -> io::Result<usize> {
    let mut line = Vec::new();
    if stream.read_until(b'\n', &mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let number = line.strip_prefix(&[kind]).and_then(|rest| rest.strip_suffix(b"\r\n"));
    let number = number.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    number.ok_or_else(|| {
        let line = format!("no command has \"{}\" in it", line.escape_ascii());
        io::Error::new(io::ErrorKind::InvalidData, line)
    })
}

fn shown(words: &Words) -> String {
    let words: Vec<String> = words.iter().map(|word| word.escape_ascii().to_string()).collect();
    format!("`{}`", words.join(" "))
}

/// A thread that panicked while it held the lock left nothing half-done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::net::TcpStream;

    use super::{Handshake, Script, ScriptedServer};
    use crate::raw::{Raw, Reply, encode};

    fn raw(server: &ScriptedServer) -> Raw {
        Raw::tcp(server.address()).expect("the peer listens")
    }

    #[test]
    fn a_script_that_is_followed_finishes() {
        let script = Script::new().expect(&["GET", "k"]).send("$1\r\nv\r\n").close();
        let server = ScriptedServer::play(script);
        let mut client = raw(&server);
        assert_eq!(client.call(&["GET", "k"]).text(), "v");
        assert!(client.receive().is_err());
        server.finish();
    }

    #[test]
    fn bytes_that_drip_arrive_whole() {
        let server = ScriptedServer::play(Script::new().expect_any().drip("$5\r\nhello\r\n"));
        assert_eq!(raw(&server).call(&["GET", "k"]).text(), "hello");
        server.finish();
    }

    #[test]
    #[should_panic(expected = "connection 1: step 1 (expect `GET k`): `GET other` came")]
    fn another_command_than_expected_is_named() {
        let server = ScriptedServer::play(Script::new().expect(&["GET", "k"]));
        let _ = raw(&server).try_call(&["GET", "other"]);
        server.finish();
    }

    #[test]
    #[should_panic(expected = "1 of 1 connections never came")]
    fn a_client_that_never_came_is_told() {
        ScriptedServer::play(Script::new().expect_any()).finish();
    }

    #[test]
    #[should_panic(expected = "step 3 (expect anything): the client was gone")]
    fn a_client_that_sends_too_little_is_told() {
        let server = ScriptedServer::play(Script::new().expect_any().send("+OK\r\n").expect_any());
        let mut client = raw(&server);
        let _ = client.call(&["PING"]);
        server.finish();
    }

    #[test]
    fn a_handshake_is_answered_where_the_script_expects_something_else() {
        let script = Script::new()
            .handshake(Handshake::Understood)
            .expect(&["CLIENT", "ID"])
            .send(":5\r\n")
            .expect(&["GET", "k"])
            .send("_\r\n");
        let server = ScriptedServer::play(script);
        let mut client = raw(&server);
        assert!(matches!(client.call(&["HELLO", "3"]), Reply::Map(pairs) if pairs.len() == 7));
        assert_eq!(client.call(&["CLIENT", "SETNAME", "x"]).text(), "OK");
        assert_eq!(client.call(&["CLIENT", "ID"]).integer(), 5);
        assert_eq!(client.call(&["GET", "k"]), Reply::Nil);
        server.finish();
    }

    #[test]
    fn a_peer_that_stalls_takes_commands_and_lets_go_when_it_is_finished() {
        let server = ScriptedServer::play(Script::new().stall());
        let mut client = raw(&server);
        client.send(&["GET", "k"]).expect("the peer takes it");
        server.finish();
        assert!(client.receive().is_err());
    }

    #[test]
    fn a_reset_is_an_error_and_a_close_an_end() {
        let scripts = vec![Script::new().expect_any().reset(), Script::new().expect_any().close()];
        let server = ScriptedServer::play_all(scripts);
        let read = || {
            let mut stream = TcpStream::connect(server.address())?;
            std::io::Write::write_all(&mut stream, &encode(&["PING"]))?;
            stream.read(&mut [0; 1])
        };
        assert_eq!(read().map_err(|e| e.kind()), Err(std::io::ErrorKind::ConnectionReset));
        assert_eq!(read().map_err(|e| e.kind()), Ok(0));
        server.finish();
    }

    #[test]
    fn each_connection_has_its_script_and_further_ones_are_closed() {
        let answer = |text: &'static str| {
            Script::new().serve(move |_| Some(format!("+{text}\r\n").into_bytes()))
        };
        let server = ScriptedServer::play_all(vec![answer("one"), answer("two")]);
        let (mut one, mut two, mut three) = (raw(&server), raw(&server), raw(&server));
        assert_eq!(two.call(&["PING"]).text(), "two");
        assert_eq!(one.call(&["PING"]).text(), "one");
        assert!(three.try_call(&["PING"]).is_err());
        assert_eq!(server.connections(), 3);
        server.finish();
    }

    #[test]
    fn a_peer_for_any_number_of_connections_knows_which_one_it_serves() {
        let server = ScriptedServer::play_each(|number| {
            Script::new().serve(move |_| Some(format!(":{number}\r\n").into_bytes()))
        });
        let mut clients: Vec<Raw> = (0..3).map(|_| raw(&server)).collect();
        let numbers: Vec<i64> = clients.iter_mut().map(|c| c.call(&["PING"]).integer()).collect();
        assert_eq!(numbers, [1, 2, 3]);
        server.finish();
    }
}
