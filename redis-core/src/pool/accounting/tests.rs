//! The pool under a clock that only moves when it is told to.

#[cfg(test)] // so that the architecture test knows it for what it is
use super::*;
use std::time::Duration;

/// A pool of numbered connections and a clock.
struct Scene {
    pool: Accounting<u64>,
    now: Instant,
}

impl Scene {
    fn new(settings: Settings) -> Self {
        Self { pool: Accounting::new(settings), now: Instant::now() }
    }

    fn of_size(max_size: u32) -> Self {
        Self::new(Settings { max_size, ..Settings::default() })
    }

    fn pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }

    fn check_out(&mut self) -> CheckOut<u64> {
        self.pool.check_out(Purpose::Ordinary, self.now)
    }

    /// A connection, opened if need be.
    fn take(&mut self) -> (Lease, u64) {
        match self.check_out() {
            CheckOut::Now(grant) => self.accept(grant),
            other => panic!("expected a connection, found {other:?}"),
        }
    }

    fn accept(&mut self, grant: Grant<u64>) -> (Lease, u64) {
        match grant {
            Grant::Reuse { lease, connection, .. } => (lease, connection),
            Grant::Open(permit) => {
                let id = permit.id();
                (self.pool.opened(permit, self.now, 0), id)
            }
        }
    }

    fn queue(&mut self) -> Ticket {
        match self.check_out() {
            CheckOut::Wait(ticket) => ticket,
            other => panic!("expected to wait, found {other:?}"),
        }
    }

    /// A connection for a blocking command.
    fn block(&mut self) -> (Lease, u64) {
        match self.pool.check_out(Purpose::Blocking, self.now) {
            CheckOut::Now(grant) => self.accept(grant),
            other => panic!("expected a connection, found {other:?}"),
        }
    }

    fn queue_to_block(&mut self) -> Ticket {
        match self.pool.check_out(Purpose::Blocking, self.now) {
            CheckOut::Wait(ticket) => ticket,
            other => panic!("expected to wait, found {other:?}"),
        }
    }

    fn give_back(&mut self, (lease, connection): (Lease, u64)) -> Option<Ticket> {
        self.pool.check_in(lease, connection, Condition::Clean, self.now)
    }

    /// The numbers of the connections to be closed, and why.
    fn closing(&mut self) -> Vec<(u64, CloseReason)> {
        self.pool.take_closing().into_iter().map(|c| (c.connection, c.reason)).collect()
    }
}

#[test]
fn an_empty_pool_lets_its_caller_open_a_connection() {
    let mut scene = Scene::of_size(1);
    assert!(matches!(scene.check_out(), CheckOut::Now(Grant::Open(_))));
    assert_eq!(scene.pool.statistics().opening, 1);
}

#[test]
fn the_connection_returned_last_is_reused_first() {
    let mut scene = Scene::of_size(2);
    let (first, second) = (scene.take(), scene.take());
    scene.give_back(first);
    scene.give_back(second);
    assert_eq!(scene.take().1, 2);
    assert_eq!(scene.take().1, 1);
}

#[test]
fn a_full_pool_that_does_not_wait_refuses_and_counts_it() {
    let mut scene = Scene::new(Settings { max_size: 1, wait: false, ..Settings::default() });
    let _held = scene.take();
    assert_eq!(scene.check_out(), CheckOut::Refuse(Shortage::Connections(1)));
    assert_eq!(scene.pool.statistics().refused, 1);
}

#[test]
fn who_comes_when_too_many_wait_is_refused_and_counted() {
    let mut scene = Scene::new(Settings { max_size: 1, max_waiting: 2, ..Settings::default() });
    let held = scene.take();
    let (first, second) = (scene.queue(), scene.queue());
    assert_eq!(scene.check_out(), CheckOut::Refuse(Shortage::Queue(2)));
    let counts = scene.pool.statistics();
    assert_eq!((counts.waiting, counts.refused, counts.overloaded), (2, 1, 1));
    // whose turn has come waits no more, and neither does who left
    assert_eq!(scene.give_back(held), Some(first));
    let third = scene.queue();
    assert_eq!(scene.check_out(), CheckOut::Refuse(Shortage::Queue(2)));
    assert_eq!(scene.pool.cancel(second, scene.now), None);
    let _fourth = scene.queue();
    assert!(scene.pool.claim(third).is_none());
}

