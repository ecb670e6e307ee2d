//! The descriptors of open sockets, where a child of `fork` can read them without a lock.

use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, OnceLock};

/// So many places lie in one block; blocks are added, never moved or freed.
const BLOCK: usize = 32;

/// The descriptors of a generation's sockets.
#[derive(Default)]
pub(crate) struct Descriptors {
    /// 0 is a free place, else the descriptor and one.
    places: [AtomicI32; BLOCK],
    more: OnceLock<Box<Self>>,
}

/// A descriptor's place; it is free again when this is dropped, which must be before the socket closes:
/// the number may then belong to somebody else.
pub(crate) struct Registration {
    descriptors: Arc<Descriptors>,
    descriptor: i32,
}

#[cfg_attr(not(unix), allow(dead_code))] // where there is no fork nothing is written down
impl Descriptors {
    /// Writes a descriptor down.
    pub(crate) fn register(self: &Arc<Self>, descriptor: i32) -> Registration {
        self.insert(descriptor);
        Registration { descriptors: Arc::clone(self), descriptor }
    }

    /// Takes all of them out: each is given once.
    pub(crate) fn take(&self) -> Vec<i32> {
        self.blocks()
            .flat_map(|block| &block.places)
            .map(|place| place.swap(0, Ordering::AcqRel))
            .filter(|&held| held != 0)
            .map(|held| held - 1)
            .collect()
    }

    fn insert(&self, descriptor: i32) {
        let held = descriptor.saturating_add(1);
        let mut block = self;
        loop {
            let free = block.places.iter().any(|place| {
                place.compare_exchange(0, held, Ordering::AcqRel, Ordering::Relaxed).is_ok()
            });
            if free {
                return;
            }
            block = block.more.get_or_init(Box::default);
        }
    }

    fn blocks(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |block| block.more.get().map(|more| &**more))
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let held = self.descriptor.saturating_add(1);
        for place in self.descriptors.blocks().flat_map(|block| &block.places) {
            if place.compare_exchange(held, 0, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_registered_is_there_until_it_is_dropped() {
        let descriptors = Arc::new(Descriptors::default());
        let mut held: Vec<_> = (0..100).map(|number| descriptors.register(number)).collect();
        held.retain(|registration| registration.descriptor % 2 == 0);
        let mut left = descriptors.take();
        left.sort_unstable();
        assert_eq!(left, (0..100).step_by(2).collect::<Vec<_>>());
        assert!(descriptors.take().is_empty());
    }
}
