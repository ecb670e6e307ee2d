use super::*;
use crate::StreamTrim;
use crate::rehearsal::{read, refusal, sent, wire};
use redis_core::command::Block;
use std::collections::BTreeMap;
use std::time::SystemTime;

#[test]
fn commands_are_written_as_the_reference_says() {
    let id = StreamId::new(5, 1);
    assert_eq!(wire(|r| r.xack("s", "g", [id, id])), "XACK [s] g 5-1 5-1");
    assert_eq!(wire(|r| r.xadd("s", [("a", 1), ("b", 2)])), "XADD [s] * a 1 b 2");
    let idle = Duration::from_secs(2);
    assert_eq!(wire(|r| r.xautoclaim("s", "g", "c", idle, id)), "XAUTOCLAIM [s] g c 2000 5-1");
    assert_eq!(wire(|r| r.xgroup_create("s", "g", "$")), "XGROUP CREATE [s] g $");
    assert_eq!(wire(|r| r.xinfo_stream("s")), "XINFO STREAM [s]");
    assert_eq!(wire(|r| r.xlen("s")), "XLEN [s]");
    assert_eq!(wire(|r| r.xpending("s", "g")), "XPENDING [s] g");
    assert_eq!(
        wire(|r| r.xrange("s", "-", StreamId::MAX)),
        format!("XRANGE [s] - {0}-{0}", u64::MAX)
    );
    assert_eq!(wire(|r| r.xread(("s", "0"))), "XREAD STREAMS [s] 0");
    assert_eq!(wire(|r| r.xreadgroup("g", "c", ("s", ">"))), "XREADGROUP GROUP g c STREAMS [s] >");
    assert_eq!(wire(|r| r.xrevrange("s", "+", "-")), "XREVRANGE [s] + -");
}

#[test]
fn entries_are_added_with_ids_and_trimming() {
    let add = |options| wire(|r| r.xadd_with("s", ("a", 1), options));
    assert_eq!(add(XAddOptions::new().id(StreamId::new(7, 0))), "XADD [s] 7-0 a 1");
    assert_eq!(add(XAddOptions::new().millisecond(7)), "XADD [s] 7-* a 1");
    let exact = XAddOptions::new().trim(StreamTrim::max_length(10));
    assert_eq!(add(exact), "XADD [s] MAXLEN = 10 * a 1");
    let about = StreamTrim::min_id(StreamId::new(7, 0)).approximately().limit(5);
    assert_eq!(
        wire(|r| r.xadd_existing("s", ("a", 1), XAddOptions::new().trim(about))),
        "XADD [s] NOMKSTREAM MINID ~ 7-0 LIMIT 5 * a 1"
    );
}

#[test]
fn other_options_stand_where_they_belong() {
    let made = XGroupCreateOptions::new().make_stream().entries_read(3);
    assert_eq!(
        wire(|r| r.xgroup_create_with("s", "g", 0, made)),
        "XGROUP CREATE [s] g 0 MKSTREAM ENTRIESREAD 3"
    );
    let two = XRangeOptions::new().count(2);
    assert_eq!(wire(|r| r.xrange_with("s", "-", "+", two)), "XRANGE [s] - + COUNT 2");
    assert_eq!(wire(|r| r.xrevrange_with("s", "+", "-", two)), "XREVRANGE [s] + - COUNT 2");
    let one = XAutoClaimOptions::new().count(1);
    assert_eq!(
        wire(|r| r.xautoclaim_with("s", "g", "c", Duration::ZERO, "0", one)),
        "XAUTOCLAIM [s] g c 0 0 COUNT 1"
    );
    refusal(|r| r.xrange_with("s", "-", "+", XRangeOptions::new().count(0)));
}

