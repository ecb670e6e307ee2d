//! scalars

use super::{FromReply, Reply};
use crate::error::Result;

impl FromReply for () {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        reply.error().map_or(Ok(()), Err)
    }
}
