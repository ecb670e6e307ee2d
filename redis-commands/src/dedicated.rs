//! What changes the state of its own connection, for those who own one.
//!
//! Decides how these commands are written. A shared client has no such methods, since what one caller set
//! would hold for all.

use redis_core::command::{Command, ToArg, ToArgs, table};
use redis_core::{BulkString, Exclusive, Response};

/// The options of [`client_tracking`](DedicatedCommands::client_tracking): of which keys the server tells
/// that they changed.
///
/// What Redis refuses to combine cannot meet: the mode is chosen where the options are made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct ClientTrackingOptions {
    mode: Tracked,
    no_loop: bool,
    redirect: Option<i64>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Tracked {
    #[default]
    Read,
    OptIn,
    OptOut,
    Broadcast(Vec<String>),
}

impl ClientTrackingOptions {
    /// Of every key that the connection reads.
    pub fn new() -> Self {
        Self::default()
    }

    /// Of those that are read right after `CLIENT CACHING YES` (`OPTIN`).
    pub fn opt_in() -> Self {
        Self { mode: Tracked::OptIn, ..Self::default() }
    }

    /// Of all that are read but right after `CLIENT CACHING NO` (`OPTOUT`).
    pub fn opt_out() -> Self {
        Self { mode: Tracked::OptOut, ..Self::default() }
    }

    /// Of every key with one of these prefixes, read or not; without a prefix of every key (`BCAST`).
    pub fn broadcast<P: Into<String>>(prefixes: impl IntoIterator<Item = P>) -> Self {
        let prefixes = prefixes.into_iter().map(Into::into).collect();
        Self { mode: Tracked::Broadcast(prefixes), ..Self::default() }
    }

    /// Not of what the connection changed itself (`NOLOOP`). Default: of that too.
    pub fn no_loop(mut self) -> Self {
        self.no_loop = true;
        self
    }

    /// Tells another connection, by its id. Default: this one, which then must speak RESP3.
    pub fn redirect(mut self, id: i64) -> Self {
        self.redirect = Some(id);
        self
    }
}

impl ToArgs for ClientTrackingOptions {
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        if let Some(id) = &self.redirect {
            command.push(b"REDIRECT");
            id.to_arg(command);
        }
        match &self.mode {
            Tracked::Read => {}
            Tracked::OptIn => command.push(b"OPTIN"),
            Tracked::OptOut => command.push(b"OPTOUT"),
            Tracked::Broadcast(prefixes) => {
                command.push(b"BCAST");
                for prefix in prefixes {
                    command.push(b"PREFIX");
                    prefix.to_arg(command);
                }
            }
        }
        if self.no_loop {
            command.push(b"NOLOOP");
        }
    }
}

