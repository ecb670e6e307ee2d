//! What callers do while everything goes wrong, once as tasks and once as threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use redis_core::Result;

use crate::tally::{Counted, Ledger};

/// How long a caller goes on.
#[derive(Clone, Debug)]
pub(crate) struct GoOn {
    times: u64,
    stop: Arc<AtomicBool>,
    done: Arc<AtomicU64>,
}

impl GoOn {
    /// So many times.
    pub(crate) fn times(times: u64) -> Self {
        Self { times, stop: Arc::default(), done: Arc::default() }
    }

    /// Until it is told to stop.
    pub(crate) fn until_told() -> Self {
        Self::times(u64::MAX)
    }

    /// Tells all who go on by this to stop.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
    }

    /// How much was done successfully by all of them.
    pub(crate) fn done(&self) -> u64 {
        self.done.load(Ordering::SeqCst)
    }

    fn another(&self, number: u64) -> bool {
        number < self.times && !self.stop.load(Ordering::SeqCst)
    }

    fn count(&self, success: bool) {
        self.done.fetch_add(u64::from(success), Ordering::SeqCst);
    }
}

/// The three unique writes of one round of one caller.
fn ids(who: usize, number: u64) -> Vec<String> {
    (0..3).map(|part| format!("{who}:{number}:{part}")).collect()
}

/// Emits its functions twice: for tasks as they are, for threads without waiting.
macro_rules! flavours {
    ($($(#[$meta:meta])* async fn $name:ident $arguments:tt -> $returns:ty $body:block)*) => {
        pub(crate) mod nonblocking {
            use super::*;
            use redis_async::prelude::*;
            $($(#[$meta])* pub(crate) async fn $name $arguments -> $returns $body)*
        }
        pub(crate) mod blocking {
            use super::*;
            use redis_sync::prelude::*;
            $($(#[$meta])* #[maybe_async::must_be_sync] pub(crate) async fn $name $arguments -> $returns $body)*
        }
    };
}

flavours! {
    /// Writes unique ids in a transaction that watches a key of the caller's own.
    async fn watched(r: Redis, key: String, who: usize, ids: Vec<String>) -> Result<()> {
        let mut attempts = r.optimistic(format!("{key}:{who}"));
        while let Some(tx) = attempts.attempt().await? {
            let multi = tx.multi();
            for id in &ids {
                multi.rpush(&key, id);
            }
            tx.execute::<Option<()>>(&multi).await?;
        }
        Ok(())
    }

    /// Writes unique ids at the end of a list, by turns: alone, in a pipeline, in one over a connection of its
    /// own, in a transaction, and in one that watches.
    async fn write(r: Redis, key: String, who: usize, go_on: GoOn) -> Ledger {
        let mut ledger = Ledger::default();
        let mut number = 0;
        while go_on.another(number) {
            let ids = ids(who, number);
            let well = match number % 5 {
                0 => {
                    let outcome = r.rpush(&key, &ids[0]).await;
                    ledger.note(&ids[0], &outcome);
                    outcome.is_ok()
                }
                1 | 2 => {
                    // of more than one command, the async client's has a connection of its own
                    let contiguous = if number % 5 == 1 { 1024 } else { 1 };
                    let options = redis_core::PipelineOptions::new().contiguous_commands(contiguous);
                    let pipe = r.pipeline_with(options);
                    for id in &ids {
                        pipe.rpush(&key, id);
                    }
                    let outcome = pipe.execute::<Vec<Result<i64>>>().await;
                    ledger.note_each(&ids, &outcome);
                    outcome.is_ok()
                }
                3 => {
                    let outcome = watched(r.clone(), key.clone(), who, ids.clone()).await;
                    ledger.note_all(&ids, &outcome);
                    outcome.is_ok()
                }
                _ => {
                    let transaction = r.pipeline().atomic();
                    for id in &ids {
                        transaction.rpush(&key, id);
                    }
                    let outcome = transaction.execute::<Vec<i64>>().await;
                    ledger.note_all(&ids, &outcome);
                    outcome.is_ok()
                }
            };
            go_on.count(well);
            number += 1;
        }
        ledger
    }

    /// Counts upwards.
    async fn count(r: Redis, key: String, go_on: GoOn) -> Counted {
        let mut counted = Counted::default();
        let mut number = 0;
        while go_on.another(number) {
            let outcome = r.incr(&key).await;
            counted.note(&outcome);
            go_on.count(outcome.is_ok());
            number += 1;
        }
        counted
    }

    /// Asks for echoes and lists over a stream that is not to be trusted: whatever comes back, it comes.
    async fn garble(r: Redis, who: usize, go_on: GoOn) -> () {
        let mut number = 0;
        while go_on.another(number) {
            let text = format!("{who}:{number}");
            let well = match number % 3 {
                0 => r.command("ECHO").arg(&text).query::<String>().await.is_ok(),
                1 => r.command("CONFIG GET").arg("*").query::<redis_core::Value>().await.is_ok(),
                _ => {
                    let pipe = r.pipeline();
                    pipe.set(&text, &text).get(&text).command("HGETALL").arg("none").query::<redis_core::Value>();
                    pipe.execute::<Replies>().await.is_ok()
                }
            };
            go_on.count(well);
            number += 1;
        }
    }
}
