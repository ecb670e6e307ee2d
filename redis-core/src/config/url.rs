//! URLs, read and written.
//!
//! This file decides how a URL is taken apart and which parts may be shown in an error: never the URL,
//! a user name or a password, and nothing that may be a password written without its encoding. What
//! the values may be, the table of settings decides.

use super::settings::{SETTINGS, Setting};
use super::{Config, ConfigBuilder, Endpoint, Origin};
use crate::error::{Error, Result};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::fmt;
use std::net::Ipv6Addr;

/// Reads a URL.
///
/// ```text
/// redis://[user[:password]@][host][:port][/database][?parameters]      rediss:// with TLS
/// unix://[user[:password]@]/path[?parameters]
/// ```
#[inline]
pub(super) fn read(url: &str, origin: Origin) -> Result<ConfigBuilder> {
    if url.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(Error::config(
            "a URL has no white space: percent-encode it (a space is `%20`)",
        ));
    }
    let (scheme, rest) = url.split_once("://").ok_or_else(unknown_scheme)?;
    let scheme = Scheme::read(scheme).ok_or_else(unknown_scheme)?;
    if rest.contains('#') {
        return Err(unescaped("#", "%23"));
    }
    let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
    if query.contains('@') || before.matches('@').count() > 1 {
        return Err(unescaped("@", "%40"));
    }
    let (login, place) = match before.split_once('@') {
        Some((login, place)) => (Some(login), place),
        None => (None, before),
    };
    if login.is_some_and(|login| login.contains('/')) {
        return Err(unescaped("/", "%2F"));
    }
    let mut reading = Reading {
        builder: ConfigBuilder::new(),
        origin,
        seen: Vec::new(),
        // an unescaped `&` in such a password makes parameters of its parts
        discreet: query.split('&').any(|pair| pair.starts_with("password=")),
    };
    if let Some(login) = login {
        reading.login(login)?;
    }
    match scheme {
        Scheme::Tcp => reading.place(place)?,
        Scheme::Tls => {
            reading.builder.settings.tls.enabled = true;
            reading.builder.origins.mark_one("tls", origin);
            reading.place(place)?;
        }
        Scheme::Unix => reading.path(place)?,
    }
    reading.parameters(query)?;
    Ok(reading.builder)
}

/// Writes a configuration as a URL without its secret.
#[inline]
pub(super) fn write(f: &mut fmt::Formatter<'_>, config: &Config) -> fmt::Result {
    f.write_str(match (config.endpoint(), config.tls()) {
        (Endpoint::Unix(_), _) => "unix://",
        (Endpoint::Tcp { .. }, Some(_)) => "rediss://",
        (Endpoint::Tcp { .. }, None) => "redis://",
    })?;
    if config.credentials().is_some() {
        let username = config.settings.login.username.as_deref().unwrap_or("");
        write!(f, "{}:***@", utf8_percent_encode(username, RESERVED))?;
    }
    match config.endpoint() {
        Endpoint::Tcp { host, port } => {
            if host.contains(':') {
                write!(f, "[{}]", host.replace('%', "%25"))?;
            } else {
                write!(f, "{}", utf8_percent_encode(host, RESERVED))?;
            }
            write!(f, ":{port}/{}", config.database())
        }
        Endpoint::Unix(path) => {
            let path = path.to_string_lossy();
            write!(f, "{}", utf8_percent_encode(&path, RESERVED_IN_PATH))?;
            match config.database() {
                0 => Ok(()),
                database => write!(f, "?database={database}"),
            }
        }
    }
}

/// What is percent-encoded when a part of a URL is written.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The same in a path.
const RESERVED_IN_PATH: &AsciiSet = &RESERVED.remove(b'/');

/// What a parameter of another name is called there: the names of redis-py and of this library where
/// two names are not alike enough to be guessed.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("health_check_interval", "pool_health_check_interval"),
    ("lib_name", "library_name"),
    ("lib_version", "library_version"),
    ("max_blocking", "pool_max_blocking"),
    ("max_connections", "pool_max_size"),
    ("path", "unix_socket_path"),
    ("retry_on_timeout", "retries"),
    ("socket_connect_timeout", "connect_timeout"),
    ("socket_keepalive", "keepalive"),
    ("socket_read_size", "read_buffer"),
    ("socket_timeout", "response_timeout"),
    ("ssl_ca_certs", "tls_ca_file"),
    ("ssl_cert_reqs", "tls_verification"),
    ("ssl_certfile", "tls_cert_file"),
    ("ssl_check_hostname", "tls_verification"),
    ("ssl_keyfile", "tls_key_file"),
    ("ssl_min_version", "tls_min_version"),
    ("timeout", "response_timeout"),
];

