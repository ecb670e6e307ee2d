//! Transactions that depend on what was read, tried until nobody was faster.

use crate::both::{both_clients, on_every_server};
use redis_core::retry::NoBackoff;
use redis_core::{ErrorKind, Result};

const CONTENDERS: usize = 16;
const INCREMENTS: usize = 20;

both_clients! {
    async fn a_transaction_is_tried_until_nobody_was_faster(test) {
        let key = test.key("counter");
        let mut attempts = test.client.optimistic(&key).backoff(NoBackoff);
        let mut tried = 0;
        while let Some(tx) = attempts.attempt().await? {
            tried += 1;
            let seen = tx.typed::<Option<i64>>().get(&key).await?.unwrap_or(0);
            if tried < 3 {
                test.client.incr(&key).await?;
            }
            let multi = tx.multi();
            multi.set(&key, seen + 100);
            let ran = tx.execute::<Option<()>>(&multi).await?;
            assert_eq!(ran.is_some(), tried == 3);
        }
        let count = test.client.typed::<i64>().get(&key).await?;
        assert_eq!((tried, count), (3, 102));
    }

    async fn one_that_is_never_fast_enough_gives_up(test) {
        let key = test.key("counter");
        let mut attempts = test.client.optimistic([&key]).at_most(3).backoff(NoBackoff);
        let mut tried = 0;
        let error = loop {
            let tx = match attempts.attempt().await {
                Ok(Some(tx)) => tx,
                Ok(None) => panic!("it was no conflict"),
                Err(error) => break error,
            };
            tried += 1;
            test.client.incr(&key).await?;
            let multi = tx.multi();
            multi.set(&key, 0);
            let error = tx.execute::<()>(&multi).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::WatchFailed);
        };
        assert_eq!((tried, error.kind()), (3, ErrorKind::WatchFailed));
    }

    async fn an_attempt_that_is_not_executed_ends_the_loop_and_watches_no_more(test) {
        let key = test.key("key");
        // one connection, so that it is the same that serves again
        let only = Redis::from_url(&format!("{}?pool_max_size=1", test.server.url()))?;
        let mut attempts = only.optimistic(&key);
        let first = attempts.attempt().await?;
        let id = first.expect("an attempt").client_id().await?;
        let second = attempts.attempt().await?;
        assert!(second.is_none());
        // a change of the key does not matter to it
        let connection = only.connection().await?;
        let again = connection.client_id().await?;
        test.client.set(&key, 1).await?;
        let tx = test.client.pipeline().atomic();
        tx.incr(&key);
        let ran = tx.execute_on::<(i64,)>(&connection).await?;
        assert_eq!((again, ran), (id, (2,)));
    }

    async fn keys_are_needed(test) {
        let none: [&str; 0] = [];
        let error = test.client.optimistic(none).attempt().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument);
    }

    async fn what_fails_in_a_body_is_its_callers_and_not_tried_again(test) {
        let key = test.key("text");
        test.client.set(&key, "text").await?;
        let mut attempts = test.client.optimistic(&key);
        let tx = attempts.attempt().await?.expect("an attempt");
        let multi = tx.multi();
        multi.incr(&key).set(&key, "other");
        let error = tx.execute::<()>(&multi).await.unwrap_err();
        assert_eq!(error.context().index, Some(0));
        let over = attempts.attempt().await?;
        assert!(over.is_none());
        let text = test.client.typed::<String>().get(&key).await?;
        assert_eq!(text, "other");
    }
}

#[test]
fn a_counter_under_sixteen_contending_threads_is_exact() {
    use redis_sync::prelude::*;
    on_every_server("closures", (0, 0), crate::both::blocking_client, |test| {
        let key = test.key("counter");
        std::thread::scope(|scope| {
            for _ in 0..CONTENDERS {
                scope.spawn(|| {
                    for _ in 0..INCREMENTS {
                        let ran = test.client.transaction(&key, |tx| {
                            let seen = tx.typed::<Option<usize>>().get(&key)?;
                            let multi = tx.multi();
                            multi.set(&key, seen.unwrap_or(0) + 1);
                            tx.execute::<()>(&multi)
                        });
                        ran.expect("fast enough at last");
                    }
                });
            }
        });
        let count = test.client.typed::<usize>().get(&key)?;
        assert_eq!(count, CONTENDERS * INCREMENTS);
        Ok(())
    });
}

