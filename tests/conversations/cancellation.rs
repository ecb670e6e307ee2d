//! Every conversation, given up at every point where it waits: afterwards each reply is still its command's
//! own, no connection is left in a state, and none is missing from the pool.
//!
//! For the async client alone: a thread that waits in a call cannot be made to give it up, and what it may
//! do instead (a timeout, a panic) is tested where it belongs.

use crate::both::{AsyncTest, Outcome, async_client, on_every_server};
use redis_async::Pipeline;
use redis_async::prelude::*;
use redis_core::retry::{NoBackoff, RetryPolicy};
use redis_core::{PipelineOptions, Replies, Result};
use redis_tests::server::unique;
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;
use tokio::task::JoinSet;

/// One conversation a line: it is polled 0, 1, 2, … times and dropped, until it comes to its end.
macro_rules! conversations {
    ($($(#[$meta:meta])* $name:ident: |$r:ident, $key:ident| $body:block)*) => { $(
        $(#[$meta])*
        #[test]
        fn $name() {
            given_up_wherever_it_waits(stringify!($name), |$r, $key| {
                Box::pin(async move {
                    let _ = $body;
                    Ok(())
                })
            });
        }
    )* };
}

conversations! {
    a_command: |r, key| { r.set(key, 1).await?; r.typed::<i64>().incr(key).await? }
    several_commands_at_once: |r, key| { tokio::try_join!(r.incr(key), r.echo("x"), r.get("none"))? }
    a_command_with_a_retry: |r, key| {
        let mut attempts = r.retry(RetryPolicy::new(NoBackoff, 2));
        while let Some(attempt) = attempts.next().await {
            attempt.run(async |r| r.incr(key).await).await?;
        }
    }
    a_large_value: |r, key| { r.set(key, vec![b'v'; 1 << 20]).await?; r.get(key).await? }
    a_blocking_command_that_finds_something: |r, key| { r.rpush(key, ["a", "b"]).await?; r.blpop(key, SECOND).await? }
    a_blocking_command_that_finds_nothing: |r, key| { r.blpop(key, Duration::from_millis(2)).await? }
    pages_of_a_scan: |r, key| { pages(r, key).await? }
    a_short_pipeline: |r, key| { r.pipeline().incr(key).get(key).execute::<Replies>().await? }
    a_pipeline_of_its_own_connection: |r, key| { long(r, key, 10, 1).execute::<Replies>().await? }
    a_long_pipeline: |r, key| { long(r, key, 3000, 1).execute::<Replies>().await? }
    a_short_transaction: |r, key| { r.pipeline().atomic().incr(key).get(key).execute::<(i64, i64)>().await? }
    a_long_transaction: |r, key| { long(r, key, 3000, 1).atomic().execute::<Replies>().await? }
    a_transaction_that_is_aborted: |r, key| {
        let tx = r.pipeline().atomic();
        tx.incr(key).command("NO.SUCH.COMMAND").query::<()>();
        tx.execute::<()>().await.expect_err("there is no such command")
    }
    a_transaction_loop: |r, key| {
        r.transaction(key, |tx| async move {
            let seen = tx.typed::<Option<i64>>().get(key).await?;
            let multi = tx.multi();
            multi.set(key, seen.unwrap_or(0) + 1);
            tx.execute::<()>(&multi).await
        }).await?
    }
    an_optimistic_loop_with_a_conflict: |r, key| {
        let mut attempts = r.optimistic(key).backoff(NoBackoff);
        let mut tried = 0;
        while let Some(tx) = attempts.attempt().await? {
            tried += 1;
            if tried == 1 {
                r.incr(key).await?;
            }
            let multi = tx.multi();
            multi.incr(key);
            tx.execute::<Option<()>>(&multi).await?;
        }
    }
    an_optimistic_attempt_that_is_left: |r, key| { r.optimistic(key).attempt().await?.expect("one").get(key).await? }
    a_connection_of_ones_own: |r, key| {
        let connection = r.connection().await?;
        connection.select(1).await?;
        connection.client_setname("other").await?;
        connection.incr(key).await?
    }
    a_transaction_by_hand: |r, key| {
        let connection = r.connection().await?;
        connection.watch(key).await?;
        connection.multi().await?;
        connection.typed::<String>().incr(key).await?;
        connection.typed::<Option<(i64,)>>().exec().await?
    }
    a_transaction_by_hand_that_is_left: |r, key| {
        let connection = r.connection().await?;
        connection.watch(key).await?;
        connection.multi().await?;
        connection.typed::<String>().incr(key).await?
    }
    a_pipeline_on_a_connection_of_ones_own: |r, key| {
        let connection = r.connection().await?;
        connection.select(1).await?;
        long(r, key, 3000, 1).execute_on::<Replies>(&connection).await?
    }
    a_monitor: |r, key| {
        let mut monitor = r.monitor().await?;
        r.incr(key).await?;
        while monitor.next().await.expect("an event")?.arguments != [key] {}
    }
    a_raw_connection: |r, key| {
        let mut raw = r.raw_connection().await?;
        raw.send(("CLIENT", "REPLY", "SKIP")).await?;
        raw.send(("INCR", key)).await?;
        raw.send(("ECHO", vec![b'e'; 1 << 20])).await?;
        raw.receive_line().await?;
        raw.receive_bytes(1 << 19).await?;
        raw.receive_line().await?;
        raw.send(["MULTI"]).await?;
        raw.receive().await?
    }
}

const SECOND: Duration = Duration::from_secs(1);
/// Far more than any of these conversations takes.
const MOST_POLLS: usize = 5000;
/// How many replies must be the right ones afterwards.
const ECHOES: usize = 1000;

type Talk<'t> = Pin<Box<dyn Future<Output = Result<()>> + Send + 't>>;

fn given_up_wherever_it_waits(
    name: &str,
    talk: impl for<'t> Fn(&'t Redis, &'t str) -> Talk<'t> + Sync,
) {
    on_every_server(name, (0, 0), async_client, |test| {
        runtime(test.protocol).block_on(async {
            for linger in [false, true] {
                wherever_it_waits(test, linger, &talk).await?;
            }
            Ok(())
        })
    });
}

/// Of one kind for RESP2, of the other for RESP3.
fn runtime(protocol: u8) -> tokio::runtime::Runtime {
    let mut builder = match protocol {
        2 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    builder.worker_threads(2).enable_all().build().expect("a runtime can be made")
}

/// Drops the conversation after each number of polls: at once, or when what it asked for has come.
async fn wherever_it_waits(
    test: &AsyncTest,
    linger: bool,
    talk: &(impl for<'t> Fn(&'t Redis, &'t str) -> Talk<'t> + Sync),
) -> Outcome {
    let name = unique("given-up").replace(':', "-");
    // few enough for a place that is lost to be missed
    let settings = format!(
        "protocol={}&client_name={name}&pool_max_size=3&retries=0&response_timeout=60s&pool_acquire_timeout=60s",
        test.protocol
    );
    let r = Redis::from_url(&format!("{}?{settings}", test.server.url()))?;
    for polls in 0.. {
        assert!(polls < MOST_POLLS, "it does not come to its end");
        let key = test.key(&format!("{linger}:{polls}"));
        let mut talking = talk(&r, &key);
        let outcome = polled(&mut talking, polls).await;
        if linger {
            r.echo("meanwhile").await?;
        }
        drop(talking);
        let when = format!("given up after {polls} polls");
        each_reply_is_its_own(&r).await.map_err(|error| format!("{when}: {error}"))?;
        nothing_is_left_behind(&r, &name).await.map_err(|error| format!("{when}: {error}"))?;
        if let Some(outcome) = outcome {
            outcome?;
            break;
        }
    }
    at_rest(test, &r, &name).await
}

/// Polls so many times at most, whenever it is woken; others run in between.
async fn polled<T>(future: &mut (impl Future<Output = T> + Unpin), polls: usize) -> Option<T> {
    let mut left = polls;
    poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match Pin::new(&mut *future).poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// In one piece over the connection that all share, each by itself, and over a connection of the pool.
async fn each_reply_is_its_own(r: &Redis) -> Outcome {
    let texts: Vec<String> = (0..ECHOES).map(|_| unique("echo")).collect();
    let (shared, rest) = texts.split_at(ECHOES / 2);
    let (alone, pooled) = rest.split_at(ECHOES / 4);
    let options = [PipelineOptions::new(), PipelineOptions::new().contiguous_commands(1)];
    for (texts, options) in [shared, pooled].into_iter().zip(options) {
        let pipe = r.pipeline_with(options);
        for text in texts {
            pipe.echo(text);
        }
        assert_eq!(pipe.execute::<Vec<String>>().await?, texts);
    }
    let mut tasks: JoinSet<Result<_>> = JoinSet::new();
    for text in alone {
        let (r, text) = (r.clone(), text.clone());
        tasks.spawn(async move { Ok((r.typed::<String>().echo(&text).await?, text)) });
    }
    while let Some(outcome) = tasks.join_next().await {
        let (came, wanted) = outcome??;
        assert_eq!(came, wanted);
    }
    Ok(())
}

/// All connections that the pool can lend are as they were when they were new.
async fn nothing_is_left_behind(r: &Redis, name: &str) -> Outcome {
    let lent = tokio::try_join!(r.connection(), r.connection(), r.connection())?;
    for connection in [&lent.0, &lent.1, &lent.2] {
        let info = connection.command("CLIENT INFO").query::<String>().await?;
        let facts = info.split_whitespace().filter_map(|fact| fact.split_once('='));
        let facts: BTreeMap<&str, &str> = facts.collect();
        // within a transaction it would only be queued; not every server tells what is watched
        let watched = facts.get("watch").copied().unwrap_or("0");
        let state = (facts["db"], facts["flags"], facts["name"], watched);
        assert_eq!(state, ("0", "N", name, "0"), "{info}");
    }
    Ok(())
}

/// The pool has what the server sees, and nobody uses any of it but for the shared connection.
async fn at_rest(test: &AsyncTest, r: &Redis, name: &str) -> Outcome {
    // what was given up is tidied up or closed by tasks, each of which may need its turn and a round trip
    const LOOKS: usize = 10_000;
    let mut looked = String::new();
    for _ in 0..LOOKS {
        let list = test.client.command("CLIENT LIST").query::<String>().await?;
        let seen = list.lines().filter(|line| line.contains(&format!(" name={name} "))).count();
        let counts = r.statistics();
        let resting = counts.in_use == 1 && counts.opening == 0 && counts.waiting == 0;
        if resting && usize::try_from(counts.open())? == seen {
            return Ok(());
        }
        looked = format!("{seen} connections on the server, {counts:?}");
        tokio::task::yield_now().await;
    }
    Err(format!("it does not come to rest: {looked}").into())
}

/// A pipeline over a connection of its own if it is longer than `contiguous`.
fn long(r: &Redis, key: &str, commands: usize, contiguous: usize) -> Pipeline {
    let pipe = r.pipeline_with(PipelineOptions::new().contiguous_commands(contiguous));
    for _ in 0..commands {
        pipe.command("APPEND")
            .key(key)
            .arg("some bytes, so that it is not too small")
            .query::<i64>();
    }
    pipe
}

/// A set, read page by page.
async fn pages(r: &Redis, key: &str) -> Result<()> {
    r.sadd(key, (0..1000).collect::<Vec<i64>>()).await?;
    let mut cursor = "0".to_owned();
    loop {
        let asked = r.command("SSCAN").key(key).arg(&cursor).arg("COUNT").arg(300);
        let (next, _) = asked.query::<(String, Vec<i64>)>().await?;
        if next == "0" {
            return Ok(());
        }
        cursor = next;
    }
}
