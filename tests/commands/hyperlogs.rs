//! HyperLogLogs: what was seen is counted once.

use crate::both::both_clients;

both_clients! {
    async fn different_elements_are_counted(test) {
        let (key, none, redis) = (test.key("p"), test.key("none"), &test.client);
        let new = redis.pfadd(&key, ["a", "b", "c"]).await?;
        let seen = redis.pfadd(&key, ["a", "c"]).await?;
        let (count, nothing) = (redis.pfcount(&key).await?, redis.pfcount(&none).await?);
        assert_eq!((new, seen, count, nothing), (true, false, 3, 0));
    }

    async fn to_add_nothing_makes_an_empty_one(test) {
        let (key, redis) = (test.key("p"), &test.client);
        let nothing: [&str; 0] = [];
        let made = redis.pfadd(&key, nothing).await?;
        let again = redis.pfadd(&key, nothing).await?;
        let (there, count) = (redis.exists(&key).await?, redis.pfcount(&key).await?);
        assert_eq!((made, again, there, count), (true, false, 1, 0));
    }

    async fn several_are_counted_and_merged_as_one(test) {
        let (a, b, to, redis) = (test.key("a"), test.key("b"), test.key("to"), &test.client);
        redis.pfadd(&a, ["x", "y"]).await?;
        redis.pfadd(&b, ["y", "z"]).await?;
        let both = redis.pfcount([&a, &b]).await?;
        redis.pfadd(&to, "w").await?;
        redis.pfmerge(&to, [&a, &b]).await?;
        let merged = redis.pfcount(&to).await?;
        assert_eq!((both, merged), (3, 4));
    }

    async fn a_hyperloglog_is_asked_for_where_something_else_is(test) {
        let (key, redis) = (test.key("v"), &test.client);
        redis.set(&key, "no hyperloglog").await?;
        let refused = redis.pfcount(&key).await;
        assert!(refused.is_err_and(|error| error.code() == Some("WRONGTYPE")));
    }
}
