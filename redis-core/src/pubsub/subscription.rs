//! What one can subscribe to, and the commands for it.

use crate::command::{Command, CommandSpec, ToArgs, table};
use crate::error::Result;
use crate::reply::BulkString;
use bytes::Bytes;

/// The three kinds of subscription, each with names of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SubscriptionKind {
    /// A channel: `SUBSCRIBE`.
    Channel,
    /// All channels whose names match: `PSUBSCRIBE`.
    Pattern,
    /// A channel of a shard: `SSUBSCRIBE`, since Redis 7.0.
    Shard,
}

/// Something that is subscribed to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Subscription {
    /// What the name is one of.
    pub kind: SubscriptionKind,
    /// The channel or the pattern.
    pub name: BulkString,
}

impl Subscription {
    #[inline]
    pub(super) fn new(kind: SubscriptionKind, name: Bytes) -> Self {
        Self { kind, name: name.into() }
    }
}

/// Whether a subscription begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// It begins.
    Subscribe,
    /// It ends.
    Unsubscribe,
}

impl Action {
    /// The command that asks for it.
    #[inline]
    pub fn spec(self, kind: SubscriptionKind) -> &'static CommandSpec {
        match (self, kind) {
            (Self::Subscribe, SubscriptionKind::Channel) => &table::SUBSCRIBE,
            (Self::Subscribe, SubscriptionKind::Pattern) => &table::PSUBSCRIBE,
            (Self::Subscribe, SubscriptionKind::Shard) => &table::SSUBSCRIBE,
            (Self::Unsubscribe, SubscriptionKind::Channel) => &table::UNSUBSCRIBE,
            (Self::Unsubscribe, SubscriptionKind::Pattern) => &table::PUNSUBSCRIBE,
            (Self::Unsubscribe, SubscriptionKind::Shard) => &table::SUNSUBSCRIBE,
        }
    }
}

/// The names that a caller asks for, each once, in the order in which they were given.
///
/// # Errors
///
/// None at all, or one that has no wire form.
pub fn names(
    action: Action,
    kind: SubscriptionKind,
    given: &(impl ToArgs + ?Sized),
) -> Result<Vec<Bytes>> {
    let what = if kind == SubscriptionKind::Pattern { "patterns" } else { "channels" };
    let mut command = Command::new(action.spec(kind)).args(given).at_least(1, what);
    command.check()?;
    let mut names: Vec<Bytes> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for name in command.argument_bytes() {
        if seen.insert(name) {
            names.push(Bytes::copy_from_slice(name));
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_once_in_their_order_and_none_is_refused() {
        let given = ["b", "a", "b"];
        let taken = names(Action::Subscribe, SubscriptionKind::Channel, &given[..]).unwrap();
        assert_eq!(taken, ["b", "a"]);
        let none: [&str; 0] = [];
        let refused = names(Action::Subscribe, SubscriptionKind::Pattern, &none[..]).unwrap_err();
        assert_eq!(refused.to_string(), "PSUBSCRIBE: `patterns` is empty: at least one is needed");
    }
}