#[test]
fn streams_are_keys_and_their_ids_follow() {
    let both = "XREAD STREAMS [a] [b] 0 5-1";
    assert_eq!(wire(|r| r.xread([("a", "0"), ("b", "5-1")])), both);
    let map = BTreeMap::from([("a", StreamId::MIN), ("b", StreamId::new(5, 1))]);
    assert_eq!(wire(|r| r.xread(&map)), "XREAD STREAMS [a] [b] 0-0 5-1");
    assert_eq!(wire(|r| r.xread(&vec![("a", "0"), ("b", "5-1")][..])), both);
}

#[test]
fn reading_waits_with_block_alone() {
    let block = Duration::from_millis(1500);
    let options = XReadOptions::new().count(3).block(block);
    assert_eq!(
        wire(|r| r.xread_with(("s", "$"), options)),
        "XREAD COUNT 3 BLOCK 1500 STREAMS [s] $"
    );
    assert_eq!(sent(|r| r.xread_with(("s", "$"), options)).blocking(), Block::For(block));
    assert_eq!(sent(|r| r.xread(("s", "$"))).blocking(), Block::No);
    let forever = XReadGroupOptions::new().count(1).block(Duration::ZERO).no_ack();
    let command = sent(|r| r.xreadgroup_with("g", "c", ("s", ">"), forever));
    assert_eq!(command.blocking(), Block::Forever);
    assert_eq!(
        wire(|r| r.xreadgroup_with("g", "c", ("s", ">"), forever)),
        "XREADGROUP GROUP g c COUNT 1 BLOCK 0 NOACK STREAMS [s] >"
    );
}

#[test]
fn what_was_read_is_alike_on_both_protocols() {
    let read = |resp2, resp3| read(resp2, resp3, |r| r.xread(("s", "0")));
    assert!(read("*-1 ", "_ ").is_empty());
    let streams = read(
        "*2 *2 $1 s *1 *2 $3 5-1 *2 $1 a $1 1 *2 $1 t *0 ",
        "%2 $1 s *1 *2 $3 5-1 *2 $1 a $1 1 $1 t *0 ",
    );
    assert_eq!(streams.len(), 2);
    let [entry] = streams.get("s") else { panic!("one entry: {streams:?}") };
    assert_eq!(entry.id, StreamId::new(5, 1));
    assert_eq!(entry.get("a"), Some(&"1".into()));
    assert!(streams.get("t").is_empty() && streams.get("u").is_empty());
}

#[test]
fn what_was_read_is_a_map_to_those_who_want_one() {
    type Map = BTreeMap<String, Vec<StreamEntry>>;
    let resp2 = "*2 *2 $1 s *1 *2 $3 5-1 *2 $1 a $1 1 *2 $1 t *0 ";
    let resp3 = "%2 $1 s *1 *2 $3 5-1 *2 $1 a $1 1 $1 t *0 ";
    let map = read(resp2, resp3, |r| r.typed::<Map>().xread(("s", "0")));
    assert_eq!((map["s"].len(), map["t"].len()), (1, 0));
}

#[test]
fn ids_are_ordered_and_go_there_and_back() {
    let id: StreamId = "5-18446744073709551615".parse().unwrap();
    assert_eq!(id.to_string().parse::<StreamId>().unwrap(), id);
    assert_eq!(id.next(), Some(StreamId::new(6, 0)));
    assert_eq!(StreamId::MAX.next(), None);
    assert!(StreamId::new(5, 2) < StreamId::new(10, 1));
    assert_eq!("5".parse::<StreamId>().unwrap(), StreamId::new(5, 0));
    for wrong in ["", "-", "a-1", "1-", "1-2-3", "+1-1", "-1"] {
        assert!(wrong.parse::<StreamId>().is_err(), "{wrong:?}");
    }
}

#[test]
fn a_deleted_entry_has_no_fields() {
    let entries = read("*1 *2 $3 5-1 *-1 ", "*1 *2 $3 5-1 _ ", |r| r.xrange("s", "-", "+"));
    assert_eq!(entries[0].fields, []);
}

