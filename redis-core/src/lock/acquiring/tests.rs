use super::*;
use crate::error::Result;
use crate::lock::Answer;

const LEASE: Duration = Duration::from_secs(30);
const SECOND: Duration = Duration::from_secs(1);

fn plan(names: &[&str], servers: usize) -> LockPlan {
    let options = LockOptions::new().lease(LEASE);
    LockPlan::new(names.iter().map(|name| name.as_bytes()), &options, servers, [1, 2]).unwrap()
}

fn tally(plan: &LockPlan, answers: &[Result<Answer>]) -> Tally {
    Tally::new(plan, answers.iter().cloned())
}

fn away() -> Result<Answer> {
    Err(Error::new(ErrorKind::Connect, "away"))
}

/// What follows on one answer, in the words of `Debug`, up to a step that asks.
fn steps(acquiring: &mut Acquiring<'_>, now: Instant) -> Vec<String> {
    let mut steps = Vec::new();
    for _ in 0..9 {
        let step = acquiring.next(now);
        let text = match &step {
            Step::Held(tenure) => format!("Held({:?})", tenure.fence(None)),
            Step::GiveUp(error) => format!("GiveUp({:?})", error.kind()),
            other => format!("{other:?}"),
        };
        steps.push(text);
        if matches!(step, Step::Held(_) | Step::GiveUp(_) | Step::Attempt(_) | Step::Raise(..)) {
            break;
        }
    }
    steps
}

#[test]
fn what_is_free_is_held_after_one_question() {
    let (plan, now) = (plan(&["a"], 1), Instant::now());
    let mut acquiring = Acquiring::new(&plan, &LockOptions::new(), now);
    assert_eq!(steps(&mut acquiring, now), ["Attempt(0)"]);
    acquiring.attempted(now, now, &tally(&plan, &[Ok((1, 7))]), 0);
    assert_eq!(steps(&mut acquiring, now), ["Held(Some(7))"]);
}

#[test]
fn one_waits_until_the_others_lease_is_over_or_it_is_time_to_look_or_to_give_up() {
    let (plan, now) = (plan(&["a"], 1), Instant::now());
    let options = LockOptions::new().sleep(SECOND * 10).blocking_timeout(SECOND * 15);
    for (others, left, expected) in [
        (2000, SECOND * 15, "Wait(0, 2.001s)"),
        (20_000, SECOND * 15, "Wait(0, 10s)"),
        (20_000, SECOND * 4, "Wait(0, 4s)"),
        (-1, SECOND * 15, "Wait(0, 10s)"),
        (0, SECOND * 15, "Wait(0, 1ms)"),
    ] {
        let mut acquiring = Acquiring::new(&plan, &options, now);
        let later = now + SECOND * 15 - left;
        assert_eq!(steps(&mut acquiring, later), ["Attempt(0)"]);
        acquiring.attempted(later, later, &tally(&plan, &[Ok((-1, others))]), 0);
        assert_eq!(steps(&mut acquiring, later), [expected, "Attempt(0)"]);
    }
}

#[test]
fn without_time_left_or_the_wish_to_wait_it_is_given_up_and_nothing_is_asked_any_more() {
    let (plan, now) = (plan(&["a"], 1), Instant::now());
    let short = LockOptions::new().blocking_timeout(SECOND);
    for (options, later) in [(short, now + SECOND), (LockOptions::new().blocking(false), now)] {
        let mut acquiring = Acquiring::new(&plan, &options, now);
        assert_eq!(steps(&mut acquiring, now), ["Attempt(0)"]);
        acquiring.attempted(now, later, &tally(&plan, &[Ok((-1, 500))]), 0);
        assert_eq!(steps(&mut acquiring, later), ["GiveUp(LockNotAcquired)"]);
    }
}

#[test]
fn a_server_that_is_away_is_an_error_and_what_it_may_have_done_is_undone() {
    let (plan, now) = (plan(&["a"], 1), Instant::now());
    let lost = Err(Error::new(ErrorKind::Closed, "lost"));
    for (answer, expected) in
        [(away(), vec!["GiveUp(Connect)"]), (lost, vec!["Abandon(0)", "GiveUp(Closed)"])]
    {
        let mut acquiring = Acquiring::new(&plan, &LockOptions::new(), now);
        assert_eq!(steps(&mut acquiring, now), ["Attempt(0)"]);
        acquiring.attempted(now, now, &tally(&plan, &[answer]), 0);
        assert_eq!(steps(&mut acquiring, now), expected);
    }
}

