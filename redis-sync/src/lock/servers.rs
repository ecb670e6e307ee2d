//! The servers of a lock, and how all of them are asked.

use super::holding::Renewals;
use crate::random::random;
use crate::redis::Redis;
use redis_core::command::Command;
use redis_core::drive::BlockingLocker;
use redis_core::lock::Answer;
use redis_core::{Delivery, Error, ErrorKind, ExecuteCommand, Result, TimeoutKind};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// One client for each server.
pub(crate) struct Servers(Vec<Redis>);

impl Servers {
    #[inline]
    pub(crate) fn new(clients: Vec<Redis>) -> Self {
        Self(clients)
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Where a lock of one server is entered while it is renewed. One of several goes on while a majority is there.
    #[inline]
    pub(super) fn renewals(&self) -> Option<&Renewals> {
        match &self.0[..] {
            [only] => Some(only.pool().shared().life().renewals()),
            _ => None,
        }
    }

    /// Asks all at once, each on a thread of its own, so that one that is away holds nobody up.
    #[inline]
    fn ask_all(
        &self,
        command: &Command<'static>,
        undo: Option<&Command<'static>>,
        within: Option<Duration>,
    ) -> Vec<Result<Answer>> {
        let deadline = within.and_then(|within| Instant::now().checked_add(within));
        let (sender, receiver) = channel();
        let mut answers: Vec<Option<Result<Answer>>> = Vec::new();
        for (number, client) in self.0.iter().enumerate() {
            let question = Question {
                number,
                client: client.clone(),
                command: command.clone(),
                undo: undo.cloned(),
                sender: sender.clone(),
            };
            let thread = thread::Builder::new().name("redis-sync lock".to_owned());
            let begun = thread.spawn(move || question.ask());
            answers.push(begun.err().map(|error| Err(no_thread().with_source(error))));
        }
        drop(sender);
        while answers.iter().any(Option::is_none) {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let heard = match left {
                Some(left) => receiver.recv_timeout(left),
                None => receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            let Ok((number, answer)) = heard else { break };
            answers[number] = Some(answer);
        }
        answers.into_iter().map(|answer| answer.unwrap_or_else(|| Err(late()))).collect()
    }
}

/// What one thread asks of one server.
struct Question {
    number: usize,
    client: Redis,
    command: Command<'static>,
    undo: Option<Command<'static>>,
    sender: Sender<(usize, Result<Answer>)>,
}

impl Question {
    #[inline]
    fn ask(self) {
        let answer = self.client.execute_command(self.command);
        if self.sender.send((self.number, answer)).is_err() {
            // nobody waits for it any more, and what it did would stay
            if let Some(undo) = self.undo {
                let _ = self.client.execute_command::<()>(undo);
            }
        }
    }
}

impl BlockingLocker for Servers {
    #[inline]
    fn ask(
        &self,
        command: Command<'static>,
        undo: Option<Command<'static>>,
        within: Option<Duration>,
    ) -> Vec<Result<Answer>> {
        match &self.0[..] {
            [only] => vec![only.execute_command(command)],
            _ => self.ask_all(&command, undo.as_ref(), within),
        }
    }

    #[inline]
    fn wait(&self, command: Command<'static>) -> Result<()> {
        let Some(client) = self.0.first() else { return Err(no_seat()) };
        let shared = client.pool().shared();
        let seat = shared.life().lock_seats().take(client.pool().config().pool().max_size());
        let _seat = seat.ok_or_else(no_seat)?;
        client.execute_command(command)
    }

    #[inline]
    fn pause(&self, time: Duration) {
        thread::sleep(time);
    }

    #[inline]
    fn now(&self) -> Instant {
        Instant::now()
    }

    #[inline]
    fn random(&self) -> u64 {
        random()
    }
}

#[cold]
fn late() -> Error {
    let message = "one of the lock's servers did not answer in time";
    Error::timeout(TimeoutKind::Reply, message).with_delivery(Delivery::Unknown)
}

#[cold]
fn no_thread() -> Error {
    Error::new(ErrorKind::Overloaded, "no thread can be started to ask one of the lock's servers")
}

#[cold]
fn no_seat() -> Error {
    Error::new(ErrorKind::PoolExhausted, "half of the pool's connections wait for locks already")
}
