//! Connections: whether they live, who they are, who else is there.
//!
//! Decides how these commands are written and what their replies are. What changes the state of its own
//! connection is not here but in [`DedicatedCommands`](crate::DedicatedCommands).

use crate::client_filter::{ClientFilter, ClientKillOptions, ClientListOptions};
use crate::client_info::ClientInfo;
use crate::client_states::{ClientTrackingInfo, PauseMode, TrackingRedirect, UnblockReason};
use crate::expiry::Millis;
use redis_core::command::{Command, ToArg, table};
use redis_core::{BulkString, ExecuteCommand, Response};
use std::time::Duration;

/// Commands on connections that are safe on a shared one.
///
/// `QUIT`, which Redis deprecated, has no method: to drop the handle closes its connections. Nor has
/// `CLIENT REPLY`, after which replies would be somebody else's.
pub trait ConnectionCommands: ExecuteCommand {
    /// The name that the connection was given.
    ///
    /// # Reply
    ///
    /// The name; `None` if it has none.
    ///
    /// [`CLIENT GETNAME`](https://redis.io/docs/latest/commands/client-getname/) · since 2.6.9 · O(1)
    ///
    /// # Example: nobody named it
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// assert!(redis.client_getname()?.is_none());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn client_getname(&self) -> Response<'_, Self, Option<BulkString>> {
        self.execute_command(Command::new(&table::CLIENT_GETNAME))
    }

    /// To whom the server tells what it tracks for the connection that this goes over.
    ///
    /// # Reply
    ///
    /// To whom, or that tracking is off.
    ///
    /// [`CLIENT GETREDIR`](https://redis.io/docs/latest/commands/client-getredir/) · since 6.0.0 · O(1)
    ///
    /// # Example: nothing is tracked
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::TrackingRedirect;
    ///
    /// assert_eq!(redis.client_getredir()?, TrackingRedirect::Off);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn client_getredir(&self) -> Response<'_, Self, TrackingRedirect> {
        self.execute_command(Command::new(&table::CLIENT_GETREDIR))
    }

    /// What the server has to say about `CLIENT`.
    ///
    /// # Reply
    ///
    /// The lines of the text.
    ///
    /// [`CLIENT HELP`](https://redis.io/docs/latest/commands/client-help/) · since 5.0.0 · O(1)
    ///
    /// # Example: read it
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// assert!(!redis.client_help()?.is_empty());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn client_help(&self) -> Response<'_, Self, Vec<BulkString>> {
        self.execute_command(Command::new(&table::CLIENT_HELP))
    }

    /// The id of the connection that this goes over.
    ///
    /// # Reply
    ///
    /// The id, which no other connection of this server ever has.
    ///
    /// [`CLIENT ID`](https://redis.io/docs/latest/commands/client-id/) · since 5.0.0 · O(1)
    ///
    /// # Example: ask for the id
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// assert!(redis.client_id()? > 0);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn client_id(&self) -> Response<'_, Self, i64> {
        self.execute_command(Command::new(&table::CLIENT_ID))
    }

    /// What the server says of the connection that this goes over.
    ///
    /// # Reply
    ///
    /// Its facts.
    ///
    /// [`CLIENT INFO`](https://redis.io/docs/latest/commands/client-info/) · since 6.2.0 · O(1)
    ///
    /// # Example: which database is it
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// println!("database {}", redis.client_info()?.database());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn client_info(&self) -> Response<'_, Self, ClientInfo> {
        self.execute_command(Command::new(&table::CLIENT_INFO))
    }

    /// Closes connections, but not the one that this goes over.
    ///
    /// # Reply
    ///
    /// How many were closed.
    ///
    /// # Errors
    ///
    /// A filter that says nothing is refused before any I/O.
    ///
    /// [`CLIENT KILL`](https://redis.io/docs/latest/commands/client-kill/) · since 2.4.0 · O(N) where N is
    /// the number of client connections
    ///
    /// # Example: close who subscribed
    ///
    /// ```no_run
    /// # use redis_sync::prelude::*;
    /// # let redis = Redis::new();
    /// use redis_sync::{ClientFilter, ClientKind};
    ///
    /// let closed = redis.client_kill(ClientFilter::new().kind(ClientKind::PubSub))?;
    /// println!("closed {closed}");
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn client_kill(&self, filter: ClientFilter) -> Response<'_, Self, u64> {
        self.client_kill_with(filter, ClientKillOptions::new())
    }

    /// [`client_kill`](Self::client_kill), also of the connection that this goes over.
    ///
    /// # Reply
    ///
    /// How many were closed.
    ///
    /// # Errors
    ///
    /// A filter that says nothing is refused before any I/O.
    ///
    /// [`CLIENT KILL`](https://redis.io/docs/latest/commands/client-kill/) · since 2.4.0 · O(N) where N is
    /// the number of client connections
    ///
    /// # Example: close all of a user
    ///
    /// ```no_run
    /// # use redis_sync::prelude::*;
    /// # let redis = Redis::new();
    /// use redis_sync::{ClientFilter, ClientKillOptions};
    ///
    /// let all = ClientKillOptions::new().including_self();
    /// let closed = redis.client_kill_with(ClientFilter::new().user("ada"), all)?;
    /// println!("closed {closed}");
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn client_kill_with(
        &self,
        filter: ClientFilter,
        options: ClientKillOptions,
    ) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::CLIENT_KILL).args(&filter).args(&options))
    }

    /// What the server says of all its connections.
    ///
    /// # Reply
    ///
    /// The facts of each.
    ///
    /// [`CLIENT LIST`](https://redis.io/docs/latest/commands/client-list/) · since 2.4.0 · O(N) where N is
    /// the number of client connections
    ///
    /// # Example: who is there
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// assert!(!redis.client_list()?.is_empty());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn client_list(&self) -> Response<'_, Self, Vec<ClientInfo>> {
        self.client_list_with(ClientListOptions::new())
    }

    /// [`client_list`](Self::client_list) of those of one kind, or with certain ids.
    ///
    /// # Reply
    ///
    /// The facts of each.
    ///
    /// [`CLIENT LIST`](https://redis.io/docs/latest/commands/client-list/) · since 2.4.0 · O(N) where N is
    /// the number of client connections
    ///
    /// # Example: who has subscribed
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::{ClientKind, ClientListOptions};
    ///
    /// for client in redis.client_list_with(ClientListOptions::kind(ClientKind::PubSub))? {
    ///     println!("{} {}", client.address(), client.name());
    /// }
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn client_list_with(&self, options: ClientListOptions) -> Response<'_, Self, Vec<ClientInfo>> {
        self.execute_command(Command::new(&table::CLIENT_LIST).args(&options))
    }

    /// Holds back the commands of all clients for so long, in milliseconds.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// [`CLIENT PAUSE`](https://redis.io/docs/latest/commands/client-pause/) · since 3.0.0 · O(1)
    ///
    /// # Example: for an instant
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use std::time::Duration;
    ///
    /// redis.client_pause(Duration::from_millis(1))?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn client_pause(&self, timeout: Duration) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::CLIENT_PAUSE).arg(&Millis(timeout)))
    }

    /// [`client_pause`](Self::client_pause), of writing commands alone.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// [`CLIENT PAUSE`](https://redis.io/docs/latest/commands/client-pause/) · since 3.0.0 · O(1)
    ///
    /// # Example: no writes for an instant
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::PauseMode;
    /// use std::time::Duration;
    ///
    /// redis.client_pause_with(Duration::from_millis(1), PauseMode::Write)?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn client_pause_with(&self, timeout: Duration, mode: PauseMode) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::CLIENT_PAUSE).arg(&Millis(timeout)).arg(&mode))
    }

    /// What the connection that this goes over has asked the server to track.
    ///
    /// # Reply
    ///
    /// The mode, to whom the server tells, and the prefixes; of the same shape on both protocols.
    ///
    /// [`CLIENT TRACKINGINFO`](https://redis.io/docs/latest/commands/client-trackinginfo/) · since 6.2.0 ·
    /// O(1)
    ///
    /// # Example: nothing is tracked
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// assert!(!redis.client_trackinginfo()?.is_on());
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn client_trackinginfo(&self) -> Response<'_, Self, ClientTrackingInfo> {
        self.execute_command(Command::new(&table::CLIENT_TRACKINGINFO))
    }

    /// Calls a connection back from waiting, as if its time were over.
    ///
    /// Where `CLIENT PAUSE` holds the connection's command back, servers up to Redis 8.0 crash on this; on
    /// [`client_unblock_with`](Self::client_unblock_with) an error they do not.
    ///
    /// # Reply
    ///
    /// Whether it was waiting.
    ///
    /// [`CLIENT UNBLOCK`](https://redis.io/docs/latest/commands/client-unblock/) · since 5.0.0 · O(log N)
    /// where N is the number of client connections
    ///
    /// # Example: nobody waits
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// assert!(!redis.client_unblock(redis.client_id()?)?);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn client_unblock(&self, id: i64) -> Response<'_, Self, bool> {
        self.execute_command(Command::new(&table::CLIENT_UNBLOCK).arg(&id))
    }

    /// [`client_unblock`](Self::client_unblock), saying what the connection is told.
    ///
    /// # Reply
    ///
    /// Whether it was waiting.
    ///
    /// [`CLIENT UNBLOCK`](https://redis.io/docs/latest/commands/client-unblock/) · since 5.0.0 · O(log N)
    /// where N is the number of client connections
    ///
    /// # Example: with an error
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::UnblockReason;
    ///
    /// assert!(!redis.client_unblock_with(redis.client_id()?, UnblockReason::Error)?);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn client_unblock_with(&self, id: i64, reason: UnblockReason) -> Response<'_, Self, bool> {
        self.execute_command(Command::new(&table::CLIENT_UNBLOCK).arg(&id).arg(&reason))
    }

    /// Holds commands back no longer.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// [`CLIENT UNPAUSE`](https://redis.io/docs/latest/commands/client-unpause/) · since 6.2.0 · O(N) Where N
    /// is the number of paused clients
    ///
    /// # Example: go on
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// redis.client_unpause()?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn client_unpause(&self) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::CLIENT_UNPAUSE))
    }

    /// Gets the message back.
    ///
    /// # Reply
    ///
    /// The message.
    ///
    /// [`ECHO`](https://redis.io/docs/latest/commands/echo/) · since 1.0.0 · O(1)
    ///
    /// # Example: there and back
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// assert_eq!(redis.echo("hello")?, "hello");
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn echo(&self, message: impl ToArg) -> Response<'_, Self, BulkString> {
        self.execute_command(Command::new(&table::ECHO).arg(&message))
    }

    /// Asks whether the server answers.
    ///
    /// # Reply
    ///
    /// `PONG`.
    ///
    /// [`PING`](https://redis.io/docs/latest/commands/ping/) · since 1.0.0 · O(1)
    ///
    /// # Example: is it there
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// assert_eq!(redis.ping()?, "PONG");
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn ping(&self) -> Response<'_, Self, BulkString> {
        self.execute_command(Command::new(&table::PING))
    }

    /// [`ping`](Self::ping) with a message.
    ///
    /// # Reply
    ///
    /// The message.
    ///
    /// [`PING`](https://redis.io/docs/latest/commands/ping/) · since 1.0.0 · O(1)
    ///
    /// # Example: is it there
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// assert_eq!(redis.ping_message("hello")?, "hello");
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn ping_message(&self, message: impl ToArg) -> Response<'_, Self, BulkString> {
        self.execute_command(Command::new(&table::PING).arg(&message))
    }
}

