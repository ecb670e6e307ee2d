//! Both clients against a peer that lies, falls silent, hangs up, or says more than it was asked.

mod both;
mod calls;
mod capture;
mod consumers;
mod conversions;
mod diagnosis;
mod endings;
mod given_up;
mod greetings;
mod half_written;
mod liars;
mod lies;
mod misplaced;
mod monitor;
mod orphans;
mod phases;
mod pipelines;
mod pushes;
mod raw;
mod reentrancy;
// OpenSSL speaks TLS here, as it does for the clients
#[cfg(all(feature = "tls", target_os = "linux"))]
mod rekeying;
mod retries;
mod scripts;
mod secrets;
mod sharing;
mod standstill;
mod statistics;
mod strays;
mod subscriptions;
