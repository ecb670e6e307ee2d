//! A connection of one's own.

use crate::command_future::CommandFuture;
use crate::lease::Leased;
use crate::lending::now;
use crate::link::Link;
use crate::mode::Async;
use crate::pool::Pool;
use crate::random::random;
use crate::retrying;
use redis_core::command::Command;
use redis_core::config::Endpoint;
use redis_core::connection::ServerInfo;
use redis_core::drive::AsyncCaller;
use redis_core::drive::nonblocking::call;
use redis_core::event::ConnectionId;
use redis_core::pipeline::Batch;
use redis_core::pool::{Purpose, Residue};
use redis_core::resp::Frame;
use redis_core::retry::{Allowance, RetryPolicy, shorter};
use redis_core::{
    Error, ErrorKind, Exclusive, ExecuteCommand, FromReply, PipelineOptions, Replies, Result, fork,
};
use std::fmt;
use std::sync::{Mutex as StdMutex, PoisonError};
use std::time::Duration;
use tokio::sync::Mutex;

/// A connection of one's own, on which commands that change the state of a connection are safe.
///
/// Made by [`Redis::connection`](crate::Redis::connection); dropped, it goes back to its pool as it was
/// lent: a database, a name, a transaction or watched keys are undone, what cannot be undone closes it.
/// A command is carried out when the one before it is. None is tried again unless the call asks for it,
/// since what failed may have taken the connection's state with it. `redis_sync::Connection` is the same,
/// for one thread at a time.
///
/// # Cancellation
///
/// A command that is dropped before its reply was there leaves the connection without use: what
/// follows fails with "not sent", and the connection is closed instead of going back. If that command waits on
/// the server, it is ended there and read away when the connection goes back, which then serves again.
///
/// # Example: what another database holds
///
/// ```no_run
/// use redis_async::prelude::*;
///
/// # async fn example() -> redis_async::Result<()> {
/// let connection = Redis::new().connection().await?;
/// connection.select(3).await?;
/// println!("{} keys", connection.dbsize().await?);
/// # Ok(()) }
/// ```
#[must_use = "the connection goes back to its pool when this is dropped"]
pub struct Connection {
    holder: Mutex<Holder>,
    // known without waiting
    pool: Option<Pool>,
    endpoint: Endpoint,
    usual: Option<Duration>,
    id: ConnectionId,
    server: ServerInfo,
    generation: u32,
}

enum Holder {
    Leased(Leased),
    /// A new connection, in the hands of an `on_connect` hook.
    New(Box<Link>),
}

impl Holder {
    #[inline]
    fn link_mut(&mut self) -> &mut Link {
        match self {
            Self::Leased(leased) => leased.link_mut(),
            Self::New(link) => link,
        }
    }
}

impl Connection {
    #[inline]
    pub(crate) async fn take(pool: &Pool, purpose: Purpose) -> Result<Self> {
        retrying::has_runtime()?;
        let leased = pool.current().lending.acquire(purpose).await?;
        Ok(Self::leased(pool.clone(), leased))
    }

    #[inline]
    fn leased(pool: Pool, leased: Leased) -> Self {
        let (id, server) = (leased.link().id(), leased.link().server().clone());
        let config = pool.config();
        let (endpoint, usual) = (config.endpoint().clone(), config.response_timeout());
        let holder = Mutex::new(Holder::Leased(leased));
        Self {
            holder,
            pool: Some(pool),
            endpoint,
            usual,
            id,
            server,
            generation: fork::generation(),
        }
    }

    #[inline]
    pub(crate) fn unpooled(link: Link) -> Self {
        let (id, server) = (link.id(), link.server().clone());
        let config = link.config();
        let (endpoint, usual) = (config.endpoint().clone(), config.response_timeout());
        let holder = Mutex::new(Holder::New(Box::new(link)));
        Self { holder, pool: None, endpoint, usual, id, server, generation: fork::generation() }
    }

    /// The link of a new connection, if nothing is under way on it.
    #[inline]
    pub(crate) fn into_link(self) -> Option<Link> {
        match self.holder.into_inner() {
            Holder::New(link) if link.is_settled() => Some(*link),
            Holder::New(_) | Holder::Leased(_) => None,
        }
    }

    /// Notes that a blocking command is about to wait on it, which ends when the client is closed.
    #[inline]
    pub(crate) async fn note_blocked(&self) {
        if let Holder::Leased(leased) = &*self.holder.lock().await {
            leased.note_blocked();
        }
    }

    /// Which connection it is, in events. The number by which the server knows it is [`ServerInfo::id`].
    #[inline]
    pub fn id(&self) -> ConnectionId {
        self.id
    }

    /// What the server said of itself when the connection was made.
    #[inline]
    pub fn server(&self) -> &ServerInfo {
        &self.server
    }

