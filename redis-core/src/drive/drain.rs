//! Reading a late reply away, so that its connection can serve again.

use crate::connection::Fence;
use crate::error::{Error, ErrorKind, Result};
use crate::orphan::Owed;

/// More late replies than this are no late replies: one command was given up, its reply and a few
/// of a pipeline's may come.
const MOST_LATE: u32 = 1024;

super::both! {
    /// Sends a fence and reads until its answer comes; what comes before is late, and `owed` is shown it. The
    /// channel's deadline bounds the wait.
    ///
    /// # Errors
    ///
    /// Whatever kept the answer from coming; the connection is then to be closed.
    pub async fn drain<C: Channel>(
        channel: &mut C,
        fence: &Fence,
        owed: &mut Owed,
    ) -> Result<()> {
        channel.write(&fence.bytes()).await?;
        for _ in 0..MOST_LATE {
            let answered = channel.read(|reply| {
                let answered = fence.is_answer(reply);
                if !answered {
                    owed.note(reply);
                }
                answered
            });
            if answered.await? {
                return Ok(());
            }
        }
        Err(Error::new(ErrorKind::Protocol, "the connection owes more replies than were asked for"))
    }
}
