//! Strings: values, counters, parts, conditions.

use crate::both::both_clients;
use redis_sync::{
    Expiry, KeepTtl, LcsOptions, MSetExOptions, Persist, SetOptions, Ttl, ValueCondition,
    ValueDigest,
};
use redis_tests::raw::Reply;
use std::time::{Duration, SystemTime};

const MINUTE: Duration = Duration::from_secs(60);

/// Whether a key lives on for about a minute; a moment is rounded up to the next millisecond.
fn about_a_minute(ttl: Ttl) -> bool {
    let most = MINUTE + Duration::from_millis(1);
    ttl.left().is_some_and(|left| left <= most && left > MINUTE / 2)
}

both_clients! {
    async fn append_makes_a_string_longer_and_strlen_measures_it(test) {
        let key = test.key("k");
        let first = test.client.append(&key, "Hello").await?;
        let second = test.client.append(&key, ", world").await?;
        let length = test.client.strlen(&key).await?;
        assert_eq!((first, second, length), (5, 12, 12));
        let witness = test.server.raw().call(&["GET", &key]);
        assert_eq!(witness, Reply::Bulk(b"Hello, world".into()));
        let none = test.client.strlen(test.key("none")).await?;
        assert_eq!(none, 0);
    }

    async fn counters_count_up_and_down(test) {
        let (key, redis) = (test.key("k"), &test.client);
        let counted = [
            redis.incr(&key).await?,
            redis.incrby(&key, 10).await?,
            redis.decr(&key).await?,
            redis.decrby(&key, 3).await?,
        ];
        assert_eq!(counted, [1, 11, 10, 7]);
        redis.set(&key, i64::MAX).await?;
        let error = redis.incr(&key).await.unwrap_err();
        assert_eq!(error.code(), Some("ERR"));
        redis.set(&key, "text").await?;
        let error = redis.decrby(&key, 1).await.unwrap_err();
        assert_eq!(error.code(), Some("ERR"));
    }

    async fn incrbyfloat_adds_a_fraction(test) {
        let (key, redis) = (test.key("k"), &test.client);
        redis.set(&key, 10.5).await?;
        let sums = [redis.incrbyfloat(&key, 0.5).await?, redis.incrbyfloat(&key, -1.25).await?];
        assert_eq!(sums, [11.0, 9.75]);
        let refused = redis.incrbyfloat(&key, f64::INFINITY).await.is_err();
        let value = redis.typed::<f64>().get(&key).await?;
        assert!(refused && value == 9.75);
    }

    async fn get_and_set_keep_every_byte(test) {
        let (key, redis) = (test.key("k"), &test.client);
        let bytes: Vec<u8> = (0..=255).collect();
        let none = redis.get(&key).await?;
        redis.set(&key, &bytes).await?;
        let value = redis.get(&key).await?;
        assert_eq!(none, None);
        assert!(value.is_some_and(|value| value.as_bytes() == bytes));
        redis.del(&key).await?;
        redis.rpush(&key, "element").await?;
        let error = redis.get(&key).await.unwrap_err();
        assert_eq!(error.code(), Some("WRONGTYPE"));
    }

    async fn a_set_may_depend_on_the_key(test) {
        let (key, redis) = (test.key("k"), &test.client);
        let absent = redis.set_with(&key, "1", SetOptions::if_absent()).await?;
        let taken = redis.set_with(&key, "2", SetOptions::if_absent()).await?;
        let present = redis.set_with(&key, "3", SetOptions::if_present()).await?;
        let missing = redis.set_with(test.key("none"), "4", SetOptions::if_present()).await?;
        let value = redis.get(&key).await?;
        assert_eq!((absent, taken, present, missing), (true, false, true, false));
        assert_eq!(value, Some("3".into()));
    }

    async fn a_set_may_let_its_value_expire(test) {
        let (key, redis) = (test.key("k"), &test.client);
        redis.set_with(&key, "1", SetOptions::new().expiry(MINUTE)).await?;
        let after = redis.ttl(&key).await?;
        redis.set_with(&key, "2", SetOptions::new().expiry(KeepTtl)).await?;
        let kept = redis.ttl(&key).await?;
        let moment = SystemTime::now() + MINUTE;
        redis.set_with(&key, "3", SetOptions::new().expiry(Expiry::At(moment))).await?;
        let at = redis.ttl(&key).await?;
        redis.set(&key, "4").await?;
        let plain = redis.ttl(&key).await?;
        assert!(about_a_minute(after) && about_a_minute(kept) && about_a_minute(at));
        assert_eq!(plain, Ttl::Persistent);
    }

    async fn set_get_answers_what_was_there(test) {
        let (key, redis) = (test.key("k"), &test.client);
        let none = redis.set_get(&key, "1", SetOptions::new()).await?;
        let old = redis.set_get(&key, "2", SetOptions::if_present()).await?;
        let refused = redis.set_get(&key, "3", SetOptions::if_absent()).await?;
        let value = redis.get(&key).await?;
        assert_eq!((none, old, refused), (None, Some("1".into()), Some("2".into())));
        assert_eq!(value, Some("2".into()));
        let list = test.key("list");
        redis.rpush(&list, "element").await?;
        let error = redis.set_get(&list, "v", SetOptions::new()).await.unwrap_err();
        assert_eq!(error.code(), Some("WRONGTYPE"));
    }

    async fn a_set_may_depend_on_the_value(test) {
        // Valkey has it since 8.1
        if !test.row.has_redis(8, 4) && !test.row.is_valkey() {
            return Ok(());
        }
        let (key, redis) = (test.key("k"), &test.client);
        redis.set(&key, "1").await?;
        let other = redis.set_with(&key, "3", SetOptions::if_equal("2")).await?;
        let equal = redis.set_with(&key, "2", SetOptions::if_equal("1").expiry(MINUTE)).await?;
        let (value, ttl) = (redis.get(&key).await?, redis.ttl(&key).await?);
        assert!(equal && !other && about_a_minute(ttl));
        assert_eq!(value, Some("2".into()));
        let none = redis.set_with(test.key("none"), "v", SetOptions::if_equal("")).await?;
        assert!(!none);
    }

    since(8, 4)
    async fn a_set_may_depend_on_what_the_value_is_not_and_on_its_digest(test) {
        let (key, redis) = (test.key("k"), &test.client);
        redis.set(&key, "1").await?;
        let equal = redis.set_with(&key, "2", SetOptions::if_not_equal("1")).await?;
        let other = redis.set_with(&key, "2", SetOptions::if_not_equal("3")).await?;
        let none = redis.set_with(test.key("none"), "v", SetOptions::if_not_equal("v")).await?;
        assert_eq!((equal, other, none), (false, true, true));
        let digest = redis.digest(&key).await?.ok_or("no digest")?;
        let same = redis.set_with(&key, "3", SetOptions::if_not_digest(digest)).await?;
        let changed = redis.set_with(&key, "3", SetOptions::if_digest(digest)).await?;
        let gone = redis.set_with(&key, "4", SetOptions::if_digest(digest)).await?;
        let value = redis.get(&key).await?;
        assert_eq!((same, changed, gone), (false, true, false));
        assert_eq!(value, Some("3".into()));
    }

    since(8, 4)
    async fn delex_deletes_what_is_as_it_should_be(test) {
        let (key, redis) = (test.key("k"), &test.client);
        redis.set(&key, "v").await?;
        let digest = redis.digest(&key).await?.ok_or("no digest")?;
        let kept = [
            redis.delex(&key, ValueCondition::equal("w")).await?,
            redis.delex(&key, ValueCondition::not_equal("v")).await?,
            redis.delex(&key, ValueCondition::digest(ValueDigest::new(0))).await?,
            redis.delex(&key, ValueCondition::not_digest(digest)).await?,
            redis.delex(test.key("none"), ValueCondition::equal("v")).await?,
        ];
        assert_eq!(kept, [false; 5]);
        let deleted = redis.delex(&key, ValueCondition::digest(digest)).await?;
        let left = redis.exists(&key).await?;
        assert!(deleted && left == 0);
        redis.rpush(&key, "element").await?;
        let error = redis.delex(&key, ValueCondition::equal("v")).await.unwrap_err();
        assert_eq!(error.code(), Some("ERR"));
    }

    since(8, 4)
    async fn a_digest_is_that_of_the_value(test) {
        let (key, redis) = (test.key("k"), &test.client);
        redis.set(&key, "mynewtext").await?;
        let (digest, none) = (redis.digest(&key).await?, redis.digest(test.key("none")).await?);
        assert_eq!(digest, Some(ValueDigest::new(0x0462_dacc_6289_3b93)));
        assert_eq!(none, None);
        redis.del(&key).await?;
        redis.rpush(&key, "element").await?;
        let error = redis.digest(&key).await.unwrap_err();
        assert_eq!(error.code(), Some("WRONGTYPE"));
    }

    async fn delifeq_deletes_what_is_equal(test) {
        // Valkey alone has it, since 9.0
        if !test.row.is_valkey() {
            return Ok(());
        }
        let (key, redis) = (test.key("k"), &test.client);
        redis.set(&key, "v").await?;
        let other = redis.delifeq(&key, "w").await?;
        let equal = redis.delifeq(&key, "v").await?;
        let missing = redis.delifeq(&key, "v").await?;
        assert_eq!((other, equal, missing), (false, true, false));
        redis.rpush(&key, "element").await?;
        let error = redis.delifeq(&key, "v").await.unwrap_err();
        assert_eq!(error.code(), Some("WRONGTYPE"));
    }

    async fn getdel_takes_the_value_away(test) {
        let (key, redis) = (test.key("k"), &test.client);
        redis.set(&key, "v").await?;
        let (value, none) = (redis.getdel(&key).await?, redis.getdel(&key).await?);
        assert_eq!((value, none), (Some("v".into()), None));
    }

    async fn getex_sets_the_expiry_or_takes_it_away(test) {
        let (key, redis) = (test.key("k"), &test.client);
        redis.set(&key, "v").await?;
        let value = redis.getex(&key, MINUTE).await?;
        let expiring = redis.ttl(&key).await?;
        redis.getex(&key, Persist).await?;
        let kept = redis.ttl(&key).await?;
        redis.getex(&key, SystemTime::now() + MINUTE).await?;
        let at = redis.ttl(&key).await?;
        assert_eq!((value, kept), (Some("v".into()), Ttl::Persistent));
        assert!(about_a_minute(expiring) && about_a_minute(at));
    }

    async fn getrange_and_setrange_are_parts_of_a_string(test) {
        let (key, redis) = (test.key("k"), &test.client);
        redis.set(&key, "Hello World").await?;
        let length = redis.setrange(&key, 6, "Redis").await?;
        let (all, end) = (redis.getrange(&key, 0, -1).await?, redis.getrange(&key, -5, -1).await?);
        let nothing = redis.getrange(&key, 5, 2).await?;
        let none = redis.getrange(test.key("none"), 0, -1).await?;
        assert_eq!((length, all, end), (11, "Hello Redis".into(), "Redis".into()));
        assert!(nothing.is_empty() && none.is_empty());
        let padded = test.key("padded");
        redis.setrange(&padded, 2, "v").await?;
        let value = redis.get(&padded).await?;
        assert_eq!(value, Some(b"\0\0v".into()));
    }

    async fn several_keys_are_read_and_set_at_once(test) {
        let (a, b, c) = (test.key("a"), test.key("b"), test.key("c"));
        let redis = &test.client;
        redis.mset([(&a, 1), (&b, 2)]).await?;
        let values = redis.mget([&a, &b, &c]).await?;
        let taken = redis.msetnx([(&b, 3), (&c, 3)]).await?;
        let free = redis.msetnx((&c, 4)).await?;
        let value = redis.get(&c).await?;
        assert_eq!(values, [Some("1".into()), Some("2".into()), None]);
        assert_eq!((taken, free, value), (false, true, Some("4".into())));
    }

    async fn several_keys_expire_together(test) {
        // Valkey has it since 9.1
        if !test.row.has_redis(8, 4) && !test.row.is_valkey() {
            return Ok(());
        }
        let (a, b, redis) = (test.key("a"), test.key("b"), &test.client);
        redis.msetex([(&a, 1), (&b, 2)], MINUTE).await?;
        let (one, other) = (redis.ttl(&a).await?, redis.ttl(&b).await?);
        assert!(about_a_minute(one) && about_a_minute(other));
        let absent = redis.msetex_with([(&a, 3)], MSetExOptions::if_absent()).await?;
        let keep = MSetExOptions::if_present().expiry(KeepTtl);
        let present = redis.msetex_with([(&a, 4), (&b, 5)], keep).await?;
        let (values, kept) = (redis.mget([&a, &b]).await?, redis.ttl(&a).await?);
        assert!(!absent && present && about_a_minute(kept));
        assert_eq!(values, [Some("4".into()), Some("5".into())]);
        let plain = redis.msetex_with([(&a, 6)], MSetExOptions::new()).await?;
        let ttl = redis.ttl(&a).await?;
        assert!(plain && ttl == Ttl::Persistent);
    }

    async fn lcs_finds_what_two_strings_have_in_common(test) {
        let (a, b, redis) = (test.key("a"), test.key("b"), &test.client);
        redis.mset([(&a, "ohmytext"), (&b, "mynewtext")]).await?;
        let (text, length) = (redis.lcs(&a, &b).await?, redis.lcs_len(&a, &b).await?);
        assert_eq!((text, length), ("mytext".into(), 6));
        let all = redis.lcs_idx(&a, &b).await?;
        let long = redis.lcs_idx_with(&a, &b, LcsOptions::new().min_match_len(4)).await?;
        let parts: Vec<_> = all.matches.iter().map(|part| (&part.first, &part.second)).collect();
        assert_eq!(parts, [(&(4..=7), &(5..=8)), (&(2..=3), &(0..=1))]);
        assert_eq!((all.length, all.matches[0].length), (6, 4));
        assert_eq!((long.length, &long.matches[..]), (6, &all.matches[..1]));
        let none = redis.lcs(&a, test.key("none")).await?;
        assert!(none.is_empty());
        let list = test.key("list");
        redis.rpush(&list, "element").await?;
        let error = redis.lcs(&a, &list).await.unwrap_err();
        assert_eq!(error.code(), Some("ERR"));
    }
}
