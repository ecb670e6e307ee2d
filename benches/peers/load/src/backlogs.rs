//! Messages that wait at the server, as many as are wanted, before a subject may read the first of them.
//!
//! A server takes longer to be told of a message than the best clients to read it: as long as one publishes while
//! another reads, both wait for the server. Here it has all messages before it begins: a subject is stopped, with all its
//! threads, whoever publishes fills the server's buffer, and the subject goes on.

use crate::messages::{BATCH, Batches, command};
use crate::plan::Plan;
use crate::region::Region;
use crate::report::Report;
use std::io::{self, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

/// The rounds of a run: in each, so many messages wait, and are read.
pub(crate) struct Backlogs<'p> {
    plan: &'p Plan,
    messages: u64,
    process: Child,
    asking: ChildStdin,
    filled: ChildStdout,
    warm: bool,
    done: Report,
}

impl<'p> Backlogs<'p> {
    /// Starts the process that publishes; the subject has subscribed.
    pub(crate) fn start(plan: &'p Plan, messages: u64) -> Result<Self, String> {
        let mut command = command(plan).map_err(worded)?;
        command.arg(format!("waiting={messages}")).stdout(Stdio::piped());
        let mut process = command.spawn().map_err(worded)?;
        let asking = process.stdin.take().ok_or("the publisher has no input")?;
        let filled = process.stdout.take().ok_or("the publisher has no output")?;
        let done = Report::default();
        Ok(Self { plan, messages, process, asking, filled, warm: false, done })
    }

    /// The next round, if there is one: the messages wait. Until then this process stood still.
    pub(crate) fn next(&mut self) -> Result<Option<Region>, String> {
        let over = match self.plan.operations {
            Some(operations) => self.done.operations >= operations,
            None => self.done.wall >= self.plan.time,
        };
        if over {
            return Ok(None);
        }
        self.asking.write_all(b".").map_err(worded)?;
        self.filled.read_exact(&mut [0]).map_err(worded)?;
        Ok(Some(Region::begin(self.plan.count && self.warm)))
    }

    /// All were read. The first round counts for nothing.
    pub(crate) fn emptied(&mut self, region: Region) {
        let round = region.end(self.messages);
        if !std::mem::replace(&mut self.warm, true) {
            return;
        }
        let done = &mut self.done;
        done.operations += round.operations;
        done.wall += round.wall;
        done.processor += round.processor;
        done.allocations += round.allocations;
        done.allocated += round.allocated;
        done.peak_memory = round.peak_memory;
    }

    /// What came of it.
    pub(crate) fn report(&self) -> Report {
        self.done.clone()
    }
}

impl Drop for Backlogs<'_> {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Whenever there is input, stops the process that it comes from, publishes, and lets it go on; until the input ends.
pub(crate) fn fill(plan: &Plan) -> Result<(), String> {
    let mut batches = Batches::open(plan).map_err(worded)?;
    let subject = std::os::unix::process::parent_id();
    let rounds = plan.waiting.unwrap_or_default() / u64::from(BATCH);
    let mut asked = io::stdin().lock();
    while asked.read(&mut [0]).map_err(worded)? > 0 {
        signal(subject, "STOP")?;
        while !stands_still(subject).map_err(worded)? {
            thread::sleep(Duration::from_micros(100));
        }
        let published = (0..rounds).try_for_each(|_| batches.publish());
        io::stdout().write_all(b".").and_then(|()| io::stdout().flush()).map_err(worded)?;
        signal(subject, "CONT")?;
        published?;
    }
    Ok(())
}

fn signal(process: u32, name: &str) -> Result<(), String> {
    let sent = Command::new("kill").arg(format!("-{name}")).arg(process.to_string()).status();
    match sent.map_err(worded)?.success() {
        true => Ok(()),
        false => Err(format!("the publisher: no signal {name} can be sent to its subject")),
    }
}

/// Whether all threads of a process are stopped.
fn stands_still(process: u32) -> io::Result<bool> {
    for thread in std::fs::read_dir(format!("/proc/{process}/task"))? {
        let stat = std::fs::read_to_string(thread?.path().join("stat"))?;
        // behind the name, which may hold anything
        let state = stat.rsplit_once(") ").map(|(_, rest)| rest);
        if !state.is_some_and(|state| state.starts_with('T')) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn worded(error: io::Error) -> String {
    format!("the publisher: {error}")
}
