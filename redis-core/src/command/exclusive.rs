//! What cannot run even on a connection of one's own, where each command has one reply.

use super::{Command, Flags};
use crate::error::{Error, ErrorKind, Result};

impl Command<'_> {
    /// Says why it cannot run on a dedicated connection, if it cannot: after it, the server would speak
    /// without being asked, or not answer when it is, and every later reply would be somebody else's.
    ///
    /// # Errors
    ///
    /// A misuse, for `MONITOR`, subscriptions, replication, `CLIENT REPLY` other than `ON`, and `SCRIPT DEBUG`
    /// other than `NO`.
    #[inline]
    pub fn check_exclusive(&self) -> Result<()> {
        if self.binds_connection() && self.ends_turn_taking() {
            Err(self.refuse_exclusive())
        } else {
            Ok(())
        }
    }

    #[inline]
    fn ends_turn_taking(&self) -> bool {
        match self.spec().name() {
            "MONITOR" | "SYNC" | "PSYNC" | "REPLCONF" | "CLUSTER SYNCSLOTS" => true,
            "SCRIPT DEBUG" => !self.argument_bytes().any(|word| word.eq_ignore_ascii_case(b"NO")),
            "CLIENT REPLY" => !self.argument_bytes().any(|word| word.eq_ignore_ascii_case(b"ON")),
            _ => self.spec().flags().contains(Flags::PUBSUB),
        }
    }

    #[cold]
    fn refuse_exclusive(&self) -> Error {
        let message = match self.spec().name() {
            "MONITOR" => "after it the server speaks without being asked: use `monitor()`",
            _ => {
                "after it the server would no longer give one reply to each command: if you know what it \
                 gives, use `raw_connection()`"
            }
        };
        Error::new(ErrorKind::Misuse, message).with_command(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::find;

    #[test]
    fn what_ends_the_taking_of_turns_is_refused_and_other_binding_commands_are_not() {
        let check = |name: &str, argument: &str| {
            Command::new(find(name).unwrap()).arg(argument).check_exclusive().is_ok()
        };
        for name in
            ["MONITOR", "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", "SYNC", "PSYNC"]
        {
            assert!(!check(name, "x"), "{name}");
        }
        for name in ["SELECT", "MULTI", "WATCH", "AUTH", "RESET", "CLIENT TRACKING", "PUBLISH"] {
            assert!(check(name, "x"), "{name}");
        }
        assert!(check("SCRIPT DEBUG", "no"));
        assert!(!check("SCRIPT DEBUG", "YES") && !check("SCRIPT DEBUG", "sync"));
        assert!(check("CLIENT REPLY", "on"));
        assert!(!check("CLIENT REPLY", "OFF") && !check("CLIENT REPLY", "skip"));
    }
}
