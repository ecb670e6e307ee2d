//! Everything that a user of the blocking client needs in scope, by one import.

pub use crate::{Redis, ToArg, ToArgs};
pub use redis_core::{ExecuteCommand, FromReply as _};
