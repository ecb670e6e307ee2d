//! Support for the tests: servers, peers that misbehave, clocks.
