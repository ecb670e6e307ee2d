//! Subscriptions on real servers.

use crate::both::both_clients;
use crate::numbers::Numbers;
use redis_core::pubsub::{
    EventDatabase, Gap, KeyEvent, KeyEventKind, KeyspaceFlags, KeyspacePattern, Message, Overflow,
    PubSubEvent, PubSubOptions, SubscriptionKind,
};
use redis_core::{ErrorKind, ServerErrorKind};
use redis_tests::server::Server;
use std::time::Duration;

/// Longer than anything takes that comes at all.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// How often the server cuts the connection while numbers are published.
const KILLS: usize = 100;

pub(crate) fn payload(event: Option<PubSubEvent>) -> String {
    match event {
        Some(PubSubEvent::Message(message)) => message.payload.to_string(),
        other => panic!("no message: {other:?}"),
    }
}

/// An event as a word.
pub(crate) fn word(event: &PubSubEvent) -> String {
    match event {
        PubSubEvent::Message(message) => message.payload.to_string(),
        PubSubEvent::Subscribed(it) => format!("+{:?}", it.kind),
        PubSubEvent::Unsubscribed(it) => format!("-{:?}", it.kind),
        PubSubEvent::Gap(Gap::Lost { .. }) => "lost".to_owned(),
        PubSubEvent::Gap(Gap::Restored) => "restored".to_owned(),
        PubSubEvent::Gap(Gap::Overflow { messages }) => format!("missed {messages}"),
        other => format!("{other:?}"),
    }
}

