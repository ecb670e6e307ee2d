//! What a task reports when it fails: one sentence for the person who ran it.

/// A sentence that says what failed and, where there is one, what to do.
pub(crate) type Error = Box<dyn std::error::Error>;

/// The result of every task.
pub(crate) type Result<T> = std::result::Result<T, Error>;
