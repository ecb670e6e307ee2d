//! The truth battery for as long as one likes: `cargo xtask soak --minutes N --seed S`.
//!
//! Round after round, on every server of the matrix, with both clients and both protocols, connections
//! and servers are killed under callers. A line says what is being done; at the end stands the tally.

#[path = "../truth/echo.rs"]
mod echo;
#[allow(dead_code, reason = "written for the short form, which uses all of it")]
#[path = "../truth/tally.rs"]
mod tally;
#[allow(dead_code, reason = "as above")]
#[path = "../truth/wire.rs"]
mod wire;
#[allow(dead_code, reason = "written for the short form, which uses all of it")]
#[path = "../truth/work.rs"]
mod work;

use std::fmt;
use std::io::Write as _;
use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, Instant};

use redis_faults::{Proxy, Random, Seed};
use redis_tests::matrix::{Row, matrix};
use redis_tests::server::Server;

use echo::{Echoed, echo_and_leave};
use tally::{Counted, Ledger, Tally};
use work::GoOn;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// How many callers there are in a round.
const CALLERS: usize = 8;

/// What the network does in a round.
const NETWORKS: [(&str, &str); 4] = [
    (
        "resets",
        "in after 300..9000 reset\nout after 400..6000 reset\nout every 20..90 frames delay 10us..2ms",
    ),
    ("ends", "in after 300..9000 half\nout after 400..6000 close\nout after 900..9000 half"),
    ("black holes", "out after 2000..20000 hole\nin after 5000..30000 hole"),
    ("drips", "in drip 3\nout drip 2\nout after 3000..30000 reset"),
];

/// Everything that was told and found so far.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    rounds: u64,
    connections: u64,
    faults: u64,
    writes: Tally,
    counted: Counted,
    miscounted: u64,
    echoed: Echoed,
    leaked: u64,
}

impl Sum {
    fn is_true(&self) -> bool {
        self.writes.is_true() && (self.miscounted, self.echoed.foreign, self.leaked) == (0, 0, 0)
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = self.writes.done + self.counted.done.unsigned_abs() + self.echoed.answered;
        let doubt = self.writes.in_doubt + self.counted.in_doubt.unsigned_abs();
        let untrue = self.writes.untrue + self.miscounted;
        write!(
            f,
            "{} rounds, {} connections, {} faults; done {told}, in doubt {doubt}, given up {}; \
             lost {}, foreign {}, leaked {}, duplicates {}, untrue {untrue}",
            self.rounds,
            self.connections,
            self.faults,
            self.echoed.given_up,
            self.writes.lost,
            self.echoed.foreign,
            self.leaked,
            self.writes.duplicated,
        )
    }
}

