//! What a consumer was asked to do.

use crate::retry::RetryPolicy;
use std::time::Duration;

/// What a consumer was asked to do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Plan {
    /// How many streams it reads.
    pub streams: usize,
    /// Whether it makes the group where there is none, at first and whenever it is gone.
    pub create: bool,
    /// Whether it begins with what is pending for it.
    pub resume: bool,
    /// How often it looks for what others left lying, if at all.
    pub claim_every: Option<Duration>,
    /// An entry that was delivered more often is put aside.
    pub most_deliveries: Option<u64>,
    /// Whether an entry is acknowledged once the next is asked for.
    pub acknowledges: bool,
    /// How long it waits for what is new, at most.
    pub block: Duration,
    /// What it does about failures.
    pub retry: RetryPolicy,
}

impl Plan {
    /// To read so many streams, beginning with what is pending, waiting for two seconds at a time.
    #[inline]
    pub fn new(streams: usize, retry: RetryPolicy) -> Self {
        Self {
            streams,
            create: false,
            resume: true,
            claim_every: None,
            most_deliveries: None,
            acknowledges: false,
            block: Duration::from_secs(2),
            retry,
        }
    }
}
