//! Where a body runs: a server of its own behind a proxy, in the clear or over TLS, once for tasks and once
//! for threads.

use std::net::SocketAddr;

use redis_core::config::ProtocolChoice;
use redis_faults::{Proxy, Script, Seed};
use redis_tests::matrix::{Row, matrix};
use redis_tests::raw::Raw;
use redis_tests::server::{Server, ServerOptions};

use crate::wire::Wire;

/// Writes each body twice and runs it on two sites: RESP2 on the oldest server, RESP3 on the newest. One that
/// is marked `over(tls)` runs there over TLS besides.
///
/// Bind first, assert after: `.await` inside a macro call cannot be stripped.
macro_rules! truths {
    ($($(#[$meta:meta])* $(over($wire:ident))? async fn $name:ident($site:ident) { $($body:tt)* })*) => { $(
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
            $(
                #[cfg(feature = "tls")]
                mod $wire {
                    #[test]
                    fn async_client() {
                        crate::site::on_two_servers_over_tls(stringify!($name), |site| {
                            crate::flavour::runtime(site.protocol).block_on(super::nonblocking::body(site))
                        });
                    }
                    #[test]
                    fn blocking_client() {
                        crate::site::on_two_servers_over_tls(stringify!($name), super::blocking::body);
                    }
                }
            )?
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
    wire: Wire,
}

impl Site {
    fn of(row: &'static Row, protocol: u8, tls: bool) -> Self {
        let wire = Wire::new(tls).expect("a directory");
        Self { row, protocol, seed: Seed::of_this_run(), wire }
    }

    /// Whether TLS is spoken.
    pub(crate) fn is_tls(&self) -> bool {
        self.wire.is_tls()
    }

    /// A server of the body's own, to be set up further.
    pub(crate) fn server(&self) -> ServerOptions {
        self.wire.server(self.row)
    }

    /// Where the clients under test find it, or a proxy.
    pub(crate) fn address(&self, server: &Server) -> SocketAddr {
        self.wire.address(server)
    }

    /// A proxy before it that does what `script` says.
    pub(crate) fn proxy(&self, server: &Server, script: &str) -> Proxy {
        Proxy::start(self.address(server), self.script(script), self.seed).expect("a free port")
    }

    /// What such a proxy is to do.
    pub(crate) fn script(&self, text: &str) -> Script {
        self.wire.script(text)
    }

    /// The protocol, for a builder.
    pub(crate) fn choice(&self) -> ProtocolChoice {
        if self.protocol == 2 { ProtocolChoice::Resp2 } else { ProtocolChoice::Resp3 }
    }

    /// The URL of a client with these settings, by what leads to the server.
    pub(crate) fn url(&self, at: SocketAddr, settings: &str) -> String {
        let between = if settings.is_empty() { "" } else { "&" };
        self.wire.url(at, &format!("protocol={}{between}{settings}", self.protocol))
    }
}

/// Runs a body on the oldest server with RESP2, and on the newest with RESP3.
pub(crate) fn on_two_servers(name: &str, body: impl Fn(&Site) -> crate::both::Outcome) {
    let ends = [(matrix().first(), 2), (matrix().last(), 3)];
    for (row, protocol) in ends {
        run(name, &Site::of(row.expect("the matrix has a server"), protocol, false), &body);
    }
}

/// The same over TLS, of those servers that speak it.
#[cfg(feature = "tls")]
pub(crate) fn on_two_servers_over_tls(name: &str, body: impl Fn(&Site) -> crate::both::Outcome) {
    let rows: Vec<_> = matrix().iter().filter(|row| row.has_tls()).collect();
    let ends = [(rows.first(), 2), (rows.last(), 3)];
    for (row, protocol) in ends {
        // which a machine may not have
        let Some(row) = row else { return };
        run(name, &Site::of(row, protocol, true), &body);
    }
}

fn run(name: &str, site: &Site, body: &impl Fn(&Site) -> crate::both::Outcome) {
    let over = if site.is_tls() { " over TLS" } else { "" };
    let (on, protocol, seed) = (site.row.name(), site.protocol, site.seed);
    let place = format!("{name} on {on} with RESP{protocol}{over}, {}={seed}", Seed::VARIABLE);
    // shown where the test fails
    println!("{place}");
    if let Err(error) = body(site) {
        panic!("{place}: {error}");
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
