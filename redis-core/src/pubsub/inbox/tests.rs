use super::*;
use crate::connection::Protocol;
use crate::pubsub::SubscriptionKind::{Channel, Pattern};
use crate::pubsub::{Incoming, Intake, Message, Subscription};
use crate::resp::Limits;
use bytes::Bytes;
use std::iter;

fn message(number: u64) -> PubSubEvent {
    PubSubEvent::Message(Message::new(Channel, None, "ch", number.to_string()))
}

fn lost() -> PubSubEvent {
    PubSubEvent::Gap(Gap::Lost { error: Error::new(ErrorKind::Closed, "gone") })
}

fn restored() -> PubSubEvent {
    PubSubEvent::Gap(Gap::Restored)
}

fn show(event: &PubSubEvent) -> String {
    match event {
        PubSubEvent::Message(message) => message.payload.to_string(),
        PubSubEvent::Gap(Gap::Lost { .. }) => "lost".to_owned(),
        PubSubEvent::Gap(Gap::Restored) => "restored".to_owned(),
        PubSubEvent::Gap(Gap::Overflow { messages }) => format!("-{messages}"),
        PubSubEvent::Subscribed(_) => "subscribed".to_owned(),
        other => format!("{other:?}"),
    }
}

fn admit(inbox: &mut Inbox, events: impl IntoIterator<Item = PubSubEvent>) -> Admission {
    inbox.admit(&mut events.into_iter().collect())
}

fn take_all(inbox: &mut Inbox) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        let mut hand = Backlog::new();
        inbox.take(&mut hand);
        if hand.is_empty() {
            return all;
        }
        all.extend(shown(&mut hand));
    }
}

fn shown(hand: &mut Backlog) -> Vec<String> {
    iter::from_fn(|| hand.pop()).map(|event| show(&event)).collect()
}

fn of_three(overflow: Overflow) -> Inbox {
    Inbox::new(PubSubOptions::new().queue_messages(3).overflow(overflow))
}

#[test]
fn the_oldest_make_room_and_their_number_stands_in_their_place() {
    let mut inbox = of_three(Overflow::DropOldest);
    assert_eq!(admit(&mut inbox, (1..=10).map(message)), Admission::All);
    assert_eq!((inbox.dropped(), inbox.len()), (7, 3));
    assert_eq!(take_all(&mut inbox), ["-7", "8", "9", "10"]);
}

#[test]
fn the_newest_are_dropped_and_their_number_stands_where_they_would() {
    let mut inbox = of_three(Overflow::DropNewest);
    assert_eq!(admit(&mut inbox, (1..=10).map(message)), Admission::All);
    assert_eq!(take_all(&mut inbox), ["1", "2", "3", "-7"]);
    assert_eq!(admit(&mut inbox, [message(11)]), Admission::All);
    assert_eq!(take_all(&mut inbox), ["11"]);
    assert_eq!(inbox.dropped(), 7);
}

#[test]
fn who_waits_loses_nothing_and_is_told_when_there_is_room() {
    let mut inbox = of_three(Overflow::Wait);
    let mut events: Backlog = (1..=5).map(message).collect();
    assert_eq!(inbox.admit(&mut events), Admission::Full);
    assert_eq!((events.messages(), inbox.is_full()), (2, true));
    let mut hand = Backlog::new();
    assert!(inbox.take(&mut hand));
    assert_eq!(shown(&mut hand), ["1"]);
    assert_eq!(inbox.admit(&mut events), Admission::Full);
    assert_eq!(events.messages(), 1);
    // whoever would make room waits for something else
    assert!(inbox.set_lifted(true));
    assert_eq!(inbox.admit(&mut events), Admission::All);
    inbox.set_lifted(false);
    assert_eq!(take_all(&mut inbox), ["2", "3", "4", "5"]);
    assert_eq!(inbox.dropped(), 0);
}

