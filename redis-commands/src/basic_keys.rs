//! Keys of every type, and strings.
//!
//! Decides how these commands are written and what their replies are. Does not walk the keyspace, and
//! does not know other types of value than strings.

use crate::arguments::Arguments;
use crate::expiry::{GetexExpiry, Span};
use crate::key_options::{CopyOptions, ExpireOptions, SetOptions};
use crate::key_replies::{KeyType, Ttl};
use redis_core::command::{Command, ToArg, ToArgs, table};
use redis_core::{BulkString, ExecuteCommand, Response, Shape};
use std::time::{Duration, SystemTime};

/// Commands on keys of every type, and on strings.
pub trait BasicKeyCommands: ExecuteCommand {
    /// Appends `value` to the string at `key`, which is made if it does not exist.
    ///
    /// # Reply
    ///
    /// How many bytes the string has then.
    ///
    /// [`APPEND`](https://redis.io/docs/latest/commands/append/) · since 2.0.0 · O(1). The amortized time
    /// complexity is O(1) assuming the appended value is small and the already present value is of any
    /// size, since the dynamic string library used by Redis will double the free space available on every
    /// reallocation.
    ///
    /// # Example: add to a string
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("append:k", "Hello")?;
    /// assert_eq!(redis.append("append:k", ", world")?, 12);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn append(&self, key: impl ToArg, value: impl ToArg) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::APPEND).key(&key).arg(&value))
    }

    /// Copies the value at `source`, with its expiry, to `destination`, which must not exist.
    ///
    /// # Reply
    ///
    /// Whether it was copied; not if `source` does not exist or `destination` does.
    ///
    /// [`COPY`](https://redis.io/docs/latest/commands/copy/) · since 6.2.0 · O(N) worst case for
    /// collections, where N is the number of nested items. O(1) for string values.
    ///
    /// # Example: copy a value
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("{copy}:a", "v")?;
    /// redis.del("{copy}:b")?;
    /// assert!(redis.copy("{copy}:a", "{copy}:b")?);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn copy(&self, source: impl ToArg, destination: impl ToArg) -> Response<'_, Self, bool> {
        self.execute_command(Command::new(&table::COPY).key(&source).key(&destination))
    }

    /// [`copy`](Self::copy) into another database, or over what is there.
    ///
    /// # Reply
    ///
    /// Whether it was copied.
    ///
    /// [`COPY`](https://redis.io/docs/latest/commands/copy/) · since 6.2.0 · O(N) worst case for
    /// collections, where N is the number of nested items. O(1) for string values.
    ///
    /// # Example: replace what is there
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::CopyOptions;
    ///
    /// redis.mset([("{copy_with}:a", "new"), ("{copy_with}:b", "old")])?;
    /// assert!(redis.copy_with("{copy_with}:a", "{copy_with}:b", CopyOptions::new().replace())?);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn copy_with(
        &self,
        source: impl ToArg,
        destination: impl ToArg,
        options: CopyOptions,
    ) -> Response<'_, Self, bool> {
        self.execute_command(
            Command::new(&table::COPY).key(&source).key(&destination).args(&options),
        )
    }

    /// Takes one from the integer at `key`, which starts from 0.
    ///
    /// # Reply
    ///
    /// The number then.
    ///
    /// # Errors
    ///
    /// `ERR` if the value is no 64-bit integer, or would leave its range.
    ///
    /// [`DECR`](https://redis.io/docs/latest/commands/decr/) · since 1.0.0 · O(1)
    ///
    /// # Example: count down
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("decr:k", 10)?;
    /// assert_eq!(redis.decr("decr:k")?, 9);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn decr(&self, key: impl ToArg) -> Response<'_, Self, i64> {
        self.execute_command(Command::new(&table::DECR).key(&key))
    }

    /// Takes `decrement` from the integer at `key`, which starts from 0.
    ///
    /// # Reply
    ///
    /// The number then.
    ///
    /// # Errors
    ///
    /// `ERR` if the value is no 64-bit integer, or would leave its range.
    ///
    /// [`DECRBY`](https://redis.io/docs/latest/commands/decrby/) · since 1.0.0 · O(1)
    ///
    /// # Example: count down by three
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("decrby:k", 10)?;
    /// assert_eq!(redis.decrby("decrby:k", 3)?, 7);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn decrby(&self, key: impl ToArg, decrement: i64) -> Response<'_, Self, i64> {
        self.execute_command(Command::new(&table::DECRBY).key(&key).arg(&decrement))
    }

    /// Deletes keys.
    ///
    /// # Reply
    ///
    /// How many of them existed.
    ///
    /// [`DEL`](https://redis.io/docs/latest/commands/del/) · since 1.0.0 · O(N) where N is the number of
    /// keys that will be removed. When a key to remove holds a value other than a string, the individual
    /// complexity for this key is O(M) where M is the number of elements in the list, set, sorted set or
    /// hash. Removing a single key that holds a string value is O(1).
    ///
    /// # Example: delete two keys, one of which exists
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("{del}:a", 1)?;
    /// assert_eq!(redis.del(["{del}:a", "{del}:b"])?, 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn del(&self, keys: impl ToArgs) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::DEL).keys(&keys).at_least(1, "keys"))
    }

    /// Counts the keys that exist; one that is named twice counts twice.
    ///
    /// # Reply
    ///
    /// The number.
    ///
    /// [`EXISTS`](https://redis.io/docs/latest/commands/exists/) · since 1.0.0 · O(N) where N is the number
    /// of keys to check.
    ///
    /// # Example: ask for one key
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("exists:k", "v")?;
    /// assert_eq!(redis.exists("exists:k")?, 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn exists(&self, keys: impl ToArgs) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::EXISTS).keys(&keys).at_least(1, "keys"))
    }

    /// Lets `key` expire after some time: in whole seconds by `EXPIRE`, else in milliseconds by `PEXPIRE`.
    ///
    /// A zero duration is refused before any I/O: [`del`](Self::del) says what it would do.
    ///
    /// # Reply
    ///
    /// Whether the expiry was set; not if the key does not exist.
    ///
    /// [`EXPIRE`](https://redis.io/docs/latest/commands/expire/) · since 1.0.0 · O(1)
    ///
    /// # Example: let a key expire
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use std::time::Duration;
    ///
    /// redis.set("expire:k", "v")?;
    /// assert!(redis.expire("expire:k", Duration::from_millis(1500))?);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    #[doc(alias = "pexpire")]
    fn expire(&self, key: impl ToArg, after: Duration) -> Response<'_, Self, bool> {
        self.expire_with(key, after, ExpireOptions::new())
    }

    /// [`expire`](Self::expire) under a condition.
    ///
    /// # Reply
    ///
    /// Whether the expiry was set; not if the key does not exist or the condition does not hold.
    ///
    /// [`EXPIRE`](https://redis.io/docs/latest/commands/expire/) · since 1.0.0 · O(1)
    ///
    /// # Example: never shorten a life
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::ExpireOptions;
    /// use std::time::Duration;
    ///
    /// redis.set("expire_with:k", "v")?;
    /// redis.expire("expire_with:k", Duration::from_secs(100))?;
    /// let longer = ExpireOptions::if_later();
    /// assert!(!redis.expire_with("expire_with:k", Duration::from_secs(10), longer)?);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn expire_with(
        &self,
        key: impl ToArg,
        after: Duration,
        options: ExpireOptions,
    ) -> Response<'_, Self, bool> {
        self.execute_command(
            Command::new(Span(after).choose(&table::EXPIRE, &table::PEXPIRE))
                .key(&key)
                .arg(&Span(after))
                .args(&options),
        )
    }

    /// Lets `key` expire at a moment: in whole seconds by `EXPIREAT`, else in milliseconds by `PEXPIREAT`.
    ///
    /// # Reply
    ///
    /// Whether the expiry was set; not if the key does not exist. A moment in the past deletes it.
    ///
    /// [`EXPIREAT`](https://redis.io/docs/latest/commands/expireat/) · since 1.2.0 · O(1)
    ///
    /// # Example: expire in an hour, by the clock
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use std::time::{Duration, SystemTime};
    ///
    /// redis.set("expire_at:k", "v")?;
    /// assert!(redis.expire_at("expire_at:k", SystemTime::now() + Duration::from_secs(3600))?);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    #[doc(alias = "expireat")]
    #[doc(alias = "pexpireat")]
    fn expire_at(&self, key: impl ToArg, at: SystemTime) -> Response<'_, Self, bool> {
        self.expire_at_with(key, at, ExpireOptions::new())
    }

    /// [`expire_at`](Self::expire_at) under a condition.
    ///
    /// # Reply
    ///
    /// Whether the expiry was set; not if the key does not exist or the condition does not hold.
    ///
    /// [`EXPIREAT`](https://redis.io/docs/latest/commands/expireat/) · since 1.2.0 · O(1)
    ///
    /// # Example: only where no expiry is set
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::ExpireOptions;
    /// use std::time::{Duration, SystemTime};
    ///
    /// redis.set("expire_at_with:k", "v")?;
    /// let tomorrow = SystemTime::now() + Duration::from_secs(86_400);
    /// assert!(redis.expire_at_with("expire_at_with:k", tomorrow, ExpireOptions::if_persistent())?);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn expire_at_with(
        &self,
        key: impl ToArg,
        at: SystemTime,
        options: ExpireOptions,
    ) -> Response<'_, Self, bool> {
        self.execute_command(
            Command::new(Span::since_epoch(at).choose(&table::EXPIREAT, &table::PEXPIREAT))
                .key(&key)
                .arg(&Span::since_epoch(at))
                .args(&options),
        )
    }

    /// The string at `key`.
    ///
    /// # Reply
    ///
    /// The value; `None` if the key does not exist.
    ///
    /// # Errors
    ///
    /// `WRONGTYPE` if the key holds no string.
    ///
    /// [`GET`](https://redis.io/docs/latest/commands/get/) · since 1.0.0 · O(1)
    ///
    /// # Example: read a value back
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("get:k", "v")?;
    /// assert!(redis.get("get:k")?.is_some_and(|value| value == "v"));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn get(&self, key: impl ToArg) -> Response<'_, Self, Option<BulkString>> {
        self.execute_command(Command::new(&table::GET).key(&key))
    }

    /// The string at `key`, which is deleted.
    ///
    /// # Reply
    ///
    /// The value; `None` if the key does not exist.
    ///
    /// # Errors
    ///
    /// `WRONGTYPE` if the key holds no string.
    ///
    /// [`GETDEL`](https://redis.io/docs/latest/commands/getdel/) · since 6.2.0 · O(1)
    ///
    /// # Example: take a value away
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("getdel:k", "v")?;
    /// assert!(redis.getdel("getdel:k")?.is_some());
    /// assert!(redis.getdel("getdel:k")?.is_none());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn getdel(&self, key: impl ToArg) -> Response<'_, Self, Option<BulkString>> {
        self.execute_command(Command::new(&table::GETDEL).key(&key))
    }

    /// The string at `key`, the expiry of which is set, or taken away with [`Persist`](crate::Persist).
    ///
    /// # Reply
    ///
    /// The value; `None` if the key does not exist.
    ///
    /// # Errors
    ///
    /// `WRONGTYPE` if the key holds no string.
    ///
    /// [`GETEX`](https://redis.io/docs/latest/commands/getex/) · since 6.2.0 · O(1)
    ///
    /// # Example: a session lives on as long as it is used
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use std::time::Duration;
    ///
    /// redis.set("getex:k", "v")?;
    /// assert!(redis.getex("getex:k", Duration::from_secs(60))?.is_some());
    /// assert!(redis.ttl("getex:k")?.left().is_some());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn getex(
        &self,
        key: impl ToArg,
        expiry: impl Into<GetexExpiry>,
    ) -> Response<'_, Self, Option<BulkString>> {
        self.execute_command(Command::new(&table::GETEX).key(&key).args(&expiry.into()))
    }

    /// Adds one to the integer at `key`, which starts from 0.
    ///
    /// # Reply
    ///
    /// The number then.
    ///
    /// # Errors
    ///
    /// `ERR` if the value is no 64-bit integer, or would leave its range.
    ///
    /// [`INCR`](https://redis.io/docs/latest/commands/incr/) · since 1.0.0 · O(1)
    ///
    /// # Example: count
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("incr:k", 10)?;
    /// assert_eq!(redis.incr("incr:k")?, 11);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn incr(&self, key: impl ToArg) -> Response<'_, Self, i64> {
        self.execute_command(Command::new(&table::INCR).key(&key))
    }

    /// Adds `increment` to the integer at `key`, which starts from 0.
    ///
    /// # Reply
    ///
    /// The number then.
    ///
    /// # Errors
    ///
    /// `ERR` if the value is no 64-bit integer, or would leave its range.
    ///
    /// [`INCRBY`](https://redis.io/docs/latest/commands/incrby/) · since 1.0.0 · O(1)
    ///
    /// # Example: count by five
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("incrby:k", 10)?;
    /// assert_eq!(redis.incrby("incrby:k", 5)?, 15);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn incrby(&self, key: impl ToArg, increment: i64) -> Response<'_, Self, i64> {
        self.execute_command(Command::new(&table::INCRBY).key(&key).arg(&increment))
    }

    /// Adds `increment` to the number at `key`, which starts from 0.
    ///
    /// # Reply
    ///
    /// The number then.
    ///
    /// # Errors
    ///
    /// `ERR` if the value is no number, or would be infinite. NaN is refused before any I/O.
    ///
    /// [`INCRBYFLOAT`](https://redis.io/docs/latest/commands/incrbyfloat/) · since 2.6.0 · O(1)
    ///
    /// # Example: add a half
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("incrbyfloat:k", 10.5)?;
    /// assert_eq!(redis.incrbyfloat("incrbyfloat:k", 0.5)?, 11.0);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn incrbyfloat(&self, key: impl ToArg, increment: f64) -> Response<'_, Self, f64> {
        self.execute_command(Command::new(&table::INCRBYFLOAT).key(&key).arg(&increment))
    }

    /// What kind of value `key` holds.
    ///
    /// # Reply
    ///
    /// The type; [`KeyType::Missing`] if the key does not exist.
    ///
    /// [`TYPE`](https://redis.io/docs/latest/commands/type/) · since 1.0.0 · O(1)
    ///
    /// # Example: look before reading
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::KeyType;
    ///
    /// redis.set("key_type:k", "v")?;
    /// assert_eq!(redis.key_type("key_type:k")?, KeyType::String);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    #[doc(alias = "type")]
    fn key_type(&self, key: impl ToArg) -> Response<'_, Self, KeyType> {
        self.execute_command(Command::new(&table::TYPE).key(&key))
    }

    /// The strings at several keys.
    ///
    /// # Reply
    ///
    /// A value for each key, in their order; `None` for one that does not exist or holds no string.
    ///
    /// [`MGET`](https://redis.io/docs/latest/commands/mget/) · since 1.0.0 · O(N) where N is the number of
    /// keys to retrieve.
    ///
    /// # Example: read three keys at once
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.mset([("{mget}:a", 1), ("{mget}:b", 2)])?;
    /// redis.del("{mget}:c")?;
    /// let values = redis.mget(["{mget}:a", "{mget}:b", "{mget}:c"])?;
    /// assert!(values[1].is_some() && values[2].is_none());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn mget(&self, keys: impl ToArgs) -> Response<'_, Self, Vec<Option<BulkString>>> {
        self.execute_command(Command::new(&table::MGET).keys(&keys).at_least(1, "keys"))
    }

    /// Sets several keys to values, in one step: pairs, or a map.
    ///
    /// # Reply
    ///
    /// Nothing: it does not fail.
    ///
    /// [`MSET`](https://redis.io/docs/latest/commands/mset/) · since 1.0.1 · O(N) where N is the number of
    /// keys to set.
    ///
    /// # Example: set two keys
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.mset([("{mset}:a", 1), ("{mset}:b", 2)])?;
    /// assert_eq!(redis.exists(["{mset}:a", "{mset}:b"])?, 2);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn mset(&self, pairs: impl ToArgs) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::MSET).keys_in_pairs("pairs", &pairs))
    }

    /// Sets several keys to values if none of them exists: all, or none.
    ///
    /// # Reply
    ///
    /// Whether they were set.
    ///
    /// [`MSETNX`](https://redis.io/docs/latest/commands/msetnx/) · since 1.0.1 · O(N) where N is the number
    /// of keys to set.
    ///
    /// # Example: not where one exists
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("{msetnx}:a", 1)?;
    /// assert!(!redis.msetnx([("{msetnx}:a", 1), ("{msetnx}:b", 2)])?);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn msetnx(&self, pairs: impl ToArgs) -> Response<'_, Self, bool> {
        self.execute_command(Command::new(&table::MSETNX).keys_in_pairs("pairs", &pairs))
    }

    /// How the server keeps the value at `key` in memory: `embstr`, `listpack`, `skiplist`, …
    ///
    /// # Reply
    ///
    /// The name of the encoding; `None` if the key does not exist.
    ///
    /// [`OBJECT ENCODING`](https://redis.io/docs/latest/commands/object-encoding/) · since 2.2.3 · O(1)
    ///
    /// # Example: a number is kept as one
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("object_encoding:k", 42)?;
    /// assert_eq!(redis.object_encoding("object_encoding:k")?.as_deref(), Some("int"));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn object_encoding(&self, key: impl ToArg) -> Response<'_, Self, Option<String>> {
        self.execute_command(Command::new(&table::OBJECT_ENCODING).key(&key))
    }

    /// Takes the expiry of `key` away.
    ///
    /// # Reply
    ///
    /// Whether there was one.
    ///
    /// [`PERSIST`](https://redis.io/docs/latest/commands/persist/) · since 2.2.0 · O(1)
    ///
    /// # Example: keep a key for good
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use std::time::Duration;
    ///
    /// redis.set("persist:k", "v")?;
    /// redis.expire("persist:k", Duration::from_secs(60))?;
    /// assert!(redis.persist("persist:k")?);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn persist(&self, key: impl ToArg) -> Response<'_, Self, bool> {
        self.execute_command(Command::new(&table::PERSIST).key(&key))
    }

    /// Gives a key another name; what had that name is deleted.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// # Errors
    ///
    /// `ERR` if `key` does not exist.
    ///
    /// [`RENAME`](https://redis.io/docs/latest/commands/rename/) · since 1.0.0 · O(1)
    ///
    /// # Example: rename a key
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("{rename}:a", "v")?;
    /// redis.rename("{rename}:a", "{rename}:b")?;
    /// assert_eq!(redis.exists("{rename}:b")?, 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn rename(&self, key: impl ToArg, new_key: impl ToArg) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::RENAME).key(&key).key(&new_key))
    }

    /// Sets `key` to a value, whatever it held before, and takes its expiry away.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// [`SET`](https://redis.io/docs/latest/commands/set/) · since 1.0.0 · O(1)
    ///
    /// # Example: set and get
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("set:k", "v")?;
    /// assert!(redis.get("set:k")?.is_some_and(|value| value == "v"));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn set(&self, key: impl ToArg, value: impl ToArg) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::SET).key(&key).arg(&value))
    }

    /// [`set`](Self::set) with an expiry, or under a condition.
    ///
    /// # Reply
    ///
    /// Whether it was set; always, where no condition is.
    ///
    /// [`SET`](https://redis.io/docs/latest/commands/set/) · since 1.0.0 · O(1)
    ///
    /// # Example: a lock that lets go by itself
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::SetOptions;
    /// use std::time::Duration;
    ///
    /// redis.del("set_with:lock")?;
    /// let options = SetOptions::if_absent().expiry(Duration::from_secs(30));
    /// assert!(redis.set_with("set_with:lock", "me", options.clone())?);
    /// assert!(!redis.set_with("set_with:lock", "you", options)?);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    #[doc(alias = "setex")]
    #[doc(alias = "setnx")]
    #[doc(alias = "psetex")]
    fn set_with(
        &self,
        key: impl ToArg,
        value: impl ToArg,
        options: SetOptions,
    ) -> Response<'_, Self, bool> {
        self.execute_command(
            Command::new(&table::SET).key(&key).arg(&value).args(&options).shape(Shape::Accepted),
        )
    }

    /// [`set_with`](Self::set_with), and what was there before (`GET`).
    ///
    /// # Reply
    ///
    /// The value that `key` had, whether or not it was replaced; `None` if it did not exist.
    ///
    /// # Errors
    ///
    /// `WRONGTYPE` if the key holds no string; it is not replaced then.
    ///
    /// [`SET`](https://redis.io/docs/latest/commands/set/) · since 1.0.0 · O(1)
    ///
    /// # Example: swap a value
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::SetOptions;
    ///
    /// redis.set("set_get:k", "old")?;
    /// let old = redis.set_get("set_get:k", "new", SetOptions::new())?;
    /// assert!(old.is_some_and(|value| value == "old"));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    #[doc(alias = "getset")]
    fn set_get(
        &self,
        key: impl ToArg,
        value: impl ToArg,
        options: SetOptions,
    ) -> Response<'_, Self, Option<BulkString>> {
        self.execute_command(
            Command::new(&table::SET).key(&key).arg(&value).arg("GET").args(&options),
        )
    }

    /// How many bytes the string at `key` has.
    ///
    /// # Reply
    ///
    /// The length; 0 if the key does not exist.
    ///
    /// # Errors
    ///
    /// `WRONGTYPE` if the key holds no string.
    ///
    /// [`STRLEN`](https://redis.io/docs/latest/commands/strlen/) · since 2.2.0 · O(1)
    ///
    /// # Example: measure a string
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("strlen:k", "Hello")?;
    /// assert_eq!(redis.strlen("strlen:k")?, 5);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn strlen(&self, key: impl ToArg) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::STRLEN).key(&key))
    }

    /// How long `key` lives on, to the millisecond: by `PTTL`.
    ///
    /// # Reply
    ///
    /// [`Ttl::Missing`] if the key does not exist, [`Ttl::Persistent`] if it never expires.
    ///
    /// [`PTTL`](https://redis.io/docs/latest/commands/pttl/) · since 2.6.0 · O(1)
    ///
    /// # Example: ask for the expiry
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::Ttl;
    ///
    /// redis.set("ttl:k", "v")?;
    /// assert_eq!(redis.ttl("ttl:k")?, Ttl::Persistent);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    #[doc(alias = "pttl")]
    fn ttl(&self, key: impl ToArg) -> Response<'_, Self, Ttl> {
        self.execute_command(Command::new(&table::PTTL).key(&key))
    }

    /// Deletes keys, and frees their memory in the background.
    ///
    /// # Reply
    ///
    /// How many of them existed.
    ///
    /// [`UNLINK`](https://redis.io/docs/latest/commands/unlink/) · since 4.0.0 · O(1) for each key removed
    /// regardless of its size. Then the command does O(N) work in a different thread in order to reclaim
    /// memory, where N is the number of allocations the deleted objects where composed of.
    ///
    /// # Example: delete something large
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("unlink:k", "large")?;
    /// assert_eq!(redis.unlink("unlink:k")?, 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn unlink(&self, keys: impl ToArgs) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::UNLINK).keys(&keys).at_least(1, "keys"))
    }
}

