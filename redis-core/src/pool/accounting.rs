//! The books of a pool: who has what, who waits, what is due.

use super::lease::Member;
use super::sharing::Sharing;
use super::{
    Check, Closing, Condition, Lease, Pass, Permit, PoolStatistics, Purpose, Settings, Shortage,
    Ticket, Traffic,
};
use crate::error::Error;
use crate::event::CloseReason;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Which connections a disconnect closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DisconnectScope {
    /// Those that are idle now.
    Idle,
    /// Those that are idle now, and those in use as soon as they come back.
    All,
}

/// What a caller who asks for a connection gets.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "it may hold a place in the pool"]
pub enum CheckOut<C> {
    /// A connection, or the right to open one.
    Now(Grant<C>),
    /// A place in the queue: wait until the ticket is called, then [`claim`](Accounting::claim).
    Wait(Ticket),
    /// Nothing, and it may not wait: for want of this.
    Refuse(Shortage),
    /// Nothing: the pool was closed.
    Closed,
}

/// What is granted: at once, or to one who waited.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "it holds a place in the pool until it is handed back"]
pub enum Grant<C> {
    /// This connection.
    Reuse {
        /// Its lease.
        lease: Lease,
        /// Itself.
        connection: C,
        /// What its silence asks for before it is used.
        check: Check,
    },
    /// The right to open one.
    Open(Permit),
}

/// The books of a pool of connections `C`.
///
/// Callers are served first come, first served: while somebody waits, nothing is idle and no place is
/// free, since whatever comes back goes to the first in the queue at once. Idle connections are reused
/// last in, first out, so that those too many become idle and end.
///
/// Blocking commands hold a limited number of connections at once. Those of them that come then wait too, and
/// those who come after them and want something else pass by: of the queue, the first who can be served is.
///
/// Methods that free something return the ticket to be called, if somebody's turn has come. Connections
/// that are to be closed collect in [`take_closing`](Self::take_closing).
#[derive(Debug)]
pub struct Accounting<C> {
    settings: Settings,
    /// Whoever came back last stands last.
    idle: Vec<Idle<C>>,
    /// Before this none of the idle ones has been idle or alive for too long, but for those kept.
    soonest_end: Option<Instant>,
    /// Some were idle for too long and are kept, being no more than `min_idle`.
    keeps_ended: bool,
    /// Commands follow briskly one upon the other if no more lies between their beginnings: a quarter of
    /// [`Check::MOMENT`], so that one that takes longer than those before it is seldom taken for silence.
    brisk: Duration,
    waiting: VecDeque<(Ticket, Purpose)>,
    /// What was granted to those who waited and have not claimed it yet.
    granted: Vec<(Ticket, Grant<C>)>,
    closing: Vec<Closing<C>>,
    /// The connections on which a blocking command waits, by number, and as the server knows them.
    blocked: Vec<(u64, i64)>,
    next_ticket: u64,
    next_id: u64,
    /// Connections of an older generation end when they come back.
    generation: u32,
    closed: bool,
    sharing: Sharing,
    /// `idle` and `waiting` are filled in when they are read.
    counts: PoolStatistics,
}

#[derive(Debug)]
struct Idle<C> {
    lease: Lease,
    connection: C,
}

impl<C> Accounting<C> {
    /// An empty pool.
    pub fn new(settings: Settings) -> Self {
        Self {
            sharing: Sharing::new(settings.max_size),
            brisk: settings.health_check_interval.unwrap_or(Check::MOMENT).min(Check::MOMENT) / 4,
            settings,
            idle: Vec::new(),
            soonest_end: None,
            keeps_ended: false,
            waiting: VecDeque::new(),
            granted: Vec::new(),
            closing: Vec::new(),
            blocked: Vec::new(),
            next_ticket: 0,
            next_id: 1,
            generation: 0,
            closed: false,
            counts: PoolStatistics::default(),
        }
    }

    /// The numbers it goes by.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Asks for a connection.
    #[inline(always)]
    pub fn check_out(&mut self, purpose: Purpose, now: Instant) -> CheckOut<C> {
        if self.closed {
            return CheckOut::Closed;
        }
        if !self.may_hold(purpose) {
            return self.wait_or_refuse(purpose);
        }
        if self.keeps_ended || has_passed(self.soonest_end, now) {
            self.end_idle(now);
        }
        match self.idle.pop() {
            Some(idle) => CheckOut::Now(self.lend(idle, purpose, now)),
            None => self.open_or_wait(purpose),
        }
    }