#[test]
fn what_is_pending_is_summed_up() {
    let none = read("*4 :0 $-1 $-1 *-1 ", "*4 :0 _ _ _ ", |r| r.xpending("s", "g"));
    assert_eq!(none, PendingSummary::default());
    let some = "*4 :2 $3 5-1 $3 6-0 *1 *2 $1 c $1 2 ";
    let some = read(some, some, |r| r.xpending("s", "g"));
    assert_eq!((some.count, some.first), (2, Some(StreamId::new(5, 1))));
    assert_eq!(some.consumers, [("c".into(), 2)]);
}

#[test]
fn claims_say_where_to_go_on() {
    let claim = |answer| read(answer, answer, |r| r.xautoclaim("s", "g", "c", Duration::ZERO, "0"));
    let claimed = claim("*3 $3 0-0 *1 *2 $3 5-1 *2 $1 a $1 1 *1 $3 4-1 ");
    assert_eq!(claimed.next, StreamId::MIN);
    assert_eq!(claimed.entries.len(), 1);
    assert_eq!(claimed.deleted, [StreamId::new(4, 1)]);
    assert_eq!(claim("*2 $3 0-0 *1 $-1 "), AutoClaimed::default());
}

#[test]
fn facts_about_a_stream_are_alike_on_both_protocols() {
    let resp2 = "*8 $6 length :1 $6 groups :2 $17 last-generated-id $3 5-1 $11 first-entry *2 $3 5-1 *2 $1 a $1 1 ";
    let resp3 = "%4 $6 length :1 $6 groups :2 $17 last-generated-id $3 5-1 $11 first-entry *2 $3 5-1 *2 $1 a $1 1 ";
    let info = read(resp2, resp3, |r| r.xinfo_stream("s"));
    assert_eq!((info.facts.length, info.groups), (1, 2));
    assert_eq!(info.first_entry.map(|entry| entry.id), Some(StreamId::new(5, 1)));
    assert_eq!((info.last_entry, info.facts.entries_added), (None, None));
}

#[test]
fn entries_are_deleted_and_trimmed() {
    let (id, other) = (StreamId::new(5, 1), StreamId::new(6, 0));
    assert_eq!(wire(|r| r.xdel("s", [id, other])), "XDEL [s] 5-1 6-0");
    assert_eq!(wire(|r| r.xdelex("s", [id, other])), "XDELEX [s] IDS 2 5-1 6-0");
    let with = |policy| wire(|r| r.xdelex_with("s", id, policy));
    assert_eq!(with(ReferencePolicy::Keep), "XDELEX [s] KEEPREF IDS 1 5-1");
    assert_eq!(with(ReferencePolicy::Delete), "XDELEX [s] DELREF IDS 1 5-1");
    assert_eq!(with(ReferencePolicy::Acknowledged), "XDELEX [s] ACKED IDS 1 5-1");
    assert_eq!(wire(|r| r.xackdel("s", "g", id)), "XACKDEL [s] g IDS 1 5-1");
    assert_eq!(
        wire(|r| r.xackdel_with("s", "g", id, ReferencePolicy::Delete)),
        "XACKDEL [s] g DELREF IDS 1 5-1"
    );
    assert_eq!(wire(|r| r.xtrim("s", StreamTrim::max_length(2))), "XTRIM [s] MAXLEN = 2");
    let about = StreamTrim::min_id(id).approximately().limit(9);
    assert_eq!(
        wire(|r| r.xtrim_with("s", about, ReferencePolicy::Acknowledged)),
        "XTRIM [s] MINID ~ 5-1 LIMIT 9 ACKED"
    );
    refusal(|r| r.xackdel("s", "g", Vec::<StreamId>::new()));
}

