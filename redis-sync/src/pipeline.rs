//! Many commands in one write.

use crate::connection::Connection;
use crate::pool::Pool;
use crate::random::random;
use crate::transaction::Transaction;
use redis_core::command::Command;
use redis_core::drive::{BlockingBatchCaller, BlockingCaller, blocking};
use redis_core::event::Event;
use redis_core::pipeline::{Batch, CommandQueue};
use redis_core::pool::Purpose;
use redis_core::recorder::CommandRecord;
use redis_core::retry::{Allowance, wants_new_connection};
use redis_core::{
    Error, ExecuteCommand, FromReplies, FromReply, Handle, PipelineOptions, Queue, Queued, Replies,
    Result,
};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::time::{Duration, Instant};

/// Commands that are sent together, so that many take the time of one.
///
/// Made by [`Redis::pipeline`](crate::Redis::pipeline). Every command is a method on it as on the client, and
/// is queued; [`execute`](Self::execute) sends them all and reads the replies while it writes, whatever
/// their number. Others' commands may run in between: where they must not, make it
/// [`atomic`](Self::atomic).
///
/// The commands stay queued: a second `execute` sends them again, as in a loop over attempts, until
/// [`clear`](Self::clear) forgets them. It may be sent to another thread; one thread uses it at a time.
///
/// A command that waits on the server (`BLPOP`) or changes the state of its connection (`SELECT`,
/// `WATCH`) cannot stand in a pipeline: `execute` refuses it by name before anything is sent.
///
/// # Example: the replies as a tuple
///
/// ```
/// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
/// use redis_sync::prelude::*;
///
/// let pipe = r.pipeline();
/// pipe.set("pipeline:name", "Ada").incr("pipeline:visits").get("pipeline:name");
/// let ((), visits, name): (_, i64, String) = pipe.execute()?;
/// assert!(visits > 0 && name == "Ada");
/// # Ok::<(), redis_sync::Error>(())
/// ```
///
/// # Example: the replies by handle, each command's error its own
///
/// ```
/// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
/// use redis_sync::prelude::*;
///
/// let pipe = r.pipeline();
/// pipe.set("pipeline:text", "hello");
/// let wrong = pipe.incr("pipeline:text").slot();
/// let length = pipe.strlen("pipeline:text").slot();
///
/// let replies: Replies = pipe.execute()?;
/// assert_eq!(replies.take(length)?, 5);
/// let error = replies.take(wrong).unwrap_err();
/// assert!(error.to_string().starts_with("INCR (command 1 of the pipeline): ERR value is not an integer"));
/// # Ok::<(), redis_sync::Error>(())
/// ```
#[must_use = "nothing is sent before it is executed"]
pub struct Pipeline {
    queue: RefCell<CommandQueue>,
    pool: Pool,
    options: PipelineOptions,
}

impl Pipeline {
    #[inline]
    pub(crate) fn new(pool: &Pool, options: PipelineOptions) -> Self {
        Self { queue: RefCell::default(), pool: pool.clone(), options }
    }

    /// The same commands as a transaction: `MULTI` and `EXEC` around them, so that they run as one.
    #[inline]
    pub fn atomic(self) -> Transaction {
        Transaction::new(self)
    }

    /// Sends the commands and reads their replies: as a tuple, a `Vec`, `()` or [`Replies`]; see
    /// [`FromReplies`]. Without a command nothing is sent.
    ///
    /// The whole is tried again, as the client's retry policy says, where nothing of it ran, or where each
    /// command in it may be repeated; never a part of it.
    ///
    /// # Errors
    ///
    /// A command that cannot stand in a pipeline, by name and position; whatever kept all of them from
    /// being answered; what the reply type says of commands that failed.
    pub fn execute<T: FromReplies>(&self) -> Result<T> {
        self.run(false)
    }

    /// The same over a connection of one's own, and never again: what failed may have taken the
    /// connection's state with it.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute).
    pub fn execute_on<T: FromReplies>(&self, connection: &Connection) -> Result<T> {
        self.run_on(connection, false)
    }

