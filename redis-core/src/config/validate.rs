//! What goes together: from settings to a configuration.

use super::settings::{Address, Login, Settings};
use super::{Config, ConfigBuilder, Endpoint, Origin, Origins};
use crate::credentials::{Credentials, CredentialsProvider, StaticCredentials};
use crate::error::{Error, Result};
use std::sync::Arc;
use std::time::Duration;

/// The longest duration that is taken for one: longer ones overflow deadlines, and mean `none`.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

#[inline]
pub(super) fn build(builder: ConfigBuilder) -> Result<Config> {
    let ConfigBuilder { mut settings, mut origins } = builder;
    let endpoint = endpoint(&mut settings.address, &mut origins)?;
    let credentials = credentials(&mut settings.login, &mut origins)?;
    introduction(&settings)?;
    socket(&settings)?;
    tls(&mut settings, &endpoint, &origins)?;
    pool(&settings)?;
    limits(&settings)?;
    Ok(Config { settings, origins, endpoint, credentials })
}

#[inline]
fn endpoint(address: &mut Address, origins: &mut Origins) -> Result<Endpoint> {
    let tcp = origins.of("host").max(origins.of("port"));
    let unix = origins.of("unix_socket_path");
    if address.unix_socket_path.is_some() && tcp != Origin::Default {
        // a setter wins over the URL; two of one origin contradict each other
        if tcp == unix {
            return Err(Error::config(
                "`unix_socket_path` and `host` or `port` exclude each other: give one of them",
            ));
        }
        if unix > tcp {
            (address.host, address.port) = (None, None);
            origins.mark("host", Origin::Default);
            origins.mark("port", Origin::Default);
        } else {
            address.unix_socket_path = None;
            origins.mark("unix_socket_path", Origin::Default);
        }
    }
    if let Some(path) = &address.unix_socket_path {
        if path.as_os_str().is_empty() {
            return Err(Error::config("`unix_socket_path` is empty: allowed is a path"));
        }
        return Ok(Endpoint::unix(path.clone()));
    }
    let port = address.port.unwrap_or(Endpoint::DEFAULT_PORT);
    require(port != 0, "port", "0", "a number from 1 to 65535")?;
    let host = address.host.as_deref().unwrap_or("localhost");
    let is_name = |c: char| !c.is_whitespace() && !c.is_control() && !"[]/?#@".contains(c);
    require(
        !host.is_empty() && host.chars().all(is_name),
        "host",
        "no host name",
        "a name or an address, IPv6 without brackets",
    )?;
    Ok(Endpoint::tcp(host, port))
}

#[inline]
fn credentials(
    login: &mut Login,
    origins: &mut Origins,
) -> Result<Option<Arc<dyn CredentialsProvider>>> {
    let fixed = origins.of("username").max(origins.of("password"));
    if let Some(provider) = &login.provider {
        if fixed == origins.of("credentials_provider") {
            return Err(Error::config(
                "`credentials_provider` and `username` or `password` exclude each other: give one \
                 of them",
            ));
        }
        (login.username, login.password) = (None, None);
        origins.mark("username", Origin::Default);
        origins.mark("password", Origin::Default);
        return Ok(Some(Arc::clone(provider)));
    }
    let credentials = match (&login.username, &login.password) {
        (None, None) => return Ok(None),
        (Some(_), None) => {
            return Err(Error::config(
                "`username` needs a `password`: in a URL `user:password@`, or `:password@` where the \
                 password has no user, or `user:@` where the user needs none",
            ));
        }
        (None, Some(password)) if password.is_empty() => {
            return Err(Error::config("`password` is empty: leave it out, or name a user"));
        }
        (None, Some(password)) => Credentials::password_only(password),
        (Some(name), Some(password)) => Credentials::new(name, password),
    };
    Ok(Some(Arc::new(StaticCredentials::new(credentials))))
}

/// The server refuses names with spaces and anything unprintable.
#[inline]
fn introduction(settings: &Settings) -> Result<()> {
    let introduction = &settings.introduction;
    for (name, value) in [
        ("client_name", &introduction.client_name),
        ("library_name", &introduction.library.name),
        ("library_version", &introduction.library.version),
    ] {
        let Some(value) = value else { continue };
        require(
            value.chars().all(|c| c.is_ascii_graphic()),
            name,
            &format!("{value:?}"),
            "printable ASCII without spaces",
        )?;
    }
    Ok(())
}

