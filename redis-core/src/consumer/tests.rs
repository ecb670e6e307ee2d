use super::model::{Dice, Numbered, Server, lost, not_sent};
use super::*;
use crate::error::{Delivery, ErrorKind, ServerErrorKind};
use crate::retry::{ConstantBackoff, NoBackoff, RetryPolicy};

const ZERO: Duration = Duration::ZERO;

type Machine = Consumption<Numbered>;

fn plan(streams: usize) -> Plan {
    Plan::new(streams, RetryPolicy::new(NoBackoff, 3))
}

/// The next action, which nothing stands before.
#[track_caller]
fn asked(machine: &mut Machine, now: Duration) -> Action<Numbered> {
    match machine.step(now, false) {
        Step::Do(action) => action,
        other => panic!("an action was to come: {other:?}"),
    }
}

/// Does what is asked for until something is given.
#[track_caller]
fn given(machine: &mut Machine, server: &mut Server) -> Given<Numbered> {
    for _ in 0..100 {
        match machine.step(ZERO, false) {
            Step::Give(given) => return given,
            Step::Do(action) => machine.record(server.carry_out(&action), ZERO, false, 0),
            other => panic!("nothing is wrong: {other:?}"),
        }
    }
    panic!("nothing was given")
}

#[test]
fn it_makes_the_group_reads_what_is_pending_and_then_what_is_new() {
    let mut server = Server::new(1, 3, 2);
    let mut machine = Machine::new(Plan { create: true, ..plan(1) });
    let create = asked(&mut machine, ZERO);
    assert!(matches!(create, Action::Create { stream: 0, again: false }));
    machine.record(server.carry_out(&create), ZERO, false, 0);
    let pending = asked(&mut machine, ZERO);
    assert!(matches!(&pending, Action::ReadPending { after } if *after == [(0, 0)]));
    machine.record(server.carry_out(&pending), ZERO, false, 0);
    let new = asked(&mut machine, ZERO);
    assert!(matches!(new, Action::ReadNew { wait } if wait == Duration::from_secs(2)));
    machine.record(server.carry_out(&new), ZERO, false, 0);
    for id in [1, 2] {
        let Step::Give(given) = machine.step(ZERO, false) else { panic!("no entry") };
        assert_eq!((given.entry.id(), given.origin, given.deliveries), (id, Origin::New, Some(1)));
    }
    assert!(matches!(asked(&mut machine, ZERO), Action::ReadNew { .. }));
}

#[test]
fn a_group_that_exists_is_no_error_and_one_that_is_not_to_be_made_is() {
    let mut server = Server::new(1, 1, 1).with_groups();
    let mut machine = Machine::new(Plan { create: true, ..plan(1) });
    assert_eq!(given(&mut machine, &mut server).entry.id(), 1);

    let mut server = Server::new(1, 1, 1);
    let mut machine = Machine::new(plan(1));
    let action = asked(&mut machine, ZERO);
    machine.record(server.carry_out(&action), ZERO, false, 0);
    let Step::Fail(error) = machine.step(ZERO, false) else { panic!("it goes on") };
    assert_eq!(error.kind(), ErrorKind::Server(ServerErrorKind::NoGroup));
    // an error is not the end
    assert!(matches!(asked(&mut machine, ZERO), Action::ReadPending { .. }));
}

#[test]
fn a_group_that_is_gone_is_made_again_and_everything_is_read_that_is_there() {
    let mut server = Server::new(2, 2, 10).with_groups();
    let mut machine = Machine::new(Plan { create: true, ..plan(2) });
    for _ in 0..4 {
        given(&mut machine, &mut server);
    }
    // one stream is deleted, and begins anew
    server.streams[1] = model::Stream { entries: [1].into(), ..Default::default() };
    let again = given(&mut machine, &mut server);
    assert_eq!((again.stream, again.entry.id()), (1, 1));
    assert_eq!(server.streams[0].pending.len(), 2, "the other one goes on as it was");
    // and another time, since reading went well in between
    server.streams[0] = model::Stream { entries: [7].into(), ..Default::default() };
    assert_eq!(given(&mut machine, &mut server).entry.id(), 7);
}

