//! What a consumer of streams may be asked for.

use crate::owned_argument::OwnedArgument;
use crate::stream_replies::StreamEntry;
use redis_core::BulkString;
use redis_core::command::ToArg;
use redis_core::retry::RetryPolicy;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The options of `stream_consumer_with`, which both clients have.
///
/// # Example: a worker that takes over from those that died
///
/// ```
/// use redis_sync::StreamConsumerOptions;
/// use std::time::Duration;
///
/// let options = StreamConsumerOptions::new()
///     .create_group("0")
///     .count(50)
///     .claim(Duration::from_secs(60))
///     .dead_letter_stream(5, "jobs:dead")
///     .auto_acknowledge();
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct StreamConsumerOptions {
    pub(crate) count: u64,
    pub(crate) block: Duration,
    pub(crate) create: Option<OwnedArgument>,
    pub(crate) resume: bool,
    pub(crate) min_idle: Option<Duration>,
    pub(crate) claim_every: Option<Duration>,
    pub(crate) dead_letters: Option<DeadLetters>,
    pub(crate) acknowledges: bool,
    pub(crate) retry: Option<RetryPolicy>,
}

#[derive(Clone, Debug)]
pub(crate) struct DeadLetters {
    pub(crate) after: u64,
    pub(crate) to: Grave,
}

#[derive(Clone)]
pub(crate) enum Grave {
    Stream(OwnedArgument),
    Hook(Arc<dyn Fn(&DeadLetter) + Send + Sync>),
}

impl fmt::Debug for Grave {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stream(_) => "Stream",
            Self::Hook(_) => "Hook",
        })
    }
}

/// An entry that was delivered too often.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeadLetter {
    /// The stream it stands in.
    pub stream: BulkString,
    /// The entry.
    pub entry: StreamEntry,
    /// How often it was delivered.
    pub deliveries: u64,
}

impl StreamConsumerOptions {
    /// Of a group that exists, beginning with what is pending for the consumer; acknowledged by hand.
    #[inline]
    pub fn new() -> Self {
        Self {
            count: 100,
            block: Duration::from_secs(2),
            create: None,
            resume: true,
            min_idle: None,
            claim_every: None,
            dead_letters: None,
            acknowledges: false,
            retry: None,
        }
    }

    /// How many entries of each stream are read at once, at most (`COUNT`). Default: 100.
    #[inline]
    pub fn count(mut self, entries: u64) -> Self {
        self.count = entries;
        self
    }

    /// How long one wait for a new entry lasts, at most (`BLOCK`), counted in milliseconds; it also is how
    /// long a stop may take to be noticed. [`Duration::ZERO`] is as long as it may be, a minute.
    /// Default: 2 s.
    #[inline]
    pub fn block(mut self, time: Duration) -> Self {
        self.block = time;
        self
    }

    /// Makes the group where there is none, and the stream with it, to read what comes after this id: `"0"`
    /// for all entries, `"$"` for those that are added from now on (`XGROUP CREATE … MKSTREAM`).
    /// Default: a missing group is an error.
    ///
    /// Where the group, or its stream, is gone while it is being read, it is made again, and whatever stands
    /// in the stream then is read from the beginning.
    pub fn create_group(mut self, after: impl ToArg) -> Self {
        self.create = Some(OwnedArgument::of(after));
        self
    }

    /// Whether it begins with the entries that are pending for this consumer: those that it was given
    /// in a former life and did not acknowledge. Default: yes.
    #[inline]
    pub fn resume(mut self, resume: bool) -> Self {
        self.resume = resume;
        self
    }

    /// Takes over entries that any consumer of the group, this one too, was given so long ago and did not
    /// acknowledge (`XAUTOCLAIM`). Default: none.
    ///
    /// What this consumer has given and the program still holds is left alone; what it dropped without
    /// acknowledging it comes again.
    #[inline]
    pub fn claim(mut self, min_idle: Duration) -> Self {
        self.min_idle = Some(min_idle);
        self
    }

    /// How often it looks for such entries. Default: as often as they may be old.
    #[inline]
    pub fn claim_every(mut self, time: Duration) -> Self {
        self.claim_every = Some(time);
        self
    }

    /// Moves an entry that was delivered `after` times and is delivered once more to this stream, and
    /// acknowledges it, both in one transaction; it is not given. Default: it is given every time.
    ///
    /// Deliveries are counted by the server, and with those of a page also those of entries that were not
    /// given before the program died. So what is delivered again is read one by one, and `after` should be 2 at
    /// least.
    ///
    /// The entry there has the fields of this one, and before them `dead-letter:stream`, `dead-letter:id` and
    /// `dead-letter:deliveries`. Where a reply is lost it may be moved twice. In a cluster, both streams
    /// must lie in one slot.
    pub fn dead_letter_stream(mut self, after: u64, stream: impl ToArg) -> Self {
        let to = Grave::Stream(OwnedArgument::of(stream));
        self.dead_letters = Some(DeadLetters { after, to });
        self
    }

    /// Hands an entry that was delivered `after` times and is delivered once more to `hook`, and then
    /// acknowledges it; it is not given. Default: it is given every time.
    ///
    /// The hook runs where the next entry is asked for. One that panics leaves the entry pending, and is
    /// called with it again.
    pub fn dead_letter_hook(
        mut self,
        after: u64,
        hook: impl Fn(&DeadLetter) + Send + Sync + 'static,
    ) -> Self {
        let to = Grave::Hook(Arc::new(hook));
        self.dead_letters = Some(DeadLetters { after, to });
        self
    }

    /// Acknowledges each entry after the next one was asked for, in one command for all that were read at
    /// once: what was given and not yet acknowledged when the program dies is delivered again.
    /// Default: the program acknowledges each by its `ack`.
    #[inline]
    pub fn auto_acknowledge(mut self) -> Self {
        self.acknowledges = true;
        self
    }

    /// What it does about failures before it shows them. Whatever the policy tries again may have run: what is
    /// in doubt is looked for. Default: as the client is set.
    #[inline]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }
}

impl Default for StreamConsumerOptions {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}
