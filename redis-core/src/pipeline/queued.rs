//! What a command returns that was queued.

use crate::execute::Mode;
use crate::reply::FromReply;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

/// The mode of a pipeline of type `P`: a command is queued, and returns a [`Queued`].
pub struct Queue<P>(PhantomData<fn() -> P>);

impl<P: 'static> Mode for Queue<P> {
    type Response<'a, T: FromReply> = Queued<'a, T, P>;
}

/// A command that was queued: the pipeline again, so that a statement goes on, and a
/// [`slot`](Self::slot) for the reply to come.
///
/// It may be ignored: the command is queued all the same.
pub struct Queued<'a, T, P> {
    pipeline: &'a P,
    handle: Handle<T>,
}

impl<'a, T, P> Queued<'a, T, P> {
    /// Joins a pipeline and what its queue returned.
    #[inline]
    pub fn new(pipeline: &'a P, handle: Handle<T>) -> Self {
        Self { pipeline, handle }
    }

    /// The reply to come, by which [`Replies::take`](super::Replies::take) finds it. It borrows nothing.
    #[inline]
    pub fn slot(&self) -> Handle<T> {
        self.handle
    }
}

impl<T, P> Deref for Queued<'_, T, P> {
    type Target = P;

    #[inline]
    fn deref(&self) -> &P {
        self.pipeline
    }
}

impl<T, P> fmt::Debug for Queued<'_, T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Queued({})", self.handle.index)
    }
}

/// The reply to come of one queued command, as a `T`.
///
/// It is good for every execution of its pipeline until that is cleared.
pub struct Handle<T> {
    pub(super) queue: u64,
    pub(super) index: usize,
    reply: PhantomData<fn() -> T>,
}

impl<T> Handle<T> {
    pub(super) fn new(queue: u64, index: usize) -> Self {
        Self { queue, index, reply: PhantomData }
    }

    /// The command's position in its pipeline, from 0.
    pub fn index(self) -> usize {
        self.index
    }
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Handle<T> {}

impl<T> fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({})", self.index)
    }
}