#[test]
fn pending_entries_are_read_to_the_end_and_not_given_twice_to_who_has_them() {
    let mut server = Server::new(1, 5, 2).with_groups();
    server.of_mine(0, [1, 2, 3]);
    let mut machine = Machine::new(plan(1));
    let kept: Vec<_> = (0..3).map(|_| given(&mut machine, &mut server)).collect();
    assert!(kept.iter().all(|given| given.origin == Origin::Resumed));
    assert!(kept.iter().map(|given| given.entry.id()).eq(1..=3));
    let new: Vec<_> = (0..2).map(|_| given(&mut machine, &mut server)).collect();
    assert!(new.iter().all(|given| given.origin == Origin::New));
}

#[test]
fn a_read_in_doubt_is_followed_by_reading_what_it_may_have_delivered() {
    for how in 0..3 {
        let mut server = Server::new(1, 6, 2).with_groups();
        let mut machine = Machine::new(plan(1));
        let _first = (given(&mut machine, &mut server), given(&mut machine, &mut server));
        let action = asked(&mut machine, ZERO);
        assert!(matches!(action, Action::ReadNew { .. }));
        // it was carried out, and its reply never came
        server.carry_out(&action);
        match how {
            0 => machine.record(lost(), ZERO, false, 0),
            1 => {} // whoever waited is gone
            _ => machine.record(Outcome::Done, ZERO, false, 0),
        }
        let action = asked(&mut machine, ZERO);
        assert!(
            matches!(&action, Action::ReadPending { after } if *after == [(0, 2)]),
            "{action:?}"
        );
        machine.record(server.carry_out(&action), ZERO, false, 0);
        for id in [3, 4] {
            let Step::Give(given) = machine.step(ZERO, false) else { panic!("it is lost") };
            assert_eq!((given.entry.id(), given.origin), (id, Origin::Resumed));
        }
    }
}

#[test]
fn what_was_not_sent_leaves_nothing_in_doubt() {
    let mut server = Server::new(1, 2, 2).with_groups();
    let mut machine = Machine::new(plan(1));
    let action = asked(&mut machine, ZERO);
    machine.record(server.carry_out(&action), ZERO, false, 0);
    assert!(matches!(asked(&mut machine, ZERO), Action::ReadNew { .. }));
    machine.record(not_sent(), ZERO, false, 0);
    assert!(matches!(asked(&mut machine, ZERO), Action::ReadNew { .. }));
}

#[test]
fn what_was_given_is_acknowledged_once_the_next_is_asked_for_a_page_at_a_time() {
    let mut server = Server::new(1, 3, 2).with_groups();
    let mut machine = Machine::new(Plan { acknowledges: true, ..plan(1) });
    for id in [1, 2] {
        assert_eq!(given(&mut machine, &mut server).entry.id(), id);
        assert!(server.streams[0].acknowledged.is_empty(), "it is in the user's hands");
    }
    let action = asked(&mut machine, ZERO);
    assert!(matches!(&action, Action::Acknowledge { stream: 0, ids } if *ids == [1, 2]));
    // in doubt: again
    machine.record(lost(), ZERO, false, 0);
    let action = asked(&mut machine, ZERO);
    assert!(matches!(&action, Action::Acknowledge { stream: 0, ids } if *ids == [1, 2]));
    machine.record(server.carry_out(&action), ZERO, false, 0);
    assert_eq!(given(&mut machine, &mut server).entry.id(), 3);
    assert_eq!(server.streams[0].acknowledged, [1, 2].into());
}

