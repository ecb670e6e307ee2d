//! How the elements of a list, set or sorted set are sorted.

use crate::owned_argument::OwnedArgument;
use redis_core::Error;
use redis_core::command::{Command, ToArg, ToArgs};

/// The options of [`sort_with`](crate::BasicKeyCommands::sort_with) and its relatives.
///
/// What is sorted by is chosen where the options are made. In patterns the `*` stands for the element:
/// `weight_*` is a key, `object_*->weight` the field of a hash.
///
/// # Example: the ten heaviest
///
/// ```
/// use redis_sync::SortOptions;
///
/// let options = SortOptions::by("weight_*").descending().limit(0, 10);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct SortOptions {
    by: Option<OwnedArgument>,
    limit: Option<(u64, u64)>,
    descending: bool,
    alpha: bool,
}

impl SortOptions {
    /// By the elements themselves, which are numbers, from the least to the greatest.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// By what is at other keys, or in fields of hashes (`BY`).
    pub fn by(pattern: impl ToArg) -> Self {
        Self { by: Some(OwnedArgument::of(pattern)), ..Self::default() }
    }

    /// Not at all: in the order in which they are kept (`BY nosort`).
    #[inline]
    pub fn unsorted() -> Self {
        Self::by("nosort")
    }

    /// Leaves out the first `offset` elements, and all after the next `count`. Default: all are kept.
    #[inline]
    pub fn limit(mut self, offset: u64, count: u64) -> Self {
        self.limit = Some((offset, count));
        self
    }

    /// From the greatest to the least. Default: from the least.
    #[inline]
    pub fn descending(mut self) -> Self {
        self.descending = true;
        self
    }

    /// As text, by the server's locale. Default: as numbers.
    #[inline]
    pub fn alpha(mut self) -> Self {
        self.alpha = true;
        self
    }
}

impl ToArgs for SortOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        if let Some(pattern) = &self.by {
            command.push(b"BY");
            pattern.to_arg(command);
        }
        if let Some((offset, count)) = &self.limit {
            command.push(b"LIMIT");
            offset.to_arg(command);
            count.to_arg(command);
        }
        if self.descending {
            command.push(b"DESC");
        }
        if self.alpha {
            command.push(b"ALPHA");
        }
    }
}

/// What is fetched in place of each element: patterns, each after its `GET`.
pub(crate) struct SortPatterns<'p, P>(pub(crate) &'p P);

impl<P: ToArgs> ToArgs for SortPatterns<'_, P> {
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        let mut patterns = Command::new(command.spec()).args(self.0);
        if patterns.is_empty() {
            command.reject(Error::argument("`patterns` is empty: at least one is needed"));
        }
        if let Err(refusal) = patterns.check() {
            command.reject(Error::argument(refusal.message().to_owned()));
        }
        for pattern in patterns.argument_bytes() {
            command.push(b"GET");
            command.push(pattern);
        }
    }
}
