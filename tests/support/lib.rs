//! Support for the tests: real servers, peers that misbehave, and a witness that shares no code with
//! the clients under test.

pub mod launch;
pub mod raw;
pub mod scratch;
