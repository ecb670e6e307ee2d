//! The loops, on servers that keep their locks in a made-up time.

use super::blocking::*;
use super::*;
use crate::command::Command;
use crate::drive::{BlockingHolder, BlockingLocker};
use crate::error::{Delivery, ErrorKind};
use crate::lock::Answer;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

const LEASE: Duration = Duration::from_secs(12);

/// What is not relied upon of a lease: a hundredth, and 2 ms.
fn safe(lease: Duration) -> Duration {
    lease - lease / 100 - Duration::from_millis(2)
}

/// What is to become of a question.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Away,
    /// It is carried out, and its answer lost.
    Deaf,
}

#[derive(Default)]
struct Server {
    locks: BTreeMap<String, (String, Option<Instant>)>,
    fence: i64,
    /// Of the next questions.
    fates: Vec<Option<Fate>>,
}

/// Some servers, and a clock that goes on when somebody asks or waits.
struct World {
    now: Cell<Instant>,
    /// How long a question and its answer take, each.
    way: Cell<Duration>,
    servers: RefCell<Vec<Server>>,
    asked: RefCell<Vec<&'static str>>,
    waited: RefCell<Vec<Duration>>,
    paused: Cell<u32>,
}

impl World {
    fn new(servers: usize) -> Self {
        Self {
            now: Cell::new(Instant::now()),
            way: Cell::new(Duration::from_millis(1)),
            servers: RefCell::new((0..servers).map(|_| Server::default()).collect()),
            asked: RefCell::default(),
            waited: RefCell::default(),
            paused: Cell::new(0),
        }
    }

    fn pass(&self, time: Duration) {
        self.now.set(self.now.get() + time);
    }

    fn let_hold(&self, server: usize, name: &str, lease: Duration) {
        let end = Some(self.now.get() + lease);
        self.servers.borrow_mut()[server].locks.insert(name.to_owned(), ("theirs".to_owned(), end));
    }

    fn fates(&self, server: usize, fates: &[Option<Fate>]) {
        self.servers.borrow_mut()[server].fates = fates.iter().rev().copied().collect();
    }

    /// How long a server keeps a lock, by the made-up time.
    fn kept(&self, server: usize, name: &str) -> Option<Duration> {
        let mut servers = self.servers.borrow_mut();
        let (_, end) = servers[server].live(name, self.now.get())?;
        Some(end.map_or(Duration::MAX, |end| end - self.now.get()))
    }

    fn take_asked(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.asked.borrow_mut())
    }
}

impl Server {
    fn live(&mut self, name: &str, now: Instant) -> Option<(String, Option<Instant>)> {
        self.locks.retain(|_, (_, end)| end.is_none_or(|end| now < end));
        self.locks.get(name).cloned()
    }

    /// What the scripts do, in their order of words.
    fn run(&mut self, kind: &str, words: &[String], now: Instant) -> Answer {
        let (name, token) = (&words[2], &words[5]);
        let millis = |at: usize| Duration::from_millis(words[at].parse().unwrap());
        let left = |end: Option<Instant>| end.map_or(-1, |end| (end - now).as_millis() as i64);
        let found = self.live(name, now);
        match (kind, found) {
            ("acquire", Some((owner, end))) if owner != *token => (-1, left(end)),
            ("acquire", found) => {
                self.fence += i64::from(found.is_none());
                let end = (words[6] != "0").then(|| now + millis(6));
                self.locks.insert(name.clone(), (token.clone(), end));
                (1, self.fence)
            }
            (_, None) => (0, 0),
            (_, Some((owner, end))) if owner != *token => (-1, left(end)),
            ("release", Some(_)) => {
                self.locks.remove(name);
                (1, 0)
            }
            ("extend", Some((_, Some(end)))) => {
                let time = match words[7].as_str() {
                    "add" => end - now + millis(6),
                    "set" => millis(6),
                    _ => millis(6).max(end - now),
                };
                self.locks.insert(name.clone(), (token.clone(), Some(now + time)));
                (1, time.as_millis() as i64)
            }
            ("raise", Some(_)) => {
                self.fence = self.fence.max(words[6].parse().unwrap());
                (1, self.fence)
            }
            (_, Some((_, end))) => (1, left(end)),
        }
    }
}

fn kind_of(script: &str) -> &'static str {
    let kinds =
        [("TIME", "acquire"), ("RPUSH", "release"), ("least", "extend"), ("< ton", "raise")];
    kinds.iter().find(|(word, _)| script.contains(word)).map_or("look", |(_, kind)| kind)
}

