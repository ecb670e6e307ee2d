use super::*;
use crate::pubsub::SubscriptionKind::{Channel, Pattern, Shard};
use crate::pubsub::{Gap, Incoming, Message};
use crate::resp::{Framer, Limits};
use std::collections::BTreeMap;
use std::iter;

mod model;

type Log = Vec<String>;

fn names(names: &[&str]) -> Vec<Bytes> {
    names.iter().map(|name| Bytes::copy_from_slice(name.as_bytes())).collect()
}

fn confirmed(action: Action, kind: SubscriptionKind, name: &str) -> Incoming {
    Incoming::Confirmed { action, kind, name: Some(Bytes::copy_from_slice(name.as_bytes())) }
}

fn subscribed(name: &str) -> Incoming {
    confirmed(Action::Subscribe, Channel, name)
}

fn unsubscribed(name: &str) -> Incoming {
    confirmed(Action::Unsubscribe, Channel, name)
}

fn message(name: &str, payload: &str) -> Incoming {
    let name = BulkString::from(name);
    Incoming::Messages(Message::new(Channel, None, name, payload).into())
}

use crate::reply::BulkString;

/// The commands that are to be sent, as text.
fn sent<S>(registry: &mut Registry<S>) -> String {
    let mut out = Vec::new();
    registry.outgoing(&mut out);
    commands(&out).iter().map(|words| words.join(" ")).collect::<Vec<_>>().join(", ")
}

fn commands(mut bytes: &[u8]) -> Vec<Vec<String>> {
    let mut framer = Framer::new(Limits::default());
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let framed = framer.frame(bytes).unwrap().unwrap();
        let reply = crate::Reply::new(&bytes[..framed.length], None, framed.tape.nodes());
        found.push(<Vec<String> as crate::FromReply>::from_reply(reply).unwrap());
        bytes = &bytes[framed.length..];
    }
    found
}

fn show(event: &PubSubEvent) -> String {
    match event {
        PubSubEvent::Message(message) => message.payload.to_string(),
        PubSubEvent::Subscribed(it) => format!("+{}", it.name),
        PubSubEvent::Unsubscribed(it) => format!("-{}", it.name),
        PubSubEvent::Refused { subscription, .. } => format!("!{}", subscription.name),
        PubSubEvent::Gap(Gap::Lost { .. }) => "lost".to_owned(),
        PubSubEvent::Gap(_) => "restored".to_owned(),
    }
}

/// What was staged, by subscriber.
fn told(registry: &mut Registry<&'static str>) -> BTreeMap<&'static str, Log> {
    let mut told: BTreeMap<&'static str, Log> = BTreeMap::new();
    registry.flush(|handle, staged, ended| {
        let log = told.entry(*handle).or_default();
        log.extend(iter::from_fn(|| staged.pop()).map(|event| show(&event)));
        log.extend(ended.map(|error| format!("ended: {error}")));
        Flushed::All
    });
    told
}

fn log(entries: &[&str]) -> Log {
    entries.iter().map(|&entry| entry.to_owned()).collect()
}

fn up() -> Registry<&'static str> {
    let mut registry = Registry::new();
    registry.connected();
    registry
}

fn gone() -> Error {
    Error::new(ErrorKind::Closed, "gone")
}

#[test]
fn the_first_who_wants_a_name_subscribes_and_the_last_unsubscribes() {
    let mut registry = up();
    let (a, b) = (registry.join("a"), registry.join("b"));
    let first = registry.subscribe(a, Channel, names(&["x", "y"]));
    assert_eq!(sent(&mut registry), "SUBSCRIBE x, SUBSCRIBE y");
    let second = registry.subscribe(b, Channel, names(&["x"]));
    assert_eq!(sent(&mut registry), "");
    assert!(registry.outcome(second).is_none());
    registry.handle(subscribed("x")).unwrap();
    assert!(registry.outcome(first).is_none());
    registry.outcome(second).unwrap().unwrap();
    registry.handle(subscribed("y")).unwrap();
    registry.outcome(first).unwrap().unwrap();
    registry.handle(message("x", "1")).unwrap();
    let all = told(&mut registry);
    assert_eq!((&all["a"], &all["b"]), (&log(&["+x", "+y", "1"]), &log(&["+x", "1"])));

    let ended = registry.unsubscribe(a, Channel, Some(names(&["x"])));
    registry.outcome(ended).unwrap().unwrap();
    assert_eq!(sent(&mut registry), "");
    let ended = registry.unsubscribe(b, Channel, None);
    assert_eq!(sent(&mut registry), "UNSUBSCRIBE x");
    assert!(registry.outcome(ended).is_none());
    registry.handle(unsubscribed("x")).unwrap();
    registry.outcome(ended).unwrap().unwrap();
    assert!(registry.leave(a).is_some());
    assert_eq!(sent(&mut registry), "UNSUBSCRIBE y");
    assert!(!registry.is_empty());
    registry.handle(unsubscribed("y")).unwrap();
    assert!(registry.is_empty() && !registry.is_awaiting() && !registry.is_established());
}

