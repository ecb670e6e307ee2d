//! How values are written in a URL, and shown in diagnostics: each can be read as it is written.

use super::{ProtocolChoice, Timeout, TlsVerification, TlsVersion};
use std::path::PathBuf;
use std::time::Duration;

/// A value that can be written as text.
pub(crate) trait Notation: Sized {
    /// The value, if the text is one.
    fn read(text: &str) -> Option<Self>;
    /// The text.
    fn write(&self) -> String;
}

macro_rules! numbers {
    ($($number:ty),*) => { $(
        impl Notation for $number {
            #[inline]
            fn read(text: &str) -> Option<Self> {
                // `parse` would take a sign as well
                text.starts_with(|c: char| c.is_ascii_digit()).then(|| text.parse().ok()).flatten()
            }

            #[inline]
            fn write(&self) -> String {
                self.to_string()
            }
        }
    )* };
}

numbers!(u16, u32, u64, usize, f64);

impl Notation for bool {
    #[inline]
    fn read(text: &str) -> Option<Self> {
        match text {
            "yes" | "true" | "1" => Some(true),
            "no" | "false" | "0" => Some(false),
            _ => None,
        }
    }

    #[inline]
    fn write(&self) -> String {
        if *self { "yes" } else { "no" }.into()
    }
}

/// `500ms`, `5s`, `2m`, `1h`, `1.5s`; a plain number is seconds.
impl Notation for Duration {
    #[inline]
    fn read(text: &str) -> Option<Self> {
        let unit_at = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(unit_at);
        let nanoseconds: u64 = match unit {
            "ns" => 1,
            "us" | "µs" => 1_000,
            "ms" => 1_000_000,
            "" | "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        // nine digits are what a whole nanosecond of the largest plain unit needs
        if whole.is_empty() || fraction.is_empty() || fraction.len() > 9 || fraction.contains('.') {
            return None;
        }
        let scale = 10u64.pow(u32::try_from(fraction.len()).ok()?);
        let part =
            u128::from(fraction.parse::<u64>().ok()?) * u128::from(nanoseconds) / u128::from(scale);
        let whole = whole.parse::<u64>().ok()?.checked_mul(nanoseconds)?;
        Some(Self::from_nanos(whole.checked_add(u64::try_from(part).ok()?)?))
    }

    #[inline]
    fn write(&self) -> String {
        format!("{self:?}")
    }
}

/// `none` or `never`, or a duration.
impl Notation for Timeout {
    #[inline]
    fn read(text: &str) -> Option<Self> {
        Option::<Duration>::read(text).map(Self::from)
    }

    #[inline]
    fn write(&self) -> String {
        match self {
            Self::Inherit => "default".into(),
            Self::Never | Self::After(_) => self.duration().write(),
        }
    }
}

/// `none` or `never`, or a duration.
impl Notation for Option<Duration> {
    #[inline]
    fn read(text: &str) -> Option<Self> {
        match text {
            "none" | "never" => Some(None),
            _ => Duration::read(text).map(Some),
        }
    }

    #[inline]
    fn write(&self) -> String {
        self.as_ref().map_or_else(|| "none".into(), Duration::write)
    }
}

/// Empty is none.
impl Notation for Option<String> {
    #[inline]
    fn read(text: &str) -> Option<Self> {
        Some((!text.is_empty()).then(|| text.to_owned()))
    }

    #[inline]
    fn write(&self) -> String {
        self.clone().unwrap_or_default()
    }
}

/// Empty is none.
impl Notation for Option<PathBuf> {
    #[inline]
    fn read(text: &str) -> Option<Self> {
        Some((!text.is_empty()).then(|| PathBuf::from(text)))
    }

    #[inline]
    fn write(&self) -> String {
        self.as_ref().map_or_else(String::new, |path| path.display().to_string())
    }
}

macro_rules! words {
    ($($type:ty { $($word:literal = $value:pat => $make:expr),* $(,)? })*) => { $(
        impl Notation for $type {
            #[inline]
            fn read(text: &str) -> Option<Self> {
                match text {
                    $($word => Some($make),)*
                    _ => None,
                }
            }

            #[inline]
            fn write(&self) -> String {
                match self { $($value => $word,)* }.into()
            }
        }
    )* };
}

words! {
    ProtocolChoice {
        "auto" = Self::Auto => Self::Auto,
        "2" = Self::Resp2 => Self::Resp2,
        "3" = Self::Resp3 => Self::Resp3,
    }
    TlsVersion {
        "1.2" = Self::Tls12 => Self::Tls12,
        "1.3" = Self::Tls13 => Self::Tls13,
    }
    TlsVerification {
        "full" = Self::Full => Self::Full,
        "insecure_without_host_name" = Self::InsecureWithoutHostName => Self::InsecureWithoutHostName,
        "insecure_none" = Self::InsecureNone => Self::InsecureNone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_with_their_units() {
        for (text, nanoseconds) in [
            ("500ms", 500_000_000),
            ("5s", 5_000_000_000),
            ("2m", 120_000_000_000),
            ("1h", 3_600_000_000_000),
            ("5", 5_000_000_000),
            ("0.25", 250_000_000),
            ("1.5m", 90_000_000_000),
            ("10us", 10_000),
            ("10µs", 10_000),
            ("7ns", 7),
            ("0", 0),
        ] {
            assert_eq!(Duration::read(text), Some(Duration::from_nanos(nanoseconds)), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in [
            "",
            "s",
            "-1",
            "+1",
            "1 s",
            "1S",
            "1d",
            ".5",
            "1.",
            "1.2.3",
            "1e3",
            "inf",
            "nan",
            "99999999999h",
            "0.1234567890",
            "1_000",
        ] {
            assert_eq!(Duration::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_written_duration_is_read_again() {
        for nanoseconds in [0, 1, 999, 1_500, 250_000_000, 1_500_000_000, 3_600_000_000_001] {
            let duration = Duration::from_nanos(nanoseconds);
            assert_eq!(Duration::read(&duration.write()), Some(duration));
        }
    }

    #[test]
    fn booleans_are_six_words() {
        for (text, value) in [
            ("yes", true),
            ("true", true),
            ("1", true),
            ("no", false),
            ("false", false),
            ("0", false),
        ] {
            assert_eq!(bool::read(text), Some(value));
        }
        for text in ["", "on", "off", "Yes", "TRUE", "2", "y"] {
            assert_eq!(bool::read(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_have_no_sign() {
        assert_eq!(u32::read("+5"), None);
        assert_eq!(u32::read("-5"), None);
        assert_eq!(u32::read("4294967296"), None);
        assert_eq!(f64::read("0.1"), Some(0.1));
        assert_eq!(f64::read("inf"), None);
    }
}
