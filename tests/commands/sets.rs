//! Sets: members, and what several sets have in common or not.

use crate::both::both_clients;
use redis_sync::{BulkString, SInterCardOptions, ScanCursor, ScanOptions};
use std::collections::HashSet;

fn set<const N: usize>(members: [&str; N]) -> HashSet<BulkString> {
    members.into_iter().map(BulkString::from).collect()
}

both_clients! {
    async fn members_are_added_counted_and_taken_away(test) {
        let (key, redis) = (test.key("s"), &test.client);
        let added = redis.sadd(&key, ["a", "b", "c"]).await?;
        let again = redis.sadd(&key, ["c", "d"]).await?;
        let removed = redis.srem(&key, ["a", "z"]).await?;
        let (count, all) = (redis.scard(&key).await?, redis.smembers(&key).await?);
        assert_eq!((added, again, removed, count), (3, 1, 1, 3));
        assert_eq!(all, set(["b", "c", "d"]));
        let nothing = redis.smembers(test.key("none")).await?;
        assert!(nothing.is_empty());
    }

    async fn members_are_asked_for(test) {
        let (key, redis) = (test.key("s"), &test.client);
        redis.sadd(&key, ["a", "b"]).await?;
        let (there, missing) =
            (redis.sismember(&key, "a").await?, redis.sismember(&key, "z").await?);
        assert_eq!((there, missing), (true, false));
        let several = redis.smismember(&key, ["z", "b", "a"]).await?;
        let nowhere = redis.smismember(test.key("none"), ["a", "b"]).await?;
        assert_eq!((several, nowhere), (vec![false, true, true], vec![false; 2]));
    }

    async fn members_move_to_another_set(test) {
        let (a, b, redis) = (test.key("a"), test.key("b"), &test.client);
        redis.sadd(&a, ["x", "y"]).await?;
        let moved = redis.smove(&a, &b, "x").await?;
        let missing = redis.smove(&a, &b, "x").await?;
        let (from, to) = (redis.smembers(&a).await?, redis.smembers(&b).await?);
        assert_eq!((moved, missing, from, to), (true, false, set(["y"]), set(["x"])));
    }

    async fn random_members_stay_or_are_taken(test) {
        let (key, none, redis) = (test.key("s"), test.key("none"), &test.client);
        redis.sadd(&key, ["a", "b", "c"]).await?;
        let one = redis.srandmember(&key).await?;
        assert!(one.is_some_and(|member| set(["a", "b", "c"]).contains(&member)));
        let different: HashSet<_> =
            redis.srandmember_count(&key, 5).await?.into_iter().collect();
        assert_eq!(different, set(["a", "b", "c"]));
        let repeated = redis.srandmember_count(&key, -5).await?;
        let count = redis.scard(&key).await?;
        assert_eq!((repeated.len(), count), (5, 3));

        let taken = redis.spop(&key).await?;
        let rest = redis.spop_count(&key, 5).await?;
        let gone = redis.scard(&key).await?;
        assert!(taken.is_some_and(|taken| !rest.contains(&taken)) && rest.len() == 2 && gone == 0);
        let (nobody, nothing) = (redis.spop(&none).await?, redis.spop_count(&none, 2).await?);
        assert!(nobody.is_none() && nothing.is_empty());
        let (nobody, nothing) =
            (redis.srandmember(&none).await?, redis.srandmember_count(&none, 2).await?);
        assert!(nobody.is_none() && nothing.is_empty());
    }

    async fn sets_are_combined(test) {
        let (a, b, none, redis) = (test.key("a"), test.key("b"), test.key("none"), &test.client);
        redis.sadd(&a, ["x", "y", "z"]).await?;
        redis.sadd(&b, ["y", "z", "w"]).await?;
        let only = redis.sdiff([&a, &b]).await?;
        let both = redis.sinter([&a, &b]).await?;
        let either = redis.sunion([&a, &b, &none]).await?;
        assert_eq!((only, both, either), (set(["x"]), set(["y", "z"]), set(["w", "x", "y", "z"])));
        let nothing = redis.sinter([&a, &none]).await?;
        assert!(nothing.is_empty());
        let count = redis.sintercard([&a, &b]).await?;
        let limited = redis.sintercard_with([&a, &b], SInterCardOptions::new().limit(1)).await?;
        let unlimited = redis.sintercard_with(&a, SInterCardOptions::new().limit(0)).await?;
        assert_eq!((count, limited, unlimited), (2, 1, 3));
    }

    async fn combined_sets_are_stored(test) {
        let (a, b, to, redis) = (test.key("a"), test.key("b"), test.key("to"), &test.client);
        redis.sadd(&a, ["x", "y", "z"]).await?;
        redis.sadd(&b, ["y", "z", "w"]).await?;
        let count = redis.sdiffstore(&to, [&a, &b]).await?;
        let stored = redis.smembers(&to).await?;
        assert_eq!((count, stored), (1, set(["x"])));
        let count = redis.sinterstore(&to, [&a, &b]).await?;
        let stored = redis.smembers(&to).await?;
        assert_eq!((count, stored), (2, set(["y", "z"])));
        let count = redis.sunionstore(&to, [&a, &b]).await?;
        let stored = redis.smembers(&to).await?;
        assert_eq!((count, stored), (4, set(["w", "x", "y", "z"])));
        let count = redis.sinterstore(&to, [&a, &test.key("none")]).await?;
        let there = redis.exists(&to).await?;
        assert_eq!((count, there), (0, 0));
    }

    async fn a_set_is_asked_for_where_another_type_is(test) {
        let (key, redis) = (test.key("v"), &test.client);
        redis.set(&key, "v").await?;
        let refused = redis.sadd(&key, "a").await;
        assert!(refused.is_err_and(|error| error.code() == Some("WRONGTYPE")));
        let refused = redis.sunion([&key]).await;
        assert!(refused.is_err_and(|error| error.code() == Some("WRONGTYPE")));
    }

    async fn a_large_set_is_scanned_page_by_page(test) {
        let (key, redis) = (test.key("s"), &test.client);
        let members: Vec<_> = (0..1000).map(|n| format!("member {n}")).collect();
        redis.sadd(&key, &members).await?;
        let (mut cursor, mut found, mut pages) = (Some(ScanCursor::START), HashSet::new(), 0);
        while let Some(here) = cursor {
            let page = redis.sscan(&key, here).await?;
            found.extend(page.items);
            cursor = page.next;
            pages += 1;
        }
        let all = redis.smembers(&key).await?;
        assert!(pages > 1 && found.len() == 1000);
        assert_eq!(found, all);
        let one = ScanOptions::new().pattern("member 7").count(100_000);
        let page = redis.sscan_with(&key, ScanCursor::START, one).await?;
        assert_eq!((page.items, page.next), (vec!["member 7".into()], None));
        let nothing = redis.sscan(test.key("none"), ScanCursor::START).await?;
        assert_eq!((nothing.items, nothing.next), (vec![], None));
    }
}
