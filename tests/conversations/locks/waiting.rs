//! Those who wait are woken: by a release, or by the end of a lease.

use crate::flavour::both_flavours;
use crate::witness::Witness;
use std::mem::forget;
use std::time::Duration;

/// Longer than any test: whoever wakes within it was woken.
const HOUR: Duration = Duration::from_secs(3600);

fn wake(key: &str) -> String {
    format!("{{{key}}}:lock-wake")
}

both_flavours! {
    parts {
        async fn named(test_url: String, name: &str, settings: &str) -> redis_core::Result<Redis> {
            Redis::from_url(&format!("{test_url}?client_name={name}{settings}"))
        }

        /// Waits for the lock without ever looking by itself, says that it has it, and gives it back when told to.
        async fn take_a_turn(r: Redis, key: String, said: String, go: String) -> redis_core::Result<u64> {
            let guard = r.lock(&key).lease(None).sleep(HOUR).acquire().await?;
            let fence = guard.fence();
            r.rpush(&said, [fence]).await?;
            if !go.is_empty() {
                r.blpop(&go, Duration::ZERO).await?;
            }
            guard.release().await?;
            Ok(fence)
        }

        async fn take(r: Redis, key: String) -> redis_core::Result<u64> {
            let guard = r.lock(&key).lease(None).sleep(HOUR).acquire().await?;
            let fence = guard.fence();
            guard.release().await?;
            Ok(fence)
        }

        async fn take_both(r: Redis, keys: [String; 2], times: u32) -> redis_core::Result<()> {
            for _ in 0..times {
                let guard = r.lock_all(&keys).lease(HOUR).sleep(HOUR).acquire().await?;
                guard.release().await?;
            }
            Ok(())
        }
    }

    async fn a_release_wakes_one_who_waits(test) {
        let (key, name) = (test.key("lock"), test.key("c"));
        let protocol = format!("&protocol={}", test.protocol);
        let r = named(test.server.url(), &name, &protocol).await?;
        let mut witness = Witness::of(test.server);
        let guard = r.lock(&key).lease(None).acquire().await?;
        let waiter = beside(move || take(r, key));
        until("somebody waits", || witness.blocked(&name) == 1).await;
        let fence = guard.fence();
        guard.release().await?;
        let later = waiter.outcome().await?;
        assert!(later > fence);
    }

    async fn a_dropped_guard_wakes_one_too(test) {
        let (key, name) = (test.key("lock"), test.key("c"));
        let protocol = format!("&protocol={}", test.protocol);
        let r = named(test.server.url(), &name, &protocol).await?;
        let mut witness = Witness::of(test.server);
        let guard = r.lock(&key).lease(None).acquire().await?;
        let waiter = beside(move || take(r, key));
        until("somebody waits", || witness.blocked(&name) == 1).await;
        drop(guard);
        waiter.outcome().await?;
    }

    async fn a_release_wakes_no_more_than_one_and_each_gets_its_turn(test) {
        let (key, name, said, go) = (test.key("lock"), test.key("c"), test.key("said"), test.key("go"));
        let protocol = format!("&protocol={}", test.protocol);
        let r = named(test.server.url(), &name, &protocol).await?;
        let mut witness = Witness::of(test.server);
        let guard = r.lock(&key).lease(None).acquire().await?;
        let mut waiters = Vec::new();
        for _ in 0..4 {
            let (client, lock, said, go) = (r.clone(), key.clone(), said.clone(), go.clone());
            waiters.push(beside(move || take_a_turn(client, lock, said, go)));
        }
        until("all wait", || witness.blocked(&name) == 4).await;
        guard.release().await?;
        for turn in 1..=4 {
            until("the next has it", || witness.call(&["LLEN", &said]).integer() == turn).await;
            // those still waiting for the lock, and the one that waits for its leave to go
            let waiting = usize::try_from(5 - turn)?;
            until("the holder waits for its leave", || witness.blocked(&name) == waiting).await;
            assert_eq!(witness.call(&["EXISTS", &wake(&key)]).integer(), 0);
            witness.call(&["RPUSH", &go, "go"]);
        }
        let mut fences = Vec::new();
        for waiter in waiters {
            fences.push(waiter.outcome().await?);
        }
        fences.sort_unstable();
        fences.dedup();
        assert_eq!(fences.len(), 4);
    }

    async fn wake_ups_that_nobody_takes_do_not_pile_up(test) {
        let key = test.key("lock");
        let mut witness = Witness::of(test.server);
        for _ in 0..10 {
            let guard = test.client.lock(&key).acquire().await?;
            assert_eq!(witness.call(&["EXISTS", &wake(&key)]).integer(), 0);
            guard.release().await?;
            assert_eq!(witness.call(&["LLEN", &wake(&key)]).integer(), 1);
        }
        let end = witness.call(&["PTTL", &wake(&key)]).integer();
        assert!(end > 0 && end <= 10_000, "{end}");
    }

    async fn a_holder_that_dies_is_waited_for_no_longer_than_its_lease(test) {
        let key = test.key("lock");
        let dead = test.client.lock(&key).lease(Duration::from_millis(60)).acquire().await?;
        let fence = dead.fence();
        forget(dead);
        // nobody will wake it, and it does not look before its time
        let later = take(test.client.clone(), key).await?;
        assert!(later > fence);
    }

    async fn who_waits_in_a_small_pool_leaves_a_connection_for_the_release(test) {
        for size in [1, 2, 3] {
            let (key, name) = (test.key(&format!("lock{size}")), test.key("c"));
            let settings = format!("&protocol={}&pool_max_size={size}", test.protocol);
            let r = named(test.server.url(), &name, &settings).await?;
            let guard = r.lock(&key).lease(None).acquire().await?;
            let mut waiters = Vec::new();
            for _ in 0..4 {
                let (client, lock) = (r.clone(), key.clone());
                waiters.push(beside(move || take(client, lock)));
            }
            let mut witness = Witness::of(test.server);
            until("as many wait as may", || witness.blocked(&name) == size / 2).await;
            guard.release().await?;
            for waiter in waiters {
                waiter.outcome().await?;
            }
        }
    }

    async fn two_who_want_the_same_in_another_order_do_not_wait_for_each_other(test) {
        let (one, other) = (test.key("one"), test.key("other"));
        let (client, keys) = (test.client.clone(), [one.clone(), other.clone()]);
        let first = beside(move || take_both(client, keys, 20));
        let (client, keys) = (test.client.clone(), [other, one]);
        let second = beside(move || take_both(client, keys, 20));
        first.outcome().await?;
        second.outcome().await?;
    }

    async fn what_is_held_while_waiting_for_the_rest_is_given_back_in_the_end(test) {
        let (held, wanted) = (test.key("a"), test.key("b"));
        let lease = Duration::from_millis(600);
        let theirs = test.client.lock(&wanted).lease(HOUR).acquire().await?;
        let all = test.client.lock_all([&held, &wanted]).lease(lease).sleep(HOUR);
        let refused = all.blocking_timeout(lease * 2).acquire().await.unwrap_err();
        assert_eq!(refused.kind(), redis_core::ErrorKind::LockNotAcquired);
        let mut witness = Witness::of(test.server);
        assert_eq!(witness.get(&held), None, "nothing is left of what was held");
        theirs.release().await?;
    }
}
