//! Transactions by hand, on a connection of one's own.
//!
//! Decides how these commands are written. Transactions that are written as one are the clients'
//! `pipeline().atomic()`, `transaction` and `optimistic`; this is for what these cannot say.

use redis_core::command::{Command, ToArgs, table};
use redis_core::{Exclusive, Response, Value};

/// Transactions by hand: `WATCH`, `MULTI`, `EXEC` and their opposites.
///
/// Only who owns a connection has these. Between [`multi`](Self::multi) and [`exec`](Self::exec) the server
/// answers every command with `QUEUED`, whatever its own reply is: ask for that by `typed::<String>()`.
pub trait TransactionCommands: Exclusive {
    /// Forgets what was queued, and watches no more.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// # Errors
    ///
    /// `ERR` without [`multi`](Self::multi).
    ///
    /// [`DISCARD`](https://redis.io/docs/latest/commands/discard/) · since 2.0.0 · O(N), when N is the number of queued commands
    ///
    /// # Example: think better of it
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let connection = redis.connection()?;
    /// connection.multi()?;
    /// connection.typed::<String>().del("discard:key")?;
    /// connection.discard()?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn discard(&self) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::DISCARD))
    }

    /// Runs what was queued, with nobody's commands in between, and watches no more.
    ///
    /// # Reply
    ///
    /// The replies of the queued commands, as they come and without their shapes; `None` where a watched
    /// key had changed.
    ///
    /// # Errors
    ///
    /// `EXECABORT` where a command was not queued; `ERR` without [`multi`](Self::multi).
    ///
    /// [`EXEC`](https://redis.io/docs/latest/commands/exec/) · since 1.2.0 · Depends on commands in the transaction
    ///
    /// # Example: two commands as one
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let connection = redis.connection()?;
    /// connection.multi()?;
    /// connection.typed::<String>().set("exec:key", "value")?;
    /// connection.typed::<String>().strlen("exec:key")?;
    /// let ((), length): ((), i64) = connection.typed().exec()?;
    /// assert_eq!(length, 5);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn exec(&self) -> Response<'_, Self, Option<Vec<Value>>> {
        self.execute_command(Command::new(&table::EXEC))
    }

    /// Has the following commands queued, to be run by [`exec`](Self::exec).
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// # Errors
    ///
    /// `ERR` within a transaction.
    ///
    /// [`MULTI`](https://redis.io/docs/latest/commands/multi/) · since 1.2.0 · O(1)
    ///
    /// # Example: nothing happens yet
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let connection = redis.connection()?;
    /// connection.multi()?;
    /// assert_eq!(connection.typed::<String>().get("multi:key")?, "QUEUED");
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn multi(&self) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::MULTI))
    }

    /// Watches no key any more.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// [`UNWATCH`](https://redis.io/docs/latest/commands/unwatch/) · since 2.2.0 · O(1)
    ///
    /// # Example: let it change
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let connection = redis.connection()?;
    /// connection.watch("unwatch:key")?;
    /// connection.unwatch()?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn unwatch(&self) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::UNWATCH))
    }

    /// Watches keys: a transaction on this connection runs only if none of them changed until then.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// # Errors
    ///
    /// `ERR` within a transaction.
    ///
    /// [`WATCH`](https://redis.io/docs/latest/commands/watch/) · since 2.2.0 · O(1) for every key.
    ///
    /// # Example: only if nobody was faster
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let connection = redis.connection()?;
    /// connection.watch("watch:key")?;
    /// redis.set("watch:key", "somebody else's")?;
    /// connection.multi()?;
    /// connection.typed::<String>().set("watch:key", "mine")?;
    /// assert!(connection.exec()?.is_none());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn watch(&self, keys: impl ToArgs) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::WATCH).keys(&keys).at_least(1, "keys"))
    }
}

impl<C: Exclusive + ?Sized> TransactionCommands for C {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{sent, wire};

    #[test]
    fn commands_are_written_as_the_reference_says() {
        assert_eq!(wire(|c| c.discard()), "DISCARD");
        assert_eq!(wire(|c| c.exec()), "EXEC");
        assert_eq!(wire(|c| c.multi()), "MULTI");
        assert_eq!(wire(|c| c.unwatch()), "UNWATCH");
        assert_eq!(wire(|c| c.watch(["a", "b"])), "WATCH [a] [b]");
    }

    #[test]
    fn all_of_them_are_refused_on_a_shared_connection() {
        for command in [
            sent(|c| c.discard()),
            sent(|c| c.exec()),
            sent(|c| c.multi()),
            sent(|c| c.unwatch()),
            sent(|c| c.watch("k")),
        ] {
            assert!(command.check_shared().is_err(), "{command:?}");
        }
    }
}
