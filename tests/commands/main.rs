//! Every command on real servers: its reply and its effect, on both clients, on RESP2 and RESP3, on
//! each server that has it.

mod bitmaps;
#[path = "../integration/both.rs"]
mod both;
mod connection;
mod geo;
mod hashes;
mod hyperlogs;
mod keys;
mod lists;
mod sets;
mod sorted_sets;
mod sorting;
mod streams;
mod strings;
