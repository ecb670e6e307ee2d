//! Locks: who holds one, until when, and who is told.

mod contention;
mod dropped;
mod majority;
mod waiting;

use crate::flavour::both_flavours;
use crate::witness::Witness;
use redis_core::{ErrorKind, Result};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// Longer than any test.
const HOUR: Duration = Duration::from_secs(3600);

fn kind<T>(outcome: Result<T>) -> ErrorKind {
    outcome.map(drop).expect_err("it must not succeed").kind()
}

/// Handles and guards go between threads, and are shared by them.
const _: () = {
    const fn is_shared<T: Send + Sync>() {}
    is_shared::<redis_sync::Lock>();
    is_shared::<redis_sync::LockGuard>();
    is_shared::<redis_async::Lock>();
    is_shared::<redis_async::LockGuard>();
};

/// How long the server keeps the key.
fn left(witness: &mut Witness, key: &str) -> Duration {
    let left = witness.call(&["PTTL", key]).integer();
    Duration::from_millis(u64::try_from(left).expect("a key with an end"))
}

both_flavours! {
    async fn one_holds_it_until_it_is_released(test) {
        let key = test.key("lock");
        let (one, other) = (test.client.lock(&key), test.client.lock(&key));
        let guard = one.acquire().await?;
        let refused = other.try_acquire().await?;
        assert!(refused.is_none());
        let not_waited = other.clone().blocking(false).acquire().await;
        assert_eq!(kind(not_waited), ErrorKind::LockNotAcquired);
        let waited = other.clone().blocking_timeout(Duration::from_millis(20)).acquire().await;
        assert_eq!(kind(waited), ErrorKind::LockNotAcquired);
        let locked = other.locked().await?;
        assert!(locked && guard.remaining().is_some_and(|left| !left.is_zero()));
        guard.release().await?;
        let locked = other.locked().await?;
        assert!(!locked);
        let taken = other.try_acquire().await?;
        assert!(taken.is_some());
    }

    async fn a_handle_that_holds_it_would_deadlock_and_is_told_at_once(test) {
        let lock = test.client.lock(test.key("lock"));
        let guard = lock.acquire().await?;
        let again = lock.acquire().await;
        assert_eq!(kind(again), ErrorKind::WouldDeadlock);
        let tried = lock.try_acquire().await;
        assert_eq!(kind(tried), ErrorKind::WouldDeadlock);
        // a clone is a handle of its own
        let clone = lock.clone();
        let refused = clone.try_acquire().await?;
        assert!(refused.is_none());
        guard.release().await?;
        drop(clone);
        let after = lock.try_acquire().await?;
        assert!(after.is_some());
    }

    async fn on_the_server_it_is_a_key_as_redis_py_writes_it(test) {
        let key = test.key("lock");
        let mut witness = Witness::of(test.server);
        let lock = test.client.lock(&key).token("mine").lease(Duration::from_secs(60));
        let guard = lock.acquire().await?;
        assert_eq!(witness.get(&key).as_deref(), Some("mine"));
        assert!(left(&mut witness, &key) > Duration::from_secs(50));
        guard.release().await?;
        assert_eq!(witness.get(&key), None);
        // another library holds it
        witness.call(&["SET", &key, "theirs", "NX", "PX", "3600000"]);
        let refused = test.client.lock(&key).try_acquire().await?;
        assert!(refused.is_none());
        // the same token is no key to a lock that somebody else took under it
        let thief = test.client.lock(&key).token("theirs").try_acquire().await?;
        assert!(thief.is_none());
    }

    async fn a_lock_without_a_lease_is_kept_and_has_nothing_to_extend(test) {
        let key = test.key("lock");
        let guard = test.client.lock(&key).lease(None).renew(true).acquire().await?;
        let mut witness = Witness::of(test.server);
        assert_eq!(witness.call(&["PTTL", &key]).integer(), -1);
        assert_eq!(guard.remaining(), None);
        let extended = guard.extend(HOUR).await;
        assert_eq!(kind(extended), ErrorKind::Misuse);
        let again = guard.reacquire().await;
        assert_eq!(kind(again), ErrorKind::Misuse);
        let owned = guard.owned().await?;
        assert!(owned && !guard.is_lost());
        guard.release().await?;
    }

    async fn a_lease_is_extended_replaced_and_made_whole_again(test) {
        let key = test.key("lock");
        let mut witness = Witness::of(test.server);
        let minute = Duration::from_secs(60);
        let guard = test.client.lock(&key).lease(minute).acquire().await?;
        guard.extend(HOUR).await?;
        assert!(left(&mut witness, &key) > HOUR);
        assert!(guard.remaining().is_some_and(|left| left > HOUR - minute));
        guard.extend_to(minute * 2).await?;
        assert!(left(&mut witness, &key) <= minute * 2);
        guard.reacquire().await?;
        assert!(left(&mut witness, &key) <= minute);
        assert!(guard.remaining().is_some_and(|left| left <= minute));
    }

    async fn what_a_guard_believes_is_never_later_than_what_the_server_does(test) {
        let key = test.key("lock");
        let mut witness = Witness::of(test.server);
        for round in 0..20_u64 {
            let lease = Duration::from_millis(200 + 400 * round);
            let guard = test.client.lock(&key).lease(lease).acquire().await?;
            if round % 2 == 1 {
                guard.extend(lease).await?;
            }
            let asked = Instant::now();
            let believed = guard.remaining().expect("a lease");
            let kept = left(&mut witness, &key) + asked.elapsed();
            assert!(believed <= kept, "the guard believes in {believed:?}, the server in {kept:?}");
            guard.release().await?;
        }
    }

    async fn a_lock_that_is_gone_is_an_error_of_its_own(test) {
        let key = test.key("lock");
        let mut witness = Witness::of(test.server);
        let lock = test.client.lock(&key);
        for how in 0..4 {
            let guard = lock.acquire().await?;
            witness.call(&["DEL", &key]);
            let outcome = match how {
                0 => guard.extend(HOUR).await,
                1 => guard.extend_to(HOUR).await,
                2 => guard.reacquire().await,
                _ => Ok(()),
            };
            if how < 3 {
                assert_eq!(kind(outcome), ErrorKind::LockExpired);
                assert!(guard.is_lost() && guard.remaining() == Some(Duration::ZERO));
            }
            assert_eq!(witness.get(&key), None, "nothing was brought back");
            let owned = guard.owned().await?;
            assert!(!owned);
            // known by now in any case
            assert!(guard.is_lost());
            let released = guard.release().await;
            assert_eq!(kind(released), ErrorKind::LockExpired);
        }
    }

    async fn a_lock_that_is_somebody_elses_is_an_error_of_its_own_and_stays_theirs(test) {
        let key = test.key("lock");
        let mut witness = Witness::of(test.server);
        let lock = test.client.lock(&key);
        for how in 0..4 {
            let guard = lock.acquire().await?;
            witness.call(&["SET", &key, "theirs", "PX", "3600000"]);
            let outcome = match how {
                0 => guard.extend(HOUR * 9).await,
                1 => guard.extend_to(HOUR * 9).await,
                2 => guard.reacquire().await,
                _ => Ok(()),
            };
            if how < 3 {
                assert_eq!(kind(outcome), ErrorKind::LockNotOwned);
                assert!(guard.is_lost());
            }
            let owned = guard.owned().await?;
            assert!(!owned);
            let released = guard.release().await;
            assert_eq!(kind(released), ErrorKind::LockNotOwned);
            assert_eq!(witness.get(&key).as_deref(), Some("theirs"));
            let kept = left(&mut witness, &key);
            assert!(kept <= HOUR && kept > HOUR / 2, "{kept:?}");
            witness.call(&["DEL", &key]);
        }
    }

    async fn a_release_tells_of_a_loss_that_nobody_had_noticed(test) {
        let key = test.key("lock");
        let mut witness = Witness::of(test.server);
        let first = test.client.lock(&key).acquire().await?;
        witness.call(&["DEL", &key]);
        let second = test.client.lock(&key).acquire().await?;
        let released = first.release().await;
        assert_eq!(kind(released), ErrorKind::LockNotOwned);
        let owned = second.owned().await?;
        assert!(owned);
    }

    async fn what_is_no_lock_is_the_servers_error(test) {
        let key = test.key("lock");
        let mut witness = Witness::of(test.server);
        let guard = test.client.lock(&key).acquire().await?;
        witness.call(&["DEL", &key]);
        witness.call(&["RPUSH", &key, "a list"]);
        let extended = guard.extend(HOUR).await.unwrap_err();
        assert!(extended.is_server_error() && !guard.is_lost(), "{extended}");
        let acquired = test.client.lock(&key).acquire().await.unwrap_err();
        assert!(acquired.is_server_error(), "{acquired}");
        let released = guard.release().await.unwrap_err();
        assert!(released.is_server_error(), "{released}");
        assert_eq!(witness.call(&["LLEN", &key]).integer(), 1);
    }

    async fn fencing_tokens_grow_whatever_becomes_of_the_lock(test) {
        let key = test.key("lock");
        let fence = format!("{{{key}}}:lock-fence");
        let mut witness = Witness::of(test.server);
        let mut last = 0;
        for round in 0..12 {
            let guard = test.client.lock(&key).acquire().await?;
            assert!(guard.fence() > last, "{} after {last} in round {round}", guard.fence());
            last = guard.fence();
            assert_eq!(witness.get(&fence), Some(last.to_string()));
            // the last loss of data comes before the clock, which it would reveal
            match round / 3 {
                0 => guard.release().await?,
                1 => drop(witness.call(&["DEL", &key])),
                // the server lost all it knew
                2 => drop(witness.call(&["DEL", &key, &fence])),
                // its clock went back by a year
                _ => {
                    last += 31_536_000_000_000;
                    witness.call(&["DEL", &key]);
                    witness.call(&["SET", &fence, &last.to_string()]);
                }
            }
        }
        // what is only there for locks has an end
        test.client.lock(&key).acquire().await?.release().await?;
        assert!(left(&mut witness, &fence) > HOUR);
    }

    async fn several_are_taken_all_or_none_whatever_their_order(test) {
        let keys = ["a", "b", "c"].map(|name| test.key(name));
        let [a, b, c] = &keys;
        let mut witness = Witness::of(test.server);
        let all = test.client.lock_all([c, a, b, a]);
        let guard = all.acquire().await?;
        assert_eq!(witness.call(&["EXISTS", a, b, c]).integer(), 3);
        for key in &keys {
            let fence = witness.get(&format!("{{{key}}}:lock-fence"));
            assert_eq!(guard.fence_of(key).map(|fence| fence.to_string()), fence);
        }
        assert_eq!((guard.fence_of("other"), guard.fence_of(a)), (None, Some(guard.fence())));
        guard.extend(HOUR).await?;
        assert!(keys.iter().all(|key| left(&mut witness, key) > HOUR));
        guard.release().await?;
        assert_eq!(witness.call(&["EXISTS", a, b, c]).integer(), 0);
        // one of them is somebody else's: none is taken
        let theirs = test.client.lock(b).acquire().await?;
        let refused = all.try_acquire().await?;
        assert!(refused.is_none());
        assert_eq!(witness.call(&["EXISTS", a, c]).integer(), 0);
        theirs.release().await?;
        // one of them was lost: the others are given back all the same
        let guard = all.acquire().await?;
        witness.call(&["DEL", b]);
        let owned = guard.owned().await?;
        let released = guard.release().await;
        assert_eq!((owned, kind(released)), (false, ErrorKind::LockExpired));
        assert_eq!(witness.call(&["EXISTS", a, b, c]).integer(), 0);
    }

    async fn what_cannot_work_is_refused_before_anything_is_sent(test) {
        let key = test.key("lock");
        let short = test.client.lock(&key).lease(Duration::from_millis(9)).acquire().await;
        assert_eq!(kind(short), ErrorKind::Argument);
        let none: [&str; 0] = [];
        let nameless = test.client.lock_all(none).acquire().await;
        assert_eq!(kind(nameless), ErrorKind::Argument);
        let lock = test.client.lock(&key).token("");
        let empty = lock.acquire().await;
        assert_eq!(kind(empty), ErrorKind::Argument);
        // which does not leave the handle marked
        let good = lock.token("good").acquire().await?;
        good.release().await?;
    }

    async fn a_dropped_guard_gives_it_back(test) {
        let key = test.key("lock");
        let mut witness = Witness::of(test.server);
        let lock = test.client.lock(&key).lease(None);
        drop(lock.acquire().await?);
        until("it was given back", || witness.get(&key).is_none()).await;
        // and leaves alone what is somebody else's by then
        let guard = lock.acquire().await?;
        witness.call(&["SET", &key, "theirs"]);
        drop(guard);
        let wake = format!("{{{key}}}:lock-wake");
        let ping = test.client.ping().await?;
        assert_eq!(ping, "PONG");
        assert_eq!(witness.get(&key).as_deref(), Some("theirs"));
        assert!(witness.call(&["LLEN", &wake]).integer() <= 1);
    }

    async fn a_renewed_lease_is_made_whole_again_and_again(test) {
        let key = test.key("lock");
        let mut witness = Witness::of(test.server);
        let lock = test.client.lock(&key).lease(Duration::from_secs(3)).renew(true);
        let guard = lock.acquire().await?;
        let mut seen = left(&mut witness, &key);
        let mut renewed = 0;
        until("the server was told three times", || {
            let now = left(&mut witness, &key);
            renewed += u32::from(now > seen);
            seen = now;
            renewed == 3
        })
        .await;
        assert!(!guard.is_lost());
        guard.release().await?;
    }

    async fn renewing_does_not_shorten_what_was_extended(test) {
        let key = test.key("lock");
        let lease = Duration::from_secs(3);
        let guard = test.client.lock(&key).lease(lease).renew(true).acquire().await?;
        guard.extend_to(HOUR).await?;
        // the next renewal is due within
        let nothing = test.client.blpop(test.key("empty"), lease / 2).await?;
        let mut witness = Witness::of(test.server);
        assert!(nothing.is_none() && left(&mut witness, &key) > HOUR / 2);
        guard.release().await?;
    }

    async fn who_renews_hears_of_a_loss(test) {
        let key = test.key("lock");
        let mut witness = Witness::of(test.server);
        let (sender, told) = channel();
        let sender = std::sync::Mutex::new(sender);
        let lock = test.client.lock(&key).lease(Duration::from_secs(3)).renew(true);
        let lock = lock.on_lost(move |error| {
            let _ = sender.lock().unwrap().send(error.kind());
            panic!("it must not matter");
        });
        let guard = lock.acquire().await?;
        witness.call(&["SET", &key, "theirs", "PX", "3600000"]);
        let error = guard.lost().await;
        assert_eq!(error.kind(), ErrorKind::LockNotOwned);
        assert!(guard.is_lost());
        let mut heard = None;
        until("the callback is told", || {
            heard = heard.or_else(|| told.try_recv().ok());
            heard.is_some()
        })
        .await;
        assert_eq!(heard, Some(ErrorKind::LockNotOwned));
        let released = guard.release().await;
        assert_eq!(kind(released), ErrorKind::LockNotOwned);
    }

    async fn renewing_ends_with_the_guard_and_a_release_is_no_loss(test) {
        let key = test.key("lock");
        for how in 0..2 {
            let held = Arc::new(());
            let seen = held.clone();
            let lock = test.client.lock(&key).lease(HOUR).renew(true);
            let lock = lock.on_lost(move |error| panic!("{error}, which {seen:?} saw"));
            let guard = lock.acquire().await?;
            drop(lock);
            if how == 0 { guard.release().await? } else { drop(guard) }
            until("nobody renews any more", || Arc::strong_count(&held) == 1).await;
        }
    }

    async fn without_renewing_a_loss_is_known_by_the_clock(test) {
        let key = test.key("lock");
        let guard = test.client.lock(&key).lease(Duration::from_millis(30)).acquire().await?;
        let error = guard.lost().await;
        assert_eq!((error.kind(), guard.is_lost()), (ErrorKind::LockExpired, true));
        assert_eq!(guard.remaining(), Some(Duration::ZERO));
    }
}
