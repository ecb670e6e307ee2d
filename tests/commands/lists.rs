//! Lists: values in order, put in, taken out and moved at either end.

use crate::both::both_clients;
use redis_sync::ListEnd::{Left, Right};
use redis_sync::{BulkString, LMPopOptions, LPosOptions, ListInsertion, ListPlace};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// As short as a server waits.
const MOMENT: Duration = Duration::from_millis(1);

fn values<const N: usize>(values: [&str; N]) -> Vec<BulkString> {
    values.into_iter().map(BulkString::from).collect()
}

both_clients! {
    async fn values_are_put_at_both_ends(test) {
        let (key, redis) = (test.key("l"), &test.client);
        let lengths = (redis.rpush(&key, ["c", "d"]).await?, redis.lpush(&key, ["b", "a"]).await?);
        let (all, length) = (redis.lrange(&key, 0, -1).await?, redis.llen(&key).await?);
        assert_eq!((lengths, all, length), ((2, 4), values(["a", "b", "c", "d"]), 4));
        let (some, none) = (redis.lrange(&key, 1, 2).await?, redis.lrange(&key, 5, 9).await?);
        assert_eq!((some, none), (values(["b", "c"]), vec![]));
    }

    async fn values_are_put_only_where_a_list_is(test) {
        let (key, none, redis) = (test.key("l"), test.key("none"), &test.client);
        redis.rpush(&key, "b").await?;
        let there = (redis.lpushx(&key, "a").await?, redis.rpushx(&key, ["c", "d"]).await?);
        let nowhere = (redis.lpushx(&none, "a").await?, redis.rpushx(&none, "a").await?);
        let all = redis.lrange(&key, 0, -1).await?;
        assert_eq!((there, nowhere, all), ((2, 4), (0, 0), values(["a", "b", "c", "d"])));
    }

    async fn values_are_taken_from_both_ends(test) {
        let (key, none, redis) = (test.key("l"), test.key("none"), &test.client);
        redis.rpush(&key, ["a", "b", "c", "d", "e", "f"]).await?;
        let (first, last) = (redis.lpop(&key).await?, redis.rpop(&key).await?);
        assert_eq!((first, last), (Some("a".into()), Some("f".into())));
        let (first, last) = (redis.lpop_count(&key, 2).await?, redis.rpop_count(&key, 5).await?);
        assert_eq!((first, last), (Some(values(["b", "c"])), Some(values(["e", "d"]))));
        let (first, last) = (redis.lpop(&none).await?, redis.rpop(&none).await?);
        assert_eq!((first, last), (None, None));
        let (first, last) = (redis.lpop_count(&none, 2).await?, redis.rpop_count(&none, 2).await?);
        assert_eq!((first, last), (None, None));
    }

    async fn values_are_read_and_replaced_by_index(test) {
        let (key, redis) = (test.key("l"), &test.client);
        redis.rpush(&key, ["a", "b", "c"]).await?;
        redis.lset(&key, -1, "z").await?;
        let found = [
            redis.lindex(&key, 0).await?,
            redis.lindex(&key, -1).await?,
            redis.lindex(&key, 3).await?,
            redis.lindex(test.key("none"), 0).await?,
        ];
        assert_eq!(found, [Some("a".into()), Some("z".into()), None, None]);
        let outside = redis.lset(&key, 3, "z").await;
        assert!(outside.is_err_and(|error| error.code() == Some("ERR")));
        let nowhere = redis.lset(test.key("none"), 0, "z").await;
        assert!(nowhere.is_err_and(|error| error.code() == Some("ERR")));
    }

    async fn values_are_inserted_beside_others(test) {
        let (key, redis) = (test.key("l"), &test.client);
        redis.rpush(&key, ["b", "d"]).await?;
        let inserted = [
            redis.linsert(&key, ListPlace::Before, "b", "a").await?,
            redis.linsert(&key, ListPlace::After, "b", "c").await?,
            redis.linsert(&key, ListPlace::After, "z", "y").await?,
            redis.linsert(test.key("none"), ListPlace::After, "z", "y").await?,
        ];
        let (three, four) = (ListInsertion::Length(3), ListInsertion::Length(4));
        assert_eq!(inserted, [three, four, ListInsertion::NoPivot, ListInsertion::NoList]);
        let all = redis.lrange(&key, 0, -1).await?;
        assert_eq!(all, values(["a", "b", "c", "d"]));
    }

    async fn values_are_taken_away_by_what_they_are(test) {
        let (key, redis) = (test.key("l"), &test.client);
        redis.rpush(&key, ["a", "b", "a", "c", "a", "b"]).await?;
        let first = redis.lrem(&key, 1, "a").await?;
        let last = redis.lrem(&key, -1, "b").await?;
        let left = redis.lrange(&key, 0, -1).await?;
        assert_eq!((first, last, left), (1, 1, values(["b", "a", "c", "a"])));
        let all = redis.lrem(&key, 0, "a").await?;
        let none = redis.lrem(&key, 0, "z").await?;
        let left = redis.lrange(&key, 0, -1).await?;
        assert_eq!((all, none, left), (2, 0, values(["b", "c"])));
    }

    async fn a_list_is_trimmed(test) {
        let (key, redis) = (test.key("l"), &test.client);
        redis.rpush(&key, ["a", "b", "c", "d"]).await?;
        redis.ltrim(&key, 1, -2).await?;
        let left = redis.lrange(&key, 0, -1).await?;
        assert_eq!(left, values(["b", "c"]));
        redis.ltrim(&key, 5, 9).await?;
        let there = redis.exists(&key).await?;
        assert_eq!(there, 0);
    }

    async fn values_are_found(test) {
        let (key, none, redis) = (test.key("l"), test.key("none"), &test.client);
        redis.rpush(&key, ["a", "b", "a", "c", "a"]).await?;
        let from_the_end = LPosOptions::new().rank(-1);
        let found = [
            redis.lpos(&key, "a").await?,
            redis.lpos_with(&key, "a", LPosOptions::new().rank(2)).await?,
            redis.lpos_with(&key, "a", from_the_end).await?,
            redis.lpos_with(&key, "c", LPosOptions::new().max_length(2)).await?,
            redis.lpos(&key, "z").await?,
            redis.lpos(&none, "a").await?,
        ];
        assert_eq!(found, [Some(0), Some(2), Some(4), None, None, None]);
        let all = redis.lpos_count(&key, "a", 0).await?;
        let two = redis.lpos_count_with(&key, "a", 2, from_the_end).await?;
        let nothing = redis.lpos_count(&none, "a", 0).await?;
        assert_eq!((all, two, nothing), (vec![0, 2, 4], vec![4, 2], vec![]));
    }

    async fn values_move_to_another_list(test) {
        let (a, b, none, redis) = (test.key("a"), test.key("b"), test.key("none"), &test.client);
        redis.rpush(&a, ["x", "y", "z"]).await?;
        let last = redis.lmove(&a, &b, Right, Left).await?;
        let first = redis.lmove(&a, &b, Left, Left).await?;
        let waited = redis.blmove(&a, &b, Left, Right, SECOND).await?;
        assert_eq!([last, first, waited], [Some("z".into()), Some("x".into()), Some("y".into())]);
        let all = redis.lrange(&b, 0, -1).await?;
        assert_eq!(all, values(["x", "z", "y"]));
        let nothing = redis.lmove(&none, &b, Left, Left).await?;
        let in_vain = redis.blmove(&none, &b, Left, Left, MOMENT).await?;
        assert_eq!((nothing, in_vain), (None, None));
    }

    async fn the_first_list_that_has_something_gives_it(test) {
        let (a, b, redis) = (test.key("a"), test.key("b"), &test.client);
        redis.rpush(&b, ["1", "2", "3", "4", "5"]).await?;
        let (keys, two) = ([&a, &b], LMPopOptions::new().count(2));
        let one = redis.lmpop(keys, Left).await?;
        assert_eq!(one, Some((b.as_str().into(), values(["1"]))));
        let several = redis.lmpop_with(keys, Right, two).await?;
        assert_eq!(several, Some((b.as_str().into(), values(["5", "4"]))));
        redis.rpush(&a, "0").await?;
        let waited = redis.blmpop(keys, Left, SECOND).await?;
        assert_eq!(waited, Some((a.as_str().into(), values(["0"]))));
        let waited = redis.blmpop_with(keys, Left, SECOND, two).await?;
        assert_eq!(waited, Some((b.as_str().into(), values(["2", "3"]))));
        let nothing = redis.lmpop(keys, Left).await?;
        let in_vain = redis.blmpop(keys, Left, MOMENT).await?;
        assert_eq!((nothing, in_vain), (None, None));
    }

    async fn the_first_list_that_has_something_gives_one_value_and_is_waited_for(test) {
        let (a, b, redis) = (test.key("a"), test.key("b"), &test.client);
        redis.rpush(&b, ["1", "2"]).await?;
        let first = redis.blpop([&a, &b], SECOND).await?;
        assert_eq!(first, Some((b.as_str().into(), "1".into())));
        let last = redis.brpop([&a, &b], SECOND).await?;
        assert_eq!(last, Some((b.as_str().into(), "2".into())));
        let (first, last) = (redis.blpop(&a, MOMENT).await?, redis.brpop(&a, MOMENT).await?);
        assert_eq!((first, last), (None, None));
    }

    async fn a_list_is_asked_for_where_another_type_is(test) {
        let (key, redis) = (test.key("v"), &test.client);
        redis.set(&key, "v").await?;
        let refused = redis.lpush(&key, "a").await;
        assert!(refused.is_err_and(|error| error.code() == Some("WRONGTYPE")));
        let refused = redis.blpop(&key, MOMENT).await;
        assert!(refused.is_err_and(|error| error.code() == Some("WRONGTYPE")));
    }
}
