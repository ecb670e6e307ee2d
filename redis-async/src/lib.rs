//! The async Redis client, on tokio: all of Redis behind one friendly object.
//!
//! ```no_run
//! use redis_async::prelude::*;
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> redis_async::Result<()> {
//!     let r = Redis::new(); // localhost:6379; nothing is connected yet
//!     r.set("greeting", "hello").await?;
//!     println!("{:?}", r.get("greeting").await?); // Some("hello")
//!     let length: u32 = r.typed().strlen("greeting").await?; // or decoded into what you want
//!
//!     // from many tasks at once: they share one connection, and nobody waits for another's reply
//!     let (visits, jobs) = tokio::join!(r.incr("visits"), r.llen("jobs"));
//!     println!("{} {} {length}", visits?, jobs?);
//!
//!     // what must stay on one connection gets one of its own
//!     let connection = r.connection().await?;
//!     connection.client_setname("reporter").await?;
//!     Ok(())
//! }
//! ```
//!
//! # When to use the other crate
//!
//! In scripts, command-line tools and threads use `redis-sync`: the same names and the same traits,
//! without a runtime. One binary may hold both, and types such as [`Config`], [`Error`] and [`BulkString`]
//! are the same in both.
//!
//! | | here | `redis-sync` |
//! |---|---|---|
//! | a command goes over | one connection that all share; a blocking command and a [`Connection`] have one of their own | a connection of the pool, which is its own while it lasts |
//! | the server closed the connection while it was idle | after a tenth of a second or two of idleness it is noticed before anything is written, and another is opened (over TLS: when its task next runs); a write that is sent within that time fails with [`Delivery::Unknown`], what may be repeated is tried again | the same, after a millisecond |
//! | a reply that comes too late | the shared connection goes on, and the reply is dropped when it comes; what a blocking command took is an [`Orphan`] | its connection is drained and used again, or closed |
//! | a blocking command that nobody waits for any more | its future was dropped: the server is told to wait no more, and the connection is drained | its call cannot be dropped |
//! | the pool's maximum | bounds the connections beside the shared one | bounds how many commands are under way |
//! | [`statistics`](Redis::statistics) | the shared connection is one in use while it stands | a connection is in use while a command lasts |
//!
//! # What to know
//!
//! * [`Redis`] is the handle, [`Connection`] a connection of one's own, [`Pool`] what handles share,
//!   [`CommandFuture`] a command on its way.
//! * [`Monitor`] looks on at the server; on a [`RawConnection`] anything is sent and received.
//! * A future may be dropped at any point; no other command's reply is touched.
//! * Every failure says whether the command ran: [`Error::delivery`]. What may have run twice never does
//!   without being asked for. `docs/delivery.md` of the repository goes through it phase by phase: what is
//!   known, what is tried again, what never is.
//! * A response timeout is never early and at most a tenth of a second late. It covers the wait for room on
//!   the connection and for the reply, of one attempt; `call_timeout` bounds all attempts together. It does not close the connection; three of
//!   them without a sign of the server do.
//! * A timeout says what was measured and whom that points to: [`Error::diagnosis`]. [`Capture`] writes down what goes
//!   over the wire; [`statistics`](Redis::statistics) counts.
//! * The client outlives runtimes: under a `static` client, the next runtime opens a new connection.
//!
//! # Fork
//!
//! A child of `fork` goes on with connections of its own in a runtime that it makes, and leaves the
//! parent's alone; where no runtime is, a command says so. A runtime that the child inherited must not be
//! run nor dropped in it: leave by [`std::process::exit`], not by returning through it.
//!
//! A child of a process with threads had better make a runtime without any (`new_current_thread`). Rust's standard library
//! holds a lock while a thread begins or ends; where another thread of the parent did so at the moment of
//! the fork, no thread that the child begins ever runs, whoever begins it. Fork before there are threads, as
//! prefork servers do, and all is well.
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
mod background;
mod builder;
mod capture;
mod closing;
mod command_future;
mod connection;
mod connector;
mod consumed_entry;
mod consumer;
mod dialer;
mod doc_client;
mod housekeeper;
mod keyspace;
mod lease;
mod lending;
mod life;
mod link;
mod lock;
mod mode;
mod monitor;
mod multiplexer;
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
mod retrying;
mod scans;
mod stop_handle;
mod transaction;
mod transport;

pub use attempts::{Attempt, Attempts, Observed};
pub use builder::RedisBuilder;
pub use capture::Capture;
pub use command_future::CommandFuture;
pub use connection::Connection;
pub use connector::{Connector, DirectConnector};
pub use consumed_entry::ConsumedEntry;
pub use consumer::StreamConsumer;
#[doc(hidden)]
pub use doc_client::doc_client;
pub use lock::{Lock, LockGuard};
pub use mode::{Async, AsyncMode};
pub use monitor::Monitor;
pub use optimistic::{Multi, Optimistic, Tx};
pub use paged::{EntryIter, Paged, ScanIter};
pub use pipeline::Pipeline;
pub use pool::Pool;
pub use pubsub::{Confirmation, Messages, PubSub, PubSubListener};
pub use raw_connection::RawConnection;
pub use redis::Redis;
pub use resolver::{BoxFuture, Resolver, SystemResolver};
pub use scans::ScanIterators;
pub use stop_handle::StopHandle;
pub use transaction::Transaction;
pub use transport::{Stream, Transport};

pub use bytes::Bytes;
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
pub use redis_core::error::Context as ErrorContext;
pub use redis_core::error::{Diagnosis, Facts, Suspect};
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

/// Derives [`FromReply`](trait@FromReply): structs from maps by their fields' names, newtypes, enums from words.
///
/// # Example: a hash as a struct
///
/// ```no_run
/// use redis_async::prelude::*;
///
/// #[derive(FromReply, ToArgs)]
/// struct User {
///     name: String,
///     #[redis(rename = "e-mail")]
///     email: Option<String>,
/// }
///
/// # async fn example() -> redis_async::Result<()> {
/// let r = Redis::new();
/// let ada = User { name: "Ada".to_owned(), email: None };
/// r.hset("user:1", &ada).await?;
/// let user: Option<User> = r.typed().hgetall("user:1").await?;
/// assert_eq!(user.unwrap().name, "Ada");
/// # Ok(()) }
/// ```
///
#[cfg(feature = "derive")]
pub use redis_derive::FromReplyAsync as FromReply;
/// Derives [`ToArgs`](trait@ToArgs): structs as their fields' names and values, enums as words, newtypes.
///
/// # Example: an entry of a stream
///
/// ```no_run
/// use redis_async::prelude::*;
///
/// #[derive(ToArgs)]
/// struct Measured {
///     celsius: f64,
/// }
///
/// # async fn example() -> redis_async::Result<()> {
/// Redis::new().xadd("weather", Measured { celsius: 21.5 }).await?;
/// # Ok(()) }
/// ```
///
#[cfg(feature = "derive")]
pub use redis_derive::ToArgsAsync as ToArgs;
/// Makes commands of a trait's methods, on every client, connection and wrapper at once.
///
/// # Example: a module's command
///
/// ```no_run
/// use redis_async::prelude::*;
///
/// #[redis_async::commands]
/// pub trait RateLimit {
///     /// Takes one token from the bucket at `key`.
///     #[command("CL.THROTTLE", write)]
///     fn throttle(&self, key: impl ToArg, burst: u32, count: u32, period: u32) -> Vec<i64>;
/// }
///
/// # async fn example() -> redis_async::Result<()> {
/// let answer = Redis::new().throttle("user:1", 15, 30, 60).await?;
/// # let _ = answer;
/// # Ok(()) }
/// ```
///
#[cfg(feature = "derive")]
pub use redis_derive::commands_async as commands;

/// What the macros expand to.
#[doc(hidden)]
pub use redis_core::__private;
