//! Commands that wait on the server, and the loop that asks again.

use std::time::Duration;

use redis_core::config::ConfigBuilder;
use redis_core::retry::{ConstantBackoff, NoBackoff, RetryPolicy};
use redis_core::{Delivery, ErrorKind};

use crate::flavour::both_flavours;
use crate::witness::Witness;

type Popped = redis_core::Result<Option<(redis_core::BulkString, redis_core::BulkString)>>;

/// Policies that lose no time.
fn eager(retries: u32) -> RetryPolicy {
    RetryPolicy::new(NoBackoff, retries)
}

both_flavours! {
    parts {
        async fn pop(r: Redis, key: String, time: Duration) -> Popped {
            r.blpop(&key, time).await
        }

        async fn named(url: String, name: &str, protocol: u8) -> redis_core::Result<Redis> {
            Redis::from_url(&format!("{url}?protocol={protocol}&client_name={name}&response_timeout=500ms&retries=0"))
        }
    }

    async fn a_wait_that_was_in_vain_is_an_answer_not_an_error(test) {
        let nothing = test.client.blpop(test.key("empty"), Duration::from_millis(20)).await?;
        assert_eq!(nothing, None);
    }

    async fn the_response_timeout_does_not_cut_a_wait_on_the_server(test) {
        let r = named(test.server.url(), &test.key("c"), test.protocol).await?;
        let nothing = r.blpop(test.key("empty"), Duration::from_millis(600)).await?;
        assert_eq!(nothing, None);
    }

    async fn who_waits_for_ever_gets_what_another_pushes(test) {
        let (name, key) = (test.key("c"), test.key("jobs"));
        let r = named(test.server.url(), &name, test.protocol).await?;
        let mut witness = Witness::of(test.server);
        let (waiting, list) = (r.clone(), key.clone());
        let waiter = beside(move || pop(waiting, list, Duration::ZERO));
        until("somebody waits", || witness.blocked(&name) == 1).await;
        // ordinary commands go on meanwhile
        for _ in 0..200 {
            let answer = r.ping().await?;
            assert_eq!(answer, "PONG");
        }
        witness.call(&["RPUSH", &key, "job"]);
        let popped = waiter.outcome().await?;
        let (list, job) = popped.ok_or("nil, although something was pushed")?;
        assert!(list == key.as_str() && job == "job", "{list:?} {job:?}");
    }

    async fn many_may_wait_at_once_each_on_a_connection_of_its_own(test) {
        let (name, key) = (test.key("c"), test.key("jobs"));
        let r = named(test.server.url(), &name, test.protocol).await?;
        let mut witness = Witness::of(test.server);
        let mut waiters = Vec::new();
        for _ in 0..8 {
            let (waiting, list) = (r.clone(), key.clone());
            waiters.push(beside(move || pop(waiting, list, Duration::ZERO)));
        }
        until("all wait", || witness.blocked(&name) == 8).await;
        for job in 0..8 {
            witness.call(&["RPUSH", &key, &job.to_string()]);
        }
        let mut jobs = Vec::new();
        for waiter in waiters {
            let popped = waiter.outcome().await?;
            jobs.push(popped.ok_or("nil, although something was pushed")?.1.parse::<u32>()?);
        }
        jobs.sort_unstable();
        assert_eq!(jobs, (0..8).collect::<Vec<_>>());
    }

    async fn a_wait_whose_connection_is_closed_ends_with_an_error(test) {
        let (name, key) = (test.key("c"), test.key("jobs"));
        let r = named(test.server.url(), &name, test.protocol).await?;
        let mut witness = Witness::of(test.server);
        let waiter = beside(move || pop(r, key, Duration::ZERO));
        until("somebody waits", || witness.blocked(&name) == 1).await;
        witness.kill(&name);
        let error = waiter.outcome().await.unwrap_err();
        assert!(error.is_connection_error(), "{error}");
        assert_eq!(error.delivery(), Delivery::Unknown, "a job may have been on its way: {error}");
    }
}

mod attempts {
    use super::*;

    /// The client of these tests, whose commands are not repeated by themselves.
    fn url(server: &redis_tests::server::Server, protocol: u8, name: &str) -> String {
        format!("{}?protocol={protocol}&client_name={name}", server.url())
    }

    /// A policy whose pauses no test would outlive: who gets by with it did not pause.
    fn leisurely() -> RetryPolicy {
        RetryPolicy::new(ConstantBackoff::new(Duration::from_secs(24 * 3600)), 3)
    }

    /// A worker's loop, blocking: until it has its job.
    fn work(r: &redis_sync::Redis, key: &str, policy: RetryPolicy) -> (Vec<String>, u32) {
        use redis_sync::prelude::*;
        let (mut outcomes, mut last) = (Vec::new(), 0);
        for attempt in r.retry(policy) {
            last = attempt.number();
            let job = attempt.run(|r| r.blpop(key, Duration::from_millis(30)));
            outcomes.push(told(job));
        }
        (outcomes, last)
    }