#[test]
fn stopped_it_gives_what_it_has_acknowledges_and_ends() {
    let mut server = Server::new(1, 9, 3).with_groups();
    let mut machine = Machine::new(Plan { acknowledges: true, ..plan(1) });
    given(&mut machine, &mut server);
    for id in [2, 3] {
        let Step::Give(given) = machine.step(ZERO, true) else { panic!("what was read is given") };
        assert_eq!(given.entry.id(), id);
    }
    let Step::Do(action) = machine.step(ZERO, true) else { panic!("nothing is acknowledged") };
    machine.record(server.carry_out(&action), ZERO, true, 0);
    assert!(matches!(machine.step(ZERO, true), Step::Over));
    assert!(matches!(machine.step(ZERO, true), Step::Over));
    assert_eq!(server.streams[0].acknowledged.len(), 3);
    assert!(server.streams[0].pending.is_empty());
}

#[test]
fn it_says_once_that_the_client_was_closed_and_ends() {
    let mut server = Server::new(1, 1, 1).with_groups();
    let mut machine = Machine::new(plan(1));
    given(&mut machine, &mut server);
    asked(&mut machine, ZERO);
    machine.record(Outcome::Failed(crate::pool::closed()), ZERO, false, 0);
    let Step::Fail(error) = machine.step(ZERO, false) else { panic!("nothing is said") };
    assert_eq!(error.kind(), ErrorKind::Shutdown);
    assert!(matches!(machine.step(ZERO, false), Step::Over));
    assert!(matches!(machine.step(ZERO, false), Step::Over));
}

#[test]
fn stopped_it_ends_even_if_nothing_can_be_acknowledged() {
    let mut server = Server::new(1, 1, 1).with_groups();
    let mut machine = Machine::new(Plan { acknowledges: true, ..plan(1) });
    given(&mut machine, &mut server);
    let mut errors = 0;
    for _ in 0..100 {
        match machine.step(ZERO, true) {
            Step::Do(_) => machine.record(lost(), ZERO, true, 0),
            Step::Fail(_) => errors += 1,
            Step::Over => break,
            Step::Give(_) => panic!("there is nothing more"),
        }
    }
    assert_eq!(errors, 1);
    assert!(matches!(machine.step(ZERO, true), Step::Over));
}

#[test]
fn what_others_left_lying_is_claimed_in_rounds_over_all_streams() {
    let every = Duration::from_secs(30);
    let mut server = Server::new(2, 5, 2).with_groups();
    server.of_others(0, [1, 2, 3]);
    server.of_others(1, [1]);
    let mut machine = Machine::new(Plan { claim_every: Some(every), ..plan(2) });
    let mut claimed = Vec::new();
    for _ in 0..4 {
        let given = given(&mut machine, &mut server);
        assert_eq!(given.origin, Origin::Claimed);
        claimed.push((given.stream, given.entry.id()));
    }
    assert_eq!(claimed, [(0, 1), (0, 2), (0, 3), (1, 1)]);
    let second = Duration::from_secs(29);
    let new = asked(&mut machine, second);
    assert!(matches!(new, Action::ReadNew { wait } if wait == Duration::from_secs(1)), "{new:?}");
    machine.record(Outcome::Read(vec![]), second, false, 0);
    assert!(matches!(asked(&mut machine, every), Action::Claim { stream: 0, from: 0 }));
}

#[test]
fn after_a_claim_in_doubt_all_that_is_pending_is_read_but_not_given_to_who_has_it() {
    let mut server = Server::new(1, 4, 10).with_groups();
    server.of_mine(0, [2]);
    server.of_others(0, [1, 3]);
    let every = Some(Duration::from_secs(30));
    let mut machine = Machine::new(Plan { claim_every: every, ..plan(1) });
    let kept = given(&mut machine, &mut server);
    assert_eq!(kept.entry.id(), 2);
    let action = loop {
        match asked(&mut machine, ZERO) {
            action @ Action::Claim { .. } => break action,
            action => machine.record(server.carry_out(&action), ZERO, false, 0),
        }
    };
    server.carry_out(&action);
    machine.record(lost(), ZERO, false, 0);
    let found = [given(&mut machine, &mut server), given(&mut machine, &mut server)];
    assert_eq!(found.map(|given| given.entry.id()), [1, 3]);
    // whoever lets an entry go without acknowledging it, gets it again when it is claimed
    drop(kept);
    assert!(!matches!(asked(&mut machine, ZERO), Action::ReadNew { .. }));
}

