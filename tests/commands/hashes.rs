//! Hashes: fields, their values, and the expiry of each.

use crate::both::both_clients;
use redis_sync::{BulkString, Persist, ScanCursor, ScanOptions, Ttl};
use redis_sync::{ExpireOptions, ExpiresAt, FieldExpiry, FieldPersist, HSetExOptions, KeepTtl};
use redis_tests::matrix::Row;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, SystemTime};

const MINUTE: Duration = Duration::from_secs(60);

/// Far away, in whole seconds.
const MOMENT: Duration = Duration::from_secs(4_000_000_000);

/// Has it what Redis 7.4 has: fields that expire? Valkey got it later.
fn has_expiry(row: &Row) -> bool {
    row.is_valkey() || row.has_redis(7, 4)
}

/// Has it HGETEX, HSETEX and HGETDEL?
fn has_expiring_writes(row: &Row) -> bool {
    row.is_valkey() || row.has_redis(8, 0)
}

/// Has it HSCAN that leaves the values out? Valkey got it with 8.0.
fn has_scan_of_fields(row: &Row) -> bool {
    row.is_valkey() || row.has_redis(7, 4)
}

/// Whether it expires within a minute, and not at once.
fn is_about_a_minute(ttl: Ttl) -> bool {
    ttl.left().is_some_and(|left| left <= MINUTE && left > MINUTE / 2)
}

fn pairs(pairs: &[(&str, &str)]) -> HashMap<BulkString, BulkString> {
    pairs.iter().map(|(field, value)| ((*field).into(), (*value).into())).collect()
}

