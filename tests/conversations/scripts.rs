//! Scripts on real servers: sent by digest, and whole where the server does not know them, however they are
//! run and whatever the server forgets meanwhile.
//!
//! Who has a server forget its scripts has one of his own: other tests' pipelines would miss them.

use crate::both::{async_client, blocking_client, both_clients, on_every_server, runtime};
use redis_core::retry::RetryPolicy;
use redis_core::{
    Delivery, ErrorKind, PipelineOptions, Replies, Result, Script, ServerErrorKind, Value,
};
use redis_tests::raw::Raw;
use redis_tests::server::Server;

/// Counts at its key, and says how far.
static COUNT: Script = Script::new("return redis.call('INCRBY', KEYS[1], ARGV[1])");
static READ: Script = Script::new("return redis.call('GET', KEYS[1])").read_only();
static ECHO: Script = Script::new("return {KEYS[1], ARGV}");

/// How often the server ran a command.
fn calls(raw: &mut Raw, command: &str) -> u64 {
    let info = raw.call(&["INFO", "commandstats"]).text();
    let entry = info.split(&format!("cmdstat_{command}:calls=")).nth(1).unwrap_or("0,");
    let number: String = entry.chars().take_while(char::is_ascii_digit).collect();
    number.parse().expect("a number")
}

