//! That reply i goes to slot i or to nobody, and that every command ends exactly once.

use super::*;
use crate::error::{ErrorKind, TimeoutKind};
use std::collections::HashMap;

type Names = Slots<&'static str, &'static str, &'static str>;

fn open(commands: usize) -> Names {
    let mut slots = Slots::new(Bounds::new(commands, 1000));
    slots.open();
    slots
}

fn late(_: Overdue) -> Error {
    Error::timeout(TimeoutKind::Reply, "late")
}

fn lost(delivery: Delivery) -> Error {
    Error::new(ErrorKind::Closed, "lost").with_delivery(delivery)
}

#[test]
fn replies_go_to_slots_in_the_order_of_submission() {
    let mut slots = open(10);
    let (a, b) = (slots.submit(1, None, "a"), slots.submit(1, None, "b"));
    assert_eq!(slots.fill_next("1"), Ok(Some("a")));
    assert!(slots.take(b).is_none());
    assert_eq!(slots.fill_next("2"), Ok(Some("b")));
    assert!(matches!(slots.take(b), Some(Ok("2"))));
    assert!(matches!(slots.take(a), Some(Ok("1"))));
    assert_eq!(slots.occupied(), 0);
}

#[test]
fn who_waits_for_room_can_be_refused_and_what_was_sent_is_still_answered() {
    let mut slots = open(1);
    let sent = slots.submit(1, None, "a");
    let (waits, left) = (slots.enqueue("B", None, "b"), slots.enqueue("C", None, "c"));
    assert_eq!(slots.abandon(left), Some("c"));
    slots.close();
    let mut wake = Vec::new();
    assert_eq!(slots.refuse_queued(|| lost(Delivery::NotSent), &mut wake), 1, "one had left");
    assert_eq!((wake, slots.queued(), slots.replies_due()), (vec!["b"], 0, 1));
    let refused = slots.take(waits).expect("it is told").expect_err("it was refused");
    assert_eq!(refused.delivery(), Delivery::NotSent);
    assert_eq!(slots.fill_next("A"), Ok(Some("a")));
    assert_eq!(slots.take(sent).expect("it is there").ok(), Some("A"));
    assert_eq!(slots.occupied(), 0);
}

#[test]
fn a_reply_that_nobody_collects_holds_one_slot_and_delays_nobody() {
    let mut slots = open(2);
    let lazy = slots.submit(1, None, "lazy");
    assert_eq!(slots.fill_next("1"), Ok(Some("lazy")));
    for _ in 0..10 {
        assert!(slots.has_room());
        let id = slots.submit(1, None, "busy");
        assert_eq!(slots.fill_next("2"), Ok(Some("busy")));
        assert!(matches!(slots.take(id), Some(Ok("2"))));
    }
    assert!(matches!(slots.take(lazy), Some(Ok("1"))));
}

#[test]
fn the_reply_of_one_who_left_is_dropped_and_shifts_nothing() {
    let mut slots = open(10);
    let gone = slots.submit(1, None, "gone");
    let here = slots.submit(1, None, "here");
    slots.abandon(gone);
    assert_eq!(slots.fill_next("not yours"), Ok(None));
    assert_eq!(slots.fill_next("yours"), Ok(Some("here")));
    assert!(matches!(slots.take(here), Some(Ok("yours"))));
    assert_eq!(slots.occupied(), 0);
}

#[test]
fn a_reply_that_nobody_asked_for_is_an_error() {
    assert_eq!(open(1).fill_next("?"), Err(Unsolicited));
}

#[test]
fn a_deadline_is_never_early_and_at_most_one_tick_late() {
    let mut slots = open(10);
    let mut wake = Vec::new();
    let id = slots.submit(1, Some(3), "a");
    for now in 1..=3 {
        slots.expire(now, late, &mut wake);
        assert!(wake.is_empty(), "tick {now}");
    }
    slots.expire(4, late, &mut wake);
    assert_eq!(wake, ["a"]);
    assert!(matches!(slots.take(id), Some(Err(error)) if error.is_timeout()));
    // the late reply is dropped where it belongs
    assert_eq!(slots.fill_next("late"), Ok(None));
    assert_eq!(slots.occupied(), 0);
}

