//! The goals: which figures each is about, and what they have to be.

use super::cells::ASYNC_PEERS;
use super::results::{Measured, Results};
use super::subjects::subject;
use super::verdict::{Bound, Goal, Part};
use Bound::{AtLeast, AtMost};

const BLOCKING: &str = "blocking/ours";
const ASYNC: &str = "async/ours";
/// Peers of either flavour, where each is compared with the floor of its own.
const RUST_PEERS: [&str; 4] = ["blocking/redis-rs", "async/redis-rs", "async/fred", "async/rustis"];
/// What a count of allocations may be over by: what the runtime does now and then.
const NOW_AND_THEN: f64 = 0.05;

/// What all goals came to.
pub(crate) fn all(results: &Results) -> Vec<Goal> {
    let judge = Judge { results };
    vec![
        judge.many_tasks(),
        judge.ten_thousand_tasks(),
        judge.hundreds_of_tasks(),
        judge.multi_thread(),
        judge.few_tasks(),
        judge.one_task(),
        judge.one_thread(),
        judge.lists(),
        judge.hashes(),
        judge.other_aggregates(),
        judge.pipelines(),
        judge.threads(),
        judge.messages(),
        judge.large_values(),
        judge.allocations(),
        judge.codec(),
        judge.tail(),
        judge.cost(),
        judge.connecting(),
        judge.tls(),
        judge.memory(),
        judge.everything(),
    ]
}

fn goal(name: &'static str, title: &'static str, parts: Vec<Part>) -> Goal {
    Goal { name, title, parts, why_not: None }
}

fn part(what: impl Into<String>, found: Option<f64>, bound: Bound) -> Part {
    Part { what: what.into(), found, bound }
}

struct Judge<'r> {
    results: &'r Results,
}

/// Which figures are better when they are greater?
fn greater_is_better(figure: &str) -> bool {
    figure == "rate"
}

