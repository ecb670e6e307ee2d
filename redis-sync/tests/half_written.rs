//! Where in a command a write may break, to the byte, and what is said of the command then.

mod memory;

use memory::Memory;
use redis_core::command::{COPY_THRESHOLD, Command, table};
use redis_sync::{
    Connector, Delivery, Duplex, Endpoint, ExecuteCommand, Redis, Result, RetryPolicy,
    SocketOptions, Stream,
};
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How many bytes are still taken, on a connection that breaks then.
type Budget = Arc<Mutex<Option<usize>>>;

struct Breaking {
    memory: Memory,
    budget: Budget,
    duplex: bool,
}

struct BreaksOff {
    stream: Box<dyn Stream>,
    budget: Budget,
    duplex: bool,
}

impl Connector for Breaking {
    fn connect(
        &self,
        endpoint: &Endpoint,
        options: &SocketOptions,
        deadline: Option<Instant>,
    ) -> Result<Box<dyn Stream>> {
        let stream = self.memory.connect(endpoint, options, deadline)?;
        let budget = Arc::clone(&self.budget);
        Ok(Box::new(BreaksOff { stream, budget, duplex: self.duplex }))
    }
}

impl Read for BreaksOff {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.stream.read(into)
    }
}

impl Write for BreaksOff {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut budget = self.budget.lock().expect("nobody panicked");
        match &mut *budget {
            None => self.stream.write(bytes),
            Some(0) => Err(io::ErrorKind::ConnectionReset.into()),
            Some(left) => {
                let taken = bytes.len().min(*left);
                *left -= taken;
                Ok(taken)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for BreaksOff {
    fn set_read_timeout(&mut self, _: Option<Duration>) -> io::Result<()> {
        Ok(())
    }

    fn set_write_timeout(&mut self, _: Option<Duration>) -> io::Result<()> {
        Ok(())
    }

    fn is_readable(&mut self) -> io::Result<bool> {
        self.stream.is_readable()
    }

    fn duplex(&mut self) -> Option<&mut dyn Duplex> {
        if self.duplex { Some(self) } else { None }
    }
}

impl Duplex for BreaksOff {
    fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write(bytes)
    }

    fn wait(&mut self, _: Option<Duration>) -> io::Result<bool> {
        Ok(true)
    }
}

/// What is said of `command` where the connection breaks after `sent` bytes of it.
fn delivery(command: &Command<'_>, sent: usize, duplex: bool) -> Delivery {
    let budget = Budget::default();
    let memory = Memory::obliging();
    let connector = Breaking { memory, budget: Arc::clone(&budget), duplex };
    let builder = Redis::builder().connector(connector).retry(RetryPolicy::none());
    let r = builder.pool_drain_timeout(Duration::ZERO).build().expect("the settings are right");
    r.command("PING").query::<()>().expect("an answer");
    *budget.lock().expect("nobody panicked") = Some(sent);
    r.execute_command::<()>(command.clone()).expect_err("it broke off").delivery()
}

#[test]
fn a_command_whose_end_was_not_written_was_not_sent() {
    let large = "v".repeat(COPY_THRESHOLD);
    for command in [
        Command::new(&table::APPEND).key("k").arg("v"),
        // more words than a digit counts
        Command::new(&table::MSET).args(&["a"; 20]),
        Command::new(&table::APPEND).key("k").arg(&large),
    ] {
        let size = command.to_bytes().len();
        for missing in 0..20 {
            let expected = if missing <= 2 { Delivery::Unknown } else { Delivery::NotSent };
            let sent = size - missing;
            assert_eq!(delivery(&command, sent, true), expected, "{sent} of {size}");
        }
        assert_eq!(delivery(&command, 0, true), Delivery::NotSent);
    }
}

#[test]
fn of_a_stream_that_is_not_the_clients_own_nobody_knows_what_it_has_written() {
    let command = Command::new(&table::APPEND).key("k").arg("v");
    assert_eq!(delivery(&command, 0, false), Delivery::NotSent);
    assert_eq!(delivery(&command, 1, false), Delivery::Unknown);
}
