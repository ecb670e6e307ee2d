//! Hashes: fields and values under one key.
//!
//! Decides how these commands are written and what their replies are.

use crate::arguments::Arguments;
use crate::expiry::{GetexExpiry, Span};
use crate::hash_options::{CountedPairs, HSetExOptions};
use crate::hash_replies::FieldPersist;
use crate::key_options::ExpireOptions;
use crate::key_replies::{ExpiresAt, FieldExpiry, Ttl};
use crate::scan::{ScanCursor, ScanOptions, ScanPage};
use redis_core::command::{Command, ToArg, ToArgs, table};
use redis_core::{BulkString, Error, ExecuteCommand, Response, Shape};
use std::collections::HashMap;
use std::time::{Duration, SystemTime};

/// Commands on hashes. Each answers `WRONGTYPE` if the key holds something else.
///
/// A deprecated command is left out: `HMSET` is [`hset`](Self::hset).
pub trait HashCommands: ExecuteCommand {
    /// Deletes fields.
    ///
    /// # Reply
    ///
    /// How many of them existed.
    ///
    /// [`HDEL`](https://redis.io/docs/latest/commands/hdel/) · since 2.0.0 · O(N) where N is the number of
    /// fields to be removed.
    ///
    /// # Example: delete a field
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.hset("hdel:h", ("a", 1))?;
    /// assert_eq!(redis.hdel("hdel:h", ["a", "b"])?, 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hdel(&self, key: impl ToArg, fields: impl ToArgs) -> Response<'_, Self, u64> {
        self.execute_command(
            Command::new(&table::HDEL).key(&key).args(&fields).at_least(2, "fields"),
        )
    }

    /// Whether the hash has the field.
    ///
    /// # Reply
    ///
    /// Whether it has; not if the key does not exist.
    ///
    /// [`HEXISTS`](https://redis.io/docs/latest/commands/hexists/) · since 2.0.0 · O(1)
    ///
    /// # Example: ask for a field
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.hset("hexists:h", ("a", 1))?;
    /// assert!(redis.hexists("hexists:h", "a")?);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hexists(&self, key: impl ToArg, field: impl ToArg) -> Response<'_, Self, bool> {
        self.execute_command(Command::new(&table::HEXISTS).key(&key).arg(&field))
    }

    /// Lets fields expire after some time: in whole seconds by `HEXPIRE`, else in milliseconds by
    /// `HPEXPIRE`.
    ///
    /// # Reply
    ///
    /// What became of each field, in their order.
    ///
    /// [`HEXPIRE`](https://redis.io/docs/latest/commands/hexpire/) · since 7.4.0 · O(N) where N is the
    /// number of specified fields
    ///
    /// # Example: let a field expire
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.4.0") else { return Ok(()) };
    /// use redis_sync::FieldExpiry;
    /// use std::time::Duration;
    ///
    /// redis.hset("hexpire:h", ("a", 1))?;
    /// let set = redis.hexpire("hexpire:h", ["a", "b"], Duration::from_secs(60))?;
    /// assert_eq!(set, [FieldExpiry::Set, FieldExpiry::Missing]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    #[doc(alias = "hpexpire")]
    fn hexpire(
        &self,
        key: impl ToArg,
        fields: impl ToArgs,
        after: Duration,
    ) -> Response<'_, Self, Vec<FieldExpiry>> {
        self.hexpire_with(key, fields, after, ExpireOptions::new())
    }

    /// Lets fields expire at a moment, by the server's clock: in whole seconds by `HEXPIREAT`, else in
    /// milliseconds by `HPEXPIREAT`.
    ///
    /// # Reply
    ///
    /// What became of each field, in their order; [`FieldExpiry::Deleted`] if the moment has passed.
    ///
    /// # Errors
    ///
    /// A moment before 1970 is refused before any I/O.
    ///
    /// [`HEXPIREAT`](https://redis.io/docs/latest/commands/hexpireat/) · since 7.4.0 · O(N) where N is the
    /// number of specified fields
    ///
    /// # Example: let a field expire at a moment
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.4.0") else { return Ok(()) };
    /// use redis_sync::FieldExpiry;
    /// use std::time::{Duration, SystemTime};
    ///
    /// redis.hset("hexpire_at:h", ("a", 1))?;
    /// let tomorrow = SystemTime::now() + Duration::from_secs(86_400);
    /// let set = redis.hexpire_at("hexpire_at:h", ["a", "b"], tomorrow)?;
    /// assert_eq!(set, [FieldExpiry::Set, FieldExpiry::Missing]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    #[doc(alias = "hexpireat")]
    #[doc(alias = "hpexpireat")]
    fn hexpire_at(
        &self,
        key: impl ToArg,
        fields: impl ToArgs,
        at: SystemTime,
    ) -> Response<'_, Self, Vec<FieldExpiry>> {
        self.hexpire_at_with(key, fields, at, ExpireOptions::new())
    }

    /// [`hexpire_at`](Self::hexpire_at) under a condition.
    ///
    /// # Reply
    ///
    /// What became of each field, in their order; [`FieldExpiry::Refused`] where the condition does not
    /// hold.
    ///
    /// # Errors
    ///
    /// A moment before 1970 is refused before any I/O.
    ///
    /// [`HEXPIREAT`](https://redis.io/docs/latest/commands/hexpireat/) · since 7.4.0 · O(N) where N is the
    /// number of specified fields
    ///
    /// # Example: only where no expiry is set
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.4.0") else { return Ok(()) };
    /// use redis_sync::{ExpireOptions, FieldExpiry};
    /// use std::time::{Duration, SystemTime};
    ///
    /// redis.hset("hexpire_at_with:h", ("a", 1))?;
    /// let tomorrow = SystemTime::now() + Duration::from_secs(86_400);
    /// let once = ExpireOptions::if_persistent();
    /// assert_eq!(redis.hexpire_at_with("hexpire_at_with:h", "a", tomorrow, once)?, [FieldExpiry::Set]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hexpire_at_with(
        &self,
        key: impl ToArg,
        fields: impl ToArgs,
        at: SystemTime,
        options: ExpireOptions,
    ) -> Response<'_, Self, Vec<FieldExpiry>> {
        let at = Span::since_epoch(at);
        self.execute_command(
            Command::new(at.choose(&table::HEXPIREAT, &table::HPEXPIREAT))
                .key(&key)
                .arg(&at)
                .args(&options)
                .arg("FIELDS")
                .counted_args("fields", &fields),
        )
    }

    /// [`hexpire`](Self::hexpire) under a condition.
    ///
    /// # Reply
    ///
    /// What became of each field, in their order; [`FieldExpiry::Refused`] where the condition does not
    /// hold.
    ///
    /// [`HEXPIRE`](https://redis.io/docs/latest/commands/hexpire/) · since 7.4.0 · O(N) where N is the
    /// number of specified fields
    ///
    /// # Example: only where an expiry is set
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.4.0") else { return Ok(()) };
    /// use redis_sync::{ExpireOptions, FieldExpiry};
    /// use std::time::Duration;
    ///
    /// redis.hset("hexpire_with:h", ("a", 1))?;
    /// let minute = Duration::from_secs(60);
    /// let set = redis.hexpire_with("hexpire_with:h", "a", minute, ExpireOptions::if_expiring())?;
    /// assert_eq!(set, [FieldExpiry::Refused]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hexpire_with(
        &self,
        key: impl ToArg,
        fields: impl ToArgs,
        after: Duration,
        options: ExpireOptions,
    ) -> Response<'_, Self, Vec<FieldExpiry>> {
        self.execute_command(
            Command::new(Span(after).choose(&table::HEXPIRE, &table::HPEXPIRE))
                .key(&key)
                .arg(&Span(after))
                .args(&options)
                .arg("FIELDS")
                .counted_args("fields", &fields),
        )
    }

    /// When fields expire, to the millisecond: by `HPEXPIRETIME`.
    ///
    /// # Reply
    ///
    /// For each field, in their order: [`ExpiresAt::Missing`] if there is no such field,
    /// [`ExpiresAt::Persistent`] if it never expires.
    ///
    /// [`HPEXPIRETIME`](https://redis.io/docs/latest/commands/hpexpiretime/) · since 7.4.0 · O(N) where N is
    /// the number of specified fields
    ///
    /// # Example: ask for two fields
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.4.0") else { return Ok(()) };
    /// use redis_sync::ExpiresAt;
    /// use std::time::{Duration, SystemTime};
    ///
    /// let moment = SystemTime::UNIX_EPOCH + Duration::from_secs(4_000_000_000);
    /// redis.hset("hexpiretime:h", ("a", 1))?;
    /// redis.hexpire_at("hexpiretime:h", "a", moment)?;
    /// let times = redis.hexpiretime("hexpiretime:h", ["a", "b"])?;
    /// assert_eq!(times, [ExpiresAt::At(moment), ExpiresAt::Missing]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    #[doc(alias = "hpexpiretime")]
    fn hexpiretime(
        &self,
        key: impl ToArg,
        fields: impl ToArgs,
    ) -> Response<'_, Self, Vec<ExpiresAt>> {
        self.execute_command(
            Command::new(&table::HPEXPIRETIME)
                .key(&key)
                .arg("FIELDS")
                .counted_args("fields", &fields),
        )
    }

    /// The value of a field.
    ///
    /// # Reply
    ///
    /// The value; `None` if there is no such field or key.
    ///
    /// [`HGET`](https://redis.io/docs/latest/commands/hget/) · since 2.0.0 · O(1)
    ///
    /// # Example: read a field
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.hset("hget:h", ("a", "v"))?;
    /// assert!(redis.hget("hget:h", "a")?.is_some_and(|value| value == "v"));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hget(&self, key: impl ToArg, field: impl ToArg) -> Response<'_, Self, Option<BulkString>> {
        self.execute_command(Command::new(&table::HGET).key(&key).arg(&field))
    }

    /// All fields and their values.
    ///
    /// Read into your own struct with `typed::<T>()` and `#[derive(FromReply)]`.
    ///
    /// # Reply
    ///
    /// A map, of the same shape on both protocols; empty if the key does not exist.
    ///
    /// [`HGETALL`](https://redis.io/docs/latest/commands/hgetall/) · since 2.0.0 · O(N) where N is the size
    /// of the hash.
    ///
    /// # Example: read a whole hash
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.hset("hgetall:h", [("a", 1), ("b", 2)])?;
    /// assert_eq!(redis.hgetall("hgetall:h")?.len(), 2);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hgetall(&self, key: impl ToArg) -> Response<'_, Self, HashMap<BulkString, BulkString>> {
        self.execute_command(Command::new(&table::HGETALL).key(&key))
    }

    /// The values of fields, which are deleted.
    ///
    /// # Reply
    ///
    /// A value for each field, in their order; `None` where there is no such field.
    ///
    /// [`HGETDEL`](https://redis.io/docs/latest/commands/hgetdel/) · since 8.0.0 · O(N) where N is the
    /// number of specified fields
    ///
    /// # Example: take a field out
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("8.0.0") else { return Ok(()) };
    /// redis.hset("hgetdel:h", [("a", 1), ("b", 2)])?;
    /// assert!(redis.hgetdel("hgetdel:h", "a")?[0].as_ref().is_some_and(|value| value == "1"));
    /// assert!(!redis.hexists("hgetdel:h", "a")?);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hgetdel(
        &self,
        key: impl ToArg,
        fields: impl ToArgs,
    ) -> Response<'_, Self, Vec<Option<BulkString>>> {
        self.execute_command(
            Command::new(&table::HGETDEL).key(&key).arg("FIELDS").counted_args("fields", &fields),
        )
    }

    /// The values of fields, and a new expiry for these: a [`Duration`], a [`SystemTime`], or
    /// [`Persist`](crate::Persist) to take it away.
    ///
    /// # Reply
    ///
    /// A value for each field, in their order; `None` where there is no such field.
    ///
    /// # Errors
    ///
    /// An expiry of zero, or before 1970, is refused before any I/O.
    ///
    /// [`HGETEX`](https://redis.io/docs/latest/commands/hgetex/) · since 8.0.0 · O(N) where N is the number
    /// of specified fields
    ///
    /// # Example: what is read stays a minute longer
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("8.0.0") else { return Ok(()) };
    /// use std::time::Duration;
    ///
    /// redis.hset("hgetex:h", ("a", "v"))?;
    /// let values = redis.hgetex("hgetex:h", ["a", "b"], Duration::from_secs(60))?;
    /// assert!(values[0].as_ref().is_some_and(|value| value == "v") && values[1].is_none());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hgetex(
        &self,
        key: impl ToArg,
        fields: impl ToArgs,
        expiry: impl Into<GetexExpiry>,
    ) -> Response<'_, Self, Vec<Option<BulkString>>> {
        self.execute_command(
            Command::new(&table::HGETEX)
                .key(&key)
                .args(&expiry.into())
                .arg("FIELDS")
                .counted_args("fields", &fields),
        )
    }

    /// Adds `increment` to the integer in a field, which starts from 0.
    ///
    /// # Reply
    ///
    /// The number then.
    ///
    /// # Errors
    ///
    /// `ERR` if the value is no 64-bit integer, or would leave its range.
    ///
    /// [`HINCRBY`](https://redis.io/docs/latest/commands/hincrby/) · since 2.0.0 · O(1)
    ///
    /// # Example: count in a field
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.hset("hincrby:h", ("a", 1))?;
    /// assert_eq!(redis.hincrby("hincrby:h", "a", 4)?, 5);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hincrby(
        &self,
        key: impl ToArg,
        field: impl ToArg,
        increment: i64,
    ) -> Response<'_, Self, i64> {
        self.execute_command(Command::new(&table::HINCRBY).key(&key).arg(&field).arg(&increment))
    }

    /// Adds `increment` to the number in a field, which starts from 0.
    ///
    /// # Reply
    ///
    /// The number then.
    ///
    /// # Errors
    ///
    /// `ERR` if the value is no number, or would be infinite. An increment that is not finite is refused
    /// before any I/O.
    ///
    /// [`HINCRBYFLOAT`](https://redis.io/docs/latest/commands/hincrbyfloat/) · since 2.6.0 · O(1)
    ///
    /// # Example: add a half in a field
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.hset("hincrbyfloat:h", ("a", 1))?;
    /// assert_eq!(redis.hincrbyfloat("hincrbyfloat:h", "a", 0.5)?, 1.5);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hincrbyfloat(
        &self,
        key: impl ToArg,
        field: impl ToArg,
        increment: f64,
    ) -> Response<'_, Self, f64> {
        let mut command = Command::new(&table::HINCRBYFLOAT).key(&key).arg(&field);
        if !increment.is_finite() {
            command
                .reject(Error::argument(format!("`increment` is {increment}: it must be finite")));
        }
        self.execute_command(command.arg(&increment))
    }

    /// The names of all fields.
    ///
    /// # Reply
    ///
    /// The names, in no order; empty if the key does not exist.
    ///
    /// [`HKEYS`](https://redis.io/docs/latest/commands/hkeys/) · since 2.0.0 · O(N) where N is the size of
    /// the hash.
    ///
    /// # Example: list the fields
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.hset("hkeys:h", ("a", 1))?;
    /// assert_eq!(redis.hkeys("hkeys:h")?[0], "a");
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hkeys(&self, key: impl ToArg) -> Response<'_, Self, Vec<BulkString>> {
        self.execute_command(Command::new(&table::HKEYS).key(&key))
    }

    /// How many fields the hash has.
    ///
    /// # Reply
    ///
    /// The number; 0 if the key does not exist.
    ///
    /// [`HLEN`](https://redis.io/docs/latest/commands/hlen/) · since 2.0.0 · O(1)
    ///
    /// # Example: count the fields
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.hset("hlen:h", [("a", 1), ("b", 2)])?;
    /// assert_eq!(redis.hlen("hlen:h")?, 2);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hlen(&self, key: impl ToArg) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::HLEN).key(&key))
    }

    /// The values of several fields.
    ///
    /// # Reply
    ///
    /// A value for each field, in their order; `None` where there is no such field.
    ///
    /// [`HMGET`](https://redis.io/docs/latest/commands/hmget/) · since 2.0.0 · O(N) where N is the number
    /// of fields being requested.
    ///
    /// # Example: read two fields
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.hset("hmget:h", ("a", 1))?;
    /// let values = redis.hmget("hmget:h", ["a", "b"])?;
    /// assert!(values[0].is_some() && values[1].is_none());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hmget(
        &self,
        key: impl ToArg,
        fields: impl ToArgs,
    ) -> Response<'_, Self, Vec<Option<BulkString>>> {
        self.execute_command(
            Command::new(&table::HMGET).key(&key).args(&fields).at_least(2, "fields"),
        )
    }

    /// Takes the expiry of fields away.
    ///
    /// # Reply
    ///
    /// What became of each field, in their order.
    ///
    /// [`HPERSIST`](https://redis.io/docs/latest/commands/hpersist/) · since 7.4.0 · O(N) where N is the
    /// number of specified fields
    ///
    /// # Example: a field that never expires is left as it is
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.4.0") else { return Ok(()) };
    /// use redis_sync::FieldPersist;
    /// use std::time::Duration;
    ///
    /// redis.hset("hpersist:h", [("a", 1), ("b", 2)])?;
    /// redis.hexpire("hpersist:h", "a", Duration::from_secs(60))?;
    /// let became = redis.hpersist("hpersist:h", ["a", "b"])?;
    /// assert_eq!(became, [FieldPersist::Persisted, FieldPersist::WasPersistent]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hpersist(
        &self,
        key: impl ToArg,
        fields: impl ToArgs,
    ) -> Response<'_, Self, Vec<FieldPersist>> {
        self.execute_command(
            Command::new(&table::HPERSIST).key(&key).arg("FIELDS").counted_args("fields", &fields),
        )
    }

    /// The name of a random field.
    ///
    /// # Reply
    ///
    /// The name; `None` if the key does not exist.
    ///
    /// [`HRANDFIELD`](https://redis.io/docs/latest/commands/hrandfield/) · since 6.2.0 · O(N) where N is
    /// the number of fields returned
    ///
    /// # Example: draw one field
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.hset("hrandfield:h", ("a", 1))?;
    /// assert!(redis.hrandfield("hrandfield:h")?.is_some_and(|field| field == "a"));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hrandfield(&self, key: impl ToArg) -> Response<'_, Self, Option<BulkString>> {
        self.execute_command(Command::new(&table::HRANDFIELD).key(&key))
    }

    /// The names of random fields: up to `count` different ones, or exactly `-count` with repetitions.
    ///
    /// # Reply
    ///
    /// The names; empty if the key does not exist.
    ///
    /// [`HRANDFIELD`](https://redis.io/docs/latest/commands/hrandfield/) · since 6.2.0 · O(N) where N is
    /// the number of fields returned
    ///
    /// # Example: draw three times from one field
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.hset("hrandfield_count:h", ("a", 1))?;
    /// assert_eq!(redis.hrandfield_count("hrandfield_count:h", -3)?.len(), 3);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hrandfield_count(&self, key: impl ToArg, count: i64) -> Response<'_, Self, Vec<BulkString>> {
        self.execute_command(Command::new(&table::HRANDFIELD).key(&key).arg(&count))
    }

    /// Random fields with their values: up to `count` different ones, or exactly `-count` with
    /// repetitions.
    ///
    /// # Reply
    ///
    /// Pairs of field and value, of the same shape on both protocols; empty if the key does not exist.
    ///
    /// [`HRANDFIELD`](https://redis.io/docs/latest/commands/hrandfield/) · since 6.2.0 · O(N) where N is
    /// the number of fields returned
    ///
    /// # Example: draw a pair
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.hset("hrandfield_with_values:h", ("a", 1))?;
    /// let pairs = redis.hrandfield_with_values("hrandfield_with_values:h", 1)?;
    /// assert!(pairs[0].0 == "a" && pairs[0].1 == "1");
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hrandfield_with_values(
        &self,
        key: impl ToArg,
        count: i64,
    ) -> Response<'_, Self, Vec<(BulkString, BulkString)>> {
        self.execute_command(
            Command::new(&table::HRANDFIELD)
                .key(&key)
                .arg(&count)
                .arg("WITHVALUES")
                .shape(Shape::Pairs),
        )
    }

    /// A page of the fields with their values, from `cursor` on. A field that is there all the time comes at
    /// least once; one that comes or goes meanwhile may come or not, and any may come twice. A small hash is
    /// one page.
    ///
    /// # Reply
    ///
    /// Pairs of field and value, and where the next page begins; of the same shape on both protocols.
    ///
    /// [`HSCAN`](https://redis.io/docs/latest/commands/hscan/) · since 2.8.0 · O(1) for every call. O(N) for
    /// a complete iteration, including enough command calls for the cursor to return back to 0. N is the
    /// number of elements inside the collection.
    ///
    /// # Example: go through all
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::ScanCursor;
    ///
    /// redis.del("hscan:h")?;
    /// redis.hset("hscan:h", [("a", 1), ("b", 2)])?;
    /// let (mut cursor, mut found) = (Some(ScanCursor::START), 0);
    /// while let Some(here) = cursor {
    ///     let page = redis.hscan("hscan:h", here)?;
    ///     found += page.items.len();
    ///     cursor = page.next;
    /// }
    /// assert_eq!(found, 2);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hscan(
        &self,
        key: impl ToArg,
        cursor: ScanCursor,
    ) -> Response<'_, Self, ScanPage<(BulkString, BulkString)>> {
        self.hscan_with(key, cursor, ScanOptions::new())
    }

    /// [`hscan`](Self::hscan) of the fields that match a pattern, or by larger pages.
    ///
    /// # Reply
    ///
    /// Pairs of field and value, and where the next page begins; of the same shape on both protocols.
    ///
    /// # Errors
    ///
    /// A count of 0 is refused before any I/O.
    ///
    /// [`HSCAN`](https://redis.io/docs/latest/commands/hscan/) · since 2.8.0 · O(1) for every call. O(N) for
    /// a complete iteration, including enough command calls for the cursor to return back to 0. N is the
    /// number of elements inside the collection.
    ///
    /// # Example: what begins with `a`
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::{ScanCursor, ScanOptions};
    ///
    /// redis.hset("hscan_with:h", [("ada", 1815), ("grace", 1906)])?;
    /// let with_a = ScanOptions::new().pattern("a*").count(100);
    /// let page = redis.hscan_with("hscan_with:h", ScanCursor::START, with_a)?;
    /// assert_eq!(page.items, [("ada".into(), "1815".into())]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hscan_with(
        &self,
        key: impl ToArg,
        cursor: ScanCursor,
        options: ScanOptions,
    ) -> Response<'_, Self, ScanPage<(BulkString, BulkString)>> {
        self.execute_command(
            Command::new(&table::HSCAN).key(&key).arg(&cursor).args(&options).shape(PAGE),
        )
    }

    /// A page of the names of the fields alone, as [`hscan`](Self::hscan) gives them with their values
    /// (`NOVALUES`; Redis 7.4.0, Valkey 8.0.0).
    ///
    /// # Reply
    ///
    /// The names, and where the next page begins.
    ///
    /// [`HSCAN`](https://redis.io/docs/latest/commands/hscan/) · since 2.8.0 · O(1) for every call. O(N) for
    /// a complete iteration, including enough command calls for the cursor to return back to 0. N is the
    /// number of elements inside the collection.
    ///
    /// # Example: the names of a small hash
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.4.0") else { return Ok(()) };
    /// use redis_sync::ScanCursor;
    ///
    /// redis.hset("hscan_fields:h", ("name", "Ada"))?;
    /// let page = redis.hscan_fields("hscan_fields:h", ScanCursor::START)?;
    /// assert_eq!((page.items, page.next), (vec!["name".into()], None));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hscan_fields(
        &self,
        key: impl ToArg,
        cursor: ScanCursor,
    ) -> Response<'_, Self, ScanPage<BulkString>> {
        self.hscan_fields_with(key, cursor, ScanOptions::new())
    }

    /// [`hscan_fields`](Self::hscan_fields) of what matches a pattern, or by larger pages
    /// (`NOVALUES`; Redis 7.4.0, Valkey 8.0.0).
    ///
    /// # Reply
    ///
    /// The names, and where the next page begins.
    ///
    /// # Errors
    ///
    /// A count of 0 is refused before any I/O.
    ///
    /// [`HSCAN`](https://redis.io/docs/latest/commands/hscan/) · since 2.8.0 · O(1) for every call. O(N) for
    /// a complete iteration, including enough command calls for the cursor to return back to 0. N is the
    /// number of elements inside the collection.
    ///
    /// # Example: names that begin with `a`
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.4.0") else { return Ok(()) };
    /// use redis_sync::{ScanCursor, ScanOptions};
    ///
    /// redis.hset("hscan_fields_with:h", [("ada", 1815), ("grace", 1906)])?;
    /// let with_a = ScanOptions::new().pattern("a*");
    /// let page = redis.hscan_fields_with("hscan_fields_with:h", ScanCursor::START, with_a)?;
    /// assert_eq!(page.items, ["ada"]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hscan_fields_with(
        &self,
        key: impl ToArg,
        cursor: ScanCursor,
        options: ScanOptions,
    ) -> Response<'_, Self, ScanPage<BulkString>> {
        let command = Command::new(&table::HSCAN).key(&key).arg(&cursor).args(&options);
        self.execute_command(command.arg("NOVALUES"))
    }

    /// Sets fields to values: a pair, pairs, a map or a derived struct.
    ///
    /// # Reply
    ///
    /// How many of the fields are new.
    ///
    /// [`HSET`](https://redis.io/docs/latest/commands/hset/) · since 2.0.0 · O(1) for each field/value pair
    /// added, so O(N) to add N field/value pairs when the command is called with multiple field/value
    /// pairs.
    ///
    /// # Example: set two fields
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("hset:h")?;
    /// assert_eq!(redis.hset("hset:h", [("name", "Ada"), ("born", "1815")])?, 2);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    #[doc(alias = "hmset")]
    fn hset(&self, key: impl ToArg, pairs: impl ToArgs) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::HSET).key(&key).in_pairs("pairs", &pairs))
    }

    /// Sets fields to values that never expire, as [`hset`](Self::hset) does; the options are those of
    /// [`hsetex_with`](Self::hsetex_with).
    ///
    /// # Reply
    ///
    /// Whether they were set: without a condition always so.
    ///
    /// [`HSETEX`](https://redis.io/docs/latest/commands/hsetex/) · since 8.0.0 · O(N) where N is the number
    /// of fields being set.
    ///
    /// # Example: set two fields
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("8.0.0") else { return Ok(()) };
    /// assert!(redis.hsetex("hsetex:h", [("a", 1), ("b", 2)])?);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hsetex(&self, key: impl ToArg, pairs: impl ToArgs) -> Response<'_, Self, bool> {
        self.hsetex_with(key, pairs, HSetExOptions::new())
    }

    /// Sets fields to values that expire, or under a condition: all of them, or none.
    ///
    /// # Reply
    ///
    /// Whether they were set; not if the condition does not hold.
    ///
    /// # Errors
    ///
    /// An expiry of zero, or before 1970, is refused before any I/O.
    ///
    /// [`HSETEX`](https://redis.io/docs/latest/commands/hsetex/) · since 8.0.0 · O(N) where N is the number
    /// of fields being set.
    ///
    /// # Example: a session that ends by itself
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("8.0.0") else { return Ok(()) };
    /// use redis_sync::HSetExOptions;
    /// use std::time::Duration;
    ///
    /// redis.del("hsetex_with:h")?;
    /// let once = HSetExOptions::if_fields_absent().expiry(Duration::from_secs(60));
    /// assert!(redis.hsetex_with("hsetex_with:h", ("session", "abc"), once)?);
    /// assert!(!redis.hsetex_with("hsetex_with:h", ("session", "xyz"), once)?);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hsetex_with(
        &self,
        key: impl ToArg,
        pairs: impl ToArgs,
        options: HSetExOptions,
    ) -> Response<'_, Self, bool> {
        self.execute_command(
            Command::new(&table::HSETEX)
                .key(&key)
                .args(&options)
                .arg("FIELDS")
                .args(&CountedPairs(&pairs)),
        )
    }

    /// Sets a field to a value if the hash does not have it yet.
    ///
    /// # Reply
    ///
    /// Whether it was set.
    ///
    /// [`HSETNX`](https://redis.io/docs/latest/commands/hsetnx/) · since 2.0.0 · O(1)
    ///
    /// # Example: the first value stays
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.hset("hsetnx:h", ("a", 1))?;
    /// assert!(!redis.hsetnx("hsetnx:h", "a", 2)?);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hsetnx(
        &self,
        key: impl ToArg,
        field: impl ToArg,
        value: impl ToArg,
    ) -> Response<'_, Self, bool> {
        self.execute_command(Command::new(&table::HSETNX).key(&key).arg(&field).arg(&value))
    }

    /// How many bytes the value of a field has.
    ///
    /// # Reply
    ///
    /// The number; 0 if there is no such field or key.
    ///
    /// [`HSTRLEN`](https://redis.io/docs/latest/commands/hstrlen/) · since 3.2.0 · O(1)
    ///
    /// # Example: measure a value
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.hset("hstrlen:h", ("a", "value"))?;
    /// assert_eq!(redis.hstrlen("hstrlen:h", "a")?, 5);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hstrlen(&self, key: impl ToArg, field: impl ToArg) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::HSTRLEN).key(&key).arg(&field))
    }

    /// How long fields live on, to the millisecond: by `HPTTL`.
    ///
    /// # Reply
    ///
    /// For each field, in their order: [`Ttl::Missing`] if there is no such field, [`Ttl::Persistent`] if
    /// it never expires.
    ///
    /// [`HPTTL`](https://redis.io/docs/latest/commands/hpttl/) · since 7.4.0 · O(N) where N is the number
    /// of specified fields
    ///
    /// # Example: ask for two fields
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.4.0") else { return Ok(()) };
    /// use redis_sync::Ttl;
    ///
    /// redis.hset("httl:h", ("a", 1))?;
    /// assert_eq!(redis.httl("httl:h", ["a", "b"])?, [Ttl::Persistent, Ttl::Missing]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    #[doc(alias = "hpttl")]
    fn httl(&self, key: impl ToArg, fields: impl ToArgs) -> Response<'_, Self, Vec<Ttl>> {
        self.execute_command(
            Command::new(&table::HPTTL).key(&key).arg("FIELDS").counted_args("fields", &fields),
        )
    }

    /// The values of all fields.
    ///
    /// # Reply
    ///
    /// The values, in no order; empty if the key does not exist.
    ///
    /// [`HVALS`](https://redis.io/docs/latest/commands/hvals/) · since 2.0.0 · O(N) where N is the size of
    /// the hash.
    ///
    /// # Example: list the values
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.hset("hvals:h", ("a", 1))?;
    /// assert_eq!(redis.hvals("hvals:h")?[0], "1");
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hvals(&self, key: impl ToArg) -> Response<'_, Self, Vec<BulkString>> {
        self.execute_command(Command::new(&table::HVALS).key(&key))
    }
}