#[derive(Clone, Copy)]
enum Scheme {
    Tcp,
    Tls,
    Unix,
}

impl Scheme {
    #[inline]
    fn read(scheme: &str) -> Option<Self> {
        match scheme.to_ascii_lowercase().as_str() {
            "redis" => Some(Self::Tcp),
            "rediss" => Some(Self::Tls),
            "unix" => Some(Self::Unix),
            _ => None,
        }
    }
}

struct Reading {
    builder: ConfigBuilder,
    origin: Origin,
    seen: Vec<&'static str>,
    /// Whether names and values of parameters are left out of errors.
    discreet: bool,
}

impl Reading {
    /// `user:password`, either of them left out.
    #[inline]
    fn login(&mut self, login: &str) -> Result<()> {
        let (username, password) = match login.split_once(':') {
            Some((username, password)) => (username, Some(password)),
            None => (login, None),
        };
        if !username.is_empty() {
            self.set("username", &decode(username, "the user name")?)?;
        }
        match password {
            Some(password) => self.set("password", &decode(password, "the password")?),
            None => Ok(()),
        }
    }

    /// `host:port/database`, any of them left out.
    #[inline]
    fn place(&mut self, place: &str) -> Result<()> {
        let (address, database) = place.split_once('/').unwrap_or((place, ""));
        let (host, port) = match address.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']').ok_or_else(bad_host)?;
                let host = decode(host, "the host")?;
                // a zone (`%eth0`) is the operating system's to judge
                let number = host.split_once('%').map_or(host.as_str(), |(number, _)| number);
                number.parse::<Ipv6Addr>().map_err(|_| bad_host())?;
                match port.strip_prefix(':') {
                    Some(port) => (host, Some(port)),
                    None if port.is_empty() => (host, None),
                    None => return Err(bad_host()),
                }
            }
            None => match address.split_once(':') {
                Some((_, port)) if port.contains(':') => return Err(bad_host()),
                Some((host, port)) => (decode(host, "the host")?, Some(port)),
                None => (decode(address, "the host")?, None),
            },
        };
        if let Some(port) = port {
            // not shown: where `@host` was forgotten, this is the password
            port.parse::<u16>().map_err(|_| {
                Error::config("the URL's port is none: allowed is a number from 1 to 65535")
            })?;
            self.set("port", port)?;
        }
        if !host.is_empty() {
            self.set("host", &host)?;
        }
        if !database.is_empty() {
            self.set("database", &decode(database, "the database")?)?;
        }
        Ok(())
    }

    /// The path of a socket.
    #[inline]
    fn path(&mut self, path: &str) -> Result<()> {
        let path = decode(path, "the path")?;
        if !path.starts_with('/') {
            return Err(Error::config(
                "the path in a `unix://` URL is absolute: write `unix:///path/to.sock`",
            ));
        }
        self.set("unix_socket_path", &path)
    }

    /// `name=value&name=value`.
    #[inline]
    fn parameters(&mut self, query: &str) -> Result<()> {
        if query.is_empty() {
            return Ok(());
        }
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = if name == "db" { "database" } else { name };
            let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) else {
                return Err(unknown_parameter(if self.discreet { None } else { Some(name) }));
            };
            if !pair.contains('=') {
                return Err(Error::config(format!(
                    "`{name}` has no value: write `{name}=…`, allowed is {}",
                    setting.allowed
                )));
            }
            self.set(setting.name, &decode(value, name)?)?;
        }
        Ok(())
    }

    #[inline]
    fn set(&mut self, name: &'static str, value: &str) -> Result<()> {
        if self.seen.contains(&name) {
            return Err(Error::config(format!("`{name}` is given twice: give it once")));
        }
        self.seen.push(name);
        let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) else {
            return Err(unknown_parameter(None));
        };
        let Some(read) = setting.read else {
            return Err(Error::config(format!(
                "`{name}` cannot be set by a parameter of a URL: it is {}",
                setting.allowed
            )));
        };
        if read(&mut self.builder.settings, value).is_none() {
            return Err(self.refused(setting, value));
        }
        self.builder.origins.mark_one(name, self.origin);
        Ok(())
    }

    #[inline]
    fn refused(&self, setting: &Setting, value: &str) -> Error {
        let (name, allowed) = (setting.name, setting.allowed);
        if self.discreet || setting.is_secret() {
            Error::config(format!("`{name}` has a wrong value: allowed is {allowed}"))
        } else {
            Error::config(format!("`{name}` is `{}`: allowed is {allowed}", value.escape_debug()))
        }
    }
}

