//! How long to pause after a failure: the seven backoffs, as formulas without state.
//!
//! What a formula needs comes in as arguments, so one value serves all threads and every command, and
//! a test fixes each result. With `n` the number of failures so far (from 1), `u` a random number in
//! `[0, 1)` and `t = min(cap, base·2ⁿ)`:
//!
//! | backoff | pause |
//! |---|---|
//! | [`NoBackoff`] | 0 |
//! | [`ConstantBackoff`] | `pause` |
//! | [`ExponentialBackoff`] | `t` |
//! | [`FullJitterBackoff`] | `u·t` |
//! | [`EqualJitterBackoff`] | `t/2 + u·t/2` |
//! | [`DecorrelatedJitterBackoff`] | `min(cap, base + u·(max(base, 3·previous) − base))` |
//! | [`ExponentialWithJitterBackoff`] | `min(cap, u·base·2ⁿ)` |

use crate::config::notation::Notation;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Says how long to pause before a command is tried again.
///
/// A formula without shared mutable state: what it may depend on comes in.
///
/// # Example: a pause that grows by a second each time
///
/// ```
/// use redis_sync::{Backoff, RetryPolicy};
/// use std::time::Duration;
///
/// #[derive(Debug)]
/// struct Linear;
///
/// impl Backoff for Linear {
///     fn delay(&self, failures: u32, _previous: Duration, _random: u64) -> Duration {
///         Duration::from_secs(u64::from(failures))
///     }
/// }
/// let policy = RetryPolicy::new(Linear, 3);
/// assert_eq!(policy.backoff().delay(2, Duration::ZERO, 0), Duration::from_secs(2));
/// ```
pub trait Backoff: fmt::Debug + Send + Sync {
    /// The pause after `failures` failures (from 1). `previous` is the pause before the attempt that
    /// failed last (zero before the first), `random` 64 uniformly random bits.
    fn delay(&self, failures: u32, previous: Duration, random: u64) -> Duration;

    /// How it is written in diagnostics; the backoffs of this module write what
    /// `retry_backoff` in a URL accepts.
    fn describe(&self) -> String {
        format!("{self:?}")
    }
}

impl<B: Backoff + ?Sized> Backoff for Arc<B> {
    fn delay(&self, failures: u32, previous: Duration, random: u64) -> Duration {
        (**self).delay(failures, previous, random)
    }

    fn describe(&self) -> String {
        (**self).describe()
    }
}

/// No pause at all. In a URL: `none`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct NoBackoff;

impl Backoff for NoBackoff {
    #[inline]
    fn delay(&self, _failures: u32, _previous: Duration, _random: u64) -> Duration {
        Duration::ZERO
    }

    #[inline]
    fn describe(&self) -> String {
        "none".into()
    }
}

/// The same pause each time. In a URL: `constant:50ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConstantBackoff {
    pause: Duration,
}

impl ConstantBackoff {
    /// This pause each time.
    #[must_use]
    #[inline]
    pub const fn new(pause: Duration) -> Self {
        Self { pause }
    }
}

impl Backoff for ConstantBackoff {
    #[inline]
    fn delay(&self, _failures: u32, _previous: Duration, _random: u64) -> Duration {
        self.pause
    }

    #[inline]
    fn describe(&self) -> String {
        format!("constant:{}", self.pause.write())
    }
}

/// What the backoffs with a cap begin with where nothing else is said: 8 ms.
const DEFAULT_BASE: Duration = Duration::from_millis(8);
/// What they never exceed where nothing else is said: 512 ms.
const DEFAULT_CAP: Duration = Duration::from_millis(512);

