//! Every command on real servers: its reply and its effect, on both clients, on RESP2 and RESP3, on
//! each server that has it, alone, in a pipeline and in a transaction.

mod bitmaps;
mod both;
mod connection;
mod geo;
mod hashes;
mod hyperlogs;
mod keys;
mod lists;
mod pubsub;
mod scripting;
mod sets;
mod sorted_sets;
mod sorting;
mod streams;
mod strings;
mod ways;
