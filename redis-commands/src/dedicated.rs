//! What changes the state of its own connection, for those who own one.
//!
//! Decides how these commands are written. A shared client has no such methods, since what one caller set
//! would hold for all.

use crate::client_states::ClientAttribute;
use redis_core::command::{Command, ToArg, ToArgs, table};
use redis_core::connection::ServerInfo;
use redis_core::credentials::Credentials;
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
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Of those that are read right after `CLIENT CACHING YES` (`OPTIN`).
    #[inline]
    pub fn opt_in() -> Self {
        Self { mode: Tracked::OptIn, ..Self::default() }
    }

    /// Of all that are read but right after `CLIENT CACHING NO` (`OPTOUT`).
    #[inline]
    pub fn opt_out() -> Self {
        Self { mode: Tracked::OptOut, ..Self::default() }
    }

    /// Of every key with one of these prefixes, read or not; without a prefix of every key (`BCAST`).
    pub fn broadcast<P: Into<String>>(prefixes: impl IntoIterator<Item = P>) -> Self {
        let prefixes = prefixes.into_iter().map(Into::into).collect();
        Self { mode: Tracked::Broadcast(prefixes), ..Self::default() }
    }

    /// Not of what the connection changed itself (`NOLOOP`). Default: of that too.
    #[inline]
    pub fn no_loop(mut self) -> Self {
        self.no_loop = true;
        self
    }

    /// Tells another connection, by its id. Default: this one, which then must speak RESP3.
    #[inline]
    pub fn redirect(mut self, id: i64) -> Self {
        self.redirect = Some(id);
        self
    }
}

impl ToArgs for ClientTrackingOptions {
    #[inline]
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
/// use redis_sync::ExecuteCommand;
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
/// use redis_sync::Exclusive;
///
/// fn on_its_own_connection<C: Exclusive>(connection: &C) {
///     connection.select(1);
/// }
/// ```
pub trait DedicatedCommands: Exclusive {
    /// Authenticates the connection as another user.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// # Errors
    ///
    /// `WRONGPASS` if the password is wrong or there is no such user: the connection stays who it was.
    ///
    /// [`AUTH`](https://redis.io/docs/latest/commands/auth/) · since 1.0.0 · O(N) where N is the number of
    /// passwords defined for the user
    ///
    /// # Example: whoever this is
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::Credentials;
    ///
    /// let connection = redis.connection()?;
    /// let refused = connection.auth(&Credentials::new("nobody", "secret"));
    /// assert!(refused.is_err_and(|error| error.is_authentication()));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn auth(&self, credentials: &Credentials) -> Response<'_, Self, ()> {
        self.execute_command(
            Command::new(&table::AUTH).args(&credentials.username()).arg(credentials.password()),
        )
    }

