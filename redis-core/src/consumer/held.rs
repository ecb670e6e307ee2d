//! What the user has in hand.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

/// Proof that the user has an entry in hand; its last clone that is dropped lets it go.
///
/// No lock is taken for that, so that a forked child may drop what it inherited.
#[derive(Clone, Debug)]
pub struct Hold(#[expect(dead_code, reason = "it is there to be dropped")] Arc<()>);

/// The entries that the user has in hand.
#[derive(Debug)]
pub(super) struct Held<I> {
    holds: BTreeMap<(usize, I), Weak<()>>,
    /// At this size it is time to forget what was let go.
    sweep_at: usize,
}

impl<I: Copy + Ord> Held<I> {
    pub(super) fn new() -> Self {
        Self { holds: BTreeMap::new(), sweep_at: 64 }
    }

    /// The user gets an entry.
    pub(super) fn hold(&mut self, stream: usize, id: I) -> Hold {
        if self.holds.len() >= self.sweep_at {
            self.holds.retain(|_, hold| hold.strong_count() > 0);
            self.sweep_at = self.holds.len().saturating_mul(2).max(64);
        }
        let hold = Arc::new(());
        self.holds.insert((stream, id), Arc::downgrade(&hold));
        Hold(hold)
    }

    pub(super) fn is_held(&self, stream: usize, id: I) -> bool {
        self.holds.get(&(stream, id)).is_some_and(|hold| hold.strong_count() > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_held_until_its_last_proof_is_dropped_and_then_forgotten() {
        let mut held = Held::new();
        let first = held.hold(0, 1);
        let second = first.clone();
        drop(first);
        assert!(held.is_held(0, 1) && !held.is_held(1, 1) && !held.is_held(0, 2));
        drop(second);
        assert!(!held.is_held(0, 1));
        for id in 0..10_000 {
            held.hold(0, id);
        }
        assert!(held.holds.len() <= 64, "what was let go takes no memory");
    }
}
