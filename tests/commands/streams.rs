//! Streams: entries, groups and their consumers, what is pending, what a stream remembers.

use crate::both::both_clients;
use redis_sync::{
    EntryRemoval, ReferencePolicy, StreamId, StreamTrim, XAddOptions, XAutoClaimOptions,
    XCfgSetOptions, XClaimOptions, XGroupCreateOptions, XGroupSetIdOptions, XInfoStreamOptions,
    XPendingOptions, XRangeOptions, XReadGroupOptions, XReadOptions, XSetIdOptions,
};
use redis_tests::raw::Reply;
use std::time::{Duration, SystemTime};

/// Long enough for a server to notice that nothing comes.
const INSTANT: Duration = Duration::from_millis(5);
const HOUR: Duration = Duration::from_secs(3600);

/// The id of the entry that a test adds as its `n`th.
fn id(n: u64) -> StreamId {
    StreamId::new(n, 0)
}

/// Adds an entry under this id.
fn at(n: u64) -> XAddOptions {
    XAddOptions::new().id(id(n))
}

/// To a length.
fn length(entries: u64) -> StreamTrim {
    StreamTrim::max_length(entries)
}

both_clients! {
    async fn entries_are_added_and_counted(test) {
        let (key, redis) = (test.key("s"), &test.client);
        let first = redis.xadd(&key, [("a", 1), ("b", 2)]).await?;
        let second = redis.xadd(&key, ("a", 3)).await?;
        let entries = redis.xlen(&key).await?;
        assert!(first < second && entries == 2);
        let witness = test.server.raw().call(&["XLEN", &key]);
        assert_eq!(witness, Reply::Integer(2));
        let none = redis.xadd_existing(test.key("none"), ("a", 1), XAddOptions::new()).await?;
        let some = redis.xadd_existing(&key, ("a", 1), XAddOptions::new()).await?;
        assert!(none.is_none() && some > Some(second));
        let error = redis.xadd_with(&key, ("a", 1), at(1)).await.unwrap_err();
        assert_eq!(error.code(), Some("ERR"));
    }

    async fn entries_are_added_with_ids_and_trimming(test) {
        let (key, redis) = (test.key("s"), &test.client);
        let exact = redis.xadd_with(&key, ("a", 1), at(5)).await?;
        let next = redis.xadd_with(&key, ("a", 2), XAddOptions::new().millisecond(5)).await?;
        assert_eq!((exact, next), (id(5), StreamId::new(5, 1)));
        redis.xadd_with(&key, ("a", 3), at(7).trim(length(1))).await?;
        let entries = redis.xrange(&key, "-", "+").await?;
        assert_eq!(entries.len(), 1);
        let about = StreamTrim::min_id(id(8)).approximately().limit(10);
        redis.xadd_with(&key, ("a", 4), at(8).trim(about)).await?;
        let removed = redis.xtrim(&key, StreamTrim::min_id(id(8))).await?;
        let none = redis.xtrim(&key, length(1)).await?;
        assert_eq!((removed, none), (1, 0));
    }

    async fn ranges_are_read_from_either_end(test) {
        let (key, redis) = (test.key("s"), &test.client);
        for n in 1..=4 {
            redis.xadd_with(&key, ("n", n), at(n)).await?;
        }
        let all = redis.xrange(&key, "-", "+").await?;
        let some = redis.xrange_with(&key, "(1-0", id(4), XRangeOptions::new().count(2)).await?;
        let back = redis.xrevrange(&key, "+", id(2)).await?;
        let last = redis.xrevrange_with(&key, "+", "-", XRangeOptions::new().count(1)).await?;
        assert_eq!((all.len(), all[0].get("n")), (4, Some(&"1".into())));
        assert_eq!((some.len(), some[0].id), (2, id(2)));
        assert_eq!((back.len(), back[0].id, last[0].id), (3, id(4), id(4)));
    }

    async fn entries_are_deleted(test) {
        let (key, redis) = (test.key("s"), &test.client);
        for n in 1..=3 {
            redis.xadd_with(&key, ("n", n), at(n)).await?;
        }
        let deleted = redis.xdel(&key, [id(1), id(9)]).await?;
        let left = redis.xlen(&key).await?;
        assert_eq!((deleted, left), (1, 2));
    }

    since(8, 2) async fn what_became_of_each_deletion_is_told(test) {
        let (key, redis) = (test.key("s"), &test.client);
        for n in 1..=5 {
            redis.xadd_with(&key, ("n", n), at(n)).await?;
        }
        redis.xgroup_create(&key, "g", "0").await?;
        redis.xgroup_create(&key, "other", "0").await?;
        redis.xreadgroup("g", "c", (&key, ">")).await?;
        let (missing, deleted) = (EntryRemoval::Missing, EntryRemoval::Deleted);
        let plain = redis.xdelex(&key, [id(1), id(9)]).await?;
        assert_eq!(plain, [deleted, missing]);
        let acked = redis.xdelex_with(&key, id(2), ReferencePolicy::Acknowledged).await?;
        assert_eq!(acked, [EntryRemoval::StillReferenced]);
        let forced = redis.xdelex_with(&key, id(2), ReferencePolicy::Delete).await?;
        let pending = redis.xpending(&key, "g").await?.count;
        assert_eq!((forced, pending), (vec![deleted], 4));
        let done = redis.xackdel(&key, "g", [id(3), id(9)]).await?;
        assert_eq!(done, [deleted, missing]);
        let not_by_all = redis.xackdel_with(&key, "g", id(4), ReferencePolicy::Acknowledged).await?;
        assert_eq!(not_by_all, [EntryRemoval::StillReferenced]);
        let kept = redis.xtrim_with(&key, length(0), ReferencePolicy::Acknowledged).await?;
        let trimmed = redis.xtrim_with(&key, length(0), ReferencePolicy::Delete).await?;
        assert_eq!((kept, trimmed), (0, 2));
        let options = at(9).trim(length(1)).references(ReferencePolicy::Delete);
        let added = redis.xadd_with(&key, ("n", 9), options).await?;
        assert_eq!(added, id(9));
    }

    since(8, 6) async fn an_entry_is_added_once(test) {
        let (key, redis) = (test.key("s"), &test.client);
        let once = || XAddOptions::new().idempotent("me", "first");
        let first = redis.xadd_with(&key, ("n", 1), once()).await?;
        let again = redis.xadd_with(&key, ("n", 1), once()).await?;
        assert_eq!(first, again);
        let auto = || XAddOptions::new().idempotent_auto("me");
        let first = redis.xadd_with(&key, ("n", 2), auto()).await?;
        let again = redis.xadd_with(&key, ("n", 2), auto()).await?;
        assert_eq!(first, again);
        redis.xcfgset(&key, XCfgSetOptions::new().idmp_duration(HOUR).idmp_max_size(7)).await?;
        let info = redis.xinfo_stream(&key).await?;
        let known = info.facts.idempotency.ok_or("8.6 tells what it knows")?;
        assert_eq!((known.duration, known.max_size), (HOUR, 7));
        assert_eq!(info.facts.length, 2);
        let error = redis.xcfgset(test.key("none"), XCfgSetOptions::new().idmp_max_size(7)).await;
        assert!(error.is_err());
        let copied = test.key("copied");
        let id = redis.xadd(&copied, ("n", 1)).await?;
        redis.xidmprecord(&copied, "me", "first", id).await?;
        let again = redis.xadd_with(&copied, ("n", 1), once()).await?;
        assert_eq!(again, id);
    }

    async fn streams_are_read_from_an_id_on(test) {
        let (a, b, redis) = (test.key("{s}:a"), test.key("{s}:b"), &test.client);
        for n in 1..=3 {
            redis.xadd_with(&a, ("n", n), at(n)).await?;
        }
        redis.xadd_with(&b, ("n", 9), at(9)).await?;
        let read = redis.xread([(&a, "1"), (&b, "0")]).await?;
        assert_eq!((read.get(&a).len(), read.get(&b).len()), (2, 1));
        let one = redis.xread_with((&a, "0"), XReadOptions::new().count(1)).await?;
        assert_eq!(one.get(&a)[0].id, id(1));
        let none = redis.xread((&a, id(3))).await?;
        let waited = redis.xread_with((&a, "$"), XReadOptions::new().block(INSTANT)).await?;
        assert!(none.is_empty() && waited.is_empty());
    }

    async fn a_group_shares_out_entries(test) {
        let (key, redis) = (test.key("s"), &test.client);
        redis.xgroup_create_with(&key, "g", "0", XGroupCreateOptions::new().make_stream()).await?;
        let error = redis.xgroup_create(&key, "g", "$").await.unwrap_err();
        assert_eq!(error.code(), Some("BUSYGROUP"));
        for n in 1..=3 {
            redis.xadd_with(&key, ("n", n), at(n)).await?;
        }
        let one = XReadGroupOptions::new().count(1);
        let first = redis.xreadgroup_with("g", "c", (&key, ">"), one).await?;
        let rest = redis.xreadgroup("g", "d", (&key, ">")).await?;
        let own = redis.xreadgroup("g", "c", (&key, "0")).await?;
        assert_eq!((first.get(&key).len(), rest.get(&key).len(), own.get(&key).len()), (1, 2, 1));
        let wait = XReadGroupOptions::new().block(INSTANT).no_ack();
        let none = redis.xreadgroup_with("g", "c", (&key, ">"), wait).await?;
        assert!(none.is_empty());
        let done = redis.xack(&key, "g", [id(1), id(9)]).await?;
        let pending = redis.xpending(&key, "g").await?;
        assert_eq!((done, pending.count, pending.first), (1, 2, Some(id(2))));
        assert_eq!(pending.consumers, [("d".into(), 2)]);
        let error = redis.xreadgroup("none", "c", (&key, ">")).await.unwrap_err();
        assert_eq!(error.code(), Some("NOGROUP"));
    }

    async fn what_is_pending_is_listed_and_claimed(test) {
        let (key, redis) = (test.key("s"), &test.client);
        for n in 1..=4 {
            redis.xadd_with(&key, ("n", n), at(n)).await?;
        }
        redis.xgroup_create(&key, "g", "0").await?;
        redis.xreadgroup("g", "gone", (&key, ">")).await?;
        let claimed = redis.xclaim(&key, "g", "me", Duration::ZERO, id(1)).await?;
        assert_eq!((claimed.len(), claimed[0].get("n")), (1, Some(&"1".into())));
        let young = redis.xclaim_justid(&key, "g", "me", HOUR, [id(2), id(3)]).await?;
        assert!(young.is_empty());
        let ids = redis.xclaim_justid(&key, "g", "me", Duration::ZERO, [id(2), id(3)]).await?;
        assert_eq!(ids, [id(2), id(3)]);
        let as_if = XClaimOptions::new().idle(HOUR).retry_count(7);
        redis.xclaim_with(&key, "g", "me", Duration::ZERO, id(2), as_if).await?;
        let then = XClaimOptions::new().delivered_at(SystemTime::now() - HOUR).force().last_id(id(4));
        redis.xclaim_justid_with(&key, "g", "me", Duration::ZERO, id(3), then).await?;
        let all = redis.xpending_range(&key, "g", "-", "+", 10).await?;
        assert_eq!(all.len(), 4);
        assert!(all[1].idle >= HOUR && all[1].deliveries == 7 && all[1].consumer == "me");
        let old = XPendingOptions::new().idle(HOUR / 2).consumer("me");
        let old = redis.xpending_range_with(&key, "g", "(1", "+", 10, old).await?;
        let old: Vec<_> = old.into_iter().map(|entry| entry.id).collect();
        assert_eq!(old, [id(2), id(3)]);
    }

    async fn what_was_left_lying_is_claimed_page_by_page(test) {
        let (key, redis) = (test.key("s"), &test.client);
        for n in 1..=3 {
            redis.xadd_with(&key, ("n", n), at(n)).await?;
        }
        redis.xgroup_create(&key, "g", "0").await?;
        redis.xreadgroup("g", "gone", (&key, ">")).await?;
        redis.xdel(&key, id(2)).await?;
        let one = XAutoClaimOptions::new().count(1);
        let page = redis.xautoclaim_with(&key, "g", "me", Duration::ZERO, "0", one).await?;
        assert_eq!((page.entries.len(), page.next), (1, id(2)));
        let rest = redis.xautoclaim(&key, "g", "me", Duration::ZERO, page.next).await?;
        assert_eq!((rest.entries[0].id, rest.next), (id(3), StreamId::MIN));
        assert_eq!(rest.deleted, [id(2)]);
        let ids = redis.xautoclaim_justid(&key, "g", "you", Duration::ZERO, "-").await?;
        assert_eq!((ids.ids, ids.next), (vec![id(1), id(3)], StreamId::MIN));
        let one = redis.xautoclaim_justid_with(&key, "g", "me", Duration::ZERO, "(1", one).await?;
        assert_eq!(one.ids, [id(3)]);
    }

    since(8, 4) async fn a_consumer_claims_while_it_reads(test) {
        let (key, redis) = (test.key("s"), &test.client);
        redis.xadd_with(&key, ("n", 1), at(1)).await?;
        redis.xgroup_create(&key, "g", "0").await?;
        redis.xreadgroup("g", "gone", (&key, ">")).await?;
        redis.xadd_with(&key, ("n", 2), at(2)).await?;
        let read = redis.xreadgroup_claim("g", "me", Duration::ZERO, &key).await?;
        let found: Vec<_> = read.get(&key).iter().map(|e| (e.entry.id, e.deliveries)).collect();
        assert_eq!(found, [(id(1), 1), (id(2), 0)]);
        let wait = XReadGroupOptions::new().block(INSTANT).count(1);
        let none = redis.xreadgroup_claim_with("g", "me", HOUR, [&key], wait).await?;
        assert!(none.is_empty());
    }

    async fn groups_and_consumers_come_and_go(test) {
        let (key, redis) = (test.key("s"), &test.client);
        for n in 1..=3 {
            redis.xadd_with(&key, ("n", n), at(n)).await?;
        }
        redis.xgroup_create_with(&key, "g", "$", XGroupCreateOptions::new().entries_read(3)).await?;
        let made = redis.xgroup_createconsumer(&key, "g", "me").await?;
        let again = redis.xgroup_createconsumer(&key, "g", "me").await?;
        assert!(made && !again);
        redis.xgroup_setid(&key, "g", id(1)).await?;
        redis.xgroup_setid_with(&key, "g", id(1), XGroupSetIdOptions::new().entries_read(1)).await?;
        let group = redis.xinfo_groups(&key).await?.remove(0);
        assert_eq!((group.last_delivered_id, group.lag), (id(1), Some(2)));
        assert_eq!((group.name, group.consumers, group.pending), ("g".into(), 1, 0));
        redis.xreadgroup("g", "me", (&key, ">")).await?;
        let consumer = redis.xinfo_consumers(&key, "g").await?.remove(0);
        assert_eq!((consumer.name, consumer.pending), ("me".into(), 2));
        let lost = redis.xgroup_delconsumer(&key, "g", "me").await?;
        let destroyed = redis.xgroup_destroy(&key, "g").await?;
        let none = redis.xgroup_destroy(&key, "g").await?;
        assert_eq!((lost, destroyed, none), (2, true, false));
        let error = redis.xinfo_consumers(&key, "g").await.unwrap_err();
        assert_eq!(error.code(), Some("NOGROUP"));
        let help = (redis.xgroup_help().await?, redis.xinfo_help().await?);
        assert!(!help.0.is_empty() && !help.1.is_empty());
    }

    async fn a_stream_tells_of_itself(test) {
        let (key, redis) = (test.key("s"), &test.client);
        for n in 1..=12 {
            redis.xadd_with(&key, ("n", n), at(n)).await?;
        }
        redis.xgroup_create(&key, "g", "0").await?;
        redis.xreadgroup("g", "me", (&key, ">")).await?;
        let info = redis.xinfo_stream(&key).await?;
        assert_eq!((info.facts.length, info.groups), (12, 1));
        assert_eq!((info.facts.last_generated_id, info.facts.entries_added), (id(12), Some(12)));
        assert_eq!(info.first_entry.map(|entry| entry.id), Some(id(1)));
        assert_eq!(info.last_entry.map(|entry| entry.id), Some(id(12)));
        let full = redis.xinfo_stream_full(&key).await?;
        assert_eq!((full.entries.len(), full.facts.length), (10, 12));
        let group = &full.groups[0];
        assert_eq!((group.name.as_bytes(), group.pending_count, group.pending.len()), (b"g".as_slice(), 12, 10));
        let consumer = &group.consumers[0];
        assert_eq!((consumer.name.as_bytes(), consumer.pending_count), (b"me".as_slice(), 12));
        assert_eq!(consumer.pending, group.pending);
        assert_eq!(consumer.pending[0].deliveries, 1);
        assert!(consumer.seen_at > SystemTime::UNIX_EPOCH);
        let one = redis.xinfo_stream_full_with(&key, XInfoStreamOptions::new().count(1)).await?;
        let all = redis.xinfo_stream_full_with(&key, XInfoStreamOptions::new().all()).await?;
        assert_eq!((one.entries.len(), all.entries.len()), (1, 12));
        let error = redis.xinfo_stream(test.key("none")).await.unwrap_err();
        assert_eq!(error.code(), Some("ERR"));
    }

    async fn the_last_id_is_set(test) {
        let (key, redis) = (test.key("s"), &test.client);
        redis.xadd_with(&key, ("n", 1), at(1)).await?;
        redis.xsetid(&key, id(5)).await?;
        let more = XSetIdOptions::new().entries_added(9).max_deleted_id(id(4));
        redis.xsetid_with(&key, id(7), more).await?;
        let facts = redis.xinfo_stream(&key).await?.facts;
        assert_eq!((facts.last_generated_id, facts.entries_added), (id(7), Some(9)));
        assert_eq!(facts.max_deleted_id, Some(id(4)));
        let error = redis.xadd_with(&key, ("n", 2), at(6)).await.unwrap_err();
        assert_eq!(error.code(), Some("ERR"));
    }
}
