//! How the blocking client hands replies back.

use redis_core::execute::Through;
use redis_core::{FromReply, Mode, Result};

/// The mode of everything blocking: a command returns `Result<T>` when its reply is there.
///
/// Code over any blocking executor asks for `C: ExecuteCommand<Mode = Blocking>`.
#[derive(Clone, Copy, Debug)]
pub struct Blocking;

impl Mode for Blocking {
    type Response<'a, T: FromReply> = Result<T>;
}

/// A mode whose commands return a `Result`: [`Blocking`], and what [`with`](redis_core::ExecuteCommand::with)
/// makes of it.
pub trait BlockingMode: Mode {
    /// The response, as what it is.
    ///
    /// # Errors
    ///
    /// The response's.
    fn result<'a, T: FromReply>(response: Self::Response<'a, T>) -> Result<T>;
}

impl BlockingMode for Blocking {
    #[inline]
    fn result<'a, T: FromReply>(response: Result<T>) -> Result<T> {
        response
    }
}

impl<M: BlockingMode> BlockingMode for Through<'_, M> {
    #[inline]
    fn result<'a, T: FromReply>(response: Self::Response<'a, T>) -> Result<T> {
        M::result(response)
    }
}
