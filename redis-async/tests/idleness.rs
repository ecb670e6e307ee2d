//! A server that closes a connection while nobody uses it: what is sent next is not sent into the void.

use redis_async::prelude::*;
use redis_async::{Delivery, ErrorKind, NoBackoff, RetryPolicy};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// A server over real sockets that counts, and closes its first connection when it is told to.
struct Closing {
    address: SocketAddr,
    close: Sender<()>,
    closed: Receiver<()>,
    thread: JoinHandle<()>,
}

/// The next command's words; `None` when the client has gone.
fn command(stream: &mut BufReader<TcpStream>) -> Option<Vec<String>> {
    let mut line = || {
        let mut line = String::new();
        (stream.read_line(&mut line).ok()? > 0).then(|| line.trim_end().to_owned())
    };
    let count: usize = line()?.strip_prefix('*')?.parse().ok()?;
    (0..count).map(|_| line().and_then(|_| line())).collect()
}

/// Answers commands until one has been counted; whether it was.
fn serve(stream: &mut BufReader<TcpStream>, count: &mut u32) -> bool {
    while let Some(words) = command(stream) {
        let reply = match words[0].as_str() {
            "HELLO" => "%1\r\n$5\r\nproto\r\n:3\r\n".to_owned(),
            "INCR" => {
                *count += 1;
                format!(":{count}\r\n")
            }
            _ => "+OK\r\n".to_owned(),
        };
        stream.get_mut().write_all(reply.as_bytes()).expect("the client is there");
        if words[0] == "INCR" {
            return true;
        }
    }
    false
}

impl Closing {
    fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let (close, told) = channel();
        let (tell, closed) = channel();
        let thread = std::thread::spawn(move || {
            let mut count = 0;
            let (first, _) = listener.accept().expect("a client comes");
            let mut first = BufReader::new(first);
            assert!(serve(&mut first, &mut count));
            told.recv().expect("the test goes on");
            drop(first);
            tell.send(()).expect("the test waits");
            if let Ok((second, _)) = listener.accept() {
                let mut second = BufReader::new(second);
                while serve(&mut second, &mut count) {}
                let _ = second.read(&mut [0]);
            }
        });
        Self { address, close, closed, thread }
    }

    fn client(&self, retries: u32) -> Redis {
        let address = self.address;
        let r = Redis::builder().host(address.ip().to_string()).port(address.port());
        r.retry(RetryPolicy::new(NoBackoff, retries)).build().expect("the settings are right")
    }

    /// Uses the client, lets time pass that is none, and closes its connection behind the back of the
    /// runtime, which is not being run.
    fn close_while_idle(&self, runtime: &Runtime, r: &Redis, ticks: u32) {
        runtime.block_on(async {
            assert_eq!(r.incr("n").await.expect("an answer"), 1);
            tokio::time::pause();
            for _ in 0..ticks {
                tokio::time::advance(Duration::from_millis(100)).await;
                tokio::task::yield_now().await;
            }
            tokio::time::resume();
        });
        self.close.send(()).expect("the server is there");
        self.closed.recv().expect("the server has closed it");
    }
}

/// Ticks after which the connection rests; and after which its clock stands still besides.
const SHORT: u32 = 4;
const LONG: u32 = 40;

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime can be made")
}

#[test]
fn a_write_after_the_server_closed_an_idle_connection_goes_over_a_new_one() {
    for ticks in [SHORT, LONG] {
        let server = Closing::start();
        let (runtime, r) = (runtime(), server.client(1));
        server.close_while_idle(&runtime, &r, ticks);
        // of a command that may not be repeated: it was not sent before
        let counted = runtime.block_on(async { r.incr("n").await });
        assert_eq!(counted.expect("an answer"), 2, "after {ticks} ticks");
        drop((r, runtime));
        server.thread.join().expect("the server counted right");
    }
}

#[test]
fn a_wave_of_writes_after_the_server_closed_an_idle_connection_goes_over_a_new_one() {
    let server = Closing::start();
    let (runtime, r) = (runtime(), server.client(1));
    server.close_while_idle(&runtime, &r, SHORT);
    let mut counted = runtime.block_on(async {
        let (a, b, c) = tokio::join!(r.incr("n"), r.incr("n"), r.incr("n"));
        [a, b, c].map(|count| count.expect("an answer"))
    });
    counted.sort_unstable();
    assert_eq!(counted, [2, 3, 4]);
    drop((r, runtime));
    server.thread.join().expect("the server counted right");
}

#[test]
fn where_nothing_is_tried_again_it_is_known_that_nothing_was_sent() {
    let server = Closing::start();
    let (runtime, r) = (runtime(), server.client(0));
    server.close_while_idle(&runtime, &r, SHORT);
    let error = runtime.block_on(async { r.incr("n").await }).expect_err("the connection is gone");
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Closed, Delivery::NotSent));
    assert_eq!(runtime.block_on(async { r.incr("n").await }).expect("a new connection"), 2);
    drop((r, runtime));
    server.thread.join().expect("the server counted right");
}
