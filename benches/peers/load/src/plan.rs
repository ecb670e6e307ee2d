//! What a subject is asked to do.

use std::path::PathBuf;
use std::time::Duration;

/// What is asked of a subject, from its arguments: `async get:16 address=127.0.0.1:6379 tasks=256`.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Blocking or async.
    pub flavour: Flavour,
    /// What is done again and again.
    pub workload: Workload,
    /// Its name, as it was given.
    pub name: String,
    /// Host and port of the server.
    pub address: String,
    /// The server's port for TLS, and the file with the authority that vouches for it.
    pub tls: Option<(u16, PathBuf)>,
    /// The server's unix socket, where that is to be used.
    pub socket: Option<PathBuf>,
    /// Tasks of an async subject.
    pub tasks: usize,
    /// Threads of a blocking subject.
    pub threads: usize,
    /// Connections that all share, where each operation checks one out.
    pub connections: Option<u32>,
    /// On how many threads the tasks run.
    pub runtime: Runtime,
    /// How long is measured.
    pub time: Duration,
    /// How long it runs before that.
    pub warmup: Duration,
    /// How many operations each thread or task does, instead of a time.
    pub operations: Option<u64>,
    /// Operations a second for all together, that arrive whether or not others have ended.
    pub rate: Option<u64>,
    /// So many messages wait at the server before a subject reads the first of them.
    pub waiting: Option<u64>,
    /// Are allocations counted?
    pub count: bool,
    /// Processors to stay on; all, where none is named.
    pub cores: Vec<usize>,
    /// A way of the subject's own to do it: `pool`, `everything`.
    pub variant: String,
}

/// Whether a thread waits for each reply, or tasks share the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// A thread that waits.
    Blocking,
    /// Tasks of tokio.
    Async,
}

/// On how many threads tasks run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runtime {
    /// One.
    Current,
    /// As many as there are processors.
    Multi,
}

/// What is done again and again. Numbers are bytes of a value, or elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workload {
    /// `GET` of a value of so many bytes.
    Get(usize),
    /// `SET` of one.
    Set(usize),
    /// `MGET` of so many keys of 16 bytes.
    Mget(usize),
    /// `HGETALL` of so many fields, into a map.
    Hgetall(usize),
    /// The same into a struct whose fields have their names.
    Struct(usize),
    /// `LRANGE` of so many elements.
    Lrange(usize),
    /// The same, borrowed from the reply where a client can.
    Borrowed(usize),
    /// `XRANGE` of so many entries of two fields.
    Xrange(usize),
    /// `ZRANGE … WITHSCORES` of so many members.
    Zrange(usize),
    /// So many `GET` in one pipeline.
    Pipeline(usize),
    /// Connect and greet, with a login, a name and a database.
    Connect,
    /// What connections and waiting commands hold in memory.
    Memory,
    /// Encoding `SET` of 16 bytes, without a server.
    Encode,
    /// Decoding a bulk string, without a server.
    DecodeBulk,
    /// Decoding an array of a thousand strings, without a server.
    DecodeArray,
    /// Decoding a map of a hundred fields, without a server.
    DecodeMap,
    /// Messages of a channel, of 16 bytes.
    Messages,
    /// Publishing them: every subject does that in a process of its own.
    Publish,
}

impl Workload {
    fn named(name: &str) -> Option<Self> {
        let (word, number) = name.split_once(':').unwrap_or((name, "0"));
        let number = number.parse().ok()?;
        Some(match word {
            "get" => Self::Get(number),
            "set" => Self::Set(number),
            "mget" => Self::Mget(number),
            "hgetall" => Self::Hgetall(number),
            "struct" => Self::Struct(number),
            "lrange" => Self::Lrange(number),
            "borrowed" => Self::Borrowed(number),
            "xrange" => Self::Xrange(number),
            "zrange" => Self::Zrange(number),
            "pipeline" => Self::Pipeline(number),
            "connect" => Self::Connect,
            "memory" => Self::Memory,
            "encode" => Self::Encode,
            "decode-bulk" => Self::DecodeBulk,
            "decode-array" => Self::DecodeArray,
            "decode-map" => Self::DecodeMap,
            "messages" => Self::Messages,
            "publish" => Self::Publish,
            _ => return None,
        })
    }
}