#[test]
fn who_is_cut_off_reads_what_is_queued_and_then_why() {
    let mut inbox = of_three(Overflow::Disconnect);
    assert_eq!(admit(&mut inbox, (1..=5).map(message)), Admission::Overflowed);
    assert!(inbox.take_end().is_none());
    assert_eq!(take_all(&mut inbox), ["1", "2", "3"]);
    assert_eq!(inbox.take_end().map(|error| error.kind()), Some(ErrorKind::Overloaded));
    assert!(inbox.is_empty());
    assert_eq!(admit(&mut inbox, [message(6)]), Admission::All);
}

#[test]
fn bytes_are_bounded_as_messages_are_and_one_that_is_larger_is_taken_alone() {
    let large = || PubSubEvent::Message(Message::new(Channel, None, "ch", vec![b'x'; 1000]));
    let mut inbox = Inbox::new(PubSubOptions::new().queue_bytes(2500).overflow(Overflow::Wait));
    let mut events: Backlog = [large(), large(), large()].into_iter().collect();
    assert_eq!(inbox.admit(&mut events), Admission::Full);
    assert_eq!(events.messages(), 1);
    let mut tiny = Inbox::new(PubSubOptions::new().queue_bytes(0).overflow(Overflow::Wait));
    let mut events: Backlog = [large(), large()].into_iter().collect();
    assert_eq!(tiny.admit(&mut events), Admission::Full);
    assert_eq!(events.messages(), 1);
}

/// Messages that came in one read.
fn together(numbers: impl IntoIterator<Item = u64>) -> Backlog {
    let mut intake = Intake::new(Protocol::Resp2, Limits::default(), 1024);
    let mut backlog = Backlog::new();
    let mut said = String::new();
    for number in numbers {
        let payload = number.to_string();
        let length = payload.len();
        said += &format!("*3\r\n$7\r\nmessage\r\n$2\r\nch\r\n${length}\r\n{payload}\r\n");
    }
    intake.feed(said.as_bytes());
    while let Some(incoming) = intake.take_next().unwrap() {
        let Incoming::Messages(mut run) = incoming else { panic!("no messages") };
        let count = run.len();
        backlog.add(&mut run, count);
    }
    backlog
}

#[test]
fn a_bound_is_met_in_the_middle_of_what_was_read_together() {
    let mut oldest = of_three(Overflow::DropOldest);
    assert_eq!(oldest.admit(&mut together(1..=2)), Admission::All);
    assert_eq!(oldest.admit(&mut together(3..=10)), Admission::All);
    assert_eq!((oldest.dropped(), oldest.len()), (7, 3));
    assert_eq!(take_all(&mut oldest), ["-7", "8", "9", "10"]);

    let mut newest = of_three(Overflow::DropNewest);
    assert_eq!(newest.admit(&mut together(1..=10)), Admission::All);
    assert_eq!(take_all(&mut newest), ["1", "2", "3", "-7"]);

    let mut waits = of_three(Overflow::Wait);
    let mut left = together(1..=10);
    assert_eq!(waits.admit(&mut left), Admission::Full);
    assert_eq!((waits.len(), left.messages()), (3, 7));
    assert_eq!(take_all(&mut waits), ["1", "2", "3"]);
    assert_eq!(waits.admit(&mut left), Admission::Full);
    assert_eq!(take_all(&mut waits), ["4", "5", "6"]);

    let mut ends = of_three(Overflow::Disconnect);
    let mut left = together(1..=10);
    assert_eq!(ends.admit(&mut left), Admission::Overflowed);
    assert!(left.is_empty());
    assert_eq!(take_all(&mut ends), ["1", "2", "3"]);
}

