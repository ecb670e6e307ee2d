//! Who is told of the messages of a channel or pattern, instead of whoever reads them.

use super::{Backlog, Message};
use crate::event::{Event, Events};
use bytes::Bytes;
use std::collections::HashMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

type Handler = Box<dyn FnMut(&Message) + Send>;

/// The handlers of a subscriber, by what is subscribed to: told in the order of their registration, a panic
/// caught and counted.
#[derive(Default)]
pub struct Handlers {
    by_name: HashMap<Bytes, Vec<Handler>>,
    panics: u64,
}

impl Handlers {
    /// One more handler, which is told after the others of the same name.
    pub fn add(&mut self, name: Bytes, handler: impl FnMut(&Message) + Send + 'static) {
        self.by_name.entry(name).or_default().push(Box::new(handler));
    }

    /// Whether there is none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// Hands the next event to its handlers, if it is a message that has any; whether it was.
    #[inline]
    pub fn dispatch(&mut self, events: &mut Backlog, listeners: &Events) -> bool {
        let Some(handlers) = events.name().and_then(|name| self.by_name.get_mut(name)) else {
            return false;
        };
        let Some(message) = events.pop_message() else { return false };
        for handler in handlers {
            if catch_unwind(AssertUnwindSafe(|| handler(&message))).is_err() {
                self.panics = self.panics.saturating_add(1);
                listeners.emit(Event::HandlerPanicked { panics: self.panics });
            }
        }
        true
    }

    /// How many panics were caught.
    #[inline]
    pub fn panics(&self) -> u64 {
        self.panics
    }
}

impl fmt::Debug for Handlers {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.by_name.values().map(Vec::len).sum::<usize>();
        write!(f, "Handlers({count}, {} panics)", self.panics)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pubsub::PubSubEvent;
    use crate::pubsub::SubscriptionKind::{Channel, Pattern};
    use std::iter;
    use std::sync::{Arc, Mutex};

    fn backlog(message: Message) -> Backlog {
        iter::once(PubSubEvent::Message(message)).collect()
    }

    #[test]
    fn handlers_are_told_in_the_order_of_registration_past_one_that_panics() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let handler = |name: &'static str| {
            let told = Arc::clone(&told);
            move |message: &Message| told.lock().unwrap().push((name, message.payload.clone()))
        };
        let mut handlers = Handlers::default();
        handlers.add(Bytes::from("ch"), handler("first"));
        handlers.add(Bytes::from("ch"), |_| panic!("a handler's own fault"));
        handlers.add(Bytes::from("c*"), handler("other"));
        handlers.add(Bytes::from("ch"), handler("last"));
        let heard = Arc::new(Mutex::new(Vec::new()));
        let events = Events::new().with({
            let heard = Arc::clone(&heard);
            move |event| heard.lock().unwrap().push(format!("{event:?}"))
        });
        let mut came = backlog(Message::new(Channel, None, "ch", "x"));
        assert!(handlers.dispatch(&mut came, &events) && came.is_empty());
        assert_eq!(*told.lock().unwrap(), [("first", "x".into()), ("last", "x".into())]);
        assert_eq!(handlers.panics(), 1);
        assert_eq!(*heard.lock().unwrap(), ["HandlerPanicked { panics: 1 }"]);
    }

    #[test]
    fn what_came_by_a_pattern_is_the_patterns_and_what_nobody_handles_is_left() {
        let mut handlers = Handlers::default();
        handlers.add(Bytes::from("c*"), |_| {});
        let mut by_pattern = backlog(Message::new(Pattern, Some("c*".into()), "ch", "x"));
        assert!(handlers.dispatch(&mut by_pattern, &Events::new()) && by_pattern.is_empty());
        let by_name = Message::new(Channel, None, "ch", "x");
        let mut came = backlog(by_name.clone());
        assert!(!handlers.dispatch(&mut came, &Events::new()));
        assert_eq!(came.pop_message(), Some(by_name));
    }
}
