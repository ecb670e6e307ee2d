//! Connections lent one caller at a time: for blocking commands and for guards.
//!
//! Who gets which, who waits and what is closed is decided by [`redis_core::pool`]; this module waits,
//! opens, checks and closes, and does none of these while it holds the lock.

use crate::dialer::Opener;
use crate::housekeeper;
use crate::lease::Leased;
use crate::link::Link;
use crate::multiplexer::Multiplexer;
use crate::random::random;
use redis_core::command::{Command, table};
use redis_core::event::{CloseReason, ConnectionId, Event};
use redis_core::orphan::Orphan;
use redis_core::pool::{
    Accounting, Check, CheckOut, Closing, Condition, DisconnectScope, Grant, Lease, Permit,
    PoolStatistics, Purpose, Settings, Ticket, closed, ended_by_closing,
};
use redis_core::retry::{Allowance, shorter};
use redis_core::{Error, Result, TimeoutKind, fork};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout};

/// The connections that are lent, and those who wait for one.
pub(crate) struct Lending {
    books: Mutex<Books>,
    opener: Arc<Opener>,
    /// Over which one connection speaks of another.
    shared: Weak<Multiplexer>,
    generation: u32,
}

pub(crate) struct Books {
    pub(crate) accounting: Accounting<Box<Link>>,
    waiting: Vec<(Ticket, Waker)>,
    /// Whether a housekeeper is at work.
    pub(crate) kept: bool,
    /// Who it is, to be sent away with the last handle.
    pub(crate) keeper: Option<AbortHandle>,
}

impl Lending {
    pub(crate) fn new(opener: Arc<Opener>, shared: &Arc<Multiplexer>) -> Self {
        let accounting = Accounting::new(Settings::from(opener.dialer().config.pool()));
        let books = Books { accounting, waiting: Vec::new(), kept: false, keeper: None };
        let shared = Arc::downgrade(shared);
        Self { books: Mutex::new(books), opener, shared, generation: fork::watch() }
    }

    pub(crate) fn opener(&self) -> &Arc<Opener> {
        &self.opener
    }

    /// The connection that all share; none once the client is gone.
    pub(crate) fn shared(&self) -> Option<Arc<Multiplexer>> {
        self.shared.upgrade()
    }

    #[inline]
    pub(crate) fn is_forked(&self) -> bool {
        self.generation != fork::generation()
    }

    /// A connection for this caller alone, in the order in which callers came.
    ///
    /// # Cancellation
    ///
    /// Dropped at any point, it gives back what it holds: its place in the queue, the right to open a
    /// connection, or the connection.
    pub(crate) async fn acquire(self: &Arc<Self>, purpose: Purpose) -> Result<Leased> {
        self.acquire_within(purpose, None).await
    }

    /// The same in the time that is left, if there is an end to it.
    pub(crate) async fn acquire_within(
        self: &Arc<Self>,
        purpose: Purpose,
        left: Option<Duration>,
    ) -> Result<Leased> {
        let allowance = Allowance::new(left, now);
        self.opener.check_process()?;
        housekeeper::hire(self);
        let checked_out = {
            let mut books = self.lock();
            let checked_out = books.accounting.check_out(purpose, now());
            self.close(books);
            checked_out
        };
        let grant = match checked_out {
            CheckOut::Now(grant) => self.hold(grant),
            CheckOut::Wait(ticket) => {
                let asked = Instant::now();
                let outcome = self.queue(ticket, left).await;
                let recorder = self.opener.dialer().config.recorder();
                recorder.pool_waited(asked.elapsed(), outcome.is_ok());
                outcome?
            }
            CheckOut::Refuse(shortage) => return Err(shortage.refused()),
            CheckOut::Closed => return Err(closed()),
        };
        let ready = async {
            match grant {
                Held::Permit(permit) => self.open(permit).await,
                Held::Connection(leased, check) => self.check(leased, check).await,
            }
        };
        let leased = match allowance.left(now) {
            None => ready.await?,
            // nothing is sent yet, and whoever leaves passes the place on
            Some(left) => timeout(left, ready).await.map_err(|_| not_open_within(left))??,
        };
        let connection = leased.link().id();
        self.opener.dialer().config.events().emit_with(|| Event::Acquired { connection });
        Ok(leased)
    }

    /// Opens a connection that is there when it is asked for.
    pub(crate) async fn open_idle(self: &Arc<Self>, permit: Permit) -> Result<()> {
        self.open(OpenPermit::new(self, permit)).await.map(drop)
    }

    pub(crate) fn disconnect(&self, scope: DisconnectScope) {
        let mut books = self.lock();
        books.accounting.disconnect(scope);
        self.close(books);
    }

