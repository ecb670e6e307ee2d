//! Making sure that a connection owes no reply.
//!
//! After a reply was given up waiting for, it may still come. A fence is an `ECHO` of a number nobody
//! could guess: once its answer is read, everything before it has been read too, and the connection
//! can serve again.

use crate::command::{Command, table};
use crate::reply::Reply;

/// An `ECHO` of a nonce, and its answer.
#[derive(Debug)]
pub struct Fence {
    nonce: String,
}

impl Fence {
    /// A fence; `random` makes it unlike any late reply.
    #[must_use]
    pub fn new(random: u64) -> Self {
        Self { nonce: format!("fence-{random:016x}") }
    }

    /// The bytes to send.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        Command::new(&table::ECHO).arg(&self.nonce).to_bytes()
    }

    /// Whether this reply is the fence's answer; what comes before is late and belongs to nobody.
    #[must_use]
    pub fn is_answer(&self, reply: Reply<'_>) -> bool {
        reply.raw() == self.nonce.as_bytes()
    }
}
