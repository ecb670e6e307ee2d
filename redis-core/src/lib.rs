//! Everything a Redis client decides, without waiting for anything.
//!
//! Bytes, time and random numbers come in as arguments; actions go out as values. There is no socket,
//! thread, lock, clock or task in this crate: `redis-sync` and `redis-async` have these, and share
//! every decision that is made here.

#[cfg(test)]
extern crate self as redis_core;

pub mod capture;
pub mod command;
pub mod config;
pub mod connection;
pub mod consumer;
pub mod convert;
pub mod credentials;
pub mod drive;
pub mod error;
pub mod event;
pub mod execute;
#[doc(hidden)]
pub mod expansion;
pub mod fork;
pub mod lock;
pub mod monitor;
pub mod orphan;
pub mod paging;
pub mod pipeline;
pub mod pool;
pub mod pubsub;
pub mod push;
pub mod raw;
pub mod recorder;
pub mod reply;
pub mod resp;
pub mod retry;
pub mod script;
#[cfg(feature = "tracing")]
pub mod trace;

pub use error::{
    Delivery, Error, ErrorKind, Fault, Result, ServerError, ServerErrorKind, TimeoutKind,
};
pub use execute::{Exclusive, ExecuteCommand, Mode, Response};
#[doc(hidden)]
pub use expansion as __private;
pub use pipeline::{FromReplies, Handle, PipelineOptions, Queue, Queued, Replies};
pub use reply::{BulkString, FromReply, Reply, Shape, Value};
pub use script::{FunctionCall, Library, Script, ScriptCall};
