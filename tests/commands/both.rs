//! One body for both clients, on every server of the matrix, on RESP2 and RESP3, and each of its commands
//! alone, in a pipeline and in a transaction.

#[path = "../integration/every_server.rs"]
mod every_server;

pub(crate) use crate::ways::Way;
use crate::ways::{blocking, nonblocking};
pub(crate) use every_server::{Outcome, Test, runtime};

pub(crate) type AsyncTest = Test<nonblocking::Via>;
pub(crate) type BlockingTest = Test<blocking::Via>;

/// Writes each body twice and runs it on every server that is new enough, each way.
///
/// A body is handed on as it was written: what was parsed already, the attribute could not read. Bind
/// first, assert after: `.await` inside a macro call cannot be stripped. It does not know which way its
/// commands go, so that it is compiled twice and not six times.
macro_rules! both_clients {
    ($($(#[$meta:meta])* $(since($major:literal, $minor:literal))? async fn $name:ident($test:ident) { $($body:tt)* })*) => { $(
        $(#[$meta])*
        mod $name {
            use crate::both::Way;
            const SINCE: (u32, u32) = {
                #[allow(unused_mut, unused_assignments)]
                let mut since = (0, 0);
                $(since = ($major, $minor);)?
                since
            };
            mod nonblocking {
                #[allow(unused_imports)]
                use { super::super::*, redis_async::prelude::* };
                pub(super) async fn body($test: &crate::both::AsyncTest) -> crate::both::Outcome {
                    $($body)*
                    Ok(())
                }
            }
            mod blocking {
                #[allow(unused_imports)]
                use { super::super::*, redis_sync::prelude::* };
                #[maybe_async::must_be_sync]
                pub(super) async fn body($test: &crate::both::BlockingTest) -> crate::both::Outcome {
                    $($body)*
                    Ok(())
                }
            }
            fn by_async(way: Way) {
                crate::both::by_async(stringify!($name), SINCE, way, |test| {
                    crate::both::runtime().block_on(nonblocking::body(test))
                });
            }
            fn by_blocking(way: Way) {
                crate::both::by_blocking(stringify!($name), SINCE, way, blocking::body);
            }
            #[test]
            fn async_client() {
                by_async(Way::Alone);
            }
            #[test]
            fn async_pipeline() {
                by_async(Way::Pipeline);
            }
            #[test]
            fn async_transaction() {
                by_async(Way::Transaction);
            }
            #[test]
            fn blocking_client() {
                by_blocking(Way::Alone);
            }
            #[test]
            fn blocking_pipeline() {
                by_blocking(Way::Pipeline);
            }
            #[test]
            fn blocking_transaction() {
                by_blocking(Way::Transaction);
            }
        }
    )* };
}
pub(crate) use both_clients;

/// Runs a body over the async client, its commands going this way.
pub(crate) fn by_async(
    name: &str,
    since: (u32, u32),
    way: Way,
    body: impl Fn(&AsyncTest) -> Outcome + Sync,
) {
    let connect = |url: &str| nonblocking::Via::new(every_server::async_client(url), way);
    every_server::on_every_server(name, since, connect, body);
}

/// Runs a body over the blocking client, its commands going this way.
pub(crate) fn by_blocking(
    name: &str,
    since: (u32, u32),
    way: Way,
    body: impl Fn(&BlockingTest) -> Outcome + Sync,
) {
    let connect = |url: &str| blocking::Via::new(every_server::blocking_client(url), way);
    every_server::on_every_server(name, since, connect, body);
}