#[test]
fn kinds_do_not_share_names() {
    let mut registry = up();
    let a = registry.join("a");
    for kind in [Channel, Pattern, Shard] {
        registry.subscribe(a, kind, names(&["x"]));
    }
    assert_eq!(sent(&mut registry), "SUBSCRIBE x, PSUBSCRIBE x, SSUBSCRIBE x");
    assert_eq!(registry.subscriptions(a).len(), 3);
}

#[test]
fn a_refusal_is_told_to_who_asked_and_takes_what_came_with_it_along() {
    let mut registry = up();
    let (a, b) = (registry.join("a"), registry.join("b"));
    let both = registry.subscribe(a, Channel, names(&["good", "bad"]));
    let other = registry.subscribe(b, Channel, names(&["good"]));
    sent(&mut registry);
    registry.handle(subscribed("good")).unwrap();
    registry.handle(Incoming::Refused(Error::server(b"NOPERM not you"))).unwrap();
    let error = registry.outcome(both).unwrap().unwrap_err();
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        (Some("NOPERM"), "SUBSCRIBE: NOPERM not you")
    );
    registry.outcome(other).unwrap().unwrap();
    assert!(registry.subscriptions(a).is_empty());
    // the other still wants it
    assert_eq!(sent(&mut registry), "");
    let all = told(&mut registry);
    assert_eq!((&all["a"], &all["b"]), (&log(&["+good", "-good"]), &log(&["+good"])));
}

#[test]
fn what_is_subscribed_to_again_before_its_end_is_confirmed_waits_for_its_own_confirmation() {
    let mut registry = up();
    let (a, b) = (registry.join("a"), registry.join("b"));
    registry.subscribe(a, Channel, names(&["x"]));
    sent(&mut registry);
    registry.handle(subscribed("x")).unwrap();
    registry.unsubscribe(a, Channel, None);
    let again = registry.subscribe(b, Channel, names(&["x"]));
    assert_eq!(sent(&mut registry), "UNSUBSCRIBE x, SUBSCRIBE x");
    registry.handle(message("x", "between")).unwrap();
    registry.handle(unsubscribed("x")).unwrap();
    assert!(registry.outcome(again).is_none());
    registry.handle(subscribed("x")).unwrap();
    registry.outcome(again).unwrap().unwrap();
    registry.handle(message("x", "after")).unwrap();
    let all = told(&mut registry);
    assert_eq!((&all["a"], &all["b"]), (&log(&["+x", "between", "-x"]), &log(&["+x", "after"])));
}

#[test]
fn a_confirmation_that_nobody_asked_for_is_nobodys_answer() {
    let mut registry = up();
    let a = registry.join("a");
    let ticket = registry.subscribe(a, Channel, names(&["x"]));
    sent(&mut registry);
    for stray in [subscribed("y"), unsubscribed("x"), unsubscribed("y")] {
        assert!(matches!(registry.handle(stray).unwrap(), Handled::Unasked(..)));
    }
    let nothing = Incoming::Confirmed { action: Action::Unsubscribe, kind: Pattern, name: None };
    assert!(matches!(registry.handle(nothing).unwrap(), Handled::Unasked(..)));
    assert!(registry.outcome(ticket).is_none());
    registry.handle(subscribed("x")).unwrap();
    registry.outcome(ticket).unwrap().unwrap();
}

#[test]
fn to_unsubscribe_from_what_was_never_subscribed_to_sends_nothing() {
    let mut registry = up();
    let a = registry.join("a");
    for wanted in [Some(names(&["x"])), None] {
        let ticket = registry.unsubscribe(a, Channel, wanted);
        registry.outcome(ticket).unwrap().unwrap();
    }
    assert_eq!(sent(&mut registry), "");
}

#[test]
fn an_answer_that_is_left_out_ends_the_connection() {
    let mut registry = up();
    let a = registry.join("a");
    registry.subscribe(a, Channel, names(&["x", "y"]));
    sent(&mut registry);
    assert_eq!(registry.handle(subscribed("y")).unwrap_err().kind(), ErrorKind::Protocol);
    assert_eq!(registry.handle(Incoming::Pong).unwrap_err().kind(), ErrorKind::Protocol);
}

