//! The one table of settings: what each is called, what it may be, how it is read from text and shown.
//!
//! URL parameters, origins, diagnostics and the table in the documentation come from here. It does not
//! decide which values go together: that is done when a configuration is built.

use super::notation::Notation;
use super::{LibraryInfo, PoolOptions, ProtocolChoice, SocketOptions, Timeout, TlsOptions};
use crate::capture::CaptureSink;
use crate::credentials::CredentialsProvider;
use crate::event::Events;
use crate::orphan::OrphanHandler;
use crate::push::PushHandlers;
use crate::recorder::{NoRecorder, Recorder};
use crate::resp::Limits;
use crate::retry::{self, RetryPolicy};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Every setting as it was set, before it is validated.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) address: Address,
    pub(super) database: u32,
    pub(super) protocol: ProtocolChoice,
    pub(super) login: Login,
    pub(super) introduction: Introduction,
    pub(super) response_timeout: Timeout,
    pub(super) call_timeout: Timeout,
    pub(super) socket: SocketOptions,
    pub(super) tls: Tls,
    pub(super) limits: Limits,
    pub(super) pool: PoolOptions,
    pub(super) retry: RetryPolicy,
    pub(super) seams: Seams,
}

#[derive(Clone, Default)]
pub(super) struct Address {
    pub(super) host: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) unix_socket_path: Option<PathBuf>,
}

#[derive(Clone, Default)]
pub(super) struct Login {
    pub(super) username: Option<String>,
    pub(super) password: Option<String>,
    pub(super) provider: Option<Arc<dyn CredentialsProvider>>,
}

#[derive(Clone, Default)]
pub(super) struct Introduction {
    pub(super) client_name: Option<String>,
    pub(super) library: LibraryInfo,
}

#[derive(Clone, Default)]
pub(super) struct Tls {
    pub(super) enabled: bool,
    pub(super) options: TlsOptions,
}

#[derive(Clone)]
pub(super) struct Seams {
    pub(super) events: Events,
    pub(super) pushes: PushHandlers,
    pub(super) orphans: OrphanHandler,
    pub(super) recorder: Arc<dyn Recorder>,
    pub(super) capture: CaptureSink,
}

/// How long to wait for a reply where nothing else is said.
pub(super) const DEFAULT_RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);

impl Default for Settings {
    #[inline]
    fn default() -> Self {
        Self {
            address: Address::default(),
            database: 0,
            protocol: ProtocolChoice::default(),
            login: Login::default(),
            introduction: Introduction::default(),
            response_timeout: Timeout::Inherit,
            call_timeout: Timeout::Inherit,
            socket: SocketOptions::default(),
            tls: Tls::default(),
            limits: Limits::default(),
            pool: PoolOptions::default(),
            retry: RetryPolicy::default(),
            seams: Seams {
                events: Events::new(),
                pushes: PushHandlers::new(),
                orphans: OrphanHandler::default(),
                recorder: Arc::new(NoRecorder),
                capture: CaptureSink::default(),
            },
        }
    }
}

type Read = fn(&mut Settings, &str) -> Option<()>;
type Show = fn(&Settings) -> String;

/// One row of the table.
pub(super) struct Setting {
    pub(super) name: &'static str,
    /// The group of values that it is part of; empty for none.
    pub(super) group: &'static str,
    /// What it may be.
    pub(super) allowed: &'static str,
    /// Reads it from text; `None` where it has no text.
    pub(super) read: Option<Read>,
    pub(super) show: Show,
}

impl Setting {
    #[inline]
    const fn new(
        name: &'static str,
        group: &'static str,
        allowed: &'static str,
        read: Read,
        show: Show,
    ) -> Self {
        Self { name, group, allowed, read: Some(read), show }
    }

    /// A setting that no URL can hold.
    #[inline]
    const fn code(
        name: &'static str,
        group: &'static str,
        allowed: &'static str,
        show: Show,
    ) -> Self {
        Self { name, group, allowed, read: None, show }
    }

    #[inline]
    pub(super) fn index(name: &str) -> Option<usize> {
        SETTINGS.iter().position(|setting| setting.name == name)
    }

    /// The same while compiling: a program that reads no settings from text needs not hold how each is read.
    #[inline]
    pub(super) const fn place(name: &str) -> usize {
        let mut at = 0;
        while !is_same(SETTINGS[at].name.as_bytes(), name.as_bytes()) {
            at += 1;
        }
        at
    }

    /// Whether its value must not be shown.
    #[inline]
    pub(super) fn is_secret(&self) -> bool {
        self.name == "password"
    }
}

