//! Threads that share a connection, whatever they ask for and however little patience they have. For the blocking
//! client alone: tasks of the other always share, and have tests of their own.

use std::time::Duration;

use redis_sync::CallOptions;
use redis_sync::prelude::*;
use redis_tests::matrix::matrix;
use redis_tests::server::{Server, shared, unique};

use crate::witness::Witness;

/// More than have connections of their own.
const THREADS: u64 = 16;
/// How many commands each of them sends.
const COMMANDS: u64 = 400;

/// Numbers that look random.
struct Lots(u64);

impl Lots {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % bound
    }
}

#[test]
fn no_thread_gets_another_ones_reply() {
    for row in matrix() {
        for protocol in [2, 3] {
            let name = unique("joining");
            share(shared(row), protocol, &name);
        }
    }
}

fn share(server: &Server, protocol: u8, name: &str) {
    let r = Redis::from_url(&format!(
        "{}?protocol={protocol}&client_name={name}&retries=0",
        server.url()
    ))
    .expect("the URL is good");
    std::thread::scope(|scope| {
        for thread in 1..=THREADS {
            let r = &r;
            scope.spawn(move || ask(r, name, thread));
        }
    });
    let statistics = r.statistics();
    assert!(statistics.joined > 0, "nobody joined: {statistics:?}");
    assert_eq!((statistics.in_flight, statistics.in_use), (0, 0), "{statistics:?}");
    assert_eq!(statistics.traffic.commands, THREADS * COMMANDS, "{statistics:?}");
    let mut witness = Witness::of(server);
    assert_eq!(witness.count(name), statistics.open() as usize, "{statistics:?}");
}

fn ask(r: &Redis, name: &str, thread: u64) {
    let mut lots = Lots(thread);
    let number = format!("{name}:{thread}");
    let (mut least, mut most) = (0, 0);
    for round in 0..COMMANDS {
        let patience = match lots.below(4) {
            0 => Duration::from_micros(20 + lots.below(3000)),
            _ => Duration::from_secs(60),
        };
        let r = r.with(CallOptions::new().response_timeout(patience));
        // up to what still joins: several of them are more than a socket takes at once
        let text = format!("{thread}:{round}:").repeat(1 + lots.below(1900) as usize);
        let outcome = match lots.below(4) {
            0 | 1 => r.echo(&text).map(|back| assert!(back == text.as_str(), "another's reply")),
            2 => {
                most += 1;
                r.incr(&number).map(|value| {
                    least += 1;
                    assert!((least..=most).contains(&value), "{value} of {least} to {most}");
                })
            }
            _ => {
                let words = [format!("{thread}"), format!("{round}")];
                let script = r.command("EVAL").arg("return ARGV").arg(0).args(&words);
                script.query::<Vec<String>>().map(|back| assert_eq!(back, words, "another's reply"))
            }
        };
        if let Err(error) = outcome {
            // the other where somebody left in the middle of a command and nobody could go on
            assert!(error.is_timeout() || error.is_connection_error(), "{error}");
        }
    }
}