impl Judge<'_> {
    fn cell(&self, name: &str) -> Option<&Measured> {
        self.results.get(name)
    }

    fn median(&self, cell: &str, run: &str, figure: &str) -> Option<f64> {
        self.cell(cell)?.median(run, figure)
    }

    /// The ratio of two runs, paired within each round.
    fn ratio(&self, cell: &str, figure: &str, ours: &str, other: &str) -> Option<f64> {
        self.cell(cell)?.paired(figure, &[ours, other], |both| match both {
            [ours, other] => ours / other,
            _ => f64::NAN,
        })
    }

    /// The ratio to whoever of these is best at it.
    fn to_best(&self, cell: &str, figure: &str, ours: &str, peers: &[&str], bound: Bound) -> Part {
        let best = self.cell(cell).and_then(|measured| {
            let known =
                peers.iter().filter_map(|&peer| Some((peer, measured.median(peer, figure)?)));
            let sign = if greater_is_better(figure) { -1.0 } else { 1.0 };
            known.min_by(|a, b| (sign * a.1).total_cmp(&(sign * b.1))).map(|(peer, _)| peer)
        });
        let found = best.and_then(|best| self.ratio(cell, figure, ours, best));
        let best = best.map_or("best peer", subject);
        part(format!("{cell} {} / {best}", worded(figure)), found, bound)
    }

    /// The ratio to one other.
    fn to(&self, cell: &str, figure: &str, ours: &str, other: &str, bound: Bound) -> Part {
        let found = self.ratio(cell, figure, ours, other);
        part(format!("{cell} {} / {}", worded(figure), subject(other)), found, bound)
    }

    /// Processor time over the floor of the run's flavour, in microseconds.
    fn over_floor(&self, cell: &str, run: &str) -> Option<f64> {
        self.cell(cell)?.paired("cpu_us", &[run, floor(run)], |both| match both {
            [run, floor] => run - floor,
            _ => f64::NAN,
        })
    }

    /// The ratio of what two runs take over their floors.
    fn over_floors(&self, cell: &str, ours: &str, other: &str) -> Option<f64> {
        let runs = [ours, floor(ours), other, floor(other)];
        self.cell(cell)?.paired("cpu_us", &runs, |all| match all {
            [ours, our_floor, other, other_floor] => {
                (ours - our_floor) / (other - other_floor).max(f64::MIN_POSITIVE)
            }
            _ => f64::NAN,
        })
    }

    /// The same to whichever peer takes least over its floor.
    fn over_floors_of_best(&self, cell: &str, ours: &str, peers: &[&str], bound: Bound) -> Part {
        let known = peers.iter().filter_map(|&peer| Some((peer, self.over_floor(cell, peer)?)));
        let best = known.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(peer, _)| peer);
        let found = best.and_then(|best| self.over_floors(cell, ours, best));
        let best = best.map_or("best peer", subject);
        part(format!("{ours} {cell} CPU over floor / {best}"), found, bound)
    }

    fn many_tasks(&self) -> Goal {
        let cell = "shared/get:16/2048";
        goal(
            "S1",
            "async GET, 2048 tasks",
            vec![
                self.to_best(cell, "rate", ASYNC, &ASYNC_PEERS, AtLeast(2.4)),
                self.to(cell, "rate", ASYNC, "async/floor/slots", AtLeast(0.65)),
            ],
        )
    }

    fn ten_thousand_tasks(&self) -> Goal {
        let cell = "shared/get:16/10000";
        goal(
            "S2",
            "async GET, 10000 tasks",
            vec![
                self.to_best(cell, "rate", ASYNC, &ASYNC_PEERS, AtLeast(3.0)),
                self.to_best(cell, "p99_ns", ASYNC, &ASYNC_PEERS, AtMost(0.6)),
            ],
        )
    }

    fn hundreds_of_tasks(&self) -> Goal {
        let cell = "shared/get:16/256";
        goal(
            "S3",
            "async GET, 256 tasks",
            vec![
                self.to_best(cell, "rate", ASYNC, &ASYNC_PEERS, AtLeast(1.12)),
                self.to_best(cell, "cpu_us", ASYNC, &ASYNC_PEERS, AtMost(0.45)),
            ],
        )
    }

    fn multi_thread(&self) -> Goal {
        let cells = [(256, 1.05, 0.85), (2048, 1.2, 0.75), (10_000, 1.2, 0.75)];
        let parts = cells.into_iter().flat_map(|(tasks, rate, cpu)| {
            let cell = format!("shared/get:16/{tasks}/multi");
            [
                self.to_best(&cell, "rate", ASYNC, &ASYNC_PEERS, AtLeast(rate)),
                self.to_best(&cell, "cpu_us", ASYNC, &ASYNC_PEERS, AtMost(cpu)),
                self.to_best(&cell, "p99_ns", ASYNC, &ASYNC_PEERS, AtMost(1.0)),
            ]
        });
        goal("S4", "async GET, multi-thread runtime", parts.collect())
    }

    fn few_tasks(&self) -> Goal {
        let cell = "shared/get:16/16";
        goal(
            "S5",
            "async GET, 16 tasks",
            vec![
                self.to_best(cell, "rate", ASYNC, &ASYNC_PEERS, AtLeast(1.1)),
                self.to_best(cell, "cpu_us", ASYNC, &ASYNC_PEERS, AtMost(0.85)),
            ],
        )
    }

    fn one_task(&self) -> Goal {
        let cell = "alone/get:16";
        goal(
            "S6",
            "async GET, one task",
            vec![
                self.to(cell, "rate", ASYNC, "async/floor", AtLeast(0.91)),
                part("CPU over floor in µs", self.over_floor(cell, ASYNC), AtMost(1.2)),
            ],
        )
    }

    fn one_thread(&self) -> Goal {
        let parts = ["alone/get:16", "alone/set:16"].into_iter().flat_map(|cell| {
            let over = self.over_floor(cell, BLOCKING);
            [
                self.to(cell, "rate", BLOCKING, "blocking/floor", AtLeast(0.97)),
                part(format!("{cell} CPU over floor in µs"), over, AtMost(0.1)),
            ]
        });
        goal("S7", "blocking GET and SET", parts.collect())
    }

    fn lists(&self) -> Goal {
        let cell = "many/lrange:1000";
        let parts = [(BLOCKING, "blocking/redis-rs"), (ASYNC, "async/redis-rs")].into_iter();
        let parts = parts.flat_map(|(ours, redis)| {
            let hiredis = self.over_floors(cell, ours, "blocking/hiredis");
            [
                self.over_floors_of_best(cell, ours, &RUST_PEERS, AtMost(0.65)),
                part(format!("{ours} / hiredis"), hiredis, AtMost(1.0)),
                part(
                    format!("redis-rs / {ours}"),
                    self.over_floors(cell, redis, ours),
                    AtLeast(3.5),
                ),
            ]
        });
        goal("S8", "LRANGE 1000", parts.collect())
    }

    fn hashes(&self) -> Goal {
        let cell = "many/hgetall:100";
        let peers = [&RUST_PEERS[..], &["async/rustis/struct"]].concat();
        let mut parts = Vec::new();
        for (ours, redis) in [(BLOCKING, "blocking/redis-rs"), (ASYNC, "async/redis-rs")] {
            parts.push(self.over_floors_of_best(cell, ours, &RUST_PEERS, AtMost(0.65)));
            let redis = self.over_floors(cell, redis, ours);
            parts.push(part(format!("redis-rs / {ours}"), redis, AtLeast(3.5)));
        }
        for ours in ["blocking/ours/struct", "async/ours/struct"] {
            parts.push(self.over_floors_of_best(cell, ours, &peers, AtMost(0.65)));
        }
        goal("S9", "HGETALL 100 into a map and a struct", parts)
    }

    fn other_aggregates(&self) -> Goal {
        let cells = ["many/xrange:100", "many/zrange:1000", "many/mget:100"];
        let parts = cells.into_iter().flat_map(|cell| {
            [BLOCKING, ASYNC]
                .map(|ours| self.over_floors_of_best(cell, ours, &RUST_PEERS, AtMost(0.7)))
        });
        goal("S10", "XRANGE 100, ZRANGE 1000, MGET 100", parts.collect())
    }

    fn pipelines(&self) -> Goal {
        let parts = ["many/pipeline:100", "many/pipeline:1000"].into_iter().flat_map(|cell| {
            [BLOCKING, ASYNC].into_iter().flat_map(move |ours| {
                let mut best = self.to_best(cell, "cpu_us", ours, &RUST_PEERS, AtMost(0.45));
                best.what = format!("{ours} {}", best.what);
                let mut hiredis = self.to(cell, "cpu_us", ours, "blocking/hiredis", AtMost(0.65));
                hiredis.what = format!("{ours} {}", hiredis.what);
                [best, hiredis]
            })
        });
        goal("S11", "explicit pipelines", parts.collect())
    }

    fn threads(&self) -> Goal {
        let pool = "blocking/redis-rs/pool";
        goal(
            "S12",
            "threads on one blocking client",
            vec![
                self.to("threads/get:16/32", "rate", BLOCKING, pool, AtLeast(1.6)),
                self.to("threads/get:16/8", "rate", BLOCKING, pool, AtLeast(1.0)),
                self.to("threads/get:16/2", "rate", BLOCKING, "blocking/redis-rs", AtLeast(0.95)),
            ],
        )
    }

    fn messages(&self) -> Goal {
        let parts = [BLOCKING, ASYNC].into_iter().flat_map(|ours| {
            // the one as fast as a subscriber takes them, the other as they come
            let figures =
                [("messages/waiting", "rate", AtLeast(1.7)), ("messages", "cpu_us", AtMost(0.3))];
            figures.map(|(cell, figure, bound)| {
                let mut part = self.to_best(cell, figure, ours, &RUST_PEERS, bound);
                part.what = format!("{ours} {}", part.what);
                part
            })
        });
        goal("S13", "messages of a channel", parts.collect())
    }

    fn large_values(&self) -> Goal {
        let mut parts = Vec::new();
        for (ours, copies) in [(BLOCKING, 0.1), (ASYNC, 1.1)] {
            let allocations = self.median("allocations/get:65536", ours, "allocations_each");
            let allocations_bound = AtMost(3.0 + NOW_AND_THEN);
            parts.push(part(format!("{ours} GET allocations"), allocations, allocations_bound));
            let over = self.over_floor("large/get:65536", ours);
            parts.push(part(format!("{ours} GET 64 KiB CPU over floor in µs"), over, AtMost(3.0)));
            let figure = "instructions_per_byte";
            let found = self.ratio("copies/set", figure, ours, "blocking/floor/copied");
            parts.push(part(format!("{ours} SET copies"), found, AtMost(copies)));
        }
        goal("S14", "large values", parts)
    }

    fn allocations(&self) -> Goal {
        let mut parts = Vec::new();
        for (ours, more) in [(BLOCKING, 2.0), (ASYNC, 3.0)] {
            let work = [
                ("get:16", 1.0),
                ("set:16", 0.0),
                ("mget:100", 100.0 + more),
                ("lrange:1000", 1000.0 + more),
                ("hgetall:100", 200.0 + more),
            ];
            for (work, most) in work {
                let found = self.median(&format!("allocations/{work}"), ours, "allocations_each");
                parts.push(part(format!("{ours} {work}"), found, AtMost(most + NOW_AND_THEN)));
            }
        }
        goal("S15", "allocations", parts)
    }

    fn codec(&self) -> Goal {
        let (floor, redis) = ("blocking/floor", "blocking/redis-rs");
        let allocations = self.median("allocations/encode", BLOCKING, "allocations_each");
        let mut parts = vec![
            part("encode allocations", allocations, AtMost(0.001)),
            self.to("codec/encode", "cpu_us", BLOCKING, floor, AtMost(2.5)),
            self.to("codec/encode", "cpu_us", BLOCKING, redis, AtMost(1.0)),
        ];
        parts.extend(
            ["codec/decode-bulk", "codec/decode-array", "codec/decode-map"]
                .map(|cell| self.to(cell, "cpu_us", BLOCKING, floor, AtMost(1.3))),
        );
        goal("S16", "codec alone", parts)
    }

    fn tail(&self) -> Goal {
        let parts = ["p99_ns", "p999_ns"]
            .map(|figure| self.to_best("paced/get:16", figure, ASYNC, &ASYNC_PEERS, AtMost(0.8)));
        goal("S17", "tail at the same rate for all", parts.into())
    }

    fn cost(&self) -> Goal {
        let mut parts = Vec::new();
        for (ours, redis, crates) in
            [(BLOCKING, "blocking/redis-rs", 26.0), (ASYNC, "async/redis-rs", 28.0)]
        {
            let of = |figure| self.median("cost", ours, figure);
            parts.push(part(format!("{ours} crates"), of("crates"), AtMost(crates)));
            parts.push(self.to("cost", "build_seconds", ours, redis, AtMost(0.6)));
            let megabytes = of("bytes").map(|bytes| bytes / 1e6);
            parts.push(part(format!("{ours} megabytes"), megabytes, AtMost(1.0)));
        }
        goal("S18", "cost of having it", parts)
    }

    fn connecting(&self) -> Goal {
        goal(
            "S19",
            "connect and greet",
            vec![
                self.to("connect", "p50_ns", BLOCKING, "blocking/floor", AtMost(1.15)),
                self.to("connect", "p50_ns", ASYNC, "async/floor", AtMost(1.15)),
            ],
        )
    }

    fn tls(&self) -> Goal {
        goal(
            "S20",
            "GET over TLS",
            [(BLOCKING, "blocking/floor"), (ASYNC, "async/floor")]
                .map(|(ours, floor)| {
                    let mut part = self.to("tls/get:16", "rate", ours, floor, AtLeast(0.9));
                    part.what = format!("{ours} {}", part.what);
                    part
                })
                .into(),
        )
    }

    fn memory(&self) -> Goal {
        let of = |run, figure| self.median("memory", run, figure);
        goal(
            "S21",
            "memory",
            vec![
                part(
                    "bytes of an idle connection",
                    of(BLOCKING, "idle_connection_bytes"),
                    AtMost(8192.0),
                ),
                part(
                    "bytes of an idle async connection",
                    of(ASYNC, "idle_connection_bytes"),
                    AtMost(8192.0),
                ),
                part("bytes of 10000 waiting", of(ASYNC, "waiting_bytes"), AtMost(4e6)),
                part("bytes of a future", of(ASYNC, "future_bytes"), AtMost(192.0)),
            ],
        )
    }

    fn everything(&self) -> Goal {
        goal(
            "S22",
            "everything on against off",
            vec![
                self.to(
                    "everything/blocking",
                    "cpu_us",
                    "blocking/ours/everything",
                    "blocking/ours/nothing",
                    AtMost(1.05),
                ),
                self.to(
                    "everything/async",
                    "cpu_us",
                    "async/ours/everything",
                    "async/ours/nothing",
                    AtMost(1.05),
                ),
            ],
        )
    }
}