#[test]
fn an_entry_is_added_once_or_with_an_id_of_its_own_but_not_both() {
    let add = |options| wire(|r| r.xadd_with("s", ("a", 1), options));
    let once = XAddOptions::new().idempotent("me", "7");
    assert_eq!(add(once.clone()), "XADD [s] IDMP me 7 * a 1");
    assert_eq!(add(once.clone().id(StreamId::new(5, 1))), "XADD [s] 5-1 a 1");
    let auto = XAddOptions::new().id(StreamId::MIN).idempotent_auto("me");
    let trimmed = auto.trim(StreamTrim::max_length(3)).references(ReferencePolicy::Delete);
    assert_eq!(add(trimmed), "XADD [s] DELREF IDMPAUTO me MAXLEN = 3 * a 1");
    assert_eq!(
        wire(|r| r.xadd_existing("s", ("a", 1), once)),
        "XADD [s] NOMKSTREAM IDMP me 7 * a 1"
    );
}

#[test]
fn entries_are_claimed_as_delivered_at_some_time() {
    let (id, idle) = (StreamId::new(5, 1), Duration::from_secs(2));
    assert_eq!(wire(|r| r.xclaim("s", "g", "c", idle, [id, id])), "XCLAIM [s] g c 2000 5-1 5-1");
    assert_eq!(
        wire(|r| r.xclaim_justid("s", "g", "c", idle, id)),
        "XCLAIM [s] g c 2000 5-1 JUSTID"
    );
    let options = XClaimOptions::new().idle(idle).retry_count(3).force().last_id(id);
    assert_eq!(
        wire(|r| r.xclaim_with("s", "g", "c", idle, id, options)),
        "XCLAIM [s] g c 2000 5-1 IDLE 2000 RETRYCOUNT 3 FORCE LASTID 5-1"
    );
    let at = |moment| XClaimOptions::new().idle(idle).delivered_at(moment);
    let moment = SystemTime::UNIX_EPOCH + Duration::from_millis(1500);
    assert_eq!(
        wire(|r| r.xclaim_justid_with("s", "g", "c", idle, id, at(moment))),
        "XCLAIM [s] g c 2000 5-1 TIME 1500 JUSTID"
    );
    let before = at(SystemTime::UNIX_EPOCH - idle);
    refusal(|r| r.xclaim_with("s", "g", "c", idle, id, before));
    refusal(|r| r.xclaim("s", "g", "c", Duration::MAX, id));
    let one = XAutoClaimOptions::new().count(1);
    assert_eq!(
        wire(|r| r.xautoclaim_justid_with("s", "g", "c", idle, "(5-1", one)),
        "XAUTOCLAIM [s] g c 2000 (5-1 COUNT 1 JUSTID"
    );
    assert_eq!(
        wire(|r| r.xautoclaim_justid("s", "g", "c", idle, id)),
        "XAUTOCLAIM [s] g c 2000 5-1 JUSTID"
    );
}

#[test]
fn groups_and_streams_are_set_up() {
    assert_eq!(wire(|r| r.xgroup_createconsumer("s", "g", "c")), "XGROUP CREATECONSUMER [s] g c");
    assert_eq!(wire(|r| r.xgroup_delconsumer("s", "g", "c")), "XGROUP DELCONSUMER [s] g c");
    assert_eq!(wire(|r| r.xgroup_destroy("s", "g")), "XGROUP DESTROY [s] g");
    assert_eq!(wire(|r| r.xgroup_help()), "XGROUP HELP");
    assert_eq!(wire(|r| r.xgroup_setid("s", "g", "$")), "XGROUP SETID [s] g $");
    let read = XGroupSetIdOptions::new().entries_read(7);
    assert_eq!(
        wire(|r| r.xgroup_setid_with("s", "g", "5-1", read)),
        "XGROUP SETID [s] g 5-1 ENTRIESREAD 7"
    );
    let id = StreamId::new(5, 1);
    assert_eq!(wire(|r| r.xsetid("s", id)), "XSETID [s] 5-1");
    let options = XSetIdOptions::new().entries_added(9).max_deleted_id(id);
    assert_eq!(
        wire(|r| r.xsetid_with("s", id, options)),
        "XSETID [s] 5-1 ENTRIESADDED 9 MAXDELETEDID 5-1"
    );
    assert_eq!(wire(|r| r.xidmprecord("s", "me", "7", id)), "XIDMPRECORD [s] me 7 5-1");
}

