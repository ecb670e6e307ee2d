//! Errors of a cluster's nodes, as a client of one server sees them.

use std::net::{SocketAddr, TcpListener};

use redis_core::ServerErrorKind::*;
use redis_tests::matrix::Row;
use redis_tests::server::Server;

use super::case::Case;
use super::stage::{Stage, on_each_row, until};

/// Nobody serves any slot.
pub(super) const DOWN: &[Case] = &[Case::new(ClusterDown, "CLUSTERDOWN ", &["GET", "k"])];

/// This node serves the first half of the slots, another one the rest; the slot of `bar` is on its way
/// there.
pub(super) const HALF: &[Case] = &[
    Case::new(
        CrossSlot,
        "CROSSSLOT Keys in request don't hash to the same slot",
        &["MGET", "bar", "hello"],
    ),
    Case::new(Moved, "MOVED 12182 127.0.0.1:", &["GET", "foo"]),
    Case::new(Ask, "ASK 5061 127.0.0.1:", &["GET", "bar"]),
    Case::new(
        TryAgain,
        "TRYAGAIN Multiple keys request during rehashing of slot",
        &["MGET", "{bar}1", "{bar}2"],
    ),
];

/// A node that knows no other.
struct Node {
    server: Server,
    bus: u16,
}

impl Node {
    fn start(row: &'static Row) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let bus = listener.local_addr().expect("an address").port();
        drop(listener);
        let arguments = ["--cluster-enabled", "yes", "--cluster-port", &bus.to_string()];
        Self { server: Server::of(row).arguments(&arguments).start(), bus }
    }

    fn address(&self) -> SocketAddr {
        self.server.address()
    }

    fn id(&self) -> String {
        self.server.raw().call(&["CLUSTER", "MYID"]).text()
    }

    fn takes(&self, first: u16, last: u16) {
        let slots = [first.to_string(), last.to_string()];
        let _ = self.server.raw().call(&["CLUSTER", "ADDSLOTSRANGE", &slots[0], &slots[1]]);
    }

    fn meets(&self, other: &Self) {
        let port = other.address().port().to_string();
        let bus = other.bus.to_string();
        let _ = self.server.raw().call(&["CLUSTER", "MEET", "127.0.0.1", &port, &bus]);
    }

    /// Waits until this node finds the cluster whole.
    fn is_whole(&self) {
        let whole = |info: &str| info.contains("cluster_state:ok");
        until(&mut self.server.raw(), &["CLUSTER", "INFO"], whole);
    }
}

#[test]
fn a_node_says_where_keys_are_or_that_they_are_nowhere() {
    on_each_row(|row| {
        let (one, other) = (Node::start(row), Node::start(row));
        Stage::on(&one.server).play(DOWN);
        one.takes(0, 8191);
        other.takes(8192, 16383);
        one.meets(&other);
        one.is_whole();
        let mut raw = one.server.raw();
        let _ = raw.call(&["SET", "{bar}1", "x"]);
        let _ = raw.call(&["CLUSTER", "SETSLOT", "5061", "MIGRATING", &other.id()]);
        Stage::on(&one.server).play(HALF);

        let url = format!("redis://{}?retries=0", one.address());
        let client = crate::both::blocking_client(&url);
        let error = redis_core::ExecuteCommand::command(&client, "GET").key("foo").query::<()>();
        let error = error.expect_err("the key is elsewhere");
        let address = other.address().to_string();
        let redirection = error.server_error().and_then(|error| error.redirection());
        assert_eq!(redirection, Some((12182, address.as_str())));
    });
}
