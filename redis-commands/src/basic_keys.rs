//! Keys of every type, strings, and strings as arrays of bits.
//!
//! Decides how these commands are written and what their replies are. Does not turn the pages of a
//! scan, and does not know other types of value than strings.

use crate::arguments::Arguments;
use crate::bitfield::{BitfieldOperations, BitfieldReads};
use crate::bitmaps::{BitOperation, BitRange, BitposRange};
use crate::expiry::{GetexExpiry, Millis, SetExpiry, Span};
use crate::key_options::{CopyOptions, ExpireOptions, MSetExOptions, RestoreOptions, SetOptions};
use crate::key_replies::{AofAcknowledged, BitPosition, ExpiresAt, KeyType, Ttl};
use crate::lcs::{LcsMatches, LcsOptions};
use crate::migration::{MigrateLogin, MigrateOptions, MigrateTarget, Migration};
use crate::scan::{KeyScanOptions, ScanCursor, ScanPage};
use crate::sort_options::{SortOptions, SortPatterns};
use crate::value_condition::{ValueCondition, ValueDigest};
use redis_core::command::{Block, Command, ToArg, ToArgs, table};
use redis_core::convert::Seconds;
use redis_core::{BulkString, Error, Exclusive, ExecuteCommand, Response, Shape};
use std::time::{Duration, SystemTime};