    /// How many commands are queued.
    #[inline]
    pub fn len(&self) -> usize {
        self.queue.borrow().len()
    }

    /// Whether none is.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.queue.borrow().is_empty()
    }

    /// How many bytes they are on the wire.
    #[inline]
    pub fn size(&self) -> usize {
        self.queue.borrow().size()
    }

    /// Forgets the commands; handles on their replies are good no more.
    #[inline]
    pub fn clear(&self) {
        self.queue.borrow_mut().clear();
    }

    #[inline]
    pub(crate) fn push<T>(&self, command: &mut Command<'_>) -> Handle<T> {
        self.queue.borrow_mut().push_from(command)
    }

    pub(crate) fn run<T: FromReplies>(&self, atomic: bool) -> Result<T> {
        let batch = self.batch::<T>(atomic)?;
        if batch.is_empty() {
            return Replies::none(batch).into();
        }
        let caller = Caller { pool: &self.pool, options: &self.options, attempts: Cell::new(0) };
        let config = self.pool.config();
        let policy = self.options.get_retry().unwrap_or_else(|| config.retry());
        let begun = config.recorder().is_enabled().then(Instant::now);
        let time = self.options.get_call_timeout().or(config.call_timeout().into()).duration();
        let replies = blocking::execute(&caller, &batch, policy, time);
        if let Some(begun) = begun {
            let error = replies.failure();
            let (attempts, elapsed) = (caller.attempts.get(), begun.elapsed());
            let record = CommandRecord::new(batch.name(), attempts, elapsed, error.as_ref());
            config.recorder().command_finished(&record);
        }
        replies.into()
    }

    pub(crate) fn run_on<T: FromReplies>(
        &self,
        connection: &Connection,
        atomic: bool,
    ) -> Result<T> {
        let batch = self.batch::<T>(atomic)?;
        connection.carry_out(&batch, &self.options).into()
    }

    fn batch<T: FromReplies>(&self, atomic: bool) -> Result<Batch> {
        let batch = self.queue.borrow_mut().batch(atomic)?;
        T::check_count(batch.len())?;
        Ok(batch)
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

/// One attempt after the other, each over a connection of the pool.
struct Caller<'p> {
    pool: &'p Pool,
    options: &'p PipelineOptions,
    attempts: Cell<u32>,
}

impl BlockingBatchCaller for Caller<'_> {
    #[inline]
    fn now(&self) -> Instant {
        Instant::now()
    }

    #[inline]
    fn attempt(&self, batch: &Batch, left: Option<Duration>) -> Replies {
        let allowance = Allowance::new(left, Instant::now);
        self.attempts.set(self.attempts.get().saturating_add(1));
        let endpoint = Some(self.pool.config().endpoint());
        let usual = self.pool.shared().usual();
        let mut leased = match self.pool.shared().lease_as_left(Purpose::Ordinary, left) {
            Ok(leased) => leased,
            Err(error) => return Replies::failed(batch, endpoint, error),
        };
        let time = batch.reply_timeout(self.options, usual);
        let replies = leased.link_mut().carry_out(batch, endpoint, (time, usual), allowance);
        if replies.failure().is_some_and(|error| wants_new_connection(&error)) {
            leased.spoil();
        }
        replies
    }

    #[inline]
    fn pause(&self, time: Duration) {
        BlockingCaller::pause(self.pool, time);
    }

    #[inline]
    fn random(&self) -> u64 {
        random()
    }

    #[inline]
    fn retrying(&self, batch: &Batch, error: &Error, after: Duration) {
        let attempt = error.context().attempt.unwrap_or(1);
        let (config, command) = (self.pool.config(), batch.name());
        self.pool.count_retry();
        config.recorder().command_retried(command, attempt, error, after);
        let (command, error) = (command.into(), error.clone());
        config.events().emit(Event::Retried { command, error, attempt, after });
    }
}
