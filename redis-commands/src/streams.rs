//! Streams: logs of entries, read alone or shared out among the consumers of a group.
//!
//! Decides how these commands are written. Does not loop: to wait for entries again and again, or to claim
//! page after page, is the caller's.

use crate::arguments::Arguments;
use crate::expiry::Millis;
use crate::stream_options::{
    StreamOffsets, XAddOptions, XAutoClaimOptions, XGroupCreateOptions, XRangeOptions,
    XReadGroupOptions, XReadOptions,
};
use crate::stream_replies::{
    AutoClaimed, PendingSummary, StreamEntry, StreamId, StreamInfo, StreamsRead,
};
use redis_core::command::{Command, ToArg, ToArgs, table};
use redis_core::{ExecuteCommand, Response};
use std::time::Duration;

/// Commands on streams. Each answers `WRONGTYPE` if the key holds something else.
pub trait StreamCommands: ExecuteCommand {
    /// Says that entries are done, so that the group forgets them.
    ///
    /// # Reply
    ///
    /// How many of them were pending.
    ///
    /// [`XACK`](https://redis.io/docs/latest/commands/xack/) · since 5.0.0 · O(1) for each message ID
    /// processed.
    ///
    /// # Example: read, work, acknowledge
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::XGroupCreateOptions;
    ///
    /// redis.del("xack:s")?;
    /// let made = XGroupCreateOptions::new().make_stream();
    /// redis.xgroup_create_with("xack:s", "workers", "0", made)?;
    /// let id = redis.xadd("xack:s", ("job", 1))?;
    /// redis.xreadgroup("workers", "me", ("xack:s", ">"))?;
    /// assert_eq!(redis.xack("xack:s", "workers", id)?, 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xack(
        &self,
        key: impl ToArg,
        group: impl ToArg,
        ids: impl ToArgs,
    ) -> Response<'_, Self, u64> {
        self.execute_command(
            Command::new(&table::XACK).key(&key).arg(&group).args(&ids).at_least(3, "ids"),
        )
    }

    /// Adds an entry: a pair of field and value, pairs, or a map. The server makes its id.
    ///
    /// # Reply
    ///
    /// The id.
    ///
    /// [`XADD`](https://redis.io/docs/latest/commands/xadd/) · since 5.0.0 · O(1) when adding a new entry,
    /// O(N) when trimming where N being the number of entries evicted.
    ///
    /// # Example: log something
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("xadd:s")?;
    /// let id = redis.xadd("xadd:s", [("user", "ada"), ("did", "login")])?;
    /// assert_eq!(redis.xrange("xadd:s", id, id)?.len(), 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xadd(&self, key: impl ToArg, fields: impl ToArgs) -> Response<'_, Self, StreamId> {
        self.xadd_with(key, fields, XAddOptions::new())
    }

    /// [`xadd`](Self::xadd) with an id of one's own, or with trimming.
    ///
    /// # Reply
    ///
    /// The id.
    ///
    /// # Errors
    ///
    /// `ERR` if the id is not greater than all before.
    ///
    /// [`XADD`](https://redis.io/docs/latest/commands/xadd/) · since 5.0.0 · O(1) when adding a new entry,
    /// O(N) when trimming where N being the number of entries evicted.
    ///
    /// # Example: keep the last two
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::{StreamTrim, XAddOptions};
    ///
    /// redis.del("xadd_with:s")?;
    /// for n in 0..3 {
    ///     let options = XAddOptions::new().trim(StreamTrim::max_length(2));
    ///     redis.xadd_with("xadd_with:s", ("n", n), options)?;
    /// }
    /// assert_eq!(redis.xlen("xadd_with:s")?, 2);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xadd_with(
        &self,
        key: impl ToArg,
        fields: impl ToArgs,
        options: XAddOptions,
    ) -> Response<'_, Self, StreamId> {
        self.execute_command(
            Command::new(&table::XADD).key(&key).args(&options).in_pairs("fields", &fields),
        )
    }

    /// [`xadd_with`](Self::xadd_with) to a stream that must exist (`NOMKSTREAM`).
    ///
    /// # Reply
    ///
    /// The id; `None` if the key does not exist.
    ///
    /// # Errors
    ///
    /// `ERR` if the id is not greater than all before.
    ///
    /// [`XADD`](https://redis.io/docs/latest/commands/xadd/) · since 5.0.0 · O(1) when adding a new entry,
    /// O(N) when trimming where N being the number of entries evicted.
    ///
    /// # Example: nobody listens
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::XAddOptions;
    ///
    /// redis.del("xadd_existing:s")?;
    /// assert_eq!(redis.xadd_existing("xadd_existing:s", ("n", 1), XAddOptions::new())?, None);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xadd_existing(
        &self,
        key: impl ToArg,
        fields: impl ToArgs,
        options: XAddOptions,
    ) -> Response<'_, Self, Option<StreamId>> {
        self.execute_command(
            Command::new(&table::XADD)
                .key(&key)
                .arg("NOMKSTREAM")
                .args(&options)
                .in_pairs("fields", &fields),
        )
    }

    /// Takes over entries, from id `start` on, that other consumers have had for `min_idle` without
    /// acknowledging them.
    ///
    /// # Reply
    ///
    /// The entries, and where to go on.
    ///
    /// # Errors
    ///
    /// `NOGROUP` if there is no such group or key.
    ///
    /// [`XAUTOCLAIM`](https://redis.io/docs/latest/commands/xautoclaim/) · since 6.2.0 · O(1) if COUNT is
    /// small.
    ///
    /// # Example: take over what was left lying
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::XGroupCreateOptions;
    /// use std::time::Duration;
    ///
    /// redis.del("xautoclaim:s")?;
    /// let made = XGroupCreateOptions::new().make_stream();
    /// redis.xgroup_create_with("xautoclaim:s", "g", "0", made)?;
    /// redis.xadd("xautoclaim:s", ("job", 1))?;
    /// redis.xreadgroup("g", "gone", ("xautoclaim:s", ">"))?;
    /// let claimed = redis.xautoclaim("xautoclaim:s", "g", "me", Duration::ZERO, "0")?;
    /// assert_eq!(claimed.entries.len(), 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xautoclaim(
        &self,
        key: impl ToArg,
        group: impl ToArg,
        consumer: impl ToArg,
        min_idle: Duration,
        start: impl ToArg,
    ) -> Response<'_, Self, AutoClaimed> {
        self.xautoclaim_with(key, group, consumer, min_idle, start, XAutoClaimOptions::new())
    }

    /// [`xautoclaim`](Self::xautoclaim) of so many entries.
    ///
    /// # Reply
    ///
    /// The entries, and where to go on.
    ///
    /// # Errors
    ///
    /// `NOGROUP` if there is no such group or key.
    ///
    /// [`XAUTOCLAIM`](https://redis.io/docs/latest/commands/xautoclaim/) · since 6.2.0 · O(1) if COUNT is
    /// small.
    ///
    /// # Example: one at a time
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::{StreamId, XAutoClaimOptions, XGroupCreateOptions};
    /// use std::time::Duration;
    ///
    /// let key = "xautoclaim_with:s";
    /// redis.del(key)?;
    /// redis.xgroup_create_with(key, "g", "0", XGroupCreateOptions::new().make_stream())?;
    /// let one = XAutoClaimOptions::new().count(1);
    /// let claimed = redis.xautoclaim_with(key, "g", "me", Duration::ZERO, "0", one)?;
    /// assert_eq!(claimed.next, StreamId::MIN);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xautoclaim_with(
        &self,
        key: impl ToArg,
        group: impl ToArg,
        consumer: impl ToArg,
        min_idle: Duration,
        start: impl ToArg,
        options: XAutoClaimOptions,
    ) -> Response<'_, Self, AutoClaimed> {
        self.execute_command(
            Command::new(&table::XAUTOCLAIM)
                .key(&key)
                .arg(&group)
                .arg(&consumer)
                .arg(&Millis(min_idle))
                .arg(&start)
                .args(&options),
        )
    }

    /// Makes a group that begins after `id`: `"0"` for all entries, `"$"` for those from now on.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// # Errors
    ///
    /// `BUSYGROUP` if the group exists; `ERR` if the stream does not.
    ///
    /// [`XGROUP CREATE`](https://redis.io/docs/latest/commands/xgroup-create/) · since 5.0.0 · O(1)
    ///
    /// # Example: a group for what comes
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("xgroup_create:s")?;
    /// redis.xadd("xgroup_create:s", ("n", 1))?;
    /// redis.xgroup_create("xgroup_create:s", "workers", "$")?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xgroup_create(
        &self,
        key: impl ToArg,
        group: impl ToArg,
        id: impl ToArg,
    ) -> Response<'_, Self, ()> {
        self.xgroup_create_with(key, group, id, XGroupCreateOptions::new())
    }

    /// [`xgroup_create`](Self::xgroup_create), also where there is no stream yet.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// # Errors
    ///
    /// `BUSYGROUP` if the group exists; `ERR` if the stream does not and shall not be made.
    ///
    /// [`XGROUP CREATE`](https://redis.io/docs/latest/commands/xgroup-create/) · since 5.0.0 · O(1)
    ///
    /// # Example: before the first entry
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::XGroupCreateOptions;
    ///
    /// redis.del("xgroup_create_with:s")?;
    /// let made = XGroupCreateOptions::new().make_stream();
    /// redis.xgroup_create_with("xgroup_create_with:s", "workers", "0", made)?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xgroup_create_with(
        &self,
        key: impl ToArg,
        group: impl ToArg,
        id: impl ToArg,
        options: XGroupCreateOptions,
    ) -> Response<'_, Self, ()> {
        self.execute_command(
            Command::new(&table::XGROUP_CREATE).key(&key).arg(&group).arg(&id).args(&options),
        )
    }

    /// What the server says of a stream.
    ///
    /// # Reply
    ///
    /// Its facts.
    ///
    /// # Errors
    ///
    /// `ERR` if the key does not exist.
    ///
    /// [`XINFO STREAM`](https://redis.io/docs/latest/commands/xinfo-stream/) · since 5.0.0 · O(1)
    ///
    /// # Example: the last entry
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("xinfo_stream:s")?;
    /// let id = redis.xadd("xinfo_stream:s", ("n", 1))?;
    /// assert_eq!(redis.xinfo_stream("xinfo_stream:s")?.last_generated_id, id);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xinfo_stream(&self, key: impl ToArg) -> Response<'_, Self, StreamInfo> {
        self.execute_command(Command::new(&table::XINFO_STREAM).key(&key))
    }

    /// How many entries the stream has.
    ///
    /// # Reply
    ///
    /// The number; 0 if the key does not exist.
    ///
    /// [`XLEN`](https://redis.io/docs/latest/commands/xlen/) · since 5.0.0 · O(1)
    ///
    /// # Example: count
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("xlen:s")?;
    /// redis.xadd("xlen:s", ("n", 1))?;
    /// assert_eq!(redis.xlen("xlen:s")?, 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xlen(&self, key: impl ToArg) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::XLEN).key(&key))
    }

    /// What the group has delivered and not had acknowledged, in sum.
    ///
    /// # Reply
    ///
    /// The number, the least and the greatest id, and the number for each consumer.
    ///
    /// # Errors
    ///
    /// `NOGROUP` if there is no such group or key.
    ///
    /// [`XPENDING`](https://redis.io/docs/latest/commands/xpending/) · since 5.0.0 · O(N) with N being the
    /// number of elements returned, so asking for a small fixed number of entries per call is O(1). O(M),
    /// where M is the total number of entries scanned when used with the IDLE filter. When the command
    /// returns just the summary and the list of consumers is small, it runs in O(1) time; otherwise, an
    /// additional O(N) time for iterating every consumer.
    ///
    /// # Example: nothing is pending
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("xpending:s")?;
    /// redis.xadd("xpending:s", ("n", 1))?;
    /// redis.xgroup_create("xpending:s", "workers", "0")?;
    /// assert_eq!(redis.xpending("xpending:s", "workers")?.count, 0);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xpending(&self, key: impl ToArg, group: impl ToArg) -> Response<'_, Self, PendingSummary> {
        self.execute_command(Command::new(&table::XPENDING).key(&key).arg(&group))
    }

    /// The entries from id `start` to `end`, both included; `"-"` and `"+"` are the ends of the stream.
    ///
    /// # Reply
    ///
    /// The entries, in order.
    ///
    /// [`XRANGE`](https://redis.io/docs/latest/commands/xrange/) · since 5.0.0 · O(N) with N being the
    /// number of elements being returned. If N is constant (e.g. always asking for the first 10 elements
    /// with COUNT), you can consider it O(1).
    ///
    /// # Example: read all
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("xrange:s")?;
    /// redis.xadd("xrange:s", ("n", 1))?;
    /// let entries = redis.xrange("xrange:s", "-", "+")?;
    /// assert!(entries[0].get("n").is_some_and(|n| n == "1"));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xrange(
        &self,
        key: impl ToArg,
        start: impl ToArg,
        end: impl ToArg,
    ) -> Response<'_, Self, Vec<StreamEntry>> {
        self.xrange_with(key, start, end, XRangeOptions::new())
    }

    /// [`xrange`](Self::xrange) of so many entries.
    ///
    /// # Reply
    ///
    /// The entries, in order.
    ///
    /// [`XRANGE`](https://redis.io/docs/latest/commands/xrange/) · since 5.0.0 · O(N) with N being the
    /// number of elements being returned. If N is constant (e.g. always asking for the first 10 elements
    /// with COUNT), you can consider it O(1).
    ///
    /// # Example: the first entry
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::XRangeOptions;
    ///
    /// redis.del("xrange_with:s")?;
    /// for n in 0..3 {
    ///     redis.xadd("xrange_with:s", ("n", n))?;
    /// }
    /// let first = redis.xrange_with("xrange_with:s", "-", "+", XRangeOptions::new().count(1))?;
    /// assert_eq!(first.len(), 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xrange_with(
        &self,
        key: impl ToArg,
        start: impl ToArg,
        end: impl ToArg,
        options: XRangeOptions,
    ) -> Response<'_, Self, Vec<StreamEntry>> {
        self.execute_command(
            Command::new(&table::XRANGE).key(&key).arg(&start).arg(&end).args(&options),
        )
    }

    /// The entries that were added after an id, of one stream or several.
    ///
    /// # Reply
    ///
    /// The entries by stream, of the same shape on both protocols; empty if there are none.
    ///
    /// [`XREAD`](https://redis.io/docs/latest/commands/xread/) · since 5.0.0
    ///
    /// # Example: read a stream from its beginning
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("xread:s")?;
    /// redis.xadd("xread:s", ("n", 1))?;
    /// assert_eq!(redis.xread(("xread:s", "0"))?.get("xread:s").len(), 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xread(&self, streams: impl StreamOffsets) -> Response<'_, Self, StreamsRead> {
        self.xread_with(streams, XReadOptions::new())
    }

    /// [`xread`](Self::xread) of so many entries, or waiting for some.
    ///
    /// # Reply
    ///
    /// The entries by stream; empty if none came in time.
    ///
    /// [`XREAD`](https://redis.io/docs/latest/commands/xread/) · since 5.0.0
    ///
    /// # Example: wait for what comes
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::XReadOptions;
    /// use std::time::Duration;
    ///
    /// redis.del("xread_with:s")?;
    /// let wait = XReadOptions::new().block(Duration::from_millis(10)).count(10);
    /// assert!(redis.xread_with([("xread_with:s", "$")], wait)?.is_empty());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xread_with(
        &self,
        streams: impl StreamOffsets,
        options: XReadOptions,
    ) -> Response<'_, Self, StreamsRead> {
        self.execute_command(
            Command::new(&table::XREAD).args(&options).streams(&streams).block(options.blocking()),
        )
    }

    /// Entries for one consumer of a group: new ones after `">"`, else those it has and has not
    /// acknowledged.
    ///
    /// # Reply
    ///
    /// The entries by stream, of the same shape on both protocols; empty if there are none.
    ///
    /// # Errors
    ///
    /// `NOGROUP` if there is no such group or stream.
    ///
    /// [`XREADGROUP`](https://redis.io/docs/latest/commands/xreadgroup/) · since 5.0.0 · For each stream
    /// mentioned: O(M) with M being the number of elements returned. If M is constant (e.g. always asking
    /// for the first 10 elements with COUNT), you can consider it O(1). On the other side when XREADGROUP
    /// blocks, XADD will pay the O(N) time in order to serve the N clients blocked on the stream getting
    /// new data.
    ///
    /// # Example: share out the work
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("xreadgroup:s")?;
    /// redis.xadd("xreadgroup:s", ("job", 1))?;
    /// redis.xgroup_create("xreadgroup:s", "workers", "0")?;
    /// let read = redis.xreadgroup("workers", "me", ("xreadgroup:s", ">"))?;
    /// assert_eq!(read.get("xreadgroup:s").len(), 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xreadgroup(
        &self,
        group: impl ToArg,
        consumer: impl ToArg,
        streams: impl StreamOffsets,
    ) -> Response<'_, Self, StreamsRead> {
        self.xreadgroup_with(group, consumer, streams, XReadGroupOptions::new())
    }

    /// [`xreadgroup`](Self::xreadgroup) of so many entries, waiting for some, or without acknowledgement.
    ///
    /// # Reply
    ///
    /// The entries by stream; empty if none came in time.
    ///
    /// # Errors
    ///
    /// `NOGROUP` if there is no such group or stream.
    ///
    /// [`XREADGROUP`](https://redis.io/docs/latest/commands/xreadgroup/) · since 5.0.0 · For each stream
    /// mentioned: O(M) with M being the number of elements returned. If M is constant (e.g. always asking
    /// for the first 10 elements with COUNT), you can consider it O(1). On the other side when XREADGROUP
    /// blocks, XADD will pay the O(N) time in order to serve the N clients blocked on the stream getting
    /// new data.
    ///
    /// # Example: wait for work
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::XReadGroupOptions;
    /// use std::time::Duration;
    ///
    /// redis.del("xreadgroup_with:s")?;
    /// redis.xadd("xreadgroup_with:s", ("job", 1))?;
    /// redis.xgroup_create("xreadgroup_with:s", "workers", "$")?;
    /// let wait = XReadGroupOptions::new().block(Duration::from_millis(10));
    /// let read = redis.xreadgroup_with("workers", "me", ("xreadgroup_with:s", ">"), wait)?;
    /// assert!(read.is_empty());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xreadgroup_with(
        &self,
        group: impl ToArg,
        consumer: impl ToArg,
        streams: impl StreamOffsets,
        options: XReadGroupOptions,
    ) -> Response<'_, Self, StreamsRead> {
        self.execute_command(
            Command::new(&table::XREADGROUP)
                .arg("GROUP")
                .arg(&group)
                .arg(&consumer)
                .args(&options)
                .streams(&streams)
                .block(options.blocking()),
        )
    }

    /// The entries from id `end` back to `start`, both included.
    ///
    /// # Reply
    ///
    /// The entries, last first.
    ///
    /// [`XREVRANGE`](https://redis.io/docs/latest/commands/xrevrange/) · since 5.0.0 · O(N) with N being
    /// the number of elements returned. If N is constant (e.g. always asking for the first 10 elements with
    /// COUNT), you can consider it O(1).
    ///
    /// # Example: the last first
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("xrevrange:s")?;
    /// redis.xadd("xrevrange:s", ("n", 1))?;
    /// let last = redis.xadd("xrevrange:s", ("n", 2))?;
    /// assert_eq!(redis.xrevrange("xrevrange:s", "+", "-")?[0].id, last);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xrevrange(
        &self,
        key: impl ToArg,
        end: impl ToArg,
        start: impl ToArg,
    ) -> Response<'_, Self, Vec<StreamEntry>> {
        self.xrevrange_with(key, end, start, XRangeOptions::new())
    }

    /// [`xrevrange`](Self::xrevrange) of so many entries.
    ///
    /// # Reply
    ///
    /// The entries, last first.
    ///
    /// [`XREVRANGE`](https://redis.io/docs/latest/commands/xrevrange/) · since 5.0.0 · O(N) with N being
    /// the number of elements returned. If N is constant (e.g. always asking for the first 10 elements with
    /// COUNT), you can consider it O(1).
    ///
    /// # Example: the last entry
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::XRangeOptions;
    ///
    /// redis.del("xrevrange_with:s")?;
    /// let id = redis.xadd("xrevrange_with:s", ("n", 1))?;
    /// let last = redis.xrevrange_with("xrevrange_with:s", "+", "-", XRangeOptions::new().count(1))?;
    /// assert_eq!(last[0].id, id);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xrevrange_with(
        &self,
        key: impl ToArg,
        end: impl ToArg,
        start: impl ToArg,
        options: XRangeOptions,
    ) -> Response<'_, Self, Vec<StreamEntry>> {
        self.execute_command(
            Command::new(&table::XREVRANGE).key(&key).arg(&end).arg(&start).args(&options),
        )
    }
}

