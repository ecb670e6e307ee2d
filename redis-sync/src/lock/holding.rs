//! A lock that is held: what its guard and whoever renews it share.

use super::servers::Servers;
use redis_core::drive::{BlockingHolder, blocking};
use redis_core::lock::{LockPlan, OnLost, Tenure};
use redis_core::{Error, ErrorKind, Result, fork};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

/// A lock that is held.
pub(crate) struct Holding {
    servers: Arc<Servers>,
    plan: LockPlan,
    tenure: Mutex<Tenure>,
    changed: Condvar,
    generation: u32,
}

impl Holding {
    #[inline]
    pub(crate) fn new(servers: Arc<Servers>, plan: LockPlan, tenure: Tenure) -> Self {
        let (tenure, changed) = (Mutex::new(tenure), Condvar::new());
        Self { servers, plan, tenure, changed, generation: fork::watch() }
    }

    /// Whether it is a parent's: then nothing of it may be touched.
    #[inline]
    pub(crate) fn is_forked(&self) -> bool {
        self.generation != fork::generation()
    }

    /// Renews the lease in a thread of its own, until the lock is released or lost.
    #[inline]
    pub(crate) fn renew(self: &Arc<Self>, on_lost: Option<Arc<OnLost>>) -> Result<()> {
        if let Some(renewals) = self.servers.renewals() {
            renewals.add(self);
        }
        let holding = Arc::clone(self);
        let keep = move || {
            let lost = blocking::renew_lock(&*holding);
            if let (Some(error), Some(on_lost)) = (lost, on_lost) {
                // the thread ends here whatever it does
                let _ = catch_unwind(AssertUnwindSafe(|| on_lost(&error)));
            }
        };
        let begun = thread::Builder::new().name("redis-sync lock".to_owned()).spawn(keep);
        begun.map(drop).map_err(|error| {
            let message = "no thread can be started to renew the lock";
            Error::new(ErrorKind::Overloaded, message).with_source(error)
        })
    }

    #[inline]
    fn lock(&self) -> MutexGuard<'_, Tenure> {
        // what is done under the lock does not panic
        self.tenure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BlockingHolder for Holding {
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
            self.changed.notify_all();
        }
        result
    }

    #[inline]
    fn rest(&self, version: u64, time: Duration) {
        let same = |tenure: &mut Tenure| tenure.version() == version;
        // whether it changed or the time is over, the caller looks
        let _ = self.changed.wait_timeout_while(self.lock(), time, same);
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
