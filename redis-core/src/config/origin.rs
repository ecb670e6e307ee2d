//! Where the value of each setting came from.

use super::settings::{SETTINGS, Setting};

/// Where a setting's value came from. A later one in this list wins over an earlier one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// Nobody set it.
    #[default]
    Default,
    /// The URL in the environment variable `REDIS_URL`.
    Environment,
    /// A URL.
    Url,
    /// A setter of the builder.
    Builder,
}

impl std::fmt::Display for Origin {
    #[inline]
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Default => "default",
            Self::Environment => "REDIS_URL",
            Self::Url => "URL",
            Self::Builder => "builder",
        })
    }
}

/// The origin of each setting, in the order of the table.
#[derive(Clone)]
pub(crate) struct Origins([Origin; SETTINGS.len()]);

impl Origins {
    #[inline]
    pub(super) fn new() -> Self {
        Self([Origin::Default; SETTINGS.len()])
    }

    #[inline]
    pub(super) fn of(&self, name: &str) -> Origin {
        Setting::index(name).map_or(Origin::Default, |at| self.0[at])
    }

    /// That of the setting at this [place](Setting::place).
    #[inline]
    pub(super) fn at(&self, place: usize) -> Origin {
        self.0.get(place).copied().unwrap_or_default()
    }

    /// Marks a setting, or every setting of a group.
    #[inline]
    pub(super) fn mark(&mut self, name: &str, origin: Origin) {
        for (slot, setting) in self.0.iter_mut().zip(SETTINGS) {
            if setting.name == name || setting.group == name {
                *slot = origin;
            }
        }
    }

    /// Marks a setting alone, though a group has its name.
    #[inline]
    pub(super) fn mark_one(&mut self, name: &str, origin: Origin) {
        if let Some(at) = Setting::index(name) {
            self.0[at] = origin;
        }
    }

    /// The first setting of a group that somebody set.
    #[inline]
    pub(super) fn first_set_in(&self, group: &str) -> Option<&'static str> {
        SETTINGS
            .iter()
            .zip(self.0)
            .find(|(setting, origin)| setting.group == group && *origin != Origin::Default)
            .map(|(setting, _)| setting.name)
    }

    #[inline]
    pub(super) fn iter(&self) -> impl Iterator<Item = Origin> + '_ {
        self.0.iter().copied()
    }
}
