//! What is measured: a cell is one piece of work that several subjects do, on one server, in the same rounds.

use super::options::Options;

/// Where the client runs, as seen from the server's processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placement {
    /// On the server's own: no wake-up from one processor to another, the steadiest there is.
    Same,
    /// On another one.
    Split,
    /// Both wherever the system puts them.
    Free,
    /// Not on a server at all.
    Alone,
}

/// What is measured of each run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Time, in alternating rounds.
    Timed,
    /// Allocations, in one run: they do not vary.
    Counted,
    /// Instructions in user space, by callgrind, in one run each of two lengths.
    Instructions,
    /// Latency at a rate: four fifths of what the slowest did in the cell of this name.
    Paced(&'static str),
}

/// One piece of work and who does it.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    /// Its name, by which it is asked for.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) placement: Placement,
    /// The work, as subjects are told: `get:16`.
    pub(crate) workload: String,
    /// More that they are told: `tasks=256`.
    pub(crate) options: Vec<String>,
    /// Who does it: flavour, subject and, where it has several, a way: `async/floor/slots`.
    pub(crate) runs: Vec<&'static str>,
    /// At least so many rounds.
    pub(crate) rounds: usize,
}

/// How the names of the cells begin that differ in their processors alone; what and how many follow.
pub(crate) const ON_CORES: &str = "cores/";

/// The peers that are Rust, by flavour.
pub(crate) const ASYNC_PEERS: [&str; 3] = ["async/redis-rs", "async/fred", "async/rustis"];
const ASYNC: [&str; 5] =
    ["async/floor", "async/ours", "async/redis-rs", "async/fred", "async/rustis"];
const SHARED: [&str; 5] =
    ["async/floor/slots", "async/ours", "async/redis-rs", "async/fred", "async/rustis"];
/// C calls back and has one thread: a reference where the tasks have one too.
const CALLED_BACK: &str = "async/hiredis";
const BLOCKING: [&str; 4] =
    ["blocking/floor", "blocking/ours", "blocking/redis-rs", "blocking/hiredis"];
const PYTHON: [&str; 2] = ["blocking/redis-py", "blocking/redis-py-hiredis"];

fn cell(
    name: impl Into<String>,
    placement: Placement,
    workload: impl Into<String>,
    runs: impl IntoIterator<Item = &'static str>,
) -> Cell {
    Cell {
        name: name.into(),
        kind: Kind::Timed,
        placement,
        workload: workload.into(),
        options: Vec::new(),
        runs: runs.into_iter().collect(),
        rounds: 0,
    }
}

impl Cell {
    fn with(mut self, option: impl Into<String>) -> Self {
        self.options.push(option.into());
        self
    }

    fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    fn rounds(mut self, rounds: usize) -> Self {
        self.rounds = rounds;
        self
    }
}

/// All that is measured with these options, in order.
pub(crate) fn all(options: &Options) -> Vec<Cell> {
    let mut cells = shared();
    cells.extend(alone());
    cells.extend(aggregates());
    cells.extend(threads());
    cells.extend(contended());
    cells.extend(large());
    cells.extend(counted());
    cells.extend(codec());
    cells.extend(links());
    cells.extend(everything());
    cells.extend(messages());
    cells.push(instructions_of_set());
    cells.extend(reference());
    if !options.quick {
        cells.extend(only_in_full());
    }
    cells.extend(options.cores.iter().flat_map(|&cores| on_cores(cores)));
    let paces: Vec<&str> = cells
        .iter()
        .filter(|cell| options.wants(&cell.name))
        .filter_map(|cell| match cell.kind {
            Kind::Paced(of) => Some(of),
            _ => None,
        })
        .collect();
    cells.retain(|cell| options.wants(&cell.name) || paces.contains(&cell.name.as_str()));
    cells
}

/// Many tasks, one connection.
fn shared() -> Vec<Cell> {
    let mut cells = Vec::new();
    for tasks in [16, 256, 2048, 10_000] {
        let name = format!("shared/get:16/{tasks}");
        let runs = SHARED.into_iter().chain([CALLED_BACK]);
        let current = cell(name, Placement::Split, "get:16", runs);
        cells.push(current.with(format!("tasks={tasks}")));
    }
    cells.extend([256, 2048, 10_000].map(shared_by_threads));
    let paced = cell("paced/get:16", Placement::Split, "get:16", SHARED);
    cells.push(paced.kind(Kind::Paced("shared/get:16/256")));
    cells
}