#[test]
fn those_who_wait_are_served_in_the_order_of_their_coming() {
    let mut scene = Scene::of_size(1);
    let held = scene.take();
    let (first, second) = (scene.queue(), scene.queue());
    assert_eq!(scene.give_back(held), Some(first));
    let grant = scene.pool.claim(first).unwrap();
    let held = scene.accept(grant);
    assert!(scene.pool.claim(second).is_none());
    assert_eq!(scene.give_back(held), Some(second));
}

#[test]
fn a_later_caller_never_overtakes_one_whose_turn_has_come() {
    let mut scene = Scene::of_size(1);
    let held = scene.take();
    let first = scene.queue();
    assert_eq!(scene.give_back(held), Some(first));
    // the first has not woken yet
    let late = scene.queue();
    assert!(scene.pool.claim(late).is_none());
    assert!(scene.pool.claim(first).is_some());
}

#[test]
fn the_place_of_a_connection_that_broke_goes_to_the_first_who_waits() {
    let mut scene = Scene::of_size(1);
    let (lease, _) = scene.take();
    let waiter = scene.queue();
    assert_eq!(scene.pool.lost(lease, CloseReason::Broken), Some(waiter));
    assert!(matches!(scene.pool.claim(waiter), Some(Grant::Open(_))));
}

#[test]
fn the_place_of_a_connection_that_could_not_be_opened_goes_to_the_first_who_waits() {
    let mut scene = Scene::of_size(1);
    let CheckOut::Now(Grant::Open(permit)) = scene.check_out() else { panic!("no permit") };
    let waiter = scene.queue();
    assert_eq!(scene.pool.failed(permit), Some(waiter));
    assert!(matches!(scene.pool.claim(waiter), Some(Grant::Open(_))));
    assert_eq!(scene.pool.statistics().failed, 1);
}

#[test]
fn one_who_stops_waiting_is_passed_over() {
    let mut scene = Scene::of_size(1);
    let held = scene.take();
    let (first, second) = (scene.queue(), scene.queue());
    assert_eq!(scene.pool.give_up(first, scene.now), None);
    assert_eq!(scene.give_back(held), Some(second));
    assert_eq!(scene.pool.statistics().timeouts, 1);
}

#[test]
fn what_was_granted_to_one_who_stopped_waiting_goes_to_the_next() {
    let mut scene = Scene::of_size(1);
    let held = scene.take();
    let (first, second) = (scene.queue(), scene.queue());
    assert_eq!(scene.give_back(held), Some(first));
    assert_eq!(scene.pool.cancel(first, scene.now), Some(second));
    assert!(matches!(scene.pool.claim(second), Some(Grant::Reuse { connection: 1, .. })));
}

#[test]
fn a_permit_granted_to_one_who_stopped_waiting_goes_to_the_next() {
    let mut scene = Scene::of_size(1);
    let (lease, _) = scene.take();
    let (first, second) = (scene.queue(), scene.queue());
    assert_eq!(scene.pool.lost(lease, CloseReason::Broken), Some(first));
    assert_eq!(scene.pool.cancel(first, scene.now), Some(second));
    assert!(matches!(scene.pool.claim(second), Some(Grant::Open(_))));
    assert_eq!(scene.pool.statistics().opening, 1);
}

#[test]
fn a_connection_that_was_idle_for_too_long_is_closed_instead_of_reused() {
    let mut scene = Scene::of_size(1);
    let held = scene.take();
    scene.give_back(held);
    scene.pass(600);
    assert!(matches!(scene.check_out(), CheckOut::Now(Grant::Open(_))));
    assert_eq!(scene.closing(), [(1, CloseReason::Idle)]);
}

