//! What a user wants to be tried again, how often, after which pause.

use super::{Backoff, Decision, ExponentialWithJitterBackoff, Failure, NoBackoff, RetryClass};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

type Hook = dyn Fn(&Failure<'_>, Decision) + Send + Sync;
type Predicate = dyn Fn(&Failure<'_>) -> bool + Send + Sync;

/// What is tried again, how often, after which pause.
///
/// By default 10 retries of what [`RetryClass`] calls on by default, after pauses of
/// [`ExponentialWithJitterBackoff`] from 10 ms to 1 s. Whatever a policy wishes, a command that may have
/// run is sent again only if it may be repeated, and one that has run never is.
///
/// Worst case by default: 11 attempts, each within its own timeouts, and about 6 s of pauses.
///
/// # Example: an impatient policy that does wait for a server to load its data
///
/// ```
/// use redis_sync::{ConstantBackoff, NoBackoff, RetryClass, RetryPolicy};
/// use std::time::Duration;
///
/// let policy = RetryPolicy::new(NoBackoff, 2)
///     .backoff_for(RetryClass::Unavailable, ConstantBackoff::new(Duration::from_millis(500)))
///     .never_on(RetryClass::Timeout);
/// ```
///
/// One word wide and cheap to clone, since it may ride on a command.
#[derive(Clone)]
#[must_use]
pub struct RetryPolicy(Arc<Wishes>);

#[derive(Clone)]
struct Wishes {
    retries: Option<u32>,
    backoff: Arc<dyn Backoff>,
    on: [bool; RetryClass::COUNT],
    backoffs: [Option<Arc<dyn Backoff>>; RetryClass::COUNT],
    also: Option<Arc<Predicate>>,
    hook: Option<Arc<Hook>>,
}

impl RetryPolicy {
    /// How often the default policy tries again.
    pub const DEFAULT_RETRIES: u32 = 10;

    /// Up to `retries` retries, one more attempt than that in all, after pauses of `backoff`.
    pub fn new(backoff: impl Backoff + 'static, retries: u32) -> Self {
        let mut on = [false; RetryClass::COUNT];
        for class in RetryClass::ALL {
            on[class.index()] = class.is_on_by_default();
        }
        Self(Arc::new(Wishes {
            retries: Some(retries),
            backoff: Arc::new(backoff),
            on,
            backoffs: Default::default(),
            also: None,
            hook: None,
        }))
    }

    /// Every failure surfaces at once.
    #[inline]
    pub fn none() -> Self {
        Self::new(NoBackoff, 0)
    }

    /// The same with another number of retries.
    #[inline]
    pub fn with_retries(mut self, retries: u32) -> Self {
        self.wishes_mut().retries = Some(retries);
        self
    }

    /// The same, for as long as it takes. A server that never comes back is waited for for ever.
    #[inline]
    pub fn unlimited(mut self) -> Self {
        self.wishes_mut().retries = None;
        self
    }

    /// The same with another backoff for what has none of its own.
    pub fn with_backoff(mut self, backoff: impl Backoff + 'static) -> Self {
        self.wishes_mut().backoff = Arc::new(backoff);
        self
    }

    /// The same with a backoff of its own for failures of `class`.
    pub fn backoff_for(mut self, class: RetryClass, backoff: impl Backoff + 'static) -> Self {
        self.wishes_mut().backoffs[class.index()] = Some(Arc::new(backoff));
        self
    }

    /// The same, trying again after failures of `class`.
    #[inline]
    pub fn retry_on(mut self, class: RetryClass) -> Self {
        self.wishes_mut().on[class.index()] = true;
        self
    }

    /// The same, never trying again after failures of `class`.
    #[inline]
    pub fn never_on(mut self, class: RetryClass) -> Self {
        self.wishes_mut().on[class.index()] = false;
        self
    }

    /// The same, trying again also where `wish` says so: after an `OOM`, say.
    ///
    /// `wish` cannot lift the rule about delivery, and is not asked about the caller's own faults, a
    /// closed client and a forked process. It must not block; where it panics it wishes nothing.
    pub fn also_if(mut self, wish: impl Fn(&Failure<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.wishes_mut().also = Some(Arc::new(wish));
        self
    }

    /// The same with a hook that is told of every failure, the last one too, and what was decided.
    ///
    /// It must not block. A panic in it is caught and does nothing.
    pub fn on_failure(
        mut self,
        hook: impl Fn(&Failure<'_>, Decision) + Send + Sync + 'static,
    ) -> Self {
        self.wishes_mut().hook = Some(Arc::new(hook));
        self
    }

    /// How often it tries again; `None` is for ever.
    #[inline]
    pub fn retries(&self) -> Option<u32> {
        self.0.retries
    }

    /// The backoff for what has none of its own.
    #[inline]
    pub fn backoff(&self) -> &Arc<dyn Backoff> {
        &self.0.backoff
    }

    /// Whether it tries again after failures of `class`.
    #[inline]
    pub fn retries_on(&self, class: RetryClass) -> bool {
        self.0.on[class.index()]
    }

    #[inline]
    pub(crate) fn set_retries(&mut self, retries: Option<u32>) {
        self.wishes_mut().retries = retries;
    }

    #[inline]
    pub(crate) fn set_backoff(&mut self, backoff: Arc<dyn Backoff>) {
        self.wishes_mut().backoff = backoff;
    }

    #[inline]
    fn wishes_mut(&mut self) -> &mut Wishes {
        Arc::make_mut(&mut self.0)
    }

    /// Whether there is an attempt after this one.
    #[inline]
    pub(super) fn has_another(&self, attempt: u32) -> bool {
        self.0.retries.is_none_or(|retries| attempt <= retries)
    }

    /// Whether it wishes to try again, delivery aside.
    #[inline]
    pub(super) fn wishes(&self, failure: &Failure<'_>, class: Option<RetryClass>) -> bool {
        class.is_some_and(|class| self.retries_on(class))
            || self.0.also.as_ref().is_some_and(|also| {
                catch_unwind(AssertUnwindSafe(|| also(failure))).unwrap_or(false)
            })
    }

    #[inline]
    pub(super) fn pause(
        &self,
        failure: &Failure<'_>,
        class: Option<RetryClass>,
        random: u64,
    ) -> Duration {
        let own = class.and_then(|class| self.0.backoffs[class.index()].as_ref());
        own.unwrap_or(&self.0.backoff).delay(failure.attempt, failure.previous_delay, random)
    }

    #[inline]
    pub(super) fn tell(&self, failure: &Failure<'_>, decision: Decision) {
        if let Some(hook) = &self.0.hook {
            // what a hook does to itself is no concern of the command's
            let _ = catch_unwind(AssertUnwindSafe(|| hook(failure, decision)));
        }
    }
}

impl Default for RetryPolicy {
    #[inline]
    fn default() -> Self {
        let backoff =
            ExponentialWithJitterBackoff::new(Duration::from_millis(10), Duration::from_secs(1));
        Self::new(backoff, Self::DEFAULT_RETRIES)
    }
}

impl fmt::Debug for RetryPolicy {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on = RetryClass::ALL.into_iter().filter(|class| self.retries_on(*class));
        f.debug_struct("RetryPolicy")
            .field("retries", &self.0.retries)
            .field("backoff", &self.0.backoff)
            .field("on", &on.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_one_word_wide() {
        assert_eq!(size_of::<Option<RetryPolicy>>(), size_of::<usize>());
    }

    #[test]
    fn changing_a_clone_leaves_the_original_alone() {
        let policy = RetryPolicy::default();
        let other = policy.clone().with_retries(1).never_on(RetryClass::Timeout);
        assert_eq!(policy.retries(), Some(RetryPolicy::DEFAULT_RETRIES));
        assert!(policy.retries_on(RetryClass::Timeout));
        assert_eq!(other.retries(), Some(1));
    }

    #[test]
    fn the_default_is_printed_with_what_it_does() {
        assert_eq!(
            format!("{:?}", RetryPolicy::default()),
            "RetryPolicy { retries: Some(10), backoff: ExponentialWithJitterBackoff { base: 10ms, \
             cap: 1s }, on: [Connection, Timeout, Unavailable, ReadOnly], .. }"
        );
    }
}
