//! Blocking commands and their limit.

#[cfg(test)] // so that the architecture test knows it for what it is
use super::*;

/// A pool of four, of which blocking commands may hold two.
fn two_of_four() -> Scene {
    Scene::new(Settings { max_size: 4, max_blocking: 2, ..Settings::default() })
}

#[test]
fn blocking_commands_hold_no_more_connections_than_they_may() {
    let mut scene = two_of_four();
    let _held = (scene.block(), scene.block());
    let third = scene.queue_to_block();
    assert_eq!(scene.pool.statistics().blocking, 2);
    assert_eq!(scene.pool.shortage(third), Shortage::Blocking(2));
    // the others pass by, in front of an idle connection too
    let held = scene.take();
    assert_eq!(scene.give_back(held), None);
    let _held = (scene.take(), scene.take());
    assert!(scene.pool.claim(third).is_none());
    assert_eq!(scene.pool.statistics().blocking, 2);
}

#[test]
fn a_blocking_command_that_ends_makes_room_for_the_next() {
    let mut scene = two_of_four();
    let (first, _second) = (scene.block(), scene.block());
    let (third, fourth) = (scene.queue_to_block(), scene.queue_to_block());
    assert_eq!(scene.give_back(first), Some(third));
    assert_eq!(scene.pool.statistics().blocking, 2);
    let grant = scene.pool.claim(third).unwrap();
    let (lease, _) = scene.accept(grant);
    // one that is lost makes room too
    assert_eq!(scene.pool.lost(lease, CloseReason::Broken), Some(fourth));
    assert!(matches!(scene.pool.claim(fourth), Some(Grant::Open(_))));
    assert_eq!(scene.pool.statistics().blocking, 2);
}

#[test]
fn whoever_can_be_served_is_before_whoever_came_first_and_cannot() {
    let mut scene = Scene::new(Settings { max_size: 2, max_blocking: 1, ..Settings::default() });
    let (blocking, ordinary) = (scene.block(), scene.take());
    let (first, second) = (scene.queue_to_block(), scene.queue());
    assert_eq!(scene.pool.shortage(second), Shortage::Connections(2));
    assert_eq!(scene.give_back(ordinary), Some(second));
    assert_eq!(scene.give_back(blocking), Some(first));
    assert_eq!(scene.pool.statistics().blocking, 1);
}

#[test]
fn a_blocking_command_waits_for_a_connection_like_everybody_where_all_are_in_use() {
    let mut scene = Scene::new(Settings { max_size: 1, max_blocking: 1, ..Settings::default() });
    let held = scene.take();
    let waiter = scene.queue_to_block();
    assert_eq!(scene.pool.shortage(waiter), Shortage::Connections(1));
    assert_eq!(scene.give_back(held), Some(waiter));
}

#[test]
fn the_limit_of_blocking_commands_refuses_for_its_own_reason() {
    let settings = Settings { max_size: 2, max_blocking: 1, wait: false, ..Settings::default() };
    let mut scene = Scene::new(settings);
    let _held = scene.block();
    let refused = scene.pool.check_out(Purpose::Blocking, scene.now);
    assert_eq!(refused, CheckOut::Refuse(Shortage::Blocking(1)));
    let _other = scene.take();
    assert_eq!(scene.check_out(), CheckOut::Refuse(Shortage::Connections(2)));
}

#[test]
fn a_place_among_the_blocking_commands_is_given_back_however_it_ends() {
    let mut scene = two_of_four();
    let blocking = |scene: &Scene| scene.pool.statistics().blocking;
    // it could not be opened; it was not opened at all
    for give_up in [Accounting::failed, Accounting::abandon] {
        let CheckOut::Now(Grant::Open(permit)) = scene.pool.check_out(Purpose::Blocking, scene.now)
        else {
            panic!("a place is free");
        };
        assert_eq!(blocking(&scene), 1);
        let _ = give_up(&mut scene.pool, permit);
        assert_eq!(blocking(&scene), 0);
    }
    // it was found unfit, and replaced
    let (lease, _) = scene.block();
    let permit = scene.pool.replace(lease, CloseReason::Stale);
    assert_eq!(blocking(&scene), 1);
    let lease = scene.pool.opened(permit, scene.now, 0);
    let unusable = Condition::Unusable(CloseReason::Broken);
    assert_eq!(scene.pool.check_in(lease, 9, unusable, scene.now), None);
    assert_eq!(blocking(&scene), 0);
    // its caller went away with a turn that had come
    let (first, _second) = (scene.block(), scene.block());
    let third = scene.queue_to_block();
    assert_eq!(scene.give_back(first), Some(third));
    assert_eq!(scene.pool.cancel(third, scene.now), None);
    assert_eq!(blocking(&scene), 1);
    // and the connection serves others, who block nobody
    let (lease, _) = scene.take();
    assert_eq!((lease.0.purpose, blocking(&scene)), (Purpose::Ordinary, 1));
}

#[test]
fn those_on_which_a_command_waits_are_known_until_they_come_back() {
    let mut scene = two_of_four();
    let (first, second) = (scene.block(), scene.take());
    scene.pool.note_blocked(&first.0, Some(71));
    scene.pool.note_blocked(&second.0, Some(72));
    assert_eq!(scene.pool.blocked(), [71, 72]);
    scene.give_back(first);
    assert_eq!(scene.pool.blocked(), [72]);
    assert!(scene.pool.lost(second.0, CloseReason::Broken).is_none());
    assert!(scene.pool.blocked().is_empty());
}