#[test]
fn who_takes_one_ends_those_that_were_idle_for_too_long_beneath_it() {
    let mut scene = Scene::of_size(3);
    let held = [scene.take(), scene.take(), scene.take()];
    for held in held {
        scene.give_back(held);
        scene.pass(200);
    }
    // 600, 400 and 200 seconds
    let last = scene.take();
    assert_eq!((last.1, scene.closing()), (3, vec![(1, CloseReason::Idle)]));
    scene.give_back(last);
    scene.pass(200);
    assert_eq!((scene.take().1, scene.closing()), (3, vec![(2, CloseReason::Idle)]));
}

#[test]
fn what_the_minimum_kept_beyond_its_time_is_not_handed_out() {
    let mut scene = Scene::new(Settings { min_idle: 2, ..Settings::default() });
    let held = [scene.take(), scene.take()];
    for held in held {
        scene.give_back(held);
    }
    scene.pass(600);
    scene.pool.reap(scene.now);
    assert_eq!((scene.closing(), scene.pool.statistics().idle), (vec![], 2));
    assert!(matches!(scene.check_out(), CheckOut::Now(Grant::Open(_))));
    assert_eq!(scene.closing(), [(2, CloseReason::Idle), (1, CloseReason::Idle)]);
}

#[test]
fn a_life_that_ends_before_those_of_older_ones_ends_on_time() {
    let mut scene = Scene::new(Settings {
        max_lifetime: Some(Duration::from_secs(100)),
        lifetime_jitter: 0.5,
        ..Settings::default()
    });
    let (first, mut second) = (scene.take(), None);
    if let CheckOut::Now(Grant::Open(permit)) = scene.check_out() {
        second = Some(scene.pool.opened(permit, scene.now, u64::MAX));
    }
    scene.give_back(first);
    scene.give_back((second.expect("a permit"), 2));
    scene.pass(60);
    assert_eq!((scene.take().1, scene.closing()), (1, vec![(2, CloseReason::Lifetime)]));
}

#[test]
fn a_connection_that_has_lived_for_too_long_is_closed_when_it_comes_back() {
    let mut scene =
        Scene::new(Settings { max_lifetime: Some(Duration::from_secs(60)), ..Settings::default() });
    let held = scene.take();
    scene.pass(60);
    scene.give_back(held);
    assert_eq!(scene.closing(), [(1, CloseReason::Lifetime)]);
    assert_eq!(scene.pool.statistics().open(), 0);
}

#[test]
fn reaping_closes_those_idle_for_too_long_but_keeps_the_minimum() {
    let mut scene = Scene::new(Settings { min_idle: 1, ..Settings::default() });
    let held = [scene.take(), scene.take(), scene.take()];
    for held in held {
        scene.give_back(held);
    }
    scene.pass(600);
    scene.pool.reap(scene.now);
    assert_eq!(scene.closing(), [(1, CloseReason::Idle), (2, CloseReason::Idle)]);
    assert_eq!(scene.pool.statistics().idle, 1);
}

#[test]
fn reaping_ends_lives_even_below_the_minimum_and_topping_up_replaces_them() {
    let settings = Settings {
        min_idle: 1,
        max_lifetime: Some(Duration::from_secs(60)),
        ..Settings::default()
    };
    let mut scene = Scene::new(settings);
    let held = scene.take();
    scene.give_back(held);
    assert_eq!(scene.pool.next_due(), Some(scene.now + Duration::from_secs(60)));
    scene.pass(60);
    scene.pool.reap(scene.now);
    assert_eq!(scene.closing(), [(1, CloseReason::Lifetime)]);
    assert!(scene.pool.top_up().is_some());
    assert!(scene.pool.top_up().is_none(), "one is being opened already");
}

#[test]
fn topping_up_stops_at_the_maximum() {
    let mut scene = Scene::new(Settings { max_size: 2, min_idle: 2, ..Settings::default() });
    let _held = scene.take();
    assert!(scene.pool.top_up().is_some());
    assert!(scene.pool.top_up().is_none());
}