both_clients! {
    async fn a_script_is_sent_whole_only_where_the_server_does_not_know_it(test) {
        let own = Server::of(test.row).start();
        let redis = Redis::from_url(&format!("{}?protocol={}", own.url(), test.protocol))?;
        let mut raw = own.raw();
        for (round, sum) in [(1, 3), (2, 6)] {
            redis.script_flush().await?;
            let first: i64 = COUNT.key("n").arg(1).query(&redis).await?;
            let second: i64 = COUNT.key("n").arg(1).query(&redis).await?;
            let third = COUNT.arg(1).key("n").run(&redis).await?;
            assert_eq!((first, second, third), (sum - 2, sum - 1, Value::Integer(sum)));
            assert_eq!(calls(&mut raw, "eval"), round);
        }
        let known = redis.script_exists(COUNT.digest()).await?;
        assert_eq!(known, [true]);
        let connection = redis.connection().await?;
        redis.script_flush().await?;
        let seventh: i64 = COUNT.key("n").arg(1).query(&connection).await?;
        assert_eq!((seventh, calls(&mut raw, "eval")), (7, 3));
        // on replicas too
        redis.script_flush().await?;
        let read: i64 = READ.key("n").query(&redis).await?;
        let again: i64 = READ.key("n").query(&redis).await?;
        assert_eq!((read, again, calls(&mut raw, "eval_ro"), calls(&mut raw, "eval")), (7, 7, 1, 3));
    }

    async fn every_executor_runs_it(test) {
        let own = Server::of(test.row).start();
        let redis = Redis::from_url(&format!("{}?protocol={}", own.url(), test.protocol))?;
        let call = || COUNT.key("n").arg(1);
        redis.script_flush().await?;
        let typed = redis.typed::<u8>().run_script(call()).await?;
        redis.script_flush().await?;
        let behind = call().run(&redis.typed::<String>()).await?;
        redis.script_flush().await?;
        let never = redis_core::command::CallOptions::new().retry(RetryPolicy::none());
        let with = redis.with(never).run_script(call()).await?;
        redis.script_flush().await?;
        // a type that keeps errors keeps no ignorance
        let kept = redis.typed::<Result<i64>>().run_script(call()).await?;
        redis.script_flush().await?;
        let connection = redis.connection().await?;
        let on_one = connection.typed::<Result<i64>>().run_script(call()).await?;
        assert_eq!((typed, behind.as_str(), with), (1, "2", Value::Integer(3)));
        assert_eq!((kept?, on_one?), (4, 5));
        redis.script_flush().await?;
        let mut attempts = redis.optimistic("watched");
        let mut ran = None;
        while let Some(tx) = attempts.attempt().await? {
            let sixth = tx.typed::<i64>().run_script(call()).await?;
            redis.script_flush().await?;
            let multi = tx.multi();
            multi.run_script(call()).run_script(call());
            let both = tx.execute::<Option<(i64, i64)>>(&multi).await?;
            ran = both.map(|both| (sixth, both));
        }
        assert_eq!(ran, Some((6, (7, 8))));
    }

    async fn a_pipeline_and_a_transaction_run_it_whatever_the_server_forgot(test) {
        let own = Server::of(test.row).start();
        let redis = Redis::from_url(&format!("{}?protocol={}", own.url(), test.protocol))?;
        let mut raw = own.raw();
        let pipe = redis.pipeline();
        pipe.set("n", 0).run_script(COUNT.key("n").arg(1)).echo("between");
        READ.key("n").run(&pipe.typed::<i64>());
        pipe.run_script(COUNT.key("n").arg(2)).typed::<(String, Vec<u8>)>().run_script(ECHO.key("k").args([7, 8]));
        let number = COUNT.key("n").arg(3).query::<i64, _>(&pipe).slot();
        for flushes in [true, false, true] {
            if flushes {
                redis.script_flush().await?;
            }
            let before = (calls(&mut raw, "eval"), calls(&mut raw, "evalsha"));
            let replies: Replies = pipe.execute().await?;
            assert_eq!((replies.len(), replies.errors().count(), number.index()), (7, 0, 6));
            assert_eq!((replies.read::<i64>(1)?, replies.read::<i64>(3)?), (1, 1));
            assert_eq!((replies.read::<i64>(4)?, replies.take(number)?), (3, 6));
            assert_eq!(replies.read::<(String, Vec<i64>)>(5)?, ("k".to_owned(), vec![7, 8]));
            let after = (calls(&mut raw, "eval"), calls(&mut raw, "evalsha"));
            // each of the two that write whole once, and by digest from then on
            assert_eq!((after.0 - before.0, after.1 - before.1), (2, 2));
        }
        redis.script_flush().await?;
        let tx = pipe.atomic();
        type All = ((), i64, String, i64, i64, Value, i64);
        for _ in 0..2 {
            let (_, one, between, read, three, _, six): All = tx.execute().await?;
            assert_eq!((one, between.as_str(), read, three, six), (1, "between", 1, 3, 6));
            redis.script_flush().await?;
        }
        let connection = redis.connection().await?;
        connection.watch("n").await?;
        let ran = tx.execute_on::<Option<All>>(&connection).await?;
        assert!(ran.is_some());
    }

    async fn a_pipeline_that_has_the_server_forget_teaches_it_again(test) {
        let own = Server::of(test.row).start();
        let redis = Redis::from_url(&format!("{}?protocol={}", own.url(), test.protocol))?;
        let pipe = redis.pipeline();
        let call = || COUNT.key("n").arg(1);
        pipe.run_script(call()).script_flush().run_script(call());
        pipe.command("SCRIPT").arg("FLUSH").query::<()>().run_script(call()).run_script(call());
        let replies: Replies = pipe.execute().await?;
        assert_eq!((replies.errors().count(), replies.read::<i64>(5)?), (0, 4));
    }

    async fn a_long_pipeline_of_calls_sends_the_source_once(test) {
        const CALLS: i64 = 5_000;
        let own = Server::of(test.row).start();
        let redis = Redis::from_url(&format!("{}?protocol={}", own.url(), test.protocol))?;
        // long enough to be sent from where it lies
        let filler = format!("--{}\n", "x".repeat(20_000));
        let long = Script::from_source(filler + COUNT.source());
        let pipe = redis.pipeline_with(PipelineOptions::new().contiguous_commands(10));
        for _ in 0..CALLS {
            long.key("n").arg(1).run(&pipe);
        }
        let counts = pipe.execute::<Vec<i64>>().await?;
        assert!(counts.into_iter().eq(1..=CALLS));
        assert_eq!(calls(&mut own.raw(), "eval"), 1);
        assert!(pipe.size() < 20_000 + CALLS as usize * 120);
        // and once alone
        redis.script_flush().await?;
        let next: i64 = long.key("n").arg(1).query(&redis).await?;
        assert_eq!(next, CALLS + 1);
    }

    async fn a_pipeline_may_call_more_scripts_than_a_server_keeps(test) {
        const SCRIPTS: usize = 600;
        let own = Server::of(test.row).start();
        let redis = Redis::from_url(&format!("{}?protocol={}", own.url(), test.protocol))?;
        let tx = redis.pipeline().atomic();
        for number in (0..SCRIPTS).chain(0..SCRIPTS) {
            Script::from_source(format!("return {number}")).run(&tx);
        }
        let numbers = tx.execute::<Vec<usize>>().await?;
        assert!(numbers.into_iter().eq((0..SCRIPTS).chain(0..SCRIPTS)));
    }

    async fn what_a_script_says_itself_is_handed_on_and_proves_nothing(test) {
        let key = test.key("written");
        let says = Script::new("redis.call('SET', KEYS[1], 'x') return redis.error_reply('MYCODE my own words')");
        let fails = Script::new("redis.call('SET', KEYS[1], 'x') return redis.call('LPOP', KEYS[1])");
        let error = says.key(&key).run(&test.client).await.unwrap_err();
        assert_eq!((error.message(), error.delivery()), ("MYCODE my own words", Delivery::Unknown));
        assert_eq!((error.code(), error.context().command.as_deref()), (Some("MYCODE"), Some("EVALSHA")));
        let error = fails.key(&key).run(&test.client).await.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Server(ServerErrorKind::WrongType), Delivery::Executed));
        let pipe = test.client.pipeline();
        pipe.del(&key).run_script(says.key(&key)).run_script(fails.key(&key)).get(&key);
        let replies: Replies = pipe.execute().await?;
        let deliveries: Vec<_> = replies.errors().map(|error| (error.context().index, error.delivery())).collect();
        assert_eq!(deliveries, [(Some(1), Delivery::Unknown), (Some(2), Delivery::Executed)]);
        assert_eq!(replies.read::<String>(3)?, "x");
        let broken = Script::new("no lua at all");
        let error = broken.run(&test.client).await.unwrap_err();
        assert!(error.message().starts_with("ERR Error compiling script"), "{error}");
        assert_eq!(error.delivery(), Delivery::Rejected);
    }

    async fn one_that_only_reads_may_not_write(test) {
        let key = test.key("k");
        let writes = Script::new("return redis.call('SET', KEYS[1], 'x')").read_only();
        let error = writes.key(&key).run(&test.client).await.unwrap_err();
        assert!(error.is_server_error(), "{error:?}");
        let there = test.client.exists(&key).await?;
        assert_eq!(there, 0);
    }

    async fn a_script_that_runs_for_ever_is_seen_and_killed(test) {
        let own = Server::of(test.row).arguments(&["--busy-reply-threshold", "1"]).start();
        let config = redis_core::config::ConfigBuilder::from_url(&own.url())?.retry(RetryPolicy::none());
        let redis = Redis::from_config(config.build()?);
        let mut runs = own.raw();
        let error = redis.script_kill().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Server(ServerErrorKind::NotBusy));
        let server_error = ErrorKind::Server;
        for (source, killed) in [("while true do end", true), ("redis.call('SET', 'k', 'x') while true do end", false)] {
            runs.send(&["EVAL", source, "0"])?;
            let busy = loop {
                match redis.typed::<String>().get("k").await {
                    Err(error) if error.is_server_error() => break error,
                    outcome => drop(outcome),
                }
            };
            assert_eq!((busy.kind(), busy.delivery()), (server_error(ServerErrorKind::Busy), Delivery::Rejected), "{busy}");
            let refused = COUNT.key("n").arg(1).run(&redis).await.unwrap_err();
            assert_eq!((refused.kind(), refused.delivery()), (busy.kind(), Delivery::Rejected), "{refused}");
            let outcome = redis.script_kill().await;
            if killed {
                outcome?;
                let ended = format!("{:?}", runs.receive()?);
                assert!(ended.contains("killed by user"), "{ended}");
            } else {
                let error = outcome.unwrap_err();
                assert_eq!(error.kind(), server_error(ServerErrorKind::Unkillable), "{error}");
            }
        }
    }
}

