//! Everything that a user of the async client needs in scope, by one import.

pub use crate::{
    BasicKeyCommands, ConnectionCommands, DedicatedCommands, ExecuteCommand, FromReply,
    HashCommands, ListCommands, ManagementCommands, Redis, SetCommands, SortedSetCommands,
    StreamCommands, ToArg, ToArgs,
};
