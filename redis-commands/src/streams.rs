//! Streams: logs of entries, read alone or shared out among the consumers of a group.
//!
//! Decides how these commands are written. Does not loop: to wait for entries again and again, or to claim
//! page after page, is the caller's.

use crate::arguments::Arguments;
use crate::expiry::Millis;
use crate::stream_group_options::{XClaimOptions, XGroupSetIdOptions, XPendingOptions};
use crate::stream_ids::{Place, StreamIds};
use crate::stream_infos::{ConsumerInfo, GroupInfo, StreamDetails, StreamInfo};
use crate::stream_options::{
    AnyTrim, StreamOffsets, XAddOptions, XAutoClaimOptions, XGroupCreateOptions, XRangeOptions,
    XReadGroupOptions, XReadOptions,
};
use crate::stream_replies::{
    AutoClaimed, AutoClaimedIds, DeliveredEntry, EntryRemoval, PendingEntry, PendingSummary,
    StreamEntry, StreamId, StreamsRead,
};
use crate::stream_settings::{ReferencePolicy, XCfgSetOptions, XInfoStreamOptions, XSetIdOptions};
use redis_core::command::{Command, ToArg, ToArgs, table};
use redis_core::{BulkString, ExecuteCommand, Response};
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
        self.execute_command(Command::new(&table::XACK).key(&key).arg(&group).entry_ids(&ids))
    }

    /// Says that entries are done, so that the group forgets them, and deletes them from the stream.
    /// References of other groups stay.
    ///
    /// # Reply
    ///
    /// What became of each entry, in the order of the ids.
    ///
    /// [`XACKDEL`](https://redis.io/docs/latest/commands/xackdel/) · since 8.2.0 · O(1) for each message ID
    /// processed.
    ///
    /// # Example: done and gone
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("8.2.0") else { return Ok(()) };
    /// redis.del("xackdel:s")?;
    /// use redis_sync::EntryRemoval;
    ///
    /// let id = redis.xadd("xackdel:s", ("job", 1))?;
    /// redis.xgroup_create("xackdel:s", "workers", "0")?;
    /// redis.xreadgroup("workers", "me", ("xackdel:s", ">"))?;
    /// assert_eq!(redis.xackdel("xackdel:s", "workers", id)?, [EntryRemoval::Deleted]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xackdel(
        &self,
        key: impl ToArg,
        group: impl ToArg,
        ids: impl ToArgs,
    ) -> Response<'_, Self, Vec<EntryRemoval>> {
        self.execute_command(
            Command::new(&table::XACKDEL).key(&key).arg(&group).counted_entry_ids(&ids),
        )
    }

    /// [`xackdel`](Self::xackdel), saying what becomes of the references of other groups.
    ///
    /// # Reply
    ///
    /// What became of each entry, in the order of the ids.
    ///
    /// [`XACKDEL`](https://redis.io/docs/latest/commands/xackdel/) · since 8.2.0 · O(1) for each message ID
    /// processed.
    ///
    /// # Example: only what all are done with
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("8.2.0") else { return Ok(()) };
    /// redis.del("xackdel_with:s")?;
    /// use redis_sync::{EntryRemoval, ReferencePolicy};
    ///
    /// let id = redis.xadd("xackdel_with:s", ("job", 1))?;
    /// redis.xgroup_create("xackdel_with:s", "workers", "0")?;
    /// redis.xgroup_create("xackdel_with:s", "auditors", "0")?;
    /// redis.xreadgroup("workers", "me", ("xackdel_with:s", ">"))?;
    /// let all = ReferencePolicy::Acknowledged;
    /// let removed = redis.xackdel_with("xackdel_with:s", "workers", id, all)?;
    /// assert_eq!(removed, [EntryRemoval::StillReferenced]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xackdel_with(
        &self,
        key: impl ToArg,
        group: impl ToArg,
        ids: impl ToArgs,
        references: ReferencePolicy,
    ) -> Response<'_, Self, Vec<EntryRemoval>> {
        self.execute_command(
            Command::new(&table::XACKDEL)
                .key(&key)
                .arg(&group)
                .arg(&references)
                .counted_entry_ids(&ids),
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
                .stream_id("start", &start, Place::End)
                .args(&options),
        )
    }

    /// [`xautoclaim`](Self::xautoclaim) without the entries' fields; it does not count as a delivery
    /// (`JUSTID`).
    ///
    /// # Reply
    ///
    /// The ids, and where to go on.
    ///
    /// # Errors
    ///
    /// `NOGROUP` if there is no such group or key.
    ///
    /// [`XAUTOCLAIM`](https://redis.io/docs/latest/commands/xautoclaim/) · since 6.2.0 · O(1) if COUNT is
    /// small.
    ///
    /// # Example: take over, read later
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::XGroupCreateOptions;
    /// use std::time::Duration;
    ///
    /// let key = "xautoclaim_justid:s";
    /// redis.del(key)?;
    /// redis.xgroup_create_with(key, "g", "0", XGroupCreateOptions::new().make_stream())?;
    /// let id = redis.xadd(key, ("job", 1))?;
    /// redis.xreadgroup("g", "gone", (key, ">"))?;
    /// assert_eq!(redis.xautoclaim_justid(key, "g", "me", Duration::ZERO, "0")?.ids, [id]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xautoclaim_justid(
        &self,
        key: impl ToArg,
        group: impl ToArg,
        consumer: impl ToArg,
        min_idle: Duration,
        start: impl ToArg,
    ) -> Response<'_, Self, AutoClaimedIds> {
        let options = XAutoClaimOptions::new();
        self.xautoclaim_justid_with(key, group, consumer, min_idle, start, options)
    }

    /// [`xautoclaim_justid`](Self::xautoclaim_justid) of so many entries.
    ///
    /// # Reply
    ///
    /// The ids, and where to go on.
    ///
    /// # Errors
    ///
    /// `NOGROUP` if there is no such group or key.
    ///
    /// [`XAUTOCLAIM`](https://redis.io/docs/latest/commands/xautoclaim/) · since 6.2.0 · O(1) if COUNT is
    /// small.
    ///
    /// # Example: a page at a time
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::{StreamId, XAutoClaimOptions, XGroupCreateOptions};
    /// use std::time::Duration;
    ///
    /// let key = "xautoclaim_justid_with:s";
    /// redis.del(key)?;
    /// redis.xgroup_create_with(key, "g", "0", XGroupCreateOptions::new().make_stream())?;
    /// let ten = XAutoClaimOptions::new().count(10);
    /// let claimed = redis.xautoclaim_justid_with(key, "g", "me", Duration::ZERO, "0", ten)?;
    /// assert_eq!(claimed.next, StreamId::MIN);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xautoclaim_justid_with(
        &self,
        key: impl ToArg,
        group: impl ToArg,
        consumer: impl ToArg,
        min_idle: Duration,
        start: impl ToArg,
        options: XAutoClaimOptions,
    ) -> Response<'_, Self, AutoClaimedIds> {
        self.execute_command(
            Command::new(&table::XAUTOCLAIM)
                .key(&key)
                .arg(&group)
                .arg(&consumer)
                .arg(&Millis(min_idle))
                .stream_id("start", &start, Place::End)
                .args(&options)
                .arg("JUSTID"),
        )
    }

    /// Sets how long the stream knows what was added [idempotently](XAddOptions::idempotent), and how much of
    /// it.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// # Errors
    ///
    /// `ERR` if the key does not exist. No setting at all, and what is out of its range, is refused before
    /// any I/O.
    ///
    /// [`XCFGSET`](https://redis.io/docs/latest/commands/xcfgset/) · since 8.6.0 · O(1)
    ///
    /// # Example: remember for an hour
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("8.6.0") else { return Ok(()) };
    /// use redis_sync::XCfgSetOptions;
    /// use std::time::Duration;
    ///
    /// redis.del("xcfgset:s")?;
    /// redis.xadd("xcfgset:s", ("n", 1))?;
    /// let hour = XCfgSetOptions::new().idmp_duration(Duration::from_secs(3600));
    /// redis.xcfgset("xcfgset:s", hour)?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xcfgset(&self, key: impl ToArg, options: XCfgSetOptions) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::XCFGSET).key(&key).args(&options))
    }

    /// Takes over entries that other consumers have had for `min_idle` without acknowledging them.
    ///
    /// # Reply
    ///
    /// The entries that are the consumer's now; those that are no longer in the stream are left out.
    ///
    /// # Errors
    ///
    /// `NOGROUP` if there is no such group or key.
    ///
    /// [`XCLAIM`](https://redis.io/docs/latest/commands/xclaim/) · since 5.0.0 · O(log N) with N being the
    /// number of messages in the PEL of the consumer group.
    ///
    /// # Example: take over one job
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::XGroupCreateOptions;
    /// use std::time::Duration;
    ///
    /// let key = "xclaim:s";
    /// redis.del(key)?;
    /// redis.xgroup_create_with(key, "g", "0", XGroupCreateOptions::new().make_stream())?;
    /// let id = redis.xadd(key, ("job", 1))?;
    /// redis.xreadgroup("g", "gone", (key, ">"))?;
    /// assert_eq!(redis.xclaim(key, "g", "me", Duration::ZERO, id)?[0].id, id);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xclaim(
        &self,
        key: impl ToArg,
        group: impl ToArg,
        consumer: impl ToArg,
        min_idle: Duration,
        ids: impl ToArgs,
    ) -> Response<'_, Self, Vec<StreamEntry>> {
        self.xclaim_with(key, group, consumer, min_idle, ids, XClaimOptions::new())
    }

    /// [`xclaim`](Self::xclaim), saying when and how often the entries count as delivered.
    ///
    /// # Reply
    ///
    /// The entries that are the consumer's now; those that are no longer in the stream are left out.
    ///
    /// # Errors
    ///
    /// `NOGROUP` if there is no such group or key.
    ///
    /// [`XCLAIM`](https://redis.io/docs/latest/commands/xclaim/) · since 5.0.0 · O(log N) with N being the
    /// number of messages in the PEL of the consumer group.
    ///
    /// # Example: as if it had never been tried
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::{XClaimOptions, XGroupCreateOptions};
    /// use std::time::Duration;
    ///
    /// let key = "xclaim_with:s";
    /// redis.del(key)?;
    /// redis.xgroup_create_with(key, "g", "0", XGroupCreateOptions::new().make_stream())?;
    /// let id = redis.xadd(key, ("job", 1))?;
    /// redis.xreadgroup("g", "gone", (key, ">"))?;
    /// let anew = XClaimOptions::new().retry_count(0);
    /// redis.xclaim_with(key, "g", "me", Duration::ZERO, id, anew)?;
    /// assert_eq!(redis.xpending_range(key, "g", "-", "+", 1)?[0].deliveries, 0);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xclaim_with(
        &self,
        key: impl ToArg,
        group: impl ToArg,
        consumer: impl ToArg,
        min_idle: Duration,
        ids: impl ToArgs,
        options: XClaimOptions,
    ) -> Response<'_, Self, Vec<StreamEntry>> {
        self.execute_command(
            Command::new(&table::XCLAIM)
                .key(&key)
                .arg(&group)
                .arg(&consumer)
                .arg(&Millis(min_idle))
                .entry_ids(&ids)
                .args(&options),
        )
    }

    /// [`xclaim`](Self::xclaim) without the entries' fields; it does not count as a delivery (`JUSTID`).
    ///
    /// # Reply
    ///
    /// The ids of the entries that are the consumer's now.
    ///
    /// # Errors
    ///
    /// `NOGROUP` if there is no such group or key.
    ///
    /// [`XCLAIM`](https://redis.io/docs/latest/commands/xclaim/) · since 5.0.0 · O(log N) with N being the
    /// number of messages in the PEL of the consumer group.
    ///
    /// # Example: take over, read later
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::XGroupCreateOptions;
    /// use std::time::Duration;
    ///
    /// let key = "xclaim_justid:s";
    /// redis.del(key)?;
    /// redis.xgroup_create_with(key, "g", "0", XGroupCreateOptions::new().make_stream())?;
    /// let id = redis.xadd(key, ("job", 1))?;
    /// redis.xreadgroup("g", "gone", (key, ">"))?;
    /// assert_eq!(redis.xclaim_justid(key, "g", "me", Duration::ZERO, id)?, [id]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xclaim_justid(
        &self,
        key: impl ToArg,
        group: impl ToArg,
        consumer: impl ToArg,
        min_idle: Duration,
        ids: impl ToArgs,
    ) -> Response<'_, Self, Vec<StreamId>> {
        self.xclaim_justid_with(key, group, consumer, min_idle, ids, XClaimOptions::new())
    }

    /// [`xclaim_justid`](Self::xclaim_justid), saying when and how often the entries count as delivered.
    ///
    /// # Reply
    ///
    /// The ids of the entries that are the consumer's now.
    ///
    /// # Errors
    ///
    /// `NOGROUP` if there is no such group or key.
    ///
    /// [`XCLAIM`](https://redis.io/docs/latest/commands/xclaim/) · since 5.0.0 · O(log N) with N being the
    /// number of messages in the PEL of the consumer group.
    ///
    /// # Example: claim what was never delivered
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::{XClaimOptions, XGroupCreateOptions};
    /// use std::time::Duration;
    ///
    /// let key = "xclaim_justid_with:s";
    /// redis.del(key)?;
    /// redis.xgroup_create_with(key, "g", "0", XGroupCreateOptions::new().make_stream())?;
    /// let id = redis.xadd(key, ("job", 1))?;
    /// let force = XClaimOptions::new().force();
    /// assert_eq!(redis.xclaim_justid_with(key, "g", "me", Duration::ZERO, id, force)?, [id]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xclaim_justid_with(
        &self,
        key: impl ToArg,
        group: impl ToArg,
        consumer: impl ToArg,
        min_idle: Duration,
        ids: impl ToArgs,
        options: XClaimOptions,
    ) -> Response<'_, Self, Vec<StreamId>> {
        self.execute_command(
            Command::new(&table::XCLAIM)
                .key(&key)
                .arg(&group)
                .arg(&consumer)
                .arg(&Millis(min_idle))
                .entry_ids(&ids)
                .args(&options)
                .arg("JUSTID"),
        )
    }

    /// Deletes entries. Groups that have them pending do not forget them.
    ///
    /// # Reply
    ///
    /// How many of them were there.
    ///
    /// [`XDEL`](https://redis.io/docs/latest/commands/xdel/) · since 5.0.0 · O(1) for each single item to
    /// delete in the stream, regardless of the stream size.
    ///
    /// # Example: delete one
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("xdel:s")?;
    /// let id = redis.xadd("xdel:s", ("n", 1))?;
    /// assert_eq!(redis.xdel("xdel:s", id)?, 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xdel(&self, key: impl ToArg, ids: impl ToArgs) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::XDEL).key(&key).entry_ids(&ids))
    }

    /// Deletes entries, and says what became of each. Groups that have them pending do not forget them.
    ///
    /// # Reply
    ///
    /// What became of each entry, in the order of the ids.
    ///
    /// [`XDELEX`](https://redis.io/docs/latest/commands/xdelex/) · since 8.2.0 · O(1) for each single item to
    /// delete in the stream, regardless of the stream size.
    ///
    /// # Example: one that is there, and one that is not
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("8.2.0") else { return Ok(()) };
    /// use redis_sync::{EntryRemoval, StreamId};
    ///
    /// redis.del("xdelex:s")?;
    /// let id = redis.xadd("xdelex:s", ("n", 1))?;
    /// let removed = redis.xdelex("xdelex:s", [id, StreamId::new(1, 1)])?;
    /// assert_eq!(removed, [EntryRemoval::Deleted, EntryRemoval::Missing]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xdelex(&self, key: impl ToArg, ids: impl ToArgs) -> Response<'_, Self, Vec<EntryRemoval>> {
        self.execute_command(Command::new(&table::XDELEX).key(&key).counted_entry_ids(&ids))
    }

    /// [`xdelex`](Self::xdelex), saying what becomes of the groups' references.
    ///
    /// # Reply
    ///
    /// What became of each entry, in the order of the ids.
    ///
    /// [`XDELEX`](https://redis.io/docs/latest/commands/xdelex/) · since 8.2.0 · O(1) for each single item to
    /// delete in the stream, regardless of the stream size.
    ///
    /// # Example: let the groups forget it too
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("8.2.0") else { return Ok(()) };
    /// use redis_sync::{EntryRemoval, ReferencePolicy};
    ///
    /// redis.del("xdelex_with:s")?;
    /// let id = redis.xadd("xdelex_with:s", ("n", 1))?;
    /// let removed = redis.xdelex_with("xdelex_with:s", id, ReferencePolicy::Delete)?;
    /// assert_eq!(removed, [EntryRemoval::Deleted]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xdelex_with(
        &self,
        key: impl ToArg,
        ids: impl ToArgs,
        references: ReferencePolicy,
    ) -> Response<'_, Self, Vec<EntryRemoval>> {
        self.execute_command(
            Command::new(&table::XDELEX).key(&key).arg(&references).counted_entry_ids(&ids),
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
            Command::new(&table::XGROUP_CREATE)
                .key(&key)
                .arg(&group)
                .stream_id("id", &id, Place::Group)
                .args(&options),
        )
    }

    /// Makes a consumer of a group. Reading makes it too.
    ///
    /// # Reply
    ///
    /// Whether it was made; not if it was there.
    ///
    /// # Errors
    ///
    /// `NOGROUP` if there is no such group; `ERR` if the stream does not exist.
    ///
    /// [`XGROUP CREATECONSUMER`](https://redis.io/docs/latest/commands/xgroup-createconsumer/) · since 6.2.0
    /// · O(1)
    ///
    /// # Example: announce oneself
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let key = "xgroup_createconsumer:s";
    /// redis.del(key)?;
    /// redis.xadd(key, ("n", 1))?;
    /// redis.xgroup_create(key, "workers", "$")?;
    /// assert!(redis.xgroup_createconsumer(key, "workers", "me")?);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xgroup_createconsumer(
        &self,
        key: impl ToArg,
        group: impl ToArg,
        consumer: impl ToArg,
    ) -> Response<'_, Self, bool> {
        self.execute_command(
            Command::new(&table::XGROUP_CREATECONSUMER).key(&key).arg(&group).arg(&consumer),
        )
    }

    /// Takes a consumer from a group. What it had pending can be claimed no more.
    ///
    /// # Reply
    ///
    /// How many entries it had pending; 0 if there is no such consumer.
    ///
    /// # Errors
    ///
    /// `NOGROUP` if there is no such group; `ERR` if the stream does not exist.
    ///
    /// [`XGROUP DELCONSUMER`](https://redis.io/docs/latest/commands/xgroup-delconsumer/) · since 5.0.0 · O(1)
    ///
    /// # Example: say goodbye
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let key = "xgroup_delconsumer:s";
    /// redis.del(key)?;
    /// redis.xadd(key, ("n", 1))?;
    /// redis.xgroup_create(key, "workers", "0")?;
    /// redis.xreadgroup("workers", "me", (key, ">"))?;
    /// assert_eq!(redis.xgroup_delconsumer(key, "workers", "me")?, 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xgroup_delconsumer(
        &self,
        key: impl ToArg,
        group: impl ToArg,
        consumer: impl ToArg,
    ) -> Response<'_, Self, u64> {
        self.execute_command(
            Command::new(&table::XGROUP_DELCONSUMER).key(&key).arg(&group).arg(&consumer),
        )
    }

    /// Deletes a group with its consumers and what they have pending.
    ///
    /// # Reply
    ///
    /// Whether there was such a group.
    ///
    /// # Errors
    ///
    /// `ERR` if the stream does not exist.
    ///
    /// [`XGROUP DESTROY`](https://redis.io/docs/latest/commands/xgroup-destroy/) · since 5.0.0 · O(N) where N
    /// is the number of entries in the group's pending entries list (PEL).
    ///
    /// # Example: no more workers
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let key = "xgroup_destroy:s";
    /// redis.del(key)?;
    /// redis.xadd(key, ("n", 1))?;
    /// redis.xgroup_create(key, "workers", "$")?;
    /// assert!(redis.xgroup_destroy(key, "workers")?);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xgroup_destroy(&self, key: impl ToArg, group: impl ToArg) -> Response<'_, Self, bool> {
        self.execute_command(Command::new(&table::XGROUP_DESTROY).key(&key).arg(&group))
    }

    /// What the server has to say about `XGROUP`.
    ///
    /// # Reply
    ///
    /// The lines of the text.
    ///
    /// [`XGROUP HELP`](https://redis.io/docs/latest/commands/xgroup-help/) · since 5.0.0 · O(1)
    ///
    /// # Example: read it
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// assert!(!redis.xgroup_help()?.is_empty());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xgroup_help(&self) -> Response<'_, Self, Vec<BulkString>> {
        self.execute_command(Command::new(&table::XGROUP_HELP))
    }

    /// Lets a group go on after `id`: `"0"` for all entries again, `"$"` for those from now on.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// # Errors
    ///
    /// `NOGROUP` if there is no such group; `ERR` if the stream does not exist.
    ///
    /// [`XGROUP SETID`](https://redis.io/docs/latest/commands/xgroup-setid/) · since 5.0.0 · O(1)
    ///
    /// # Example: once more from the beginning
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let key = "xgroup_setid:s";
    /// redis.del(key)?;
    /// redis.xadd(key, ("n", 1))?;
    /// redis.xgroup_create(key, "workers", "$")?;
    /// redis.xgroup_setid(key, "workers", "0")?;
    /// assert_eq!(redis.xreadgroup("workers", "me", (key, ">"))?.get(key).len(), 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xgroup_setid(
        &self,
        key: impl ToArg,
        group: impl ToArg,
        id: impl ToArg,
    ) -> Response<'_, Self, ()> {
        self.xgroup_setid_with(key, group, id, XGroupSetIdOptions::new())
    }

    /// [`xgroup_setid`](Self::xgroup_setid), saying how many entries the group has read.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// # Errors
    ///
    /// `NOGROUP` if there is no such group; `ERR` if the stream does not exist.
    ///
    /// [`XGROUP SETID`](https://redis.io/docs/latest/commands/xgroup-setid/) · since 5.0.0 · O(1)
    ///
    /// # Example: with a lag that is known
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::XGroupSetIdOptions;
    ///
    /// let key = "xgroup_setid_with:s";
    /// redis.del(key)?;
    /// redis.xadd(key, ("n", 1))?;
    /// redis.xgroup_create(key, "workers", "$")?;
    /// redis.xgroup_setid_with(key, "workers", "0", XGroupSetIdOptions::new().entries_read(0))?;
    /// assert_eq!(redis.xinfo_groups(key)?[0].lag, Some(1));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xgroup_setid_with(
        &self,
        key: impl ToArg,
        group: impl ToArg,
        id: impl ToArg,
        options: XGroupSetIdOptions,
    ) -> Response<'_, Self, ()> {
        self.execute_command(
            Command::new(&table::XGROUP_SETID)
                .key(&key)
                .arg(&group)
                .stream_id("id", &id, Place::Group)
                .args(&options),
        )
    }

    /// Lets the stream know that `producer` added the entry `id` under an idempotent id, as `XADD` with
    /// [`idempotent`](XAddOptions::idempotent) does: for those who copy a stream.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// # Errors
    ///
    /// `ERR` if there is no such entry or key.
    ///
    /// [`XIDMPRECORD`](https://redis.io/docs/latest/commands/xidmprecord/) · since 8.6.2 · O(1)
    ///
    /// # Example: restore what was known
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("8.6.2") else { return Ok(()) };
    /// redis.del("xidmprecord:s")?;
    /// use redis_sync::XAddOptions;
    ///
    /// let id = redis.xadd("xidmprecord:s", ("n", 1))?;
    /// redis.xidmprecord("xidmprecord:s", "me", "first", id)?;
    /// let again = XAddOptions::new().idempotent("me", "first");
    /// assert_eq!(redis.xadd_with("xidmprecord:s", ("n", 1), again)?, id);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xidmprecord(
        &self,
        key: impl ToArg,
        producer: impl ToArg,
        idempotent_id: impl ToArg,
        id: StreamId,
    ) -> Response<'_, Self, ()> {
        self.execute_command(
            Command::new(&table::XIDMPRECORD).key(&key).arg(&producer).arg(&idempotent_id).arg(&id),
        )
    }

    /// What the server says of the consumers of a group.
    ///
    /// # Reply
    ///
    /// The facts of each.
    ///
    /// # Errors
    ///
    /// `NOGROUP` if there is no such group; `ERR` if the key does not exist.
    ///
    /// [`XINFO CONSUMERS`](https://redis.io/docs/latest/commands/xinfo-consumers/) · since 5.0.0 · O(1)
    ///
    /// # Example: who has work
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let key = "xinfo_consumers:s";
    /// redis.del(key)?;
    /// redis.xadd(key, ("n", 1))?;
    /// redis.xgroup_create(key, "workers", "0")?;
    /// redis.xreadgroup("workers", "me", (key, ">"))?;
    /// let consumers = redis.xinfo_consumers(key, "workers")?;
    /// assert!(consumers[0].name == "me" && consumers[0].pending == 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xinfo_consumers(
        &self,
        key: impl ToArg,
        group: impl ToArg,
    ) -> Response<'_, Self, Vec<ConsumerInfo>> {
        self.execute_command(Command::new(&table::XINFO_CONSUMERS).key(&key).arg(&group))
    }

    /// What the server says of the groups of a stream.
    ///
    /// # Reply
    ///
    /// The facts of each.
    ///
    /// # Errors
    ///
    /// `ERR` if the key does not exist.
    ///
    /// [`XINFO GROUPS`](https://redis.io/docs/latest/commands/xinfo-groups/) · since 5.0.0 · O(1)
    ///
    /// # Example: who lags behind
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("xinfo_groups:s")?;
    /// redis.xadd("xinfo_groups:s", ("n", 1))?;
    /// redis.xgroup_create("xinfo_groups:s", "workers", "0")?;
    /// assert_eq!(redis.xinfo_groups("xinfo_groups:s")?[0].lag, Some(1));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xinfo_groups(&self, key: impl ToArg) -> Response<'_, Self, Vec<GroupInfo>> {
        self.execute_command(Command::new(&table::XINFO_GROUPS).key(&key))
    }

    /// What the server has to say about `XINFO`.
    ///
    /// # Reply
    ///
    /// The lines of the text.
    ///
    /// [`XINFO HELP`](https://redis.io/docs/latest/commands/xinfo-help/) · since 5.0.0 · O(1)
    ///
    /// # Example: read it
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// assert!(!redis.xinfo_help()?.is_empty());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xinfo_help(&self) -> Response<'_, Self, Vec<BulkString>> {
        self.execute_command(Command::new(&table::XINFO_HELP))
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
    /// assert_eq!(redis.xinfo_stream("xinfo_stream:s")?.facts.last_generated_id, id);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xinfo_stream(&self, key: impl ToArg) -> Response<'_, Self, StreamInfo> {
        self.execute_command(Command::new(&table::XINFO_STREAM).key(&key))
    }

    /// What the server says of a stream with its entries, its groups, their consumers and what is pending
    /// (`FULL`).
    ///
    /// # Reply
    ///
    /// Its facts, and ten elements of each list.
    ///
    /// # Errors
    ///
    /// `ERR` if the key does not exist.
    ///
    /// [`XINFO STREAM`](https://redis.io/docs/latest/commands/xinfo-stream/) · since 5.0.0 · O(1)
    ///
    /// # Example: what is pending with whom
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let key = "xinfo_stream_full:s";
    /// redis.del(key)?;
    /// redis.xadd(key, ("n", 1))?;
    /// redis.xgroup_create(key, "workers", "0")?;
    /// redis.xreadgroup("workers", "me", (key, ">"))?;
    /// let groups = redis.xinfo_stream_full(key)?.groups;
    /// assert!(groups[0].pending[0].consumer == "me");
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xinfo_stream_full(&self, key: impl ToArg) -> Response<'_, Self, StreamDetails> {
        self.xinfo_stream_full_with(key, XInfoStreamOptions::new())
    }

    /// [`xinfo_stream_full`](Self::xinfo_stream_full) with so many elements of each list, or all.
    ///
    /// # Reply
    ///
    /// Its facts, and the lists.
    ///
    /// # Errors
    ///
    /// `ERR` if the key does not exist.
    ///
    /// [`XINFO STREAM`](https://redis.io/docs/latest/commands/xinfo-stream/) · since 5.0.0 · O(1)
    ///
    /// # Example: all that is in it
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::XInfoStreamOptions;
    ///
    /// redis.del("xinfo_stream_full_with:s")?;
    /// for n in 0..20 {
    ///     redis.xadd("xinfo_stream_full_with:s", ("n", n))?;
    /// }
    /// let all = XInfoStreamOptions::new().all();
    /// let details = redis.xinfo_stream_full_with("xinfo_stream_full_with:s", all)?;
    /// assert_eq!(details.entries.len(), 20);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xinfo_stream_full_with(
        &self,
        key: impl ToArg,
        options: XInfoStreamOptions,
    ) -> Response<'_, Self, StreamDetails> {
        self.execute_command(
            Command::new(&table::XINFO_STREAM).key(&key).arg("FULL").args(&options),
        )
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

    /// What a group has delivered and not had acknowledged, from id `start` to `end`, both included, and
    /// `count` entries at most; `"-"` and `"+"` are the ends of the stream.
    ///
    /// # Reply
    ///
    /// The entries, in order: to whom each was delivered, how long ago and how often.
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
    /// # Example: what was tried too often
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let key = "xpending_range:s";
    /// redis.del(key)?;
    /// redis.xadd(key, ("n", 1))?;
    /// redis.xgroup_create(key, "workers", "0")?;
    /// redis.xreadgroup("workers", "me", (key, ">"))?;
    /// let pending = redis.xpending_range(key, "workers", "-", "+", 10)?;
    /// assert!(pending[0].consumer == "me" && pending[0].deliveries == 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xpending_range(
        &self,
        key: impl ToArg,
        group: impl ToArg,
        start: impl ToArg,
        end: impl ToArg,
        count: u64,
    ) -> Response<'_, Self, Vec<PendingEntry>> {
        self.xpending_range_with(key, group, start, end, count, XPendingOptions::new())
    }

    /// [`xpending_range`](Self::xpending_range) of one consumer, or of what has been pending for some time.
    ///
    /// # Reply
    ///
    /// The entries, in order: to whom each was delivered, how long ago and how often.
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
    /// # Example: nothing has been lying here for an hour
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::XPendingOptions;
    /// use std::time::Duration;
    ///
    /// let key = "xpending_range_with:s";
    /// redis.del(key)?;
    /// redis.xadd(key, ("n", 1))?;
    /// redis.xgroup_create(key, "workers", "0")?;
    /// redis.xreadgroup("workers", "me", (key, ">"))?;
    /// let left = XPendingOptions::new().consumer("me").idle(Duration::from_secs(3600));
    /// assert!(redis.xpending_range_with(key, "workers", "-", "+", 10, left)?.is_empty());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xpending_range_with(
        &self,
        key: impl ToArg,
        group: impl ToArg,
        start: impl ToArg,
        end: impl ToArg,
        count: u64,
        options: XPendingOptions,
    ) -> Response<'_, Self, Vec<PendingEntry>> {
        self.execute_command(
            Command::new(&table::XPENDING)
                .key(&key)
                .arg(&group)
                .args(&options.before())
                .stream_id("start", &start, Place::End)
                .stream_id("end", &end, Place::End)
                .arg(&count)
                .args(options.after()),
        )
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
            Command::new(&table::XRANGE)
                .key(&key)
                .stream_id("start", &start, Place::End)
                .stream_id("end", &end, Place::End)
                .args(&options),
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
    /// # Cancellation
    ///
    /// An async call that waits and is dropped ends the wait on the server too. Nothing is lost: it only reads.
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
            Command::new(&table::XREAD)
                .args(&options)
                .streams(&streams)
                .offsets(Place::Reader)
                .block(options.blocking()),
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
    /// # Cancellation
    ///
    /// An async call that waits and is dropped ends the wait on the server too; entries that were delivered all the
    /// same are handed to the client's `on_orphan`, and are pending in the group.
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
                .offsets(Place::Consumer)
                .block(options.blocking()),
        )
    }

    /// Entries for one consumer of a group: first those that other consumers have had for `min_idle` without
    /// acknowledging them, then new ones (`CLAIM`, 8.4.0).
    ///
    /// # Reply
    ///
    /// The entries by stream, each with how long ago and how often it had been delivered before; empty if
    /// there are none.
    ///
    /// # Errors
    ///
    /// `NOGROUP` if there is no such group or stream.
    ///
    /// [`XREADGROUP`](https://redis.io/docs/latest/commands/xreadgroup/) · since 5.0.0 · For each stream
    /// mentioned: O(M) with M being the number of elements returned. If M is constant (e.g. always asking for
    /// the first 10 elements with COUNT), you can consider it O(1). On the other side when XREADGROUP blocks,
    /// XADD will pay the O(N) time in order to serve the N clients blocked on the stream getting new data.
    ///
    /// # Example: new work, and what was left lying
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("8.4.0") else { return Ok(()) };
    /// use std::time::Duration;
    ///
    /// let key = "xreadgroup_claim:s";
    /// redis.del(key)?;
    /// redis.xadd(key, ("job", 1))?;
    /// redis.xgroup_create(key, "workers", "0")?;
    /// redis.xreadgroup("workers", "gone", (key, ">"))?;
    /// let read = redis.xreadgroup_claim("workers", "me", Duration::ZERO, key)?;
    /// assert_eq!(read.get(key)[0].deliveries, 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xreadgroup_claim(
        &self,
        group: impl ToArg,
        consumer: impl ToArg,
        min_idle: Duration,
        keys: impl ToArgs,
    ) -> Response<'_, Self, StreamsRead<DeliveredEntry>> {
        let options = XReadGroupOptions::new();
        self.xreadgroup_claim_with(group, consumer, min_idle, keys, options)
    }

    /// [`xreadgroup_claim`](Self::xreadgroup_claim) of so many entries, waiting for some, or without
    /// acknowledgement.
    ///
    /// # Reply
    ///
    /// The entries by stream, each with how long ago and how often it had been delivered before; empty if
    /// none came in time.
    ///
    /// # Errors
    ///
    /// `NOGROUP` if there is no such group or stream.
    ///
    /// [`XREADGROUP`](https://redis.io/docs/latest/commands/xreadgroup/) · since 5.0.0 · For each stream
    /// mentioned: O(M) with M being the number of elements returned. If M is constant (e.g. always asking for
    /// the first 10 elements with COUNT), you can consider it O(1). On the other side when XREADGROUP blocks,
    /// XADD will pay the O(N) time in order to serve the N clients blocked on the stream getting new data.
    ///
    /// # Example: one at a time
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("8.4.0") else { return Ok(()) };
    /// use redis_sync::XReadGroupOptions;
    /// use std::time::Duration;
    ///
    /// let key = "xreadgroup_claim_with:s";
    /// redis.del(key)?;
    /// for job in 0..2 {
    ///     redis.xadd(key, ("job", job))?;
    /// }
    /// redis.xgroup_create(key, "workers", "0")?;
    /// let (minute, one) = (Duration::from_secs(60), XReadGroupOptions::new().count(1));
    /// let read = redis.xreadgroup_claim_with("workers", "me", minute, key, one)?;
    /// assert_eq!(read.get(key).len(), 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xreadgroup_claim_with(
        &self,
        group: impl ToArg,
        consumer: impl ToArg,
        min_idle: Duration,
        keys: impl ToArgs,
        options: XReadGroupOptions,
    ) -> Response<'_, Self, StreamsRead<DeliveredEntry>> {
        self.execute_command(
            Command::new(&table::XREADGROUP)
                .arg("GROUP")
                .arg(&group)
                .arg(&consumer)
                .arg("CLAIM")
                .arg(&Millis(min_idle))
                .args(&options)
                .new_of(&keys)
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
            Command::new(&table::XREVRANGE)
                .key(&key)
                .stream_id("end", &end, Place::End)
                .stream_id("start", &start, Place::End)
                .args(&options),
        )
    }

    /// Sets the last id of a stream, after which the next one is made.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// # Errors
    ///
    /// `ERR` if the key does not exist, or has an entry with a greater id.
    ///
    /// [`XSETID`](https://redis.io/docs/latest/commands/xsetid/) · since 5.0.0 · O(1)
    ///
    /// # Example: leave room
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::StreamId;
    ///
    /// redis.del("xsetid:s")?;
    /// redis.xadd("xsetid:s", ("n", 1))?;
    /// redis.xsetid("xsetid:s", StreamId::MAX)?;
    /// assert!(redis.xadd("xsetid:s", ("n", 2)).is_err());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xsetid(&self, key: impl ToArg, last_id: StreamId) -> Response<'_, Self, ()> {
        self.xsetid_with(key, last_id, XSetIdOptions::new())
    }

    /// [`xsetid`](Self::xsetid) with what else is known of a stream that was copied.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// # Errors
    ///
    /// `ERR` if the key does not exist, or has an entry with a greater id.
    ///
    /// [`XSETID`](https://redis.io/docs/latest/commands/xsetid/) · since 5.0.0 · O(1)
    ///
    /// # Example: it had a hundred entries once
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::{StreamId, XSetIdOptions};
    ///
    /// redis.del("xsetid_with:s")?;
    /// redis.xadd("xsetid_with:s", ("n", 1))?;
    /// let once = XSetIdOptions::new().entries_added(100).max_deleted_id(StreamId::new(1, 1));
    /// redis.xsetid_with("xsetid_with:s", StreamId::MAX, once)?;
    /// assert_eq!(redis.xinfo_stream("xsetid_with:s")?.facts.entries_added, Some(100));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xsetid_with(
        &self,
        key: impl ToArg,
        last_id: StreamId,
        options: XSetIdOptions,
    ) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::XSETID).key(&key).arg(&last_id).args(&options))
    }

    /// Takes the oldest entries away, to a length or to a least id.
    ///
    /// # Reply
    ///
    /// How many entries went.
    ///
    /// [`XTRIM`](https://redis.io/docs/latest/commands/xtrim/) · since 5.0.0 · O(N), with N being the number
    /// of evicted entries. Constant times are very small however, since entries are organized in macro nodes
    /// containing multiple entries that can be released with a single deallocation.
    ///
    /// # Example: keep the last two
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::StreamTrim;
    ///
    /// redis.del("xtrim:s")?;
    /// for n in 0..5 {
    ///     redis.xadd("xtrim:s", ("n", n))?;
    /// }
    /// assert_eq!(redis.xtrim("xtrim:s", StreamTrim::max_length(2))?, 3);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xtrim(&self, key: impl ToArg, trim: impl Into<AnyTrim>) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::XTRIM).key(&key).args(&trim.into()))
    }

    /// [`xtrim`](Self::xtrim), saying what becomes of the groups' references (8.2.0).
    ///
    /// # Reply
    ///
    /// How many entries went.
    ///
    /// [`XTRIM`](https://redis.io/docs/latest/commands/xtrim/) · since 5.0.0 · O(N), with N being the number
    /// of evicted entries. Constant times are very small however, since entries are organized in macro nodes
    /// containing multiple entries that can be released with a single deallocation.
    ///
    /// # Example: only what all are done with
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("8.2.0") else { return Ok(()) };
    /// use redis_sync::{ReferencePolicy, StreamTrim};
    ///
    /// redis.del("xtrim_with:s")?;
    /// redis.xadd("xtrim_with:s", ("n", 1))?;
    /// redis.xgroup_create("xtrim_with:s", "workers", "0")?;
    /// let none = StreamTrim::max_length(0);
    /// assert_eq!(redis.xtrim_with("xtrim_with:s", none, ReferencePolicy::Acknowledged)?, 0);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn xtrim_with(
        &self,
        key: impl ToArg,
        trim: impl Into<AnyTrim>,
        references: ReferencePolicy,
    ) -> Response<'_, Self, u64> {
        self.execute_command(
            Command::new(&table::XTRIM).key(&key).args(&trim.into()).arg(&references),
        )
    }
}

impl<C: ExecuteCommand + ?Sized> StreamCommands for C {}

#[cfg(test)]
mod tests;
