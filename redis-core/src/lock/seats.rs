//! How many of a pool's connections may be kept waiting for locks.

use std::sync::atomic::{AtomicU32, Ordering};

/// The connections of one pool that wait for locks: at most half of them, so that one is left for the release that
/// they wait for. Who gets no seat looks again and again instead.
#[derive(Debug, Default)]
pub struct Seats(AtomicU32);

impl Seats {
    /// None is taken yet.
    #[must_use]
    #[inline]
    pub const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// A seat, if there is one, in a pool of so many connections at most.
    #[inline]
    pub fn take(&self, max_size: u32) -> Option<Seat<'_>> {
        let more = |taken: u32| (taken < max_size / 2).then_some(taken + 1);
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).ok()?;
        Some(Seat(&self.0))
    }
}

/// A seat, until it is dropped.
#[derive(Debug)]
#[must_use = "the seat is given back on drop"]
pub struct Seat<'s>(&'s AtomicU32);

impl Drop for Seat<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_wait_leave_half_of_the_connections_to_others() {
        let seats = Seats::new();
        assert!(seats.take(1).is_none(), "the only connection is the holder's");
        let (one, two) = (seats.take(5), seats.take(5));
        assert!(one.is_some() && two.is_some() && seats.take(5).is_none());
        drop(one);
        assert!(seats.take(5).is_some());
    }
}