#[test]
fn nothing_is_due_while_only_the_minimum_is_idle() {
    let mut scene = Scene::new(Settings { min_idle: 1, ..Settings::default() });
    let (first, second) = (scene.take(), scene.take());
    scene.give_back(first);
    assert_eq!(scene.pool.next_due(), None);
    let expected = scene.now + Duration::from_secs(600);
    scene.pass(5);
    scene.give_back(second);
    assert_eq!(scene.pool.next_due(), Some(expected));
}

#[test]
fn a_health_check_is_asked_for_after_silence_only() {
    let mut scene = Scene::new(Settings {
        health_check_interval: Some(Duration::from_secs(30)),
        ..Settings::default()
    });
    for (silence, expected) in [(29, false), (30, true), (0, false)] {
        let held = scene.take();
        scene.give_back(held);
        scene.pass(silence);
        let CheckOut::Now(Grant::Reuse { lease, connection, check }) = scene.check_out() else {
            panic!("not reused")
        };
        assert_eq!(check == Check::Ping, expected, "after {silence} s");
        scene.give_back((lease, connection));
    }
}

#[test]
fn a_replaced_connection_keeps_its_place_in_a_full_pool() {
    let mut scene = Scene::of_size(1);
    let held = scene.take();
    scene.give_back(held);
    let (lease, _) = scene.take();
    let waiter = scene.queue();
    let permit = scene.pool.replace(lease, CloseReason::Stale);
    assert!(scene.pool.claim(waiter).is_none(), "the place was not free");
    let lease = scene.pool.opened(permit, scene.now, 0);
    assert_eq!(lease.id(), 2);
    assert_eq!(scene.pool.statistics().closed(CloseReason::Stale), 1);
}

#[test]
fn a_disconnect_of_idle_ones_leaves_those_in_use_alone() {
    let mut scene = Scene::of_size(2);
    let (idle, used) = (scene.take(), scene.take());
    scene.give_back(idle);
    scene.pool.disconnect(DisconnectScope::Idle);
    assert_eq!(scene.closing(), [(1, CloseReason::Disconnected)]);
    scene.give_back(used);
    assert_eq!(scene.closing(), []);
    assert_eq!(scene.pool.statistics().idle, 1);
}

#[test]
fn a_disconnect_of_all_closes_those_in_use_at_their_release_and_spares_later_ones() {
    let mut scene = Scene::of_size(2);
    let used = scene.take();
    let CheckOut::Now(Grant::Open(opening)) = scene.check_out() else { panic!("no permit") };
    scene.pool.disconnect(DisconnectScope::All);
    scene.give_back(used);
    assert_eq!(scene.closing(), [(1, CloseReason::Disconnected)]);

    let lease = scene.pool.opened(opening, scene.now, 0);
    scene.give_back((lease, 2));
    assert_eq!(scene.closing(), [(2, CloseReason::Disconnected)], "it was under way at the time");

    let later = scene.take();
    scene.give_back(later);
    assert_eq!(scene.closing(), []);
}

#[test]
fn a_waiter_opens_anew_when_what_it_waited_for_is_closed_at_release() {
    let mut scene = Scene::of_size(1);
    let used = scene.take();
    let waiter = scene.queue();
    scene.pool.disconnect(DisconnectScope::All);
    assert_eq!(scene.give_back(used), Some(waiter));
    assert!(matches!(scene.pool.claim(waiter), Some(Grant::Open(_))));
}

#[test]
fn a_closed_pool_gives_nothing_and_calls_all_who_wait() {
    let mut scene = Scene::of_size(1);
    let used = scene.take();
    let (first, second) = (scene.queue(), scene.queue());
    assert_eq!(scene.pool.close(), [first, second]);
    assert!(scene.pool.is_closed() && scene.pool.claim(first).is_none());
    assert_eq!(scene.check_out(), CheckOut::Closed);
    scene.give_back(used);
    assert_eq!(scene.closing(), [(1, CloseReason::Shutdown)]);
    assert!(scene.pool.top_up().is_none());
}

