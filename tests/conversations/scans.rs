//! Walks over large collections, page by page.
#![allow(clippy::while_let_on_iterator)] // one body for both clients, and a `Stream` is no iterator

use crate::both::{both_clients, on_every_server, runtime};
use redis_core::ErrorKind;
use redis_core::command::CallOptions;
use redis_sync::{EntryCursor, KeyScanOptions, KeyType, ScanOptions, StreamId, XRangeOptions};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many are there throughout.
const MANY: usize = 10_000;

fn list<T>(items: impl Iterator<Item = T>) -> Vec<T> {
    items.collect()
}

fn by(count: u64) -> ScanOptions {
    ScanOptions::new().count(count)
}

/// All of them came at least once; how often one came twice.
fn complete(seen: &BTreeMap<usize, u32>) -> usize {
    for number in 0..MANY {
        assert!(seen.contains_key(&number), "{number} is missing, of {} seen", seen.len());
    }
    seen.values().filter(|&&times| times > 1).count()
}

both_clients! {
    async fn every_member_that_is_there_throughout_comes_while_others_come_and_go(test) {
        let key = test.key("set");
        test.client.sadd(&key, list(0..MANY)).await?;
        let (mut seen, mut step) = (BTreeMap::new(), MANY);
        let mut walk = test.client.sscan_iter_with(&key, by(50)).typed::<usize>();
        while let Some(member) = walk.next().await {
            *seen.entry(member?).or_insert(0) += 1;
            // now it grows, so that its table is moved to a larger one, and later it shrinks again
            if seen.len() % 100 == 0 && step < MANY * 5 {
                test.client.sadd(&key, list(step..step + 1000)).await?;
                step += 1000;
            } else if seen.len() % 100 == 50 && step > MANY * 2 {
                test.client.srem(&key, list(step - 900..step)).await?;
            }
        }
        complete(&seen);
        assert!(step > MANY * 2, "too little came and went");
        assert_eq!(walk.cursor(), None);
    }

    async fn every_field_and_value_that_is_there_throughout_comes(test) {
        let key = test.key("hash");
        test.client.hset(&key, list((0..MANY).map(|n| (n, n * 2)))).await?;
        let mut seen = BTreeMap::new();
        let mut walk = test.client.hscan_iter_with(&key, by(100)).typed::<(usize, usize)>();
        while let Some(pair) = walk.next().await {
            let (field, value) = pair?;
            assert_eq!(value, field * 2);
            *seen.entry(field).or_insert(0) += 1;
            if field % 100 == 0 && field < MANY {
                let others = MANY + field..MANY + field + 50;
                test.client.hset(&key, list(others.clone().map(|n| (n, n * 2)))).await?;
                test.client.hdel(&key, list(others.step_by(2))).await?;
            }
        }
        complete(&seen);
    }

    async fn every_member_of_a_sorted_set_comes_with_its_score(test) {
        let key = test.key("sorted");
        test.client.zadd(&key, (0..MANY).map(|n| (n as f64 / 2.0, n)).collect::<Vec<_>>()).await?;
        let (mut seen, mut walk) = (BTreeMap::new(), test.client.zscan_iter(&key));
        while let Some(pair) = walk.next().await {
            let (member, score) = pair?;
            let member: usize = member.parse()?;
            assert_eq!(score, member as f64 / 2.0);
            *seen.entry(member).or_insert(0) += 1;
        }
        complete(&seen);
        assert_eq!(seen.len(), MANY);
    }

    async fn every_key_of_a_pattern_and_type_comes(test) {
        let pairs = (0..MANY).map(|n| (test.key(&format!("k:{n}")), n)).collect::<Vec<_>>();
        test.client.mset(pairs).await?;
        test.client.sadd(test.key("k:set"), 1).await?;
        let pattern = test.key("k:*");
        let options = || KeyScanOptions::new().pattern(&pattern).count(1000);
        let strings = options().key_type(KeyType::String);
        let (mut seen, mut walk) = (BTreeMap::new(), test.client.scan_iter_with(strings));
        while let Some(key) = walk.next().await {
            let key = key?;
            let number = key.as_str()?.rsplit(':').next().ok_or("no number")?.parse()?;
            *seen.entry(number).or_insert(0) += 1;
        }
        complete(&seen);
        assert_eq!(seen.len(), MANY);
        let (sets, mut found) = (options().key_type(KeyType::Set), Vec::new());
        let mut walk = test.client.scan_iter_with(sets).typed::<String>();
        while let Some(key) = walk.next().await {
            found.push(key?);
        }
        found.dedup();
        assert_eq!(found, [test.key("k:set")]);
        // what is found may be deleted on the way
        let mut walk = test.client.scan_iter_with(options());
        while let Some(key) = walk.next().await {
            test.client.unlink(key?).await?;
        }
        let mut walk = test.client.scan_iter_with(options());
        let none = walk.next().await;
        assert!(none.is_none());
    }

    async fn a_walk_goes_on_where_another_stood(test) {
        let key = test.key("set");
        test.client.sadd(&key, list(0..MANY)).await?;
        let (mut seen, mut cursor, mut walks) = (BTreeMap::new(), None, 0);
        // a new walk after each few members, as after so many restarts
        loop {
            let mut walk = test.client.sscan_iter_with(&key, by(200)).typed::<usize>();
            if walks > 0 {
                walk = walk.starting_at(cursor);
            }
            walks += 1;
            let mut taken = 0;
            while taken < 450 {
                let Some(member) = walk.next().await else { break };
                *seen.entry(member?).or_insert(0) += 1;
                taken += 1;
            }
            cursor = walk.cursor();
            if cursor.is_none() {
                break;
            }
            assert!(walks < 1000, "it never ends");
        }
        assert!(walks > 10);
        complete(&seen);
        // what is over stays over
        let mut over = test.client.sscan_iter(&key).starting_at(None);
        let none = over.next().await;
        assert!(none.is_none());
    }

    async fn after_an_error_a_walk_is_over_until_it_is_told_to_go_on(test) {
        let key = test.key("key");
        test.client.set(&key, "text").await?;
        let mut walk = test.client.sscan_iter(&key);
        for _ in 0..3 {
            let error = walk.next().await.expect("an error").unwrap_err();
            assert_eq!(error.code(), Some("WRONGTYPE"));
            let none = walk.next().await;
            assert!(none.is_none(), "a loop that skips errors must end");
            walk.resume();
        }
        test.client.del(&key).await?;
        test.client.sadd(&key, "member").await?;
        let member = walk.next().await.transpose()?;
        assert_eq!(member, Some("member".into()));
        let none = walk.next().await;
        assert!(none.is_none());
    }

    async fn what_is_no_such_item_fails_its_page_or_alone(test) {
        let key = test.key("set");
        test.client.sadd(&key, ["1", "two"]).await?;
        let mut walk = test.client.sscan_iter(&key).typed::<u32>();
        let error = walk.next().await.expect("an error").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conversion);
        let mut walk = test.client.sscan_iter(&key).typed::<redis_core::Result<u32>>();
        let (one, other) = (walk.next().await.transpose()?, walk.next().await.transpose()?);
        let mut good: Vec<_> = [one, other].into_iter().flatten().flatten().collect();
        assert_eq!(good.pop(), Some(1));
        assert!(good.is_empty());
    }

    async fn whatever_executes_walks(test) {
        let key = test.key("set");
        test.client.sadd(&key, 7).await?;
        let connection = test.client.connection().await?;
        let shared = Arc::new(test.client.clone());
        let patient = test.client.with(CallOptions::new().repeatable(false));
        let mut attempts = test.client.optimistic(&key);
        let tx = attempts.attempt().await?.ok_or("an attempt")?;
        let all = [
            connection.sscan_iter(&key).next().await,
            shared.sscan_iter(&key).next().await,
            patient.sscan_iter(&key).next().await,
            tx.sscan_iter(&key).next().await,
        ];
        for member in all {
            assert_eq!(member.transpose()?, Some("7".into()));
        }
    }

    since(7, 4)
    async fn fields_come_without_their_values(test) {
        let key = test.key("hash");
        test.client.hset(&key, list((0..MANY).map(|n| (n, "v")))).await?;
        let mut seen = BTreeMap::new();
        let mut walk = test.client.hscan_fields_iter_with(&key, by(1000)).typed::<usize>();
        while let Some(field) = walk.next().await {
            *seen.entry(field?).or_insert(0) += 1;
        }
        complete(&seen);
        let first = test.client.hscan_fields_iter(&key).next().await.transpose()?;
        assert!(first.is_some());
    }

    async fn a_stream_comes_whole_and_in_order_with_what_is_added_meanwhile(test) {
        let key = test.key("stream");
        let pipe = test.client.pipeline();
        for number in 0..MANY {
            pipe.xadd(&key, [("n", number)]);
        }
        pipe.execute::<()>().await?;
        for count in [7_u64, 1000] {
            let before = test.client.xlen(&key).await? as usize;
            let options = XRangeOptions::new().count(count);
            let walk = test.client.xrange_iter_with(&key, "-", "+", options);
            let mut walk = walk.typed::<(StreamId, BTreeMap<String, usize>)>();
            let (mut numbers, mut last) = (Vec::new(), StreamId::MIN);
            while let Some(entry) = walk.next().await {
                let (id, fields) = entry?;
                assert!(id > last, "each once, in order");
                last = id;
                numbers.push(fields["n"]);
                if numbers.len() % 2000 == 0 && numbers.len() <= MANY {
                    test.client.xadd(&key, [("n", before + numbers.len() / 2000 - 1)]).await?;
                }
            }
            assert!(numbers.into_iter().eq(0..before + 5), "by {count}");
        }
        let backwards = test.client.xrevrange_iter(&key, "+", "-");
        let (mut walk, mut numbers) = (backwards.typed::<(StreamId, BTreeMap<String, usize>)>(), Vec::new());
        while let Some(entry) = walk.next().await {
            numbers.push(entry?.1["n"]);
        }
        assert!(numbers.into_iter().rev().eq(0..MANY + 10));
    }

    async fn a_walk_along_a_stream_goes_on_right_after_the_entry_it_stood_at(test) {
        let key = test.key("stream");
        for number in 0..25 {
            test.client.xadd(&key, [("n", number)]).await?;
        }
        let by_ten = XRangeOptions::new().count(10);
        for backwards in [false, true] {
            let (mut cursor, mut ids) = (None, Vec::new());
            for _ in 0..9 {
                let start = if backwards { "+" } else { "-" };
                let start = cursor.unwrap_or_else(|| EntryCursor::at(start));
                let mut walk = match backwards {
                    false => test.client.xrange_iter_with(&key, &start, "+", by_ten),
                    true => test.client.xrevrange_iter_with(&key, &start, "-", by_ten),
                };
                for _ in 0..3 {
                    match walk.next().await.transpose()? {
                        Some(entry) => ids.push(entry.id),
                        None => break,
                    }
                }
                cursor = walk.cursor();
                if cursor.is_none() {
                    break;
                }
            }
            assert_eq!(ids.len(), 25, "each once");
            assert!(ids.windows(2).all(|two| if backwards { two[0] > two[1] } else { two[0] < two[1] }));
        }
        // the same typed on the way: from where it stands
        let mut walk = test.client.xrange_iter(&key, "-", "+");
        walk.next().await.transpose()?;
        let mut walk = walk.typed::<(StreamId, BTreeMap<String, usize>)>();
        let second = walk.next().await.transpose()?;
        assert_eq!(second.map(|(_, fields)| fields["n"]), Some(1));
    }
}