#[test]
fn ticks_that_nobody_counted_are_not_held_against_what_came_in_them() {
    let mut slots = open(10);
    let mut wake = Vec::new();
    slots.submit(1, Some(5), "before");
    slots.expire(1, late, &mut wake);
    slots.submit(1, Some(5), "in between");
    // the runtime was blocked for thirty ticks
    slots.expire(31, late, &mut wake);
    assert_eq!(wake, ["before"]);
    slots.expire(36, late, &mut wake);
    assert_eq!(wake, ["before", "in between"]);
}

#[test]
fn the_end_of_a_connection_tells_what_was_sent_from_what_was_not() {
    let mut slots = open(10);
    let mut wake = Vec::new();
    let whole = slots.submit(10, None, "whole");
    let part = slots.submit(10, None, "part");
    let none = slots.submit(10, None, "none");
    slots.fail_all(15, lost, &mut wake);
    let mut delivery = |id| slots.take(id).and_then(Result::err).map(|e| e.delivery());
    assert_eq!(delivery(whole), Some(Delivery::Unknown));
    // a server runs nothing before it has the end of it
    assert_eq!(delivery(part), Some(Delivery::NotSent));
    assert_eq!(delivery(none), Some(Delivery::NotSent));
    assert_eq!(wake, ["whole", "part", "none"]);
    assert!(!slots.has_room());
    assert_eq!(slots.occupied(), 0);
}

#[test]
fn a_command_of_which_only_its_line_end_is_missing_may_have_run() {
    for (unsent, delivery) in
        [(0, Delivery::Unknown), (2, Delivery::Unknown), (3, Delivery::NotSent)]
    {
        for more in [0, 10] {
            let mut slots = open(10);
            let last = slots.submit(10, None, "last");
            if more > 0 {
                slots.submit(more, None, "more");
            }
            slots.fail_all(unsent + more, lost, &mut Vec::new());
            let error = slots.take(last).and_then(Result::err).expect("the connection failed");
            assert_eq!(error.delivery(), delivery, "{unsent} unsent, {more} behind it");
        }
    }
}

/// What is told of those who are overdue at `now`.
fn told(slots: &mut Names, now: u32) -> Vec<Overdue> {
    let told = std::cell::RefCell::new(Vec::new());
    let error = |overdue| {
        told.borrow_mut().push(overdue);
        late(overdue)
    };
    slots.expire(now, error, &mut Vec::new());
    told.into_inner()
}

#[test]
fn who_is_late_is_told_how_long_it_waited_for_what_and_behind_how_many() {
    let mut slots = open(3);
    slots.submit(1, None, "first");
    slots.submit(1, None, "second");
    slots.expire(1, late, &mut Vec::new());
    slots.submit(1, Some(2), "late");
    slots.expire(2, late, &mut Vec::new());
    let [] = told(&mut slots, 3)[..] else { panic!("too early") };
    assert!(!slots.is_overdue(3) && slots.is_overdue(4));
    let [late] = told(&mut slots, 4)[..] else { panic!("one is late") };
    assert_eq!((late.awaited, late.queued, late.in_flight), (Awaited::Reply, 0, 3));
    assert_eq!((late.ahead, late.under_way, late.skipped, late.open), (2, 3, 0, true));
}

#[test]
fn who_waited_for_room_first_is_told_how_long() {
    let mut slots = open(1);
    let first = slots.submit(1, None, "first");
    slots.enqueue("waits", Some(4), "waits");
    let kept_out = slots.enqueue("stays", Some(1), "stays");
    slots.expire(1, late, &mut Vec::new());
    let [stays] = told(&mut slots, 2)[..] else { panic!("one is late") };
    assert_eq!((stays.awaited, stays.queued, stays.ahead), (Awaited::Room, 2, 1));
    assert_eq!((stays.in_flight, stays.under_way, stays.open), (0, 1, true));
    assert!(slots.take(kept_out).is_some());
    assert_eq!(slots.fill_next("1"), Ok(Some("first")));
    assert!(slots.take(first).is_some());
    assert_eq!(admitted(&mut slots), ["waits"]);
    slots.expire(3, late, &mut Vec::new());
    slots.expire(4, late, &mut Vec::new());
    let [waits] = told(&mut slots, 5)[..] else { panic!("one is late") };
    assert_eq!((waits.awaited, waits.queued, waits.in_flight), (Awaited::Reply, 2, 3));
}