/// The same with a runtime of several threads.
fn shared_by_threads(tasks: usize) -> Cell {
    cell(format!("shared/get:16/{tasks}/multi"), Placement::Free, "get:16", SHARED)
        .with(format!("tasks={tasks}"))
        .with("runtime=multi")
        .rounds(9)
}

/// One caller, one command at a time.
fn alone() -> Vec<Cell> {
    let blocking = || BLOCKING.into_iter().chain(PYTHON);
    vec![
        cell("alone/get:16", Placement::Same, "get:16", blocking().chain(ASYNC)),
        cell("alone/set:16", Placement::Same, "set:16", BLOCKING.into_iter().chain(ASYNC)),
    ]
}

/// Replies of many elements, and many commands at once.
fn aggregates() -> Vec<Cell> {
    let both = || BLOCKING.into_iter().chain(ASYNC);
    let mut cells: Vec<Cell> =
        ["mget:100", "xrange:100", "zrange:1000", "pipeline:100", "pipeline:1000"]
            .map(|work| cell(format!("many/{work}"), Placement::Same, work, both()))
            .into();
    let borrowed = ["blocking/ours/borrowed", "async/ours/borrowed"];
    let list = both().chain(["blocking/redis-py-hiredis"]).chain(borrowed);
    cells.push(cell("many/lrange:1000", Placement::Same, "lrange:1000", list));
    let structs = ["blocking/ours/struct", "async/ours/struct", "async/rustis/struct"];
    cells.push(cell("many/hgetall:100", Placement::Same, "hgetall:100", both().chain(structs)));
    cells
}

/// Threads that share the blocking client, or have a connection each.
fn threads() -> Vec<Cell> {
    [2, 8, 32].map(threads_of).into()
}

fn threads_of(threads: usize) -> Cell {
    let ways = ["blocking/floor", "blocking/ours", "blocking/redis-rs", "blocking/redis-rs/pool"];
    cell(format!("threads/get:16/{threads}"), Placement::Free, "get:16", ways)
        .with(format!("threads={threads}"))
}

/// A connection of a pool that has few of them, taken and given back for each command.
fn contended() -> Vec<Cell> {
    let contended = |name: String, runs: [&'static str; 2]| {
        cell(name, Placement::Free, "get:16", runs).with("connections=4")
    };
    let blocking = ["blocking/ours/pool", "blocking/redis-rs/pool"];
    let mut cells = vec![
        contended("pool/get:16/8".to_owned(), blocking).with("threads=8"),
        contended("pool/get:16/32".to_owned(), blocking).with("threads=32"),
    ];
    let shared = ["async/ours/pool", "async/redis-rs/pool"];
    cells.push(contended("pool/get:16/tasks:32".to_owned(), shared).with("tasks=32"));
    cells
}

/// Values that are larger than buffers.
fn large() -> Vec<Cell> {
    let both = || BLOCKING.into_iter().chain(ASYNC);
    ["get:65536", "set:65536", "get:1048576", "set:1048576"]
        .map(|work| cell(format!("large/{work}"), Placement::Same, work, both()))
        .into()
}

/// What is allocated for a command.
fn counted() -> Vec<Cell> {
    let rust = ["blocking/ours", "blocking/redis-rs", "async/ours"].into_iter().chain(ASYNC_PEERS);
    ["get:16", "set:16", "mget:100", "lrange:1000", "hgetall:100", "get:65536", "set:65536"]
        .into_iter()
        .map(|work| {
            let name = format!("allocations/{work}");
            cell(name, Placement::Same, work, rust.clone()).kind(Kind::Counted)
        })
        .chain([cell("allocations/encode", Placement::Alone, "encode", ["blocking/ours"])
            .kind(Kind::Counted)])
        .chain([cell("memory", Placement::Free, "memory", ["blocking/ours", "async/ours"])
            .kind(Kind::Counted)])
        .collect()
}

/// Encoding and decoding without a server.
fn codec() -> Vec<Cell> {
    ["encode", "decode-bulk", "decode-array", "decode-map"]
        .map(|work| {
            let redis = (work != "decode-map").then_some("blocking/redis-rs");
            let runs = ["blocking/floor", "blocking/ours"].into_iter().chain(redis);
            cell(format!("codec/{work}"), Placement::Alone, work, runs)
        })
        .into()
}

/// Connecting, TLS and unix sockets.
fn links() -> Vec<Cell> {
    let rust = [
        "blocking/floor",
        "blocking/ours",
        "blocking/redis-rs",
        "async/floor",
        "async/ours",
        "async/redis-rs",
    ];
    let tls = rust;
    let unix = rust.into_iter().chain(["blocking/hiredis"]);
    vec![
        cell("connect", Placement::Same, "connect", BLOCKING.into_iter().chain(ASYNC)),
        cell("tls/get:16", Placement::Same, "get:16", tls).with("tls"),
        cell("unix/get:16", Placement::Same, "get:16", unix).with("socket"),
    ]
}

