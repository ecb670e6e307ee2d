//! Reading a late reply away, so that its connection can serve again.

use crate::connection::Fence;
use crate::error::{Error, ErrorKind, Result};

/// More late replies than this are no late replies: one command was given up, its reply and a few
/// of a pipeline's may come.
const MOST_LATE: u32 = 1024;

super::both! {
    /// Sends a fence and reads until its answer comes. The channel's deadline bounds the wait.
    ///
    /// # Errors
    ///
    /// Whatever kept the answer from coming; the connection is then to be closed.
    pub async fn drain<C: Channel>(channel: &mut C, fence: &Fence) -> Result<()> {
        channel.write(&fence.bytes()).await?;
        for _ in 0..MOST_LATE {
            if channel.read(|reply| fence.is_answer(reply)).await? {
                return Ok(());
            }
        }
        Err(Error::new(ErrorKind::Protocol, "the connection owes more replies than were asked for"))
    }
}
