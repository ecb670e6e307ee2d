//! The books of a pool: callers that come, wait, leave, break what they have, and a clock that jumps.

use crate::chance::Chance;
use redis_core::event::CloseReason;
use redis_core::pool::{
    Accounting, CheckOut, Condition, DisconnectScope, Grant, Lease, Permit, Purpose, Settings,
    Shortage, Ticket,
};
use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

/// Turns until everybody gives back what it has.
const TURNS: usize = 120;

pub(crate) fn play(mut chance: Chance) {
    let mut world = World::new(&mut chance);
    for _ in 0..TURNS {
        match chance.below(13) {
            0..=3 => world.ask(&mut chance),
            4 | 5 => world.open(&mut chance),
            6 | 7 => world.give_back(&mut chance),
            8 => world.stop_waiting(&mut chance),
            9 => world.replace(&mut chance),
            10 => world.pass(&mut chance),
            11 => world.keep_house(),
            _ if chance.one_in(4) => world.disconnect(&mut chance),
            _ => {}
        }
        world.check();
    }
    world.finish(&mut chance);
}

struct World {
    pool: Accounting<u64>,
    max_size: usize,
    max_blocking: u32,
    max_waiting: usize,
    waits: bool,
    now: Instant,
    permits: Vec<Permit>,
    /// Those that only keep the minimum ready.
    topping_up: Vec<Permit>,
    held: Vec<(Lease, u64)>,
    /// In the order in which they came.
    queue: VecDeque<(Ticket, Purpose)>,
    /// Called, and not yet come for it.
    called: Vec<Ticket>,
    /// Open connections, in whoever's hands.
    alive: BTreeSet<u64>,
}

impl World {
    fn new(chance: &mut Chance) -> Self {
        let max_size = 1 + chance.below(4);
        let mut settings = Settings::default();
        settings.max_size = u32::try_from(max_size).unwrap_or(1);
        settings.min_idle = u32::try_from(chance.below(max_size + 1)).unwrap_or(0);
        settings.max_blocking = u32::try_from(1 + chance.below(max_size)).unwrap_or(1);
        settings.wait = !chance.one_in(5);
        settings.max_waiting = u32::try_from(1 + chance.below(6)).unwrap_or(1);
        settings.idle_timeout = chance.one_in(2).then(|| Duration::from_secs(20));
        settings.max_lifetime = chance.one_in(2).then(|| Duration::from_secs(60));
        settings.health_check_interval = chance.one_in(2).then(|| Duration::from_secs(5));
        Self {
            waits: settings.wait,
            max_blocking: settings.max_blocking,
            max_waiting: settings.max_waiting as usize,
            pool: Accounting::new(settings),
            max_size,
            now: Instant::now(),
            permits: Vec::new(),
            topping_up: Vec::new(),
            held: Vec::new(),
            queue: VecDeque::new(),
            called: Vec::new(),
            alive: BTreeSet::new(),
        }
    }

    fn ask(&mut self, chance: &mut Chance) {
        let purpose = if chance.one_in(3) { Purpose::Blocking } else { Purpose::Ordinary };
        match self.pool.check_out(purpose, self.now) {
            CheckOut::Now(grant) => {
                let alike = self.queue.iter().any(|(_, waiting)| *waiting == purpose);
                assert!(!alike, "somebody was overtaken");
                self.accept(grant);
            }
            CheckOut::Wait(ticket) => {
                assert!(self.waits, "this pool does not let its callers wait");
                self.queue.push_back((ticket, purpose));
            }
            CheckOut::Refuse(Shortage::Queue(_)) => {
                assert_eq!(self.queue.len(), self.max_waiting, "there was room in the queue");
            }
            CheckOut::Refuse(_) => assert!(!self.waits, "this pool lets its callers wait"),
            CheckOut::Closed => panic!("nobody closed it"),
        }
    }

    fn accept(&mut self, grant: Grant<u64>) {
        match grant {
            Grant::Open(permit) => self.permits.push(permit),
            Grant::Reuse { lease, connection, .. } => {
                assert!(self.alive.contains(&connection), "a closed connection was handed out");
                let held = self.held.iter().any(|(_, other)| *other == connection);
                assert!(!held, "a connection was handed to two");
                assert_eq!(lease.id(), connection);
                self.held.push((lease, connection));
            }
        }
    }

    /// Whoever may open a connection does, or fails to.
    fn open(&mut self, chance: &mut Chance) {
        let (from, idle) = if chance.one_in(3) && !self.topping_up.is_empty() {
            (&mut self.topping_up, true)
        } else {
            (&mut self.permits, false)
        };
        if from.is_empty() {
            return;
        }
        let permit = from.swap_remove(chance.below(from.len()));
        let called = match chance.below(6) {
            0 => self.pool.failed(permit),
            1 => self.pool.abandon(permit),
            _ => {
                let id = permit.id();
                assert!(self.alive.insert(id), "a number was given twice");
                let lease = self.pool.opened(permit, self.now, chance.bits());
                if idle {
                    self.pool.check_in(lease, id, Condition::Clean, self.now)
                } else {
                    self.held.push((lease, id));
                    None
                }
            }
        };
        self.call(called);
    }

