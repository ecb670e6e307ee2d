//! A crate that depends on the async client and on nothing else.
//!
//! That it compiles is the test: the macros name no crate that it does not have.

use redis_async::prelude::*;
use redis_async::{FromReply, Result, commands};
use std::time::Duration;

/// What `CL.THROTTLE` answers.
#[derive(Clone, Debug, PartialEq, Eq, FromReply)]
#[redis(array)]
pub struct Throttled {
    /// Whether the request was refused.
    pub limited: bool,
    /// How many tokens there are at most.
    pub limit: u32,
    /// How many are left.
    pub left: u32,
}

/// A user as a hash keeps it.
#[derive(Clone, Debug, FromReply, ToArgs)]
pub struct User {
    /// What to call it.
    pub name: String,
    /// Its part.
    #[redis(default)]
    pub role: Role,
}

/// A user's part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromReply, ToArgs)]
#[redis(rename_all = "lowercase")]
pub enum Role {
    /// Sees.
    #[default]
    Guest,
    /// Changes.
    Admin,
}

/// Commands of a module.
#[commands]
pub trait RateLimit {
    /// Takes one token from the bucket at `key`.
    #[command("CL.THROTTLE", write)]
    fn throttle(&self, key: impl ToArg, burst: u32, count: u32, period: u32) -> Throttled;

    /// Waits for a token.
    #[command("CL.WAIT", blocking = timeout)]
    fn wait_for_token(&self, key: impl ToArg, timeout: Duration) -> bool;

    /// The user at `key`, if there is one.
    #[command("HGETALL")]
    fn user(&self, key: impl ToArg) -> Option<User>;
}

/// Uses them.
///
/// # Errors
///
/// What the client says.
pub async fn admits(r: &Redis, key: &str) -> Result<bool> {
    let role = r.user(key).await?.map(|user| user.role);
    Ok(role == Some(Role::Admin) || !r.throttle(key, 15, 30, 60).await?.limited)
}

/// Keeps a user: its fields are a hash's, and a stream's entry.
///
/// # Errors
///
/// What the client says.
pub async fn keep(r: &Redis, key: &str, user: &User) -> Result<()> {
    r.hset(key, user).await?;
    r.xadd("users", user).await?;
    Ok(())
}