macro_rules! capped {
    ($(
        $(#[$doc:meta])*
        $name:ident $notation:literal |$it:ident, $failures:ident, $previous:ident, $u:ident| $seconds:expr;
    )*) => {
        $(
            $(#[$doc])*
            ///
            /// Default: base 8 ms, cap 512 ms.
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
            pub struct $name {
                base: Duration,
                cap: Duration,
            }

            impl $name {
                /// Grows from `base`, never longer than `cap`.
                #[must_use]
                #[inline]
                pub const fn new(base: Duration, cap: Duration) -> Self {
                    Self { base, cap }
                }
            }

            impl Default for $name {
                #[inline]
                fn default() -> Self {
                    Self::new(DEFAULT_BASE, DEFAULT_CAP)
                }
            }

            impl Backoff for $name {
                #[inline]
                fn delay(&self, $failures: u32, $previous: Duration, random: u64) -> Duration {
                    let $it = self;
                    let $u = unit(random);
                    at_most(self.cap, $seconds)
                }

                #[inline]
                fn describe(&self) -> String {
                    format!("{}:{}:{}", $notation, self.base.write(), self.cap.write())
                }
            }
        )*

        /// Reads `name`, `name:pause` or `name:base:cap`, as [`Backoff::describe`] writes it.
        #[inline]
        pub(crate) fn from_notation(text: &str) -> Option<Arc<dyn Backoff>> {
            let mut parts = text.split(':');
            let name = parts.next()?;
            let mut duration = |default| match parts.next() {
                Some(part) => Duration::read(part),
                None => default,
            };
            let backoff: Arc<dyn Backoff> = match name {
                "none" => Arc::new(NoBackoff),
                "constant" => Arc::new(ConstantBackoff::new(duration(None)?)),
                $($notation => {
                    let base = duration(Some(DEFAULT_BASE))?;
                    Arc::new($name::new(base, duration(Some(DEFAULT_CAP))?))
                })*
                _ => return None,
            };
            parts.next().is_none().then_some(backoff)
        }
    };
}

capped! {
    /// Twice as long each time: `min(cap, base·2ⁿ)`. In a URL: `exponential:8ms:512ms`.
    ///
    /// Clients that failed together try again together; the backoffs with jitter avoid that.
    ExponentialBackoff "exponential" |it, failures, _previous, _u| {
        doubled(it.base, failures)
    };
    /// Anything up to the exponential pause. In a URL: `full_jitter:8ms:512ms`.
    FullJitterBackoff "full_jitter" |it, failures, _previous, u| {
        u * doubled(it.base, failures).min(it.cap.as_secs_f64())
    };
    /// Half of the exponential pause and anything up to the other half. In a URL:
    /// `equal_jitter:8ms:512ms`.
    EqualJitterBackoff "equal_jitter" |it, failures, _previous, u| {
        let half = doubled(it.base, failures).min(it.cap.as_secs_f64()) / 2.0;
        half + u * half
    };
    /// Anything from the base to three times the previous pause. In a URL:
    /// `decorrelated_jitter:8ms:512ms`.
    DecorrelatedJitterBackoff "decorrelated_jitter" |it, _failures, previous, u| {
        let base = it.base.as_secs_f64();
        base + u * ((3.0 * previous.as_secs_f64()).max(base) - base)
    };
    /// The exponential pause times a random number, then capped, so that long pauses gather at the
    /// cap. In a URL: `exponential_with_jitter:10ms:1s`.
    ExponentialWithJitterBackoff "exponential_with_jitter" |it, failures, _previous, u| {
        u * doubled(it.base, failures)
    };
}

/// 64 random bits as a number in `[0, 1)`: the upper 53, which an `f64` holds exactly.
#[inline]
fn unit(random: u64) -> f64 {
    (random >> 11) as f64 / (1u64 << 53) as f64
}

/// `base·2ⁿ` in seconds.
#[inline]
fn doubled(base: Duration, failures: u32) -> f64 {
    // 2^900 is far beyond any cap, and no product with it overflows
    let exponent = i32::try_from(failures.min(900)).unwrap_or(900);
    base.as_secs_f64() * 2f64.powi(exponent)
}

/// So many seconds, never more than `cap`.
#[inline]
fn at_most(cap: Duration, seconds: f64) -> Duration {
    // what a `Duration` cannot hold is longer than the cap
    Duration::try_from_secs_f64(seconds).map_or(cap, |pause| pause.min(cap))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: u64 = 1 << 63;
    const MS: fn(u64) -> Duration = Duration::from_millis;

    fn delays(backoff: impl Backoff, random: u64) -> Vec<u64> {
        let pause = |n| backoff.delay(n, Duration::ZERO, random).as_millis() as u64;
        [1, 2, 3, 6, 7, 100, u32::MAX].map(pause).to_vec()
    }

    #[test]
    fn each_formula_gives_its_pauses() {
        let (base, cap) = (MS(8), MS(512));
        assert_eq!(delays(NoBackoff, HALF), [0; 7]);
        assert_eq!(delays(ConstantBackoff::new(MS(7)), HALF), [7; 7]);
        assert_eq!(delays(ExponentialBackoff::new(base, cap), 0), [16, 32, 64, 512, 512, 512, 512]);
        assert_eq!(
            delays(FullJitterBackoff::new(base, cap), HALF),
            [8, 16, 32, 256, 256, 256, 256]
        );
        assert_eq!(
            delays(EqualJitterBackoff::new(base, cap), HALF),
            [12, 24, 48, 384, 384, 384, 384]
        );
        assert_eq!(
            delays(ExponentialWithJitterBackoff::new(base, cap), HALF),
            [8, 16, 32, 256, 512, 512, 512]
        );
    }

    #[test]
    fn the_decorrelated_pause_follows_the_previous_one() {
        let backoff = DecorrelatedJitterBackoff::new(MS(8), MS(512));
        assert_eq!(backoff.delay(1, Duration::ZERO, HALF), MS(8));
        assert_eq!(backoff.delay(2, MS(8), HALF), MS(16));
        assert_eq!(backoff.delay(3, MS(16), 0), MS(8));
        assert_eq!(backoff.delay(4, Duration::MAX, HALF), MS(512));
    }

    #[test]
    fn a_random_number_of_nought_pauses_least_and_the_greatest_stays_below_the_whole() {
        let backoff = FullJitterBackoff::new(MS(8), MS(512));
        assert_eq!(backoff.delay(3, Duration::ZERO, 0), Duration::ZERO);
        let most = backoff.delay(3, Duration::ZERO, u64::MAX);
        assert!(most <= MS(64) && most > MS(63), "{most:?}");
    }

    #[test]
    fn what_is_described_can_be_read_again() {
        for text in [
            "none",
            "constant:50ms",
            "exponential:8ms:512ms",
            "full_jitter:8ms:1s",
            "equal_jitter:1ms:2s",
            "decorrelated_jitter:8ms:512ms",
            "exponential_with_jitter:10ms:1s",
        ] {
            assert_eq!(from_notation(text).map(|b| b.describe()).as_deref(), Some(text));
        }
        assert_eq!(
            from_notation("full_jitter").map(|b| b.describe()).as_deref(),
            Some("full_jitter:8ms:512ms")
        );
    }

    #[test]
    fn what_is_no_backoff_is_refused() {
        for text in ["", "linear", "none:1s", "constant", "constant:x", "exponential:1s:2s:3s"] {
            assert!(from_notation(text).is_none(), "{text}");
        }
    }
}
