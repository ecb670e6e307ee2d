//! What holds for all settings together.

use super::builder::{SETTERS, origin_of};
use super::settings::{SETTINGS, Settings};
use super::*;
use crate::credentials::{Credentials, StaticCredentials};
use crate::retry::ConstantBackoff;
use std::fmt::Write;

/// A value other than the default for every setting that can be text.
const OTHERS: &[(&str, &str)] = &[
    ("database", "3"),
    ("protocol", "2"),
    ("client_name", "worker"),
    ("library_name", "shop"),
    ("library_version", "7"),
    ("response_timeout", "250ms"),
    ("call_timeout", "2s"),
    ("connect_timeout", "none"),
    ("nodelay", "no"),
    ("keepalive", "no"),
    ("keepalive_idle", "60s"),
    ("keepalive_interval", "7s"),
    ("keepalive_count", "5"),
    ("user_timeout", "30s"),
    ("read_buffer", "4096"),
    ("limit_depth", "9"),
    ("limit_bulk_length", "1024"),
    ("limit_line_length", "2048"),
    ("limit_elements", "99"),
    ("limit_frame_elements", "999"),
    ("limit_frame_length", "9999"),
    ("pool_max_size", "20"),
    ("pool_max_blocking", "7"),
    ("pool_min_idle", "2"),
    ("pool_wait", "no"),
    ("pool_max_waiting", "77"),
    ("pool_sharing", "no"),
    ("pool_acquire_timeout", "1s"),
    ("pool_idle_timeout", "none"),
    ("pool_max_lifetime", "3600s"),
    ("pool_lifetime_jitter", "0.5"),
    ("pool_health_check_interval", "30s"),
    ("pool_drain_timeout", "0ns"),
    ("retries", "unlimited"),
    ("retry_backoff", "full_jitter:10ms:2s"),
];

fn value(config: &Config, name: &str) -> String {
    config.settings().find(|row| row.0 == name).map(|row| row.1).unwrap_or_default()
}

fn refusal(builder: ConfigBuilder) -> String {
    let error = builder.build().expect_err("it was taken");
    assert_eq!(error.kind(), crate::ErrorKind::Config);
    error.to_string()
}

#[test]
fn every_parameter_of_a_url_is_shown_as_it_was_written_and_has_its_origin() {
    for (name, text) in OTHERS {
        let config = Config::from_url(&format!("redis://?{name}={text}")).unwrap();
        assert_eq!(value(&config, name), *text);
        assert_ne!(value(&Config::default(), name), *text, "{name} has another default");
        for (other, _, origin) in config.settings() {
            let wanted = if other == *name { Origin::Url } else { Origin::Default };
            assert_eq!(origin, wanted, "{other} after {name}");
        }
    }
}

#[test]
fn every_setting_has_a_setter_and_every_setter_a_setting_or_a_group() {
    for setting in SETTINGS {
        let set = SETTERS.iter().any(|setter| origin_of(setter) == setting.name);
        assert!(set, "{}", setting.name);
    }
    for setter in SETTERS {
        let name = origin_of(setter);
        let known = SETTINGS.iter().any(|setting| setting.name == name || setting.group == name);
        assert!(known, "{setter}");
    }
}

#[test]
fn the_builder_and_a_url_give_the_same_configuration() {
    let url = "rediss://user:pw@h:7000/3?client_name=c&response_timeout=1s&connect_timeout=none\
               &pool_max_size=7&pool_wait=no&retries=2&retry_backoff=constant:50ms&protocol=3\
               &tls_server_name=s&tls_min_version=1.3&keepalive_idle=10s&read_buffer=4096";
    let built = Config::builder()
        .host("h")
        .port(7000)
        .database(3)
        .username("user")
        .password("pw")
        .client_name("c")
        .response_timeout(Duration::from_secs(1))
        .connect_timeout(None)
        .pool(PoolOptions::new().with_max_size(7).with_wait(false))
        .retry(RetryPolicy::new(ConstantBackoff::new(Duration::from_millis(50)), 2))
        .protocol(ProtocolChoice::Resp3)
        .tls(TlsOptions::new().with_server_name("s").with_min_version(TlsVersion::Tls13))
        .keepalive_idle(Duration::from_secs(10))
        .read_buffer(4096)
        .build()
        .unwrap();
    let read = Config::from_url(url).unwrap();
    let values = |config: &Config| config.settings().map(|row| row.1).collect::<Vec<_>>();
    assert_eq!(values(&read), values(&built));
    assert_eq!(read.endpoint(), built.endpoint());
    let secret = |config: &Config| config.credentials().unwrap().credentials().unwrap();
    assert_eq!(secret(&read), secret(&built));
    assert_eq!(secret(&read).password(), "pw");
}

