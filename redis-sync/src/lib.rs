//! The blocking Redis client: all of Redis behind one friendly object.
//!
//! ```no_run
//! use redis_sync::prelude::*;
//!
//! fn main() -> redis_sync::Result<()> {
//!     let r = Redis::new(); // localhost:6379; nothing is connected yet
//!     r.set("greeting", "hello")?;
//!     println!("{:?}", r.get("greeting")?); // Some("hello")
//!     let length: u32 = r.typed().strlen("greeting")?; // or decoded into what you want
//!
//!     // from many threads at once: a handle is cheap, connections are pooled
//!     std::thread::scope(|scope| {
//!         for _ in 0..4 {
//!             let r = r.clone();
//!             scope.spawn(move || r.incr("visits"));
//!         }
//!     });
//!
//!     // what must stay on one connection gets one of its own
//!     let connection = r.connection()?;
//!     connection.client_setname("reporter")?;
//!     Ok(())
//! }
//! ```
//!
//! # When to use the other crate
//!
//! In a program on tokio use `redis-async`: the same names and the same traits, and thousands of tasks
//! over one connection. This crate serves scripts, command-line tools, and threads; one binary may hold
//! both, and types such as [`Config`], [`Error`] and [`BulkString`] are the same in both.
//!
//! | | here | `redis-async` |
//! |---|---|---|
//! | a command goes over | a connection of the pool, which is its own while it lasts; with more than four at once, or where there are no more connections, one that all share ([`PoolOptions::sharing`]); pipelines, blocking commands and a [`Connection`] always have one of their own | one connection that all share; a blocking command and a `Connection` have one of their own |
//! | the server closed the connection while it was idle | after a millisecond of idleness it is noticed before anything is written, and another is opened: nothing fails; a write that follows the last reply within that millisecond fails with [`Delivery::Unknown`], what may be repeated is tried again | it is noticed when its task next runs; a write that was sent before fails with [`Delivery::Unknown`], what may be repeated is tried again |
//! | a reply that comes too late | its connection is drained and used again, or closed: [`PoolStatistics::recycled`]; a shared one goes on | the shared connection goes on, and the reply is dropped when it comes |
//! | a blocking command that nobody waits for any more | its reply came after its time: read away, or its connection is closed; what it took is an [`Orphan`] | its future was dropped: the server is told to wait no more, and the connection is drained |
//! | the pool's maximum | bounds the connections; commands that find none free share one, all others wait or are refused | bounds the connections beside the shared one |
//! | [`statistics`](Redis::statistics) | a connection is in use while a command lasts | the shared connection is one in use while it stands |
//!
//! # What to know
//!
//! * [`Redis`] is the handle, [`Connection`] a connection of one's own, [`Pool`] what handles share.
//! * [`Monitor`] looks on at the server; on a [`RawConnection`] anything is sent and received.
//! * Every failure says whether the command ran: [`Error::delivery`]. What may have run twice never does
//!   without being asked for. `docs/delivery.md` of the repository goes through it phase by phase: what is
//!   known, what is tried again, what never is.
//! * A response timeout covers writing and the reply of one attempt; `call_timeout` bounds waiting for a connection,
//!   opening it, and all attempts together.
//! * A child of `fork` goes on with connections of its own; the parent's are left alone.
//!
//! # Features
//!
//! * `derive` (on by default): the macros, `#[derive(FromReply, ToArgs)]` and `#[commands]`; a program that uses none of
//!   them builds faster without it.
//! * `tls` (on by default): TLS by the platform's own library.
//! * `json`: `Json<T>`, any type that serde knows, as an argument and from a reply.
//! * `tracing`: the module `trace`, which tells the `tracing` crate what a client tells its listeners.
//! * `uuid`: `uuid::Uuid` as an argument and from a reply.
//!
//! None changes what another type is written as or read from: the tables at [`ToArg`] and
//! [`FromReply`](trait@FromReply) say that.

mod attempts;
mod builder;
mod capture;
mod closing;
mod connection;
mod connector;
mod consumed_entry;
mod consumer;
mod dialer;
mod doc_client;
mod housekeeper;
mod incoming;
mod joint;
mod keyspace;
mod lease;
mod life;
mod link;
mod lock;
mod mode;
mod monitor;
mod optimistic;
mod paged;
mod pipeline;
mod pool;
pub mod prelude;
mod pubsub;
mod random;
mod raw_connection;
mod redis;
mod resolver;
mod scans;
mod stop_handle;
mod transaction;
mod transport;

