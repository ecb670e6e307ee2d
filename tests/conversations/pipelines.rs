//! Pipelines and transactions on real servers.

use crate::both::{both_clients, on_every_server, runtime};
#[cfg(feature = "tls")]
use redis_core::config::{ConfigBuilder, TlsOptions};
use redis_core::{Delivery, ErrorKind, PipelineOptions, Replies, Result, Value};
#[cfg(feature = "tls")]
use redis_tests::certificates::certificates;
use redis_tests::matrix::matrix;
use redis_tests::server::{shared, unique};
use std::collections::BTreeMap;

type Map = BTreeMap<String, i64>;

both_clients! {
    async fn every_command_is_queued_and_its_reply_is_the_one_it_has_alone(test) {
        let (text, count, hash) = (test.key("text"), test.key("count"), test.key("hash"));
        let pipe = test.client.pipeline();
        pipe.del([&text, &count, &hash])
            .set(&text, "hello")
            .incr(&count)
            .command("HSET").key(&hash).arg("a").arg(1).arg("b").arg(2).query::<i64>()
            .command("HGETALL").key(&hash).query::<Map>()
            .get(&text)
            .typed::<String>().get(&text);
        type All = (i64, (), i64, i64, Map, Option<String>, String);
        let map = Map::from([("a".to_owned(), 1), ("b".to_owned(), 2)]);
        let all: All = pipe.execute().await?;
        let hello = || "hello".to_owned();
        assert_eq!(all, (0, (), 1, 2, map.clone(), Some(hello()), hello()));
        // the same value again, as one
        let tx = pipe.atomic();
        let all: All = tx.execute().await?;
        assert_eq!(all, (3, (), 1, 2, map, Some(hello()), hello()));
    }

    async fn replies_come_by_handle_and_an_error_hides_no_other(test) {
        let text = test.key("text");
        let pipe = test.client.pipeline();
        pipe.set(&text, "hello");
        let (wrong, length) = (pipe.incr(&text).slot(), pipe.strlen(&text).slot());
        let unknown = pipe.command("NO.SUCH.COMMAND").arg(1).query::<Value>().slot();
        let replies: Replies = pipe.execute().await?;
        assert_eq!(replies.take(length)?, 5);
        let error = replies.take(wrong).unwrap_err();
        assert_eq!((error.context().index, error.delivery()), (Some(1), Delivery::Rejected));
        assert!(error.to_string().starts_with("INCR (command 1 of the pipeline): "), "{error}");
        assert_eq!(replies.take(unknown).unwrap_err().context().index, Some(3));
        assert_eq!(replies.errors().count(), 2);
        let first = pipe.execute::<()>().await.unwrap_err();
        assert_eq!(first.context().index, Some(1));
        let each = pipe.execute::<Vec<Result<Value>>>().await?;
        let failed: Vec<_> = each.iter().map(Result::is_err).collect();
        assert_eq!(failed, [false, true, false, true]);
    }

    async fn a_transaction_aborts_whole_and_names_the_command_at_fault(test) {
        let count = test.key("count");
        let faults: [&[&str]; 2] = [&["NO.SUCH.COMMAND", "x"], &["GET", "a", "b"]];
        for words in faults {
            let tx = test.client.pipeline().atomic();
            tx.incr(&count).command(words[0]).args(&words[1..]).query::<Value>();
            let error = tx.execute::<Replies>().await.unwrap_err();
            assert_eq!((error.context().index, error.delivery()), (Some(1), Delivery::Rejected));
            assert_eq!(error.context().command.as_deref(), Some(words[0]));
            let abort = std::error::Error::source(&error).map(|source| source.to_string());
            assert!(abort.is_some_and(|abort| abort.starts_with("EXEC: EXECABORT")), "{error:?}");
        }
        let none = test.client.get(&count).await?;
        assert!(none.is_none());
        let tx = test.client.pipeline().atomic();
        tx.set(&count, "text").incr(&count).get(&count);
        let ran: ((), Result<i64>, String) = tx.execute().await?;
        assert_eq!(ran.1.unwrap_err().context().index, Some(1));
        assert_eq!(ran.2, "text");
    }

    async fn a_transaction_after_watch_runs_only_if_nothing_changed(test) {
        let key = test.key("watched");
        let connection = test.client.connection().await?;
        let tx = test.client.pipeline().atomic();
        tx.incr(&key);
        for changed in [false, true] {
            connection.watch(&key).await?;
            if changed {
                test.client.set(&key, 10).await?;
            }
            let ran = tx.execute_on::<Option<(i64,)>>(&connection).await?;
            assert_eq!(ran, (!changed).then_some((1,)));
        }
        connection.watch(&key).await?;
        test.client.set(&key, 20).await?;
        let error = tx.execute_on::<()>(&connection).await.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::WatchFailed, Delivery::Rejected));
        // a transaction without commands still looks at what is watched
        let empty = test.client.pipeline().atomic();
        connection.watch(&key).await?;
        let ran = empty.execute_on::<Option<()>>(&connection).await?;
        assert_eq!(ran, Some(()));
        let ran = tx.execute_on::<(i64,)>(&connection).await?;
        assert_eq!(ran, (21,));
    }

    async fn a_transaction_by_hand_is_undone_where_it_is_left(test) {
        let key = test.key("by-hand");
        let only = Redis::from_url(&format!("{}?pool_max_size=1", test.server.url()))?;
        let connection = only.connection().await?;
        connection.watch(&key).await?;
        connection.multi().await?;
        let queued = connection.typed::<String>().incr(&key).await?;
        let ran = connection.typed::<Option<(i64,)>>().exec().await?;
        assert_eq!((queued.as_str(), ran), ("QUEUED", Some((1,))));
        connection.multi().await?;
        connection.typed::<String>().incr(&key).await?;
        connection.discard().await?;
        connection.watch(&key).await?;
        connection.unwatch().await?;
        // left within a transaction, keys watched
        connection.watch(&key).await?;
        connection.multi().await?;
        connection.typed::<String>().incr(&key).await?;
        drop(connection);
        let next = only.connection().await?;
        let one = next.typed::<i64>().get(&key).await?;
        test.client.incr(&key).await?;
        let tx = test.client.pipeline().atomic();
        tx.incr(&key);
        let ran = tx.execute_on::<(i64,)>(&next).await?;
        assert_eq!((one, ran), (1, (3,)));
    }

    async fn a_long_pipeline_has_a_reply_for_each_command(test) {
        const COMMANDS: usize = 20_000;
        let key = test.key("list");
        for atomic in [false, true] {
            let pipe = test.client.pipeline();
            for index in 0..COMMANDS {
                pipe.command("RPUSH").key(&key).arg(index).query::<usize>();
            }
            pipe.del(&key);
            let mut lengths = match atomic {
                false => pipe.execute::<Vec<usize>>().await?,
                true => pipe.atomic().execute::<Vec<usize>>().await?,
            };
            let deleted = lengths.pop();
            assert_eq!(deleted, Some(1));
            assert!(lengths.into_iter().eq(1..=COMMANDS));
        }
    }

    async fn large_values_go_both_ways(test) {
        let key = test.key("large");
        let value = vec![b'v'; 3 << 20];
        let pipe = test.client.pipeline();
        for _ in 0..4 {
            pipe.set(&key, &value).get(&key).strlen(&key);
        }
        let replies: Replies = pipe.execute().await?;
        for index in 0..4 {
            let text = replies.read::<Vec<u8>>(index * 3 + 1)?;
            assert!(text == value);
            assert_eq!(replies.read::<usize>(index * 3 + 2)?, value.len());
        }
    }

    #[cfg(feature = "tls")]
    async fn pipelines_go_over_tls(test) {
        if test.row.has_tls() {
            let url = format!("{}?protocol={}", test.server.tls_url(), test.protocol);
            let trusted = TlsOptions::new().with_authority(certificates().authority.clone());
            let client = Redis::from_config(ConfigBuilder::from_url(&url)?.tls(trusted).build()?);
            let key = test.key("tls");
            for commands in [10, 5_000] {
                let pipe = client.pipeline();
                for _ in 0..commands {
                    pipe.incr(&key);
                }
                let counts = pipe.execute::<Vec<usize>>().await?;
                assert!(counts.into_iter().eq(1..=commands));
                let tx = client.pipeline().atomic();
                tx.get(&key).del(&key);
                let (count, gone): (usize, i64) = tx.execute().await?;
                assert_eq!((count, gone), (commands, 1));
            }
        }
    }
}

