//! The loops that wait, each written once.
//!
//! A loop is written as `async` and emitted twice by `both!`: as it stands for the async client, and
//! stripped of `async` and `.await` for the blocking one. What a loop decides it asks the sans-I/O
//! types of this crate; what it waits for it asks a transport.
//!
//! `maybe_async` is used through `must_be_sync` alone: its other macros flip the whole build, so that one
//! crate could turn another's async client blocking. `must_be_sync` sees neither an `.await` inside a
//! macro call, nor async closures, nor nested async functions, and changes what `?` means in an
//! `async {}` block; a body of `both!` has none of these.

mod batch;
mod call;
mod closing;
mod drain;
mod handshake;
mod keyspace;
mod lock;
mod locker;
mod transport;

pub use closing::{AsyncCloser, BlockingCloser};
pub use locker::{AsyncHolder, AsyncLocker, BlockingHolder, BlockingLocker};
pub use transport::{
    AsyncBatchCaller, AsyncCaller, AsyncChannel, BlockingBatchCaller, BlockingCaller,
    BlockingChannel,
};

/// Emits its items twice: in `nonblocking` as they are, in `blocking` without waiting.
macro_rules! both {
    ($($item:item)*) => {
        pub(super) mod nonblocking {
            use super::*;
            #[allow(unused_imports)]
            use crate::drive::closing::AsyncCloser as Closer;
            #[allow(unused_imports)]
            use crate::drive::locker::{AsyncHolder as Holder, AsyncLocker as Locker};
            #[allow(unused_imports)]
            use crate::drive::transport::{
                AsyncBatchCaller as BatchCaller, AsyncCaller as Caller, AsyncChannel as Channel,
            };
            $($item)*
        }
        pub(super) mod blocking {
            use super::*;
            #[allow(unused_imports)]
            use crate::drive::closing::BlockingCloser as Closer;
            #[allow(unused_imports)]
            use crate::drive::locker::{BlockingHolder as Holder, BlockingLocker as Locker};
            #[allow(unused_imports)]
            use crate::drive::transport::{
                BlockingBatchCaller as BatchCaller, BlockingCaller as Caller,
                BlockingChannel as Channel,
            };
            $(#[maybe_async::must_be_sync] $item)*
        }
    };
}
use both;

/// The loops of the async client.
pub mod nonblocking {
    pub use super::batch::nonblocking::execute;
    pub use super::call::nonblocking::{call, call_again};
    pub use super::closing::nonblocking::close;
    pub use super::drain::nonblocking::drain;
    pub use super::handshake::nonblocking::handshake;
    pub use super::keyspace::nonblocking::keyspace_events;
    pub use super::lock::nonblocking::{
        abandon_lock, acquire_lock, await_loss, extend_lock, is_locked, owns_lock, release_lock,
        renew_lock,
    };
}

/// The loops of the blocking client.
pub mod blocking {
    pub use super::batch::blocking::execute;
    pub use super::call::blocking::{call, call_again};
    pub use super::closing::blocking::close;
    pub use super::drain::blocking::drain;
    pub use super::handshake::blocking::handshake;
    pub use super::keyspace::blocking::keyspace_events;
    pub use super::lock::blocking::{
        abandon_lock, acquire_lock, await_loss, extend_lock, is_locked, owns_lock, release_lock,
        renew_lock,
    };
}
