//! What a blocking command may come to, told apart: an answer, a server's error, a time that is over, a
//! connection that is gone, a limit that is reached.

use std::time::Duration;

use redis_core::command::CallOptions;
use redis_core::{Delivery, ErrorKind, TimeoutKind};
use redis_tests::server::Server;

use crate::flavour::both_flavours;
use crate::witness::Witness;

type Popped = redis_core::Result<Option<(redis_core::BulkString, redis_core::BulkString)>>;

/// The number of the one client of this name that waits.
fn waiting(witness: &mut Witness, name: &str) -> String {
    let clients = witness.clients(name);
    let blocked = clients.iter().find(|client| client.get("flags").contains('b'));
    blocked.expect("somebody waits").id().to_string()
}

both_flavours! {
    parts {
        async fn pop(r: Redis, key: String, time: Duration) -> Popped {
            r.blpop(&key, time).await
        }

        /// A client whose commands are not repeated, and that takes its time.
        async fn patient(url: String, name: &str, protocol: u8, more: &str) -> redis_core::Result<Redis> {
            Redis::from_url(&format!(
                "{url}?protocol={protocol}&client_name={name}&retries=0{more}"
            ))
        }
    }

    async fn what_is_ended_by_a_timeout_is_an_answer_and_by_an_error_an_error(test) {
        let (name, key) = (test.key("c"), test.key("jobs"));
        let r = patient(test.server.url(), &name, test.protocol, "").await?;
        let mut witness = Witness::of(test.server);
        for reason in ["TIMEOUT", "ERROR"] {
            let (waiter, list) = (r.clone(), key.clone());
            let waiter = beside(move || pop(waiter, list, Duration::ZERO));
            until("somebody waits", || witness.blocked(&name) == 1).await;
            let id = waiting(&mut witness, &name);
            witness.call(&["CLIENT", "UNBLOCK", &id, reason]);
            let outcome = waiter.outcome().await;
            if reason == "TIMEOUT" {
                assert_eq!(outcome?, None);
            } else {
                let error = outcome.unwrap_err();
                assert!(error.is_server_error(), "{error}");
                assert_eq!(error.code(), Some("UNBLOCKED"), "{error}");
                assert_eq!(error.delivery(), Delivery::Executed, "it ran, and took nothing: {error}");
            }
        }
        // either way the connection is as good as before
        let counted = r.statistics();
        assert_eq!((counted.closed_total(), counted.orphaned), (0, 0), "{counted:?}");
    }

    async fn a_server_that_pauses_its_clients_leaves_it_open_whether_something_was_taken(test) {
        let server = Server::of(test.row).start();
        let (name, key) = (test.key("c"), test.key("jobs"));
        let r = patient(server.url(), &name, test.protocol, "&pool_drain_timeout=1ms").await?;
        let mut witness = Witness::of(&server);
        let nothing = r.blpop(&key, Duration::from_millis(10)).await?;
        assert_eq!(nothing, None);
        witness.call(&["CLIENT", "PAUSE", "3600000", "WRITE"]);
        let soon = CallOptions::new().response_timeout(Duration::from_millis(100));
        let error = r.with(soon).blpop(&key, Duration::from_millis(10)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutKind::Reply), "{error}");
        assert_eq!(error.delivery(), Delivery::Unknown, "{error}");
        witness.call(&["CLIENT", "UNPAUSE"]);
        until("the server goes on", || witness.get("nothing").is_none()).await;
        witness.call(&["DEL", &key]);
        let nothing = r.blpop(&key, Duration::from_millis(10)).await?;
        assert_eq!(nothing, None, "a late answer was handed out");
    }

    async fn a_connection_that_is_killed_and_a_server_that_is_shut_down_are_connections_lost(test) {
        let server = Server::of(test.row).start();
        let (name, key) = (test.key("c"), test.key("jobs"));
        let r = patient(server.url(), &name, test.protocol, "").await?;
        for end in ["KILL", "SHUTDOWN"] {
            let mut witness = Witness::of(&server);
            let (waiter, list) = (r.clone(), key.clone());
            let waiter = beside(move || pop(waiter, list, Duration::ZERO));
            until("somebody waits", || witness.blocked(&name) == 1).await;
            if end == "KILL" {
                witness.kill(&name);
            } else {
                witness.shut_down();
            }
            let error = waiter.outcome().await.unwrap_err();
            assert!(error.is_connection_error(), "{end}: {error}");
            assert_eq!(error.delivery(), Delivery::Unknown, "{end}: {error}");
        }
    }

    async fn zero_waits_for_longer_than_any_reply_may_take(test) {
        let (name, key, other) = (test.key("c"), test.key("jobs"), test.key("nothing"));
        let more = "&response_timeout=300ms";
        let r = patient(test.server.url(), &name, test.protocol, more).await?;
        let mut witness = Witness::of(test.server);
        let list = key.clone();
        let waiter = beside(move || pop(r, list, Duration::ZERO));
        until("somebody waits", || witness.blocked(&name) == 1).await;
        // the server's own clock says when three response timeouts are over
        witness.call(&["BLPOP", &other, "1"]);
        assert_eq!(witness.blocked(&name), 1, "it was given up");
        witness.call(&["RPUSH", &key, "job"]);
        let popped = waiter.outcome().await?;
        assert!(popped.is_some_and(|(_, job)| job == "job"));
    }

    async fn blocking_commands_up_to_their_limit_leave_the_pool_to_others(test) {
        let (name, key) = (test.key("c"), test.key("jobs"));
        for (more, waits) in [("&pool_acquire_timeout=20ms", 1), ("&pool_wait=no", 0)] {
            let more = format!("&pool_max_size=4&pool_max_blocking=2{more}");
            let r = patient(test.server.url(), &name, test.protocol, &more).await?;
            let mut witness = Witness::of(test.server);
            let mut waiters = Vec::new();
            for _ in 0..2 {
                let (waiter, list) = (r.clone(), key.clone());
                waiters.push(beside(move || pop(waiter, list, Duration::ZERO)));
            }
            until("two wait", || witness.blocked(&name) == 2).await;
            assert_eq!(r.statistics().blocking, 2);

            let error = r.blpop(&key, Duration::ZERO).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BlockingLimit, "{error}");
            assert!(error.was_not_executed() && !error.is_pool_exhausted(), "{error}");
            assert!(error.to_string().contains("`pool_max_blocking`"), "{error}");
            let counted = r.statistics();
            assert_eq!((counted.waits, counted.timeouts), (waits, waits), "{counted:?}");
            // neither those who are answered at once are held up, nor who holds a connection
            let answer = r.ping().await?;
            assert_eq!(answer, "PONG");
            let connection = r.connection().await?;
            let nothing = connection.blpop(test.key("nothing"), Duration::from_millis(1)).await?;
            assert_eq!(nothing, None);
            assert_eq!(r.statistics().blocking, 2, "who holds a connection is not counted");
            drop(connection);

            witness.call(&["RPUSH", &key, "one", "two"]);
            for waiter in waiters {
                let popped = waiter.outcome().await?;
                assert!(popped.is_some());
            }
            until("their places are free", || r.statistics().blocking == 0).await;
            witness.call(&["RPUSH", &key, "job"]);
            let popped = r.blpop(&key, Duration::from_secs(60)).await?;
            assert!(popped.is_some());
        }
    }

    async fn who_waits_for_a_place_among_those_who_wait_gets_the_next_that_is_free(test) {
        let (name, key) = (test.key("c"), test.key("jobs"));
        let more = "&pool_max_size=4&pool_max_blocking=1&pool_acquire_timeout=60s";
        let r = patient(test.server.url(), &name, test.protocol, more).await?;
        let mut witness = Witness::of(test.server);
        let mut waiters = Vec::new();
        for _ in 0..8 {
            let (waiter, list) = (r.clone(), key.clone());
            waiters.push(beside(move || pop(waiter, list, Duration::ZERO)));
        }
        until("one waits on the server and seven in line", || {
            witness.blocked(&name) == 1 && r.statistics().waiting == 7
        }).await;
        for job in 0..8 {
            witness.call(&["RPUSH", &key, &job.to_string()]);
        }
        for waiter in waiters {
            let popped = waiter.outcome().await?;
            assert!(popped.is_some());
        }
        let counted = r.statistics();
        assert_eq!((counted.waits, counted.blocking, counted.waiting), (7, 0, 0), "{counted:?}");
    }

    async fn what_was_written_is_waited_for_on_the_connection_that_wrote_it(test) {
        let connection = test.client.connection().await?;
        connection.set(test.key("k"), "v").await?;
        // the test's server has no replica: the time is over, and that is an answer
        let replicas = connection.wait(1, Duration::from_millis(20)).await?;
        assert_eq!(replicas, 0);
        let replicas = connection.wait(0, Duration::ZERO).await?;
        assert_eq!(replicas, 0, "none are wanted: it waits for nothing");
        if test.row.has_redis(7, 2) {
            let there = connection.waitaof(false, 1, Duration::from_millis(20)).await?;
            assert_eq!((there.local, there.replicas), (false, 0));
        }
        // over a connection that wrote nothing the answer would mean nothing
        for name in ["WAIT", "WAITAOF"] {
            let error = test.client.command(name).arg(0).arg(0).query::<i64>().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Misuse, "{error}");
            assert!(error.to_string().contains("`connection()`"), "{error}");
        }
    }
}
