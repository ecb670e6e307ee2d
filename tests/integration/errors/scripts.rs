//! Errors that come out of scripts, and of a server that is busy with one.

use redis_core::ServerErrorKind::*;
use redis_tests::server::{Server, shared};

use super::case::{Case, Words};
use super::stage::{Stage, on_each_row, until};

/// A script that fails has run so far: its error says so, whatever its code.
pub(super) const WITHIN: &[Case] = &[
    Case::new(
        WrongType,
        "WRONGTYPE Operation against a key",
        &[
            "EVAL",
            "redis.call('SET', KEYS[1], 'x') return redis.call('GET', KEYS[2])",
            "2",
            "@text",
            "@list",
        ],
    )
    .executed(),
    Case::new(UnknownCommand, "ERR Unknown Redis command called from script", UNKNOWN)
        .executed()
        .unless(|row| row.is_valkey().then_some("it says so in other words")),
    Case::new(UnknownCommand, "ERR Unknown command called from script", UNKNOWN)
        .executed()
        .unless(|row| (!row.is_valkey()).then_some("it says so in other words")),
    Case::new(Response, "ERR Wrong number of args calling ", &["FCALL", "errors_get", "0"])
        .executed(),
    Case::new(Response, "ERR user_script:1: ", &["EVAL", "error('broken')", "0"]).executed(),
    Case::new(Response, "ERR Error compiling script", &["EVAL", "no lua at all", "0"]),
    Case::new(
        Response,
        "MYCODE what the script says",
        &["EVAL", "return redis.error_reply('MYCODE what the script says')", "0"],
    )
    .in_doubt(),
    Case::new(Response, "ERR Function not found", &["FCALL", "nosuch", "0"]),
];

const UNKNOWN: Words = &["EVAL", "return redis.call('NOSUCH.COMMAND')", "0"];

const LIBRARY: &str = "#!lua name=errors
redis.register_function('errors_get', function() return redis.call('GET') end)";

/// While a script runs.
pub(super) const BUSY: &[Case] = &[Case::new(Busy, "BUSY ", &["GET", "k"]).refuses_everything()];

/// While a script runs that has written.
pub(super) const UNKILLABLE: &[Case] =
    &[Case::new(Unkillable, "UNKILLABLE ", &["SCRIPT", "KILL"]).refuses_everything()];

#[test]
fn a_script_that_fails_hands_on_its_error() {
    on_each_row(|row| {
        let stage = Stage::on(shared(row));
        let _ = stage.raw().call(&["RPUSH", &stage.key("list"), "x"]);
        let _ = stage.raw().call(&["FUNCTION", "LOAD", "REPLACE", LIBRARY]);
        stage.play(WITHIN);
    });
}

#[test]
fn a_server_that_is_busy_with_a_script_says_so() {
    on_each_row(|row| {
        let server = Server::of(row).arguments(&["--busy-reply-threshold", "1"]).start();
        let (mut runs, mut asks) = (server.raw(), server.raw());
        runs.send(&["EVAL", "while true do end", "0"]).expect("the script is sent");
        until(&mut asks, &["PING"], |text| text.starts_with("BUSY"));
        Stage::on(&server).play(BUSY);
        let _ = asks.call(&["SCRIPT", "KILL"]);
        let _ = runs.receive();
        runs.send(&["EVAL", "redis.call('SET', 'k', 'x') while true do end", "0"]).expect("sent");
        until(&mut asks, &["PING"], |text| text.starts_with("BUSY"));
        // any other command is refused in other words
        Stage::on(&server).proof(&["SCRIPT", "KILL"]).play(UNKILLABLE);
    });
}