#[test]
fn deleted_entries_are_acknowledged_and_not_given() {
    let mut server = Server::new(1, 4, 10).with_groups();
    server.of_mine(0, [1, 2, 3]);
    server.streams[0].entries.remove(&2);
    let mut machine = Machine::new(plan(1));
    let kept = [given(&mut machine, &mut server), given(&mut machine, &mut server)];
    assert_eq!(kept.map(|given| given.entry.id()), [1, 3]);
    given(&mut machine, &mut server);
    assert_eq!(server.streams[0].acknowledged, [2].into());
}

#[test]
fn an_entry_that_was_delivered_too_often_is_buried_and_the_others_say_how_often() {
    let mut server = Server::new(1, 3, 10).with_groups();
    server.of_mine(0, [1, 2]);
    server.streams[0].pending.get_mut(&1).expect("pending").deliveries = 3;
    let mut machine = Machine::new(Plan { most_deliveries: Some(3), ..plan(1) });
    let second = given(&mut machine, &mut server);
    assert_eq!((second.entry.id(), second.deliveries), (2, Some(2)));
    assert_eq!(given(&mut machine, &mut server).entry.id(), 3);
    assert_eq!(server.streams[0].buried, [1]);
    assert!(!server.streams[0].pending.contains_key(&1));
}

#[test]
fn where_deliveries_are_counted_streams_are_resumed_one_after_the_other() {
    let mut server = Server::new(2, 1, 10).with_groups();
    server.of_mine(0, [1]);
    server.of_mine(1, [1]);
    let mut machine = Machine::new(Plan { most_deliveries: Some(3), ..plan(2) });
    let action = asked(&mut machine, ZERO);
    assert!(matches!(&action, Action::ReadPending { after } if *after == [(0, 0)]));
    machine.record(server.carry_out(&action), ZERO, false, 0);
    let first = given(&mut machine, &mut server);
    assert_eq!(server.streams[1].pending[&1].deliveries, 1, "nobody had it meanwhile");
    let second = given(&mut machine, &mut server);
    assert_eq!((first.stream, second.stream, second.deliveries), (0, 1, Some(2)));
}

#[test]
fn counts_are_asked_for_until_all_are_known_and_what_another_took_is_not_given() {
    let mut server = Server::new(1, 2500, 2500).with_groups();
    server.of_mine(0, 1..=2500);
    let mut machine = Machine::new(Plan { most_deliveries: Some(9), ..plan(1) });
    let action = asked(&mut machine, ZERO);
    machine.record(server.carry_out(&action), ZERO, false, 0);
    // meanwhile another consumer claims one
    server.of_others(0, [1700]);
    let mut counts = 0;
    loop {
        match machine.step(ZERO, false) {
            Step::Give(given) => {
                assert_eq!(given.entry.id(), 1);
                break;
            }
            Step::Do(action) => {
                assert!(matches!(action, Action::Count { .. }));
                counts += 1;
                machine.record(server.carry_out(&action), ZERO, false, 0);
            }
            other => panic!("{other:?}"),
        }
    }
    let rest = std::iter::from_fn(|| match machine.step(ZERO, false) {
        Step::Give(given) => Some(given.entry.id()),
        _ => None,
    });
    assert_eq!((counts, rest.filter(|id| *id != 1700).count()), (3, 2498));
}