#[inline]
fn socket(settings: &Settings) -> Result<()> {
    let socket = &settings.socket;
    const SECONDS: Duration = Duration::from_secs(1);
    const SHORTEST: Duration = Duration::from_millis(1);
    within("response_timeout", settings.response_timeout.duration(), SHORTEST)?;
    within("call_timeout", settings.call_timeout.duration(), SHORTEST)?;
    within("connect_timeout", socket.connect_timeout.duration(), SHORTEST)?;
    within("user_timeout", socket.user_timeout, SHORTEST)?;
    within("keepalive_idle", Some(socket.probes.idle), SECONDS)?;
    within("keepalive_interval", Some(socket.probes.interval), SECONDS)?;
    let count = socket.probes.count;
    require(
        (1..=127).contains(&count),
        "keepalive_count",
        &count.to_string(),
        "a number from 1 to 127",
    )?;
    let bytes = socket.read_buffer;
    require(
        (512..=1 << 30).contains(&bytes),
        "read_buffer",
        &bytes.to_string(),
        "a number of bytes from 512 to 1073741824",
    )
}

#[inline]
fn tls(settings: &mut Settings, endpoint: &Endpoint, origins: &Origins) -> Result<()> {
    let tls = &mut settings.tls;
    if !tls.enabled {
        return match origins.first_set_in("tls") {
            None => Ok(()),
            Some(name) => Err(Error::config(format!(
                "`{name}` needs TLS: write `rediss://` in the URL, or give the builder `tls`"
            ))),
        };
    }
    if let Endpoint::Unix(_) = endpoint {
        return Err(Error::config(
            "`tls` and `unix_socket_path` exclude each other: a unix domain socket does not leave \
             the machine",
        ));
    }
    if let Some(name) = &tls.options.server_name {
        let is_name = |c: char| !c.is_whitespace() && !c.is_control();
        require(
            !name.is_empty() && name.chars().all(is_name),
            "tls_server_name",
            "no host name",
            "a host name",
        )?;
    }
    tls.options.load()
}

#[inline]
fn pool(settings: &Settings) -> Result<()> {
    let pool = &settings.pool;
    let max = pool.max_size;
    require(max >= 1, "pool_max_size", "0", "a number from 1")?;
    require(
        pool.min_idle <= max,
        "pool_min_idle",
        &pool.min_idle.to_string(),
        &format!("at most `pool_max_size`, which is {max}"),
    )?;
    require(
        (1..=max).contains(&pool.max_blocking()),
        "pool_max_blocking",
        &pool.max_blocking().to_string(),
        &format!("a number from 1 to `pool_max_size`, which is {max}"),
    )?;
    require(pool.max_waiting >= 1, "pool_max_waiting", "0", "a number from 1")?;
    let jitter = pool.lifetime_jitter;
    require(
        (0.0..=1.0).contains(&jitter),
        "pool_lifetime_jitter",
        &jitter.to_string(),
        "a number from 0 to 1",
    )?;
    const SHORTEST: Duration = Duration::from_millis(1);
    within("pool_acquire_timeout", pool.acquire_timeout.duration(), Duration::ZERO)?;
    within("pool_idle_timeout", pool.idle_timeout.duration(), SHORTEST)?;
    within("pool_max_lifetime", pool.max_lifetime.duration(), SHORTEST)?;
    within("pool_health_check_interval", pool.health_check_interval.duration(), SHORTEST)?;
    within("pool_drain_timeout", Some(pool.drain_timeout), Duration::ZERO)
}

#[inline]
fn limits(settings: &Settings) -> Result<()> {
    let limits = settings.limits;
    for (name, number) in [
        ("limit_depth", u32::from(limits.depth())),
        ("limit_bulk_length", limits.bulk_length()),
        ("limit_line_length", limits.line_length()),
        ("limit_elements", limits.elements()),
        ("limit_frame_elements", limits.frame_elements()),
        ("limit_frame_length", limits.frame_length()),
    ] {
        require(number >= 1, name, "0", "a number from 1")?;
    }
    Ok(())
}

#[inline]
fn within(name: &str, duration: Option<Duration>, shortest: Duration) -> Result<()> {
    let Some(duration) = duration else { return Ok(()) };
    require(
        (shortest..=LONGEST).contains(&duration),
        name,
        &format!("{duration:?}"),
        &format!("{shortest:?} to a year; no limit at all is `none`"),
    )
}

#[inline]
fn require(holds: bool, name: &str, found: &str, allowed: &str) -> Result<()> {
    if holds {
        return Ok(());
    }
    Err(Error::config(format!("`{name}` is {found}: allowed is {allowed}")))
}
