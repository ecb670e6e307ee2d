//! How the async client hands replies back.

use crate::command_future::CommandFuture;
use redis_core::execute::Through;
use redis_core::{FromReply, Mode};

/// The mode of everything async: a command returns a [`CommandFuture`], which is sent when it is first
/// polled.
///
/// Code over any async executor asks for `C: ExecuteCommand<Mode = Async>`.
#[derive(Clone, Copy, Debug)]
pub struct Async;

impl Mode for Async {
    type Response<'a, T: FromReply> = CommandFuture<'a, T>;
}

/// A mode whose commands return a [`CommandFuture`]: [`Async`], and what
/// [`with`](redis_core::ExecuteCommand::with) makes of it.
pub trait AsyncMode: Mode {
    /// The response, as what it is.
    fn future<'a, T: FromReply>(response: Self::Response<'a, T>) -> CommandFuture<'a, T>
    where
        Self: 'a;
}

impl AsyncMode for Async {
    #[inline]
    fn future<'a, T: FromReply>(response: CommandFuture<'a, T>) -> CommandFuture<'a, T>
    where
        Self: 'a,
    {
        response
    }
}

impl<'c, M: AsyncMode + 'c> AsyncMode for Through<'c, M> {
    #[inline]
    fn future<'a, T: FromReply>(response: Self::Response<'a, T>) -> CommandFuture<'a, T>
    where
        Self: 'a,
    {
        M::future(response)
    }
}