    /// Whether commands share a connection rather than take one of their own: since enough of these are in
    /// use, or since there is none left to take.
    #[inline]
    pub fn is_sharing(&self) -> bool {
        self.sharing.is_on() || (self.idle.is_empty() && self.lent() >= self.settings.max_size)
    }

    /// Whether a shared connection may take one more command: unless it is to end, or somebody waits who
    /// wants a connection for himself alone, and would wait for ever.
    #[inline]
    pub fn may_share(&self, pass: Pass, now: Instant) -> bool {
        !self.closed
            && pass.generation == self.generation
            && !has_passed(pass.expires, now)
            && !self
                .waiting
                .iter()
                .any(|(_, purpose)| *purpose != Purpose::Shareable && self.may_hold(*purpose))
    }

    /// Those who wait for a connection and would do with a shared one, to be called when there is one.
    pub fn joinable(&self) -> impl Iterator<Item = Ticket> {
        let shareable = self.waiting.iter().filter(|(_, purpose)| *purpose == Purpose::Shareable);
        shareable.map(|(ticket, _)| *ticket)
    }

    /// Counts a command of so many bytes that was sent over a shared connection, where so many are in flight
    /// now; `joined` if it was somebody else's.
    #[inline]
    pub fn count_shared(&mut self, size: usize, in_flight: usize, joined: bool) {
        self.counts.traffic.sent(1, size);
        self.counts.joined += u64::from(joined);
        self.sharing.joined(in_flight);
    }

    /// Counts a command that failed like this on a shared connection.
    #[cold]
    pub fn count_failure(&mut self, error: &Error) {
        self.counts.traffic.failed(error);
    }

    /// What one who waits has waited for so far: asked before it gives up.
    pub fn shortage(&self, ticket: Ticket) -> Shortage {
        let waiting = self.waiting.iter().find(|(waiting, _)| *waiting == ticket);
        self.shortage_of(waiting.map_or(Purpose::Ordinary, |(_, purpose)| *purpose))
    }

    /// Counts elements that a blocking command took for nobody.
    pub fn count_orphans(&mut self, orphans: usize) {
        self.counts.orphaned += orphans as u64;
    }

    /// Notes that a blocking command is about to wait on this connection, until it comes back; `server` is how the
    /// server knows it. Who closes the pool asks for the [`blocked`](Self::blocked) ones.
    pub fn note_blocked(&mut self, lease: &Lease, server: Option<i64>) {
        if let Some(server) = server {
            self.blocked.push((lease.id(), server));
        }
    }

    /// The connections on which a blocking command waits, as the server knows them.
    pub fn blocked(&self) -> Vec<i64> {
        self.blocked.iter().map(|(_, server)| *server).collect()
    }

    /// How many connections are in use or being opened.
    pub fn lent(&self) -> u32 {
        self.counts.in_use.saturating_add(self.counts.opening)
    }

    /// Takes what was granted to one who waited; `None` if it is not its turn yet.
    pub fn claim(&mut self, ticket: Ticket) -> Option<Grant<C>> {
        let at = self.granted.iter().position(|(granted, _)| *granted == ticket)?;
        Some(self.granted.swap_remove(at).1)
    }

    /// Whether the pool was closed, so that waiting is in vain.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Leaves the queue, since the time to wait is over; what was granted in the meantime goes to the next.
    pub fn give_up(&mut self, ticket: Ticket, now: Instant) -> Option<Ticket> {
        self.counts.timeouts += 1;
        self.cancel(ticket, now)
    }

    /// Leaves the queue, since the caller went away; what was granted in the meantime goes to the next.
    pub fn cancel(&mut self, ticket: Ticket, now: Instant) -> Option<Ticket> {
        self.waiting.retain(|(waiting, _)| *waiting != ticket);
        match self.claim(ticket)? {
            Grant::Open(permit) => self.abandon(permit),
            Grant::Reuse { lease, connection, .. } => {
                self.check_in(lease, connection, Condition::Clean, now)
            }
        }
    }

    /// Says that a connection was opened: it is in use now. `random` shortens its life by the jitter.
    pub fn opened(&mut self, permit: Permit, now: Instant, random: u64) -> Lease {
        self.counts.opening = self.counts.opening.saturating_sub(1);
        self.counts.in_use += 1;
        self.counts.created += 1;
        let Permit { id, generation, purpose } = permit;
        let expires = self.settings.lifetime(random).and_then(|life| now.checked_add(life));
        let (opened, began, used, brisk) = (now, now, now, false);
        Lease(Box::new(Member { id, generation, purpose, opened, expires, began, brisk, used }))
    }