#[test]
fn a_recycled_connection_is_counted_and_kept() {
    let mut scene = Scene::of_size(1);
    let (lease, connection) = scene.take();
    scene.pool.check_in(lease, connection, Condition::Recycled, scene.now);
    let statistics = scene.pool.statistics();
    assert_eq!((statistics.recycled, statistics.idle), (1, 1));
}

#[test]
fn an_unusable_connection_is_closed_for_the_reason_given() {
    let mut scene = Scene::of_size(1);
    let (lease, connection) = scene.take();
    let condition = Condition::Unusable(CloseReason::NotDrained);
    scene.pool.check_in(lease, connection, condition, scene.now);
    assert_eq!(scene.closing(), [(1, CloseReason::NotDrained)]);
}

/// A small generator of pseudo-random numbers (splitmix64): the same run every time.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

/// Who holds what, as the callers see it.
#[derive(Default)]
struct World {
    used: Vec<(Lease, u64)>,
    opening: Vec<Permit>,
    /// The tickets that wait, in the order of their coming.
    queue: VecDeque<(Ticket, Purpose)>,
    /// The tickets that were called and did not claim yet.
    called: Vec<Ticket>,
    closed: u64,
}

impl World {
    fn call(&mut self, ticket: Option<Ticket>) {
        if let Some(ticket) = ticket {
            let at = self.queue.iter().position(|(waiting, _)| *waiting == ticket).unwrap();
            let (_, purpose) = self.queue.remove(at).unwrap();
            // who blocks may have to let the others pass, and nobody else
            let ahead = self.queue.iter().take(at);
            let overtaken =
                ahead.filter(|(_, ahead)| *ahead == Purpose::Ordinary || *ahead == purpose);
            assert_eq!(overtaken.count(), 0, "somebody was overtaken");
            self.called.push(ticket);
        }
    }

    fn accept(&mut self, grant: Grant<u64>) {
        match grant {
            Grant::Open(permit) => self.opening.push(permit),
            Grant::Reuse { lease, connection, .. } => self.used.push((lease, connection)),
        }
    }

    fn step(&mut self, scene: &mut Scene, numbers: &mut Numbers) {
        scene.now += Duration::from_millis(numbers.next() % 3000);
        let purpose = [Purpose::Ordinary, Purpose::Blocking][numbers.below(2)];
        match numbers.below(14) {
            0..=3 => match scene.pool.check_out(purpose, scene.now) {
                CheckOut::Now(grant) => {
                    let ahead = |(_, ahead): &(Ticket, Purpose)| {
                        *ahead == Purpose::Ordinary || *ahead == purpose
                    };
                    let overtaken = self.queue.iter().any(ahead);
                    assert!(!overtaken, "a later caller overtook one who waits");
                    self.accept(grant);
                }
                CheckOut::Wait(ticket) => self.queue.push_back((ticket, purpose)),
                CheckOut::Refuse(_) | CheckOut::Closed => panic!("it waits and is open"),
            },
            4..=6 if !self.used.is_empty() => {
                let (lease, connection) = self.used.swap_remove(numbers.below(self.used.len()));
                let condition = match numbers.below(4) {
                    0 => Condition::Unusable(CloseReason::Broken),
                    1 => Condition::Recycled,
                    _ => Condition::Clean,
                };
                let called = scene.pool.check_in(lease, connection, condition, scene.now);
                self.call(called);
            }
            7 if !self.used.is_empty() => {
                let (lease, _) = self.used.swap_remove(numbers.below(self.used.len()));
                if numbers.below(2) == 0 {
                    self.opening.push(scene.pool.replace(lease, CloseReason::Stale));
                } else {
                    let called = scene.pool.lost(lease, CloseReason::Broken);
                    self.call(called);
                }
                self.closed += 1;
            }
            8 | 9 if !self.opening.is_empty() => {
                let permit = self.opening.swap_remove(numbers.below(self.opening.len()));
                if numbers.below(3) == 0 {
                    let called = scene.pool.failed(permit);
                    self.call(called);
                } else {
                    let id = permit.id();
                    self.used.push((scene.pool.opened(permit, scene.now, numbers.next()), id));
                }
            }
            10 if !self.called.is_empty() => {
                let ticket = self.called.swap_remove(numbers.below(self.called.len()));
                if numbers.below(4) == 0 {
                    let called = scene.pool.cancel(ticket, scene.now);
                    self.call(called);
                } else {
                    let grant = scene.pool.claim(ticket).expect("it was called");
                    self.accept(grant);
                }
            }
            11 if !self.queue.is_empty() => {
                let (ticket, _) = self.queue.remove(numbers.below(self.queue.len())).unwrap();
                assert_eq!(scene.pool.give_up(ticket, scene.now), None);
            }
            12 => {
                scene.pool.reap(scene.now);
                self.opening.extend(scene.pool.top_up());
            }
            13 if numbers.below(8) == 0 => {
                let scopes = [DisconnectScope::Idle, DisconnectScope::All];
                scene.pool.disconnect(scopes[numbers.below(2)]);
            }
            _ => {}
        }
        self.closed += scene.pool.take_closing().len() as u64;
    }

