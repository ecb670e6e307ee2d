//! Everything that a user of the blocking client needs in scope, by one import.

pub use crate::{
    BasicKeyCommands, ConnectionCommands, DedicatedCommands, ExecuteCommand, FromReply,
    FunctionCommands, GeoCommands, HashCommands, HyperlogCommands, ListCommands,
    ManagementCommands, Pipeline, PubSub, PubSubCommands, Redis, Replies, ScanIterators,
    ScriptCommands, SetCommands, SortedSetCommands, StopHandle, StreamCommands, StreamConsumer,
    ToArg, ToArgs, Transaction, TransactionCommands,
};