impl BlockingLocker for World {
    fn ask(
        &self,
        command: Command<'static>,
        _: Option<Command<'static>>,
        _: Option<Duration>,
    ) -> Vec<Result<Answer>> {
        let command = command.whole().unwrap_or(command);
        let words: Vec<_> = command
            .argument_bytes()
            .map(|word| String::from_utf8(word.to_vec()).unwrap())
            .collect();
        let kind = kind_of(&words[0]);
        self.asked.borrow_mut().push(kind);
        self.pass(self.way.get());
        let now = self.now.get();
        let answer = |server: &mut Server| match server.fates.pop().flatten() {
            Some(Fate::Away) => Err(Error::new(ErrorKind::Connect, "away")),
            fate => {
                let answer = server.run(kind, &words, now);
                let lost = || Error::new(ErrorKind::Closed, "the reply was lost");
                if fate == Some(Fate::Deaf) { Err(lost()) } else { Ok(answer) }
            }
        };
        let answers = self.servers.borrow_mut().iter_mut().map(answer).collect();
        self.pass(self.way.get());
        answers
    }

    fn wait(&self, command: Command<'static>) -> Result<()> {
        let seconds = std::str::from_utf8(command.argument_bytes().nth(1).unwrap()).unwrap();
        let time = Duration::from_secs_f64(seconds.parse().unwrap());
        self.waited.borrow_mut().push(time);
        self.pass(time);
        Ok(())
    }

    fn pause(&self, time: Duration) {
        self.paused.set(self.paused.get() + 1);
        self.pass(time);
    }

    fn now(&self) -> Instant {
        self.now.get()
    }

    fn random(&self) -> u64 {
        0
    }
}

type Meanwhile<'w> = Box<dyn Fn(&World, u32) + 'w>;

struct Holder<'w> {
    world: &'w World,
    plan: LockPlan,
    tenure: RefCell<Tenure>,
    /// What happens while somebody rests.
    meanwhile: Meanwhile<'w>,
    rests: Cell<u32>,
}

impl BlockingHolder for Holder<'_> {
    type Locker = World;

    fn locker(&self) -> &World {
        self.world
    }

    fn plan(&self) -> &LockPlan {
        &self.plan
    }

    fn tenure<R>(&self, work: impl FnOnce(&mut Tenure) -> R) -> R {
        work(&mut self.tenure.borrow_mut())
    }

    fn rest(&self, _: u64, time: Duration) {
        self.world.pass(time);
        self.rests.set(self.rests.get() + 1);
        (self.meanwhile)(self.world, self.rests.get());
    }
}

fn plan(names: &[&str], world: &World, options: &LockOptions) -> LockPlan {
    let servers = world.servers.borrow().len();
    LockPlan::new(names.iter().map(|name| name.as_bytes()), options, servers, [1, 2]).unwrap()
}

fn hold<'w>(world: &'w World, meanwhile: impl Fn(&World, u32) + 'w) -> Holder<'w> {
    hold_all(world, &["a"], meanwhile)
}

fn hold_all<'w>(
    world: &'w World,
    names: &[&str],
    meanwhile: impl Fn(&World, u32) + 'w,
) -> Holder<'w> {
    let options = LockOptions::new().lease(LEASE);
    let plan = plan(names, world, &options);
    let tenure = RefCell::new(acquire_lock(world, &plan, &options).unwrap());
    world.take_asked();
    Holder { world, plan, tenure, meanwhile: Box::new(meanwhile), rests: Cell::new(0) }
}

fn remaining(holder: &Holder<'_>) -> Duration {
    holder.tenure(|tenure| tenure.remaining(holder.world.now())).unwrap()
}

fn is_lost(holder: &Holder<'_>) -> Option<ErrorKind> {
    holder.tenure(|tenure| tenure.lost(holder.world.now())).map(|error| error.kind())
}

#[test]
fn a_lease_is_counted_from_before_it_was_asked_for() {
    let world = World::new(1);
    let holder = hold(&world, |_, _| {});
    // 1 ms there, when the server began to count, and 1 ms back
    assert_eq!(remaining(&holder), safe(LEASE) - Duration::from_millis(2));
    assert!(world.kept(0, "a").unwrap() > remaining(&holder));
    world.way.set(Duration::from_secs(2));
    extend_lock(&holder, Extend::To(LEASE)).unwrap();
    assert_eq!(remaining(&holder), safe(LEASE) - Duration::from_secs(4));
}

#[test]
fn a_clock_that_leaps_ahead_ends_it_and_one_that_goes_back_lengthens_nothing() {
    let world = World::new(1);
    let holder = hold(&world, |_, _| {});
    let asked = world.now() - Duration::from_millis(2);
    for back in [Duration::from_secs(1), Duration::from_secs(3600)] {
        let early = asked - back;
        assert_eq!(holder.tenure(|tenure| tenure.remaining(early)), Some(safe(LEASE)));
    }
    world.pass(remaining(&holder) - Duration::from_nanos(1));
    assert_eq!(is_lost(&holder), None);
    world.pass(Duration::from_nanos(1));
    assert_eq!(
        (is_lost(&holder), remaining(&holder)),
        (Some(ErrorKind::LockExpired), Duration::ZERO)
    );
    // the server keeps it a little longer, and may be asked all the same
    assert!(world.kept(0, "a").is_some());
    extend_lock(&holder, Extend::To(LEASE)).unwrap();
    assert_eq!(is_lost(&holder), None);
}

