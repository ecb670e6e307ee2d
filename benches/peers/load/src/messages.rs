//! Messages of a channel: who publishes them, in a process of its own, and a subject that listens.

use crate::backlogs::{Backlogs, fill};
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
pub(crate) const BATCH: u32 = 1000;
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
        let mut process = command(plan).map_err(worded)?.spawn().map_err(worded)?;
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

/// The program that publishes, with an input.
pub(crate) fn command(plan: &Plan) -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["blocking", "publish", &format!("address={}", plan.address)]);
    command.stdin(Stdio::piped());
    Ok(command)
}

/// A connection that publishes batches.
pub(crate) struct Batches {
    stream: TcpStream,
    answers: BufReader<TcpStream>,
    batch: String,
    line: String,
}

impl Batches {
    pub(crate) fn open(plan: &Plan) -> io::Result<Self> {
        let stream = TcpStream::connect(&plan.address)?;
        stream.set_nodelay(true)?;
        let value = Plan::value(LENGTH);
        let one = format!(
            "*3\r\n$7\r\nPUBLISH\r\n${}\r\n{CHANNEL}\r\n${LENGTH}\r\n{value}\r\n",
            CHANNEL.len()
        );
        let answers = BufReader::new(stream.try_clone()?);
        Ok(Self { stream, answers, batch: one.repeat(BATCH as usize), line: String::new() })
    }

    /// Publishes one; each message has one subscriber.
    pub(crate) fn publish(&mut self) -> Result<(), String> {
        let worded = |error: io::Error| format!("the publisher: {error}");
        self.stream.write_all(self.batch.as_bytes()).map_err(worded)?;
        for _ in 0..BATCH {
            self.line.clear();
            self.answers.read_line(&mut self.line).map_err(worded)?;
            if self.line != ":1\r\n" {
                let line = &self.line;
                return Err(format!(
                    "one subscriber is wanted, and there is another answer: {line}"
                ));
            }
        }
        Ok(())
    }
}

/// Publishes until its input ends.
pub(crate) fn publish(plan: &Plan) -> Result<(), String> {
    if plan.waiting.is_some() {
        return fill(plan);
    }
    let worded = |error: io::Error| format!("the publisher: {error}");
    let mut batches = Batches::open(plan).map_err(worded)?;
    let mut credit = io::stdin().lock();
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
        batches.publish()?;
    }
}

/// Lets a blocking subject fetch messages, first to warm up and then for the time of the plan.
///
/// # Errors
/// As [`Publisher::start`].
pub fn listen(plan: &Plan, mut next: impl FnMut() -> usize) -> Result<Report, String> {
    if let Some(messages) = plan.waiting {
        let mut backlogs = Backlogs::start(plan, messages)?;
        while let Some(region) = backlogs.next()? {
            for _ in 0..messages {
                crate::expect(next(), LENGTH);
            }
            backlogs.emptied(region);
        }
        return Ok(backlogs.report());
    }
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
    if let Some(messages) = plan.waiting {
        let mut backlogs = Backlogs::start(plan, messages)?;
        while let Some(region) = backlogs.next()? {
            for _ in 0..messages {
                crate::expect(next().await, LENGTH);
            }
            backlogs.emptied(region);
        }
        return Ok(backlogs.report());
    }
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