/// All that a client can be told to do beside its commands, against none of it.
fn everything() -> Vec<Cell> {
    let ways = |flavour: [&'static str; 2], name: &str, placement| {
        cell(name, placement, "get:16", flavour)
    };
    let blocking = ["blocking/ours/everything", "blocking/ours/nothing"];
    let shared = ["async/ours/everything", "async/ours/nothing"];
    vec![
        ways(blocking, "everything/blocking", Placement::Same),
        ways(shared, "everything/async", Placement::Split).with("tasks=256"),
    ]
}

/// Messages of a channel, from a publisher that is a process of its own: while it publishes, which is as fast as a server
/// can be told of them, and when all of them wait at the server, which is as fast as a subscriber takes them. So many are
/// less than makes a server cut it off.
fn messages() -> [Cell; 2] {
    let others = ["async/ours"].into_iter().chain(ASYNC_PEERS);
    let runs: Vec<_> = BLOCKING.into_iter().chain(others).collect();
    let cell = |name| cell(name, Placement::Free, "messages", runs.clone());
    [cell("messages"), cell("messages/waiting").with("waiting=100000")]
}

/// How often a large value is copied on its way out: instructions for each of its bytes.
fn instructions_of_set() -> Cell {
    let runs = ["blocking/floor/copied", "blocking/ours", "async/ours"];
    cell("copies/set", Placement::Free, "set", runs).kind(Kind::Instructions)
}

/// What the server's own load generator reaches with fifty connections, by the depth of its pipelines.
fn reference() -> [Cell; 3] {
    [1, 16, 64].map(|depth| {
        let name = format!("reference/get:16/pipeline:{depth}");
        cell(name, Placement::Split, "get:16", ["c/redis-benchmark"])
            .with(format!("pipeline={depth}"))
    })
}

/// Sizes in between, which no goal is about.
fn only_in_full() -> Vec<Cell> {
    let shared = |work: &'static str, tasks: usize| {
        cell(format!("shared/{work}/{tasks}"), Placement::Split, work, SHARED_PEERS)
            .with(format!("tasks={tasks}"))
    };
    let both = || BLOCKING.into_iter().chain(ASYNC);
    let mut cells = vec![shared("set:16", 256), shared("get:1024", 256), shared("set:1024", 256)];
    cells.extend(
        ["get:1024", "set:1024"]
            .map(|work| cell(format!("alone/{work}"), Placement::Same, work, both())),
    );
    cells.extend(
        ["pipeline:10", "pipeline:100000"]
            .map(|work| cell(format!("many/{work}"), Placement::Same, work, both())),
    );
    cells.extend([1, 16].map(shared_by_threads));
    cells.push(threads_of(1));
    cells
}

const SHARED_PEERS: [&str; 4] = ["async/ours", "async/redis-rs", "async/fred", "async/rustis"];

/// A shared connection, and a shared client, on so many processors; the server is wherever the system puts it.
fn on_cores(cores: usize) -> [Cell; 2] {
    let list: Vec<String> = (0..cores).map(|core| core.to_string()).collect();
    let list = format!("cores={}", list.join(","));
    let threads = ["blocking/floor", "blocking/ours", "blocking/redis-rs/pool"];
    [
        cell(format!("{ON_CORES}tasks/{cores}"), Placement::Free, "get:16", SHARED)
            .with("tasks=2048")
            .with("runtime=multi")
            .with(list.clone()),
        cell(format!("{ON_CORES}threads/{cores}"), Placement::Free, "get:16", threads)
            .with("threads=32")
            .with(list),
    ]
}

#[cfg(test)]
mod tests {
    use super::{Options, all};
    use std::collections::BTreeSet;

    #[test]
    fn no_two_cells_have_the_same_name() {
        let cells = all(&Options { cores: vec![1, 2], ..Options::default() });
        let names: BTreeSet<_> = cells.iter().map(|cell| &cell.name).collect();
        assert_eq!(names.len(), cells.len());
    }

    #[test]
    fn a_paced_cell_comes_with_the_one_that_sets_its_pace_and_after_it() {
        for only in [None, Some("paced".to_owned())] {
            let cells = all(&Options { only, ..Options::default() });
            let at = |name: &str| cells.iter().position(|cell| cell.name == name);
            assert!(at("shared/get:16/256") < at("paced/get:16"));
            assert!(at("shared/get:16/256").is_some());
        }
    }
}