    /// The same, async.
    async fn work_async(
        r: &redis_async::Redis,
        key: &str,
        policy: RetryPolicy,
    ) -> (Vec<String>, u32) {
        use redis_async::prelude::*;
        let (mut outcomes, mut last) = (Vec::new(), 0);
        let mut attempts = r.retry(policy);
        while let Some(attempt) = attempts.next().await {
            last = attempt.number();
            let job = attempt.run(async |r| r.blpop(key, Duration::from_millis(30)).await).await;
            outcomes.push(told(job));
        }
        (outcomes, last)
    }

    fn told(job: Popped) -> String {
        match job {
            Ok(Some((_, job))) => job.as_str().unwrap_or_default().to_owned(),
            Ok(None) => "nothing".to_owned(),
            Err(error) => format!("{:?}", error.kind()),
        }
    }

    /// Two empty waits, then a job: on both clients the loop goes on without a pause and ends with it.
    #[track_caller]
    fn assert_worked((outcomes, last): &(Vec<String>, u32), from: &str) {
        let (job, before) = outcomes.split_last().expect("there was an attempt");
        assert_eq!(job, "job", "{from}");
        assert!(
            !before.is_empty() && before.iter().all(|outcome| outcome == "nothing"),
            "{from}: {before:?}"
        );
        assert_eq!(*last, 1, "an empty answer counts as no failure");
    }

    /// The witness pushes when the second wait has begun.
    fn push_later(
        server: &'static redis_tests::server::Server,
        name: String,
        key: String,
    ) -> std::thread::JoinHandle<()> {
        std::thread::spawn(move || {
            let mut witness = Witness::of(server);
            let calls = |witness: &mut Witness| {
                witness.clients(&name).iter().map(|c| c.get("tot-cmds").parse().unwrap_or(0)).max()
            };
            // servers that do not count commands show at least that somebody waited twice
            let mut waits = 0;
            let mut waiting = false;
            for _ in 0..300_000 {
                let now = witness.blocked(&name) > 0;
                waits += u32::from(now && !waiting);
                waiting = now;
                if waits >= 2 || calls(&mut witness) > Some(8) {
                    break;
                }
            }
            witness.call(&["RPUSH", &key, "job"]);
        })
    }

    #[test]
    fn an_empty_wait_is_asked_again_at_once_until_there_is_a_job() {
        let Some(row) = redis_tests::matrix::matrix().first() else { return };
        let server = redis_tests::server::shared(row);
        for protocol in [2, 3] {
            let (key, name) =
                (redis_tests::server::unique("job"), redis_tests::server::unique("worker"));
            let r = redis_sync::Redis::from_url(&url(server, protocol, &name)).expect("URL");
            let pusher = push_later(server, name, key.clone());
            assert_worked(&work(&r, &key, leisurely()), "blocking");
            pusher.join().expect("the pusher");

            let (key, name) =
                (redis_tests::server::unique("job"), redis_tests::server::unique("worker"));
            let r = redis_async::Redis::from_url(&url(server, protocol, &name)).expect("URL");
            let pusher = push_later(server, name, key.clone());
            let worked = crate::both::runtime().block_on(work_async(&r, &key, leisurely()));
            assert_worked(&worked, "async");
            pusher.join().expect("the pusher");
        }
    }

    #[test]
    fn a_connection_that_is_closed_under_a_wait_costs_the_loop_an_attempt_and_no_more() {
        use redis_tests::scripted::{Handshake, Script, ScriptedServer};
        let popped = "*2\r\n$4\r\njobs\r\n$3\r\njob\r\n";
        let begun = || Script::new().handshake(Handshake::Understood).expect_any();
        let lost = format!("{:?}", ErrorKind::Closed);
        let expected = (vec![lost, "nothing".to_owned(), "job".to_owned()], 1);
        let play = || {
            // what may have taken a job is not sent again but by the loop, whose body says that it may be
            ScriptedServer::play_all(vec![
                begun().close(),
                begun().send("_\r\n").expect_any().send(popped).stall(),
            ])
        };
        let server = play();
        let r = redis_sync::Redis::from_url(&server.url()).expect("URL");
        assert_eq!(work(&r, "jobs", eager(1)), expected, "an answer, if an empty one, starts anew");
        drop(r);
        server.finish();
        let server = play();
        let runtime = crate::both::runtime();
        let r = redis_async::Redis::from_url(&server.url()).expect("URL");
        assert_eq!(runtime.block_on(work_async(&r, "jobs", eager(1))), expected);
        drop((r, runtime));
        server.finish();
    }

    #[test]
    fn without_a_server_the_loop_ends_when_its_policy_gives_up() {
        // bound and not listening: it refuses, and nobody else can take it
        let socket =
            socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        socket.bind(&std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        let config =
            ConfigBuilder::from_url(&format!("redis://{address}")).unwrap().build().unwrap();
        let refused = vec![format!("{:?}", ErrorKind::Connect); 3];

        let r = redis_sync::Redis::from_config(config.clone());
        assert_eq!(work(&r, "job", eager(2)), (refused.clone(), 3));
        let r = redis_async::Redis::from_config(config);
        let worked = crate::both::runtime().block_on(work_async(&r, "job", eager(2)));
        assert_eq!(worked, (refused, 3));
    }
}