    /// Says whether what the next command reads is tracked: `true` in the mode
    /// [`opt_in`](ClientTrackingOptions::opt_in), `false` in the mode
    /// [`opt_out`](ClientTrackingOptions::opt_out).
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// # Errors
    ///
    /// `ERR` if the mode is another one.
    ///
    /// [`CLIENT CACHING`](https://redis.io/docs/latest/commands/client-caching/) · since 6.0.0 · O(1)
    ///
    /// # Example: this one
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let connection = redis.connection()?;
    /// use redis_sync::ClientTrackingOptions;
    ///
    /// // RESP2 has no pushes: there another connection would have to be told
    /// let me = connection.client_id()?;
    /// connection.client_tracking(ClientTrackingOptions::opt_in().redirect(me))?;
    /// connection.client_caching(true)?;
    /// connection.get("client_caching:k")?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn client_caching(&self, tracked: bool) -> Response<'_, Self, ()> {
        let answer = if tracked { "YES" } else { "NO" };
        self.execute_command(Command::new(&table::CLIENT_CACHING).arg(answer))
    }

    /// Says what the client can do, of which Valkey knows `redirect`: to follow a redirection from a replica,
    /// or while a primary changes. What the server does not know it passes over.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// [`CLIENT CAPA`](https://valkey.io/commands/client-capa/) · since 8.0.0 · O(1)
    ///
    /// # Example: follow redirections
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("valkey 8.0.0") else { return Ok(()) };
    /// let connection = redis.connection()?;
    /// connection.client_capa("redirect")?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn client_capa(&self, capabilities: impl ToArgs) -> Response<'_, Self, ()> {
        self.execute_command(
            Command::new(&table::CLIENT_CAPA).args(&capabilities).at_least(1, "capabilities"),
        )
    }

    /// Says that the connection brings data from another server, so that it sees what has expired; or does no
    /// more.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// # Errors
    ///
    /// `ERR` if the server's setting `import-mode` is off.
    ///
    /// [`CLIENT IMPORT-SOURCE`](https://valkey.io/commands/client-import-source/) · since 8.1.0 · O(1)
    ///
    /// # Example: copy from elsewhere
    ///
    /// ```no_run
    /// # use redis_sync::prelude::*;
    /// # let redis = Redis::new();
    /// let connection = redis.connection()?;
    /// connection.client_import_source(true)?;
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn client_import_source(&self, on: bool) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::CLIENT_IMPORT_SOURCE).arg(on_off(on)))
    }

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

    /// Tells the server about the client's library, for `CLIENT LIST`. The client tells of itself when it
    /// connects.
    ///
    /// # Reply
    ///
    /// Nothing.
    ///
    /// # Errors
    ///
    /// A value with spaces or line ends is refused by the server.
    ///
    /// [`CLIENT SETINFO`](https://redis.io/docs/latest/commands/client-setinfo/) · since 7.2.0 · O(1)
    ///
    /// # Example: a framework speaks for itself
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.2.0") else { return Ok(()) };
    /// let connection = redis.connection()?;
    /// use redis_sync::ClientAttribute;
    ///
    /// connection.client_setinfo(ClientAttribute::LibraryName, "redis-sync(shop_v2)")?;
    /// assert_eq!(connection.client_info()?.get("lib-name"), Some("redis-sync(shop_v2)"));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn client_setinfo(
        &self,
        attribute: ClientAttribute,
        value: impl ToArg,
    ) -> Response<'_, Self, ()> {
        self.execute_command(Command::new(&table::CLIENT_SETINFO).arg(&attribute).arg(&value))
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

    /// What the server says of itself, now; what it said when the connection was opened is
    /// `connection.server()`. The protocol stays as it is.
    ///
    /// # Reply
    ///
    /// Its facts.
    ///
    /// [`HELLO`](https://redis.io/docs/latest/commands/hello/) · since 6.0.0 · O(1)
    ///
    /// # Example: which role has it
    ///
    /// ```
    /// # use redis_sync::prelude::*;
    /// # let Some(redis) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// let connection = redis.connection()?;
    /// assert_eq!(connection.hello()?.role(), Some("master"));
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    fn hello(&self) -> Response<'_, Self, ServerInfo> {
        self.execute_command(Command::new(&table::HELLO))
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

#[inline]
fn on_off(on: bool) -> &'static str {
    if on { "ON" } else { "OFF" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{refusal, sent, wire};

    #[test]
    fn commands_are_written_as_the_reference_says() {
        assert_eq!(wire(|c| c.client_no_evict(true)), "CLIENT NO-EVICT ON");
        assert_eq!(wire(|c| c.client_no_touch(false)), "CLIENT NO-TOUCH OFF");
        assert_eq!(wire(|c| c.client_setname("me")), "CLIENT SETNAME me");
        assert_eq!(wire(|c| c.client_tracking_off()), "CLIENT TRACKING OFF");
        assert_eq!(wire(|c| c.reset()), "RESET");
        assert_eq!(wire(|c| c.hello()), "HELLO");
        assert_eq!(wire(|c| c.client_caching(true)), "CLIENT CACHING YES");
        assert_eq!(wire(|c| c.client_caching(false)), "CLIENT CACHING NO");
        assert_eq!(wire(|c| c.client_capa("redirect")), "CLIENT CAPA redirect");
        assert_eq!(wire(|c| c.client_import_source(true)), "CLIENT IMPORT-SOURCE ON");
        let version = wire(|c| c.client_setinfo(ClientAttribute::LibraryVersion, "1"));
        assert_eq!(version, "CLIENT SETINFO LIB-VER 1");
        refusal(|c| c.client_capa(Vec::<&str>::new()));
        assert_eq!(wire(|c| c.select(3)), "SELECT 3");
    }

    #[test]
    fn a_user_may_have_a_name() {
        let ada = Credentials::new("ada", "secret");
        assert_eq!(wire(|c| c.auth(&ada)), "AUTH ada secret");
        let default = Credentials::password_only("secret");
        assert_eq!(wire(|c| c.auth(&default)), "AUTH secret");
        assert!(!format!("{:?}", sent(|c| c.auth(&ada))).contains("secret"));
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
            sent(|c| c.hello()),
            sent(|c| c.auth(&Credentials::password_only("secret"))),
            sent(|c| c.client_caching(true)),
            sent(|c| c.client_capa("redirect")),
            sent(|c| c.client_import_source(true)),
            sent(|c| c.client_setinfo(ClientAttribute::LibraryName, "me")),
            sent(|c| c.select(1)),
        ] {
            assert!(command.check_shared().is_err(), "{command:?}");
        }
    }
}
