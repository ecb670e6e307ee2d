//! A crate that depends on both clients. It takes the macros from one of them; what they make works
//! with the other too.
//!
//! That it compiles is the test.

use redis_async::{FromReply, ToArg};
use redis_sync::commands;

/// A user as a hash keeps it.
#[derive(Clone, Debug, FromReply)]
pub struct User {
    /// What to call it.
    pub name: String,
}

/// Commands of this crate.
#[commands]
pub trait Users {
    /// The user at `key`, if there is one.
    #[command("HGETALL")]
    fn user(&self, key: impl ToArg) -> Option<User>;
}

/// The name, by the blocking client.
///
/// # Errors
///
/// What the client says.
pub fn name(r: &redis_sync::Redis, key: &str) -> redis_sync::Result<Option<String>> {
    Ok(r.user(key)?.map(|user| user.name))
}

/// The name, by the async client.
///
/// # Errors
///
/// What the client says.
pub async fn name_later(r: &redis_async::Redis, key: &str) -> redis_async::Result<Option<String>> {
    Ok(r.user(key).await?.map(|user| user.name))
}
