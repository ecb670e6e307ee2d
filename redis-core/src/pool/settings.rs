//! The numbers that the accounting goes by.

use crate::config::PoolOptions;
use std::time::Duration;

/// The numbers that the accounting goes by, every one of them resolved.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Settings {
    /// The most connections there are at any time. Default: 100.
    pub max_size: u32,
    /// How many of them blocking commands may hold at once. Default: 75.
    pub max_blocking: u32,
    /// How many idle connections are kept ready. Default: 0.
    pub min_idle: u32,
    /// Whether a caller waits when all are in use; else it is refused at once. Default: it waits.
    pub wait: bool,
    /// How many callers may wait at once; who comes then is refused. Default: 2^20.
    pub max_waiting: u32,
    /// Whether commands of several callers may share a connection. Default: they may.
    pub sharing: bool,
    /// How long a connection may be idle before it is closed. Default: 10 minutes.
    pub idle_timeout: Option<Duration>,
    /// How long a connection may live. Default: no limit.
    pub max_lifetime: Option<Duration>,
    /// By which fraction of `max_lifetime`, at most, a connection's life is shortened at random, so that
    /// those opened together do not end together. Default: 0.1.
    pub lifetime_jitter: f64,
    /// After how much silence a connection is checked before it is used. Default: never.
    pub health_check_interval: Option<Duration>,
}

impl Default for Settings {
    #[inline]
    fn default() -> Self {
        Self {
            max_size: 100,
            max_blocking: 75,
            min_idle: 0,
            wait: true,
            max_waiting: PoolOptions::DEFAULT_MAX_WAITING,
            sharing: true,
            idle_timeout: Some(Duration::from_secs(600)),
            max_lifetime: None,
            lifetime_jitter: 0.1,
            health_check_interval: None,
        }
    }
}

impl From<&PoolOptions> for Settings {
    #[inline]
    fn from(options: &PoolOptions) -> Self {
        Self {
            max_size: options.max_size(),
            max_blocking: options.max_blocking(),
            min_idle: options.min_idle(),
            wait: options.acquire_timeout() != Some(Duration::ZERO),
            max_waiting: options.max_waiting(),
            sharing: options.sharing(),
            idle_timeout: options.idle_timeout(),
            max_lifetime: options.max_lifetime(),
            lifetime_jitter: options.lifetime_jitter(),
            health_check_interval: options.health_check_interval(),
        }
    }
}

impl Settings {
    /// How long a connection opened now may live; `random` shortens it by up to the jitter.
    #[inline]
    pub(super) fn lifetime(&self, random: u64) -> Option<Duration> {
        let whole = self.max_lifetime?;
        // a fraction in [0, 1] of 53 bits, all that an f64 holds
        let fraction = (random >> 11) as f64 / (1_u64 << 53) as f64;
        let off = self.lifetime_jitter.clamp(0.0, 1.0) * fraction;
        // not even a part of it fits where the whole barely does, and what is no number shortens nothing
        let off = Duration::try_from_secs_f64(whole.as_secs_f64() * off).unwrap_or_default();
        Some(whole.saturating_sub(off))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_only_shortens_a_life_and_never_by_more_than_its_fraction() {
        let settings = Settings {
            max_lifetime: Some(Duration::from_secs(100)),
            lifetime_jitter: 0.2,
            ..Settings::default()
        };
        assert_eq!(settings.lifetime(0), Some(Duration::from_secs(100)));
        for random in [1, u64::MAX / 3, u64::MAX / 2, u64::MAX] {
            let life = settings.lifetime(random).unwrap();
            assert!(
                life >= Duration::from_secs(80) && life <= Duration::from_secs(100),
                "{life:?}"
            );
        }
    }

    #[test]
    fn the_defaults_are_those_of_the_options() {
        assert_eq!(Settings::from(&PoolOptions::new()), Settings::default());
    }

    #[test]
    fn not_waiting_and_waiting_no_time_are_the_same() {
        let at_once = PoolOptions::new().with_acquire_timeout(Duration::ZERO);
        assert!(!Settings::from(&at_once).wait);
        assert!(!Settings::from(&PoolOptions::new().with_wait(false)).wait);
    }

    #[test]
    fn no_lifetime_and_no_jitter_is_too_much() {
        for (max_lifetime, lifetime_jitter) in [
            (Duration::MAX, 0.0),
            (Duration::MAX, 0.5),
            (Duration::ZERO, 1.0),
            (Duration::MAX, f64::NAN),
        ] {
            let max_lifetime = Some(max_lifetime);
            let settings = Settings { max_lifetime, lifetime_jitter, ..Settings::default() };
            for random in [0, u64::MAX] {
                assert!(settings.lifetime(random) <= max_lifetime);
            }
        }
    }

    #[test]
    fn without_a_limit_there_is_no_end() {
        assert_eq!(Settings::default().lifetime(7), None);
    }
}