/// Percent-decoded; a `+` stays a `+`.
#[inline]
fn decode(text: &str, part: &str) -> Result<String> {
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|&byte| byte == b'%') {
        let digits = rest.get(at + 1..at + 3).unwrap_or(&[]);
        if digits.len() < 2 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(Error::config(format!(
                "a `%` in {part} is not followed by two hexadecimal digits: a `%` itself is `%25`"
            )));
        }
        rest = rest.get(at + 3..).unwrap_or(&[]);
    }
    match percent_decode_str(text).decode_utf8() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => Err(Error::config(format!("{part} is not UTF-8 when percent-decoded"))),
    }
}

#[inline]
fn unknown_scheme() -> Error {
    Error::config(
        "a URL begins with `redis://`, `rediss://` (with TLS) or `unix://` (a unix domain socket)",
    )
}

#[inline]
fn unescaped(character: &str, code: &str) -> Error {
    Error::config(format!(
        "a `{character}` where a URL has none: in a user name, a password, a path or a value it is \
         `{code}`"
    ))
}

#[inline]
fn bad_host() -> Error {
    Error::config(
        "the URL's host is none: allowed is a name, an IPv4 address, or an IPv6 address in brackets",
    )
}

/// A parameter that there is not; `None` where its name is not shown.
#[inline]
fn unknown_parameter(name: Option<&str>) -> Error {
    let allowed = SETTINGS
        .iter()
        .filter(|setting| setting.read.is_some())
        .map(|setting| setting.name)
        .collect::<Vec<_>>()
        .join(", ");
    let Some(name) = name else {
        return Error::config(format!(
            "an unknown parameter (not shown beside a password, where `&` is `%26`): allowed are \
             {allowed}"
        ));
    };
    let shown = name.escape_debug();
    match nearest(name) {
        Some(near) => Error::config(format!(
            "unknown parameter `{shown}`: did you mean `{near}`? Allowed are {allowed}"
        )),
        None => Error::config(format!("unknown parameter `{shown}`: allowed are {allowed}")),
    }
}

/// The setting that was probably meant.
#[inline]
fn nearest(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase().replace('-', "_");
    if let Some((_, here)) = OTHER_NAMES.iter().find(|(other, _)| *other == name) {
        return Some(here);
    }
    SETTINGS
        .iter()
        .filter(|setting| setting.read.is_some())
        .map(|setting| (distance(&name, setting.name), setting.name))
        .min()
        .filter(|(distance, near)| *distance <= 2.min(near.len() / 3))
        .map(|(_, near)| near)
}

