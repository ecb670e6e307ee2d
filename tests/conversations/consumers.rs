//! Consumers of streams: nothing is lost, whatever happens to them.
#![allow(clippy::while_let_on_iterator)] // one body for both clients, and a `Stream` is no iterator

use crate::both::{both_clients, on_every_server, runtime};
use crate::flavour;
use crate::lossy::Lossy;
use crate::witness::Witness;
use redis_core::retry::{NoBackoff, RetryPolicy};
use redis_core::{ErrorKind, ServerErrorKind};
use redis_sync::{DeadLetter, EntryOrigin, StreamConsumerOptions};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How many entries a stream has that is consumed under difficulties.
const MANY: usize = 400;

const SHORT: Duration = Duration::from_millis(5);

fn from_the_beginning() -> StreamConsumerOptions {
    StreamConsumerOptions::new().create_group("0").block(SHORT)
}

/// Tries everything again at once, for as long as it takes.
fn stubborn() -> RetryPolicy {
    RetryPolicy::new(NoBackoff, 0).unlimited()
}

fn number(entry: &redis_sync::StreamEntry) -> usize {
    entry.get("n").and_then(|n| n.parse().ok()).expect("a number")
}

/// How often each number was given.
#[derive(Default)]
struct Tally(BTreeMap<usize, u32>);

impl Tally {
    fn count(&mut self, number: usize) {
        *self.0.entry(number).or_insert(0) += 1;
    }

    fn is_complete(&self, numbers: usize) -> bool {
        self.0.len() == numbers
    }

    fn report(&self, test: &str) {
        let given: u32 = self.0.values().sum();
        eprintln!("{test}: {} entries, {} duplicates", self.0.len(), given as usize - self.0.len());
    }
}

