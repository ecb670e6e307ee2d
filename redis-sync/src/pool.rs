//! Connections shared by threads: who gets one, who waits, and what becomes of it afterwards.
//!
//! What is decided is decided by [`redis_core::pool`]; this module waits, opens, checks and closes, and does
//! none of these while it holds the lock.

use crate::closing;
use crate::connector::{Connector, DirectConnector};
use crate::dialer::{Dialer, Hook};
use crate::joint::{self, Caller, MOST_SHARED, Seat};
use crate::lease::Leased;
use crate::life::{Life, State};
use crate::link::{Came, Link, Patience};
use crate::random::random;
use redis_core::command::Command;
use redis_core::config::{Config, LibraryInfo};
use redis_core::drive::BlockingCaller;
use redis_core::event::{CloseReason, ConnectionId, Event};
use redis_core::orphan::Orphan;
use redis_core::pool::{
    Check, CheckOut, Closed, Closing, Condition, DisconnectScope, Grant, Lease, Permit,
    PoolStatistics, Purpose, Settings, Ticket, closed,
};
use redis_core::retry::Allowance;
use redis_core::{Error, ErrorKind, FromReply, Result};
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::{Arc, MutexGuard};
use std::thread::Thread;
use std::time::{Duration, Instant};

/// A pool of connections to one server: a cheap handle, to be cloned and shared between threads.
///
/// Several [`Redis`](crate::Redis) handles may share one pool; the last handle that goes closes the
/// connections. A child of `fork` begins with an empty pool of its own, and leaves the parent's
/// connections alone.
///
/// # Example: two handles, one set of connections
///
/// ```no_run
/// use redis_sync::{Config, Pool, Redis};
///
/// # fn main() -> redis_sync::Result<()> {
/// let pool = Pool::new(Config::from_url("redis://localhost/2")?);
/// let (reader, writer) = (Redis::from_pool(pool.clone()), Redis::from_pool(pool));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Pool(Arc<Shared>);

/// What all handles of a pool share.
pub(crate) struct Shared {
    pub(crate) dialer: Dialer,
    settings: Settings,
    life: Life,
}

impl Pool {
    /// A pool by this configuration. Nothing is opened yet.
    pub fn new(config: Config) -> Self {
        Self::with_connector(config, Arc::new(DirectConnector::default()), Vec::new())
    }

    pub(crate) fn with_connector(
        config: Config,
        connector: Arc<dyn Connector>,
        hooks: Vec<Arc<Hook>>,
    ) -> Self {
        Self::from_dialer(Dialer::new(config, connector, hooks))
    }

    /// Another pool by the same configuration, for another database.
    #[inline]
    pub(crate) fn with_database(&self, database: u32) -> Self {
        Self::from_dialer(self.0.dialer.with_database(database))
    }

    fn from_dialer(mut dialer: Dialer) -> Self {
        let library = LibraryInfo::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        dialer.config = dialer.config.with_default_library(library);
        let settings = Settings::from(dialer.config.pool());
        let life = Life::new(settings.clone(), false);
        Self(Arc::new(Shared { dialer, settings, life }))
    }

    /// The configuration.
    #[inline]
    pub fn config(&self) -> &Config {
        &self.0.dialer.config
    }

    /// What it counts: in a child of `fork`, only what happened there.
    pub fn statistics(&self) -> PoolStatistics {
        let state = self.0.life().lock();
        let mut counts = state.accounting.statistics();
        counts.in_flight = state.joint.in_flight() as u64;
        drop(state);
        counts.panics = self.config().caught_panics();
        counts
    }

    /// Closes idle connections, and with [`DisconnectScope::All`] those in use when they come back.
    /// Whoever needs one afterwards gets a new one.
    pub fn disconnect(&self, scope: DisconnectScope) {
        let mut state = self.0.life().lock();
        state.accounting.disconnect(scope);
        self.0.close_unlocked(state);
    }

