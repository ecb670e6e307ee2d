//! Any text is a configuration or an error that keeps the secret.

use redis_core::config::Config;

/// A password that nothing else contains.
const SECRET: &str = "s3cr3tZq";

/// The text is a URL, and then one with a password in it.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    check(text, None);
    if let Some((scheme, rest)) = text.split_once("://") {
        check(&format!("{scheme}://app:{SECRET}@{rest}"), Some(SECRET));
    }
}

fn check(text: &str, secret: Option<&str>) {
    let said = match Config::from_url(text) {
        Ok(config) => {
            let settings: Vec<_> = config.settings().collect();
            let again = config.to_builder().build();
            assert!(again.is_ok(), "{text:?}: {again:?}");
            format!("{config:?} {} {settings:?}", config.endpoint())
        }
        Err(error) => format!("{error} {error:?}"),
    };
    if let Some(secret) = secret {
        assert!(!said.contains(secret), "{text:?} told its password: {said}");
    }
}
