//! Slots against a model: lists that are searched, and nothing that is reused.

use redis_core::connection::reached;
use redis_core::connection::slots::{Awaited, Bounds, Overdue, SlotId, Slots};
use redis_core::{Delivery, Error, ErrorKind, TimeoutKind};
use std::collections::VecDeque;

/// What happens, byte after byte.
pub(super) fn run(script: &[u8]) {
    let mut bytes = script.iter().copied();
    let commands = usize::from(bytes.next().unwrap_or(3) % 12);
    let mut session = Session::new(Bounds::new(commands, 64));
    while let (Some(what), Some(how)) = (bytes.next(), bytes.next()) {
        let how = usize::from(how);
        match what % 11 {
            0 | 1 => session.submit(1, how),
            2 => session.submit(1 + how % 5, how),
            3 | 4 => session.reply(),
            5 => session.take(how),
            6 => session.leave(how),
            7 => session.admit(),
            8 => session.expire(how),
            9 => session.slots.drained(),
            _ if how % 3 == 0 => session.slots.open(),
            _ if how % 3 == 1 => session.slots.close(),
            _ => session.fail(how),
        }
        assert_eq!(session.slots.in_flight(), session.sent.len());
    }
    session.end();
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Waits for room.
    Room,
    /// Is sent, and holds its slot until its replies have come.
    Sent,
    /// Has its outcome, and nobody has come for it yet.
    Over,
}

#[derive(Debug)]
struct Caller {
    id: SlotId,
    fate: Fate,
    many: bool,
    missing: usize,
    replies: Vec<u32>,
    error: Option<String>,
    left: bool,
    size: usize,
    /// Bytes that were submitted before.
    start: usize,
    /// No earlier than at this tick it may be told that its time is over.
    due: Option<u32>,
}

impl Caller {
    /// Whether the slot is still its own: nobody else may be given it.
    fn holds_slot(&self) -> bool {
        !self.left || self.fate != Fate::Over
    }

    fn waits(&self) -> bool {
        !self.left && self.error.is_none() && self.fate != Fate::Over
    }
}

struct Session {
    slots: Slots<usize, u32, usize>,
    callers: Vec<Caller>,
    /// Whose replies are to come, in order.
    sent: VecDeque<usize>,
    replies: u32,
    submitted: usize,
}

impl Session {
    fn new(bounds: Bounds) -> Self {
        let mut slots = Slots::new(bounds);
        slots.open();
        Self { slots, callers: Vec::new(), sent: VecDeque::new(), replies: 0, submitted: 0 }
    }

    fn submit(&mut self, replies: usize, how: usize) {
        let (caller, size) = (self.callers.len(), 1 + how % 40);
        let ticks = (how % 4 != 0).then_some(how as u32 % 4);
        let many = replies > 1;
        let room = self.slots.has_room();
        let id = match (room, many) {
            (true, false) => self.slots.submit(size, ticks, caller),
            (true, true) => self.slots.submit_volley(size, replies, ticks, caller),
            (false, false) => self.slots.enqueue(caller, ticks, caller),
            (false, true) => self.slots.enqueue_volley(caller, replies, ticks, caller),
        };
        let taken = self.callers.iter().any(|other| other.id == id && other.holds_slot());
        assert!(!taken, "one slot for two");
        let due = ticks.map(|ticks| self.slots.tick() + ticks);
        self.callers.push(Caller {
            id,
            fate: Fate::Room,
            many,
            missing: replies,
            replies: Vec::new(),
            error: None,
            left: false,
            size,
            start: 0,
            due,
        });
        if room {
            self.launch(caller);
        }
    }

    fn launch(&mut self, caller: usize) {
        let sent = &mut self.callers[caller];
        (sent.fate, sent.start) = (Fate::Sent, self.submitted);
        self.submitted += sent.size;
        self.sent.push_back(caller);
    }

    fn reply(&mut self) {
        let number = self.replies;
        self.replies += 1;
        let outcome = self.slots.fill_next(number);
        let Some(&front) = self.sent.front() else {
            assert!(outcome.is_err(), "a reply that nobody asked for was taken");
            return;
        };
        let caller = &mut self.callers[front];
        let waits = caller.waits();
        caller.missing -= 1;
        if waits {
            caller.replies.push(number);
        }
        let complete = caller.missing == 0;
        if complete {
            caller.fate = Fate::Over;
            self.sent.pop_front();
        }
        let expected = (complete && waits).then_some(front);
        assert_eq!(outcome.expect("somebody waits"), expected, "another was woken");
    }

