//! Support for the tests: real servers, a peer that lies to order, and a witness that shares no code
//! with the clients under test.

#[cfg(feature = "tls")]
pub mod certificates;
pub mod launch;
pub mod liar;
pub mod matrix;
pub mod progress;
pub mod raw;
pub mod scratch;
pub mod scripted;
pub mod server;
