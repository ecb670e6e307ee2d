//! What `HPERSIST` answers, one answer a field.

use redis_core::{Error, FromReply, Reply, Result};

/// What became of taking the expiry of a field away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldPersist {
    /// The key has no such field, or there is no such key.
    Missing,
    /// The field had no expiry.
    WasPersistent,
    /// The expiry is taken away.
    Persisted,
}

impl FromReply for FieldPersist {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        match i64::from_reply(reply)? {
            -2 => Ok(Self::Missing),
            -1 => Ok(Self::WasPersistent),
            1 => Ok(Self::Persisted),
            other => Err(Error::conversion("outcome of persisting a field", other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HashCommands;
    use crate::rehearsal::read;

    #[test]
    fn what_became_of_persisting_has_a_name() {
        let became = read("*3 :-2 :-1 :1 ", "*3 :-2 :-1 :1 ", |r| r.hpersist("h", "f"));
        let (missing, was) = (FieldPersist::Missing, FieldPersist::WasPersistent);
        assert_eq!(became, [missing, was, FieldPersist::Persisted]);
    }
}
