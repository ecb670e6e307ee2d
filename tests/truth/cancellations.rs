//! Commands that are given up at random: not one reply reaches another's caller.

use std::time::Duration;

use redis_core::command::CallOptions;
use redis_core::retry::RetryPolicy;

use crate::both::Outcome;
use crate::echo::{Echoed, echo_and_leave};
#[cfg(feature = "tls")]
use crate::site::on_two_servers_over_tls;
use crate::site::{Site, on_two_servers};

/// How many commands are given up or answered; `TRUTH_ECHOES` says otherwise.
fn echoes() -> u64 {
    let given = std::env::var("TRUTH_ECHOES").ok().and_then(|text| text.parse().ok());
    given.unwrap_or(100_000)
}

/// Slow at times, so that replies are still to come when their callers leave, and now and then an end.
const SHAKY: &str = "
    out every 4000..12000 bytes delay 100us..2ms
    in every 9000..27000 bytes delay 100us..1ms
    out after 30000..150000 reset
";

/// Callers at once, over one shared connection.
const TASKS: u64 = 50;

/// For the async client alone: the blocking one has no futures.
#[test]
fn of_a_hundred_thousand_commands_with_futures_dropped_at_random_no_reply_is_foreign() {
    on_two_servers("dropped", drop_at_random);
}

#[test]
#[cfg(feature = "tls")]
fn of_commands_over_tls_with_futures_dropped_at_random_no_reply_is_foreign() {
    on_two_servers_over_tls("dropped", drop_at_random);
}

/// What cancels a blocking command is a time that is too short.
#[test]
fn of_commands_whose_time_is_too_short_no_late_reply_is_foreign() {
    on_two_servers("late", be_hasty);
}

#[test]
#[cfg(feature = "tls")]
fn of_commands_over_tls_whose_time_is_too_short_no_late_reply_is_foreign() {
    on_two_servers_over_tls("late", be_hasty);
}

fn drop_at_random(site: &Site) -> Outcome {
    let server = site.server().start();
    let proxy = site.proxy(&server, SHAKY);
    let times = echoes() / 2 / TASKS;
    let runtime = crate::flavour::runtime(site.protocol);
    let sum = runtime.block_on(async {
        let url = site.url(proxy.address(), "pool_drain_timeout=50ms");
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
}

fn be_hasty(site: &Site) -> Outcome {
    const THREADS: u64 = 6;
    let server = site.server().start();
    let proxy = site.proxy(&server, "out every 3..9 frames delay 1ms..20ms");
    let url = site.url(proxy.address(), "pool_drain_timeout=10ms&pool_max_size=4");
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
                let hasty = CallOptions::new().response_timeout(time).retry(RetryPolicy::none());
                let echo = r.with(hasty).command("ECHO").arg(&text).query::<String>();
                let outcome =
                    Some(echo).filter(|echo| !echo.as_ref().is_err_and(|error| error.is_timeout()));
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
}
