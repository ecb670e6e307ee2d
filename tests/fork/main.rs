//! Both clients across `fork`, and under signals. The server's `CLIENT LIST` is the witness.
#![cfg(unix)]

mod children;
mod closings;
mod flavour;
mod held;
mod locks;
mod process;
mod runtimes;
mod signals;
mod subscribers;
#[allow(dead_code)] // what the tests of processes do not ask
#[path = "../live/witness.rs"]
mod witness;