/// The same messages, once each by itself and once as they were read together.
#[test]
fn what_was_read_together_meets_every_bound_as_its_messages_one_by_one() {
    let mut seed = 7_u64;
    let mut random = |below: u64| {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 33) % below
    };
    for round in 0..400 {
        let overflow =
            [Overflow::DropOldest, Overflow::DropNewest, Overflow::Wait, Overflow::Disconnect]
                [round % 4];
        let options = PubSubOptions::new()
            .queue_messages(1 + usize::try_from(random(20)).unwrap())
            .queue_bytes(usize::try_from(random(3000)).unwrap())
            .overflow(overflow);
        let (mut single, mut runs) = (Inbox::new(options.clone()), Inbox::new(options));
        let (mut left_single, mut left_runs) = (Backlog::new(), Backlog::new());
        let mut number = 0;
        for step in 0..60 {
            let context = format!("round {round}, step {step}, {overflow:?}");
            match random(5) {
                0 => {
                    let (mut one, mut other) = (Backlog::new(), Backlog::new());
                    assert_eq!(single.take(&mut one), runs.take(&mut other), "{context}");
                    assert_eq!(shown(&mut one), shown(&mut other), "{context}");
                }
                1 => {
                    let event = if random(2) == 0 { lost() } else { restored() };
                    left_single.push(event.clone());
                    left_runs.push(event);
                }
                2 => {
                    let lifted = random(4) == 0;
                    assert_eq!(single.set_lifted(lifted), runs.set_lifted(lifted), "{context}");
                }
                _ => {
                    let numbers = number..number + random(9);
                    number = numbers.end;
                    left_single.extend(numbers.clone().map(message));
                    left_runs.items.extend(together(numbers).items);
                }
            }
            let admitted = single.admit(&mut left_single);
            assert_eq!(admitted, runs.admit(&mut left_runs), "{context}");
            assert_eq!(left_single.messages(), left_runs.messages(), "{context}");
            assert_eq!(
                (single.len(), single.dropped(), single.is_full(), single.is_empty()),
                (runs.len(), runs.dropped(), runs.is_full(), runs.is_empty()),
                "{context}"
            );
            let counted = |inbox: &Inbox| inbox.events.items.iter().filter_map(Item::run).count();
            assert_eq!((single.runs, runs.runs), (counted(&single), counted(&runs)), "{context}");
        }
        assert_eq!(take_all(&mut single), take_all(&mut runs), "round {round}, {overflow:?}");
    }
}

#[test]
fn what_is_in_hand_counts_until_more_is_fetched() {
    let options = PubSubOptions::new().queue_messages(8).overflow(Overflow::DropNewest);
    let mut inbox = Inbox::new(options);
    let _ = admit(&mut inbox, (1..=8).map(message));
    let mut hand = Backlog::new();
    inbox.take(&mut hand);
    // of the two in hand one is consumed at once
    assert_eq!(hand.messages(), 2);
    let _ = admit(&mut inbox, [message(9), message(10)]);
    assert_eq!(take_all(&mut inbox), ["3", "4", "5", "6", "7", "8", "9", "-1"]);
}

#[test]
fn gaps_and_confirmations_are_never_dropped() {
    let mut inbox = of_three(Overflow::DropOldest);
    let subscribed = PubSubEvent::Subscribed(Subscription::new(Channel, "ch".into()));
    let _ = admit(&mut inbox, [subscribed, message(1), lost(), restored(), message(2)]);
    let _ = admit(&mut inbox, (3..=5).map(message));
    assert_eq!(take_all(&mut inbox), ["subscribed", "-2", "lost", "restored", "3", "4", "5"]);
}

#[test]
fn a_connection_that_is_lost_again_and_again_is_one_gap_for_who_does_not_look() {
    let mut inbox = of_three(Overflow::DropOldest);
    for number in 0..1000 {
        let _ = admit(&mut inbox, [lost(), restored()]);
        if number % 2 == 0 {
            let _ = admit(&mut inbox, (0..5).map(message));
        }
    }
    let _ = admit(&mut inbox, (7..10).map(message));
    let left = take_all(&mut inbox);
    assert!(left.len() < 20, "{left:?}");
    assert!(
        left.contains(&"lost".to_owned()) && left.ends_with(&["7".into(), "8".into(), "9".into()])
    );
}

