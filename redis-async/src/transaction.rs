//! Many commands that run as one.

use crate::connection::Connection;
use crate::pipeline::Pipeline;
use redis_core::command::Command;
use redis_core::{ExecuteCommand, FromReplies, FromReply, Queue, Queued, Result};
use std::fmt;
use std::future::Future;

/// Commands between `MULTI` and `EXEC`: all of them run, with nobody's in between, or none.
///
/// Made by [`Pipeline::atomic`]: `r.pipeline().atomic()`. It is sent in one write and used as a
/// [`Pipeline`] is; the replies are those of the commands within. A command that the server refuses to
/// queue aborts the whole, and the error is that command's, with its name and position. One that fails
/// while it runs fails alone: Redis takes nothing back.
///
/// # Example: two balances
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// # let Some(r) = redis_async::doc_client("7.0.0").await else { return Ok(()) };
/// use redis_async::prelude::*;
///
/// let tx = r.pipeline().atomic();
/// tx.decrby("transaction:mine", 5).incrby("transaction:yours", 5);
/// let (mine, yours): (i64, i64) = tx.execute().await?;
/// assert_eq!(mine + yours, 0);
/// # Ok::<(), redis_async::Error>(())
/// # }).unwrap();
/// ```
///
/// # Example: only if nobody changed what was read
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// # let Some(r) = redis_async::doc_client("7.0.0").await else { return Ok(()) };
/// use redis_async::prelude::*;
///
/// let connection = r.connection().await?;
/// connection.watch("transaction:stock").await?;
/// let stock: Option<i64> = connection.typed().get("transaction:stock").await?;
///
/// let tx = r.pipeline().atomic();
/// tx.set("transaction:stock", stock.unwrap_or(10) - 1);
/// let sold: Option<((),)> = tx.execute_on(&connection).await?; // `None`: somebody was faster
/// assert!(sold.is_some());
/// # Ok::<(), redis_async::Error>(())
/// # }).unwrap();
/// ```
#[must_use = "nothing is sent before it is executed"]
pub struct Transaction {
    pipeline: Pipeline,
}

impl Transaction {
    #[inline]
    pub(crate) fn new(pipeline: Pipeline) -> Self {
        Self { pipeline }
    }

    /// Runs the commands as one and reads their replies: as a tuple, a `Vec`, `()` or
    /// [`Replies`](crate::Replies); see [`FromReplies`]. Without a command nothing is sent.
    ///
    /// It is tried again, as the client's retry policy says, where it did not run, or where each command
    /// in it may be repeated: a connection that was lost before `EXEC` went out took the transaction
    /// with it.
    ///
    /// # Errors
    ///
    /// A command that cannot stand here, or that the server refused, by name and position; whatever
    /// kept the whole from being answered; what the reply type says of commands that failed.
    ///
    /// # Cancellation
    ///
    /// The future may be dropped at any point. What was not polled was not sent; what was, may run all the
    /// same, as a whole.
    pub fn execute<T: FromReplies>(&self) -> impl Future<Output = Result<T>> + Send + use<T> {
        self.pipeline.run(true)
    }

    /// The same over a connection of one's own, after `WATCH`; never again by itself.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute); of kind [`WatchFailed`](crate::ErrorKind::WatchFailed) where a watched
    /// key had changed, unless the reply type is an `Option`, which is then `None`.
    ///
    /// # Cancellation
    ///
    /// Dropped before the replies are there, it leaves the connection without use.
    pub fn execute_on<'c, T: FromReplies>(
        &self,
        connection: &'c Connection,
    ) -> impl Future<Output = Result<T>> + Send + use<'c, T> {
        self.pipeline.run_on(connection, true)
    }

    /// How many commands are queued.
    #[inline]
    pub fn len(&self) -> usize {
        self.pipeline.len()
    }

    /// Whether none is.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.pipeline.is_empty()
    }

    /// How many bytes they are on the wire, `MULTI` and `EXEC` not counted.
    #[inline]
    pub fn size(&self) -> usize {
        self.pipeline.size()
    }

    /// Forgets the commands; handles on their replies are good no more.
    #[inline]
    pub fn clear(&self) {
        self.pipeline.clear();
    }
}

impl ExecuteCommand for Transaction {
    type Mode = Queue<Self>;

    #[inline]
    fn execute_command<T: FromReply>(&self, mut command: Command<'_>) -> Queued<'_, T, Self> {
        let handle = self.pipeline.push(&mut command);
        if command.owns_nothing() {
            std::mem::forget(command);
        }
        Queued::new(self, handle)
    }
}

impl fmt::Debug for Transaction {
    /// How many commands: what is in them is the user's.
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").field("commands", &self.len()).finish_non_exhaustive()
    }
}