impl<C: ExecuteCommand + ?Sized> StreamCommands for C {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StreamTrim;
    use crate::rehearsal::{read, refusal, sent, wire};
    use redis_core::command::Block;
    use std::collections::BTreeMap;

    #[test]
    fn commands_are_written_as_the_reference_says() {
        let id = StreamId::new(5, 1);
        assert_eq!(wire(|r| r.xack("s", "g", [id, id])), "XACK [s] g 5-1 5-1");
        assert_eq!(wire(|r| r.xadd("s", [("a", 1), ("b", 2)])), "XADD [s] * a 1 b 2");
        let idle = Duration::from_secs(2);
        assert_eq!(wire(|r| r.xautoclaim("s", "g", "c", idle, id)), "XAUTOCLAIM [s] g c 2000 5-1");
        assert_eq!(wire(|r| r.xgroup_create("s", "g", "$")), "XGROUP CREATE [s] g $");
        assert_eq!(wire(|r| r.xinfo_stream("s")), "XINFO STREAM [s]");
        assert_eq!(wire(|r| r.xlen("s")), "XLEN [s]");
        assert_eq!(wire(|r| r.xpending("s", "g")), "XPENDING [s] g");
        assert_eq!(
            wire(|r| r.xrange("s", "-", StreamId::MAX)),
            format!("XRANGE [s] - {0}-{0}", u64::MAX)
        );
        assert_eq!(wire(|r| r.xread(("s", "0"))), "XREAD STREAMS [s] 0");
        assert_eq!(
            wire(|r| r.xreadgroup("g", "c", ("s", ">"))),
            "XREADGROUP GROUP g c STREAMS [s] >"
        );
        assert_eq!(wire(|r| r.xrevrange("s", "+", "-")), "XREVRANGE [s] + -");
    }