/// For the async client alone: the blocking one has no futures.
#[test]
fn a_walk_whose_waiting_is_dropped_at_every_await_misses_nothing_and_shifts_no_reply() {
    use redis_async::prelude::*;
    on_every_server("dropped walks", (0, 0), crate::both::async_client, |test| {
        runtime().block_on(async {
            let key = test.key("set");
            test.client.sadd(&key, list(0..1000)).await?;
            let (mut seen, mut dropped) = (BTreeMap::new(), 0);
            let mut walk = test.client.sscan_iter_with(&key, by(10)).typed::<usize>();
            loop {
                // polled once, then dropped: what it waited for stays on its way
                let polled = {
                    let mut next = Box::pin(walk.next());
                    std::future::poll_fn(|cx| std::task::Poll::Ready(next.as_mut().poll(cx))).await
                };
                match polled {
                    std::task::Poll::Pending => {
                        dropped += 1;
                        tokio::task::yield_now().await;
                    }
                    std::task::Poll::Ready(None) => break,
                    std::task::Poll::Ready(Some(member)) => {
                        *seen.entry(member?).or_insert(0) += 1;
                    }
                }
            }
            assert!(seen.keys().copied().eq(0..1000) && dropped >= 50, "{dropped}");
            // and a walk that is itself dropped while its page is on its way
            for _ in 0..20 {
                let mut walk = test.client.sscan_iter_with(&key, by(10));
                let mut next = Box::pin(walk.next());
                std::future::poll_fn(|cx| {
                    let _ = next.as_mut().poll(cx);
                    std::task::Poll::Ready(())
                })
                .await;
            }
            let pipe = test.client.pipeline();
            for index in 0..1000 {
                pipe.echo(index);
            }
            let echoes = pipe.execute::<Vec<i64>>().await?;
            assert!(echoes.into_iter().eq(0..1000));
            Ok(())
        })
    });
}
