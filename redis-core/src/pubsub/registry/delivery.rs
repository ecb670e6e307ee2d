//! What is to be told, staged for each subscriber until it is fetched: one visit a batch.

use super::{Registry, State, SubscriberId};
use crate::error::Error;
use crate::pubsub::{Backlog, Gap, PubSubEvent, Run, SubscriptionKind};

/// What became of what was staged for a subscriber.
#[derive(Clone, Debug)]
#[must_use]
pub enum Flushed {
    /// All was taken.
    All,
    /// There was no room for the rest.
    Full,
    /// The subscriber is cut off, for this reason.
    Overflowed(Error),
}

impl<S> Registry<S> {
    /// Visits each subscriber for whom something was staged, or whose request was settled. `deliver` is given
    /// what was staged, and why the subscriber has ended if it has; what it leaves is staged as before.
    /// Whether all was taken.
    pub fn flush(
        &mut self,
        mut deliver: impl FnMut(&S, &mut Backlog, Option<Error>) -> Flushed,
    ) -> bool {
        let mut left = Vec::new();
        for id in std::mem::take(&mut self.dirty) {
            let Some(member) = self.member_mut(id) else { continue };
            member.is_dirty = false;
            let ended = member.ended.take();
            match deliver(&member.handle, &mut member.staged, ended) {
                Flushed::All => {}
                Flushed::Full => {
                    member.is_dirty = true;
                    left.push(id);
                }
                Flushed::Overflowed(error) => self.expel(id, &error),
            }
        }
        let all = left.is_empty();
        self.dirty.append(&mut left);
        all
    }

    /// Whether nobody has anything to be told.
    pub fn is_flushed(&self) -> bool {
        self.dirty.is_empty()
    }

    /// The subscribers for whom something is staged.
    pub fn unflushed(&self) -> impl Iterator<Item = &S> {
        self.dirty.iter().filter_map(|id| self.member(*id)).map(|member| &member.handle)
    }

    /// Stages messages for all who take them: at once those that follow each other under one name.
    pub(super) fn route(&mut self, mut run: Run) {
        while !run.is_empty() {
            let count = run.stretch();
            let left = run.len().saturating_sub(count);
            self.route_stretch(&mut run, count);
            // what nobody takes is let go of
            run.skip(run.len().saturating_sub(left));
        }
    }

    /// Stages the next messages of a run, which came under one name.
    fn route_stretch(&mut self, run: &mut Run, count: usize) {
        let Self { members, names: [channels, patterns, shards], dirty, .. } = self;
        let Some((kind, name)) = run.name() else { return };
        let table = match kind {
            SubscriptionKind::Channel => channels,
            SubscriptionKind::Pattern => patterns,
            SubscriptionKind::Shard => shards,
        };
        // what came behind the end of a subscription is nobody's
        let Some(entry) = table.get(name) else { return };
        let takers = entry.takers.iter().filter(|taker| taker.state == State::Active);
        let leaving = entry.leaving.iter().filter(|leaver| leaver.active);
        let takers = takers.map(|taker| taker.member).chain(leaving.map(|leaver| leaver.member));
        let mut takers = takers.peekable();
        while let Some(id) = takers.next() {
            let member = members.get_mut(id.at).and_then(Option::as_mut);
            // one that left may have a successor in its place
            let Some(member) = member.filter(|it| it.serial == id.serial) else { continue };
            if takers.peek().is_some() {
                member.staged.add(&mut run.part(count), count);
            } else {
                member.staged.add(run, count);
            }
            if !std::mem::replace(&mut member.is_dirty, true) {
                dirty.push(id);
            }
        }
    }

    pub(super) fn stage(&mut self, id: SubscriberId, event: PubSubEvent) {
        if let Some(member) = self.member_mut(id) {
            member.staged.push(event);
            if !std::mem::replace(&mut member.is_dirty, true) {
                self.dirty.push(id);
            }
        }
    }

    /// Sees to it that a subscriber is visited.
    pub(super) fn wake(&mut self, id: SubscriberId) {
        if let Some(member) = self.member_mut(id) {
            if !std::mem::replace(&mut member.is_dirty, true) {
                self.dirty.push(id);
            }
        }
    }

    /// Sees to it that every subscriber is visited: whoever waits looks again.
    pub fn wake_all(&mut self) {
        for at in 0..self.members.len() {
            let member = self.members.get(at).and_then(Option::as_ref);
            if let Some(serial) = member.map(|member| member.serial) {
                self.wake(SubscriberId { at, serial });
            }
        }
    }

    /// One of a subscriber's names is to be restored.
    pub(super) fn open_gap(&mut self, id: SubscriberId, error: &Error) {
        let Some(member) = self.member_mut(id) else { return };
        member.restoring = member.restoring.saturating_add(1);
        if !std::mem::replace(&mut member.in_gap, true) {
            self.stage(id, PubSubEvent::Gap(Gap::Lost { error: error.clone() }));
        }
    }

    /// One of a subscriber's names was restored, or is not wanted any more.
    pub(super) fn restored_one(&mut self, id: SubscriberId) {
        let Some(member) = self.member_mut(id) else { return };
        member.restoring = member.restoring.saturating_sub(1);
        if member.restoring == 0 && std::mem::take(&mut member.in_gap) {
            self.stage(id, PubSubEvent::Gap(Gap::Restored));
        }
    }
}