    /// Says that a connection could not be opened: its place goes to the next.
    pub fn failed(&mut self, permit: Permit) -> Option<Ticket> {
        self.counts.failed += 1;
        self.abandon(permit)
    }

    /// Gives a permit back unused: its place goes to the next.
    pub fn abandon(&mut self, permit: Permit) -> Option<Ticket> {
        let Permit { purpose, .. } = permit;
        self.counts.opening = self.counts.opening.saturating_sub(1);
        self.end(purpose);
        self.pass_place_on()
    }

    /// Gives a connection up that was just handed out and found unfit, in exchange for the right to open
    /// another in its place. The caller closes it.
    pub fn replace(&mut self, lease: Lease, reason: CloseReason) -> Permit {
        let purpose = lease.0.purpose;
        self.leave_use(lease, reason);
        self.new_permit(purpose)
    }

    /// Says that a connection in use is gone. The caller closes it; its place goes to the next.
    pub fn lost(&mut self, lease: Lease, reason: CloseReason) -> Option<Ticket> {
        self.leave_use(lease, reason);
        self.pass_place_on()
    }

    /// Takes a connection back: to the first who waits, else to the idle ones, or it is to be closed.
    #[inline]
    pub fn check_in(
        &mut self,
        mut lease: Lease,
        connection: C,
        condition: Condition,
        now: Instant,
    ) -> Option<Ticket> {
        if condition == Condition::Recycled {
            self.counts.recycled += 1;
        }
        let member = &mut *lease.0;
        let reason = match condition {
            Condition::Unusable(reason) => Some(reason),
            _ if self.closed => Some(CloseReason::Shutdown),
            _ if member.generation != self.generation => Some(CloseReason::Disconnected),
            _ if has_passed(member.expires, now) => Some(CloseReason::Lifetime),
            Condition::Clean | Condition::Recycled => None,
        };
        if let Some(reason) = reason {
            return self.retire(lease, connection, reason);
        }
        member.used = now;
        self.unblock(&lease);
        self.end(lease.0.purpose);
        if !self.waiting.is_empty() {
            return self.hand_over(lease, connection);
        }
        self.counts.in_use = self.counts.in_use.saturating_sub(1);
        self.rest(lease, connection);
        None
    }

    /// Ends what has been idle or alive for too long.
    ///
    /// The idle timeout leaves `min_idle` connections alone, which would only be opened again.
    pub fn reap(&mut self, now: Instant) {
        let mut spare = self.idle.len().saturating_sub(self.settings.min_idle as usize);
        let idle = std::mem::take(&mut self.idle);
        self.idle.reserve(idle.len());
        for idle in idle {
            // those idle the longest stand first
            match self.end_of(&idle, now) {
                Some(CloseReason::Idle) if spare == 0 => self.idle.push(idle),
                Some(reason) => {
                    spare = spare.saturating_sub(1);
                    self.close_idle(idle, reason);
                }
                None => self.idle.push(idle),
            }
        }
        let ends = || self.idle.iter().filter_map(|idle| self.latest(idle));
        let (keeps_ended, soonest) =
            (ends().any(|end| end <= now), ends().filter(|end| *end > now).min());
        (self.keeps_ended, self.soonest_end) = (keeps_ended, soonest);
    }

    /// The right to open one more, while fewer than `min_idle` are idle or being opened. Check the
    /// connection in as soon as it is open.
    pub fn top_up(&mut self) -> Option<Permit> {
        let ready = self.idle_count().saturating_add(self.counts.opening);
        if self.closed || ready >= self.settings.min_idle {
            return None;
        }
        self.permit(Purpose::Ordinary)
    }

    /// When [`reap`](Self::reap) will next have something to do, as things stand.
    pub fn next_due(&self) -> Option<Instant> {
        let spare = self.idle.len() > self.settings.min_idle as usize;
        let idle_ends = self.idle.first().filter(|_| spare).and_then(|idle| self.idle_end(idle));
        // jitter lets lives end in any order; without a limit there is nothing to look for
        let limited = self.settings.max_lifetime.map(|_| self.idle.iter());
        let lives_end = limited.into_iter().flatten().filter_map(|idle| idle.lease.0.expires).min();
        idle_ends.into_iter().chain(lives_end).min()
    }

    /// Ends the idle connections, and with [`DisconnectScope::All`] those in use when they come back.
    pub fn disconnect(&mut self, scope: DisconnectScope) {
        if scope == DisconnectScope::All {
            self.generation = self.generation.wrapping_add(1);
        }
        self.close_all_idle(CloseReason::Disconnected);
    }

