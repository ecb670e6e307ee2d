//! The state of a consumer.

use super::held::Held;
use super::{Action, Entry, Given, Origin, Outcome, Plan, Step};
use crate::error::{Error, ErrorKind, ServerErrorKind};
use crate::retry::{Decision, Failure, decide};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

/// How many entries are acknowledged, and how many counts asked for, at once.
const MOST_AT_ONCE: usize = 1000;

/// The state of a consumer.
///
/// What is to be done is found anew at each step, by the first of these that applies:
///
/// ```text
///   Give          an entry was read and not given yet
///   Pause         an action failed, and its backoff has not been waited for
///   Acknowledge   the user is done with entries, or they are deleted
///   Over          it was stopped
///   Bury          entries were delivered too often
///   Count         entries were delivered again, and nobody knows how often
///   Create        there is no group
///   ReadPending   own entries may be pending that the user does not have
///   Claim         it is time to look for what others left lying
///   ReadNew       otherwise
/// ```
///
/// No entry is lost: a read whose outcome is in doubt may have delivered entries that never arrived, and these
/// are pending for this consumer. So what is pending after the last entry that did arrive is read before
/// anything new; after a claim in doubt, all that is pending. What the user has in hand, by its
/// [`Hold`](super::Hold), is not given again.
#[derive(Debug)]
pub struct Consumption<E: Entry> {
    plan: Plan,
    streams: Vec<Stream<E::Id>>,
    /// What was read and not given yet.
    ahead: VecDeque<Waiting<E>>,
    /// What was delivered again, and has to be counted.
    suspects: VecDeque<Suspects<E>>,
    /// What was delivered too often, and how often.
    dead: VecDeque<(usize, E, u64)>,
    /// What was given last, where asking for the next acknowledges it.
    given: Option<(usize, E::Id)>,
    held: Held<E::Id>,
    claiming: Claiming<E::Id>,
    under_way: Option<Action<E>>,
    trouble: Trouble,
    /// Nothing can be done any more.
    over: bool,
}

#[derive(Debug)]
struct Stream<I> {
    /// Whether there is no group, as far as is known; `Some(true)` if there was one.
    missing: Option<bool>,
    /// After which entry own ones may be pending that the user does not have.
    pending: Option<I>,
    /// The last entry of those that no consumer had before.
    last_new: I,
    /// What is to be acknowledged.
    done: Vec<I>,
}

#[derive(Debug)]
struct Waiting<E> {
    stream: usize,
    entry: E,
    origin: Origin,
    deliveries: Option<u64>,
}

#[derive(Debug)]
struct Suspects<E: Entry> {
    stream: usize,
    origin: Origin,
    /// In the order of their ids; not empty.
    entries: Vec<E>,
    deliveries: BTreeMap<E::Id, u64>,
}

#[derive(Debug)]
struct Claiming<I> {
    /// When the next round begins.
    due: Duration,
    /// Where this round goes on.
    at: Option<(usize, I)>,
}

#[derive(Debug, Default)]
struct Trouble {
    /// How many actions failed since something new was last asked for with success.
    failures: u32,
    /// The pause before the last attempt.
    previous: Duration,
    /// What is to be waited for before the next.
    pause: Duration,
    /// For the user.
    error: Option<Error>,
    /// Whether the group was made again since something new was last asked for with success.
    created: bool,
}

impl<E: Entry> Consumption<E> {
    /// A consumer at its beginning.
    pub fn new(plan: Plan) -> Self {
        let begin = || Stream {
            missing: plan.create.then_some(false),
            pending: plan.resume.then(E::Id::default),
            last_new: E::Id::default(),
            done: Vec::new(),
        };
        let streams = std::iter::repeat_with(begin).take(plan.streams).collect();
        Self {
            plan,
            streams,
            ahead: VecDeque::new(),
            suspects: VecDeque::new(),
            dead: VecDeque::new(),
            given: None,
            held: Held::new(),
            claiming: Claiming { due: Duration::ZERO, at: None },
            under_way: None,
            trouble: Trouble::default(),
            over: false,
        }
    }

