//! When something expires, and how long a command waits: durations and moments as Redis takes them.
//!
//! Decides the unit: whole seconds go as seconds, all else as milliseconds, rounded up, so that nothing
//! ever expires early. Does not know which command it is part of.

use redis_core::Error;
use redis_core::command::{Command, CommandSpec, ToArg, ToArgs};
use std::time::{Duration, SystemTime};

/// The longest span in milliseconds: the server adds it to its clock, in 64 signed bits.
const LONGEST: u128 = (i64::MAX / 2) as u128;

/// When a value expires: after a [`Duration`] or at a [`SystemTime`].
///
/// Zero, a moment before 1970, and what 64 bits do not hold are refused before any I/O. Redis counts in
/// milliseconds; a fraction of one is rounded up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expiry {
    /// After so much time, from when the server runs the command.
    After(Duration),
    /// At this moment, by the server's clock.
    At(SystemTime),
}

impl From<Duration> for Expiry {
    #[inline]
    fn from(after: Duration) -> Self {
        Self::After(after)
    }
}

impl From<SystemTime> for Expiry {
    #[inline]
    fn from(at: SystemTime) -> Self {
        Self::At(at)
    }
}

impl ToArgs for Expiry {
    /// `EX seconds`, `PX milliseconds`, `EXAT …` or `PXAT …`.
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        let (span, [seconds, milliseconds]) = match self {
            Self::After(after) => (Span(*after), ["EX", "PX"]),
            Self::At(at) => (Span::since_epoch(*at), ["EXAT", "PXAT"]),
        };
        command.push(if span.is_whole() { seconds } else { milliseconds }.as_bytes());
        span.write(command);
    }
}

/// Says that a `SET` leaves the expiry as it is: `SetOptions::new().expiry(KeepTtl)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a word of the command, written as itself")]
pub struct KeepTtl;

/// What a `SET` does to the expiry: an [`Expiry`], or [`KeepTtl`]. Made from these by `into`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetExpiry(Option<Expiry>);

impl<E: Into<Expiry>> From<E> for SetExpiry {
    fn from(expiry: E) -> Self {
        Self(Some(expiry.into()))
    }
}

impl From<KeepTtl> for SetExpiry {
    #[inline]
    fn from(KeepTtl: KeepTtl) -> Self {
        Self(None)
    }
}

impl ToArgs for SetExpiry {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        match &self.0 {
            Some(expiry) => expiry.to_args(command),
            None => command.push(b"KEEPTTL"),
        }
    }
}

/// Says that a `GETEX` takes the expiry away: `getex("k", Persist)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a word of the command, written as itself")]
pub struct Persist;

/// What a `GETEX` does to the expiry: an [`Expiry`], or [`Persist`]. Made from these by `into`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetexExpiry(Option<Expiry>);

impl<E: Into<Expiry>> From<E> for GetexExpiry {
    fn from(expiry: E) -> Self {
        Self(Some(expiry.into()))
    }
}

impl From<Persist> for GetexExpiry {
    #[inline]
    fn from(Persist: Persist) -> Self {
        Self(None)
    }
}

impl ToArgs for GetexExpiry {
    #[inline]
    fn to_args<'a>(&'a self, command: &mut Command<'a>) {
        match &self.0 {
            Some(expiry) => expiry.to_args(command),
            None => command.push(b"PERSIST"),
        }
    }
}

/// When a `RESTORE`d key expires, always in milliseconds; zero is never.
pub(crate) struct RestoreExpiry(pub(crate) Option<Expiry>);

impl ToArg for RestoreExpiry {
    #[inline]
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        match &self.0 {
            None => command.push(b"0"),
            Some(Expiry::After(after)) => Span(*after).write_millis(command),
            Some(Expiry::At(at)) => Span::since_epoch(*at).write_millis(command),
        }
    }
}

/// A length of time as one argument: whole seconds as such, else milliseconds.
#[derive(Clone, Copy)]
pub(crate) struct Span(pub(crate) Duration);

impl Span {
    /// From the beginning of 1970; a moment before it is no length, which is refused like zero.
    #[inline]
    pub(crate) fn since_epoch(at: SystemTime) -> Self {
        Self(at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
    }

    /// The command that takes this in the unit it is written in.
    #[inline]
    pub(crate) fn choose(
        self,
        seconds: &'static CommandSpec,
        milliseconds: &'static CommandSpec,
    ) -> &'static CommandSpec {
        if self.is_whole() { seconds } else { milliseconds }
    }

