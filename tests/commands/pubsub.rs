//! Publishing, and asking who listens.

use crate::both::both_clients;

both_clients! {
    async fn nobody_listens_where_nobody_has_subscribed(test) {
        let (channel, redis) = (test.key("ch"), &test.client);
        let (heard, heard_in_shard) =
            (redis.publish(&channel, "hello").await?, redis.spublish(&channel, "hello").await?);
        let here = redis.pubsub_channels_with(format!("{channel}*")).await?;
        let in_shards = redis.pubsub_shardchannels_with(format!("{channel}*")).await?;
        assert_eq!((heard, heard_in_shard, here.len(), in_shards.len()), (0, 0, 0, 0));
        let counts = redis.pubsub_numsub([&channel, &channel]).await?;
        assert_eq!(counts, [(channel.as_str().into(), 0), (channel.as_str().into(), 0)]);
        let counts = redis.pubsub_shardnumsub(&channel).await?;
        assert_eq!(counts, [(channel.as_str().into(), 0)]);
    }

    async fn who_listens_is_counted(test) {
        let (channel, redis) = (test.key("ch"), &test.client);
        let mut p = Redis::from_url(&test.server.url())?.pubsub();
        p.subscribe(&channel).await?;
        p.psubscribe(format!("{channel}*")).await?;
        p.ssubscribe(&channel).await?;
        let (heard, heard_in_shard) =
            (redis.publish(&channel, "hello").await?, redis.spublish(&channel, "hello").await?);
        assert_eq!((heard, heard_in_shard), (2, 1));
        let (here, in_shards) =
            (redis.pubsub_channels().await?, redis.pubsub_shardchannels().await?);
        assert!(here.iter().any(|name| name == channel.as_str()));
        assert!(in_shards.iter().any(|name| name == channel.as_str()));
        let (counts, patterns) =
            (redis.pubsub_numsub(&channel).await?, redis.pubsub_numpat().await?);
        let in_shard = redis.pubsub_shardnumsub(&channel).await?;
        assert_eq!((counts[0].1, in_shard[0].1), (1, 1));
        assert!(patterns >= 1);
        let none: [&str; 0] = [];
        let nothing = redis.pubsub_numsub(none).await?;
        assert!(nothing.is_empty());
        let help = redis.pubsub_help().await?;
        assert!(!help.is_empty());
    }
}
