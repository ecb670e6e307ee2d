//! Publishing, and asking who listens. Subscribing is the clients' `PubSub`, since its replies never end.
//!
//! Decides how these commands are written and what their replies are.

use redis_core::command::{Command, ToArg, ToArgs, table};
use redis_core::{BulkString, ExecuteCommand, Response, Shape};

/// Publishing, and asking who listens.
///
/// Left out, since they are the clients' `PubSub`: `SUBSCRIBE`, `PSUBSCRIBE`, `SSUBSCRIBE` and their opposites.
pub trait PubSubCommands: ExecuteCommand {
    /// Publishes a message.
    ///
    /// # Reply
    ///
    /// How many clients it was sent to, one that gets it by several patterns counted so often. In a cluster
    /// those of the node that was asked alone.
    ///
    /// [`PUBLISH`](https://redis.io/docs/latest/commands/publish/) · since 2.0.0 · O(N+M) where N is the number of
    /// clients subscribed to the receiving channel and M is the total number of subscribed patterns (by any
    /// client).
    ///
    /// # Example: one who listens
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let mut p = redis.pubsub();
    /// p.subscribe("publish:ch")?;
    /// assert_eq!(redis.publish("publish:ch", "hello")?, 1);
    /// assert!(p.next_message()?.is_some_and(|message| message.payload == "hello"));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn publish(&self, channel: impl ToArg, message: impl ToArg) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::PUBLISH).arg(&channel).arg(&message))
    }

    /// The channels that somebody is subscribed to, patterns and shards not counted.
    ///
    /// # Reply
    ///
    /// Their names, in no order.
    ///
    /// [`PUBSUB CHANNELS`](https://redis.io/docs/latest/commands/pubsub-channels/) · since 2.8.0 · O(N) where N
    /// is the number of active channels, and assuming constant time pattern matching (relatively short
    /// channels and patterns)
    ///
    /// # Example: who is there
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let mut p = redis.pubsub();
    /// p.subscribe("pubsub_channels:ch")?;
    /// assert!(redis.pubsub_channels()?.iter().any(|name| name == "pubsub_channels:ch"));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn pubsub_channels(&self) -> Response<'_, Self, Vec<BulkString>> {
        self.execute_command(Command::new(&table::PUBSUB_CHANNELS))
    }

    /// The channels whose names match a pattern and that somebody is subscribed to.
    ///
    /// # Reply
    ///
    /// Their names, in no order.
    ///
    /// [`PUBSUB CHANNELS`](https://redis.io/docs/latest/commands/pubsub-channels/) · since 2.8.0 · O(N) where N
    /// is the number of active channels, and assuming constant time pattern matching (relatively short
    /// channels and patterns)
    ///
    /// # Example: nobody
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// assert!(redis.pubsub_channels_with("pubsub_channels_with:nobody*")?.is_empty());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn pubsub_channels_with(&self, pattern: impl ToArg) -> Response<'_, Self, Vec<BulkString>> {
        self.execute_command(Command::new(&table::PUBSUB_CHANNELS).arg(&pattern))
    }

    /// What `PUBSUB` can do, in the server's own words.
    ///
    /// # Reply
    ///
    /// Lines of text.
    ///
    /// [`PUBSUB HELP`](https://redis.io/docs/latest/commands/pubsub-help/) · since 6.2.0 · O(1)
    ///
    /// # Example: read it
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// assert!(redis.pubsub_help()?[0].starts_with("PUBSUB"));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn pubsub_help(&self) -> Response<'_, Self, Vec<String>> {
        self.execute_command(Command::new(&table::PUBSUB_HELP))
    }

    /// How many different patterns somebody is subscribed to.
    ///
    /// # Reply
    ///
    /// Their number: of patterns, not of clients.
    ///
    /// [`PUBSUB NUMPAT`](https://redis.io/docs/latest/commands/pubsub-numpat/) · since 2.8.0 · O(1)
    ///
    /// # Example: at least one
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let mut p = redis.pubsub();
    /// p.psubscribe("pubsub_numpat:*")?;
    /// assert!(redis.pubsub_numpat()? >= 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn pubsub_numpat(&self) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::PUBSUB_NUMPAT))
    }

    /// How many clients are subscribed to each of these channels, patterns not counted.
    ///
    /// # Reply
    ///
    /// Each channel with its number, in the order in which they were given.
    ///
    /// [`PUBSUB NUMSUB`](https://redis.io/docs/latest/commands/pubsub-numsub/) · since 2.8.0 · O(N) for the NUMSUB
    /// subcommand, where N is the number of requested channels
    ///
    /// # Example: one and nobody
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let mut p = redis.pubsub();
    /// p.subscribe("pubsub_numsub:a")?;
    /// let counts = redis.pubsub_numsub(["pubsub_numsub:a", "pubsub_numsub:b"])?;
    /// assert_eq!((counts[0].1, counts[1].1), (1, 0));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn pubsub_numsub(&self, channels: impl ToArgs) -> Response<'_, Self, Vec<(BulkString, u64)>> {
        self.execute_command(
            Command::new(&table::PUBSUB_NUMSUB).args(&channels).shape(Shape::Pairs),
        )
    }

    /// The channels of shards that somebody is subscribed to.
    ///
    /// # Reply
    ///
    /// Their names, in no order.
    ///
    /// [`PUBSUB SHARDCHANNELS`](https://redis.io/docs/latest/commands/pubsub-shardchannels/) · since 7.0.0 ·
    /// O(N) where N is the number of active shard channels, and assuming constant time pattern matching
    /// (relatively short shard channels).
    ///
    /// # Example: who is there
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let mut p = redis.pubsub();
    /// p.ssubscribe("pubsub_shardchannels:ch")?;
    /// assert!(redis.pubsub_shardchannels()?.iter().any(|name| name == "pubsub_shardchannels:ch"));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn pubsub_shardchannels(&self) -> Response<'_, Self, Vec<BulkString>> {
        self.execute_command(Command::new(&table::PUBSUB_SHARDCHANNELS))
    }

    /// The channels of shards whose names match a pattern and that somebody is subscribed to.
    ///
    /// # Reply
    ///
    /// Their names, in no order.
    ///
    /// [`PUBSUB SHARDCHANNELS`](https://redis.io/docs/latest/commands/pubsub-shardchannels/) · since 7.0.0 ·
    /// O(N) where N is the number of active shard channels, and assuming constant time pattern matching
    /// (relatively short shard channels).
    ///
    /// # Example: nobody
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// assert!(redis.pubsub_shardchannels_with("pubsub_shardchannels_with:nobody*")?.is_empty());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn pubsub_shardchannels_with(
        &self,
        pattern: impl ToArg,
    ) -> Response<'_, Self, Vec<BulkString>> {
        self.execute_command(Command::new(&table::PUBSUB_SHARDCHANNELS).arg(&pattern))
    }

    /// How many clients are subscribed to each of these channels of shards.
    ///
    /// # Reply
    ///
    /// Each channel with its number, in the order in which they were given.
    ///
    /// [`PUBSUB SHARDNUMSUB`](https://redis.io/docs/latest/commands/pubsub-shardnumsub/) · since 7.0.0 · O(N) for
    /// the SHARDNUMSUB subcommand, where N is the number of requested shard channels
    ///
    /// # Example: one
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let mut p = redis.pubsub();
    /// p.ssubscribe("pubsub_shardnumsub:ch")?;
    /// let counts = redis.pubsub_shardnumsub("pubsub_shardnumsub:ch")?;
    /// assert_eq!(counts[0].1, 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn pubsub_shardnumsub(
        &self,
        channels: impl ToArgs,
    ) -> Response<'_, Self, Vec<(BulkString, u64)>> {
        self.execute_command(
            Command::new(&table::PUBSUB_SHARDNUMSUB).args(&channels).shape(Shape::Pairs),
        )
    }

    /// Publishes a message in a channel of a shard: the channel's name decides which node it belongs to.
    ///
    /// # Reply
    ///
    /// How many clients it was sent to.
    ///
    /// [`SPUBLISH`](https://redis.io/docs/latest/commands/spublish/) · since 7.0.0 · O(N) where N is the number of
    /// clients subscribed to the receiving shard channel.
    ///
    /// # Example: one who listens
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let mut p = redis.pubsub();
    /// p.ssubscribe("spublish:ch")?;
    /// assert_eq!(redis.spublish("spublish:ch", "hello")?, 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn spublish(&self, channel: impl ToArg, message: impl ToArg) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::SPUBLISH).key(&channel).arg(&message))
    }
}