#[test]
fn whoever_waits_looks_when_the_others_lease_is_over() {
    let world = World::new(1);
    world.let_hold(0, "a", Duration::from_secs(7));
    let options = LockOptions::new().sleep(Duration::from_secs(3600));
    let plan = plan(&["a"], &world, &options);
    acquire_lock(&world, &plan, &options).unwrap();
    assert_eq!(world.take_asked(), ["acquire", "acquire"]);
    // asked 1 ms later, and the lease is over with the millisecond after its last
    assert_eq!(world.waited.take(), [Duration::from_secs(7)]);
}

#[test]
fn an_answer_slower_than_the_lease_holds_nothing() {
    let world = World::new(1);
    let options = LockOptions::new().lease(LEASE).blocking(false);
    let plan = plan(&["a"], &world, &options);
    world.way.set(LEASE / 2);
    let error = acquire_lock(&world, &plan, &options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LockNotAcquired);
    assert_eq!((world.take_asked(), world.kept(0, "a")), (vec!["acquire", "release"], None));
}

#[test]
fn a_lease_is_renewed_at_a_third_of_it() {
    let world = World::new(1);
    let begun = world.now();
    let holder = hold(&world, |world, rests| {
        if rests == 5 {
            world.servers.borrow_mut()[0].locks.clear();
        }
    });
    let lost = renew_lock(&holder).unwrap();
    assert_eq!((lost.kind(), world.take_asked().len()), (ErrorKind::LockExpired, 5));
    // a third after each was asked for, and its way in the end
    assert_eq!(world.now() - begun, LEASE / 3 * 5 + Duration::from_millis(2));
}

#[test]
fn a_renewal_that_fails_is_tried_again_every_twelfth_until_the_time_is_over() {
    let world = World::new(1);
    let holder = hold(&world, |_, _| {});
    world.fates(0, &[Some(Fate::Away); 99]);
    let lost = renew_lock(&holder).unwrap();
    assert_eq!(lost.kind(), ErrorKind::LockExpired);
    // at 4, 5, 6, … 11 s, less what is not relied upon
    assert_eq!(world.take_asked().len(), 8);
    assert_eq!(remaining(&holder), Duration::ZERO);
    assert!(
        world.kept(0, "a").is_some_and(|kept| kept < LEASE / 50),
        "the server was told in time"
    );
}

#[test]
fn of_several_locks_one_that_is_renewed_lets_nobody_hammer_at_one_that_is_not() {
    let world = World::new(1);
    let holder = hold_all(&world, &["a", "b"], |world, rests| {
        if rests == 20 {
            world.servers.borrow_mut()[0].locks.clear();
        }
    });
    // of each pair of renewals the first fails
    let fates = [Some(Fate::Away), None].repeat(99);
    world.fates(0, &fates);
    let lost = renew_lock(&holder).unwrap();
    assert_eq!(lost.kind(), ErrorKind::LockExpired);
    assert_eq!((world.take_asked().len(), holder.rests.get()), (16, 9));
}

#[test]
fn a_renewal_that_fails_once_does_no_harm_and_does_not_shorten_what_was_extended() {
    let world = World::new(1);
    let holder = hold(&world, |world, rests| {
        if rests == 4 {
            world.servers.borrow_mut()[0].locks.clear();
        }
    });
    extend_lock(&holder, Extend::By(LEASE * 4)).unwrap();
    world.fates(0, &[Some(Fate::Away)]);
    let before = remaining(&holder);
    assert!(before > LEASE * 4);
    renew_lock(&holder).unwrap();
    assert_eq!(world.take_asked(), ["extend"; 5]);
    assert_eq!(holder.rests.get(), 4);
}

