//! Every order in which a few threads may meet at the locks of this library: nobody waits for ever, and everybody
//! gets what is its own.
//!
//! The books are the library's own ([`Slots`](redis_core::connection::slots::Slots),
//! [`Accounting`](redis_core::pool::Accounting)), and so is the list of descriptors, whose very file is compiled here
//! with other atomics. The waiting around the books is tied to sockets and runtimes in the clients: here it is written
//! down once more, step by step, each named after the function that it repeats. Whoever changes one of these
//! changes its model with it.
//!
//! A thread that is never woken is found by the checker as a deadlock. `cargo xtask loom` runs all of this.

mod fork;
mod guests;
mod joint;
mod shared_connection;
mod threads;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// One small world of threads.
struct Model {
    /// What holds in it.
    name: &'static str,
    /// How often in one run a thread is stopped where it could go on. Nearly every fault of this kind takes two;
    /// with more threads, more than one takes minutes. `LOOM_MAX_PREEMPTIONS` says otherwise.
    preemptions: usize,
    run: fn(),
}

const MODELS: [Model; 13] = [
    Model {
        name: "who submits is answered, who leaves disturbs nobody",
        preemptions: 1,
        run: shared_connection::two_submit_and_one_leaves,
    },
    Model {
        name: "who finds no room is let in",
        preemptions: 2,
        run: shared_connection::more_submit_than_there_is_room_for,
    },
    Model {
        name: "who comes while the connection is opened is let in",
        preemptions: 2,
        run: shared_connection::some_come_while_it_opens,
    },
    Model {
        name: "who is there when the connection ends is told",
        preemptions: 2,
        run: shared_connection::it_ends_while_they_submit,
    },
    Model {
        name: "a thread that waits for a connection gets it",
        preemptions: 3,
        run: threads::two_share_one,
    },
    Model {
        name: "a thread gets the place of a connection that failed to open",
        preemptions: 3,
        run: threads::one_cannot_open_it,
    },
    Model {
        name: "a thread that gives up takes nothing along",
        preemptions: 3,
        run: threads::one_gives_up,
    },
    Model {
        name: "two threads that share a connection each get their own reply",
        preemptions: 3,
        run: joint::two_share_one,
    },
    Model {
        name: "of three threads that share a connection somebody always reads",
        preemptions: 3,
        run: joint::three_share_one,
    },
    Model {
        name: "a thread that leaves a shared connection leaves nobody waiting",
        preemptions: 3,
        run: joint::one_gives_up,
    },
    Model {
        name: "threads that share a connection learn that it is lost",
        preemptions: 3,
        run: joint::it_is_lost,
    },
    Model {
        name: "a task that is dropped while it waits takes nothing along",
        preemptions: 3,
        run: guests::one_is_dropped,
    },
    Model {
        name: "descriptors are kept each in its own place",
        preemptions: 3,
        run: fork::two_register_and_leave,
    },
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let is_wanted = |model: &&Model| {
        words.is_empty() || words.iter().any(|word| model.name.contains(word.as_str()))
    };
    // a thread for each, which is named like it: a panic then says which it was
    let start = |model: &'static Model| {
        let thread = std::thread::Builder::new().name(model.name.to_owned());
        (model, thread.spawn(move || check(model)))
    };
    let running: Vec<_> = MODELS.iter().filter(is_wanted).map(start).collect();
    let mut failed = running.is_empty();
    for (model, thread) in running {
        match thread.map(std::thread::JoinHandle::join) {
            Ok(Ok((orders, time))) => {
                println!("{orders:>8} orders in {:>5.1} s: {}", time.as_secs_f32(), model.name);
            }
            _ => failed = true,
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Tries every order; how many there were.
fn check(model: &Model) -> (u64, Duration) {
    let begun = Instant::now();
    let orders = Arc::new(AtomicU64::new(0));
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(Some(model.preemptions));
    builder.max_branches = 10_000;
    let (counted, run) = (Arc::clone(&orders), model.run);
    builder.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        run();
    });
    (orders.load(Ordering::Relaxed), begun.elapsed())
}
