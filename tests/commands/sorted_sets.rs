//! Sorted sets: scores, ranks, ranges, what is taken, and what several have in common.

use crate::both::both_clients;
use redis_sync::{
    Aggregate, BulkString, ScanCursor, ScanOptions, ScoreEnd, Value, ZAddOptions, ZCombineOptions,
    ZInterCardOptions, ZMPopOptions, ZRangeByLex, ZRangeByRank, ZRangeByScore,
};
use redis_tests::raw::Reply;
use std::ops::Bound::{Excluded, Unbounded};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
/// Long enough for a server to notice that nothing comes.
const INSTANT: Duration = Duration::from_millis(5);

fn scored<const N: usize>(members: [(&str, f64); N]) -> Vec<(BulkString, f64)> {
    members.map(|(member, score)| (member.into(), score)).to_vec()
}

both_clients! {
    async fn zadd_adds_members_with_scores(test) {
        let (key, redis) = (test.key("z"), &test.client);
        let added = redis.zadd(&key, [(1.5, "a"), (f64::NEG_INFINITY, "b")]).await?;
        let again = redis.zadd(&key, (2.5, "a")).await?;
        let size = redis.zcard(&key).await?;
        assert_eq!((added, again, size), (2, 0, 2));
        let witness = test.server.raw().call(&["ZSCORE", &key, "a"]);
        assert_eq!(witness, Reply::Bulk(b"2.5".into()));
        let refused = redis.zadd(&key, (f64::NAN, "a")).await.is_err();
        assert!(refused);
        redis.set(&key, "text").await?;
        let error = redis.zadd(&key, (1, "a")).await.unwrap_err();
        assert_eq!(error.code(), Some("WRONGTYPE"));
    }

    async fn zadd_with_adds_under_a_condition(test) {
        let (key, redis) = (test.key("z"), &test.client);
        redis.zadd(&key, (5, "a")).await?;
        let changed = [
            redis.zadd_with(&key, (9, "a"), ZAddOptions::if_absent().count_changed()).await?,
            redis.zadd_with(&key, (9, "b"), ZAddOptions::if_present().count_changed()).await?,
            redis.zadd_with(&key, (4, "a"), ZAddOptions::if_greater().count_changed()).await?,
            redis.zadd_with(&key, (4, "a"), ZAddOptions::if_less().count_changed()).await?,
            redis.zadd_with(&key, (6, "a"), ZAddOptions::if_present_and_greater().count_changed()).await?,
            redis.zadd_with(&key, (7, "a"), ZAddOptions::if_present_and_less().count_changed()).await?,
        ];
        let all = redis.zrange_with_scores(&key, 0, -1).await?;
        assert_eq!(changed, [0, 0, 0, 1, 1, 0]);
        assert_eq!(all, scored([("a", 6.0)]));
    }

    async fn increments_answer_with_the_score(test) {
        let (key, redis) = (test.key("z"), &test.client);
        let scores = [
            redis.zadd_incr(&key, 1.5, "a").await?,
            redis.zincrby(&key, -0.5, "a").await?,
            redis.zincrby(&key, f64::INFINITY, "a").await?,
        ];
        assert_eq!(scores, [1.0 + 0.5, 1.0, f64::INFINITY]);
        let none = redis.zadd_incr_with(&key, 1.0, "b", ZAddOptions::if_present()).await?;
        let one = redis.zadd_incr_with(&key, 1.0, "b", ZAddOptions::if_absent()).await?;
        assert_eq!((none, one), (None, Some(1.0)));
        let error = redis.zincrby(&key, f64::NEG_INFINITY, "a").await.unwrap_err();
        assert_eq!(error.code(), Some("ERR"));
        let value = redis.typed::<Value>().zincrby(&key, 1.0, "b").await?;
        assert_eq!(value, Value::Double(2.0));
    }

    async fn scores_are_read_one_by_one_and_together(test) {
        let (key, redis) = (test.key("z"), &test.client);
        redis.zadd(&key, [(1.5, "a"), (f64::INFINITY, "b")]).await?;
        let one = redis.zscore(&key, "b").await?;
        let none = redis.zscore(&key, "c").await?;
        let many = redis.zmscore(&key, ["a", "c"]).await?;
        let missing = redis.zmscore(test.key("none"), ["a"]).await?;
        assert_eq!((one, none), (Some(f64::INFINITY), None));
        assert_eq!((many, missing), (vec![Some(1.5), None], vec![None]));
    }

    async fn members_are_counted_by_score_and_by_bytes(test) {
        let (key, redis) = (test.key("z"), &test.client);
        redis.zadd(&key, [(1, "a"), (2, "b"), (3, "c")]).await?;
        let counts = [
            redis.zcount(&key, ..).await?,
            redis.zcount(&key, 2..).await?,
            redis.zcount(&key, 1..3).await?,
            redis.zcount(&key, 1.0..=3.0).await?,
            redis.zcount(&key, ..=1).await?,
            redis.zcount(&key, (Excluded(1), Unbounded)).await?,
        ];
        assert_eq!(counts, [3, 2, 2, 3, 1, 2]);
        let words = test.key("words");
        redis.zadd(&words, [(0, "ada"), (0, "alan"), (0, "grace")]).await?;
        let counts = [
            redis.zlexcount(&words, ..).await?,
            redis.zlexcount(&words, "a".."b").await?,
            redis.zlexcount(&words, "alan"..).await?,
            redis.zlexcount(&words, (Excluded("ada"), Unbounded)).await?,
            redis.zlexcount(test.key("none"), ..).await?,
        ];
        assert_eq!(counts, [3, 2, 2, 2, 0]);
    }

    async fn ranges_are_read_from_either_end(test) {
        let (key, redis) = (test.key("z"), &test.client);
        redis.zadd(&key, [(1, "a"), (2, "b"), (3, "c"), (4, "d")]).await?;
        let first = redis.zrange(&key, 0, 1).await?;
        let last = redis.zrange_with(&key, ZRangeByRank::new(0, 1).rev()).await?;
        assert_eq!((first, last), (vec!["a".into(), "b".into()], vec!["d".into(), "c".into()]));
        let low = redis.zrange_with(&key, ZRangeByScore::new(..3)).await?;
        let high = redis.zrange_with(&key, ZRangeByScore::new(2..).rev().offset(1).count(1)).await?;
        let rest = redis.zrange_with(&key, ZRangeByScore::new(..).offset(3)).await?;
        assert_eq!((low, high, rest), (vec!["a".into(), "b".into()], vec!["c".into()], vec!["d".into()]));
        let all = redis.zrange_with_scores(&key, 2, -1).await?;
        assert_eq!(all, scored([("c", 3.0), ("d", 4.0)]));
        let best = redis.zrange_with_scores_with(&key, ZRangeByScore::new(..).rev().count(1)).await?;
        assert_eq!(best, scored([("d", 4.0)]));
        let none = redis.zrange(test.key("none"), 0, -1).await?;
        assert!(none.is_empty());
        let words = test.key("words");
        redis.zadd(&words, [(0, "ada"), (0, "alan"), (0, "grace")]).await?;
        let found = redis.zrange_with(&words, ZRangeByLex::new("b"..)).await?;
        let back = redis.zrange_with(&words, ZRangeByLex::new(..="alan").rev().count(1)).await?;
        assert_eq!((found, back), (vec!["grace".into()], vec!["alan".into()]));
    }

    async fn zrangestore_stores_a_range(test) {
        let (key, to, redis) = (test.key("{z}:z"), test.key("{z}:to"), &test.client);
        redis.zadd(&key, [(1, "a"), (2, "b"), (3, "c")]).await?;
        let stored = redis.zrangestore(&to, &key, ZRangeByScore::new(2..)).await?;
        let there = redis.zrange_with_scores(&to, 0, -1).await?;
        assert_eq!((stored, there), (2, scored([("b", 2.0), ("c", 3.0)])));
        let none = redis.zrangestore(&to, &key, ZRangeByRank::new(7, 9)).await?;
        let left = redis.exists(&to).await?;
        assert_eq!((none, left), (0, 0));
    }

    async fn ranks_count_from_either_end(test) {
        let (key, redis) = (test.key("z"), &test.client);
        redis.zadd(&key, [(1, "a"), (2, "b"), (3, "c")]).await?;
        let ranks = [redis.zrank(&key, "c").await?, redis.zrevrank(&key, "c").await?];
        let none = [redis.zrank(&key, "x").await?, redis.zrevrank(test.key("none"), "c").await?];
        assert_eq!((ranks, none), ([Some(2), Some(0)], [None, None]));
    }

    since(7, 2) async fn ranks_come_with_scores(test) {
        let (key, redis) = (test.key("z"), &test.client);
        redis.zadd(&key, [(1.0, "a"), (2.5, "b")]).await?;
        let rank = redis.zrank_with_score(&key, "b").await?;
        let back = redis.zrevrank_with_score(&key, "b").await?;
        let none = redis.zrank_with_score(&key, "x").await?;
        assert_eq!((rank, back, none), (Some((1, 2.5)), Some((0, 2.5)), None));
    }

    async fn members_are_taken_from_an_end(test) {
        let (key, redis) = (test.key("z"), &test.client);
        redis.zadd(&key, [(1, "1"), (2, "2"), (3, "3"), (4, "4"), (5, "5"), (6, "6")]).await?;
        let least = redis.zpopmin(&key).await?;
        let greatest = redis.zpopmax(&key).await?;
        assert_eq!((least, greatest), (Some(("1".into(), 1.0)), Some(("6".into(), 6.0))));
        let least = redis.zpopmin_count(&key, 2).await?;
        let greatest = redis.zpopmax_count(&key, 9).await?;
        assert_eq!(least, scored([("2", 2.0), ("3", 3.0)]));
        assert_eq!(greatest, scored([("5", 5.0), ("4", 4.0)]));
        let none = (redis.zpopmin(&key).await?, redis.zpopmax(&key).await?);
        let empty = redis.zpopmin_count(&key, 2).await?;
        assert_eq!((none, empty), ((None, None), vec![]));
        redis.zadd(&key, (1, "7")).await?;
        let value = redis.typed::<Value>().zpopmin(&key).await?;
        assert_eq!(value, Value::Array(vec![Value::BulkString("7".into()), Value::Double(1.0)]));
    }

    async fn members_are_taken_from_the_first_of_several(test) {
        let (none, key, redis) = (test.key("{z}:none"), test.key("{z}:z"), &test.client);
        redis.zadd(&key, [(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e"), (6, "f"), (7, "g")]).await?;
        let one = redis.zmpop([&none, &key], ScoreEnd::Min).await?;
        assert_eq!(one, Some((key.as_str().into(), scored([("a", 1.0)]))));
        let two = redis.zmpop_with([&key], ScoreEnd::Max, ZMPopOptions::new().count(2)).await?;
        assert_eq!(two, Some((key.as_str().into(), scored([("g", 7.0), ("f", 6.0)]))));
        let one = redis.bzmpop([&none, &key], ScoreEnd::Min, SECOND).await?;
        assert_eq!(one, Some((key.as_str().into(), scored([("b", 2.0)]))));
        let one = redis.bzmpop_with(&key, ScoreEnd::Min, SECOND, ZMPopOptions::new().count(1)).await?;
        assert_eq!(one, Some((key.as_str().into(), scored([("c", 3.0)]))));
        let least = redis.bzpopmin([&none, &key], SECOND).await?;
        assert_eq!(least, Some((key.as_str().into(), "d".into(), 4.0)));
        let greatest = redis.bzpopmax([&none, &key], SECOND).await?;
        assert_eq!(greatest, Some((key.as_str().into(), "e".into(), 5.0)));
        let nothing = redis.zmpop([&none, &key], ScoreEnd::Max).await?;
        let waited = redis.bzpopmin(&key, INSTANT).await?;
        let also = redis.bzpopmax(&key, INSTANT).await?;
        let both = redis.bzmpop(&key, ScoreEnd::Max, INSTANT).await?;
        assert_eq!((nothing, waited, also, both), (None, None, None, None));
    }

    async fn members_are_drawn_by_chance(test) {
        let (key, redis) = (test.key("z"), &test.client);
        redis.zadd(&key, [(1.5, "a"), (2.5, "b")]).await?;
        let one = redis.zrandmember(&key).await?;
        assert!(one.is_some_and(|member| member == "a" || member == "b"));
        let mut both = redis.zrandmember_count(&key, 9).await?;
        both.sort();
        let many = redis.zrandmember_count(&key, -9).await?;
        assert_eq!((both, many.len()), (vec!["a".into(), "b".into()], 9));
        let mut both = redis.zrandmember_with_scores(&key, 2).await?;
        both.sort_by(|a, b| a.0.cmp(&b.0));
        let many = redis.zrandmember_with_scores(&key, -3).await?;
        assert_eq!((both, many.len()), (scored([("a", 1.5), ("b", 2.5)]), 3));
        let none = redis.zrandmember(test.key("none")).await?;
        let empty = redis.zrandmember_with_scores(test.key("none"), 2).await?;
        assert_eq!((none, empty), (None, vec![]));
    }

    async fn members_are_removed_by_name_and_by_range(test) {
        let (key, redis) = (test.key("z"), &test.client);
        redis.zadd(&key, [(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e"), (6, "f")]).await?;
        let removed = [
            redis.zrem(&key, ["a", "x"]).await?,
            redis.zremrangebyscore(&key, ..3).await?,
            redis.zremrangebyrank(&key, -1, -1).await?,
        ];
        let left = redis.zrange(&key, 0, -1).await?;
        assert_eq!((removed, left), ([1, 1, 1], vec!["c".into(), "d".into(), "e".into()]));
        let words = test.key("words");
        redis.zadd(&words, [(0, "ada"), (0, "alan"), (0, "grace")]).await?;
        let removed = redis.zremrangebylex(&words, "a".."b").await?;
        let left = redis.zrange(&words, 0, -1).await?;
        assert_eq!((removed, left), (2, vec!["grace".into()]));
    }

    async fn differences_are_read_and_stored(test) {
        let (a, b, to) = (test.key("{z}:a"), test.key("{z}:b"), test.key("{z}:to"));
        let redis = &test.client;
        redis.zadd(&a, [(1, "x"), (2, "y")]).await?;
        redis.zadd(&b, [(1, "y"), (2, "z")]).await?;
        let left = redis.zdiff([&a, &b]).await?;
        let scores = redis.zdiff_with_scores([&a, &b]).await?;
        let stored = redis.zdiffstore(&to, [&a, &b]).await?;
        let there = redis.zrange_with_scores(&to, 0, -1).await?;
        assert_eq!((left, stored), (vec!["x".into()], 1));
        assert_eq!((scores, there), (scored([("x", 1.0)]), scored([("x", 1.0)])));
    }

    async fn intersections_are_read_counted_and_stored(test) {
        let (a, b, to) = (test.key("{z}:a"), test.key("{z}:b"), test.key("{z}:to"));
        let redis = &test.client;
        redis.zadd(&a, [(1, "x"), (2, "y"), (9, "w")]).await?;
        redis.zadd(&b, [(10, "y"), (20, "z"), (1, "w")]).await?;
        let weighted = || ZCombineOptions::new().weights([2.0, 0.5]).aggregate(Aggregate::Max);
        let both = redis.zinter([&a, &b]).await?;
        assert_eq!(both, ["w", "y"]);
        let by_least = ZCombineOptions::new().aggregate(Aggregate::Min);
        let both = redis.zinter_with([&a, &b], by_least).await?;
        assert_eq!(both, ["w", "y"]);
        let sums = redis.zinter_with_scores([&a, &b]).await?;
        assert_eq!(sums, scored([("w", 10.0), ("y", 12.0)]));
        let most = redis.zinter_with_scores_with([&a, &b], weighted()).await?;
        assert_eq!(most, scored([("y", 5.0), ("w", 18.0)]));
        let counted = redis.zintercard([&a, &b]).await?;
        let limited = redis.zintercard_with([&a, &b], ZInterCardOptions::new().limit(1)).await?;
        assert_eq!((counted, limited), (2, 1));
        let stored = redis.zinterstore(&to, [&a, &b]).await?;
        let there = redis.zscore(&to, "y").await?;
        assert_eq!((stored, there), (2, Some(12.0)));
        let stored = redis.zinterstore_with(&to, [&a, &b], weighted()).await?;
        let there = redis.zscore(&to, "y").await?;
        assert_eq!((stored, there), (2, Some(5.0)));
    }

    async fn unions_are_read_and_stored(test) {
        let (a, b, to) = (test.key("{z}:a"), test.key("{z}:b"), test.key("{z}:to"));
        let redis = &test.client;
        redis.zadd(&a, [(1, "x"), (2, "y")]).await?;
        redis.zadd(&b, [(10, "y"), (20, "z")]).await?;
        let least = || ZCombineOptions::new().weights([1, 2]).aggregate(Aggregate::Min);
        let all = redis.zunion([&a, &b]).await?;
        assert_eq!(all, ["x", "y", "z"]);
        let negative = ZCombineOptions::new().weights([-1, -1]);
        let all = redis.zunion_with([&a, &b], negative).await?;
        assert_eq!(all, ["z", "y", "x"]);
        let sums = redis.zunion_with_scores([&a, &b]).await?;
        assert_eq!(sums, scored([("x", 1.0), ("y", 12.0), ("z", 20.0)]));
        let lowest = redis.zunion_with_scores_with([&a, &b], least()).await?;
        assert_eq!(lowest, scored([("x", 1.0), ("y", 2.0), ("z", 40.0)]));
        let stored = redis.zunionstore(&to, [&a, &b]).await?;
        let there = redis.zscore(&to, "y").await?;
        assert_eq!((stored, there), (3, Some(12.0)));
        let stored = redis.zunionstore_with(&to, [&a, &b], least()).await?;
        let there = redis.zscore(&to, "z").await?;
        assert_eq!((stored, there), (3, Some(40.0)));
    }

    async fn a_large_one_is_read_page_by_page(test) {
        let (key, redis) = (test.key("z"), &test.client);
        let members: Vec<_> = (0..1000).map(|n| (n, format!("member {n}"))).collect();
        redis.zadd(&key, &members).await?;
        let (mut cursor, mut found, mut pages) = (Some(ScanCursor::START), Vec::new(), 0);
        while let Some(here) = cursor {
            let page = redis.zscan(&key, here).await?;
            found.extend(page.items);
            cursor = page.next;
            pages += 1;
        }
        found.sort_by(|a, b| a.1.total_cmp(&b.1));
        found.dedup();
        assert!(pages > 1 && found.len() == 1000);
        assert_eq!(found[7], ("member 7".into(), 7.0));
        let one = ScanOptions::new().pattern("member 7").count(100_000);
        let page = redis.zscan_with(&key, ScanCursor::START, one).await?;
        assert_eq!((page.items, page.next), (scored([("member 7", 7.0)]), None));
    }
}