#[test]
fn a_gap_that_opens_again_before_its_end_was_read_goes_on_and_is_not_told_twice() {
    let mut inbox = of_three(Overflow::DropOldest);
    let _ = admit(&mut inbox, [lost()]);
    assert_eq!(take_all(&mut inbox), ["lost"]);
    let _ = admit(&mut inbox, [restored()]);
    let _ = admit(&mut inbox, [lost()]);
    assert_eq!(take_all(&mut inbox), Vec::<String>::new());
    let _ = admit(&mut inbox, [restored(), message(1), lost(), message(2), restored()]);
    let _ = admit(&mut inbox, [lost(), restored(), message(3)]);
    assert_eq!(take_all(&mut inbox), ["restored", "1", "lost", "2", "restored", "3"]);
}

#[test]
fn what_was_dropped_between_two_gaps_is_told_where_it_is_missing() {
    let mut inbox = Inbox::new(PubSubOptions::new().queue_messages(3));
    let _ = admit(&mut inbox, [lost()]);
    assert_eq!(take_all(&mut inbox), ["lost"]);
    let _ = admit(&mut inbox, [restored(), message(1), lost(), message(2), message(3)]);
    // with the message, the end of the one gap and the beginning of the next go
    let _ = admit(&mut inbox, [message(4)]);
    assert_eq!(take_all(&mut inbox), ["-1", "2", "3", "4"]);
}

#[test]
fn confirmations_are_left_out_where_that_was_asked_for() {
    let mut inbox = Inbox::new(PubSubOptions::new().ignore_subscribe_messages(true));
    let subscribed = PubSubEvent::Subscribed(Subscription::new(Channel, "ch".into()));
    let _ = admit(&mut inbox, [subscribed, message(1)]);
    assert_eq!(take_all(&mut inbox), ["1"]);
}

#[test]
fn what_waits_for_long_holds_no_more_memory_than_it_counts_for() {
    let mut inbox = Inbox::new(PubSubOptions::new());
    let mut shared = 0;
    for number in 0..1000_u32 {
        // what one read brought: little of it for this subscriber
        let read = Bytes::from(format!("ch:{number:04}{}", "x".repeat(64 * 1024)));
        let message = Message::new(Channel, None, read.slice(..2), read.slice(..7));
        let _ = admit(&mut inbox, [PubSubEvent::Message(message)]);
        shared += u32::from(!read.is_unique());
    }
    assert!(shared <= 256, "{shared} reads are kept for some bytes of each");
    let last = take_all(&mut inbox).pop();
    assert_eq!(last.as_deref(), Some("ch:0999"));
}

#[test]
fn what_is_copied_into_the_queue_stays_what_it_was() {
    let mut inbox = Inbox::new(PubSubOptions::new());
    let message = |number: usize| {
        let payload = "x".repeat(number * 97 % 70_000);
        Message::new(Pattern, Some("c*".into()), format!("c{number}"), payload)
    };
    let _ = admit(&mut inbox, (0..500).map(message).map(PubSubEvent::Message));
    assert!(inbox.runs > MOST_SHARED);
    for from in (500..1000).step_by(10) {
        let mut together = String::new();
        for number in from..from + 10 {
            let it = message(number);
            let (channel, payload) = (it.channel.to_string(), it.payload.to_string());
            together += &format!(
                "*4\r\n$8\r\npmessage\r\n$2\r\nc*\r\n${}\r\n{channel}\r\n${}\r\n{payload}\r\n",
                channel.len(),
                payload.len()
            );
        }
        let mut intake = Intake::new(Protocol::Resp2, Limits::default(), 1024);
        intake.feed(together.as_bytes());
        let Ok(Some(Incoming::Messages(mut run))) = intake.take_next() else { panic!() };
        let mut staged = Backlog::new();
        staged.add(&mut run, 10);
        assert_eq!(inbox.admit(&mut staged), Admission::All);
    }
    let mut seen = 0;
    let mut hand = Backlog::new();
    while seen < 1000 {
        inbox.take(&mut hand);
        while let Some(event) = hand.pop() {
            assert_eq!(event.into_message(), Some(message(seen)));
            seen += 1;
        }
    }
}