/// Once for each client, since it takes its time: on the oldest server there is.
#[test]
fn a_million_commands_have_a_million_replies() {
    const COMMANDS: usize = 1_000_000;
    let server = shared(matrix().first().expect("a server"));
    let key = unique("million");
    {
        use redis_sync::prelude::*;
        let pipe = Redis::from_url(&server.url()).expect("the URL is good").pipeline();
        for _ in 0..COMMANDS {
            pipe.incr(&key);
        }
        let counts = pipe.execute::<Vec<usize>>().expect("answered");
        assert!(counts.into_iter().eq(1..=COMMANDS));
    }
    runtime().block_on(async {
        use redis_async::prelude::*;
        let pipe = Redis::from_url(&server.url()).expect("the URL is good").pipeline();
        for _ in 0..COMMANDS {
            pipe.incr(&key);
        }
        let counts = pipe.execute::<Vec<usize>>().await.expect("answered");
        assert!(counts.into_iter().eq(COMMANDS + 1..=2 * COMMANDS));
    });
}

const CONTENDERS: usize = 16;
const INCREMENTS: usize = 25;

#[test]
fn a_counter_under_sixteen_contending_threads_is_exact() {
    use redis_sync::prelude::*;
    on_every_server("threads", (0, 0), crate::both::blocking_client, |test| {
        let key = test.key("counter");
        std::thread::scope(|scope| {
            for _ in 0..CONTENDERS {
                scope.spawn(|| {
                    let connection = test.client.connection().expect("a connection");
                    let tx = test.client.pipeline().atomic();
                    for _ in 0..INCREMENTS {
                        loop {
                            connection.watch(&key).expect("watched");
                            let seen = connection.typed::<Option<usize>>().get(&key).expect("read");
                            tx.clear();
                            tx.set(&key, seen.unwrap_or(0) + 1);
                            let ran = tx.execute_on::<Option<()>>(&connection).expect("answered");
                            if ran.is_some() {
                                break;
                            }
                        }
                    }
                });
            }
        });
        let count = test.client.typed::<usize>().get(&key)?;
        assert_eq!(count, CONTENDERS * INCREMENTS);
        Ok(())
    });
}