    fn take(&mut self, how: usize) {
        let Some((_, caller)) = pick(&mut self.callers, how) else { return };
        let due = caller.error.is_some() || caller.fate == Fate::Over;
        if caller.many {
            let taken = self.slots.take_volley(caller.id);
            assert_eq!(taken.is_some(), due, "{caller:?}");
            let Some(taken) = taken else { return };
            assert_eq!(taken.replies, caller.replies);
            assert_eq!(taken.error.map(|error| told(&error)), caller.error);
        } else {
            let taken = self.slots.take(caller.id);
            assert_eq!(taken.is_some(), due, "{caller:?}");
            let Some(taken) = taken else { return };
            match &caller.error {
                Some(error) => assert_eq!(taken.map_err(|error| told(&error)), Err(error.clone())),
                None => assert_eq!(taken.ok().as_ref(), caller.replies.first()),
            }
        }
        caller.left = true;
    }

    fn leave(&mut self, how: usize) {
        let Some((number, caller)) = pick(&mut self.callers, how) else { return };
        let waits = caller.waits();
        let waker = self.slots.abandon(caller.id);
        assert_eq!(waker, waits.then_some(number), "the waker goes with its owner");
        caller.left = true;
        if caller.fate == Fate::Room {
            // its slot is given back when the queue is next gone through
            caller.fate = Fate::Over;
        }
    }

    fn admit(&mut self) {
        let mut admitted = Vec::new();
        let callers = &self.callers;
        self.slots.admit(|caller| {
            admitted.push(caller);
            callers[caller].size
        });
        let waiting: Vec<usize> = (0..self.callers.len())
            .filter(|&caller| {
                let caller = &self.callers[caller];
                caller.fate == Fate::Room && caller.waits()
            })
            .collect();
        assert!(waiting.starts_with(&admitted), "{admitted:?} before others of {waiting:?}");
        admitted.into_iter().for_each(|caller| self.launch(caller));
    }

    fn expire(&mut self, how: usize) {
        let now = self.slots.tick() + 1 + how as u32 % 3;
        let mut woken = Vec::new();
        self.slots.expire(now, overdue, &mut woken);
        for number in woken {
            let caller = &mut self.callers[number];
            assert!(caller.waits(), "somebody who did not wait was told: {caller:?}");
            assert!(caller.due.is_some_and(|due| now > due), "too early: {caller:?}");
            let what = if caller.fate == Fate::Room { Awaited::Room } else { Awaited::Reply };
            caller.error = Some(told(&late(what)));
            if caller.fate == Fate::Room {
                caller.fate = Fate::Over;
            }
        }
    }

    fn fail(&mut self, how: usize) {
        let unsent = how % 100;
        let written = self.submitted.saturating_sub(unsent);
        let mut woken = Vec::new();
        self.slots.fail_all(unsent, lost, &mut woken);
        let mut expected = Vec::new();
        for (number, caller) in self.callers.iter_mut().enumerate() {
            if caller.fate == Fate::Over {
                continue;
            }
            if caller.waits() {
                let unknown = caller.fate == Fate::Sent && reached(written.saturating_sub(caller.start), caller.size);
                let delivery = if unknown { Delivery::Unknown } else { Delivery::NotSent };
                caller.error = Some(told(&lost(delivery)));
                expected.push(number);
            }
            caller.fate = Fate::Over;
        }
        self.sent.clear();
        woken.sort_unstable();
        assert_eq!(woken, expected, "who waits is told, and nobody else");
        self.slots.open();
    }

    /// Everybody is told in the end, and no slot stays behind.
    fn end(mut self) {
        self.fail(0);
        for number in 0..self.callers.len() {
            if !self.callers[number].left {
                let at = self.callers[..number].iter().filter(|caller| !caller.left).count();
                self.take(at);
                assert!(self.callers[number].left, "never told: {:?}", self.callers[number]);
            }
        }
        assert_eq!(self.slots.occupied(), 0, "a slot was lost");
    }
}

/// One of those who have not left.
fn pick(callers: &mut [Caller], how: usize) -> Option<(usize, &mut Caller)> {
    let present = callers.iter().filter(|caller| !caller.left).count();
    let at = how.checked_rem(present)?;
    callers.iter_mut().enumerate().filter(|(_, caller)| !caller.left).nth(at)
}

fn overdue(overdue: Overdue) -> Error {
    late(overdue.awaited)
}

fn late(what: Awaited) -> Error {
    match what {
        Awaited::Room => Error::timeout(TimeoutKind::Acquire, "room"),
        _ => Error::timeout(TimeoutKind::Reply, "reply"),
    }
}

fn lost(delivery: Delivery) -> Error {
    Error::new(ErrorKind::Closed, "lost").with_delivery(delivery)
}

fn told(error: &Error) -> String {
    format!("{error} {:?}", error.delivery())
}
