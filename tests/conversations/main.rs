//! Everything that is more than one command and one reply, through both clients on real servers.

#[path = "../integration/both.rs"]
mod both;
mod cancellation;
mod functions;
mod monitor;
mod optimistic;
mod pipelines;
mod raw;
mod scans;
mod scripts;
