//! What follows from a failure.

/// What is tried again, how often, after which pause.
#[derive(Clone, Debug, Default)]
pub struct RetryPolicy {}
