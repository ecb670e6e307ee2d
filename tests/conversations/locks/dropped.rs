//! Futures that are dropped on their way: nothing stays held. Only the async client has any.

use crate::both::{AsyncTest, Outcome, on_every_server};
use crate::flavour::nonblocking::until;
use crate::witness::Witness;
use redis_async::prelude::*;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// Longer than any test: what is free within it was given back.
const HOUR: Duration = Duration::from_secs(3600);

/// A future that is given up after so many polls.
struct Impatient<F> {
    future: Pin<Box<F>>,
    polls: u32,
}

impl<F: Future> Future for Impatient<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.polls == 0 {
            return Poll::Ready(None);
        }
        self.polls -= 1;
        self.future.as_mut().poll(cx).map(Some)
    }
}

/// Polls a future so often, and drops it.
async fn within<F: Future>(polls: u32, future: F) -> Option<F::Output> {
    Impatient { future: Box::pin(future), polls }.await
}

/// A hundred polls are more than an acquisition has await points.
const MOST: u32 = 100;

#[test]
fn an_acquisition_dropped_anywhere_holds_nothing() {
    async fn body(test: &AsyncTest) -> Outcome {
        let mut witness = Witness::of(test.server);
        for polls in 0..MOST {
            let (a, b) = (test.key(&format!("a{polls}")), test.key(&format!("b{polls}")));
            let lock = test.client.lock_all([&a, &b]).lease(None);
            let outcome = within(polls, lock.acquire()).await;
            // whatever it had sent was carried out before this
            test.client.ping().await?;
            if let Some(guard) = outcome {
                assert_eq!(witness.call(&["EXISTS", &a, &b]).integer(), 2);
                return Ok(guard?.release().await?);
            }
            until("nothing is held", || witness.call(&["EXISTS", &a, &b]).integer() == 0).await;
        }
        panic!("{MOST} polls were not enough");
    }
    on_every_server("dropped", (0, 0), crate::both::async_client, |test| {
        crate::flavour::runtime(test.protocol).block_on(body(test))
    });
}

#[test]
fn one_that_is_dropped_while_it_waits_takes_no_others_wake_up_along() {
    async fn body(test: &AsyncTest) -> Outcome {
        let name = test.key("c");
        let settings = format!("client_name={name}&protocol={}", test.protocol);
        let r = Redis::from_url(&format!("{}?{settings}", test.server.url()))?;
        let mut witness = Witness::of(test.server);
        for polls in 0..MOST {
            let key = test.key(&format!("lock{polls}"));
            let lock = r.lock(&key).lease(None).sleep(HOUR);
            let guard = lock.acquire().await?;
            let first = lock.clone();
            let first = tokio::spawn(async move { within(polls, first.acquire()).await });
            until("the first waits, or gave up", || {
                first.is_finished() || witness.blocked(&name) == 1
            })
            .await;
            let second = lock.clone();
            let second = tokio::spawn(async move { second.acquire().await?.release().await });
            until("the second waits too", || {
                witness.blocked(&name) == 2 - usize::from(first.is_finished())
            })
            .await;
            guard.release().await?;
            let outcome = first.await?;
            let is_done = outcome.is_some();
            if let Some(guard) = outcome {
                guard?.release().await?;
            }
            second.await??;
            if is_done {
                return Ok(());
            }
        }
        panic!("{MOST} polls were not enough");
    }
    on_every_server("dropped-waiting", (0, 0), crate::both::async_client, |test| {
        crate::flavour::runtime(test.protocol).block_on(body(test))
    });
}

#[test]
fn a_guard_dropped_where_no_runtime_is_goes_back_where_it_was_acquired() {
    on_every_server("dropped-outside", (0, 0), crate::both::async_client, |test| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).enable_all().build()?;
        let key = test.key("lock");
        let guard = runtime.block_on(test.client.lock(&key).lease(HOUR).acquire())?;
        drop(guard);
        let mut witness = Witness::of(test.server);
        runtime.block_on(until("it was given back", || witness.get(&key).is_none()));
        // where that is gone too, the lease runs out; nothing panics
        let guard = runtime.block_on(test.client.lock(&key).lease(HOUR).acquire())?;
        drop(runtime);
        drop(guard);
        assert!(witness.get(&key).is_some());
        Ok(())
    });
}

#[test]
fn a_release_dropped_on_its_way_goes_on() {
    async fn body(test: &AsyncTest) -> Outcome {
        let mut witness = Witness::of(test.server);
        for polls in 0..4 {
            let key = test.key(&format!("lock{polls}"));
            let guard = test.client.lock(&key).lease(None).acquire().await?;
            within(polls, guard.release()).await;
            until("it was given back", || witness.get(&key).is_none()).await;
        }
        Ok(())
    }
    on_every_server("dropped-release", (0, 0), crate::both::async_client, |test| {
        crate::flavour::runtime(test.protocol).block_on(body(test))
    });
}