#[test]
fn ticks_that_nobody_counted_are_told_to_those_who_waited_through_them() {
    let mut slots = open(10);
    slots.submit(1, Some(5), "before");
    slots.expire(1, late, &mut Vec::new());
    let [before] = told(&mut slots, 31)[..] else { panic!("one is late") };
    assert_eq!((before.in_flight, before.skipped), (31, 29));
    // who came afterwards has nothing to do with it; a hiccup does not hide a long stall
    slots.submit(1, Some(5), "after");
    slots.submit(1, Some(9), "later");
    slots.expire(33, late, &mut Vec::new());
    let told_of = told(&mut slots, 38);
    assert!(told_of.iter().all(|late| late.skipped <= 4), "{told_of:?}");
}

/// Admits what may be admitted; tells what was sent.
fn admitted(slots: &mut Names) -> Vec<&'static str> {
    let mut sent = Vec::new();
    slots.admit(|command| {
        sent.push(command);
        1
    });
    sent
}

#[test]
fn what_waits_for_room_is_sent_in_order_and_never_when_its_caller_has_left() {
    let mut slots = open(1);
    let first = slots.submit(1, None, "first");
    assert!(!slots.has_room());
    let second = slots.enqueue("2nd command", None, "second");
    let gone = slots.enqueue("never sent", None, "gone");
    let third = slots.enqueue("3rd command", None, "third");
    slots.abandon(gone);
    assert_eq!(slots.fill_next("1"), Ok(Some("first")));
    assert!(admitted(&mut slots).is_empty(), "the reply holds its slot until it is taken");
    assert!(slots.take(first).is_some());
    assert!(!slots.has_room(), "others have waited longer than whoever comes now");
    assert_eq!(admitted(&mut slots), ["2nd command"]);
    assert_eq!(slots.fill_next("2"), Ok(Some("second")));
    assert!(matches!(slots.take(second), Some(Ok("2"))));
    assert_eq!(admitted(&mut slots), ["3rd command"]);
    assert_eq!(slots.fill_next("3"), Ok(Some("third")));
    assert!(matches!(slots.take(third), Some(Ok("3"))));
    assert_eq!(slots.occupied(), 0);
}

#[test]
fn nobody_is_let_in_while_too_many_bytes_wait_for_a_writer() {
    let mut slots = open(10);
    slots.submit(1500, None, "one may exceed it alone");
    assert!(!slots.has_room());
    slots.drained();
    assert!(slots.has_room());
}

#[test]
fn a_closed_connection_keeps_everything_waiting_until_it_opens_or_fails() {
    let mut slots = Names::new(Bounds::new(10, 10));
    let mut wake = Vec::new();
    let early = slots.enqueue("early", Some(1), "early");
    assert!(admitted(&mut slots).is_empty());
    let overdue = |_| Error::timeout(TimeoutKind::Acquire, "late");
    slots.expire(1, overdue, &mut wake);
    slots.expire(2, overdue, &mut wake);
    let error = slots.take(early).and_then(Result::err).expect("it is overdue");
    assert_eq!(error.delivery(), Delivery::NotSent);
    let (sent, unsent) = (slots.enqueue("a", None, "a"), slots.enqueue("b", None, "b"));
    slots.open();
    slots.close();
    assert!(admitted(&mut slots).is_empty());
    slots.fail_all(0, lost, &mut wake);
    for id in [sent, unsent] {
        let error = slots.take(id).and_then(Result::err).expect("the connection failed");
        assert_eq!(error.delivery(), Delivery::NotSent);
    }
    assert_eq!(slots.occupied(), 0);
}

/// What the slots should do, kept as plainly as possible: a list of the commands under way, each
/// with the number that its reply will bear.
#[derive(Default)]
struct Model {
    queue: VecDeque<u64>,
    ready: HashMap<u64, Option<u64>>,
    left: Vec<u64>,
}

/// A small generator, so that every run is the same.
struct Random(u64);
impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) as usize % bound.max(1)
    }
}