both_clients! {
    async fn entries_come_in_order_and_are_pending_until_they_are_acknowledged(test) {
        let key = test.key("stream");
        for n in 0..5 {
            test.client.xadd(&key, [("n", n)]).await?;
        }
        let options = from_the_beginning().count(2);
        let mut consumer = test.client.stream_consumer_with(&key, "g", "anna", options)?;
        for expected in 0..5 {
            let entry = consumer.next().await.ok_or("it ended")??;
            assert_eq!((number(&entry), entry.origin()), (expected, EntryOrigin::New));
            assert_eq!((entry.stream(), entry.deliveries()), (key.as_str().into(), Some(1)));
            let (first, again) = (entry.ack().await?, entry.ack().await?);
            assert!(first && !again);
        }
        let pending = test.client.xpending(&key, "g").await?;
        assert_eq!(pending.count, 0);
        // what is added now comes too, and stays pending
        test.client.xadd(&key, [("n", 5)]).await?;
        let entry = consumer.next().await.ok_or("it ended")??;
        assert_eq!(number(&entry), 5);
        let pending = test.client.xpending(&key, "g").await?;
        assert_eq!((pending.count, pending.first), (1, Some(entry.id)));
    }

    async fn several_streams_are_read_and_what_was_asked_for_is_acknowledged_by_itself(test) {
        let keys = [test.key("one"), test.key("two")];
        for n in 0..20 {
            test.client.xadd(&keys[n % 2], [("n", n)]).await?;
        }
        let options = from_the_beginning().count(3).auto_acknowledge();
        let mut consumer = test.client.stream_consumer_with(&keys, "g", "anna", options)?;
        let (stop, mut numbers) = (consumer.stop_handle(), Vec::new());
        while let Some(entry) = consumer.next().await {
            let entry = entry?;
            let n = number(&entry);
            assert_eq!(entry.stream(), keys[n % 2].as_str());
            numbers.push(n);
            if numbers.len() == 17 {
                stop.stop();
            }
        }
        assert!(stop.is_stopped());
        // what was read is given to its end, and acknowledged
        let mut left = 0;
        for key in &keys {
            let pending = test.client.xpending(key, "g").await?;
            assert_eq!(pending.count, 0);
            left += test.client.xlen(key).await? as usize;
        }
        assert!((17..=left).contains(&numbers.len()), "{}", numbers.len());
        numbers.sort_unstable();
        numbers.dedup();
        assert!(numbers.len() >= 17);
        let end = consumer.next().await;
        assert!(end.is_none());
    }

    async fn what_was_not_acknowledged_comes_first_after_a_restart(test) {
        let key = test.key("stream");
        for n in 0..6 {
            test.client.xadd(&key, [("n", n)]).await?;
        }
        let options = || from_the_beginning().count(2);
        let mut consumer = test.client.stream_consumer_with(&key, "g", "anna", options())?;
        for _ in 0..3 {
            let _ = consumer.next().await.ok_or("it ended")??;
        }
        drop(consumer);
        // four were delivered, since pages have two
        let mut consumer = test.client.stream_consumer_with(&key, "g", "anna", options())?;
        let mut kept = Vec::new();
        for expected in 0..6 {
            let entry = consumer.next().await.ok_or("it ended")??;
            let origin = if expected < 4 { EntryOrigin::Resumed } else { EntryOrigin::New };
            assert_eq!((number(&entry), entry.origin()), (expected, origin));
            kept.push(entry);
        }
        // who does not want that begins with what is new
        test.client.xadd(&key, [("n", 6)]).await?;
        let options = options().resume(false);
        let mut consumer = test.client.stream_consumer_with(&key, "g", "anna", options)?;
        let entry = consumer.next().await.ok_or("it ended")??;
        assert_eq!(number(&entry), 6);
    }

    async fn what_one_left_lying_another_claims(test) {
        let key = test.key("stream");
        for n in 0..30 {
            test.client.xadd(&key, [("n", n)]).await?;
        }
        let options = || from_the_beginning().count(10);
        let mut dying = test.client.stream_consumer_with(&key, "g", "anna", options())?;
        for n in 0..15 {
            let entry = dying.next().await.ok_or("it ended")??;
            if n < 5 {
                entry.ack().await?;
            }
        }
        drop(dying);
        let claiming = options().claim(Duration::from_millis(1)).claim_every(SHORT);
        let mut other = test.client.stream_consumer_with(&key, "g", "bert", claiming)?;
        let mut tally = Tally::default();
        let mut claimed = 0;
        while !tally.is_complete(25) {
            let entry = other.next().await.ok_or("it ended")??;
            claimed += usize::from(entry.origin() == EntryOrigin::Claimed);
            tally.count(number(&entry));
            entry.ack().await?;
        }
        assert_eq!(claimed, 15, "twenty were read, and five of them acknowledged");
        assert!(tally.0.keys().copied().eq(5..30));
        let pending = test.client.xpending(&key, "g").await?;
        assert_eq!(pending.count, 0);
    }

    async fn what_the_program_still_has_is_not_claimed_from_it_and_what_it_dropped_is(test) {
        let key = test.key("stream");
        for n in 0..2 {
            test.client.xadd(&key, [("n", n)]).await?;
        }
        let options = from_the_beginning().claim(Duration::from_millis(1)).claim_every(SHORT);
        let mut consumer = test.client.stream_consumer_with(&key, "g", "anna", options)?;
        let kept = consumer.next().await.ok_or("it ended")??;
        for _ in 0..5 {
            let again = consumer.next().await.ok_or("it ended")??;
            assert_eq!(number(&again), 1, "the other is in the program's hands");
        }
        assert_eq!(number(&kept), 0);
    }

    async fn what_is_delivered_too_often_is_moved_to_the_dead_letters(test) {
        let (key, dead) = (test.key("stream"), test.key("dead"));
        test.client.xadd(&key, [("n", 0)]).await?;
        let poisoned = test.client.xadd(&key, [("n", 1), ("poison", 1)]).await?;
        test.client.xadd(&key, [("n", 2)]).await?;
        let mut numbers = Vec::new();
        for life in 1..=4 {
            let options = from_the_beginning().dead_letter_stream(3, &dead);
            let mut consumer = test.client.stream_consumer_with(&key, "g", "anna", options)?;
            while numbers.len() < 5 {
                let entry = consumer.next().await.ok_or("it ended")??;
                numbers.push(number(&entry));
                // whoever gets the second entry dies of it
                if entry.get("poison").is_some() {
                    assert_eq!(entry.deliveries(), Some(life));
                    break;
                }
                entry.ack().await?;
            }
        }
        assert_eq!(numbers, [0, 1, 1, 1, 2]);
        let pending = test.client.xpending(&key, "g").await?;
        assert_eq!(pending.count, 0);
        let letters = test.client.xrange(&dead, "-", "+").await?;
        let ours: Vec<_> = letters.iter().filter(|letter| letter.get("poison").is_some()).collect();
        assert_eq!(ours.len(), 1);
        let (stream, id) = (ours[0].get("dead-letter:stream"), ours[0].get("dead-letter:id"));
        assert_eq!(stream, Some(&key.as_str().into()));
        assert_eq!(id, Some(&poisoned.to_string().as_str().into()));
        assert_eq!(ours[0].get("dead-letter:deliveries"), Some(&"4".into()));
    }

    async fn what_is_delivered_too_often_is_told_to_a_hook_and_gone(test) {
        let key = test.key("stream");
        let id = test.client.xadd(&key, [("n", 7)]).await?;
        let letters: Arc<Mutex<Vec<DeadLetter>>> = Arc::default();
        for _ in 0..4 {
            let told = Arc::clone(&letters);
            let hook = move |letter: &DeadLetter| told.lock().expect("whole").push(letter.clone());
            let options = from_the_beginning().dead_letter_hook(2, hook);
            let mut consumer = test.client.stream_consumer_with(&key, "g", "anna", options)?;
            test.client.xadd(&key, [("n", 8)]).await?;
            let _ = consumer.next().await.ok_or("it ended")??;
        }
        let told = letters.lock().expect("whole").iter().filter(|letter| letter.entry.id == id).count();
        assert_eq!(told, 1);
        let pending = test.client.xpending_range(&key, "g", id, id, 1).await?;
        assert!(pending.is_empty(), "it is acknowledged");
    }

    async fn deleted_entries_are_not_given_and_not_pending(test) {
        let key = test.key("stream");
        let mut ids = Vec::new();
        for n in 0..4 {
            ids.push(test.client.xadd(&key, [("n", n)]).await?);
        }
        let mut consumer = test.client.stream_consumer_with(&key, "g", "anna", from_the_beginning())?;
        let _ = consumer.next().await.ok_or("it ended")??;
        drop(consumer);
        test.client.xdel(&key, [ids[1], ids[2]]).await?;
        let mut consumer = test.client.stream_consumer_with(&key, "g", "anna", from_the_beginning())?;
        for expected in [0, 3] {
            let entry = consumer.next().await.ok_or("it ended")??;
            assert_eq!(number(&entry), expected);
            entry.ack().await?;
        }
        test.client.xadd(&key, [("n", 4)]).await?;
        let entry = consumer.next().await.ok_or("it ended")??;
        assert_eq!(number(&entry), 4);
        let pending = test.client.xpending(&key, "g").await?;
        assert_eq!(pending.count, 1);
    }

    async fn a_group_that_is_gone_is_made_again_if_that_was_asked_for(test) {
        let key = test.key("stream");
        test.client.xadd(&key, [("n", 0)]).await?;
        let mut consumer = test.client.stream_consumer_with(&key, "g", "anna", from_the_beginning())?;
        for life in 1..=3 {
            let entry = consumer.next().await.ok_or("it ended")??;
            assert_eq!(number(&entry), life - 1);
            entry.ack().await?;
            test.client.del(&key).await?;
            test.client.xadd(&key, [("n", life)]).await?;
        }
        let mut other = test.client.stream_consumer(&key, "nobody", "anna")?;
        for _ in 0..3 {
            let error = other.next().await.ok_or("it ended")?.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Server(ServerErrorKind::NoGroup));
        }
        // an error is not the end
        test.client.xgroup_create(&key, "nobody", "0").await?;
        let entry = other.next().await.ok_or("it ended")??;
        assert_eq!(number(&entry), 3);
    }

    async fn a_stream_that_is_deleted_during_the_wait_is_made_again(test) {
        let name = test.key("c");
        let url = format!("{}?protocol={}&client_name={name}", test.server.url(), test.protocol);
        let (r, key) = (Redis::from_url(&url)?, test.key("stream"));
        let options = StreamConsumerOptions::new().create_group("$").block(Duration::from_millis(300));
        let mut consumer = r.stream_consumer_with(&key, "g", "anna", options)?;
        let (address, stream) = (test.server, key);
        let deleting = std::thread::spawn(move || {
            let mut witness = Witness::of(address);
            flavour::blocking::until("it waits", || witness.blocked(&name) == 1);
            witness.call(&["DEL", &stream]);
            witness.call(&["XADD", &stream, "*", "n", "1"]);
        });
        let entry = consumer.next().await.ok_or("it ended")??;
        assert_eq!(number(&entry), 1);
        deleting.join().expect("it is deleted");
    }

    async fn a_consumer_needs_a_stream(test) {
        let none: [&str; 0] = [];
        let error = test.client.stream_consumer(none, "g", "anna").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument);
    }

    async fn no_entry_is_lost_whose_reply_is_and_none_where_the_consumer_begins_again(test) {
        let key = test.key("stream");
        let pipe = test.client.pipeline();
        for n in 0..MANY {
            pipe.xadd(&key, [("n", n)]);
        }
        pipe.execute::<()>().await?;
        let lossy = Lossy::before(test.server.address(), 7);
        let r = Redis::from_url(&format!("{}?protocol={}", lossy.url(), test.protocol))?;
        let options = || from_the_beginning().count(3).auto_acknowledge().retry(stubborn());
        let mut consumer = r.stream_consumer_with(&key, "g", "anna", options())?;
        let (mut tally, mut given) = (Tally::default(), 0);
        while !tally.is_complete(MANY) {
            let entry = consumer.next().await.ok_or("it ended")??;
            tally.count(number(&entry));
            given += 1;
            if given % 50 == 0 {
                consumer = r.stream_consumer_with(&key, "g", "anna", options())?;
            }
        }
        let losses = lossy.lost();
        assert!(losses > 20, "only {losses} replies were lost");
        lossy.heal();
        // what was not acknowledged yet comes once more, and then nothing is pending
        consumer.stop_handle().stop();
        while let Some(entry) = consumer.next().await {
            let _ = entry?;
        }
        drop(consumer);
        let mut rest = r.stream_consumer_with(&key, "g", "anna", options())?;
        loop {
            let pending = test.client.xpending(&key, "g").await?;
            if pending.count == 0 {
                break;
            }
            let entry = rest.next().await.ok_or("it ended")??;
            tally.count(number(&entry));
            entry.ack().await?;
        }
        tally.report(&format!("{losses} lost replies"));
        let groups = test.client.xinfo_groups(&key).await?;
        assert_eq!(groups[0].pending, 0);
    }

    async fn every_entry_is_acknowledged_though_connections_are_killed_again_and_again(test) {
        let (key, name) = (test.key("stream"), test.key("c"));
        let url = format!("{}?protocol={}&client_name={name}", test.server.url(), test.protocol);
        let r = Redis::from_url(&url)?;
        let pipe = test.client.pipeline();
        for n in 0..MANY {
            pipe.xadd(&key, [("n", n)]);
        }
        pipe.execute::<()>().await?;
        let progress = Arc::new(AtomicUsize::new(0));
        let (over, rounds) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (watched, ended, server) = (Arc::clone(&progress), Arc::clone(&over), test.server);
        let counted = Arc::clone(&rounds);
        let killing = std::thread::spawn(move || {
            let (mut witness, mut last, mut killed) = (Witness::of(server), 0, 0);
            while !ended.load(Ordering::Relaxed) {
                let now = watched.load(Ordering::Relaxed);
                if now >= last + 3 {
                    last = now;
                    killed += witness.kill(&name);
                    counted.fetch_add(1, Ordering::Relaxed);
                }
                std::thread::yield_now();
            }
            killed
        });
        let options = || from_the_beginning().count(5).retry(stubborn());
        let mut consumer = r.stream_consumer_with(&key, "g", "anna", options())?;
        let mut tally = Tally::default();
        let mut done = Tally::default();
        while !done.is_complete(MANY) {
            let entry = consumer.next().await.ok_or("it ended")??;
            let n = number(&entry);
            tally.count(n);
            let given = progress.fetch_add(1, Ordering::Relaxed) + 1;
            // kills come whenever they come, but not more rarely than every eighth entry
            while rounds.load(Ordering::Relaxed) < given / 8 {
                std::thread::yield_now();
            }
            // one that could not be acknowledged is left to the next life
            match entry.ack().await {
                Ok(_) => done.count(n),
                Err(error) => {
                    assert!(error.is_connection_error(), "{error}");
                    consumer = r.stream_consumer_with(&key, "g", "anna", options())?;
                    // it may have been acknowledged all the same, and then does not come again
                    let left = test.client.xpending_range(&key, "g", entry.id, entry.id, 1).await?;
                    if left.is_empty() {
                        done.count(n);
                    }
                }
            }
        }
        over.store(true, Ordering::Relaxed);
        let killed = killing.join().expect("the killer lives");
        tally.report(&format!("{killed} killed connections"));
        assert!(killed >= MANY / 10, "only {killed} connections were killed");
        let groups = test.client.xinfo_groups(&key).await?;
        assert_eq!(groups[0].pending, 0);
    }
}

