//! One slot for many replies: what a pipeline holds.
//!
//! ```text
//!             admit             reply                 last reply
//!   queued ──────────▶ coming ─────────▶ coming … ───────────────▶ over ──take──▶ free
//!                        │ overdue, or left: the rest is dropped as it comes  ▲
//!                        └── the connection ended ───────────────────────────┘
//! ```

use super::{InFlight, Slot, SlotId, Slots, Unsolicited};
use crate::error::Error;

/// For no more replies room is made before they come.
const AT_ONCE: usize = 1024;

/// What became of a volley.
#[derive(Debug)]
#[non_exhaustive]
pub struct Volleyed<V> {
    /// The replies that came, in order.
    pub replies: Vec<V>,
    /// Why not all of them did.
    pub error: Option<Error>,
    /// Of how many of its bytes it is not known that they were not written.
    pub sent: usize,
}

/// To whom the next replies belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Each to a command of its own, so many at most.
    Singles(usize),
    /// So many to one volley.
    Volley(usize),
}

/// Replies that are collected in one slot.
#[derive(Debug)]
pub(super) struct Volley<W, V> {
    waker: Option<W>,
    replies: Vec<V>,
    missing: usize,
    error: Option<Error>,
    sent: usize,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Queued,
    Coming,
    /// Nobody waits any more.
    Left,
    /// Nothing is to come any more.
    Over,
}

impl<W, P, C, V> Slots<W, P, C, V> {
    /// Gives `replies` commands (at least one), `size` bytes together, one slot; to be called only where
    /// [`has_room`](Self::has_room).
    pub fn submit_volley(
        &mut self,
        size: usize,
        replies: usize,
        ticks: Option<u32>,
        waker: W,
    ) -> SlotId {
        let due = self.due(ticks);
        let id = self.insert(Slot::Volley(Volley::new(replies, State::Coming, waker)));
        self.launch(id, size, due, 0);
        self.further = self.further.saturating_add(replies.saturating_sub(1));
        id
    }

    /// Keeps such commands until there is room; they are sent together by [`admit`](Self::admit).
    pub fn enqueue_volley(
        &mut self,
        commands: C,
        replies: usize,
        ticks: Option<u32>,
        waker: W,
    ) -> SlotId {
        let id = self.insert(Slot::Volley(Volley::new(replies, State::Queued, waker)));
        self.queue(id, commands, ticks);
        id
    }

    /// What became of a volley, once that is known; the slot is then the caller's no more.
    pub fn take_volley(&mut self, id: SlotId) -> Option<Volleyed<V>> {
        let Some(Slot::Volley(volley)) = self.slot(id.0) else { return None };
        if volley.state != State::Over && volley.error.is_none() {
            return None;
        }
        let taken = Volleyed {
            replies: std::mem::take(&mut volley.replies),
            error: volley.error.take(),
            sent: volley.sent,
        };
        if volley.leave() {
            self.release(id.0);
        }
        Some(taken)
    }

    /// To whom the next replies belong, as far as a look at the first few tells.
    #[inline]
    pub fn next_due(&self) -> Due {
        /// Of so many commands, so many replies are handed out before the next look.
        const FEW: usize = 64;
        if self.further == 0 {
            return Due::Singles(usize::MAX);
        }
        let volley = |sent: &InFlight| match self.slab.get(sent.slot as usize) {
            Some(Slot::Volley(volley)) => Some(volley.missing()),
            _ => None,
        };
        match self.in_flight.front().and_then(volley) {
            Some(missing) => Due::Volley(missing),
            None => {
                let first = self.in_flight.iter().take(FEW).position(|sent| volley(sent).is_some());
                Due::Singles(first.unwrap_or(FEW))
            }
        }
    }

    /// The next replies, so many, which are [due](Self::next_due) to one volley: returns the waker of the one
    /// it belongs to if they were the last, unless that one has left.
    ///
    /// # Errors
    ///
    /// [`Unsolicited`] where no volley waits for so many replies.
    pub fn fill_volley(&mut self, payload: V, replies: usize) -> Result<Option<W>, Unsolicited> {
        let next = *self.in_flight.front().ok_or(Unsolicited)?;
        let Some(Slot::Volley(volley)) = self.slab.get_mut(next.slot as usize) else {
            return Err(Unsolicited);
        };
        if volley.missing() < replies {
            return Err(Unsolicited);
        }
        let waker = volley.fill(payload, replies);
        if !volley.is_complete() {
            self.further = self.further.saturating_sub(replies);
            return Ok(None);
        }
        let left = volley.has_left();
        self.further = self.further.saturating_sub(replies.saturating_sub(1));
        self.in_flight.pop_front();
        self.answered = self.answered.wrapping_add(1);
        if left {
            self.release(next.slot);
        }
        Ok(waker)
    }
}

impl<W, V> Volley<W, V> {
    fn new(replies: usize, state: State, waker: W) -> Box<Self> {
        Box::new(Self {
            waker: Some(waker),
            replies: Vec::new(),
            missing: replies,
            error: None,
            sent: usize::MAX,
            state,
        })
    }

    /// The next replies, so many; the waker when they were the last.
    fn fill(&mut self, payload: V, replies: usize) -> Option<W> {
        self.missing = self.missing.saturating_sub(replies);
        if self.state == State::Coming && self.error.is_none() {
            if self.replies.is_empty() && replies == 1 {
                self.replies.reserve(self.missing.saturating_add(1).min(AT_ONCE));
            }
            self.replies.push(payload);
        }
        if self.missing > 0 {
            return None;
        }
        if self.state == State::Coming {
            self.state = State::Over;
        }
        self.waker.take()
    }

    /// Whether its last reply has come.
    pub(super) fn is_complete(&self) -> bool {
        self.missing == 0
    }

    pub(super) fn missing(&self) -> usize {
        self.missing
    }

    pub(super) fn has_left(&self) -> bool {
        self.state == State::Left
    }

    pub(super) fn is_queued(&self) -> bool {
        self.state == State::Queued
    }

    pub(super) fn admitted(&mut self) {
        self.state = State::Coming;
    }

    pub(super) fn waker_mut(&mut self) -> Option<&mut W> {
        self.waker.as_mut()
    }

    /// The waker, to be dropped outside of every lock.
    pub(super) fn take_waker(&mut self) -> Option<W> {
        self.waker.take()
    }

    /// The caller goes away; whether the slot is free now.
    pub(super) fn leave(&mut self) -> bool {
        let over = self.state == State::Over;
        self.state = State::Left;
        self.replies = Vec::new();
        self.error = None;
        self.waker = None;
        over
    }

    /// It has taken too long; who is to be woken.
    pub(super) fn expire(&mut self, error: &dyn Fn() -> Error) -> Option<W> {
        match self.state {
            State::Queued => {
                self.sent = 0;
                self.state = State::Over;
            }
            State::Coming if self.error.is_none() => {}
            State::Coming | State::Left | State::Over => return None,
        }
        self.error = Some(error());
        self.waker.take()
    }

    /// Nothing more will come; whether the slot is free now, and who is to be woken.
    pub(super) fn end(&mut self, sent: usize, error: &dyn Fn() -> Error) -> (bool, Option<W>) {
        match self.state {
            State::Left => return (true, None),
            State::Over => return (false, None),
            State::Queued | State::Coming => self.state = State::Over,
        }
        if self.error.is_none() {
            self.error = Some(error());
            self.sent = sent;
        }
        (false, self.waker.take())
    }
}
