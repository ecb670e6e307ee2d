//! What a client tells its listeners, as events of the [`tracing`](https://docs.rs/tracing) crate: the feature
//! `tracing`, off by default.
//!
//! This module decides targets, levels and names of fields; they are part of the interface and change as it
//! does. It does not decide what happens with them: that is the subscriber's part. Nothing is told by turning
//! the feature on, which another crate of the program may have done: a client tells what it was built to tell,
//! by [`event`] as a listener and [`Commands`] as its recorder. Where the `tracing` crate's own feature `log` is
//! on, the same goes to the `log` crate.
//!
//! No field holds a secret, an argument's value or a key. What a server quotes of a command it does not
//! know is left out.
//!
//! | target | event | level | fields |
//! |---|---|---|---|
//! | `redis::connection` | connecting | debug | `endpoint` |
//! | | connected | debug | `connection`, `endpoint`, `peer` |
//! | | cannot connect | warn | `endpoint`, `kind`, `error` |
//! | | ready | debug | `connection`, `protocol`, `server` |
//! | | step of the handshake refused | debug | `connection`, `step`, `kind`, `error` |
//! | | re-authenticated | debug | `connection` |
//! | | recycled | debug | `connection` |
//! | | disconnected | debug; warn where it failed | `connection`, `reason`, `kind`, `error` |
//! | | unknown push | debug | `connection`, `push` |
//! | | handler panicked | warn | `panics` |
//! | `redis::pool` | acquired, released | trace | `connection` |
//! | | waited | debug; warn where it was in vain | `waited_us`, `served` |
//! | `redis::command` | retried | info | `command`, `attempt`, `after_us`, `kind`, `delivery`, `error` |
//! | | orphaned | warn | `connection`, `command` |
//! | | finished | debug | `command`, `attempts`, `elapsed_us` |
//! | | failed | info | `command`, `attempts`, `elapsed_us`, `kind`, `delivery`, `error` |
//!
//! Connections are numbered as in [`Event`]; times are whole microseconds. The events of a shared connection
//! come from its own task, outside of every span of a caller's.

use crate::error::Error;
use crate::event::{CloseReason, Event};
use crate::recorder::{CommandRecord, Recorder};
use std::time::Duration;
use tracing::{debug, info, trace, warn};

const CONNECTION: &str = "redis::connection";
const POOL: &str = "redis::pool";
const COMMAND: &str = "redis::command";

/// Tells the subscriber of an event: a listener, for `on_event`.
///
/// # Example: whatever happens to the connections of a client
///
/// ```no_run
/// use redis_sync::{Redis, trace};
///
/// # fn main() -> redis_sync::Result<()> {
/// let r = Redis::builder().on_event(trace::event).build()?;
/// # let _ = r;
/// # Ok(()) }
/// ```
pub fn event(event: &Event) {
    match event {
        Event::Connecting { endpoint } => {
            debug!(target: CONNECTION, %endpoint, "connecting");
        }
        Event::Connected { connection, endpoint, peer } => {
            let connection = connection.get();
            debug!(target: CONNECTION, connection, %endpoint, peer, "connected");
        }
        Event::ConnectFailed { endpoint, error } => {
            let (kind, error) = told(error);
            warn!(target: CONNECTION, %endpoint, kind, error, "cannot connect");
        }
        Event::HandshakeDone { connection, protocol, server } => {
            let (connection, server) = (connection.get(), server.as_deref());
            debug!(target: CONNECTION, connection, protocol, server, "ready");
        }
        Event::HandshakeStepRefused { connection, step, error } => {
            let (connection, (kind, error)) = (connection.get(), told(error));
            debug!(target: CONNECTION, connection, step, kind, error, "step of the handshake refused");
        }
        Event::ReAuthenticated { connection } => {
            debug!(target: CONNECTION, connection = connection.get(), "re-authenticated");
        }
        Event::Recycled { connection } => {
            debug!(target: CONNECTION, connection = connection.get(), "recycled");
        }
        Event::UnknownPush { connection, kind } => {
            debug!(target: CONNECTION, connection = connection.get(), push = kind, "unknown push");
        }
        Event::Acquired { connection } => {
            trace!(target: POOL, connection = connection.get(), "acquired");
        }
        Event::Released { connection } => {
            trace!(target: POOL, connection = connection.get(), "released");
        }
        Event::Disconnected { .. }
        | Event::HandlerPanicked { .. }
        | Event::Orphaned { .. }
        | Event::Retried { .. } => something_lost(event),
    }
}

/// What does not happen while all is well.
#[cold]
fn something_lost(event: &Event) {
    match event {
        Event::Disconnected { connection, reason, error } => {
            let connection = connection.get();
            let (kind, error) = error.as_ref().map(told).unzip();
            let text = reason.to_string();
            if failed(*reason) {
                warn!(target: CONNECTION, connection, reason = text, kind, error, "disconnected");
            } else {
                debug!(target: CONNECTION, connection, reason = text, kind, error, "disconnected");
            }
        }
        Event::Retried { command, error, attempt, after } => {
            let (command, after_us, delivery) = (&**command, micros(*after), error.delivery());
            let (kind, error) = told(error);
            info!(target: COMMAND, command, attempt, after_us, kind, %delivery, error, "retried");
        }
        Event::HandlerPanicked { panics } => {
            warn!(target: CONNECTION, panics, "handler panicked");
        }
        Event::Orphaned { connection, command } => {
            warn!(target: COMMAND, connection = connection.get(), command = &**command, "orphaned");
        }
        _ => {}
    }
}

/// Tells the subscriber how each command ended and who waited for the pool: a recorder, for `recorder`.
///
/// While a client has one, the clock is read twice a command, whether a subscriber wants it or not.
///
/// # Example: every command and what it took
///
/// ```no_run
/// use redis_sync::{Redis, trace};
///
/// # fn main() -> redis_sync::Result<()> {
/// let r = Redis::builder().on_event(trace::event).recorder(trace::Commands).build()?;
/// # let _ = r;
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Commands;

impl Recorder for Commands {
    fn command_finished(&self, record: &CommandRecord<'_>) {
        let CommandRecord { command, attempts, elapsed, error } = *record;
        let elapsed_us = micros(elapsed);
        match error {
            None => debug!(target: COMMAND, command, attempts, elapsed_us, "finished"),
            Some(error) => {
                let (delivery, (kind, error)) = (error.delivery(), told(error));
                info!(target: COMMAND, command, attempts, elapsed_us, kind, %delivery, error, "failed");
            }
        }
    }

    fn pool_waited(&self, waited: Duration, served: bool) {
        let waited_us = micros(waited);
        if served {
            debug!(target: POOL, waited_us, served, "waited");
        } else {
            warn!(target: POOL, waited_us, served, "waited");
        }
    }
}

/// Whether a connection that ended for this reason should not have.
fn failed(reason: CloseReason) -> bool {
    match reason {
        CloseReason::Broken
        | CloseReason::Stale
        | CloseReason::Unhealthy
        | CloseReason::NotDrained => true,
        CloseReason::Idle
        | CloseReason::Lifetime
        | CloseReason::Disconnected
        | CloseReason::Residue
        | CloseReason::Shutdown => false,
    }
}

/// The kind and the text of an error, without what a server quotes of a command.
#[cold]
fn told(error: &Error) -> (String, String) {
    (error.kind().to_string(), error.without_quotations().to_string())
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
