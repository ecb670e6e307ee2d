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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resp::{Framer, Limits};

    fn is_answered_by(fence: &Fence, text: &str) -> bool {
        let bytes = format!("${}\r\n{text}\r\n", text.len()).into_bytes();
        let framed = Framer::new(Limits::default()).frame(&bytes).unwrap().unwrap();
        fence.is_answer(Reply::new(&bytes, None, framed.tape.nodes()))
    }

    #[test]
    fn a_fence_is_answered_by_its_own_nonce_and_by_no_other_reply() {
        let (earlier, fence) = (Fence::new(1), Fence::new(2));
        assert!(is_answered_by(&fence, &fence.nonce));
        for late in [&earlier.nonce, "fence-", "PONG", ""] {
            assert!(!is_answered_by(&fence, late), "{late}");
        }
    }

    #[test]
    fn a_fence_sends_what_it_waits_for() {
        let fence = Fence::new(7);
        let sent = String::from_utf8(fence.bytes()).unwrap();
        assert!(sent.contains("ECHO") && sent.contains(&fence.nonce), "{sent}");
    }
}