    #[test]
    fn entries_are_added_with_ids_and_trimming() {
        let add = |options| wire(|r| r.xadd_with("s", ("a", 1), options));
        assert_eq!(add(XAddOptions::new().id(StreamId::new(7, 0))), "XADD [s] 7-0 a 1");
        assert_eq!(add(XAddOptions::new().millisecond(7)), "XADD [s] 7-* a 1");
        let exact = XAddOptions::new().trim(StreamTrim::max_length(10));
        assert_eq!(add(exact), "XADD [s] MAXLEN = 10 * a 1");
        let about = StreamTrim::min_id(StreamId::new(7, 0)).approximately().limit(5);
        assert_eq!(
            wire(|r| r.xadd_existing("s", ("a", 1), XAddOptions::new().trim(about))),
            "XADD [s] NOMKSTREAM MINID ~ 7-0 LIMIT 5 * a 1"
        );
    }

    #[test]
    fn other_options_stand_where_they_belong() {
        let made = XGroupCreateOptions::new().make_stream().entries_read(3);
        assert_eq!(
            wire(|r| r.xgroup_create_with("s", "g", 0, made)),
            "XGROUP CREATE [s] g 0 MKSTREAM ENTRIESREAD 3"
        );
        let two = XRangeOptions::new().count(2);
        assert_eq!(wire(|r| r.xrange_with("s", "-", "+", two)), "XRANGE [s] - + COUNT 2");
        assert_eq!(wire(|r| r.xrevrange_with("s", "+", "-", two)), "XREVRANGE [s] + - COUNT 2");
        let one = XAutoClaimOptions::new().count(1);
        assert_eq!(
            wire(|r| r.xautoclaim_with("s", "g", "c", Duration::ZERO, "0", one)),
            "XAUTOCLAIM [s] g c 0 0 COUNT 1"
        );
        refusal(|r| r.xrange_with("s", "-", "+", XRangeOptions::new().count(0)));
    }