    /// Gives nobody a connection any more; how many waited for one, and how many are in use.
    pub(crate) fn stop(&self) -> (u64, u64) {
        let mut books = self.lock();
        let refused = books.accounting.close().len() as u64;
        let lent = u64::from(books.accounting.lent());
        let waiting = std::mem::take(&mut books.waiting);
        let keeper = books.keeper.take();
        self.close(books);
        if let Some(keeper) = keeper {
            keeper.abort();
        }
        waiting.into_iter().for_each(|(_, waker)| waker.wake());
        (refused, lent)
    }

    /// What the caller of a blocking command is told, whose wait was perhaps ended since the client was closed.
    pub(crate) fn ended(&self, error: Error) -> Error {
        let is_closed = !self.is_forked() && self.lock().accounting.is_closed();
        if is_closed { ended_by_closing(error) } else { error }
    }

    /// Wakes whoever closes the client, once something has come back.
    fn came_back(&self, was_closed: bool) {
        if was_closed {
            self.opener.changed().notify_waiters();
        }
    }

    pub(crate) fn statistics(&self) -> PoolStatistics {
        self.lock().accounting.statistics()
    }

    /// Takes a connection back.
    pub(crate) fn check_in(&self, lease: Lease, mut link: Box<Link>, condition: Condition) {
        let (connection, traffic) = (link.id(), link.take_traffic());
        let mut books = self.lock();
        books.accounting.count_traffic(&traffic);
        let next = books.accounting.check_in(lease, link, condition, now());
        let woken = books.called(next);
        let is_closed = books.accounting.is_closed();
        self.close(books);
        self.came_back(is_closed);
        woken.into_iter().for_each(Waker::wake);
        let events = self.opener.dialer().config.events();
        if condition == Condition::Recycled {
            events.emit_with(|| Event::Recycled { connection });
        }
        events.emit_with(|| Event::Released { connection });
    }

    /// Counts and tells what was read away that a blocking command had taken for nobody.
    pub(crate) fn tell_orphaned(&self, connection: ConnectionId, orphans: Vec<Orphan>) {
        if !orphans.is_empty() {
            self.lock().accounting.count_orphans(orphans.len());
            self.opener.dialer().config.tell_orphaned(connection, orphans);
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes what is to be closed, once the lock is released.
    pub(crate) fn close(&self, mut books: MutexGuard<'_, Books>) {
        let closing = books.accounting.take_closing();
        drop(books);
        for Closing { mut connection, reason, .. } in closing {
            connection.close_with(reason, None);
        }
    }

    /// Waits for a turn, as long as the pool lets its callers wait.
    async fn queue(self: &Arc<Self>, ticket: Ticket, left: Option<Duration>) -> Result<Held> {
        let mut turn = Turn { lending: self, ticket: Some(ticket) };
        let limit = shorter(self.opener.dialer().config.pool().acquire_timeout(), left);
        let Some(limit) = limit else { return turn.await };
        match timeout(limit, &mut turn).await {
            Ok(outcome) => outcome,
            Err(_) => {
                let shortage = self.lock().accounting.shortage(ticket);
                turn.give_up();
                Err(shortage.lasted(limit))
            }
        }
    }

    fn hold(self: &Arc<Self>, grant: Grant<Box<Link>>) -> Held {
        match grant {
            Grant::Open(permit) => Held::Permit(OpenPermit::new(self, permit)),
            Grant::Reuse { lease, connection, check } => {
                Held::Connection(Leased::new(Arc::clone(self), lease, connection), check)
            }
        }
    }

    /// Makes sure that a connection that lay idle still serves, and replaces it if not.
    async fn check(self: &Arc<Self>, mut leased: Leased, check: Check) -> Result<Leased> {
        let reason = if !leased.link_mut().is_fresh() {
            CloseReason::Stale
        } else if check == Check::Ping && !self.answers(&mut leased).await {
            CloseReason::Unhealthy
        } else {
            return Ok(leased);
        };
        let Some((lease, mut link)) = leased.into_parts() else { return Err(closed()) };
        link.close_with(reason, None);
        drop(link);
        let permit = self.lock().accounting.replace(lease, reason);
        self.open(OpenPermit::new(self, permit)).await
    }

    async fn answers(&self, leased: &mut Leased) -> bool {
        let limit = self.opener.dialer().config.response_timeout();
        let ping = Command::new(&table::PING);
        leased.link_mut().exchange(&ping, limit).await.is_ok()
    }

    async fn open(self: &Arc<Self>, mut permit: OpenPermit) -> Result<Leased> {
        // cancelled here, the permit's drop passes the place on
        let opened = self.opener.open().await;
        let Some(permit) = permit.permit.take() else { return Err(closed()) };
        let mut books = self.lock();
        match opened {
            Ok(link) => {
                let lease = books.accounting.opened(permit, now(), random());
                drop(books);
                Ok(Leased::new(Arc::clone(self), lease, Box::new(link)))
            }
            Err(error) => {
                let next = books.accounting.failed(permit);
                let woken = books.called(next);
                let is_closed = books.accounting.is_closed();
                drop(books);
                self.came_back(is_closed);
                woken.into_iter().for_each(Waker::wake);
                Err(error)
            }
        }
    }
}

impl Drop for Lending {
    fn drop(&mut self) {
        // in a child the task is the parent's, and so is its runtime
        if self.is_forked() {
            return;
        }
        let keeper = self.lock().keeper.take();
        if let Some(keeper) = keeper {
            keeper.abort();
        }
    }
}

impl Books {
    /// The waker of one whose turn it is.
    fn called(&mut self, ticket: Option<Ticket>) -> Option<Waker> {
        let ticket = ticket?;
        let at = self.waiting.iter().position(|(waiting, _)| *waiting == ticket)?;
        Some(self.waiting.swap_remove(at).1)
    }

    /// The waker of one who waits, out of the books: to be dropped outside of the lock, since with the
    /// last waker a whole task may go, and a place in the queue that it owns.
    fn forget(&mut self, ticket: Ticket) -> Option<Waker> {
        self.called(Some(ticket))
    }
}

/// What a caller was granted.
enum Held {
    Permit(OpenPermit),
    Connection(Leased, Check),
}

/// The right to open one connection; passed on if it is not used.
struct OpenPermit {
    lending: Arc<Lending>,
    permit: Option<Permit>,
}

impl OpenPermit {
    fn new(lending: &Arc<Lending>, permit: Permit) -> Self {
        Self { lending: Arc::clone(lending), permit: Some(permit) }
    }
}

impl Drop for OpenPermit {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take() {
            if self.lending.is_forked() {
                return;
            }
            let mut books = self.lending.lock();
            let next = books.accounting.abandon(permit);
            let woken = books.called(next);
            let is_closed = books.accounting.is_closed();
            drop(books);
            self.lending.came_back(is_closed);
            woken.into_iter().for_each(Waker::wake);
        }
    }
}

/// A place in the queue.
struct Turn<'l> {
    lending: &'l Arc<Lending>,
    ticket: Option<Ticket>,
}

