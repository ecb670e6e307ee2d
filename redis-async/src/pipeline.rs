//! Many commands in one write.

use crate::connection::Connection;
use crate::lending::now;
use crate::link::overdue;
use crate::multiplexer::batch::{Arrival, InOnePiece};
use crate::pool::Pool;
use crate::random::random;
use crate::retrying::has_runtime;
use crate::transaction::Transaction;
use redis_core::command::Command;
use redis_core::connection::slots::Volleyed;
use redis_core::drive::AsyncBatchCaller;
use redis_core::drive::nonblocking::execute;
use redis_core::event::Event;
use redis_core::pipeline::{Batch, CommandQueue, Harvest};
use redis_core::pool::Purpose;
use redis_core::recorder::CommandRecord;
use redis_core::retry::{Allowance, shorter, wants_new_connection};
use redis_core::{
    Error, ExecuteCommand, FromReplies, FromReply, Handle, PipelineOptions, Queue, Queued, Replies,
    Result,
};
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Commands that are sent together, so that many take the time of one.
///
/// Made by [`Redis::pipeline`](crate::Redis::pipeline). Every command is a method on it as on the client, and
/// is queued; [`execute`](Self::execute) sends them all. Up to a limit, which
/// [`PipelineOptions`] sets, they go over the connection that all tasks share, in one piece; a longer
/// pipeline takes a connection of its own and reads the replies while it writes, so that it holds nobody
/// up, whatever its length. On a connection of its own others' commands may run in between: where they
/// must not, make it [`atomic`](Self::atomic).
///
/// The commands stay queued: a second `execute` sends them again, as in a loop over attempts, until
/// [`clear`](Self::clear) forgets them. It may be shared by tasks.
///
/// A command that waits on the server (`BLPOP`) or changes the state of its connection (`SELECT`,
/// `WATCH`) cannot stand in a pipeline: `execute` refuses it by name before anything is sent.
///
/// # Example: the replies as a tuple
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// # let Some(r) = redis_async::doc_client("7.0.0").await else { return Ok(()) };
/// use redis_async::prelude::*;
///
/// let pipe = r.pipeline();
/// pipe.set("pipeline:name", "Ada").incr("pipeline:visits").get("pipeline:name");
/// let ((), visits, name): (_, i64, String) = pipe.execute().await?;
/// assert!(visits > 0 && name == "Ada");
/// # Ok::<(), redis_async::Error>(())
/// # }).unwrap();
/// ```
///
/// # Example: the replies by handle, each command's error its own
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// # let Some(r) = redis_async::doc_client("7.0.0").await else { return Ok(()) };
/// use redis_async::prelude::*;
///
/// let pipe = r.pipeline();
/// pipe.set("pipeline:text", "hello");
/// let wrong = pipe.incr("pipeline:text").slot();
/// let length = pipe.strlen("pipeline:text").slot();
///
/// let replies: Replies = pipe.execute().await?;
/// assert_eq!(replies.take(length)?, 5);
/// let error = replies.take(wrong).unwrap_err();
/// assert!(error.to_string().starts_with("INCR (command 1 of the pipeline): ERR value is not an integer"));
/// # Ok::<(), redis_async::Error>(())
/// # }).unwrap();
/// ```
#[must_use = "nothing is sent before it is executed"]
pub struct Pipeline {
    queue: Mutex<CommandQueue>,
    pool: Pool,
    options: PipelineOptions,
}

impl Pipeline {
    #[inline]
    pub(crate) fn new(pool: &Pool, options: PipelineOptions) -> Self {
        Self { queue: Mutex::default(), pool: pool.clone(), options }
    }

    /// The same commands as a transaction: `MULTI` and `EXEC` around them, so that they run as one.
    #[inline]
    pub fn atomic(self) -> Transaction {
        Transaction::new(self)
    }

