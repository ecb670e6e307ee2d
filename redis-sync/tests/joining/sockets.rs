//! Sockets that take little, nothing, or end.

use crate::{LATE, ask, builder, get, get_soon, once, outcome, script, until};
use redis_sync::{
    CallOptions, CloseReason, Connector, Delivery, DirectConnector, Duplex, Endpoint, ErrorKind,
    ExecuteCommand, Redis, Result, Sender, SocketOptions, Stream, TimeoutKind,
};
use redis_tests::scripted::ScriptedServer;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

/// A socket that does as it is told.
#[derive(Clone, Default)]
struct Gate(Arc<Told>);

#[derive(Default)]
struct Told {
    /// Nothing goes out.
    is_shut: AtomicBool,
    /// Every other write would block, and the others take a byte.
    drips: AtomicBool,
    /// Each write fails.
    fails: AtomicBool,
    /// What is read opens the gate.
    opens_by_reading: AtomicBool,
    /// The next read panics when it has read.
    panics: AtomicBool,
    turn: AtomicBool,
    tried: AtomicBool,
    /// Something has gone out.
    went: AtomicBool,
}

struct Gated {
    stream: Box<dyn Stream>,
    gate: Gate,
}

struct Out {
    sender: Arc<dyn Sender>,
    gate: Gate,
}

impl Connector for Gate {
    fn connect(
        &self,
        endpoint: &Endpoint,
        options: &SocketOptions,
        deadline: Option<Instant>,
    ) -> Result<Box<dyn Stream>> {
        let stream = DirectConnector::default().connect(endpoint, options, deadline)?;
        Ok(Box::new(Gated { stream, gate: self.clone() }))
    }
}

impl Read for Gated {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(into)?;
        assert!(!self.gate.0.panics.swap(false, Ordering::AcqRel), "a stream's own fault");
        if self.gate.0.opens_by_reading.load(Ordering::Acquire) {
            self.gate.0.is_shut.store(false, Ordering::Release);
        }
        Ok(count)
    }
}

impl Write for Gated {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl Stream for Gated {
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.stream.set_read_timeout(timeout)
    }

    fn set_write_timeout(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.stream.set_write_timeout(timeout)
    }

    fn is_readable(&mut self) -> io::Result<bool> {
        self.stream.is_readable()
    }

    fn duplex(&mut self) -> Option<&mut dyn Duplex> {
        self.stream.duplex()
    }

    fn sender(&self) -> Option<Arc<dyn Sender>> {
        let sender = self.stream.sender()?;
        Some(Arc::new(Out { sender, gate: self.gate.clone() }))
    }
}

impl Sender for Out {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let told = &self.gate.0;
        told.tried.store(true, Ordering::Release);
        if told.fails.load(Ordering::Acquire) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let drips = told.drips.load(Ordering::Acquire);
        let turn = drips && told.turn.fetch_xor(true, Ordering::AcqRel);
        if told.is_shut.load(Ordering::Acquire) || turn {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let count = self.sender.try_write(if drips { &bytes[..1] } else { bytes })?;
        told.went.store(true, Ordering::Release);
        Ok(count)
    }

    fn wait(&self, time: Option<Duration>) -> io::Result<bool> {
        if self.gate.0.is_shut.load(Ordering::Acquire) {
            // the socket itself could be written to: as one that can't, it only waits to be read
            thread::yield_now();
            return Ok(true);
        }
        self.sender.wait(time)
    }

    fn shut(&self) {
        self.sender.shut();
    }
}

fn gated(server: &ScriptedServer) -> (Redis, Gate) {
    let gate = Gate::default();
    (builder(server).connector(gate.clone()).build().unwrap(), gate)
}

fn tell(flag: &AtomicBool, value: bool) {
    flag.store(value, Ordering::Release);
}

#[test]
fn a_socket_that_takes_little_at_a_time_gets_all_of_it_in_order() {
    let server = ScriptedServer::play(
        script()
            .expect(&["GET", "a"])
            .expect(&["GET", "b"])
            .expect(&["GET", "c"])
            .send("$1\r\nA\r\n$1\r\nB\r\n$1\r\nC\r\n")
            .stall(),
    );
    let (r, gate) = gated(&server);
    tell(&gate.0.drips, true);
    thread::scope(|scope| {
        let a = ask(scope, &r, 1, |r| get(r, "a"));
        let b = ask(scope, &r, 2, |r| get(r, "b"));
        let c = ask(scope, &r, 3, |r| get(r, "c"));
        for (asked, answer) in [(a, "A"), (b, "B"), (c, "C")] {
            assert_eq!(outcome(asked), Ok(answer.to_owned()));
        }
    });
    server.finish();
}