#[test]
fn failures_are_tried_again_after_a_pause_and_shown_when_the_policy_gives_up() {
    let pause = Duration::from_millis(7);
    let retry = RetryPolicy::new(ConstantBackoff::new(pause), 2);
    let mut machine = Machine::new(Plan { resume: false, retry, ..plan(1) });
    for failure in 1..=5 {
        assert!(matches!(asked(&mut machine, ZERO), Action::ReadNew { .. }));
        machine.record(not_sent(), ZERO, false, 0);
        if failure >= 3 {
            let Step::Fail(error) = machine.step(ZERO, false) else { panic!("it is hidden") };
            assert_eq!((error.kind(), error.delivery()), (ErrorKind::Connect, Delivery::NotSent));
        }
        let wait = asked(&mut machine, ZERO);
        assert!(matches!(wait, Action::Pause(time) if time == pause), "{wait:?}");
        machine.record(Outcome::Done, ZERO, false, 0);
    }
    // once it goes well, the count begins anew
    assert!(matches!(asked(&mut machine, ZERO), Action::ReadNew { .. }));
    machine.record(Outcome::Read(vec![]), ZERO, false, 0);
    assert!(matches!(asked(&mut machine, ZERO), Action::ReadNew { .. }));
    machine.record(not_sent(), ZERO, false, 0);
    assert!(matches!(asked(&mut machine, ZERO), Action::Pause(_)));
}

#[test]
fn a_wait_that_was_cut_short_is_no_failure() {
    let mut machine = Machine::new(Plan { resume: false, ..plan(1) });
    for _ in 0..9 {
        assert!(matches!(asked(&mut machine, ZERO), Action::ReadNew { .. }));
        let cut = Error::server(b"UNBLOCKED client unblocked via CLIENT UNBLOCK");
        machine.record(Outcome::Failed(cut), ZERO, false, 0);
    }
}

/// Whatever fails, wherever: in the end every entry is acknowledged or buried, and none was given twice
/// while the user had it.
#[test]
fn no_entry_is_lost_whatever_fails_and_wherever_the_consumer_begins_again() {
    for seed in 0..2000 {
        let mut dice = Dice::new(seed);
        let (streams, entries) = (1 + dice.throw(3) as usize, 1 + dice.throw(20) as u32);
        let mut server = Server::new(streams, entries, 1 + dice.throw(5) as usize).with_groups();
        let claims = dice.throw(2) == 0;
        for stream in 0..streams {
            let others = if claims { dice.throw(u64::from(entries)) as u32 } else { 0 };
            server.of_others(stream, 1..=others);
            if dice.throw(2) == 0 {
                server.streams[stream].entries.remove(&(1 + others / 2));
            }
        }
        let plan = Plan {
            create: true,
            claim_every: claims.then_some(Duration::from_millis(50)),
            most_deliveries: (dice.throw(2) == 0).then_some(4),
            acknowledges: true,
            ..plan(streams)
        };
        let mut machine = Machine::new(plan.clone());
        let (mut now, mut faults) = (0, 60);
        let is_done = |server: &Server| {
            server.streams.iter().all(|s| {
                let last = s.entries.last().copied().unwrap_or(0);
                s.pending.is_empty() && s.last_delivered >= last
            })
        };
        let mut steps = 0;
        while !is_done(&server) {
            steps += 1;
            assert!(steps < 5000, "seed {seed}: it comes to no end");
            now += 1;
            let time = Duration::from_millis(now);
            match machine.step(time, false) {
                Step::Give(given) => {
                    let pending = server.streams[given.stream].pending.get(&given.entry.id());
                    assert!(pending.is_some_and(|owned| owned.mine), "seed {seed}: {given:?}");
                }
                Step::Fail(_) => {}
                Step::Over => panic!("nobody stopped it"),
                Step::Do(action) => {
                    let fault = if faults > 0 { dice.throw(8) } else { 7 };
                    faults -= u32::from(fault < 4);
                    let outcome = match fault {
                        0 => not_sent(),
                        1 => {
                            server.carry_out(&action);
                            lost()
                        }
                        // nobody waits for the outcome
                        2 => {
                            server.carry_out(&action);
                            continue;
                        }
                        // it dies, and begins again
                        3 => {
                            server.carry_out(&action);
                            machine = Machine::new(plan.clone());
                            continue;
                        }
                        _ => server.carry_out(&action),
                    };
                    machine.record(outcome, time, false, dice.throw(u64::MAX));
                }
            }
        }
        for stream in &server.streams {
            for id in &stream.entries {
                assert!(stream.acknowledged.contains(id), "seed {seed}: {id} is lost");
            }
        }
    }
}
