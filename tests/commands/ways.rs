//! The ways by which a command gets to the server: alone, or between two others in a pipeline or a
//! transaction.
//!
//! Decides which of the replies is the command's, and that nothing but what the documentation says is
//! refused. Its executors stand in for the clients, so that a body does not know which way its commands go.

pub(crate) mod blocking;
pub(crate) mod nonblocking;

use redis_core::command::{Block, Command};
use redis_core::{
    BulkString, Error, ErrorKind, ExecuteCommand, FromReply, Handle, Queue, Replies, Result,
};

/// How each command of a body gets to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Alone,
    Pipeline,
    Transaction,
}

impl Way {
    /// The way of this command: after one that closes its own connection, nobody else has a reply.
    fn of(self, command: &Command<'_>) -> Self {
        let closes = command.name() == "CLIENT KILL"
            && command.argument_bytes().any(|word| word.eq_ignore_ascii_case(b"SKIPME"));
        if closes { Self::Alone } else { self }
    }
}

/// A command between two others: what is lost or doubled before it moves its reply.
pub(crate) struct Between<T> {
    command: Command<'static>,
    before: Handle<i64>,
    wanted: Handle<T>,
    after: Handle<BulkString>,
}

impl<T: FromReply> Between<T> {
    /// Queues it, and the others about it.
    fn queue<P: ExecuteCommand<Mode = Queue<P>> + 'static>(
        pipeline: &P,
        command: Command<'_>,
    ) -> Self {
        Self {
            // it leaves what `CLIENT CACHING` says of the next command
            before: pipeline.command("CLIENT ID").query().slot(),
            wanted: pipeline.execute_command(command.clone()).slot(),
            after: pipeline.command("ECHO").arg("after").query().slot(),
            command: command.into_owned(),
        }
    }

    fn must_go_alone(&self) -> bool {
        self.command.binds_connection() || self.command.blocking() != Block::No
    }

    /// The command again, which must go alone: it was refused as is documented.
    fn refused(self, executed: Result<Replies>) -> Command<'static> {
        let error = executed.expect_err("it cannot stand in a pipeline");
        self.assert_named(&error);
        let why = if self.command.binds_connection() {
            "it changes the state of its connection, which no command in a pipeline may: run it on a `connection()`"
        } else {
            "it waits on the server, and everything behind it in the pipeline would wait with it"
        };
        match self.command.clone().check() {
            Ok(()) => assert_eq!((error.kind(), error.message()), (ErrorKind::Misuse, why)),
            Err(unfit) => assert_eq!(error.message(), unfit.message()),
        }
        self.command
    }

    /// What the command came to.
    fn read(&self, executed: Result<Replies>) -> Result<T> {
        let replies = executed.inspect_err(|error| self.assert_named(error))?;
        let reply = replies.take(self.wanted).inspect_err(|error| self.assert_named(error));
        let (before, after) = (replies.take(self.before)?, replies.take(self.after)?);
        assert!(before > 0 && after == "after", "{:?}: {before}, {after}", self.command);
        let failed = replies.errors().map(|error| error.context().index).collect::<Vec<_>>();
        assert!(failed.is_empty() || failed == [Some(1)], "{:?}: {failed:?}", self.command);
        reply
    }

    /// An error is the command's own, or that of all whose connection was lost.
    fn assert_named(&self, error: &Error) {
        let context = error.context();
        let of_all = error.is_connection_error() && context.index.is_none();
        let named = context.command.as_deref() == Some(&*self.command.name());
        assert!(of_all || (named && context.index == Some(1)), "{:?}: {error}", self.command);
    }
}
