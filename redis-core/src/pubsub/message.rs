//! What a subscriber sees, in the order in which it happened.

use super::{Subscription, SubscriptionKind};
use crate::error::Error;
use crate::reply::BulkString;

/// A message that was published.
///
/// Its strings share the buffer that was read into, usually of up to 64 KiB, which lives as long as one
/// of them: copy what is to be kept for long (`message.payload.to_string()`).
///
/// # Example
///
/// ```no_run
/// use redis_sync::prelude::*;
///
/// # fn main() -> redis_sync::Result<()> {
/// let mut p = Redis::new().pubsub();
/// p.subscribe("news")?;
/// while let Some(message) = p.next_message()? {
///     println!("{}: {}", message.channel, message.payload);
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// By which kind of subscription it came.
    pub kind: SubscriptionKind,
    /// The pattern that the channel's name matches, where one was subscribed to.
    pub pattern: Option<BulkString>,
    /// Where it was published.
    pub channel: BulkString,
    /// What was published.
    pub payload: BulkString,
}

impl Message {
    /// A message as the server would send it: for tests of what handles messages.
    #[must_use]
    pub fn new(
        kind: SubscriptionKind,
        pattern: Option<BulkString>,
        channel: impl Into<BulkString>,
        payload: impl Into<BulkString>,
    ) -> Self {
        Self { kind, pattern, channel: channel.into(), payload: payload.into() }
    }

    /// What was subscribed to: the pattern if there is one, else the channel.
    #[inline]
    pub fn subscribed(&self) -> &BulkString {
        self.pattern.as_ref().unwrap_or(&self.channel)
    }
}

/// What happens to a subscriber, in its order.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PubSubEvent {
    /// A message.
    Message(Message),
    /// A subscription is in force: messages follow.
    Subscribed(Subscription),
    /// A subscription has ended: no message follows.
    Unsubscribed(Subscription),
    /// A subscription was not restored after the connection was lost, since the server refused it; it
    /// has ended.
    Refused {
        /// What was subscribed to.
        subscription: Subscription,
        /// What the server said.
        error: Error,
    },
    /// Messages may be missing.
    Gap(Gap),
}

impl PubSubEvent {
    /// The message, if it is one.
    #[inline]
    pub fn message(&self) -> Option<&Message> {
        match self {
            Self::Message(message) => Some(message),
            _ => None,
        }
    }

    /// The message, if it is one.
    #[inline]
    pub fn into_message(self) -> Option<Message> {
        match self {
            Self::Message(message) => Some(message),
            _ => None,
        }
    }

    /// Whether it tells that subscriptions began or ended.
    #[inline]
    pub(super) fn is_confirmation(&self) -> bool {
        matches!(self, Self::Subscribed(_) | Self::Unsubscribed(_))
    }
}

/// Why messages may be missing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Gap {
    /// The connection was lost: from here on until [`Restored`](Self::Restored), what was published may be
    /// missing.
    Lost {
        /// Why.
        error: Error,
    },
    /// All subscriptions are in force again: from here on nothing is missing.
    Restored,
    /// The subscriber was too slow, and so many messages were dropped at this place.
    Overflow {
        /// How many.
        messages: u64,
    },
}
