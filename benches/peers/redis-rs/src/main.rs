//! Load on redis-rs: `Connection`, a pool of them, and `MultiplexedConnection`, with their defaults.

mod blocking;
mod codec;
mod nonblocking;

use load::{Flavour, Plan, Workload};
use redis::{Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _, TlsCertificates};

fn main() {
    load::main(|plan| match (plan.workload, plan.flavour) {
        (Workload::Encode | Workload::DecodeBulk | Workload::DecodeArray, _) => codec::run(plan),
        (_, Flavour::Blocking) => blocking::run(plan),
        (_, Flavour::Async) => plan.runtime().block_on(nonblocking::run(plan)),
    });
}

/// The server of the plan. Nagle's algorithm is off, as it is in all the others by default.
pub(crate) fn client(plan: &Plan) -> Result<Client, String> {
    let worded = |error: redis::RedisError| error.to_string();
    let url = match plan.workload {
        Workload::Connect => format!("redis://bench:secret@{}/1", plan.address),
        _ => plan.url(),
    };
    if let Some((_, authority)) = &plan.tls {
        let root_cert = Some(std::fs::read(authority).map_err(|error| error.to_string())?);
        let certificates = TlsCertificates { client_tls: None, root_cert };
        return Client::build_with_tls(url, certificates).map_err(worded);
    }
    let info: ConnectionInfo = url.into_connection_info().map_err(worded)?;
    let settings = info.tcp_settings().clone().set_nodelay(true);
    let plain = matches!(info.addr(), ConnectionAddr::Tcp(..));
    Client::open(if plain { info.set_tcp_settings(settings) } else { info }).map_err(worded)
}
