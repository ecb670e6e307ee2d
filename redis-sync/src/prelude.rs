//! Everything that a user of the blocking client needs in scope, by one import.

pub use crate::{
    BasicKeyCommands, ConnectionCommands, DedicatedCommands, ExecuteCommand, FromReply,
    GeoCommands, HashCommands, HyperlogCommands, ListCommands, ManagementCommands, Pipeline, Redis,
    Replies, SetCommands, SortedSetCommands, StreamCommands, ToArg, ToArgs, Transaction,
    TransactionCommands,
};