/// How many letters must be changed, added or taken away to make `a` of `b`.
#[inline]
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        row[0] = left;
        for (slot, y) in row[1..].iter_mut().zip(b.bytes()) {
            let above = *slot;
            left = (diagonal + usize::from(x != y)).min(above + 1).min(left + 1);
            diagonal = above;
            *slot = left;
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str) -> Config {
        Config::from_url(url).unwrap_or_else(|error| panic!("{url}: {error}"))
    }

    fn refusal(url: &str) -> String {
        match Config::from_url(url) {
            Ok(config) => panic!("{url} was taken for {config}"),
            Err(error) => {
                assert_eq!(error.kind(), crate::ErrorKind::Config, "{url}");
                error.to_string()
            }
        }
    }

    #[test]
    fn each_form_of_url_leads_where_it_says() {
        for (url, shown) in [
            ("redis://", "redis://localhost:6379/0"),
            ("redis://h", "redis://h:6379/0"),
            ("REDIS://h", "redis://h:6379/0"),
            ("redis://h/", "redis://h:6379/0"),
            ("redis://h?", "redis://h:6379/0"),
            ("redis://:7000", "redis://localhost:7000/0"),
            ("redis:///3", "redis://localhost:6379/3"),
            ("redis://h:7000/3", "redis://h:7000/3"),
            ("redis://h?db=3", "redis://h:6379/3"),
            ("redis://h?database=3", "redis://h:6379/3"),
            ("redis://10.0.0.1:1", "redis://10.0.0.1:1/0"),
            ("redis://[::1]", "redis://[::1]:6379/0"),
            ("redis://[::1]:7000/1", "redis://[::1]:7000/1"),
            ("redis://[fe80::1%25eth0]:7000", "redis://[fe80::1%25eth0]:7000/0"),
            ("redis://%68ost", "redis://host:6379/0"),
            ("redis://@h", "redis://h:6379/0"),
            ("redis://:pw@h", "redis://:***@h:6379/0"),
            ("redis://user:pw@h", "redis://user:***@h:6379/0"),
            ("redis://user:@h", "redis://user:***@h:6379/0"),
            ("redis://us%3Aer:pw@h", "redis://us%3Aer:***@h:6379/0"),
            ("redis://h?username=user&password=pw", "redis://user:***@h:6379/0"),
            ("redis://?host=h&port=7000", "redis://h:7000/0"),
            ("rediss://h", "rediss://h:6379/0"),
            ("rediss://user:pw@h:7000/2", "rediss://user:***@h:7000/2"),
            ("unix:///run/redis.sock", "unix:///run/redis.sock"),
            ("unix:///run/redis.sock?db=2", "unix:///run/redis.sock?database=2"),
            ("unix://user:pw@/run/redis.sock", "unix://user:***@/run/redis.sock"),
            ("unix:///run/a%40b%20c.sock", "unix:///run/a%40b%20c.sock"),
            ("redis://?unix_socket_path=/run/redis.sock", "unix:///run/redis.sock"),
        ] {
            assert_eq!(config(url).to_string(), shown, "{url}");
        }
    }

    #[test]
    fn credentials_are_percent_decoded_and_a_plus_stays_a_plus() {
        for (url, username, password) in [
            ("redis://:pw@h", None, "pw"),
            ("redis://u:p%40s%2Fs%3F%23%25@h", Some("u"), "p@s/s?#%"),
            ("redis://u%20x:a+b:c@h", Some("u x"), "a+b:c"),
            ("redis://u:@h", Some("u"), ""),
            ("redis://:%C3%A4@h", None, "ä"),
            ("redis://h?password=a+b%26c", None, "a+b&c"),
        ] {
            let config = config(url);
            let credentials = config.credentials().unwrap().credentials().unwrap();
            assert_eq!(credentials.username(), username, "{url}");
            assert_eq!(credentials.password(), password, "{url}");
        }
    }

    #[test]
    fn a_wrong_url_is_refused_with_what_is_allowed() {
        for (url, said) in [
            ("", "begins with `redis://`"),
            ("localhost:6379", "begins with `redis://`"),
            ("http://h", "begins with `redis://`"),
            ("redis:/h", "begins with `redis://`"),
            ("redis+unix:///x", "begins with `redis://`"),
            ("redis://h\n", "no white space"),
            ("redis://h:port", "1 to 65535"),
            ("redis://h:", "1 to 65535"),
            ("redis://h:0", "1 to 65535"),
            ("redis://h:65536", "1 to 65535"),
            ("redis://::1", "in brackets"),
            ("redis://[::1", "in brackets"),
            ("redis://[::1]7000", "in brackets"),
            ("redis://[host]", "in brackets"),
            ("redis://h/first", "`database` is `first`"),
            ("redis://h/1/", "`database` is `1/`"),
            ("redis://h/-1", "`database` is `-1`"),
            ("redis://h/1?db=1", "`database` is given twice"),
            ("redis://h?db=1&database=1", "`database` is given twice"),
            ("redis://h?host=i", "`host` is given twice"),
            ("redis://h?pool_wait=yes&pool_wait=yes", "`pool_wait` is given twice"),
            ("redis://h?pool_wait=on", "`yes`, `true`, `1`, `no`"),
            ("redis://h?pool_wait", "`pool_wait` has no value"),
            ("redis://h?pool_wait=", "`pool_wait` is ``"),
            ("redis://h?response_timeout=5x", "`500ms`"),
            ("redis://h?response_timeout=0", "`response_timeout` is 0ns"),
            ("redis://h?response_timeout=9000h", "to a year"),
            ("redis://h?protocol=4", "`auto`, `2` or `3`"),
            ("redis://h?retry_backoff=linear", "`constant:50ms`"),
            ("redis://h?limit_depth=257", "from 1 to 256"),
            ("redis://h?limit_depth=0", "`limit_depth` is 0"),
            ("redis://h?a=1", "unknown parameter `a`: allowed are host, port"),
            ("redis://h?Pool_Wait=yes", "did you mean `pool_wait`"),
            ("redis://h?respons_timeout=1", "did you mean `response_timeout`"),
            ("redis://h?socket_timeout=1", "did you mean `response_timeout`"),
            ("redis://h?max_connections=1", "did you mean `pool_max_size`"),
            ("redis://h?&", "unknown parameter ``"),
            ("redis://h?recorder=x", "`recorder` cannot be set"),
            ("redis://h?tls=yes", "`tls` cannot be set by a parameter of a URL: it is `rediss://`"),
            ("redis://h?tls_server_name=x", "needs TLS: write `rediss://`"),
            ("redis://user@h", "`username` needs a `password`"),
            ("redis://:@h", "`password` is empty"),
            ("redis://h?password=", "`password` is empty"),
            ("redis://h%", "two hexadecimal digits"),
            ("redis://h%4", "two hexadecimal digits"),
            ("redis://h%zz", "two hexadecimal digits"),
            ("redis://:%ff@h", "not UTF-8"),
            ("redis://h%20x", "`host` is no host name"),
            ("redis://h#f", "`%23`"),
            ("redis://h?client_name=a%20b", "`client_name` is \"a b\": allowed is printable ASCII"),
            ("redis://h?unix_socket_path=/x", "exclude each other"),
            ("unix://run/redis.sock", "is absolute"),
            ("unix://", "is absolute"),
            ("unix:///x?host=h", "exclude each other"),
            ("unix:///x?tls_server_name=x", "needs TLS"),
            ("rediss://?unix_socket_path=/x", "exclude each other"),
        ] {
            let text = refusal(url);
            assert!(text.contains(said), "{url}: {text}");
        }
    }

    #[test]
    fn no_error_of_a_url_holds_its_password() {
        for url in [
            "CANARY",
            "user:CANARY@h",
            "http://user:CANARY@h",
            "redis://user:CANARY@h:x",
            "redis://:CANARY",
            "redis://:CANARY/0",
            "redis://user:CANARY:6379/0",
            "redis://u:CAN@ARY-CANARY@h",
            "redis://u:x/CANARY@h",
            "redis://u:x/y@CANARY@h",
            "redis://u:x@y/CANARY@h",
            "redis://u:x?CANARY@h",
            "redis://u:x?CANARY=1@h",
            "redis://u:x?port=CANARY@h",
            "redis://u:x#CANARY@h",
            "redis://u:x%zzCANARY@h",
            "redis://u:CANARY%ff@h",
            "redis://u:CANARY @h",
            "redis://u:CANARY@h h",
            "redis://u:CANARY@h/x",
            "redis://u:CANARY@h?x=1",
            "redis://u:CANARY@h?port=x",
            "redis://u:CANARY@?unix_socket_path=/x&host=h",
            "redis://CANARY@h",
            "redis://h?username=u&password=x&CANARY=1",
            "redis://h?port=CANARY&password=x&",
            "redis://h?password=CANARY&password=CANARY",
            "unix://u:x/CANARY@/run/redis.sock",
            "unix://u:x@CANARY@/run/redis.sock",
            "unix://u:CANARY/run/redis.sock",
        ] {
            let error = Config::from_url(url).expect_err(url);
            let text = format!("{error} {error:?} {error:#?}");
            assert!(!text.contains("CANARY"), "{url}: {text}");
            assert!(!text.contains(url), "{url}: {text}");
        }
    }

    #[test]
    fn what_is_printed_can_be_read_again() {
        for url in [
            "redis://localhost:6379/0",
            "rediss://us%3Aer:***@h:7000/2",
            "redis://:***@[fe80::1%25eth0]:7000/0",
            "unix://u:***@/run/a%40b.sock?database=2",
        ] {
            let read = Config::from_url(&url.replace("***", "%2A")).unwrap();
            assert_eq!(read.to_string(), url);
        }
    }

    #[test]
    fn the_distance_counts_letters() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("host", "host"), 0);
    }
}