    /// Sends the commands that are queued now and reads their replies: as a tuple, a `Vec`, `()` or
    /// [`Replies`]; see [`FromReplies`]. Without a command nothing is sent.
    ///
    /// The whole is tried again, as the client's retry policy says, where nothing of it ran, or where each
    /// command in it may be repeated; never a part of it.
    ///
    /// # Errors
    ///
    /// A command that cannot stand in a pipeline, by name and position; whatever kept all of them from
    /// being answered; what the reply type says of commands that failed.
    ///
    /// # Cancellation
    ///
    /// The future may be dropped at any point. What was not polled was not sent; what was, may run all the
    /// same, and its replies are dropped when they come. No other command's reply is touched.
    pub fn execute<T: FromReplies>(&self) -> impl Future<Output = Result<T>> + Send + use<T> {
        self.run(false)
    }

    /// The same over a connection of one's own, and never again: what failed may have taken the
    /// connection's state with it.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute).
    ///
    /// # Cancellation
    ///
    /// Dropped before the replies are there, it leaves the connection without use.
    pub fn execute_on<'c, T: FromReplies>(
        &self,
        connection: &'c Connection,
    ) -> impl Future<Output = Result<T>> + Send + use<'c, T> {
        self.run_on(connection, false)
    }

    /// How many commands are queued.
    #[inline]
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether none is.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// How many bytes they are on the wire.
    #[inline]
    pub fn size(&self) -> usize {
        self.lock().size()
    }

    /// Forgets the commands; handles on their replies are good no more.
    #[inline]
    pub fn clear(&self) {
        self.lock().clear();
    }

    #[inline]
    pub(crate) fn push<T>(&self, command: &mut Command<'_>) -> Handle<T> {
        self.lock().push_from(command)
    }

    /// Takes what is queued, now; the future owns it and the pool.
    pub(crate) fn run<T: FromReplies>(
        &self,
        atomic: bool,
    ) -> impl Future<Output = Result<T>> + Send + use<T> {
        let batch = self.batch::<T>(atomic);
        let (pool, options) = (self.pool.clone(), self.options.clone());
        async move { carry_out(pool, batch?, options).await.into() }
    }

    pub(crate) fn run_on<'c, T: FromReplies>(
        &self,
        connection: &'c Connection,
        atomic: bool,
    ) -> impl Future<Output = Result<T>> + Send + use<'c, T> {
        let (batch, options) = (self.batch::<T>(atomic), self.options.clone());
        async move { connection.carry_out_batch(&batch?, &options).await.into() }
    }

    fn batch<T: FromReplies>(&self, atomic: bool) -> Result<Batch> {
        let batch = self.lock().batch(atomic)?;
        T::check_count(batch.len())?;
        Ok(batch)
    }

    #[inline]
    fn lock(&self) -> MutexGuard<'_, CommandQueue> {
        // a command is added as the last thing that is done under the lock
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ExecuteCommand for Pipeline {
    type Mode = Queue<Self>;

    #[inline]
    fn execute_command<T: FromReply>(&self, mut command: Command<'_>) -> Queued<'_, T, Self> {
        let handle = self.push(&mut command);
        if command.owns_nothing() {
            std::mem::forget(command);
        }
        Queued::new(self, handle)
    }
}

impl fmt::Debug for Pipeline {
    /// How many commands: what is in them is the user's.
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline").field("commands", &self.len()).finish_non_exhaustive()
    }
}

#[inline]
async fn carry_out(pool: Pool, batch: Batch, options: PipelineOptions) -> Replies {
    if batch.is_empty() {
        return Replies::none(batch);
    }
    let endpoint = Some(pool.config().endpoint());
    if let Err(error) = has_runtime() {
        return Replies::failed(&batch, endpoint, error);
    }
    let started = pool.dialer().recording.then(Instant::now);
    let caller = Caller { pool: &pool, options: &options, attempts: AtomicU32::new(0) };
    let policy = options.get_retry().unwrap_or_else(|| pool.config().retry());
    let time = options.get_call_timeout().or(pool.config().call_timeout().into()).duration();
    let replies = execute(&caller, &batch, policy, time).await;
    if let Some(started) = started {
        let error = replies.failure();
        let (attempts, elapsed) = (caller.attempts.into_inner(), started.elapsed());
        let record = CommandRecord::new(batch.name(), attempts, elapsed, error.as_ref());
        pool.config().recorder().command_finished(&record);
    }
    replies
}

