//! What was measured, and the arithmetic on it: medians, spreads, and ratios paired within a round.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The figures of one run, by name.
pub(crate) type Sample = BTreeMap<String, f64>;

/// What the runs of a cell came to, round by round; a run that failed has nothing in its round.
#[derive(Debug, Clone, Default)]
pub(crate) struct Measured {
    rounds: BTreeMap<String, Vec<Option<Sample>>>,
    /// Why runs failed, by run.
    pub(crate) failures: BTreeMap<String, String>,
}

/// All cells, by name.
pub(crate) type Results = BTreeMap<String, Measured>;

/// A median and how far the quartiles are from each other, as a part of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    pub(crate) spread: f64,
}

impl Measured {
    /// Notes what a run of the next round came to.
    pub(crate) fn push(&mut self, run: &str, outcome: Result<Sample, String>) {
        let sample = match outcome {
            Ok(sample) => Some(sample),
            Err(why) => {
                self.failures.insert(run.to_owned(), why);
                None
            }
        };
        self.rounds.entry(run.to_owned()).or_default().push(sample);
    }

    /// The runs that there are figures of.
    pub(crate) fn runs(&self) -> impl Iterator<Item = &str> {
        let some = |rounds: &[Option<Sample>]| rounds.iter().any(Option::is_some);
        self.rounds.iter().filter(move |(_, rounds)| some(rounds)).map(|(run, _)| run.as_str())
    }

    fn figures(&self, run: &str, figure: &str) -> Vec<Option<f64>> {
        let rounds = self.rounds.get(run).map(Vec::as_slice).unwrap_or_default();
        rounds.iter().map(|sample| sample.as_ref()?.get(figure).copied()).collect()
    }

    /// The median of a figure, and its spread.
    pub(crate) fn summary(&self, run: &str, figure: &str) -> Option<Summary> {
        summary(self.figures(run, figure).into_iter().flatten().collect())
    }

    /// The median of a figure.
    pub(crate) fn median(&self, run: &str, figure: &str) -> Option<f64> {
        self.summary(run, figure).map(|summary| summary.median)
    }

    /// The median over the rounds of what `combine` makes of these runs' figures in one round.
    pub(crate) fn paired(
        &self,
        figure: &str,
        runs: &[&str],
        combine: impl Fn(&[f64]) -> f64,
    ) -> Option<f64> {
        let all: Vec<_> = runs.iter().map(|run| self.figures(run, figure)).collect();
        let rounds = all.iter().map(Vec::len).min()?;
        let combined = (0..rounds).filter_map(|round| {
            let figures: Option<Vec<f64>> =
                all.iter().map(|run| run.get(round).copied().flatten()).collect();
            figures.map(|figures| combine(&figures))
        });
        summary(combined.filter(|value| value.is_finite()).collect()).map(|summary| summary.median)
    }

    /// As JSON: every round of every run.
    pub(crate) fn as_json(&self) -> Value {
        let mut runs = Map::new();
        for (run, rounds) in &self.rounds {
            runs.insert(run.clone(), json!(rounds));
        }
        json!({ "rounds": runs, "failures": self.failures })
    }

    /// From JSON; what is no figure is left out.
    pub(crate) fn from_json(value: &Value) -> Self {
        let mut measured = Self::default();
        for (run, rounds) in value.get("rounds").and_then(Value::as_object).into_iter().flatten() {
            let rounds = rounds.as_array().into_iter().flatten();
            let samples = rounds.map(|sample| {
                let figures = sample.as_object()?.iter();
                Some(
                    figures
                        .filter_map(|(name, value)| Some((name.clone(), value.as_f64()?)))
                        .collect(),
                )
            });
            measured.rounds.insert(run.clone(), samples.collect());
        }
        measured
    }
}

fn summary(mut values: Vec<f64>) -> Option<Summary> {
    values.sort_by(f64::total_cmp);
    let at = |part: f64| {
        let place = (values.len() as f64 - 1.0) * part;
        let (below, above) =
            (values.get(place.floor() as usize)?, values.get(place.ceil() as usize)?);
        Some(below + (above - below) * place.fract())
    };
    let median = at(0.5)?;
    let spread = if median == 0.0 { 0.0 } else { (at(0.75)? - at(0.25)?) / median };
    Some(Summary { median, spread })
}

#[cfg(test)]
mod tests {
    use super::{Measured, Sample, summary};

    fn sample(value: f64) -> Result<Sample, String> {
        Ok(Sample::from([("cpu".to_owned(), value)]))
    }

    #[test]
    fn a_ratio_is_paired_within_its_round() {
        let mut measured = Measured::default();
        // a machine that is ten times slower in the second round
        for (ours, theirs) in [(1.0, 2.0), (10.0, 20.0), (1.0, 2.2)] {
            measured.push("ours", sample(ours));
            measured.push("theirs", sample(theirs));
        }
        let ratio = measured.paired("cpu", &["ours", "theirs"], |both| both[0] / both[1]);
        assert_eq!(ratio, Some(0.5));
    }

    #[test]
    fn a_round_in_which_one_failed_counts_for_neither() {
        let mut measured = Measured::default();
        measured.push("ours", sample(1.0));
        measured.push("theirs", Err("no network".to_owned()));
        measured.push("ours", sample(1.0));
        measured.push("theirs", sample(4.0));
        let ratio = measured.paired("cpu", &["ours", "theirs"], |both| both[0] / both[1]);
        assert_eq!(ratio, Some(0.25));
        assert_eq!(measured.failures.len(), 1);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut measured = Measured::default();
        measured.push("ours", sample(1.5));
        let read = Measured::from_json(&measured.as_json());
        assert_eq!(read.median("ours", "cpu"), Some(1.5));
    }

    #[test]
    fn the_spread_is_that_of_the_quartiles() {
        let summary = summary(vec![1.0, 2.0, 3.0, 4.0, 5.0]).expect("values");
        assert_eq!((summary.median, summary.spread), (3.0, 2.0 / 3.0));
    }
}