    /// Closes the pool for good, on all handles, and waits so long for what is under way.
    ///
    /// From the call on, who asks for anything and who waits for a connection gets an error of kind
    /// [`Shutdown`](redis_core::ErrorKind::Shutdown), and nothing of theirs is sent. Connections in use are waited for,
    /// blocking commands are ended on the server and get the same error, subscriptions end, locks are renewed no more,
    /// and threads are joined. Whatever is left when the time is over is cut off. [`Closed`] says what became of it
    /// all.
    ///
    /// A child of `fork` closes its own pool and leaves the parent's alone. Closed twice, the second call waits for
    /// what there still is. A handler that calls this from a thread which holds a connection waits for itself, until
    /// the time is over.
    ///
    /// # Example: the end of a service
    ///
    /// ```
    /// # let Some(r) = redis_sync::doc_client("7.0.0") else { return Ok(()) };
    /// use redis_sync::ErrorKind;
    /// use redis_sync::prelude::*;
    /// use std::time::Duration;
    ///
    /// r.ping()?;
    /// let closed = r.pool().close(Duration::from_secs(5));
    /// assert!(closed.is_clean());
    /// assert_eq!(r.ping().unwrap_err().kind(), ErrorKind::Shutdown);
    /// # Ok::<(), redis_sync::Error>(())
    /// ```
    #[inline]
    pub fn close(&self, deadline: Duration) -> Closed {
        closing::close(self, deadline)
    }

    #[cold]
    fn at_endpoint(&self, error: Error) -> Error {
        error.with_endpoint(self.config().endpoint())
    }

    /// Counts a command, or a pipeline, that is tried again.
    #[cold]
    pub(crate) fn count_retry(&self) {
        self.0.life().lock().accounting.count_retry();
    }

    #[inline]
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.0
    }
}

/// A panic in a user's reply type, hook or listener leaves the books whole: a connection goes back, or is
/// closed, while it unwinds.
impl UnwindSafe for Pool {}
impl RefUnwindSafe for Pool {}

impl fmt::Debug for Pool {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("endpoint", &format_args!("{}", self.config().endpoint()))
            .field("statistics", &self.statistics())
            .finish_non_exhaustive()
    }
}

impl Shared {
    /// What belongs to this process.
    #[inline]
    pub(crate) fn life(&self) -> &Life {
        self.life.current(&self.settings)
    }

    /// How long an ordinary reply may take.
    #[inline]
    pub(crate) fn usual(&self) -> Option<Duration> {
        self.dialer.config.response_timeout()
    }

