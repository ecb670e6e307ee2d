//! A thousand clients that lost their server in the same moment: when they come back is decided by the
//! retry policy alone, and is looked at here without any of them.

use redis_core::retry::{Decision, ExponentialBackoff, Failure, RetryPolicy, decide};
use redis_core::{Error, ErrorKind};
use std::time::Duration;

const CLIENTS: u64 = 1000;
/// Who comes within the same ten milliseconds comes at once.
const AT_ONCE: Duration = Duration::from_millis(10);

/// 64 random bits: splitmix64.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// When each client tries again, until it gives up, from the moment in which all failed.
fn attempts(policy: &RetryPolicy, seed: u64) -> Vec<Vec<Duration>> {
    let error = Error::new(ErrorKind::Connect, "refused");
    let mut lots = seed;
    let client = |_| {
        let (mut now, mut previous_delay, mut tried) = (Duration::ZERO, Duration::ZERO, Vec::new());
        for attempt in 1.. {
            let failure = Failure {
                error: &error,
                repeatable: false,
                read_only: false,
                attempt,
                previous_delay,
                left: None,
            };
            let Decision::Retry { after } = decide(policy, &failure, random(&mut lots)) else {
                break;
            };
            now += after;
            previous_delay = after;
            tried.push(now);
        }
        tried
    };
    (0..CLIENTS).map(client).collect()
}

/// The most attempts at once, of those made later than `from`.
fn crowd(attempts: &[Vec<Duration>], from: Duration) -> usize {
    let mut windows = std::collections::HashMap::<u128, usize>::new();
    for at in attempts.iter().flatten().filter(|at| **at >= from) {
        *windows.entry(at.as_nanos() / AT_ONCE.as_nanos()).or_default() += 1;
    }
    windows.into_values().max().unwrap_or(0)
}

#[test]
fn a_thousand_clients_that_failed_together_do_not_come_back_together() {
    for seed in 0..20 {
        let attempts = attempts(&RetryPolicy::default(), seed);
        assert!(attempts.iter().all(|tried| tried.len() == 10), "ten retries each");
        // after half a second the server sees a trickle, to the end: about 25 at once, 40 at worst
        let most = crowd(&attempts, Duration::from_millis(500));
        assert!(most <= 50, "{most} of {CLIENTS} within {AT_ONCE:?} (seed {seed})");
    }
}

#[test]
fn without_jitter_all_of_them_would() {
    let backoff = ExponentialBackoff::new(Duration::from_millis(10), Duration::from_secs(1));
    let attempts = attempts(&RetryPolicy::default().with_backoff(backoff), 1);
    assert_eq!(crowd(&attempts, Duration::from_millis(500)), 1000);
}
