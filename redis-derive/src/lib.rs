//! The macros of the Redis client: [`FromReply`](macro@FromReply) for replies, [`ToArgs`](macro@ToArgs)
//! for arguments, [`macro@commands`] for commands of your own.
//!
//! Each exists three times, for an expansion has to name a crate that its user depends on: the client
//! crates re-export theirs under the plain name (`redis_sync::FromReply`, `redis_async::commands`), and
//! libraries that know no client use the ones here, which are rooted at `redis_core`. A dependency under
//! another name is given as `#[redis(crate = "…")]` or `#[commands(crate = "…")]`.
//!
//! What a macro makes works with every client, whichever it was rooted at.

mod attributes;
mod case;
mod commands;
mod declaration;
mod from_reply;
mod parameter;
mod structure;
mod to_args;
mod word;

use proc_macro::TokenStream;
use quote::quote;

/// Reads a struct from a map by its fields' names, or an enum from a word.
///
#[doc = include_str!("from_reply.md")]
///
/// ```
/// # use redis_derive::FromReply;
/// #[derive(FromReply)]
/// #[redis(rename_all = "kebab-case")]
/// struct Consumer {
///     name: String,
///     last_delivered_id: String, // `last-delivered-id`
///     #[redis(default)]
///     pending: u64,
///     inactive: Option<i64>,
/// }
///
/// #[derive(FromReply)]
/// #[redis(rename_all = "lowercase")]
/// enum Role {
///     Master,
///     #[redis(alias = "replica")]
///     Slave,
///     #[redis(other)]
///     Unknown,
/// }
///
/// #[derive(FromReply)]
/// #[redis(array)]
/// struct Throttled {
///     limited: bool,
///     limit: u32,
/// }
///
/// #[derive(FromReply)]
/// struct Id(u64);
/// ```
#[proc_macro_derive(FromReply, attributes(redis))]
pub fn from_reply(input: TokenStream) -> TokenStream {
    from_reply::expand(input.into(), quote!(::redis_core::__private)).into()
}

#[doc = include_str!("from_reply.md")]
#[proc_macro_derive(FromReplySync, attributes(redis))]
pub fn from_reply_sync(input: TokenStream) -> TokenStream {
    from_reply::expand(input.into(), quote!(::redis_sync::__private)).into()
}

#[doc = include_str!("from_reply.md")]
#[proc_macro_derive(FromReplyAsync, attributes(redis))]
pub fn from_reply_async(input: TokenStream) -> TokenStream {
    from_reply::expand(input.into(), quote!(::redis_async::__private)).into()
}

/// Writes a struct as its fields' names and values, or an enum as a word.
///
#[doc = include_str!("to_args.md")]
///
/// ```
/// # use redis_core::command::{Command, table};
/// # use redis_derive::ToArgs;
/// #[derive(ToArgs)]
/// #[redis(rename_all = "lowercase")]
/// enum Role {
///     Admin,
///     Guest,
/// }
///
/// #[derive(ToArgs)]
/// struct User {
///     name: String,
///     role: Role,
///     email: Option<String>,
///     #[redis(write_with = digit)]
///     verified: bool,
/// }
///
/// fn digit(truth: &bool) -> u8 {
///     u8::from(*truth)
/// }
///
/// let ann = User { name: "Ann".into(), role: Role::Admin, email: None, verified: true };
/// let command = Command::new(&table::HSET).key("user:1").args(&ann);
/// let arguments: Vec<&[u8]> = command.argument_bytes().collect();
/// assert_eq!(arguments.join(&b' '), b"user:1 name Ann role admin verified 1");
/// # let _ = Role::Guest;
/// ```
#[proc_macro_derive(ToArgs, attributes(redis))]
pub fn to_args(input: TokenStream) -> TokenStream {
    to_args::expand(input.into(), quote!(::redis_core::__private)).into()
}

#[doc = include_str!("to_args.md")]
#[proc_macro_derive(ToArgsSync, attributes(redis))]
pub fn to_args_sync(input: TokenStream) -> TokenStream {
    to_args::expand(input.into(), quote!(::redis_sync::__private)).into()
}

#[doc = include_str!("to_args.md")]
#[proc_macro_derive(ToArgsAsync, attributes(redis))]
pub fn to_args_async(input: TokenStream) -> TokenStream {
    to_args::expand(input.into(), quote!(::redis_async::__private)).into()
}

/// Makes commands of a trait's methods, on every client, connection and wrapper at once.
///
#[doc = include_str!("commands.md")]
///
/// ```
/// # use redis_core::{FromReply, command::ToArg};
/// # use redis_derive::{FromReply, commands};
/// # use std::time::Duration;
/// #[derive(FromReply)]
/// #[redis(array)]
/// struct Throttled {
///     limited: bool,
///     limit: u32,
/// }
///
/// #[commands]
/// trait RateLimit {
///     /// Takes one token from the bucket at `key`.
///     #[command("CL.THROTTLE", write)]
///     fn throttle(&self, key: impl ToArg, burst: u32, count: u32, period: u32) -> Throttled;
///
///     /// Waits for a token.
///     #[command("CL.WAIT", blocking = timeout)]
///     fn wait_for_token(&self, key: impl ToArg, timeout: Duration) -> bool;
/// }
/// # fn main() {}
/// ```
#[proc_macro_attribute]
pub fn commands(arguments: TokenStream, input: TokenStream) -> TokenStream {
    commands::expand(arguments.into(), input.into(), quote!(::redis_core::__private)).into()
}

#[doc = include_str!("commands.md")]
#[proc_macro_attribute]
pub fn commands_sync(arguments: TokenStream, input: TokenStream) -> TokenStream {
    commands::expand(arguments.into(), input.into(), quote!(::redis_sync::__private)).into()
}

#[doc = include_str!("commands.md")]
#[proc_macro_attribute]
pub fn commands_async(arguments: TokenStream, input: TokenStream) -> TokenStream {
    commands::expand(arguments.into(), input.into(), quote!(::redis_async::__private)).into()
}