#[test]
fn any_interleaving_gives_every_command_its_own_reply_exactly_once() {
    for seed in 0..200 {
        let mut random = Random(seed);
        let mut slots: Slots<u64, u64, ()> = Slots::new(Bounds::new(16, usize::MAX));
        slots.open();
        let mut model = Model::default();
        let mut held: Vec<(SlotId, u64)> = Vec::new();
        let (mut next, mut reply, mut tick) = (0u64, 0u64, 0u32);
        let mut wake = Vec::new();
        for _ in 0..400 {
            match random.below(10) {
                0..=3 if slots.has_room() => {
                    let ticks = (random.below(3) == 0).then(|| random.below(4) as u32);
                    held.push((slots.submit(7, ticks, next), next));
                    model.queue.push_back(next);
                    next += 1;
                }
                4..=6 => match model.queue.pop_front() {
                    Some(owner) => {
                        assert_eq!(owner, reply, "replies come in order");
                        let woken = slots.fill_next(reply).expect("a command waits");
                        let waits =
                            !model.left.contains(&owner) && !model.ready.contains_key(&owner);
                        assert_eq!(woken, waits.then_some(owner), "seed {seed}");
                        if waits {
                            model.ready.insert(owner, Some(reply));
                        }
                        reply += 1;
                    }
                    None => assert_eq!(slots.fill_next(reply), Err(Unsolicited)),
                },
                7 if !held.is_empty() => {
                    let (id, owner) = held.swap_remove(random.below(held.len()));
                    slots.abandon(id);
                    model.left.push(owner);
                }
                8 if !held.is_empty() => {
                    let at = random.below(held.len());
                    let (id, owner) = held[at];
                    let taken = slots.take(id).map(Result::ok);
                    assert_eq!(taken, model.ready.remove(&owner), "seed {seed}");
                    if taken.is_some() {
                        held.swap_remove(at);
                        model.left.push(owner);
                    }
                }
                9 => {
                    tick += 1;
                    wake.clear();
                    slots.expire(tick, late, &mut wake);
                    for &owner in &wake {
                        assert!(model.ready.insert(owner, None).is_none(), "ended twice");
                    }
                }
                _ => {}
            }
            assert_eq!(slots.in_flight(), model.queue.len(), "seed {seed}");
        }
        slots.fail_all(0, lost, &mut wake);
        for (id, _) in held {
            assert!(slots.take(id).is_some(), "seed {seed}: a command never ended");
        }
        assert_eq!(slots.occupied(), 0, "seed {seed}: a slot was lost");
    }
}

#[test]
fn a_volley_collects_its_replies_and_wakes_at_the_last() {
    let mut slots = open(10);
    let (volley, one) = (slots.submit_volley(3, 3, None, "v"), slots.submit(1, None, "o"));
    assert_eq!(slots.fill_next("1"), Ok(None));
    assert!(slots.take_volley(volley).is_none());
    assert_eq!(slots.fill_next("2"), Ok(None));
    assert_eq!(slots.fill_next("3"), Ok(Some("v")));
    assert_eq!(slots.fill_next("4"), Ok(Some("o")));
    let taken = slots.take_volley(volley).unwrap();
    assert!(taken.replies == ["1", "2", "3"] && taken.error.is_none());
    assert!(matches!(slots.take(one), Some(Ok("4"))));
    assert_eq!((slots.occupied(), slots.in_flight()), (0, 0));
}

#[test]
fn many_replies_of_a_volley_may_be_filled_in_at_once_and_none_that_is_anothers() {
    let mut slots = open(100);
    let (one, volley) = (slots.submit(1, None, "o"), slots.submit_volley(5, 5, None, "v"));
    let last = slots.submit(1, None, "l");
    assert_eq!((slots.next_due(), slots.replies_due()), (Due::Singles(1), 7));
    assert_eq!(slots.fill_volley("2+3", 2), Err(Unsolicited));
    assert_eq!(slots.fill_next("1"), Ok(Some("o")));
    assert_eq!(slots.next_due(), Due::Volley(5));
    assert_eq!(slots.fill_volley("2+3", 2), Ok(None));
    assert_eq!(slots.fill_next("4"), Ok(None));
    assert_eq!((slots.next_due(), slots.replies_due()), (Due::Volley(2), 3));
    assert_eq!(slots.fill_volley("5+6+7", 3), Err(Unsolicited));
    assert!(slots.take_volley(volley).is_none());
    assert_eq!(slots.fill_volley("5+6", 2), Ok(Some("v")));
    assert_eq!((slots.next_due(), slots.replies_due()), (Due::Singles(usize::MAX), 1));
    assert_eq!(slots.take_volley(volley).unwrap().replies, ["2+3", "4", "5+6"]);
    assert_eq!(slots.fill_next("7"), Ok(Some("l")));
    assert!(matches!(slots.take(one), Some(Ok("1"))));
    assert!(matches!(slots.take(last), Some(Ok("7"))));
    assert_eq!((slots.fill_volley("8", 1), slots.occupied()), (Err(Unsolicited), 0));
}

