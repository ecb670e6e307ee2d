//! When commands share a connection that has others' on it, and when each takes one of its own.
//!
//! A connection of one's own answers sooner: nobody has to be woken by anybody. Beyond some number of them
//! the machine, and the server, are busier with system calls and switches between threads than with commands, and
//! commands that go together cost a fraction. So the first callers get connections of their own; where more
//! of them are at it at once, all of them share one, until they are fewer again.

/// So many connections for single commands are used at once, each by one caller, before they share.
///
/// Measured with `GET`s on two processors (`benches/README.md`), three callers gain by sharing already, and two do
/// not lose. But what is shared is answered in order, which callers who are few need not put up with.
pub const ENOUGH: u32 = 4;

/// So many commands are looked at before one goes back to connections of one's own.
const WINDOW: u32 = 64;

/// Whether commands share a connection now.
#[derive(Debug)]
pub(super) struct Sharing {
    is_on: bool,
    /// As many are enough: [`ENOUGH`], or all that there may be.
    enough: u32,
    /// How many commands joined since it was last decided, and how many were in flight at most.
    joined: u32,
    most: usize,
}

impl Sharing {
    pub(super) fn new(max_size: u32) -> Self {
        Self { is_on: false, enough: ENOUGH.min(max_size), joined: 0, most: 0 }
    }

    #[inline]
    pub(super) fn is_on(&self) -> bool {
        self.is_on
    }

    /// A command found nothing idle, and so many connections in use for others that are answered at once.
    pub(super) fn lacked(&mut self, in_use: u32) {
        if !self.is_on && in_use >= self.enough {
            *self = Self { is_on: true, joined: 0, most: 0, ..*self };
        }
    }

    /// A command joined, with which so many are in flight.
    #[inline]
    pub(super) fn joined(&mut self, in_flight: usize) {
        self.most = self.most.max(in_flight);
        self.joined += 1;
        if self.joined >= WINDOW {
            // half: or it would be turned on again at once; two never gain by it
            self.is_on &= self.most > (self.enough as usize / 2).max(2);
            (self.joined, self.most) = (0, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_share_once_enough_connections_are_in_use_and_until_few_are_in_flight() {
        let mut sharing = Sharing::new(100);
        sharing.lacked(ENOUGH - 1);
        assert!(!sharing.is_on());
        sharing.lacked(ENOUGH);
        assert!(sharing.is_on());
        for _ in 0..10 * WINDOW {
            sharing.joined(3);
        }
        assert!(sharing.is_on(), "more than two are in flight");
        for _ in 0..2 * WINDOW {
            sharing.joined(2);
        }
        assert!(!sharing.is_on());
    }

    #[test]
    fn one_crowd_in_a_window_is_reason_enough_to_go_on() {
        let mut sharing = Sharing::new(100);
        sharing.lacked(ENOUGH);
        for round in 0..10 * WINDOW {
            sharing.joined(if round % WINDOW == 7 { ENOUGH as usize } else { 1 });
        }
        assert!(sharing.is_on());
    }

    #[test]
    fn where_fewer_connections_are_allowed_all_of_them_are_enough() {
        let mut sharing = Sharing::new(3);
        sharing.lacked(2);
        assert!(!sharing.is_on());
        sharing.lacked(3);
        assert!(sharing.is_on());
        for _ in 0..2 * WINDOW {
            sharing.joined(2);
        }
        assert!(!sharing.is_on(), "two have connections of their own");
    }
}
