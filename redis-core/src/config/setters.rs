//! The one list of setters, from which the builder here and those of the clients are made.
//!
//! An entry is `name(arguments) |settings| what it does to them;`. The builder here takes all of it,
//! a client's builder the name, the arguments and the documentation.

/// The list, handed to the macro named by `$callback`.
#[doc(hidden)]
#[macro_export]
macro_rules! __config_setter_list {
    ($($callback:tt)*) => {
        $($callback)*! {
            /// The host: a name, which is resolved anew at every connect, or an address (IPv6 without
            /// brackets).
            ///
            /// Default: `localhost`. In a URL: the host.
            host(host: impl Into<String>) |settings| settings.address.host = Some(host.into());

            /// The port.
            ///
            /// Default: 6379. In a URL: the port.
            port(port: u16) |settings| settings.address.port = Some(port);

            /// The path of a unix domain socket, instead of host and port.
            ///
            /// Default: none. In a URL: `unix://` and the path.
            unix_socket_path(path: impl Into<::std::path::PathBuf>)
                |settings| settings.address.unix_socket_path = Some(path.into());

            /// The number of the database.
            ///
            /// Default: 0. In a URL: the path, or `database` or `db`.
            database(number: u32) |settings| settings.database = number;

            /// Which protocol to ask for.
            ///
            /// Default: RESP3, and RESP2 where the server does not know it. Worst case: such a server
            /// costs one round trip more at each connect. In a URL: `protocol` (`auto`, `2`, `3`).
            protocol(choice: $crate::config::ProtocolChoice) |settings| settings.protocol = choice;

            /// The user to authenticate as; needs a [`password`](Self::password).
            ///
            /// Default: the server's default user. In a URL: the user name, or `username`.
            username(name: impl Into<String>) |settings| settings.login.username = Some(name.into());

            /// The password; never printed.
            ///
            /// Default: none. In a URL: the password, or `password`.
            password(password: impl Into<String>)
                |settings| settings.login.password = Some(password.into());

            /// Who knows the credentials: asked anew before each connect, instead of a user name and a
            /// password.
            ///
            /// Default: none. In a URL: not.
            credentials_provider(
                provider: impl $crate::credentials::CredentialsProvider + 'static,
            ) |settings| settings.login.provider = Some(::std::sync::Arc::new(provider));

            /// The name of the connections in `CLIENT LIST`: printable ASCII without spaces.
            ///
            /// Default: none. In a URL: `client_name`. Empty is none.
            client_name(name: impl Into<String>)
                |settings| settings.introduction.client_name =
                    Some(name.into()).filter(|name: &String| !name.is_empty());

            /// What `CLIENT SETINFO` tells the server about this library, as a whole.
            ///
            /// Default: the client's name and version. In a URL: `library_name` and
            /// `library_version`.
            library(library: $crate::config::LibraryInfo)
                |settings| settings.introduction.library = library;

            /// The name that `CLIENT SETINFO` tells the server; empty tells none.
            ///
            /// Default: the client's. In a URL: `library_name`.
            library_name(name: impl Into<String>) |settings| {
                settings.introduction.library.name =
                    Some(name.into()).filter(|name: &String| !name.is_empty());
            };

            /// The version that `CLIENT SETINFO` tells the server; empty tells none.
            ///
            /// Default: the client's. In a URL: `library_version`.
            library_version(version: impl Into<String>) |settings| {
                settings.introduction.library.version =
                    Some(version.into()).filter(|version: &String| !version.is_empty());
            };

            /// How long to wait for a reply, from when the command was written. The timeout of a
            /// blocking command is added to it.
            ///
            /// Default: 5 s. Worst case: a silent server holds a caller for so long, times the
            /// attempts. In a URL: `response_timeout` (`500ms`, `5s`, `none`).
            response_timeout(timeout: impl Into<$crate::config::Timeout>)
                |settings| settings.response_timeout = timeout.into();

            /// How long a call may take as a whole: waiting for a connection or opening one, writing, the
            /// reply, all attempts and the pauses between them. The timeout of a blocking command is added
            /// to it. The error of an attempt that it cut short is that attempt's timeout.
            ///
            /// Default: none. Worst case: `getaddrinfo` outlasts it. In a URL: `call_timeout`.
            call_timeout(timeout: impl Into<$crate::config::Timeout>)
                |settings| settings.call_timeout = timeout.into();

            /// How sockets are opened and kept, as a whole.
            ///
            /// Default: see `SocketOptions`. In a URL: each of its
            /// options by its own name.
            socket(options: $crate::config::SocketOptions) |settings| settings.socket = options;

            /// How long resolving, connecting (every address tried) and TLS may take together.
            ///
            /// Default: 5 s. Worst case: an address that swallows packets holds a caller for so long,
            /// times the attempts. In a URL: `connect_timeout`.
            connect_timeout(timeout: impl Into<$crate::config::Timeout>)
                |settings| settings.socket.connect_timeout = timeout.into();

            /// Whether small segments are sent at once (`TCP_NODELAY`).
            ///
            /// Default: yes. Worst case of no: 40 ms a command. In a URL: `nodelay`.
            nodelay(nodelay: bool) |settings| settings.socket.nodelay = nodelay;

            /// Whether the operating system probes a silent peer.
            ///
            /// Default: yes. Worst case of no: a connection whose peer vanished stays for ever. In a
            /// URL: `keepalive`.
            keepalive(keepalive: bool) |settings| settings.socket.keepalive = keepalive;

            /// The silence before the first probe, in whole seconds.
            ///
            /// Default: 30 s. Worst case: with the interval and the count, a vanished peer is noticed
            /// after 45 s. In a URL: `keepalive_idle`.
            keepalive_idle(idle: ::std::time::Duration)
                |settings| settings.socket.probes.idle = idle;

            /// The time between probes, in whole seconds.
            ///
            /// Default: 5 s. In a URL: `keepalive_interval`.
            keepalive_interval(interval: ::std::time::Duration)
                |settings| settings.socket.probes.interval = interval;

            /// The unanswered probes after which a connection is dead.
            ///
            /// Default: 3. In a URL: `keepalive_count`.
            keepalive_count(count: u32) |settings| settings.socket.probes.count = count;

            /// How long sent bytes may stay unacknowledged (`TCP_USER_TIMEOUT`), where the platform
            /// has it.
            ///
            /// Default: none, which leaves it to the operating system, since the response timeout
            /// bounds a connection in use and keepalive an idle one. Worst case of none: a blocking
            /// command without a timeout, sent into a dead network, waits for some 15 minutes. In a
            /// URL: `user_timeout`.
            user_timeout(timeout: impl Into<Option<::std::time::Duration>>)
                |settings| settings.socket.user_timeout = timeout.into();

            /// The size of a connection's read buffer, in bytes.
            ///
            /// The blocking client's begins with 4 KiB at most, and has this size once a read fills that.
            ///
            /// Default: 32 KiB. Worst case: so much memory a connection. In a URL: `read_buffer`.
            read_buffer(bytes: usize) |settings| settings.socket.read_buffer = bytes;

            /// Speaks TLS, as these options say.
            ///
            /// Default: no TLS. In a URL: `rediss://`, and each of its options by its own name.
            tls(options: $crate::config::TlsOptions) |settings| {
                settings.tls.enabled = true;
                settings.tls.options = options;
            };

            /// A PEM file of authorities that are trusted instead of the system's; read when the
            /// configuration is built. Needs TLS.
            ///
            /// Default: none. In a URL: `tls_ca_file`.
            tls_ca_file(path: impl Into<::std::path::PathBuf>)
                |settings| settings.tls.options.files.authority = Some(path.into());

            /// A PEM file with the client's certificate chain; needs a
            /// [`tls_key_file`](Self::tls_key_file) and TLS.
            ///
            /// Default: none. In a URL: `tls_cert_file`.
            tls_cert_file(path: impl Into<::std::path::PathBuf>)
                |settings| settings.tls.options.files.certificate = Some(path.into());

            /// A PEM file with the PKCS #8 key of the client's certificate.
            ///
            /// Default: none. In a URL: `tls_key_file`.
            tls_key_file(path: impl Into<::std::path::PathBuf>)
                |settings| settings.tls.options.files.key = Some(path.into());

            /// The name to ask for and verify instead of the host's. Needs TLS.
            ///
            /// Default: the host. In a URL: `tls_server_name`.
            tls_server_name(name: impl Into<String>)
                |settings| settings.tls.options.server_name = Some(name.into());

            /// The oldest version of TLS that is accepted. Needs TLS.
            ///
            /// Default: `1.2`. In a URL: `tls_min_version` (`1.2`, `1.3`).
            tls_min_version(version: $crate::config::TlsVersion)
                |settings| settings.tls.options.min_version = version;

            /// What is verified of the server. Needs TLS.
            ///
            /// Default: certificate and host name. Worst case of less: whoever stands in between reads
            /// and writes everything. In a URL: `tls_verification` (`full`,
            /// `insecure_without_host_name`, `insecure_none`).
            tls_verification(verification: $crate::config::TlsVerification)
                |settings| settings.tls.options.verification = verification;

            /// What a server may announce before it is not believed, as a whole.
            ///
            /// Default: see `Limits`. In a URL: each of its options by its name and `limit_` before it.
            limits(limits: $crate::resp::Limits) |settings| settings.limits = limits;

            /// How deep values may nest; more than 256 is taken as 256.
            ///
            /// Default: 128. In a URL: `limit_depth`.
            limit_depth(depth: u16)
                |settings| settings.limits = settings.limits.with_depth(depth);

            /// The longest string, in bytes.
            ///
            /// Default: 512 MiB, Redis's own. Worst case: so much memory a connection. In a URL:
            /// `limit_bulk_length`.
            limit_bulk_length(bytes: u32)
                |settings| settings.limits = settings.limits.with_bulk_length(bytes);

            /// The longest line (status, error, number), in bytes.
            ///
            /// Default: 1 MiB. In a URL: `limit_line_length`.
            limit_line_length(bytes: u32)
                |settings| settings.limits = settings.limits.with_line_length(bytes);

            /// The most elements of one aggregate; a map counts keys and values.
            ///
            /// Default: 67,108,864. Worst case: 16 bytes of memory each, beside the values. In a URL:
            /// `limit_elements`.
            limit_elements(elements: u32)
                |settings| settings.limits = settings.limits.with_elements(elements);

            /// The most values in one reply, nested ones included.
            ///
            /// Default: 67,108,864. Worst case: 16 bytes of memory each, beside the values. In a URL:
            /// `limit_frame_elements`.
            limit_frame_elements(elements: u32)
                |settings| settings.limits = settings.limits.with_frame_elements(elements);

            /// The longest reply, in bytes.
            ///
            /// Default: 4 GiB. Worst case: so much memory a connection. In a URL: `limit_frame_length`.
            limit_frame_length(bytes: u32)
                |settings| settings.limits = settings.limits.with_frame_length(bytes);

            /// How many connections there are, and for how long, as a whole.
            ///
            /// Default: see `PoolOptions`. In a URL: each of its options
            /// by its name and `pool_` before it.
            pool(options: $crate::config::PoolOptions) |settings| settings.pool = options;

            /// The maximum of connections, idle and in use together.
            ///
            /// Default: 100. Worst case: so many connections at the server, a client. In a URL:
            /// `pool_max_size`.
            pool_max_size(connections: u32) |settings| settings.pool.max_size = connections;

            /// How many connections blocking commands (`BLPOP`, `XREAD` with `BLOCK`) may hold at once.
            /// What comes then waits in a queue of its own, as long as for a connection, or is refused. A
            /// connection of one's own is not counted, whatever waits on it.
            ///
            /// Default: three quarters of `pool_max_size`, so that a quarter is left for what is answered
            /// at once. Worst case of more: commands that wait for minutes hold every connection. In a
            /// URL: `pool_max_blocking`.
            pool_max_blocking(connections: u32)
                |settings| settings.pool.max_blocking = Some(connections);

            /// How many connections are kept idle and ready at least.
            ///
            /// Default: 0. In a URL: `pool_min_idle`.
            pool_min_idle(connections: u32) |settings| settings.pool.min_idle = connections;

            /// Whether one waits for a connection where all are in use, or is refused at once.
            ///
            /// Default: yes. In a URL: `pool_wait`.
            pool_wait(wait: bool) |settings| settings.pool.wait = wait;

            /// How many callers may wait for a connection at once. Who comes then is refused as overloaded,
            /// and was not sent.
            ///
            /// Default: 2^20 (1048576). Worst case: so many callers in memory, a client. In a URL:
            /// `pool_max_waiting`.
            pool_max_waiting(callers: u32) |settings| settings.pool.max_waiting = callers;

            /// Whether single commands of many threads may share a connection, where more than four of them
            /// are at it at once or no connection is free: see `PoolOptions::sharing`. Of the blocking client
            /// alone; the async one always shares.
            ///
            /// Default: yes. Worst case: a command waits for the replies of those before it on the same
            /// connection; of no, one system call a command each way and a wait for a free connection. In a
            /// URL: `pool_sharing`.
            pool_sharing(sharing: bool) |settings| settings.pool.sharing = sharing;

            /// How long one waits for a connection where all are in use; zero refuses at once.
            ///
            /// Default: 5 s. Worst case: so long, once a command. In a URL: `pool_acquire_timeout`.
            pool_acquire_timeout(timeout: impl Into<$crate::config::Timeout>)
                |settings| settings.pool.acquire_timeout = timeout.into();

            /// How long a connection may be idle before it is closed.
            ///
            /// Default: 10 minutes. Worst case of none: the pool stays as large as it ever was. In a
            /// URL: `pool_idle_timeout`.
            pool_idle_timeout(timeout: impl Into<$crate::config::Timeout>)
                |settings| settings.pool.idle_timeout = timeout.into();

            /// The age at which a connection is replaced, when it is next idle.
            ///
            /// Default: none. In a URL: `pool_max_lifetime`.
            pool_max_lifetime(lifetime: impl Into<$crate::config::Timeout>)
                |settings| settings.pool.max_lifetime = lifetime.into();

            /// The part of the lifetime, from 0 to 1, that is taken off at random, so that connections
            /// opened together do not end together.
            ///
            /// Default: 0.1. In a URL: `pool_lifetime_jitter`.
            pool_lifetime_jitter(part: f64) |settings| settings.pool.lifetime_jitter = part;

            /// After how much idleness a connection is checked by a `PING` before it is used.
            ///
            /// Default: none, since dead connections are noticed without. Worst case: one round trip
            /// a command. In a URL: `pool_health_check_interval`.
            pool_health_check_interval(interval: impl Into<$crate::config::Timeout>)
                |settings| settings.pool.health_check_interval = interval.into();

            /// How long draining a connection may take whose exchange did not finish; zero closes it
            /// at once.
            ///
            /// Default: 100 ms. Worst case: so long, once after each such exchange. In a URL:
            /// `pool_drain_timeout`.
            pool_drain_timeout(timeout: ::std::time::Duration)
                |settings| settings.pool.drain_timeout = timeout;

            /// What is tried again, how often, after which pause.
            ///
            /// Default: see `RetryPolicy`. Worst case: 11 attempts, each
            /// within its timeouts, and about 6 s of pauses. In a URL: `retries` and `retry_backoff`.
            retry(policy: $crate::retry::RetryPolicy) |settings| settings.retry = policy;

            /// How often a command is tried again.
            ///
            /// Default: 10. In a URL: `retries` (a number, or `unlimited`).
            retries(retries: u32) |settings| settings.retry.set_retries(Some(retries));

            /// The pauses between attempts.
            ///
            /// Default: exponential with jitter from 10 ms to 1 s. In a URL: `retry_backoff`
            /// (`exponential_with_jitter:10ms:1s`, `constant:50ms`, `none`, …).
            retry_backoff(backoff: impl $crate::retry::Backoff + 'static)
                |settings| settings.retry.set_backoff(::std::sync::Arc::new(backoff));

            /// All listeners to events at once, those of an earlier call forgotten.
            ///
            /// Default: none. In a URL: not.
            events(events: $crate::event::Events) |settings| settings.seams.events = events;

            /// One more listener to events, told after the others. It must not block.
            ///
            /// Default: none. In a URL: not.
            on_event(listener: impl Fn(&$crate::event::Event) + Send + Sync + 'static) |settings| {
                let events = ::std::mem::take(&mut settings.seams.events);
                settings.seams.events = events.with(listener);
            };

            /// One more handler for what the server pushes under `kind` (`invalidate`, …), told after
            /// the others. It must not block.
            ///
            /// Default: none. In a URL: not.
            on_push(
                kind: impl Into<String>,
                handler: impl Fn(&$crate::reply::Reply<'_>) + Send + Sync + 'static,
            ) |settings| {
                let pushes = ::std::mem::take(&mut settings.seams.pushes);
                settings.seams.pushes = pushes.on(kind, handler);
            };

            /// Who is given what a blocking command took after its caller had gone: its future was dropped,
            /// or its reply came too late. It must not block; another call replaces it.
            ///
            /// Default: nobody; such a reply is counted, told by an event, and dropped. In a URL: not.
            on_orphan(handler: impl Fn($crate::orphan::Orphan) + Send + Sync + 'static)
                |settings| settings.seams.orphans = $crate::orphan::OrphanHandler::new(handler);

            /// Who counts and measures. Its methods must not block.
            ///
            /// Default: nobody. In a URL: not.
            recorder(recorder: impl $crate::recorder::Recorder + 'static)
                |settings| settings.seams.recorder = $crate::config::guarded(recorder);

            /// Where to write down what goes over the connections, in both directions, as
            /// [`redis_core::capture`](https://docs.rs/redis-core) describes: `Capture::to_file` of the
            /// client crates. Passwords are struck out, values and replies are not.
            ///
            /// Default: nowhere. Worst case: a slow disk slows every command down. In a URL: not.
            capture(sink: impl $crate::capture::Sink + 'static)
                |settings| settings.seams.capture = $crate::capture::CaptureSink::new(sink);
        }
    };
}

/// Every setter of [`ConfigBuilder`](crate::config::ConfigBuilder), for the `impl` of a client's own
/// builder, whose field `config` is one.
///
/// ```
/// struct RedisBuilder {
///     config: redis_core::config::ConfigBuilder,
/// }
///
/// impl RedisBuilder {
///     redis_core::__config_setters!();
/// }
///
/// let builder = RedisBuilder { config: redis_core::config::Config::builder() };
/// let config = builder.host("cache.example").pool_max_size(3).build_config()?;
/// # impl RedisBuilder {
/// #     fn build_config(self) -> redis_core::Result<redis_core::config::Config> {
/// #         self.config.build()
/// #     }
/// # }
/// assert_eq!(config.pool().max_size(), 3);
/// # Ok::<(), redis_core::Error>(())
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! __config_setters {
    () => {
        $crate::__config_setter_list! { $crate::__delegate_config_setters }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __delegate_config_setters {
    ($(
        $(#[$doc:meta])*
        $name:ident($($argument:ident: $type:ty),* $(,)?) |$settings:ident| $body:expr;
    )*) => { $(
        $(#[$doc])*
        #[inline]
        pub fn $name(mut self, $($argument: $type),*) -> Self {
            self.config = self.config.$name($($argument),*);
            self
        }
    )* };
}
