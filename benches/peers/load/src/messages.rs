//! Messages of a channel: who publishes them, in a process of its own, and a subject that listens.

use crate::meter::{Meter, OVER};
use crate::plan::Plan;
use crate::region::Region;
use crate::report::Report;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

/// Messages that are published in one write, and answered for by one byte.
const BATCH: u32 = 1000;
/// So many batches may be on their way: less than makes a server cut a subscriber off.
const WINDOW: usize = 8;
/// Of what a subject listens to.
pub const CHANNEL: &str = "messages:16";
/// How many bytes a message has.
pub const LENGTH: usize = 16;

/// The process that publishes. It goes on only as far as messages have arrived: one that is lost stops it, and
/// the run with it.
#[derive(Debug)]
pub struct Publisher {
    process: Child,
    credit: ChildStdin,
    heard: u32,
}

impl Publisher {
    /// Starts it; the subject has subscribed.
    ///
    /// # Errors
    /// That there is no such process, in words.
    pub fn start(plan: &Plan) -> Result<Self, String> {
        let worded = |error: io::Error| format!("the publisher: {error}");
        let mut command = Command::new(std::env::current_exe().map_err(worded)?);
        command.args(["blocking", "publish", &format!("address={}", plan.address)]);
        let mut process = command.stdin(Stdio::piped()).spawn().map_err(worded)?;
        let credit = process.stdin.take().ok_or("the publisher has no input")?;
        Ok(Self { process, credit, heard: 0 })
    }

    /// A message was read.
    ///
    /// # Panics
    /// If the publisher is gone.
    #[inline]
    pub fn heard(&mut self) {
        self.heard += 1;
        if self.heard == BATCH {
            self.heard = 0;
            self.credit.write_all(b".").expect("a publisher");
        }
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Publishes until its input ends.
pub(crate) fn publish(plan: &Plan) -> Result<(), String> {
    let worded = |error: io::Error| format!("the publisher: {error}");
    let mut stream = TcpStream::connect(&plan.address).map_err(worded)?;
    stream.set_nodelay(true).map_err(worded)?;
    let value = Plan::value(LENGTH);
    let one = format!(
        "*3\r\n$7\r\nPUBLISH\r\n${}\r\n{CHANNEL}\r\n${LENGTH}\r\n{value}\r\n",
        CHANNEL.len()
    );
    let batch = one.repeat(BATCH as usize);
    let mut answers = BufReader::new(stream.try_clone().map_err(worded)?);
    let (mut credit, mut line) = (io::stdin().lock(), String::new());
    let mut left = WINDOW;
    loop {
        if left == 0 {
            let mut given = [0; WINDOW];
            left = credit.read(&mut given).map_err(worded)?;
            if left == 0 {
                return Ok(());
            }
        }
        left -= 1;
        stream.write_all(batch.as_bytes()).map_err(worded)?;
        for _ in 0..BATCH {
            line.clear();
            answers.read_line(&mut line).map_err(worded)?;
            if line != ":1\r\n" {
                return Err(format!(
                    "one subscriber is wanted, and there is another answer: {line}"
                ));
            }
        }
    }
}

/// Lets a blocking subject fetch messages, first to warm up and then for the time of the plan.
///
/// # Errors
/// As [`Publisher::start`].
pub fn listen(plan: &Plan, mut next: impl FnMut() -> usize) -> Result<Report, String> {
    let mut publisher = Publisher::start(plan)?;
    Ok(crate::alone(plan, || {
        crate::expect(next(), LENGTH);
        publisher.heard();
    }))
}

/// The same for an async subject, in the task that calls.
///
/// # Errors
/// As [`Publisher::start`].
pub async fn listen_in_task(
    plan: &Plan,
    mut next: impl AsyncFnMut() -> usize,
) -> Result<Report, String> {
    let mut publisher = Publisher::start(plan)?;
    let mut last = Report::default();
    for (time, count) in [(plan.warmup, false), (plan.time, plan.count)] {
        OVER.store(false, Ordering::SeqCst);
        let mut meter = Meter::new(0, plan.sampling(), plan.operations);
        let timer = plan.operations.is_none().then(|| end_after(time));
        let region = Region::begin(count);
        while meter.goes_on() {
            crate::expect(next().await, LENGTH);
            publisher.heard();
            meter.done();
        }
        last = region.end(meter.operations());
        if let Some(timer) = timer {
            let _ = timer.join();
        }
    }
    Ok(last)
}

fn end_after(time: Duration) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        thread::sleep(time);
        OVER.store(true, Ordering::SeqCst);
    })
}
