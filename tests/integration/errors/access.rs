//! Errors of a server that does not let everybody in, nor everybody do everything.

use redis_core::ServerErrorKind::*;
use redis_tests::server::Server;

use super::case::Case;
use super::stage::{Stage, on_each_row};

/// Nobody said who they are.
pub(super) const STRANGER: &[Case] = &[Case::greeting(Authentication, "NOAUTH ")];

/// Somebody said it wrongly.
pub(super) const IMPOSTOR: &[Case] = &[Case::greeting(Authentication, "WRONGPASS ")];

/// Somebody who may do little.
pub(super) const GUEST: &[Case] = &[
    Case::new(NoPermission, "NOPERM ", &["SET", "open:k", "x"]),
    Case::new(NoPermission, "NOPERM ", &["GET", "closed:k"]),
    Case::on_connection(Authentication, "WRONGPASS ", &[&["AUTH", "guest", "wrong"]]),
];

#[test]
fn a_server_with_passwords_says_who_may_not() {
    on_each_row(|row| {
        let rules = "on >wonder ~open:* +get +ping +client +hello";
        let server = Server::of(row).password("secret").user("guest", rules).start();
        Stage::on(&server).play(STRANGER);
        Stage::on(&server).user(":wrong").play(IMPOSTOR);
        Stage::on(&server).user("guest:wrong").play(IMPOSTOR);
        Stage::on(&server).user("nobody:wonder").play(IMPOSTOR);
        Stage::on(&server).user("guest:wonder").play(GUEST);
    });
}