#[test]
fn what_a_server_ends_by_itself_is_asked_for_again_and_is_a_gap() {
    let mut registry = up();
    let a = registry.join("a");
    registry.subscribe(a, Shard, names(&["x"]));
    sent(&mut registry);
    registry.handle(confirmed(Action::Subscribe, Shard, "x")).unwrap();
    registry.handle(confirmed(Action::Unsubscribe, Shard, "x")).unwrap();
    assert_eq!(sent(&mut registry), "SSUBSCRIBE x");
    registry.handle(confirmed(Action::Subscribe, Shard, "x")).unwrap();
    assert_eq!(told(&mut registry)["a"], log(&["+x", "lost", "restored"]));
}

#[test]
fn a_shard_that_moves_while_its_end_is_asked_for_moves_no_other_answer() {
    let mut registry = up();
    let a = registry.join("a");
    let _ = registry.subscribe(a, Shard, names(&["x"]));
    sent(&mut registry);
    registry.handle(confirmed(Action::Subscribe, Shard, "x")).unwrap();
    let begun = registry.subscribe(a, Channel, names(&["y"]));
    let ended = registry.unsubscribe(a, Shard, Some(names(&["x"])));
    assert_eq!(sent(&mut registry), "SUBSCRIBE y, SUNSUBSCRIBE x");
    let moved = || confirmed(Action::Unsubscribe, Shard, "x");
    assert!(matches!(registry.handle(moved()).unwrap(), Handled::Unasked(..)));
    assert!(registry.outcome(ended).is_none());
    registry.handle(subscribed("y")).unwrap();
    assert!(registry.outcome(begun).is_some_and(|outcome| outcome.is_ok()));
    registry.handle(moved()).unwrap();
    assert!(registry.outcome(ended).is_some_and(|outcome| outcome.is_ok()));
    assert_eq!(told(&mut registry)["a"], log(&["+x", "+y", "-x"]));
}

#[test]
fn who_asks_whether_the_server_is_there_hears_of_this_connection_alone() {
    let mut registry = up();
    let (a, b) = (registry.join("a"), registry.join("b"));
    let nothing = registry.ask_for_answer(a);
    assert_eq!(registry.outcome(nothing).unwrap().unwrap_err().kind(), ErrorKind::Closed);
    let _ = registry.subscribe(a, Channel, names(&["x"]));
    sent(&mut registry);
    registry.handle(subscribed("x")).unwrap();
    registry.ping();
    let asked = registry.ask_for_answer(a);
    assert_eq!(sent(&mut registry), "PING, PING");
    registry.handle(Incoming::Pong).unwrap();
    assert!(registry.outcome(asked).is_none(), "the first was not asked by anybody");
    registry.handle(Incoming::Pong).unwrap();
    assert!(registry.outcome(asked).unwrap().is_ok());
    let refused = registry.ask_for_answer(a);
    sent(&mut registry);
    registry.handle(Incoming::Refused(Error::server(b"NOPERM no"))).unwrap();
    assert_eq!(registry.outcome(refused).unwrap().unwrap_err().code(), Some("NOPERM"));
    let (sent_one, queued) = (registry.ask_for_answer(a), registry.ask_for_answer(b));
    assert!(registry.outcome(queued).unwrap().is_err(), "it is subscribed to nothing");
    sent(&mut registry);
    registry.lost(&gone());
    assert!(registry.outcome(sent_one).unwrap().is_err());
    let away = registry.ask_for_answer(a);
    assert!(registry.outcome(away).unwrap().is_err());
    registry.connected();
    assert_eq!(sent(&mut registry), "SUBSCRIBE x");
}

#[test]
fn what_was_in_force_is_restored_and_the_gap_is_told_once() {
    let mut registry = up();
    let (a, b) = (registry.join("a"), registry.join("b"));
    registry.subscribe(a, Channel, names(&["x", "y"]));
    registry.subscribe(b, Channel, names(&["x"]));
    sent(&mut registry);
    registry.handle(subscribed("x")).unwrap();
    registry.handle(subscribed("y")).unwrap();
    told(&mut registry);
    for _ in 0..3 {
        registry.lost(&gone());
        registry.connected();
    }
    assert!(registry.is_established());
    let again = sent(&mut registry);
    let (one, other) = ("SUBSCRIBE x, SUBSCRIBE y", "SUBSCRIBE y, SUBSCRIBE x");
    assert!(again == one || again == other, "{again}");
    let order = if again == one { ["x", "y"] } else { ["y", "x"] };
    for name in order {
        registry.handle(subscribed(name)).unwrap();
    }
    let all = told(&mut registry);
    assert_eq!((&all["a"], &all["b"]), (&log(&["lost", "restored"]), &log(&["lost", "restored"])));
}

