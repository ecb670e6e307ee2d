//! The options of the commands on sets.

use redis_core::command::{Command, ToArgs};

/// The options of [`sintercard_with`](crate::SetCommands::sintercard_with).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct SInterCardOptions {
    limit: Option<u64>,
}

impl SInterCardOptions {
    /// All members are counted.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Where counting ends; 0 is never. Default: never.
    #[inline]
    pub fn limit(mut self, members: u64) -> Self {
        self.limit = Some(members);
        self
    }
}

impl ToArgs for SInterCardOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        if let Some(limit) = self.limit {
            command.push(b"LIMIT");
            command.push_integer(false, limit);
        }
    }
}
