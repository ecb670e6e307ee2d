//! Commands that are given up at random: not one reply reaches another's caller.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use redis_core::command::CallOptions;
use redis_core::retry::RetryPolicy;
use redis_core::{Delivery, Result};
use redis_faults::Random;

use crate::site::{Site, on_two_servers};

/// How many commands are given up or answered; `TRUTH_ECHOES` says otherwise.
fn echoes() -> u64 {
    let given = std::env::var("TRUTH_ECHOES").ok().and_then(|text| text.parse().ok());
    given.unwrap_or(100_000)
}

/// Slow at times, so that replies are still to come when their callers leave, and now and then an end.
const SHAKY: &str = "
    out every 300..900 frames delay 100us..2ms
    in every 300..900 frames delay 100us..1ms
    out after 30000..150000 reset
";

/// Callers at once, over one shared connection.
const TASKS: u64 = 50;

/// What came of the commands of one caller.
#[derive(Clone, Copy, Debug, Default)]
struct Echoed {
    answered: u64,
    given_up: u64,
    failed: u64,
    foreign: u64,
}

impl Echoed {
    fn absorb(&mut self, other: Self) {
        self.answered += other.answered;
        self.given_up += other.given_up;
        self.failed += other.failed;
        self.foreign += other.foreign;
    }

    /// Notes an outcome; none where it was given up.
    fn note<T: PartialEq>(&mut self, outcome: Option<Result<T>>, expected: &T) {
        match outcome {
            None => self.given_up += 1,
            Some(Ok(echo)) if echo == *expected => self.answered += 1,
            Some(Ok(_)) => self.foreign += 1,
            Some(Err(error)) => {
                assert_ne!(error.delivery(), Delivery::Executed, "{error:?}");
                self.failed += 1;
            }
        }
    }

    fn assert_own(&self, of: u64) {
        assert_eq!(self.foreign, 0, "{self:?}");
        assert_eq!(self.answered + self.given_up + self.failed, of, "{self:?}");
        assert!(self.answered > of / 50 && self.given_up > of / 50, "nothing was proved: {self:?}");
        println!("{self:?}");
    }
}

/// Polls a future so many times at most, then drops it.
async fn perhaps<F: Future>(future: F, polls: u64) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let mut polled = 0;
    poll_fn(|cx| {
        if polled == polls {
            return Poll::Ready(None);
        }
        polled += 1;
        Pin::new(&mut future).poll(cx).map(Some)
    })
    .await
}

/// One task: echoes of its own, alone, in a pipeline, in a transaction, or over a connection of its own.
async fn echo_and_leave(r: redis_async::Redis, who: u64, times: u64, mut random: Random) -> Echoed {
    use redis_async::prelude::*;
    let mut echoed = Echoed::default();
    for number in 0..times {
        let text = format!("{who}:{number}");
        // mostly dropped before the reply, or before anything at all
        let polls = if random.one_in(3) { u64::MAX } else { random.next() % 3 };
        match random.next() % 32 {
            0 => {
                let three: Vec<String> = (0..3).map(|part| format!("{text}:{part}")).collect();
                let pipe = r.pipeline();
                for text in &three {
                    pipe.command("ECHO").arg(text).query::<String>();
                }
                echoed.note(perhaps(pipe.execute::<Vec<String>>(), polls).await, &three);
            }
            1 => {
                let transaction = r.pipeline().atomic();
                transaction.command("ECHO").arg(&text).query::<String>();
                let expected = vec![text];
                echoed.note(perhaps(transaction.execute::<Vec<String>>(), polls).await, &expected);
            }
            2 if random.one_in(4) => {
                let own = async {
                    let connection = r.connection().await?;
                    connection.command("ECHO").arg(&text).query::<String>().await
                };
                // leaving costs a connection
                echoed.note(perhaps(own, polls.saturating_mul(2)).await, &text);
            }
            _ => {
                let echo = r.command("ECHO").arg(&text).query::<String>();
                echoed.note(perhaps(echo, polls).await, &text);
            }
        }
        if random.one_in(16) {
            tokio::task::yield_now().await;
        }
    }
    echoed
}

/// For the async client alone: the blocking one has no futures.
#[test]
fn of_a_hundred_thousand_commands_with_futures_dropped_at_random_no_reply_is_foreign() {
    on_two_servers("dropped", |site: &Site| {
        let server = site.server().start();
        let proxy = site.proxy(&server, SHAKY);
        let times = echoes() / 2 / TASKS;
        let runtime = crate::flavour::runtime(site.protocol);
        let sum = runtime.block_on(async {
            let url = site.url(&proxy.url(), "pool_drain_timeout=50ms");
            let r = redis_async::Redis::from_url(&url).expect("the URL is good");
            let task = |who| {
                let random = site.seed.random(1000 + who);
                tokio::spawn(echo_and_leave(r.clone(), who, times, random))
            };
            let tasks: Vec<_> = (0..TASKS).map(task).collect();
            let mut sum = Echoed::default();
            for task in tasks {
                sum.absorb(task.await.expect("no panic"));
            }
            sum
        });
        let counts = proxy.counts();
        println!("{counts:?}");
        assert!(counts.connections > 1 && counts.faults > 10, "nothing was proved: {counts:?}");
        sum.assert_own(times * TASKS);
        Ok(())
    });
}

/// What cancels a blocking command is a time that is too short.
#[test]
fn of_commands_whose_time_is_too_short_no_late_reply_is_foreign() {
    const THREADS: u64 = 6;
    on_two_servers("late", |site: &Site| {
        let server = site.server().start();
        let proxy = site.proxy(&server, "out every 3..9 frames delay 1ms..20ms");
        let url = site.url(&proxy.url(), "pool_drain_timeout=10ms&pool_max_size=4");
        let r = redis_sync::Redis::from_url(&url)?;
        let times = echoes() / 200;
        let thread = |who: u64| {
            let (r, mut random) = (r.clone(), site.seed.random(2000 + who));
            std::thread::spawn(move || {
                use redis_sync::prelude::*;
                let mut echoed = Echoed::default();
                for number in 0..times {
                    let text = format!("{who}:{number}");
                    let time = Duration::from_micros(random.within(&(500..=8000)));
                    let hasty =
                        CallOptions::new().response_timeout(time).retry(RetryPolicy::none());
                    let echo = r.with(hasty).command("ECHO").arg(&text).query::<String>();
                    let outcome = Some(echo)
                        .filter(|echo| !echo.as_ref().is_err_and(|error| error.is_timeout()));
                    echoed.note(outcome, &text);
                }
                echoed
            })
        };
        let threads: Vec<_> = (0..THREADS).map(thread).collect();
        let mut sum = Echoed::default();
        for thread in threads {
            sum.absorb(thread.join().expect("no panic"));
        }
        sum.assert_own(times * THREADS);
        Ok(())
    });
}