#[test]
fn what_is_refused_after_a_loss_ends_and_is_told_in_band() {
    let mut registry = up();
    let a = registry.join("a");
    registry.subscribe(a, Channel, names(&["x"]));
    sent(&mut registry);
    registry.handle(subscribed("x")).unwrap();
    registry.lost(&gone());
    registry.connected();
    sent(&mut registry);
    registry.handle(Incoming::Refused(Error::server(b"NOPERM not any more"))).unwrap();
    assert_eq!(told(&mut registry)["a"], log(&["+x", "lost", "!x", "restored"]));
    assert!(registry.is_empty() && !registry.is_subscribed(a));
}

#[test]
fn a_request_outlives_a_connection_and_an_end_is_reached_by_losing_it() {
    let mut registry = up();
    let a = registry.join("a");
    registry.subscribe(a, Channel, names(&["x"]));
    sent(&mut registry);
    registry.handle(subscribed("x")).unwrap();
    let ended = registry.unsubscribe(a, Channel, None);
    let begun = registry.subscribe(a, Channel, names(&["y"]));
    sent(&mut registry);
    registry.lost(&gone());
    registry.outcome(ended).unwrap().unwrap();
    assert!(registry.outcome(begun).is_none());
    registry.connected();
    assert_eq!(sent(&mut registry), "SUBSCRIBE y");
    registry.handle(subscribed("y")).unwrap();
    registry.outcome(begun).unwrap().unwrap();
    // nothing was in force, so nothing can be missing
    assert_eq!(told(&mut registry)["a"], log(&["+x", "-x", "+y"]));
}

#[test]
fn a_request_that_is_withdrawn_leaves_nothing_behind() {
    let mut registry = up();
    let (a, b) = (registry.join("a"), registry.join("b"));
    let ticket = registry.subscribe(a, Channel, names(&["x", "y"]));
    let other = registry.subscribe(b, Channel, names(&["y"]));
    sent(&mut registry);
    registry.handle(subscribed("x")).unwrap();
    registry.withdraw(ticket);
    assert_eq!(sent(&mut registry), "UNSUBSCRIBE x");
    registry.handle(subscribed("y")).unwrap();
    registry.outcome(other).unwrap().unwrap();
    registry.handle(unsubscribed("x")).unwrap();
    registry.handle(message("y", "1")).unwrap();
    let all = told(&mut registry);
    assert_eq!((&all["a"], &all["b"]), (&log(&["+x", "-x"]), &log(&["+y", "1"])));
    assert!(!registry.is_subscribed(a));
}

#[test]
fn who_is_too_slow_is_cut_off_alone() {
    let mut registry = up();
    let (a, b) = (registry.join("a"), registry.join("b"));
    registry.subscribe(a, Channel, names(&["x"]));
    registry.subscribe(b, Channel, names(&["x"]));
    sent(&mut registry);
    registry.handle(subscribed("x")).unwrap();
    registry.handle(message("x", "1")).unwrap();
    registry.flush(|handle, staged, _| {
        staged.items.clear();
        if *handle == "a" { Flushed::Overflowed(gone()) } else { Flushed::All }
    });
    assert!(!registry.is_subscribed(a) && registry.is_subscribed(b));
    registry.handle(message("x", "2")).unwrap();
    assert_eq!(told(&mut registry).get("b"), Some(&log(&["2"])));
}

#[test]
fn what_cannot_be_restored_is_told_as_the_end() {
    let mut registry = up();
    let (a, b) = (registry.join("a"), registry.join("b"));
    registry.subscribe(a, Channel, names(&["x"]));
    sent(&mut registry);
    registry.handle(subscribed("x")).unwrap();
    let asked = registry.subscribe(b, Channel, names(&["y"]));
    registry.lost(&gone());
    registry.fail(&Error::server(b"WRONGPASS no"));
    assert_eq!(registry.outcome(asked).unwrap().unwrap_err().code(), Some("WRONGPASS"));
    let all = told(&mut registry);
    assert_eq!(all["a"], log(&["+x", "lost", "ended: WRONGPASS no"]));
    assert_eq!(all["b"], log(&[]));
    assert!(registry.is_empty());
}

#[test]
fn no_more_is_sent_than_a_server_should_have_to_buffer_answers_for() {
    let mut registry = up();
    let a = registry.join("a");
    let many = (0..3 * MOST_IN_FLIGHT).map(|number| Bytes::from(number.to_string()));
    registry.subscribe(a, Channel, many);
    let mut out = Vec::new();
    registry.outgoing(&mut out);
    assert_eq!(commands(&out).len(), MOST_IN_FLIGHT);
    assert!(!registry.has_outgoing());
    registry.handle(subscribed("0")).unwrap();
    assert!(registry.has_outgoing());
}