#[test]
fn a_volley_that_was_left_swallows_as_many_replies_as_come_at_once() {
    let mut slots = open(10);
    let (volley, here) = (slots.submit_volley(3, 3, None, "v"), slots.submit(1, None, "here"));
    slots.abandon(volley);
    assert_eq!(slots.fill_volley("1+2+3", 3), Ok(None));
    assert_eq!(slots.fill_next("4"), Ok(Some("here")));
    assert!(matches!(slots.take(here), Some(Ok("4"))));
    assert_eq!((slots.occupied(), slots.replies_due()), (0, 0));
}

#[test]
fn each_reply_of_a_volley_takes_room() {
    let mut slots = open(4);
    let volley = slots.submit_volley(3, 3, None, "v");
    assert!(slots.has_room());
    let _ = slots.submit(1, None, "o");
    assert!(!slots.has_room());
    assert_eq!(slots.fill_next("1"), Ok(None));
    assert!(slots.has_room());
    slots.abandon(volley);
    assert_eq!((slots.fill_next("2"), slots.fill_next("3")), (Ok(None), Ok(None)));
    assert_eq!((slots.fill_next("4"), slots.occupied()), (Ok(Some("o")), 1));
}

#[test]
fn a_volley_that_waits_for_room_is_sent_whole_or_not_at_all() {
    let mut slots = open(1);
    let first = slots.submit(1, None, "first");
    let (volley, gone) =
        (slots.enqueue_volley("volley", 2, None, "v"), slots.enqueue_volley("gone", 2, None, "g"));
    slots.abandon(gone);
    assert_eq!(slots.fill_next("1"), Ok(Some("first")));
    assert!(matches!(slots.take(first), Some(Ok("1"))));
    let mut sent = Vec::new();
    slots.admit(|command| {
        sent.push(command);
        command.len()
    });
    assert_eq!((slots.fill_next("2"), slots.fill_next("3")), (Ok(None), Ok(Some("v"))));
    assert_eq!(slots.take_volley(volley).unwrap().replies, ["2", "3"]);
    slots.admit(|command| {
        sent.push(command);
        command.len()
    });
    assert_eq!((sent, slots.occupied()), (vec!["volley"], 0));
}

#[test]
fn who_left_a_volley_has_its_replies_dropped_and_nobody_elses() {
    let mut slots = open(10);
    let (volley, here) = (slots.submit_volley(3, 3, None, "v"), slots.submit(1, None, "here"));
    assert_eq!(slots.fill_next("1"), Ok(None));
    slots.abandon(volley);
    assert_eq!((slots.fill_next("2"), slots.fill_next("3")), (Ok(None), Ok(None)));
    assert_eq!(slots.fill_next("4"), Ok(Some("here")));
    assert!(matches!(slots.take(here), Some(Ok("4"))));
    assert_eq!(slots.occupied(), 0);
}

#[test]
fn a_volley_that_is_late_keeps_what_came_and_its_slot_until_the_rest_has_come() {
    let mut slots = open(10);
    let volley = slots.submit_volley(2, 2, Some(1), "v");
    assert_eq!(slots.fill_next("1"), Ok(None));
    let mut wake = Vec::new();
    slots.expire(1, late, &mut wake);
    slots.expire(2, late, &mut wake);
    slots.expire(3, late, &mut wake);
    assert_eq!(wake, ["v"]);
    let taken = slots.take_volley(volley).unwrap();
    assert!(taken.replies == ["1"] && taken.error.is_some_and(|error| error.is_timeout()));
    assert_eq!(slots.occupied(), 1);
    assert_eq!((slots.fill_next("2"), slots.occupied()), (Ok(None), 0));
}

#[test]
fn of_a_volley_cut_short_it_is_known_how_much_was_sent() {
    let mut slots = open(10);
    let one = slots.submit(10, None, "o");
    let (half, none) =
        (slots.submit_volley(20, 2, None, "h"), slots.submit_volley(5, 2, None, "n"));
    let left = slots.submit_volley(5, 2, None, "l");
    slots.abandon(left);
    let waits = slots.enqueue_volley("w", 2, None, "w");
    let mut wake = Vec::new();
    slots.fail_all(15 + 5, lost, &mut wake);
    assert_eq!(wake, ["o", "h", "n", "w"]);
    assert!(matches!(slots.take(one), Some(Err(_))));
    for (id, sent) in [(half, 10), (none, 0), (waits, 0)] {
        let taken = slots.take_volley(id).unwrap();
        assert_eq!((taken.sent, taken.error.is_some()), (sent, true));
    }
    assert_eq!(slots.occupied(), 0);
    slots.open();
    assert!(slots.has_room());
}
