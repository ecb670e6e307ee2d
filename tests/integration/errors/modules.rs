//! Errors of modules that cannot be loaded or unloaded.

use redis_core::ServerErrorKind::*;
use redis_tests::matrix::Row;
use redis_tests::server::Server;

use super::case::Case;
use super::stage::{Stage, on_each_row};

pub(super) const CASES: &[Case] = &[
    Case::new(Module, "ERR Error loading the extension. Please check the server logs.", &[
        "MODULE", "LOAD", "/no/such/module.so",
    ]),
    Case::new(Module, "ERR Error unloading module: no such module with that name", &[
        "MODULE", "UNLOAD", "nosuch",
    ]),
    Case::new(
        Module,
        "ERR Error unloading module: the module exports one or more module-side data types, can't unload",
        &["MODULE", "UNLOAD", "bf"],
    )
    .unless(without_types),
];

fn without_types(row: &Row) -> Option<&'static str> {
    (!row.has_module("bf")).then_some("it has no module with data types")
}

#[test]
fn a_module_that_is_none_cannot_be_loaded_nor_unloaded() {
    on_each_row(|row| {
        let server = Server::of(row).arguments(&["--enable-module-command", "yes"]).start();
        Stage::on(&server).play(CASES);
    });
}