#[test]
fn a_counter_under_sixteen_contending_tasks_is_exact() {
    use redis_async::prelude::*;
    on_every_server("tasks", (0, 0), crate::both::async_client, |test| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(2).enable_all().build()?;
        runtime.block_on(async {
            let key = test.key("counter");
            let contend = || {
                let (client, key) = (test.client.clone(), key.clone());
                tokio::spawn(async move {
                    let connection = client.connection().await?;
                    let tx = client.pipeline().atomic();
                    for _ in 0..INCREMENTS {
                        loop {
                            connection.watch(&key).await?;
                            let seen = connection.typed::<Option<usize>>().get(&key).await?;
                            tx.clear();
                            tx.set(&key, seen.unwrap_or(0) + 1);
                            if tx.execute_on::<Option<()>>(&connection).await?.is_some() {
                                break;
                            }
                        }
                    }
                    Result::<()>::Ok(())
                })
            };
            let tasks: Vec<_> = (0..CONTENDERS).map(|_| contend()).collect();
            for task in tasks {
                task.await.expect("no panic")?;
            }
            let count = test.client.typed::<usize>().get(&key).await?;
            assert_eq!(count, CONTENDERS * INCREMENTS);
            Ok(())
        })
    });
}

/// For the async client alone: the blocking one has no futures.
#[test]
fn a_transaction_dropped_at_every_await_runs_whole_or_not_and_shifts_no_reply() {
    use redis_async::prelude::*;
    on_every_server("dropped", (0, 0), crate::both::async_client, |test| {
        runtime().block_on(async {
            let (one, two) = (test.key("one"), test.key("two"));
            for contiguous in [1024, 1] {
                for polls in 0..20 {
                    let options = PipelineOptions::new().contiguous_commands(contiguous);
                    let tx = test.client.pipeline_with(options).atomic();
                    tx.incr(&one).incr(&two);
                    let mut future = Box::pin(tx.execute::<(i64, i64)>());
                    let mut polled = 0;
                    let finished = std::future::poll_fn(|cx| {
                        polled += 1;
                        match future.as_mut().poll(cx) {
                            _ if polled > polls => std::task::Poll::Ready(None),
                            std::task::Poll::Ready(outcome) => {
                                std::task::Poll::Ready(Some(outcome))
                            }
                            std::task::Poll::Pending => std::task::Poll::Pending,
                        }
                    });
                    let outcome = finished.await.transpose()?;
                    drop(future);
                    assert!(outcome.is_none_or(|(one, two)| one == two));
                    let pipe = test.client.pipeline();
                    for index in 0..1000 {
                        pipe.echo(index);
                    }
                    let echoes = pipe.execute::<Vec<i64>>().await?;
                    assert!(echoes.into_iter().eq(0..1000), "after {polls} polls");
                    let counts = test.client.pipeline().atomic();
                    counts.get(&one).get(&two);
                    let (one, two) = counts.execute::<(Option<i64>, Option<i64>)>().await?;
                    assert_eq!(one, two);
                }
            }
            Ok(())
        })
    });
}