impl<C: ExecuteCommand + ?Sized> ConnectionCommands for C {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ClientKind;
    use crate::rehearsal::{read, refusal, wire};

    #[test]
    fn commands_are_written_as_the_reference_says() {
        assert_eq!(wire(|r| r.client_getname()), "CLIENT GETNAME");
        assert_eq!(wire(|r| r.client_id()), "CLIENT ID");
        assert_eq!(wire(|r| r.client_info()), "CLIENT INFO");
        assert_eq!(wire(|r| r.client_list()), "CLIENT LIST");
        let replicas = ClientListOptions::kind(ClientKind::Replica);
        assert_eq!(wire(|r| r.client_list_with(replicas)), "CLIENT LIST TYPE replica");
        let ids = ClientListOptions::ids([3, 4]);
        assert_eq!(wire(|r| r.client_list_with(ids)), "CLIENT LIST ID 3 4");
        assert_eq!(wire(|r| r.echo("hello")), "ECHO hello");
        assert_eq!(wire(|r| r.ping()), "PING");
        assert_eq!(wire(|r| r.ping_message("hello")), "PING hello");
        assert_eq!(wire(|r| r.client_getredir()), "CLIENT GETREDIR");
        assert_eq!(wire(|r| r.client_help()), "CLIENT HELP");
        let second = Duration::from_secs(1);
        assert_eq!(wire(|r| r.client_pause(second)), "CLIENT PAUSE 1000");
        let write = wire(|r| r.client_pause_with(second, PauseMode::Write));
        assert_eq!(write, "CLIENT PAUSE 1000 WRITE");
        assert_eq!(wire(|r| r.client_trackinginfo()), "CLIENT TRACKINGINFO");
        assert_eq!(wire(|r| r.client_unblock(7)), "CLIENT UNBLOCK 7");
        let error = wire(|r| r.client_unblock_with(7, UnblockReason::Error));
        assert_eq!(error, "CLIENT UNBLOCK 7 ERROR");
        assert_eq!(wire(|r| r.client_unpause()), "CLIENT UNPAUSE");
    }

