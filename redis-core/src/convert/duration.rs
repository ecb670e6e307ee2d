//! Durations, with the unit in which Redis counts them.
//!
//! A reply does not say its unit (`TTL` counts seconds, `PTTL` milliseconds), so that the type does. As a
//! reply, a bare `Duration` is seconds; as an argument it is none.

use crate::command::{Command, ToArg, ToArgs};
use crate::error::{Error, Result};
use crate::reply::{FromReply, Reply};
use crate::resp::number;
use std::time::Duration;

/// A duration that Redis counts in seconds.
///
/// Read from a number that is not negative, whole or not; written as such, exactly.
///
/// # Example: how long the server runs
///
/// ```
/// use redis_sync::{FromReply, Reply, Result, Seconds};
/// use std::time::Duration;
///
/// /// What `INFO` tells in seconds.
/// fn uptime(reply: Reply<'_>) -> Result<Duration> {
///     Seconds::from_reply(reply).map(Duration::from)
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seconds(pub Duration);

/// A duration that Redis counts in milliseconds.
///
/// Read from a number that is not negative, whole or not; written as a whole number: a part of a
/// millisecond is refused before anything is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Milliseconds(pub Duration);

impl FromReply for Seconds {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        read(reply, "seconds", Duration::from_secs, 1.0).map(Self)
    }
}

impl FromReply for Milliseconds {
    #[inline]
    fn from_reply(reply: Reply<'_>) -> Result<Self> {
        read(reply, "milliseconds", Duration::from_millis, 1000.0).map(Self)
    }
}

#[inline]
fn read(
    reply: Reply<'_>,
    unit: &str,
    whole: fn(u64) -> Duration,
    per_second: f64,
) -> Result<Duration> {
    let text = reply.scalar(unit)?;
    if let Some(Ok(count)) = number::integer(text).map(u64::try_from) {
        return Ok(whole(count));
    }
    let number = number::double(text).ok_or_else(|| reply.mismatch(unit))?;
    Duration::try_from_secs_f64(number / per_second)
        .map_err(|_| Error::conversion(unit, "a negative number, or one too great"))
}

impl ToArg for Seconds {
    #[inline]
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        let seconds = self.0.as_secs();
        match self.0.subsec_nanos() {
            0 => command.push_integer(false, seconds),
            nanos => {
                let text = format!("{seconds}.{nanos:09}");
                command.push(text.trim_end_matches('0').as_bytes());
            }
        }
    }
}

impl ToArg for Milliseconds {
    #[inline]
    fn to_arg<'a>(&'a self, command: &mut Command<'a>) {
        command.push(self.0.as_millis().to_string().as_bytes());
        if self.0.subsec_nanos() % 1_000_000 != 0 {
            command.reject(Error::argument(
                "a duration counted in milliseconds has a part of one: round it",
            ));
        }
    }
}

macro_rules! durations {
    ($($unit:ident),*) => { $(
        impl ToArgs for $unit {
            #[inline]
            fn to_args<'a>(&'a self, command: &mut Command<'a>) {
                self.to_arg(command);
            }
        }
        impl From<Duration> for $unit {
            #[inline]
            fn from(duration: Duration) -> Self {
                Self(duration)
            }
        }
        impl From<$unit> for Duration {
            #[inline]
            fn from(counted: $unit) -> Self {
                counted.0
            }
        }
    )* };
}

durations!(Seconds, Milliseconds);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::table;
    use crate::resp::Framer;

    fn read<T: FromReply>(wire: &str) -> Result<T> {
        let framed = Framer::default().frame(wire.as_bytes()).unwrap().unwrap();
        T::from_reply(Reply::new(wire.as_bytes(), None, framed.tape.nodes()))
    }

    fn written(argument: impl ToArg) -> String {
        let mut command = Command::new(&table::GET).arg(&argument);
        command.check().unwrap();
        String::from_utf8(command.argument_bytes().next().unwrap().to_vec()).unwrap()
    }

    #[test]
    fn the_type_says_what_the_number_counts() {
        let millis = Duration::from_millis;
        assert_eq!(read::<Seconds>(":90\r\n").unwrap(), Seconds(millis(90_000)));
        assert_eq!(read::<Milliseconds>("$2\r\n90\r\n").unwrap(), Milliseconds(millis(90)));
        assert_eq!(read::<Seconds>(",1.5\r\n").unwrap(), Seconds(millis(1500)));
        assert_eq!(read::<Milliseconds>("$3\r\n0.5\r\n").unwrap().0, Duration::from_micros(500));
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for wire in [":-1\r\n", ",nan\r\n", ",inf\r\n", "$4\r\nsoon\r\n", "$-1\r\n", "*0\r\n"] {
            assert!(read::<Seconds>(wire).unwrap_err().is_conversion(), "{wire}");
            assert!(read::<Milliseconds>(wire).unwrap_err().is_conversion(), "{wire}");
        }
        assert_eq!(read::<Option<Seconds>>("_\r\n").unwrap(), None);
    }

    #[test]
    fn durations_are_written_exactly() {
        assert_eq!(written(Seconds(Duration::from_secs(90))), "90");
        assert_eq!(written(Seconds(Duration::from_millis(1500))), "1.5");
        assert_eq!(written(Seconds(Duration::from_nanos(1))), "0.000000001");
        assert_eq!(written(Milliseconds(Duration::from_millis(1500))), "1500");
        let odd = Milliseconds(Duration::from_micros(1500));
        assert!(Command::new(&table::GET).arg(&odd).check().is_err());
    }
}