/// The floor of a run's flavour.
fn floor(run: &str) -> &'static str {
    if run.starts_with("async") { "async/floor" } else { "blocking/floor" }
}

fn worded(figure: &str) -> &str {
    match figure {
        "rate" => "throughput",
        "cpu_us" => "CPU",
        "p50_ns" => "median latency",
        "p99_ns" => "p99",
        "p999_ns" => "p99.9",
        "build_seconds" => "build CPU",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::verdict::Verdict;
    use super::{Results, all};
    use crate::bench::results::{Measured, Sample};

    #[test]
    fn every_goal_has_a_line_even_if_nothing_was_measured() {
        let goals = all(&Results::new());
        let names: Vec<String> = (1..=22).map(|number| format!("S{number}")).collect();
        assert_eq!(goals.iter().map(|goal| goal.name).collect::<Vec<_>>(), names);
        assert!(goals.iter().all(|goal| goal.verdict() == Verdict::NotMeasured));
    }

    #[test]
    fn the_best_peer_is_the_one_to_beat() {
        let mut measured = Measured::default();
        for (run, rate) in [
            ("async/ours", 25.0),
            ("async/fred", 5.0),
            ("async/rustis", 10.0),
            ("async/floor/slots", 30.0),
        ] {
            measured.push(run, Ok(Sample::from([("rate".to_owned(), rate)])));
        }
        let results = Results::from([("shared/get:16/2048".to_owned(), measured)]);
        let goals = all(&results);
        let first = goals.first().expect("a goal");
        assert_eq!(first.parts.first().and_then(|part| part.found), Some(2.5));
        assert_eq!(first.verdict(), Verdict::Met);
    }

    #[test]
    fn what_the_floor_takes_is_in_neither_side_of_a_ratio() {
        let mut measured = Measured::default();
        for (run, cpu) in [
            ("blocking/floor", 10.0),
            ("async/floor", 12.0),
            ("blocking/ours", 15.0),
            ("async/rustis", 22.0),
        ] {
            measured.push(run, Ok(Sample::from([("cpu_us".to_owned(), cpu)])));
        }
        let results = Results::from([("many/mget:100".to_owned(), measured)]);
        let goals = all(&results);
        let mget = goals
            .iter()
            .flat_map(|goal| &goal.parts)
            .find(|part| part.what == "blocking/ours many/mget:100 CPU over floor / rustis");
        assert_eq!(mget.and_then(|part| part.found), Some(0.5));
    }
}
