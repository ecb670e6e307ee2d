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
/// | on | attribute | meaning |
/// |---|---|---|
/// | struct, enum | `rename_all = "kebab-case"` | names in another case: `lowercase`, `UPPERCASE`, `snake_case`, `kebab-case`, `camelCase`, `PascalCase`, `SCREAMING_SNAKE_CASE`, `SCREAMING-KEBAB-CASE` |
/// | struct, enum | `crate = "path"` | the client crate, where it has another name here |
/// | struct | `array` | read from an array, by position |
/// | struct | `default` | what is absent comes from the struct's `Default` |
/// | struct | `transparent` | read as its only field is; a tuple struct of one field always is |
/// | field, variant | `rename = "name"` | the name in the reply |
/// | field, variant | `alias = "name"` | one more name; may be repeated |
/// | field | `default`, `default = path` | what is absent or nil comes from `Default`, or from `path()` |
/// | field | `skip` | not read; comes from `Default` |
/// | field | `flatten` | read from all entries of the map that no field has by name |
/// | field | `with = path` | read by `fn(Reply<'_>) -> Result<T>` |
/// | field | `write_with = path` | says nothing here, but to [`ToArgs`](macro@ToArgs) |
/// | variant | `other` | stands for every word that no other variant has |
///
/// A field that is absent is `None` if it is an `Option`, otherwise an error that names it. Fields of the
/// reply that the struct does not have are passed over. An `Option` of the struct is `None` for nil and for
/// an empty map, which is what `HGETALL` answers for a key that does not exist.
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

/// [`FromReply`](macro@FromReply) for crates that depend on `redis-sync`, which re-exports it under that name.
#[proc_macro_derive(FromReplySync, attributes(redis))]
pub fn from_reply_sync(input: TokenStream) -> TokenStream {
    from_reply::expand(input.into(), quote!(::redis_sync::__private)).into()
}

/// [`FromReply`](macro@FromReply) for crates that depend on `redis-async`, which re-exports it under that name.
#[proc_macro_derive(FromReplyAsync, attributes(redis))]
pub fn from_reply_async(input: TokenStream) -> TokenStream {
    from_reply::expand(input.into(), quote!(::redis_async::__private)).into()
}

/// Writes a struct as its fields' names and values, or an enum as a word.
///
/// | on | attribute | meaning |
/// |---|---|---|
/// | struct, enum | `rename_all = "kebab-case"` | names in another case, as for [`FromReply`](macro@FromReply) |
/// | struct, enum | `crate = "path"` | the client crate, where it has another name here |
/// | struct | `array` | the values alone, in order |
/// | struct | `transparent` | written as its only field is; a tuple struct of one field always is |
/// | field, variant | `rename = "name"` | the name that is written |
/// | field | `skip` | not written |
/// | field | `flatten` | written as all the arguments that it makes, without a name: a struct or a map within; in an `array` a list |
/// | field | `write_with = path` | what is written is what `fn(&T) -> impl ToArg` makes of it; `Option<impl ToArg>`, so that `None` leaves the field out |
/// | variant | `other` | has no word: a command with it is refused before it is sent |
///
/// `default`, `alias` and `with` are for reading and change nothing here, except that a field read by a
/// function must be given one to be written.
///
/// A field is one argument. An `Option` that is `None` writes nothing, not even the name: `HSET` then
/// leaves the field as it is. In an `array` no field is an `Option`, since what follows would change its
/// place; mark one that may be absent at the end `flatten`.
///
/// A struct is `ToArgs`, for commands that take any number of arguments (`hset`, `xadd`). An enum is
/// one argument besides (`ToArg`), and so is a newtype of what is one.
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

/// [`ToArgs`](macro@ToArgs) for crates that depend on `redis-sync`, which re-exports it under that name.
#[proc_macro_derive(ToArgsSync, attributes(redis))]
pub fn to_args_sync(input: TokenStream) -> TokenStream {
    to_args::expand(input.into(), quote!(::redis_sync::__private)).into()
}

/// [`ToArgs`](macro@ToArgs) for crates that depend on `redis-async`, which re-exports it under that name.
#[proc_macro_derive(ToArgsAsync, attributes(redis))]
pub fn to_args_async(input: TokenStream) -> TokenStream {
    to_args::expand(input.into(), quote!(::redis_async::__private)).into()
}

/// Makes commands of a trait's methods, on every client, connection and wrapper at once.
///
/// A method names its command, and its parameters become the arguments, in order. It returns the type
/// that the reply is read as; how it comes (a `Result`, a future, a handle in a pipeline) is the client's
/// part. A method with a body and without `#[command]` stays as it is.
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
///
/// The facts about the command follow its name:
///
/// | fact | meaning |
/// |---|---|
/// | `read_only` | it only reads, and may therefore be repeated |
/// | `write` | it writes |
/// | `repeatable` | running it twice does what running it once does |
/// | `cacheable` | it only reads, and its reply may be cached |
/// | `blocking` | it waits on the server until there is something to answer |
/// | `blocking = timeout` | it waits for as long as this parameter, a `Duration`, says; sent in seconds, zero for ever |
/// | `binds` | it changes the state of its connection: refused on a shared client |
/// | `shape = "map"` | a flat array (RESP2) is a map: `map`, `pairs`, `set`, `list of …`, `map of …` |
///
/// What Redis's own commands are is known: `#[command("HGETALL")]` needs no facts, and what is written
/// goes before what is known. A command that is neither known nor described is taken to write and not
/// to be repeatable.
///
/// | parameter | becomes |
/// |---|---|
/// | named `key`, or marked `#[key]` | a key: by it a cluster knows where the command goes |
/// | named `keys` | keys |
/// | marked `#[key(counted)]` | the number of keys, then the keys |
/// | marked `#[key(every = 2)]` | arguments, every second of them a key, from the first on |
/// | `impl ToArgs`, `Option<…>`, a list, a map, a tuple, or marked `#[args]` | any number of arguments |
/// | marked `#[option("WORD")]`, an `Option<…>` | the word and the argument, if there is one |
/// | marked `#[flag("WORD")]`, a `bool` | the word, if it is true |
/// | any other | one argument |
///
/// `#[commands(exclusive)]` gives the trait to those alone that own their connection;
/// `#[commands(crate = "path")]` names the client crate, where it has another name.
#[proc_macro_attribute]
pub fn commands(arguments: TokenStream, input: TokenStream) -> TokenStream {
    commands::expand(arguments.into(), input.into(), quote!(::redis_core::__private)).into()
}

/// [`macro@commands`] for crates that depend on `redis-sync`, which re-exports it under that name.
#[proc_macro_attribute]
pub fn commands_sync(arguments: TokenStream, input: TokenStream) -> TokenStream {
    commands::expand(arguments.into(), input.into(), quote!(::redis_sync::__private)).into()
}

/// [`macro@commands`] for crates that depend on `redis-async`, which re-exports it under that name.
#[proc_macro_attribute]
pub fn commands_async(arguments: TokenStream, input: TokenStream) -> TokenStream {
    commands::expand(arguments.into(), input.into(), quote!(::redis_async::__private)).into()
}