impl<C: ExecuteCommand + ?Sized> BasicKeyCommands for C {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{read, refusal, sent, wire};
    use crate::{KeepTtl, Persist};

    #[test]
    fn commands_are_written_as_the_reference_says() {
        assert_eq!(wire(|r| r.append("k", "v")), "APPEND [k] v");
        assert_eq!(wire(|r| r.copy("a", "b")), "COPY [a] [b]");
        assert_eq!(wire(|r| r.decr("k")), "DECR [k]");
        assert_eq!(wire(|r| r.decrby("k", -2)), "DECRBY [k] -2");
        assert_eq!(wire(|r| r.del(["a", "b"])), "DEL [a] [b]");
        assert_eq!(wire(|r| r.exists("a")), "EXISTS [a]");
        assert_eq!(wire(|r| r.get("k")), "GET [k]");
        assert_eq!(wire(|r| r.getdel("k")), "GETDEL [k]");
        assert_eq!(wire(|r| r.getex("k", Persist)), "GETEX [k] PERSIST");
        assert_eq!(wire(|r| r.getex("k", Duration::from_secs(1))), "GETEX [k] EX 1");
        assert_eq!(wire(|r| r.incr("k")), "INCR [k]");
        assert_eq!(wire(|r| r.incrby("k", 3)), "INCRBY [k] 3");
        assert_eq!(wire(|r| r.incrbyfloat("k", 0.5)), "INCRBYFLOAT [k] 0.5");
        assert_eq!(wire(|r| r.key_type("k")), "TYPE [k]");
        assert_eq!(wire(|r| r.mget(["a", "b"])), "MGET [a] [b]");
        assert_eq!(wire(|r| r.mset([("a", 1), ("b", 2)])), "MSET [a] 1 [b] 2");
        assert_eq!(wire(|r| r.msetnx(("a", 1))), "MSETNX [a] 1");
        assert_eq!(wire(|r| r.object_encoding("k")), "OBJECT ENCODING [k]");
        assert_eq!(wire(|r| r.persist("k")), "PERSIST [k]");
        assert_eq!(wire(|r| r.rename("a", "b")), "RENAME [a] [b]");
        assert_eq!(wire(|r| r.set("k", 1)), "SET [k] 1");
        assert_eq!(wire(|r| r.strlen("k")), "STRLEN [k]");
        assert_eq!(wire(|r| r.ttl("k")), "PTTL [k]");
        assert_eq!(wire(|r| r.unlink(["a", "b"])), "UNLINK [a] [b]");
    }