    /// A connection that works, for as long as the lease is held; in the time that is left, if there is an end
    /// to it.
    #[inline]
    pub(crate) fn lease(
        self: &Arc<Self>,
        purpose: Purpose,
        left: Option<Duration>,
    ) -> Result<Leased<'_>> {
        let mut leased = self.lease_as_left(purpose, left)?;
        // who keeps it for longer than an exchange has it looked at, however short ago it served
        if leased.began().is_some() && !leased.link_mut().is_fit() {
            return self.replace(leased, CloseReason::Stale, left);
        }
        Ok(leased)
    }

    /// The same for a single command or a single pipeline: what served a moment ago serves again as it was left.
    pub(crate) fn lease_as_left(
        self: &Arc<Self>,
        purpose: Purpose,
        left: Option<Duration>,
    ) -> Result<Leased<'_>> {
        match self.enter(purpose, left, None)? {
            Entry::Alone { leased, .. } => Ok(leased),
            // only who is ready to share is let in there
            Entry::Joint { .. } => Err(closed()),
        }
    }

    /// The same, or a place on the connection that others share. `asked` is when it was asked for, by one who has
    /// waited already.
    #[inline(always)]
    fn enter(
        self: &Arc<Self>,
        purpose: Purpose,
        left: Option<Duration>,
        asked: Option<Instant>,
    ) -> Result<Entry<'_>> {
        let life = self.life();
        life.housekeeper().begin(self);
        let now = Instant::now();
        let allowance = Allowance::new(left, || now);
        let mut state = life.lock();
        let may_share = purpose == Purpose::Shareable;
        if may_share && state.accounting.is_sharing() && state.may_join(now) {
            return Ok(Entry::Joint { life, state, now });
        }
        let grant = match state.accounting.check_out(purpose, now) {
            CheckOut::Now(grant) => grant,
            CheckOut::Wait(ticket) => {
                let asked = asked.unwrap_or(now);
                return match self.wait(life, state, ticket, may_share, (asked, left))? {
                    // all were in use
                    Some(grant) => self.prepare(life, grant, allowance, may_share),
                    None => self.enter_again(purpose, allowance, asked),
                };
            }
            CheckOut::Refuse(shortage) => return Err(shortage.refused()),
            CheckOut::Closed => return Err(closed()),
        };
        let share = may_share && state.accounting.is_sharing();
        self.close_unlocked(state);
        match grant {
            Grant::Reuse { lease, connection, check: Check::Nothing } => {
                // it is clean: else it would not have gone back
                let mut leased = Leased::new(self, life, lease, connection);
                leased.begin(now);
                self.tell_acquired(&leased);
                Ok(Entry::Alone { leased, share })
            }
            grant => self.prepare(life, grant, allowance, share),
        }
    }

    /// Once more, for one who asked at `asked` and found no room on the shared connection after all.
    #[cold]
    fn enter_again(
        self: &Arc<Self>,
        purpose: Purpose,
        allowance: Allowance,
        asked: Instant,
    ) -> Result<Entry<'_>> {
        self.enter(purpose, allowance.left(Instant::now), Some(asked))
    }

    /// Makes a connection of what was granted.
    #[cold]
    fn prepare<'p>(
        &'p self,
        life: &'p Life,
        grant: Grant<Box<Link>>,
        allowance: Allowance,
        share: bool,
    ) -> Result<Entry<'p>> {
        let leased = match grant {
            Grant::Reuse { lease, connection, check } => {
                self.look(Leased::new(self, life, lease, connection), check, allowance)?
            }
            Grant::Open(permit) => self.open(life, permit, allowance.left(Instant::now))?,
        };
        self.tell_acquired(&leased);
        Ok(Entry::Alone { leased, share })
    }

    #[inline]
    fn tell_acquired(&self, leased: &Leased<'_>) {
        self.dialer
            .config
            .events()
            .emit_with(|| Event::Acquired { connection: leased.link().id() });
    }

    /// One attempt of a command, as far as its being sent.
    fn send<'p>(
        self: &'p Arc<Self>,
        command: &Command<'_>,
        left: Option<Duration>,
    ) -> Result<Sent<'p>> {
        let purpose = self.purpose_of(command);
        let allowance = Allowance::new(left, Instant::now);
        let mut leased = match self.enter(purpose, left, None)? {
            Entry::Alone { leased, share: false } => leased,
            entry => match self.share(entry, command, allowance) {
                Ok(came) => return came.map(Sent::Joint),
                Err(leased) => leased,
            },
        };
        if purpose == Purpose::Blocking {
            leased.note_blocked();
        }
        let patience = Patience::of(command, self.usual()).at_most(allowance.left(Instant::now));
        let start = leased.began().unwrap_or_else(Instant::now);
        match leased.link_mut().ask(start, command, patience) {
            Ok(()) => Ok(Sent::Alone(leased)),
            Err(error) => Err(leased.failed(error)),
        }
    }

    /// What the command needs a connection for.
    #[inline]
    fn purpose_of(&self, command: &Command<'_>) -> Purpose {
        let purpose = Purpose::of(command);
        let may_share = self.settings.sharing
            && purpose == Purpose::Ordinary
            && !command.has_large()
            && command.size() <= MOST_SHARED;
        if may_share { Purpose::Shareable } else { purpose }
    }

    /// Carries a command out on a shared connection. The one it has comes back where that can't be shared, or
    /// another is.
    #[cold]
    fn share<'p>(
        &'p self,
        entry: Entry<'p>,
        command: &Command<'_>,
        allowance: Allowance,
    ) -> std::result::Result<Result<Came>, Leased<'p>> {
        let patience = Patience::of(command, self.usual()).at_most(allowance.left(Instant::now));
        match entry {
            Entry::Alone { leased, .. } => self.open_joint(leased, command, patience),
            Entry::Joint { life, mut state, now } => {
                let timing = (now, patience);
                let caller = Caller::new((self, life), &mut state, command, timing, true);
                Ok(caller.finish(state))
            }
        }
    }

    /// Lets others share the connection that was had for `command`, and carries that out. The connection comes
    /// back where it can't be shared, or another is.
    fn open_joint<'p>(
        &'p self,
        leased: Leased<'p>,
        command: &Command<'_>,
        patience: Patience,
    ) -> std::result::Result<Result<Came>, Leased<'p>> {
        let sender = leased.link().sender().filter(|_| leased.link().is_clean());
        let Some(sender) = sender else { return Err(leased) };
        let life = leased.life();
        let start = leased.began().unwrap_or_else(Instant::now);
        let mut guard = life.lock();
        if !guard.joint.is_down() {
            drop(guard);
            return Err(leased);
        }
        let Some((lease, link)) = leased.into_parts() else { return Ok(Err(closed())) };
        let state = &mut *guard;
        state.joint.open(Seat { lease, link }, sender);
        let mut caller = Caller::new((self, life), state, command, (start, patience), false);
        if state.may_join(start) {
            caller.wake_later(state.joinable());
        }
        Ok(caller.finish(guard))
    }

    /// Takes the shared connection back, where it is as good as before; else it is to be dropped once nobody
    /// waits for that.
    pub(crate) fn take_back<'p>(
        &'p self,
        life: &'p Life,
        state: MutexGuard<'_, State>,
        seat: Seat,
        spoilt: bool,
    ) -> Option<Leased<'p>> {
        let Seat { lease, link } = seat;
        if link.is_clean() && !spoilt {
            self.release_locked(state, lease, link, Condition::Clean, Instant::now());
            return None;
        }
        drop(state);
        let mut leased = Leased::new(self, life, lease, link);
        if spoilt {
            leased.spoil();
        }
        Some(leased)
    }

    /// Opens a connection. The permit is given back whatever happens, panics included.
    #[cold]
    pub(crate) fn open<'p>(
        &'p self,
        life: &'p Life,
        permit: Permit,
        left: Option<Duration>,
    ) -> Result<Leased<'p>> {
        let mut opening = Opening { shared: self, life, permit: Some(permit) };
        life.check_process()?;
        let link = Box::new(self.dialer.dial_within(life.descriptors(), left)?);
        match opening.permit.take() {
            Some(permit) => {
                let lease = life.lock().accounting.opened(permit, Instant::now(), random());
                Ok(Leased::new(self, life, lease, link))
            }
            None => Err(closed()),
        }
    }

    /// Waits until the ticket is called or the time is over; no grant where there is a connection to be
    /// shared meanwhile.
    #[cold]
    fn wait<'l>(
        &self,
        life: &'l Life,
        mut state: MutexGuard<'l, State>,
        ticket: Ticket,
        may_share: bool,
        (begun, left): (Instant, Option<Duration>),
    ) -> Result<Option<Grant<Box<Link>>>> {
        // whoever comes a second time, since there was no room on the shared connection after all, has no more time
        let by_pool = self.dialer.config.pool().acquire_timeout();
        let by_pool = by_pool.and_then(|time| begun.checked_add(time));
        let by_call = left.and_then(|left| Instant::now().checked_add(left));
        let deadline = [by_pool, by_call].into_iter().flatten().min();
        let time = deadline.map(|deadline| deadline.saturating_duration_since(begun));
        state.waiters.push((ticket, std::thread::current()));
        loop {
            drop(state);
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            match left {
                Some(left) => std::thread::park_timeout(left),
                None => std::thread::park(),
            }
            state = life.lock();
            let now = Instant::now();
            // what was granted at the last moment is taken
            let failure = match state.accounting.claim(ticket) {
                Some(grant) => {
                    self.close_unlocked(state);
                    self.dialer.config.recorder().pool_waited(begun.elapsed(), true);
                    return Ok(Some(grant));
                }
                None if may_share && state.may_join(now) => {
                    // nothing was granted, so that nobody else's turn has come
                    let _ = state.accounting.cancel(ticket, now);
                    state.waiter(Some(ticket));
                    drop(state);
                    self.dialer.config.recorder().pool_waited(begun.elapsed(), true);
                    return Ok(None);
                }
                None if state.accounting.is_closed() => closed(),
                None if deadline.is_some_and(|deadline| deadline <= now) => {
                    state.accounting.shortage(ticket).lasted(time.unwrap_or_default())
                }
                None => continue,
            };
            let next = match failure.kind() {
                ErrorKind::Shutdown => state.accounting.cancel(ticket, now),
                _ => state.accounting.give_up(ticket, now),
            };
            state.waiter(Some(ticket));
            let woken = state.waiter(next);
            self.close_unlocked(state);
            if let Some(thread) = woken {
                thread.unpark();
            }
            self.dialer.config.recorder().pool_waited(begun.elapsed(), false);
            return Err(failure);
        }
    }

    /// Takes a connection back that was used until `now`.
    #[inline]
    pub(crate) fn release(
        &self,
        life: &Life,
        lease: Lease,
        link: Box<Link>,
        condition: Condition,
        now: Instant,
    ) {
        self.release_locked(life.lock(), lease, link, condition, now);
    }

    #[inline]
    fn release_locked(
        &self,
        mut state: MutexGuard<'_, State>,
        lease: Lease,
        mut link: Box<Link>,
        condition: Condition,
        now: Instant,
    ) {
        let connection = link.id();
        state.accounting.count_traffic(&link.take_traffic());
        let ticket = state.accounting.check_in(lease, link, condition, now);
        let woken = state.waiter(ticket);
        self.close_unlocked(state);
        if let Some(thread) = woken {
            thread.unpark();
        }
        // called when the connection is back: a listener may ask for one
        let events = self.dialer.config.events();
        if !events.is_empty() {
            if condition == Condition::Recycled {
                events.emit(Event::Recycled { connection });
            }
            events.emit(Event::Released { connection });
        }
    }

    /// Brings a connection whose reply is late into a known state, in bounded time; in which condition it
    /// goes back.
    pub(crate) fn condition_of(&self, link: &mut Link) -> Condition {
        if link.is_clean() {
            return Condition::Clean;
        }
        if link.is_recyclable() {
            let time = self.dialer.config.pool().drain_timeout();
            let drained = !time.is_zero() && link.recycle(time, random()).is_ok();
            return if drained && link.is_fit() {
                Condition::Recycled
            } else {
                Condition::Unusable(CloseReason::NotDrained)
            };
        }
        if link.is_broken() {
            Condition::Unusable(CloseReason::Broken)
        } else if link.is_fit() {
            Condition::Clean
        } else {
            Condition::Unusable(CloseReason::Stale)
        }
    }

    /// Counts and tells what was read away that a blocking command had taken for nobody.
    #[cold]
    pub(crate) fn tell_orphaned(&self, life: &Life, id: ConnectionId, orphans: Vec<Orphan>) {
        if !orphans.is_empty() {
            life.lock().accounting.count_orphans(orphans.len());
            self.dialer.config.tell_orphaned(id, orphans);
        }
    }

    /// Ends what has been there for too long and opens what is missing; when to come again, at the latest.
    pub(crate) fn keep_house(&self) -> Option<Instant> {
        let life = self.life();
        let mut state = life.lock();
        state.accounting.reap(Instant::now());
        self.close_unlocked(state);
        // no more than there should be: what ends as soon as it is opened is not opened again and again
        for _ in 0..self.settings.min_idle {
            let Some(permit) = life.lock().accounting.top_up() else { break };
            match self.open(life, permit, None) {
                // dropped: it goes back, and is idle
                Ok(leased) => drop(leased),
                Err(_) => return Instant::now().checked_add(Duration::from_secs(1)),
            }
        }
        life.lock().accounting.next_due()
    }

    /// Closes what is to be closed once the lock is released, and tells why.
    #[inline]
    fn close_unlocked(&self, state: MutexGuard<'_, State>) {
        if !state.accounting.is_settled() {
            self.settle(state);
        }
    }

    #[cold]
    fn settle(&self, mut state: MutexGuard<'_, State>) {
        let closing = state.accounting.take_closing();
        let closers = if state.accounting.is_closed() { state.closers.clone() } else { Vec::new() };
        drop(state);
        for Closing { connection, reason, .. } in closing {
            let id = connection.id();
            drop(connection);
            self.tell_closed(id, reason);
        }
        closers.iter().for_each(Thread::unpark);
    }

    /// Closes what is to be closed, and wakes who waits for the end.
    pub(crate) fn tidy(&self, life: &Life) {
        self.close_unlocked(life.lock());
    }

    #[cold]
    pub(crate) fn tell_closed(&self, id: ConnectionId, reason: CloseReason) {
        self.dialer.config.recorder().connection_closed(reason);
        let event = Event::Disconnected { connection: id, reason, error: None };
        self.dialer.config.events().emit(event);
    }
}

