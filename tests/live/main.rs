//! Both clients against real servers: how they connect, share, wait and recover. The server is the
//! witness, asked over a connection that shares no code with them.

mod addresses;
mod blocking_commands;
mod blocking_outcomes;
#[allow(unused_macros, unused_imports)] // bodies here have a macro of their own
#[path = "../integration/both.rs"]
mod both;
mod cancellations;
mod closing;
mod flavour;
mod handshake;
#[cfg(unix)] // elsewhere no socket is written to and read at once
mod joining;
mod pools;
mod reconnects;
mod recycling;
mod residue;
#[cfg(feature = "tls")]
mod tls;
mod witness;
