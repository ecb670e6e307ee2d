//! Locks that several processes agree upon through a server, or through a majority of several.
//!
//! This module decides the keys and scripts, when a lock counts as acquired and how long that may be
//! relied upon, when to try again and how long to wait, when a lease is renewed, and which error tells
//! what. It does not send, wait or look at a clock: [`drive`](crate::drive) does the first two, and times
//! come in as arguments.
//!
//! # Keys
//!
//! | key | content | ends |
//! |---|---|---|
//! | `name` | the holder's token, as redis-py's `Lock` writes it | with the lease |
//! | `{name}:lock-fence` | the last fencing token | a day after the last lease |
//! | `{name}:lock-wake` | at most one entry, for the next who waits | when it is taken, with the next acquisition, or after 10 s |
//!
//! All of a lock lie in one slot of a cluster.
//!
//! # Time
//!
//! A holder counts its lease from before it asked for it, on its own monotonic clock, and takes away a
//! hundredth and 2 ms for clocks that run at different speeds: it believes itself the holder for less
//! long than the server does, never for longer. The server's wall clock matters to nothing but the
//! fencing tokens, which never go back whatever it does while their key lives.

mod acquiring;
mod keys;
mod mark;
mod options;
mod plan;
mod scripts;
mod seats;
mod tally;
mod tenure;

pub use acquiring::{Acquiring, Step};
pub use keys::LockKeys;
pub use mark::{Mark, Marked};
pub use options::{LockOptions, OnLost};
pub use plan::{Extend, LockPlan};
pub use seats::{Seat, Seats};
pub use tally::{Answer, Tally};
pub use tenure::{Leaving, Renewal, Tenure};