/// A row whose value is one field.
macro_rules! field {
    ($name:literal, $group:literal, $allowed:expr, $($path:ident).+) => {
        Setting::new(
            $name,
            $group,
            $allowed,
            |settings, text| read_into(&mut settings.$($path).+, text),
            |settings| settings.$($path).+.write(),
        )
    };
    ($name:literal, $group:literal, $allowed:expr, $($path:ident).+, shown as $shown:expr) => {
        Setting::new(
            $name,
            $group,
            $allowed,
            |settings, text| read_into(&mut settings.$($path).+, text),
            $shown,
        )
    };
}

/// A row of the decoder's limits; what [`Limits`] would take as less is refused.
macro_rules! limit {
    ($name:literal, $allowed:literal, $get:ident, $with:ident) => {
        Setting::new(
            $name,
            "limits",
            $allowed,
            |settings, text| {
                let number = Notation::read(text)?;
                settings.limits = settings.limits.$with(number);
                (settings.limits.$get() == number).then_some(())
            },
            |settings| settings.limits.$get().write(),
        )
    };
}

const DURATION: &str = "a duration such as `500ms`, `5s`, `2m` or `1.5` (seconds)";
const DURATION_OR_NONE: &str =
    "a duration such as `500ms`, `5s`, `2m` or `1.5` (seconds), or `none`";
const YES_OR_NO: &str = "`yes`, `true`, `1`, `no`, `false` or `0`";

