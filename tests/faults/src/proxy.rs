//! The proxy itself: sockets and threads. What happens on them is decided by a lane each.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use socket2::SockRef;

use crate::lane::{Lane, Step};
use crate::script::{Script, Way};
use crate::seed::Seed;

/// A peer that does not read is looked after again after so long.
const STUCK: Duration = Duration::from_millis(50);

/// A proxy between clients and one server.
///
/// Its connections end, and its threads with them, when it is dropped.
#[derive(Debug)]
#[must_use = "the proxy goes away on drop"]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

/// What a proxy has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Connections accepted.
    pub connections: u64,
    /// Connections open now.
    pub open: u64,
    /// Faults of all kinds.
    pub faults: u64,
    /// Bytes that clients sent.
    pub bytes_in: u64,
    /// Bytes that servers sent.
    pub bytes_out: u64,
}

#[derive(Debug)]
struct Shared {
    seed: Seed,
    plan: Mutex<Plan>,
    pairs: Mutex<BTreeMap<u64, Arc<Pair>>>,
    stopped: AtomicBool,
    frozen: AtomicBool,
    accepted: AtomicU64,
    faults: AtomicU64,
    bytes: [AtomicU64; 2],
}

/// What the next connection meets.
#[derive(Clone, Debug)]
struct Plan {
    upstream: SocketAddr,
    script: Script,
}

/// The two sockets of a connection, open until both of its threads are done.
#[derive(Debug)]
struct Pair {
    client: TcpStream,
    server: TcpStream,
    ended: AtomicBool,
}

impl Proxy {
    /// A proxy on a free port of this machine.
    ///
    /// # Errors
    ///
    /// If there is no free port.
    pub fn start(upstream: SocketAddr, script: Script, seed: Seed) -> io::Result<Self> {
        Self::listen((Ipv4Addr::LOCALHOST, 0).into(), upstream, script, seed)
    }

