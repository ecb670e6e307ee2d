//! Which connection a caller gets, and what becomes of it afterwards.
//!
//! ```text
//!                  check_out                        check_in, clean
//!   (nothing) ──▶ opening ──opened──▶ in use ──────────────────────▶ idle
//!       ▲            │ failed           │ ▲ │ broken, expired,        │ │
//!       │◀───────────┘                  │ │ │ marked by disconnect    │ │ idle or alive too long,
//!       │◀──────────────────────────────┼─┼─┘                         │ │ disconnect
//!       │            ▲      replace     │ └──────── check_out ────────┘ │
//!       │            └──────────────────┘                               │
//!       └◀──────────────────────────────────────────────────────────────┘
//! ```
//!
//! This module decides who waits, who is served first, what is reused, replaced and closed, and what a
//! returned connection must have undone. It opens, closes and waits for nothing: time and random
//! numbers come in, and what is to be done goes out.

mod accounting;
mod check;
mod lease;
mod residue;
mod settings;
mod sharing;
mod shortage;
mod shutdown;
mod statistics;
mod traffic;

pub use accounting::{Accounting, CheckOut, DisconnectScope, Grant};
pub use check::Check;
pub use lease::{Closing, Condition, Lease, Pass, Permit, Purpose, Ticket};
pub use residue::{Home, Residue, Undo};
pub use settings::Settings;
pub use sharing::ENOUGH;
pub use shortage::Shortage;
pub use shutdown::{Closed, Remains, Shutdown, Step, closed, ended_by_closing};
pub use statistics::PoolStatistics;
pub use traffic::Traffic;