/// Every setting.
pub(super) const SETTINGS: &[Setting] = &[
    field!("host", "", "a name or an address", address.host, shown as |settings| {
        let address = &settings.address;
        match (&address.host, &address.unix_socket_path) {
            (Some(host), _) => host.clone(),
            (None, Some(_)) => String::new(),
            (None, None) => "localhost".into(),
        }
    }),
    Setting::new(
        "port",
        "",
        "a number from 1 to 65535",
        |settings, text| {
            settings.address.port = Some(u16::read(text)?);
            Some(())
        },
        |settings| match (settings.address.port, &settings.address.unix_socket_path) {
            (Some(port), _) => port.write(),
            (None, Some(_)) => String::new(),
            (None, None) => super::Endpoint::DEFAULT_PORT.write(),
        },
    ),
    field!("unix_socket_path", "", "the path of a unix domain socket", address.unix_socket_path),
    field!("database", "", "a number from 0", database),
    field!("protocol", "", "`auto`, `2` or `3`", protocol),
    field!("username", "", "a user of the server", login.username, shown as |settings| {
        settings.login.username.clone().unwrap_or_default()
    }),
    Setting::new(
        "password",
        "",
        "a password",
        |settings, text| {
            settings.login.password = Some(text.into());
            Some(())
        },
        |settings| settings.login.password.as_ref().map_or("", |_| "***").into(),
    ),
    Setting::code("credentials_provider", "", "a `CredentialsProvider`", |settings| {
        settings.login.provider.as_ref().map_or("none", |_| "a provider").into()
    }),
    field!("client_name", "", "printable ASCII without spaces", introduction.client_name),
    field!("library_name", "library", "printable ASCII without spaces", introduction.library.name),
    field!(
        "library_version",
        "library",
        "printable ASCII without spaces",
        introduction.library.version
    ),
    field!("response_timeout", "", DURATION_OR_NONE, response_timeout, shown as |settings| {
        settings.response_timeout.or(Timeout::After(DEFAULT_RESPONSE_TIMEOUT)).write()
    }),
    field!("call_timeout", "", DURATION_OR_NONE, call_timeout, shown as |settings| {
        settings.call_timeout.or(Timeout::Never).write()
    }),
    field!("connect_timeout", "socket", DURATION_OR_NONE, socket.connect_timeout, shown as |settings| {
        settings.socket.connect_timeout().write()
    }),
    field!("nodelay", "socket", YES_OR_NO, socket.nodelay),
    field!("keepalive", "socket", YES_OR_NO, socket.keepalive),
    field!("keepalive_idle", "socket", DURATION, socket.probes.idle),
    field!("keepalive_interval", "socket", DURATION, socket.probes.interval),
    field!("keepalive_count", "socket", "a number from 1 to 127", socket.probes.count),
    field!("user_timeout", "socket", DURATION_OR_NONE, socket.user_timeout),
    field!("read_buffer", "socket", "a number of bytes from 512 to 1073741824", socket.read_buffer),
    Setting::code("tls", "tls", "`rediss://` in a URL, `TlsOptions` in the builder", |settings| {
        settings.tls.enabled.write()
    }),
    field!("tls_ca_file", "tls", "the path of a PEM file", tls.options.files.authority),
    field!("tls_cert_file", "tls", "the path of a PEM file", tls.options.files.certificate),
    field!("tls_key_file", "tls", "the path of a PEM file", tls.options.files.key),
    field!("tls_server_name", "tls", "a host name", tls.options.server_name),
    field!("tls_min_version", "tls", "`1.2` or `1.3`", tls.options.min_version),
    field!(
        "tls_verification",
        "tls",
        "`full`, `insecure_without_host_name` or `insecure_none`",
        tls.options.verification
    ),
    limit!("limit_depth", "a number from 1 to 256", depth, with_depth),
    limit!("limit_bulk_length", "a number of bytes from 1", bulk_length, with_bulk_length),
    limit!("limit_line_length", "a number of bytes from 1", line_length, with_line_length),
    limit!("limit_elements", "a number from 1", elements, with_elements),
    limit!(
        "limit_frame_elements",
        "a number from 1 to 2147483647",
        frame_elements,
        with_frame_elements
    ),
    limit!("limit_frame_length", "a number of bytes from 1", frame_length, with_frame_length),
    field!("pool_max_size", "pool", "a number from 1", pool.max_size),
    Setting::new(
        "pool_max_blocking",
        "pool",
        "a number from 1 to `pool_max_size`",
        |settings, text| {
            settings.pool.max_blocking = Some(u32::read(text)?);
            Some(())
        },
        |settings| settings.pool.max_blocking().write(),
    ),
    field!("pool_min_idle", "pool", "a number from 0", pool.min_idle),
    field!("pool_wait", "pool", YES_OR_NO, pool.wait),
    field!("pool_max_waiting", "pool", "a number from 1", pool.max_waiting),
    field!("pool_sharing", "pool", YES_OR_NO, pool.sharing),
    field!("pool_acquire_timeout", "pool", DURATION_OR_NONE, pool.acquire_timeout, shown as |settings| {
        let default = Timeout::After(PoolOptions::DEFAULT_ACQUIRE_TIMEOUT);
        settings.pool.acquire_timeout.or(default).write()
    }),
    field!("pool_idle_timeout", "pool", DURATION_OR_NONE, pool.idle_timeout, shown as |settings| {
        settings.pool.idle_timeout().write()
    }),
    field!("pool_max_lifetime", "pool", DURATION_OR_NONE, pool.max_lifetime, shown as |settings| {
        settings.pool.max_lifetime().write()
    }),
    field!("pool_lifetime_jitter", "pool", "a number from 0 to 1", pool.lifetime_jitter),
    field!(
        "pool_health_check_interval",
        "pool",
        DURATION_OR_NONE,
        pool.health_check_interval,
        shown as |settings| settings.pool.health_check_interval().write()
    ),
    field!("pool_drain_timeout", "pool", DURATION, pool.drain_timeout),
    Setting::new(
        "retries",
        "retry",
        "a number from 0, or `unlimited`",
        |settings, text| {
            settings.retry.set_retries(match text {
                "unlimited" => None,
                _ => Some(u32::read(text)?),
            });
            Some(())
        },
        |settings| settings.retry.retries().map_or_else(|| "unlimited".into(), |n| n.write()),
    ),
    Setting::new(
        "retry_backoff",
        "retry",
        "`none`, `constant:50ms`, or one of `exponential`, `full_jitter`, `equal_jitter`, \
         `decorrelated_jitter`, `exponential_with_jitter` with a base and a cap such as `:10ms:1s`",
        |settings, text| {
            settings.retry.set_backoff(retry::from_notation(text)?);
            Some(())
        },
        |settings| settings.retry.backoff().describe(),
    ),
    Setting::code("events", "", "listeners", |settings| {
        format!("{} listeners", settings.seams.events.len())
    }),
    Setting::code("pushes", "", "handlers", |settings| {
        format!("{} handlers", settings.seams.pushes.len())
    }),
    Setting::code("orphans", "", "a handler", |settings| {
        if settings.seams.orphans.is_set() { "a handler" } else { "none" }.into()
    }),
    Setting::code("recorder", "", "a `Recorder`", |settings| {
        if settings.seams.recorder.is_enabled() { "a recorder" } else { "none" }.into()
    }),
    Setting::code("capture", "", "a `Capture`", |settings| {
        if settings.seams.capture.is_set() { "a capture" } else { "none" }.into()
    }),
];

#[inline]
const fn is_same(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

fn read_into<T: Notation>(slot: &mut T, text: &str) -> Option<()> {
    *slot = T::read(text)?;
    Some(())
}
