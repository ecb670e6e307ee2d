//! The truth battery: both clients at work on real servers while everything goes wrong, and the server
//! asked afterwards what it did. What a client said of each command must be true.

mod addresses;
#[allow(dead_code, unused_macros, unused_imports)] // bodies here have a macro of their own
#[path = "../integration/both.rs"]
mod both;
mod cancellations;
mod echo;
#[allow(dead_code, unused_macros, unused_imports)] // as above
#[path = "../live/flavour.rs"]
mod flavour;
mod kills;
#[path = "../conversations/numbers.rs"]
mod numbers;
mod site;
mod straits;
mod subscribers;
mod tally;
mod wire;
mod work;
