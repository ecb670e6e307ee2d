//! What a server says of one connection: a line of `name=value`.

use redis_core::{BulkString, Error, FromReply, Reply, Result};
use std::time::Duration;

/// One connection, as `CLIENT LIST` and `CLIENT INFO` show it.
///
/// The facts that matter most have methods; [`get`](Self::get) gives every one, also those of later servers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientInfo {
    fields: Vec<(String, String)>,
}

impl ClientInfo {
    /// A fact by the name that the server gives it (`"qbuf"`), if the server tells it.
    #[must_use]
    #[inline]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// All facts, in the server's order.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Its id, which no other connection of this server ever has.
    #[must_use]
    #[inline]
    pub fn id(&self) -> i64 {
        self.number("id")
    }

    /// Address and port of the client; a path on a unix socket.
    #[must_use]
    #[inline]
    pub fn address(&self) -> &str {
        self.get("addr").unwrap_or_default()
    }

    /// The name that the client gave itself; empty if none.
    #[must_use]
    #[inline]
    pub fn name(&self) -> &str {
        self.get("name").unwrap_or_default()
    }

    /// The user it is authenticated as.
    #[must_use]
    #[inline]
    pub fn user(&self) -> &str {
        self.get("user").unwrap_or_default()
    }

    /// The number of its database.
    #[must_use]
    #[inline]
    pub fn database(&self) -> u32 {
        self.number("db")
    }

    /// How long it has existed, in whole seconds.
    #[must_use]
    #[inline]
    pub fn age(&self) -> Duration {
        Duration::from_secs(self.number("age"))
    }

    /// How long it has sent nothing, in whole seconds.
    #[must_use]
    #[inline]
    pub fn idle(&self) -> Duration {
        Duration::from_secs(self.number("idle"))
    }

    /// The server's letters for what it is and does: `N` nothing special, `b` waiting, `x` in `MULTI`, …
    #[must_use]
    #[inline]
    pub fn flags(&self) -> &str {
        self.get("flags").unwrap_or_default()
    }

    /// Its last command, in lower case: `get`, `client|list`.
    #[must_use]
    #[inline]
    pub fn last_command(&self) -> &str {
        self.get("cmd").unwrap_or_default()
    }

    /// Its protocol, 2 or 3 (7.0.0).
    #[must_use]
    #[inline]
    pub fn protocol(&self) -> Option<u8> {
        self.get("resp")?.parse().ok()
    }

    fn number<T: std::str::FromStr + Default>(&self, name: &str) -> T {
        self.get(name).and_then(|value| value.parse().ok()).unwrap_or_default()
    }

    #[inline]
    fn parse(line: &str) -> Result<Self> {
        let fields: Vec<_> = line
            .split_ascii_whitespace()
            .filter_map(|field| field.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        if fields.iter().any(|(name, _)| name == "id") {
            Ok(Self { fields })
        } else {
            Err(Error::conversion("facts of a connection", "text of another form"))
        }
    }
}

impl FromReply for ClientInfo {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        Self::parse(BulkString::from_reply(reply)?.to_string_lossy().trim_end())
    }

    /// `CLIENT LIST` answers with one text, a line for each connection.
    #[inline]
    fn vec_from_reply(reply: Reply<'_>) -> Result<Vec<Self>> {
        BulkString::from_reply(reply)?.to_string_lossy().lines().map(Self::parse).collect()
    }
}
