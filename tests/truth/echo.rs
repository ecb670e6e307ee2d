//! Unique echoes whose callers leave at random: whatever comes back must be the caller's own.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use redis_core::{Delivery, Result};
use redis_faults::Random;

/// What came of the commands of one caller.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Echoed {
    pub(crate) answered: u64,
    pub(crate) given_up: u64,
    pub(crate) failed: u64,
    pub(crate) foreign: u64,
}

impl Echoed {
    pub(crate) fn absorb(&mut self, other: Self) {
        self.answered += other.answered;
        self.given_up += other.given_up;
        self.failed += other.failed;
        self.foreign += other.foreign;
    }

    /// Notes an outcome; none where it was given up.
    pub(crate) fn note<T: PartialEq>(&mut self, outcome: Option<Result<T>>, expected: &T) {
        match outcome {
            None => self.given_up += 1,
            Some(Ok(echo)) if echo == *expected => self.answered += 1,
            Some(Ok(_)) => self.foreign += 1,
            Some(Err(error)) => {
                assert_ne!(error.delivery(), Delivery::Executed, "{error:?}");
                self.failed += 1;
            }
        }
    }

    #[allow(dead_code, reason = "the long form of the battery tells it at its end")]
    pub(crate) fn assert_own(&self, of: u64) {
        assert_eq!(self.foreign, 0, "{self:?}");
        assert_eq!(self.answered + self.given_up + self.failed, of, "{self:?}");
        assert!(self.answered > of / 50 && self.given_up > of / 50, "nothing was proved: {self:?}");
        println!("{self:?}");
    }
}

/// Polls a future so many times at most, then drops it.
async fn perhaps<F: Future>(future: F, polls: u64) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let mut polled = 0;
    poll_fn(|cx| {
        if polled == polls {
            return Poll::Ready(None);
        }
        polled += 1;
        Pin::new(&mut future).poll(cx).map(Some)
    })
    .await
}

/// One task: echoes of its own, alone, in a pipeline, in a transaction, or over a connection of its own.
pub(crate) async fn echo_and_leave(
    r: redis_async::Redis,
    who: u64,
    times: u64,
    mut random: Random,
) -> Echoed {
    use redis_async::prelude::*;
    let mut echoed = Echoed::default();
    for number in 0..times {
        let text = format!("{who}:{number}");
        // mostly dropped before the reply, or before anything at all
        let polls = if random.one_in(3) { u64::MAX } else { random.next() % 3 };
        match random.next() % 32 {
            0 => {
                let three: Vec<String> = (0..3).map(|part| format!("{text}:{part}")).collect();
                let pipe = r.pipeline();
                for text in &three {
                    pipe.command("ECHO").arg(text).query::<String>();
                }
                echoed.note(perhaps(pipe.execute::<Vec<String>>(), polls).await, &three);
            }
            1 => {
                let transaction = r.pipeline().atomic();
                transaction.command("ECHO").arg(&text).query::<String>();
                let expected = vec![text];
                echoed.note(perhaps(transaction.execute::<Vec<String>>(), polls).await, &expected);
            }
            2 if random.one_in(4) => {
                let own = async {
                    let connection = r.connection().await?;
                    connection.command("ECHO").arg(&text).query::<String>().await
                };
                // leaving costs a connection
                echoed.note(perhaps(own, polls.saturating_mul(2)).await, &text);
            }
            _ => {
                let echo = r.command("ECHO").arg(&text).query::<String>();
                echoed.note(perhaps(echo, polls).await, &text);
            }
        }
        if random.one_in(16) {
            tokio::task::yield_now().await;
        }
    }
    echoed
}
