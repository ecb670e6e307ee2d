//! One body for both clients, on every server of the matrix, on RESP2 and RESP3.

// beside this file wherever it is included from
#[path = "every_server.rs"]
mod every_server;

pub(crate) use every_server::{
    Outcome, Test, async_client, blocking_client, on_every_server, runtime,
};

pub(crate) type AsyncTest = Test<redis_async::Redis>;
pub(crate) type BlockingTest = Test<redis_sync::Redis>;

/// Writes each body twice and runs it on every server that is new enough.
///
/// A body is handed on as it was written: what was parsed already, the attribute could not read. Bind
/// first, assert after: `.await` inside a macro call cannot be stripped.
macro_rules! both_clients {
    ($($(#[$meta:meta])* $(since($major:literal, $minor:literal))? async fn $name:ident($test:ident) { $($body:tt)* })*) => { $(
        $(#[$meta])*
        mod $name {
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
            #[test]
            fn async_client() {
                crate::both::on_every_server(stringify!($name), SINCE, crate::both::async_client, |test| {
                    crate::both::runtime().block_on(nonblocking::body(test))
                });
            }
            #[test]
            fn blocking_client() {
                crate::both::on_every_server(stringify!($name), SINCE, crate::both::blocking_client, blocking::body);
            }
        }
    )* };
}
pub(crate) use both_clients;