both_clients! {
    async fn what_is_set_is_there(test) {
        let (key, redis) = (test.key("h"), &test.client);
        let new = redis.hset(&key, BTreeMap::from([("a", "1"), ("b", "2")])).await?;
        let more = redis.hset(&key, [("b", "3"), ("c", "4")]).await?;
        let all = redis.hgetall(&key).await?;
        assert_eq!((new, more), (2, 1));
        assert_eq!(all, pairs(&[("a", "1"), ("b", "3"), ("c", "4")]));
        let (one, none) = (redis.hget(&key, "b").await?, redis.hget(&key, "z").await?);
        assert_eq!((one, none), (Some("3".into()), None));
        let some = redis.hmget(&key, ["c", "z", "a"]).await?;
        assert_eq!(some, [Some("4".into()), None, Some("1".into())]);
    }

    async fn what_does_not_exist_is_empty(test) {
        let (key, redis) = (test.key("none"), &test.client);
        let (all, length) = (redis.hgetall(&key).await?, redis.hlen(&key).await?);
        let (names, values) = (redis.hkeys(&key).await?, redis.hvals(&key).await?);
        assert!(all.is_empty() && length == 0 && names.is_empty() && values.is_empty());
        let (there, bytes) = (redis.hexists(&key, "a").await?, redis.hstrlen(&key, "a").await?);
        assert_eq!((there, bytes), (false, 0));
    }

    async fn names_values_and_lengths_are_told(test) {
        let (key, redis) = (test.key("h"), &test.client);
        redis.hset(&key, [("a", "one"), ("b", "two!")]).await?;
        let (length, bytes) = (redis.hlen(&key).await?, redis.hstrlen(&key, "b").await?);
        assert_eq!((length, bytes), (2, 4));
        let names: HashSet<_> = redis.hkeys(&key).await?.into_iter().collect();
        let values: HashSet<_> = redis.hvals(&key).await?.into_iter().collect();
        assert_eq!(names, HashSet::from(["a".into(), "b".into()]));
        assert_eq!(values, HashSet::from(["one".into(), "two!".into()]));
    }

    async fn deleted_fields_are_gone(test) {
        let (key, redis) = (test.key("h"), &test.client);
        redis.hset(&key, [("a", 1), ("b", 2)]).await?;
        let deleted = redis.hdel(&key, ["a", "z"]).await?;
        let (there, gone) = (redis.hexists(&key, "b").await?, redis.hexists(&key, "a").await?);
        assert_eq!((deleted, there, gone), (1, true, false));
    }

    async fn the_first_value_stays(test) {
        let (key, redis) = (test.key("h"), &test.client);
        let first = redis.hsetnx(&key, "a", 1).await?;
        let second = redis.hsetnx(&key, "a", 2).await?;
        let value: i64 = redis.typed().hget(&key, "a").await?;
        assert_eq!((first, second, value), (true, false, 1));
    }

    async fn numbers_in_fields_are_counted(test) {
        let (key, redis) = (test.key("h"), &test.client);
        let five = redis.hincrby(&key, "a", 5).await?;
        let three = redis.hincrby(&key, "a", -2).await?;
        let half = redis.hincrbyfloat(&key, "a", 0.5).await?;
        assert_eq!((five, three, half), (5, 3, 3.5));
        let refused = redis.hincrby(&key, "a", 1).await;
        assert!(refused.is_err_and(|error| error.code() == Some("ERR")));
    }

    async fn random_fields_are_of_the_hash(test) {
        let (key, redis) = (test.key("h"), &test.client);
        redis.hset(&key, [("a", "1"), ("b", "2")]).await?;
        let one = redis.hrandfield(&key).await?;
        assert!(one.is_some_and(|field| field == "a" || field == "b"));
        let both: HashSet<_> = redis.hrandfield_count(&key, 5).await?.into_iter().collect();
        assert_eq!(both, HashSet::from(["a".into(), "b".into()]));
        let repeated = redis.hrandfield_count(&key, -5).await?;
        assert_eq!(repeated.len(), 5);
        let drawn: HashMap<_, _> =
            redis.hrandfield_with_values(&key, 5).await?.into_iter().collect();
        assert_eq!(drawn, pairs(&[("a", "1"), ("b", "2")]));
        let none = test.key("none");
        let nobody = redis.hrandfield(&none).await?;
        let nothing = redis.hrandfield_with_values(&none, 2).await?;
        assert!(nobody.is_none() && nothing.is_empty());
    }

    async fn a_hash_is_asked_for_where_another_type_is(test) {
        let (key, redis) = (test.key("s"), &test.client);
        redis.set(&key, "v").await?;
        let refused = redis.hset(&key, ("a", 1)).await;
        assert!(refused.is_err_and(|error| error.code() == Some("WRONGTYPE")));
        let refused = redis.hgetall(&key).await;
        assert!(refused.is_err_and(|error| error.code() == Some("WRONGTYPE")));
    }

    async fn fields_expire_after_some_time(test) {
        if !has_expiry(test.row) {
            return Ok(());
        }
        let (key, redis) = (test.key("h"), &test.client);
        redis.hset(&key, [("a", 1), ("b", 2)]).await?;
        let set = redis.hexpire(&key, ["a", "z"], MINUTE).await?;
        assert_eq!(set, [FieldExpiry::Set, FieldExpiry::Missing]);
        let ttls = redis.httl(&key, ["a", "b", "z"]).await?;
        assert!(is_about_a_minute(ttls[0]), "{ttls:?}");
        assert_eq!(ttls[1..], [Ttl::Persistent, Ttl::Missing]);
        let refused =
            redis.hexpire_with(&key, ["a", "b"], MINUTE * 2, ExpireOptions::if_persistent()).await?;
        assert_eq!(refused, [FieldExpiry::Refused, FieldExpiry::Set]);
        let later = redis.hexpire_with(&key, "a", MINUTE * 3, ExpireOptions::if_later()).await?;
        let sooner = redis
            .hexpire_with(&key, "a", Duration::from_millis(90_500), ExpireOptions::if_sooner())
            .await?;
        assert_eq!([later, sooner].concat(), [FieldExpiry::Set, FieldExpiry::Set]);
        let nothing = redis.hexpire(test.key("none"), "a", MINUTE).await?;
        assert_eq!(nothing, [FieldExpiry::Missing]);
    }

    async fn fields_expire_at_a_moment(test) {
        if !has_expiry(test.row) {
            return Ok(());
        }
        let (key, redis) = (test.key("h"), &test.client);
        let moment = SystemTime::UNIX_EPOCH + MOMENT;
        let with_millis = moment + Duration::from_millis(250);
        redis.hset(&key, [("a", 1), ("b", 2), ("c", 3)]).await?;
        let whole = redis.hexpire_at(&key, "a", moment).await?;
        let exact = redis.hexpire_at(&key, ["b", "z"], with_millis).await?;
        assert_eq!(whole, [FieldExpiry::Set]);
        assert_eq!(exact, [FieldExpiry::Set, FieldExpiry::Missing]);
        let times = redis.hexpiretime(&key, ["a", "b", "c", "z"]).await?;
        let (persistent, missing) = (ExpiresAt::Persistent, ExpiresAt::Missing);
        assert_eq!(
            times,
            [ExpiresAt::At(moment), ExpiresAt::At(with_millis), persistent, missing]
        );
        let if_expiring = ExpireOptions::if_expiring();
        let refused = redis.hexpire_at_with(&key, "c", moment, if_expiring).await?;
        assert_eq!(refused, [FieldExpiry::Refused]);
        let past = redis.hexpire_at(&key, "a", SystemTime::UNIX_EPOCH + MINUTE).await?;
        let there = redis.hexists(&key, "a").await?;
        assert_eq!((past, there), (vec![FieldExpiry::Deleted], false));
    }

    async fn an_expiry_is_taken_away(test) {
        if !has_expiry(test.row) {
            return Ok(());
        }
        let (key, redis) = (test.key("h"), &test.client);
        redis.hset(&key, [("a", 1), ("b", 2)]).await?;
        redis.hexpire(&key, "a", MINUTE).await?;
        let became = redis.hpersist(&key, ["a", "b", "z"]).await?;
        assert_eq!(
            became,
            [FieldPersist::Persisted, FieldPersist::WasPersistent, FieldPersist::Missing]
        );
        let ttl = redis.httl(&key, "a").await?;
        assert_eq!(ttl, [Ttl::Persistent]);
        let nothing = redis.hpersist(test.key("none"), "a").await?;
        assert_eq!(nothing, [FieldPersist::Missing]);
    }

    async fn what_is_taken_out_is_gone(test) {
        if !has_expiring_writes(test.row) {
            return Ok(());
        }
        let (key, redis) = (test.key("h"), &test.client);
        redis.hset(&key, [("a", 1), ("b", 2)]).await?;
        let values = redis.hgetdel(&key, ["a", "z"]).await?;
        let left = redis.hgetall(&key).await?;
        assert_eq!(values, [Some("1".into()), None]);
        assert_eq!(left, pairs(&[("b", "2")]));
        let nothing = redis.hgetdel(test.key("none"), ["a", "b"]).await?;
        assert_eq!(nothing, [None, None]);
    }

    async fn what_is_read_gets_another_expiry(test) {
        if !has_expiring_writes(test.row) {
            return Ok(());
        }
        let (key, redis) = (test.key("h"), &test.client);
        redis.hset(&key, [("a", 1), ("b", 2)]).await?;
        let values = redis.hgetex(&key, ["a", "z"], MINUTE).await?;
        let ttls = redis.httl(&key, ["a", "b"]).await?;
        assert_eq!(values, [Some("1".into()), None]);
        assert!(is_about_a_minute(ttls[0]) && ttls[1] == Ttl::Persistent, "{ttls:?}");
        redis.hgetex(&key, "b", SystemTime::UNIX_EPOCH + MOMENT).await?;
        let moment = redis.hexpiretime(&key, "b").await?[0].moment();
        assert_eq!(moment, Some(SystemTime::UNIX_EPOCH + MOMENT));
        redis.hgetex(&key, "a", Persist).await?;
        let ttl = redis.httl(&key, "a").await?;
        assert_eq!(ttl, [Ttl::Persistent]);
    }

    async fn fields_are_set_with_their_expiry(test) {
        if !has_expiring_writes(test.row) {
            return Ok(());
        }
        let (key, redis) = (test.key("h"), &test.client);
        let plain = redis.hsetex(&key, [("a", 1), ("b", 2)]).await?;
        let ttls = redis.httl(&key, ["a", "b"]).await?;
        assert_eq!((plain, ttls), (true, vec![Ttl::Persistent; 2]));
        let expiring = HSetExOptions::new().expiry(MINUTE);
        let set = redis.hsetex_with(&key, ("a", 3), expiring).await?;
        let kept = redis.hsetex_with(&key, ("a", 4), HSetExOptions::new().expiry(KeepTtl)).await?;
        let ttl = redis.httl(&key, "a").await?[0];
        let value: i64 = redis.typed().hget(&key, "a").await?;
        assert!(set && kept && is_about_a_minute(ttl) && value == 4, "{ttl:?}");
        let moment = SystemTime::UNIX_EPOCH + MOMENT + Duration::from_millis(1);
        redis.hsetex_with(&key, ("a", 5), HSetExOptions::new().expiry(moment)).await?;
        let time = redis.hexpiretime(&key, "a").await?;
        assert_eq!(time, [ExpiresAt::At(moment)]);
    }

    async fn fields_are_set_under_a_condition_all_or_none(test) {
        if !has_expiring_writes(test.row) {
            return Ok(());
        }
        let (key, redis) = (test.key("h"), &test.client);
        redis.hset(&key, ("a", 1)).await?;
        let both = [("a", 2), ("b", 2)];
        let absent = redis.hsetex_with(&key, both, HSetExOptions::if_fields_absent()).await?;
        let present = redis.hsetex_with(&key, both, HSetExOptions::if_fields_present()).await?;
        let all = redis.hgetall(&key).await?;
        assert_eq!((absent, present, all), (false, false, pairs(&[("a", "1")])));
        let absent = redis.hsetex_with(&key, ("b", 2), HSetExOptions::if_fields_absent()).await?;
        let present = redis.hsetex_with(&key, both, HSetExOptions::if_fields_present()).await?;
        assert_eq!((absent, present), (true, true));
    }

    async fn fields_are_set_under_a_condition_on_the_key(test) {
        if !test.row.is_valkey() {
            return Ok(());
        }
        let (key, none, redis) = (test.key("h"), test.key("none"), &test.client);
        let absent = redis.hsetex_with(&key, ("a", 1), HSetExOptions::if_key_absent()).await?;
        let again = redis.hsetex_with(&key, ("a", 2), HSetExOptions::if_key_absent()).await?;
        let present = redis.hsetex_with(&key, ("a", 3), HSetExOptions::if_key_present()).await?;
        let nowhere = redis.hsetex_with(&none, ("a", 3), HSetExOptions::if_key_present()).await?;
        assert_eq!((absent, again, present, nowhere), (true, false, true, false));
        let both = HSetExOptions::if_key_present_and_fields_absent();
        let (new, old) = (
            redis.hsetex_with(&key, ("b", 1), both).await?,
            redis.hsetex_with(&key, ("a", 1), both).await?,
        );
        let nowhere = redis.hsetex_with(&none, ("b", 1), both).await?;
        assert_eq!((new, old, nowhere), (true, false, false));
    }

    async fn a_large_hash_is_scanned_page_by_page(test) {
        let (key, redis) = (test.key("h"), &test.client);
        let large: Vec<_> = (0..1000).map(|n| (format!("field {n}"), n)).collect();
        redis.hset(&key, &large).await?;
        let (mut cursor, mut found, mut pages) = (Some(ScanCursor::START), HashMap::new(), 0);
        while let Some(here) = cursor {
            let page = redis.hscan(&key, here).await?;
            found.extend(page.items);
            cursor = page.next;
            pages += 1;
        }
        let all = redis.hgetall(&key).await?;
        assert!(pages > 1 && found.len() == 1000);
        assert_eq!(found, all);
        let one = ScanOptions::new().pattern("field 7").count(100_000);
        let page = redis.hscan_with(&key, ScanCursor::START, one).await?;
        assert_eq!((page.items, page.next), (vec![("field 7".into(), "7".into())], None));
        let nothing = redis.hscan(test.key("none"), ScanCursor::START).await?;
        assert_eq!((nothing.items, nothing.next), (vec![], None));
    }

    async fn the_fields_of_a_large_hash_are_scanned_without_values(test) {
        if !has_scan_of_fields(test.row) {
            return Ok(());
        }
        let (key, redis) = (test.key("h"), &test.client);
        let large: Vec<_> = (0..1000).map(|n| (format!("field {n}"), n)).collect();
        redis.hset(&key, &large).await?;
        let (mut cursor, mut found, mut pages) = (Some(ScanCursor::START), HashSet::new(), 0);
        while let Some(here) = cursor {
            let page = redis.hscan_fields(&key, here).await?;
            found.extend(page.items);
            cursor = page.next;
            pages += 1;
        }
        let all: HashSet<_> = redis.hkeys(&key).await?.into_iter().collect();
        assert!(pages > 1 && found.len() == 1000);
        assert_eq!(found, all);
        let one = ScanOptions::new().pattern("field 7").count(100_000);
        let page = redis.hscan_fields_with(&key, ScanCursor::START, one).await?;
        assert_eq!((page.items, page.next), (vec!["field 7".into()], None));
    }
}
