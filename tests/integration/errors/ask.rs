//! Asking what a case asks: both clients from one source, and the witness.

use redis_core::{Error, ServerErrorKind};
use redis_tests::raw::{Raw, Reply};

/// What came of a case: the error, and what the next command was answered.
pub(super) type Observed = (Option<Error>, Result<String, Error>);

/// Writes the questions twice, once for each client.
macro_rules! both {
    ($($item:item)*) => {
        pub(super) mod nonblocking {
            use super::*;
            use redis_async::{Redis, prelude::*};
            $($item)*
        }
        pub(super) mod blocking {
            use super::*;
            use redis_sync::{Redis, prelude::*};
            $(#[maybe_async::must_be_sync] $item)*
        }
    };
}

both! {
    /// Asks one command of the shared client, then `proof`.
    pub(in super::super) async fn shared(client: &Redis, words: &[String], proof: &[String]) -> Observed {
        let first = client.command(&words[0]).args(&words[1..]).query::<redis_core::Value>().await;
        let then = client.command(&proof[0]).args(&proof[1..]).query::<String>().await;
        (first.err(), then)
    }

    /// Asks commands on a connection of one's own, then `proof`.
    pub(in super::super) async fn dedicated(client: &Redis, commands: &[Vec<String>], proof: &[String]) -> Observed {
        let connection = match client.connection().await {
            Ok(connection) => connection,
            Err(error) => return (None, Err(error)),
        };
        let mut last = None;
        for words in commands {
            let reply = connection.command(&words[0]).args(&words[1..]).query::<redis_core::Value>().await;
            last = reply.err();
        }
        let then = connection.command(&proof[0]).args(&proof[1..]).query::<String>().await;
        (last, then)
    }
}

/// What the witness is told by the last of these commands.
pub(super) fn witness(raw: &mut Raw, commands: &[Vec<String>]) -> Result<String, String> {
    let mut last = Err("nothing was asked".to_owned());
    for words in commands {
        last = match raw.try_call(words) {
            Ok(Reply::Error(text)) => Ok(text),
            Ok(reply) => Err(format!("{words:?} was answered with {reply:?}")),
            Err(error) => Err(format!("{words:?}: {error}")),
        };
    }
    last
}

/// What an error says of itself otherwise than it should, for a failure to name.
pub(super) fn differences(error: &Error, kind: ServerErrorKind, text: &str) -> Vec<String> {
    use redis_core::{ErrorKind, Fault};
    let code = text.split(' ').next().unwrap_or_default();
    let mut found = Vec::new();
    let mut claim = |holds: bool, what: &str| {
        if !holds {
            found.push(what.to_owned());
        }
    };
    claim(error.kind() == ErrorKind::Server(kind), "kind");
    claim(error.fault() == Fault::Server, "fault");
    claim(error.code() == Some(code), "code");
    claim(error.is_server_error(), "is_server_error");
    claim(
        error.is_authentication() == (kind == ServerErrorKind::Authentication),
        "is_authentication",
    );
    claim(!error.is_timeout(), "is_timeout");
    claim(!error.is_connection_error(), "is_connection_error");
    claim(!error.is_pool_exhausted(), "is_pool_exhausted");
    claim(!error.is_conversion(), "is_conversion");
    claim(error.context().command.is_some(), "command in context");
    claim(error.context().endpoint.is_some(), "endpoint in context");
    claim(error.to_string().contains(error.message()), "message in its text");
    found
}