/// One round: where, how, and under what.
#[derive(Clone, Copy)]
struct Round {
    row: &'static Row,
    protocol: u8,
    /// TLS passes through the proxy.
    tls: bool,
    blocking: bool,
    network: (&'static str, &'static str),
    work: Work,
    seed: Seed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    Writes,
    Counting,
    Echoes,
    Restarts,
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let client = if self.blocking { "blocking" } else { "async" };
        let what = match self.work {
            Work::Writes => "unique writes",
            Work::Counting => "a counter",
            Work::Echoes => "echoes given up at random",
            Work::Restarts => "writes while the server dies",
        };
        let (name, network) = (self.row.name(), self.network.0);
        let over = if self.tls { " over TLS" } else { "" };
        write!(f, "{what}, {client} client, {name}, RESP{}{over}, {network}", self.protocol)
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("\nsoak: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool> {
    let (minutes, seed) = arguments()?;
    let end = Instant::now() + Duration::from_secs_f64(minutes * 60.0);
    println!("soaking for {minutes} minutes with seed {seed}");
    let mut random = seed.random(0);
    let mut sum = Sum::default();
    // what the process has for itself, once everything was used
    round(&Round::draw(&mut random, 0), &mut Sum::default())?;
    let before = Held::settled(None);
    while Instant::now() < end {
        let drawn = Round::draw(&mut random, sum.rounds + 1);
        say(&format!("{drawn} | {sum}"));
        round(&drawn, &mut sum)?;
        sum.rounds += 1;
        sum.leaked += Held::settled(Some(before)).beyond(before);
        if !sum.is_true() {
            println!("\nuntrue after: {drawn} (round seed {})", drawn.seed);
            break;
        }
    }
    println!("\n{sum}");
    println!("held: {} before, {} after", before, Held::now());
    Ok(sum.is_true())
}

fn arguments() -> Result<(f64, Seed)> {
    let (mut minutes, mut seed) = (1.0, Seed::of_this_run());
    let mut words = std::env::args().skip(1);
    while let Some(option) = words.next() {
        let value = words.next().ok_or_else(|| format!("{option} lacks its value"))?;
        match option.as_str() {
            "--minutes" => minutes = value.parse()?,
            "--seed" => seed = value.parse()?,
            _ => return Err(format!("no such option: {option}").into()),
        }
    }
    Ok((minutes, seed))
}

/// Over the line that stands there.
fn say(line: &str) {
    print!("\r\x1b[K{line}");
    let _ = std::io::stdout().flush();
}

impl Round {
    /// Every combination in turn, its lots drawn.
    fn draw(random: &mut Random, number: u64) -> Self {
        let rows = matrix();
        let pick = |of: usize, by: u64| usize::try_from(by).unwrap_or(0) % of;
        let works = [Work::Writes, Work::Echoes, Work::Counting, Work::Restarts];
        let work = works[pick(works.len(), number)];
        let row = &rows[pick(rows.len(), random.next())];
        Self {
            row,
            tls: random.one_in(3) && cfg!(feature = "tls") && row.has_tls(),
            protocol: if random.one_in(2) { 2 } else { 3 },
            // only a future can be given up
            blocking: random.one_in(2) && work != Work::Echoes,
            network: NETWORKS[pick(NETWORKS.len(), random.next())],
            work,
            seed: Seed::from(random.next() >> 16),
        }
    }
}

/// Plays a round and adds what came of it.
fn round(round: &Round, sum: &mut Sum) -> Result<()> {
    let restarts = round.work == Work::Restarts;
    let wire = wire::Wire::new(round.tls)?;
    let options = wire.server(round.row);
    let log: &[&str] = if restarts { &["--appendonly", "yes", "--appendfsync", "no"] } else { &[] };
    let mut server = options.arguments(log).start();
    let script = wire.script(if restarts { "" } else { round.network.1 });
    let proxy = Proxy::start(wire.address(&server), script, round.seed)?;
    let settings = "response_timeout=150ms&pool_drain_timeout=20ms&pool_max_size=8";
    let url = wire.url(proxy.address(), &format!("protocol={}&{settings}", round.protocol));
    match round.work {
        Work::Writes | Work::Restarts => {
            let go_on = if restarts { GoOn::until_told() } else { GoOn::times(200) };
            let ledger = std::thread::scope(|scope| {
                let writing = scope.spawn(|| write(round, &url, &go_on));
                if restarts {
                    restart(&mut server, &go_on);
                }
                writing.join().map_err(|_| "a caller panicked")
            })?;
            sum.writes.absorb(ledger.audit(&list(&server)));
        }
        Work::Counting => {
            let counted = count(round, &url, &GoOn::times(400));
            let reply = server.raw().call(&["INCRBY", "n", "0"]).integer();
            sum.miscounted += u64::from(!counted.explains(reply));
            sum.counted.absorb(counted);
        }
        Work::Echoes => sum.echoed.absorb(echo(round, &url)),
    }
    let counts = proxy.counts();
    sum.connections += counts.connections;
    sum.faults += counts.faults;
    Ok(())
}

/// Kills the server three times, and lets the callers get on between.
fn restart(server: &mut Server, go_on: &GoOn) {
    for _ in 0..3 {
        let (before, patience) = (go_on.done(), Instant::now() + Duration::from_secs(20));
        while go_on.done() < before + 100 && Instant::now() < patience {
            sleep(Duration::from_millis(2));
        }
        server.kill();
        server.restart();
    }
    go_on.stop();
}

fn list(server: &Server) -> Vec<String> {
    let reply = server.raw().call(&["LRANGE", "ids", "0", "-1"]);
    reply.items().iter().map(redis_tests::raw::Reply::text).collect()
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().expect("a runtime can be made")
}

fn write(round: &Round, url: &str, go_on: &GoOn) -> Ledger {
    let mut ledger = Ledger::default();
    let key = || "ids".to_owned();
    if round.blocking {
        let r = redis_sync::Redis::from_url(url).expect("the URL is good");
        let caller = |who| {
            let (r, go_on) = (r.clone(), go_on.clone());
            std::thread::spawn(move || work::blocking::write(r, key(), who, go_on))
        };
        let callers: Vec<_> = (0..CALLERS).map(caller).collect();
        callers.into_iter().for_each(|caller| ledger.absorb(caller.join().expect("no panic")));
    } else {
        runtime().block_on(async {
            let r = redis_async::Redis::from_url(url).expect("the URL is good");
            let caller =
                |who| tokio::spawn(work::nonblocking::write(r.clone(), key(), who, go_on.clone()));
            let callers: Vec<_> = (0..CALLERS).map(caller).collect();
            for caller in callers {
                ledger.absorb(caller.await.expect("no panic"));
            }
        });
    }
    ledger
}

fn count(round: &Round, url: &str, go_on: &GoOn) -> Counted {
    let mut counted = Counted::default();
    let key = || "n".to_owned();
    if round.blocking {
        let r = redis_sync::Redis::from_url(url).expect("the URL is good");
        let caller = |_| {
            let (r, go_on) = (r.clone(), go_on.clone());
            std::thread::spawn(move || work::blocking::count(r, key(), go_on))
        };
        let callers: Vec<_> = (0..CALLERS).map(caller).collect();
        callers.into_iter().for_each(|caller| counted.absorb(caller.join().expect("no panic")));
    } else {
        runtime().block_on(async {
            let r = redis_async::Redis::from_url(url).expect("the URL is good");
            let caller =
                |_| tokio::spawn(work::nonblocking::count(r.clone(), key(), go_on.clone()));
            let callers: Vec<_> = (0..CALLERS).map(caller).collect();
            for caller in callers {
                counted.absorb(caller.await.expect("no panic"));
            }
        });
    }
    counted
}

fn echo(round: &Round, url: &str) -> Echoed {
    let mut echoed = Echoed::default();
    runtime().block_on(async {
        let r = redis_async::Redis::from_url(url).expect("the URL is good");
        let caller = |who| {
            let random = round.seed.random(1000 + who);
            tokio::spawn(echo_and_leave(r.clone(), who, 400, random))
        };
        let callers: Vec<_> = (0..50).map(caller).collect();
        for caller in callers {
            echoed.absorb(caller.await.expect("no panic"));
        }
    });
    echoed
}

/// What this process holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Held {
    descriptors: u64,
    threads: u64,
    kilobytes: u64,
}

impl Held {
    /// Zero where the system does not tell.
    fn now() -> Self {
        let entries = |of| std::fs::read_dir(of).map_or(0, |entries| entries.count() as u64);
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = resident.and_then(|text| text.split_whitespace().next()?.parse().ok());
        Self {
            descriptors: entries("/proc/self/fd"),
            threads: entries("/proc/self/task"),
            kilobytes: number.unwrap_or(0),
        }
    }

    /// Once it is down to `before`, or does not go down any more.
    fn settled(before: Option<Self>) -> Self {
        let patience = Instant::now() + Duration::from_secs(if before.is_some() { 5 } else { 1 });
        loop {
            let held = Self::now();
            let is_down = before.is_some_and(|before| held.beyond(before) == 0);
            if is_down || Instant::now() >= patience {
                return held;
            }
            sleep(Duration::from_millis(5));
        }
    }

    /// How many descriptors and threads more than `before`.
    fn beyond(self, before: Self) -> u64 {
        self.descriptors.saturating_sub(before.descriptors)
            + self.threads.saturating_sub(before.threads)
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { descriptors, threads, kilobytes } = self;
        write!(f, "{descriptors} descriptors, {threads} threads, {kilobytes} kB")
    }
}
