//! One argument that options keep until the command is written.
//!
//! Decides that a value is turned into its bytes at once, and that what no argument can be is refused
//! where the command is executed. Does not know what the argument means.

use redis_core::command::{Command, ToArg, table};
use redis_core::{BulkString, Error};
use std::fmt;

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct OwnedArgument {
    bytes: BulkString,
    refusal: Option<String>,
}

impl OwnedArgument {
    pub(crate) fn of(argument: impl ToArg) -> Self {
        let mut probe = Command::new(&table::ECHO).arg(&argument);
        let refusal = probe.check().err().map(|error| error.message().to_owned());
        let bytes = probe.argument_bytes().next().map(BulkString::from);
        Self { bytes: bytes.unwrap_or_default(), refusal }
    }
}

impl ToArg for OwnedArgument {
    #[inline]
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        if let Some(refusal) = &self.refusal {
            command.reject(Error::argument(refusal.clone()));
        }
        self.bytes.to_arg(command);
    }
}

/// Its size: what users store is nobody's to print.
impl fmt::Debug for OwnedArgument {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use crate::rehearsal::{refusal, wire};
    use crate::{BasicKeyCommands, SetOptions};

    #[test]
    fn what_options_keep_is_refused_where_the_command_is_executed() {
        let nan = SetOptions::if_equal(f64::NAN);
        assert_eq!(refusal(|r| r.set_with("k", "v", nan)), "SET: NaN is no number to Redis");
    }

    #[test]
    fn what_options_keep_is_written_and_not_printed() {
        let options = SetOptions::if_equal("secret");
        assert!(!format!("{options:?}").contains("secret"));
        assert_eq!(wire(|r| r.set_with("k", "v", options)), "SET [k] v IFEQ secret");
    }
}