impl Plan {
    /// The plan that the arguments of this process describe.
    ///
    /// # Errors
    /// A sentence about the argument that is none.
    pub fn from_arguments() -> Result<Self, String> {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let [flavour, name, options @ ..] = arguments.as_slice() else {
            return Err("usage: (blocking|async) WORKLOAD [option=value ...]".to_owned());
        };
        let flavour = match flavour.as_str() {
            "blocking" => Flavour::Blocking,
            "async" => Flavour::Async,
            other => return Err(format!("no such flavour: {other}")),
        };
        let workload = Workload::named(name).ok_or_else(|| format!("no such workload: {name}"))?;
        let mut plan = Self {
            flavour,
            workload,
            name: name.clone(),
            address: "127.0.0.1:6379".to_owned(),
            tls: None,
            socket: None,
            tasks: 1,
            threads: 1,
            connections: None,
            runtime: Runtime::Current,
            time: Duration::from_millis(500),
            warmup: Duration::from_millis(100),
            operations: None,
            rate: None,
            waiting: None,
            count: false,
            cores: Vec::new(),
            variant: String::new(),
        };
        for option in options {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            plan.set(name, value).ok_or_else(|| format!("no such option: {option}"))?;
        }
        Ok(plan)
    }

    fn set(&mut self, name: &str, value: &str) -> Option<()> {
        match name {
            "address" => self.address = value.to_owned(),
            "tls" => {
                let (port, file) = value.split_once(',')?;
                self.tls = Some((port.parse().ok()?, file.into()));
            }
            "socket" => self.socket = Some(value.into()),
            "tasks" => self.tasks = value.parse().ok()?,
            "threads" => self.threads = value.parse().ok()?,
            "connections" => self.connections = Some(value.parse().ok()?),
            "runtime" => {
                self.runtime = match value {
                    "current" => Runtime::Current,
                    "multi" => Runtime::Multi,
                    _ => return None,
                }
            }
            "milliseconds" => self.time = Duration::from_millis(value.parse().ok()?),
            "warmup" => self.warmup = Duration::from_millis(value.parse().ok()?),
            "operations" => self.operations = Some(value.parse().ok()?),
            "rate" => self.rate = Some(value.parse().ok()?),
            "waiting" => self.waiting = Some(value.parse().ok()?),
            "count" => self.count = value == "1",
            "cores" => {
                self.cores =
                    value.split(',').map(|core| core.parse().ok()).collect::<Option<_>>()?;
            }
            "variant" => self.variant = value.to_owned(),
            _ => return None,
        }
        Some(())
    }

    /// The port of [`address`](Self::address).
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(6379)
    }

    /// The server as a URL.
    #[must_use]
    pub fn url(&self) -> String {
        match (&self.socket, &self.tls) {
            (Some(socket), _) => format!("unix://{}", socket.display()),
            (None, Some((port, _))) => format!("rediss://localhost:{port}"),
            (None, None) => format!("redis://{}", self.address),
        }
    }

    /// The runtime that the tasks run on.
    ///
    /// # Panics
    /// If the system refuses its threads.
    #[must_use]
    pub fn runtime(&self) -> tokio::runtime::Runtime {
        let built = match self.runtime {
            Runtime::Current => tokio::runtime::Builder::new_current_thread().enable_all().build(),
            Runtime::Multi => tokio::runtime::Builder::new_multi_thread().enable_all().build(),
        };
        built.expect("a runtime")
    }

    /// One latency of so many is taken: where an operation costs less than a microsecond, reading the
    /// clock twice would be a fifth of it.
    pub(crate) fn sampling(&self) -> u64 {
        if self.workload == Workload::Messages {
            // what is fetched is there already: that takes less time than to read the clock
            return 1024;
        }
        match self.tasks.max(self.threads) {
            0..=16 => 4,
            _ => 16,
        }
    }

    /// A value of so many bytes.
    #[must_use]
    pub fn value(length: usize) -> String {
        "0123456789abcdef".chars().cycle().take(length).collect()
    }

    /// The key of the value of so many bytes.
    #[must_use]
    pub fn key(length: usize) -> String {
        format!("value:{length}")
    }

    /// The key that values of so many bytes are written to.
    #[must_use]
    pub fn written(length: usize) -> String {
        format!("written:{length}")
    }

    /// The keys of so many values of 16 bytes.
    #[must_use]
    pub fn keys(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("many:{number:02}")).collect()
    }

    /// The key of the collection of this kind with so many elements.
    #[must_use]
    pub fn collection(kind: &str, count: usize) -> String {
        format!("{kind}:{count}")
    }
}
