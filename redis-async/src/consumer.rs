//! A consumer of streams, as a stream.

use crate::connection::Connection;
use crate::consumed_entry::ConsumedEntry;
use crate::random::random;
use crate::redis::Redis;
use crate::resolver::BoxFuture;
use crate::retrying::has_runtime;
use crate::stop_handle::StopHandle;
use futures_core::Stream;
use redis_commands::{
    ConnectionCommands, GroupReader, StreamConsumerOptions, StreamEntry, StreamsRead,
};
use redis_core::command::{ToArg, ToArgs};
use redis_core::consumer::{Action, Consumption, Outcome, Step, StopSignal, Wait};
use redis_core::pool::Purpose;
use redis_core::{Result, fork};
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Instant;

/// A member of a consumer group: a `Stream` of the entries it is given, which also has a
/// [`next`](Self::next) of its own.
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
/// `redis_sync::StreamConsumer` is the same as an `Iterator`.
///
/// # Example: a worker
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// # let Some(r) = redis_async::doc_client("7.0.0").await else { return Ok(()) };
/// use redis_async::prelude::*;
/// use redis_async::StreamConsumerOptions;
///
/// # r.del("stream_consumer:jobs:async").await?;
/// r.xadd("stream_consumer:jobs:async", [("do", "wash")]).await?;
/// r.xadd("stream_consumer:jobs:async", [("do", "iron")]).await?;
///
/// let options = StreamConsumerOptions::new().create_group("0");
/// let jobs = "stream_consumer:jobs:async";
/// let mut consumer = r.stream_consumer_with(jobs, "workers", "anna", options)?;
/// let stop = consumer.stop_handle();
/// let mut done = Vec::new();
/// while let Some(entry) = consumer.next().await {
///     let entry = entry?;
///     done.push(entry.get("do").map(|what| what.to_string()).unwrap_or_default());
///     entry.ack().await?;
///     if done.len() == 2 {
///         stop.stop(); // from any task
///     }
/// }
/// assert_eq!(done, ["wash", "iron"]);
/// # Ok::<(), redis_async::Error>(())
/// # }).unwrap();
/// ```
#[must_use = "nothing is read before the first entry is asked for"]
pub struct StreamConsumer {
    shared: Arc<Shared>,
    state: Consumption<StreamEntry>,
    begun: Instant,
    under_way: Option<BoxFuture<'static, Outcome<StreamEntry>>>,
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
        Ok(Self { shared: Arc::new(shared), state, begun: Instant::now(), under_way: None })
    }

    /// What stops this consumer, from any task or thread.
    #[inline]
    pub fn stop_handle(&self) -> StopHandle {
        StopHandle::new(&self.shared)
    }

    /// The next entry, once there is one; `None` once the consumer was stopped.
    ///
    /// # Errors
    ///
    /// What the retry policy gave up. The consumer goes on when it is asked again.
    ///
    /// # Cancellation
    ///
    /// The future may be dropped at any point: what it waited for stays on its way, and is there for the
    /// next. The consumer may be dropped at any point too: what was on its way to it is pending for it, and
    /// is given to whoever consumes under its name again, or claims it.
    #[inline]
    pub async fn next(&mut self) -> Option<Result<ConsumedEntry>> {
        poll_fn(|cx| self.poll_entry(cx)).await
    }

    #[inline]
    fn poll_entry(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<ConsumedEntry>>> {
        loop {
            // out of its place meanwhile: one that panics, by a hook's fault, is not polled again
            if let Some(mut under_way) = self.under_way.take() {
                let Poll::Ready(outcome) = under_way.as_mut().poll(cx) else {
                    self.under_way = Some(under_way);
                    return Poll::Pending;
                };
                let (now, stopped) = (self.begun.elapsed(), self.shared.signal.is_stopped());
                self.state.record(outcome, now, stopped, random());
            }
            let stopped = self.shared.signal.is_stopped();
            match self.state.step(self.begun.elapsed(), stopped) {
                Step::Give(given) => {
                    return Poll::Ready(Some(Ok(ConsumedEntry::new(&self.shared, given))));
                }
                Step::Fail(error) => return Poll::Ready(Some(Err(error))),
                Step::Over => return Poll::Ready(None),
                Step::Do(action) => {
                    self.under_way = Some(Box::pin(carry_out(Arc::clone(&self.shared), action)));
                }
            }
        }
    }
}

impl Stream for StreamConsumer {
    type Item = Result<ConsumedEntry>;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_entry(cx)
    }
}

// nothing is pinned in place: what is under way lies in a box
impl Unpin for StreamConsumer {}

#[inline]
async fn carry_out(shared: Arc<Shared>, action: Action<StreamEntry>) -> Outcome<StreamEntry> {
    let Shared { redis: r, reader, .. } = &*shared;
    match action {
        Action::Create { stream, again } => reader.done(reader.create(r, stream, again).await),
        Action::ReadPending { after } => reader.read(reader.read_pending(r, &after).await),
        Action::ReadNew { wait } => reader.read(shared.read_new(wait).await),
        Action::Claim { stream, from } => reader.claimed(reader.claim(r, stream, from).await),
        Action::Count { stream, from, exclusive, last, most } => {
            reader.counted(reader.count(r, stream, (from, exclusive), last, most).await)
        }
        Action::Acknowledge { stream, ids } => {
            reader.done(reader.acknowledge(r, stream, &ids).await)
        }
        Action::Bury { stream, entry, deliveries } => {
            let transaction = r.pipeline().atomic();
            reader.bury(&transaction, stream, entry, deliveries);
            reader.done(transaction.execute::<()>().await)
        }
        Action::Pause(time) => match has_runtime() {
            Ok(()) => {
                tokio::time::sleep(time).await;
                Outcome::Done
            }
            Err(error) => Outcome::Failed(error),
        },
    }
}

impl Shared {
    /// Over a connection that is this wait's own, so that it can be cut short.
    #[inline]
    async fn read_new(&self, wait: Duration) -> Result<StreamsRead> {
        let connection = Connection::take(self.redis.pool(), Purpose::Blocking).await?;
        let id = match connection.server().id() {
            Some(id) => id,
            None => connection.client_id().await?,
        };
        let waiting = Waiting { wait: self.signal.begin_wait(id, fork::generation()), connection };
        if waiting.wait.may_begin() {
            waiting.connection.note_blocked().await;
            self.reader.read_new(&waiting.connection, wait).await
        } else {
            Ok(StreamsRead::default())
        }
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
