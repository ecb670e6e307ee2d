//! Threads that share a connection, against a peer that knows what comes in which order.
//!
//! A pool of one connection shares it from the first command on, so that a test need not fill others first.
#![cfg(unix)] // elsewhere no socket is written to and read at once

mod pools;
mod sockets;
mod turns;

use redis_sync::{
    CallOptions, Delivery, ErrorKind, ExecuteCommand, Redis, RedisBuilder, Result, RetryPolicy,
    TimeoutKind,
};
use redis_tests::scripted::{Handshake, Script, ScriptedServer};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

pub(crate) const LONG: Duration = Duration::from_secs(60);

pub(crate) fn script() -> Script {
    Script::new().handshake(Handshake::Understood)
}

pub(crate) fn builder(server: &ScriptedServer) -> RedisBuilder {
    let address = server.address();
    Redis::builder()
        .host(address.ip().to_string())
        .port(address.port())
        .retry(RetryPolicy::none())
        .response_timeout(LONG)
        .pool_max_size(1)
        .pool_wait(false)
        .pool_drain_timeout(LONG)
}

pub(crate) fn client(server: &ScriptedServer) -> Redis {
    builder(server).build().unwrap()
}

pub(crate) fn get(r: &Redis, key: &str) -> Result<String> {
    r.command("GET").key(key).query()
}

/// Time enough for another thread to come, before who has no more is gone.
pub(crate) const SOON: Duration = Duration::from_millis(500);

/// The same, with little patience.
pub(crate) fn get_soon(r: &Redis, key: &str) -> Result<String> {
    let soon = CallOptions::new().response_timeout(SOON);
    r.with(soon).command("GET").key(key).query()
}

/// Waits until it is so; for ever only where it never will be, and then not longer than for a reply.
#[track_caller]
pub(crate) fn until(what: impl Fn() -> bool) {
    let begun = Instant::now();
    while !what() {
        assert!(begun.elapsed() < LONG, "it never came true");
        thread::yield_now();
    }
}

pub(crate) type Asking<'s> = ScopedJoinHandle<'s, Result<String>>;

/// A thread whose command is the `count`th that was submitted to a shared connection when this returns.
pub(crate) fn ask<'s>(
    scope: &'s Scope<'s, '_>,
    r: &'s Redis,
    count: u64,
    call: impl FnOnce(&Redis) -> Result<String> + Send + 's,
) -> Asking<'s> {
    let asking = scope.spawn(move || call(r));
    until(|| r.statistics().traffic.commands >= count);
    asking
}

pub(crate) fn outcome(asking: Asking<'_>) -> std::result::Result<String, (ErrorKind, Delivery)> {
    let outcome = asking.join().expect("it does not panic");
    outcome.map_err(|error| (error.kind(), error.delivery()))
}

pub(crate) const LATE: (ErrorKind, Delivery) =
    (ErrorKind::Timeout(TimeoutKind::Reply), Delivery::Unknown);

/// An answer that is given once the flag is set.
pub(crate) fn once(flag: &Arc<AtomicBool>, answer: &'static str) -> Script {
    held(script(), flag, answer)
}

pub(crate) fn held(script: Script, flag: &Arc<AtomicBool>, answer: &'static str) -> Script {
    let flag = Arc::clone(flag);
    script.answer(move |_| {
        until(|| flag.load(Ordering::Acquire));
        Some(answer.as_bytes().to_vec())
    })
}
