//! The Redis commands, one trait a group, written once for every client.
//!
//! A trait's methods are provided for whatever executes commands: both clients, their connections,
//! pipelines and transactions, and wrappers such as `typed::<T>()`. What a method returns is up to the
//! executor: the reply, a future of it, or a handle on it.
//!
//! | trait | group | examples |
//! |---|---|---|
//! | [`BasicKeyCommands`] | keys, strings and bitmaps | [`get`](BasicKeyCommands::get), [`set_with`](BasicKeyCommands::set_with), [`expire`](BasicKeyCommands::expire) |
//! | [`HashCommands`] | hashes | [`hset`](HashCommands::hset), [`hgetall`](HashCommands::hgetall) |
//! | [`ListCommands`] | lists | [`lpush`](ListCommands::lpush), [`blpop`](ListCommands::blpop) |
//! | [`SetCommands`] | sets | [`sadd`](SetCommands::sadd), [`smembers`](SetCommands::smembers) |
//! | [`SortedSetCommands`] | sorted sets | [`zadd`](SortedSetCommands::zadd), [`zrange_with_scores`](SortedSetCommands::zrange_with_scores) |
//! | [`GeoCommands`] | positions on the globe | [`geoadd`](GeoCommands::geoadd), [`geosearch`](GeoCommands::geosearch) |
//! | [`HyperlogCommands`] | counting what is different | [`pfadd`](HyperlogCommands::pfadd), [`pfcount`](HyperlogCommands::pfcount) |
//! | [`PubSubCommands`] | publishing | [`publish`](PubSubCommands::publish), [`pubsub_numsub`](PubSubCommands::pubsub_numsub) |
//! | [`StreamCommands`] | streams | [`xadd`](StreamCommands::xadd), [`xread_with`](StreamCommands::xread_with) |
//! | [`ScriptCommands`] | scripts | [`eval`](ScriptCommands::eval), [`script_load`](ScriptCommands::script_load) |
//! | [`FunctionCommands`] | functions | [`fcall`](FunctionCommands::fcall), [`function_load`](FunctionCommands::function_load) |
//! | [`ConnectionCommands`] | clients and connections | [`ping`](ConnectionCommands::ping), [`client_list`](ConnectionCommands::client_list) |
//! | [`DedicatedCommands`] | what changes its own connection | [`select`](DedicatedCommands::select), [`reset`](DedicatedCommands::reset) |
//! | [`TransactionCommands`] | transactions by hand | [`watch`](TransactionCommands::watch), [`exec`](TransactionCommands::exec) |
//! | [`ManagementCommands`] | the server | [`info`](ManagementCommands::info), [`config_get`](ManagementCommands::config_get) |
//!
//! [`DataAccessCommands`] and [`CoreCommands`] are for bounds: they name several at once.
//!
//! Every method sends its Redis command: `x(args)` plainly, `x_with(args, XOptions)` with options; an
//! option that changes the reply's type makes a method of its own. Durations are [`Duration`] and moments
//! [`SystemTime`], so that the commands with a `P` (milliseconds) need no methods: `expire` sends
//! `EXPIRE` or `PEXPIRE`, whichever the duration needs.
//!
//! This crate decides how a command is written and what type its reply has. It does not decide where a
//! command goes: it knows no client.
//!
//! [`Duration`]: std::time::Duration
//! [`SystemTime`]: std::time::SystemTime

mod arguments;
mod basic_keys;
mod bitfield;
mod bitmaps;
mod client_filter;
mod client_info;
mod client_states;
mod connection;
mod consumer_options;
mod dedicated;
mod expiry;
mod function_options;
mod function_replies;
mod functions;
mod geo;
mod geo_options;
mod geo_search;
mod group_reader;
mod hash_options;
mod hash_replies;
mod hashes;
mod hyperlogs;
mod info;
mod key_options;
mod key_replies;
mod lcs;
mod list_options;
mod lists;
mod management;
mod migration;
mod owned_argument;
mod pubsub;
mod range_pages;
#[cfg(test)]
mod rehearsal;
mod scan;
mod scan_pages;
mod scripts;
mod set_options;
mod sets;
mod sort_options;
mod sorted_set_options;
mod sorted_set_ranges;
mod sorted_sets;
mod stream_group_options;
mod stream_ids;
mod stream_infos;
mod stream_options;
mod stream_replies;
mod stream_settings;
mod streams;
mod transactions;
mod value_condition;

