//! Many commands in one write, and their replies.
//!
//! ```text
//!   Pipeline (a client's) ──push──▶ CommandQueue ──batch──▶ Batch ──▶ Outgoing ──▶ bytes
//!                                                             └─────▶ Harvest ◀── replies
//!                                                                        └──────▶ Replies ──▶ values
//! ```
//!
//! This module decides what may stand in a pipeline, what goes over the wire, whose reply is whose, and
//! what is known of each command when the connection ends half-way. It does not write, read or wait, and
//! it holds no lock: a client's pipeline keeps its [`CommandQueue`] behind its own.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::cast_possible_truncation
    )
)]

mod batch;
mod from_replies;
mod harvest;
mod optimism;
mod options;
mod outgoing;
mod queue;
mod queued;
mod replies;
mod store;

pub use batch::Batch;
pub use from_replies::FromReplies;
pub use harvest::Harvest;
pub use optimism::{Optimism, Step};
pub use options::PipelineOptions;
pub use outgoing::Outgoing;
pub use queue::CommandQueue;
pub use queued::{Handle, Queue, Queued};
pub use replies::Replies;

#[cfg(test)]
mod tests;
