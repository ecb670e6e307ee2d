//! Scripts and libraries of functions that are sent by name, and whole where the server does not know them.
//!
//! ```text
//!   Script  ──call──▶ ScriptCall   ──▶ EVALSHA ── NOSCRIPT ──────────▶ EVAL
//!   Library ──function──▶ FunctionCall ──▶ FCALL ── no such function ──▶ FUNCTION LOAD ──▶ FCALL
//! ```
//!
//! Decides what is sent first and what makes up for the server's ignorance. What it makes up with rides on
//! the command, so that every executor carries a script out as it does any command; when it is sent is
//! decided where calls are driven, and in a pipeline when it is queued.

mod call;
mod digest;
mod function_call;
mod invocation;
mod library;

pub use call::ScriptCall;
pub use function_call::FunctionCall;
pub use library::Library;
pub(crate) use library::LoadedCode;

use crate::command::{ToArg, ToArgs};
use crate::execute::{ExecuteCommand, Response};
use crate::reply::{FromReply, Value};
use bytes::Bytes;
use std::fmt;

/// A Lua script, with the digest by which a server knows it.
///
/// It is sent by its digest alone. Where the server does not know it — at first, after `SCRIPT FLUSH`, on
/// another server — it is sent whole, which also teaches it: `NOSCRIPT` is not seen. In a pipeline or
/// transaction, where nothing can be sent again without breaking the order, the first call of each script
/// is sent whole and the others by digest.
///
/// Two things are beyond it: a script that somebody has the server forget while a pipeline of its calls
/// runs, which is no transaction, and one that is queued by hand between `multi` and `exec`. There `NOSCRIPT`
/// is the error, and the script did not run.
///
/// A constant: the digest of a script that is written in a program is computed when that is compiled. A clone
/// shares the source.
///
/// The server takes it for one that writes, and it is not run again where nobody knows whether it ran, unless
/// it is [`read_only`](Self::read_only) or the call [`repeatable`](ScriptCall::repeatable).
///
/// # Example: take a thing only from who holds it
///
/// ```
/// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
/// use redis_sync::prelude::*;
/// use redis_sync::Script;
///
/// static RELEASE: Script = Script::new(
///     "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
///      return 0",
/// );
///
/// r.set("script:lock", "mine")?;
/// let released: i64 = RELEASE.key("script:lock").arg("yours").query(&r)?;
/// assert_eq!(released, 0);
/// let released: i64 = RELEASE.key("script:lock").arg("mine").query(&r)?;
/// assert_eq!(released, 1);
/// # Ok::<(), redis_sync::Error>(())
/// ```
///
/// # Example: in a transaction
///
/// ```
/// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
/// use redis_sync::prelude::*;
/// use redis_sync::Script;
///
/// static DOUBLE: Script = Script::new("return redis.call('INCRBY', KEYS[1], redis.call('GET', KEYS[1]))");
///
/// let tx = r.pipeline().atomic();
/// tx.set("script:n", 21);
/// DOUBLE.key("script:n").run(&tx);
/// let ((), answer): ((), i64) = tx.execute()?;
/// assert_eq!(answer, 42);
/// # Ok::<(), redis_sync::Error>(())
/// ```
#[derive(Clone)]
pub struct Script {
    source: Bytes,
    digest: [u8; 40],
    read_only: bool,
}

impl Script {
    /// The script of this source.
    ///
    /// In a `static` or `const` the compiler computes the digest, which takes it about 20 ms for each KiB of
    /// source (measured): what is much longer is better made by [`from_source`](Self::from_source), in a
    /// `LazyLock`.
    #[must_use]
    #[inline]
    pub const fn new(source: &'static str) -> Self {
        Self {
            source: Bytes::from_static(source.as_bytes()),
            digest: digest::digest(source.as_bytes()),
            read_only: false,
        }
    }

    /// A script whose source is known only while the program runs.
    ///
    /// # Example: a script that is put together
    ///
    /// ```
    /// use redis_sync::Script;
    ///
    /// let script = Script::from_source(format!("return {}", 40 + 2));
    /// assert_eq!(script.digest(), "1fa00e76656cc152ad327c13fe365858fd7be306");
    /// ```
    pub fn from_source(source: impl Into<String>) -> Self {
        let source = Bytes::from(source.into());
        Self { digest: digest::digest(&source), source, read_only: false }
    }

    /// The same, sent as one that only reads (`EVALSHA_RO`, 7.0.0): the server refuses its writes, and it may
    /// run on a replica and be run again where nobody knows whether it ran.
    #[must_use]
    #[inline]
    pub const fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Its source, such as `SCRIPT LOAD` takes.
    #[inline]
    pub fn source(&self) -> &str {
        // it was made of text
        std::str::from_utf8(&self.source).unwrap_or_default()
    }

    /// The digest by which a server knows it: 40 hexadecimal digits.
    #[inline]
    pub fn digest(&self) -> &str {
        std::str::from_utf8(&self.digest).unwrap_or_default()
    }

    /// Whether it is sent as one that only reads.
    #[inline]
    pub const fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// A call of it, without keys or arguments yet.
    #[inline]
    pub fn call(&self) -> ScriptCall {
        ScriptCall::new(self.clone())
    }

    /// A call with this key: `KEYS[1]`.
    pub fn key(&self, key: impl ToArg) -> ScriptCall {
        self.call().key(key)
    }

    /// A call with these keys: `KEYS`.
    pub fn keys(&self, keys: impl ToArgs) -> ScriptCall {
        self.call().keys(keys)
    }

    /// A call without keys and with this argument: `ARGV[1]`.
    pub fn arg(&self, argument: impl ToArg) -> ScriptCall {
        self.call().arg(argument)
    }

    /// A call without keys and with these arguments: `ARGV`.
    pub fn args(&self, arguments: impl ToArgs) -> ScriptCall {
        self.call().args(arguments)
    }

    /// Runs it without keys or arguments. What it returns is a [`Value`], or what the executor is
    /// [`typed`](ExecuteCommand::typed) for.
    pub fn run<'c, C: ExecuteCommand + ?Sized>(&self, executor: &'c C) -> Response<'c, C, Value> {
        self.call().run(executor)
    }

    /// Runs it without keys or arguments and reads what it returns as `T`.
    pub fn query<'c, T: FromReply, C: ExecuteCommand + ?Sized>(
        &self,
        executor: &'c C,
    ) -> Response<'c, C, T> {
        self.call().query(executor)
    }

    #[inline]
    pub(crate) const fn shared_source(&self) -> &Bytes {
        &self.source
    }

    pub(crate) const fn digest_bytes(&self) -> &[u8; 40] {
        &self.digest
    }
}

/// Scripts of one text are one.
impl PartialEq for Script {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest && self.read_only == other.read_only
    }
}

impl Eq for Script {}

impl fmt::Debug for Script {
    /// By its digest: the source is long, and the user's.
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script")
            .field("digest", &self.digest())
            .field("read_only", &self.read_only)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static ONE: Script = Script::new("return 1");

    #[test]
    fn a_script_is_known_by_its_digest_and_does_not_show_its_source() {
        assert_eq!(ONE.digest(), "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
        assert_eq!(ONE.source(), "return 1");
        assert_eq!(ONE, Script::from_source("return 1".to_owned()));
        assert_ne!(ONE, Script::new("return 1").read_only());
        let shown = format!("{ONE:?}");
        assert!(shown.contains("e0e1f9") && !shown.contains("return"), "{shown}");
    }
}
