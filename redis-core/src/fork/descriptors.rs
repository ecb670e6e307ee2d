//! The raw descriptors of a generation's sockets, where a forked child can find them.
//!
//! A child inherits the sockets of its parent. It must not drop the objects that own them, since that
//! may take the parent's registration out of an epoll instance that both share; and left open they keep
//! the parent's connections alive on the server. So their numbers are kept here, readable without a
//! lock, and the child closes them with plain `close(2)`.
//!
//! The number alone is not enough. `fork` copies the table of open files first and the memory after
//! it, while the other threads go on: one of them may open a socket in between, and then the child reads
//! a number here that its own table does not have. Whatever the child opens next gets that number, its
//! runtime's epoll instance for one, and to close it would leave the child waiting for ever. Hence each
//! number is kept with its file's identity, and only that file is closed. A socket that was closed in
//! between is still open in the child; so a number is remembered until its place is needed.

use super::sync::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// So many places lie in one block; blocks are added, never moved or freed.
const BLOCK: usize = 32;

/// A place that was never filled, and one that is being filled.
const EMPTY: i32 = i32::MIN;
const TAKEN: i32 = i32::MIN + 1;

/// A list of descriptors that grows and never shrinks.
#[derive(Debug)]
pub struct Descriptors {
    places: [Place; BLOCK],
    more: OnceLock<Arc<Self>>,
}

#[derive(Debug)]
struct Place {
    /// The number while it is kept, and inverted while it is remembered.
    descriptor: AtomicI32,
    /// Which file it is, written before the descriptor.
    identity: AtomicU64,
    /// Whether there is a server at its other end, written as the identity is.
    has_peer: AtomicBool,
}

impl Descriptors {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps a descriptor until the registration is dropped, which must be before it is closed: its
    /// number may be another file's at once. Nothing is kept where there is none.
    pub fn register(self: &Arc<Self>, descriptor: Option<i32>) -> Registration {
        self.keep(descriptor, true)
    }

    /// The same for one whose both ends are this process's: a child must close it too, but it is no connection,
    /// and is not [shut](Self::shut).
    pub fn register_own(self: &Arc<Self>, descriptor: Option<i32>) -> Registration {
        self.keep(descriptor, false)
    }

    fn keep(self: &Arc<Self>, descriptor: Option<i32>, has_peer: bool) -> Registration {
        let known = descriptor.and_then(|descriptor| Some((descriptor, identity(descriptor)?)));
        let Some((descriptor, identity)) = known else { return Registration(None) };
        let mut block = self;
        loop {
            for (at, place) in block.places.iter().enumerate() {
                if place.fill(descriptor, identity, has_peer) {
                    return Registration(Some((Arc::clone(block), at)));
                }
            }
            block = block.more.get_or_init(Arc::default);
        }
    }

    /// Closes those that this process inherited, and says nothing to the peer: no shutdown, no TLS
    /// farewell, which would end the parent's connection.
    ///
    /// For the owner of an old generation, in the child only, who has forgotten the objects that these
    /// belong to and will never touch them again.
    pub fn close_inherited(&self) {
        let mut block = Some(self);
        while let Some(this) = block {
            for place in &this.places {
                if let Some((descriptor, identity)) = place.take() {
                    close(descriptor, identity);
                }
            }
            block = this.more.get().map(|more| &**more);
        }
    }
}

impl Descriptors {
    /// Ends the conversation on every connection that is kept, both ways, and says how many those are: whoever reads
    /// or writes there finds the end of the stream. They are not closed, since they are their owners'.
    pub fn shut(&self) -> usize {
        let mut shut = 0;
        let mut block = Some(self);
        while let Some(this) = block {
            shut += this.places.iter().filter(|place| place.shut()).count();
            block = this.more.get().map(|more| &**more);
        }
        shut
    }
}

impl Place {
    fn shut(&self) -> bool {
        let descriptor = self.descriptor.load(Ordering::Acquire);
        descriptor >= 0
            && self.has_peer.load(Ordering::Relaxed)
            && shut(descriptor, self.identity.load(Ordering::Relaxed))
    }

    fn fill(&self, descriptor: i32, identity: u64, has_peer: bool) -> bool {
        let was = self.descriptor.load(Ordering::Relaxed);
        let free = was < 0 && was != TAKEN;
        let order = (Ordering::Acquire, Ordering::Relaxed);
        if !free || self.descriptor.compare_exchange(was, TAKEN, order.0, order.1).is_err() {
            return false;
        }
        self.identity.store(identity, Ordering::Relaxed);
        self.has_peer.store(has_peer, Ordering::Relaxed);
        self.descriptor.store(descriptor, Ordering::Release);
        true
    }

    fn leave(&self) {
        let descriptor = self.descriptor.load(Ordering::Relaxed);
        if descriptor >= 0 {
            self.descriptor.store(!descriptor, Ordering::Release);
        }
    }

    fn take(&self) -> Option<(i32, u64)> {
        let descriptor = match self.descriptor.swap(EMPTY, Ordering::Acquire) {
            EMPTY | TAKEN => return None,
            kept if kept >= 0 => kept,
            remembered => !remembered,
        };
        Some((descriptor, self.identity.load(Ordering::Relaxed)))
    }
}

impl Default for Descriptors {
    fn default() -> Self {
        // one loop: derived, it would be as many calls as there are places
        Self { places: std::array::from_fn(|_| Place::default()), more: OnceLock::new() }
    }
}

