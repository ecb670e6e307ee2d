//! When a command was over, as the books are to know it.

#[cfg(test)] // so that the architecture test knows it for what it is
use super::*;

#[test]
fn of_commands_that_follow_one_upon_the_other_nobody_asks_the_clock_for_the_end() {
    let mut scene = Scene::of_size(1);
    let first = scene.take();
    let opened = scene.now;
    assert_eq!(first.0.over(|| opened + Check::MOMENT), opened + Check::MOMENT, "the first ever");
    scene.give_back(first);
    let (short, long) = (Check::MOMENT / 8, Check::MOMENT / 2);
    for (pause, is_asked) in [(short, false), (long, true), (short, false)] {
        scene.now += pause;
        let (lease, connection) = scene.take();
        let began = scene.now;
        let mut asked = false;
        let over = lease.over(|| {
            asked = true;
            began + Check::MOMENT
        });
        assert_eq!(asked, is_asked, "{pause:?} after the one before");
        assert_eq!(over, if is_asked { began + Check::MOMENT } else { began });
        scene.give_back((lease, connection));
    }
}

#[test]
fn a_command_that_takes_long_after_brisk_ones_has_its_connection_looked_at_once() {
    let mut scene = Scene::of_size(1);
    let mut checks = Vec::new();
    let held = scene.take();
    scene.give_back(held);
    let long = 2 * Check::MOMENT;
    for took in [Duration::ZERO, Duration::ZERO, long, long, Duration::ZERO] {
        let CheckOut::Now(Grant::Reuse { lease, connection, check }) = scene.check_out() else {
            panic!("not reused")
        };
        checks.push(check);
        scene.now += took;
        let over = lease.over(|| scene.now);
        scene.pool.check_in(lease, connection, Condition::Clean, over);
    }
    use Check::{Look, Nothing};
    // those that follow upon one that took long ask the clock
    assert_eq!(checks, [Nothing, Nothing, Nothing, Look, Nothing]);
    assert!(matches!(scene.check_out(), CheckOut::Now(Grant::Reuse { check: Nothing, .. })));
}

#[test]
fn whoever_was_called_from_the_queue_asks_the_clock_for_the_end() {
    let mut scene = Scene::of_size(1);
    let held = scene.take();
    scene.give_back(held);
    let held = scene.take();
    assert_eq!(held.0.over(|| panic!("the clock was asked")), scene.now);
    let waiter = scene.queue();
    scene.give_back(held);
    let (lease, _) = scene.pool.claim(waiter).map(|grant| scene.accept(grant)).unwrap();
    scene.pass(5);
    assert_eq!(lease.over(|| scene.now), scene.now);
}
