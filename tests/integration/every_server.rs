//! Runs a body on every server of the matrix that is new enough, on both protocols.

use redis_tests::matrix::{Row, matrix};
use redis_tests::server::{Server, shared, unique};
use std::thread::Builder;

/// What a body returns: any error fails the test, which names server and protocol.
pub(crate) type Outcome = Result<(), Box<dyn std::error::Error>>;

/// What a body is given.
pub(crate) struct Test<C> {
    /// A client of the server, on the protocol under test.
    pub(crate) client: C,
    pub(crate) server: &'static Server,
    pub(crate) row: &'static Row,
    /// 2 or 3.
    pub(crate) protocol: u8,
    prefix: String,
}

impl<C> Test<C> {
    /// A key that no other test, server or protocol uses.
    pub(crate) fn key(&self, name: &str) -> String {
        format!("{}:{name}", self.prefix)
    }
}

/// Runs a body on each server of the matrix that is as new as Redis `since`, on both protocols: on all
/// servers at once, since most of the time a body waits.
pub(crate) fn on_every_server<C>(
    name: &str,
    since: (u32, u32),
    connect: impl Fn(&str) -> C + Sync,
    body: impl Fn(&Test<C>) -> Outcome + Sync,
) {
    let rows: Vec<_> = matrix().iter().filter(|row| row.has_redis(since.0, since.1)).collect();
    assert!(!rows.is_empty() || since > (7, 0), "the matrix has no server at all");
    let on = &|row: &'static Row| {
        let server = shared(row);
        for protocol in [2, 3] {
            let client = connect(&format!("{}?protocol={protocol}", server.url()));
            let test = Test { client, server, row, protocol, prefix: unique(name) };
            if let Err(error) = body(&test) {
                panic!("{name} on {} with RESP{protocol}: {error}", row.name());
            }
        }
    };
    std::thread::scope(|scope| {
        for row in rows {
            // whose name a panic shows
            let thread = Builder::new().name(format!("{name} on {}", row.name()));
            thread.spawn_scoped(scope, move || on(row)).expect("a thread can be started");
        }
    });
}

pub(crate) fn async_client(url: &str) -> redis_async::Redis {
    redis_async::Redis::from_url(url).expect("the test's own URL is good")
}

pub(crate) fn blocking_client(url: &str) -> redis_sync::Redis {
    redis_sync::Redis::from_url(url).expect("the test's own URL is good")
}

/// A runtime for one body: on the current thread, so that each test proves that flavour too.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be made")
}