    #[test]
    fn options_stand_where_they_belong() {
        let replace = CopyOptions::new().database(2).replace();
        assert_eq!(wire(|r| r.copy_with("a", "b", replace)), "COPY [a] [b] DB 2 REPLACE");
        let lock = SetOptions::if_absent().expiry(Duration::from_secs(30));
        assert_eq!(wire(|r| r.set_with("k", "v", lock)), "SET [k] v NX EX 30");
        let keep = SetOptions::if_present().expiry(KeepTtl);
        assert_eq!(wire(|r| r.set_get("k", "v", keep)), "SET [k] v GET XX KEEPTTL");
        assert_eq!(wire(|r| r.set_with("k", "v", SetOptions::new())), "SET [k] v");
    }

    #[test]
    fn an_expiry_chooses_its_command() {
        let second = Duration::from_secs(1);
        assert_eq!(wire(|r| r.expire("k", second)), "EXPIRE [k] 1");
        assert_eq!(wire(|r| r.expire("k", second / 2)), "PEXPIRE [k] 500");
        let later = ExpireOptions::if_later();
        assert_eq!(wire(|r| r.expire_with("k", second, later)), "EXPIRE [k] 1 GT");
        let moment = SystemTime::UNIX_EPOCH + second;
        assert_eq!(wire(|r| r.expire_at("k", moment)), "EXPIREAT [k] 1");
        assert_eq!(wire(|r| r.expire_at("k", moment + second / 2)), "PEXPIREAT [k] 1500");
        let sooner = ExpireOptions::if_sooner();
        assert_eq!(wire(|r| r.expire_at_with("k", moment, sooner)), "EXPIREAT [k] 1 LT");
        refusal(|r| r.expire("k", Duration::ZERO));
        refusal(|r| r.getex("k", Duration::ZERO));
    }

