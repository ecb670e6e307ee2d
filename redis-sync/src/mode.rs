//! How the blocking client hands replies back.

use redis_core::{FromReply, Mode, Result};

/// The mode of everything blocking: a command returns `Result<T>` when its reply is there.
///
/// Code over any blocking executor asks for `C: ExecuteCommand<Mode = Blocking>`.
#[derive(Clone, Copy, Debug)]
pub struct Blocking;

impl Mode for Blocking {
    type Response<'a, T: FromReply> = Result<T>;
}
