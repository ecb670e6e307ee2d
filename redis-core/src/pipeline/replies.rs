//! The replies of a pipeline, to be read.

use super::batch::Batch;
use super::from_replies::FromReplies;
use super::queued::Handle;
use super::store::{Outcome, Store};
use crate::config::Endpoint;
use crate::error::{Delivery, Error, ErrorKind, Result};
use crate::reply::FromReply;
use crate::retry::Doubt;
use std::fmt;

/// The replies of a pipeline or transaction, one for each command.
///
/// A command that failed hides no other: its error, with its name and position, is its own reply. Where
/// the connection was lost half-way, those that were not answered have an error that says whether they
/// may have run.
///
/// # Example: by handle
///
/// ```no_run
/// # use redis_core::pipeline::{Handle, Replies};
/// # fn example(replies: Replies, visits: Handle<i64>, name: Handle<Option<String>>) -> redis_core::Result<()> {
/// let name = replies.take(name)?;
/// let visits = replies.take(visits)?; // whatever became of the other
/// # Ok(()) }
/// ```
#[must_use = "a command that failed says so in its reply alone"]
pub struct Replies {
    pub(super) store: Store,
    batch: Batch,
    endpoint: Option<Endpoint>,
    /// Why none of the commands has a reply.
    pub(super) whole: Option<Error>,
    /// Why some have none.
    pub(super) interrupted: Option<Error>,
    /// Whether an earlier attempt may have run.
    doubt: Doubt,
    /// Whether the server ended a transaction.
    pub(super) ended: bool,
}

impl Replies {
    /// No replies yet.
    #[inline]
    pub(super) fn new(batch: Batch, endpoint: Option<&Endpoint>) -> Self {
        let endpoint = endpoint.cloned();
        Self {
            store: Store::new(batch.len()),
            batch,
            endpoint,
            whole: None,
            interrupted: None,
            doubt: Doubt::default(),
            ended: false,
        }
    }

    /// The replies of a batch without commands.
    #[inline]
    pub fn none(batch: Batch) -> Self {
        Self::new(batch, None)
    }

    /// What becomes of a batch for which there was no connection, or no room.
    #[inline]
    pub fn failed(batch: &Batch, endpoint: Option<&Endpoint>, error: Error) -> Self {
        let mut replies = Self::new(batch.clone(), endpoint);
        replies.fail(error);
        replies
    }

    /// Reads the reply that a handle stands for.
    ///
    /// # Errors
    ///
    /// The command's own, with its name and position; a misuse where the handle is of another pipeline, or
    /// of one that was cleared since.
    pub fn take<T: FromReply>(&self, handle: Handle<T>) -> Result<T> {
        if handle.queue != self.batch.queue {
            return Err(Error::new(
                ErrorKind::Misuse,
                "the handle is of another pipeline, or of one that was cleared since",
            ));
        }
        self.read(handle.index)
    }

    /// Reads the reply of the command at `index`.
    ///
    /// # Errors
    ///
    /// The command's own, with its name and position; a misuse where there is no such command.
    pub fn read<T: FromReply>(&self, index: usize) -> Result<T> {
        match self.store.get(index) {
            Some(Outcome::Replied(reply)) => self.explained(index, T::from_reply(reply)),
            Some(Outcome::Failed(error)) => self.explained(index, T::from_failure(error.clone())),
            None => Err(self.whole.clone().unwrap_or_else(|| {
                let count = self.len();
                Error::new(ErrorKind::Misuse, format!("the pipeline had {count} commands"))
                    .with_index(index)
            })),
        }
    }

    /// What was read of the reply of the command at `index`, or why it was not.
    #[inline]
    pub(super) fn explained<T: FromReply>(&self, index: usize, read: Result<T>) -> Result<T> {
        let explain = |error| self.explain(index, error);
        match read {
            Ok(value) => Ok(value.explained(&explain)),
            Err(error) => Err(explain(error)),
        }
    }

