//! Load on this project's clients, with their defaults: deadlines, limits, retries and statistics are on.

mod blocking;
mod codec;
mod nonblocking;
mod structs;

use load::{Flavour, Workload};

fn main() {
    load::main(|plan| match (plan.workload, plan.flavour) {
        (
            Workload::Encode | Workload::DecodeBulk | Workload::DecodeArray | Workload::DecodeMap,
            _,
        ) => codec::run(plan),
        (_, Flavour::Blocking) => {
            blocking::run(plan).unwrap_or_else(|error| Err(error.to_string()))
        }
        (_, Flavour::Async) => {
            let outcome = plan.runtime().block_on(nonblocking::run(plan));
            outcome.unwrap_or_else(|error| Err(error.to_string()))
        }
    });
}