pub use basic_keys::BasicKeyCommands;
pub use bitfield::{BitOffset, BitOverflow, BitType, BitfieldOperations, BitfieldReads};
pub use bitmaps::{BitOperation, BitRange, BitposRange};
pub use client_filter::{ClientFilter, ClientKillOptions, ClientKind, ClientListOptions};
pub use client_info::ClientInfo;
pub use client_states::{
    ClientAttribute, ClientTrackingInfo, PauseMode, TrackingRedirect, UnblockReason,
};
pub use connection::ConnectionCommands;
pub use consumer_options::{DeadLetter, StreamConsumerOptions};
pub use dedicated::{ClientTrackingOptions, DedicatedCommands};
pub use expiry::{Expiry, GetexExpiry, KeepTtl, Persist, SetExpiry};
pub use function_options::{FunctionListOptions, FunctionLoadOptions, FunctionRestorePolicy};
pub use function_replies::{
    FunctionEngine, FunctionStats, LoadedFunction, LoadedLibrary, RunningFunction,
};
pub use functions::FunctionCommands;
pub use geo::GeoCommands;
pub use geo_options::{GeoAddOptions, GeoMembers, GeoPosition, GeoUnit};
pub use geo_search::{GeoQuery, GeoSearch, GeoSearchFrom, GeoSearchStoreOptions};
pub use group_reader::GroupReader;
pub use hash_options::HSetExOptions;
pub use hash_replies::FieldPersist;
pub use hashes::HashCommands;
pub use hyperlogs::HyperlogCommands;
pub use info::Info;
pub use key_options::{
    CopyOptions, ExpireOptions, KeyUsage, MSetExOptions, RestoreOptions, SetOptions,
};
pub use key_replies::{AofAcknowledged, BitPosition, ExpiresAt, FieldExpiry, KeyType, Ttl};
pub use lcs::{LcsMatch, LcsMatches, LcsOptions};
pub use list_options::{LMPopOptions, LPosOptions, ListEnd, ListInsertion, ListPlace};
pub use lists::ListCommands;
pub use management::{FlushOptions, ManagementCommands, MemoryUsageOptions};
pub use migration::{MigrateOptions, MigrateTarget, Migration};
pub use pubsub::PubSubCommands;
pub use range_pages::{EntryCursor, EntryRange, PlacedEntry};
#[doc(hidden)]
use redis_core::ExecuteCommand;
pub use scan::{KeyScanOptions, ScanCursor, ScanOptions, ScanPage};
pub use scan_pages::Scan;
pub use scripts::ScriptCommands;
pub use set_options::SInterCardOptions;
pub use sets::SetCommands;
pub use sort_options::SortOptions;
pub use sorted_set_options::{
    Aggregate, ScoreEnd, ZAddOptions, ZCombineOptions, ZInterCardOptions, ZMPopOptions,
};
pub use sorted_set_ranges::{
    LexRange, ScoreRange, ScoredZRange, ZRange, ZRangeByLex, ZRangeByRank, ZRangeByScore,
};
pub use sorted_sets::{ScoredMembers, SortedSetCommands};
pub use stream_group_options::{XClaimOptions, XGroupSetIdOptions, XPendingOptions};
pub use stream_infos::{
    ConsumerDetails, ConsumerInfo, GroupDetails, GroupInfo, PendingDelivery, StreamDetails,
    StreamFacts, StreamIdempotency, StreamInfo,
};
pub use stream_options::{
    AnyTrim, ApproximateTrim, StreamOffsets, StreamTrim, XAddOptions, XAutoClaimOptions,
    XGroupCreateOptions, XRangeOptions, XReadGroupOptions, XReadOptions,
};
pub use stream_replies::{
    AutoClaimed, AutoClaimedIds, DeliveredEntry, EntryRemoval, PendingEntry, PendingSummary,
    StreamEntry, StreamId, StreamsRead,
};
pub use stream_settings::{ReferencePolicy, XCfgSetOptions, XInfoStreamOptions, XSetIdOptions};
pub use streams::StreamCommands;
pub use transactions::TransactionCommands;
pub use value_condition::{ValueCondition, ValueDigest};

/// All commands on data: for bounds.
///
/// # Example: a function for every client
///
/// ```
/// use redis_sync::{BasicKeyCommands, DataAccessCommands, Response};
///
/// fn visits<C: DataAccessCommands>(redis: &C) -> Response<'_, C, i64> {
///     redis.incr("visits")
/// }
/// ```
pub trait DataAccessCommands:
    BasicKeyCommands
    + GeoCommands
    + HashCommands
    + HyperlogCommands
    + ListCommands
    + ScriptCommands
    + SetCommands
    + SortedSetCommands
    + StreamCommands
{
}

impl<C: ExecuteCommand + ?Sized> DataAccessCommands for C {}

/// All commands that a shared client takes: for bounds.
pub trait CoreCommands:
    DataAccessCommands + ConnectionCommands + FunctionCommands + ManagementCommands + PubSubCommands
{
}

impl<C: ExecuteCommand + ?Sized> CoreCommands for C {}