#[test]
fn a_lease_that_is_no_lease_does_not_replace_one() {
    let world = World::new(1);
    let holder = hold(&world, |_, _| {});
    for short in [Duration::ZERO, Duration::from_micros(9_999)] {
        let error = extend_lock(&holder, Extend::To(short)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
    }
    assert!(world.take_asked().is_empty() && is_lost(&holder).is_none());
    extend_lock(&holder, Extend::To(LockOptions::SHORTEST_LEASE)).unwrap();
}

#[test]
fn what_is_released_is_renewed_no_more_and_is_no_loss() {
    let world = World::new(1);
    let holder = hold(&world, |_, _| {});
    release_lock(&holder).unwrap();
    assert_eq!(world.kept(0, "a"), None);
    assert!(renew_lock(&holder).is_none() && await_loss(&holder, None).is_none());
    assert_eq!((is_lost(&holder), remaining(&holder)), (None, Duration::ZERO));
    assert_eq!(extend_lock(&holder, Extend::To(LEASE)).unwrap_err().kind(), ErrorKind::Misuse);
    assert_eq!(world.take_asked(), ["release"]);
}

#[test]
fn a_loss_is_awaited_until_the_time_is_over_or_the_deadline_comes() {
    let world = World::new(1);
    let holder = hold(&world, |_, _| {});
    let deadline = world.now() + LEASE / 2;
    assert!(await_loss(&holder, Some(deadline)).is_none());
    assert_eq!(world.now(), deadline);
    assert_eq!(await_loss(&holder, None).unwrap().kind(), ErrorKind::LockExpired);
    assert_eq!(remaining(&holder), Duration::ZERO);
}

#[test]
fn a_release_whose_answer_was_lost_is_known_by_the_second() {
    for (passed, theirs, expected) in [
        (Duration::ZERO, false, None),
        (Duration::ZERO, true, None),
        // its lease may have been over before
        (LEASE, false, Some(ErrorKind::LockExpired)),
        (LEASE, true, Some(ErrorKind::LockNotOwned)),
    ] {
        let world = World::new(1);
        let holder = hold(&world, |_, _| {});
        world.pass(passed);
        world.fates(0, &[Some(Fate::Deaf)]);
        if theirs {
            world.servers.borrow_mut()[0].locks.clear();
            world.let_hold(0, "a", LEASE);
        }
        let outcome = release_lock(&holder).err().map(|error| error.kind());
        assert_eq!((outcome, world.take_asked()), (expected, vec!["release", "release"]));
    }
}

#[test]
fn a_release_that_nobody_answers_says_so() {
    let world = World::new(1);
    let holder = hold(&world, |_, _| {});
    world.fates(0, &[Some(Fate::Deaf); 2]);
    let error = release_lock(&holder).unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Closed, Delivery::Unknown));
    let world = World::new(1);
    let holder = hold(&world, |_, _| {});
    world.fates(0, &[Some(Fate::Away)]);
    let error = release_lock(&holder).unwrap_err();
    assert_eq!((error.kind(), world.take_asked().len()), (ErrorKind::Connect, 1));
}

#[test]
fn over_three_servers_two_are_enough_at_every_step() {
    let world = World::new(3);
    world.fates(1, &[Some(Fate::Away); 9]);
    let holder = hold(&world, |_, _| {});
    extend_lock(&holder, Extend::By(LEASE)).unwrap();
    assert!(owns_lock(&holder).unwrap() && is_locked(&world, &holder.plan).unwrap());
    release_lock(&holder).unwrap();
    assert!((0..3).all(|server| world.kept(server, "a").is_none()));
}

#[test]
fn over_three_servers_two_that_are_away_refuse_and_leave_nothing() {
    let world = World::new(3);
    world.fates(0, &[Some(Fate::Away); 9]);
    world.fates(2, &[Some(Fate::Deaf)]);
    let options = LockOptions::new().lease(LEASE);
    let plan = plan(&["a"], &world, &options);
    let error = acquire_lock(&world, &plan, &options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert!((0..3).all(|server| world.kept(server, "a").is_none()));
    assert_eq!(world.take_asked(), ["acquire", "release"]);
}

#[test]
fn over_three_servers_a_fence_lies_above_all_that_any_majority_gave() {
    let world = World::new(3);
    let mut last = 0;
    for (away, ahead) in [(2, 100), (0, 0), (1, 500), (2, 0), (1, 0), (0, 9)] {
        world.servers.borrow_mut()[(away + 1) % 3].fence += ahead;
        world.fates(away, &[Some(Fate::Away); 9]);
        let holder = hold(&world, |_, _| {});
        let fence = holder.tenure(|tenure| tenure.fence(None)).unwrap();
        assert!(fence > last && fence > u64::try_from(ahead).unwrap(), "{fence} after {last}");
        last = fence;
        let known = world.servers.borrow().iter().filter(|it| it.fence as u64 == fence).count();
        assert!(known >= 2, "only {known} know of {fence}");
        world.fates(away, &[]);
        release_lock(&holder).unwrap();
    }
}

#[test]
fn those_over_several_servers_pause_instead_of_waiting_on_one() {
    let world = World::new(3);
    for server in 0..3 {
        world.let_hold(server, "a", Duration::from_secs(1));
    }
    let options = LockOptions::new().lease(LEASE);
    let plan = plan(&["a"], &world, &options);
    acquire_lock(&world, &plan, &options).unwrap();
    assert!(world.waited.take().is_empty() && world.paused.get() >= 10);
}