#[test]
fn an_answer_that_comes_when_the_lease_is_over_is_none() {
    let (plan, now) = (plan(&["a"], 1), Instant::now());
    let mut acquiring = Acquiring::new(&plan, &LockOptions::new(), now);
    assert_eq!(steps(&mut acquiring, now), ["Attempt(0)"]);
    // a hundredth of the lease and 2 ms are not relied upon
    let late = now + LEASE - LEASE / 100 - Duration::from_millis(2);
    acquiring.attempted(now, late, &tally(&plan, &[Ok((1, 7))]), 0);
    assert_eq!(steps(&mut acquiring, late), ["Abandon(0)", "Wait(0, 1ms)", "Attempt(0)"]);
    // which a moment before would have been good
    let mut acquiring = Acquiring::new(&plan, &LockOptions::new(), now);
    acquiring.attempted(now, late - Duration::from_millis(1), &tally(&plan, &[Ok((1, 7))]), 0);
    assert_eq!(steps(&mut acquiring, late - Duration::from_millis(1)), ["Held(Some(7))"]);
}

#[test]
fn a_wait_that_is_not_possible_becomes_a_short_pause() {
    let (plan, now) = (plan(&["a"], 1), Instant::now());
    let mut acquiring = Acquiring::new(&plan, &LockOptions::new(), now);
    acquiring.not_waited(SECOND * 60, 0);
    assert_eq!(steps(&mut acquiring, now), ["Pause(50ms)", "Attempt(0)"]);
    acquiring.not_waited(Duration::from_millis(2), u64::MAX);
    let Step::Pause(pause) = acquiring.next(now) else { panic!("no pause") };
    assert!(pause >= Duration::from_millis(1) && pause <= Duration::from_millis(2), "{pause:?}");
}

#[test]
fn several_are_taken_one_after_the_other_and_all_are_given_back_where_one_fails() {
    let (plan, now) = (plan(&["c", "a", "b"], 1), Instant::now());
    let options = LockOptions::new().blocking(false);
    let mut acquiring = Acquiring::new(&plan, &options, now);
    for lock in 0..2 {
        assert_eq!(steps(&mut acquiring, now), [format!("Attempt({lock})")]);
        acquiring.attempted(now, now, &tally(&plan, &[Ok((1, 7))]), 0);
    }
    assert_eq!(steps(&mut acquiring, now), ["Attempt(2)"]);
    acquiring.attempted(now, now, &tally(&plan, &[Ok((-1, 5))]), 0);
    assert_eq!(steps(&mut acquiring, now), ["Abandon(1)", "Abandon(0)", "GiveUp(LockNotAcquired)"]);
}

#[test]
fn what_is_held_while_others_are_waited_for_gets_its_full_lease_again() {
    let (plan, now) = (plan(&["a", "b"], 1), Instant::now());
    let options = LockOptions::new().sleep(LEASE * 9);
    let mut acquiring = Acquiring::new(&plan, &options, now);
    acquiring.attempted(now, now, &tally(&plan, &[Ok((1, 7))]), 0);
    assert_eq!(steps(&mut acquiring, now), ["Attempt(1)"]);
    // somebody's for ever: it is looked at every third of the own lease
    acquiring.attempted(now, now, &tally(&plan, &[Ok((-1, -1))]), 0);
    assert!(matches!(acquiring.next(now), Step::Wait(1, time) if time == LEASE / 3));
    let later = now + LEASE / 3 + SECOND;
    assert!(matches!(acquiring.next(later), Step::Refresh(0)));
    acquiring.refreshed(0, later, later, &tally(&plan, &[Ok((1, 30_000))]));
    assert_eq!(steps(&mut acquiring, later), ["Attempt(1)"]);
    acquiring.attempted(later, later, &tally(&plan, &[Ok((1, 8))]), 0);
    assert_eq!(steps(&mut acquiring, later), ["Held(Some(7))"]);
}

