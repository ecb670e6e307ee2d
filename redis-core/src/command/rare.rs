//! What few commands have.

use super::remedy::Remedy;
use super::{Block, CallOptions, CommandSpec};
use crate::error::Error;

/// What rides on few commands; it lies apart, so that the others do not grow by it.
#[derive(Clone, Default)]
pub(super) struct Rare {
    /// Whether it waits on the server, where the table does not say so.
    pub(super) block: Option<Block>,
    pub(super) options: CallOptions,
    pub(super) remedy: Option<Remedy>,
    /// A raw command's own name, where no spec has it.
    pub(super) name: Option<Box<str>>,
    /// Whose words stand for the name on the wire, where they are not those of the facts.
    pub(super) written: Option<&'static CommandSpec>,
    /// Keys that are not in a row with the first ones.
    pub(super) keys: Vec<u32>,
    pub(super) invalid: Option<Error>,
}

#[cfg(test)]
mod tests {
    use crate::command::{Command, table};

    #[test]
    fn ordinary_commands_do_not_grow_by_it() {
        assert!(size_of::<Command<'_>>() <= 160, "{}", size_of::<Command<'_>>());
        assert!(Command::new(&table::GET).key("k").rare.is_none());
        assert!(!Command::new(&table::GET).has_remedy());
    }
}