    #[test]
    fn streams_are_keys_and_their_ids_follow() {
        let both = "XREAD STREAMS [a] [b] 0 5-1";
        assert_eq!(wire(|r| r.xread([("a", "0"), ("b", "5-1")])), both);
        let map = BTreeMap::from([("a", StreamId::MIN), ("b", StreamId::new(5, 1))]);
        assert_eq!(wire(|r| r.xread(&map)), "XREAD STREAMS [a] [b] 0-0 5-1");
        assert_eq!(wire(|r| r.xread(&vec![("a", "0"), ("b", "5-1")][..])), both);
    }

    #[test]
    fn reading_waits_with_block_alone() {
        let block = Duration::from_millis(1500);
        let options = XReadOptions::new().count(3).block(block);
        assert_eq!(
            wire(|r| r.xread_with(("s", "$"), options)),
            "XREAD COUNT 3 BLOCK 1500 STREAMS [s] $"
        );
        assert_eq!(sent(|r| r.xread_with(("s", "$"), options)).blocking(), Block::For(block));
        assert_eq!(sent(|r| r.xread(("s", "$"))).blocking(), Block::No);
        let forever = XReadGroupOptions::new().count(1).block(Duration::ZERO).no_ack();
        let command = sent(|r| r.xreadgroup_with("g", "c", ("s", ">"), forever));
        assert_eq!(command.blocking(), Block::Forever);
        assert_eq!(
            wire(|r| r.xreadgroup_with("g", "c", ("s", ">"), forever)),
            "XREADGROUP GROUP g c COUNT 1 BLOCK 0 NOACK STREAMS [s] >"
        );
    }

