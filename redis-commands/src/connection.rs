//! Connections: whether they live, who they are, who else is there.
//!
//! Decides how these commands are written and what their replies are. What changes the state of its own
//! connection is not here but in [`DedicatedCommands`](crate::DedicatedCommands).

use crate::client_info::ClientInfo;
use crate::expiry::Millis;
use redis_core::command::{Command, ToArg, ToArgs, table};
use redis_core::{BulkString, Error, ExecuteCommand, Response};
use std::time::Duration;

/// A kind of connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ClientKind {
    /// An ordinary client.
    Normal,
    /// The link to the primary, on a replica.
    Primary,
    /// A link to a replica.
    Replica,
    /// A client that has subscribed.
    PubSub,
}

impl ToArg for ClientKind {
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        command.push(match self {
            Self::Normal => b"normal",
            Self::Primary => b"master",
            Self::Replica => b"replica",
            Self::PubSub => b"pubsub",
        });
    }
}

/// The options of [`client_list_with`](ConnectionCommands::client_list_with): which connections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct ClientListOptions(Which);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Which {
    #[default]
    All,
    Kind(ClientKind),
    Ids(Vec<i64>),
}

impl ClientListOptions {
    /// All connections.
    pub fn new() -> Self {
        Self::default()
    }

    /// Those of one kind.
    pub fn kind(kind: ClientKind) -> Self {
        Self(Which::Kind(kind))
    }

    /// Those with these ids (6.2.0).
    pub fn ids(ids: impl IntoIterator<Item = i64>) -> Self {
        Self(Which::Ids(ids.into_iter().collect()))
    }
}

impl ToArgs for ClientListOptions {
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        match &self.0 {
            Which::All => {}
            Which::Kind(kind) => {
                command.push(b"TYPE");
                kind.to_arg(command);
            }
            Which::Ids(ids) => {
                command.push(b"ID");
                if ids.is_empty() {
                    command.reject(Error::argument("`ids` is empty: at least one is needed"));
                }
                ids.to_args(command);
            }
        }
    }
}

/// Which connections [`client_kill`](ConnectionCommands::client_kill) closes: those for which everything
/// said here is true. Without anything said it is refused before any I/O.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct ClientKillFilter {
    id: Option<i64>,
    address: Option<String>,
    local_address: Option<String>,
    user: Option<String>,
    kind: Option<ClientKind>,
    older_than: Option<Duration>,
    including_self: bool,
}

impl ClientKillFilter {
    /// Nothing said yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The one with this id.
    pub fn id(mut self, id: i64) -> Self {
        self.id = Some(id);
        self
    }

    /// The one that comes from this `address:port`.
    pub fn address(mut self, address: impl Into<String>) -> Self {
        self.address = Some(address.into());
        self
    }

    /// Those that came to this `address:port` of the server (6.2.0).
    pub fn local_address(mut self, address: impl Into<String>) -> Self {
        self.local_address = Some(address.into());
        self
    }

    /// Those authenticated as this user.
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// Those of one kind.
    pub fn kind(mut self, kind: ClientKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Those that have existed longer, in whole seconds, rounded up (7.4.0).
    pub fn older_than(mut self, age: Duration) -> Self {
        self.older_than = Some(age);
        self
    }

    /// Also the connection that this goes over. Default: that one is spared.
    pub fn including_self(mut self) -> Self {
        self.including_self = true;
        self
    }
}

impl ToArgs for ClientKillFilter {
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        let before = command.len();
        word("ID", &self.id, command);
        word("ADDR", &self.address, command);
        word("LADDR", &self.local_address, command);
        word("USER", &self.user, command);
        word("TYPE", &self.kind, command);
        if let Some(age) = self.older_than {
            command.push(b"MAXAGE");
            let millis = Millis(age).count(command);
            command.push_integer(false, millis.div_ceil(1000));
        }
        if command.len() == before {
            command.reject(Error::argument("a filter that says nothing closes no connection"));
        }
        if self.including_self {
            command.push(b"SKIPME");
            command.push(b"no");
        }
    }
}

fn word<'a>(word: &'static str, argument: &'a Option<impl ToArg>, command: &mut Command<'a>) {
    if let Some(argument) = argument {
        command.push(word.as_bytes());
        argument.to_arg(command);
    }
}

/// Commands on connections that are safe on a shared one.
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

    /// Closes connections.
    ///
    /// # Reply
    ///
    /// How many were closed.
    ///
    /// [`CLIENT KILL`](https://redis.io/docs/latest/commands/client-kill/) · since 2.4.0 · O(N) where N is
    /// the number of client connections
    ///
    /// # Example: close who subscribed
    ///
    /// ```no_run
    /// # use redis_sync::prelude::*;
    /// # let redis = Redis::new();
    /// use redis_sync::{ClientKillFilter, ClientKind};
    ///
    /// let closed = redis.client_kill(ClientKillFilter::new().kind(ClientKind::PubSub))?;
    /// println!("closed {closed}");
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn client_kill(&self, filter: ClientKillFilter) -> Response<'_, Self, u64> {
        self.execute_command(Command::new(&table::CLIENT_KILL).args(&filter))
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
}

impl<C: ExecuteCommand + ?Sized> ConnectionCommands for C {}

#[cfg(test)]
mod tests {
    use super::*;
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
    }

    #[test]
    fn a_filter_says_which_connections_are_closed() {
        let filter = ClientKillFilter::new()
            .id(7)
            .address("127.0.0.1:1")
            .local_address("127.0.0.1:2")
            .user("ada")
            .kind(ClientKind::PubSub)
            .older_than(Duration::from_millis(1001))
            .including_self();
        assert_eq!(
            wire(|r| r.client_kill(filter)),
            "CLIENT KILL ID 7 ADDR 127.0.0.1:1 LADDR 127.0.0.1:2 USER ada TYPE pubsub MAXAGE 2 SKIPME no"
        );
    }

    #[test]
    fn a_filter_that_says_nothing_is_refused() {
        refusal(|r| r.client_kill(ClientKillFilter::new().including_self()));
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
