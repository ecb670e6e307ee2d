//! The options of the commands on hashes, and pairs of field and value with their number.

use crate::expiry::SetExpiry;
use redis_core::Error;
use redis_core::command::{Command, ToArgs, table};

/// The options of [`hsetex_with`](crate::HashCommands::hsetex_with).
///
/// A condition is chosen where the options are made, so that two of them cannot meet.
///
/// # Example: fields that are there, for a minute more
///
/// ```
/// use redis_sync::HSetExOptions;
/// use std::time::Duration;
///
/// let options = HSetExOptions::if_fields_present().expiry(Duration::from_secs(60));
/// ```
///
/// Two conditions do not compile:
///
/// ```compile_fail,E0599
/// redis_sync::HSetExOptions::if_fields_present().if_fields_absent();
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct HSetExOptions {
    conditions: &'static [&'static str],
    expiry: Option<SetExpiry>,
}

impl HSetExOptions {
    /// Whatever is there is replaced, and its expiry taken away.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only if the hash has none of the fields (`FNX`).
    #[inline]
    pub fn if_fields_absent() -> Self {
        Self::under(&["FNX"])
    }

    /// Only if the hash has all of the fields (`FXX`).
    #[inline]
    pub fn if_fields_present() -> Self {
        Self::under(&["FXX"])
    }

    /// Only if the key does not exist (`NX`). Valkey 9 and later.
    #[inline]
    pub fn if_key_absent() -> Self {
        Self::under(&["NX"])
    }

    /// Only if the key exists (`XX`). Valkey 9 and later.
    #[inline]
    pub fn if_key_present() -> Self {
        Self::under(&["XX"])
    }

    /// Only if the key exists and its hash has none of the fields (`XX FNX`). Valkey 9 and later.
    #[inline]
    pub fn if_key_present_and_fields_absent() -> Self {
        Self::under(&["XX", "FNX"])
    }

    /// When the fields expire: after a [`Duration`](std::time::Duration) or at a
    /// [`SystemTime`](std::time::SystemTime); [`KeepTtl`](crate::KeepTtl) leaves what is set. Default: never.
    pub fn expiry(mut self, expiry: impl Into<SetExpiry>) -> Self {
        self.expiry = Some(expiry.into());
        self
    }

    #[inline]
    fn under(conditions: &'static [&'static str]) -> Self {
        Self { conditions, expiry: None }
    }
}

impl ToArgs for HSetExOptions {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        self.conditions.to_args(command);
        self.expiry.to_args(command);
    }
}

/// The number of pairs, then these; none at all, and a half one, are refused.
pub(crate) struct CountedPairs<'p, P>(pub(crate) &'p P);

impl<P: ToArgs> ToArgs for CountedPairs<'_, P> {
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        let probe = Command::new(&table::HSETEX);
        let name = probe.len();
        let arguments = probe.args(self.0).len() - name;
        if arguments == 0 {
            command.reject(Error::argument("`pairs` is empty: at least one is needed"));
        }
        if arguments % 2 != 0 {
            command.reject(Error::argument(format!(
                "`pairs` makes {arguments} arguments, which must come in groups of 2"
            )));
        }
        command.push_integer(false, arguments as u64 / 2);
        self.0.to_args(command);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{refusal, wire};
    use crate::{HashCommands, KeepTtl};
    use std::time::{Duration, SystemTime};

    fn with(options: HSetExOptions) -> String {
        wire(|r| r.hsetex_with("h", ("f", "v"), options))
    }

    #[test]
    fn a_condition_comes_before_the_expiry() {
        assert_eq!(with(HSetExOptions::new()), "HSETEX [h] FIELDS 1 f v");
        let second = Duration::from_secs(1);
        assert_eq!(
            with(HSetExOptions::if_fields_absent().expiry(second)),
            "HSETEX [h] FNX EX 1 FIELDS 1 f v"
        );
        assert_eq!(
            with(HSetExOptions::if_fields_present().expiry(KeepTtl)),
            "HSETEX [h] FXX KEEPTTL FIELDS 1 f v"
        );
        assert_eq!(
            with(HSetExOptions::if_key_absent().expiry(SystemTime::UNIX_EPOCH + second / 4)),
            "HSETEX [h] NX PXAT 250 FIELDS 1 f v"
        );
        assert_eq!(with(HSetExOptions::if_key_present()), "HSETEX [h] XX FIELDS 1 f v");
        assert_eq!(
            with(HSetExOptions::if_key_present_and_fields_absent().expiry(second / 4)),
            "HSETEX [h] XX FNX PX 250 FIELDS 1 f v"
        );
    }

    #[test]
    fn no_pair_and_half_a_pair_are_refused() {
        let none: [(&str, &str); 0] = [];
        let refused = refusal(|r| r.hsetex("h", none));
        assert_eq!(refused, "HSETEX: `pairs` is empty: at least one is needed");
        let half = refusal(|r| r.hsetex("h", ["f", "v", "g"]));
        assert_eq!(half, "HSETEX: `pairs` makes 3 arguments, which must come in groups of 2");
    }
}