    #[inline]
    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// How long an ordinary reply may take.
    #[inline]
    pub(crate) fn usual(&self) -> Option<Duration> {
        self.usual
    }

    #[inline]
    pub(crate) fn link_mut(&mut self) -> &mut Link {
        self.holder.get_mut().link_mut()
    }

    /// Sees to it that it does not go back to its pool.
    #[inline]
    pub(crate) fn keep_from_others(&mut self) {
        self.link_mut().residue = Residue::LASTING;
    }

    #[inline]
    pub(crate) fn refuse_in_child(&self) -> Result<()> {
        if self.generation == fork::generation() { Ok(()) } else { Err(forked()) }
    }

    /// One attempt of a batch.
    #[inline]
    pub(crate) async fn carry_out_batch(
        &self,
        batch: &Batch,
        options: &PipelineOptions,
    ) -> Replies {
        if let Err(error) = self.refuse_in_child() {
            return Replies::failed(batch, Some(&self.endpoint), error);
        }
        let limit = batch.reply_timeout(options, self.usual);
        let whole = options.get_call_timeout().or(self.call_timeout().into()).duration();
        let allowance = Allowance::new(whole, now);
        let mut holder = self.holder.lock().await;
        let link = holder.link_mut();
        let replies = link.carry_out(batch, &self.endpoint, limit, allowance).await;
        if replies.failure().is_some_and(|error| error.kind() == ErrorKind::Protocol) {
            link.give_up();
        }
        replies
    }

    #[inline]
    async fn carry_out(&self, command: Command<'static>) -> Result<Frame> {
        let policy = command.options().and_then(|options| options.get_retry()).cloned();
        let mut frame = match policy.or_else(|| command.has_remedy().then(RetryPolicy::none)) {
            None => {
                let time = command.call_timeout(self.call_timeout());
                let outcome = self.attempt(&command, time).await;
                outcome.map_err(|error| command.explain(error))?
            }
            Some(policy) => {
                let caller = Caller { connection: self, frame: StdMutex::new(None) };
                call::<(), _>(&caller, &command, &policy).await?;
                let frame = caller.frame.into_inner().unwrap_or_else(PoisonError::into_inner);
                frame.ok_or_else(forked)?
            }
        };
        frame.reshape(command.reply_shape());
        Ok(frame)
    }

    #[inline]
    fn call_timeout(&self) -> Option<Duration> {
        self.pool.as_ref().and_then(|pool| pool.config().call_timeout())
    }

    #[inline]
    async fn attempt(&self, command: &Command<'_>, left: Option<Duration>) -> Result<Frame> {
        self.refuse_in_child()?;
        let limit = shorter(command.reply_timeout(self.usual), left);
        let mut holder = self.holder.lock().await;
        let outcome = holder.link_mut().exchange(command, limit).await;
        outcome.map_err(|error| error.with_endpoint(&self.endpoint))
    }
}

/// A connection that tries again, as the call asks for.
struct Caller<'c> {
    connection: &'c Connection,
    frame: StdMutex<Option<Frame>>,
}

impl AsyncCaller for Caller<'_> {
    async fn round_trip<T: FromReply>(
        &self,
        command: &Command<'_>,
        left: Option<Duration>,
    ) -> Result<T> {
        let frame = self.connection.attempt(command, left).await?;
        let read = T::from_reply(frame.reply());
        *self.frame.lock().unwrap_or_else(PoisonError::into_inner) = Some(frame);
        read
    }

    #[inline]
    fn call_timeout(&self) -> Option<Duration> {
        self.connection.call_timeout()
    }

    #[inline]
    fn now(&self) -> std::time::Instant {
        now()
    }

    #[inline]
    async fn pause(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    #[inline]
    fn random(&self) -> u64 {
        random()
    }

    #[inline]
    fn retrying(&self, command: &Command<'_>, error: &Error, after: Duration) {
        if let Some(pool) = &self.connection.pool {
            retrying::tell(pool, command, error, after);
        }
    }
}

impl ExecuteCommand for Connection {
    type Mode = Async;

    fn execute_command<T: FromReply>(&self, command: Command<'_>) -> CommandFuture<'_, T> {
        let mut command = command.into_owned();
        if let Err(error) = command.check().and_then(|()| command.check_exclusive()) {
            return CommandFuture::ready(Err(error));
        }
        let (name, spec) = (command.name(), command.spec());
        CommandFuture::slow(Box::pin(self.carry_out(command)), name, spec, &self.endpoint)
    }
}

impl Exclusive for Connection {}

impl fmt::Debug for Connection {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("id", &self.id)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

#[cold]
fn forked() -> Error {
    Error::new(
        ErrorKind::Forked,
        "this connection is the parent process's: take one of your own with `connection()`",
    )
}