    /// A proxy where it is wanted.
    ///
    /// # Errors
    ///
    /// If it cannot listen there.
    pub fn listen(
        at: SocketAddr,
        upstream: SocketAddr,
        script: Script,
        seed: Seed,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(at)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            seed,
            plan: Mutex::new(Plan { upstream, script }),
            pairs: Mutex::default(),
            stopped: AtomicBool::new(false),
            frozen: AtomicBool::new(false),
            accepted: AtomicU64::new(0),
            faults: AtomicU64::new(0),
            bytes: [AtomicU64::new(0), AtomicU64::new(0)],
        });
        let acceptor = {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || accept(&listener, &shared))
        };
        Ok(Self { address, shared, acceptor: Some(acceptor) })
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

    /// From which everything follows that it draws lots for.
    #[must_use]
    pub fn seed(&self) -> Seed {
        self.shared.seed
    }

    /// What connections meet from now on; those that are open go on as they began.
    pub fn play(&self, script: Script) {
        lock(&self.shared.plan).script = script;
    }

    /// Where connections lead from now on.
    pub fn lead_to(&self, upstream: SocketAddr) {
        lock(&self.shared.plan).upstream = upstream;
    }

    /// Tears down every connection that is open.
    pub fn reset(&self) {
        for pair in lock(&self.shared.pairs).values() {
            pair.reset();
        }
    }

    /// From now on nothing passes, on any connection, until it is [thawed](Self::thaw). New ones are
    /// accepted all the same.
    pub fn freeze(&self) {
        self.shared.frozen.store(true, Ordering::SeqCst);
    }

    /// Lets everything pass again; what was held up comes late.
    pub fn thaw(&self) {
        self.shared.frozen.store(false, Ordering::SeqCst);
    }

    /// What it has counted so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let [bytes_in, bytes_out] = &self.shared.bytes;
        Counts {
            connections: self.shared.accepted.load(Ordering::SeqCst),
            open: lock(&self.shared.pairs).len() as u64,
            faults: self.shared.faults.load(Ordering::SeqCst),
            bytes_in: bytes_in.load(Ordering::SeqCst),
            bytes_out: bytes_out.load(Ordering::SeqCst),
        }
    }

    /// Waits for as long as it listens: for ever.
    pub fn wait(mut self) {
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let Some(acceptor) = self.acceptor.take() else { return };
        self.shared.stopped.store(true, Ordering::SeqCst);
        // wakes the acceptor, which then sees that it is over
        let _ = TcpStream::connect(self.address);
        let _ = acceptor.join();
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut threads: Vec<JoinHandle<()>> = Vec::new();
    for client in listener.incoming() {
        if shared.stopped.load(Ordering::SeqCst) {
            break;
        }
        let Ok(client) = client else { continue };
        threads.retain(|thread| !thread.is_finished());
        let number = shared.accepted.fetch_add(1, Ordering::SeqCst) + 1;
        let shared = Arc::clone(shared);
        threads.push(std::thread::spawn(move || serve(client, number, &shared)));
    }
    // one that was accepted just now may not have told of itself yet
    while threads.iter().any(|thread| !thread.is_finished()) {
        for pair in lock(&shared.pairs).values() {
            pair.close();
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Both ways of one connection, from its beginning to its end.
fn serve(client: TcpStream, number: u64, shared: &Shared) {
    let plan = lock(&shared.plan).clone();
    // where nobody listens, the client finds a connection that ends before it begins
    let Ok(server) = TcpStream::connect(plan.upstream) else { return };
    for stream in [&client, &server] {
        let _ = stream.set_nodelay(true);
        let _ = stream.set_write_timeout(Some(STUCK));
    }
    let pair = Arc::new(Pair { client, server, ended: AtomicBool::new(false) });
    lock(&shared.pairs).insert(number, Arc::clone(&pair));
    let lane = |way| {
        let random = shared.seed.random(number << 1 | u64::from(way == Way::Out));
        Lane::new(plan.script.rules_for(number, way), random)
    };
    std::thread::scope(|scope| {
        let (pair, shared) = (&*pair, shared);
        let (there, back) = (lane(Way::In), lane(Way::Out));
        scope.spawn(move || pump(there, (&pair.client, &pair.server), Way::In, pair, shared));
        pump(back, (&pair.server, &pair.client), Way::Out, pair, shared);
    });
    lock(&shared.pairs).remove(&number);
}

/// One way, until it ends.
fn pump(
    mut lane: Lane,
    (mut from, to): (&TcpStream, &TcpStream),
    way: Way,
    pair: &Pair,
    shared: &Shared,
) {
    let mut buffer = vec![0; 64 * 1024];
    let mut steps = lane.begin();
    let mut counted = 0;
    loop {
        for step in steps {
            shared.faults.fetch_add(lane.faults() - counted, Ordering::SeqCst);
            counted = lane.faults();
            if !take(&step, to, pair, shared) {
                return;
            }
        }
        shared.faults.fetch_add(lane.faults() - counted, Ordering::SeqCst);
        counted = lane.faults();
        match from.read(&mut buffer) {
            Ok(count @ 1..) => {
                shared.bytes[usize::from(way == Way::Out)]
                    .fetch_add(count as u64, Ordering::SeqCst);
                steps = lane.feed(buffer.get(..count).unwrap_or_default());
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => steps = Vec::new(),
            Ok(_) => {
                // in order: what goes the other way may go on; a connection that was torn down ends without a word
                if !pair.has_ended() {
                    let _ = to.shutdown(Shutdown::Write);
                }
                return;
            }
            Err(_) => return pair.reset(),
        }
    }
}

/// Takes one step; whether the way goes on.
fn take(step: &Step, to: &TcpStream, pair: &Pair, shared: &Shared) -> bool {
    while shared.frozen.load(Ordering::SeqCst) && !pair.has_ended() {
        std::thread::sleep(Duration::from_millis(1));
    }
    match step {
        Step::Send(bytes) => match send(bytes, to, pair) {
            Ok(()) => true,
            Err(_) => {
                pair.close();
                false
            }
        },
        Step::Pause(time) => {
            std::thread::sleep(*time);
            !pair.has_ended()
        }
        Step::Half => {
            let _ = to.shutdown(Shutdown::Write);
            false
        }
        Step::Close => {
            pair.close();
            false
        }
        Step::Reset => {
            pair.reset();
            false
        }
    }
}

/// Writes all, unless the connection ends meanwhile.
fn send(mut bytes: &[u8], mut to: &TcpStream, pair: &Pair) -> io::Result<()> {
    while !bytes.is_empty() {
        if pair.has_ended() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        match to.write(bytes) {
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(error) => match error.kind() {
                io::ErrorKind::Interrupted
                | io::ErrorKind::WouldBlock
                | io::ErrorKind::TimedOut => {}
                _ => return Err(error),
            },
        }
    }
    Ok(())
}

impl Pair {
    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }

    /// Ends both ways in order.
    fn close(&self) {
        if !self.ended.swap(true, Ordering::SeqCst) {
            for stream in [&self.client, &self.server] {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
    }

    /// Ends both ways as when a machine was restarted. The sockets are closed, and the peers told, as
    /// soon as both threads have let go of them.
    fn reset(&self) {
        if !self.ended.swap(true, Ordering::SeqCst) {
            for stream in [&self.client, &self.server] {
                let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
                // wakes who reads here, and says nothing to the peer
                let _ = stream.shutdown(Shutdown::Read);
            }
        }
    }
}

/// A thread that panicked while it held the lock left nothing half-done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::io::{self, BufRead, BufReader, Read, Write};
    use std::net::{Ipv4Addr, TcpListener, TcpStream};

    use super::Proxy;
    use crate::seed::Seed;

    /// A server that answers each line by itself, on any number of connections.
    fn echo() -> std::net::SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                std::thread::spawn(move || {
                    let mut lines = BufReader::new(&stream);
                    let mut line = String::new();
                    while lines.read_line(&mut line).is_ok_and(|count| count > 0) {
                        if (&stream).write_all(line.as_bytes()).is_err() {
                            break;
                        }
                        line.clear();
                    }
                });
            }
        });
        address
    }

    fn through(script: &str) -> (Proxy, TcpStream) {
        let script = script.parse().expect("the script is right");
        let proxy = Proxy::start(echo(), script, Seed::from(1)).expect("a free port");
        let stream = TcpStream::connect(proxy.address()).expect("it listens");
        (proxy, stream)
    }

    fn ask(stream: &mut TcpStream, line: &str) -> io::Result<String> {
        stream.write_all(line.as_bytes())?;
        let mut answer = vec![0; line.len()];
        stream.read_exact(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    #[test]
    fn without_a_script_all_passes_and_is_counted() {
        let (proxy, mut stream) = through("");
        for _ in 0..3 {
            assert_eq!(ask(&mut stream, "+hello\r\n").expect("an answer"), "+hello\r\n");
        }
        let counts = proxy.counts();
        assert_eq!((counts.connections, counts.open, counts.faults), (1, 1, 0));
        assert_eq!((counts.bytes_in, counts.bytes_out), (24, 24));
    }

    #[test]
    fn what_drips_arrives_whole() {
        let (_proxy, mut stream) = through("in drip; out drip 2; out every 1 frame delay 1us..5us");
        assert_eq!(ask(&mut stream, "+hello\r\n").expect("an answer"), "+hello\r\n");
    }

    #[test]
    fn a_reset_is_a_reset_and_a_close_an_end() {
        let read = |script: &str| {
            let (_proxy, mut stream) = through(script);
            stream.write_all(b"+hello\r\n").expect("the proxy reads");
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).map(|_| answer).map_err(|error| error.kind())
        };
        assert_eq!(read("out after 3 reset"), Err(io::ErrorKind::ConnectionReset));
        assert_eq!(read("out after 3 close"), Ok(b"+he".to_vec()));
        assert_eq!(read("out after 3 half"), Ok(b"+he".to_vec()));
    }

    #[test]
    fn it_is_reset_frozen_and_led_elsewhere_from_outside() {
        let (proxy, mut stream) = through("");
        assert!(ask(&mut stream, "+a\r\n").is_ok());
        proxy.freeze();
        stream.write_all(b"+late\r\n").expect("it is taken");
        let mut next = TcpStream::connect(proxy.address()).expect("it is accepted all the same");
        proxy.thaw();
        let mut late = [0; 7];
        stream.read_exact(&mut late).expect("it comes late");
        assert_eq!(&late, b"+late\r\n");
        // answered, and so not on its way to where the proxy will lead later
        assert!(ask(&mut next, "+b\r\n").is_ok());
        proxy.reset();
        assert!(stream.read_exact(&mut late).is_err());
        assert!(next.read_exact(&mut late).is_err());

        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        proxy.lead_to(listener.local_addr().expect("an address"));
        proxy.play("in after 2 close".parse().expect("the script is right"));
        let mut led = TcpStream::connect(proxy.address()).expect("it listens");
        led.write_all(b"abc").expect("it is taken");
        let mut came = Vec::new();
        let _ = listener.accept().expect("it leads here").0.read_to_end(&mut came);
        assert_eq!(came, b"ab");
    }

    #[test]
    fn it_goes_with_its_connections() {
        let (proxy, mut stream) = through("out hole");
        stream.write_all(b"+a\r\n").expect("it is taken");
        drop(proxy);
        assert_eq!(stream.read(&mut [0; 1]).unwrap_or(0), 0);
    }
}
