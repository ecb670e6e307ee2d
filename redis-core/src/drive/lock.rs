//! Taking a lock, keeping it, and giving it back.

use crate::error::{Error, Result};
use crate::lock::{Acquiring, Extend, LockOptions, LockPlan, Renewal, Step, Tally, Tenure};
use std::time::{Duration, Instant};

/// How long somebody rests at a time where nothing is due.
const LONGEST_REST: Duration = Duration::from_secs(3600);

super::both! {
    /// Takes all locks of the plan, or none.
    ///
    /// # Errors
    ///
    /// Of kind [`LockNotAcquired`](crate::ErrorKind::LockNotAcquired) if somebody else holds one for too long; whatever
    /// keeps the servers from answering.
    pub async fn acquire_lock<L: Locker>(
        locker: &L,
        plan: &LockPlan,
        options: &LockOptions,
    ) -> Result<Tenure> {
        let mut acquiring = Acquiring::new(plan, options, locker.now());
        let within = plan.answer_within();
        loop {
            let asked = locker.now();
            match acquiring.next(asked) {
                Step::Attempt(lock) => {
                    // one server alone is never too late
                    let undo = (plan.servers() > 1).then(|| plan.abandon(lock));
                    let answers = locker.ask(plan.acquire(lock), undo, within).await;
                    let tally = Tally::new(plan, answers);
                    acquiring.attempted(asked, locker.now(), &tally, locker.random());
                }
                Step::Raise(lock, fence) => {
                    let answers = locker.ask(plan.raise(lock, fence), None, within).await;
                    let tally = Tally::new(plan, answers);
                    acquiring.raised(locker.now(), &tally, locker.random());
                }
                Step::Refresh(lock) => {
                    let answers = locker.ask(plan.renew(lock), None, within).await;
                    let tally = Tally::new(plan, answers);
                    acquiring.refreshed(lock, asked, locker.now(), &tally);
                }
                Step::Abandon(lock) => {
                    locker.ask(plan.abandon(lock), None, within).await;
                }
                Step::Wait(lock, time) => {
                    if locker.wait(plan.wait(lock, time)).await.is_err() {
                        acquiring.not_waited(time, locker.random());
                    }
                }
                Step::Pause(time) => locker.pause(time).await,
                Step::Held(tenure) => return Ok(tenure),
                Step::GiveUp(error) => return Err(error),
            }
        }
    }

    /// Gives all locks back that an acquisition may have taken.
    pub async fn abandon_lock<L: Locker>(locker: &L, plan: &LockPlan) {
        for lock in (0..plan.locks().len()).rev() {
            locker.ask(plan.abandon(lock), None, plan.answer_within()).await;
        }
    }

    /// Whether somebody holds one of the locks.
    ///
    /// # Errors
    ///
    /// Whatever keeps the servers from answering.
    pub async fn is_locked<L: Locker>(locker: &L, plan: &LockPlan) -> Result<bool> {
        for lock in 0..plan.locks().len() {
            let tally = Tally::new(plan, locker.ask(plan.look(lock), None, plan.answer_within()).await);
            if let Some(error) = tally.unreachable() {
                return Err(error);
            }
            if tally.is_locked() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether all locks are the holder's. A loss is remembered.
    ///
    /// # Errors
    ///
    /// Whatever keeps the servers from answering.
    pub async fn owns_lock<H: Holder>(holder: &H) -> Result<bool> {
        let plan = holder.plan();
        for lock in 0..plan.locks().len() {
            let answers = holder.locker().ask(plan.look(lock), None, plan.answer_within()).await;
            let tally = Tally::new(plan, answers);
            if let Some(error) = tally.unreachable() {
                return Err(error);
            }
            if !tally.is_mine() {
                holder.tenure(|tenure| tenure.found(&tally));
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Gives the leases another end.
    ///
    /// # Errors
    ///
    /// A length that is none of a lease; what the lock was lost by, which is remembered; a misuse if it has no
    /// lease; whatever keeps the servers from answering.
    pub async fn extend_lock<H: Holder>(holder: &H, how: Extend) -> Result<()> {
        how.check()?;
        holder.tenure(|tenure| tenure.check_extension())?;
        let plan = holder.plan();
        for lock in 0..plan.locks().len() {
            let asked = holder.locker().now();
            let command = plan.extend(lock, how);
            let answers = holder.locker().ask(command, None, plan.answer_within()).await;
            let tally = Tally::new(plan, answers);
            holder.tenure(|tenure| tenure.extended(lock, asked, &tally))?;
        }
        Ok(())
    }

    /// Gives the locks back.
    ///
    /// # Errors
    ///
    /// What a lock was lost by; whatever keeps the servers from answering.
    pub async fn release_lock<H: Holder>(holder: &H) -> Result<()> {
        let (plan, locker) = (holder.plan(), holder.locker());
        let now = locker.now();
        let mut leaving = holder.tenure(|tenure| tenure.leave(now));
        for lock in (0..plan.locks().len()).rev() {
            let within = plan.answer_within();
            let mut tally = Tally::new(plan, locker.ask(plan.release(lock), None, within).await);
            let again = tally.is_in_doubt();
            if again {
                tally = Tally::new(plan, locker.ask(plan.abandon(lock), None, within).await);
            }
            leaving.released(&tally, again);
        }
        leaving.outcome()
    }

    /// Renews the leases until the lock is released or lost; why it was lost, if it was.
    pub async fn renew_lock<H: Holder>(holder: &H) -> Option<Error> {
        let (plan, locker) = (holder.plan(), holder.locker());
        loop {
            let now = locker.now();
            let (version, next) = holder.tenure(|tenure| (tenure.version(), tenure.renewal(now)));
            match next {
                Renewal::Over => return holder.tenure(|tenure| tenure.lost(now)),
                Renewal::After(time) => holder.rest(version, time).await,
                Renewal::Due => {
                    for lock in 0..plan.locks().len() {
                        let asked = locker.now();
                        let answers = locker.ask(plan.renew(lock), None, plan.answer_within()).await;
                        let tally = Tally::new(plan, answers);
                        // what came of it stands in the tenure
                        let _ = holder.tenure(|tenure| tenure.extended(lock, asked, &tally));
                    }
                }
            }
        }
    }

    /// Waits until the lock is lost, and says why; `None` if the deadline comes sooner, or the lock is released.
    pub async fn await_loss<H: Holder>(holder: &H, deadline: Option<Instant>) -> Option<Error> {
        loop {
            let now = holder.locker().now();
            let (version, lost, remaining) = holder
                .tenure(|tenure| (tenure.version(), tenure.lost(now), tenure.remaining(now)));
            if lost.is_some() {
                return lost;
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(now));
            if left == Some(Duration::ZERO) || holder.tenure(|tenure| tenure.is_released()) {
                return None;
            }
            let bounds = [left, remaining];
            let time = bounds.into_iter().flatten().fold(LONGEST_REST, Duration::min);
            holder.rest(version, time).await;
        }
    }
}

#[cfg(test)]
mod tests;
