//! The client that examples in the documentation run against.

use crate::redis::Redis;

/// A client of the server that `REDIS_DOC_URL` names; `None` if that is not set, or the server is older
/// than `min_version` (such as `"7.4.0"`, or `"valkey 8.0.0"` where Valkey alone will do): the example is
/// then skipped.
#[doc(hidden)]
pub async fn doc_client(min_version: &str) -> Option<Redis> {
    let url = std::env::var("REDIS_DOC_URL").ok()?;
    let redis = Redis::from_url(&url).ok()?;
    let connection = redis.connection().await.ok()?;
    let server = connection.server();
    suits(server.server()?, server.version()?, min_version).then_some(redis)
}

/// The Redis from which Valkey was made, and which it still says that it is.
const VALKEY_AS_REDIS: &str = "7.2.4";

fn suits(server: &str, version: &str, wanted: &str) -> bool {
    match (server, wanted.strip_prefix("valkey ")) {
        ("valkey", Some(wanted)) => is_at_least(version, wanted),
        (_, Some(_)) => false,
        ("valkey", None) => is_at_least(VALKEY_AS_REDIS, wanted),
        (_, None) => is_at_least(version, wanted),
    }
}

fn is_at_least(version: &str, min_version: &str) -> bool {
    let parts = |text: &str| -> Vec<u32> {
        text.split('.').map(|part| part.parse().unwrap_or(0)).collect()
    };
    parts(version) >= parts(min_version)
}

#[cfg(test)]
mod tests {
    use super::{is_at_least, suits};

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
        assert!(is_at_least("7.10.0", "7.4.0"));
        assert!(is_at_least("7.4.0", "7.4.0"));
        assert!(!is_at_least("6.2.14", "7.0.0"));
    }
}
