//! Errors of an ordinary server, which need no state but a few keys.

use redis_core::ServerErrorKind::*;
use redis_tests::server::shared;

use super::case::Case;
use super::stage::{Stage, on_each_row};

pub(super) const CASES: &[Case] = &[
    Case::new(WrongType, "WRONGTYPE Operation against a key", &["GET", "@list"]),
    Case::new(UnknownCommand, "ERR unknown command", &["NOSUCH.COMMAND", "x"]),
    Case::new(UnknownCommand, "ERR unknown subcommand", &["CLIENT", "NOSUCH"]),
    Case::new(Response, "ERR value is not an integer or out of range", &["INCR", "@text"]),
    Case::new(Response, "ERR wrong number of arguments for 'get' command", &["GET"]),
    Case::new(Response, "ERR syntax error", &["SET", "@text", "x", "NOSUCH"]),
    Case::new(NoScript, "NOSCRIPT No matching script", &["EVALSHA", ABSENT_DIGEST, "0"]),
    Case::new(NotBusy, "NOTBUSY No scripts in execution right now.", &["SCRIPT", "KILL"]),
    Case::new(NotBusy, "NOTBUSY No scripts in execution right now.", &["FUNCTION", "KILL"]),
    Case::new(
        BusyGroup,
        "BUSYGROUP Consumer Group name already exists",
        &["XGROUP", "CREATE", "@stream", "group", "$"],
    ),
    Case::new(
        NoGroup,
        "NOGROUP No such key",
        &["XREADGROUP", "GROUP", "none", "me", "STREAMS", "@stream", ">"],
    ),
    Case::new(
        NoGroup,
        "NOGROUP No such consumer group",
        &["XGROUP", "CREATECONSUMER", "@stream", "none", "me"],
    ),
    Case::new(
        BusyKey,
        "BUSYKEY Target key name already exists.",
        &["RESTORE", "@list", "0", "no payload"],
    ),
    Case::on_connection(NoProto, "NOPROTO ", &[&["HELLO", "4"]]),
    Case::on_connection(
        Authentication,
        "ERR wrong number of arguments for 'auth' command",
        &[&["AUTH"]],
    ),
    Case::on_connection(
        Authentication,
        "ERR AUTH <password> called without any password configured for the default user. Are you sure \
         your configuration is correct?",
        &[&["AUTH", "x"]],
    ),
    Case::on_connection(Authentication, "WRONGPASS ", &[&["AUTH", "nobody", "x"]]),
    Case::on_connection(
        ExecAbort,
        "EXECABORT Transaction discarded because of previous errors",
        &[&["MULTI"], &["NOSUCH.COMMAND"], &["EXEC"]],
    ),
    Case::on_connection(Response, "ERR EXEC without MULTI", &[&["EXEC"]]),
];

const ABSENT_DIGEST: &str = "ffffffffffffffffffffffffffffffffffffffff";

#[test]
fn an_ordinary_server_says_why_it_refuses() {
    on_each_row(|row| {
        let stage = Stage::on(shared(row));
        let mut raw = stage.raw();
        let _ = raw.call(&["RPUSH", &stage.key("list"), "x"]);
        let _ = raw.call(&["SET", &stage.key("text"), "x"]);
        let _ = raw.call(&["XGROUP", "CREATE", &stage.key("stream"), "group", "$", "MKSTREAM"]);
        stage.play(CASES);
    });
}