    /// Reads every reply as a `T`, each for itself.
    pub fn results<T: FromReply>(&self) -> impl ExactSizeIterator<Item = Result<T>> + '_ {
        (0..self.len()).map(|index| self.read(index))
    }

    /// The commands that failed, in order: errors of the server, and lost replies.
    #[inline]
    pub fn errors(&self) -> impl Iterator<Item = Error> + '_ {
        (0..self.len()).filter_map(|index| self.error(index))
    }

    /// All of them as one value: a tuple, a `Vec`, `()`; see [`FromReplies`].
    ///
    /// # Errors
    ///
    /// As the type says.
    pub fn into<T: FromReplies>(self) -> Result<T> {
        T::from_replies(self)
    }

    /// How many there are: one for each command.
    #[inline]
    pub fn len(&self) -> usize {
        self.store.len()
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Why none of the commands has a reply, if that is so.
    ///
    /// # Errors
    ///
    /// A watched key that changed, a transaction that was refused, no connection, no reply at all.
    #[inline]
    pub fn check(&self) -> Result<()> {
        self.whole.clone().map_or(Ok(()), Err)
    }

    /// Whether the server ended the transaction, executed or not: then it watches no key any more. Not where
    /// it refused to begin one.
    #[inline]
    pub fn ended_transaction(&self) -> bool {
        self.ended
    }

    /// What speaks for trying the whole again, if anything does: that nothing was answered, or not all,
    /// or nothing but refusals.
    #[inline]
    pub fn failure(&self) -> Option<Error> {
        if let Some(error) = self.whole.as_ref().or(self.interrupted.as_ref()) {
            return Some(error.clone());
        }
        let mut first = None;
        for index in 0..self.len() {
            let error = self.error(index).filter(Error::was_not_executed)?;
            first.get_or_insert(error);
        }
        first
    }

    /// How often the whole was tried.
    #[inline]
    pub fn set_attempt(&mut self, attempt: u32) {
        self.whole = self.whole.take().map(|error| error.with_attempt(attempt));
    }

    /// What earlier attempts leave unknown, whatever the last one says.
    #[inline]
    pub fn set_doubt(&mut self, doubt: Doubt) {
        self.doubt = doubt;
        self.whole = self.whole.take().map(|error| doubt.settle(error));
    }

    #[inline]
    pub(super) fn fail(&mut self, error: Error) {
        let error = error.with_command(self.batch.name());
        self.whole = Some(self.with_endpoint(error));
    }

    #[inline]
    fn error(&self, index: usize) -> Option<Error> {
        let error = match self.store.get(index)? {
            Outcome::Replied(reply) => self.judge(index, reply.error()?),
            Outcome::Failed(error) => error.clone(),
        };
        Some(self.name(index, error))
    }

    /// An error of a reply that was read: if it is not the server's, the command has run.
    #[cold]
    #[inline]
    fn explain(&self, index: usize, error: Error) -> Error {
        let ran = error.is_conversion();
        let error = self.name(index, self.judge(index, error));
        if ran { error.with_delivery(Delivery::Executed) } else { error }
    }

    /// What a script answers with is no proof that it did not run.
    #[inline]
    fn judge(&self, index: usize, error: Error) -> Error {
        match self.batch.contents.entries.get(index) {
            Some(entry) => entry.spec.judge(error),
            None => error,
        }
    }

    #[inline]
    pub(super) fn name(&self, index: usize, error: Error) -> Error {
        let name = self.batch.contents.name(index);
        let error = self.with_endpoint(self.doubt.settle(error).with_index(index));
        match name {
            Some(name) => error.with_command(name),
            None => error,
        }
    }

    #[inline]
    fn with_endpoint(&self, error: Error) -> Error {
        match &self.endpoint {
            Some(endpoint) => error.with_endpoint(endpoint),
            None => error,
        }
    }
}

impl fmt::Debug for Replies {
    /// How many: what is in them is the user's.
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replies")
            .field("commands", &self.batch.len())
            .field("replies", &self.len())
            .field("error", &self.whole)
            .finish_non_exhaustive()
    }
}
