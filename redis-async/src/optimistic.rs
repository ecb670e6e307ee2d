//! Transactions that run only if nobody changed what they were made from, tried until that is so.

use crate::command_future::CommandFuture;
use crate::connection::Connection;
use crate::mode::Async;
use crate::pool::Pool;
use crate::random::random;
use crate::retrying::has_runtime;
use redis_core::command::{Command, ToArgs, table};
use redis_core::pipeline::{CommandQueue, Optimism, Step};
use redis_core::pool::Purpose;
use redis_core::retry::{Attempts, Backoff, Next, Outcome};
use redis_core::{
    Error, ErrorKind, ExecuteCommand, FromReplies, FromReply, PipelineOptions, Queue, Queued,
    Result,
};
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A loop over attempts at a transaction, made by [`Redis::optimistic`](crate::Redis::optimistic).
///
/// Each attempt has a connection of its own that watches the keys. One that was executed and met no
/// conflict, or was not executed, is the last.
#[must_use = "attempts are made by asking for the next"]
pub struct Optimistic {
    pool: Pool,
    watch: Command<'static>,
    state: Optimism,
    conflict: Arc<AtomicBool>,
}

impl Optimistic {
    pub(crate) fn new(pool: &Pool, keys: &(impl ToArgs + ?Sized)) -> Self {
        let watch = Command::new(&table::WATCH).keys(keys).at_least(1, "keys").into_owned();
        let state = Optimism::new();
        Self { pool: pool.clone(), watch, state, conflict: Arc::default() }
    }

    /// At most so many attempts. Default: 100.
    #[inline]
    pub fn at_most(mut self, attempts: u32) -> Self {
        self.state = self.state.at_most(attempts);
        self
    }

    /// How long to wait after a conflict. Default: full jitter of 1 ms to 64 ms.
    pub fn backoff(mut self, backoff: impl Backoff + 'static) -> Self {
        self.state = self.state.with_backoff(backoff);
        self
    }

    /// The next attempt, its keys watched, after the pause before it; `None` when the loop is over.
    ///
    /// # Errors
    ///
    /// Of kind [`WatchFailed`](ErrorKind::WatchFailed) after too many conflicts; whatever keeps the keys from
    /// being watched, after the retries of the client's policy.
    ///
    /// # Cancellation
    ///
    /// The future may be dropped at any point; what it had of a connection goes back or is closed, and asked
    /// again the loop goes on with another attempt.
    #[inline]
    pub async fn attempt(&mut self) -> Result<Option<Tx>> {
        match self.state.next(self.conflict.swap(false, Ordering::Relaxed), random()) {
            Step::Over => Ok(None),
            Step::GiveUp(error) => Err(error),
            Step::Attempt { after } => {
                has_runtime()?;
                // dropped from here on, it was nobody's attempt, which must not look like one without a conflict
                self.conflict.store(true, Ordering::Relaxed);
                if !after.is_zero() {
                    tokio::time::sleep(after).await;
                }
                let watched = self.watch().await;
                self.conflict.store(false, Ordering::Relaxed);
                watched.map(Some)
            }
        }
    }

    #[inline]
    async fn watch(&self) -> Result<Tx> {
        let mut attempts = Attempts::new(self.pool.config().retry().clone());
        loop {
            match attempts.next() {
                Next::Wait(time) => tokio::time::sleep(time).await,
                Next::Finished => return Err(attempts.take_error().unwrap_or_else(not_watched)),
                Next::Run(_) => match self.try_watch().await {
                    Ok(connection) => {
                        let conflict = Arc::clone(&self.conflict);
                        return Ok(Tx { connection: Arc::new(connection), conflict });
                    }
                    Err(error) => attempts.record(Outcome::Failed(error), random()),
                },
            }
        }
    }

    #[inline]
    async fn try_watch(&self) -> Result<Connection> {
        let connection = Connection::take(&self.pool, Purpose::Ordinary).await?;
        connection.execute_command::<()>(self.watch.clone()).await?;
        Ok(connection)
    }
}

/// One attempt at a transaction: its keys are watched.
///
/// Commands on it run at once. What is to run only if nothing changed is queued on a
/// [`multi`](Self::multi), and executed here. Dropped before, it watches no more. It is a cheap handle, so
/// that a future may own it.
#[derive(Clone)]
#[must_use = "an attempt that is not executed ends its loop"]
pub struct Tx {
    connection: Arc<Connection>,
    conflict: Arc<AtomicBool>,
}

impl Tx {
    /// A queue for the commands of the transaction.
    #[inline]
    pub fn multi(&self) -> Multi {
        Multi { queue: Mutex::default() }
    }

    /// Runs the queued commands as one, if nobody changed a watched key, and reads their replies.
    ///
    /// # Errors
    ///
    /// As [`Transaction::execute_on`](crate::Transaction::execute_on): of kind
    /// [`WatchFailed`](ErrorKind::WatchFailed) where a key had changed, unless the reply type is an
    /// `Option`, which is then `None`; the loop goes on in either case.
    ///
    /// # Cancellation
    ///
    /// Dropped before the replies are there, it leaves the attempt's connection without use.
    pub fn execute<T: FromReplies>(
        &self,
        multi: &Multi,
    ) -> impl Future<Output = Result<T>> + Send + use<'_, T> {
        let batch = multi.lock().batch(true).and_then(|batch| {
            T::check_count(batch.len())?;
            Ok(batch)
        });
        async move {
            let options = PipelineOptions::new();
            let replies = self.connection.carry_out_batch(&batch?, &options).await;
            let error = replies.check().err();
            let conflict = error.is_some_and(|error| error.kind() == ErrorKind::WatchFailed);
            self.conflict.store(conflict, Ordering::Relaxed);
            replies.into()
        }
    }
}

impl ExecuteCommand for Tx {
    type Mode = Async;

    fn execute_command<T: FromReply>(&self, command: Command<'_>) -> CommandFuture<'_, T> {
        self.connection.execute_command(command)
    }
}

/// The commands of one attempt, queued for [`Tx::execute`].
#[must_use = "nothing is sent before it is executed"]
pub struct Multi {
    queue: Mutex<CommandQueue>,
}

impl Multi {
    #[inline]
    fn lock(&self) -> MutexGuard<'_, CommandQueue> {
        // a command is added as the last thing that is done under the lock
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ExecuteCommand for Multi {
    type Mode = Queue<Self>;

    fn execute_command<T: FromReply>(&self, mut command: Command<'_>) -> Queued<'_, T, Self> {
        Queued::new(self, self.lock().push_from(&mut command))
    }
}

impl fmt::Debug for Optimistic {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Optimistic").field("state", &self.state).finish_non_exhaustive()
    }
}

impl fmt::Debug for Tx {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tx").field("connection", &self.connection).finish_non_exhaustive()
    }
}

impl fmt::Debug for Multi {
    /// How many commands: what is in them is the user's.
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Multi").field("commands", &self.lock().len()).finish_non_exhaustive()
    }
}

#[cold]
fn not_watched() -> Error {
    Error::new(ErrorKind::Closed, "the keys could not be watched")
}