pub use attempts::{Attempt, Attempts, Observed};
pub use builder::RedisBuilder;
pub use capture::Capture;
pub use connection::Connection;
pub use connector::{Connector, DirectConnector, Duplex, Sender, Stream};
pub use consumed_entry::ConsumedEntry;
pub use consumer::StreamConsumer;
#[doc(hidden)]
pub use doc_client::doc_client;
pub use lock::{Lock, LockGuard};
pub use mode::{Blocking, BlockingMode};
pub use monitor::Monitor;
pub use optimistic::{Multi, Optimistic, Tx};
pub use paged::{EntryIter, Paged, ScanIter};
pub use pipeline::Pipeline;
pub use pool::Pool;
pub use pubsub::{Messages, PubSub, PubSubListener};
pub use raw_connection::RawConnection;
pub use redis::Redis;
pub use resolver::{Resolver, SystemResolver};
pub use scans::ScanIterators;
pub use stop_handle::StopHandle;
pub use transaction::Transaction;

pub use bytes::Bytes;
pub use redis_core::command::{
    Block, CallOptions, Command, CommandSpec, Flags, KeySpec, RawCommand, RequestPolicy,
    ResponsePolicy, Segments, ToArg, ToArgs,
};
pub use redis_core::config::{
    Config, ConfigBuilder, Endpoint, Keepalive, LibraryInfo, Origin, PoolOptions, ProtocolChoice,
    SocketOptions, Timeout, TlsIdentity, TlsOptions, TlsVerification, TlsVersion,
};
pub use redis_core::connection::{Protocol, ServerInfo};
pub use redis_core::consumer::Origin as EntryOrigin;
#[cfg(feature = "json")]
pub use redis_core::convert::Json;
pub use redis_core::convert::{Milliseconds, Seconds};
pub use redis_core::credentials::{Credentials, CredentialsProvider, StaticCredentials};
pub use redis_core::error::{Context as ErrorContext, Diagnosis, Facts, Suspect};
pub use redis_core::event::{CloseReason, ConnectionId, Event, Events, Listener};
pub use redis_core::execute::{As, Through, Typed, With};
pub use redis_core::lock::LockOptions;
pub use redis_core::monitor::{MonitorClient, MonitorEvent};
pub use redis_core::orphan::{Orphan, OrphanHandler};
pub use redis_core::pool::{Closed, DisconnectScope, PoolStatistics, Traffic};
pub use redis_core::pubsub::{
    EventDatabase, Gap, KeyEvent, KeyEventKind, KeyspaceFlags, KeyspacePattern, Message, Overflow,
    PubSubEvent, PubSubOptions, Subscription, SubscriptionKind,
};
pub use redis_core::push::{PushHandler, PushHandlers};
pub use redis_core::raw::Received;
pub use redis_core::recorder::{CommandRecord, Recorder};
pub use redis_core::reply::{Entries, Items};
pub use redis_core::resp::{Kind, Limits};
pub use redis_core::retry::{
    Backoff, ConstantBackoff, Decision, DecorrelatedJitterBackoff, EqualJitterBackoff,
    ExponentialBackoff, ExponentialWithJitterBackoff, Failure, FullJitterBackoff, NoBackoff,
    RetryClass, RetryPolicy,
};
#[cfg(feature = "tracing")]
pub use redis_core::trace;
pub use redis_core::{
    BulkString, Delivery, Error, ErrorKind, Exclusive, ExecuteCommand, Fault, FromReplies,
    FromReply, FunctionCall, Handle, Library, Mode, PipelineOptions, Queue, Queued, Replies, Reply,
    Response, Result, Script, ScriptCall, ServerError, ServerErrorKind, Shape, TimeoutKind, Value,
};