    /// What comes next, `now` being the time since any fixed moment. An action whose outcome was not recorded
    /// may have been done.
    pub fn step(&mut self, now: Duration, stopped: bool) -> Step<E> {
        if let Some((stream, id)) = self.given.take() {
            self.finished(stream, id);
        }
        if let Some(action) = self.under_way.take() {
            self.doubt(&action);
        }
        if let Some(Waiting { stream, entry, origin, deliveries }) = self.ahead.pop_front() {
            let hold = self.held.hold(stream, entry.id());
            self.given = self.plan.acknowledges.then(|| (stream, entry.id()));
            return Step::Give(Given { stream, entry, origin, deliveries, hold });
        }
        if let Some(error) = self.trouble.error.take() {
            return Step::Fail(error);
        }
        match self.choose(now, stopped) {
            None => Step::Over,
            Some(action) => {
                self.under_way = Some(action.clone());
                Step::Do(action)
            }
        }
    }

    fn choose(&mut self, now: Duration, stopped: bool) -> Option<Action<E>> {
        if self.over {
            return None;
        }
        let pause = std::mem::take(&mut self.trouble.pause);
        if !pause.is_zero() && !stopped {
            return Some(Action::Pause(pause));
        }
        if let Some((stream, state)) = self.find(|state| !state.done.is_empty()) {
            let ids = state.done.iter().copied().take(MOST_AT_ONCE).collect();
            return Some(Action::Acknowledge { stream, ids });
        }
        if stopped {
            return None;
        }
        if let Some((stream, entry, deliveries)) = self.dead.front() {
            let (entry, deliveries) = (entry.clone(), *deliveries);
            return Some(Action::Bury { stream: *stream, entry, deliveries });
        }
        if let Some(count) = self.suspects.front().and_then(Suspects::count) {
            return Some(count);
        }
        if let Some((stream, state)) = self.find(|state| state.missing.is_some()) {
            return Some(Action::Create { stream, again: state.missing == Some(true) });
        }
        let mut after: Vec<_> = self.each(|state| state.pending).collect();
        if self.plan.most_deliveries.is_some() {
            // who dies of an entry must not have had others counted with it
            after.truncate(1);
        }
        if !after.is_empty() {
            return Some(Action::ReadPending { after });
        }
        if self.plan.claim_every.is_some() && self.claiming.due <= now {
            let (stream, from) = *self.claiming.at.get_or_insert_with(|| (0, E::Id::default()));
            return Some(Action::Claim { stream, from });
        }
        let mut wait = self.plan.block;
        if self.plan.claim_every.is_some() {
            wait = wait.min(self.claiming.due.saturating_sub(now));
        }
        // a wait of zero is for ever
        Some(Action::ReadNew { wait: wait.max(Duration::from_millis(1)) })
    }

    /// Records what came of the last action. `random` is 64 uniformly random bits.
    pub fn record(&mut self, outcome: Outcome<E>, now: Duration, stopped: bool, random: u64) {
        let Some(action) = self.under_way.take() else { return };
        match (action, outcome) {
            (action, Outcome::Failed(error)) => self.failed(action, error, stopped, random),
            (Action::Create { stream, again }, _) => self.created(stream, again),
            (Action::ReadPending { after }, Outcome::Read(mut pages)) => {
                for (stream, _) in after {
                    let page = pages.iter().position(|(of, _)| *of == stream);
                    let page = page.map(|place| pages.swap_remove(place).1).unwrap_or_default();
                    self.read_pending(stream, page);
                }
            }
            (Action::ReadNew { .. }, Outcome::Read(pages)) => {
                self.trouble = Trouble::default();
                for (stream, entries) in pages {
                    self.read_new(stream, entries);
                }
            }
            (Action::Claim { stream, .. }, Outcome::Claimed { next, entries }) => {
                self.take_in(stream, entries, Origin::Claimed);
                self.claimed(stream, next, now);
            }
            (Action::Count { last, most, .. }, Outcome::Counted(counts)) => {
                self.counted(counts, last, most);
            }
            (Action::Acknowledge { stream, ids }, _) => {
                if let Some(state) = self.streams.get_mut(stream) {
                    let ids: BTreeSet<_> = ids.into_iter().collect();
                    state.done.retain(|id| !ids.contains(id));
                }
            }
            (Action::Bury { .. }, _) => drop(self.dead.pop_front()),
            (Action::Pause(_), _) => {}
            // an outcome of another kind of action tells nothing about this one
            (action, _) => self.doubt(&action),
        }
    }