    #[test]
    fn what_was_read_is_alike_on_both_protocols() {
        let read = |resp2, resp3| read(resp2, resp3, |r| r.xread(("s", "0")));
        assert!(read("*-1 ", "_ ").is_empty());
        let streams = read(
            "*2 *2 $1 s *1 *2 $3 5-1 *2 $1 a $1 1 *2 $1 t *0 ",
            "%2 $1 s *1 *2 $3 5-1 *2 $1 a $1 1 $1 t *0 ",
        );
        assert_eq!(streams.len(), 2);
        let [entry] = streams.get("s") else { panic!("one entry: {streams:?}") };
        assert_eq!(entry.id, StreamId::new(5, 1));
        assert_eq!(entry.get("a"), Some(&"1".into()));
        assert!(streams.get("t").is_empty() && streams.get("u").is_empty());
    }

    #[test]
    fn what_was_read_is_a_map_to_those_who_want_one() {
        type Map = BTreeMap<String, Vec<StreamEntry>>;
        let resp2 = "*2 *2 $1 s *1 *2 $3 5-1 *2 $1 a $1 1 *2 $1 t *0 ";
        let resp3 = "%2 $1 s *1 *2 $3 5-1 *2 $1 a $1 1 $1 t *0 ";
        let map = read(resp2, resp3, |r| r.typed::<Map>().xread(("s", "0")));
        assert_eq!((map["s"].len(), map["t"].len()), (1, 0));
    }