impl Turn<'_> {
    /// Leaves the queue, since the time is over.
    fn give_up(&mut self) {
        self.leave(Accounting::give_up);
    }

    fn leave(
        &mut self,
        how: impl FnOnce(&mut Accounting<Box<Link>>, Ticket, std::time::Instant) -> Option<Ticket>,
    ) {
        let Some(ticket) = self.ticket.take() else { return };
        if self.lending.is_forked() {
            return;
        }
        let mut books = self.lending.lock();
        let forgotten = books.forget(ticket);
        let next = how(&mut books.accounting, ticket, now());
        let woken = books.called(next);
        self.lending.close(books);
        drop(forgotten);
        woken.into_iter().for_each(Waker::wake);
    }
}

impl Future for Turn<'_> {
    type Output = Result<Held>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Held>> {
        let Some(ticket) = self.ticket else { return Poll::Ready(Err(closed())) };
        if self.lending.is_forked() {
            return Poll::Ready(Err(closed()));
        }
        let mut books = self.lending.lock();
        let forgotten = books.forget(ticket);
        let claimed = books.accounting.claim(ticket);
        let is_closed = books.accounting.is_closed();
        if claimed.is_none() && !is_closed {
            books.waiting.push((ticket, cx.waker().clone()));
        }
        drop(books);
        drop(forgotten);
        match claimed {
            Some(grant) => {
                let held = self.lending.hold(grant);
                self.ticket = None;
                Poll::Ready(Ok(held))
            }
            None if is_closed => Poll::Ready(Err(closed())),
            None => Poll::Pending,
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // cancelled while it waited: what was granted in the meantime goes to the next
        self.leave(Accounting::cancel);
    }
}

#[cold]
fn not_open_within(time: Duration) -> Error {
    let message = format!("no connection was open within {time:?}, all that was left of the call");
    Error::timeout(TimeoutKind::Connect, message)
}

/// The clock that the books are kept by.
pub(crate) fn now() -> std::time::Instant {
    Instant::now().into_std()
}

/// How long until then.
pub(crate) fn until(due: std::time::Instant) -> Duration {
    due.saturating_duration_since(now())
}