    #[test]
    fn a_filter_says_which_connections_are_closed() {
        let filter = ClientFilter::new()
            .id(7)
            .address("127.0.0.1:1")
            .local_address("127.0.0.1:2")
            .user("ada")
            .kind(ClientKind::PubSub)
            .older_than(Duration::from_millis(1001));
        let said = "ID 7 ADDR 127.0.0.1:1 LADDR 127.0.0.1:2 USER ada TYPE pubsub MAXAGE 2";
        assert_eq!(wire(|r| r.client_kill(filter.clone())), format!("CLIENT KILL {said}"));
        let all = ClientKillOptions::new().including_self();
        let all = wire(|r| r.client_kill_with(filter.clone(), all));
        assert_eq!(all, format!("CLIENT KILL {said} SKIPME no"));
        let others = ClientListOptions::matching(filter).except_self();
        let others = wire(|r| r.client_list_with(others));
        assert_eq!(others, format!("CLIENT LIST SKIPME yes {said}"));
    }

    #[test]
    fn valkey_knows_more_of_a_connection() {
        let filter = ClientFilter::new()
            .idle(Duration::from_secs(3))
            .name("me")
            .flags("N")
            .library_name("lib")
            .library_version("1")
            .database(0)
            .database(2)
            .capability("r")
            .ip("127.0.0.1");
        let said = "IDLE 3 NAME me FLAGS N LIB-NAME lib LIB-VER 1 DB 2 CAPA r IP 127.0.0.1";
        assert_eq!(wire(|r| r.client_kill(filter)), format!("CLIENT KILL {said}"));
    }

