//! What a server says of itself when it is greeted.

use crate::error::Result;
use crate::reply::{FromReply, Reply};

/// The protocol that a connection speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// RESP2.
    #[default]
    Resp2,
    /// RESP3.
    Resp3,
}

/// What a server says of itself when it is greeted. Without `HELLO` (RESP2) it says nothing but the
/// connection's number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerInfo {
    protocol: Protocol,
    server: Option<String>,
    version: Option<String>,
    id: Option<i64>,
    mode: Option<String>,
    role: Option<String>,
    availability_zone: Option<String>,
}

impl ServerInfo {
    /// The protocol that was agreed upon.
    #[inline]
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// The product: `redis`, `valkey`, ….
    #[inline]
    pub fn server(&self) -> Option<&str> {
        self.server.as_deref()
    }

    /// The server's version, such as `7.4.1`.
    #[inline]
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// Whether the server is as new as a Redis (`"7.4.0"`), or is a Valkey as new as that
    /// (`"valkey 8.0.0"`). Valkey counts as the Redis that it was made from; a server that did not say
    /// what it is counts as none.
    #[inline]
    pub fn is_at_least(&self, wanted: &str) -> bool {
        /// What Valkey still says that it is.
        const VALKEY_AS_REDIS: &str = "7.2.4";
        let (Some(server), Some(version)) = (self.server(), self.version()) else { return false };
        match (server, wanted.strip_prefix("valkey ")) {
            ("valkey", Some(wanted)) => is_not_below(version, wanted),
            (_, Some(_)) => false,
            ("valkey", None) => is_not_below(VALKEY_AS_REDIS, wanted),
            (_, None) => is_not_below(version, wanted),
        }
    }

    /// The connection's number on the server, as `CLIENT ID` says it.
    #[inline]
    pub fn id(&self) -> Option<i64> {
        self.id
    }

    /// Takes note of the answer to `CLIENT ID`; one that is no number says nothing.
    #[inline]
    pub(super) fn set_id(&mut self, reply: Reply<'_>) {
        self.id = i64::from_reply(reply).ok();
    }

    /// `standalone`, `cluster` or `sentinel`.
    #[inline]
    pub fn mode(&self) -> Option<&str> {
        self.mode.as_deref()
    }

    /// `master` or `replica`.
    #[inline]
    pub fn role(&self) -> Option<&str> {
        self.role.as_deref()
    }

    /// Where the server stands, if it was told (Valkey).
    #[inline]
    pub fn availability_zone(&self) -> Option<&str> {
        self.availability_zone.as_deref()
    }
}

/// From the reply of `HELLO`; what is not known is passed over.
impl FromReply for ServerInfo {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        let mut info = Self::default();
        let text = |value: Reply<'_>| {
            value.scalar("text").map(|text| String::from_utf8_lossy(text).into_owned()).ok()
        };
        for (name, value) in reply.entries()? {
            match name.scalar("a field's name")? {
                b"server" => info.server = text(value),
                b"version" => info.version = text(value),
                b"mode" => info.mode = text(value),
                b"role" => info.role = text(value),
                b"availability_zone" => {
                    info.availability_zone = text(value).filter(|az| !az.is_empty())
                }
                b"id" => info.id = i64::from_reply(value).ok(),
                b"proto" if i64::from_reply(value)? >= 3 => info.protocol = Protocol::Resp3,
                _ => {}
            }
        }
        Ok(info)
    }
}

#[inline]
fn is_not_below(version: &str, wanted: &str) -> bool {
    let parts = |text: &str| -> Vec<u32> {
        text.split('.').map(|part| part.parse().unwrap_or(0)).collect()
    };
    parts(version) >= parts(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suits(server: &str, version: &str, wanted: &str) -> bool {
        let (server, version) = (Some(server.to_owned()), Some(version.to_owned()));
        ServerInfo { server, version, ..ServerInfo::default() }.is_at_least(wanted)
    }

    #[test]
    fn valkey_has_versions_of_its_own() {
        assert!(suits("redis", "8.6.2", "8.6.0"));
        assert!(!suits("redis", "8.6.2", "valkey 8.0.0"));
        assert!(suits("valkey", "9.1.2", "valkey 8.0.0"));
        assert!(!suits("valkey", "7.2.4", "valkey 8.0.0"));
        assert!(suits("valkey", "9.1.2", "7.2.0"));
        assert!(!suits("valkey", "9.1.2", "8.0.0"));
    }

    #[test]
    fn versions_compare_as_numbers() {
        assert!(suits("redis", "7.10.0", "7.4.0"));
        assert!(suits("redis", "7.4.0", "7.4.0"));
        assert!(!suits("redis", "6.2.14", "7.0.0"));
        assert!(!ServerInfo::default().is_at_least("0.0.1"));
    }
}
