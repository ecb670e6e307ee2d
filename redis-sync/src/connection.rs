//! A connection of one's own.

use crate::link::{Link, Patience};
use crate::mode::Blocking;
use crate::pool::{Pool, Shared};
use redis_core::command::{Command, table};
use redis_core::config::Endpoint;
use redis_core::connection::ServerInfo;
use redis_core::drive::{BlockingCaller, blocking};
use redis_core::event::{CloseReason, ConnectionId};
use redis_core::pipeline::Batch;
use redis_core::pool::{Condition, Lease, Purpose, Residue, Undo};
use redis_core::resp::Limits;
use redis_core::retry::{Allowance, RetryPolicy};
use redis_core::{
    Delivery, Error, ErrorKind, Exclusive, ExecuteCommand, FromReply, PipelineOptions, Replies,
    Result, fork,
};
use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A connection of the pool that nobody else uses, until this is dropped.
///
/// Here commands may run that change the state of their connection: `SELECT`, `WATCH`, `MULTI`,
/// `CLIENT SETNAME`. When it is dropped, such a state is undone and the connection goes back to its
/// pool; what cannot be undone closes it, and so does a command that did not finish. One whose reply came too
/// late is read away; a panic in the middle of a call leaves no other command's reply behind.
///
/// A connection that was lost is not replaced, since its state went with it: every further command
/// fails with an error of kind [`Closed`](ErrorKind::Closed), and nothing is tried again unless the call
/// asks for it. It may be sent to another thread; one thread uses it at a time.
///
/// `redis_async::Connection` carries out one command after another, and is closed when one of them is
/// dropped before its reply.
///
/// # Example: what another database holds
///
/// ```no_run
/// use redis_sync::prelude::*;
///
/// # fn main() -> redis_sync::Result<()> {
/// let connection = Redis::new().connection()?;
/// connection.select(3)?;
/// println!("{} keys", connection.dbsize()?);
/// # Ok(()) }
/// ```
#[must_use = "the connection goes back to its pool when this is dropped"]
pub struct Connection {
    inner: RefCell<Inner>,
    home: Option<Home>,
    id: ConnectionId,
    server: Arc<ServerInfo>,
    usual: Option<Duration>,
    generation: u32,
}

struct Inner {
    /// Until it goes back.
    link: Option<Box<Link>>,
    residue: Residue,
}

/// Where the connection goes back to; one that is being prepared by a hook has none yet.
struct Home {
    pool: Pool,
    lease: Option<Lease>,
}

impl Connection {
    #[inline]
    pub(crate) fn take(pool: &Pool, purpose: Purpose) -> Result<Self> {
        let leased = pool.shared().lease(purpose, None)?;
        leased.life().check_process()?;
        let generation = leased.life().generation();
        let Some((lease, link)) = leased.into_parts() else { return Err(gone()) };
        let (id, server) = (link.id(), Arc::clone(link.server()));
        Ok(Self {
            id,
            server,
            inner: RefCell::new(Inner { link: Some(link), residue: Residue::default() }),
            home: Some(Home { pool: pool.clone(), lease: Some(lease) }),
            usual: pool.shared().usual(),
            generation,
        })
    }

    /// A connection that no pool knows yet.
    #[inline]
    pub(crate) fn unpooled(link: Link, usual: Option<Duration>) -> Self {
        let (id, server) = (link.id(), Arc::clone(link.server()));
        let link = Some(Box::new(link));
        Self {
            inner: RefCell::new(Inner { link, residue: Residue::default() }),
            home: None,
            id,
            server,
            usual,
            generation: fork::generation(),
        }
    }

    /// What [`unpooled`](Self::unpooled) was made of, and what happened to it since.
    #[inline]
    pub(crate) fn into_link(self) -> Result<(Link, Residue)> {
        let mut inner = self.inner.borrow_mut();
        let residue = inner.residue;
        let link = inner.link.take().ok_or_else(gone)?;
        if link.is_broken() { Err(gone()) } else { Ok((*link, residue)) }
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

    /// Notes that a blocking command is about to wait on it, which ends when the client is closed.
    #[inline]
    pub(crate) fn note_blocked(&self) {
        if let Some(Home { pool, lease: Some(lease) }) = &self.home {
            if self.generation == fork::generation() {
                let mut state = pool.shared().life().lock();
                state.accounting.note_blocked(lease, self.server.id());
            }
        }
    }

    #[inline]
    pub(crate) fn endpoint(&self) -> Option<&Endpoint> {
        self.home.as_ref().map(|home| home.pool.config().endpoint())
    }

    /// How long an ordinary reply may take.
    #[inline]
    pub(crate) fn usual(&self) -> Option<Duration> {
        self.usual
    }

    /// The bounds of the decoder.
    #[inline]
    pub(crate) fn limits(&self) -> Limits {
        self.home.as_ref().map(|home| home.pool.config().limits()).unwrap_or_default()
    }

    /// The connection itself, and what is left behind on it.
    #[inline]
    pub(crate) fn parts_mut(&mut self) -> Result<(&mut Link, &mut Residue)> {
        let Inner { link, residue } = self.inner.get_mut();
        Ok((link.as_mut().ok_or_else(gone)?, residue))
    }

    /// Sees to it that it does not go back to its pool.
    #[inline]
    pub(crate) fn keep_from_others(&mut self) {
        self.inner.get_mut().residue = Residue::LASTING;
    }

    /// One attempt of a batch.
    #[inline]
    pub(crate) fn carry_out(&self, batch: &Batch, options: &PipelineOptions) -> Replies {
        let endpoint = self.endpoint();
        let refused = |error| Replies::failed(batch, endpoint, error);
        if let Err(error) = self.refuse_in_child() {
            return refused(error);
        }
        let Ok(mut inner) = self.inner.try_borrow_mut() else { return refused(in_use()) };
        let Inner { link: Some(link), residue } = &mut *inner else { return refused(gone()) };
        if link.is_broken() {
            return refused(gone());
        }
        let time = batch.reply_timeout(options, self.usual);
        let whole = options.get_call_timeout().or(self.call_timeout().into()).duration();
        let allowance = Allowance::new(whole, Instant::now);
        let replies = link.carry_out(batch, endpoint, (time, self.usual), allowance);
        if batch.is_atomic() {
            residue.observe(&Command::new(&table::EXEC));
        }
        if replies.ended_transaction() {
            residue.transaction_ended();
        }
        if replies.failure().is_some_and(|error| error.kind() == ErrorKind::Protocol) {
            link.give_up();
        }
        replies
    }

    #[inline]
    pub(crate) fn refuse_in_child(&self) -> Result<()> {
        if self.generation == fork::generation() {
            return Ok(());
        }
        let message =
            "this connection is the parent process's: take one of your own with `connection()`";
        Err(Error::new(ErrorKind::Forked, message))
    }
}

impl ExecuteCommand for Connection {
    type Mode = Blocking;