/// Spawned on several threads, with what the bodies capture borrowed and changed.
#[test]
fn a_counter_under_sixteen_contending_tasks_is_exact() {
    use redis_async::prelude::*;
    on_every_server("futures", (0, 0), crate::both::async_client, |test| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(2).enable_all().build()?;
        runtime.block_on(async {
            let key = test.key("counter");
            let contend = |number: usize| {
                let (client, key) = (test.client.clone(), key.clone());
                tokio::spawn(async move {
                    let (key, mut tried) = (&key, 0);
                    for _ in 0..INCREMENTS {
                        if number % 2 == 0 {
                            let closure = client.transaction(key, |tx| {
                                tried += 1;
                                async move {
                                    let seen = tx.typed::<Option<usize>>().get(key).await?;
                                    let multi = tx.multi();
                                    multi.set(key, seen.unwrap_or(0) + 1);
                                    tx.execute::<()>(&multi).await
                                }
                            });
                            closure.await?;
                            continue;
                        }
                        let mut attempts = client.optimistic(key);
                        while let Some(tx) = attempts.attempt().await? {
                            tried += 1;
                            let seen = tx.typed::<Option<usize>>().get(key).await?;
                            let multi = tx.multi();
                            multi.set(key, seen.unwrap_or(0) + 1);
                            tx.execute::<Option<()>>(&multi).await?;
                        }
                    }
                    Result::<usize>::Ok(tried)
                })
            };
            let tasks: Vec<_> = (0..CONTENDERS).map(contend).collect();
            for task in tasks {
                let tried = task.await.expect("no panic")?;
                assert!(tried >= INCREMENTS);
            }
            let count = test.client.typed::<usize>().get(&key).await?;
            assert_eq!(count, CONTENDERS * INCREMENTS);
            Ok(())
        })
    });
}

/// What is left watched or queued by a panic would make the next one's transaction fail.
#[test]
fn a_body_that_panics_leaves_nothing_watched_or_queued() {
    use redis_sync::prelude::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    on_every_server("panics", (0, 0), crate::both::blocking_client, |test| {
        let key = test.key("key");
        let only = Redis::from_url(&format!("{}?pool_max_size=1", test.server.url()))?;
        let bodies: [&dyn Fn() -> Result<()>; 2] = [
            &|| {
                only.transaction(&key, |tx| {
                    tx.get(&key)?;
                    panic!("a body's own fault")
                })
            },
            &|| {
                let connection = only.connection()?;
                connection.watch(&key)?;
                connection.multi()?;
                panic!("a body's own fault")
            },
        ];
        for body in bodies {
            let panicked = catch_unwind(AssertUnwindSafe(body));
            assert!(panicked.is_err());
            let connection = only.connection()?;
            test.client.incr(&key)?;
            let tx = only.pipeline().atomic();
            tx.incr(&key);
            let ran = tx.execute_on::<Option<(i64,)>>(&connection)?;
            assert!(ran.is_some(), "it was still watched");
        }
        assert_eq!(test.client.typed::<i64>().get(&key)?, 4);
        Ok(())
    });
}

/// The same for tasks.
#[test]
fn a_task_that_panics_leaves_nothing_watched_or_queued() {
    use redis_async::prelude::*;
    on_every_server("panicking", (0, 0), crate::both::async_client, |test| {
        crate::both::runtime().block_on(async {
            let key = test.key("key");
            let only = Redis::from_url(&format!("{}?pool_max_size=1", test.server.url()))?;
            for by_hand in [false, true] {
                let (r, watched) = (only.clone(), key.clone());
                let body = tokio::spawn(async move {
                    if by_hand {
                        let connection = r.connection().await.expect("a connection");
                        connection.watch(&watched).await.expect("watched");
                        connection.multi().await.expect("begun");
                        panic!("a body's own fault");
                    }
                    let body = |tx: redis_async::Tx| {
                        let watched = watched.clone();
                        async move {
                            tx.get(&watched).await?;
                            panic!("a body's own fault")
                        }
                    };
                    r.transaction(&watched, body).await
                });
                let outcome: std::result::Result<Result<()>, _> = body.await;
                assert!(outcome.is_err_and(|error| error.is_panic()));
                let connection = only.connection().await?;
                test.client.incr(&key).await?;
                let tx = only.pipeline().atomic();
                tx.incr(&key);
                let ran = tx.execute_on::<Option<(i64,)>>(&connection).await?;
                assert!(ran.is_some(), "it was still watched");
            }
            assert_eq!(test.client.typed::<i64>().get(&key).await?, 4);
            Ok(())
        })
    });
}
