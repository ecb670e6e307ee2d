//! What more processors bring to the same work: a client that becomes slower by them has a defect.

use super::cells::ON_CORES;
use super::results::Results;
use super::verdict::figure;
use std::collections::BTreeMap;

/// Less than this part of what it was on fewer processors is a drop, and not noise.
const NOISE: f64 = 0.95;

/// A line for each work and who did it: its rate by the number of processors, and whether it drops.
pub(crate) fn lines(results: &Results) -> Vec<String> {
    let mut rates: BTreeMap<(&str, &str), BTreeMap<usize, f64>> = BTreeMap::new();
    for (name, measured) in results {
        let place = name.strip_prefix(ON_CORES).and_then(|name| name.rsplit_once('/'));
        let Some((work, Ok(cores))) = place.map(|(work, cores)| (work, cores.parse())) else {
            continue;
        };
        for run in measured.runs() {
            if let Some(rate) = measured.median(run, "rate") {
                rates.entry((work, run)).or_default().insert(cores, rate);
            }
        }
    }
    let mut lines = Vec::new();
    for ((work, run), steps) in rates {
        let told = steps.iter().map(|(cores, rate)| format!("{cores}: {}", figure(*rate)));
        let mut line = format!("CORES {work} {run} {}", told.collect::<Vec<_>>().join(", "));
        for ((fewer, before), (more, after)) in steps.iter().zip(steps.iter().skip(1)) {
            if *after < before * NOISE {
                let kept = 100.0 * after / before;
                line.push_str(&format!(" DROP from {fewer} to {more}: {kept:.0} % are left"));
            }
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::lines;
    use crate::bench::results::{Measured, Results, Sample};

    fn results(rates: &[(&str, f64)]) -> Results {
        let cell = |&(name, rate): &(&str, f64)| {
            let mut measured = Measured::default();
            measured.push("async/ours", Ok(Sample::from([("rate".to_owned(), rate)])));
            (name.to_owned(), measured)
        };
        rates.iter().map(cell).collect()
    }

    #[test]
    fn a_drop_from_one_step_to_the_next_is_told_and_growth_is_not() {
        let found = lines(&results(&[
            ("cores/tasks/1", 100e3),
            ("cores/tasks/2", 150e3),
            ("cores/tasks/4", 120e3),
            ("shared/get:16/256", 1.0),
        ]));
        assert_eq!(
            found,
            [
                "CORES tasks async/ours 1: 100000, 2: 150000, 4: 120000 DROP from 2 to 4: 80 % are left"
            ]
        );
    }

    #[test]
    fn steps_are_in_the_order_of_numbers_and_noise_is_no_drop() {
        let found = lines(&results(&[("cores/threads/16", 97e3), ("cores/threads/2", 100e3)]));
        assert_eq!(found, ["CORES threads async/ours 2: 100000, 16: 97000"]);
    }
}
