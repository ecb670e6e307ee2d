//! Errors of a server in straits: no memory, no disk, no replicas, no primary, no room.

use std::net::TcpListener;

use redis_core::ServerErrorKind::*;
use redis_tests::server::Server;

use super::case::Case;
use super::stage::{Stage, on_each_row, until};

pub(super) const FULL: &[Case] = &[Case::new(
    OutOfMemory,
    "OOM command not allowed when used memory > 'maxmemory'.",
    &["SET", "k", "x"],
)];

pub(super) const ALONE: &[Case] =
    &[Case::new(NoReplicas, "NOREPLICAS Not enough good replicas to write.", &["SET", "k", "x"])];

pub(super) const UNSAVED: &[Case] = &[Case::new(MisConf, "MISCONF ", &["SET", "k", "x"])];

pub(super) const REPLICA: &[Case] = &[Case::new(
    ReadOnly,
    "READONLY You can't write against a read only replica.",
    &["SET", "k", "x"],
)];

pub(super) const ORPHAN: &[Case] =
    &[Case::new(MasterDown, "MASTERDOWN ", &["GET", "k"]).refuses_everything()];

pub(super) const CROWDED: &[Case] =
    &[Case::greeting(MaxClients, "ERR max number of clients reached")];

/// A server that gives its keys to itself does not hear itself meanwhile.
pub(super) const UNHEARD: &[Case] =
    &[Case::new(Response, "IOERR ", &["MIGRATE", "127.0.0.1", "$port", "k", "0", "1"]).executed()];

/// A connection that waits is told that it waits no longer.
pub(super) const WOKEN: &[Case] = &[Case::new(
    Response,
    "UNBLOCKED client unblocked via CLIENT UNBLOCK",
    &["BLPOP", "absent", "0"],
)
.executed()];

#[test]
fn a_server_without_memory_or_replicas_refuses_writes() {
    on_each_row(|row| {
        let server = Server::of(row).start();
        let mut raw = server.raw();
        let _ = raw.call(&["CONFIG", "SET", "maxmemory", "1"]);
        Stage::on(&server).play(FULL);
        let _ = raw.call(&["CONFIG", "SET", "maxmemory", "0", "min-replicas-to-write", "1"]);
        Stage::on(&server).play(ALONE);
    });
}

#[test]
fn a_server_that_could_not_save_refuses_writes() {
    on_each_row(|row| {
        // a directory stands where the file would go
        let server = Server::of(row).arguments(&["--dbfilename", "taken"]).start();
        std::fs::create_dir(server.directory().join("taken")).expect("a directory");
        std::fs::write(server.directory().join("taken/file"), "x").expect("a file");
        let mut raw = server.raw();
        let _ = raw.call(&["CONFIG", "SET", "save", "3600 1"]);
        let _ = raw.call(&["BGSAVE"]);
        until(&mut raw, &["INFO", "persistence"], |info| info.contains("last_bgsave_status:err"));
        // a `PING` is refused as well
        Stage::on(&server).proof(&["ECHO", "x"]).play(UNSAVED);
    });
}

#[test]
fn a_replica_refuses_writes_and_without_its_primary_perhaps_everything() {
    on_each_row(|row| {
        let server = Server::of(row).start();
        let mut raw = server.raw();
        // a primary that never says a word
        let silent = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = silent.local_addr().expect("an address").port().to_string();
        let _ = raw.call(&["REPLICAOF", "127.0.0.1", &port]);
        Stage::on(&server).play(REPLICA);
        let _ = raw.call(&["CONFIG", "SET", "replica-serve-stale-data", "no"]);
        Stage::on(&server).play(ORPHAN);
    });
}

#[test]
fn a_server_with_enough_clients_turns_the_next_away() {
    on_each_row(|row| {
        let server = Server::of(row).start();
        let _there_first = server.raw();
        let mut raw = server.raw();
        let _ = raw.call(&["CONFIG", "SET", "maxclients", "1"]);
        Stage::on(&server).play(CROWDED);
        // which hangs up before the greeting can be written, after having said why
        #[cfg(unix)]
        Stage::on(&server).by_unix_socket().play(CROWDED);
    });
}

#[test]
fn a_server_that_hears_no_other_does_not_know_where_its_keys_are() {
    on_each_row(|row| {
        let server = Server::of(row).start();
        let _ = server.raw().call(&["SET", "k", "x"]);
        Stage::on(&server).play(UNHEARD);
    });
}

#[test]
fn a_command_that_waits_may_be_woken_by_an_error() {
    on_each_row(|row| {
        let server = Server::of(row).start();
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        std::thread::scope(|scope| {
            let mut raw = server.raw();
            scope.spawn(move || {
                while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
                    let list = raw.call(&["CLIENT", "LIST"]).text();
                    let waiting = list.lines().filter(|line| line.contains(" flags=b "));
                    for id in waiting.filter_map(|line| line.strip_prefix("id=")?.split(' ').next())
                    {
                        let _ = raw.call(&["CLIENT", "UNBLOCK", id, "ERROR"]);
                    }
                }
            });
            let played = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                Stage::on(&server).play(WOKEN);
            }));
            drop(stop);
            if let Err(panic) = played {
                std::panic::resume_unwind(panic);
            }
        });
    });
}
