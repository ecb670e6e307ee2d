//! A pipeline or transaction, with its retries: as a whole, or not at all.

use crate::pipeline::{Batch, Replies};
use crate::retry::{Allowance, Decision, Doubt, Failure, RetryPolicy, decide};
use std::time::Duration;

super::both! {
    /// Tries a batch until something of it ran that must not run twice, it succeeds, or the policy
    /// gives up, or `time` is over for all attempts together. What it failed with stands in the replies.
    pub async fn execute<C: BatchCaller>(
        caller: &C,
        batch: &Batch,
        policy: &RetryPolicy,
        time: Option<Duration>,
    ) -> Replies {
        let allowance = Allowance::new(time, || caller.now());
        let mut attempt = 1;
        let mut previous_delay = Duration::ZERO;
        let mut doubt = Doubt::default();
        loop {
            let left = allowance.left(|| caller.now());
            let mut replies = caller.attempt(batch, left).await;
            replies.set_attempt(attempt);
            let Some(error) = replies.failure() else { return replies };
            let error = error.with_attempt(attempt);
            let failure = Failure {
                error: &error,
                repeatable: batch.is_repeatable(),
                read_only: batch.is_read_only(),
                attempt,
                previous_delay,
                left: allowance.left(|| caller.now()),
            };
            let Decision::Retry { after } = decide(policy, &failure, caller.random()) else {
                replies.set_doubt(doubt);
                return replies;
            };
            doubt.add(&error);
            caller.retrying(batch, &error, after);
            caller.pause(after).await;
            previous_delay = after;
            attempt = attempt.saturating_add(1);
        }
    }
}