/// One attempt of a command over the pool, and the pauses between attempts.
#[doc(hidden)]
impl BlockingCaller for Pool {
    #[inline]
    fn round_trip<T: FromReply>(&self, command: &Command<'_>, left: Option<Duration>) -> Result<T> {
        let result = match self.0.send(command, left) {
            Ok(Sent::Alone(mut leased)) => match leased.link_mut().answer(command) {
                Ok(value) => return Ok(value),
                Err(error) => Err(leased.failed(error)),
            },
            Ok(Sent::Joint(came)) => {
                came.read(command.reply_shape(), |reply| command.read(reply), joint::give_back)
            }
            Err(error) => Err(error),
        };
        result.map_err(|error| self.at_endpoint(error))
    }

    fn call_timeout(&self) -> Option<Duration> {
        self.config().call_timeout()
    }

    fn now(&self) -> Instant {
        Instant::now()
    }

    fn pause(&self, time: Duration) {
        std::thread::sleep(time);
    }

    fn random(&self) -> u64 {
        random()
    }

    fn retrying(&self, command: &Command<'_>, error: &Error, after: Duration) {
        let attempt = error.context().attempt.unwrap_or(1);
        let config = self.config();
        self.count_retry();
        config.recorder().command_retried(&command.name(), attempt, error, after);
        let (command, error) = (command.name(), error.clone());
        config.events().emit(Event::Retried { command, error, attempt, after });
    }
}

/// How a command gets to the server.
enum Entry<'p> {
    /// Over this connection, which others should `share` if that can be.
    Alone { leased: Leased<'p>, share: bool },
    /// Over the one that others share already.
    Joint { life: &'p Life, state: MutexGuard<'p, State>, now: Instant },
}

/// A command that was sent.
enum Sent<'p> {
    /// Over this connection, where its reply is to be read.
    Alone(Leased<'p>),
    /// Over the one that others share: its reply was read.
    Joint(Came),
}

/// A connection that is being opened; its place goes to the next if that fails.
struct Opening<'p> {
    shared: &'p Shared,
    life: &'p Life,
    permit: Option<Permit>,
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        if !self.life.is_current() {
            return;
        }
        if let Some(permit) = self.permit.take() {
            let mut state = self.life.lock();
            let ticket = state.accounting.failed(permit);
            let woken = state.waiter(ticket);
            self.shared.close_unlocked(state);
            woken.iter().for_each(Thread::unpark);
        }
    }
}