    #[test]
    fn what_is_tracked_is_alike_on_both_protocols() {
        let info = read(
            "*6 $5 flags *2 $2 on $5 bcast $8 redirect :0 $8 prefixes *1 $2 a: ",
            "%3 $5 flags ~2 $2 on $5 bcast $8 redirect :0 $8 prefixes *1 $2 a: ",
            |r| r.client_trackinginfo(),
        );
        assert!(info.is_on());
        assert_eq!(info.flags, ["on", "bcast"]);
        assert_eq!((info.redirect, info.prefixes), (TrackingRedirect::Here, vec!["a:".into()]));
        let redirect = |answer| read(answer, answer, |r| r.client_getredir());
        assert_eq!(redirect(":-1 "), TrackingRedirect::Off);
        assert_eq!(redirect(":7 "), TrackingRedirect::To(7));
    }

    #[test]
    fn a_filter_that_says_nothing_is_refused() {
        let all = ClientKillOptions::new().including_self();
        refusal(|r| r.client_kill_with(ClientFilter::new(), all));
        refusal(|r| r.client_list_with(ClientListOptions::ids([])));
    }

    #[test]
    fn every_line_is_a_connection_and_no_fact_is_lost() {
        let clients = read(
            "$55 id=3·addr=/s:0·name=·db=2·age=7·new=x id=4·resp=3·db=0 ",
            "=59 txt:id=3·addr=/s:0·name=·db=2·age=7·new=x id=4·resp=3·db=0 ",
            |r| r.client_list(),
        );
        let [client, other] = clients.as_slice() else { panic!("two connections: {clients:?}") };
        assert_eq!((other.id(), other.protocol()), (4, Some(3)));
        assert_eq!((client.id(), client.database(), client.name()), (3, 2, ""));
        assert_eq!(client.age(), Duration::from_secs(7));
        assert_eq!(client.get("new"), Some("x"));
        assert_eq!((client.protocol(), client.get("nothing")), (None, None));
    }
}