#[test]
fn what_was_lost_while_others_were_waited_for_begins_anew() {
    let (plan, now) = (plan(&["a", "b"], 1), Instant::now());
    let later = now + LEASE;
    let began = |options: &LockOptions| {
        let mut acquiring = Acquiring::new(&plan, options, now);
        acquiring.attempted(now, now, &tally(&plan, &[Ok((1, 7))]), 0);
        assert!(matches!(acquiring.next(later), Step::Refresh(0)));
        acquiring
    };
    let mut acquiring = began(&LockOptions::new());
    acquiring.refreshed(0, later, later, &tally(&plan, &[Ok((-1, 9))]));
    assert_eq!(steps(&mut acquiring, later), ["Abandon(0)", "Attempt(0)"]);
    // unless it is too late for that
    let mut acquiring = began(&LockOptions::new().blocking_timeout(SECOND));
    acquiring.refreshed(0, later, later, &tally(&plan, &[Ok((0, 0))]));
    assert_eq!(steps(&mut acquiring, later), ["Abandon(0)", "GiveUp(LockNotAcquired)"]);
    // or nobody can be asked
    let mut acquiring = began(&LockOptions::new());
    acquiring.refreshed(0, later, later, &tally(&plan, &[away()]));
    assert_eq!(steps(&mut acquiring, later), ["Abandon(0)", "GiveUp(Connect)"]);
}

#[test]
fn one_lock_that_was_over_before_the_last_was_had_is_not_held() {
    let (plan, now) = (plan(&["a", "b"], 1), Instant::now());
    let mut acquiring = Acquiring::new(&plan, &LockOptions::new(), now);
    acquiring.attempted(now, now, &tally(&plan, &[Ok((1, 7))]), 0);
    assert_eq!(steps(&mut acquiring, now), ["Attempt(1)"]);
    // the clock of this process leapt: it was stopped
    let late = now + LEASE;
    acquiring.attempted(late, late, &tally(&plan, &[Ok((1, 8))]), 0);
    assert_eq!(steps(&mut acquiring, late), ["Abandon(1)", "Abandon(0)", "Attempt(0)"]);
}

#[test]
fn a_majority_is_enough_and_a_minority_is_given_back() {
    let (plan, now) = (plan(&["a"], 3), Instant::now());
    let mut acquiring = Acquiring::new(&plan, &LockOptions::new(), now);
    acquiring.attempted(now, now, &tally(&plan, &[Ok((1, 7)), Ok((1, 7)), away()]), 0);
    assert_eq!(steps(&mut acquiring, now), ["Held(Some(7))"]);
    let mut acquiring = Acquiring::new(&plan, &LockOptions::new(), now);
    acquiring.attempted(now, now, &tally(&plan, &[Ok((1, 7)), Ok((-1, 9)), away()]), 0);
    assert_eq!(steps(&mut acquiring, now), ["Abandon(0)", "Pause(50ms)", "Attempt(0)"]);
    // what cannot become a majority is not waited for
    acquiring.attempted(now, now, &tally(&plan, &[Ok((1, 7)), away(), away()]), 0);
    assert_eq!(steps(&mut acquiring, now), ["Abandon(0)", "GiveUp(Connect)"]);
}

#[test]
fn a_fence_that_servers_do_not_agree_upon_is_raised_before_it_counts() {
    let (plan, now) = (plan(&["a"], 3), Instant::now());
    let uneven = [Ok((1, 3)), Ok((1, 9)), away()];
    let mut acquiring = Acquiring::new(&plan, &LockOptions::new(), now);
    acquiring.attempted(now, now, &tally(&plan, &uneven), 0);
    assert_eq!(steps(&mut acquiring, now), ["Raise(0, 9)"]);
    acquiring.raised(now, &tally(&plan, &[Ok((1, 9)), Ok((1, 9)), away()]), 0);
    assert_eq!(steps(&mut acquiring, now), ["Held(Some(9))"]);
    // where no majority took it, the next would not know of it
    let mut acquiring = Acquiring::new(&plan, &LockOptions::new(), now);
    acquiring.attempted(now, now, &tally(&plan, &uneven), 0);
    assert_eq!(steps(&mut acquiring, now), ["Raise(0, 9)"]);
    acquiring.raised(now, &tally(&plan, &[Ok((1, 9)), Ok((0, 0)), away()]), 0);
    let left = steps(&mut acquiring, now);
    assert!(left[0] == "Abandon(0)" && left.last().unwrap() == "Attempt(0)", "{left:?}");
}
