//! The servers of a lock, and how all of them are asked.

use super::holding::Renewals;
use crate::lending::now;
use crate::random::random;
use crate::redis::Redis;
use crate::resolver::BoxFuture;
use crate::retrying::has_runtime;
use redis_core::command::Command;
use redis_core::drive::AsyncLocker;
use redis_core::lock::Answer;
use redis_core::{Delivery, Error, ErrorKind, ExecuteCommand, Result, TimeoutKind};
use std::future::poll_fn;
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::time::timeout;

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
            [only] => Some(&only.pool().current().renewals),
            _ => None,
        }
    }

    /// Asks all at once, so that one that is away holds nobody up.
    #[inline]
    async fn ask_all(
        &self,
        command: &Command<'static>,
        within: Option<Duration>,
    ) -> Vec<Result<Answer>> {
        let ask = |client| Box::pin(ask_one(client, command.clone(), within)) as BoxFuture<'_, _>;
        let mut questions: Vec<_> = self.0.iter().map(ask).collect();
        let mut answers: Vec<Option<Result<Answer>>> = questions.iter().map(|_| None).collect();
        poll_fn(|cx| {
            for (question, answer) in questions.iter_mut().zip(&mut answers) {
                if answer.is_none() {
                    if let Poll::Ready(heard) = question.as_mut().poll(cx) {
                        *answer = Some(heard);
                    }
                }
            }
            if answers.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        answers.into_iter().map(|answer| answer.unwrap_or_else(|| Err(late()))).collect()
    }
}

#[inline]
async fn ask_one(
    client: &Redis,
    command: Command<'static>,
    within: Option<Duration>,
) -> Result<Answer> {
    has_runtime()?;
    let answer = client.execute_command(command);
    match within {
        None => answer.await,
        Some(within) => timeout(within, answer).await.unwrap_or_else(|_| Err(late())),
    }
}

impl AsyncLocker for Servers {
    /// Needs no `undo`: what is given up was not sent, or was before whatever follows over the same connection.
    #[inline]
    async fn ask(
        &self,
        command: Command<'static>,
        _undo: Option<Command<'static>>,
        within: Option<Duration>,
    ) -> Vec<Result<Answer>> {
        match &self.0[..] {
            [only] => vec![only.execute_command(command).await],
            _ => self.ask_all(&command, within).await,
        }
    }

    #[inline]
    async fn wait(&self, command: Command<'static>) -> Result<()> {
        let Some(client) = self.0.first() else { return Err(no_seat()) };
        let pool = client.pool();
        let seat = pool.current().lock_seats.take(pool.config().pool().max_size());
        let _seat = seat.ok_or_else(no_seat)?;
        client.execute_command(command).await
    }

    #[inline]
    async fn pause(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    #[inline]
    fn now(&self) -> Instant {
        now()
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
fn no_seat() -> Error {
    Error::new(ErrorKind::PoolExhausted, "half of the pool's connections wait for locks already")
}
