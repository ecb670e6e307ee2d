//! Everything that is more than one command and one reply, through both clients on real servers.

#[path = "../integration/both.rs"]
mod both;
mod cancellation;
mod consumers;
// those of the live tests, of which some is used there alone
#[allow(dead_code)]
#[path = "../live/flavour.rs"]
mod flavour;
mod functions;
mod locks;
mod lossy;
mod monitor;
mod numbers;
mod optimistic;
mod pipelines;
mod pubsub;
mod raw;
mod scans;
mod scripts;
mod stops;
mod subscribers;
#[allow(dead_code)]
#[path = "../live/witness.rs"]
mod witness;