#[test]
fn what_a_stream_remembers_has_bounds() {
    let set = |options| wire(|r| r.xcfgset("s", options));
    let options = XCfgSetOptions::new();
    assert_eq!(
        set(options.idmp_duration(Duration::from_millis(1500)).idmp_max_size(10)),
        "XCFGSET [s] IDMP-DURATION 2 IDMP-MAXSIZE 10"
    );
    for wrong in [
        options,
        options.idmp_duration(Duration::ZERO),
        options.idmp_duration(Duration::from_secs(86_401)),
        options.idmp_max_size(0),
        options.idmp_max_size(10_001),
    ] {
        refusal(|r| r.xcfgset("s", wrong));
    }
}

#[test]
fn what_is_pending_is_listed_by_range() {
    assert_eq!(wire(|r| r.xpending_range("s", "g", "-", "+", 10)), "XPENDING [s] g - + 10");
    let left = XPendingOptions::new().consumer("c").idle(Duration::from_secs(1));
    assert_eq!(
        wire(|r| r.xpending_range_with("s", "g", "(5-1", "+", 10, left)),
        "XPENDING [s] g IDLE 1000 (5-1 + 10 c"
    );
    let pending = "*1 *4 $3 5-1 $1 c :1500 :2 ";
    let pending = read(pending, pending, |r| r.xpending_range("s", "g", "-", "+", 10));
    assert_eq!((pending[0].id, &pending[0].consumer), (StreamId::new(5, 1), &"c".into()));
    assert_eq!((pending[0].idle, pending[0].deliveries), (Duration::from_millis(1500), 2));
}

#[test]
fn a_consumer_claims_while_it_reads_what_is_new() {
    let idle = Duration::from_secs(1);
    assert_eq!(
        wire(|r| r.xreadgroup_claim("g", "c", idle, ["a", "b"])),
        "XREADGROUP GROUP g c CLAIM 1000 STREAMS [a] [b] > >"
    );
    let one = XReadGroupOptions::new().count(1).block(Duration::ZERO);
    let command = sent(|r| r.xreadgroup_claim_with("g", "c", idle, "a", one));
    assert_eq!(command.blocking(), Block::Forever);
    refusal(|r| r.xreadgroup_claim("g", "c", idle, Vec::<&str>::new()));
    let streams = read(
        "*1 *2 $1 s *1 *4 $3 5-1 *2 $1 a $1 1 :1500 :2 ",
        "%1 $1 s *1 *4 $3 5-1 *2 $1 a $1 1 :1500 :2 ",
        |r| r.xreadgroup_claim("g", "c", idle, "s"),
    );
    let [delivered] = streams.get("s") else { panic!("one entry: {streams:?}") };
    assert_eq!((delivered.idle, delivered.deliveries), (Duration::from_millis(1500), 2));
    assert_eq!(delivered.entry.get("a"), Some(&"1".into()));
}

#[test]
fn what_became_of_a_deletion_has_a_name() {
    let removed = read("*3 :-1 :1 :2 ", "*3 :-1 :1 :2 ", |r| r.xdelex("s", ["1", "2", "3"]));
    let (missing, deleted) = (EntryRemoval::Missing, EntryRemoval::Deleted);
    assert_eq!(removed, [missing, deleted, EntryRemoval::StillReferenced]);
    let claimed = "*3 $3 0-0 *1 $3 5-1 *1 $3 4-1 ";
    let claimed =
        read(claimed, claimed, |r| r.xautoclaim_justid("s", "g", "c", Duration::ZERO, "0"));
    let (ids, deleted) = (vec![StreamId::new(5, 1)], vec![StreamId::new(4, 1)]);
    assert_eq!(claimed, AutoClaimedIds { next: StreamId::MIN, ids, deleted });
}

