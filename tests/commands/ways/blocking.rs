//! The blocking client, each of its commands going one of the ways.

use super::{Between, Way};
use redis_core::Exclusive;
use redis_core::command::Command;
use redis_sync::{Blocking, Connection, ExecuteCommand, FromReply, Redis, Replies, Result};

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

    pub(crate) fn connection(&self) -> Result<Held> {
        let via = Self::new(self.client.clone(), self.way);
        Ok(Held { connection: self.client.connection()?, via })
    }
}

impl ExecuteCommand for Via {
    type Mode = Blocking;

    fn execute_command<T: FromReply>(&self, command: Command<'_>) -> Result<T> {
        let way = self.way.of(&command);
        if way == Way::Alone {
            return self.client.execute_command(command);
        }
        let pipe = self.client.pipeline();
        let between = Between::queue(&pipe, command);
        let executed = match way {
            Way::Transaction => pipe.atomic().execute::<Replies>(),
            _ => pipe.execute(),
        };
        if between.must_go_alone() {
            return self.client.execute_command(between.refused(executed));
        }
        between.read(executed)
    }
}

impl ExecuteCommand for Held {
    type Mode = Blocking;

    fn execute_command<T: FromReply>(&self, command: Command<'_>) -> Result<T> {
        let (via, connection) = (&self.via, &self.connection);
        let way = via.way.of(&command);
        if way == Way::Alone {
            return connection.execute_command(command);
        }
        let pipe = via.client.pipeline();
        let between = Between::queue(&pipe, command);
        let executed = match way {
            Way::Transaction => pipe.atomic().execute_on::<Replies>(connection),
            _ => pipe.execute_on(connection),
        };
        if between.must_go_alone() {
            return connection.execute_command(between.refused(executed));
        }
        between.read(executed)
    }
}

impl Exclusive for Held {}