    fn read_pending(&mut self, stream: usize, page: Vec<E>) {
        let last = page.last().map(Entry::id);
        if let Some(state) = self.streams.get_mut(stream) {
            state.pending = last;
            state.last_new = state.last_new.max(last.unwrap_or_default());
        }
        self.take_in(stream, page, Origin::Resumed);
    }

    fn read_new(&mut self, stream: usize, entries: Vec<E>) {
        if let (Some(state), Some(last)) = (self.streams.get_mut(stream), entries.last()) {
            state.last_new = state.last_new.max(last.id());
        }
        let (origin, deliveries) = (Origin::New, Some(1));
        self.ahead.extend(entries.into_iter().map(|entry| Waiting {
            stream,
            entry,
            origin,
            deliveries,
        }));
    }

    /// Entries that were delivered before: those that the user does not have are to be given.
    fn take_in(&mut self, stream: usize, mut entries: Vec<E>, origin: Origin) {
        let known = self.known(stream);
        let mut deleted = Vec::new();
        entries.retain(|entry| {
            let id = entry.id();
            let is_new = !known.contains(&id) && !self.held.is_held(stream, id);
            if is_new && entry.is_deleted() {
                deleted.push(id);
            }
            is_new && !entry.is_deleted()
        });
        for id in deleted {
            self.finished(stream, id);
        }
        if entries.is_empty() {
            return;
        }
        if self.plan.most_deliveries.is_some() {
            entries.sort_by_key(Entry::id);
            let deliveries = BTreeMap::new();
            self.suspects.push_back(Suspects { stream, origin, entries, deliveries });
        } else {
            let waiting = |entry| Waiting { stream, entry, origin, deliveries: None };
            self.ahead.extend(entries.into_iter().map(waiting));
        }
    }

    /// What this consumer has and the user does not, or not any more.
    fn known(&self, stream: usize) -> BTreeSet<E::Id> {
        let done = self.streams.get(stream).map(|state| state.done.as_slice()).unwrap_or_default();
        let ahead = self.ahead.iter().filter(|waiting| waiting.stream == stream);
        let dead = self.dead.iter().filter(|(of, ..)| *of == stream);
        let suspects = self.suspects.iter().filter(|suspects| suspects.stream == stream);
        let mut known: BTreeSet<_> = done.iter().copied().collect();
        known.extend(ahead.map(|waiting| waiting.entry.id()));
        known.extend(dead.map(|(_, entry, _)| entry.id()));
        known.extend(suspects.flat_map(|suspects| suspects.entries.iter().map(Entry::id)));
        known
    }

    fn claimed(&mut self, stream: usize, next: E::Id, now: Duration) {
        let following = stream.saturating_add(1);
        self.claiming.at = if next != E::Id::default() {
            Some((stream, next))
        } else if following < self.streams.len() {
            Some((following, next))
        } else {
            self.claiming.due = now.saturating_add(self.plan.claim_every.unwrap_or_default());
            None
        };
    }

    fn counted(&mut self, counts: Vec<(E::Id, u64)>, last: E::Id, most: usize) {
        let Some(suspects) = self.suspects.front_mut() else { return };
        let is_whole = counts.len() < most || counts.last().is_none_or(|(id, _)| *id >= last);
        suspects.deliveries.extend(counts);
        if !is_whole {
            return;
        }
        let Some(Suspects { stream, origin, entries, deliveries }) = self.suspects.pop_front()
        else {
            return;
        };
        for entry in entries {
            match deliveries.get(&entry.id()) {
                // acknowledged, or another consumer's by now
                None => {}
                Some(&count) if self.plan.most_deliveries.is_some_and(|most| count > most) => {
                    self.dead.push_back((stream, entry, count));
                }
                Some(&count) => {
                    let deliveries = Some(count);
                    self.ahead.push_back(Waiting { stream, entry, origin, deliveries });
                }
            }
        }
    }