#[test]
fn facts_about_groups_and_consumers_are_alike_on_both_protocols() {
    let facts = "$4 name $1 g $9 consumers :2 $7 pending :3 $17 last-delivered-id $3 5-1 ";
    assert_eq!(wire(|r| r.xinfo_groups("s")), "XINFO GROUPS [s]");
    let resp2 =
        Box::leak(format!("*1 *12 {facts}$12 entries-read $-1 $3 lag :7 ").into_boxed_str());
    let resp3 = Box::leak(format!("*1 %6 {facts}$12 entries-read _ $3 lag :7 ").into_boxed_str());
    let [group] = read(resp2, resp3, |r| r.xinfo_groups("s")).try_into().unwrap();
    let expected = GroupInfo {
        name: "g".into(),
        consumers: 2,
        pending: 3,
        last_delivered_id: StreamId::new(5, 1),
        entries_read: None,
        lag: Some(7),
    };
    assert_eq!(group, expected);

    assert_eq!(wire(|r| r.xinfo_consumers("s", "g")), "XINFO CONSUMERS [s] g");
    let [consumer] = read(
        "*1 *8 $4 name $1 c $7 pending :3 $4 idle :1500 $8 inactive :-1 ",
        "*1 %4 $4 name $1 c $7 pending :3 $4 idle :1500 $8 inactive :-1 ",
        |r| r.xinfo_consumers("s", "g"),
    )
    .try_into()
    .unwrap();
    assert_eq!((consumer.pending, consumer.idle), (3, Duration::from_millis(1500)));
    assert_eq!((consumer.name, consumer.inactive), ("c".into(), None));
}

#[test]
fn a_stream_is_shown_in_full() {
    assert_eq!(wire(|r| r.xinfo_help()), "XINFO HELP");
    assert_eq!(wire(|r| r.xinfo_stream_full("s")), "XINFO STREAM [s] FULL");
    let full = |options| wire(|r| r.xinfo_stream_full_with("s", options));
    assert_eq!(full(XInfoStreamOptions::new().count(3)), "XINFO STREAM [s] FULL COUNT 3");
    assert_eq!(full(XInfoStreamOptions::new().all()), "XINFO STREAM [s] FULL COUNT 0");
    let details = read(
        "*8 $6 length :1 $13 idmp-duration :100 $7 entries *1 *2 $3 5-1 *2 $1 a $1 1 $6 groups *1 \
         *4 $7 pending *1 *4 $3 5-1 $1 c :1500 :2 $9 consumers *1 *8 $7 pending *1 *3 $3 5-1 :1500 \
         :2 $4 name $1 c $9 seen-time :1500 $11 active-time :-1 ",
        "%4 $6 length :1 $13 idmp-duration :100 $7 entries *1 *2 $3 5-1 *2 $1 a $1 1 $6 groups *1 \
         %2 $7 pending *1 *4 $3 5-1 $1 c :1500 :2 $9 consumers *1 %4 $7 pending *1 *3 $3 5-1 :1500 \
         :2 $4 name $1 c $9 seen-time :1500 $11 active-time :-1 ",
        |r| r.xinfo_stream_full("s"),
    );
    let known = details.facts.idempotency.map(|known| known.duration);
    assert_eq!(known, Some(Duration::from_secs(100)));
    assert_eq!(details.entries[0].id, StreamId::new(5, 1));
    let [group] = details.groups.as_slice() else { panic!("one group: {details:?}") };
    let [consumer] = group.consumers.as_slice() else { panic!("one consumer: {group:?}") };
    assert_eq!(group.pending, consumer.pending);
    let moment = SystemTime::UNIX_EPOCH + Duration::from_millis(1500);
    assert_eq!((consumer.seen_at, consumer.active_at), (moment, None));
    let [pending] = consumer.pending.as_slice() else { panic!("one entry: {consumer:?}") };
    assert_eq!((pending.delivered_at, pending.deliveries), (moment, 2));
    assert_eq!(pending.consumer, "c");
}
