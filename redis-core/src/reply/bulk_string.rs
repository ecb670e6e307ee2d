//! What users store: bytes that are text most of the time.

use super::{FromReply, Reply};
use crate::error::Result;
use bytes::Bytes;

/// A string of Redis: shared bytes that print, compare and parse as text.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct BulkString(Bytes);

impl FromReply for BulkString {
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        reply.shared("string").map(Self)
    }
}
