//! Real forks: parent and child both go on, and neither touches what is the other's.
#![cfg(unix)]
#![allow(unsafe_code)] // `fork`, `waitpid`, `_exit`

mod peer;

use redis_async::prelude::*;
use redis_async::{CommandFuture, ErrorKind, Redis};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// Longer than anything here takes; only a failure meets it.
const PATIENCE: Duration = Duration::from_secs(30);

/// One fork at a time: what another test has open would be inherited too.
static ALONE: Mutex<()> = Mutex::new(());

/// What the server sees.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Opened(usize),
    Closed(usize),
}

/// A server on threads of the parent.
fn server() -> (SocketAddr, Receiver<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (seen, sight) = channel();
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let (Ok(stream), seen) = (stream, seen.clone()) else { return };
            std::thread::spawn(move || serve(stream, number, &seen));
        }
    });
    (address, sight)
}

fn serve(mut stream: TcpStream, number: usize, seen: &Sender<Seen>) {
    let _ = seen.send(Seen::Opened(number));
    let mut buffer = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut chunk) {
        buffer.extend_from_slice(&chunk[..read]);
        while let Some((command, length)) = peer::parse(&buffer) {
            buffer.drain(..length);
            let reply = peer::greeting(&command).unwrap_or_else(|| peer::echo(&command));
            if stream.write_all(reply.as_bytes()).is_err() {
                break;
            }
        }
    }
    let _ = seen.send(Seen::Closed(number));
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

async fn echo(r: &(impl ExecuteCommand<Mode = redis_async::Async> + Sync), text: &str) {
    let answer: String = r.command("ECHO").arg(text).query().await.expect("an answer");
    assert_eq!(answer, text);
}

/// Runs `child` in a child process.
fn fork(child: impl FnOnce()) -> libc::pid_t {
    // SAFETY: the child runs code of this test alone and leaves by `_exit`; locks that other threads
    // hold at the fork are what is tested.
    match unsafe { libc::fork() } {
        -1 => panic!("no fork"),
        0 => {
            let outcome = catch_unwind(AssertUnwindSafe(child));
            // SAFETY: ends the process without running what belongs to the parent.
            unsafe { libc::_exit(i32::from(outcome.is_err())) }
        }
        process => process,
    }
}

fn assert_went_well(process: libc::pid_t) {
    let mut status = 0;
    // SAFETY: waits for a child of this process and writes to a local.
    let waited = unsafe { libc::waitpid(process, &raw mut status, 0) };
    assert_eq!((waited, status), (process, 0), "the child failed");
}

#[test]
fn parent_and_child_both_go_on_and_leave_each_others_connections_alone() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (address, seen) = server();
    let next = || seen.recv_timeout(PATIENCE).expect("the server sees something");
    let r = Redis::at("127.0.0.1", address.port()).expect("the settings are right");
    let parent = runtime();
    let mine = parent.block_on(async {
        echo(&r, "shared").await;
        let mine = r.connection().await.expect("a connection");
        echo(&mine, "mine").await;
        mine
    });
    assert_eq!((next(), next()), (Seen::Opened(0), Seen::Opened(1)));
    let mut under_way = r.command("ECHO").arg("under way").query::<String>();
    let mut cx = Context::from_waker(Waker::noop());
    parent.block_on(async { assert!(pin!(&mut under_way).poll(&mut cx).is_pending()) });

    let (mut hold, release) = UnixStream::pair().expect("a pair of sockets");
    let mut release = Some(release);
    let child = fork(|| {
        release = None;
        // where there is no runtime, that is said at once
        let mut early: CommandFuture<'_, String> = r.command("ECHO").arg("x").query();
        let mut cx = Context::from_waker(Waker::noop());
        let Poll::Ready(Err(error)) = pin!(&mut early).poll(&mut cx) else { panic!("no error") };
        assert_eq!(error.kind(), ErrorKind::Misuse);
        let own = runtime();
        own.block_on(async {
            let error = (&mut under_way).await.expect_err("it is the parent's");
            assert_eq!(error.kind(), ErrorKind::Forked);
            let text = mine.command("ECHO").arg("x").query::<String>();
            assert_eq!(text.await.expect_err("it is the parent's").kind(), ErrorKind::Forked);
            echo(&r, "child").await;
            echo(&r.connection().await.expect("a connection"), "child").await;
        });
        // lives on until the parent has closed its connections
        let _ = hold.read(&mut [0]);
    });
    assert_eq!((next(), next()), (Seen::Opened(2), Seen::Opened(3)));
    parent.block_on(async {
        assert_eq!(under_way.await.expect("an answer"), "under way");
        echo(&mine, "still mine").await;
        echo(&r, "still shared").await;
    });
    // while the child lives: it keeps nothing of the parent's open
    drop((mine, r, parent));
    let mut closed = [next(), next()];
    closed.sort_by_key(|seen| format!("{seen:?}"));
    assert_eq!(closed, [Seen::Closed(0), Seen::Closed(1)]);
    drop(release);
    assert_went_well(child);
}

#[test]
fn a_child_goes_on_whoever_held_the_locks_at_the_fork() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (address, _seen) = server();
    let r = Redis::at("127.0.0.1", address.port()).expect("the settings are right");
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                runtime().block_on(async {
                    while !stop.load(Ordering::Relaxed) {
                        echo(&r, "busy").await;
                        drop(r.connection().await.expect("a connection"));
                    }
                });
            });
        }
        for _ in 0..20 {
            assert_went_well(fork(|| runtime().block_on(echo(&r, "child"))));
        }
        stop.store(true, Ordering::Relaxed);
    });
}