/// For the async client alone: the blocking one has no futures.
#[test]
fn a_consumer_whose_waiting_is_dropped_at_every_await_loses_nothing_and_shifts_no_reply() {
    use redis_async::prelude::*;
    on_every_server("dropped consumers", (0, 0), crate::both::async_client, |test| {
        runtime().block_on(async {
            let key = test.key("stream");
            for n in 0..100 {
                test.client.xadd(&key, [("n", n)]).await?;
            }
            let options = || from_the_beginning().count(3).auto_acknowledge();
            let consume = || test.client.stream_consumer_with(&key, "g", "anna", options());
            let (mut consumer, mut tally, mut dropped) = (consume()?, Tally::default(), 0);
            while !tally.is_complete(100) {
                // polled once, then dropped
                let polled = {
                    let mut next = Box::pin(consumer.next());
                    std::future::poll_fn(|cx| std::task::Poll::Ready(next.as_mut().poll(cx))).await
                };
                match polled {
                    std::task::Poll::Pending => {
                        dropped += 1;
                        // and now and then the consumer too, whatever is on its way to it
                        if dropped % 37 == 0 {
                            consumer = consume()?;
                        }
                        tokio::task::yield_now().await;
                    }
                    std::task::Poll::Ready(entry) => {
                        tally.count(number(&*entry.ok_or("it ended")??));
                    }
                }
            }
            tally.report(&format!("{dropped} dropped waits"));
            assert!(dropped > 100, "{dropped}");
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
