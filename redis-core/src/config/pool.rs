//! How many connections there are, and for how long.

use super::Timeout;
use std::time::Duration;

/// How many connections there are, and for how long.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolOptions {
    pub(crate) max_size: u32,
    pub(crate) min_idle: u32,
    pub(crate) wait: bool,
    pub(crate) acquire_timeout: Timeout,
    pub(crate) idle_timeout: Timeout,
    pub(crate) max_lifetime: Timeout,
    pub(crate) lifetime_jitter: f64,
    pub(crate) health_check_interval: Timeout,
    pub(crate) drain_timeout: Duration,
    pub(crate) share: bool,
}
