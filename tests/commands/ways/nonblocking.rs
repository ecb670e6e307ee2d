//! The async client, each of its commands going one of the ways.
//!
//! Its replies are futures of its own: a boxed `CommandFuture` would ask of every reply type that it lives
//! as long as the client.

use super::{Between, Way};
use redis_async::{CommandFuture, Connection, ExecuteCommand, FromReply, Redis, Replies, Result};
use redis_core::command::Command;
use redis_core::{Exclusive, Mode};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

/// A client whose commands go one of the ways.
pub(crate) struct Via {
    client: Redis,
    way: Way,
}

/// A connection whose commands go one of the ways.
pub(crate) struct Held {
    connection: Connection,
    via: Via,
}

/// A command on one of the ways.
#[must_use = "a command is sent when its future is awaited"]
pub(crate) enum Going<'a, T> {
    Alone(CommandFuture<'a, T>),
    Among(Executed<'a>, Between<T>),
}

/// A command returns a [`Going`].
pub(crate) struct OnItsWay;

impl Via {
    pub(crate) fn new(client: Redis, way: Way) -> Self {
        Self { client, way }
    }

    /// Another server, by the same way.
    pub(crate) fn at(&self, url: &str) -> Result<Self> {
        Ok(Self::new(Redis::from_url(url)?, self.way))
    }

    pub(crate) fn database(&self, database: u32) -> Self {
        Self::new(self.client.database(database), self.way)
    }

    pub(crate) async fn connection(&self) -> Result<Held> {
        let via = Self::new(self.client.clone(), self.way);
        Ok(Held { connection: self.client.connection().await?, via })
    }
}

impl ExecuteCommand for Via {
    type Mode = OnItsWay;

    fn execute_command<T: FromReply>(&self, command: Command<'_>) -> Going<'_, T> {
        let way = self.way.of(&command);
        if way == Way::Alone {
            return Going::Alone(self.client.execute_command(command));
        }
        let pipe = self.client.pipeline();
        let between = Between::queue(&pipe, command);
        let executed: Executed<'_> = match way {
            Way::Transaction => Box::pin(pipe.atomic().execute()),
            _ => Box::pin(pipe.execute()),
        };
        if between.must_go_alone() {
            let command = between.refused(at_once(executed));
            return Going::Alone(self.client.execute_command(command));
        }
        Going::Among(executed, between)
    }
}

impl ExecuteCommand for Held {
    type Mode = OnItsWay;

    fn execute_command<T: FromReply>(&self, command: Command<'_>) -> Going<'_, T> {
        let (via, connection) = (&self.via, &self.connection);
        let way = via.way.of(&command);
        if way == Way::Alone {
            return Going::Alone(connection.execute_command(command));
        }
        let pipe = via.client.pipeline();
        let between = Between::queue(&pipe, command);
        let executed: Executed<'_> = match way {
            Way::Transaction => Box::pin(pipe.atomic().execute_on(connection)),
            _ => Box::pin(pipe.execute_on(connection)),
        };
        if between.must_go_alone() {
            let command = between.refused(at_once(executed));
            return Going::Alone(connection.execute_command(command));
        }
        Going::Among(executed, between)
    }
}

impl Exclusive for Held {}

impl Mode for OnItsWay {
    type Response<'a, T: FromReply> = Going<'a, T>;
}

type Executed<'a> = Pin<Box<dyn Future<Output = Result<Replies>> + Send + 'a>>;

impl<T: FromReply> Future for Going<'_, T> {
    type Output = Result<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T>> {
        match self.get_mut() {
            Going::Alone(command) => Pin::new(command).poll(cx),
            Going::Among(executed, between) => {
                let executed = ready!(executed.as_mut().poll(cx));
                Poll::Ready(between.read(executed))
            }
        }
    }
}

/// What is refused is refused without waiting for anything.
fn at_once(mut executed: Executed<'_>) -> Result<Replies> {
    match executed.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(executed) => executed,
        Poll::Pending => panic!("something was sent that cannot stand in a pipeline"),
    }
}