    fn created(&mut self, stream: usize, again: bool) {
        let Some(state) = self.streams.get_mut(stream) else { return };
        state.missing = None;
        if again {
            // nothing of what was known of the group before is true of this one
            (state.pending, state.last_new) = (None, E::Id::default());
            state.done.clear();
        }
    }

    fn failed(&mut self, action: Action<E>, error: Error, stopped: bool, random: u64) {
        match (&action, error.kind()) {
            (Action::Create { stream, .. }, ErrorKind::Server(ServerErrorKind::BusyGroup)) => {
                return self.created(*stream, false);
            }
            (_, ErrorKind::Server(ServerErrorKind::NoGroup))
                if self.plan.create && !self.trouble.created =>
            {
                // which of the streams it is, only its text would say
                self.streams.iter_mut().for_each(|state| state.missing = Some(true));
                self.trouble.created = true;
                return;
            }
            // the client was closed, for good: told once, and the end
            (_, ErrorKind::Shutdown) => {
                self.doubt(&action);
                self.trouble.error = Some(error);
                self.over = true;
                return;
            }
            // the wait was cut short, or what was waited for is gone: asking again tells
            (Action::ReadNew { .. }, ErrorKind::Server(_)) if error.code() == Some("UNBLOCKED") => {
                return;
            }
            _ => {}
        }
        if !error.was_not_executed() {
            self.doubt(&action);
        }
        let trouble = &mut self.trouble;
        trouble.failures = trouble.failures.saturating_add(1);
        let failure = Failure {
            error: &error,
            // what is in doubt is found again
            repeatable: true,
            read_only: false,
            attempt: trouble.failures,
            previous_delay: trouble.previous,
            left: None,
        };
        match decide(&self.plan.retry, &failure, random) {
            Decision::Retry { after } => trouble.pause = after,
            Decision::GiveUp => {
                let backoff = self.plan.retry.backoff();
                trouble.pause = backoff.delay(trouble.failures, trouble.previous, random);
                trouble.error = Some(error);
                trouble.created = false;
                if stopped {
                    // what could not be acknowledged stays pending
                    self.streams.iter_mut().for_each(|state| state.done.clear());
                }
            }
        }
        self.trouble.previous = self.trouble.pause;
    }

    /// The action may have been done, and what it delivered did not arrive.
    fn doubt(&mut self, action: &Action<E>) {
        match action {
            Action::ReadNew { .. } => {
                for state in &mut self.streams {
                    state.pending = Some(state.last_new);
                }
            }
            Action::Claim { stream, .. } => {
                if let Some(state) = self.streams.get_mut(*stream) {
                    state.pending = Some(E::Id::default());
                }
            }
            // these are done again, and change nothing if they were done
            Action::Create { .. }
            | Action::ReadPending { .. }
            | Action::Count { .. }
            | Action::Acknowledge { .. }
            | Action::Bury { .. }
            | Action::Pause(_) => {}
        }
    }

    fn finished(&mut self, stream: usize, id: E::Id) {
        if let Some(state) = self.streams.get_mut(stream) {
            state.done.push(id);
        }
    }

    fn find(&self, is_so: impl Fn(&Stream<E::Id>) -> bool) -> Option<(usize, &Stream<E::Id>)> {
        self.streams.iter().enumerate().find(|(_, state)| is_so(state))
    }

    fn each<T>(
        &self,
        of: impl Fn(&Stream<E::Id>) -> Option<T>,
    ) -> impl Iterator<Item = (usize, T)> {
        let with = move |(stream, state)| of(state).map(|what| (stream, what));
        self.streams.iter().enumerate().filter_map(with)
    }
}

impl<E: Entry> Suspects<E> {
    /// The question about those of which nothing is known yet.
    fn count(&self) -> Option<Action<E>> {
        let (first, last) = (self.entries.first()?.id(), self.entries.last()?.id());
        let counted = self.deliveries.last_key_value().map(|(id, _)| *id);
        Some(Action::Count {
            stream: self.stream,
            from: counted.unwrap_or(first),
            exclusive: counted.is_some(),
            last,
            most: MOST_AT_ONCE,
        })
    }
}
