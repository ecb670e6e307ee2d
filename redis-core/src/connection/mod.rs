//! One connection: what is said first, what is known of the server, which reply is whose, what of a
//! command cut short can have run, and how to be sure that nothing is owed.
//!
//! This module decides; the clients own the sockets.

mod delivery;
mod fence;
mod handshake;
pub mod joint;
mod server_info;
pub mod slots;
mod unblock;

pub use delivery::reached;
pub use fence::Fence;
pub use handshake::{Handshake, HandshakeDone, RefusedStep};
pub use server_info::{Protocol, ServerInfo};
pub use unblock::Unblock;