    #[inline]
    fn is_whole(self) -> bool {
        self.0.subsec_nanos() == 0
    }

    #[inline]
    fn write(self, command: &mut Command<'_>) {
        self.check(command);
        command
            .push_integer(false, if self.is_whole() { self.0.as_secs() } else { millis(self.0) });
    }

    #[inline]
    fn write_millis(self, command: &mut Command<'_>) {
        self.check(command);
        command.push_integer(false, millis(self.0));
    }

    #[inline]
    fn check(self, command: &mut Command<'_>) {
        if self.0.is_zero() {
            command.reject(Error::argument("an expiry must lie after now (and after 1970)"));
        }
        if self.0.as_millis() > LONGEST {
            command.reject(Error::argument("an expiry so far away has no wire form"));
        }
    }
}

impl ToArg for Span {
    #[inline]
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        self.write(command);
    }
}

/// How long a blocking command waits on the server, in seconds with their fraction; zero is for ever.
pub(crate) struct Patience(pub(crate) Duration);

impl ToArg for Patience {
    #[inline]
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        let millis = waiting(self.0, command);
        command.push(format!("{}.{:03}", millis / 1000, millis % 1000).as_bytes());
    }
}

/// A length of time in milliseconds, of which zero is a good one too.
pub(crate) struct Millis(pub(crate) Duration);

impl Millis {
    /// The number; one that has no wire form is refused.
    #[inline]
    pub(crate) fn count(self, command: &mut Command<'_>) -> u64 {
        waiting(self.0, command)
    }
}

impl ToArg for Millis {
    #[inline]
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        let millis = waiting(self.0, command);
        command.push_integer(false, millis);
    }
}

#[inline]
fn waiting(time: Duration, command: &mut Command<'_>) -> u64 {
    if time.as_millis() > LONGEST {
        command.reject(Error::argument("a time so long has no wire form"));
    }
    millis(time)
}

/// Rounded up; what does not fit was refused before.
#[inline]
fn millis(time: Duration) -> u64 {
    let up = u128::from(time.subsec_nanos() % 1_000_000 != 0);
    u64::try_from(time.as_millis() + up).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::{refusal, wire};
    use crate::{BasicKeyCommands, SetOptions};

    fn set(expiry: impl Into<SetExpiry>) -> String {
        wire(|r| r.set_with("k", "v", SetOptions::new().expiry(expiry)))
    }

    #[test]
    fn whole_seconds_go_as_seconds_and_all_else_as_milliseconds() {
        assert_eq!(set(Duration::from_secs(10)), "SET [k] v EX 10");
        assert_eq!(set(Duration::from_millis(1500)), "SET [k] v PX 1500");
        let moment = SystemTime::UNIX_EPOCH + Duration::from_secs(4_000_000_000);
        assert_eq!(set(moment), "SET [k] v EXAT 4000000000");
        assert_eq!(set(moment + Duration::from_millis(7)), "SET [k] v PXAT 4000000000007");
        assert_eq!(set(KeepTtl), "SET [k] v KEEPTTL");
    }

    #[test]
    fn nothing_expires_early() {
        assert_eq!(set(Duration::from_micros(1)), "SET [k] v PX 1");
        assert_eq!(set(Duration::from_micros(1_000_001)), "SET [k] v PX 1001");
    }

    #[test]
    fn zero_and_what_has_no_wire_form_are_refused() {
        let wrong =
            |expiry: Expiry| refusal(|r| r.set_with("k", "v", SetOptions::new().expiry(expiry)));
        let past = "SET: an expiry must lie after now (and after 1970)";
        assert_eq!(wrong(Duration::ZERO.into()), past);
        assert_eq!(wrong((SystemTime::UNIX_EPOCH - Duration::from_secs(1)).into()), past);
        assert_eq!(wrong(Duration::MAX.into()), "SET: an expiry so far away has no wire form");
        let longest = Duration::from_millis(i64::MAX as u64 / 2);
        assert_eq!(set(longest), format!("SET [k] v PX {}", i64::MAX / 2));
        wrong((longest + Duration::from_millis(1)).into());
    }
}
