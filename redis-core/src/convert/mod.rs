//! Types of other crates, and units, as arguments and replies.
//!
//! This decides how they are written and read. It does not decide what the standard types are: that
//! stands with [`ToArg`](crate::command::ToArg) and [`FromReply`](crate::FromReply).

mod duration;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "uuid")]
mod uuid;

pub use duration::{Milliseconds, Seconds};
#[cfg(feature = "json")]
pub use json::Json;