/// Commands that change the state of their own connection: on a dedicated one alone.
///
/// A shared client does not have them:
///
/// ```compile_fail,E0277
/// use redis_sync::DedicatedCommands;
/// use redis_core::ExecuteCommand;
///
/// fn on_any_client<C: ExecuteCommand>(redis: &C) {
///     redis.select(1);
/// }
/// ```
///
/// Who owns a connection does:
///
/// ```
/// use redis_sync::DedicatedCommands;
/// use redis_core::Exclusive;
///
/// fn on_its_own_connection<C: Exclusive>(connection: &C) {
///     connection.select(1);
/// }
/// ```
pub trait DedicatedCommands: Exclusive {
    /// Spares the connection when the server closes some to free memory, or does no more.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// [`CLIENT NO-EVICT`](https://redis.io/docs/latest/commands/client-no-evict/) · since 7.0.0 · O(1)
    ///
    /// # Example: hold on to this one
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let connection = redis.connection()?;
    /// connection.client_no_evict(true)?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn client_no_evict(&self, on: bool) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::CLIENT_NO_EVICT).arg(on_off(on)))
    }

    /// What the connection reads does not count as used, for the server's choice of what to evict.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// [`CLIENT NO-TOUCH`](https://redis.io/docs/latest/commands/client-no-touch/) · since 7.2.0 · O(1)
    ///
    /// # Example: look without being seen
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.2.0") else { return Ok(()) };
    /// let connection = redis.connection()?;
    /// connection.client_no_touch(true)?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn client_no_touch(&self, on: bool) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::CLIENT_NO_TOUCH).arg(on_off(on)))
    }

    /// Gives the connection a name, for `CLIENT LIST`; an empty one takes it away.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// # Errors
    ///
    /// A name with spaces or line ends is refused by the server.
    ///
    /// [`CLIENT SETNAME`](https://redis.io/docs/latest/commands/client-setname/) · since 2.6.9 · O(1)
    ///
    /// # Example: say who you are
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let connection = redis.connection()?;
    /// connection.client_setname("importer")?;
    /// assert!(connection.client_getname()?.is_some_and(|name| name == "importer"));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn client_setname(&self, name: impl ToArg) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::CLIENT_SETNAME).arg(&name))
    }

    /// Asks the server to tell when keys change, by pushes of the kind `invalidate`.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// # Errors
    ///
    /// `ERR` if the mode is another than the one that is on.
    ///
    /// [`CLIENT TRACKING`](https://redis.io/docs/latest/commands/client-tracking/) · since 6.0.0 · O(1).
    /// Some options may introduce additional complexity.
    ///
    /// # Example: of all users
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let connection = redis.connection()?;
    /// use redis_sync::ClientTrackingOptions;
    ///
    /// connection.client_tracking(ClientTrackingOptions::broadcast(["user:"]))?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn client_tracking(&self, options: ClientTrackingOptions) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::CLIENT_TRACKING).arg("ON").args(&options))
    }

    /// Asks the server to tell of changes no more.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// [`CLIENT TRACKING`](https://redis.io/docs/latest/commands/client-tracking/) · since 6.0.0 · O(1).
    /// Some options may introduce additional complexity.
    ///
    /// # Example: enough
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let connection = redis.connection()?;
    /// connection.client_tracking_off()?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn client_tracking_off(&self) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::CLIENT_TRACKING).arg("OFF"))
    }

    /// Makes the connection what it was when it was opened, before it was authenticated.
    ///
    /// # Reply
    ///
    /// `RESET`.
    ///
    /// [`RESET`](https://redis.io/docs/latest/commands/reset/) · since 6.2.0 · O(1)
    ///
    /// # Example: start over
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let connection = redis.connection()?;
    /// assert_eq!(connection.reset()?, "RESET");
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn reset(&self) -> Response<'_, Self, BulkString> {
        self.execute_command(Command::new(&table::RESET))
    }

    /// Chooses the database that the connection works on.
    ///
    /// A handle on another database for everybody is `redis.database(n)`.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// # Errors
    ///
    /// `ERR` if the server has no such database.
    ///
    /// [`SELECT`](https://redis.io/docs/latest/commands/select/) · since 1.0.0 · O(1)
    ///
    /// # Example: look into another database
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let connection = redis.connection()?;
    /// connection.select(1)?;
    /// assert_eq!(connection.client_info()?.database(), 1);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn select(&self, database: u32) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::SELECT).arg(&database))
    }
}

impl<C: Exclusive + ?Sized> DedicatedCommands for C {}

fn on_off(on: bool) -> &'static str {
    if on { "ON" } else { "OFF" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{sent, wire};

    #[test]
    fn commands_are_written_as_the_reference_says() {
        assert_eq!(wire(|c| c.client_no_evict(true)), "CLIENT NO-EVICT ON");
        assert_eq!(wire(|c| c.client_no_touch(false)), "CLIENT NO-TOUCH OFF");
        assert_eq!(wire(|c| c.client_setname("me")), "CLIENT SETNAME me");
        assert_eq!(wire(|c| c.client_tracking_off()), "CLIENT TRACKING OFF");
        assert_eq!(wire(|c| c.reset()), "RESET");
        assert_eq!(wire(|c| c.select(3)), "SELECT 3");
    }

    #[test]
    fn tracking_has_one_mode() {
        let tracking = |options| wire(|c| c.client_tracking(options));
        assert_eq!(tracking(ClientTrackingOptions::new()), "CLIENT TRACKING ON");
        assert_eq!(
            tracking(ClientTrackingOptions::broadcast(["a:", "b:"]).no_loop()),
            "CLIENT TRACKING ON BCAST PREFIX a: PREFIX b: NOLOOP"
        );
        assert_eq!(
            tracking(ClientTrackingOptions::opt_in().redirect(7)),
            "CLIENT TRACKING ON REDIRECT 7 OPTIN"
        );
        assert_eq!(tracking(ClientTrackingOptions::opt_out()), "CLIENT TRACKING ON OPTOUT");
    }

    #[test]
    fn all_of_them_are_refused_on_a_shared_connection() {
        for command in [
            sent(|c| c.client_no_evict(true)),
            sent(|c| c.client_no_touch(true)),
            sent(|c| c.client_setname("me")),
            sent(|c| c.client_tracking_off()),
            sent(|c| c.reset()),
            sent(|c| c.select(1)),
        ] {
            assert!(command.check_shared().is_err(), "{command:?}");
        }
    }
}