both_clients! {
    async fn messages_come_by_each_kind_of_subscription(test) {
        let (channel, shard) = (test.key("ch"), test.key("shard"));
        let pattern = format!("{channel}*");
        let mut p = test.client.pubsub();
        p.subscribe(&channel).await?;
        p.psubscribe(&pattern).await?;
        p.ssubscribe(&shard).await?;
        let kinds: Vec<_> = p.subscriptions().into_iter().map(|it| it.kind).collect();
        assert_eq!(kinds, [SubscriptionKind::Channel, SubscriptionKind::Pattern, SubscriptionKind::Shard]);
        let twice = test.client.publish(&channel, "one").await?;
        let once = test.client.spublish(&shard, "two").await?;
        assert_eq!((twice, once), (2, 1));
        let one = p.next_message().await?;
        let by_name = Message::new(SubscriptionKind::Channel, None, channel.as_str(), "one");
        assert_eq!(one, Some(by_name));
        let again = p.next_message().await?;
        let by_pattern = Some(pattern.as_str().into());
        let by_pattern = Message::new(SubscriptionKind::Pattern, by_pattern, channel.as_str(), "one");
        assert_eq!(again, Some(by_pattern));
        let two = p.next_message().await?;
        let by_shard = Message::new(SubscriptionKind::Shard, None, shard.as_str(), "two");
        assert_eq!(two, Some(by_shard));
    }

    async fn confirmations_and_messages_come_in_their_order(test) {
        let channel = test.key("ch");
        let mut p = test.client.pubsub();
        p.subscribe(&channel).await?;
        test.client.publish(&channel, "1").await?;
        p.unsubscribe(&channel).await?;
        test.client.publish(&channel, "2").await?;
        p.subscribe(&channel).await?;
        test.client.publish(&channel, "3").await?;
        p.unsubscribe_all().await?;
        let mut seen = Vec::new();
        while let Some(event) = p.get_message(PATIENCE).await? {
            seen.push(word(&event));
        }
        assert_eq!(seen, ["+Channel", "1", "-Channel", "+Channel", "3", "-Channel"]);
        // nothing is subscribed to: nobody waits
        let nothing = p.next_message().await?;
        assert_eq!(nothing, None);
    }

    async fn a_ping_is_answered_over_the_connection_that_there_is(test) {
        let channel = test.key("ch");
        let mut p = test.client.pubsub();
        let error = p.ping().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
        assert!(error.to_string().starts_with("PING: "), "{error}");
        p.subscribe(&channel).await?;
        test.client.publish(&channel, "1").await?;
        p.ping().await?;
        p.ping().await?;
        // what came before the answer waits for who reads
        let mut words = Vec::new();
        for _ in 0..2 {
            let event = p.get_message(PATIENCE).await?;
            words.extend(event.as_ref().map(word));
        }
        assert_eq!(words, ["+Channel", "1"]);
    }

    async fn a_wait_ends_with_its_time(test) {
        let mut p = test.client.pubsub_with(PubSubOptions::new().ignore_subscribe_messages(true));
        p.subscribe(test.key("ch")).await?;
        let nothing = p.get_message(Duration::from_millis(5)).await?;
        assert!(nothing.is_none(), "{nothing:?}");
    }

    async fn every_subscriber_of_a_channel_gets_every_message_over_one_connection(test) {
        let (channel, other) = (test.key("ch"), test.key("other"));
        let mut first = test.client.pubsub();
        let mut second = test.client.pubsub();
        let mut third = test.client.pubsub();
        first.subscribe([&channel, &other]).await?;
        second.subscribe(&channel).await?;
        third.subscribe(&other).await?;
        // one client of the server, however many subscribers
        let counts = test.client.pubsub_numsub([&channel, &other]).await?;
        let counts: Vec<_> = counts.into_iter().map(|(_, count)| count).collect();
        assert_eq!(counts, [1, 1]);
        test.client.publish(&channel, "a").await?;
        test.client.publish(&other, "b").await?;
        for (subscriber, wanted) in [(&mut first, "ab"), (&mut second, "a"), (&mut third, "b")] {
            let mut seen = String::new();
            while seen.len() < wanted.len() {
                let message = subscriber.next_message().await?;
                seen.push_str(&message.expect("it is subscribed").payload.to_string());
            }
            assert_eq!(seen, wanted);
        }
        // the last who goes unsubscribes
        drop(first);
        let still = test.client.publish(&channel, "c").await?;
        assert_eq!(still, 1);
        second.unsubscribe_all().await?;
        let nobody = test.client.publish(&channel, "d").await?;
        assert_eq!(nobody, 0);
    }

    async fn the_connection_is_none_of_the_pools_and_goes_with_the_last_subscription(test) {
        let name = test.key("name");
        let url = format!("{}?protocol={}&pool_max_size=1&client_name={name}", test.server.url(), test.protocol);
        let client = Redis::from_url(&url)?;
        let mut p = client.pubsub();
        let mut q = client.pubsub();
        p.subscribe(test.key("ch")).await?;
        q.subscribe(test.key("ch")).await?;
        // the pool's only connection is free all the same
        let connection = client.connection().await?;
        connection.ping().await?;
        let list = test.client.client_list().await?;
        assert_eq!(subscribed(&list, &name).len(), 1);
        drop(p);
        q.unsubscribe_all().await?;
        // it is closed by who served it, a moment after
        for _ in 0..100_000 {
            let list = test.client.client_list().await?;
            if list.iter().filter(|it| it.name() == name).count() == 1 {
                break;
            }
        }
        let list = test.client.client_list().await?;
        assert_eq!(list.iter().filter(|it| it.name() == name).count(), 1);
        // and is opened again
        q.subscribe(test.key("ch")).await?;
        let heard = test.client.publish(test.key("ch"), "x").await?;
        assert_eq!(heard, 1);
    }

    async fn to_unsubscribe_from_what_was_never_subscribed_to_moves_no_answer(test) {
        let channel = test.key("ch");
        let mut p = test.client.pubsub();
        p.unsubscribe("never").await?;
        p.punsubscribe_all().await?;
        p.subscribe(&channel).await?;
        for _ in 0..10 {
            p.unsubscribe(["never", "neither"]).await?;
            p.sunsubscribe_all().await?;
            p.subscribe(&channel).await?;
        }
        test.client.publish(&channel, "1").await?;
        let message = p.next_message().await?;
        assert_eq!(message.map(|it| it.payload), Some("1".into()));
    }

    async fn names_that_are_none_are_refused_before_anything_is_sent(test) {
        let none: [&str; 0] = [];
        let mut p = test.client.pubsub();
        let error = p.subscribe(none).await.unwrap_err();
        assert_eq!((error.kind(), error.to_string().starts_with("SUBSCRIBE: ")), (ErrorKind::Argument, true));
        assert!(p.subscriptions().is_empty());
    }

    async fn a_channel_may_have_any_name_and_a_message_any_content(test) {
        let channel: Vec<u8> = [test.key("ch").as_bytes(), b"\r\n\x00\xff"].concat();
        let large = vec![b'x'; 3_000_000];
        let mut p = test.client.pubsub();
        p.subscribe(&channel).await?;
        for payload in [&b""[..], b"\r\n", b"\xff\x00", &large] {
            test.client.publish(&channel, payload).await?;
            let message = p.next_message().await?.expect("it is subscribed");
            assert!(message.payload == payload && message.channel == channel);
        }
    }

    async fn many_messages_come_whole_and_in_order(test) {
        const MANY: u64 = 20_000;
        let channel = test.key("ch");
        let mut p = test.client.pubsub_with(PubSubOptions::new().ignore_subscribe_messages(true));
        p.subscribe(&channel).await?;
        let pipe = test.client.pipeline();
        for number in 1..=MANY {
            pipe.publish(&channel, number);
        }
        pipe.execute::<Vec<u64>>().await?;
        let mut numbers = Numbers::default();
        while numbers.last < MANY {
            let event = p.get_message(PATIENCE).await?;
            numbers.see(event.expect("another comes"));
        }
        assert_eq!((numbers.seen as u64, p.dropped()), (MANY, 0));
    }

    async fn messages_that_are_read_together_reach_whom_they_are_for_in_the_order_of_all_channels(test) {
        const MANY: u64 = 5_000;
        let channels = ["a", "b", "c"].map(|name| test.key(name));
        let silent = || PubSubOptions::new().ignore_subscribe_messages(true);
        let mut all = test.client.pubsub_with(silent());
        all.subscribe(&channels).await?;
        let mut one = test.client.pubsub_with(silent());
        one.subscribe(&channels[1]).await?;
        let mut last = test.client.pubsub_with(silent().queue_messages(10));
        last.subscribe(&channels[2]).await?;
        let pipe = test.client.pipeline();
        for number in 1..=MANY {
            pipe.publish(&channels[(number / 2 % 3) as usize], number);
        }
        pipe.execute::<Vec<u64>>().await?;
        let of = |at: u64| (1..=MANY).filter(move |number| number / 2 % 3 == at);
        for number in 1..=MANY {
            let message = all.next_message().await?.expect("another comes");
            assert_eq!(message.payload, number.to_string());
            assert_eq!(message.channel, channels[(number / 2 % 3) as usize]);
        }
        // what came before the answer was handed out to all
        all.ping().await?;
        for number in of(1) {
            let message = one.next_message().await?.expect("another comes");
            assert_eq!(message.payload, number.to_string());
        }
        // what is too much is dropped in the middle of what is read together
        let of_last: Vec<_> = of(2).collect();
        let missed = of_last.len() - 10;
        let gap = last.get_message(PATIENCE).await?.expect("it is there");
        assert!(matches!(gap, PubSubEvent::Gap(Gap::Overflow { messages }) if messages == missed as u64));
        for number in &of_last[missed..] {
            let event = last.get_message(PATIENCE).await?;
            assert_eq!(payload(event), number.to_string());
        }
        assert_eq!((last.dropped(), all.dropped(), one.dropped()), (missed as u64, 0, 0));
    }

    async fn a_hundred_lost_connections_lose_and_double_nothing_outside_of_the_gaps(test) {
        let (channel, name) = (test.key("ch"), test.key("name"));
        let url = format!("{}?protocol={}&client_name={name}&retry_backoff=constant:1ms", test.server.url(), test.protocol);
        let client = Redis::from_url(&url)?;
        let silent = || PubSubOptions::new().ignore_subscribe_messages(true);
        let mut p = client.pubsub_with(silent());
        let mut q = client.pubsub_with(silent());
        p.subscribe([&channel, &test.key("other")]).await?;
        q.psubscribe(format!("{channel}*")).await?;
        let (mut one, mut two) = (Numbers::default(), Numbers::default());
        let mut number = 0;
        for _ in 0..KILLS {
            for _ in 0..10 {
                number += 1;
                test.client.publish(&channel, number).await?;
            }
            let list = test.client.client_list().await?;
            let victims = subscribed(&list, &name);
            assert_eq!(victims.len(), 1);
            test.client.command("CLIENT KILL").arg("ID").arg(victims[0]).query::<i64>().await?;
            for _ in 0..10 {
                number += 1;
                test.client.publish(&channel, number).await?;
            }
            // until both are whole again
            let gaps = one.gaps;
            while one.gaps == gaps || one.in_gap {
                let event = p.get_message(PATIENCE).await?;
                one.see(event.expect("the connection is restored"));
            }
            while two.gaps == gaps || two.in_gap {
                let event = q.get_message(PATIENCE).await?;
                two.see(event.expect("the connection is restored"));
            }
        }
        number += 1;
        test.client.publish(&channel, number).await?;
        while one.last < number {
            let event = p.get_message(PATIENCE).await?;
            one.see(event.expect("the last is not lost"));
        }
        while two.last < number {
            let event = q.get_message(PATIENCE).await?;
            two.see(event.expect("the last is not lost"));
        }
        assert_eq!((one.gaps, two.gaps), (KILLS, KILLS));
    }

    async fn a_slow_subscriber_gets_the_latest_and_the_number_of_those_it_missed(test) {
        let channel = test.key("ch");
        let options = PubSubOptions::new().queue_messages(3).overflow(Overflow::DropOldest);
        let mut p = test.client.pubsub_with(options.ignore_subscribe_messages(true));
        p.subscribe(&channel).await?;
        let mut fast = test.client.pubsub();
        fast.subscribe(&channel).await?;
        for number in 1..=10 {
            test.client.publish(&channel, number).await?;
        }
        // what a fast one has seen was handed out to the slow one too
        for _ in 1..=10 {
            fast.next_message().await?;
        }
        let mut seen = Vec::new();
        for _ in 0..4 {
            seen.push(word(&p.get_message(PATIENCE).await?.expect("it is there")));
        }
        assert_eq!((seen.join(" "), p.dropped()), ("missed 7 8 9 10".to_owned(), 7));
        assert_eq!(fast.dropped(), 0);
    }

    async fn a_slow_subscriber_gets_the_first_and_the_number_of_those_it_missed(test) {
        let channel = test.key("ch");
        let options = PubSubOptions::new().queue_messages(3).overflow(Overflow::DropNewest);
        let mut p = test.client.pubsub_with(options.ignore_subscribe_messages(true));
        p.subscribe(&channel).await?;
        let mut fast = test.client.pubsub();
        fast.subscribe(&channel).await?;
        for number in 1..=10 {
            test.client.publish(&channel, number).await?;
        }
        for _ in 1..=10 {
            fast.next_message().await?;
        }
        let mut seen = Vec::new();
        for _ in 0..4 {
            seen.push(word(&p.get_message(PATIENCE).await?.expect("it is there")));
        }
        assert_eq!((seen.join(" "), p.dropped()), ("1 2 3 missed 7".to_owned(), 7));
    }

    async fn a_slow_subscriber_that_wishes_to_wait_misses_nothing(test) {
        const MANY: u64 = 500;
        let channel = test.key("ch");
        let options = PubSubOptions::new().queue_messages(2).overflow(Overflow::Wait);
        let mut p = test.client.pubsub_with(options.ignore_subscribe_messages(true));
        p.subscribe(&channel).await?;
        for number in 1..=MANY {
            test.client.publish(&channel, number).await?;
        }
        // whoever asks for something makes room for the answer
        p.subscribe(test.key("another")).await?;
        let mut numbers = Numbers::default();
        while numbers.last < MANY {
            let event = p.get_message(PATIENCE).await?;
            numbers.see(event.expect("another comes"));
        }
        assert_eq!((numbers.seen as u64, p.dropped()), (MANY, 0));
    }

    async fn a_slow_subscriber_is_cut_off_alone_and_may_begin_anew(test) {
        let channel = test.key("ch");
        let options = PubSubOptions::new().queue_messages(3).overflow(Overflow::Disconnect);
        let mut p = test.client.pubsub_with(options.ignore_subscribe_messages(true));
        p.subscribe(&channel).await?;
        let mut fast = test.client.pubsub();
        fast.subscribe(&channel).await?;
        for number in 1..=10 {
            test.client.publish(&channel, number).await?;
        }
        for _ in 1..=10 {
            fast.next_message().await?;
        }
        let mut seen = Vec::new();
        let error = loop {
            match p.get_message(PATIENCE).await {
                Ok(event) => seen.push(payload(event)),
                Err(error) => break error,
            }
        };
        assert_eq!((seen.join(" ").as_str(), error.kind()), ("1 2 3", ErrorKind::Overloaded));
        assert!(p.subscriptions().is_empty());
        p.subscribe(&channel).await?;
        test.client.publish(&channel, "anew").await?;
        let anew = p.next_message().await?;
        assert_eq!(anew.map(|it| it.payload), Some("anew".into()));
    }

    async fn a_refused_subscription_is_an_error_of_who_asked_and_of_nobody_else(test) {
        let user = test.key("user").replace(':', "-");
        let acl = test.client.command("ACL SETUSER").arg(&user);
        acl.args(["on", ">secret", "+@all", "~*", "resetchannels", "&allowed*"]).query::<()>().await?;
        let host = test.server.address();
        let url = format!("redis://{user}:secret@{host}?protocol={}", test.protocol);
        let client = Redis::from_url(&url)?;
        let (mut p, mut q) = (client.pubsub(), client.pubsub());
        q.subscribe("allowed:q").await?;
        let error = p.subscribe(["allowed:p", "forbidden", "allowed:q"]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Server(ServerErrorKind::NoPermission));
        assert!(error.to_string().starts_with("SUBSCRIBE: NOPERM"), "{error}");
        // all of it or none
        assert!(p.subscriptions().is_empty());
        p.subscribe("allowed:p").await?;
        test.client.publish("allowed:q", "1").await?;
        let message = q.next_message().await?;
        assert_eq!(message.map(|it| it.payload), Some("1".into()));
        let gone = test.client.command("ACL DELUSER").arg(&user).query::<i64>().await?;
        assert_eq!(gone, 1);
    }

    async fn keyspace_notifications_come_typed_once_the_server_sends_them(test) {
        let server = Server::of(test.row).start();
        let url = format!("{}?protocol={}", server.url(), test.protocol);
        let client = Redis::from_url(&url)?;
        let wanted = KeyspaceFlags::KEYSPACE | KeyspaceFlags::KEYEVENT | KeyspaceFlags::ALL;
        let error = client.check_keyspace_events(wanted).await.unwrap_err();
        assert!(error.to_string().contains("`notify-keyspace-events` is ``"), "{error}");
        client.config_set(("notify-keyspace-events", "Km")).await?;
        client.add_keyspace_events(wanted).await?;
        client.check_keyspace_events(wanted).await?;
        let setting = client.config_get("notify-keyspace-events").await?;
        let flags: KeyspaceFlags = setting["notify-keyspace-events"].parse()?;
        assert!(flags.contains(KeyspaceFlags::MISSES), "{flags}");

        let database = EventDatabase::Number(0);
        let mut p = client.pubsub();
        p.psubscribe(KeyspacePattern::of_key(database, "odd*key[1]")).await?;
        let mut q = client.pubsub();
        q.psubscribe(KeyspacePattern::of_event(EventDatabase::Any, &KeyEventKind::Del)).await?;
        client.set("odd-key1", "not meant").await?;
        client.set("odd*key[1]", 1).await?;
        client.del("odd*key[1]").await?;
        let mut events = Vec::new();
        for _ in 0..2 {
            let message = p.next_message().await?.expect("it is subscribed");
            events.push(KeyEvent::read(&message).expect("a notification"));
        }
        let message = q.next_message().await?.expect("it is subscribed");
        events.push(KeyEvent::read(&message).expect("a notification"));
        let kinds: Vec<_> = events.iter().map(|it| it.event.clone()).collect();
        assert_eq!(kinds, [KeyEventKind::Set, KeyEventKind::Del, KeyEventKind::Del]);
        assert!(events.iter().all(|it| it.database == 0 && it.key == "odd*key[1]"), "{events:?}");
    }

    async fn a_server_that_says_all_keeps_what_it_does_not_say(test) {
        let server = Server::of(test.row).arguments(&["--notify-keyspace-events", "AKn"]).start();
        let client = Redis::from_url(&format!("{}?protocol={}", server.url(), test.protocol))?;
        client.add_keyspace_events(KeyspaceFlags::KEYEVENT | KeyspaceFlags::EXPIRED).await?;
        let mut p = client.pubsub();
        p.psubscribe(KeyspacePattern::of_event(EventDatabase::Any, &KeyEventKind::New)).await?;
        client.set("k", 1).await?;
        let message = p.next_message().await?.expect("it is subscribed");
        assert_eq!(message.payload, "k");
    }

    async fn handlers_are_told_and_one_that_panics_ends_nothing(test) {
        let (channel, other) = (test.key("ch"), test.key("other"));
        let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let handler = |name: &'static str| {
            let told = told.clone();
            move |message: &Message| told.lock().unwrap().push(format!("{name} {}", message.payload))
        };
        let mut p = test.client.pubsub_with(PubSubOptions::new().ignore_subscribe_messages(true));
        p.on(&channel, handler("first")).on(&channel, |_| panic!("a handler's own fault"));
        p.on(&channel, handler("last"));
        p.subscribe([&channel, &other]).await?;
        test.client.publish(&channel, "1").await?;
        test.client.publish(&channel, "2").await?;
        test.client.publish(&other, "3").await?;
        // what has a handler goes to it, the rest to who reads
        let rest = p.get_message(PATIENCE).await?;
        assert_eq!(payload(rest), "3");
        assert_eq!(*told.lock().unwrap(), ["first 1", "last 1", "first 2", "last 2"]);
        assert_eq!(p.handler_panics(), 2);
    }

    async fn a_server_that_is_away_is_told_to_who_subscribes(test) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        drop(listener);
        let client = Redis::from_url(&format!("redis://{address}?retries=2&retry_backoff=constant:1ms"))?;
        let mut p = client.pubsub();
        let error = p.subscribe("ch").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connect);
        assert!(p.subscriptions().is_empty());
        let nothing = p.next_message().await?;
        assert_eq!(nothing, None);
        assert_eq!(test.row.name(), test.server.row().name());
    }
}

/// The connections of this name that are subscribed to something.
fn subscribed(list: &[redis_sync::ClientInfo], name: &str) -> Vec<i64> {
    let is_subscribed = |it: &&redis_sync::ClientInfo| {
        ["sub", "psub"].iter().any(|field| it.get(field).is_some_and(|count| count != "0"))
    };
    list.iter().filter(|it| it.name() == name).filter(is_subscribed).map(|it| it.id()).collect()
}