impl Default for Place {
    fn default() -> Self {
        Self {
            descriptor: AtomicI32::new(EMPTY),
            identity: AtomicU64::new(0),
            has_peer: AtomicBool::new(false),
        }
    }
}

/// A descriptor that is kept while this lives.
#[derive(Debug)]
#[must_use = "the descriptor is kept while this lives"]
pub struct Registration(Option<(Arc<Descriptors>, usize)>);

impl Drop for Registration {
    fn drop(&mut self) {
        if let Some(place) = self.0.as_ref().and_then(|(block, at)| block.places.get(*at)) {
            place.leave();
        }
    }
}

#[cfg(unix)]
use super::{close_socket as close, shut_socket as shut, socket_identity as identity};

/// Where there is no fork, nothing is kept.
#[cfg(not(unix))]
fn identity(_: i32) -> Option<u64> {
    None
}

#[cfg(not(unix))]
fn close(_: i32, _: u64) {}

#[cfg(not(unix))]
fn shut(_: i32, _: u64) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::os::fd::{AsRawFd as _, IntoRawFd as _};
    use std::os::unix::net::UnixStream;

    fn kept(list: &Descriptors) -> usize {
        let here = list.places.iter().filter(|it| it.descriptor.load(Ordering::Relaxed) >= 0);
        here.count() + list.more.get().map_or(0, |more| kept(more))
    }

    #[test]
    fn a_descriptor_is_kept_as_long_as_its_registration() {
        let list = Arc::new(Descriptors::new());
        let (socket, _peer) = UnixStream::pair().unwrap();
        let mut many: Vec<_> = (0..100).map(|_| list.register(Some(socket.as_raw_fd()))).collect();
        let nothing = list.register(None);
        assert_eq!(kept(&list), 100);
        many.truncate(40);
        assert_eq!(kept(&list), 40);
        drop((many, nothing));
        assert_eq!(kept(&list), 0);
    }

    #[test]
    fn what_is_kept_is_closed_once() {
        let list = Arc::new(Descriptors::new());
        let (socket, mut peer) = UnixStream::pair().unwrap();
        let _registration = list.register(Some(socket.into_raw_fd()));
        list.close_inherited();
        assert_eq!(peer.read(&mut [0]).unwrap(), 0, "the other side sees the end");
        assert_eq!(kept(&list), 0);
        list.close_inherited();
    }

    #[test]
    fn what_was_just_closed_elsewhere_is_closed_here_too() {
        let list = Arc::new(Descriptors::new());
        let (socket, mut peer) = UnixStream::pair().unwrap();
        // as in a child whose table was copied before the socket was closed, and whose memory after
        drop(list.register(Some(socket.into_raw_fd())));
        list.close_inherited();
        assert_eq!(peer.read(&mut [0]).unwrap(), 0, "the other side sees the end");
    }

    #[test]
    fn a_number_that_means_another_file_by_now_is_left_alone() {
        let list = Arc::new(Descriptors::new());
        let (first, _first_peer) = UnixStream::pair().unwrap();
        let (second, mut second_peer) = UnixStream::pair().unwrap();
        // as in a child whose table was copied before the socket was opened: the number is there, and
        // what the child opened has it
        let registration = list.register(Some(first.as_raw_fd()));
        if let Some((block, at)) = &registration.0 {
            block.places[*at].descriptor.store(second.as_raw_fd(), Ordering::Relaxed);
        }
        list.close_inherited();
        let mut second = second;
        second.write_all(b"x").expect("still open");
        second_peer.read_exact(&mut [0]).unwrap();
    }

    #[test]
    fn what_is_shut_ends_both_ways_and_stays_its_owner_s() {
        let list = Arc::new(Descriptors::new());
        let (mut socket, mut peer) = UnixStream::pair().unwrap();
        let registration = list.register(Some(socket.as_raw_fd()));
        assert_eq!(list.shut(), 1);
        assert_eq!(socket.read(&mut [0]).unwrap(), 0, "its owner sees the end");
        assert_eq!(peer.read(&mut [0]).unwrap(), 0, "the other side too");
        assert_eq!(kept(&list), 1);
        let (mut bell, mut hears) = UnixStream::pair().unwrap();
        let _own = list.register_own(Some(bell.as_raw_fd()));
        assert_eq!(list.shut(), 1, "what is no connection is left alone");
        bell.write_all(b"x").expect("still open");
        hears.read_exact(&mut [0]).unwrap();
        drop(registration);
        assert_eq!(list.shut(), 0, "what is remembered is no more its owner's");
    }

    #[test]
    fn a_number_that_means_another_socket_by_now_is_not_shut() {
        let list = Arc::new(Descriptors::new());
        let (first, _first_peer) = UnixStream::pair().unwrap();
        let (mut second, mut second_peer) = UnixStream::pair().unwrap();
        let registration = list.register(Some(first.as_raw_fd()));
        if let Some((block, at)) = &registration.0 {
            block.places[*at].descriptor.store(second.as_raw_fd(), Ordering::Relaxed);
        }
        assert_eq!(list.shut(), 0);
        second.write_all(b"x").expect("still open");
        second_peer.read_exact(&mut [0]).unwrap();
    }

    #[test]
    fn what_is_no_socket_is_left_alone() {
        let list = Arc::new(Descriptors::new());
        let file = std::fs::File::open("/dev/null").unwrap();
        let _registration = list.register(Some(file.as_raw_fd()));
        assert_eq!(kept(&list), 0);
    }
}