#[test]
fn the_defaults_are_the_documented_ones() {
    let built = Config::builder().build().unwrap();
    for config in [Config::default(), built, Config::from_url("redis://").unwrap()] {
        assert_eq!(config.endpoint(), &Endpoint::tcp("localhost", 6379));
        assert_eq!(config.response_timeout(), Some(Duration::from_secs(5)));
        assert_eq!(config.socket().connect_timeout(), Some(Duration::from_secs(5)));
        assert_eq!(config.socket().keepalive(), Some(Keepalive::default()));
        assert_eq!(config.socket().read_buffer(), 32 * 1024);
        assert_eq!(config.pool().max_size(), 100);
        assert_eq!(config.pool().acquire_timeout(), Some(Duration::from_secs(5)));
        assert_eq!(config.pool().idle_timeout(), Some(Duration::from_secs(600)));
        assert_eq!(config.retry().retries(), Some(10));
        assert!(config.credentials().is_none() && config.tls().is_none());
        assert!(config.settings().all(|(_, _, origin)| origin == Origin::Default));
    }
}

#[test]
fn a_setter_wins_over_the_url_and_says_so() {
    let from = |url| ConfigBuilder::from_url(url).unwrap();
    let config = from("redis://h/1?pool_max_size=5").database(2).build().unwrap();
    assert_eq!(config.database(), 2);
    assert_eq!(config.origin("database"), Origin::Builder);
    assert_eq!(config.origin("pool_max_size"), Origin::Url);
    assert_eq!(config.origin("no such setting"), Origin::Default);

    let config = from("redis://h:7000").unix_socket_path("/run/x").build().unwrap();
    assert_eq!(config.endpoint(), &Endpoint::unix("/run/x"));
    assert_eq!(config.origin("host"), Origin::Default);
    let config = from("unix:///run/x").host("h").build().unwrap();
    assert_eq!(config.endpoint(), &Endpoint::tcp("h", 6379));
    assert_eq!(config.origin("unix_socket_path"), Origin::Default);

    let provider = StaticCredentials::new(Credentials::new("new", "pw"));
    let config = from("redis://old:pw@h").credentials_provider(provider).build().unwrap();
    let asked = config.credentials().unwrap().credentials().unwrap();
    assert_eq!(asked.username(), Some("new"));
    assert_eq!(config.to_string(), "redis://:***@h:6379/0");
}

#[test]
fn the_environment_is_told_from_a_url() {
    let builder = url::read("redis://h/1?pool_max_size=5", Origin::Environment).unwrap();
    let config = builder.pool_max_size(6).build().unwrap();
    assert_eq!(config.origin("host"), Origin::Environment);
    assert_eq!(config.origin("database"), Origin::Environment);
    assert_eq!(config.origin("pool_max_size"), Origin::Builder);
}

#[test]
fn tls_of_a_url_has_its_origin() {
    let config = Config::from_url("rediss://h?tls_server_name=x").unwrap();
    assert_eq!(config.origin("tls"), Origin::Url);
    assert_eq!(config.origin("tls_server_name"), Origin::Url);
    assert_eq!(config.origin("tls_ca_file"), Origin::Default);
}

#[test]
fn a_group_given_to_the_builder_marks_each_of_its_settings() {
    let config = Config::builder().pool(PoolOptions::new()).build().unwrap();
    for (name, _, origin) in config.settings() {
        let wanted = if name.starts_with("pool_") { Origin::Builder } else { Origin::Default };
        assert_eq!(origin, wanted, "{name}");
    }
}

