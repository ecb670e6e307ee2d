//! The client that examples in the documentation run against.

use crate::redis::Redis;
use std::future::Future;

/// A client of the server that `REDIS_DOC_URL` names; `None` if that is not set, or the server is older
/// than `min_version` (such as `"7.4.0"`, or `"valkey 8.0.0"` where Valkey alone will do): the example is
/// then skipped.
#[doc(hidden)]
#[inline]
pub fn doc_client(min_version: &str) -> impl Future<Output = Option<Redis>> {
    client(min_version)
}

/// Not public itself: what a public `async fn` does is compiled into the library, whoever needs it.
#[inline]
async fn client(min_version: &str) -> Option<Redis> {
    let url = std::env::var("REDIS_DOC_URL").ok()?;
    let redis = Redis::from_url(&url).ok()?;
    let connection = redis.connection().await.ok()?;
    connection.server().is_at_least(min_version).then_some(redis)
}
