//! Subscriptions: who wants what, what follows from that, and what a subscriber sees.
//!
//! ```text
//!   a subscriber asks ──▶ Registry ──▶ SUBSCRIBE, UNSUBSCRIBE ──▶ one dedicated connection
//!                            ▲                                             │
//!   its Inbox ◀── staged ────┴── what it means ◀── Intake ◀── bytes ───────┘
//! ```
//!
//! This module decides what is sent for whom, whose a confirmation, a refusal or a message is, what is
//! asked for again when a connection was lost, and what happens to a subscriber that is too slow. It waits
//! for nothing and opens nothing: the clients have a thread or a task for that.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

mod backlog;
mod handlers;
mod inbox;
mod intake;
mod key_event;
mod keyspace;
mod message;
mod options;
mod registry;
mod revival;
mod run;
mod subscription;
mod vigil;

pub use backlog::Backlog;
pub use handlers::Handlers;
pub use inbox::{Admission, Inbox};
pub use intake::{Incoming, Intake};
pub use key_event::{KeyEvent, KeyEventKind};
pub use keyspace::{EventDatabase, KeyspaceFlags, KeyspacePattern, Sufficiency};
pub use message::{Gap, Message, PubSubEvent};
pub use options::{Overflow, PubSubOptions};
pub use registry::{Flushed, Handled, Registry, SubscriberId, Ticket};
pub use revival::{Revival, take_until_push};
pub use run::Run;
pub use subscription::{Action, Subscription, SubscriptionKind, names};
pub use vigil::{Verdict, Vigil};
