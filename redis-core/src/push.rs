//! Who is told of what the server pushes.
//!
//! This module decides which handlers a push goes to: those of its kind, in the order of their
//! registration, a panic caught and counted. It does not decide what a push is; only RESP3's `>` type
//! makes one, or a connection dedicated to subscriptions. The list of handlers is made with the
//! configuration and does not change afterwards.

use crate::reply::Reply;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Who is told of pushes of a kind. Must not block: it is called by whoever reads the connection.
pub type PushHandler = dyn Fn(&Reply<'_>) + Send + Sync;

/// The push handlers of a client, by kind (`invalidate`, `message`, …): a cheap clone, immutable.
#[derive(Clone, Default)]
#[must_use]
pub struct PushHandlers {
    handlers: Arc<[(Box<str>, Arc<PushHandler>)]>,
    panics: Arc<AtomicU64>,
}

impl PushHandlers {
    /// No handler.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one more handler for pushes of `kind`, which is told after the others. It is
    /// given the whole push, whose first item is the kind.
    pub fn on(
        self,
        kind: impl Into<String>,
        handler: impl Fn(&Reply<'_>) + Send + Sync + 'static,
    ) -> Self {
        let one_more: Arc<PushHandler> = Arc::new(handler);
        let one_more = (kind.into().into_boxed_str(), one_more);
        let handlers = self.handlers.iter().cloned().chain([one_more]).collect();
        Self { handlers, panics: self.panics }
    }

    /// Whether there is none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.handlers.is_empty()
    }

    /// How many there are, of all kinds.
    #[inline]
    pub fn len(&self) -> usize {
        self.handlers.len()
    }

    /// Hands a push to the handlers of its kind; whether there was one. Call it outside every lock.
    #[inline]
    pub fn dispatch(&self, push: Reply<'_>) -> bool {
        if self.is_empty() {
            return false;
        }
        let Some(kind) = Self::kind(push) else { return false };
        let mut handled = false;
        for (wanted, handler) in &*self.handlers {
            if wanted.as_bytes() == kind {
                handled = true;
                if catch_unwind(AssertUnwindSafe(|| handler(&push))).is_err() {
                    self.panics.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
        handled
    }

    /// The kind of a push: its first item.
    #[inline]
    pub fn kind<'f>(push: Reply<'f>) -> Option<&'f [u8]> {
        push.items().ok()?.next()?.scalar("the kind of a push").ok()
    }

    /// How many panics of handlers were caught.
    #[inline]
    pub fn panics(&self) -> u64 {
        self.panics.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for PushHandlers {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.handlers.iter().map(|(kind, _)| kind)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resp::{Framer, Limits};
    use std::sync::Mutex;

    fn dispatch(handlers: &PushHandlers, wire: &[u8]) -> bool {
        let framed = Framer::new(Limits::default()).frame(wire).unwrap().unwrap();
        handlers.dispatch(Reply::new(wire, None, framed.tape.nodes()))
    }

    const INVALIDATE: &[u8] = b">2\r\n$10\r\ninvalidate\r\n*1\r\n$3\r\nfoo\r\n";

    #[test]
    fn handlers_of_a_kind_are_told_in_the_order_of_registration_past_one_that_panics() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let handler = |name: &'static str| {
            let told = Arc::clone(&told);
            move |push: &Reply<'_>| {
                told.lock().unwrap().push((name, push.items().unwrap().count()));
            }
        };
        let handlers = PushHandlers::new()
            .on("invalidate", handler("first"))
            .on("message", handler("other"))
            .on("invalidate", |_| panic!("a handler's own fault"))
            .on("invalidate", handler("last"));
        assert!(dispatch(&handlers, INVALIDATE));
        assert_eq!(*told.lock().unwrap(), [("first", 2), ("last", 2)]);
        assert_eq!(handlers.panics(), 1);
    }

    #[test]
    fn a_handler_may_dispatch_again() {
        let told = Arc::new(AtomicU64::new(0));
        let inner = PushHandlers::new().on("invalidate", {
            let told = Arc::clone(&told);
            move |_| {
                told.fetch_add(1, Ordering::Relaxed);
            }
        });
        let outer = PushHandlers::new().on("invalidate", move |push| {
            assert!(inner.dispatch(*push));
        });
        assert!(dispatch(&outer, INVALIDATE));
        assert_eq!(told.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_push_of_another_kind_or_of_none_is_not_handled() {
        let handlers = PushHandlers::new().on("message", |_| unreachable!("another kind"));
        for wire in [
            INVALIDATE,
            b">0\r\n",
            b">1\r\n*1\r\n$7\r\nmessage\r\n",
            b">1\r\n_\r\n",
            b">1\r\n-message\r\n",
            b"$7\r\nmessage\r\n",
        ] {
            assert!(!dispatch(&handlers, wire));
        }
        assert!(!dispatch(&PushHandlers::new(), INVALIDATE));
    }
}
