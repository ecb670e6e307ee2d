//! Where a body runs: a server of its own behind a proxy, once for tasks and once for threads.

use redis_core::config::ProtocolChoice;
use redis_faults::{Proxy, Script, Seed};
use redis_tests::matrix::{Row, matrix};
use redis_tests::raw::Raw;
use redis_tests::server::{Server, ServerOptions};

/// Writes each body twice and runs it on two sites: RESP2 on the oldest server, RESP3 on the newest.
///
/// Bind first, assert after: `.await` inside a macro call cannot be stripped.
macro_rules! truths {
    ($($(#[$meta:meta])* async fn $name:ident($site:ident) { $($body:tt)* })*) => { $(
        $(#[$meta])*
        mod $name {
            mod nonblocking {
                #[allow(unused_imports)]
                use { super::super::*, crate::flavour::nonblocking::*, crate::work::nonblocking::*, redis_async::prelude::* };
                pub(super) async fn body($site: &crate::site::Site) -> crate::both::Outcome {
                    $($body)*
                    Ok(())
                }
            }
            mod blocking {
                #[allow(unused_imports)]
                use { super::super::*, crate::flavour::blocking::*, crate::work::blocking::*, redis_sync::prelude::* };
                #[maybe_async::must_be_sync]
                pub(super) async fn body($site: &crate::site::Site) -> crate::both::Outcome {
                    $($body)*
                    Ok(())
                }
            }
            #[test]
            fn async_client() {
                crate::site::on_two_servers(stringify!($name), |site| {
                    crate::flavour::runtime(site.protocol).block_on(nonblocking::body(site))
                });
            }
            #[test]
            fn blocking_client() {
                crate::site::on_two_servers(stringify!($name), blocking::body);
            }
        }
    )* };
}
pub(crate) use truths;

/// What a body is given.
pub(crate) struct Site {
    pub(crate) row: &'static Row,
    /// 2 or 3.
    pub(crate) protocol: u8,
    /// From which all lots are drawn; a failure names it.
    pub(crate) seed: Seed,
}

impl Site {
    /// A server of the body's own, to be set up further.
    pub(crate) fn server(&self) -> ServerOptions {
        Server::of(self.row)
    }

    /// A proxy before it that does what `script` says.
    pub(crate) fn proxy(&self, server: &Server, script: &str) -> Proxy {
        let script: Script = script.parse().unwrap_or_else(|error| panic!("{error}"));
        Proxy::start(server.address(), script, self.seed).expect("a free port")
    }

    /// The protocol, for a builder.
    pub(crate) fn choice(&self) -> ProtocolChoice {
        if self.protocol == 2 { ProtocolChoice::Resp2 } else { ProtocolChoice::Resp3 }
    }

    /// The URL of a client, with its settings.
    pub(crate) fn url(&self, at: &str, settings: &str) -> String {
        let between = if settings.is_empty() { "" } else { "&" };
        format!("{at}?protocol={}{between}{settings}", self.protocol)
    }
}

/// Runs a body on the oldest server with RESP2, and on the newest with RESP3.
pub(crate) fn on_two_servers(name: &str, body: impl Fn(&Site) -> crate::both::Outcome) {
    let seed = Seed::of_this_run();
    let ends = [(matrix().first(), 2), (matrix().last(), 3)];
    for (row, protocol) in ends {
        let row = row.expect("the matrix has a server");
        // shown where the test fails
        println!("{name} on {} with RESP{protocol}: {}={seed}", row.name(), Seed::VARIABLE);
        if let Err(error) = body(&Site { row, protocol, seed }) {
            panic!(
                "{name} on {} with RESP{protocol}, {}={seed}: {error}",
                row.name(),
                Seed::VARIABLE
            );
        }
    }
}

/// A number that the server has under `key`.
pub(crate) fn number(raw: &mut Raw, key: &str) -> i64 {
    match raw.call(&["GET", key]) {
        redis_tests::raw::Reply::Nil => 0,
        value => value.text().parse().expect("a number"),
    }
}

/// What the server has in the list `key`.
pub(crate) fn list(raw: &mut Raw, key: &str) -> Vec<String> {
    raw.call(&["LRANGE", key, "0", "-1"]).items().iter().map(|item| item.text()).collect()
}
