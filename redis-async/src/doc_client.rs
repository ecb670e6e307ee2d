//! The client that examples in the documentation run against.

use crate::redis::Redis;

/// A client of the server that `REDIS_DOC_URL` names; `None` if that is not set, or the server is older
/// than `min_version` (such as `"7.4.0"`): the example is then skipped.
#[doc(hidden)]
pub async fn doc_client(min_version: &str) -> Option<Redis> {
    let url = std::env::var("REDIS_DOC_URL").ok()?;
    let redis = Redis::from_url(&url).ok()?;
    let connection = redis.connection().await.ok()?;
    is_at_least(connection.server().version()?, min_version).then_some(redis)
}

fn is_at_least(version: &str, min_version: &str) -> bool {
    let parts = |text: &str| -> Vec<u32> {
        text.split('.').map(|part| part.parse().unwrap_or(0)).collect()
    };
    parts(version) >= parts(min_version)
}

#[cfg(test)]
mod tests {
    use super::is_at_least;

    #[test]
    fn versions_compare_as_numbers() {
        assert!(is_at_least("7.10.0", "7.4.0"));
        assert!(is_at_least("7.4.0", "7.4.0"));
        assert!(!is_at_least("6.2.14", "7.0.0"));
    }
}
