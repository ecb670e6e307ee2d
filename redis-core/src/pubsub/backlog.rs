//! What is to happen to a subscriber, in its order.

use super::{Message, PubSubEvent, Run};
use std::collections::VecDeque;

/// Events in their order, the messages among them in runs.
#[derive(Debug, Default)]
pub struct Backlog {
    pub(super) items: VecDeque<Item>,
}

/// A step of a backlog.
#[derive(Debug)]
pub(super) enum Item {
    /// Messages, at least one.
    Run(Run),
    /// What is no message.
    Note(PubSubEvent),
}

impl Backlog {
    /// Nothing.
    #[inline]
    pub const fn new() -> Self {
        Self { items: VecDeque::new() }
    }

    /// Whether nothing is to happen.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many messages there are.
    #[inline]
    pub fn messages(&self) -> usize {
        let runs = self.items.iter().filter_map(Item::run);
        runs.map(Run::len).fold(0, usize::saturating_add)
    }

    /// What happens next. A message shares its text with those that were read with it.
    #[inline]
    pub fn pop(&mut self) -> Option<PubSubEvent> {
        match self.items.front()? {
            Item::Run(_) => self.pop_message().map(PubSubEvent::Message),
            Item::Note(_) => match self.items.pop_front() {
                Some(Item::Note(event)) => Some(event),
                _ => None,
            },
        }
    }

    /// What happens next, if that is a message; it is over in any case.
    #[inline]
    pub fn pop_message(&mut self) -> Option<Message> {
        match self.items.front_mut() {
            Some(Item::Run(run)) => {
                let message = run.pop();
                if run.is_empty() {
                    self.items.pop_front();
                }
                message
            }
            _ => {
                self.items.pop_front();
                None
            }
        }
    }

    /// What the next event was subscribed to as, if it is a message.
    #[inline]
    pub(super) fn name(&self) -> Option<&[u8]> {
        let (_, name) = self.items.front()?.run()?.name()?;
        Some(name)
    }

    /// Adds what happens after all else.
    #[inline]
    pub fn push(&mut self, event: PubSubEvent) {
        match event {
            PubSubEvent::Message(message) => self.push_run(Run::from(message)),
            event => self.items.push_back(Item::Note(event)),
        }
    }

    /// Moves the next messages of a run here; what they count for.
    #[inline]
    pub(super) fn add(&mut self, run: &mut Run, count: usize) -> usize {
        let joins = match self.items.back_mut() {
            Some(Item::Run(last)) => last.add(run, count),
            _ => false,
        };
        if joins || count < run.len() {
            if !joins {
                let part = run.part(count);
                self.push_run(part);
            }
            return run.skip(count);
        }
        let weight = run.weight();
        self.push_run(std::mem::take(run));
        weight
    }

    /// Moves copies of the next messages of a run here, blocks of so many bytes of text together; what they
    /// count for.
    #[inline]
    pub(super) fn add_copies(&mut self, run: &mut Run, count: usize, block: usize) -> usize {
        let joins = match self.items.back_mut() {
            Some(Item::Run(last)) => last.add_copies(run, count),
            _ => false,
        };
        if !joins {
            let copies = run.copies_of(count, block);
            self.push_run(copies);
        }
        run.skip(count)
    }

    #[inline]
    fn push_run(&mut self, run: Run) {
        if !run.is_empty() {
            self.items.push_back(Item::Run(run));
        }
    }
}

impl Item {
    #[inline]
    pub(super) fn run(&self) -> Option<&Run> {
        match self {
            Self::Run(run) => Some(run),
            Self::Note(_) => None,
        }
    }

    #[inline]
    pub(super) fn note(&self) -> Option<&PubSubEvent> {
        match self {
            Self::Run(_) => None,
            Self::Note(event) => Some(event),
        }
    }
}

impl Extend<PubSubEvent> for Backlog {
    fn extend<I: IntoIterator<Item = PubSubEvent>>(&mut self, events: I) {
        events.into_iter().for_each(|event| self.push(event));
    }
}

impl FromIterator<PubSubEvent> for Backlog {
    fn from_iter<I: IntoIterator<Item = PubSubEvent>>(events: I) -> Self {
        let mut backlog = Self::new();
        backlog.extend(events);
        backlog
    }
}
