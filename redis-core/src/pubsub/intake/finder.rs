//! The fast path: messages that lie whole in what came, as servers write them.
//!
//! This decides nothing that the framer and [`read_list`](super::read_list) would not decide alike: what is unusual,
//! unfinished or wrong is left to them.

use crate::connection::Protocol;
use crate::pubsub::SubscriptionKind;
use crate::pubsub::run::{Placement, Span};
use crate::resp::{Kind, Limits, Scalar};

/// What a message begins with behind its first byte, by the kind of subscription.
const CHANNEL: &[u8] = b"3\r\n$7\r\nmessage\r\n";
const PATTERN: &[u8] = b"4\r\n$8\r\npmessage\r\n";
const SHARD: &[u8] = b"3\r\n$8\r\nsmessage\r\n";

/// So many messages are made room for before they are found.
const MOST_EXPECTED: usize = 4096;

/// Finds messages.
#[derive(Debug)]
pub(super) struct Finder {
    /// What the messages of the protocol begin with.
    first: u8,
    longest_text: usize,
    longest: usize,
    /// Whether the limits allow any message.
    allowed: bool,
}

impl Finder {
    #[inline]
    pub(super) fn new(protocol: Protocol, limits: Limits) -> Self {
        let first = if protocol == Protocol::Resp3 { b'>' } else { b'*' };
        let longest_text = limits.bulk_length() as usize;
        let allowed = limits.depth() >= 1
            && limits.line_length() >= 1
            && limits.elements() >= 4
            && limits.frame_elements() >= 5
            && longest_text >= "pmessage".len();
        Self { first, longest_text, longest: limits.frame_length() as usize, allowed }
    }

    /// The messages that lie one after the other in `bytes` from `from` on, and where they end.
    #[inline]
    pub(super) fn find(&self, bytes: &[u8], from: usize) -> (Vec<Placement>, usize) {
        let mut found = Vec::new();
        // all positions fit into 32 bits
        let window = bytes.get(..u32::MAX as usize).unwrap_or(bytes);
        let mut at = from;
        while let Some((place, end)) = self.message(window, at) {
            if found.is_empty() {
                // those of a channel are about of one length
                let length = end.saturating_sub(at).max(1);
                let expected = window.len().saturating_sub(at).checked_div(length).unwrap_or(0);
                found.reserve(expected.min(MOST_EXPECTED));
            }
            found.push(place);
            at = end;
        }
        (found, at)
    }

    /// The message that begins at `from`, and where it ends.
    #[inline(always)]
    fn message(&self, bytes: &[u8], from: usize) -> Option<(Placement, usize)> {
        let (first, rest) = bytes.get(from..)?.split_first()?;
        if *first != self.first || !self.allowed {
            return None;
        }
        let (kind, head) = if rest.starts_with(CHANNEL) {
            (SubscriptionKind::Channel, CHANNEL.len())
        } else if rest.starts_with(PATTERN) {
            (SubscriptionKind::Pattern, PATTERN.len())
        } else if rest.starts_with(SHARD) {
            (SubscriptionKind::Shard, SHARD.len())
        } else {
            return None;
        };
        let mut at = from.saturating_add(1).saturating_add(head);
        let pattern = match kind {
            SubscriptionKind::Pattern => Some(self.text(bytes, &mut at)?),
            _ => None,
        };
        let channel = self.text(bytes, &mut at)?;
        let payload = self.text(bytes, &mut at)?;
        let fits = at.saturating_sub(from) <= self.longest;
        fits.then_some((Placement { kind, pattern, channel, payload }, at))
    }

    /// The string that begins at `at`, which is moved behind it.
    #[inline(always)]
    fn text(&self, bytes: &[u8], at: &mut usize) -> Option<Span> {
        let scalar = Scalar::whole(bytes.get(*at..)?, self.longest_text)?;
        let start = u32::try_from(at.saturating_add(scalar.start)).ok()?;
        let length = u32::try_from(scalar.length).ok()?;
        *at = at.saturating_add(scalar.end);
        (scalar.kind == Kind::BulkString).then_some(Span { start, length })
    }
}
