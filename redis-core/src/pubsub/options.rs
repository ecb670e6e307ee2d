//! How much a subscriber's queue holds, and what happens when it is full.

/// What happens to a message for which a subscriber's queue has no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overflow {
    /// The oldest messages of the queue make room; the next event is a
    /// [`Gap::Overflow`](super::Gap::Overflow).
    #[default]
    DropOldest,
    /// It is dropped; where it would have stood is a [`Gap::Overflow`](super::Gap::Overflow).
    DropNewest,
    /// Nothing more is read until there is room, unless a subscriber of the client waits for a confirmation: what
    /// comes with that is kept besides. This holds up **all** subscribers of the client, and in the end the server, which closes the connection when its own buffer is full (`client-output-buffer-limit
    /// pubsub`): that is a [`Gap::Lost`](super::Gap::Lost).
    Wait,
    /// The subscriber is cut off: it may read what is queued, and then gets an error of kind
    /// [`Overloaded`](crate::ErrorKind::Overloaded). Its subscriptions end.
    Disconnect,
}

/// How a subscriber's queue is bounded.
///
/// # Example: at most a megabyte, and the latest messages count
///
/// ```
/// use redis_sync::{Overflow, PubSubOptions};
///
/// let options = PubSubOptions::new().queue_bytes(1 << 20).overflow(Overflow::DropOldest);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct PubSubOptions {
    pub(super) bytes: usize,
    pub(super) messages: usize,
    pub(super) overflow: Overflow,
    pub(super) silent: bool,
}

impl PubSubOptions {
    /// Bytes in a queue where nothing else is said: 32 MiB.
    pub const DEFAULT_QUEUE_BYTES: usize = 32 << 20;
    /// Messages in a queue where nothing else is said: a million.
    pub const DEFAULT_QUEUE_MESSAGES: usize = 1_000_000;

    /// The defaults.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many bytes of messages may wait, names and some overhead counted. Default: 32 MiB. A single
    /// message that is larger is taken when the queue is empty. What one read brings is taken apart whole,
    /// so that it may be so much more for a moment.
    #[inline]
    pub fn queue_bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// How many messages may wait, at least one. Default: 1,000,000.
    #[inline]
    pub fn queue_messages(mut self, messages: usize) -> Self {
        self.messages = messages.max(1);
        self
    }

    /// What happens to a message that has no room. Default: [`Overflow::DropOldest`].
    #[inline]
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// Leaves [`Subscribed`](super::PubSubEvent::Subscribed) and
    /// [`Unsubscribed`](super::PubSubEvent::Unsubscribed) out of the events. Default: no.
    #[inline]
    pub fn ignore_subscribe_messages(mut self, ignore: bool) -> Self {
        self.silent = ignore;
        self
    }
}

impl Default for PubSubOptions {
    #[inline]
    fn default() -> Self {
        Self {
            bytes: Self::DEFAULT_QUEUE_BYTES,
            messages: Self::DEFAULT_QUEUE_MESSAGES,
            overflow: Overflow::default(),
            silent: false,
        }
    }
}