    /// Closes the pool: nobody gets a connection any more. Returns the tickets of all who wait, to be
    /// called; their claims will find nothing.
    pub fn close(&mut self) -> Vec<Ticket> {
        self.closed = true;
        self.close_all_idle(CloseReason::Shutdown);
        self.waiting.drain(..).map(|(ticket, _)| ticket).collect()
    }

    /// Whether nothing is to be closed, and the pool is open.
    #[inline]
    pub fn is_settled(&self) -> bool {
        self.closing.is_empty() && !self.closed
    }

    /// The connections that are to be closed, now that no lock is held.
    #[must_use = "what is dropped here is closed here"]
    pub fn take_closing(&mut self) -> Vec<Closing<C>> {
        std::mem::take(&mut self.closing)
    }

    /// Counts what went over a connection since it was last asked.
    #[inline]
    pub fn count_traffic(&mut self, traffic: &Traffic) {
        self.counts.traffic.absorb(traffic);
    }

    /// Counts a command, or a pipeline, that is tried again.
    pub fn count_retry(&mut self) {
        self.counts.retries += 1;
    }

    /// What it counts.
    pub fn statistics(&self) -> PoolStatistics {
        let waiting = u32::try_from(self.waiting.len()).unwrap_or(u32::MAX);
        PoolStatistics { idle: self.idle_count(), waiting, ..self.counts.clone() }
    }

    fn idle_count(&self) -> u32 {
        u32::try_from(self.idle.len()).unwrap_or(u32::MAX)
    }

    /// Hands an idle connection out.
    #[inline]
    fn lend(&mut self, idle: Idle<C>, purpose: Purpose, now: Instant) -> Grant<C> {
        self.counts.in_use += 1;
        self.begin(purpose);
        let Idle { mut lease, connection } = idle;
        let member = &mut *lease.0;
        let a_little_ago = now.checked_sub(self.brisk);
        let is_recent = |time| a_little_ago.is_some_and(|a_little_ago| a_little_ago < time);
        let check = if is_recent(member.used) {
            Check::Nothing
        } else {
            let silence = now.saturating_duration_since(member.used);
            Check::after(silence, self.settings.health_check_interval)
        };
        member.brisk = is_recent(member.began);
        member.began = now;
        member.purpose = purpose;
        Grant::Reuse { lease, connection, check: check.at_least(purpose) }
    }

    /// Puts a connection to the idle ones.
    #[inline]
    fn rest(&mut self, lease: Lease, connection: C) {
        let has_known_end = self.soonest_end.is_some() && lease.0.expires.is_none();
        let idle = Idle { lease, connection };
        if !has_known_end {
            // those that are idle already end sooner, where lives have no limit
            self.soonest_end = self.latest(&idle).into_iter().chain(self.soonest_end).min();
        }
        self.idle.push(idle);
    }

    /// Ends what has been idle or alive for too long, and would be used next even of the minimum.
    #[cold]
    fn end_idle(&mut self, now: Instant) {
        if has_passed(self.soonest_end, now) {
            self.reap(now);
        }
        while let Some(idle) = self.idle.pop() {
            let Some(reason) = self.end_of(&idle, now) else {
                self.idle.push(idle);
                break;
            };
            self.close_idle(idle, reason);
        }
    }

    /// For one who finds nothing idle.
    #[cold]
    fn open_or_wait(&mut self, purpose: Purpose) -> CheckOut<C> {
        if purpose == Purpose::Shareable {
            let lent = self.lent().saturating_sub(self.counts.blocking);
            self.sharing.lacked(lent);
        }
        match self.permit(purpose) {
            Some(permit) => CheckOut::Now(Grant::Open(permit)),
            None => self.wait_or_refuse(purpose),
        }
    }

    /// Gives what came back to the first in the queue whom it serves, else to the idle ones.
    #[cold]
    fn hand_over(&mut self, mut lease: Lease, connection: C) -> Option<Ticket> {
        let Some((ticket, purpose)) = self.next_in_queue() else {
            self.counts.in_use = self.counts.in_use.saturating_sub(1);
            self.rest(lease, connection);
            return None;
        };
        lease.0.purpose = purpose;
        // nobody knows when the ticket will be claimed
        lease.0.brisk = false;
        self.begin(purpose);
        self.granted.push((ticket, Grant::Reuse { lease, connection, check: Check::Look }));
        Some(ticket)
    }

    /// Closes what came back; its place goes to the next.
    #[cold]
    fn retire(&mut self, lease: Lease, connection: C, reason: CloseReason) -> Option<Ticket> {
        self.closing.push(Closing { id: lease.id(), connection, reason });
        self.lost(lease, reason)
    }

