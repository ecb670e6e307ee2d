//! What went wrong, whose fault it is, what was being attempted, and whether the command ran.
//!
//! This module decides how failures are named. It does not decide what follows from them: that is
//! [`retry`](crate::retry)'s part.

mod context;
mod diagnosis;
mod kind;
mod server;

pub use context::{Context, Delivery};
pub use diagnosis::{Diagnosis, Facts, Suspect};
pub use kind::{ErrorKind, Fault, TimeoutKind};
pub use server::{ServerError, ServerErrorKind};

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// The result of everything that talks to Redis.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Arc<dyn std::error::Error + Send + Sync + 'static>;
type IntoSource = Box<dyn std::error::Error + Send + Sync + 'static>;

/// Why something failed.
///
/// One word wide. [`kind`](Self::kind) says what happened, [`fault`](Self::fault) whose fault it is,
/// [`delivery`](Self::delivery) whether the command may have run, [`context`](Self::context) what was
/// being attempted. The text names command, endpoint and attempt, and never an argument's value.
///
/// # Design
///
/// One opaque type with predicates rather than one enum with fields: new facts can be added without
/// breaking anybody's `match`, a `Result<i64>` stays small, and a caller asks the question it has
/// (`is_timeout`, `was_not_executed`) instead of listing variants.
///
/// # Example: tell a wrong password from a server that is away
///
/// ```
/// use redis_sync::{Error, ErrorKind, ServerErrorKind};
///
/// fn advice(error: &Error) -> &'static str {
///     match error.kind() {
///         ErrorKind::Server(ServerErrorKind::Authentication) => "check the password",
///         ErrorKind::Connect => "start the server",
///         _ => "read the message",
///     }
/// }
/// assert_eq!(advice(&Error::new(ErrorKind::Connect, "refused")), "start the server");
/// ```
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: Cow<'static, str>,
    delivery: Delivery,
    context: Context,
    server: Option<ServerError>,
    diagnosis: Option<Box<Diagnosis>>,
    source: Option<Source>,
}

impl Error {
    /// An error of `kind` with a message that begins in lower case and names no secret.
    ///
    /// The delivery starts as what the kind implies: see [`ErrorKind::delivery`].
    #[cold]
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            delivery: kind.delivery(),
            context: Context::default(),
            server: None,
            diagnosis: None,
            source: None,
        }))
    }

    /// The error that the server answered with; `line` is its text without the leading `-`.
    #[cold]
    pub fn server(line: &[u8]) -> Self {
        let server = ServerError::parse(line);
        let kind = ErrorKind::Server(server.kind());
        let mut error = Self::new(kind, "");
        error.0.delivery = server.delivery();
        error.0.server = Some(server);
        error
    }

    /// A reply that is not of the type that was asked for; the connection is still good.
    #[cold]
    pub fn conversion(wanted: &str, found: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Conversion, format!("wanted {wanted}, found {found}"))
    }

    /// A nil reply where a value was asked for.
    #[cold]
    pub fn unexpected_nil(wanted: &str) -> Self {
        Self::new(
            ErrorKind::Conversion,
            format!("wanted {wanted}, found nil: declare it as `Option`"),
        )
    }

    /// An argument that Redis would refuse or that has no wire form; nothing was sent.
    #[cold]
    pub fn argument(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Argument, message)
    }

    /// A setting that is wrong; the message names it and what is allowed.
    #[cold]
    pub fn config(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    /// A timeout of the given kind.
    #[cold]
    pub fn timeout(kind: TimeoutKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Timeout(kind), message)
    }

    /// The same error with the cause that lies beneath it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<IntoSource>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// The same timeout with what is known of the wait besides what was known already; an error that is no
    /// timeout stays as it is, and nothing is asked for it.
    #[cold]
    #[must_use]
    pub fn with_facts(mut self, tell: impl FnOnce(&mut Facts)) -> Self {
        if let Some(mut facts) = self.facts() {
            tell(&mut facts);
            self.set_facts(facts);
        }
        self
    }

    /// What is known so far of the wait that was too long; `None` for an error that is no timeout.
    fn facts(&self) -> Option<Facts> {
        matches!(self.0.kind, ErrorKind::Timeout(_))
            .then(|| self.diagnosis().map(|known| *known.facts()).unwrap_or_default())
    }

    fn set_facts(&mut self, facts: Facts) {
        if let ErrorKind::Timeout(phase) = self.0.kind {
            self.0.diagnosis = Some(Box::new(Diagnosis::new(phase, facts)));
        }
    }

    /// The same error in other words.
    #[cold]
    #[must_use]
    pub fn with_message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.0.message = message.into();
        self
    }

    /// The same error with what is known of the command's fate.
    #[must_use]
    pub fn with_delivery(mut self, delivery: Delivery) -> Self {
        self.0.delivery = delivery;
        self
    }

    /// The same error with the command's name, unless it has one.
    #[must_use]
    pub fn with_command(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        let name = name.into();
        if self.0.context.command.is_none() && !name.is_empty() {
            self.0.context.command = Some(name);
        }
        self
    }

    /// The same error with the endpoint that was talked to, unless it has one.
    #[must_use]
    pub fn with_endpoint(mut self, endpoint: impl fmt::Display) -> Self {
        if self.0.context.endpoint.is_none() {
            self.0.context.endpoint = Some(endpoint.to_string());
        }
        self
    }

    /// The same error with the number of the attempt (from 1).
    #[must_use]
    pub fn with_attempt(mut self, attempt: u32) -> Self {
        self.0.context.attempt = Some(attempt);
        self
    }

    /// The same error with the position of the command in its pipeline (from 0).
    #[must_use]
    pub fn with_index(mut self, index: usize) -> Self {
        self.0.context.index = Some(index);
        self
    }

    /// The same error with the field of a struct in which it arose; a server's own error stays verbatim.
    #[cold]
    #[must_use]
    pub fn in_field(mut self, owner: &str, field: &str) -> Self {
        self.0.message = format!("field `{field}` of `{owner}`: {}", self.0.message).into();
        self
    }

    /// The same error, whose server's words are cut where they quote `secret`.
    #[must_use]
    pub(crate) fn hiding(mut self, secret: &str) -> Self {
        if let Some(server) = &mut self.0.server {
            server.hide(secret);
        }
        self
    }

    /// What happened.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whose fault it is: the client's side or the server's.
    pub fn fault(&self) -> Fault {
        self.0.kind.fault()
    }

    /// Whether the command may have run.
    pub fn delivery(&self) -> Delivery {
        self.0.delivery
    }

    /// What was being attempted.
    pub fn context(&self) -> &Context {
        &self.0.context
    }

    /// The server's own error, its code and its message verbatim, if it answered with one.
    pub fn server_error(&self) -> Option<&ServerError> {
        self.0.server.as_ref()
    }

    /// The error's text without what the server quotes of a command that it does not know: its first
    /// arguments, which may be anything. For logs.
    ///
    /// # Example
    ///
    /// ```
    /// use redis_sync::Error;
    ///
    /// let error = Error::server(b"ERR unknown command 'FOO', with args beginning with: 'secret' ");
    /// assert_eq!(error.without_quotations().to_string(), "ERR unknown command 'FOO'");
    /// ```
    pub fn without_quotations(&self) -> impl fmt::Display + '_ {
        Unquoted(self)
    }

    /// Of a timeout, what was measured and what it points to.
    pub fn diagnosis(&self) -> Option<&Diagnosis> {
        self.0.diagnosis.as_deref()
    }

    /// The first word of the server's error, such as `WRONGTYPE`, if it answered with one.
    pub fn code(&self) -> Option<&str> {
        self.0.server.as_ref().map(ServerError::code)
    }

    /// The text without its context.
    pub fn message(&self) -> &str {
        match &self.0.server {
            Some(server) => server.text(),
            None => &self.0.message,
        }
    }
}

