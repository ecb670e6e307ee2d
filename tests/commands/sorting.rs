//! Sorting lists, sets and sorted sets on the server.

use crate::both::both_clients;
use redis_sync::SortOptions;

both_clients! {
    async fn elements_are_sorted_as_numbers_or_as_text(test) {
        let (key, redis) = (test.key("k"), &test.client);
        redis.rpush(&key, [3, 10, 2]).await?;
        let (numbers, read) = (redis.sort(&key).await?, redis.sort_ro(&key).await?);
        assert_eq!((&numbers[..], &read), (&["2".into(), "3".into(), "10".into()][..], &numbers));
        let text = SortOptions::new().alpha();
        let words = redis.sort_with(&key, text.clone()).await?;
        let read = redis.sort_ro_with(&key, text).await?;
        assert_eq!((&words[..], &read), (&["10".into(), "2".into(), "3".into()][..], &words));
        let part = SortOptions::new().descending().limit(1, 1);
        let part = redis.sort_with(&key, part).await?;
        assert_eq!(part, ["3"]);
        let none = redis.sort(test.key("none")).await?;
        assert_eq!(none, [""; 0]);
        redis.rpush(&key, "word").await?;
        let error = redis.sort(&key).await.unwrap_err();
        assert_eq!(error.code(), Some("ERR"));
        let string = test.key("string");
        redis.set(&string, "v").await?;
        let error = redis.sort_ro(&string).await.unwrap_err();
        assert_eq!(error.code(), Some("WRONGTYPE"));
    }

    async fn elements_are_sorted_by_other_keys_and_these_are_fetched(test) {
        let (key, redis) = (test.key("k"), &test.client);
        redis.rpush(&key, ["a", "b", "c"]).await?;
        redis.mset([(test.key("w:a"), 3), (test.key("w:b"), 1), (test.key("w:c"), 2)]).await?;
        redis.hset(test.key("h:c"), ("name", "C")).await?;
        let by_weight = SortOptions::by(test.key("w:*"));
        let sorted = redis.sort_with(&key, by_weight.clone()).await?;
        assert_eq!(sorted, ["b", "c", "a"]);
        let patterns = ["#".to_owned(), test.key("h:*->name")];
        let fetched = redis.sort_get(&key, &patterns, by_weight.clone()).await?;
        let read = redis.sort_ro_get(&key, &patterns, by_weight).await?;
        let named = [Some("b"), None, Some("c"), Some("C"), Some("a"), None];
        assert_eq!(fetched, named.map(|name| name.map(Into::into)));
        assert_eq!(read, fetched);
        let kept = redis.sort_with(&key, SortOptions::unsorted()).await?;
        assert_eq!(kept, ["a", "b", "c"]);
    }

    async fn what_was_sorted_is_kept(test) {
        let (key, to, redis) = (test.key("k"), test.key("to"), &test.client);
        redis.rpush(&key, [3, 10, 2]).await?;
        redis.set(test.key("n:2"), "two").await?;
        let length = redis.sort_store(&key, &to, SortOptions::new()).await?;
        let list = redis.lrange(&to, 0, -1).await?;
        assert_eq!((length, list), (3, vec!["2".into(), "3".into(), "10".into()]));
        let first = SortOptions::new().limit(0, 2);
        let length = redis.sort_store_get(&key, &to, test.key("n:*"), first).await?;
        let list = redis.lrange(&to, 0, -1).await?;
        assert_eq!((length, list), (2, vec!["two".into(), "".into()]));
        let none = redis.sort_store(test.key("none"), &to, SortOptions::new()).await?;
        let left = redis.exists(&to).await?;
        assert_eq!((none, left), (0, 0));
    }
}
