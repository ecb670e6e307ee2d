//! The decisions of a connection and of a pool under a scheduler that is made of one seed: time, bytes
//! and turns come in an order that is random and can be had again.
//!
//! A hundred thousand seeds each; `REDIS_SIMULATION_SEEDS` says how many else, `REDIS_SIMULATION_SEED`
//! replays the one that a failure names.

mod chance;
mod connection;
mod pool;
mod server;

use chance::Chance;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Plays one world for each seed, on all the cores there are.
fn play(world: fn(Chance)) {
    if let Some(seed) = number("REDIS_SIMULATION_SEED") {
        return world(Chance::new(seed));
    }
    let seeds = number("REDIS_SIMULATION_SEEDS").unwrap_or(100_000);
    let share = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    std::thread::scope(|scope| {
        for first in 0..share {
            scope.spawn(move || {
                for seed in (first..seeds).step_by(usize::try_from(share).unwrap_or(1)) {
                    let outcome = catch_unwind(AssertUnwindSafe(|| world(Chance::new(seed))));
                    if let Err(panic) = outcome {
                        eprintln!("REDIS_SIMULATION_SEED={seed} replays this");
                        resume_unwind(panic);
                    }
                }
            });
        }
    });
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.replace('_', "").parse().unwrap_or_else(|_| panic!("{variable} is no number")))
}

#[test]
fn no_reply_goes_astray_and_every_command_ends_once_and_says_truly_whether_it_ran() {
    play(connection::play);
}

#[test]
fn no_connection_is_had_by_two_and_nobody_waits_in_vain() {
    play(pool::play);
}
