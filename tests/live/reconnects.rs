//! Servers that go away and come back, and connections that are closed under their commands.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use redis_core::Delivery;
use redis_core::config::ConfigBuilder;
use redis_core::event::Event;
use redis_tests::matrix::matrix;
use redis_tests::server::{Server, shared, unique};

use crate::flavour::both_flavours;
use crate::witness::Witness;

/// What became of the commands of one caller.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    done: i64,
    /// Of these the server may have run each or not.
    in_doubt: i64,
    /// These certainly did not run.
    not_run: i64,
}

impl Tally {
    fn add(&mut self, outcome: &redis_core::Result<i64>) {
        match outcome {
            Ok(_) => self.done += 1,
            Err(error) if error.delivery() == Delivery::Unknown => self.in_doubt += 1,
            Err(error) => {
                assert!(error.was_not_executed(), "{error}");
                self.not_run += 1;
            }
        }
    }

    fn sum(tallies: &[Self]) -> Self {
        tallies.iter().fold(Self::default(), |sum, one| Self {
            done: sum.done + one.done,
            in_doubt: sum.in_doubt + one.in_doubt,
            not_run: sum.not_run + one.not_run,
        })
    }
}

both_flavours! {
    parts {
        /// Counts upwards so many times, and what came of each.
        async fn count(r: Redis, key: String, times: u32) -> Tally {
            let mut tally = Tally::default();
            for _ in 0..times {
                let outcome = r.incr(&key).await;
                tally.add(&outcome);
            }
            tally
        }

        /// Counts upwards until told to stop.
        async fn count_on(r: Redis, stop: Arc<AtomicBool>, done: Arc<AtomicUsize>) -> Tally {
            let mut tally = Tally::default();
            while !stop.load(Ordering::SeqCst) {
                let outcome = r.incr("n").await;
                tally.add(&outcome);
                done.fetch_add(usize::from(outcome.is_ok()), Ordering::SeqCst);
            }
            tally
        }

        async fn incr(r: Redis) -> redis_core::Result<i64> {
            r.incr("n").await
        }
    }

    async fn commands_whose_connection_is_closed_end_once_each_and_truthfully(test) {
        const CALLERS: u32 = 8;
        const TIMES: u32 = 60;
        let (name, key) = (test.key("c"), test.key("n"));
        for retries in ["retries=0", "retry_backoff=none"] {
            let url = format!(
                "{}?protocol={}&client_name={name}&{retries}",
                test.server.url(),
                test.protocol
            );
            let r = Redis::from_url(&url)?;
            let mut witness = Witness::of(test.server);
            witness.call(&["DEL", &key]);
            let mut callers = Vec::new();
            for _ in 0..CALLERS {
                let (r, key) = (r.clone(), key.clone());
                callers.push(beside(move || count(r, key, TIMES)));
            }
            let mut rounds = 0;
            until("connections were closed under the callers", || {
                rounds += 1;
                let counted = witness.get(&key).and_then(|n| n.parse().ok()).unwrap_or(0);
                witness.kill(&name);
                rounds >= 10 || counted >= CALLERS * TIMES / 2
            }).await;
            let mut tallies = Vec::new();
            for caller in callers {
                tallies.push(caller.outcome().await);
            }
            let sum = Tally::sum(&tallies);
            assert_eq!(sum.done + sum.in_doubt + sum.not_run, i64::from(CALLERS * TIMES));
            let ran: i64 = witness.get(&key).and_then(|n| n.parse().ok()).unwrap_or(0);
            let possible = sum.done..=sum.done + sum.in_doubt;
            assert!(possible.contains(&ran), "{ran} ran, {sum:?} with {retries}");
        }
    }

    async fn a_server_that_was_killed_and_restarted_is_used_again_under_load(test) {
        let mut server = Server::of(test.row).start();
        let r = Redis::from_url(&format!("{}?protocol={}", server.url(), test.protocol))?;
        let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let mut callers = Vec::new();
        for _ in 0..4 {
            let (r, stop, done) = (r.clone(), Arc::clone(&stop), Arc::clone(&done));
            callers.push(beside(move || count_on(r, stop, done)));
        }
        let mut witness = Witness::of(&server);
        until("the callers are at work", || {
            witness.get("n").and_then(|n| n.parse().ok()).unwrap_or(0) >= 100
        }).await;
        server.kill();
        server.restart();
        let before = done.load(Ordering::SeqCst);
        let mut witness = Witness::of(&server);
        until("the callers are at work again", || {
            witness.get("n").is_some() && done.load(Ordering::SeqCst) >= before + 100
        }).await;
        stop.store(true, Ordering::SeqCst);
        let mut tallies = Vec::new();
        for caller in callers {
            tallies.push(caller.outcome().await);
        }
        let sum = Tally::sum(&tallies);
        assert_eq!(sum.not_run, 0, "what certainly did not run is tried again: {sum:?}");
        // of each caller, one may have been under way when the server died
        assert!(sum.in_doubt <= 4, "{sum:?}");
        let ran: i64 = witness.get("n").and_then(|n| n.parse().ok()).unwrap_or(0);
        assert!(ran <= sum.done + sum.in_doubt, "{ran} ran, {sum:?}");
    }

    async fn a_write_that_found_no_server_is_sent_when_there_is_one(test) {
        let mut server = Server::of(test.row).start();
        let failures = Arc::new(AtomicUsize::new(0));
        let noticed = Arc::clone(&failures);
        let config = ConfigBuilder::from_url(&format!("{}?protocol={}", server.url(), test.protocol))?
            .on_event(move |event| {
                if matches!(event, Event::ConnectFailed { .. }) {
                    noticed.fetch_add(1, Ordering::SeqCst);
                }
            })
            .build()?;
        let r = Redis::from_config(config);
        server.kill();
        let caller = beside(move || incr(r));
        until("it was tried in vain", || {
            // the file system as the clock: a look that costs about what a round trip does
            let _ = server.socket().exists();
            failures.load(Ordering::SeqCst) >= 2
        }).await;
        server.restart();
        let value = caller.outcome().await?;
        assert_eq!(value, 1);
        assert_eq!(Witness::of(&server).get("n").as_deref(), Some("1"), "it ran once");
    }
}

/// Only the async client depends on a runtime.
#[test]
fn a_static_client_goes_on_in_the_next_runtime() {
    use redis_async::prelude::*;
    static CLIENT: std::sync::OnceLock<Redis> = std::sync::OnceLock::new();
    let Some(row) = matrix().first() else { panic!("the matrix has no server at all") };
    let (server, key, name) = (shared(row), unique("runtimes"), unique("runtimes-client"));
    let url = format!("{}?client_name={name}", server.url());
    let r = CLIENT.get_or_init(|| Redis::from_url(&url).expect("the test's own URL is good"));
    let mut witness = Witness::of(server);
    for round in 1..=4 {
        let runtime = if round % 2 == 0 {
            crate::both::runtime()
        } else {
            tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .expect("a runtime can be made")
        };
        let value: i64 = runtime.block_on(r.incr(&key)).expect("a new runtime, a new connection");
        assert_eq!(value, round);
        let connection = runtime.block_on(r.connection()).expect("also one of its own");
        assert_eq!(runtime.block_on(connection.ping()).expect("PING"), "PONG");
        drop(connection);
        assert!(witness.count(&name) <= 4, "connections of ended runtimes pile up");
        drop(runtime);
    }
}
