//! A consumer of streams, as an iterator.

use crate::connection::Connection;
use crate::consumed_entry::ConsumedEntry;
use crate::random::random;
use crate::redis::Redis;
use crate::stop_handle::StopHandle;
use redis_commands::{
    ConnectionCommands, GroupReader, StreamConsumerOptions, StreamEntry, StreamsRead,
};
use redis_core::command::{ToArg, ToArgs};
use redis_core::consumer::{Action, Consumption, Outcome, Step, StopSignal, Wait};
use redis_core::pool::Purpose;
use redis_core::{Result, fork};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A member of a consumer group: an iterator over the entries it is given.
///
/// Made by [`Redis::stream_consumer`](crate::Redis::stream_consumer). It gives what is pending for this consumer
/// first, then what is new, as it comes, and takes over what others left lying, if it was
/// [asked to](redis_commands::StreamConsumerOptions::claim). It never ends by itself: a
/// [`StopHandle`] ends it. While it waits it holds a connection of the part of the pool that is for blocking
/// commands ([`PoolOptions::max_blocking`](redis_core::config::PoolOptions::max_blocking)).
///
/// # Every entry at least once
///
/// An entry is this consumer's until it is [acknowledged](crate::ConsumedEntry::ack). A reply that was lost may
/// have carried entries that never arrived: they are looked for before anything new is read. What was not
/// acknowledged when the program died is given again to a consumer of the same name, or to one that claims
/// it. So nothing is lost, and an entry may be given twice, though not while the program
/// still has it in hand.
///
/// # Errors
///
/// Failures are tried again as the client's [`RetryPolicy`](crate::RetryPolicy) says. One that it gives up is an
/// item, not the end: asked again, the consumer waits for the policy's pause and goes on, so that a loop may skip
/// errors without spinning.
///
/// `redis_async::StreamConsumer` is the same as a `Stream`.
///
/// # Example: a worker
///
/// ```
/// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
/// use redis_sync::prelude::*;
/// use redis_sync::StreamConsumerOptions;
///
/// # r.del("stream_consumer:jobs")?;
/// r.xadd("stream_consumer:jobs", [("do", "wash")])?;
/// r.xadd("stream_consumer:jobs", [("do", "iron")])?;
///
/// let options = StreamConsumerOptions::new().create_group("0");
/// let consumer = r.stream_consumer_with("stream_consumer:jobs", "workers", "anna", options)?;
/// let stop = consumer.stop_handle();
/// let mut done = Vec::new();
/// for entry in consumer {
///     let entry = entry?;
///     done.push(entry.get("do").map(|what| what.to_string()).unwrap_or_default());
///     entry.ack()?;
///     if done.len() == 2 {
///         stop.stop(); // from any thread
///     }
/// }
/// assert_eq!(done, ["wash", "iron"]);
/// # Ok::<(), redis_sync::Error>(())
/// ```
#[must_use = "nothing is read before the first entry is asked for"]
pub struct StreamConsumer {
    shared: Arc<Shared>,
    state: Consumption<StreamEntry>,
    begun: Instant,
}

/// What a consumer, its entries and its stop handles have in common.
pub(crate) struct Shared {
    pub(crate) redis: Redis,
    pub(crate) reader: GroupReader,
    pub(crate) signal: StopSignal,
}

impl StreamConsumer {
    pub(crate) fn new(
        redis: &Redis,
        streams: &impl ToArgs,
        group: &impl ToArg,
        consumer: &impl ToArg,
        options: StreamConsumerOptions,
    ) -> Result<Self> {
        let reader = GroupReader::new(streams, group, consumer, options)?;
        let state = Consumption::new(reader.plan(redis.pool().config().retry()));
        let shared = Shared { redis: redis.clone(), reader, signal: StopSignal::default() };
        Ok(Self { shared: Arc::new(shared), state, begun: Instant::now() })
    }

    /// What stops this consumer, from any thread.
    #[inline]
    pub fn stop_handle(&self) -> StopHandle {
        StopHandle::new(&self.shared)
    }
}

impl Iterator for StreamConsumer {
    type Item = Result<ConsumedEntry>;

    /// The next entry, waiting until there is one; `None` once the consumer was stopped.
    #[inline]
    fn next(&mut self) -> Option<Result<ConsumedEntry>> {
        loop {
            let stopped = self.shared.signal.is_stopped();
            match self.state.step(self.begun.elapsed(), stopped) {
                Step::Give(given) => return Some(Ok(ConsumedEntry::new(&self.shared, given))),
                Step::Fail(error) => return Some(Err(error)),
                Step::Over => return None,
                Step::Do(action) => {
                    let outcome = self.shared.carry_out(action);
                    let (now, stopped) = (self.begun.elapsed(), self.shared.signal.is_stopped());
                    self.state.record(outcome, now, stopped, random());
                }
            }
        }
    }
}

impl Shared {
    #[inline]
    fn carry_out(&self, action: Action<StreamEntry>) -> Outcome<StreamEntry> {
        let Self { redis: r, reader, .. } = self;
        match action {
            Action::Create { stream, again } => reader.done(reader.create(r, stream, again)),
            Action::ReadPending { after } => reader.read(reader.read_pending(r, &after)),
            Action::ReadNew { wait } => self.read_new(wait),
            Action::Claim { stream, from } => reader.claimed(reader.claim(r, stream, from)),
            Action::Count { stream, from, exclusive, last, most } => {
                reader.counted(reader.count(r, stream, (from, exclusive), last, most))
            }
            Action::Acknowledge { stream, ids } => reader.done(reader.acknowledge(r, stream, &ids)),
            Action::Bury { stream, entry, deliveries } => {
                let transaction = r.pipeline().atomic();
                reader.bury(&transaction, stream, entry, deliveries);
                reader.done(transaction.execute::<()>())
            }
            Action::Pause(time) => {
                std::thread::sleep(time);
                Outcome::Done
            }
        }
    }

    /// Over a connection that is this wait's own, so that it can be cut short.
    #[inline]
    fn read_new(&self, wait: Duration) -> Outcome<StreamEntry> {
        let read = || {
            let connection = Connection::take(self.redis.pool(), Purpose::Blocking)?;
            let id = match connection.server().id() {
                Some(id) => id,
                None => connection.client_id()?,
            };
            let waiting =
                Waiting { wait: self.signal.begin_wait(id, fork::generation()), connection };
            if waiting.wait.may_begin() {
                waiting.connection.note_blocked();
                self.reader.read_new(&waiting.connection, wait)
            } else {
                Ok(StreamsRead::default())
            }
        };
        self.reader.read(read())
    }
}

/// A wait and its connection, which nobody else gets where it may be cut short when it is long over.
struct Waiting<'s> {
    wait: Wait<'s>,
    connection: Connection,
}

impl Drop for Waiting<'_> {
    #[inline]
    fn drop(&mut self) {
        if !self.wait.end() {
            self.connection.keep_from_others();
        }
    }
}

impl fmt::Debug for StreamConsumer {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamConsumer").finish_non_exhaustive()
    }
}
