//! The raw descriptors of a generation's sockets, where a forked child can find them.
//!
//! A child inherits the sockets of its parent. It must not drop the objects that own them, since that
//! would take the parent's registration out of the epoll instance that both share; and left open they keep the
//! parent's connections alive on the server. So their numbers are kept here, readable without a lock,
//! and the child closes them with plain `close(2)`.

use crate::transport::Descriptor;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, OnceLock};

/// Descriptors in one block; most clients never need a second.
const BLOCK: usize = 64;
const NONE: i32 = -1;

/// A list that grows and never shrinks.
pub(crate) struct Descriptors {
    cells: [AtomicI32; BLOCK],
    next: OnceLock<Arc<Self>>,
}

impl Descriptors {
    pub(crate) fn new() -> Self {
        Self { cells: [const { AtomicI32::new(NONE) }; BLOCK], next: OnceLock::new() }
    }

    /// Keeps a descriptor until the registration is dropped, which must be before it is closed: its
    /// number may be another file's at once.
    pub(crate) fn register(self: &Arc<Self>, descriptor: Option<Descriptor>) -> Registration {
        let Some(descriptor) = descriptor else { return Registration(None) };
        let mut block = self;
        loop {
            for (at, cell) in block.cells.iter().enumerate() {
                let taken =
                    cell.compare_exchange(NONE, descriptor, Ordering::Relaxed, Ordering::Relaxed);
                if taken.is_ok() {
                    return Registration(Some((Arc::clone(block), at)));
                }
            }
            block = block.next.get_or_init(|| Arc::new(Self::new()));
        }
    }

    /// Closes them all: in a child, for whom the generation is the parent's.
    #[cfg(unix)]
    pub(crate) fn close_inherited(&self) {
        let mut block = Some(self);
        while let Some(this) = block {
            let open = this.cells.iter().map(|cell| cell.swap(NONE, Ordering::Relaxed));
            redis_core::fork::close_inherited(open.filter(|&descriptor| descriptor != NONE));
            block = this.next.get().map(|next| &**next);
        }
    }

    #[cfg(not(unix))]
    pub(crate) fn close_inherited(&self) {}
}

/// A descriptor that is kept while this lives.
pub(crate) struct Registration(Option<(Arc<Descriptors>, usize)>);

impl Drop for Registration {
    fn drop(&mut self) {
        if let Some((block, at)) = &self.0 {
            if let Some(cell) = block.cells.get(*at) {
                cell.store(NONE, Ordering::Relaxed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(list: &Descriptors) -> usize {
        list.cells.iter().filter(|cell| cell.load(Ordering::Relaxed) != NONE).count()
            + list.next.get().map_or(0, |next| kept(next))
    }

    #[test]
    fn a_descriptor_is_kept_as_long_as_its_registration() {
        let list = Arc::new(Descriptors::new());
        let many: Vec<_> = (0..200).map(|number| list.register(Some(1000 + number))).collect();
        let nothing = list.register(None);
        assert_eq!(kept(&list), 200);
        drop((many, nothing));
        assert_eq!(kept(&list), 0);
    }
}
