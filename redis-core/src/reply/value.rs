//! Whatever comes.

use super::{FromReply, Reply};
use crate::error::Result;

/// Any reply.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Nil.
    Nil,
}

impl FromReply for Value {
    fn from_reply(_: Reply<'_>) -> Result<Self> {
        Ok(Self::Nil)
    }
}
