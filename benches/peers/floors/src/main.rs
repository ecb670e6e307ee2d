//! Load on bare sockets: what no client can be faster than.
//!
//! `raw` writes a request that was encoded before and reads as many bytes as its reply is known to have: no
//! decoding, no allocation, no deadline. `slots` is a multiplexer by hand, with real encoding and decoding of
//! `GET` and nothing else: what sharing a connection between tasks costs at least.

mod codec;
mod plain;
mod request;
mod slots;
mod tls;

use load::{Flavour, Workload};

fn main() {
    load::main(|plan| match (plan.workload, plan.flavour) {
        (
            Workload::Encode | Workload::DecodeBulk | Workload::DecodeArray | Workload::DecodeMap,
            _,
        ) => codec::run(plan),
        (_, Flavour::Blocking) if plan.tls.is_some() => tls::blocking(plan),
        (_, Flavour::Blocking) => plain::blocking(plan),
        (_, Flavour::Async) if plan.tls.is_some() => {
            plan.runtime().block_on(tls::nonblocking(plan))
        }
        (_, Flavour::Async) if plan.variant == "slots" => plan.runtime().block_on(slots::run(plan)),
        (_, Flavour::Async) => plan.runtime().block_on(plain::nonblocking(plan)),
    });
}