    fn check(&self, scene: &Scene, step: usize) {
        let statistics = scene.pool.statistics();
        let granted = |open: bool| {
            let is_open = |(_, grant): &&(Ticket, Grant<u64>)| matches!(grant, Grant::Open(_));
            scene.pool.granted.iter().filter(|granted| is_open(granted) == open).count()
        };
        let taken = statistics.open() + statistics.opening;
        assert!(taken <= scene.pool.settings.max_size, "step {step}: {statistics:?}");
        assert_eq!(statistics.in_use as usize, self.used.len() + granted(false), "step {step}");
        assert_eq!(statistics.opening as usize, self.opening.len() + granted(true), "step {step}");
        assert_eq!(statistics.waiting as usize, self.queue.len(), "step {step}");
        assert_eq!(statistics.closed_total(), self.closed, "step {step}");
        let open = u64::from(statistics.open());
        assert_eq!(statistics.created, open + statistics.closed_total(), "step {step}");
        let blocks = |purpose: Purpose| u32::from(purpose == Purpose::Blocking);
        let held = self.used.iter().map(|(lease, _)| lease.0.purpose);
        let held = held.chain(self.opening.iter().map(|permit| permit.purpose));
        let granted = scene.pool.granted.iter().map(|(_, grant)| match grant {
            Grant::Open(permit) => permit.purpose,
            Grant::Reuse { lease, .. } => lease.0.purpose,
        });
        let blocking: u32 = held.chain(granted).map(blocks).sum();
        assert_eq!(statistics.blocking, blocking, "step {step}");
        let max_blocking = scene.pool.settings.max_blocking;
        assert!(blocking <= max_blocking, "step {step}: {statistics:?}");
        let servable =
            |(_, waits): &(Ticket, Purpose)| *waits == Purpose::Ordinary || blocking < max_blocking;
        if self.queue.iter().any(servable) {
            assert_eq!(taken, scene.pool.settings.max_size, "step {step}: a place lies fallow");
            assert_eq!(statistics.idle, 0, "step {step}: a connection lies fallow");
        }
    }
}

#[test]
fn whatever_happens_the_books_balance_and_nobody_is_overtaken() {
    for seed in 0..20 {
        let mut numbers = Numbers(seed);
        let settings = Settings {
            max_size: 1 + numbers.below(5) as u32,
            max_blocking: 1 + numbers.below(3) as u32,
            min_idle: numbers.below(3) as u32,
            idle_timeout: Some(Duration::from_secs(20)),
            max_lifetime: Some(Duration::from_secs(120)),
            ..Settings::default()
        };
        let mut scene = Scene::new(settings);
        let mut world = World::default();
        for step in 0..3000 {
            world.step(&mut scene, &mut numbers);
            world.check(&scene, step);
        }
    }
}

mod blocking;
mod brisk;
