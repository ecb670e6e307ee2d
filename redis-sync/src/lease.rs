//! A connection of the pool for as long as somebody uses it.

use crate::life::{Held, Life};
use crate::link::Link;
use crate::pool::Shared;
use redis_core::pool::{CloseReason, Condition, Lease};

/// A connection in use, which goes back when this is dropped.
pub(crate) struct Leased<'p> {
    shared: &'p Shared,
    life: &'p Life,
    /// Until it goes back.
    lease: Option<Lease>,
    held: std::mem::ManuallyDrop<Box<Held>>,
    spoilt: bool,
}
