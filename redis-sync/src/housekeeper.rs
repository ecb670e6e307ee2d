//! The thread that ends idle connections on time and keeps the wished number ready.
//!
//! It is there only for pools that need it: with a minimum of idle connections, a lifetime, or an idle
//! timeout other than the default. Everywhere else, what has been idle for too long ends when the
//! pool is next used.

use crate::pool::Shared;
use redis_core::pool::Settings;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How often the number of idle connections is looked at, at least.
const ROUND: Duration = Duration::from_secs(1);

/// The owner of the thread; it ends with the pool.
pub(crate) struct Housekeeper {
    /// Nothing can become due sooner after a look; `None` if no thread is needed.
    patience: Option<Duration>,
    begun: AtomicBool,
    thread: Mutex<Option<JoinHandle<()>>>,
    bell: Arc<Bell>,
}

/// Wakes the thread to end it.
#[derive(Default)]
struct Bell {
    rung: Mutex<bool>,
    condvar: Condvar,
    gone: AtomicBool,
}

impl Housekeeper {
    pub(crate) fn new(settings: &Settings) -> Self {
        let usual = Settings::default();
        let is_needed = settings.min_idle > 0
            || settings.max_lifetime.is_some()
            || settings.idle_timeout != usual.idle_timeout;
        let round = (settings.min_idle > 0).then_some(ROUND);
        let shortest =
            [settings.idle_timeout, settings.max_lifetime, round].into_iter().flatten().min();
        Self {
            patience: shortest.filter(|_| is_needed),
            begun: AtomicBool::new(false),
            thread: Mutex::new(None),
            bell: Arc::default(),
        }
    }

    /// Starts the thread, if one is needed and there is none.
    #[inline]
    pub(crate) fn begin(&self, shared: &Arc<Shared>) {
        if let Some(patience) = self.patience {
            if !self.begun.load(Ordering::Relaxed) {
                self.start(shared, patience);
            }
        }
    }

    #[cold]
    fn start(&self, shared: &Arc<Shared>, patience: Duration) {
        if self.begun.swap(true, Ordering::AcqRel) {
            return;
        }
        let shared = Arc::downgrade(shared);
        let bell = Arc::clone(&self.bell);
        // held until it stands there who the thread is, which a listener on it may ask before that
        let mut place = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        let thread = thread::Builder::new().name("redis-sync pool".to_owned()).spawn(move || {
            keep(&shared, &bell, patience);
            if let Some(shared) = shared.upgrade() {
                shared.tidy(shared.life());
            }
        });
        // without a thread, the pool's users keep house as they come and go
        *place = thread.ok();
    }

    /// Sends the thread away, and lets none come after it.
    pub(crate) fn dismiss(&self) {
        self.begun.store(true, Ordering::Release);
        self.bell.ring();
    }

    /// Whether the thread is there, and not the one that asks.
    pub(crate) fn is_running(&self) -> bool {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        let other = |thread: &JoinHandle<()>| thread.thread().id() != thread::current().id();
        thread.as_ref().is_some_and(other) && !self.bell.gone.load(Ordering::Acquire)
    }

    /// Waits for the thread's last instructions, once it is gone.
    pub(crate) fn join(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread.filter(|it| it.thread().id() != thread::current().id()) {
            // it does not panic; if it did, there is nothing to be done about it here
            let _ = thread.join();
        }
    }

    /// In a child of `fork`: the thread is the parent's.
    pub(crate) fn forget(&mut self) {
        let thread = self.thread.get_mut().unwrap_or_else(PoisonError::into_inner);
        std::mem::forget(thread.take());
        std::mem::forget(std::mem::take(&mut self.bell));
    }
}

impl Drop for Housekeeper {
    fn drop(&mut self) {
        let thread = self.thread.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        let Some(thread) = thread else { return };
        self.bell.ring();
        // the thread itself may hold the last handle while it works
        if thread.thread().id() != thread::current().id() {
            // it does not panic; if it did, there is nothing to be done about it here
            let _ = thread.join();
        }
    }
}

impl Bell {
    fn ring(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.condvar.notify_all();
    }

    /// Waits; whether it was rung.
    fn wait(&self, time: Duration) -> bool {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.condvar.wait_timeout_while(rung, time, |rung| !*rung);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

fn keep(shared: &Weak<Shared>, bell: &Bell, patience: Duration) {
    loop {
        let Some(shared) = shared.upgrade() else { return };
        // a user's hook may panic where a connection is opened: its place is free again, and the next round comes
        let due = catch_unwind(AssertUnwindSafe(|| shared.keep_house())).unwrap_or_default();
        drop(shared);
        let until_due = due.map(|due| due.saturating_duration_since(Instant::now()));
        if bell.wait(until_due.map_or(patience, |due| due.min(patience))) {
            bell.gone.store(true, Ordering::Release);
            return;
        }
    }
}