#[test]
fn a_timeout_that_inherits_is_the_default() {
    let config = Config::from_url("redis://?response_timeout=1s").unwrap();
    let again = config.to_builder().response_timeout(Timeout::Inherit).build().unwrap();
    assert_eq!(config.response_timeout(), Some(Duration::from_secs(1)));
    assert_eq!(again.response_timeout(), Some(Duration::from_secs(5)));
    assert_eq!(value(&again, "response_timeout"), "5s");
}

#[test]
fn another_database_keeps_everything_else() {
    let config = Config::from_url("redis://:pw@h/1?pool_max_size=5").unwrap();
    let other = config.with_database(2);
    assert_eq!(other.to_string(), "redis://:***@h:6379/2");
    assert_eq!(other.pool().max_size(), 5);
    assert_eq!(config.database(), 1);
}

#[test]
fn a_client_names_itself_unless_the_user_did() {
    let own = LibraryInfo::new("redis-sync", "1.0");
    let config = Config::default().with_default_library(own.clone());
    assert_eq!(config.library(), &own);
    let config = Config::from_url("redis://?library_name=shop").unwrap().with_default_library(own);
    assert_eq!(config.library(), &LibraryInfo::new("shop", "1.0"));
    let silent = Config::from_url("redis://?library_name=&library_version=").unwrap();
    assert_eq!(silent.library(), &LibraryInfo::silent());
}

#[test]
fn settings_that_cannot_work_are_refused_by_name() {
    let new = Config::builder;
    let zero = Duration::ZERO;
    let provider = StaticCredentials::new(Credentials::password_only("pw"));
    let tls = TlsOptions::new();
    for (builder, said) in [
        (new().pool_max_size(0), "`pool_max_size` is 0"),
        (new().pool_max_size(2).pool_min_idle(3), "`pool_max_size`, which is 2"),
        (new().pool_max_blocking(0), "`pool_max_blocking` is 0"),
        (new().pool_max_size(2).pool_max_blocking(3), "`pool_max_blocking` is 3"),
        (new().pool_max_waiting(0), "`pool_max_waiting` is 0"),
        (new().pool_lifetime_jitter(1.5), "`pool_lifetime_jitter` is 1.5"),
        (new().pool_lifetime_jitter(f64::NAN), "`pool_lifetime_jitter` is NaN"),
        (new().response_timeout(zero), "`response_timeout` is 0ns"),
        (new().response_timeout(Duration::MAX), "to a year"),
        (new().connect_timeout(zero), "`connect_timeout` is 0ns"),
        (new().pool_idle_timeout(zero), "`pool_idle_timeout` is 0ns"),
        (new().pool_max_lifetime(zero), "`pool_max_lifetime` is 0ns"),
        (new().pool_health_check_interval(zero), "`pool_health_check_interval` is 0ns"),
        (new().keepalive_idle(Duration::from_millis(5)), "`keepalive_idle` is 5ms"),
        (new().keepalive_count(0), "`keepalive_count` is 0"),
        (new().read_buffer(0), "`read_buffer` is 0"),
        (new().limit_depth(0), "`limit_depth` is 0"),
        (new().limit_frame_length(0), "`limit_frame_length` is 0"),
        (new().port(0), "`port` is 0"),
        (new().host(""), "`host` is no host name"),
        (new().host("[::1]"), "IPv6 without brackets"),
        (new().host("h").unix_socket_path("/x"), "exclude each other"),
        (new().unix_socket_path(""), "`unix_socket_path` is empty"),
        (new().unix_socket_path("/x").tls(tls.clone()), "`tls` and `unix_socket_path`"),
        (new().tls_server_name("x"), "`tls_server_name` needs TLS"),
        (new().tls(tls.clone()).tls_server_name(""), "`tls_server_name` is no host name"),
        (new().tls(tls.clone()).tls_cert_file("/x"), "`tls_cert_file` needs `tls_key_file`"),
        (new().tls(tls.clone()).tls_key_file("/x"), "`tls_key_file` needs `tls_cert_file`"),
        (new().tls(tls).tls_ca_file("/no/such/file"), "`tls_ca_file`: cannot read /no/such/file"),
        (new().username("u"), "`username` needs a `password`"),
        (new().password(""), "`password` is empty"),
        (new().password("pw").credentials_provider(provider), "`credentials_provider`"),
        (new().client_name("a b"), "`client_name` is \"a b\""),
        (new().client_name("a\nb"), "`client_name` is \"a\\nb\""),
        (new().library(LibraryInfo::new("a b", "1")), "`library_name` is \"a b\""),
    ] {
        let text = refusal(builder);
        assert!(text.contains(said), "{said}: {text}");
    }
}

