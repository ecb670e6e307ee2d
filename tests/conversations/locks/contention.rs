//! Fifty who want the same lock, some of whom die, while connections are killed under all of them.

use crate::flavour::both_flavours;
use crate::witness::Witness;
use redis_core::{ErrorKind, Result};
use std::mem::forget;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const CONTENDERS: usize = 50;
/// How often all connections are killed.
const KILLS: usize = 15;
/// Longer than any test: a holder that lives does not lose its lock.
const HOUR: Duration = Duration::from_secs(3600);
/// How long one that dies keeps it: over while others wait.
const SHORT: Duration = Duration::from_millis(40);

/// What is done under the lock, and what came of it.
#[derive(Clone)]
struct Work {
    lock: String,
    /// Read, counted up and written back, each by itself.
    counter: String,
    /// The last fencing token.
    fence: String,
}

both_flavours! {
    parts {
        async fn read(r: &Redis, key: &str) -> u64 {
            loop {
                // a connection was killed under it: reading again does no harm
                if let Ok(value) = r.typed::<Option<u64>>().get(key).await {
                    return value.unwrap_or(0);
                }
            }
        }

        /// What is written is the same however often it is.
        async fn write(r: &Redis, key: &str, value: u64) {
            while r.set(key, value).await.is_err() {}
        }

        /// Nobody else is here: else a count would be lost, or a fence be out of order.
        async fn work(r: &Redis, work: &Work, fence: u64) {
            let last = read(r, &work.fence).await;
            assert!(fence > last, "the fence {fence} came after {last}");
            write(r, &work.fence, fence).await;
            let count = read(r, &work.counter).await;
            write(r, &work.counter, count + 1).await;
        }

        /// One contender; every fifth dies while it has the lock.
        async fn contend(r: Redis, number: usize, task: Work, turns: Arc<AtomicUsize>) -> Result<()> {
            let lock = r.lock(&task.lock);
            if number % 5 == 0 {
                let guard = take(&lock.lease(SHORT)).await;
                forget(guard);
                return Ok(());
            }
            let lock = lock.lease(HOUR);
            if number % 5 == 1 {
                // one that gives up at first, and comes again
                let impatient = lock.clone().blocking_timeout(Duration::from_millis(3));
                match impatient.acquire().await {
                    Ok(guard) => {
                        work(&r, &task, guard.fence()).await;
                        turns.fetch_add(1, Ordering::AcqRel);
                    }
                    Err(error) => assert!(
                        error.kind() == ErrorKind::LockNotAcquired || error.is_connection_error(),
                        "{error}"
                    ),
                }
            }
            let guard = take(&lock).await;
            work(&r, &task, guard.fence()).await;
            turns.fetch_add(1, Ordering::AcqRel);
            if number % 5 == 2 {
                drop(guard);
                return Ok(());
            }
            guard.release().await
        }

        /// Waits for its turn, whatever becomes of the connections meanwhile.
        async fn take(lock: &Lock) -> LockGuard {
            loop {
                match lock.acquire().await {
                    Ok(guard) => return guard,
                    Err(error) => assert!(error.is_connection_error(), "{error}"),
                }
            }
        }
    }

    async fn fifty_contenders_hold_it_one_at_a_time_while_connections_are_killed(test) {
        let name = test.key("c");
        let settings = format!("client_name={name}&protocol={}", test.protocol);
        let r = Redis::from_url(&format!("{}?{settings}", test.server.url()))?;
        let task = Work { lock: test.key("lock"), counter: test.key("n"), fence: test.key("fence") };
        let turns = Arc::new(AtomicUsize::new(0));
        let mut contenders = Vec::new();
        for number in 0..CONTENDERS {
            let (client, task, turns) = (r.clone(), task.clone(), turns.clone());
            contenders.push(beside(move || contend(client, number, task, turns)));
        }
        let mut witness = Witness::of(test.server);
        let alive = CONTENDERS - CONTENDERS / 5;
        let mut seen = 0;
        for kill in 1..=KILLS {
            // between two kills somebody has its turn: no release is cut off again and again
            let enough = (alive * kill / (KILLS + 1)).max(seen + 1).min(alive);
            until("the next had its turn", || {
                // a round trip, so that looking takes its time
                witness.call(&["PING"]);
                seen = turns.load(Ordering::Acquire);
                seen >= enough
            })
            .await;
            witness.kill(&name);
        }
        for contender in contenders {
            contender.outcome().await?;
        }
        let turns = u64::try_from(turns.load(Ordering::Acquire))?;
        assert!(turns >= u64::try_from(alive)?, "somebody did not get its turn");
        let counted = read(&r, &task.counter).await;
        assert_eq!(counted, turns, "two were there at once, and a count was lost");
    }
}
