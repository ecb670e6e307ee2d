//! Who gets a connection, who waits, who is refused, and what the statistics say of it.

use std::collections::BTreeSet;

use redis_core::event::CloseReason;
use redis_core::pool::DisconnectScope;
use redis_core::{ErrorKind, TimeoutKind};

use crate::flavour::both_flavours;
use crate::witness::Witness;

both_flavours! {
    parts {
        /// Takes a connection, notes its number under `key`, and gives it back.
        async fn borrow(r: Redis, key: String) -> redis_core::Result<i64> {
            let connection = r.connection().await?;
            let id: i64 = connection.command("CLIENT ID").query().await?;
            let _: i64 = connection.command("RPUSH").key(&key).arg(id).query().await?;
            Ok(id)
        }

        /// Waits for a connection; who got one says so before giving it back.
        async fn stand_in_line(r: Redis, key: String, place: usize) -> redis_core::Result<()> {
            let connection = r.connection().await?;
            let _: i64 = connection.command("RPUSH").key(&key).arg(place).query().await?;
            Ok(())
        }
    }

    async fn statistics_equal_what_the_server_lists(test) {
        let name = test.key("c");
        let url = format!("{}?protocol={}&client_name={name}", test.server.url(), test.protocol);
        let r = Redis::from_url(&url)?;
        let mut witness = Witness::of(test.server);
        let begun = r.statistics();
        assert_eq!((begun.open(), begun.created, witness.count(&name)), (0, 0, 0), "{begun:?}");

        let first = r.connection().await?;
        let second = r.connection().await?;
        let third = r.connection().await?;
        let held = r.statistics();
        assert_eq!((held.idle, held.in_use, held.created), (0, 3, 3), "{held:?}");
        assert_eq!(witness.count(&name), 3);

        drop(second);
        let one_back = r.statistics();
        assert_eq!((one_back.idle, one_back.in_use), (1, 2), "{one_back:?}");
        assert_eq!(witness.count(&name), 3);

        let again = r.connection().await?;
        let reused = r.statistics();
        assert_eq!((reused.idle, reused.in_use, reused.created), (0, 3, 3), "{reused:?}");

        drop((first, third, again));
        let _ = r.ping().await?;
        let all_back = r.statistics();
        assert_eq!(all_back.open() as usize, witness.count(&name), "{all_back:?}");
        assert_eq!(all_back.created, u64::from(all_back.open()), "{all_back:?}");

        r.disconnect(DisconnectScope::Idle);
        until("what was idle is closed", || {
            r.statistics().open() == 0 && witness.count(&name) == 0
        }).await;
    }

    async fn disconnect_closes_what_is_in_use_when_it_comes_back(test) {
        let name = test.key("c");
        let url = format!("{}?protocol={}&client_name={name}", test.server.url(), test.protocol);
        let r = Redis::from_url(&url)?;
        let mut witness = Witness::of(test.server);
        let (held, idle) = (r.connection().await?, r.connection().await?);
        drop(idle);
        r.disconnect(DisconnectScope::Idle);
        until("the idle one is closed", || witness.count(&name) == 1).await;
        assert_eq!(r.statistics().closed(CloseReason::Disconnected), 1);

        r.disconnect(DisconnectScope::All);
        let _ = held.ping().await?;
        assert_eq!(witness.count(&name), 1, "who holds one goes on");
        drop(held);
        until("the last one is closed", || witness.count(&name) == 0).await;
        assert_eq!(r.statistics().closed(CloseReason::Disconnected), 2);

        let answer = r.ping().await?;
        assert_eq!(answer, "PONG");
    }

    async fn no_more_connections_than_the_maximum_however_many_want_one(test) {
        let (name, key) = (test.key("c"), test.key("ids"));
        let url = format!(
            "{}?protocol={}&client_name={name}&pool_max_size=4&pool_acquire_timeout=30s",
            test.server.url(),
            test.protocol
        );
        let r = Redis::from_url(&url)?;
        let mut callers = Vec::new();
        for _ in 0..32 {
            let (r, key) = (r.clone(), key.clone());
            callers.push(beside(move || borrow(r, key)));
        }
        let mut ids = BTreeSet::new();
        for caller in callers {
            ids.insert(caller.outcome().await?);
        }
        let counted = r.statistics();
        assert!(ids.len() <= 4, "{} connections served", ids.len());
        assert_eq!(counted.created as usize, ids.len(), "{counted:?}");
        let mut witness = Witness::of(test.server);
        let listed: BTreeSet<i64> = witness.clients(&name).iter().map(|client| client.id()).collect();
        assert_eq!(listed, ids);
        assert_eq!(witness.call(&["LLEN", &key]).integer(), 32, "each was served once");
    }

    async fn who_may_not_wait_is_refused_at_once(test) {
        let url = format!(
            "{}?protocol={}&pool_max_size=1&pool_wait=no&retries=0",
            test.server.url(),
            test.protocol
        );
        let r = Redis::from_url(&url)?;
        let held = r.connection().await?;
        let error = r.connection().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PoolExhausted, "{error}");
        assert_eq!((r.statistics().refused, r.statistics().in_use), (1, 1));
        drop(held);
        let again = r.connection().await?;
        let _ = again.ping().await?;
    }

    async fn who_comes_when_too_many_wait_is_refused_and_counted(test) {
        let url = format!(
            "{}?protocol={}&pool_max_size=1&pool_max_waiting=2&pool_acquire_timeout=30s",
            test.server.url(),
            test.protocol
        );
        let (r, key) = (Redis::from_url(&url)?, test.key("ids"));
        let held = r.connection().await?;
        let mut waiting = Vec::new();
        for _ in 0..2 {
            let (r, key) = (r.clone(), key.clone());
            waiting.push(beside(move || borrow(r, key)));
        }
        until("two wait", || r.statistics().waiting == 2).await;
        let error = r.connection().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Overloaded, "{error}");
        assert!(error.was_not_executed(), "{error}");
        assert!(error.to_string().contains("`pool_max_waiting`"), "{error}");
        let counted = r.statistics();
        assert_eq!((counted.refused, counted.overloaded, counted.waiting), (1, 1, 2), "{counted:?}");
        drop(held);
        for waiter in waiting {
            waiter.outcome().await?;
        }
        drop(r.connection().await?);
    }

    async fn who_waits_in_vain_is_told_which_time_was_over(test) {
        let url = format!(
            "{}?protocol={}&pool_max_size=1&pool_acquire_timeout=30ms&retries=0",
            test.server.url(),
            test.protocol
        );
        let r = Redis::from_url(&url)?;
        let held = r.connection().await?;
        let error = r.connection().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutKind::Acquire), "{error}");
        assert!(error.was_not_executed(), "{error}");
        assert!(error.to_string().contains("30ms"), "{error}");
        let counted = r.statistics();
        assert_eq!((counted.timeouts, counted.waits, counted.waiting), (1, 1, 0), "{counted:?}");
        drop(held);
        let again = r.connection().await?;
        let _ = again.ping().await?;
    }

    async fn first_come_is_first_served(test) {
        let key = test.key("line");
        let url = format!(
            "{}?protocol={}&pool_max_size=1&pool_acquire_timeout=30s",
            test.server.url(),
            test.protocol
        );
        let r = Redis::from_url(&url)?;
        let held = r.connection().await?;
        let mut line = Vec::new();
        for place in 0..12_usize {
            let (waiter, key) = (r.clone(), key.clone());
            line.push(beside(move || stand_in_line(waiter, key, place)));
            until("the next one stands in line", || r.statistics().waiting as usize == place + 1).await;
        }
        drop(held);
        for waiter in line {
            waiter.outcome().await?;
        }
        let served: Vec<usize> = r.typed().lrange(&key, 0, -1).await?;
        assert_eq!(served, (0..12).collect::<Vec<_>>());
        assert_eq!(r.statistics().waits, 12);
    }

    async fn idle_connections_that_the_server_closed_are_replaced_unnoticed(test) {
        let name = test.key("c");
        let url = format!(
            "{}?protocol={}&client_name={name}&retries=0",
            test.server.url(),
            test.protocol
        );
        let r = Redis::from_url(&url)?;
        let mut witness = Witness::of(test.server);
        let three = (r.connection().await?, r.connection().await?, r.connection().await?);
        drop(three);
        assert_eq!(witness.kill(&name), 3);
        until("the server closed them", || witness.count(&name) == 0).await;
        for _ in 0..3 {
            let connection = r.connection().await?;
            let answer = connection.ping().await?;
            assert_eq!(answer, "PONG");
        }
        let counted = r.statistics();
        // the last to come back is the first to go out again: one new one serves all three
        assert_eq!((counted.closed(CloseReason::Stale), counted.created), (1, 4), "{counted:?}");
        let three = (r.connection().await?, r.connection().await?, r.connection().await?);
        let counted = r.statistics();
        assert_eq!((counted.closed(CloseReason::Stale), counted.created), (3, 6), "{counted:?}");
        assert_eq!((counted.open() as usize, witness.count(&name)), (3, 3));
        drop(three);
    }

    async fn a_shared_client_whose_connection_was_closed_goes_on(test) {
        let (name, key) = (test.key("c"), test.key("n"));
        let url = format!("{}?protocol={}&client_name={name}", test.server.url(), test.protocol);
        let r = Redis::from_url(&url)?;
        let mut witness = Witness::of(test.server);
        r.set(&key, 7).await?;
        for _ in 0..5 {
            assert_eq!(witness.kill(&name), 1);
            let value: i64 = r.typed().get(&key).await?;
            assert_eq!(value, 7);
        }
    }

    async fn the_minimum_of_idle_connections_is_kept_ready(test) {
        let name = test.key("c");
        let url = format!(
            "{}?protocol={}&client_name={name}&pool_min_idle=3",
            test.server.url(),
            test.protocol
        );
        let r = Redis::from_url(&url)?;
        let mut witness = Witness::of(test.server);
        drop(r.connection().await?);
        until("three lie ready", || witness.count(&name) >= 3 && r.statistics().idle >= 3).await;
        let created = r.statistics().created;
        let three = (r.connection().await?, r.connection().await?, r.connection().await?);
        assert!(r.statistics().created <= created + 3, "whoever comes is served by what lies ready");
        drop(three);
    }

    async fn handles_over_one_pool_share_its_connections(test) {
        let name = test.key("c");
        let url = format!("{}?protocol={}&client_name={name}", test.server.url(), test.protocol);
        let r = Redis::from_url(&url)?;
        let other = Redis::from_pool(r.pool().clone());
        drop(r.connection().await?);
        drop(other.connection().await?);
        let third = other.clone();
        drop(third.connection().await?);
        let mut witness = Witness::of(test.server);
        assert_eq!((witness.count(&name), other.statistics().created), (1, 1));
        drop((r, other, third));
        until("the last handle closed it", || witness.count(&name) == 0).await;
    }
}
