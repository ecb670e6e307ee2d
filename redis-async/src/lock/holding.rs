//! A lock that is held: what its guard and whoever renews it share.

use super::servers::Servers;
use crate::background;
use redis_core::drive::{AsyncHolder, AsyncLocker, nonblocking};
use redis_core::fork;
use redis_core::lock::{LockPlan, OnLost, Tenure};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::timeout;

/// A lock that is held.
pub(crate) struct Holding {
    servers: Arc<Servers>,
    plan: LockPlan,
    tenure: Mutex<Tenure>,
    changed: Notify,
    generation: u32,
    /// Where it was acquired.
    runtime: Handle,
}

impl Holding {
    #[inline]
    pub(crate) fn new(
        servers: Arc<Servers>,
        plan: LockPlan,
        tenure: Tenure,
        runtime: Handle,
    ) -> Self {
        let (tenure, changed) = (Mutex::new(tenure), Notify::new());
        Self { servers, plan, tenure, changed, generation: fork::watch(), runtime }
    }

    /// Whether it is a parent's: then nothing of it may be touched.
    #[inline]
    pub(crate) fn is_forked(&self) -> bool {
        self.generation != fork::generation()
    }

    /// Renews the lease in a task of its own, until the lock is released or lost.
    #[inline]
    pub(crate) fn renew(self: &Arc<Self>, on_lost: Option<Arc<OnLost>>) {
        if let Some(renewals) = self.servers.renewals() {
            renewals.add(self);
        }
        let holding = Arc::clone(self);
        background::spawn(&self.runtime, async move {
            let lost = nonblocking::renew_lock(&*holding).await;
            if let (Some(error), Some(on_lost)) = (lost, on_lost) {
                // the task ends here whatever it does
                let _ = catch_unwind(AssertUnwindSafe(|| on_lost(&error)));
            }
        });
    }

    /// Gives the lock back in the background: on the runtime of whoever drops it, else where it was acquired.
    #[inline]
    pub(crate) fn abandon(&self) {
        let now = self.servers.now();
        self.tenure(|tenure| tenure.leave(now));
        let runtime = Handle::try_current().unwrap_or_else(|_| self.runtime.clone());
        abandon(&runtime, Arc::clone(&self.servers), self.plan.clone());
    }

    #[inline]
    fn lock(&self) -> MutexGuard<'_, Tenure> {
        // what is done under the lock does not panic
        self.tenure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsyncHolder for Holding {
    type Locker = Servers;

    #[inline]
    fn locker(&self) -> &Servers {
        &self.servers
    }

    #[inline]
    fn plan(&self) -> &LockPlan {
        &self.plan
    }

    fn tenure<R>(&self, work: impl FnOnce(&mut Tenure) -> R) -> R {
        let mut tenure = self.lock();
        let before = tenure.version();
        let result = work(&mut tenure);
        let is_changed = tenure.version() != before;
        drop(tenure);
        if is_changed {
            self.changed.notify_waiters();
        }
        result
    }

    #[inline]
    async fn rest(&self, version: u64, time: Duration) {
        let mut changed = pin!(self.changed.notified());
        // from here on no change is missed
        changed.as_mut().enable();
        let seen = self.lock().version();
        if seen == version {
            // whether it changed or the time is over, the caller looks
            let _ = timeout(time, changed).await;
        }
    }
}

/// The locks that are renewed over a client.
#[derive(Default)]
pub(crate) struct Renewals(Mutex<Vec<Weak<Holding>>>);

impl Renewals {
    #[inline]
    fn add(&self, holding: &Arc<Holding>) {
        let mut held = self.lock();
        held.retain(|one| one.strong_count() > 0);
        held.push(Arc::downgrade(holding));
    }

    /// Ends the renewals; how many there were.
    #[inline]
    pub(crate) fn stop(&self) -> u64 {
        let held = std::mem::take(&mut *self.lock());
        let stop = |holding: Arc<Holding>| holding.tenure(|tenure| tenure.stop_renewals());
        held.iter().filter_map(Weak::upgrade).filter_map(stop).count() as u64
    }

    #[inline]
    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Holding>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives back what an acquisition may have taken, in the background.
#[inline]
pub(crate) fn abandon(runtime: &Handle, servers: Arc<Servers>, plan: LockPlan) {
    background::spawn(runtime, async move { nonblocking::abandon_lock(&*servers, &plan).await });
}