    /// A permit, if a place is free.
    fn permit(&mut self, purpose: Purpose) -> Option<Permit> {
        let taken = u64::from(self.idle_count())
            + u64::from(self.counts.in_use)
            + u64::from(self.counts.opening);
        (taken < u64::from(self.settings.max_size)).then(|| self.new_permit(purpose))
    }

    fn new_permit(&mut self, purpose: Purpose) -> Permit {
        self.counts.opening += 1;
        self.begin(purpose);
        let id = self.next_id;
        self.next_id += 1;
        Permit { id, generation: self.generation, purpose }
    }

    #[cold]
    fn wait_or_refuse(&mut self, purpose: Purpose) -> CheckOut<C> {
        if !self.settings.wait {
            self.counts.refused += 1;
            return CheckOut::Refuse(self.shortage_of(purpose));
        }
        if self.waiting.len() >= self.settings.max_waiting as usize {
            self.counts.refused += 1;
            self.counts.overloaded += 1;
            return CheckOut::Refuse(Shortage::Queue(self.settings.max_waiting));
        }
        self.counts.waits += 1;
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        self.waiting.push_back((ticket, purpose));
        CheckOut::Wait(ticket)
    }

    fn shortage_of(&self, purpose: Purpose) -> Shortage {
        if self.may_hold(purpose) {
            Shortage::Connections(self.settings.max_size)
        } else {
            Shortage::Blocking(self.settings.max_blocking)
        }
    }

    /// Whether one more connection may be held for this.
    #[inline]
    fn may_hold(&self, purpose: Purpose) -> bool {
        match purpose {
            Purpose::Ordinary | Purpose::Shareable => true,
            Purpose::Blocking => self.counts.blocking < self.settings.max_blocking,
        }
    }

    #[inline]
    fn begin(&mut self, purpose: Purpose) {
        self.counts.blocking += u32::from(purpose == Purpose::Blocking);
    }

    #[inline]
    fn end(&mut self, purpose: Purpose) {
        let ended = u32::from(purpose == Purpose::Blocking);
        self.counts.blocking = self.counts.blocking.saturating_sub(ended);
    }

    #[inline]
    fn unblock(&mut self, lease: &Lease) {
        if !self.blocked.is_empty() {
            self.blocked.retain(|(id, _)| *id != lease.id());
        }
    }

    /// The first of those who wait whom a connection, or a place for one, would serve. What one caller gives
    /// up serves one other at most: nobody waited who could have been served before.
    fn next_in_queue(&mut self) -> Option<(Ticket, Purpose)> {
        let at = self.waiting.iter().position(|(_, purpose)| self.may_hold(*purpose))?;
        self.waiting.remove(at)
    }

    fn pass_place_on(&mut self) -> Option<Ticket> {
        let (ticket, purpose) = self.next_in_queue()?;
        let permit = self.new_permit(purpose);
        self.granted.push((ticket, Grant::Open(permit)));
        Some(ticket)
    }

    fn leave_use(&mut self, lease: Lease, reason: CloseReason) {
        self.unblock(&lease);
        let Lease(member) = lease;
        let Member { purpose, .. } = *member;
        self.counts.in_use = self.counts.in_use.saturating_sub(1);
        self.end(purpose);
        self.counts.count_closed(reason);
    }

    fn close_idle(&mut self, idle: Idle<C>, reason: CloseReason) {
        self.counts.count_closed(reason);
        let Idle { lease, connection } = idle;
        self.closing.push(Closing { id: lease.id(), connection, reason });
    }

    fn close_all_idle(&mut self, reason: CloseReason) {
        for idle in std::mem::take(&mut self.idle) {
            self.close_idle(idle, reason);
        }
    }

    fn end_of(&self, idle: &Idle<C>, now: Instant) -> Option<CloseReason> {
        if has_passed(idle.lease.0.expires, now) {
            Some(CloseReason::Lifetime)
        } else if has_passed(self.idle_end(idle), now) {
            Some(CloseReason::Idle)
        } else {
            None
        }
    }

    fn idle_end(&self, idle: &Idle<C>) -> Option<Instant> {
        idle.lease.0.used.checked_add(self.settings.idle_timeout?)
    }

    /// When it ends if nobody uses it.
    fn latest(&self, idle: &Idle<C>) -> Option<Instant> {
        self.idle_end(idle).into_iter().chain(idle.lease.0.expires).min()
    }
}

fn has_passed(moment: Option<Instant>, now: Instant) -> bool {
    moment.is_some_and(|moment| moment <= now)
}

#[cfg(test)]
mod tests;
