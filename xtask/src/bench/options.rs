//! What `cargo xtask bench` was asked for.

use super::cells::Kind;
use crate::error::Result;

/// What was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// Less time and fewer rounds: under two minutes of measuring.
    pub(crate) quick: bool,
    /// Fail where a goal is missed.
    pub(crate) strict: bool,
    /// Only what has this in its name.
    pub(crate) only: Option<String>,
    /// On how many processors the shared cases are measured beside the usual ones.
    pub(crate) cores: Vec<usize>,
}

impl Options {
    /// The options that these arguments say.
    pub(crate) fn from_arguments(arguments: &[&str]) -> Result<Self> {
        let mut options = Self::default();
        let mut arguments = arguments.iter();
        while let Some(&argument) = arguments.next() {
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (argument, None),
            };
            let mut value = || {
                let value = value.or_else(|| arguments.next().copied());
                value.ok_or_else(|| format!("`{name}` wants a value"))
            };
            match name {
                "--quick" => options.quick = true,
                "--strict" => options.strict = true,
                "--only" => options.only = Some(value()?.to_owned()),
                "--cores" => {
                    let cores: std::result::Result<_, _> =
                        value()?.split(',').map(str::parse).collect();
                    options.cores = cores.map_err(|_| "`--cores` wants numbers: 1,2,4")?;
                }
                _ => return Err(format!("`cargo xtask bench` has no option `{argument}`").into()),
            }
        }
        Ok(options)
    }

    /// Is this asked for?
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.as_deref().is_none_or(|only| name.contains(only))
    }

    /// In how many rounds the subjects alternate.
    pub(crate) fn rounds(&self) -> usize {
        if self.quick { 3 } else { 7 }
    }

    /// The same where latencies at a rate are measured. Whoever takes the processor away for some milliseconds spoils
    /// the tail of a run: the runs are short and many, so that the median is one without.
    pub(crate) fn paced_rounds(&self) -> usize {
        if self.quick { 5 } else { 25 }
    }

    /// How long each runs in a round, and how long before that to warm up, in milliseconds.
    pub(crate) fn milliseconds(&self, kind: Kind) -> (u64, u64) {
        let is_short = self.quick || matches!(kind, Kind::Paced(_));
        if is_short { (80, 30) } else { (500, 100) }
    }
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn options_are_read_with_and_without_an_equals_sign() {
        let options = Options::from_arguments(&["--quick", "--only", "get", "--cores=1,2"]);
        let options = options.expect("options");
        assert!(options.quick && !options.strict);
        assert_eq!(options.cores, [1, 2]);
        assert!(options.wants("async/get:16") && !options.wants("codec/encode"));
    }

    #[test]
    fn an_unknown_option_is_an_error_and_so_is_a_missing_value() {
        assert!(Options::from_arguments(&["--slow"]).is_err());
        assert!(Options::from_arguments(&["--only"]).is_err());
        assert!(Options::from_arguments(&["--cores", "many"]).is_err());
    }
}