    fn execute_command<T: FromReply>(&self, mut command: Command<'_>) -> Result<T> {
        command.check()?;
        command.check_exclusive()?;
        self.refuse_in_child()?;
        // nothing is tried again by itself: what failed may have taken the connection's state with it
        match command.options().and_then(|options| options.get_retry()).cloned() {
            Some(policy) => blocking::call(self, &command, &policy),
            None if command.has_remedy() => blocking::call(self, &command, &RetryPolicy::none()),
            None => {
                let time = command.call_timeout(self.call_timeout());
                self.round_trip(&command, time).map_err(|error| command.explain(error))
            }
        }
    }
}

impl Exclusive for Connection {}

#[doc(hidden)]
impl BlockingCaller for Connection {
    fn round_trip<T: FromReply>(&self, command: &Command<'_>, left: Option<Duration>) -> Result<T> {
        let Ok(mut inner) = self.inner.try_borrow_mut() else { return Err(in_use()) };
        let Inner { link: Some(link), residue } = &mut *inner else { return Err(gone()) };
        if link.is_broken() {
            return Err(gone());
        }
        residue.observe(command);
        let result = link.exchange(command, Patience::of(command, self.usual).at_most(left));
        match &self.home {
            Some(home) => {
                result.map_err(|error| error.with_endpoint(home.pool.config().endpoint()))
            }
            None => result,
        }
    }

    #[inline]
    fn call_timeout(&self) -> Option<Duration> {
        self.home.as_ref().and_then(|home| home.pool.config().call_timeout())
    }

    #[inline]
    fn now(&self) -> Instant {
        Instant::now()
    }

    #[inline]
    fn pause(&self, time: Duration) {
        std::thread::sleep(time);
    }

    #[inline]
    fn random(&self) -> u64 {
        crate::random::random()
    }

    #[inline]
    fn retrying(&self, command: &Command<'_>, error: &Error, after: Duration) {
        if let Some(home) = &self.home {
            home.pool.retrying(command, error, after);
        }
    }
}

impl Drop for Connection {
    #[inline]
    fn drop(&mut self) {
        let inner = self.inner.get_mut();
        let Some(mut link) = inner.link.take() else { return };
        if self.generation != fork::generation() {
            // it is the parent's, and closed by its number
            std::mem::forget(link);
            return;
        }
        let Some(Home { pool, lease }) = &mut self.home else { return };
        if let Some(lease) = lease.take() {
            let shared = pool.shared();
            let condition = made_as_it_was(shared, &mut link, inner.residue);
            let (id, orphans) = (link.id(), link.take_orphans());
            shared.release(shared.life(), lease, link, condition, Instant::now());
            shared.tell_orphaned(shared.life(), id, orphans);
        }
    }
}

/// Drains and undoes what there is to be drained and undone.
#[inline]
fn made_as_it_was(shared: &Shared, link: &mut Link, residue: Residue) -> Condition {
    if residue.is_empty() {
        return shared.condition_of(link);
    }
    let undo = residue.undo(&shared.dialer.home());
    // one that must be closed is not worth draining
    if undo == Undo::Close {
        return Condition::Unusable(CloseReason::Residue);
    }
    let condition = shared.condition_of(link);
    match undo {
        Undo::Send { bytes, replies } if !matches!(condition, Condition::Unusable(_)) => {
            // in a drop: a server that is silent must not hold its caller up for ever
            let time =
                shared.usual().unwrap_or_else(|| shared.dialer.config.pool().drain_timeout());
            match link.undo(&bytes, replies, Some(time)) {
                Ok(()) if link.is_clean() => condition,
                _ => Condition::Unusable(CloseReason::Residue),
            }
        }
        _ => condition,
    }
}

impl fmt::Debug for Connection {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("id", &self.id()).finish_non_exhaustive()
    }
}

#[cold]
fn in_use() -> Error {
    Error::new(ErrorKind::Misuse, "the connection is in use by the reply that is being read")
}

#[cold]
fn gone() -> Error {
    Error::new(ErrorKind::Closed, "this connection was lost: take another with `connection()`")
        .with_delivery(Delivery::NotSent)
}
