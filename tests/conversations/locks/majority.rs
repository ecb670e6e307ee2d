//! Locks over several independent servers, of which some are away.

use crate::flavour::both_flavours;
use crate::witness::Witness;
use redis_core::ErrorKind;
use redis_tests::matrix::{Row, matrix};
use redis_tests::server::Server;
use std::sync::Mutex;
use std::time::Duration;

/// What a majority decides is no matter of the server's version: one row starts servers of its own.
fn is_first(row: &Row) -> bool {
    matrix().first().is_some_and(|first| first.name() == row.name())
}

fn start(count: usize, row: &'static Row) -> Vec<Server> {
    (0..count).map(|_| Server::of(row).start()).collect()
}

/// On how many servers a key is.
fn found(servers: &[Server], key: &str) -> i64 {
    servers.iter().map(|server| server.raw().call(&["EXISTS", key]).integer()).sum()
}

/// A lease of which a tenth, which each server may take to answer, is much for a server nearby.
const LEASE: Duration = Duration::from_secs(20);

both_flavours! {
    parts {
        async fn over(servers: &[Server], key: &str, protocol: u8) -> redis_core::Result<Lock> {
            let url = |server: &Server| Redis::from_url(&format!("{}?protocol={protocol}", server.url()));
            let clients: redis_core::Result<Vec<_>> = servers.iter().map(url).collect();
            Ok(Lock::over(clients?, key).lease(LEASE))
        }

        async fn count(lock: Lock, turns: usize, seen: &'static Mutex<Vec<u64>>) -> redis_core::Result<()> {
            for _ in 0..turns {
                let guard = lock.acquire().await?;
                // nobody else is here, so that the order is the fences'
                seen.lock().unwrap().push(guard.fence());
                guard.release().await?;
            }
            Ok(())
        }
    }

    async fn two_of_five_may_be_dead_and_with_three_it_is_refused_and_nothing_is_left(test) {
        if !is_first(test.row) {
            return Ok(());
        }
        let mut servers = start(5, test.row);
        let key = test.key("lock");
        let lock = over(&servers, &key, test.protocol).await?;
        let guard = lock.acquire().await?;
        assert_eq!(found(&servers, &key), 5);
        let fence = guard.fence();
        guard.release().await?;
        assert_eq!(found(&servers, &key), 0);

        servers[0].kill();
        servers[3].kill();
        let guard = lock.acquire().await?;
        let alive = [servers.remove(1), servers.remove(1), servers.pop().expect("a fifth")];
        assert_eq!((found(&alive, &key), guard.fence() > fence), (3, true));
        assert!(guard.remaining().is_some_and(|left| left < LEASE - LEASE / 100));
        guard.extend_to(LEASE * 2).await?;
        let owned = guard.owned().await?;
        assert!(owned && guard.remaining().is_some_and(|left| left > LEASE));
        guard.reacquire().await?;
        let refused = over(&alive, &key, test.protocol).await?.try_acquire().await?;
        assert!(refused.is_none());
        guard.release().await?;
        assert_eq!(found(&alive, &key), 0);

        let [mut third, rest @ ..] = alive;
        third.kill();
        let refused = lock.acquire().await.unwrap_err();
        assert!(refused.to_string().contains("2 of 5"), "{refused}");
        assert_ne!(refused.kind(), ErrorKind::LockNotAcquired, "nobody holds it");
        assert_eq!(found(&rest, &key), 0);
        let locked = lock.locked().await.unwrap_err();
        assert_eq!(locked.kind(), refused.kind());
    }

    async fn servers_that_stand_still_hold_nobody_up_for_long(test) {
        if !is_first(test.row) {
            return Ok(());
        }
        let servers = start(3, test.row);
        let key = test.key("lock");
        let lock = over(&servers, &key, test.protocol).await?.lease(LEASE / 5);
        servers[1].pause();
        let guard = lock.acquire().await?;
        let owned = guard.owned().await?;
        guard.reacquire().await?;
        let released = guard.release().await;
        servers[1].resume();
        released?;
        assert!(owned);
        // what the one heard late goes by its lease at the latest
        let mut late = Witness::of(&servers[1]);
        until("nothing is held", || late.get(&key).is_none()).await;
    }

    async fn a_minority_that_was_taken_is_given_back(test) {
        if !is_first(test.row) {
            return Ok(());
        }
        let servers = start(3, test.row);
        let key = test.key("lock");
        // two of three are somebody else's
        for server in &servers[1..] {
            let _ = server.raw().call(&["SET", &key, "theirs"]);
        }
        let lock = over(&servers, &key, test.protocol).await?;
        let refused = lock.try_acquire().await?;
        assert!(refused.is_none());
        assert_eq!(found(&servers[..1], &key), 0);
        let late = lock.clone().blocking_timeout(Duration::from_millis(20)).acquire().await;
        assert_eq!(late.unwrap_err().kind(), ErrorKind::LockNotAcquired);
        assert_eq!(found(&servers[..1], &key), 0);
        // one of three is, and is left alone
        let _ = servers[2].raw().call(&["DEL", &key]);
        let guard = lock.acquire().await?;
        guard.release().await?;
        assert_eq!((found(&servers, &key), found(&servers[1..2], &key)), (1, 1));
    }

    async fn a_lock_that_a_majority_lost_is_lost(test) {
        if !is_first(test.row) {
            return Ok(());
        }
        let servers = start(3, test.row);
        let key = test.key("lock");
        let lock = over(&servers, &key, test.protocol).await?;
        let guard = lock.acquire().await?;
        let _ = servers[0].raw().call(&["DEL", &key]);
        guard.reacquire().await?;
        let _ = servers[1].raw().call(&["SET", &key, "theirs"]);
        let _ = servers[2].raw().call(&["SET", &key, "theirs"]);
        let extended = guard.extend(LEASE).await.unwrap_err();
        assert_eq!(extended.kind(), ErrorKind::LockNotOwned);
        assert!(guard.is_lost());
        let released = guard.release().await.unwrap_err();
        assert_eq!(released.kind(), ErrorKind::LockNotOwned);
        assert_eq!(found(&servers, &key), 2);
    }

    async fn fences_grow_although_majorities_differ(test) {
        if !is_first(test.row) {
            return Ok(());
        }
        let mut servers = start(3, test.row);
        let key = test.key("lock");
        let lock = over(&servers, &key, test.protocol).await?;
        // only one server knows of it, as if its clock were a year ahead
        let ahead = 1_900_000_000_000_000_u64;
        let _ = servers[0].raw().call(&["SET", &format!("{{{key}}}:lock-fence"), &ahead.to_string()]);
        let first = lock.acquire().await?;
        let fence = first.fence();
        assert!(fence > ahead);
        first.release().await?;
        servers[0].kill();
        let second = lock.acquire().await?;
        assert!(second.fence() > fence, "{} came after {fence}", second.fence());
        second.release().await?;
    }

    async fn contenders_over_three_servers_hold_it_one_at_a_time(test) {
        if !is_first(test.row) {
            return Ok(());
        }
        let servers = start(3, test.row);
        let key = test.key("lock");
        let lock = over(&servers, &key, test.protocol).await?;
        let seen: &'static Mutex<Vec<u64>> = Box::leak(Box::default());
        let mut contenders = Vec::new();
        for _ in 0..6 {
            let own = lock.clone();
            contenders.push(beside(move || count(own, 4, seen)));
        }
        for contender in contenders {
            contender.outcome().await?;
        }
        let fences = seen.lock().unwrap();
        assert_eq!(fences.len(), 24);
        assert!(fences.is_sorted_by(|one, next| one < next), "{fences:?}");
    }
}
