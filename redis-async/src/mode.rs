//! How the async client hands replies back.

use crate::command_future::CommandFuture;
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