#[test]
fn who_cannot_write_reads_where_nobody_else_does() {
    let go = Arc::new(AtomicBool::new(false));
    let server = ScriptedServer::play(
        once(&go, "$4\r\nlate\r\n").expect(&["GET", "b"]).send("$1\r\nB\r\n").stall(),
    );
    let (r, gate) = gated(&server);
    thread::scope(|scope| {
        let late = ask(scope, &r, 1, |r| get_soon(r, "late"));
        // it was counted before it was written
        until(|| gate.0.went.load(Ordering::Acquire));
        // from here on the peer takes nothing before what it said was read
        tell(&gate.0.is_shut, true);
        tell(&gate.0.opens_by_reading, true);
        let b = ask(scope, &r, 2, |r| get(r, "b"));
        assert_eq!(outcome(late), Err(LATE));
        tell(&go, true);
        assert_eq!(outcome(b), Ok("B".to_owned()));
    });
    server.finish();
}

#[test]
fn what_could_not_be_written_in_time_was_not_sent_and_never_is() {
    let server = ScriptedServer::play(script().expect(&["GET", "b"]).send("$1\r\nB\r\n").stall());
    let (r, gate) = gated(&server);
    tell(&gate.0.is_shut, true);
    let error = get_soon(&r, "a").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout(TimeoutKind::Write));
    assert_eq!(error.delivery(), Delivery::NotSent);
    assert!(error.to_string().starts_with("GET: could not be written within 500ms ("), "{error}");
    tell(&gate.0.is_shut, false);
    assert_eq!(get(&r, "b").unwrap(), "B");
    assert_eq!((r.statistics().created, r.statistics().traffic.write_timeouts), (1, 1));
    server.finish();
}

#[test]
fn after_a_write_that_failed_those_whose_commands_did_not_go_out_know_it() {
    let server = ScriptedServer::play_all(vec![
        script().expect(&["GET", "a"]).stall(),
        script().expect(&["GET", "c"]).send("$1\r\nC\r\n").stall(),
    ]);
    let (r, gate) = gated(&server);
    thread::scope(|scope| {
        let a = ask(scope, &r, 1, |r| get(r, "a"));
        // it was counted before it was written
        until(|| gate.0.went.load(Ordering::Acquire));
        tell(&gate.0.fails, true);
        let error = get(&r, "b").unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::Closed, Delivery::NotSent));
        assert_eq!(outcome(a), Err((ErrorKind::Closed, Delivery::Unknown)));
    });
    tell(&gate.0.fails, false);
    assert_eq!(get(&r, "c").unwrap(), "C");
    server.finish();
}

#[test]
fn when_the_one_who_reads_panics_nobody_is_left_waiting() {
    let server = ScriptedServer::play_all(vec![
        script().expect(&["GET", "a"]).expect(&["GET", "b"]).send("$1\r\n").stall(),
        script().expect(&["GET", "c"]).send("$1\r\nC\r\n").stall(),
    ]);
    let (r, gate) = gated(&server);
    thread::scope(|scope| {
        let a = ask(scope, &r, 1, |r| get(r, "a"));
        tell(&gate.0.panics, true);
        let b = ask(scope, &r, 2, |r| get(r, "b"));
        // usually the first: whoever came to read
        let (panicked, told): (Vec<_>, Vec<_>) =
            [a, b].map(ScopedJoinHandle::join).into_iter().partition(|joined| joined.is_err());
        assert_eq!((panicked.len(), told.len()), (1, 1));
        for error in told.into_iter().flatten().map(Result::unwrap_err) {
            assert_eq!((error.kind(), error.delivery()), (ErrorKind::Closed, Delivery::Unknown));
        }
    });
    assert_eq!(get(&r, "c").unwrap(), "C");
    assert_eq!(r.statistics().closed(CloseReason::Broken), 1);
    server.finish();
}

#[test]
fn many_threads_with_little_patience_never_get_each_others_replies() {
    let server = ScriptedServer::play_each(|_| {
        let mut count = 0_u32;
        script().serve(move |words| {
            count += 1;
            if count % 50 == 0 {
                thread::yield_now();
            }
            let text = words.get(1)?;
            Some([format!("${}\r\n", text.len()).as_bytes(), text, b"\r\n"].concat())
        })
    });
    let r = builder(&server).pool_max_size(2).pool_wait(true).build().unwrap();
    let begin = Barrier::new(8);
    thread::scope(|scope| {
        for thread in 0..8_u64 {
            let (r, begin) = (&r, &begin);
            scope.spawn(move || {
                begin.wait();
                for round in 0..400 {
                    let mine = format!("{thread}:{round}").repeat(1 + (round % 7) as usize * 200);
                    let patience = Duration::from_micros(50 + (round * 131 + thread * 977) % 3000);
                    let soon = CallOptions::new().response_timeout(patience);
                    match r.with(soon).command("ECHO").arg(&mine).query::<String>() {
                        Ok(answer) => {
                            assert!(answer == mine, "a foreign reply to {thread}:{round}")
                        }
                        // where somebody left in the middle of a command and nobody could go on
                        Err(error) => {
                            assert!(error.is_timeout() || error.is_connection_error(), "{error}");
                        }
                    }
                }
            });
        }
    });
    assert!(r.statistics().joined > 0);
    assert_eq!(r.statistics().in_flight, 0);
}