#[test]
fn files_of_tls_are_read_when_the_configuration_is_built() {
    let path = std::env::temp_dir().join(format!("redis-core-tls-{}.pem", std::process::id()));
    std::fs::write(&path, "a certificate").unwrap();
    let shown = path.display();
    let url = format!("rediss://?tls_ca_file={shown}&tls_cert_file={shown}&tls_key_file={shown}");
    let config = Config::from_url(&url);
    let again = config.as_ref().map(|config| config.to_builder().build());
    std::fs::remove_file(&path).unwrap();
    for config in [config.clone().unwrap(), again.unwrap().unwrap()] {
        let tls = config.tls().unwrap();
        assert_eq!(tls.authorities().collect::<Vec<_>>(), [b"a certificate"]);
        assert_eq!(tls.identity().unwrap().key(), b"a certificate");
    }
}

#[test]
fn no_secret_is_ever_printed() {
    let identity = TlsIdentity::new("CANARY", "CANARY");
    let provider = StaticCredentials::new(Credentials::new("user", "CANARY"));
    let builder = Config::builder()
        .username("user")
        .password("CANARY")
        .tls(TlsOptions::new().with_identity(identity.clone()));
    let config = builder.clone().build().unwrap();
    let mut text = String::new();
    write!(text, "{builder:?} {builder:#?} {config} {config:?} {config:#?}").unwrap();
    write!(text, "{:?} {:#?} {identity:?} {provider:?}", config.tls(), config.tls()).unwrap();
    write!(text, "{:?}", config.credentials().unwrap().credentials()).unwrap();
    for (name, value, origin) in config.settings() {
        write!(text, "{name} {value} {origin} {origin:?}").unwrap();
    }
    assert!(!text.contains("CANARY"), "{text}");
    assert!(text.contains("***"));
}

#[test]
fn the_table_in_the_documentation_is_the_table_of_settings() {
    let defaults = Settings::default();
    let mut table = String::from("| parameter | allowed | default |\n|---|---|---|\n");
    for setting in SETTINGS.iter().filter(|setting| setting.read.is_some()) {
        let default = (setting.show)(&defaults);
        let default = match setting.group {
            "library" => "the client's".into(),
            _ if default.is_empty() => String::new(),
            _ => format!("`{default}`"),
        };
        writeln!(table, "| `{}` | {} | {default} |", setting.name, setting.allowed).unwrap();
    }
    let written = include_str!("settings.md");
    assert!(written == table, "settings.md should be:\n{table}");
}

/// A client's builder, as the clients write it.
struct Wrapped {
    config: ConfigBuilder,
}

#[allow(dead_code, unreachable_pub, reason = "the list is for builders that are public")]
impl Wrapped {
    crate::__config_setters!();
}

#[test]
fn a_builder_of_a_client_has_every_setter() {
    let wrapped = Wrapped { config: Config::builder() }
        .host("h")
        .on_event(|_| {})
        .on_push("invalidate", |_| {})
        .on_orphan(|_| {})
        .pool_max_size(3)
        .retry_backoff(ConstantBackoff::new(Duration::ZERO));
    let config = wrapped.config.build().unwrap();
    assert_eq!(config.endpoint(), &Endpoint::tcp("h", 6379));
    assert_eq!(config.events().len(), 1);
    assert_eq!(config.pushes().len(), 1);
    assert!(config.orphans().is_set());
    assert_eq!(config.origin("events"), Origin::Builder);
}