/// Commands on keys of every type, and on strings, also as arrays of bits.
///
/// Commands that Redis has replaced are left out:
///
/// | command | instead |
/// |---|---|
/// | `GETSET` | [`set_get`](Self::set_get) |
/// | `PSETEX`, `SETEX`, `SETNX` | [`set_with`](Self::set_with) and its [options](SetOptions) |
/// | `SUBSTR` | [`getrange`](Self::getrange) |
///
/// `EXPIRE` and `PEXPIRE`, `EXPIREAT` and `PEXPIREAT`, `TTL` and `PTTL`, `EXPIRETIME` and `PEXPIRETIME` are one
/// method each: [`expire`](Self::expire), [`expire_at`](Self::expire_at), [`ttl`](Self::ttl),
/// [`expiretime`](Self::expiretime).
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

    /// Counts the bits that are set in the string at `key`.
    ///
    /// # Reply
    ///
    /// The number; 0 if the key does not exist.
    ///
    /// # Errors
    ///
    /// `WRONGTYPE` if the key holds no string.
    ///
    /// [`BITCOUNT`](https://redis.io/docs/latest/commands/bitcount/) · since 2.6.0 · O(N)
    ///
    /// # Example: count the bits of a word
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("bitcount:k", "foobar")?;
    /// assert_eq!(redis.bitcount("bitcount:k")?, 26);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn bitcount(&self, key: impl ToArg) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::BITCOUNT).key(&key))
    }

    /// [`bitcount`](Self::bitcount) of a part of the string.
    ///
    /// # Reply
    ///
    /// The number; 0 if the key does not exist, or the string has no such part.
    ///
    /// # Errors
    ///
    /// `WRONGTYPE` if the key holds no string.
    ///
    /// [`BITCOUNT`](https://redis.io/docs/latest/commands/bitcount/) · since 2.6.0 · O(N)
    ///
    /// # Example: count the bits of one byte
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::BitRange;
    ///
    /// redis.set("bitcount_with:k", "foobar")?;
    /// assert_eq!(redis.bitcount_with("bitcount_with:k", BitRange::bytes(1, 1))?, 6);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn bitcount_with(&self, key: impl ToArg, range: BitRange) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::BITCOUNT).key(&key).args(&range))
    }

    /// Reads and writes integers of any width within the string at `key`, in order and in one step.
    ///
    /// # Reply
    ///
    /// For each operation but [`overflow`](BitfieldOperations::overflow): the integer, that before for a
    /// `set`; `None` where it would have overflown and [`BitOverflow::Fail`](crate::BitOverflow::Fail) holds.
    /// A bit that is beyond the string is 0.
    ///
    /// # Errors
    ///
    /// `WRONGTYPE` if the key holds no string. A type that has no such width is refused before any I/O.
    ///
    /// [`BITFIELD`](https://redis.io/docs/latest/commands/bitfield/) · since 3.2.0 · O(1) for each subcommand
    /// specified
    ///
    /// # Example: two counters in one key
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::{BitType, BitfieldOperations};
    ///
    /// let (coins, level) = (BitType::unsigned(32), BitType::unsigned(8));
    /// redis.del("bitfield:k")?;
    /// let operations = BitfieldOperations::new().incrby(coins, 0, 50).incrby(level, 32, 1);
    /// assert_eq!(redis.bitfield("bitfield:k", operations)?, [Some(50), Some(1)]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn bitfield(
        &self,
        key: impl ToArg,
        operations: BitfieldOperations,
    ) -> Response<'_, Self, Vec<Option<i64>>> {
        self.execute_command(Command::new(&table::BITFIELD).key(&key).args(&operations))
    }

    /// Reads integers of any width within the string at `key`: what a replica takes too.
    ///
    /// # Reply
    ///
    /// The integers, in order. A bit that is beyond the string is 0.
    ///
    /// # Errors
    ///
    /// `WRONGTYPE` if the key holds no string. A type that has no such width is refused before any I/O.
    ///
    /// [`BITFIELD_RO`](https://redis.io/docs/latest/commands/bitfield_ro/) · since 6.0.0 · O(1) for each
    /// subcommand specified
    ///
    /// # Example: the first two bytes as numbers
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::{BitOffset, BitType, BitfieldReads};
    ///
    /// redis.set("bitfield_ro:k", "AB")?;
    /// let byte = BitType::unsigned(8);
    /// let reads = BitfieldReads::new().get(byte, 0).get(byte, BitOffset::nth(1));
    /// assert_eq!(redis.bitfield_ro("bitfield_ro:k", reads)?, [65, 66]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn bitfield_ro(&self, key: impl ToArg, reads: BitfieldReads) -> Response<'_, Self, Vec<i64>> {
        self.execute_command(Command::new(&table::BITFIELD_RO).key(&key).args(&reads))
    }

    /// Combines the strings at `keys` bit by bit, and puts the result at `destination`; shorter ones go on in
    /// zeros.
    ///
    /// A number of keys that the operation has no meaning for is refused before any I/O.
    ///
    /// # Reply
    ///
    /// How many bytes the result has: as many as the longest; of none that exist 0, and `destination` is
    /// deleted.
    ///
    /// # Errors
    ///
    /// `WRONGTYPE` if one of the keys holds no string.
    ///
    /// [`BITOP`](https://redis.io/docs/latest/commands/bitop/) · since 2.6.0 · O(N)
    ///
    /// # Example: who came on both days
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::BitOperation;
    ///
    /// redis.setbit("{bitop}:monday", 7, true)?;
    /// redis.setbit("{bitop}:tuesday", 7, true)?;
    /// let days = ["{bitop}:monday", "{bitop}:tuesday"];
    /// assert_eq!(redis.bitop(BitOperation::And, "{bitop}:both", days)?, 1);
    /// assert!(redis.getbit("{bitop}:both", 7)?);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn bitop(
        &self,
        operation: BitOperation,
        destination: impl ToArg,
        keys: impl ToArgs,
    ) -> Response<'_, Self, u64> {
        let mut command = Command::new(&table::BITOP).arg(operation.word()).key(&destination);
        let before = command.len();
        command = command.keys(&keys);
        operation.check_keys(command.len() - before, &mut command);
        self.execute_command(command)
    }

    /// Finds the first bit that is set, or that is not, in the string at `key`.
    ///
    /// Past its end the string goes on in zeros: a zero is always found, unless the key exists with an empty
    /// string.
    ///
    /// # Reply
    ///
    /// Where it is; [`BitPosition::Nowhere`] if there is none.
    ///
    /// # Errors
    ///
    /// `WRONGTYPE` if the key holds no string.
    ///
    /// [`BITPOS`](https://redis.io/docs/latest/commands/bitpos/) · since 2.8.7 · O(N)
    ///
    /// # Example: the first free seat
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::BitPosition;
    ///
    /// redis.set("bitpos:k", b"\xff\xf0")?;
    /// assert_eq!(redis.bitpos("bitpos:k", false)?, BitPosition::At(12));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn bitpos(&self, key: impl ToArg, bit: bool) -> Response<'_, Self, BitPosition> {
        self.execute_command(Command::new(&table::BITPOS).key(&key).arg(one_or_zero(bit)))
    }

    /// [`bitpos`](Self::bitpos) in a part of the string: a [`BitRange`], or [all from a byte
    /// on](BitposRange::from_byte).
    ///
    /// # Reply
    ///
    /// Where it is, from the beginning of the string; [`BitPosition::Nowhere`] if it is not in that part.
    ///
    /// # Errors
    ///
    /// `WRONGTYPE` if the key holds no string.
    ///
    /// [`BITPOS`](https://redis.io/docs/latest/commands/bitpos/) · since 2.8.7 · O(N)
    ///
    /// # Example: look in one byte
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::{BitPosition, BitRange};
    ///
    /// redis.set("bitpos_with:k", b"\xff\xf0")?;
    /// let first_byte = BitRange::bytes(0, 0);
    /// assert_eq!(redis.bitpos_with("bitpos_with:k", false, first_byte)?, BitPosition::Nowhere);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn bitpos_with(
        &self,
        key: impl ToArg,
        bit: bool,
        range: impl Into<BitposRange>,
    ) -> Response<'_, Self, BitPosition> {
        let command = Command::new(&table::BITPOS).key(&key).arg(one_or_zero(bit));
        self.execute_command(command.args(&range.into()))
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
    #[doc(alias = "delete")]
    fn del(&self, keys: impl ToArgs) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::DEL).keys(&keys).at_least(1, "keys"))
    }

    /// Deletes `key` if it holds a string that is as `condition` says; [`del`](Self::del) asks for nothing.
    ///
    /// # Reply
    ///
    /// Whether it was deleted; not if the key does not exist.
    ///
    /// # Errors
    ///
    /// `ERR` if the key holds no string.
    ///
    /// [`DELEX`](https://redis.io/docs/latest/commands/delex/) · since 8.4.0 · O(1) for IFEQ/IFNE, O(N) for
    /// IFDEQ/IFDNE where N is the length of the string value.
    ///
    /// # Example: let go of a lock that is still one's own
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("8.4.0") else { return Ok(()) };
    /// # if redis.digest("delex:k").is_err() { return Ok(()) } // Valkey has none
    /// use redis_sync::ValueCondition;
    ///
    /// redis.set("delex:lock", "me")?;
    /// assert!(!redis.delex("delex:lock", ValueCondition::equal("you"))?);
    /// assert!(redis.delex("delex:lock", ValueCondition::equal("me"))?);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn delex(&self, key: impl ToArg, condition: ValueCondition) -> Response<'_, Self, bool> {
        self.execute_command(Command::new(&table::DELEX).key(&key).args(&condition))
    }

    /// Deletes `key` if it holds `value`. Only Valkey has it; Redis has [`delex`](Self::delex).
    ///
    /// # Reply
    ///
    /// Whether it was deleted; not if the key does not exist.
    ///
    /// # Errors
    ///
    /// `WRONGTYPE` if the key holds no string.
    ///
    /// [`DELIFEQ`](https://valkey.io/commands/delifeq/) · since 9.0.0 · O(1)
    ///
    /// # Example: let go of a lock that is still one's own
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("9.0.0") else { return Ok(()) };
    /// # if redis.delifeq("delifeq:none", "").is_err() { return Ok(()) } // Redis has none
    /// redis.set("delifeq:lock", "me")?;
    /// assert!(!redis.delifeq("delifeq:lock", "you")?);
    /// assert!(redis.delifeq("delifeq:lock", "me")?);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn delifeq(&self, key: impl ToArg, value: impl ToArg) -> Response<'_, Self, bool> {
        self.execute_command(Command::new(&table::DELIFEQ).key(&key).arg(&value))
    }

    /// The digest of the string at `key`, by which it is known without being sent.
    ///
    /// # Reply
    ///
    /// The digest; `None` if the key does not exist.
    ///
    /// # Errors
    ///
    /// `WRONGTYPE` if the key holds no string.
    ///
    /// [`DIGEST`](https://redis.io/docs/latest/commands/digest/) · since 8.4.0 · O(N) where N is the length
    /// of the string value.
    ///
    /// # Example: replace a value that nobody changed meanwhile
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("8.4.0") else { return Ok(()) };
    /// # if redis.digest("digest:k").is_err() { return Ok(()) } // Valkey has none
    /// use redis_sync::SetOptions;
    ///
    /// redis.set("digest:k", "a long text")?;
    /// let Some(digest) = redis.digest("digest:k")? else { return Ok(()) };
    /// assert!(redis.set_with("digest:k", "another text", SetOptions::if_digest(digest))?);
    /// assert!(!redis.set_with("digest:k", "a third text", SetOptions::if_digest(digest))?);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn digest(&self, key: impl ToArg) -> Response<'_, Self, Option<ValueDigest>> {
        self.execute_command(Command::new(&table::DIGEST).key(&key))
    }

    /// The value at `key` in the server's own form, for [`restore`](Self::restore); without its expiry.
    ///
    /// # Reply
    ///
    /// The form; `None` if the key does not exist.
    ///
    /// [`DUMP`](https://redis.io/docs/latest/commands/dump/) · since 2.6.0 · O(1) to access the key and
    /// additional O(N\*M) to serialize it, where N is the number of Redis objects composing the value and M
    /// their average size. For small string values the time complexity is thus O(1)+O(1\*M) where M is small,
    /// so simply O(1).
    ///
    /// # Example: copy a value by hand
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("{dump}:a", "v")?;
    /// redis.del("{dump}:b")?;
    /// let Some(form) = redis.dump("{dump}:a")? else { return Ok(()) };
    /// redis.restore("{dump}:b", form)?;
    /// assert!(redis.get("{dump}:b")?.is_some_and(|value| value == "v"));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn dump(&self, key: impl ToArg) -> Response<'_, Self, Option<BulkString>> {
        self.execute_command(Command::new(&table::DUMP).key(&key))
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

    /// When `key` expires, to the millisecond: by `PEXPIRETIME`.
    ///
    /// # Reply
    ///
    /// [`ExpiresAt::Missing`] if the key does not exist, [`ExpiresAt::Persistent`] if it never expires.
    ///
    /// [`PEXPIRETIME`](https://redis.io/docs/latest/commands/pexpiretime/) · since 7.0.0 · O(1)
    ///
    /// # Example: read back the moment
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::ExpiresAt;
    /// use std::time::{Duration, SystemTime};
    ///
    /// let moment = SystemTime::UNIX_EPOCH + Duration::from_secs(4_000_000_000);
    /// redis.set("expiretime:k", "v")?;
    /// redis.expire_at("expiretime:k", moment)?;
    /// assert_eq!(redis.expiretime("expiretime:k")?, ExpiresAt::At(moment));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    #[doc(alias = "pexpiretime")]
    fn expiretime(&self, key: impl ToArg) -> Response<'_, Self, ExpiresAt> {
        self.execute_command(Command::new(&table::PEXPIRETIME).key(&key))
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

    /// The bit at `offset` of the string at `key`.
    ///
    /// # Reply
    ///
    /// Whether it is set; not beyond the end of the string, or if the key does not exist.
    ///
    /// # Errors
    ///
    /// `WRONGTYPE` if the key holds no string.
    ///
    /// [`GETBIT`](https://redis.io/docs/latest/commands/getbit/) · since 2.2.0 · O(1)
    ///
    /// # Example: ask for one bit
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.setbit("getbit:k", 7, true)?;
    /// assert!(redis.getbit("getbit:k", 7)?);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn getbit(&self, key: impl ToArg, offset: u64) -> Response<'_, Self, bool> {
        self.execute_command(Command::new(&table::GETBIT).key(&key).arg(&offset))
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

    /// A part of the string at `key`, from its first byte to its last, both included; negative numbers count
    /// from the end, −1 being the last.
    ///
    /// # Reply
    ///
    /// The part, as far as there is one; empty if there is none, or the key does not exist.
    ///
    /// # Errors
    ///
    /// `WRONGTYPE` if the key holds no string.
    ///
    /// [`GETRANGE`](https://redis.io/docs/latest/commands/getrange/) · since 2.4.0 · O(N) where N is the
    /// length of the returned string. The complexity is ultimately determined by the returned length, but
    /// because creating a substring from an existing string is very cheap, it can be considered O(1) for
    /// small strings.
    ///
    /// # Example: the last three bytes
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("getrange:k", "This is a string")?;
    /// assert!(redis.getrange("getrange:k", -3, -1)? == "ing");
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    #[doc(alias = "substr")]
    fn getrange(&self, key: impl ToArg, start: i64, end: i64) -> Response<'_, Self, BulkString> {
        self.execute_command(Command::new(&table::GETRANGE).key(&key).arg(&start).arg(&end))
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
    /// `ERR` if the value is no number, or would be infinite. An increment that is infinite or NaN is refused
    /// before any I/O.
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
        let mut command = Command::new(&table::INCRBYFLOAT).key(&key);
        if !increment.is_finite() {
            command
                .reject(Error::argument(format!("`increment` is {increment}: it must be finite")));
        }
        self.execute_command(command.arg(&increment))
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

    /// All keys that match a pattern: `*` is any text, `?` one byte, `[a-c]` one of these, `\` takes away a
    /// meaning. The server does nothing else meanwhile.
    ///
    /// # Reply
    ///
    /// The keys, in no order.
    ///
    /// [`KEYS`](https://redis.io/docs/latest/commands/keys/) · since 1.0.0 · O(N) with N being the number of
    /// keys in the database, under the assumption that the key names in the database and the given pattern
    /// have limited length.
    ///
    /// # Example: the keys of one prefix
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("keys:one", 1)?;
    /// assert!(redis.keys("keys:*")?.contains(&"keys:one".into()));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn keys(&self, pattern: impl ToArg) -> Response<'_, Self, Vec<BulkString>> {
        self.execute_command(Command::new(&table::KEYS).arg(&pattern))
    }

    /// The longest common subsequence of two strings: bytes in the same order, not of necessity side by side.
    ///
    /// # Reply
    ///
    /// The subsequence; empty if there is none. A key that does not exist is an empty string.
    ///
    /// # Errors
    ///
    /// `ERR` if one of the keys holds no string.
    ///
    /// [`LCS`](https://redis.io/docs/latest/commands/lcs/) · since 7.0.0 · O(N\*M) where N and M are the
    /// lengths of s1 and s2, respectively
    ///
    /// # Example: what two words have in common
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.mset([("{lcs}:a", "ohmytext"), ("{lcs}:b", "mynewtext")])?;
    /// assert!(redis.lcs("{lcs}:a", "{lcs}:b")? == "mytext");
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn lcs(&self, key1: impl ToArg, key2: impl ToArg) -> Response<'_, Self, BulkString> {
        self.execute_command(Command::new(&table::LCS).key(&key1).key(&key2))
    }

    /// Where the longest common subsequence of two strings lies in them (`IDX`, with the length of each
    /// match).
    ///
    /// # Reply
    ///
    /// The matches, from the last to the first, and the length of all.
    ///
    /// # Errors
    ///
    /// `ERR` if one of the keys holds no string.
    ///
    /// [`LCS`](https://redis.io/docs/latest/commands/lcs/) · since 7.0.0 · O(N\*M) where N and M are the
    /// lengths of s1 and s2, respectively
    ///
    /// # Example: where two words match
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.mset([("{lcs_idx}:a", "ohmytext"), ("{lcs_idx}:b", "mynewtext")])?;
    /// let found = redis.lcs_idx("{lcs_idx}:a", "{lcs_idx}:b")?;
    /// assert_eq!((found.length, found.matches.len()), (6, 2));
    /// assert_eq!((&found.matches[0].first, &found.matches[0].second), (&(4..=7), &(5..=8)));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn lcs_idx(&self, key1: impl ToArg, key2: impl ToArg) -> Response<'_, Self, LcsMatches> {
        self.lcs_idx_with(key1, key2, LcsOptions::new())
    }

    /// [`lcs_idx`](Self::lcs_idx) without short matches.
    ///
    /// # Reply
    ///
    /// The matches, from the last to the first, and the length of all, short ones included.
    ///
    /// # Errors
    ///
    /// `ERR` if one of the keys holds no string.
    ///
    /// [`LCS`](https://redis.io/docs/latest/commands/lcs/) · since 7.0.0 · O(N\*M) where N and M are the
    /// lengths of s1 and s2, respectively
    ///
    /// # Example: only what is long enough
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::LcsOptions;
    ///
    /// redis.mset([("{lcs_idx_with}:a", "ohmytext"), ("{lcs_idx_with}:b", "mynewtext")])?;
    /// let four = LcsOptions::new().min_match_len(4);
    /// let found = redis.lcs_idx_with("{lcs_idx_with}:a", "{lcs_idx_with}:b", four)?;
    /// assert_eq!((found.length, found.matches.len()), (6, 1));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn lcs_idx_with(
        &self,
        key1: impl ToArg,
        key2: impl ToArg,
        options: LcsOptions,
    ) -> Response<'_, Self, LcsMatches> {
        let command = Command::new(&table::LCS).key(&key1).key(&key2).arg("IDX").args(&options);
        self.execute_command(command.arg("WITHMATCHLEN").shape(Shape::Map))
    }

    /// How long the longest common subsequence of two strings is (`LEN`).
    ///
    /// # Reply
    ///
    /// The number of bytes.
    ///
    /// # Errors
    ///
    /// `ERR` if one of the keys holds no string.
    ///
    /// [`LCS`](https://redis.io/docs/latest/commands/lcs/) · since 7.0.0 · O(N\*M) where N and M are the
    /// lengths of s1 and s2, respectively
    ///
    /// # Example: how alike two words are
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.mset([("{lcs_len}:a", "ohmytext"), ("{lcs_len}:b", "mynewtext")])?;
    /// assert_eq!(redis.lcs_len("{lcs_len}:a", "{lcs_len}:b")?, 6);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn lcs_len(&self, key1: impl ToArg, key2: impl ToArg) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::LCS).key(&key1).key(&key2).arg("LEN"))
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

    /// Moves keys to another server: they are there, and deleted here, in one step.
    ///
    /// This server does nothing else meanwhile.
    ///
    /// # Reply
    ///
    /// [`Migration::NoKey`] if none of the keys exists.
    ///
    /// # Errors
    ///
    /// `IOERR` if the other server is not there, or silent for too long: then the keys may be on both. `ERR
    /// Target instance replied with error` if it refuses, such as `BUSYKEY` for a key that exists there.
    ///
    /// [`MIGRATE`](https://redis.io/docs/latest/commands/migrate/) · since 2.6.0 · This command actually
    /// executes a DUMP+DEL in the source instance, and a RESTORE in the target instance. See the pages of
    /// these commands for time complexity. Also an O(N) data transfer between the two instances is performed.
    ///
    /// # Example: there is nothing to move
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::{MigrateTarget, Migration};
    ///
    /// redis.del("migrate:none")?;
    /// let target = MigrateTarget::new("localhost", 6380);
    /// assert_eq!(redis.migrate("migrate:none", target)?, Migration::NoKey);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn migrate(&self, keys: impl ToArgs, target: MigrateTarget) -> Response<'_, Self, Migration> {
        self.migrate_with(keys, target, MigrateOptions::new())
    }

    /// [`migrate`](Self::migrate) that leaves the keys here too, or replaces those there.
    ///
    /// # Reply
    ///
    /// [`Migration::NoKey`] if none of the keys exists.
    ///
    /// # Errors
    ///
    /// `IOERR` if the other server is not there, or silent for too long: then the keys may be on both. `ERR
    /// Target instance replied with error` if it refuses.
    ///
    /// [`MIGRATE`](https://redis.io/docs/latest/commands/migrate/) · since 2.6.0 · This command actually
    /// executes a DUMP+DEL in the source instance, and a RESTORE in the target instance. See the pages of
    /// these commands for time complexity. Also an O(N) data transfer between the two instances is performed.
    ///
    /// # Example: there is nothing to copy
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::{MigrateOptions, MigrateTarget, Migration};
    ///
    /// redis.del("migrate_with:none")?;
    /// let (target, copy) = (MigrateTarget::new("localhost", 6380), MigrateOptions::new().copy());
    /// assert_eq!(redis.migrate_with("migrate_with:none", target, copy)?, Migration::NoKey);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn migrate_with(
        &self,
        keys: impl ToArgs,
        target: MigrateTarget,
        options: MigrateOptions,
    ) -> Response<'_, Self, Migration> {
        let command = Command::new(&table::MIGRATE).args(&target).args(&options);
        let login = MigrateLogin(&target);
        let command = command.args(&login).arg("KEYS");
        // as many as there are, the name included: one more than there are arguments
        let least = command.len() as u32;
        let command = command.keys(&keys).at_least(least, "keys");
        self.execute_command(command.block(Block::For(target.silence())))
    }

    /// Moves `key`, with its expiry, to another database, where it must not exist.
    ///
    /// # Reply
    ///
    /// Whether it was moved; not if the key does not exist here, or exists there.
    ///
    /// [`MOVE`](https://redis.io/docs/latest/commands/move/) · since 1.0.0 · O(1)
    ///
    /// # Example: put a key away
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.database(1).del("move_key:k")?;
    /// redis.set("move_key:k", "v")?;
    /// assert!(redis.move_key("move_key:k", 1)?);
    /// assert_eq!(redis.exists("move_key:k")?, 0);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    #[doc(alias = "move")]
    fn move_key(&self, key: impl ToArg, database: u32) -> Response<'_, Self, bool> {
        self.execute_command(Command::new(&table::MOVE).key(&key).arg(&database))
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

    /// Sets several keys to values that expire together, in one step: pairs, or a map.
    ///
    /// # Reply
    ///
    /// Nothing: it does not fail.
    ///
    /// [`MSETEX`](https://redis.io/docs/latest/commands/msetex/) · since 8.4.0 · O(N) where N is the number
    /// of keys to set.
    ///
    /// # Example: two keys for a minute
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("8.4.0") else { return Ok(()) };
    /// use std::time::Duration;
    ///
    /// redis.msetex([("{msetex}:a", 1), ("{msetex}:b", 2)], Duration::from_secs(60))?;
    /// assert!(redis.ttl("{msetex}:b")?.left().is_some());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn msetex(&self, pairs: impl ToArgs, expiry: impl Into<SetExpiry>) -> Response<'_, Self, ()> {
        let options = MSetExOptions::new().expiry(expiry);
        let command = counted_pairs(Command::new(&table::MSETEX), &pairs);
        self.execute_command(command.args(&options))
    }

    /// [`msetex`](Self::msetex) under a condition: all keys are set, or none.
    ///
    /// # Reply
    ///
    /// Whether they were set; always, where no condition is.
    ///
    /// [`MSETEX`](https://redis.io/docs/latest/commands/msetex/) · since 8.4.0 · O(N) where N is the number
    /// of keys to set.
    ///
    /// # Example: only keys that are new
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("8.4.0") else { return Ok(()) };
    /// use redis_sync::MSetExOptions;
    /// use std::time::Duration;
    ///
    /// redis.set("{msetex_with}:a", 1)?;
    /// let options = MSetExOptions::if_absent().expiry(Duration::from_secs(60));
    /// assert!(!redis.msetex_with([("{msetex_with}:a", 1), ("{msetex_with}:b", 2)], options)?);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn msetex_with(&self, pairs: impl ToArgs, options: MSetExOptions) -> Response<'_, Self, bool> {
        let command = counted_pairs(Command::new(&table::MSETEX), &pairs);
        self.execute_command(command.args(&options))
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

    /// How often `key` was used lately, by a counter that is logarithmic.
    ///
    /// # Reply
    ///
    /// The counter; `None` if the key does not exist.
    ///
    /// # Errors
    ///
    /// `ERR` unless the server evicts what is used least often (`maxmemory-policy` with `lfu`).
    ///
    /// [`OBJECT FREQ`](https://redis.io/docs/latest/commands/object-freq/) · since 4.0.0 · O(1)
    ///
    /// # Example: a server that does not count says so
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("object_freq:k", "v")?;
    /// let by_frequency = redis.config_get("maxmemory-policy")?["maxmemory-policy"].contains("lfu");
    /// assert_eq!(redis.object_freq("object_freq:k").is_ok(), by_frequency);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn object_freq(&self, key: impl ToArg) -> Response<'_, Self, Option<u8>> {
        self.execute_command(Command::new(&table::OBJECT_FREQ).key(&key))
    }

    /// What the subcommands of `OBJECT` do, in the server's own words.
    ///
    /// # Reply
    ///
    /// The lines of the text.
    ///
    /// [`OBJECT HELP`](https://redis.io/docs/latest/commands/object-help/) · since 6.2.0 · O(1)
    ///
    /// # Example: read the help
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// assert!(redis.object_help()?.iter().any(|line| line.starts_with("ENCODING")));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn object_help(&self) -> Response<'_, Self, Vec<String>> {
        self.execute_command(Command::new(&table::OBJECT_HELP))
    }

    /// How long `key` was not used, in whole seconds, to about ten.
    ///
    /// # Reply
    ///
    /// The time; `None` if the key does not exist.
    ///
    /// # Errors
    ///
    /// `ERR` if the server evicts what is used least often (`maxmemory-policy` with `lfu`).
    ///
    /// [`OBJECT IDLETIME`](https://redis.io/docs/latest/commands/object-idletime/) · since 2.2.3 · O(1)
    ///
    /// # Example: a key that was just set
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use std::time::Duration;
    ///
    /// redis.set("object_idletime:k", "v")?;
    /// let idle = redis.object_idletime("object_idletime:k")?;
    /// assert!(idle.is_some_and(|idle| idle.0 < Duration::from_secs(60)));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn object_idletime(&self, key: impl ToArg) -> Response<'_, Self, Option<Seconds>> {
        self.execute_command(Command::new(&table::OBJECT_IDLETIME).key(&key))
    }

    /// How many references the server holds to the value at `key`.
    ///
    /// # Reply
    ///
    /// The number; `None` if the key does not exist. Small integers may be shared by all keys: then it is
    /// 2147483647.
    ///
    /// [`OBJECT REFCOUNT`](https://redis.io/docs/latest/commands/object-refcount/) · since 2.2.3 · O(1)
    ///
    /// # Example: a value of one key
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("object_refcount:k", "v")?;
    /// assert_eq!(redis.object_refcount("object_refcount:k")?, Some(1));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn object_refcount(&self, key: impl ToArg) -> Response<'_, Self, Option<u64>> {
        self.execute_command(Command::new(&table::OBJECT_REFCOUNT).key(&key))
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

    /// A key of the database, any one.
    ///
    /// # Reply
    ///
    /// The key; `None` if there is none.
    ///
    /// [`RANDOMKEY`](https://redis.io/docs/latest/commands/randomkey/) · since 1.0.0 · O(1)
    ///
    /// # Example: draw a key
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("randomkey:k", "v")?;
    /// assert!(redis.randomkey()?.is_some());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn randomkey(&self) -> Response<'_, Self, Option<BulkString>> {
        self.execute_command(Command::new(&table::RANDOMKEY))
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

    /// Gives a key another name, which no key has yet.
    ///
    /// # Reply
    ///
    /// Whether it was renamed; not if there is a key of that name.
    ///
    /// # Errors
    ///
    /// `ERR` if `key` does not exist.
    ///
    /// [`RENAMENX`](https://redis.io/docs/latest/commands/renamenx/) · since 1.0.0 · O(1)
    ///
    /// # Example: never over what is there
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.mset([("{renamenx}:a", 1), ("{renamenx}:b", 2)])?;
    /// assert!(!redis.renamenx("{renamenx}:a", "{renamenx}:b")?);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn renamenx(&self, key: impl ToArg, new_key: impl ToArg) -> Response<'_, Self, bool> {
        self.execute_command(Command::new(&table::RENAMENX).key(&key).key(&new_key))
    }

    /// Makes `key`, which must not exist, of what [`dump`](Self::dump) answered; it never expires.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// # Errors
    ///
    /// `BUSYKEY` if the key exists; `ERR` if `form` is damaged, or of a server that is much newer.
    ///
    /// [`RESTORE`](https://redis.io/docs/latest/commands/restore/) · since 2.6.0 · O(1) to create the new key
    /// and additional O(N\*M) to reconstruct the serialized value, where N is the number of Redis objects
    /// composing the value and M their average size. For small string values the time complexity is thus
    /// O(1)+O(1\*M) where M is small, so simply O(1). However for sorted set values the complexity is
    /// O(N\*M\*log(N)) because inserting values into sorted sets is O(log(N)).
    ///
    /// # Example: undo a deletion
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("restore:k", "v")?;
    /// let Some(form) = redis.dump("restore:k")? else { return Ok(()) };
    /// redis.del("restore:k")?;
    /// redis.restore("restore:k", form)?;
    /// assert_eq!(redis.exists("restore:k")?, 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn restore(&self, key: impl ToArg, form: impl ToArg) -> Response<'_, Self, ()> {
        self.restore_with(key, form, RestoreOptions::new())
    }

    /// [`restore`](Self::restore) with an expiry, or over what is there.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// # Errors
    ///
    /// `BUSYKEY` if the key exists and is not to be replaced; `ERR` if `form` is damaged, or of a server that
    /// is much newer.
    ///
    /// [`RESTORE`](https://redis.io/docs/latest/commands/restore/) · since 2.6.0 · O(1) to create the new key
    /// and additional O(N\*M) to reconstruct the serialized value, where N is the number of Redis objects
    /// composing the value and M their average size. For small string values the time complexity is thus
    /// O(1)+O(1\*M) where M is small, so simply O(1). However for sorted set values the complexity is
    /// O(N\*M\*log(N)) because inserting values into sorted sets is O(log(N)).
    ///
    /// # Example: for a minute, over what is there
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::RestoreOptions;
    /// use std::time::Duration;
    ///
    /// redis.set("restore_with:k", "v")?;
    /// let Some(form) = redis.dump("restore_with:k")? else { return Ok(()) };
    /// let options = RestoreOptions::new().replace().expiry(Duration::from_secs(60));
    /// redis.restore_with("restore_with:k", form, options)?;
    /// assert!(redis.ttl("restore_with:k")?.left().is_some());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn restore_with(
        &self,
        key: impl ToArg,
        form: impl ToArg,
        options: RestoreOptions,
    ) -> Response<'_, Self, ()> {
        let time_to_live = options.time_to_live();
        let command = Command::new(&table::RESTORE).key(&key).arg(&time_to_live).arg(&form);
        self.execute_command(command.args(&options))
    }

    /// A page of the keys of the database, from `cursor` on, which unlike [`keys`](Self::keys) holds up nobody.
    /// A key that is there all the time comes at least once; one that comes or goes meanwhile may come or not,
    /// and any may come twice.
    ///
    /// # Reply
    ///
    /// The keys, and where the next page begins. A page may be empty without being the last.
    ///
    /// [`SCAN`](https://redis.io/docs/latest/commands/scan/) · since 2.8.0 · O(1) for every call. O(N) for
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
    /// redis.set("scan:k", "v")?;
    /// let (mut cursor, mut found) = (Some(ScanCursor::START), false);
    /// while let Some(here) = cursor {
    ///     let page = redis.scan(here)?;
    ///     found |= page.items.contains(&"scan:k".into());
    ///     cursor = page.next;
    /// }
    /// assert!(found);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn scan(&self, cursor: ScanCursor) -> Response<'_, Self, ScanPage<BulkString>> {
        self.scan_with(cursor, KeyScanOptions::new())
    }

    /// [`scan`](Self::scan) of the keys that match a pattern, or hold one type of value, or by larger pages.
    ///
    /// # Reply
    ///
    /// The keys, and where the next page begins. A page may be empty without being the last.
    ///
    /// # Errors
    ///
    /// A count of 0, and the type [`KeyType::Missing`], are refused before any I/O.
    ///
    /// [`SCAN`](https://redis.io/docs/latest/commands/scan/) · since 2.8.0 · O(1) for every call. O(N) for
    /// a complete iteration, including enough command calls for the cursor to return back to 0. N is the
    /// number of elements inside the collection.
    ///
    /// # Example: the lists of one prefix
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::{KeyScanOptions, KeyType, ScanCursor};
    ///
    /// redis.del("scan_with:list")?;
    /// redis.set("scan_with:text", "v")?;
    /// redis.rpush("scan_with:list", "v")?;
    /// let lists = KeyScanOptions::new().pattern("scan_with:*").key_type(KeyType::List);
    /// let (mut cursor, mut found) = (Some(ScanCursor::START), Vec::new());
    /// while let Some(here) = cursor {
    ///     let page = redis.scan_with(here, lists.clone().count(100))?;
    ///     found.extend(page.items);
    ///     cursor = page.next;
    /// }
    /// assert!(found.contains(&"scan_with:list".into()));
    /// assert!(!found.contains(&"scan_with:text".into()));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn scan_with(
        &self,
        cursor: ScanCursor,
        options: KeyScanOptions,
    ) -> Response<'_, Self, ScanPage<BulkString>> {
        self.execute_command(Command::new(&table::SCAN).arg(&cursor).args(&options))
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

    /// Sets the bit at `offset` of the string at `key`, which goes on in zeros up to there.
    ///
    /// # Reply
    ///
    /// Whether it was set before.
    ///
    /// # Errors
    ///
    /// `WRONGTYPE` if the key holds no string; `ERR` if a string would be too long (`proto-max-bulk-len`, 512
    /// MiB).
    ///
    /// [`SETBIT`](https://redis.io/docs/latest/commands/setbit/) · since 2.2.0 · O(1)
    ///
    /// # Example: tick a box
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("setbit:k")?;
    /// assert!(!redis.setbit("setbit:k", 7, true)?);
    /// assert!(redis.setbit("setbit:k", 7, false)?);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn setbit(&self, key: impl ToArg, offset: u64, bit: bool) -> Response<'_, Self, bool> {
        let command = Command::new(&table::SETBIT).key(&key).arg(&offset);
        self.execute_command(command.arg(one_or_zero(bit)))
    }

    /// Writes `value` over the string at `key` from byte `offset` on; it goes on in zero bytes up to there.
    ///
    /// # Reply
    ///
    /// How many bytes the string has then.
    ///
    /// # Errors
    ///
    /// `WRONGTYPE` if the key holds no string; `ERR` if a string would be too long (`proto-max-bulk-len`, 512
    /// MiB).
    ///
    /// [`SETRANGE`](https://redis.io/docs/latest/commands/setrange/) · since 2.2.0 · O(1), not counting the
    /// time taken to copy the new string in place. Usually, this string is very small so the amortized
    /// complexity is O(1). Otherwise, complexity is O(M) with M being the length of the value argument.
    ///
    /// # Example: replace a word
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("setrange:k", "Hello World")?;
    /// assert_eq!(redis.setrange("setrange:k", 6, "Redis")?, 11);
    /// assert!(redis.get("setrange:k")?.is_some_and(|value| value == "Hello Redis"));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn setrange(&self, key: impl ToArg, offset: u64, value: impl ToArg) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::SETRANGE).key(&key).arg(&offset).arg(&value))
    }

    /// The elements of the list, set or sorted set at `key`, sorted as numbers.
    ///
    /// # Reply
    ///
    /// The elements, from the least to the greatest; none if the key does not exist.
    ///
    /// # Errors
    ///
    /// `ERR` if an element is no number; `WRONGTYPE` if the key holds something else.
    ///
    /// [`SORT`](https://redis.io/docs/latest/commands/sort/) · since 1.0.0 · O(N+M\*log(M)) where N is the
    /// number of elements in the list or set to sort, and M the number of returned elements. When the
    /// elements are not sorted, complexity is O(N).
    ///
    /// # Example: sort a list
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("sort:k")?;
    /// redis.rpush("sort:k", [3, 10, 2])?;
    /// assert_eq!(redis.typed::<Vec<i64>>().sort("sort:k")?, [2, 3, 10]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn sort(&self, key: impl ToArg) -> Response<'_, Self, Vec<BulkString>> {
        self.execute_command(Command::new(&table::SORT).key(&key))
    }

    /// [`sort`](Self::sort) by something else, in another order, or only a part.
    ///
    /// # Reply
    ///
    /// The elements; none if the key does not exist.
    ///
    /// # Errors
    ///
    /// `ERR` if what is sorted by is no number; `WRONGTYPE` if the key holds something else.
    ///
    /// [`SORT`](https://redis.io/docs/latest/commands/sort/) · since 1.0.0 · O(N+M\*log(M)) where N is the
    /// number of elements in the list or set to sort, and M the number of returned elements. When the
    /// elements are not sorted, complexity is O(N).
    ///
    /// # Example: the last two words
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::SortOptions;
    ///
    /// redis.del("sort_with:k")?;
    /// redis.rpush("sort_with:k", ["b", "c", "a"])?;
    /// let options = SortOptions::new().alpha().descending().limit(0, 2);
    /// assert_eq!(redis.sort_with("sort_with:k", options)?, ["c", "b"]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn sort_with(
        &self,
        key: impl ToArg,
        options: SortOptions,
    ) -> Response<'_, Self, Vec<BulkString>> {
        self.execute_command(Command::new(&table::SORT).key(&key).args(&options))
    }

    /// [`sort_with`](Self::sort_with), and in place of each element what is at other keys (`GET`): for each
    /// pattern the string at the key that it makes of the element, or the field of a hash (`user_*->name`);
    /// for `#` the element itself.
    ///
    /// # Reply
    ///
    /// As many values for each element as there are patterns, in turn; `None` for a key or field that does
    /// not exist.
    ///
    /// # Errors
    ///
    /// `ERR` if what is sorted by is no number; `WRONGTYPE` if the key holds something else.
    ///
    /// [`SORT`](https://redis.io/docs/latest/commands/sort/) · since 1.0.0 · O(N+M\*log(M)) where N is the
    /// number of elements in the list or set to sort, and M the number of returned elements. When the
    /// elements are not sorted, complexity is O(N).
    ///
    /// # Example: names by their numbers
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::SortOptions;
    ///
    /// redis.mset([("{sort_get}:name:1", "Ann"), ("{sort_get}:name:2", "Bob")])?;
    /// redis.del("{sort_get}:k")?;
    /// redis.rpush("{sort_get}:k", [2, 1])?;
    /// let names = redis.sort_get("{sort_get}:k", "{sort_get}:name:*", SortOptions::new())?;
    /// assert_eq!(names, [Some("Ann".into()), Some("Bob".into())]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn sort_get(
        &self,
        key: impl ToArg,
        patterns: impl ToArgs,
        options: SortOptions,
    ) -> Response<'_, Self, Vec<Option<BulkString>>> {
        let command = Command::new(&table::SORT).key(&key).args(&options);
        self.execute_command(command.args(&SortPatterns(&patterns)))
    }

    /// [`sort`](Self::sort) by a command that a replica takes too.
    ///
    /// # Reply
    ///
    /// The elements, from the least to the greatest; none if the key does not exist.
    ///
    /// # Errors
    ///
    /// `ERR` if an element is no number; `WRONGTYPE` if the key holds something else.
    ///
    /// [`SORT_RO`](https://redis.io/docs/latest/commands/sort_ro/) · since 7.0.0 · O(N+M\*log(M)) where N is
    /// the number of elements in the list or set to sort, and M the number of returned elements. When the
    /// elements are not sorted, complexity is O(N).
    ///
    /// # Example: sort a list
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.del("sort_ro:k")?;
    /// redis.rpush("sort_ro:k", [3, 10, 2])?;
    /// assert_eq!(redis.sort_ro("sort_ro:k")?, ["2", "3", "10"]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn sort_ro(&self, key: impl ToArg) -> Response<'_, Self, Vec<BulkString>> {
        self.execute_command(Command::new(&table::SORT_RO).key(&key))
    }

    /// [`sort_with`](Self::sort_with) by a command that a replica takes too.
    ///
    /// # Reply
    ///
    /// The elements; none if the key does not exist.
    ///
    /// # Errors
    ///
    /// `ERR` if what is sorted by is no number; `WRONGTYPE` if the key holds something else.
    ///
    /// [`SORT_RO`](https://redis.io/docs/latest/commands/sort_ro/) · since 7.0.0 · O(N+M\*log(M)) where N is
    /// the number of elements in the list or set to sort, and M the number of returned elements. When the
    /// elements are not sorted, complexity is O(N).
    ///
    /// # Example: the least two
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::SortOptions;
    ///
    /// redis.del("sort_ro_with:k")?;
    /// redis.rpush("sort_ro_with:k", [3, 10, 2])?;
    /// let options = SortOptions::new().limit(0, 2);
    /// assert_eq!(redis.sort_ro_with("sort_ro_with:k", options)?, ["2", "3"]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn sort_ro_with(
        &self,
        key: impl ToArg,
        options: SortOptions,
    ) -> Response<'_, Self, Vec<BulkString>> {
        self.execute_command(Command::new(&table::SORT_RO).key(&key).args(&options))
    }

    /// [`sort_get`](Self::sort_get) by a command that a replica takes too.
    ///
    /// # Reply
    ///
    /// As many values for each element as there are patterns, in turn; `None` for a key or field that does
    /// not exist.
    ///
    /// # Errors
    ///
    /// `ERR` if what is sorted by is no number; `WRONGTYPE` if the key holds something else.
    ///
    /// [`SORT_RO`](https://redis.io/docs/latest/commands/sort_ro/) · since 7.0.0 · O(N+M\*log(M)) where N is
    /// the number of elements in the list or set to sort, and M the number of returned elements. When the
    /// elements are not sorted, complexity is O(N).
    ///
    /// # Example: numbers and their names
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::SortOptions;
    ///
    /// redis.set("{sort_ro_get}:name:1", "Ann")?;
    /// redis.del(["{sort_ro_get}:k", "{sort_ro_get}:name:2"])?;
    /// redis.rpush("{sort_ro_get}:k", [2, 1])?;
    /// let patterns = ["#", "{sort_ro_get}:name:*"];
    /// let names = redis.sort_ro_get("{sort_ro_get}:k", patterns, SortOptions::new())?;
    /// assert_eq!(names, [Some("1".into()), Some("Ann".into()), Some("2".into()), None]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn sort_ro_get(
        &self,
        key: impl ToArg,
        patterns: impl ToArgs,
        options: SortOptions,
    ) -> Response<'_, Self, Vec<Option<BulkString>>> {
        let command = Command::new(&table::SORT_RO).key(&key).args(&options);
        self.execute_command(command.args(&SortPatterns(&patterns)))
    }

    /// [`sort_with`](Self::sort_with), the elements of which become the list at `destination` (`STORE`).
    ///
    /// # Reply
    ///
    /// How many elements the list has then; of none it is deleted.
    ///
    /// # Errors
    ///
    /// `ERR` if what is sorted by is no number; `WRONGTYPE` if the key holds something else.
    ///
    /// [`SORT`](https://redis.io/docs/latest/commands/sort/) · since 1.0.0 · O(N+M\*log(M)) where N is the
    /// number of elements in the list or set to sort, and M the number of returned elements. When the
    /// elements are not sorted, complexity is O(N).
    ///
    /// # Example: keep what was sorted
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::SortOptions;
    ///
    /// redis.del("{sort_store}:k")?;
    /// redis.rpush("{sort_store}:k", [3, 10, 2])?;
    /// assert_eq!(redis.sort_store("{sort_store}:k", "{sort_store}:l", SortOptions::new())?, 3);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn sort_store(
        &self,
        key: impl ToArg,
        destination: impl ToArg,
        options: SortOptions,
    ) -> Response<'_, Self, u64> {
        let command = Command::new(&table::SORT).key(&key).args(&options);
        self.execute_command(command.arg("STORE").key(&destination))
    }

    /// [`sort_get`](Self::sort_get), the values of which become the list at `destination` (`STORE`); of a key
    /// or field that does not exist an empty string.
    ///
    /// # Reply
    ///
    /// How many elements the list has then; of none it is deleted.
    ///
    /// # Errors
    ///
    /// `ERR` if what is sorted by is no number; `WRONGTYPE` if the key holds something else.
    ///
    /// [`SORT`](https://redis.io/docs/latest/commands/sort/) · since 1.0.0 · O(N+M\*log(M)) where N is the
    /// number of elements in the list or set to sort, and M the number of returned elements. When the
    /// elements are not sorted, complexity is O(N).
    ///
    /// # Example: keep the names
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::SortOptions;
    ///
    /// let (names, list) = ("{sort_store_get}:name:*", "{sort_store_get}:l");
    /// redis.set("{sort_store_get}:name:1", "Ann")?;
    /// redis.del("{sort_store_get}:k")?;
    /// redis.rpush("{sort_store_get}:k", 1)?;
    /// assert_eq!(redis.sort_store_get("{sort_store_get}:k", list, names, SortOptions::new())?, 1);
    /// assert_eq!(redis.lrange(list, 0, -1)?, ["Ann"]);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn sort_store_get(
        &self,
        key: impl ToArg,
        destination: impl ToArg,
        patterns: impl ToArgs,
        options: SortOptions,
    ) -> Response<'_, Self, u64> {
        let command = Command::new(&table::SORT).key(&key).args(&options);
        let patterns = SortPatterns(&patterns);
        self.execute_command(command.args(&patterns).arg("STORE").key(&destination))
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

    /// Counts the keys that exist, and notes that they were used just now.
    ///
    /// # Reply
    ///
    /// The number; one that is named twice counts twice.
    ///
    /// [`TOUCH`](https://redis.io/docs/latest/commands/touch/) · since 3.2.1 · O(N) where N is the number of
    /// keys that will be touched.
    ///
    /// # Example: keep a key from being evicted
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.set("touch:k", "v")?;
    /// assert_eq!(redis.touch("touch:k")?, 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn touch(&self, keys: impl ToArgs) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::TOUCH).keys(&keys).at_least(1, "keys"))
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

    /// Waits until so many replicas have what was written over this connection, or `timeout` is over; zero
    /// waits for ever. On a shared client nobody knows over which connection that was: there it does not
    /// compile, and by name it is refused. Write and wait on a `connection()`. In a pipeline it is refused too,
    /// since it would hold up what others sent over the same connection.
    ///
    /// # Reply
    ///
    /// How many replicas have it.
    ///
    /// [`WAIT`](https://redis.io/docs/latest/commands/wait/) · since 3.0.0 · O(1)
    ///
    /// # Example: write, and know where it is
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use std::time::Duration;
    ///
    /// let connection = redis.connection()?;
    /// connection.set("wait:k", "v")?;
    /// let replicas = connection.wait(1, Duration::from_millis(1))?;
    /// assert_eq!(connection.wait(replicas, Duration::ZERO)?, replicas);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    ///
    /// On a shared client it does not compile:
    ///
    /// ```compile_fail,E0277
    /// # use redis_sync::prelude::*;
    /// Redis::new().wait(1, std::time::Duration::ZERO)?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn wait(&self, replicas: u64, timeout: Duration) -> Response<'_, Self, u64>
    where
        Self: Exclusive,
    {
        let command = Command::new(&table::WAIT).block(Block::within(timeout));
        self.execute_command(command.arg(&replicas).arg(&Millis(timeout)))
    }

    /// Waits until what was written over this connection is in the append-only files of so many replicas, and
    /// of this server if `local`, or `timeout` is over; zero waits for ever.
    ///
    /// # Reply
    ///
    /// Who has it there.
    ///
    /// # Errors
    ///
    /// `ERR` if `local` and the server keeps no such file, or if it is a replica.
    ///
    /// [`WAITAOF`](https://redis.io/docs/latest/commands/waitaof/) · since 7.2.0 · O(1)
    ///
    /// # Example: write, and know that it is on a disk
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.2.0") else { return Ok(()) };
    /// use std::time::Duration;
    ///
    /// let connection = redis.connection()?;
    /// connection.set("waitaof:k", "v")?;
    /// let there = connection.waitaof(false, 0, Duration::from_millis(1))?;
    /// assert!(there.replicas < 100);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn waitaof(
        &self,
        local: bool,
        replicas: u64,
        timeout: Duration,
    ) -> Response<'_, Self, AofAcknowledged>
    where
        Self: Exclusive,
    {
        let command = Command::new(&table::WAITAOF).arg(one_or_zero(local)).arg(&replicas);
        self.execute_command(command.arg(&Millis(timeout)).block(Block::within(timeout)))
    }
}

impl<C: ExecuteCommand + ?Sized> BasicKeyCommands for C {}

/// A bit, as an argument.
#[inline]
fn one_or_zero(bit: bool) -> &'static str {
    if bit { "1" } else { "0" }
}

/// Adds the number of pairs, then these, the first of each pair being a key.
fn counted_pairs<'a>(mut command: Command<'a>, pairs: &'a impl ToArgs) -> Command<'a> {
    let arguments = Command::new(command.spec()).args(pairs).len() - command.len();
    command.push_integer(false, arguments as u64 / 2);
    command.keys_in_pairs("pairs", pairs)
}

#[cfg(test)]
mod tests;
