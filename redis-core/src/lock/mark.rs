//! Whether a handle holds its lock already.

use crate::error::{Error, ErrorKind, Result};
use crate::fork;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Set while a handle holds its lock or waits for it. A child of `fork` holds nothing of its parent's.
#[derive(Debug, Default)]
pub struct Mark(AtomicU64);

impl Mark {
    /// Sets the mark, until what is returned is dropped.
    ///
    /// # Errors
    ///
    /// Of kind [`WouldDeadlock`](ErrorKind::WouldDeadlock) if it is set: who waits for a lock that the same handle
    /// holds would wait for itself.
    #[inline]
    pub fn set(self: &Arc<Self>) -> Result<Marked> {
        let mine = u64::from(fork::watch()) + 1;
        let seen = self.0.load(Ordering::Acquire);
        let is_free = seen != mine
            && self.0.compare_exchange(seen, mine, Ordering::AcqRel, Ordering::Acquire).is_ok();
        if is_free {
            return Ok(Marked { mark: Arc::clone(self), mine });
        }
        let message =
            "this handle holds the lock already, or waits for it: take a handle of your own";
        Err(Error::new(ErrorKind::WouldDeadlock, message))
    }
}

/// A mark that is set.
#[derive(Debug)]
#[must_use = "the mark is taken away on drop"]
pub struct Marked {
    mark: Arc<Mark>,
    mine: u64,
}

impl Drop for Marked {
    #[inline]
    fn drop(&mut self) {
        // not where a child of `fork` has set its own meanwhile
        let _ = self.mark.0.compare_exchange(self.mine, 0, Ordering::AcqRel, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_holds_once_at_a_time() {
        let mark = Arc::new(Mark::default());
        let marked = mark.set().unwrap();
        assert_eq!(mark.set().unwrap_err().kind(), ErrorKind::WouldDeadlock);
        drop(marked);
        assert!(mark.set().is_ok());
    }

    #[test]
    fn what_a_parent_held_is_no_childs() {
        let mark = Arc::new(Mark::default());
        let parents = u64::from(fork::watch()) + 77;
        mark.0.store(parents, Ordering::Release);
        let childs = mark.set().unwrap();
        // the parent's own, dropped late in the child
        drop(Marked { mark: Arc::clone(&mark), mine: parents });
        assert!(mark.set().is_err());
        drop(childs);
    }
}
