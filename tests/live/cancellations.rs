//! Blocking commands whose futures are dropped while the server waits: nothing that was pushed vanishes, no
//! connection is left waiting, and no reply is another's. For the async client alone: a blocking call of the
//! other cannot be dropped.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use redis_async::prelude::*;
use redis_async::{CloseReason, ConfigBuilder, Orphan};
use redis_tests::matrix::matrix;
use redis_tests::server::{Server, shared, unique};

use crate::both::Outcome;
use crate::flavour::nonblocking::until;
use crate::flavour::runtime;
use crate::witness::Witness;

/// How many futures are dropped, on all servers and both protocols together, unless the environment says
/// otherwise.
fn cancellations() -> u64 {
    let asked = std::env::var("REDIS_TEST_CANCELLATIONS").ok();
    asked.and_then(|asked| asked.parse().ok()).unwrap_or(10_000)
}

/// So many wait at once: fewer than may.
const WORKERS: u64 = 64;

/// What became of the jobs, each of which is a number.
#[derive(Default)]
struct Ledger {
    cancelled: AtomicU64,
    received: Mutex<BTreeMap<u64, u32>>,
    orphaned: Mutex<BTreeMap<u64, u32>>,
}

impl Ledger {
    fn note(book: &Mutex<BTreeMap<u64, u32>>, job: u64) {
        *book.lock().expect("nobody panicked").entry(job).or_default() += 1;
    }
}

/// Polls a future a number of times, the other tasks having their turns in between; what is not ready by
/// then is dropped.
async fn polled<F: Future>(future: F, times: u64) -> Option<F::Output> {
    let mut future = pin!(future);
    for _ in 0..times {
        let now = poll_fn(|cx| match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => Poll::Ready(None),
        });
        if let Some(output) = now.await {
            return Some(output);
        }
        tokio::task::yield_now().await;
    }
    None
}

/// Numbers that look random and are the same in every run.
fn next(numbers: &mut u64) -> u64 {
    *numbers = numbers.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    *numbers >> 33
}

/// Takes jobs, and loses patience at a point nobody can foresee, until enough patience was lost.
async fn work(
    r: Redis,
    list: String,
    ledger: Arc<Ledger>,
    wanted: u64,
    mut numbers: u64,
) -> redis_async::Result<()> {
    while ledger.cancelled.load(Ordering::Relaxed) < wanted {
        let pop = r.typed::<Option<(String, u64)>>();
        // from one poll, before anything was written, to many, after the reply came
        let times = 1 + next(&mut numbers) % 20 * (next(&mut numbers) % 20);
        match polled(pop.blpop(&list, Duration::ZERO), times).await {
            Some(popped) => {
                let (_, job) = popped?.expect("nobody ends this wait but its own client");
                Ledger::note(&ledger.received, job);
            }
            None => drop(ledger.cancelled.fetch_add(1, Ordering::Relaxed)),
        }
    }
    Ok(())
}

async fn storm(server: &'static Server, protocol: u8) -> Outcome {
    let (name, list) = (unique("storm"), unique("jobs"));
    let ledger = Arc::new(Ledger::default());
    let book = Arc::clone(&ledger);
    // a drain that is cut short closes its connection, and what comes then is lost: here time is no object
    let url = format!(
        "{}?protocol={protocol}&client_name={name}&pool_drain_timeout=60s&response_timeout=60s\
         &pool_acquire_timeout=60s",
        server.url()
    );
    let config = ConfigBuilder::from_url(&url)?.on_orphan(move |orphan: Orphan| {
        let (_, job) = orphan.decode::<(String, u64)>().expect("a list and a job");
        assert_eq!(orphan.command(), "BLPOP");
        Ledger::note(&book.orphaned, job);
    });
    let r = Redis::from_config(config.build()?);

    let wanted = cancellations().div_ceil(2 * matrix().len() as u64);
    let mut workers = Vec::new();
    for number in 0..WORKERS {
        let (r, list, ledger) = (r.clone(), list.clone(), Arc::clone(&ledger));
        workers.push(tokio::spawn(work(r, list, ledger, wanted, number)));
    }
    // one job for every two that were given up or done: the list is empty about as often as not
    let mut pushed = 0_u64;
    while ledger.cancelled.load(Ordering::Relaxed) < wanted {
        let done = ledger.received.lock().expect("nobody panicked").len() as u64;
        if pushed < (ledger.cancelled.load(Ordering::Relaxed) + done) / 2 + WORKERS / 2 {
            r.rpush(&list, pushed).await?;
            pushed += 1;
        } else {
            tokio::task::yield_now().await;
        }
    }
    for worker in workers {
        worker.await??;
    }
    until("every connection is free again", || r.statistics().blocking == 0).await;
    let mut witness = Witness::of(server);
    assert_eq!(witness.blocked(&name), 0, "somebody still waits on the server");
    // what nobody took
    let rest: Vec<u64> = r.typed().lrange(&list, 0, -1).await?;
    for job in &rest {
        Ledger::note(&ledger.received, *job);
    }

    let received = ledger.received.lock().expect("nobody panicked").clone();
    let orphaned = ledger.orphaned.lock().expect("nobody panicked").clone();
    let counted = r.statistics();
    println!(
        "RESP{protocol} on {}: {} futures dropped, {pushed} jobs pushed, {} received ({} of them at the \
         end), {} orphaned; {counted:?}",
        server.row().name(),
        ledger.cancelled.load(Ordering::Relaxed),
        received.len(),
        rest.len(),
        orphaned.len(),
    );
    assert!(!orphaned.is_empty() && received.len() > rest.len(), "nothing was put to the test");
    let mut all = received;
    for (job, times) in orphaned {
        *all.entry(job).or_default() += times;
    }
    assert_eq!(all.len() as u64, pushed, "a job vanished");
    assert!(all.values().all(|times| *times == 1), "a job was handed out twice");
    assert_eq!(r.pool().config().orphans().panics(), 0);
    assert_eq!(counted.closed(CloseReason::NotDrained), 0, "{counted:?}");
    assert!(counted.recycled > 0, "{counted:?}");

    // and every reply is the right one, on the connections that were given up too
    let key = unique("after");
    for number in 0..1000_u64 {
        let echoed: u64 = r.command("ECHO").arg(number).query().await?;
        assert_eq!(echoed, number);
        r.rpush(&key, number).await?;
        let popped =
            r.typed::<Option<(String, u64)>>().blpop(&key, Duration::from_secs(60)).await?;
        assert_eq!(popped, Some((key.clone(), number)));
    }
    Ok(())
}

#[test]
fn whatever_was_pushed_is_received_or_orphaned_however_many_waits_are_dropped() {
    for row in matrix() {
        for protocol in [2, 3] {
            let outcome = runtime(protocol).block_on(storm(shared(row), protocol));
            outcome.unwrap_or_else(|error| panic!("{} with RESP{protocol}: {error}", row.name()));
        }
    }
}
