//! A timeout that may be left as it is.

use std::time::Duration;

/// A timeout: left as set elsewhere, none at all, or after some time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Timeout {
    /// As set one level up; at the top, the documented default.
    #[default]
    Inherit,
    /// Wait for ever.
    Never,
    /// Give up after this time.
    After(Duration),
}

impl Timeout {
    /// This timeout, or `outer` where this one was not touched.
    #[inline]
    #[must_use]
    pub fn or(self, outer: Self) -> Self {
        match self {
            Self::Inherit => outer,
            Self::Never | Self::After(_) => self,
        }
    }

    /// The time, where there is one; `Inherit` has none, so resolve it first by [`or`](Self::or).
    #[inline]
    pub fn duration(self) -> Option<Duration> {
        match self {
            Self::After(duration) => Some(duration),
            Self::Inherit | Self::Never => None,
        }
    }
}

impl From<Duration> for Timeout {
    #[inline]
    fn from(duration: Duration) -> Self {
        Self::After(duration)
    }
}

/// `None` waits for ever.
impl From<Option<Duration>> for Timeout {
    #[inline]
    fn from(duration: Option<Duration>) -> Self {
        duration.map_or(Self::Never, Self::After)
    }
}