    fn give_back(&mut self, chance: &mut Chance) {
        if self.held.is_empty() {
            return;
        }
        let (lease, connection) = self.held.swap_remove(chance.below(self.held.len()));
        let called = match chance.below(6) {
            0 => {
                self.alive.remove(&connection);
                self.pool.lost(lease, CloseReason::Broken)
            }
            1 => {
                let unusable = Condition::Unusable(CloseReason::Broken);
                self.pool.check_in(lease, connection, unusable, self.now)
            }
            2 => self.pool.check_in(lease, connection, Condition::Recycled, self.now),
            _ => self.pool.check_in(lease, connection, Condition::Clean, self.now),
        };
        self.call(called);
    }

    /// The first in the queue that may be served is told that its turn has come, and comes for it now or
    /// later.
    fn call(&mut self, ticket: Option<Ticket>) {
        let Some(ticket) = ticket else { return };
        let at = self.queue.iter().position(|(waiting, _)| *waiting == ticket);
        let at = at.expect("whoever is called waits");
        let full = self.pool.statistics().blocking >= self.max_blocking;
        let passed_by = self.queue.iter().take(at);
        for (_, purpose) in passed_by {
            assert!(full && *purpose == Purpose::Blocking, "somebody was overtaken");
        }
        self.queue.remove(at);
        self.called.push(ticket);
    }

    fn come(&mut self, at: usize) {
        let ticket = self.called.swap_remove(at);
        let grant = self.pool.claim(ticket).expect("whoever was called is granted something");
        self.accept(grant);
    }

    /// Somebody who waits goes away, or comes for what it was called for.
    fn stop_waiting(&mut self, chance: &mut Chance) {
        if !self.called.is_empty() && chance.one_in(2) {
            let at = chance.below(self.called.len());
            if chance.one_in(2) {
                return self.come(at);
            }
            let ticket = self.called.swap_remove(at);
            let called = self.pool.cancel(ticket, self.now);
            return self.call(called);
        }
        if let Some((ticket, _)) = self.queue.remove(chance.below(self.queue.len())) {
            let called = if chance.one_in(2) {
                self.pool.give_up(ticket, self.now)
            } else {
                self.pool.cancel(ticket, self.now)
            };
            assert_eq!(called, None, "nothing was freed, and yet somebody was called");
        }
    }

    /// A connection turns out to be unfit as soon as it was handed out.
    fn replace(&mut self, chance: &mut Chance) {
        if self.held.is_empty() {
            return;
        }
        let (lease, connection) = self.held.swap_remove(chance.below(self.held.len()));
        self.alive.remove(&connection);
        self.permits.push(self.pool.replace(lease, CloseReason::Stale));
    }

    fn pass(&mut self, chance: &mut Chance) {
        self.now += Duration::from_secs(chance.below(30) as u64);
    }

    fn keep_house(&mut self) {
        self.pool.reap(self.now);
        if let Some(permit) = self.pool.top_up() {
            self.topping_up.push(permit);
        }
    }

    fn disconnect(&mut self, chance: &mut Chance) {
        let all = chance.one_in(2);
        self.pool.disconnect(if all { DisconnectScope::All } else { DisconnectScope::Idle });
    }

    /// What holds at every moment.
    fn check(&mut self) {
        for closing in self.pool.take_closing() {
            assert!(self.alive.remove(&closing.connection), "closed twice");
            let held = self.held.iter().any(|(_, held)| *held == closing.connection);
            assert!(!held, "closed under somebody's hands");
        }
        let counts = self.pool.statistics();
        let opening = counts.opening as usize;
        assert!(self.alive.len() + opening <= self.max_size, "more than the maximum: {counts:?}");
        assert_eq!(counts.open() as usize, self.alive.len(), "{counts:?}");
        assert_eq!(counts.waiting as usize, self.queue.len());
        assert!(self.queue.len() <= self.max_waiting, "too many wait: {counts:?}");
        assert!(counts.blocking <= self.max_blocking, "too many block: {counts:?}");
        let full = counts.blocking == self.max_blocking;
        if self.queue.iter().any(|(_, purpose)| *purpose == Purpose::Ordinary || !full) {
            let free = self.max_size - self.alive.len() - opening;
            assert_eq!((counts.idle, free), (0, 0), "somebody waits in vain: {counts:?}");
        }
    }

    /// Everybody comes for what is granted and gives it back, until nobody is left.
    fn finish(mut self, chance: &mut Chance) {
        let mut rounds = 0;
        while !(self.queue.is_empty()
            && self.called.is_empty()
            && self.held.is_empty()
            && self.permits.is_empty()
            && self.topping_up.is_empty())
        {
            rounds += 1;
            assert!(rounds < 10_000, "somebody waits for ever");
            if !self.called.is_empty() {
                self.come(0);
            }
            self.open(chance);
            self.give_back(chance);
            self.check();
        }
        self.pool.disconnect(DisconnectScope::All);
        self.check();
        assert!(self.alive.is_empty(), "a connection was lost sight of");
        let counts = self.pool.statistics();
        assert_eq!((counts.open(), counts.opening, counts.in_use), (0, 0, 0), "{counts:?}");
        assert_eq!(counts.blocking, 0, "{counts:?}");
    }
}