pub use redis_commands::{
    Aggregate, AnyTrim, AofAcknowledged, ApproximateTrim, AutoClaimed, AutoClaimedIds,
    BasicKeyCommands, BitOffset, BitOperation, BitOverflow, BitPosition, BitRange, BitType,
    BitfieldOperations, BitfieldReads, BitposRange, ClientAttribute, ClientFilter, ClientInfo,
    ClientKillOptions, ClientKind, ClientListOptions, ClientTrackingInfo, ClientTrackingOptions,
    ConnectionCommands, ConsumerDetails, ConsumerInfo, CopyOptions, CoreCommands,
    DataAccessCommands, DeadLetter, DedicatedCommands, DeliveredEntry, EntryCursor, EntryRange,
    EntryRemoval, ExpireOptions, ExpiresAt, Expiry, FieldExpiry, FieldPersist, FlushOptions,
    FunctionCommands, FunctionEngine, FunctionListOptions, FunctionLoadOptions,
    FunctionRestorePolicy, FunctionStats, GeoAddOptions, GeoCommands, GeoMembers, GeoPosition,
    GeoQuery, GeoSearch, GeoSearchFrom, GeoSearchStoreOptions, GeoUnit, GetexExpiry, GroupDetails,
    GroupInfo, HSetExOptions, HashCommands, HyperlogCommands, Info, KeepTtl, KeyScanOptions,
    KeyType, KeyUsage, LMPopOptions, LPosOptions, LcsMatch, LcsMatches, LcsOptions, LexRange,
    ListCommands, ListEnd, ListInsertion, ListPlace, LoadedFunction, LoadedLibrary, MSetExOptions,
    ManagementCommands, MemoryUsageOptions, MigrateOptions, MigrateTarget, Migration, PauseMode,
    PendingDelivery, PendingEntry, PendingSummary, Persist, PubSubCommands, ReferencePolicy,
    RestoreOptions, RunningFunction, SInterCardOptions, Scan, ScanCursor, ScanOptions, ScanPage,
    ScoreEnd, ScoreRange, ScoredMembers, ScoredZRange, ScriptCommands, SetCommands, SetExpiry,
    SetOptions, SortOptions, SortedSetCommands, StreamCommands, StreamConsumerOptions,
    StreamDetails, StreamEntry, StreamFacts, StreamId, StreamIdempotency, StreamInfo,
    StreamOffsets, StreamTrim, StreamsRead, TrackingRedirect, TransactionCommands, Ttl,
    UnblockReason, ValueCondition, ValueDigest, XAddOptions, XAutoClaimOptions, XCfgSetOptions,
    XClaimOptions, XGroupCreateOptions, XGroupSetIdOptions, XInfoStreamOptions, XPendingOptions,
    XRangeOptions, XReadGroupOptions, XReadOptions, XSetIdOptions, ZAddOptions, ZCombineOptions,
    ZInterCardOptions, ZMPopOptions, ZRange, ZRangeByLex, ZRangeByRank, ZRangeByScore,
};

/// Derives [`FromReply`](trait@FromReply): structs from maps by their fields' names, newtypes, enums from words.
///
/// # Example: a hash as a struct
///
/// ```no_run
/// use redis_sync::prelude::*;
///
/// #[derive(FromReply, ToArgs)]
/// struct User {
///     name: String,
///     #[redis(rename = "e-mail")]
///     email: Option<String>,
/// }
///
/// # fn main() -> redis_sync::Result<()> {
/// let r = Redis::new();
/// let ada = User { name: "Ada".to_owned(), email: None };
/// r.hset("user:1", &ada)?;
/// let user: Option<User> = r.typed().hgetall("user:1")?;
/// assert_eq!(user.unwrap().name, "Ada");
/// # Ok(()) }
/// ```
///
#[cfg(feature = "derive")]
pub use redis_derive::FromReplySync as FromReply;
/// Derives [`ToArgs`](trait@ToArgs): structs as their fields' names and values, enums as words, newtypes.
///
/// # Example: an entry of a stream
///
/// ```no_run
/// use redis_sync::prelude::*;
///
/// #[derive(ToArgs)]
/// struct Measured {
///     celsius: f64,
/// }
///
/// # fn main() -> redis_sync::Result<()> {
/// Redis::new().xadd("weather", Measured { celsius: 21.5 })?;
/// # Ok(()) }
/// ```
///
#[cfg(feature = "derive")]
pub use redis_derive::ToArgsSync as ToArgs;
/// Makes commands of a trait's methods, on every client, connection and wrapper at once.
///
/// # Example: a module's command
///
/// ```no_run
/// use redis_sync::prelude::*;
///
/// #[redis_sync::commands]
/// pub trait RateLimit {
///     /// Takes one token from the bucket at `key`.
///     #[command("CL.THROTTLE", write)]
///     fn throttle(&self, key: impl ToArg, burst: u32, count: u32, period: u32) -> Vec<i64>;
/// }
///
/// # fn main() -> redis_sync::Result<()> {
/// let answer = Redis::new().throttle("user:1", 15, 30, 60)?;
/// # let _ = answer;
/// # Ok(()) }
/// ```
///
#[cfg(feature = "derive")]
pub use redis_derive::commands_sync as commands;

/// What the macros expand to.
#[doc(hidden)]
pub use redis_core::__private;