/// One attempt after the other: over the shared connection, or over one of its own.
struct Caller<'p> {
    pool: &'p Pool,
    options: &'p PipelineOptions,
    attempts: AtomicU32,
}

impl Caller<'_> {
    #[inline]
    async fn in_one_piece(&self, batch: &Batch, reply: Option<Duration>) -> Replies {
        let endpoint = Some(self.pool.config().endpoint());
        let link = &self.pool.current().multiplexer;
        match InOnePiece::new(link, batch, reply).await {
            Err(error) => Replies::failed(batch, endpoint, error),
            Ok(volleyed) => gather(volleyed, Harvest::new(batch, endpoint), reply),
        }
    }

    #[inline]
    async fn streamed(
        &self,
        batch: &Batch,
        reply: Option<Duration>,
        left: Option<Duration>,
    ) -> Replies {
        let endpoint = self.pool.config().endpoint();
        let allowance = Allowance::new(left, now);
        match self.pool.current().lending.acquire_within(Purpose::Ordinary, left).await {
            Err(error) => Replies::failed(batch, Some(endpoint), error),
            Ok(mut leased) => {
                let link = leased.link_mut();
                let replies = link.carry_out(batch, endpoint, reply, allowance).await;
                if replies.failure().is_some_and(|error| wants_new_connection(&error)) {
                    link.give_up();
                }
                replies
            }
        }
    }
}

/// Reads what came over the shared connection.
#[inline]
fn gather(volleyed: Volleyed<Arrival>, mut harvest: Harvest, reply: Option<Duration>) -> Replies {
    for arrival in volleyed.replies {
        match arrival {
            Arrival::Values(values) => harvest.take_found(values),
            Arrival::Reply(frame) => {
                let (bytes, mut tape) = frame.into_parts();
                harvest.take(&bytes, Some(&bytes), &mut tape);
            }
        }
    }
    match volleyed.error {
        None => harvest.finish(),
        Some(error) => {
            let error = match (error.timeout_kind(), reply) {
                (Some(kind), Some(reply)) => error.with_message(overdue(kind, reply)),
                _ => error,
            };
            harvest.lost(error, volleyed.sent)
        }
    }
}

impl AsyncBatchCaller for Caller<'_> {
    #[inline]
    fn now(&self) -> std::time::Instant {
        now()
    }

    #[inline]
    async fn attempt(&self, batch: &Batch, left: Option<Duration>) -> Replies {
        self.attempts.fetch_add(1, Ordering::Relaxed);
        let usual = self.pool.config().response_timeout();
        let reply = batch.reply_timeout(self.options, usual);
        if batch.is_contiguous(self.options) {
            self.in_one_piece(batch, shorter(reply, left)).await
        } else {
            self.streamed(batch, reply, left).await
        }
    }

    #[inline]
    async fn pause(&self, time: Duration) {
        if !time.is_zero() {
            tokio::time::sleep(time).await;
        }
    }

    #[inline]
    fn random(&self) -> u64 {
        random()
    }

    #[inline]
    fn retrying(&self, batch: &Batch, error: &Error, after: Duration) {
        let (name, attempt) = (batch.name(), error.context().attempt.unwrap_or(1));
        let config = self.pool.config();
        self.pool.count_retry();
        config.recorder().command_retried(name, attempt, error, after);
        config.events().emit_with(|| Event::Retried {
            command: name.into(),
            error: error.clone(),
            attempt,
            after,
        });
    }
}