const AT_ONCE: usize = 100;

#[test]
fn a_hundred_first_calls_of_threads_at_once_all_run() {
    on_every_server("first-calls", (0, 0), blocking_client, |test| {
        let own = Server::of(test.row).start();
        let client = redis_sync::Redis::from_url(&own.url())?;
        let start = std::sync::Barrier::new(AT_ONCE);
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| {
                    start.wait();
                    COUNT.key("n").arg(1).run(&client).expect("it runs");
                });
            }
        });
        let counted: usize = READ.key("n").query(&client)?;
        assert_eq!(counted, AT_ONCE);
        Ok(())
    });
}

#[test]
fn a_hundred_first_calls_of_tasks_at_once_all_run() {
    on_every_server("first-calls", (0, 0), async_client, |test| {
        let own = Server::of(test.row).start();
        runtime().block_on(async {
            let client = redis_async::Redis::from_url(&own.url())?;
            let calls: Vec<_> = (0..AT_ONCE)
                .map(|_| {
                    let client = client.clone();
                    tokio::spawn(
                        async move { COUNT.key("n").arg(1).query::<i64, _>(&client).await },
                    )
                })
                .collect();
            for call in calls {
                call.await??;
            }
            let counted: usize = READ.key("n").query(&client).await?;
            assert_eq!(counted, AT_ONCE);
            Ok(())
        })
    });
}

/// For the async client alone: the blocking one has no futures.
#[test]
fn a_first_call_dropped_at_every_await_runs_once_or_not_and_shifts_no_reply() {
    use redis_async::prelude::*;
    on_every_server("dropped", (0, 0), async_client, |test| {
        let own = Server::of(test.row).start();
        runtime().block_on(async {
            let client = Redis::from_url(&format!("{}?protocol={}", own.url(), test.protocol))?;
            let mut finished = 0;
            for polls in 0..8 {
                client.set("n", 0).await?;
                client.script_flush().await?;
                let mut future = Box::pin(COUNT.key("n").arg(1).query::<i64, _>(&client));
                let mut polled = 0;
                let outcome = std::future::poll_fn(|cx| {
                    polled += 1;
                    if polled > polls {
                        return std::task::Poll::Ready(None);
                    }
                    future.as_mut().poll(cx).map(Some)
                });
                let outcome = outcome.await.transpose()?;
                drop(future);
                let pipe = client.pipeline();
                for index in 0..1000 {
                    pipe.echo(index);
                }
                let echoes = pipe.execute::<Vec<i64>>().await?;
                assert!(echoes.into_iter().eq(0..1000), "after {polls} polls");
                let count: i64 = client.typed().get("n").await?;
                assert!(outcome.map_or(count <= 1, |one| (one, count) == (1, 1)), "{count}");
                finished += usize::from(outcome.is_some());
            }
            assert!(finished > 0, "no call came to its end");
            Ok(())
        })
    });
}
