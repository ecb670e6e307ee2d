//! A server that reads its data.

use redis_core::ServerErrorKind::*;
use redis_tests::server::Server;

use super::case::Case;
use super::stage::{Stage, on_each_row, until};

pub(super) const LOADING: &[Case] =
    &[Case::new(Loading, "LOADING ", &["GET", "k"]).refuses_everything()];

#[test]
fn a_server_that_reads_its_data_says_so() {
    on_each_row(|row| {
        // it looks up from its reading once in a kilobyte
        let server =
            Server::of(row).arguments(&["--loading-process-events-interval-bytes", "1024"]).start();
        let (mut reloads, mut asks) = (server.raw(), server.raw());
        let _ = asks.call(&["DEBUG", "POPULATE", "20000"]);
        let _ = asks.call(&["CONFIG", "SET", "key-load-delay", "1000"]);
        reloads.send(&["DEBUG", "RELOAD"]).expect("sent");
        until(&mut asks, &["PING"], |text| text.starts_with("LOADING"));
        Stage::on(&server).play(LOADING);
        let _ = asks.call(&["CONFIG", "SET", "key-load-delay", "0"]);
        assert_eq!(reloads.receive().expect("an answer").text(), "OK");
    });
}