impl<C: ExecuteCommand + ?Sized> PubSubCommands for C {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{read, wire};

    #[test]
    fn commands_are_written_as_the_reference_says() {
        assert_eq!(wire(|r| r.publish("ch", "m")), "PUBLISH ch m");
        assert_eq!(wire(|r| r.spublish("ch", "m")), "SPUBLISH [ch] m");
        assert_eq!(wire(|r| r.pubsub_channels()), "PUBSUB CHANNELS");
        assert_eq!(wire(|r| r.pubsub_channels_with("c*")), "PUBSUB CHANNELS c*");
        assert_eq!(wire(|r| r.pubsub_help()), "PUBSUB HELP");
        assert_eq!(wire(|r| r.pubsub_numpat()), "PUBSUB NUMPAT");
        assert_eq!(wire(|r| r.pubsub_numsub(["a", "b"])), "PUBSUB NUMSUB a b");
        assert_eq!(wire(|r| r.pubsub_shardchannels()), "PUBSUB SHARDCHANNELS");
        assert_eq!(wire(|r| r.pubsub_shardchannels_with("c*")), "PUBSUB SHARDCHANNELS c*");
        assert_eq!(wire(|r| r.pubsub_shardnumsub("a")), "PUBSUB SHARDNUMSUB a");
    }

    #[test]
    fn channels_stand_beside_their_numbers() {
        let flat = "*4 $1 a :2 $1 b :0 ";
        let counts = read(flat, flat, |r| r.pubsub_numsub(["a", "b"]));
        assert_eq!(counts, [("a".into(), 2), ("b".into(), 0)]);
        assert_eq!(read("*0 ", "*0 ", |r| r.pubsub_shardnumsub(["a"; 0])), []);
    }
}
