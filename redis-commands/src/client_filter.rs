//! Which connections are meant: those that are listed, those that are closed.

use crate::expiry::Millis;
use redis_core::Error;
use redis_core::command::{Command, ToArg, ToArgs};
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
    #[inline]
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        command.push(match self {
            Self::Normal => b"normal",
            Self::Primary => b"master",
            Self::Replica => b"replica",
            Self::PubSub => b"pubsub",
        });
    }
}

/// Which connections [`client_kill`](crate::ConnectionCommands::client_kill) closes: those for which
/// everything said here is true. Without anything said it is refused before any I/O.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct ClientFilter(Vec<(&'static str, Value)>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Text(String),
    Id(i64),
    Database(u32),
    Kind(ClientKind),
    Seconds(Duration),
}

impl ClientFilter {
    /// Nothing said yet.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// The one with this id.
    #[inline]
    pub fn id(self, id: i64) -> Self {
        self.with("ID", Value::Id(id))
    }

    /// The one that comes from this `address:port`.
    pub fn address(self, address: impl Into<String>) -> Self {
        self.with("ADDR", Value::Text(address.into()))
    }

    /// Those that came to this `address:port` of the server (6.2.0).
    pub fn local_address(self, address: impl Into<String>) -> Self {
        self.with("LADDR", Value::Text(address.into()))
    }

    /// Those authenticated as this user.
    pub fn user(self, user: impl Into<String>) -> Self {
        self.with("USER", Value::Text(user.into()))
    }

    /// Those of one kind.
    #[inline]
    pub fn kind(self, kind: ClientKind) -> Self {
        self.with("TYPE", Value::Kind(kind))
    }

    /// Those that have existed longer, in whole seconds, rounded up (7.4.0).
    #[inline]
    pub fn older_than(self, age: Duration) -> Self {
        self.with("MAXAGE", Value::Seconds(age))
    }

    /// Those that have sent nothing for so long, in whole seconds, rounded up (Valkey).
    #[inline]
    pub fn idle(self, idle: Duration) -> Self {
        self.with("IDLE", Value::Seconds(idle))
    }

    /// Those that gave themselves this name (Valkey).
    pub fn name(self, name: impl Into<String>) -> Self {
        self.with("NAME", Value::Text(name.into()))
    }

    /// Those that have all these [flags](crate::ClientInfo::flags) (Valkey).
    pub fn flags(self, flags: impl Into<String>) -> Self {
        self.with("FLAGS", Value::Text(flags.into()))
    }

    /// Those that came with this library (Valkey).
    pub fn library_name(self, name: impl Into<String>) -> Self {
        self.with("LIB-NAME", Value::Text(name.into()))
    }

    /// Those that came with this version of their library (Valkey).
    pub fn library_version(self, version: impl Into<String>) -> Self {
        self.with("LIB-VER", Value::Text(version.into()))
    }

    /// Those that work on this database (Valkey).
    #[inline]
    pub fn database(self, database: u32) -> Self {
        self.with("DB", Value::Database(database))
    }

    /// Those that can do this, such as `r` for following a redirection (Valkey).
    pub fn capability(self, capability: impl Into<String>) -> Self {
        self.with("CAPA", Value::Text(capability.into()))
    }

    /// Those that come from this address, whatever the port (Valkey).
    pub fn ip(self, address: impl Into<String>) -> Self {
        self.with("IP", Value::Text(address.into()))
    }

    /// The last thing said under one word holds.
    #[inline]
    fn with(mut self, word: &'static str, value: Value) -> Self {
        self.0.retain(|(said, _)| *said != word);
        self.0.push((word, value));
        self
    }
}

impl ToArgs for ClientFilter {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        if self.0.is_empty() {
            command.reject(Error::argument("a filter that says nothing means no connection"));
        }
        for (word, value) in &self.0 {
            command.push(word.as_bytes());
            match value {
                Value::Text(text) => text.to_arg(command),
                Value::Id(id) => id.to_arg(command),
                Value::Database(number) => number.to_arg(command),
                Value::Kind(kind) => kind.to_arg(command),
                Value::Seconds(time) => {
                    let millis = Millis(*time).count(command);
                    command.push_integer(false, millis.div_ceil(1000));
                }
            }
        }
    }
}

/// The options of [`client_list_with`](crate::ConnectionCommands::client_list_with): which connections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct ClientListOptions {
    which: Which,
    except_self: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Which {
    #[default]
    All,
    Kind(ClientKind),
    Ids(Vec<i64>),
    Matching(ClientFilter),
}

impl ClientListOptions {
    /// All connections.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Those of one kind.
    #[inline]
    pub fn kind(kind: ClientKind) -> Self {
        Self { which: Which::Kind(kind), ..Self::default() }
    }

    /// Those with these ids (6.2.0).
    pub fn ids(ids: impl IntoIterator<Item = i64>) -> Self {
        Self { which: Which::Ids(ids.into_iter().collect()), ..Self::default() }
    }

    /// Those for which everything said is true (Valkey).
    #[inline]
    pub fn matching(filter: ClientFilter) -> Self {
        Self { which: Which::Matching(filter), ..Self::default() }
    }

    /// Without the connection that this goes over (Valkey). Default: with it.
    #[inline]
    pub fn except_self(mut self) -> Self {
        self.except_self = true;
        self
    }
}

impl ToArgs for ClientListOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        // the ids go on to the end
        if self.except_self {
            command.push(b"SKIPME");
            command.push(b"yes");
        }
        match &self.which {
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
            Which::Matching(filter) => filter.to_args(command),
        }
    }
}

/// The options of [`client_kill_with`](crate::ConnectionCommands::client_kill_with).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct ClientKillOptions {
    including_self: bool,
}

impl ClientKillOptions {
    /// The connection that this goes over is spared.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Also the connection that this goes over, after the reply. Default: that one is spared.
    #[inline]
    pub fn including_self(mut self) -> Self {
        self.including_self = true;
        self
    }
}

impl ToArgs for ClientKillOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        if self.including_self {
            command.push(b"SKIPME");
            command.push(b"no");
        }
    }
}
