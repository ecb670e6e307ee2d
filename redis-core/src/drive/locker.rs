//! What the loops of locks wait for.

use crate::command::Command;
use crate::error::Result;
use crate::lock::{Answer, LockPlan, Tenure};
use std::time::{Duration, Instant};

/// The servers of a lock, a clock and a way to wait.
pub trait BlockingLocker {
    /// Sends a command to every server and collects what each answered `within` this time. What comes later from a
    /// server is answered there by `undo`.
    fn ask(
        &self,
        command: Command<'static>,
        undo: Option<Command<'static>>,
        within: Option<Duration>,
    ) -> Vec<Result<Answer>>;

    /// Carries out a command that waits, on the first server.
    ///
    /// # Errors
    ///
    /// Whatever kept it from waiting to its end.
    fn wait(&self, command: Command<'static>) -> Result<()>;

    /// Pauses.
    fn pause(&self, time: Duration);

    /// The time on a clock that never goes back.
    fn now(&self) -> Instant;

    /// A random number, for jitter.
    fn random(&self) -> u64;
}

/// The async twin of [`BlockingLocker`].
pub trait AsyncLocker: Sync {
    /// Sends a command to every server and collects what each answered `within` this time. What comes later from a
    /// server is answered there by `undo`.
    fn ask(
        &self,
        command: Command<'static>,
        undo: Option<Command<'static>>,
        within: Option<Duration>,
    ) -> impl Future<Output = Vec<Result<Answer>>> + Send;

    /// Carries out a command that waits, on the first server.
    fn wait(&self, command: Command<'static>) -> impl Future<Output = Result<()>> + Send;

    /// Pauses.
    fn pause(&self, time: Duration) -> impl Future<Output = ()> + Send;

    /// The time on a clock that never goes back.
    fn now(&self) -> Instant;

    /// A random number, for jitter.
    fn random(&self) -> u64;
}

/// Somebody who holds a lock.
pub trait BlockingHolder {
    /// Its servers.
    type Locker: BlockingLocker;

    /// The servers.
    fn locker(&self) -> &Self::Locker;

    /// What it acquired.
    fn plan(&self) -> &LockPlan;

    /// Looks at the tenure, or changes it. Wakes those who [rest](Self::rest) if it changed.
    fn tenure<R>(&self, work: impl FnOnce(&mut Tenure) -> R) -> R;

    /// Waits until the tenure has another version than this, or the time is over.
    fn rest(&self, version: u64, time: Duration);
}

/// The async twin of [`BlockingHolder`].
pub trait AsyncHolder: Sync {
    /// Its servers.
    type Locker: AsyncLocker;

    /// The servers.
    fn locker(&self) -> &Self::Locker;

    /// What it acquired.
    fn plan(&self) -> &LockPlan;

    /// Looks at the tenure, or changes it. Wakes those who [rest](Self::rest) if it changed.
    fn tenure<R>(&self, work: impl FnOnce(&mut Tenure) -> R) -> R;

    /// Waits until the tenure has another version than this, or the time is over.
    fn rest(&self, version: u64, time: Duration) -> impl Future<Output = ()> + Send;
}