    #[test]
    fn ids_are_ordered_and_go_there_and_back() {
        let id: StreamId = "5-18446744073709551615".parse().unwrap();
        assert_eq!(id.to_string().parse::<StreamId>().unwrap(), id);
        assert_eq!(id.next(), Some(StreamId::new(6, 0)));
        assert_eq!(StreamId::MAX.next(), None);
        assert!(StreamId::new(5, 2) < StreamId::new(10, 1));
        assert_eq!("5".parse::<StreamId>().unwrap(), StreamId::new(5, 0));
        for wrong in ["", "-", "a-1", "1-", "1-2-3", "+1-1", "-1"] {
            assert!(wrong.parse::<StreamId>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_deleted_entry_has_no_fields() {
        let entries = read("*1 *2 $3 5-1 *-1 ", "*1 *2 $3 5-1 _ ", |r| r.xrange("s", "-", "+"));
        assert_eq!(entries[0].fields, []);
    }

    #[test]
    fn what_is_pending_is_summed_up() {
        let none = read("*4 :0 $-1 $-1 *-1 ", "*4 :0 _ _ _ ", |r| r.xpending("s", "g"));
        assert_eq!(none, PendingSummary::default());
        let some = "*4 :2 $3 5-1 $3 6-0 *1 *2 $1 c $1 2 ";
        let some = read(some, some, |r| r.xpending("s", "g"));
        assert_eq!((some.count, some.first), (2, Some(StreamId::new(5, 1))));
        assert_eq!(some.consumers, [("c".into(), 2)]);
    }

    #[test]
    fn claims_say_where_to_go_on() {
        let claim =
            |answer| read(answer, answer, |r| r.xautoclaim("s", "g", "c", Duration::ZERO, "0"));
        let claimed = claim("*3 $3 0-0 *1 *2 $3 5-1 *2 $1 a $1 1 *1 $3 4-1 ");
        assert_eq!(claimed.next, StreamId::MIN);
        assert_eq!(claimed.entries.len(), 1);
        assert_eq!(claimed.deleted, [StreamId::new(4, 1)]);
        assert_eq!(claim("*2 $3 0-0 *1 $-1 "), AutoClaimed::default());
    }

    #[test]
    fn facts_about_a_stream_are_alike_on_both_protocols() {
        let resp2 = "*8 $6 length :1 $6 groups :2 $17 last-generated-id $3 5-1 $11 first-entry *2 $3 5-1 *2 $1 a $1 1 ";
        let resp3 = "%4 $6 length :1 $6 groups :2 $17 last-generated-id $3 5-1 $11 first-entry *2 $3 5-1 *2 $1 a $1 1 ";
        let info = read(resp2, resp3, |r| r.xinfo_stream("s"));
        assert_eq!((info.length, info.groups), (1, 2));
        assert_eq!(info.first_entry.map(|entry| entry.id), Some(StreamId::new(5, 1)));
        assert_eq!((info.last_entry, info.entries_added), (None, None));
    }
}