/// Predicates: the questions that callers have.
impl Error {
    /// Whether some timeout expired; [`timeout_kind`](Self::timeout_kind) says which.
    pub fn is_timeout(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Timeout(_))
    }

    /// Which timeout expired.
    pub fn timeout_kind(&self) -> Option<TimeoutKind> {
        match self.0.kind {
            ErrorKind::Timeout(kind) => Some(kind),
            _ => None,
        }
    }

    /// Whether the server answered with an error.
    pub fn is_server_error(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Server(_))
    }

    /// Whether the server could not be reached, or the connection to it was lost.
    pub fn is_connection_error(&self) -> bool {
        self.0.kind.is_connection_lost()
    }

    /// Whether the server refused the credentials, or wants some.
    pub fn is_authentication(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Server(ServerErrorKind::Authentication))
    }

    /// Whether the pool had no connection to give, at once or in time.
    pub fn is_pool_exhausted(&self) -> bool {
        matches!(self.0.kind, ErrorKind::PoolExhausted | ErrorKind::Timeout(TimeoutKind::Acquire))
    }

    /// Whether a reply had another type than the one asked for.
    pub fn is_conversion(&self) -> bool {
        self.0.kind == ErrorKind::Conversion
    }

    /// Whether the command provably did not run: never sent, or refused by the server.
    pub fn was_not_executed(&self) -> bool {
        matches!(self.0.delivery, Delivery::NotSent | Delivery::Rejected)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, ServerError::text)
    }
}

/// An error's text for logs; see [`Error::without_quotations`].
struct Unquoted<'e>(&'e Error);

impl fmt::Display for Unquoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(f, ServerError::text_without_quotations)
    }
}

impl Error {
    fn write(&self, f: &mut fmt::Formatter<'_>, text: fn(&ServerError) -> &str) -> fmt::Result {
        let inner = &*self.0;
        inner.context.write_prefix(f)?;
        match &inner.server {
            Some(server) if server.text().is_empty() => f.write_str("an error without a text")?,
            Some(server) => f.write_str(text(server))?,
            None if inner.message.is_empty() => write!(f, "{}", inner.kind)?,
            None => f.write_str(&inner.message)?,
        }
        inner.context.write_suffix(f)?;
        match &inner.diagnosis {
            Some(diagnosis) => write!(f, " [{diagnosis}]"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        let mut out = f.debug_struct("Error");
        out.field("kind", &inner.kind)
            .field("message", &format_args!("{self}"))
            .field("delivery", &inner.delivery);
        if let Some(source) = &inner.source {
            out.field("source", source);
        }
        out.finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|source| &**source as _)
    }
}

impl From<std::convert::Infallible> for Error {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_word_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }

    #[test]
    fn the_text_names_command_endpoint_and_attempt() {
        let error = Error::timeout(TimeoutKind::Reply, "no reply within 500ms")
            .with_command("GET")
            .with_endpoint("10.0.0.3:6379")
            .with_attempt(3);
        assert_eq!(error.to_string(), "GET: no reply within 500ms (10.0.0.3:6379, attempt 3)");
    }

    #[test]
    fn a_server_error_is_kept_verbatim() {
        let error = Error::server(b"WRONGTYPE Operation against a key").with_command("GET");
        assert_eq!(error.code(), Some("WRONGTYPE"));
        assert_eq!(error.to_string(), "GET: WRONGTYPE Operation against a key");
        assert_eq!(error.delivery(), Delivery::Rejected);
    }

    #[test]
    fn a_server_error_without_a_text_is_not_shown_as_nothing() {
        assert_eq!(Error::server(b"").to_string(), "an error without a text");
    }
}