impl<C: ExecuteCommand + ?Sized> HashCommands for C {}

/// A cursor, and fields with their values.
const PAGE: Shape = Shape::Tuple(&[Shape::AsIs, Shape::Pairs]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Persist;
    use crate::rehearsal::{read, refusal, wire};
    use std::collections::BTreeMap;

    #[test]
    fn commands_are_written_as_the_reference_says() {
        assert_eq!(wire(|r| r.hdel("h", ["a", "b"])), "HDEL [h] a b");
        assert_eq!(wire(|r| r.hexists("h", "a")), "HEXISTS [h] a");
        assert_eq!(wire(|r| r.hget("h", "a")), "HGET [h] a");
        assert_eq!(wire(|r| r.hgetall("h")), "HGETALL [h]");
        assert_eq!(wire(|r| r.hincrby("h", "a", -1)), "HINCRBY [h] a -1");
        assert_eq!(wire(|r| r.hincrbyfloat("h", "a", 0.5)), "HINCRBYFLOAT [h] a 0.5");
        assert_eq!(wire(|r| r.hkeys("h")), "HKEYS [h]");
        assert_eq!(wire(|r| r.hlen("h")), "HLEN [h]");
        assert_eq!(wire(|r| r.hmget("h", ["a", "b"])), "HMGET [h] a b");
        assert_eq!(wire(|r| r.hrandfield("h")), "HRANDFIELD [h]");
        assert_eq!(wire(|r| r.hrandfield_count("h", -3)), "HRANDFIELD [h] -3");
        assert_eq!(wire(|r| r.hrandfield_with_values("h", 2)), "HRANDFIELD [h] 2 WITHVALUES");
        assert_eq!(wire(|r| r.hset("h", ("a", 1))), "HSET [h] a 1");
        let map = BTreeMap::from([("a", 1), ("b", 2)]);
        assert_eq!(wire(|r| r.hset("h", &map)), "HSET [h] a 1 b 2");
        assert_eq!(wire(|r| r.hsetnx("h", "a", 1)), "HSETNX [h] a 1");
        assert_eq!(wire(|r| r.httl("h", "a")), "HPTTL [h] FIELDS 1 a");
        assert_eq!(wire(|r| r.hvals("h")), "HVALS [h]");
        assert_eq!(wire(|r| r.hstrlen("h", "a")), "HSTRLEN [h] a");
        assert_eq!(wire(|r| r.hgetdel("h", ["a", "b"])), "HGETDEL [h] FIELDS 2 a b");
        assert_eq!(wire(|r| r.hpersist("h", ["a", "b"])), "HPERSIST [h] FIELDS 2 a b");
        assert_eq!(wire(|r| r.hexpiretime("h", "a")), "HPEXPIRETIME [h] FIELDS 1 a");
        assert_eq!(wire(|r| r.hsetex("h", &map)), "HSETEX [h] FIELDS 2 a 1 b 2");
    }

    #[test]
    fn an_increment_that_is_not_finite_is_refused_by_name() {
        let nan = refusal(|r| r.hincrbyfloat("h", "f", f64::NAN));
        assert_eq!(nan, "HINCRBYFLOAT: `increment` is NaN: it must be finite");
        refusal(|r| r.hincrbyfloat("h", "f", f64::INFINITY));
    }

    #[test]
    fn every_list_of_fields_must_have_one() {
        let none: [&str; 0] = [];
        let second = Duration::from_secs(1);
        let empty = "`fields` is empty: at least one is needed";
        assert_eq!(refusal(|r| r.hdel("h", none)), format!("HDEL: {empty}"));
        assert_eq!(refusal(|r| r.hmget("h", none)), format!("HMGET: {empty}"));
        assert_eq!(refusal(|r| r.hgetdel("h", none)), format!("HGETDEL: {empty}"));
        assert_eq!(refusal(|r| r.hgetex("h", none, second)), format!("HGETEX: {empty}"));
        assert_eq!(refusal(|r| r.hpersist("h", none)), format!("HPERSIST: {empty}"));
        assert_eq!(refusal(|r| r.hexpiretime("h", none)), format!("HPEXPIRETIME: {empty}"));
    }

    #[test]
    fn the_expiry_of_fields_chooses_its_command() {
        let second = Duration::from_secs(1);
        let fields = ["a", "b"];
        assert_eq!(wire(|r| r.hexpire("h", fields, second)), "HEXPIRE [h] 1 FIELDS 2 a b");
        let if_persistent = ExpireOptions::if_persistent();
        assert_eq!(
            wire(|r| r.hexpire_with("h", "a", second / 4, if_persistent)),
            "HPEXPIRE [h] 250 NX FIELDS 1 a"
        );
        let moment = SystemTime::UNIX_EPOCH + second * 9;
        assert_eq!(wire(|r| r.hexpire_at("h", fields, moment)), "HEXPIREAT [h] 9 FIELDS 2 a b");
        assert_eq!(
            wire(|r| r.hexpire_at_with("h", "a", moment + second / 4, ExpireOptions::if_later())),
            "HPEXPIREAT [h] 9250 GT FIELDS 1 a"
        );
        assert_eq!(wire(|r| r.hgetex("h", fields, second)), "HGETEX [h] EX 1 FIELDS 2 a b");
        assert_eq!(wire(|r| r.hgetex("h", "a", Persist)), "HGETEX [h] PERSIST FIELDS 1 a");
        refusal(|r| r.hexpire_at("h", "a", SystemTime::UNIX_EPOCH - second));
        refusal(|r| r.hgetex("h", "a", Duration::ZERO));
    }

    #[test]
    fn replies_are_alike_on_both_protocols() {
        let map = read("*2 $1 a $1 1 ", "%1 $1 a $1 1 ", |r| r.hgetall("h"));
        assert_eq!(map, HashMap::from([("a".into(), "1".into())]));
        assert!(read("*0 ", "%0 ", |r| r.hgetall("h")).is_empty());
        let pairs = read("*4 $1 a $1 1 $1 b $1 2 ", "*2 *2 $1 a $1 1 *2 $1 b $1 2 ", |r| {
            r.hrandfield_with_values("h", 2)
        });
        assert_eq!(pairs, [("a".into(), "1".into()), ("b".into(), "2".into())]);
        let times = read("*3 :-2 :-1 :1500 ", "*3 :-2 :-1 :1500 ", |r| r.hexpiretime("h", "f"));
        let moment = SystemTime::UNIX_EPOCH + Duration::from_millis(1500);
        assert_eq!(times, [ExpiresAt::Missing, ExpiresAt::Persistent, ExpiresAt::At(moment)]);
        assert_eq!(read("$3 1.5 ", "$3 1.5 ", |r| r.hincrbyfloat("h", "a", 1.0)), 1.5);
    }
}
