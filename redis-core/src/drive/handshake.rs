//! The greeting of a new connection.

use crate::connection::{Handshake, HandshakeDone};
use crate::error::{Error, Result};

super::both! {
    /// Writes the whole greeting, reads its replies, and falls back to RESP2 where it must.
    ///
    /// # Errors
    ///
    /// The refusal of a required step, or whatever broke the connection.
    pub async fn handshake<C: Channel>(channel: &mut C, mut handshake: Handshake) -> Result<HandshakeDone> {
        let first = handshake.begin();
        if !first.is_empty() {
            if let Err(error) = channel.write(&first).await {
                // a server that turns its clients away says why before it hangs up
                let last_words = channel.read(|reply| handshake.reply(reply)).await;
                let refusal = last_words.and_then(|step| step).err();
                return Err(refusal.filter(Error::is_server_error).unwrap_or(error));
            }
        }
        while handshake.expects() > 0 {
            let step = channel.read(|reply| handshake.reply(reply)).await?;
            if let Some(second) = step? {
                channel.write(&second).await?;
            }
        }
        Ok(handshake.finish())
    }
}