    #[test]
    fn nan_is_refused() {
        refusal(|r| r.incrbyfloat("k", f64::NAN));
    }

    #[test]
    fn a_condition_that_does_not_hold_is_false_and_not_nil() {
        let set =
            |resp2, resp3| read(resp2, resp3, |r| r.set_with("k", "v", SetOptions::if_absent()));
        assert!(set("+OK ", "+OK "));
        assert!(!set("$-1 ", "_ "));
    }

    #[test]
    fn replies_are_alike_on_both_protocols() {
        assert_eq!(read("$-1 ", "_ ", |r| r.get("k")), None);
        assert_eq!(read("$1 v ", "$1 v ", |r| r.get("k")), Some("v".into()));
        assert_eq!(read("$3 1.5 ", ",1.5 ", |r| r.incrbyfloat("k", 1.0)), 1.5);
        let values = read("*2 $1 v $-1 ", "*2 $1 v _ ", |r| r.mget(["a", "b"]));
        assert_eq!(values, [Some("v".into()), None]);
        assert!(read(":1 ", ":1 ", |r| r.expire("k", Duration::from_secs(1))));
        assert_eq!(read("$3 int ", "$3 int ", |r| r.object_encoding("k")), Some("int".to_owned()));
    }

    #[test]
    fn reading_may_be_repeated_and_setting_may_not() {
        assert!(sent(|r| r.get("k")).is_repeatable());
        assert!(!sent(|r| r.set("k", "v")).is_repeatable());
    }
}
