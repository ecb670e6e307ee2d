//! What the loops wait for.

use crate::command::Command;
use crate::error::{Error, Result};
use crate::pipeline::{Batch, Replies};
use crate::reply::{FromReply, Reply};
use std::time::{Duration, Instant};

/// One connection, seen as bytes out and replies in. Its deadline is its owner's affair.
pub trait BlockingChannel {
    /// Writes all of the bytes.
    ///
    /// # Errors
    ///
    /// Whatever kept them from being written.
    fn write(&mut self, bytes: &[u8]) -> Result<()>;

    /// Waits for the next reply, pushes aside, and shows it to `read`.
    ///
    /// # Errors
    ///
    /// Whatever kept a reply from coming. The server's errors are replies.
    fn read<R>(&mut self, read: impl FnOnce(Reply<'_>) -> R) -> Result<R>;
}

/// The async twin of [`BlockingChannel`].
pub trait AsyncChannel: Send {
    /// Writes all of the bytes.
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = Result<()>> + Send;

    /// Waits for the next reply, pushes aside, and shows it to `read`.
    fn read<R: Send>(
        &mut self,
        read: impl FnOnce(Reply<'_>) -> R + Send,
    ) -> impl Future<Output = Result<R>> + Send;
}

/// Something that tries a command once, and can pause.
pub trait BlockingCaller {
    /// One attempt, decoded where the bytes lie. With `left` it takes no longer than that.
    ///
    /// # Errors
    ///
    /// Whatever became of it; the server's errors included.
    fn round_trip<T: FromReply>(&self, command: &Command<'_>, left: Option<Duration>) -> Result<T>;

    /// How long a call may take as a whole where it does not say so itself; `None` is without end.
    fn call_timeout(&self) -> Option<Duration>;

    /// The time, where a call's is limited.
    fn now(&self) -> Instant;

    /// Pauses.
    fn pause(&self, time: Duration);

    /// A random number, for jitter.
    fn random(&self) -> u64;

    /// Is told that the command is about to be tried again: for events and telemetry.
    fn retrying(&self, command: &Command<'_>, error: &Error, after: Duration);
}

/// The async twin of [`BlockingCaller`].
pub trait AsyncCaller: Sync {
    /// One attempt. With `left` it takes no longer than that.
    fn round_trip<T: FromReply>(
        &self,
        command: &Command<'_>,
        left: Option<Duration>,
    ) -> impl Future<Output = Result<T>> + Send;

    /// How long a call may take as a whole where it does not say so itself; `None` is without end.
    fn call_timeout(&self) -> Option<Duration>;

    /// The time, where a call's is limited.
    fn now(&self) -> Instant;

    /// Pauses.
    fn pause(&self, time: Duration) -> impl Future<Output = ()> + Send;

    /// A random number, for jitter.
    fn random(&self) -> u64;

    /// Is told that the command is about to be tried again: for events and telemetry.
    fn retrying(&self, command: &Command<'_>, error: &Error, after: Duration);
}

/// Something that tries a batch once, and can pause.
pub trait BlockingBatchCaller {
    /// One attempt; what it failed with stands in the replies. With `left` it takes no longer than that.
    fn attempt(&self, batch: &Batch, left: Option<Duration>) -> Replies;

    /// The time, where a batch's is limited.
    fn now(&self) -> Instant;

    /// Pauses.
    fn pause(&self, time: Duration);

    /// A random number, for jitter.
    fn random(&self) -> u64;

    /// Is told that the batch is about to be tried again: for events and telemetry.
    fn retrying(&self, batch: &Batch, error: &Error, after: Duration);
}

/// The async twin of [`BlockingBatchCaller`].
pub trait AsyncBatchCaller: Sync {
    /// One attempt; what it failed with stands in the replies. With `left` it takes no longer than that.
    fn attempt(
        &self,
        batch: &Batch,
        left: Option<Duration>,
    ) -> impl Future<Output = Replies> + Send;

    /// The time, where a batch's is limited.
    fn now(&self) -> Instant;

    /// Pauses.
    fn pause(&self, time: Duration) -> impl Future<Output = ()> + Send;

    /// A random number, for jitter.
    fn random(&self) -> u64;

    /// Is told that the batch is about to be tried again: for events and telemetry.
    fn retrying(&self, batch: &Batch, error: &Error, after: Duration);
}
